"""`govah init`: a commented example round that `govah run` accepts as it is."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def write_example(folder: Path) -> list[str]:
    """Writes the example's files into a new folder; returns their names."""
    folder.mkdir(parents=True, exist_ok=True)
    source = files("govah") / "example"
    names = sorted(entry.name for entry in source.iterdir() if entry.name.endswith((".toml", ".csv", ".cfg")))
    for name in names:
        (folder / name).write_bytes((source / name).read_bytes())
    return names
