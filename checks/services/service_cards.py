"""The card of a service, wherever the portal shows it, beside what the agency claimed.

Whose card it is says its code, its title, or the page that it stands on alone. How a card is read is for `checks.page.cards`, one
that is a file for `card_file`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from checks.case import Case, Visit
from checks.outcome import received
from checks.page.boilerplate import best_view, reading
from checks.page.cards.card import Card, cards
from checks.page.cards.labels import names_card
from checks.page.content import PageContent
from checks.services.actions import route
from checks.services.card_file import CardFile, card_file
from checks.services.code_pages import holders
from checks.services.matching.tie import tie
from checks.services.matching.titles import MATCH, Titles, titles_of
from checks.services.visit.surroundings import framed_pages
from claims.model import PHASES, Service
from evidence.kinds.page import PageFacts
from evidence.records import Capture
from web.urls import identity

How = Literal["code", "title", "page"]
# Below this a title shares too little with the claimed one to be another wording of it.
_OTHER = 0.2
_MOST_LINKS = 4  # Links of a claim to its card that are followed. Later ones are not. By hand.


@dataclass(frozen=True, slots=True)
class FoundCard:
    """A card of a claim. how: by its code, by its title, or because it is the only card of the claim's page.

    via: the claimed address, a frame there, a link there that names a card, or the code on any page.
    """

    card: Card
    how: How
    capture: Capture
    visit: Visit | None
    via: str

    @property
    def ids(self) -> tuple[str, ...]:
        before = self.visit.ids if self.visit is not None else ()
        return tuple(dict.fromkeys((*before, self.capture.id)))


def card_of(case: Case, service: Service) -> FoundCard | None:
    """The claim's own card, wherever on the portal it was seen; None when none was."""

    def look() -> FoundCard | None:
        titles = titles_of(case)
        return _at_claim(case, titles, service) or _linked(case, titles, service) or _elsewhere(case, service)

    return case.derived(("service card", service.id), look)


def answers_at(case: Case, url: str) -> Iterator[tuple[Capture, Visit | None]]:
    """Good answers at the claimed address as the browser shows them, where it came to rest."""
    if route(url):
        for page in case.rendered(url):
            if isinstance(page.facts, PageFacts) and page.facts.finished:
                yield page, None
        return
    for visit in case.visits(url):
        if received(case, visit) is None and case.is_html(visit.final):
            yield best_view(case, visit.final), visit


def _at_claim(case: Case, titles: Titles, service: Service) -> FoundCard | None:
    if service.url is None:
        return None
    for capture, visit in answers_at(case, service.url):
        page = reading(case, capture)
        shown = cards(page)
        if (chosen := _at(case, titles, service, page, shown)) is not None:
            return FoundCard(*chosen, capture, visit, "claimed_url")
        for inside in framed_pages(case, page).pages:
            chosen = _at(case, titles, service, page, cards(inside.page))
            if chosen is not None:
                before = visit.hops if visit is not None else (capture,)
                return FoundCard(*chosen, inside.capture, Visit((*before, *inside.visit.hops)), "frame")
    return None


def _at(
    case: Case, titles: Titles, service: Service, page: PageContent, shown: tuple[Card, ...]
) -> tuple[Card, How] | None:
    """The claim's own card among those on its page, or in a frame of it."""
    if (chosen := own_card(case, titles, service, shown)) is not None:
        return chosen
    if len(shown) == 1 and _of_page(case, titles, service, page, shown[0]):
        return shown[0], "page"
    return None


def _linked(case: Case, titles: Titles, service: Service) -> FoundCard | None:
    """Behind a link of the claimed page that names a card; there it has to be the claim's by code or title."""
    for url, before in card_links(case, service):
        for capture, visit in answers_at(case, url):
            chosen = own_card(case, titles, service, cards(reading(case, capture)))
            if chosen is not None:
                ids = (*before.hops, *(visit.hops if visit is not None else ()))
                return FoundCard(*chosen, capture, Visit(ids), "link")
    return None


