"""What the factsheet of an agency tells: figures, pictures and steps, chosen and bounded. Holds no rule of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from checks.finding import Finding
from scoring.gains import Gain, Gains

_STEPS = 5
_REASONS = 4
_PICTURES = 3
_WORDS = ("verified", "partial", "contradicted", "inconclusive", "not_applicable")
_PICTURED = ("contradicted", "partial")

Record = Mapping[str, Any]


class PicturedFinding(Protocol):
    """A finding with its picture, as the agency's page shows it."""

    @property
    def finding(self) -> Finding: ...
    @property
    def picture(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Step:
    """What to fix: all findings of one check at once. reasons: (verdict, reason, findings), the most frequent first."""

    gain: Gain
    reasons: tuple[tuple[str, str | None, int], ...]


@dataclass(frozen=True, slots=True)
class Factsheet:
    """verdicts: services by verdict. steps: largest gains first, and how many more there are. open: (reason, services)
    of services that are not settled, the most frequent first. pictures: of contradicted services, then of partial ones.
    """

    verdicts: Mapping[str, int]
    steps: tuple[Step, ...]
    more_steps: int
    open: tuple[tuple[str, int], ...]
    pictures: tuple[PicturedFinding, ...]


def factsheet(entry: Record, gains: Gains, views: Callable[[str], Sequence[PicturedFinding]]) -> Factsheet:
    """entry: the agency's record in results.json. views: of the findings about a service, by its id."""
    services = entry["services"]
    verdicts = Counter(service["verdict"] for service in services)
    reasons = Counter(
        service["reason"]
        for service in services
        if service["verdict"] == "inconclusive" and service["reason"]
    )
    return Factsheet(
        verdicts={word: verdicts[word] for word in _WORDS},
        steps=tuple(_step(gain) for gain in gains.mend_together[:_STEPS]),
        more_steps=max(0, len(gains.mend_together) - _STEPS),
        open=tuple(_frequent(reasons)[:_REASONS]),
        pictures=_pictures(services, views),
    )


def _step(gain: Gain) -> Step:
    counts = Counter((finding.verdict, finding.reason) for finding in gain.findings)
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0][0], one[0][1] or ""))
    return Step(gain, tuple((*of, n) for of, n in ordered))


def _frequent(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def _pictures(
    services: Sequence[Record], views: Callable[[str], Sequence[PicturedFinding]]
) -> tuple[PicturedFinding, ...]:
    """One picture for each reason before a second one: three dead links say no more than one."""
    found: list[PicturedFinding] = []
    repeated: list[PicturedFinding] = []
    reasons, files = set(), set()
    for verdict in _PICTURED:
        for service in services:
            if service["verdict"] != verdict:
                continue
            if len(found) == _PICTURES:
                return tuple(found)
            for view in views(service["id"]):
                if view.finding.check == "services.entry" and view.picture and view.picture not in files:
                    files.add(view.picture)
                    (repeated if view.finding.reason in reasons else found).append(view)
                    reasons.add(view.finding.reason)
    return tuple((found + repeated)[:_PICTURES])
