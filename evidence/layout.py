"""Names of the files in a round's evidence folder, and how they reach the disk whole.

evidence/
  plan.json               what was going to be done, fixed before the first request
  checkpoints.jsonl       signed roots of the growing archive
  shard-0001/             of a process; a round of a few hundred agencies has one
    epoch-N               lease of the N-th run of the crawl
    seg-N-00001.warc.gz   what that run saw
    index-N.sqlite        derived from the segments
    head.json             number of records and their root
    recovery.jsonl        what an interrupted run left torn, and where it lies
    progress.json         how far its run is; gone with the seal
  stop                    asks whoever crawls to end; gone with the next start
  coordinator.lock        held by the one process that has the round crawled, while it does
  gate-*                  held by the process that visits an address, where several crawl; gone with the seal
  records.txt  SHA256SUMS  manifest.json  manifest.sig  signer.pem    written by the seal
  opening.A.tsq, opening.A.tsr      what authority A was asked for a time stamp, and its reply, as it came
  manifest.A.tsq, manifest.A.tsr    the same over the seal; they come after it
"""

from __future__ import annotations

import fcntl
import glob
import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO

PLAN = "plan.json"
CHECKPOINTS = "checkpoints.jsonl"
MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
SUMS = "SHA256SUMS"
RECORDS = "records.txt"
SIGNER = "signer.pem"
HEAD = "head.json"
RECOVERY = "recovery.jsonl"
PROGRESS = "progress.json"
STOP = "stop"
COORDINATOR = "coordinator.lock"
OPENING, SEALED = "opening", "manifest"  # what time stamps are over: first parts of their files' names
LOCKS = "gate-*"
# of writes that a crash cut short, and of processes that went side by side
LEFTOVERS = ("*.part", "*.part-wal", "*.part-shm", ".clock-*", PROGRESS, LOCKS, STOP, COORDINATOR)

# What a crawl met may hold personal data: evidence and ledgers are their owner's alone, whatever the umask. The rights of a
# file are set as it is made, and never again.
PRIVATE = 0o600
PRIVATE_FOLDER = 0o700
SHARED = 0o666  # of what is made to be handed on: the umask decides
SHARED_FOLDER = 0o777
_AT_A_TIME = 1 << 20  # bytes that are copied
_TOKEN = 8  # bytes of a draft's own name
_OWN = os.O_CLOEXEC | os.O_NOFOLLOW  # a folder that came from elsewhere may hold links to anything
_SEGMENT = re.compile(r"seg-([1-9]\d{0,8})-(\d{5,9})\.warc\.gz")
_INDEX = re.compile(r"index-([1-9]\d{0,8})\.sqlite")
_EPOCH = re.compile(r"epoch-([1-9]\d{0,8})")
_STAMP = re.compile(r"(opening|manifest(?:-[1-9]\d{0,8})?)\.([0-9a-f]{16})\.ts[qr]")


def shard_name(number: int) -> str:
    """number: from 1."""
    return f"shard-{number:04d}"


FIRST_SHARD = shard_name(1)


def lock_name(key: str) -> str:
    """The file that processes hold while they visit an address or a host, whatever its name."""
    return f"gate-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def segment_name(epoch: int, number: int) -> str:
    return f"seg-{epoch}-{number:05d}.warc.gz"


def index_name(epoch: int) -> str:
    return f"index-{epoch}.sqlite"


def epoch_name(epoch: int) -> str:
    return f"epoch-{epoch}"


def shards(evidence: Path) -> list[Path]:
    return sorted(path for path in evidence.glob("shard-*") if path.is_dir())


def epochs(shard: Path) -> list[int]:
    """Numbers of the runs that have a lease, oldest first."""
    found = (_EPOCH.fullmatch(path.name) for path in shard.iterdir())
    return sorted(int(match.group(1)) for match in found if match)


def segments(shard: Path, epoch: int | None = None) -> list[Path]:
    """Segments of one run, or of all runs, in order of writing."""
    found: list[tuple[int, int, Path]] = []
    for path in shard.iterdir():
        match = _SEGMENT.fullmatch(path.name)
        if match and (epoch is None or int(match.group(1)) == epoch):
            found.append((int(match.group(1)), int(match.group(2)), path))
    return [path for _, _, path in sorted(found)]


def size(shards: Iterable[Path]) -> int:
    """Bytes of all their segments."""
    return sum(segment.stat().st_size for shard in shards for segment in segments(shard))


def is_segment(name: str) -> bool:
    """Whether a name relative to the evidence folder is a segment's."""
    shard, _, file = name.partition("/")
    return shard.startswith("shard-") and _SEGMENT.fullmatch(file) is not None


def epoch_of(name: str) -> int | None:
    """Number of the run whose lease has this file name; None when it is no such name."""
    match = _EPOCH.fullmatch(name)
    return int(match.group(1)) if match else None


def segment_epoch(name: str) -> int:
    match = _SEGMENT.fullmatch(name)
    if match is None:
        raise ValueError(name)
    return int(match.group(1))


def index_epoch(name: str) -> int | None:
    """Number of the run whose index has this file name; None when it is no such name."""
    match = _INDEX.fullmatch(name)
    return int(match.group(1)) if match else None


