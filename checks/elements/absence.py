"""What may be said where no link led to an element or section: was the look complete, and why was nothing found?

For every check that looks for something by its name. Where a link leads is `pages`.
"""

from __future__ import annotations

from checks.case import Case
from checks.elements.leads import home_pages
from checks.elements.pages import LeadResult
from checks.outcome import received, unattempted
from evidence.kinds.page import PageFacts

# Portals refuse or lose a few addresses on every crawl: a look that had to be whole would never be complete.
_COMPLETE = 0.9


def complete_look(case: Case) -> bool:
    """Home page seen as people see it, and at least 90 % of what could be fetched was."""
    account = case.crawl
    pages = home_pages(case)
    if account is None or account.state != "complete" or not pages:
        return False
    if account.fetched < _COMPLETE * account.eligible:
        return False
    if any(case.document(page).cut for page in pages):
        return False
    rendered = any(isinstance(page.facts, PageFacts) for page in pages)
    return rendered or not case.document(pages[0]).scripts


def not_found(case: Case) -> LeadResult:
    """What is to be said where no lead led anywhere: it was not there, or the home page was not to be had."""
    home = case.visits(case.agency.portal)
    outcomes = [received(case, visit) for visit in home]
    ids = tuple(visit.final.id for visit in home)
    if not home:
        return LeadResult("inconclusive", unattempted(case, case.agency.portal))
    if all(outcome is not None for outcome in outcomes):
        reason = outcomes[-1][1] if outcomes[-1] is not None else "unreachable"
        return LeadResult("inconclusive", "unreachable" if reason == "dead_link" else reason, ids, len(home))
    return LeadResult("inconclusive", "no_match", ids, len(home))
