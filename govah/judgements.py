"""Judgements as they lie in `results/`: the present one, and earlier ones that a later check set aside.

    results/findings.jsonl findings.leaves.txt findings.claims.jsonl findings.manifest.json findings.manifest.sig
    results/earlier/N/       the same files of the N-th sealed judgement that was not the last

Not here: making a judgement (`govah.stages`), setting one aside (`evidence.signing.earlier_judgements`), comparing two (`reports.changes`).
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from checks.finding import Finding
from evidence import layout
from evidence.signing.findings_seal import (
    CLAIMS,
    EARLIER,
    FINDINGS,
    LEAVES,
    MANIFEST,
    SIGNATURE,
    UNFINISHED,
)
from evidence.signing.findings_seal_state import FindingsSealState, seal_state
from reports.results_db.findings_file import FindingsFile


class RulesMismatch(Exception):
    """Findings of other agencies that would be kept were made by other rules or settings. checks: the first few."""

    def __init__(self, differing: list[str]) -> None:
        super().__init__(", ".join(differing[:5]))


class NotProven(Exception):
    """Findings that would be sealed again are not as they were sealed."""

    def __init__(self, standing: FindingsSealState) -> None:
        super().__init__(standing.state)
        self.standing = standing


def read_claims(path: Path) -> Iterator[str]:
    """Lines of the claims as they were judged; none of an older version's results."""
    if path.is_file():
        with path.open(encoding="utf-8", newline="\n") as lines:
            yield from lines


def kept(
    results: Path, evidence: Path, agencies: Collection[str], judged: Mapping[str, Any], *, sealing: bool
) -> tuple[Iterable[Finding], Iterator[str]]:
    """Findings, read as they are asked for, and claims of the agencies that are not judged anew. Raises RulesMismatch, NotProven.

    sealing: the judgement that they become a part of is sealed, so that they have to be as sealed themselves: who changed one
    would have the auditor sign it.
    """
    present = FindingsFile(results / FINDINGS, {})
    stand = seal_state(results, evidence, present.sha256)
    others = [agency for agency in present if agency not in agencies]
    if others and sealing and not stand.proven:
        raise NotProven(stand)
    then = stand.judged
    if then is not None:
        differing = _differing(then["rules"], judged["rules"]) + _differing(
            then["settings"], judged["settings"]
        )
    else:
        versions = {
            one.check: one.check_version
            for agency in others
            for one in present[agency]
            if one.check in judged["rules"]
        }
        differing = [
            check for check, number in versions.items() if judged["rules"][check]["version"] != number
        ]
    if others and differing:
        raise RulesMismatch(sorted(differing))
    return (one for agency in others for one in present[agency]), read_claims(results / CLAIMS)


def _differing(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [name for name in then.keys() | now.keys() if then.get(name) != now.get(name)]


def merged(now: Iterable[str], then: Iterator[str], agencies: Collection[str]) -> Iterator[str]:
    """Lines of claims: present ones of the agencies that are judged, the others as they were judged. All are in order.

    Without a record of those, as they are now.
    """
    first = next(then, None)
    if first is None:
        yield from now
        return
    fresh = (line for line in now if json.loads(line)["agency"] in agencies)
    kept = (line for line in chain([first], then) if json.loads(line)["agency"] not in agencies)
    yield from heapq.merge(fresh, kept)


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
    layout.write_whole(mark, b"", layout.SHARED)
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
