"""What the page for who decides tells, on one printed sheet: figures of results.json, chosen and bounded. Holds no rule of its own."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scoring.distinct import RankIntervals

_NAMES = 3
_THREE = ("verified", "possible", "declared")
_REASONS = 4
_INDICATORS = 3
_LOCKED = frozenset({"blocked", "robots"})
"""Reasons that the agency can take away by letting the audit in."""
_WIDE = 0.2
"""An estimate whose interval spans more than this share is said to be a wide one."""

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CertainPlaces:
    """Agencies of a kind that stand surely among the first or the last `places` of `of`; ids by place, and how many more."""

    kind: str
    places: int
    of: int
    first: tuple[str, ...]
    first_more: int
    last: tuple[str, ...]
    last_more: int


@dataclass(frozen=True, slots=True)
class WeakIndicator:
    """An indicator, and how many of its points are surely missing on the average of the agencies it applies to."""

    indicator: str
    missing: float
    weight: float


@dataclass(frozen=True, slots=True)
class Summary:
    """services, verdicts: all that are claimed. listed, electronic: those of agencies that cooperated, on which the
    shares of the country rest, and of them claimed electronic.

    axes: with plain means over the cooperating agencies that an axis applies to, as results.json has the axes of one. Without
    declared where one of them has none.

    gap: least and most of the declared share that is not borne out, 0 to 1; None where a share is missing. reasons:
    (reason, services) of what stayed open, the most frequent first. unranked: by reason. contradicted, locked:
    (agencies, services). wrong: the national rate of wrong contradictions of services, as results.json has it.
    """

    services: int
    listed: int
    electronic: int
    verdicts: Mapping[str, int]
    axes: tuple[Record, ...]
    gap: tuple[float, float] | None
    apart: tuple[CertainPlaces, ...]
    reasons: tuple[tuple[str, int], ...]
    unranked: Mapping[str, int]
    wide: bool
    wrong: Record | None
    contradicted: tuple[int, int]
    locked: tuple[int, int]
    weak: tuple[WeakIndicator, ...]

    @property
    def settled(self) -> int:
        return sum(self.verdicts[word] for word in ("verified", "partial", "contradicted"))


def summary(results: Record, kinds: Mapping[str, RankIntervals]) -> Summary:
    """kinds: the ranks by kind of agency."""
    verdicts: Counter[str] = Counter()
    still: Counter[str] = Counter()
    listed = electronic = 0
    contradicted, locked = _Cases(), _Cases()
    weak, axes = _Missing(), _AxisMeans()
    for entry in results["agencies"]:  # once: what a country says is read agency by agency
        services = entry["services"]
        verdicts.update(service["verdict"] for service in services)
        reasons = [service["reason"] for service in services if service["verdict"] == "inconclusive"]
        still.update(filter(None, reasons))
        if entry["cooperated"]:
            listed += len(services)
            electronic += sum(service["claimed"]["electronic"] for service in services)
            axes.add(entry["axes"])
        contradicted.add(sum(service["verdict"] == "contradicted" for service in services))
        locked.add(sum(reason in _LOCKED for reason in reasons))
        weak.add(entry["indicators"])
    ratio = results["national"]["electronic_ratio"]
    estimate = ratio["estimate"]
    words = ("verified", "partial", "contradicted", "inconclusive", "not_applicable")
    return Summary(
        services=verdicts.total(),
        listed=listed,
        electronic=electronic,
        verdicts={word: verdicts[word] for word in words},
        axes=axes.means(),
        gap=_gap(ratio["declared"], ratio["verified"], ratio["possible"]),
        apart=tuple(found for kind, ranks in kinds.items() if (found := _apart(kind, ranks)) is not None),
        reasons=tuple(sorted(still.items(), key=lambda one: (-one[1], one[0]))[:_REASONS]),
        unranked=Counter(entry["not_ranked_reason"] for entry in results["agencies"] if not entry["ranked"]),
        wide=estimate is not None and estimate["high"] - estimate["low"] > _WIDE,
        wrong=_wrong(results["national"].get("error_rates", [])),
        contradicted=(contradicted.agencies, contradicted.services),
        locked=(locked.agencies, locked.services),
        weak=weak.most(),
    )


@dataclass(slots=True)
class _Cases:
    agencies: int = 0
    services: int = 0

    def add(self, services: int) -> None:
        self.agencies += services > 0
        self.services += services


def _gap(
    declared: float | None, verified: float | None, possible: float | None
) -> tuple[float, float] | None:
    if declared is None or verified is None or possible is None:
        return None
    return max(0.0, declared - possible), max(0.0, declared - verified)


def _apart(kind: str, intervals: RankIntervals) -> CertainPlaces | None:
    """The whole interval has to lie in the first or the last quarter (two places at least); None with less than four."""
    of = len(intervals.order)
    if of < 4:
        return None
    places = max(2, of // 4)
    ranks = intervals.ranks
    first = [id for id in intervals.order if ranks[id].high <= places]
    last = [id for id in reversed(intervals.order) if ranks[id].low > of - places]
    return CertainPlaces(
        kind,
        places,
        of,
        tuple(first[:_NAMES]),
        max(0, len(first) - _NAMES),
        tuple(last[:_NAMES]),
        max(0, len(last) - _NAMES),
    )


def _wrong(rates: Iterable[Record]) -> Record | None:
    """Of the newest version of the rule on services; None when none of its contradictions was drawn at random."""
    of_services = [rate for rate in rates if rate["check"] == "services.entry"]
    if not of_services:
        return None
    newest = max(of_services, key=lambda rate: rate["version"])["random"]
    return newest if newest.get("wrong_contradictions") else None


class _AxisMeans:
    def __init__(self) -> None:
        self._values: dict[str, dict[str, array[float]]] = {}

    def add(self, axes: Iterable[Record]) -> None:
        for axis in axes:
            of = self._values.setdefault(axis["id"], {word: array("d") for word in _THREE})
            if axis["verified"] is None:  # does not apply
                continue
            for word, known in of.items():
                if axis[word] is not None:
                    known.append(axis[word])

    def means(self) -> tuple[Record, ...]:
        return tuple(
            {"id": id}
            | {
                word: math.fsum(known) / len(known) if known and len(known) == len(of["verified"]) else None
                for word, known in of.items()
            }
            for id, of in self._values.items()
        )


class _Missing:
    """Points that are missing even when all that is open is granted."""

    def __init__(self) -> None:
        self._lost: dict[str, array[float]] = {}
        self._weights: dict[str, float] = {}

    def add(self, indicators: Iterable[Record]) -> None:
        for one in indicators:
            self._weights[one["id"]] = one["weight"]
            if one["possible"] is not None:
                self._lost.setdefault(one["id"], array("d")).append(one["weight"] * (1 - one["possible"]))

    def most(self) -> tuple[WeakIndicator, ...]:
        found = [
            WeakIndicator(id, math.fsum(lost) / len(lost), self._weights[id])
            for id, lost in self._lost.items()
        ]
        found.sort(key=lambda weak: (-weak.missing, weak.indicator))
        return tuple(weak for weak in found[:_INDICATORS] if weak.missing > 0)
