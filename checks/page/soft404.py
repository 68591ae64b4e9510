"""Is an answer with status 200 an error that calls itself a success, or the same as any address gets here?

An error is what says so: the page's own title or main heading, a redirect to an error page or to the log-in for editors,
a message of an application, or the home page in place of what was asked for. An answer like that to a random address
beside it is *evidence of nothing*: catch-all folders, applications of one page and gateways answer everything alike.
Never an error: pages of sign-on and payment, pages that only a browser can fill, and hosts of others, who say it with
status 404 or 410. Not here: redirects to the home page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from checks.case import Case, Visit
from checks.derivations import once
from checks.finding import Verdict
from checks.page.boilerplate import best_view, reading
from checks.page.boxes import own_groups
from checks.page.content import PageContent
from checks.page.error_wording import is_missing, said
from checks.page.similarity import masked, only_in
from checks.page.wordlist import known_host, spread
from claims.persian import fold
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.records import Capture
from web.document import Document
from web.urls import folder, host, identity, path

Sign = Literal["wording", "error_message", "error_address", "editors_login", "front_page", "like_missing"]

# What a page may say beside what a random path gets: a request number, the address asked for.
_OWN_WORDS = 24
_LOST = 120  # Letters of a random path's page that another may lack and still be the same. By hand.
_LEAST = 40  # Letters of a page below which nothing is compared: two empty pages are alike. By hand.
_MESSAGE = 2_000  # Bytes of an application's error message. Longer is data.
_ROOT_TEXT, _SHELL = (
    80,
    200,
)  # characters of an application's root, and of a page, that a script still fills. By hand
_GONE = (404, 410)  # What a server says of an address that is not there
# Applications that a script runs, whatever the server put into their root.
_ROOT = "#root, #app, #__next, #__nuxt, app-root, [ng-app], [ng-version], [data-reactroot], #application"
_ERROR_ADDRESS = re.compile(
    r"(?:^|[/?&=_-])(?:404|error-?404|(?:page-?)?not-?found)(?:[./?&;]|$)|aspxerrorpath=", re.IGNORECASE
)
# Log-ins of content systems to which an address for editors leads: by their own path, or by where they lead back to.
_EDITORS = re.compile(
    r"/(?:admin|admin-?panel|administrator|wp-admin|cms|cms-?admin|backend|sitefinity|umbraco|typo3)/(?:[^?]*/)?"
    r"(?:log-?in|log-?on|sign-?in|auth\w*)\b|/wp-login\.php|/administrator/?(?:index\.php)?$"
    r"|(?:log-?in|log-?on|sign-?in|authenticate)(?:\.\w+)?/?\?(?:.*&)?(?:destination|return-?url|returnto|redirect_to|source|next)="
    r"(?:https?:(?://|%2f%2f)[^/%]+)?(?:/|%2f)?(?:node(?:/|%2f)(?:add|\d+(?:/|%2f)edit)|admin|wp-admin|_layouts|desktopmodules)",
    re.IGNORECASE,
)
# Addresses at which a home page is at home.
_FRONT = re.compile(
    r"(?:fa|en|ar|index|default|home|main|portal|web|site)(?:[-_]\w\w)?(?:\.\w{1,5})?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """reason: `soft_404`, or `server_error` where the server says that it broke. sign: what says so. text: the words."""

    reason: Literal["soft_404", "server_error"]
    sign: Sign
    text: str = ""

    @property
    def verdict(self) -> Verdict:
        return "contradicted" if self.reason == "soft_404" else "inconclusive"


def error_answer(case: Case, capture: Capture) -> ErrorAnswer | None:
    """What makes an answer with status 200 an error; None when nothing does. `capture`: an exchange or a rendered page."""
    facts = capture.facts
    final = facts.final_url if isinstance(facts, PageFacts) else capture.url
    if not _may_be_error(case, capture, final):
        return None
    if isinstance(facts, HttpFacts) and not case.is_html(capture):
        return _by_message(case, capture)
    page = reading(case, capture)
    if (words := said(page, _own_fields(case, page), _names(case))) is not None:
        return ErrorAnswer("soft_404" if words.kind == "missing" else "server_error", "wording", words.text)
    if (sign := _by_address(case, capture, final, page)) is not None:
        return ErrorAnswer("soft_404", sign, page.text[:300])
    if _is_application(page) and isinstance(facts, HttpFacts):
        return None
    if _like_missing(case, capture, page):
        return ErrorAnswer("soft_404", "like_missing", page.text[:300])
    if answered_alike(case, capture) and _is_front(case, capture, page):
        return ErrorAnswer("soft_404", "front_page", page.text[:300])
    return None


def front_instead(case: Case, visit: Visit) -> bool:
    """Whether an address and all random ones beside it are sent on to the home page."""
    first, home = visit.first, identity(case.agency.portal)
    if len(visit.hops) < 2 or _is_named_front(first.url) or not case.owns(host(first.url)):
        return False
    homes = {home, *(identity(v.final.url) for v in case.visits(case.agency.portal)[:1])}
    answers = [c.facts for c in _siblings(case, first) if isinstance(c.facts, HttpFacts)]
    return (
        identity(visit.final.url) in homes
        and identity(first.url) not in homes
        and bool(answers)
        and all(facts.redirect is not None and identity(facts.redirect) in homes for facts in answers)
    )


def answered_alike(case: Case, capture: Capture) -> bool:
    """Whether the answer is what random addresses beside it get, so that it says nothing of what was asked for.

    False for pages of sign-on and payment and for those that a script fills: that they are alike is how they are made.
    """
    return case.derived(("answered alike", capture.id), partial(_answered_alike, case, capture))


def needs_browser(page: PageContent) -> bool:
    """Whether the page as the server sent it is a shell that a script fills."""
    document = page.document
    if not document.scripts:
        return False
    root = document.tree.css_first(_ROOT)
    if root is not None and len(" ".join(root.text(deep=True).split())) < _ROOT_TEXT:
        return True
    return len(page.text) < _SHELL and _asks(page) == 0


def _is_application(page: PageContent) -> bool:
    """A page that scripts may fill with another: only a browser shows which."""
    return needs_browser(page) or (
        bool(page.document.scripts) and page.document.tree.css_first(_ROOT) is not None
    )


def _may_be_error(case: Case, capture: Capture, final: str) -> bool:
    facts = capture.facts
    if _of_gateway(final):
        return False
    addresses = [*(one.url for one in case.services), *(one.url for one in case.datasets)]
    claimed = {host(url) for url in addresses if url}
    if not case.owns(host(final)) and host(final) not in claimed:
        return False
    if isinstance(facts, HttpFacts):
        return facts.status == 200 and facts.truncated is None
    return _answered_well(case, capture)


def _of_gateway(url: str) -> bool:
    return any(known_host(kind, host(url)) for kind in ("sso", "payment"))


def _answered_well(case: Case, capture: Capture) -> bool:
    facts = capture.facts
    if isinstance(facts, HttpFacts):
        return facts.status == 200 and facts.truncated is None and case.is_html(capture)
    return isinstance(facts, PageFacts) and facts.finished and facts.status in (None, 200)


# what says it


def _by_message(case: Case, capture: Capture) -> ErrorAnswer | None:
    """A small object of JSON whose status, code or message says that there is nothing."""
    facts = capture.facts
    if not isinstance(facts, HttpFacts) or not 0 < facts.size <= _MESSAGE:
        return None
    if "json" not in (facts.header("content-type") or "").lower():
        return None
    body = case.evidence.body(capture.id).decode("utf-8", "replace")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return ErrorAnswer("soft_404", "error_message", body[:300]) if _tells_missing(told) else None


def _tells_missing(told: Any) -> bool:
    if not isinstance(told, dict):
        return False
    parts = [told, *(part for part in told.values() if isinstance(part, dict))]
    for part in parts:
        named = {str(name).lower(): value for name, value in part.items()}
        codes = [named.get(name) for name in ("status", "statuscode", "status_code", "code", "httpstatus")]
        if any(str(code) in ("404", "410") for code in codes if isinstance(code, int | str)):
            return True
        words = [named.get(name) for name in ("error", "message", "detail", "title", "msg")]
        if len(told) <= 3 and any(isinstance(text, str) and is_missing(text) for text in words):
            return True
    return False


def _by_address(case: Case, capture: Capture, final: str, page: PageContent) -> Sign | None:
    """A redirect from another address to one for errors, or to the log-in of those who edit the portal."""
    first = _first_url(case, capture)
    if identity(first) == identity(final):
        return None
    if _ERROR_ADDRESS.search(_local(final)) and not _ERROR_ADDRESS.search(_local(first)):
        return "error_address"
    if is_for_editors(final) and not is_for_editors(first) and _has_password(page):
        return "editors_login"
    return None


def is_for_editors(url: str) -> bool:
    """Whether the address is that of a content system's log-in, for those who edit the portal."""
    return _EDITORS.search(_local(url)) is not None


