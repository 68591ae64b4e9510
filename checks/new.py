"""`python -m checks.new FAMILY/NAME` writes the folder of a new check, with an example that passes its own cases.

The example asks whether the home page names a telephone. Change it step by step: docs/adding-a-check.md.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from checks.folders import ROOT, check_folders

_TEMPLATE = ROOT / "template"
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


class NotWritten(Exception):
    """Why no folder was written."""


def write(place: str, root: Path = ROOT) -> tuple[Path, ...]:
    """Writes the folder `<family>/<name>`; returns its files. Raises NotWritten, and leaves what is there alone."""
    family, _, name = place.partition("/")
    families = sorted({folder.family for folder in check_folders(root)})
    if family not in families:
        raise NotWritten(
            f"{place!r}: the family is one of {', '.join(families)}. A new family needs a folder with __init__.py."
        )
    if not _NAME.fullmatch(name):
        raise NotWritten(
            f"{place!r}: a name has small letters, digits and underscores, like hosts/security_txt."
        )
    folder = root / family / name
    if folder.exists() or folder.with_suffix(".py").exists():
        raise NotWritten(f"{place!r}: {folder} is there already.")
    folder.mkdir()
    written = [folder / "__init__.py"]
    written[0].touch()
    words = {"ID": f"{family}.{name}", "WORDS": f"{family}/{name}/words.toml", "CODE": f"{family}_{name}"}
    words["CLASS"] = "".join(part.capitalize() for part in name.split("_"))
    for source in sorted(_TEMPLATE.iterdir()):
        text = source.read_text(encoding="utf-8")
        for key, value in words.items():
            text = text.replace(f"@{key}@", value)
        written.append(folder / source.name.removesuffix(".txt"))
        written[-1].write_text(text, encoding="utf-8")
    return tuple(written)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m checks.new", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("place", metavar="FAMILY/NAME", help="for example hosts/security_txt")
    place = parser.parse_args(arguments).place
    try:
        written = write(place)
    except NotWritten as error:
        print(error, file=sys.stderr)
        return 2
    print(*(path.relative_to(ROOT.parent) for path in written), sep="\n")
    print(f"\nIts cases: python -m pytest tests/checks/test_cases.py -k {place}")
    print("Next: docs/adding-a-check.md")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
