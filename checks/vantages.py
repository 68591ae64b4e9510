"""One finding from what several vantage points saw of a subject. A check judges each of them alone, and knows of none but its own.

The round's own vantage point is asked first. The others are asked where it matters: it was not let in, or it would contradict a
claim. Pure. Not here: how the answers of a portal differ by vantage point (`reach.vantage`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from checks.case import Case, Check
from checks.derivations import once
from checks.finding import Finding
from checks.outcome import in_time, received
from checks.reasons import DIFFER

Judge = Callable[[Check, Case], list[Finding]]

OBSERVED = "vantage"
"""Among the observed values of a finding: the vantage point that it rests on, where that is not the round's own."""

# Nothing was seen that could be judged: by whoever kept us out, by the network, or by us (a page that never comes to rest). Freshness names them with its prefix.
_UNSEEN = frozenset(
    {
        "blocked", "unreachable", "server_error", "own_error", "not_attempted", "limit", "timeout", "refused", "reset",
        "truncated", "not_obtained", "needs_browser", "robots",
    }
)  # fmt: skip
_PREFIX = "inconclusive_"

# An answer of the portal itself, be it that the page is gone.
_ANSWERS = (None, ("contradicted", "dead_link"))


def judged_everywhere(check: Check, case: Case, judge: Judge) -> list[Finding]:
    """What a check finds, with the word of every vantage point where one alone does not settle it."""
    own = judge(check, case)
    if not case.vantages:
        return own
    closed = not let_in(case)
    if not closed and not any(_asks(finding) for finding in own):
        return own
    others = _elsewhere(check, case, judge)
    here = {finding.id for finding in own}
    found = [_settled(case, "", finding, others) if _asks(finding) else finding for finding in own]
    if closed:  # subjects that nobody here could come to know of
        for name, findings in others.items():
            new = [finding for finding in findings.values() if finding.id not in here]
            found += [_settled(case, name, finding, others) for finding in new]
            here |= {finding.id for finding in new}
    return found


def judged_here(check: Check, case: Case, judge: Judge) -> list[Finding]:
    """What a check finds by the round's own vantage point alone; to contradict, it needs the others all the same."""
    own = judge(check, case)
    if all(finding.verdict != "contradicted" for finding in own):
        return own
    others = _elsewhere(check, case, judge)
    return [_settled(case, "", one, others) if one.verdict == "contradicted" else one for one in own]


def _elsewhere(check: Check, case: Case, judge: Judge) -> dict[str, dict[str, Finding]]:
    """What the others found, by vantage point and id."""
    return {
        name: {finding.id: finding for finding in judge(check, other)}
        for name, other in case.vantages.items()
    }


@once
def let_in(case: Case) -> bool:
    """Whether the portal's home page answered."""
    return any(received(case, visit) in _ANSWERS for visit in case.visits(case.agency.portal))


def _asks(finding: Finding) -> bool:
    return finding.verdict == "contradicted" or not _seen(finding)


def _seen(finding: Finding) -> bool:
    """Whether there was something to judge."""
    return finding.verdict != "inconclusive" or (finding.reason or "").removeprefix(_PREFIX) not in _UNSEEN


def _settled(case: Case, name: str, finding: Finding, others: dict[str, dict[str, Finding]]) -> Finding:
    """The first vantage point that saw the subject speaks for it; a contradiction needs all that were let in.

    name: of the vantage point that has the finding, "" for the round's own.
    """
    answers = [(name, finding)]
    answers += [
        (other, found[finding.id]) for other, found in others.items() if other != name and finding.id in found
    ]
    seen = [(other, one) for other, one in answers if _seen(one)]
    if not seen:
        return finding
    name, chosen = seen[0]
    if chosen.verdict == "contradicted":
        against = [one for _, one in seen if one.verdict != "contradicted"]
        # a subject that is not found where the portal answers, is not as it was found here
        silent = [
            case.vantages[other]
            for other, found in others.items()
            if finding.id not in found and let_in(case.vantages[other])
        ]
        if against or silent:
            ids = [id for one in (chosen, *against) for id in one.captures]
            ids += [id for one in silent for id in one.visits(one.agency.portal)[0].ids]
            chosen = replace(
                chosen,
                verdict="inconclusive",
                reason=DIFFER,
                captures=in_time(case, ids),
                effect=DIFFER,
            )
    return replace(chosen, observed={**chosen.observed, OBSERVED: name}) if name else chosen
