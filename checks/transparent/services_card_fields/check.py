"""`services.card_fields` (T01): how full is the service card of each claimed service? One finding a claim.

Looked at: twelve fields of the agency's own card, and whether its code has eleven digits and is no other service's.
Searched on the service's page, behind its links and those of the list of cards, and by its code on every page. Not
looked at: whether what it says is true, and cards that are files. A field that says other than the claim is open: either
declaration may be the wrong one (`services.card`).
"""

from __future__ import annotations

from typing import Any

from checks.case import Case
from checks.elements.absence import complete_look
from checks.finding import Finding, Verdict
from checks.inert_scripts import settled
from checks.outcome import received, unattempted
from checks.page.boilerplate import reading
from checks.page.cards.card import Card, cards
from checks.page.cards.labels import names_card
from checks.page.cards.layout import pairs
from checks.page.cards.values import unchosen
from checks.page.content import PageContent
from checks.reasons import SEARCHED
from checks.services.actions import route
from checks.services.card_file import file_observed
from checks.services.each import OfEachService
from checks.services.foreign import other_body
from checks.services.matching.titles import MATCH, titles_of
from checks.services.own_pages import looked_through, own_of, own_pages
from checks.services.service_cards import (
    FoundCard,
    answers_at,
    card_links,
    card_of,
    compare,
    file_of,
)
from checks.transparent.services_card_fields.listed_cards import is_template, listed_card, listed_look
from checks.word_sets import OF_SECTIONS
from claims.model import PHASES, Service

_HEADING = 80  # Characters of a heading that names the card. Longer is a sentence.
_SEVERAL = 3  # Fields that make a card without such a heading: one or two stand on any page
FIELDS = ("title", "code", "kind", "level", "documents", "fee", "time", "visits", *PHASES)


class CardFields(OfEachService):
    """Of twelve fields of a card, how many are filled in; contradicted for a template, another service's, another body's."""

    id = "services.card_fields"
    version = 7
    reasons = SEARCHED
    words = OF_SECTIONS
    criterion = "service_card_is_full"
    effect = "card_fields"

    def _finding(self, case: Case, service: Service) -> Finding:
        found = card_of(case, service) or listed_card(case, service)
        if found is None or _is_another_bodys(case, service, reading(case, found.capture)):
            return self._unfound(case, service)
        return self._filled(case, service, found)

    def _filled(self, case: Case, service: Service, found: FoundCard) -> Finding:
        missing = [name for name in FIELDS if not _states(found.card, name)]
        shared = found.card.code != "" and _others_with(case, service, found.card.code)
        if shared:
            missing = [name for name in FIELDS if name in missing or name == "code"]
        compared = compare(titles_of(case), service, found.card)
        differs = [name for name, row in compared.items() if row["agrees"] is False and name not in missing]
        number = len(FIELDS) - len(missing) - len(differs)
        observed = {
            "fields": len(FIELDS),
            "fields_found": number,
            "fields_open": len(differs),
            "missing": missing,
            "card_disagrees": differs,
            "code_shared": shared,
            "url": found.capture.url,
        }
        verdict: Verdict = "verified" if number == len(FIELDS) else "partial"
        return self._about(service, verdict, None, observed, found.ids, 1)

    def _unfound(self, case: Case, service: Service) -> Finding:
        if (found := file_of(case, service)) is not None:
            return self._about(service, "inconclusive", "not_attempted", file_observed(found[0]), found[1], 1)
        if service.url is None:
            return self._nowhere(case, service, ())
        looks = [
            (_fault(case, service, capture.id), capture, visit)
            for capture, visit in answers_at(case, service.url)
        ]
        ids = tuple(
            dict.fromkeys(
                id for _, capture, visit in looks for id in (*(visit.ids if visit else ()), capture.id)
            )
        )
        reasons = {fault for fault, _, _ in looks}
        visits = [visit for _, _, visit in looks if visit is not None]
        if len(reasons) == 1 and (reason := reasons.pop()) is not None:
            if len(visits) == len(case.visits(service.url)) and visits and case.proven(visits):
                return self._about(service, "contradicted", reason, {}, ids, len(visits))
            return self._about(service, "inconclusive", "not_attempted", {"seen": reason}, ids, 1)
        if reasons:
            return self._about(service, "inconclusive", "ambiguous", {}, ids, len(looks))
        if not looks:
            return self._unseen(case, service, service.url)
        if own_of(case, service).reason == "needs_browser":
            return self._about(service, "inconclusive", "needs_browser", {}, ids, 1)
        for _, capture, _ in looks:
            page = case.document(capture)
            if page.cut:
                return self._about(service, "inconclusive", "limit", {}, ids, 1)
            if not settled(case, capture):
                return self._about(service, "inconclusive", "needs_browser", {}, ids, 1)
        return self._nowhere(case, service, ids)

    def _unseen(self, case: Case, service: Service, url: str) -> Finding:
        visits = case.visits(url)
        ids = tuple(id for visit in visits for id in visit.ids)
        if not visits:
            return self._about(service, "inconclusive", unattempted(case, url), {}, ids, 0)
        outcomes = [received(case, visit) for visit in visits]
        doubts = [outcome[1] for outcome in outcomes if outcome is not None and outcome[0] == "inconclusive"]
        if doubts:
            return self._about(service, "inconclusive", doubts[-1], {}, ids, len(doubts))
        if route(url):
            return self._about(service, "inconclusive", "needs_browser", {}, ids, len(visits))
        return self._nowhere(case, service, ids)

    def _nowhere(self, case: Case, service: Service, ids: tuple[str, ...]) -> Finding:
        listed = listed_look(case, service)
        if listed.template:
            return self._about(service, "contradicted", "hollow", {}, listed.ids, listed.attempts)
        observed: dict[str, Any] = {"complete_look": complete_look(case)}
        if observed["complete_look"] and listed.whole and _read_whole(case, service):
            observed["read_whole"] = True
        return self._about(service, "inconclusive", "no_match", observed, ids, len(ids))


