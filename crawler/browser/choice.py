"""Which pages need a browser. Reads the document as it came; renders nothing itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from crawler.jobs import Job
from evidence.kinds.http import HttpFacts
from web.document import Document
from web.urls import split_fragment

MOST_PAGES = 60  # per agency, claimed pages and the home page aside
MOST_CLAIMS = 400  # rendered or pictured
RENDERED_LANDMARKS = 60  # per agency, beside those
MOST_PLACES = 60  # pages that lack a place which links name; per agency, beside those
_LITTLE_TEXT = 200
_PLENTY_OF_LINKS = 15
_APP_MARKS = ("<app-root", "__next_data__", "data-reactroot")
_APP_BODY = re.compile(r"<body[^<>]*\bng-app")
_APP_ID = re.compile(r"""id=["']?(?:root|app|__next|__nuxt)["'\s>]""")
_APP_ROOT_TEXT = 400
_NOSCRIPT = re.compile(r"javascript|جاوا ?اسکریپت|enable|فعال", re.IGNORECASE)
_HASH_ROUTE = re.compile(r"""href=["']#!?/""")


@dataclass(slots=True, eq=False)
class RenderJob:
    """A page to render. url keeps the fragment of a hash route. source: the capture that made us do it.

    measure: for accessibility, in a visit of its own that nothing else is read from. tries: such visits so far.
    answered: the status of an exchange, `source`, of which a picture is all that is kept; None of every other page.
    """

    job: Job
    url: str
    source: str
    full_page: bool
    measure: bool = False
    tries: int = 0
    answered: int | None = None


def route_of(url: str) -> str | None:
    """The URL as a page's own scripts read it, when its fragment is a route and no place on the page."""
    fragment = split_fragment(url)[1]
    return url if fragment is not None and fragment.startswith(("/", "!")) else None


def pictured(job: Job) -> bool:
    """Whether the report may want to show the page: the home page, and claimed pages at their first visit."""
    return job.purpose == "home" or (job.purpose == "claim" and job.attempt == 1)


class RenderChoice:
    """Per agency: which pages go to the browser, and that those seen twice are rendered twice."""

    def __init__(self, mode: Literal["auto", "always", "never"]) -> None:
        self._mode = mode
        self._chosen: set[str] = set()
        self._routes: set[tuple[str, int]] = set()
        self._claims = 0
        self._pages = 0
        self._landmarks = 0
        self._places = 0

    def routes(self, job: Job, document: Document, routes: list[str], source: str) -> list[RenderJob]:
        """What to render for the claimed routes of a page, which share its exchange."""
        if self._mode == "never" or (document.scripts == 0 and self._mode == "auto"):
            return []
        return [render for url in routes[:MOST_CLAIMS] for render in self.route(job, url, source)]

    def route(self, job: Job, url: str, source: str) -> list[RenderJob]:
        """The picture of one claimed route, once for each attempt."""
        if self._mode == "never" or (url, job.attempt) in self._routes:
            return []
        self._routes.add((url, job.attempt))
        self._claims += 1
        claim = replace(job, purpose="claim")
        return [RenderJob(claim, url, source, full_page=pictured(claim))]

    def picture(self, job: Job, facts: HttpFacts, source: str) -> list[RenderJob]:
        """The picture of what a second visit of a claim or its entry met, where the browser has no other reason to go there.

        A finding against an agency rests on that visit, and the crawl does not know which claims those will be.
        """
        rendered = job.purpose == "claim" and job.root in self._chosen
        wanted = job.attempt == 2 and (job.entry or job.purpose in ("claim", "dataset")) and not rendered
        if self._mode == "never" or not wanted or self._claims >= MOST_CLAIMS or not _can_be_seen(facts):
            return []
        self._claims += 1
        return [RenderJob(job, job.url, source, full_page=True, answered=facts.status)]

    def place(self, job: Job, document: Document, source: str) -> list[RenderJob]:
        """A page that links name a place of, seen again without it."""
        if self._mode == "never" or job.root in self._chosen or not document.scripts:
            return []
        if self._places >= MOST_PLACES:
            return []
        self._places += 1
        self._chosen.add(job.root)
        return [RenderJob(job, job.url, source, full_page=False)]

    def wants(self, job: Job, document: Document, own: bool) -> bool:
        if self._mode == "never":
            return False
        if job.attempt > 1:
            return job.root in self._chosen and job.purpose == "claim"
        if job.purpose == "home":
            chosen = True
        elif job.purpose == "claim":
            chosen = self._claims < MOST_CLAIMS and (self._mode == "always" or claim_needs_browser(document))
            self._claims += chosen
        elif self._mode == "always":
            chosen = own
        elif job.landmark and own and document.scripts > 0 and self._landmarks < RENDERED_LANDMARKS:
            # an element is called hollow only when the browser saw no more than the server sent
            chosen = True
            self._landmarks += 1
        else:
            chosen = (own or job.entry) and self._pages < MOST_PAGES and needs_browser(document)
            self._pages += chosen
        if chosen:
            self._chosen.add(job.root)
        return chosen


def needs_browser(document: Document) -> bool:
    """The page as it came says too little, and scripts are there to say more."""
    if document.scripts == 0:
        return False
    source = document.source
    app, route = _is_app(source.lower()), _HASH_ROUTE.search(source) is not None
    if app or route:
        return route or len(document.text) < _APP_ROOT_TEXT
    if "<noscript" in source and _asks_for_scripts(document):
        return len(document.text) < _APP_ROOT_TEXT
    if len(source) > 100_000 or len(document.references) > _PLENTY_OF_LINKS:
        return False
    return len(document.text) < _LITTLE_TEXT


def _is_app(source: str) -> bool:
    """Of a source in lower case: one pattern for all that ignores case takes four times as long."""
    return (
        any(mark in source for mark in _APP_MARKS)
        or _APP_ID.search(source) is not None
        or ("ng-app" in source and _APP_BODY.search(source) is not None)
    )


def _asks_for_scripts(document: Document) -> bool:
    return any(_NOSCRIPT.search(node.text(deep=True)[:500]) for node in document.tree.css("noscript"))


def _can_be_seen(facts: HttpFacts) -> bool:
    """A page, or an error in whatever form: a browser shows it. A file would be a download."""
    if facts.failure is not None or facts.status is None:
        return False
    return facts.status >= 400 or (
        facts.status == 200 and "html" in (facts.header("content-type") or "").lower()
    )


def claim_needs_browser(document: Document) -> bool:
    """Scripts may add or take away what a claim stands on, whatever forms the page came with."""
    return document.scripts > 0
