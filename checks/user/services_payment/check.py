"""`services.payment` (U12): where does whoever pays for a service arrive? One finding for each claimed service.

Looked at: links and forms of the service's own page, and of the page behind a link that speaks of paying. A known
gateway is told by its host, over TLS. Nothing is paid and no form is sent. What lies behind a login or behind another
form was not seen. Services of which neither claim nor card says that they cost anything, and that show no step to pay,
are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from checks.case import Case
from checks.finding import Finding, Verdict
from checks.page.forms.kinds import forms
from checks.page.page import Page
from checks.page.wordlist import known_host, phrases
from checks.reasons import PORTAL
from checks.services.actions import Action, gateway
from checks.services.each import OfEachService
from checks.services.kinds import LOGIN_KINDS
from checks.services.own_pages import EntrySummary, arrive, of_nobody, own_of, own_pages
from checks.user.imitations import imitates
from checks.word_sets import OF_SERVICES
from claims.model import Service
from evidence.kinds.http import HttpFacts
from web.urls import host, is_web

_MOST_LEADS = 8  # Links to a payment that are followed. Later ones are not. By hand.


@dataclass(frozen=True, slots=True)
class _PaymentStep:
    """One step to pay. url: where it leads. ids: captures. visits: how many showed it, and whether they prove it."""

    url: str
    ids: tuple[str, ...]
    visits: int
    proven: bool


class ServicePayment(OfEachService):
    """One finding for each claimed service."""

    id = "services.payment"
    version = 4
    reasons = PORTAL
    words = OF_SERVICES
    criterion = "payment_is_genuine"
    effect = "share_of_payments"

    def _finding(self, case: Case, service: Service) -> Finding:
        own = own_of(case, service)
        if not service.electronic:
            return self._about(service, "not_applicable", None, {}, own.captures, 0)
        # what an unfilled template or another body's page leads to is nobody's step
        pages = [p for p in own_pages(case, service) if not of_nobody(case, service, p.reading)]
        steps = list(_steps(case, own, pages))
        false = [step for step in steps if imitates(host(step.url)) and not case.owns(host(step.url))]
        if false:
            firm = next((step for step in false if step.proven), None)
            step = firm or false[0]
            observed = {"url": step.url, "host": host(step.url)}
            if firm is not None:
                return self._about(
                    service, "contradicted", "foreign_gateway", observed, step.ids, step.visits
                )
            return self._about(service, "inconclusive", "not_attempted", observed, step.ids, step.visits)
        known = [step for step in steps if gateway(step.url) == "payment"]
        if known:
            step = next((one for one in known if one.url.startswith("https://")), known[0])
            secure = step.url.startswith("https://")
            told = {"url": step.url.partition("?")[0][:300], "host": host(step.url), "tls": secure}
            return self._about(
                service, "verified" if secure else "partial", None if secure else "plain_http", told,
                step.ids, step.visits,
            )  # fmt: skip
        return self._without_step(service, own, steps)

    def _without_step(self, service: Service, own: EntrySummary, steps: Sequence[_PaymentStep]) -> Finding:
        if not (service.fee or own.fee):
            return self._about(service, "not_applicable", None, {}, own.captures, own.attempts)
        if steps:  # a gateway that the list does not know
            observed: dict[str, Any] = {"url": steps[0].url, "host": host(steps[0].url)}
            return self._about(service, "inconclusive", "ambiguous", observed, steps[0].ids, steps[0].visits)
        verdict: Verdict = "inconclusive"
        reason, observed = own.reason, {"url": own.url}
        if service.fee and own.fee is False:
            reason, observed = "ambiguous", {"conflict": "card_says_free"}
        elif own.verdict == "contradicted":  # no electronic step at all
            verdict = own.verdict
        elif own.verdict != "inconclusive":
            reason = "not_attempted"
            observed["behind"] = "login" if own.kind in LOGIN_KINDS else "form"
        return self._about(service, verdict, reason, observed, own.captures, own.attempts)


def _steps(case: Case, own: EntrySummary, pages: Sequence[Page]) -> Iterator[_PaymentStep]:
    if own.kind == "payment" and gateway(own.url) == "payment":
        yield _PaymentStep(own.url, own.captures, max(1, own.attempts), proven=False)
    yield from _of_pages(case, own, pages)
    actions = own.actions if pages else ()
    leads = [a for a in actions if a.kind == "link" and not a.other and _speaks_of_paying(a.text)]
    for lead in leads[:_MOST_LEADS]:
        yield from _behind(case, lead, own)


def _of_pages(case: Case, own: EntrySummary, pages: Sequence[Page]) -> Iterator[_PaymentStep]:
    """Gateways that the service's own page leads to, by a link or a form, in however many of its visits."""
    shown: dict[str, list[Page]] = {}
    for page in pages:
        for url in dict.fromkeys(_targets(case, page)):
            shown.setdefault(url, []).append(page)
    visits = case.visits(own.page) if own.page is not None else ()
    for url, where in shown.items():
        ids = tuple(dict.fromkeys(id for page in where for id in page.rests))
        proven = len(where) == len(visits) and len(where) >= 2 and case.proven(visits)
        yield _PaymentStep(url, ids, len(where), proven=proven)


def _targets(case: Case, page: Page) -> Iterator[str]:
    """Addresses outside of the agency that the page's own links of paying, and its forms, lead to."""
    for line in page.reading.own:
        for anchor in line.anchors:
            url = page.reading.target(anchor)
            if url is not None:
                said = f"{anchor.text(deep=True)} {line.text if line.linked else ''}"
                if _may_be(case, url, said):
                    yield url
    for form in forms(page.reading):
        if (
            form.target
            and is_web(form.target)
            and _may_be(case, form.target, f"{form.heading} {' '.join(form.buttons)}")
        ):
            yield form.target


def _may_be(case: Case, url: str, said: str) -> bool:
    """A known gateway; and whatever is not the agency's where the words speak of paying: news of a gateway is none."""
    name = host(url)
    if known_host("payment", name):
        return True
    return not case.owns(name) and gateway(url) is None and _speaks_of_paying(said[:200])


def _speaks_of_paying(text: str) -> bool:
    return phrases("user/services_payment/words.toml", "pays").find(text) is not None


def _behind(case: Case, lead: Action, own: EntrySummary) -> Iterator[_PaymentStep]:
    """What a link of paying leads to: by redirects, or by the form of the page there."""
    visits = case.visits(lead.url)
    reached: dict[str, int] = {}
    for visit in visits:
        hops = [hop.url for hop in visit.hops if isinstance(hop.facts, HttpFacts)][1:]
        if visit.open and visit.facts.redirect:
            hops.append(visit.facts.redirect)
        for url in dict.fromkeys(one for one in hops if gateway(one) == "payment" or imitates(host(one))):
            reached[url] = reached.get(url, 0) + 1
    ids = tuple(dict.fromkeys(id for visit in visits for id in visit.ids))
    for url, times in reached.items():
        proven = times == len(visits) and times >= 2 and case.proven(visits)
        yield _PaymentStep(url, (*own.captures, *ids), times, proven=proven)
    there = arrive(case, lead.url)
    if not reached and there.page is not None:
        for url in dict.fromkeys(_targets(case, there.page)):
            yield _PaymentStep(url, (*own.captures, *there.ids), 1, proven=False)


CHECK = ServicePayment()
