"""Where the elements of a portal may be: links by their names, at most two clicks from home page or site map.

A name is only a lead («سامد», «میز خدمت» have false friends); `elements` reads the target.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.case import Case
from checks.derivations import once
from checks.elements.words import element_ids, names, section_ids
from checks.outcome import received
from checks.page.boilerplate import best_view, reading
from checks.page.content import PageContent
from evidence.records import Capture
from web.links import Link
from web.urls import identity

# Pages one click away that are searched for links. Later ones are not; it bounds the time.
_SECOND_CLICK = 150
_MOST = 6  # Links followed for one element, best first. Others are not. By hand.
_LONGEST = 90  # Characters of a link's words. Longer is a sentence of news; half loses links of the fixtures.


@dataclass(frozen=True, slots=True)
class ElementLink:
    """A link by one of the element's names. found_on: the page it stands on; clicks: from there to the target."""

    element: str
    link: Link
    found_on: str
    clicks: int
    exact: bool

    @property
    def rank(self) -> tuple[bool, int]:
        return not self.exact, self.clicks


def home_pages(case: Case) -> tuple[Capture, ...]:
    """The home page as sent and as rendered; () when no good answer came."""
    for visit in case.visits(case.agency.portal):
        if received(case, visit) is None and case.is_html(visit.final):
            rendered = best_view(case, visit.final)
            if rendered is visit.final:
                rendered = next(
                    (page for hop in visit.hops if (page := best_view(case, hop)) is not hop), visit.final
                )
            return (visit.final,) if rendered is visit.final else (rendered, visit.final)
    return ()


@once
def leads(case: Case) -> dict[str, list[ElementLink]]:
    """For each element and section its leads, best first."""
    found: dict[str, dict[str, ElementLink]] = {name: {} for name in (*element_ids(), *section_ids())}
    first = [*home_pages(case)]
    for capture in first:
        _add(case, found, reading(case, capture), 1)
    maps = _captured(case, [lead.link for lead in found["sitemap"].values()])
    for capture in maps:
        _add(case, found, reading(case, capture), 1)
    missing = {element: rows for element, rows in found.items() if not rows}
    if missing:
        links = [link for capture in first for link in case.document(capture).links if link.element == "a"]
        for capture in _captured(case, links)[:_SECOND_CLICK]:
            _add(case, missing, reading(case, capture), 2)
    return {
        element: sorted(rows.values(), key=lambda lead: (*lead.rank, lead.link.url))[:_MOST]
        for element, rows in found.items()
    }


def _add(case: Case, found: dict[str, dict[str, ElementLink]], page: PageContent, clicks: int) -> None:
    here = page.document.url
    for link in _links(page):
        for element, exact in _called(case, link.text).items():
            if element in found:
                key = identity(link.url) + "#" + (link.fragment or "")
                lead = ElementLink(element, link, here, clicks, exact)
                known = found[element].get(key)
                if known is None or lead.rank < known.rank:
                    found[element][key] = lead


def _called(case: Case, text: str) -> dict[str, bool]:
    """Elements and sections that the words of a link name, and whether they say nothing else. Menus repeat their links."""
    known = case.derived("names in links", dict[str, dict[str, bool]])
    if text not in known:
        listed = ((name, names(name)) for name in (*element_ids(), *section_ids()))
        known[text] = {name: words.is_whole(text) for name, words in listed if words.find(text)}
    return known[text]


def _links(page: PageContent) -> Iterator[Link]:
    for link in page.document.links:
        if link.element in ("a", "area") and link.fetchable and 2 <= len(link.text) <= _LONGEST:
            yield link


def _captured(case: Case, links: list[Link]) -> list[Capture]:
    """Good HTML answers of the links' targets, each once."""
    found: dict[str, Capture] = {}
    for link in links:
        key = identity(link.url)
        if key in found or not link.fetchable:
            continue
        for visit in case.visits(link.url):
            if received(case, visit) is None and case.is_html(visit.final):
                found[key] = best_view(case, visit.final)
                break
    return list(found.values())
