"""Which picture of a page counts: what the server sent, or what the browser made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.case import Case, Visit
from checks.page.boilerplate import reading
from checks.page.similarity import shared_share
from checks.page.soft404 import needs_browser
from checks.page.wordlist import table
from checks.services.actions import route
from checks.services.visit.surroundings import beside
from checks.services.wording import still_loading
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.records import Capture
from web.challenge import challenge_marker
from web.urls import host, identity, named_by

# Why a page did not come to rest, as a reason of the contract.
_FAILURES = {
    "crash": "own_error",
    "own_error": "own_error",
    "limit": "limit",
    "timeout": "limit",
    "navigation": "limit",
}
# Data of which the server says that there is none: the page of it is missing.
_ABSENT = (404, 410)
_SAME = 0.9  # of the wording: two visits with more in common saw the same page, but for a clock or a counter. By hand
_MUCH = 300  # Characters that both pictures need to be compared: shorter ones differ by chance. By hand.
_ALIKE = 0.25  # Share of wording in common, below which the browser shows another page. By hand.


@dataclass(frozen=True, slots=True)
class RenderedView:
    """page: the finished rendered page, None when what the server sent is to be read. ids: of rendered pages.

    failure: reason why nothing can be read. differs: server and browser show two different pages.
    lost: a script or data of the agency did not arrive, or was asked for in a way that is never sent.
    broken: reason for which an error that the page shows may be that of its data, and not a missing page's; None
    where its data came, or answered that there is none.
    """

    url: str
    page: Capture | None = None
    ids: tuple[str, ...] = ()
    failure: str | None = None
    differs: bool = False
    lost: bool = False
    broken: str | None = None


def view_of(case: Case, url: str, visit: Visit) -> RenderedView:
    """The picture of one visit. A render of another visit counts where the server sent the same."""
    fitting = _rendered(case, url, visit)
    finished = [page for page in fitting if at_rest(page)]
    if (missed := _route_missed(visit, fitting)) is not None:
        # the server sends on to a route of an application, and no picture of that route was made
        return RenderedView(url, failure="needs_browser", ids=missed)
    needed = route(url) or needs_browser(reading(case, visit.final))
    if not finished:
        if not needed:
            return RenderedView(visit.final.url)
        reason = _why_unfinished(fitting[-1]) if fitting else "needs_browser"
        return RenderedView(url, failure=reason, ids=tuple(page.id for page in fitting))
    page = min(finished, key=lambda found: (found.attempt != visit.first.attempt, found.sequence))
    facts = page.facts
    assert isinstance(facts, PageFacts)
    if facts.status is not None and facts.status >= 400:
        return RenderedView(url, failure="ambiguous", ids=(page.id,))
    if _challenged(case, page, facts):
        return RenderedView(url, failure="blocked", ids=(page.id,))
    shown = reading(case, page)
    lacking = list(_lacking(case, facts))
    return RenderedView(
        url,
        page,
        (page.id,),
        differs=not needed and _two_pages(case, visit, page),
        lost=bool(lacking) or still_loading(shown),
        broken=_broken(lacking),
    )


def _broken(lacking: list[int | None]) -> str | None:
    failed = [status for status in lacking if status not in _ABSENT]
    if any(status is not None and status >= 500 for status in failed):
        return "server_error"
    return "needs_browser" if failed else None


def _lacking(case: Case, facts: PageFacts) -> Iterator[int | None]:
    """Statuses of scripts and data that may make the page and did not come; None also for what is never sent."""
    for method, url, kind, status in facts.requests:
        if kind.lower() not in ("script", "xhr", "fetch") or beside(host(url)) or _counts_visits(url):
            continue
        sent = method not in ("GET", "HEAD")
        if sent and not case.owns(host(url)):
            continue  # what others want to be told is no matter of the page
        if status in _ABSENT and kind.lower() == "script" and _absent(case, url):
            continue
        if status is None or status >= 400 or sent:
            yield None if sent else status


def _absent(case: Case, url: str) -> bool:
    """Whether the server said each time that there is no such file: then no visitor's browser has it either."""
    answers = [visit.final.facts for visit in case.visits(url)]
    return bool(answers) and all(
        isinstance(facts, HttpFacts) and facts.status in _ABSENT for facts in answers
    )


def _route_missed(visit: Visit, pages: list[Capture]) -> tuple[str, ...] | None:
    """Ids of the rendered pages when a redirect leads to a hash route that none of them shows; else None."""
    shown = any("#" in page.url or "#" in getattr(page.facts, "final_url", "") for page in pages)
    return tuple(page.id for page in pages) if _routed(visit) is not None and not shown else None


def _routed(visit: Visit) -> str | None:
    """The route of an application that the last redirect of a visit led to."""
    places = [
        named_by(hop.url, hop.facts.header("location"))
        for hop in visit.hops
        if isinstance(hop.facts, HttpFacts) and hop.facts.redirect is not None
    ]
    last = places[-1] if places else None
    return last if last is not None and route(last) else None


def _counts_visits(url: str) -> bool:
    return (
        re.search(
            table("page/words/pages.toml")["counter_path"], url.partition("://")[2].partition("/")[2].lower()
        )
        is not None
    )


def _why_unfinished(page: Capture) -> str:
    facts = page.facts
    return (
        _FAILURES.get(facts.failure or "", "needs_browser")
        if isinstance(facts, PageFacts)
        else "needs_browser"
    )


def _rendered(case: Case, url: str, visit: Visit) -> list[Capture]:
    routed = _routed(visit)
    pages = list(case.rendered(routed or url))
    if not pages and not route(url):
        pages = list(case.rendered(visit.final.url))
    if route(url):
        pages = [page for page in pages if "#" in page.url]
    return [
        page for page in pages if page.attempt == visit.first.attempt or _same_answer(case, url, page, visit)
    ]


def _same_answer(case: Case, url: str, page: Capture, visit: Visit) -> bool:
    """Whether the server's answer at the time of the render is the answer of this visit."""
    for other in case.visits(url):
        if other.first.attempt != page.attempt:
            continue
        if other.final.sha256 == visit.final.sha256:
            return True
        if not (case.is_html(other.final) and case.is_html(visit.final)):
            return False
        here, there = reading(case, visit.final), reading(case, other.final)
        if not here.text and not there.text:
            return len(here.document.source) == len(there.document.source)
        return (
            identity(other.final.url) == identity(visit.final.url)
            and shared_share(here.text, there.text) > _SAME
        )
    return False


def at_rest(page: Capture) -> bool:
    """Whether a rendered page came to rest within its limits."""
    return isinstance(page.facts, PageFacts) and page.facts.finished


def _challenged(case: Case, page: Capture, facts: PageFacts) -> bool:
    answer = HttpFacts(method="GET", status=facts.status or 200, reason=None, headers=(), failure=None)
    return challenge_marker(answer, case.document(page)) is not None


def _two_pages(case: Case, visit: Visit, page: Capture) -> bool:
    sent, shown = reading(case, visit.final).text, reading(case, page).text
    if len(sent) < _MUCH or len(shown) < _MUCH:
        return False
    return max(shared_share(sent, shown), shared_share(shown, sent)) < _ALIKE
