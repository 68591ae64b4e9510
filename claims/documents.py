"""Documents that declarations name: files of the round's folder, known by their hash. What they say is read by nobody here.

A name is followed inside the folder alone, never over a symbolic link, and never past a bound of bytes.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = 100 * 1024 * 1024
_FILE_NAME = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,4}\Z")
_PIECE = 1 << 20
_MOST_STEPS = 16


@dataclass(frozen=True, slots=True)
class HashedDocument:
    """A document as it lies in the folder. size: bytes."""

    sha256: str
    size: int


class DocumentProblem(ValueError):
    """The file that is named cannot be had. The argument is the code of the expectation (`problem.<code>`)."""


def hashed(folder: Path, name: str) -> HashedDocument | None:
    """The document of a declaration; None for one that is named in words («نامهٔ ۱۲/۳۴») and is no file.

    Raises DocumentProblem for what is written as the name of a file and is none that may be read.
    """
    if "://" in name:
        return None
    written = _FILE_NAME.search(name) is not None
    try:
        return _read(folder, name)
    except DocumentProblem:
        if written:
            raise
        return None


def _read(folder: Path, name: str) -> HashedDocument:
    steps = [step for step in name.split("/") if step not in ("", ".")]
    if name.startswith("/") or ".." in steps or "\\" in name or "\0" in name:
        raise DocumentProblem("document_outside")
    if not 0 < len(steps) <= _MOST_STEPS:
        raise DocumentProblem("no_document")
    at = -1
    try:
        at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        for step in steps[:-1]:
            at = _down(at, step, os.O_RDONLY | os.O_DIRECTORY)
        # not waiting for the other end of a pipe
        at = _down(at, steps[-1], os.O_RDONLY | os.O_NONBLOCK)
        return _digest(at)
    except OSError:
        raise DocumentProblem("no_document") from None
    finally:
        if at >= 0:
            os.close(at)


def _down(at: int, step: str, flags: int) -> int:
    """The entry of an open folder, which is closed. Raises DocumentProblem for a symbolic link."""
    try:
        if stat.S_ISLNK(os.stat(step, dir_fd=at, follow_symlinks=False).st_mode):
            raise DocumentProblem("document_link")
        below = os.open(step, flags | os.O_NOFOLLOW, dir_fd=at)
    except UnicodeEncodeError:
        raise DocumentProblem("no_document") from None
    os.close(at)
    return below


def _digest(file: int) -> HashedDocument:
    facts = os.fstat(file)
    if not stat.S_ISREG(facts.st_mode):
        raise DocumentProblem("no_document")
    if facts.st_size > MOST_BYTES:
        raise DocumentProblem("document_too_large")
    digest, size = hashlib.sha256(), 0
    while piece := os.read(file, _PIECE):
        size += len(piece)
        if size > MOST_BYTES:  # it grows while it is read
            raise DocumentProblem("document_too_large")
        digest.update(piece)
    return HashedDocument(digest.hexdigest(), size)
