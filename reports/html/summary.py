"""What the page for who decides tells, on one printed sheet: figures of results.json, chosen and bounded. Holds no rule of its own."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scoring.distinct import Intervals

_NAMES = 3
_REASONS = 4
_INDICATORS = 3
_LOCKED = frozenset({"blocked", "robots"})
"""Reasons that the agency can take away by letting the audit in."""
_WIDE = 0.2
"""An estimate whose interval spans more than this share is said to be a wide one."""

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Apart:
    """Agencies of a kind that stand surely among the first or the last `places` of `of`; ids by place, and how many more."""

    kind: str
    places: int
    of: int
    first: tuple[str, ...]
    first_more: int
    last: tuple[str, ...]
    last_more: int


@dataclass(frozen=True, slots=True)
class Weak:
    """An indicator, and how many of its points are surely missing on the average of the agencies it applies to."""

    indicator: str
    missing: float
    weight: float


@dataclass(frozen=True, slots=True)
class Summary:
    """services, verdicts: all that are claimed. listed, electronic: those of agencies that cooperated, on which the
    shares of the country rest, and of them claimed electronic.

    gap: least and most of the declared share that is not borne out, 0 to 1; None where a share is missing. reasons:
    (reason, services) of what stayed open, the most frequent first. unranked: by reason. contradicted, locked:
    (agencies, services). wrong: the national rate of wrong contradictions of services, as results.json has it.
    """

    services: int
    listed: int
    electronic: int
    verdicts: Mapping[str, int]
    gap: tuple[float, float] | None
    apart: tuple[Apart, ...]
    reasons: tuple[tuple[str, int], ...]
    unranked: Mapping[str, int]
    wide: bool
    wrong: Record | None
    contradicted: tuple[int, int]
    locked: tuple[int, int]
    weak: tuple[Weak, ...]

    @property
    def settled(self) -> int:
        return sum(self.verdicts[word] for word in ("verified", "partial", "contradicted"))


def summary(results: Record, kinds: Mapping[str, Intervals]) -> Summary:
    """kinds: the ranks by kind of agency."""
    agencies = results["agencies"]
    services = [service for entry in agencies for service in entry["services"]]
    rated = [service for entry in agencies if entry["cooperated"] for service in entry["services"]]
    verdicts = Counter(service["verdict"] for service in services)
    still = Counter(
        service["reason"]
        for service in services
        if service["verdict"] == "inconclusive" and service["reason"]
    )
    ratio = results["national"]["electronic_ratio"]
    estimate = ratio["estimate"]
    words = ("verified", "partial", "contradicted", "inconclusive", "not_applicable")
    return Summary(
        services=len(services),
        listed=len(rated),
        electronic=sum(service["claimed"]["electronic"] for service in rated),
        verdicts={word: verdicts[word] for word in words},
        gap=_gap(ratio["declared"], ratio["verified"], ratio["possible"]),
        apart=tuple(found for kind, ranks in kinds.items() if (found := _apart(kind, ranks)) is not None),
        reasons=tuple(sorted(still.items(), key=lambda one: (-one[1], one[0]))[:_REASONS]),
        unranked=Counter(entry["not_ranked_reason"] for entry in agencies if not entry["ranked"]),
        wide=estimate is not None and estimate["high"] - estimate["low"] > _WIDE,
        wrong=_wrong(results["national"].get("error_rates", [])),
        contradicted=_counted(agencies, lambda service: service["verdict"] == "contradicted"),
        locked=_counted(
            agencies, lambda service: service["verdict"] == "inconclusive" and service["reason"] in _LOCKED
        ),
        weak=_weak(agencies),
    )


def _gap(
    declared: float | None, verified: float | None, possible: float | None
) -> tuple[float, float] | None:
    if declared is None or verified is None or possible is None:
        return None
    return max(0.0, declared - possible), max(0.0, declared - verified)


def _apart(kind: str, intervals: Intervals) -> Apart | None:
    """The whole interval has to lie in the first or the last quarter (two places at least); None with less than four."""
    of = len(intervals.order)
    if of < 4:
        return None
    places = max(2, of // 4)
    ranks = intervals.ranks
    first = [id for id in intervals.order if ranks[id].high <= places]
    last = [id for id in reversed(intervals.order) if ranks[id].low > of - places]
    return Apart(
        kind,
        places,
        of,
        tuple(first[:_NAMES]),
        max(0, len(first) - _NAMES),
        tuple(last[:_NAMES]),
        max(0, len(last) - _NAMES),
    )


def _counted(agencies: Sequence[Record], wanted: Any) -> tuple[int, int]:
    counts = [sum(1 for service in entry["services"] if wanted(service)) for entry in agencies]
    return sum(1 for count in counts if count), sum(counts)


def _wrong(rates: Iterable[Record]) -> Record | None:
    """Of the newest version of the rule on services; None when none of its contradictions was drawn at random."""
    of_services = [rate for rate in rates if rate["check"] == "services.entry"]
    if not of_services:
        return None
    newest = max(of_services, key=lambda rate: rate["version"])["random"]
    return newest if newest.get("wrong_contradictions") else None


def _weak(agencies: Sequence[Record]) -> tuple[Weak, ...]:
    """Where most points are missing even when all that is open is granted."""
    missing: dict[str, list[float]] = {}
    weights: dict[str, float] = {}
    for entry in agencies:
        for one in entry["indicators"]:
            weights[one["id"]] = one["weight"]
            if one["possible"] is not None:
                missing.setdefault(one["id"], []).append(one["weight"] * (1 - one["possible"]))
    found = [Weak(id, math.fsum(lost) / len(lost), weights[id]) for id, lost in missing.items()]
    found.sort(key=lambda weak: (-weak.missing, weak.indicator))
    return tuple(weak for weak in found[:_INDICATORS] if weak.missing > 0)
