"""`services.card`: does the agency's own service card say what the agency claimed?

Looked at: the fields that card and claim both declare. One finding for each claimed service whose card was seen, none for the
others. It refutes nothing: a card and a claim are two declarations of one agency, and either may be the wrong one. Not looked
at: how full the card is. `services.card_fields` looks at that, and finds the card by the same means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from checks.case import Case
from checks.finding import Finding, Subject, Verdict
from checks.page.cards.card import Card
from checks.reasons import SERVICES
from checks.services.card_file import CardFile, file_observed
from checks.services.matching.titles import titles_of
from checks.services.service_cards import How, card_of, compare, file_of, own_card
from claims.model import Service


class ServiceCard:
    """The check of this module."""

    id = "services.card"
    version = 6
    reasons = SERVICES
    words = (
        "page/words/lexicon.json",
        "page/words/pages.toml",
        "page/words/forms.toml",
        "page/words/cards.toml",
        "page/words/titles.toml",
        "services/words.toml",
    )

    def judge(self, case: Case) -> Iterator[Finding]:
        titles = titles_of(case)
        for service in case.services:
            found = card_of(case, service)
            compared = compare(titles, service, found.card) if found is not None else {}
            if found is not None and compared:
                yield _finding(
                    self,
                    case,
                    service,
                    found.card,
                    compared,
                    url=found.capture.url,
                    via=found.via,
                    how=found.how,
                    ids=found.ids,
                )
            elif found is None:
                yield from _of_file(self, case, service)


def _finding(
    check: ServiceCard,
    case: Case,
    service: Service,
    card: Card,
    rows: Mapping[str, Mapping[str, Any]],
    *,
    url: str,
    via: str,
    how: How,
    ids: tuple[str, ...],
) -> Finding:
    differs = [name for name, row in rows.items() if row["agrees"] is False]
    verdict: Verdict = "partial" if differs else "verified"
    observed = {
        "card": dict(sorted(card.fields.items())),
        "card_disagrees": differs,
        "compared": {name: dict(row) for name, row in rows.items()},
        "card_by": how,
        "url": url,
        "via": via,
    }
    about = Subject("service", service.id, service.url)
    codes = {"criterion": "service_card", "effect": "card_differs" if differs else "card_agrees"}
    return case.finding(check, about, verdict, None, observed, ids, 1, **codes)


def _of_file(check: ServiceCard, case: Case, service: Service) -> Iterator[Finding]:
    """What the file says beside the claim. A difference is for people to look at: layouts on paper are guessed at."""
    if (found := file_of(case, service)) is None:
        return
    file, ids = found
    titles = titles_of(case)
    chosen = own_card(case, titles, service, file.cards)
    rows = compare(titles, service, chosen[0]) if chosen is not None else {}
    if chosen is None or not rows:
        yield _unread(check, case, service, file, ids)
        return
    card, how = chosen
    differs = [name for name, row in rows.items() if row["agrees"] is False]
    finding = _finding(check, case, service, card, rows, url=file.url, via="file", how=how, ids=ids)
    yield (
        replace(finding, verdict="inconclusive", reason="ambiguous", effect="card_file_differs")
        if differs
        else finding
    )


def _unread(
    check: ServiceCard, case: Case, service: Service, file: CardFile, captures: tuple[str, ...]
) -> Finding:
    about, told = Subject("service", service.id, service.url), file_observed(file)
    codes = {"criterion": "service_card", "effect": "card_unread"}
    return case.finding(check, about, "inconclusive", "not_attempted", told, captures, 1, **codes)


CHECK = ServiceCard()
