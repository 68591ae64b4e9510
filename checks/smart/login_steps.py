"""Where people log in: the steps of a service, and of the portal as a whole, national or the portal's own. Judges nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checks.case import Case, Visit
from checks.elements.leads import home_pages
from checks.elements.words import names
from checks.inert_scripts import settled
from checks.outcome import received
from checks.page.boilerplate import reading
from checks.page.content import PageContent
from checks.page.forms.kinds import forms
from checks.page.page import Page
from checks.page.wordlist import known_host, phrases
from checks.services.actions import gateway, names_other
from checks.services.kinds import LOGIN_KINDS
from checks.services.own_pages import arrive, of_nobody, own_of, own_pages
from checks.services.visit.browsed import view_of
from checks.services.visit.surroundings import repeated_forms
from claims.model import Service
from web.urls import host, identity

_MOST_LEADS = 8  # Links to a log-in that are followed from a service. Later ones are not. By hand.
_MOST_HOME = 6  # Links to a log-in that are followed from the home page. Later ones are not. By hand.
_LONGEST = 60  # Characters of a link's words. Longer is a sentence.
_LOGIN = re.compile(
    r"//sso\.|[/?&=._-](?:log-?in|sign-?in|auth|oauth2?|authorize|connect|sso)(?:$|[/?&=._-])|client_id=|redirect_ur[il]="
)


@dataclass(frozen=True, slots=True)
class LoginStep:
    """One place where people log in.

    url: its address. national: the national sign-on is offered there; local: a form of the portal's own is.
    gateway: address of the sign-on, "" without it. named: the page speaks of it without a link to it. scripted: scripts were not seen at work, which may offer more.
    visits: how many saw it so; proven: they may carry a contradiction.
    """

    url: str
    national: bool
    local: bool
    gateway: str
    scripted: bool
    ids: tuple[str, ...]
    visits: int
    proven: bool
    named: bool = False

    @property
    def key(self) -> str:
        return identity(self.url)


def steps_of(case: Case, service: Service) -> tuple[LoginStep, ...]:
    """Login steps of a service: on its own page, and one link on."""
    return case.derived(("login steps", service.id), lambda: tuple(_distinct(_of_service(case, service))))


def unread_leads(case: Case, service: Service) -> int:
    """Action links of the service's page whose targets nobody could read: a login may stand there."""
    actions = own_of(case, service).actions
    leads = [a for a in actions if a.kind == "link" and not a.weak and not a.other and gateway(a.url) is None]
    came = [arrive(case, action.url) for action in leads[:_MOST_LEADS]]
    return sum(one.page is None and not one.refuted and not one.document and not one.gateways for one in came)


def steps_of_portal(case: Case) -> tuple[LoginStep, ...]:
    """Login steps that the home page is, by a box of the portal's own, and those that it leads to."""
    found: list[LoginStep] = []
    box = _box_at_home(case)
    if box is not None:
        found.append(box)
    links: dict[str, tuple[str, str]] = {}
    for capture in home_pages(case)[:1]:
        for link in case.document(capture).links:
            if (
                link.element == "a"
                and link.fetchable
                and len(link.text) <= _LONGEST
                and _names_login(link.text)
            ):
                links.setdefault(identity(link.url), (link.url, link.text))
    for url, words in list(links.values())[:_MOST_HOME]:
        if box is not None and gateway(url) == "sso":
            continue  # beside the box: one place to log in, that offers both
        if (step := _at(case, url, words)) is not None:
            found.append(step)
    return tuple(found)


def _box_at_home(case: Case) -> LoginStep | None:
    """A login form that stands on the home page itself, as in the header of every page; the sign-on may stand beside it."""
    url = case.agency.portal
    pages = tuple(_pages(case, url))
    return _step(case, url, pages, [_has_login(page.reading, frame=True) for page in pages])


def _has_login(
    page: PageContent, repeated: frozenset[tuple[str, ...]] = frozenset(), *, frame: bool = False
) -> bool:
    return any(form.kind == "login" and not form.closed for form in forms(page, repeated, frame=frame))


def _distinct(steps: Iterator[LoginStep]) -> Iterator[LoginStep]:
    seen = set[str]()
    for step in steps:
        if step.key not in seen:
            seen.add(step.key)
            yield step


def _names_login(text: str) -> bool:
    return (
        phrases("page/words/pages.toml", "login_words").is_whole(text) or names("sso").find(text) is not None
    )


def _of_service(case: Case, service: Service) -> Iterator[LoginStep]:
    own = own_of(case, service)
    seen = own_pages(case, service)
    pages = tuple(page for page in seen if not of_nobody(case, service, page.reading))
    if seen and not pages:
        return  # what a template or another body's page leads to is nobody's login
    if not pages and own.kind in LOGIN_KINDS:
        # straight to a login: the claimed address is the step
        start = service.url or own.url
        if (step := _at(case, start, "")) is not None:
            yield step
        return
    if pages and (step := _on_pages(case, own.page or pages[0].url, pages, framed=False)) is not None:
        yield step
    leads = [a for a in own.actions if a.kind == "link" and not a.other]
    for action in [a for a in leads if not a.weak][:_MOST_LEADS]:
        if (step := _at(case, action.url, action.text)) is not None and not names_other(
            service.title, action.text
        ):
            yield step