def _first_url(case: Case, capture: Capture) -> str:
    """Where the redirects began that led to the answer."""
    while isinstance(capture.facts, HttpFacts) and capture.facts.previous is not None:
        capture = case.evidence.get(capture.facts.previous)
    return capture.url


def _local(url: str) -> str:
    return "/" + url.partition("://")[2].partition("/")[2]


def _has_password(page: PageContent) -> bool:
    return page.document.tree.css_first("input[type=password i]") is not None


def _like_missing(case: Case, capture: Capture, page: PageContent) -> bool:
    """Random addresses beside it get this very page with status 404."""
    answers = _siblings(case, capture)
    told = [
        c for c in answers if isinstance(c.facts, HttpFacts) and c.facts.status in _GONE and case.is_html(c)
    ]
    if not told or len(told) < len(answers) or _has_password(page):
        return False
    words = _words(page)
    return bool(words) and all(words == _words(reading(case, other)) for other in told)


def _is_front(case: Case, capture: Capture, page: PageContent) -> bool:
    """The home page, or the first page of a folder above, stands in place of what was asked for.

    Numbers on a home page are clocks and counters; those of a folder may be all that parts one month from another.
    """
    url = capture.url
    if _is_named_front(url):
        return False
    for front in _fronts(case, url):
        view = best_view(case, front) if isinstance(capture.facts, PageFacts) else front
        key = masked if path(front.url) in ("", "/") else fold
        words = _words(page, key)
        if identity(front.url) != identity(url) and words and words == _words(reading(case, view), key):
            return True
    return False


