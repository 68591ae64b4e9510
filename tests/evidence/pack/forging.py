"""A pack as the holder of a key would forge it: the strongest forger there is."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

from evidence.pack.format import UNSUMMED, PackContents
from evidence.pack.maker import sums
from evidence.signing.keys import Signer

Members = dict[str, bytes]


def signed_again(members: Members, signer: Signer, **values: Any) -> Members:
    """Hashes and table of contents made anew. values: fields of the table of contents."""
    members = {**members, "signer.pem": signer.public_pem}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    listed = sums({name: digest for name, digest in digests.items() if name not in UNSUMMED})
    contents = PackContents.parse(members["pack.json"])
    known = {
        "sums": hashlib.sha256(listed).hexdigest(),
        "manifest": digests["manifest.json"],
        "findings_manifest": digests["findings.manifest.json"],
        "key": signer.fingerprint,
    }
    signed = dataclasses.replace(contents, **{**known, **values}).to_bytes()
    again = {"SHA256SUMS": listed, "pack.json": signed, "pack.sig": signer.sign(signed)}
    return {**members, **again}