def stamp_names(over: str, authority: str) -> tuple[str, str]:
    """Files of a time stamp: what was asked, what was replied. over: OPENING, SEALED or an earlier `manifest-N`."""
    return f"{over}.{authority}.tsq", f"{over}.{authority}.tsr"


def stamps(evidence: Path) -> list[tuple[str, str]]:
    """(what it is over, the authority's id) of every time stamp of which a file is there."""
    found = (_STAMP.fullmatch(path.name) for path in evidence.iterdir())
    return sorted({(match.group(1), match.group(2)) for match in found if match})


def stamps_the_seal(name: str) -> bool:
    """Whether a file is of a time stamp over the seal in force, which no seal can list."""
    match = _STAMP.fullmatch(name)
    return match is not None and match.group(1) == SEALED


def make_folder(path: Path, mode: int = PRIVATE_FOLDER) -> None:
    """Makes a folder and those above it that are missing, durably."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode, exist_ok=True)
    path.mkdir(mode, exist_ok=True)  # says so where it is none
    for folder in reversed(missing):
        sync_folder(folder.parent)


def write_whole(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """The file has its old content or all of the new one, also after a power cut."""
    with whole_file(path, mode) as descriptor:
        write_all(descriptor, content)


@contextmanager
def draft_file(path: Path, mode: int = PRIVATE) -> Iterator[int]:
    """A descriptor of a file to write anew, whatever stood there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _OWN, mode)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def whole_file(path: Path, mode: int = PRIVATE) -> Iterator[int]:
    """A descriptor whose content takes the file's place once the block ends well.

    For who writes there alone, as the holder of a lease does: the draft has one name, so that the next one clears what a
    crash left of it.
    """
    draft = path.with_name(path.name + ".part")
    with draft_file(draft, mode) as descriptor:
        yield descriptor
    put_in_place(draft, path)


@contextmanager
def replaced_file(path: Path, mode: int = SHARED) -> Iterator[BinaryIO]:
    """The same where other programs may write the file too: each has a draft of its own, and the last one stands.

    mode: of a new file, less the umask. One that is there keeps its own.
    """
    with replaced_path(path, mode) as (_, descriptor):
        if path.exists():
            os.fchmod(descriptor, path.stat().st_mode & 0o777)
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            yield file


@contextmanager
def replaced_path(path: Path, mode: int = SHARED) -> Iterator[tuple[Path, int]]:
    """The same for what is written by its path: the draft, and a descriptor of it.

    Who writes a draft holds it. One that nobody holds was left by a process that was killed, and is removed.
    """
    _remove_left(path)
    draft, descriptor = _draft(path, mode)
    try:
        yield draft, descriptor
        put_in_place(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def _draft(path: Path, mode: int) -> tuple[Path, int]:
    """A new draft, and the descriptor that holds it."""
    while True:
        draft = path.with_name(f".{path.name}.{secrets.token_hex(_TOKEN)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OWN, mode)
        with suppress(OSError):  # there are file systems without locks: nothing is removed from those
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # waits for who tries it, for no longer than that takes
        if draft.exists():
            return draft, descriptor
        os.close(descriptor)  # others removed it before it was held


def _remove_left(path: Path) -> None:
    for left in path.parent.glob(f".{glob.escape(path.name)}.{'[0-9a-f]' * 2 * _TOKEN}"):
        with suppress(OSError):
            descriptor = os.open(left, os.O_RDONLY | os.O_NONBLOCK | _OWN)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink()
            finally:
                os.close(descriptor)


def put_in_place(draft: Path, path: Path) -> None:
    """Renames a file that is done to one beside it: after a power cut the old one is there or the new one, whole."""
    sync_file(draft)
    draft.replace(path)
    sync_folder(path.parent)


def append_line(path: Path, line: bytes) -> None:
    """Durable when it returns. line: of JSON. One that a crash cut short gives way."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _OWN, PRIVATE)
    try:
        os.lseek(descriptor, _drop_cut_line(descriptor), os.SEEK_SET)
        write_all(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


def mend_lines(path: Path) -> None:
    """Drops the last line of a file of JSON lines when a crash cut it short, or a power cut left holes in it."""
    if not path.exists():
        return
    descriptor = os.open(path, os.O_RDWR | _OWN)
    try:
        _drop_cut_line(descriptor)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _drop_cut_line(descriptor: int) -> int:
    """Size of what is kept."""
    size = os.fstat(descriptor).st_size
    content = os.pread(descriptor, size, 0)
    kept = content.rfind(b"\n") + 1
    if kept == size > 0:
        last = content.rfind(b"\n", 0, -1) + 1
        try:
            json.loads(content[last:])
        except ValueError:
            kept = last
    if kept < size:
        os.ftruncate(descriptor, kept)
    return kept


def write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def copy_all(file: IO[bytes], descriptor: int) -> None:
    """All of an open file, read in parts from its beginning."""
    file.seek(0)
    while piece := file.read(_AT_A_TIME):
        write_all(descriptor, piece)


def sync_file(path: Path) -> None:
    """Makes the file's content durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Makes names in the folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
