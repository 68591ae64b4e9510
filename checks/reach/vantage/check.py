"""`reach.vantage`: does the portal give visitors from everywhere the same? One finding about an agency that was crawled from several
vantage points, none about others.

Looked at: the visits of the home page from each of them, and the lines of the page. Not looked at: the claims; they are judged from
wherever they were seen (`checks.vantages`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

from checks.case import Case, Visit
from checks.finding import Finding, Verdict
from checks.outcome import in_time, received
from checks.page.boilerplate import best_view
from checks.page.lines import lines
from checks.page.similarity import masked
from checks.reasons import DIFFER, SERVICES, Reasons

# Lines that both have, of those that one of them has. News and clocks change less of a home page in a day. By hand.
_ALIKE = 0.5
_CUT = frozenset({"refused", "reset"})  # by somebody; a time-out may be ours


@dataclass(frozen=True, slots=True)
class _Look:
    """What one vantage point saw. state: open, gone, closed, or unreached (which says nothing of the portal)."""

    state: str
    visits: Sequence[Visit]
    lines: frozenset[str] = frozenset()

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(id for visit in self.visits for id in visit.ids)


class ReachVantage:
    """The portal's home page, from all vantage points."""

    id = "reach.vantage"
    version = 1
    reasons: ClassVar[Reasons] = {
        "partial": ("closed_to_some", DIFFER),
        "inconclusive": SERVICES["inconclusive"],
    }
    words: tuple[str, ...] = ()

    def judge(self, case: Case) -> Iterator[Finding]:
        if not case.vantages:
            return
        looks = {case.evidence.vantage: _look(case)}
        looks |= {name: _look(other) for name, other in case.vantages.items()}
        verdict, reason, shared = _judged(list(looks.values()))
        yield case.finding(
            self,
            case.subject,
            verdict,
            reason,
            observed={"vantages": {name: look.state for name, look in looks.items()}, "shared_lines": shared},
            captures=in_time(case, [id for look in looks.values() for id in look.ids]),
            attempts=sum(len(look.visits) for look in looks.values()),
            criterion="same_everywhere",
            effect="" if verdict == "verified" else "not_everywhere",
        )


def _judged(looks: list[_Look]) -> tuple[Verdict, str | None, float | None]:
    """(verdict, reason, share of lines that the two least alike have in common)."""
    states = {look.state for look in looks}
    if not states & {"open", "gone"}:
        return "inconclusive", "blocked" if "closed" in states else "unreachable", None
    if "closed" in states:
        return "partial", "closed_to_some", None
    seen = [look for look in looks if look.state != "unreached"]
    shared = min((_shared(one.lines, other.lines) for one, other in combinations(seen, 2)), default=None)
    if len(states & {"open", "gone"}) > 1 or (shared is not None and shared < _ALIKE):
        return "partial", DIFFER, shared
    return ("inconclusive", "unreachable", shared) if "unreached" in states else ("verified", None, shared)


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    both = one | other
    return round(len(one & other) / len(both), 2) if both else 1.0


def _look(case: Case) -> _Look:
    visits = case.visits(case.agency.portal)
    outcomes = [(visit, received(case, visit)) for visit in visits]
    for visit, outcome in outcomes:
        if outcome is None:
            page = case.document(best_view(case, visit.final))
            return _Look("open", [visit], frozenset(masked(line.text) for line in lines(page)) - {""})
    gone = [visit for visit, outcome in outcomes if outcome == ("contradicted", "dead_link")]
    refused = [visit for visit, outcome in outcomes if outcome == ("inconclusive", "blocked")]
    cut = [visit for visit, _ in outcomes if visit.facts.failure in _CUT]
    # who is answered with a challenge is not let in, and the crawl does not ask again
    if refused and len(refused) == len(visits) and case.controlled(visit.final for visit in refused):
        return _Look("closed", refused)
    # two visits, far enough apart, with a control alive there: else it is our own network that we saw
    for state, told in (("gone", gone), ("closed", [*refused, *cut])):
        if told and len(told) == len(visits) and case.proven(told):
            return _Look(state, told)
    return _Look("unreached", visits[-1:])


CHECK = ReachVantage()
