"""`sitemap.menu` (U10): does the portal's map list what its menu leads to? One finding about the map.

Looked at: links of the home page's menus, footers and side columns left out, and those of the map beside the menu that
it shows too. Not looked at: maps for machines (`sitemap.xml`), and what is deeper than the menu. Whether there is a map
at all is the element's own question (`elements.sitemap`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from selectolax.lexbor import LexborNode

from checks.case import Case
from checks.elements.leads import home_pages
from checks.elements.sections import Section, section
from checks.finding import Finding, Verdict
from checks.inert_scripts import read_to_its_end
from checks.page.boilerplate import reading
from checks.page.content import PageContent
from checks.page.lines import TextBlock
from checks.page.page import Page
from checks.page.tree import ancestry
from checks.page.wordlist import patterns
from checks.reasons import PORTAL
from checks.services.visit.seen import homes
from checks.user.second_language import second_languages
from checks.word_sets import OF_SECTIONS
from claims.hosts import own_hosts
from web.urls import host, identity, path, split_fragment

SECTION = "sitemap"
_TEXTS = {"criterion": "map_covers_menu", "effect": "share_of_menu"}
# Menus change by a line or two before the map does.
_ENOUGH = 0.9
_DEEP = 14  # Elements above a link where a menu may begin. Higher is the page. By hand.
_MENU_NAME = re.compile(
    r"(?:^|[\s_-])(?:main|top|mega|site|primary|header|dnn|nav)?-?_?(?:nav(?:bar|igation)?|menu(?:bar)?)(?:$|[\s_-])"
)
_ASIDE_NAME = re.compile(r"foot|breadcrumb|side-?bar|widget|copyright")
_MOST = 400  # Entries of a menu that the map is compared with. Later ones are not.
_MOST_TOLD = 10  # Entries that a finding names. The counts are of all.


class SitemapMenu:
    """One finding about the map."""

    id = "sitemap.menu"
    version = 2
    reasons = PORTAL
    words = (
        *OF_SECTIONS,
        "page/words/languages.toml",
    )

    def judge(self, case: Case) -> Iterator[Finding]:
        found = section(case, SECTION)
        if not found.pages:
            yield found.missing(self, case, **_TEXTS)
            return
        menu = _menu(case, {identity(page.url) for page in found.pages})
        listed = [_listed(case, page) for page in found.pages]
        best = max(range(len(listed)), key=lambda number: (len(listed[number] & menu.keys()), -number))
        yield self._finding(case, found, found.pages[best], menu, listed[best])

    def _finding(
        self, case: Case, found: Section, page: Page, menu: dict[str, str], listed: set[str]
    ) -> Finding:
        missing = [words for key, words in menu.items() if key not in listed]
        whole = read_to_its_end(case, page.capture)
        observed: dict[str, Any] = {
            "menu_links": len(menu),
            "menu_listed": len(menu) - len(missing),
            "unsettled": 0 if whole else len(missing),
            "menu_unlisted": missing[:_MOST_TOLD],
        }
        full = bool(menu) and observed["menu_listed"] >= _ENOUGH * len(menu)
        reason = None
        if not menu:
            # where no menu is to be seen there is nothing that a map could lack
            reason = "not_attempted"
        elif not whole and not full:
            reason = "needs_browser" if observed["menu_listed"] == 0 else None
        verdict: Verdict = "inconclusive" if reason else "verified" if full else "partial"
        return found.about(self, case, page, verdict, reason, observed, **_TEXTS)


def _menu(case: Case, maps: set[str]) -> dict[str, str]:
    """What the home page's menus lead to on the agency's hosts, by identity, with the words of the links."""
    found: dict[str, str] = {}
    own = own_hosts(case.agency)
    # the way home, the map itself, and a language that has a map of its own or none
    aside = homes(case) | maps | {identity(one.url) for one in second_languages(case)}
    for capture in home_pages(case)[:1]:
        page = reading(case, capture)
        mine = {id(line) for line in page.own}
        framed = [line for line in page.lines if line.anchors and id(line) not in mine and not _aside(line)]
        # where nothing is marked as a menu, what the portal shows on all its pages is one, and else the whole page
        marked = [line for line in framed if _in_menu(line)]
        for key, words, url in _targets(page, marked or framed or list(page.lines)):
            if key in aside or host(url) not in own or len(found) >= _MOST or _is_story(url):
                continue
            if words:
                found.setdefault(key, words)
    return found


def _is_story(url: str) -> bool:
    """The latest news stand in a box of many frames, and belong to no menu."""
    news = any(
        pattern.search(path(url).lower()) for pattern in patterns("page/words/pages.toml", "news_paths")
    )
    return news and re.search(r"\d", path(url)) is not None


def _listed(case: Case, page: Page) -> set[str]:
    """What the map leads to in its own text, or more often than the home page's frame does."""
    own = {key for key, _, _ in _targets(page.reading, page.reading.own)}
    here = Counter(key for key, _, _ in _targets(page.reading, page.reading.lines))
    usual: Counter[str] = Counter()
    for capture in home_pages(case)[:1]:
        home = reading(case, capture)
        mine = {id(line) for line in home.own}
        usual.update(
            key for key, _, _ in _targets(home, (line for line in home.lines if id(line) not in mine))
        )
    return own | {key for key, number in here.items() if number > usual[key]}


def _targets(page: PageContent, lines: Iterable[TextBlock]) -> Iterator[tuple[str, str, str]]:
    """(identity, words, address) of every link in the lines."""
    for line in lines:
        for anchor in line.anchors:
            href = (anchor.attributes.get("href") or "").strip()
            url = page.target(anchor) if href and not href.startswith("#") else None
            if url is not None:
                words = " ".join(anchor.text(deep=True, separator=" ").split())
                yield identity(split_fragment(url)[0]), words[:200], url


def _in_menu(line: TextBlock) -> bool:
    return any(
        node.tag == "nav"
        or (node.attributes.get("role") or "").lower() in ("navigation", "menubar", "menu")
        or _MENU_NAME.search(_names(node)) is not None
        for node in ancestry(line.node, _DEEP)
    )


def _aside(line: TextBlock) -> bool:
    """In a footer, a side column or the path to the page."""
    return any(
        node.tag in ("footer", "aside") or _ASIDE_NAME.search(_names(node)) is not None
        for node in ancestry(line.node, _DEEP)
    )


def _names(node: LexborNode) -> str:
    if node.tag in ("body", "html", "form"):
        return ""  # they tell of the page as a whole
    return f"{node.attributes.get('id') or ''} {node.attributes.get('class') or ''}".lower()


CHECK = SitemapMenu()
