"""Boxes of fields that a portal shows on most of its pages: log-in, search, newsletter, tracking. None is a page's own.

Learned over the same sample as the frame's lines (`checks.page.boilerplate`). What a box is for, `services.forms` says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median_high

from checks.case import Case
from checks.derivations import once
from checks.page.boilerplate import best_view, sample
from checks.page.content import PageContent
from checks.page.forms.groups import Group, Signature, button_texts, framed, groups, groups_of, signature
from checks.page.wordlist import matches, phrases
from evidence.records import Capture
from web.document import Document
from web.urls import host, identity, path

_LOGIN_PATH = re.compile(
    r"(?:^|[/._-])(?:log-?in|sign-?in|log-?on|auth|vorood|vorud)(?:$|[/._-])", re.IGNORECASE
)
_TITLE_PARTS = re.compile(r"[|–—:«»]|\s-\s")
_FORMS = "page/words/forms.toml"
# So few pages beside the home page tell nothing: it may be the entry itself.
_FEWEST = 2
# Where the home page lacks it: a small box, on nearly all pages, of different parts of the portal; or on most pages of many.
_FEWEST_AWAY, _PARTS, _MANY_PARTS = 3, 2, 5
# Fields of a small box, such as a search or a newsletter. Larger forms stay a page's own. By hand.
_SMALL = 2
_SPLASH = 3  # addresses


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a box stands: on the home page, and on `pages` of `of` others, in so many parts of the portal.

    login: it asks for a password. copies: as often as it usually stands on one page.
    """

    at_home: bool
    pages: int
    of: int
    parts: int
    small: bool
    login: bool
    copies: int

    @property
    def is_of_portal(self) -> bool:
        if self.at_home:
            return self.of >= _FEWEST and self.pages * 2 >= self.of
        if not self.small or self.pages < _FEWEST_AWAY or self.parts < _PARTS:
            return False
        return (self.of - self.pages) * 10 <= self.of or (
            self.pages * 2 >= self.of and self.parts >= _MANY_PARTS
        )


def of_portal(case: Case, page: PageContent) -> frozenset[Signature]:
    """Signatures of the boxes that the page's host shows on most of its pages.

    Of a host with too few pages to tell: those that the portal's home page and most pages beside it show.
    A log-in that stands on the page once more than elsewhere is the page's own. A second newsletter is for telephones.
    """
    name, front = host(page.document.url), host(case.agency.portal)
    wide = _wide(case, name) if _told(case, name) else _wide(case, front)
    here = _boxes(groups_of(page)) if any(one.login for one in wide.values()) else {}
    return frozenset(
        box for box, one in wide.items() if box not in here or not here[box].more_than(one.copies)
    )


@once
def _wide(case: Case, name: str) -> Mapping[Signature, Shown]:
    """The boxes of a portal."""
    return {box: seen for box, seen in shown(case, name).items() if seen.is_of_portal}


def _told(case: Case, name: str) -> bool:
    pages = sample(case, name)
    return len(pages.free) + len(pages.claimed) >= _FEWEST


@once
def shown(case: Case, name: str) -> Mapping[Signature, Shown]:
    """Every box on the sampled pages of a host."""
    pages = sample(case, name)
    others = pages.free if len(pages.free) >= _FEWEST else (*pages.free, *pages.claimed)
    at_home = _boxes(groups(_viewed(case, _behind(case, pages.home)))) if pages.home is not None else {}
    stands: dict[Signature, list[tuple[str, _Box]]] = {box: [] for box in at_home}
    for capture in others:
        part = path(capture.url).lstrip("/").partition("/")[0]
        for box, here in _boxes(groups(_viewed(case, capture))).items():
            stands.setdefault(box, []).append((part, here))
    found: dict[Signature, Shown] = {}
    for box, places in stands.items():
        told = [one for _, one in places] or [at_home[box]]
        found[box] = Shown(
            box in at_home,
            len(places),
            len(others),
            len({part for part, _ in places}),
            told[-1].small,
            any(one.login for one in told),
            median_high(one.copies for one in told),
        )
    return found


def own_groups(case: Case, page: PageContent) -> list[Group]:
    """Groups of fields of the page's own. On a page that is the log-in, the log-in is its own though each page has it."""
    wide, login = of_portal(case, page), is_login(page)
    return [
        (node, members)
        for node, members in groups_of(page)
        if not framed(node)
        and page.holds(node)
        and (
            signature(node, members, button_texts(node)) not in wide
            or (login and any(field.asks == "password" for field in members))
        )
    ]


def is_login(page: PageContent) -> bool:
    """Whether the page says in its title, main heading or address that it is there to log in."""
    main = page.main_heading
    said = (*_TITLE_PARTS.split(page.document.title[:500]), main.text if main is not None else "")
    return any(map(says_login, said)) or _LOGIN_PATH.search(path(page.document.url)) is not None


def says_login(text: str) -> bool:
    """Whether a title or heading names a log-in."""
    listed = phrases("page/words/pages.toml", "login_words")
    told = listed.all(text).difference(phrases(_FORMS, "bare_login").phrases)
    return bool(told) or listed.is_whole(text) or matches(_FORMS, "entrance", text)


def _viewed(case: Case, capture: Capture) -> Document:
    return case.document(best_view(case, capture))


def _behind(case: Case, home: Capture) -> Capture:
    """The page behind the portal's splash page, which leads to hardly anything else; the home page itself where it is none."""
    if host(home.url) != host(case.agency.portal) or _boxes(groups(_viewed(case, home))):
        return home
    ahead = _ahead(case, home)
    if not 0 < len(ahead) <= _SPLASH:
        return home
    pages = (visit.final for url in ahead.values() for visit in case.visits(url)[:1])
    return next(
        (page for page in pages if case.is_html(page) and len(_ahead(case, page)) > 2 * _SPLASH), home
    )


def _ahead(case: Case, page: Capture) -> dict[str, str]:
    """Other addresses of its host that a page leads to, each once."""
    document = _viewed(case, page)
    leads = [link.url for link in document.links if host(link.url) == host(page.url)]
    leads += [document.refresh] if document.refresh else []
    found = {identity(url): url for url in reversed(leads)}
    found.pop(identity(page.url), None)
    return dict(reversed(found.items()))


@dataclass(frozen=True, slots=True)
class _Box:
    """login: it asks for a password. small: a log-in, or hardly anything to fill in. copies: as often as it stands here."""

    login: bool
    small: bool
    copies: int

    def more_than(self, usual: int) -> bool:
        return self.login and self.copies > usual


def _boxes(found_groups: Iterable[Group]) -> dict[Signature, _Box]:
    found: dict[Signature, _Box] = {}
    for node, members in found_groups:
        if not framed(node):
            box = signature(node, members, button_texts(node))
            asks = [field.asks for field in members]
            login = "password" in asks
            small = login or sum(ask != "captcha" for ask in asks) <= _SMALL
            found[box] = _Box(login, small, found[box].copies + 1 if box in found else 1)
    return found
