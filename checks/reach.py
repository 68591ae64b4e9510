"""Does the portal answer at all? One finding an agency; what its pages are worth is for other checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.case import Case, Check, Visit
from checks.finding import Finding, Subject, Verdict
from checks.outcome import challenge, received, unattempted, unproven


class ReachPortal:
    """The portal's home page, as the agency declared it."""

    id = "reach.portal"
    version = 2

    def judge(self, case: Case) -> Iterator[Finding]:
        visits = case.visits(case.agency.portal)
        verdict, reason, told_by = _judged(case, visits)
        last = told_by[-1] if told_by else None
        yield Finding(
            agency=case.agency.id,
            subject=Subject("agency", case.agency.id, case.agency.portal),
            check=self.id,
            check_version=self.version,
            verdict=verdict,
            reason=reason,
            observed={
                "status": last.status if last else None,
                "failure": last.facts.failure if last else None,
                "url": last.final.url if last else None,
                "challenge": challenge(case, last) if last else None,
            },
            captures=tuple(dict.fromkeys(id for visit in told_by for id in visit.ids)),
            attempts=len(told_by),
            criterion="portal_answers",
            effect="" if verdict == "verified" else "portal_unreached",
        )


def _judged(case: Case, visits: Sequence[Visit]) -> tuple[Verdict, str | None, Sequence[Visit]]:
    """(verdict, reason, visits that told)."""
    if not visits:
        return "inconclusive", unattempted(case, case.agency.portal), ()
    outcomes = [(visit, received(case, visit)) for visit in visits]
    answered = [visit for visit, outcome in outcomes if outcome is None]
    if answered:
        return "verified", None, answered[:1]
    unsettled = [
        (visit, outcome[1]) for visit, outcome in outcomes if outcome and outcome[0] == "inconclusive"
    ]
    if unsettled:
        reason = unsettled[-1][1]
        return "inconclusive", reason, [visit for visit, other in unsettled if other == reason]
    if case.proven(visits):
        return "contradicted", "dead_link", visits
    return "inconclusive", unproven(case, visits), visits


CHECKS: tuple[Check, ...] = (ReachPortal(),)
