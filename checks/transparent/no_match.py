"""What a check says of a section whose pages tell nothing of the matter, and whether that is settled."""

from __future__ import annotations

from collections.abc import Iterable

from checks.case import Case, Check
from checks.elements.sections import Section
from checks.finding import Finding
from checks.inert_scripts import read_to_its_end
from checks.page.page import Page
from checks.page.wordlist import Phrases
from web.urls import identity


def no_match_finding(check: Check, case: Case, found: Section, *, whole: bool, **codes: str) -> Finding:
    """The pages are there and tell nothing of the matter; a page that was read in part may tell it further down.

    whole: all was read that may tell it (`read_whole`), so that it is settled that nothing does.
    """
    in_part = next((page for page in found.pages if page.reading.document.cut), None)
    if in_part is not None:
        return found.about(check, case, in_part, "inconclusive", "limit", {}, **codes)
    observed = {"complete_look": found.complete, **({"read_whole": True} if whole and found.complete else {})}
    return found.about(check, case, found.pages[0], "inconclusive", "no_match", observed, **codes)


def read_whole(case: Case, sections: Iterable[Section], leads: Phrases | None) -> bool:
    """Whether the pages of all sections were read to their end, and no link of them leads on to what was not read.

    leads: words of links that may lead to the matter; None for every link to a file.
    """
    sections = tuple(sections)
    if not all(one.complete for one in sections):
        return False
    pages = [page for one in sections for page in one.pages]
    if not all(read_to_its_end(case, page.capture) for page in pages):
        return False
    known = {identity(page.url) for page in pages} | {identity(page.capture.url) for page in pages}
    return not any(_leads_on(case, page, leads, known) for page in pages)


def _leads_on(case: Case, page: Page, leads: Phrases | None, known: set[str]) -> bool:
    for line in page.reading.own:
        for anchor in line.anchors:
            url = page.reading.target(anchor)
            if url is None or identity(url) in known:
                continue
            if leads is None and not any(case.is_html(visit.final) for visit in case.visits(url)):
                return True
            if leads is not None and leads.find(anchor.text(deep=True, separator=" ")[:200]) is not None:
                return True
    return False
