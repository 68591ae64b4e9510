"""results.json of a round in the memory, and its bytes: what `reports.results.ResultsWriter` writes without holding it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from checks.finding import Finding
from claims.model import Round
from reports.results import ResultsWriter
from scoring.score import Scores


def build(
    round: Round, findings: Iterable[Finding] | Mapping[str, Sequence[Finding]], scores: Scores, **about: Any
) -> dict[str, Any]:
    """The whole record. about: what a book is told beside."""
    book = ResultsWriter(round, findings, scores, **about)
    agencies = list(book.agencies())
    return {**book.rest(), "agencies": agencies}


def to_bytes(results: Mapping[str, Any]) -> bytes:
    """As the file has to hold it. What was crawled may hold halves of surrogate pairs, which UTF-8 has no bytes for."""
    text = json.dumps(results, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return text.encode("utf-8", "replace") + b"\n"