def _at(case: Case, url: str, words: str) -> LoginStep | None:
    """The login step behind a link of these words; None where none was seen."""
    visits = case.visits(url)
    ids = tuple(dict.fromkeys(id for visit in visits for id in visit.ids))
    came = arrive(case, url)
    if came.refuted or _dead(case, visits):
        return None  # nobody logs in behind a dead link
    if gateway(url) == "sso":
        # the banner of the national window that every portal shows is no login
        return (
            LoginStep(url, True, False, url, False, ids, len(visits), False)
            if _signs_on(url, words)
            else None
        )
    sent = [target for target in came.gateways if gateway(target) == "sso"]
    if sent:
        return LoginStep(url, True, False, sent[0], False, ids, len(visits), False)
    if came.page is None:
        return None
    pages = tuple(_pages(case, url)) or (came.page,)
    return _on_pages(case, came.page.url, pages, framed=True)


def _dead(case: Case, visits: Sequence[Visit]) -> bool:
    """Every visit said that there is nothing. One is enough to promise nobody a login; nothing is held against anybody."""
    return bool(visits) and all(received(case, visit) == ("contradicted", "dead_link") for visit in visits)


def _pages(case: Case, url: str) -> Iterator[Page]:
    for visit in case.visits(url):
        if received(case, visit) is None and case.is_html(visit.final):
            view = view_of(case, url, visit)
            if view.failure is None:
                capture = view.page or visit.final
                yield Page(capture, reading(case, capture), visit.final.url, (*visit.ids, *view.ids), 1)


def _on_pages(case: Case, url: str, pages: tuple[Page, ...], *, framed: bool) -> LoginStep | None:
    """framed: the page is a login page, whose box counts though the home page shows it too."""
    local = [_local(case, page.reading, framed=framed) for page in pages]
    return _step(case, url, pages, local, login_page=framed and _login_page(pages[0].reading))


def _step(
    case: Case, url: str, pages: tuple[Page, ...], local: list[bool], *, login_page: bool = False
) -> LoginStep | None:
    """local: whether each visit's page has a login form of the portal's own."""
    national = next((target for page in pages if (target := _national(case, page.reading))), "")
    if not any(local) and not (national and login_page):
        return None  # a link to the sign-on is a step of its own
    ids = tuple(dict.fromkeys(id for page in pages for id in page.rests))
    visits = case.visits(url)
    proven = all(local) and len(pages) >= 2 and len(pages) == len(visits) and case.proven(visits)
    scripted = not all(settled(case, page.capture) for page in pages)
    named = any(_speaks_of_it(page.reading) for page in pages)
    return LoginStep(url, bool(national), any(local), national, scripted, ids, len(pages), proven, named)


def _signs_on(url: str, words: str) -> bool:
    """Whether a link to the national host is one to log in by: it says so, or its address does."""
    return phrases("page/words/pages.toml", "login_words").find(words) is not None or bool(
        _LOGIN.search(url.lower())
    )


def _login_page(page: PageContent) -> bool:
    main = page.main_heading
    said = f"{page.document.title} {main.text if main is not None else ''}"
    return phrases("page/words/pages.toml", "login_words").find(said) is not None


def _local(case: Case, page: PageContent, *, framed: bool) -> bool:
    repeated = frozenset[tuple[str, ...]]() if framed and _login_page(page) else repeated_forms(case, page)
    return _has_login(page, repeated)


def _national(case: Case, page: PageContent) -> str:
    """Address of the national sign-on that the page leads to, its frame included; "" where it does not."""
    called = names("sso")
    for form in forms(page):
        if form.target and known_host("sso", host(form.target)):
            return form.target
    for link in (*page.document.links, *page.document.pressed):
        if link.fetchable and known_host("sso", host(link.url)) and _signs_on(link.url, link.text):
            return link.url
    for link in page.document.links:
        if link.element == "a" and link.fetchable and called.find(link.text[:_LONGEST]) is not None:
            sent = [target for target in arrive(case, link.url).gateways if gateway(target) == "sso"]
            if sent:
                return sent[0]
    return ""


def _speaks_of_it(page: PageContent) -> bool:
    """«ورود با پنجره ملی», which a script may make a button of."""
    called, login = names("sso"), phrases("page/words/pages.toml", "login_words")
    return any(
        len(line.text) <= _LONGEST
        and called.find(line.text) is not None
        and login.find(line.text) is not None
        for line in page.lines
    )