def _is_named_front(url: str) -> bool:
    return all(_FRONT.fullmatch(name) for name in path(url).split("/") if name)


def _fronts(case: Case, url: str) -> list[Capture]:
    """Good answers of the portal's home page and of the folders above an address, the address itself not among them."""
    above, found = folder(url), [case.agency.portal]
    while above.count("/") >= 3:
        found += [above, above.rstrip("/")] if above.count("/") > 3 else [above]
        above = above.rstrip("/").rpartition("/")[0] + "/"
    visits = [visit for address in dict.fromkeys(found) for visit in case.visits(address)[:1]]
    return [visit.final for visit in visits if _answered_well(case, visit.final)]


def _words(page: PageContent, key: Callable[[str], str] = fold) -> frozenset[str]:
    """The lines of a page outside menus and the like; none where they are too few to know it by."""
    lines = frozenset(key(line.text) for line in page.lines if not line.framed)
    return lines if sum(map(len, lines)) >= _LEAST else frozenset()


# what random addresses get


def _siblings(case: Case, capture: Capture) -> list[Capture]:
    """Answers to random addresses in the folder, or in the nearest one above in which some were asked for."""
    above = folder(capture.url)
    while above.count("/") >= 3:
        if found := [c for c in case.siblings(above) if identity(c.url) != identity(capture.url)]:
            return found
        above = above.rstrip("/").rpartition("/")[0] + "/"
    return []


