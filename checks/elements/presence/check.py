"""`elements.<id>`: are the elements of a portal there, and have they substance? One finding for each of the nineteen.

Looked at: links by an element's name within two clicks of the home page or on the map, what their targets say, and for
two elements what pages state themselves. Not found is never a contradiction: `complete_look` says whether home page and
crawl allow to say that it is not there. Not looked at: whether what a page says is true, and what stands behind a login.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checks.case import Case
from checks.elements.absence import complete_look, not_found
from checks.elements.leads import home_pages
from checks.elements.pages import RANK, LeadResult, followed
from checks.elements.substance import stated
from checks.elements.words import element_ids
from checks.finding import Finding, Subject
from checks.page.boilerplate import best_view, reading
from checks.reasons import SEARCHED
from checks.word_sets import OF_SECTIONS

# Pages whose text may state an element. It stands in the footer of any; more say the same.
_STATED_PAGES = 60


class Elements:
    """Nineteen findings about the agency."""

    id = "elements"
    version = 10
    reasons = SEARCHED
    words = OF_SECTIONS

    def judge(self, case: Case) -> Iterator[Finding]:
        for element in element_ids():
            yield self.of(case, element)

    def of(self, case: Case, element: str) -> Finding:
        """What is to be said of one element."""
        return self._finding(case, element, _best(case, element))

    def _finding(self, case: Case, element: str, seen: LeadResult) -> Finding:
        lead = seen.lead
        observed: dict[str, Any] = {
            "url": seen.url,
            "words": lead.link.text[:200] if lead is not None else None,
            "clicks": lead.clicks if lead is not None else None,
            "found_on": lead.found_on if lead is not None else None,
            "excerpt": seen.excerpt[:300],
            "thin": seen.thin,
            "notes": sorted(seen.notes),
        }
        if seen.reason == "no_match":
            observed["complete_look"] = complete_look(case)
        return Finding(
            case.agency.id,
            Subject("element", element, seen.url),
            f"elements.{element}",
            self.version,
            seen.verdict,
            seen.reason,
            observed,
            tuple(dict.fromkeys(seen.captures)),
            seen.attempts,
            criterion="element",
            effect=f"element_{seen.verdict}",
        )


def _best(case: Case, element: str) -> LeadResult:
    seen = followed(case, element)
    best = min(seen, key=lambda one: RANK[one.verdict], default=None)
    if best is not None and best.verdict == "verified":
        return best
    if (there := _on_pages(case, element)) is not None:
        return there
    if best is None or (best.verdict == "inconclusive" and best.reason == "no_match"):
        return best or not_found(case)
    doubt = next((one for one in seen if one.verdict == "inconclusive" and one.reason != "no_match"), None)
    # a dead link beside one that nobody could follow proves nothing
    return doubt if best.verdict == "contradicted" and doubt is not None else best


def _on_pages(case: Case, element: str) -> LeadResult | None:
    """An official code or a date of update stands on the pages themselves."""
    if element not in ("service_code", "updated"):
        return None
    captures = tuple(
        dict.fromkeys([*home_pages(case), *(best_view(case, page) for page in case.pages[:_STATED_PAGES])])
    )
    found = stated(element, captures, [reading(case, capture) for capture in captures])
    if found is None:
        return None
    return LeadResult("verified", None, (found[0],), 1, found[2], found[1])


CHECK = Elements()
