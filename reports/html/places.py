"""Under which name the page of an agency lies in the report's folder, and how files come there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

OWN = frozenset({"index", "summary", "indicators", "press", "audit", "method", "trend"})
"""Pages of the report itself."""
_TAKEN = OWN | {"verify"}  # and a file beside them


def page_of(agency: str) -> str:
    """A file's name. No id holds a space, so that an agency called `audit` takes no other page's place."""
    return f"agency {agency}.html" if agency.casefold() in _TAKEN else f"{agency}.html"


def factsheet_of(agency: str) -> str:
    """A file's name, which no page of an agency has."""
    return f"factsheet {agency}.html"


def link_to(agency: str) -> str:
    """The same as it stands in a link."""
    return quote(page_of(agency))


def indicator_link(id: str) -> str:
    """Where an indicator stands, on the page of an agency and on that of the method."""
    return f"#indicator-{quote(id)}"


def publish(names: Iterable[str], beside: Path, target: Path) -> None:
    """Those of these files that lie beside the report, in its folder as well: whoever publishes the folder has them.

    A second name of the same bytes, for those of a country are gigabytes; a copy where a file system gives no second name.
    """
    target.mkdir(exist_ok=True)
    for name in names:
        (target / name).unlink(missing_ok=True)
        source = beside / name
        if source.is_symlink() or not source.is_file():
            continue
        try:
            os.link(source, target / name)
        except OSError:
            shutil.copyfile(source, target / name)


def put(path: Path, content: bytes) -> None:
    """A file of its own in place of what lay there: a folder that came from elsewhere may hold links to anything.

    Not `layout.replaced_file`: a report of a country is 30,000 files, and can always be made anew.
    """
    path.unlink(missing_ok=True)
    with path.open("xb") as file:
        file.write(content)
