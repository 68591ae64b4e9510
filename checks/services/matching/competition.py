"""The page of the whole portal whose own name says a claim best, for a claim without an address.

As at a declared address, page and claim have to be each other's best; nothing that is found so is held against anyone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checks.case import Case
from checks.derivations import once
from checks.page.boilerplate import best_view, reading
from checks.page.wordlist import table
from checks.services.matching.declared import is_name, named
from checks.services.matching.titles import Titles
from checks.services.matching.weighing import acts_alone, in_its_place, names, only_one_does
from claims.model import Service
from web.urls import identity

_MOST_PAGES = 3_000  # Pages whose names compete. Later ones do not; it bounds the time.
_MOST_NAMES = 3  # Headings of a page that may be its name. Lower ones are about parts.
_LONGEST = 200  # Characters of a name. Longer is a sentence.
# So many pages of one name: the first of a portal that shows a page under two addresses.
_MOST_ALIKE = 2


@dataclass(frozen=True, slots=True)
class Best:
    """A page that competes best for a claim. score: as `weighing.names`."""

    url: str
    score: float


def best_named(case: Case, titles: Titles, service: Service) -> tuple[Best, ...]:
    """The pages of the one name that says the service best; () where another name or another claim is as good."""
    constants = table("page/words/titles.toml")["declared"]
    pages = _named(case)
    ranked = sorted(
        ((names(titles, service, text), text) for text in pages), key=lambda row: (-row[0], row[1])
    )
    if not ranked or ranked[0][0] < constants["competes"]:
        return _tracking(titles, service, pages)
    score, text = ranked[0]
    here = pages[text].keys()
    others = titles.others(service)
    second = next((other for other, said in ranked if pages[said].keys() - here), 0.0)
    rival = max((names(titles, other, text) for other in others), default=0.0)
    if score - max(second, rival) < constants["margin"] or in_its_place(service, text):
        return ()
    return _of(others, pages[text], score)


def _tracking(titles: Titles, service: Service, pages: Mapping[str, Mapping[str, str]]) -> tuple[Best, ...]:
    """The pages called «پیگیری» and no more, for the one claim of the agency that is about tracking; all of one name."""
    if not only_one_does(titles, service, "track"):
        return ()
    alone = [text for text in pages if acts_alone(text, "track")]
    if len(alone) != 1:
        return ()
    return _of(titles.others(service), pages[alone[0]], table("page/words/titles.toml")["declared"]["act"])


def _of(others: Sequence[Service], pages: Mapping[str, str], score: float) -> tuple[Best, ...]:
    declared = {identity(other.url) for other in others if other.url}
    return tuple(Best(url, score) for key, url in pages.items() if key not in declared)[:_MOST_ALIKE]


@once
def _named(case: Case) -> Mapping[str, Mapping[str, str]]:
    """Each name that a page has in its `<title>` or a heading, with the addresses of the pages by their identity."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for capture in case.pages[:_MOST_PAGES]:
        page = reading(case, best_view(case, capture))
        name = named(case, page)
        headings = [line.text for line in page.headings[:_MOST_NAMES] if is_name(line.text, name)]
        for text in (name.text, *headings):
            if 0 < len(text) <= _LONGEST:
                found[text].setdefault(identity(capture.url), capture.url)
    return found
