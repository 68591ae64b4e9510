"""Does an answer with status 200 say that the page is not there?

Two kinds of evidence: the page says so itself in its title or heading, or the server says the same to random
paths of the same folder. Not here: redirects to the home page, and pages that only a browser can fill.
"""

from __future__ import annotations

from typing import Literal

from checks.case import Case
from checks.frame import best_view, reading
from checks.reading import Reading
from checks.similarity import only_in
from checks.wordlist import patterns, phrases, spread
from evidence.records import Capture, HttpFacts, PageFacts
from evidence.urls import folder, identity, path

Sign = Literal["wording", "like_random_path"]

_SHORT = 500
# What a page may say beside what a random path gets: a request number, the address asked for.
_OWN_WORDS = 24


def soft_404(case: Case, capture: Capture) -> Sign | None:
    """How the page says that it is not there; None when it does not. `capture`: an HTML answer or a rendered page."""
    if not _answered_well(case, capture):
        return None
    if said(case, capture) is not None:
        return "wording"
    return "like_random_path" if _like_random_path(case, capture) else None


def said(case: Case, capture: Capture) -> str | None:
    """The title or heading that says that there is no such page; None when none does."""
    page = reading(case, capture)
    words, alone = phrases("soft404.toml", "wording"), phrases("soft404.toml", "alone")
    headings = [line.text for line in page.headings if line.heading <= 3 or line.heading == 7][:3]
    asks = _asks(page, _home_fields(case)) > 1
    substance = len(page.text) > 3 * _SHORT or asks
    main = page.main_heading
    for text in headings:
        first = main is None or text == main.text
        if not substance and (words.find(text) or (first and alone.is_whole(text))):
            return text
    if len(page.text) > _SHORT or asks:
        return None
    if words.find(page.document.title):
        return page.document.title
    lines = (line.text for line in page.own if len(line.text) < 200)
    return next((text for text in lines if words.find(text) and not _supposes(text)), None)


def _supposes(text: str) -> bool:
    """«اگر پرونده مورد نظر یافت نشد، …»: what to do then is no statement that it is so."""
    return any(pattern.search(spread(text)) for pattern in patterns("soft404.toml", "supposed"))


def needs_browser(page: Reading) -> bool:
    """Whether the page as the server sent it is a shell that a script fills."""
    document = page.document
    if not document.scripts:
        return False
    root = document.tree.css_first(
        "#root, #app, #__next, #__nuxt, app-root, [ng-app], [ng-version], [data-reactroot], #application"
    )
    if root is not None and len(" ".join(root.text(deep=True).split())) < 80:
        return True
    if any(_asks_for_scripts(node.text(deep=True)) for node in document.tree.css("body noscript")):
        return len(page.text) < 1_000
    return len(page.text) < 200 and _asks(page) == 0


def _asks_for_scripts(text: str) -> bool:
    return phrases("pages.toml", "enable_scripts").find(text) is not None


def _answered_well(case: Case, capture: Capture) -> bool:
    facts = capture.facts
    if isinstance(facts, HttpFacts):
        return facts.status == 200 and facts.truncated is None and case.is_html(capture)
    return isinstance(facts, PageFacts) and facts.finished and facts.status in (None, 200)


def _asks(page: Reading, known: frozenset[str] = frozenset()) -> int:
    """Fields that a person fills in; those of the home page (search, login, newsletter) are not the page's own."""
    return sum(
        1
        for node in page.document.tree.css("input, textarea, select")
        if (node.attributes.get("type") or "text").lower()
        not in ("hidden", "submit", "button", "image", "reset", "search", "checkbox", "radio")
        and "search" not in (name := (node.attributes.get("name") or "").lower())
        and name not in known
    )


def _home_fields(case: Case) -> frozenset[str]:
    """Names of the fields on the home page."""
    return case.derived(
        "home fields",
        lambda: frozenset(
            (node.attributes.get("name") or "").lower()
            for visit in case.visits(case.agency.portal)[:1]
            if case.is_html(visit.final)
            for node in case.document(visit.final).tree.css("input, textarea, select")
        ),
    )


def _like_random_path(case: Case, capture: Capture) -> bool:
    url = capture.url
    if path(url) in ("", "/") or capture.purpose in ("home", "sibling"):
        return False
    siblings = [c for c in case.siblings(folder(url)) if identity(c.url) != identity(url)]
    answers = [c for c in siblings if _answered_well(case, c)]
    if not answers or len(answers) < len(siblings):
        return False
    page = reading(case, capture)
    if isinstance(capture.facts, HttpFacts) and needs_browser(page):
        return False  # every path of such an application gets the same shell
    if isinstance(capture.facts, PageFacts):
        answers = [best_view(case, c) for c in answers]
        if not any(isinstance(c.facts, PageFacts) for c in answers) and any(
            needs_browser(reading(case, c)) for c in answers
        ):
            return False
    return all(_same_page(page, reading(case, answer)) for answer in answers)


def _same_page(page: Reading, other: Reading) -> bool:
    if _fields(page) != _fields(other):
        return False
    here = [line.text for line in page.lines] + [page.document.title]
    there = [line.text for line in other.lines] + [other.document.title]
    address = set(spread(path(page.document.url).replace("/", " ").replace("-", " ")).split())
    extra = [word for line in only_in(here, there) for word in spread(line).split() if word not in address]
    lost = sum(len(spread(line)) for line in only_in(there, here))
    return sum(len(word) for word in extra) <= _OWN_WORDS and lost <= 120


def _fields(page: Reading) -> list[str]:
    return sorted(
        node.attributes.get("name") or ""
        for node in page.document.tree.css("input, select, textarea")
        if (node.attributes.get("type") or "text").lower() != "hidden"
    )
