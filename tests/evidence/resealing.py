"""A sealed evidence folder as somebody with another key would have sealed it: the strongest forger there is."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

from evidence import layout
from evidence.canonical import canonical_line
from evidence.seal import seal
from evidence.signing.keys import Signer
from evidence.store import checkpoints


def seal_again(evidence: Path, signer: Signer) -> None:
    """Signs every checkpoint and the seal, saying the same of the same files."""
    manifest = json.loads((evidence / layout.MANIFEST).read_bytes())
    lines: list[bytes] = []
    for line in checkpoints.lines(evidence):
        checkpoint: dict[str, Any] = json.loads(line)["checkpoint"]
        checkpoint |= {
            "key": signer.fingerprint,
            "prev": hashlib.sha256(lines[-1]).hexdigest() if lines else None,
        }
        signature = base64.b64encode(signer.sign(canonical_line(checkpoint))).decode("ascii")
        lines.append(canonical_line({"checkpoint": checkpoint, "signature": signature}))
    (evidence / layout.CHECKPOINTS).write_bytes(b"".join(lines))
    for name in (layout.MANIFEST, layout.SIGNATURE, layout.SUMS):  # else it would be a seal after another
        (evidence / name).unlink()
    seal(
        evidence,
        signer=signer,
        now=lambda: dt.datetime.fromisoformat(manifest["created"]),
        round_id=manifest["round"],
        software=manifest["software"],
        coverage=manifest["coverage"],
    )
