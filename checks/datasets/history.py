"""What earlier rounds knew of a dataset's content, read from the findings of the round before.

A round's own findings carry the fingerprint and since when it is the same, so that one round back is enough.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.case import Case
from claims.model import Dataset

_CHECK = "datasets.freshness"
_LONGEST_LINE = 1_000_000

Remembered = Mapping[tuple[str, str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Past:
    """Of the present content. since: day of the first round that had it; rounds: that had it, this one included.

    changed_after: day of the round before, when its content was another; None otherwise. capture: the
    last round's copy, when the content is the same.
    """

    since: dt.date
    rounds: int
    changed_after: dt.date | None = None


def past(case: Case, dataset: Dataset, fingerprint: str | None) -> Past | None:
    """None when this round has no content to compare."""
    if fingerprint is None:
        return None
    today = case.as_of.date()
    known = _remembered(case).get((dataset.agency, dataset.id))
    if known is None:
        return Past(today, 1)
    seen = _day(known.get("content_seen"))
    if known.get("fingerprint") != fingerprint:
        return Past(today, 1, changed_after=seen if seen is not None and seen <= today else None)
    since, rounds = _day(known.get("content_since")), known.get("content_rounds")
    if since is None or not isinstance(rounds, int) or since > today:
        return Past(today, 1)
    return Past(since, rounds + 1 if seen is not None and seen < today else rounds)


def remember(case: Case, fingerprint: str | None, known: Past | None) -> dict[str, Any]:
    """What the next round will need."""
    if fingerprint is None or known is None:
        return {}
    return {
        "fingerprint": fingerprint,
        "content_since": known.since.isoformat(),
        "content_rounds": known.rounds,
        "content_seen": case.as_of.date().isoformat(),
    }


def _remembered(case: Case) -> Remembered:
    previous = case.settings.previous
    if previous is None:
        return {}
    return case.shared.derived("datasets.history", lambda: _read(previous / "results" / "findings.jsonl"))


def _read(file: Path) -> Remembered:
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    if not file.is_file():
        return found
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if f'"{_CHECK}"' not in line or len(line) > _LONGEST_LINE:
                continue
            try:
                finding = json.loads(line)
                if finding["check"] == _CHECK:
                    found[finding["agency"], finding["subject"]["id"]] = dict(finding["observed"])
            except (ValueError, KeyError, TypeError):
                continue
    return found


def _day(text: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
