"""Where a portal has pages in another language: the links of its home page, and what stands behind them. Gives no finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from checks.case import Case, Check, Visit
from checks.derivations import once
from checks.elements.absence import complete_look, not_found
from checks.elements.leads import home_pages
from checks.elements.pages import RANK
from checks.finding import Finding, Subject, Verdict
from checks.inert_scripts import settled
from checks.outcome import received, unattempted
from checks.page.boilerplate import reading
from checks.page.content import PageContent
from checks.page.soft404 import answered_alike, error_answer
from checks.page.wordlist import Phrases, table
from checks.services import wording
from checks.services.visit.blockers import blockers
from checks.services.visit.browsed import view_of
from checks.services.visit.seen import homes
from checks.user.language_detection import FILE, SECOND, Language, detect_language
from evidence.records import Capture
from web.urls import host, identity, is_web

# Words of the other language. Two paragraphs have eighty; fewer are thin. What a menu, a copyright and a welcome come to
# is below twenty-five: an empty shell.
ENOUGH, LITTLE = 80, 25
_MOST_LEADS = 4  # Links to a second language that are followed. Later ones are not. By hand.
_LONGEST = 40  # Characters of the words of such a link. Longer is a sentence.


@dataclass(frozen=True, slots=True)
class LanguagePage:
    """What one target came to. language: as the link says. words: of the language, in the page's own text.

    page: that was read; None where none was.
    """

    language: Language | None
    url: str
    verdict: Verdict
    reason: str | None
    ids: tuple[str, ...] = ()
    attempts: int = 0
    words: int = 0
    excerpt: str = ""
    page: Capture | None = None


@once
def second_languages(case: Case) -> tuple[LanguagePage, ...]:
    """What each link to another language came to, best first."""
    found = [_follow(case, language, url) for language, url in _leads(case)]
    return tuple(sorted(found, key=lambda one: (RANK[one.verdict], -one.words, one.url)))


def _leads(case: Case) -> list[tuple[Language, str]]:
    """By the words or the `hreflang` of links, each address once."""
    found: dict[tuple[Language, str], tuple[Language, str]] = {}
    for capture in home_pages(case):
        for language, url in _switches(case, capture):
            if case.owns(host(url)):
                found.setdefault((language, identity(url)), (language, url))
    return list(found.values())[:_MOST_LEADS]


def _switches(case: Case, capture: Capture) -> Iterator[tuple[Language, str]]:
    document = case.document(capture)
    for node in document.tree.css("a[href], link[rel~=alternate][hreflang]"):
        url = document.resolve((node.attributes.get("href") or "").strip())
        if url is None or not is_web(url):
            continue
        marked = (node.attributes.get("hreflang") or "").lower().partition("-")[0].strip()
        told = " ".join(node.text(deep=True, separator=" ").split())
        icon = node.css_first("img[alt]")
        told = told or (
            icon.attributes.get("alt") or "" if icon is not None else node.attributes.get("title") or ""
        )
        for language in SECOND:
            if marked == language or (
                len(told) <= _LONGEST and phrases_of(language, "switch").is_whole(told)
            ):
                yield language, url.partition("#")[0]


def phrases_of(language: Language, key: str) -> Phrases:
    return Phrases(table(FILE)["language"][language][key])


def _follow(case: Case, language: Language, url: str) -> LanguagePage:
    if identity(url) in homes(case):
        return LanguagePage(
            language, url, "inconclusive", "needs_browser"
        )  # a switch that a script works, or none at all
    visits = case.visits(url)
    if not visits:
        return LanguagePage(language, url, "inconclusive", unattempted(case, url))
    looks = [_visit(case, language, url, visit) for visit in visits]
    best = min(looks, key=lambda one: RANK[one.verdict])
    ids = tuple(dict.fromkeys(id for one in looks for id in one.ids))
    alike = sum((one.verdict, one.reason) == (best.verdict, best.reason) for one in looks)
    best = replace(best, ids=ids, attempts=alike)
    if best.verdict != "contradicted":
        return best
    doubt = next((one for one in looks if one.verdict == "inconclusive"), None)
    if doubt is not None:
        return replace(doubt, ids=ids)
    if alike < len(looks):
        return replace(best, verdict="inconclusive", reason="ambiguous")
    if not case.proven(visits):
        alone = len(visits) < 2 or case.controlled([visits[0].final, visits[-1].final])
        return replace(best, verdict="inconclusive", reason="not_attempted" if alone else "own_error")
    return best


def _visit(case: Case, language: Language, lead: str, visit: Visit) -> LanguagePage:
    url = visit.final.url
    outcome = received(case, visit)
    if outcome is not None:
        return LanguagePage(language, url, outcome[0], outcome[1], visit.ids, 1)
    if identity(url) in homes(case):
        return LanguagePage(language, url, "contradicted", "redirects_home", visit.ids, 1)
    if not case.is_html(visit.final):
        return LanguagePage(language, url, "inconclusive", "no_match", visit.ids, 1)
    view = view_of(case, lead, visit)
    ids = (*visit.ids, *view.ids)
    if view.failure is not None:
        return LanguagePage(language, url, "inconclusive", view.failure, ids, 1)
    capture = view.page or visit.final
    if (error := error_answer(case, capture)) is not None:
        return LanguagePage(language, url, error.verdict, error.reason, ids, 1)
    seen = _judged(case, language, capture, url, ids)
    if seen.verdict in ("partial", "contradicted") and answered_alike(case, capture):
        return replace(seen, verdict="inconclusive", reason="ambiguous", page=None)
    return seen


def _judged(case: Case, language: Language, capture: Capture, url: str, ids: tuple[str, ...]) -> LanguagePage:
    page = reading(case, capture)
    text = own_text(page)
    said = detect_language(text)
    seen = LanguagePage(language, url, "verified", None, ids, 1, said.words, text[:300], capture)
    filled = Phrases(table(FILE)["language"]["any"]["filler"]).find(text) is not None
    if (filled and said.words < ENOUGH * 2) or wording.placeholder(page) is not None:
        return replace(seen, verdict="contradicted", reason="hollow", page=None)
    if said.language == language:
        if said.words >= ENOUGH:
            return seen
        if said.words >= LITTLE:
            return replace(seen, verdict="partial")
    if not settled(case, capture):
        return replace(seen, verdict="inconclusive", reason="needs_browser", page=None)
    if page.document.cut:
        return replace(seen, verdict="inconclusive", reason="limit", page=None)
    if said.language == "fa":
        return replace(seen, verdict="contradicted", reason="not_translated", page=None)
    if said.words < LITTLE:
        if (held := next(blockers(case, page, capture), None)) is not None:
            return replace(seen, verdict="inconclusive", reason=held.reason, page=None)
        return replace(seen, verdict="contradicted", reason="hollow", page=None)
    return replace(seen, verdict="inconclusive", reason="ambiguous", page=None)


def own_text(page: PageContent) -> str:
    """The page's own text; controls and options are no content."""
    return " ".join(line.text for line in page.own if line.tag not in ("option", "button", "select"))


