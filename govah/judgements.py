"""Judgements as they lie in `results/`: the present one, and earlier ones that a later check set aside.

    results/findings.jsonl findings.leaves.txt findings.claims.jsonl findings.manifest.json findings.manifest.sig
    results/earlier/N/       the same files of the N-th sealed judgement that was not the last

Not here: making a judgement (`govah.stages`), setting one aside (`evidence.earlier`), comparing two (`reports.changes`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from checks.finding import Finding
from evidence import keys, layout
from evidence.earlier import last_seal
from evidence.errors import SealError
from evidence.findings_seal import (
    CLAIMS,
    EARLIER,
    FINDINGS,
    LEAVES,
    MANIFEST,
    SIGNATURE,
    UNFINISHED,
)


class OtherRules(Exception):
    """Findings of other agencies that would be kept were made by other rules or settings. checks: the first few."""

    def __init__(self, differing: list[str]) -> None:
        super().__init__(", ".join(differing[:5]))


def read_findings(path: Path) -> list[Finding]:
    """Raises FileNotFoundError when nothing was checked yet."""
    with path.open(encoding="utf-8") as lines:
        return [Finding.from_json(json.loads(line)) for line in lines]


def read_claims(path: Path) -> list[str]:
    """Lines of the claims as they were judged; none of an older version's results."""
    return path.read_text(encoding="utf-8").splitlines(keepends=True) if path.is_file() else []


def judged_by(results: Path) -> dict[str, Any] | None:
    """Rules and settings of a sealed judgement; None when it is not sealed, or older than this record.

    A seal that was made over other findings says nothing of these.
    """
    path = results / MANIFEST
    if not path.is_file():
        return None
    manifest = json.loads(path.read_bytes())
    if not _is_over(manifest, results):
        return None
    judged: dict[str, Any] | None = manifest.get("judged")
    return judged


def stands(results: Path, evidence: Path) -> bool:
    """Whether the findings are those that the signer of the evidence sealed; True too where none were sealed.

    The short form of what `govah verify` looks at: the file's hash, the signature, and that it replaced the last of those
    that were replaced.
    """
    if (results / UNFINISHED).exists():
        return False
    sealed, pem = results / MANIFEST, evidence / layout.SIGNER
    if not sealed.is_file() or not pem.is_file():
        return True
    content = sealed.read_bytes()
    key = keys.parse_public(pem.read_bytes())
    signature = results / SIGNATURE
    if key is None or not signature.is_file() or not keys.verifies(key, signature.read_bytes(), content):
        return False
    try:
        manifest = json.loads(content)
        return _is_over(manifest, results) and manifest.get("previous") == last_seal(results)
    except (ValueError, KeyError, TypeError, SealError):
        return False


def _is_over(manifest: Mapping[str, Any], results: Path) -> bool:
    """Whether a manifest of findings is over those that lie there."""
    with (results / FINDINGS).open("rb") as file:
        return bool(manifest["findings"]["sha256"] == hashlib.file_digest(file, "sha256").hexdigest())


def kept(
    results: Path, agencies: Collection[str], judged: Mapping[str, Any]
) -> tuple[list[Finding], list[str]]:
    """Findings and claims of the agencies that are not judged anew. Raises OtherRules."""
    findings = [one for one in read_findings(results / FINDINGS) if one.agency not in agencies]
    then = judged_by(results)
    if then is not None:
        differing = _differing(then["rules"], judged["rules"]) + _differing(
            then["settings"], judged["settings"]
        )
    else:
        versions = {f.check: f.check_version for f in findings if f.check in judged["rules"]}
        differing = [
            check for check, number in versions.items() if judged["rules"][check]["version"] != number
        ]
    if findings and differing:
        raise OtherRules(sorted(differing))
    return findings, read_claims(results / CLAIMS)


def _differing(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [name for name in then.keys() | now.keys() if then.get(name) != now.get(name)]


def merged(now: Iterable[str], then: Iterable[str], agencies: Collection[str]) -> list[str]:
    """Lines of claims: present ones of the agencies that are judged, the others as they were judged.

    Without a record of those, as they are now.
    """
    then = list(then)
    if not then:
        return list(now)
    fresh = [line for line in now if json.loads(line)["agency"] in agencies]
    return sorted([*fresh, *(line for line in then if json.loads(line)["agency"] not in agencies)])


def unseal(results: Path) -> None:
    """Takes the seal away that was over other findings; those that come have none."""
    for name in (MANIFEST, SIGNATURE, LEAVES):
        (results / name).unlink(missing_ok=True)


@contextmanager
def being_written(results: Path) -> Iterator[None]:
    """Around the writing of a judgement. What dies inside leaves its mark, and is not taken for tampering."""
    mark = results / UNFINISHED
    for leftover in results.glob(".findings.*"):  # drafts of a check that died
        leftover.unlink()
    layout.write_whole(mark, b"")
    yield
    mark.unlink()
    layout.sync_folder(results)


def folders(path: Path) -> tuple[Path, Path]:
    """(folder of the round, folder of the results) of a round, or of one of its judgements that was set aside."""
    if path.parent.name == EARLIER and (path / FINDINGS).is_file():
        return path.resolve().parents[2], path
    return path, path / "results"


def rests_on(results: Path) -> str | None:
    """SHA-256 of the evidence's manifest that a sealed judgement names."""
    path = results / MANIFEST
    return str(json.loads(path.read_bytes())["evidence"]) if path.is_file() else None
