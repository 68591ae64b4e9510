"""Reading files of a folder that may hold anything: only files of its own are opened, and none without a bound.

What cannot be read, for want of the right to or because the disk does not give it, is to every reader as if it were not
there; `barred` and `refusal` say what that is, and why.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

_AT_A_TIME = 1 << 20
_LARGEST = 64 << 20  # of files that are read whole: manifests, signatures, lists of files, checkpoints


def is_regular(path: Path) -> bool:
    """Whether this is a file of its own that may be read: no link to somewhere else, and no pipe that never ends."""
    try:
        return stat.S_ISREG(path.lstat().st_mode) and os.access(path, os.R_OK)
    except OSError:
        return False


def digest(path: Path) -> str | None:
    """SHA-256 of a file; None when there is none of its own that can be read."""
    if not is_regular(path):
        return None
    try:
        with path.open("rb", buffering=0) as file:
            return digest_of(file)
    except OSError:
        return None


def digest_of(file: IO[bytes]) -> str:
    """SHA-256 of an open file, from its beginning."""
    file.seek(0)
    found = hashlib.sha256()
    while piece := file.read(_AT_A_TIME):
        found.update(piece)
    return found.hexdigest()


def content(path: Path) -> bytes | None:
    """What a small file holds; None when there is none of its own that can be read. Of one past all bounds, the beginning."""
    if not is_regular(path):
        return None
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST)
    except OSError:
        return None


def entries(folder: Path, barred: Callable[[OSError], None]) -> Iterator[tuple[Path, bool]]:
    """(path, whether it is a folder) of everything below; a link is no folder. barred: told of folders that cannot be
    listed.
    """
    waiting = [folder]
    while waiting:  # no recursion: a folder that was made to hurt is deeper than a stack
        place = waiting.pop()
        try:
            with os.scandir(place) as found:
                for entry in found:
                    is_folder = entry.is_dir(follow_symlinks=False)
                    if is_folder:
                        waiting.append(Path(entry.path))
                    yield Path(entry.path), is_folder
        except OSError as error:
            error.filename = str(place)
            barred(error)


def linked_folder(place: Path) -> Path | None:
    """A link at this place, or to a folder anywhere below; None when there is none."""
    if place.is_symlink():
        return place
    for path, is_folder in entries(place, lambda error: None):
        if not is_folder and path.is_symlink() and path.is_dir():
            return path
    return None


def unreadable_reason(path: Path, *, whole: bool = False) -> str | None:
    """Why a file of its own cannot be read, in the system's words; None when it can. whole: all of it, not its first byte."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        with path.open("rb", buffering=0) as file:
            while file.read(_AT_A_TIME if whole else 1) and whole:
                pass
    except OSError as error:
        return error_text(error)
    return None


def unreadable_files(folder: Path) -> dict[str, str]:
    """What of a folder cannot be read, by its name in it, and why. The name of a folder ends with a stroke; "/" is all."""
    found: dict[str, str] = {}

    def told(error: OSError) -> None:
        place = Path(os.fsdecode(error.filename)).relative_to(folder).as_posix()
        found[f"{'' if place == '.' else place}/"] = error_text(error)

    for path, is_folder in entries(folder, told):
        reason = None if is_folder else unreadable_reason(path)
        if reason is not None:
            found[path.relative_to(folder).as_posix()] = reason
    return found


def error_text(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
