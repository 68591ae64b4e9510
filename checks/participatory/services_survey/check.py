"""`services.survey` (P04): can people rate a service on its own page? One finding for each claimed service.

Looked at: forms of the service's own page and what a link of it calls a survey, one link on. A poll that the portal
shows on other pages too is none of the service. Not looked at: whether answers are read; none is sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from checks.case import Case
from checks.derivations import once
from checks.elements.leads import home_pages
from checks.elements.words import names
from checks.finding import Finding, Verdict
from checks.page.boxes import shown
from checks.page.content import PageContent
from checks.page.forms.groups import Signature
from checks.page.forms.headings import heading_before
from checks.page.forms.kinds import Form, forms
from checks.page.lines import selector
from checks.page.page import Page
from checks.page.wordlist import phrases
from checks.participatory.targets import href
from checks.reasons import PORTAL
from checks.services.each import OfEachService
from checks.services.own_pages import (
    EntrySummary,
    arrive,
    looked_through,
    of_nobody,
    own_of,
    own_pages,
    titles_of,
)
from checks.services.ownership import of_another
from checks.word_sets import OF_NAMES
from claims.model import Service
from claims.persian import tight
from web.urls import host, identity

FILE = "participatory/services_survey/words.toml"
# forms that ask nobody who they are
_QUESTIONS = ("other", "comment", "contact")
_STARS = "[class*=rating], [class*=Rating], [class*=stars], [data-rating], [data-rate]"
_MOST_LINKS = 4  # Links to surveys that are followed. Later ones are not. By hand.
_LONGEST_LINK = 60  # Characters of a link's words. Longer is a sentence of news.


class ServiceSurvey(OfEachService):
    """A form by which people rate the service, on its page or one link on."""

    id = "services.survey"
    version = 6
    reasons = PORTAL
    words = OF_NAMES
    criterion = "service_has_survey"
    effect = "survey_half"

    def _finding(self, case: Case, service: Service) -> Finding:
        own = own_of(case, service)
        if not service.electronic:
            return self._about(service, "not_applicable", None, {}, own.captures)
        pages = own_pages(case, service)
        if not pages:
            return self._without_page(service, own)
        rests = [id for page in pages for id in page.rests]
        verdict, why, told = _looked(case, service, own, pages, rests)
        return self._about(service, verdict, why, {"url": pages[0].url, **told}, tuple(rests), len(pages))


def _looked(
    case: Case, service: Service, own: EntrySummary, pages: Sequence[Page], rests: list[str]
) -> tuple[Verdict, str | None, dict[str, Any]]:
    """What the service's pages come to. rests: captures it rests on, added to."""
    unread: str | None = None
    shared = (
        False  # a survey that the page leads to, and of which nobody can say that it is about this service
    )
    filled = [page for page in pages if not of_nobody(case, service, page.reading)]
    for page in filled:
        form = _survey(case, service, page.reading)
        if form is not None:
            said = (form.heading or form.words)[:300]
            return "verified", None, {"survey": 1, "by": "form", "excerpt": said, "selector": form.selector}
    for url in _links(filled):
        there = arrive(case, url)
        if there.page is None:
            unread = unread or (None if there.refuted or there.document else there.reason)
            continue
        rests.extend(there.ids)
        form = _survey(case, service, there.page.reading, alone=True)
        if form is not None and _is_own(case, service, url, there.page.reading):
            said = (form.heading or form.words)[:300]
            return "verified", None, {"survey": 1, "by": "link", "excerpt": said, "survey_url": url}
        shared = shared or form is not None
    if unread is not None:
        return "inconclusive", unread, {}
    if (stars := _stars(filled)) is not None:
        return "inconclusive", "ambiguous", {"selector": stars}
    if not looked_through(own, tuple(pages)):
        return "inconclusive", "needs_browser" if own.scripted else "limit", {}
    told = {"survey": 0, "complete_look": True}
    return "inconclusive", "no_match", told if shared else {**told, "read_whole": True}


def _survey(case: Case, service: Service, page: PageContent, *, alone: bool = False) -> Form | None:
    """The form by which the service is rated. alone: the page is a survey by its own right."""
    wide = frozenset[Signature]() if alone else _portal_wide(case, page)
    for form in forms(page):
        above = _called_above(page, form)
        if (form.kind != "poll" and not above) or form.closed or form.signature in wide:
            continue
        said = f"{above} {form.heading} {form.words}"
        if phrases(FILE, "of_page").find(said) is not None and phrases(FILE, "of_service").find(said) is None:
            continue
        if not of_another(titles_of(case), service, form):
            return form
    return None


def _called_above(page: PageContent, form: Form) -> str:
    """The heading that calls a form of questions with choices a survey, whatever each of them asks; "" without one."""
    if form.kind not in _QUESTIONS or not any(field.asks == "choice" for field in form.fields):
        return ""
    heading = heading_before(page, form.node, form.fields)
    return heading if _calls(heading) else ""


def _portal_wide(case: Case, page: PageContent) -> frozenset[Signature]:
    """Signatures of the polls that the home page shows, or half of the pages that no service claims."""
    name = host(page.document.url)
    return case.derived(
        ("polls of the portal", name),
        lambda: frozenset(
            box
            for box, seen in shown(case, name).items()
            if seen.at_home or (seen.pages >= 2 and seen.pages * 2 >= seen.of)
        ),
    )


def _links(pages: Sequence[Page]) -> list[str]:
    """Addresses of what the pages' own links call a survey."""
    found: dict[str, str] = {}
    for page in pages:
        for line in page.reading.own:
            for anchor in line.anchors:
                said = " ".join(anchor.text(deep=True, separator=" ").split())
                url = href(page.reading, anchor)
                if url is not None and len(said) <= _LONGEST_LINK and _calls(said):
                    found.setdefault(identity(url), url)
    return list(found.values())[:_MOST_LINKS]


def _calls(said: str) -> bool:
    return (phrases(FILE, "surveys").find(said) or names("survey").find(said)) is not None


def _is_own(case: Case, service: Service, url: str, page: PageContent) -> bool:
    """Whether a survey behind a link is of the service: it names it, or neither home page nor other services lead there."""
    told = tight(" ".join([page.document.title, *(line.text for line in page.lines)]))
    if tight(service.title) in told:
        return True
    key = identity(url)
    at_home = {identity(link.url) for home in home_pages(case)[:1] for link in case.document(home).links}
    return key not in at_home and _led_to(case)[key] <= 1


@once
def _led_to(case: Case) -> Counter[str]:
    """How many services' pages lead to each survey."""
    return Counter(
        identity(url)
        for service in case.round.services_of(case.agency.id)
        if service.electronic
        for url in _links(own_pages(case, service))
    )


def _stars(pages: Sequence[Page]) -> str | None:
    """Where stars to press stand beside words of rating: a script may send them, and may not."""
    rated = phrases("page/words/pages.toml", "poll_words")
    for page in pages:
        body = page.reading.document.tree.body
        near = any(
            rated.find(line.text) and phrases(FILE, "of_service").find(line.text) for line in page.reading.own
        )
        if body is None or not near:
            continue
        for node in body.css(_STARS)[:20]:
            if page.reading.around(node):
                return selector(node)
    return None


CHECK = ServiceSurvey()
