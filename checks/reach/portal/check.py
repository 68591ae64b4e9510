"""`reach.portal`: does the portal answer at all? One finding about the agency.

Looked at: the visits of the declared home page, and whether a site was put there: a server's default page, a parked name
and a notice that the site is being made are none. One good visit is enough. Not looked at: what its pages are worth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.case import Case, Visit
from checks.finding import Finding, Verdict
from checks.outcome import Outcome, challenge, received, unattempted, unproven
from checks.reasons import SERVICES
from checks.stand_ins import StandIn, stand_in

_NO_PORTAL: dict[StandIn, str] = {
    "default_page": "hollow",
    "parked": "hollow",
    "under_construction": "under_construction",
}


class ReachPortal:
    """The portal's home page, as the agency declared it."""

    id = "reach.portal"
    version = 2
    reasons = SERVICES
    words: tuple[str, ...] = ()

    def judge(self, case: Case) -> Iterator[Finding]:
        visits = case.visits(case.agency.portal)
        verdict, reason, told_by = _judged(case, visits)
        last = told_by[-1] if told_by else None
        yield case.finding(
            self,
            case.subject,
            verdict,
            reason,
            {
                "status": last.status if last else None,
                "failure": last.facts.failure if last else None,
                "url": last.final.url if last else None,
                "challenge": challenge(case, last) if last else None,
                "stand_in": stand_in(case, last) if last else None,
            },
            (id for visit in told_by for id in visit.ids),
            attempts=len(told_by),
            criterion="portal_answers",
            effect="" if verdict == "verified" else "portal_unreached",
        )


def _judged(case: Case, visits: Sequence[Visit]) -> tuple[Verdict, str | None, Sequence[Visit]]:
    """(verdict, reason, visits that told)."""
    if not visits:
        return "inconclusive", unattempted(case, case.agency.portal), ()
    outcomes = [(visit, _of(case, visit)) for visit in visits]
    answered = [visit for visit, outcome in outcomes if outcome is None]
    if answered:
        return "verified", None, answered[:1]
    unsettled = [
        (visit, outcome[1]) for visit, outcome in outcomes if outcome and outcome[0] == "inconclusive"
    ]
    if unsettled:
        reason = unsettled[-1][1]
        return "inconclusive", reason, [visit for visit, other in unsettled if other == reason]
    reasons = {outcome[1] for _, outcome in outcomes if outcome}
    if len(reasons) > 1:
        return "inconclusive", "ambiguous", visits
    if case.proven(visits):
        return "contradicted", reasons.pop(), visits
    return "inconclusive", unproven(case, visits), visits


def _of(case: Case, visit: Visit) -> Outcome | None:
    """As `received`; and where no site was put, or none yet, there is no portal."""
    outcome = received(case, visit)
    kind = stand_in(case, visit) if outcome in (None, ("inconclusive", "server_error")) else None
    reason = _NO_PORTAL.get(kind) if kind is not None else None
    return ("contradicted", reason) if reason is not None else outcome


CHECK = ReachPortal()