def best_language(case: Case) -> LanguagePage:
    """The best of the languages; a doubt goes before a contradiction, for the other may be good."""
    seen = second_languages(case)
    if not seen:
        none = not_found(case)
        return LanguagePage(
            None, case.agency.portal, "inconclusive", none.reason, none.captures, none.attempts
        )
    doubt = next((one for one in seen if one.verdict == "inconclusive"), None)
    return doubt if seen[0].verdict == "contradicted" and doubt is not None else seen[0]


def language_finding(
    check: Check,
    case: Case,
    seen: LanguagePage,
    verdict: Verdict,
    reason: str | None,
    observed: dict[str, Any],
    ids: tuple[str, ...] = (),
) -> Finding:
    told: dict[str, Any] = {"language": seen.language, "url": seen.url, **observed}
    if seen.language is None and reason == "no_match":
        told["complete_look"] = complete_look(case)
    settled = verdict in ("verified", "partial", "contradicted")
    name = "second_language" if check.id == "pages.language" else "language_services"
    rests = (*(capture.id for capture in home_pages(case)[:1]), *seen.ids, *ids)
    about = Subject("agency", case.agency.id, seen.url)
    codes = {"criterion": name, "effect": "half_of_language" if settled else ""}
    return case.finding(check, about, verdict, reason, told, rests, seen.attempts, **codes)
