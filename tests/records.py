"""results.json of a round in the memory, and its bytes: what `reports.results.ResultsWriter` writes without holding it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from checks.finding import Finding
from claims.model import Round
from reports.results import AuditTrail, Provenance, ResultsWriter
from scoring.score import Scores


def build(
    round: Round,
    findings: Iterable[Finding] | Mapping[str, Sequence[Finding]],
    scores: Scores,
    *,
    as_of: dt.datetime,
    manifest_sha256: str | None,
    version: str,
    accounts: Mapping[str, Mapping[str, Any]] | None = None,
    **trail: Any,
) -> dict[str, Any]:
    """The whole record. accounts: of the crawl, by agency; trail: what else happened beside the findings."""
    writer = ResultsWriter(
        round,
        findings,
        scores,
        as_of=as_of,
        provenance=Provenance(version, manifest_sha256),
        trail=AuditTrail(**trail),
        account_of=(accounts or {}).get,
    )
    agencies = list(writer.agencies())
    return {**writer.rest(), "agencies": agencies}


def to_bytes(results: Mapping[str, Any]) -> bytes:
    """As the file has to hold it. What was crawled may hold halves of surrogate pairs, which UTF-8 has no bytes for."""
    text = json.dumps(results, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return text.encode("utf-8", "replace") + b"\n"
