"""What somebody does who tampers with a sealed round."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from evidence import layout, seal
from evidence.canonical import canonical_line
from evidence.signing.keys import Signer
from tests.evidence.warc_records import read_all


def members_of(segment: Path) -> list[bytes]:
    """The gzip members of a segment, a record each."""
    with segment.open("rb") as file:
        records = list(read_all(file))
    content = segment.read_bytes()
    return [content[r.offset : r.offset + r.length] for r in records]


def sign_anew(folder: Path, signer: Signer) -> None:
    """Lists what lies there now and signs it, as only the key holder can."""
    evidence = folder / "evidence"
    listed = seal.sums(evidence)
    (evidence / layout.SUMS).write_bytes(listed)
    path = evidence / layout.MANIFEST
    values = {**json.loads(path.read_bytes()), "sha256sums": hashlib.sha256(listed).hexdigest()}
    path.write_bytes(canonical_line(values))
    (evidence / layout.SIGNATURE).write_bytes(signer.sign(path.read_bytes()))
