"""Reading files of a folder that may hold anything: only files of its own are opened, and none without a bound."""

from __future__ import annotations

import hashlib
from pathlib import Path

_AT_A_TIME = 1 << 20
_LARGEST = 64 << 20  # of files that are read whole: manifests, signatures, lists of files, checkpoints


def is_regular(path: Path) -> bool:
    """Whether this is a file of its own: no link to somewhere else, and no pipe that never ends."""
    return path.is_file() and not path.is_symlink()


def digest(path: Path) -> str | None:
    """SHA-256 of a file; None when there is none of its own."""
    if not is_regular(path):
        return None
    buffer = bytearray(_AT_A_TIME)
    view = memoryview(buffer)
    found = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(buffer):
            found.update(view[:size])
    return found.hexdigest()


def content(path: Path) -> bytes | None:
    """What a small file holds; None when there is none of its own. Of one past all bounds, the beginning."""
    if not is_regular(path):
        return None
    with path.open("rb") as file:
        return file.read(_LARGEST)
