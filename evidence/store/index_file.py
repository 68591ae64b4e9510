"""The file of an index that is done: the same rows give the same bytes, and nothing lies beside it.

So an index that is made anew from its segments is the one that was sealed, to the byte. SQLite packs the rows
into a fresh file in the order of their keys; what it would leave there by chance (bytes of earlier rows in the
free part of a page, its own version and a count of changes in the header) is cleared.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from evidence import layout

# Fields of the header that tell of a file's history: offset, and what they are set to.
_COOKIE = 40, b"\x00\x00\x00\x01"  # counts changes of the tables, for those that have the file open
_VERSION = 96, b"\x00\x00\x00\x00"  # of the SQLite that wrote last: a note, read by nobody


def prepare(connection: sqlite3.Connection) -> None:
    """What else may differ from one SQLite to another. Before the first table."""
    connection.execute("PRAGMA page_size=4096")
    connection.execute("PRAGMA auto_vacuum=NONE")


def settle(connection: sqlite3.Connection, path: Path) -> None:
    """Puts the rows of an open index into one file at its place, durably, and closes the connection.

    A reader that has the old file open keeps it. Cut short at any moment, the old index or the new one is
    there, each whole: a journal is never left beside a file that it does not belong to.
    """
    draft = path.with_name(path.name + ".part")
    for leftover in (draft, *journals(draft)):
        leftover.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, layout.PRIVATE))
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute("VACUUM INTO ?", (str(draft),))
    connection.close()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CLOEXEC)
    try:
        for offset, value in (_COOKIE, _VERSION):
            os.pwrite(descriptor, value, offset)
    finally:
        os.close(descriptor)
    left = [journal for journal in journals(path) if journal.exists()]
    if left:  # for a reader; what was moved from it into the file has to be there before it goes
        layout.sync_file(path)
    for journal in left:
        journal.unlink(missing_ok=True)
    layout.sync_folder(path.parent)  # a journal that comes back would be read into the new file
    layout.put_in_place(draft, path)


def journals(path: Path) -> tuple[Path, ...]:
    """Files that SQLite keeps beside an index that is open for writing, or that was killed while it was."""
    return tuple(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))


def unmade(path: Path) -> bool:
    """Whether the journal of the first step lies beside it, the one before there are tables.

    Afterwards commits go through the other journal, so that nothing was ever committed to such a file.
    """
    return path.with_name(path.name + "-journal").exists()
