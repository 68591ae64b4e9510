"""Whether findings are what the auditor sealed: the short answer, for commands that show them or build on them.

Reads no findings: whoever reads them hashes them on the way. `govah verify` looks at everything and names each fault
(`evidence.verify.findings`); how a round before is held is `evidence.verify.round_summary`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence import layout
from evidence.errors import SealError
from evidence.regular_files import content, digest
from evidence.signing import findings_seal, keys
from evidence.signing.earlier_judgements import last_seal
from evidence.signing.evidence_manifests import previous_manifests

State = Literal[
    "sealed",
    "unsealed",
    "cut_short",
    "foreign_evidence",
    "foreign",
    "changed_seal",
    "other_evidence",
    "behind",
    "put_back",
    "changed_claims",
    "changed",
]


@dataclass(frozen=True, slots=True)
class FindingsSealState:
    """How findings stand to the seal beside them.

    sealed: they are as they were sealed by the signer of the evidence, over this evidence, as the last judgement.
    unsealed: no seal lies beside them, or the evidence has none. cut_short: a check died while it wrote them.
    foreign_evidence: the key beside the evidence did not sign it. foreign: another key than the evidence's sealed them.
    changed_seal: the seal is not what was signed. other_evidence: it is over the evidence of another round. behind: it is
    over this evidence, which has grown since. put_back: it is that of an earlier judgement. changed_claims: the claims
    beside the findings are not those that were judged. changed: the findings are not those that were sealed.

    sealed_by: fingerprint that the seal names; "" without one. signer: that of the evidence's key, "" as well.
    judged: what the seal says that they were made by; None where it cannot be believed, or is of an older version.
    """

    state: State
    sealed_by: str = ""
    signer: str = ""
    judged: Mapping[str, Any] | None = field(default=None, compare=False)

    @property
    def proven(self) -> bool:
        """Whether they are as their auditor sealed them, be it over this evidence before it grew."""
        return self.state in ("sealed", "behind")


def seal_state(results: Path, evidence: Path, sha256: str, *, replaced: bool = False) -> FindingsSealState:
    """Of the findings in a folder of results. sha256: of their file, as it was read. replaced: it is that of a judgement
    that was set aside, which need not be the last.
    """
    if os.path.lexists(results / findings_seal.UNFINISHED):
        return FindingsSealState("cut_short")
    signed, signature = content(results / findings_seal.MANIFEST), content(results / findings_seal.SIGNATURE)
    sealed = content(evidence / layout.MANIFEST)
    if signed is None or signature is None or sealed is None:
        return FindingsSealState("unsealed")
    key = keys.parse_public(content(evidence / layout.SIGNER) or b"")
    by = _text(signed, "key")
    if key is None or not keys.verifies(key, content(evidence / layout.SIGNATURE) or b"", sealed):
        return FindingsSealState("foreign_evidence", by)
    signer = keys.fingerprint(key)
    if by != signer:
        return FindingsSealState("foreign", by, signer)
    state, judged = _held(results, evidence, key, signed, signature, sealed, sha256, replaced)
    return FindingsSealState(state, by, signer, judged)


def _held(
    results: Path,
    evidence: Path,
    key: Ed25519PublicKey,
    signed: bytes,
    signature: bytes,
    sealed: bytes,
    sha256: str,
    replaced: bool,
) -> tuple[State, Mapping[str, Any] | None]:
    if not keys.verifies(key, signature, signed):
        return "changed_seal", None
    try:
        manifest = json.loads(signed)
        if manifest["findings"]["sha256"] != sha256:
            return "changed", None
        judged = manifest.get("judged")
        if judged is not None and judged["claims_sha256"] != digest(results / findings_seal.CLAIMS):
            return "changed_claims", None
        if not replaced and manifest.get("previous") != last_seal(results):
            return "put_back", judged
        if manifest["evidence"] == hashlib.sha256(sealed).hexdigest():
            return "sealed", judged
        before = (hashlib.sha256(content(path) or b"").hexdigest() for path in previous_manifests(evidence))
        return ("behind" if manifest["evidence"] in before else "other_evidence"), judged
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, SealError):
        return "changed_seal", None


def _text(signed: bytes, name: str) -> str:
    try:
        return str(json.loads(signed)[name])[:64]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
