"""A check is a folder, `checks/<family>/<name>/`. This finds the folders; it imports no check.

A folder holds `check.py`, which names its one check `CHECK`, `texts.toml`, what people read of it, `cases.toml`, small pages
with the verdicts that they get, and `words.toml` where it looks for wordings. What several checks of a family share stands in
the family's own folder, texts and words too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent
NEEDED = ("__init__.py", "check.py", "texts.toml", "cases.toml")
"""What a folder has to hold."""
_KNOWN_BY = frozenset(NEEDED[1:])
TEXTS, WORDS = "texts.toml", "words.toml"


class IncompleteCheck(Exception):
    """Folders of checks that are not whole: every lack, one a line."""


@dataclass(frozen=True, slots=True)
class CheckFolder:
    """family, name: as in its path. path: the folder itself."""

    family: str
    name: str
    path: Path

    @property
    def words(self) -> str | None:
        """Its own word list, by its path below `checks/`; None without one."""
        return f"{self.family}/{self.name}/{WORDS}" if (self.path / WORDS).is_file() else None


def check_folders(root: Path = ROOT) -> tuple[CheckFolder, ...]:
    """All folders of checks below a root, by path. Raises IncompleteCheck with every file that is missing."""
    found: list[CheckFolder] = []
    lacks: list[str] = []
    for path in sorted(root.glob("*/*/")):
        held = {entry.name for entry in path.iterdir()}
        if held & _KNOWN_BY:
            found.append(CheckFolder(path.parent.name, path.name, path))
            lacks += [f"{path / name} is missing" for name in NEEDED if name not in held]
    if lacks:
        raise IncompleteCheck("\n".join(lacks))
    return tuple(found)


def text_files(root: Path = ROOT) -> Iterator[tuple[str, Path]]:
    """(name below the root, path) of the texts of every family and check, by name."""
    paths = sorted((*root.glob(f"*/{TEXTS}"), *root.glob(f"*/*/{TEXTS}")))
    return ((path.relative_to(root).as_posix(), path) for path in paths)
