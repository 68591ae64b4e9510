"""What became of each reply: lines that are only ever added, each signed by the auditor and chained to the one before.

    ROUND/replies.jsonl      `{"entry": {…}, "signature": Base64 of Ed25519 over the entry's canonical JSON}`
    ROUND/replies.head       the same over the last line's number and hash: what was cut off the end, or the whole ledger
                             that is gone. A ledger of earlier versions has none until something is added to it

It lies beside the evidence and never in it: no reply alters what was seen. Knows replies as JSON values; what they mean is
for `reports.replies`. Not here: holding the ledger against the round (`evidence.verify.replies`).
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence import layout
from evidence.canonical import canonical_line
from evidence.errors import EvidenceBusy, writing
from evidence.fault import MOST_FAULTS
from evidence.regular_files import content
from evidence.signing import keys
from evidence.signing.keys import Signer
from evidence.store.checkpoints import complete
from evidence.store.recording import time_text

FILE = "replies.jsonl"
FORMAT = "govah-reply/1"
HEAD = "replies.head"
HEAD_FORMAT = "govah-reply-head/1"

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ReplyLedger:
    """entries: those that are signed and chained as they should be, up to the first that is not. whole: all of them are.

    head: SHA-256 of the last line that counts, hex; None when there is none.
    """

    entries: tuple[Entry, ...]
    head: str | None
    whole: bool


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line, held against its place. entry: None when it is none. fault: what is wrong with it; "" when nothing is.

    foreign: it is signed by another key, as it says itself.
    """

    number: int
    sha256: str
    entry: Entry | None
    fault: str = ""
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """How many lines there were when the last one was added, and its hash. valid: signed by this very key, and as it is written."""

    count: int
    sha256: str
    valid: bool


def read(round_folder: Path, key: Ed25519PublicKey | None) -> ReplyLedger:
    """key: of who sealed the evidence; None: nothing is signed by anybody known, and no line counts."""
    entries: list[Entry] = []
    hashes: list[str] = []
    whole = True
    for line in lines(round_folder, key):
        if line.entry is None or line.fault or key is None:
            whole = False
            break
        entries.append(line.entry)
        hashes.append(line.sha256)
    if whole and (told := head_of(round_folder, key)) is not None:
        whole = told.valid and hashes[told.count - 1 : told.count] == [told.sha256]
    return ReplyLedger(tuple(entries), hashes[-1] if hashes else None, whole)


def head_of(round_folder: Path, key: Ed25519PublicKey | None) -> LedgerHead | None:
    """None where there is none: in a round without replies, and in one of an earlier version."""
    path = round_folder / HEAD
    raw = content(path)
    if raw is None:
        return LedgerHead(0, "", False) if path.is_symlink() or path.exists() else None
    parsed = _parse(raw, HEAD_FORMAT)
    if parsed is None:
        return LedgerHead(0, "", False)
    entry, signature = parsed
    count, sha256 = entry.get("count"), entry.get("head")
    if not isinstance(count, int) or count < 1 or not isinstance(sha256, str):
        return LedgerHead(0, "", False)
    return LedgerHead(count, sha256, key is not None and keys.verifies(key, signature, canonical_line(entry)))


def lines(round_folder: Path, key: Ed25519PublicKey | None) -> Iterator[LedgerLine]:
    """Every line of the file; one that a crash cut short, at its end, is none. Ends behind a thousand that are none."""
    previous, broken = None, 0
    for number, raw in enumerate(BytesIO(content(round_folder / FILE) or b""), 1):
        if not raw.endswith(b"\n") or broken > MOST_FAULTS:
            return
        sha256 = hashlib.sha256(raw).hexdigest()
        line = _line(number, raw, sha256, previous, key)
        broken += line.entry is None
        yield line
        previous = sha256


def _line(
    number: int, raw: bytes, sha256: str, previous: str | None, key: Ed25519PublicKey | None
) -> LedgerLine:
    parsed = _parse(raw)
    if parsed is None:
        return LedgerLine(number, sha256, None, "not as it is written")
    entry, signature = parsed
    if key is not None and entry.get("key") != keys.fingerprint(key):
        return LedgerLine(number, sha256, entry, str(entry.get("key")), foreign=True)
    if key is not None and not keys.verifies(key, signature, canonical_line(entry)):
        return LedgerLine(number, sha256, entry, "its signature does not fit")
    if entry.get("prev") != previous or entry.get("number") != number:
        return LedgerLine(number, sha256, entry, "it does not follow the one before")
    return LedgerLine(number, sha256, entry)


def _parse(raw: bytes, format: str = FORMAT) -> tuple[dict[str, Any], bytes] | None:
    try:
        values = json.loads(raw)
        entry = values["entry"]
        signature = base64.b64decode(values["signature"], validate=True)
        whole = _written(entry, signature)  # Base64 and JSON have several spellings of the same
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError):
        return None
    if whole != raw or not isinstance(entry, dict) or entry.get("format") != format:
        return None
    return entry, signature


def _written(entry: Entry, signature: bytes) -> bytes:
    return canonical_line({"entry": entry, "signature": base64.b64encode(signature).decode("ascii")})


def append(
    round_folder: Path,
    signer: Signer,
    now: dt.datetime,
    event: str,
    by: str,
    user: str,
    values: Mapping[str, Any],
) -> Entry:
    """Adds a line, durably, and gives its entry. by: who did it, a name that was given; user: who ran the program, as the
    operating system knows them; entries of earlier versions have none. values: further fields of the event.

    Raises WriteFailed, or EvidenceBusy while another process adds one.
    """
    path = round_folder / FILE
    with writing(path), _alone(path):
        layout.mend_lines(path)
        present = complete(path.read_bytes())
        entry = {
            **values,
            "by": by,
            "event": event,
            "format": FORMAT,
            "key": signer.fingerprint,
            "number": len(present) + 1,
            "prev": hashlib.sha256(present[-1]).hexdigest() if present else None,
            "recorded_by": user,
            "time": time_text(now),
        }
        line = _written(entry, signer.sign(canonical_line(entry)))
        layout.append_line(path, line)
        # after the line: a crash between them leaves a head that is true of a shorter ledger
        head = {"count": len(present) + 1, "format": HEAD_FORMAT, "head": hashlib.sha256(line).hexdigest()}
        layout.write_whole(round_folder / HEAD, _written(head, signer.sign(canonical_line(head))))
    return entry


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    descriptor = os.open(
        path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, layout.PRIVATE
    )
    with os.fdopen(descriptor, "ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EvidenceBusy(f"another process writes to {path}") from None
        yield