def _read_whole(case: Case, service: Service) -> bool:
    """Whether the claimed page was read to its end with whatever it calls a card, or is proven to be no page at all."""
    own = own_of(case, service)
    pages = own_pages(case, service)
    if not pages:
        return own.verdict == "contradicted"
    if not looked_through(own, pages) or any(_may_hold_one(page.reading) for page in pages):
        return False
    return all(any(answers_at(case, url)) for url, _ in card_links(case, service))


def _may_hold_one(page: PageContent) -> bool:
    """A part of the page is called a card, or several fields of one stand there: a card in a shape that we do not read."""
    named = any(names_card(line.text) for line in page.own if len(line.text) <= _HEADING)
    return named or len({pair.name for pair in pairs(page)}) >= _SEVERAL


def _states(card: Card, name: str) -> bool:
    """Whether the card fills the field in: a code has eleven digits, a row of boxes has one that is ticked.

    How far a service is electronic may be a row of its own, or be told for each of its four phases.
    """
    if name == "title":
        return bool(card.title)
    if name == "code":
        return bool(card.code)
    value = card.fields.get(name, "")
    if name == "level" and all(phase in card.phases for phase in PHASES):
        return True
    if name in PHASES and name in card.phases:
        return True
    return bool(value.strip()) and not unchosen(value)


def _others_with(case: Case, service: Service, code: str) -> bool:
    """Whether the card of another claim of the agency has the same code, though the claims differ in theirs."""
    if any(other.code == code for other in case.round.services_of(case.agency.id) if other.id == service.id):
        return False
    by_code = case.derived(("card fields", "codes"), lambda: _codes(case))
    return bool(by_code.get(code, frozenset()) - {service.id})


def _codes(case: Case) -> dict[str, frozenset[str]]:
    """Ids of claims by the code on their card."""
    found: dict[str, set[str]] = {}
    for service in case.round.services_of(case.agency.id):
        card = card_of(case, service)
        if card is not None and card.card.code:
            found.setdefault(card.card.code, set()).add(service.id)
    return {code: frozenset(ids) for code, ids in found.items()}


def _fault(case: Case, service: Service, capture_id: str) -> str | None:
    """`hollow` for a card that nobody filled in or of another body, `wrong_service` where the only one is another service's."""
    page = reading(case, case.evidence.get(capture_id))
    if is_template(page) or _is_another_bodys(case, service, page):
        return "hollow"
    shown = cards(page)
    return "wrong_service" if len(shown) == 1 and _is_anothers(case, service, shown[0]) else None


def _is_another_bodys(case: Case, service: Service, page: PageContent) -> bool:
    return other_body(case, service, page, mentions=False) is not None


def _is_anothers(case: Case, service: Service, card: Card) -> bool:
    """Its code is another claim's, or its title is; and neither is this one's."""
    titles = titles_of(case)
    if service.code is not None and service.code in card.codes:
        return False
    if card.title and titles.score(service, card.title) >= MATCH:
        return False
    if titles.is_code_of_another(service, card.codes):
        return True
    best = titles.best(card.title, case.round.services_of(case.agency.id)) if card.title else None
    return best is not None and best.score >= MATCH and best.service != service.id


CHECK = CardFields()