def _answered_alike(case: Case, capture: Capture) -> bool:
    facts = capture.facts
    final = facts.final_url if isinstance(facts, PageFacts) else capture.url
    if path(capture.url) in ("", "/") or capture.purpose in ("home", "sibling") or _of_gateway(final):
        return False
    if not _answered_well(case, capture):
        return False
    siblings = _siblings(case, capture)
    answers = [c for c in siblings if _answered_well(case, c)]
    if not answers or len(answers) < len(siblings):
        return False
    page = reading(case, capture)
    if _asks_for_password(case, page):
        return False
    if isinstance(facts, HttpFacts) and needs_browser(page):
        return False  # every path of such an application gets the same shell
    if isinstance(facts, PageFacts):
        answers = [best_view(case, c) for c in answers]
        if not any(isinstance(c.facts, PageFacts) for c in answers) and any(
            needs_browser(reading(case, c)) for c in answers
        ):
            return False
    return all(_same_page(page, reading(case, answer)) for answer in answers)


def _same_page(page: PageContent, other: PageContent) -> bool:
    if _fields(page) != _fields(other):
        return False
    here = [line.text for line in page.lines] + [page.document.title]
    there = [line.text for line in other.lines] + [other.document.title]
    address = set(spread(path(page.document.url).replace("/", " ").replace("-", " ")).split())
    extra = [word for line in only_in(here, there) for word in spread(line).split() if word not in address]
    lost = sum(len(spread(line)) for line in only_in(there, here))
    return sum(len(word) for word in extra) <= _OWN_WORDS and lost <= _LOST


def _fields(page: PageContent) -> list[str]:
    return sorted(
        node.attributes.get("name") or ""
        for node in page.document.tree.css("input, select, textarea")
        if (node.attributes.get("type") or "text").lower() != "hidden"
    )


# what the portal has anyway


def _asks(page: PageContent, known: frozenset[str] = frozenset()) -> int:
    """Fields that a person fills in; those of the home page (search, login, newsletter) are not the page's own."""
    return sum(
        1
        for node in page.document.tree.css("input, textarea, select")
        if (node.attributes.get("type") or "text").lower()
        not in ("hidden", "submit", "button", "image", "reset", "search", "checkbox", "radio")
        and "search" not in (name := (node.attributes.get("name") or "").lower())
        and name not in known
    )


def _own_fields(case: Case, page: PageContent) -> int:
    """Fields that a person fills in, without those of the home page and of boxes that most pages show."""
    asked = _asks(page, _home_fields(case))
    if asked <= 1:
        return asked
    return min(asked, sum(len(members) for _, members in own_groups(case, page)))


def _asks_for_password(case: Case, page: PageContent) -> bool:
    """A page of sign-on: one with a password that the home page does not ask for."""
    known = _home_fields(case)
    return any(
        (node.attributes.get("name") or "").lower() not in known
        for node in page.document.tree.css("input[type=password i]")
    )


@once
def _home_fields(case: Case) -> frozenset[str]:
    """Names of the fields on the home page."""
    return frozenset(
        (node.attributes.get("name") or "").lower()
        for document in _home(case)
        for node in document.tree.css("input, textarea, select")
    )


def _names(case: Case) -> frozenset[str]:
    """What the portal is called: the agency's name, and the title of its home page with its parts."""
    return case.derived("portal names", lambda: frozenset(_named(case)))


def _named(case: Case) -> Iterator[str]:
    yield case.agency.name
    for document in _home(case):
        yield document.title
        yield from (line.text for line in PageContent(document).lines if 0 < line.heading <= 2)


def _home(case: Case) -> list[Document]:
    return [
        case.document(visit.final)
        for visit in case.visits(case.agency.portal)[:1]
        if case.is_html(visit.final)
    ]