def card_links(case: Case, service: Service) -> Iterator[tuple[str, Visit]]:
    """Links of the claimed page that name a card, with the visit that showed them. Bounded."""
    met: set[str] = set()
    for capture, visit in answers_at(case, service.url) if service.url is not None else ():
        page = reading(case, capture)
        for anchor in (anchor for line in page.leading for anchor in line.anchors):
            url = page.target(anchor)
            if url is None or identity(url) in met or identity(url) == identity(service.url or ""):
                continue
            if names_card(anchor.text(deep=True, separator=" ")):
                met.add(identity(url))
                yield url, visit or Visit((capture,))
                if len(met) >= _MOST_LINKS:
                    return


def own_card(
    case: Case, titles: Titles, service: Service, shown: tuple[Card, ...]
) -> tuple[Card, How] | None:
    """The claim's own card by code, or by title; None when none of them says that it is."""
    mine = _by_code(service, shown)
    if mine is not None:
        return mine, "code"
    named = max(
        shown, key=lambda card: titles.score(service, card.title) if card.title else 0.0, default=None
    )
    if named is not None and named.title and _is_named(case, titles, service, named.title):
        return named, "title"
    return None


def _by_code(service: Service, shown: tuple[Card, ...]) -> Card | None:
    return next((card for card in shown if service.code is not None and service.code in card.codes), None)


def _is_named(case: Case, titles: Titles, service: Service, title: str) -> bool:
    best = titles.best(title, case.round.services_of(case.agency.id))
    return titles.score(service, title) >= MATCH and best is not None and best.service == service.id


def _of_page(case: Case, titles: Titles, service: Service, page: PageContent, card: Card) -> bool:
    """The only card on a page whose main heading is the service, and no other service's card."""
    tied = tie(titles, service, page)
    if not tied.tied or tied.aside:
        return False
    if titles.is_code_of_another(service, card.codes):
        return False
    best = titles.best(card.title, case.round.services_of(case.agency.id)) if card.title else None
    return best is None or best.score < MATCH or best.service == service.id


def _elsewhere(case: Case, service: Service) -> FoundCard | None:
    """By its code on any page of the agency."""
    if service.code is None:
        return None
    for capture in holders(case, service.code):
        view = best_view(case, capture)
        card = _by_code(service, cards(reading(case, view)))
        if card is not None:
            return FoundCard(card, "code", view, Visit((capture,)), "code")
    return None


def compare(titles: Titles, service: Service, card: Card) -> dict[str, dict[str, Any]]:
    """Each field that both declare: the claim's value, the card's own words, whether they agree.

    agrees: None for a title in other words, of which nobody can say whether it means the same.
    """
    rows: dict[str, tuple[Any, bool | None]] = {}
    if card.title:
        score = titles.score(service, card.title)
        rows["title"] = service.title, True if score >= MATCH else False if score < _OTHER else None
    if service.code is not None and card.codes:
        rows["code"] = service.code, service.code in card.codes
    if card.electronic is not None:
        rows["kind"] = service.electronic, card.electronic == service.electronic
    if card.level is not None and service.level is not None:
        rows["level"] = service.level, card.level == service.level
    if card.fee is not None and service.fee is not None:
        rows["fee"] = service.fee, card.fee == service.fee
    if service.phases:  # a claim without phases says nothing of them
        for phase in PHASES:
            if phase in card.phases:
                rows[phase] = phase in service.phases, card.phases[phase] == (phase in service.phases)
    return {name: _row(card, name, claim, agrees) for name, (claim, agrees) in rows.items()}


def _row(card: Card, name: str, claim: Any, agrees: bool | None) -> dict[str, Any]:
    source = f"sub_{name}" if f"sub_{name}" in card.fields else name
    return {
        "claim": claim,
        "card": card.fields.get(source, ""),
        "agrees": agrees,
        "selector": card.places.get(source, ""),
    }


def file_of(case: Case, service: Service) -> tuple[CardFile, tuple[str, ...]] | None:
    """The file that the claimed page calls the service's card, and what it rests on."""
    if service.url is None:
        return None
    for capture, visit in answers_at(case, service.url):
        file = card_file(case, titles_of(case), service, reading(case, capture))
        if file is not None:
            before = visit.ids if visit is not None else ()
            return file, tuple(dict.fromkeys((*before, capture.id, *file.ids)))
    return None
