"""Signed roots of the growing archive, one JSON line each, chained by hash.

The first is signed before the first request. Published, they show that what came before was not
rewritten later. Not here: checking them (`evidence.verify.folder`).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from pathlib import Path

from evidence import layout
from evidence.canonical import canonical_line
from evidence.errors import OtherKey
from evidence.signing.keys import Signer
from evidence.store.recording import time_text

FORMAT = "govah-checkpoint/1"


def lines(evidence: Path) -> list[bytes]:
    """Complete lines of the file; one that a crash cut short is none."""
    path = evidence / layout.CHECKPOINTS
    return complete(path.read_bytes()) if path.exists() else []


def complete(content: bytes) -> list[bytes]:
    """The lines that have an end."""
    return [line for line in content.splitlines(keepends=True) if line.endswith(b"\n")]


def refuse_other_key(evidence: Path, signer: Signer) -> None:
    """Raises OtherKey where the archive was opened under another key: signed by two it would never verify."""
    signed = _opened_by(evidence)
    if signed is not None and signed != signer.fingerprint:
        raise OtherKey(signed, signer.fingerprint)


def _opened_by(evidence: Path) -> str | None:
    """Fingerprint that the opening names; None where there is none that can be read, which is for `evidence.verify.folder` to tell."""
    try:
        signed = json.loads(lines(evidence)[0])["checkpoint"]["key"]
    except (IndexError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return signed if isinstance(signed, str) else None


def append(
    evidence: Path, signer: Signer, *, shard: str, size: int, root: bytes, plan: str, now: dt.datetime
) -> None:
    """Signs the root over the first `size` records of a shard. plan: SHA-256 of the plan's file."""
    earlier = lines(evidence)
    checkpoint = {
        "created": time_text(now),
        "format": FORMAT,
        "key": signer.fingerprint,
        "number": len(earlier) + 1,
        "plan": plan,
        "prev": hashlib.sha256(earlier[-1]).hexdigest() if earlier else None,
        "records": size,
        "root": root.hex(),
        "shard": shard,
    }
    signature = base64.b64encode(signer.sign(canonical_line(checkpoint))).decode("ascii")
    layout.append_line(
        evidence / layout.CHECKPOINTS, canonical_line({"checkpoint": checkpoint, "signature": signature})
    )
