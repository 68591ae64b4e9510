"""A file that is written beside its place and put there whole; what is left off or cut is counted on the way."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from evidence import layout


@dataclass(slots=True)
class WrittenFile:
    """counts: what the file holds, by kind. left_out: what it does not, by why (`export_left_out.<why>`)."""

    counts: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    sha256: str = ""


class Hashed(Protocol):
    """sha256: of the file as it was put in its place."""

    sha256: str


Result = TypeVar("Result", bound=Hashed)


def put(target: Path, write: Callable[[Path], Result]) -> Result:
    """write: to a path in an empty folder of its own, where it may keep drafts."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        draft = Path(folder) / "draft"
        written = write(draft)
        with draft.open("rb") as file:
            written.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        layout.put_in_place(draft, target)
    return written
