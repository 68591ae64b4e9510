"""Cards that a list of cards leads to: «شناسنامهٔ خدمات», a row for each service and a link to its card.

Used where neither the service's page nor a code leads to the card. A card behind the row of a service is that service's
when its code or title says so; one that nobody filled in is no card.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.case import Case
from checks.derivations import once
from checks.elements.sections import section
from checks.page.boilerplate import reading
from checks.page.cards.card import Card, cards, unfilled_card
from checks.page.cards.labels import ASKED, field_of
from checks.page.content import PageContent
from checks.services.matching.titles import MATCH, Titles, titles_of
from checks.services.service_cards import FoundCard, How, answers_at
from checks.transparent.rows import row_of
from claims.model import Service
from web.urls import identity

SECTION = "service_card"
_BRACKETED = re.compile(r"[\[{<«(]\s{0,3}([^\[\]{}<>«»()\d]{3,60}?)\s{0,3}[\]}>»)]")
_TEMPLATE = 4  # so many names of fields in brackets make it the template of a card
_LONGEST = 200  # Characters of a cell that can name a service. Longer is a description.
_MOST_ROWS = 500  # Links of a list to cards. Later ones are not followed. By hand.
_MOST_LINKS = 3  # Cards of one service. Later ones are not read. By hand.


@dataclass(frozen=True, slots=True)
class CardListLook:
    """What the list leads to. template: a card that nobody filled in, seen in visits that prove it.

    whole: everything that the list gives for the service was read, and is no card of it.
    """

    whole: bool
    template: bool = False
    ids: tuple[str, ...] = ()
    attempts: int = 0


def is_template(page: PageContent) -> bool:
    """Whether the page is a card that was put up and never filled in."""
    return unfilled_card(page) is not None or _asks_for_fields(page)


def _asks_for_fields(page: PageContent) -> bool:
    """Names of a card's fields in brackets, where their values ought to stand."""
    asked = (field_of(match) for line in page.own for match in _BRACKETED.findall(line.text[:5_000]))
    return len(set(asked) - {"", ASKED}) >= _TEMPLATE


def listed_card(case: Case, service: Service) -> FoundCard | None:
    """The claim's card behind its row in the list of cards; None when there is none."""
    titles = titles_of(case)
    for url in _rows(case).get(service.id, ()):
        for capture, visit in answers_at(case, url):
            page = reading(case, capture)
            if is_template(page):
                continue
            mine = _mine(case, titles, service, cards(page))
            if mine is not None:
                how: How = "code" if service.code is not None and service.code in mine.codes else "title"
                return FoundCard(mine, how, capture, visit, "link")
    return None


def listed_look(case: Case, service: Service) -> CardListLook:
    """Whether the list was followed to its end for a claim whose card was not found."""
    ids: list[str] = []
    for url in _rows(case).get(service.id, ()):
        answers = list(answers_at(case, url))
        visits = case.visits(url)
        if not answers or len(answers) < len(visits):
            return CardListLook(whole=False)
        if any(case.document(capture).cut for capture, _ in answers):
            return CardListLook(whole=False)
        empty = [
            visit for capture, visit in answers if visit is not None and is_template(reading(case, capture))
        ]
        ids += [id for visit in empty for id in visit.ids]
        if len(empty) == len(visits) and case.proven(empty):
            return CardListLook(True, template=True, ids=tuple(dict.fromkeys(ids)), attempts=len(empty))
    return CardListLook(whole=True)


def _mine(case: Case, titles: Titles, service: Service, shown: tuple[Card, ...]) -> Card | None:
    by_code = next((one for one in shown if service.code is not None and service.code in one.codes), None)
    return by_code or next(
        (one for one in shown if one.title and _names(case, titles, one.title) == service.id), None
    )


def _names(case: Case, titles: Titles, text: str) -> str | None:
    """Id of the claim whose title a text is."""
    best = titles.best(text, case.round.services_of(case.agency.id))
    return best.service if best is not None and best.score >= MATCH else None


@once
def _rows(case: Case) -> dict[str, tuple[str, ...]]:
    """By claim: addresses that its row in a list of cards leads to, at most three."""
    titles = titles_of(case)
    found: dict[str, dict[str, str]] = {}
    for page in section(case, SECTION).pages:
        for told, url in _entries(page.reading):
            service = next((id for text in told if (id := _names(case, titles, text)) is not None), None)
            if service is not None:
                found.setdefault(service, {}).setdefault(identity(url), url)
    return {service: tuple(urls.values())[:_MOST_LINKS] for service, urls in found.items()}


def _entries(page: PageContent) -> Iterator[tuple[list[str], str]]:
    """Each link of the page with the texts of its row, or its own line and words."""
    given = 0
    here = identity(page.document.url)
    for line in page.own:
        row = row_of(line)
        for anchor in line.anchors:
            url = page.target(anchor)
            if url is None or identity(url) == here:
                continue
            cells = [cell for cell in row.iter() if cell.tag in ("td", "th")] if row is not None else [anchor]
            texts = [" ".join(cell.text(deep=True, separator=" ").split()) for cell in cells]
            yield [text for text in (*texts, line.text) if text and len(text) <= _LONGEST], url
            given += 1
            if given >= _MOST_ROWS:
                return
