"""What the process that holds the key does for those that do not: the opening of a round, and roots of their shards, signed."""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evidence import layout
from evidence.canonical import canonical_line
from evidence.errors import EvidenceBusy, EvidenceDamaged, writing
from evidence.regular_files import content as held
from evidence.regular_files import digest
from evidence.signing.keys import Signer
from evidence.signing.merkle import MerkleTree
from evidence.store import checkpoints
from evidence.store import plan as plans
from evidence.store.lease import refuse_living
from evidence.store.writer import CHECKPOINT_EVERY


@contextmanager
def planning(folder: Path) -> Iterator[None]:
    """Inside, no other process plans the round. Raises WriteFailed."""
    descriptor = _lock_file(folder, layout.lock_name("plan"))
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def coordinating(folder: Path) -> Iterator[None]:
    """Inside, this process alone has the round's shards visited and signs for them. Raises EvidenceBusy, WriteFailed."""
    path = folder / layout.COORDINATOR
    descriptor = _lock_file(folder, layout.COORDINATOR)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EvidenceBusy(f"{path} is held by another process") from None
        if not path.exists() or not os.path.samestat(os.fstat(descriptor), path.stat()):
            raise EvidenceBusy(f"{path} was given back this moment")
        try:
            yield
        finally:
            path.unlink(missing_ok=True)  # while it is held: a sealed folder has no such file
    finally:
        os.close(descriptor)


def is_coordinating(folder: Path) -> bool:
    """Whether a process of this machine does. Asks the kernel's list: a lock of our own could keep it from starting."""
    try:
        inode = (folder / layout.COORDINATOR).stat().st_ino
        held = [line.split() for line in Path("/proc/locks").read_text(encoding="ascii").splitlines()]
    except OSError:
        return False
    return any(
        lock[1] == "FLOCK" and lock[5].rpartition(":")[2] == str(inode) for lock in held if len(lock) > 5
    )


def _lock_file(folder: Path, name: str) -> int:
    with writing(folder):
        layout.make_folder(folder)
        return os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, layout.PRIVATE)


def opened(
    folder: Path,
    plan: Mapping[str, Any],
    *,
    vantage: str,
    now: Callable[[], dt.datetime],
    signer: Signer,
    beside: bool = False,
) -> str:
    """Fixes the plan and signs the opening checkpoint, unless both are there. SHA-256 of the plan's file.

    Raises OtherKey, EvidenceBusy while somebody crawls, WriteFailed, EvidenceDamaged. beside: somebody may, by this very plan.
    """
    checkpoints.refuse_other_key(folder, signer)
    with writing(folder):
        layout.make_folder(folder)
        if not (beside and plans.planned(folder) == json.loads(canonical_line(plan))):
            for shard in layout.shards(folder):
                refuse_living(shard)
        layout.mend_lines(folder / layout.CHECKPOINTS)
        _, sha256 = plans.fix(folder, plan, vantage=vantage, now=now())
        if not checkpoints.lines(folder):
            empty = MerkleTree()
            checkpoints.append(
                folder, signer, shard=layout.FIRST_SHARD, size=0, root=empty.root, plan=sha256, now=now()
            )
    return sha256


def commitments(folder: Path) -> tuple[str, ...]:
    """SHA-256 of the opening checkpoint, and of each time stamp over it: what a crawl that has begun can be shown to follow."""
    stamps = [a for over, a in layout.stamps(folder) if over == layout.OPENING]
    replies = (digest(folder / layout.stamp_names(layout.OPENING, a)[1]) for a in stamps)
    return tuple(sorted(filter(None, (opening_checkpoint(folder), *replies))))


def opening_checkpoint(folder: Path) -> str | None:
    """SHA-256 of its line; None before there is one."""
    first = checkpoints.lines(folder)[:1]
    return hashlib.sha256(first[0]).hexdigest() if first else None


def sign_heads(
    folder: Path,
    signer: Signer,
    *,
    plan: str,
    now: Callable[[], dt.datetime],
    every: int = CHECKPOINT_EVERY,
) -> None:
    """Signs the roots of shards that have grown by so many records since their last signed one.

    Raises WriteFailed, EvidenceDamaged.
    """
    signed = dict(_of(line, folder) for line in checkpoints.lines(folder))
    for shard in layout.shards(folder):
        head = shard / layout.HEAD
        if not head.exists():
            continue
        size, root = _head(head)
        if size - signed.get(shard.name, 0) >= every:
            with writing(folder):
                checkpoints.append(
                    folder, signer, shard=shard.name, size=size, root=root, plan=plan, now=now()
                )


def _of(line: bytes, folder: Path) -> tuple[str, int]:
    """Which shard a checkpoint is of, and its number of records."""
    try:
        checkpoint = json.loads(line)["checkpoint"]
        return str(checkpoint["shard"]), int(checkpoint["records"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EvidenceDamaged(f"{folder / layout.CHECKPOINTS}: {error}") from None


def _head(path: Path) -> tuple[int, bytes]:
    """A shard's number of records and their root."""
    try:
        told = json.loads(held(path) or b"")
        return int(told["records"]), bytes.fromhex(told["root"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EvidenceDamaged(f"{path}: {error}") from None
