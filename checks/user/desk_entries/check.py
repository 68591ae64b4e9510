"""`desk.entries` (U03): do the entries of the service desk lead on, and are they as many as was claimed?

Looked at: own links of the desk's pages, and of the further pages of its list as far as they were visited: rows, cards,
tabs. A link is an entry when its words, or those of its row or card, name a service, or when it stands in a list most of
whose items do. Not looked at: lists that only a search shows. Whether there is a desk at all is `elements.service_desk`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from selectolax.lexbor import LexborNode

from checks.case import Case
from checks.elements.sections import section
from checks.elements.words import element_ids, names
from checks.finding import Finding, Subject, Verdict
from checks.links.judgements import judgements
from checks.links.outcome import BROKEN, Judgement
from checks.page.controls import Control, controls
from checks.page.page import Page
from checks.page.tree import ancestry
from checks.page.wordlist import patterns, phrases, spread, table
from checks.reasons import PORTAL
from checks.services.actions import route
from checks.services.matching.titles import MATCH, Titles
from checks.services.matching.titles import read as read_title
from checks.services.own_pages import arrive, titles_of
from checks.services.visit.seen import homes
from checks.user.lists import in_same_list
from checks.word_sets import OF_SECTIONS
from claims.persian import digits
from web.links import pressed_target
from web.urls import identity, is_web, path

SECTION = "service_desk"
_TEXTS = {"criterion": "desk_is_complete", "effect": "thirds_of_desk"}
End = Literal["leads", "dead", "open"]
_WORDS = "user/desk_entries/words.toml"
_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|zip|rar|apk|jpe?g|png)(?:$|[?#])", re.IGNORECASE)
_ROWS = frozenset({"tr", "li", "article", "dl"})
_BOXES = frozenset({"div", "section", "td"})
_MOST_PAGES = 50  # Pages of a desk that are read. Later ones are not. By hand.
_MOST_ENTRIES = 3_000  # Entries of a desk. Later ones are not counted. By hand.
# Characters of a row that is one entry. Longer is prose or several entries. Half of it loses entries of the fixtures.
_LONGEST_ROW = 400
_LONGEST_NAME = 200  # Characters of an entry's name. Longer is prose.


@dataclass(slots=True)
class _Entry:
    """One entry. urls: where its links lead, by identity."""

    name: str
    urls: dict[str, str] = field(default_factory=dict)


class DeskEntries:
    """One finding about the desk."""

    id = "desk.entries"
    version = 5
    reasons = PORTAL
    words = OF_SECTIONS

    def judge(self, case: Case) -> Iterator[Finding]:
        found = section(case, SECTION)
        if not found.pages:
            yield found.missing(self, case, **_TEXTS)
            return
        pages, further = _with_further(case, found.pages)
        entries = _entries(case, pages)
        yield self._finding(case, pages, entries, further=further, complete=found.complete)

    def _finding(
        self, case: Case, pages: list[Page], entries: list[_Entry], *, further: int, complete: bool
    ) -> Finding:
        claims = sum(service.electronic for service in case.services)
        told = [[_went(case, url) for url in entry.urls.values()] for entry in entries]
        dead = [e for e, came in zip(entries, told, strict=True) if any(end == "dead" for end, _ in came)]
        unread = sum({end for end, _ in came} in ({"open"}, {"open", "leads"}) for came in told)
        resolving = len(entries) - len(dead) - unread
        observed: dict[str, Any] = {
            "url": pages[0].url,
            "pages": len(pages),
            "entries": len(entries),
            "resolving": resolving,
            "unsettled": unread,
            "claims": claims,
            # pages of the list that were not visited may hold what is missing
            "unlisted": max(0, claims - len(entries)) if further or _unseen(pages) else 0,
            "dead": [{"name": entry.name, "url": next(iter(entry.urls.values()))} for entry in dead[:10]],
        }
        verdict: Verdict = "verified" if resolving == len(entries) >= claims else "partial"
        reason: str | None = None
        if not entries:
            verdict, reason = "inconclusive", "needs_browser" if _unseen(pages) else "no_match"
            observed = {"url": pages[0].url, "claims": claims}
            if reason == "no_match":
                observed["complete_look"] = complete and not further
        elif len(dead) == len(entries):
            verdict, reason = "contradicted", "dead_link"
        elif unread == len(entries):
            verdict, reason = "inconclusive", "not_attempted"
        rests = [id for page in pages for id in page.rests]
        rests += [id for came in told for end, ids in came if end == "dead" for id in ids]
        about = Subject("element", SECTION, pages[0].url)
        attempts = 2 if verdict == "contradicted" else pages[0].attempts
        return case.finding(self, about, verdict, reason, observed, rests, attempts, **_TEXTS)


def _went(case: Case, url: str) -> tuple[End, tuple[str, ...]]:
    """What became of whoever follows an entry, and the captures: as a link of the page where it was judged as one."""
    judged = case.derived(
        "desk links", lambda: {t.key: told for t, told in judgements(case) if t.fragment is None}
    )
    known = judged.get(identity(url)) if not route(url) else None
    if isinstance(known, Judgement) and not any(
        identity(visit.final.url) in homes(case) for visit in known.visits
    ):
        ids = tuple(id for visit in known.visits for id in visit.ids)
        return "leads" if known.reason is None else "dead" if known.reason in BROKEN else "open", ids
    came = arrive(case, url)
    if came.page is not None or came.document or came.gateways:
        return "leads", came.ids
    return "dead" if came.refuted else "open", came.ids


def _unseen(pages: list[Page]) -> bool:
    """Scripts that were not seen at work may list more."""
    return any(page.reading.document.scripts and page.capture.kind != "page" for page in pages)


def _with_further(case: Case, pages: tuple[Page, ...]) -> tuple[list[Page], int]:
    """The desk's pages and the further ones of their lists; how many of these could not be read."""
    found = {identity(page.url): page for page in pages}
    unread: set[str] = set()
    waiting = list(pages)
    while waiting and len(found) < _MOST_PAGES:
        for url in _further(waiting.pop(0)):
            key = identity(url)
            if key in found or key in unread:
                continue
            came = arrive(case, url)
            if came.page is not None:
                found[key] = came.page
                waiting.append(came.page)
            elif not came.refuted:
                unread.add(key)
    return list(found.values()), len(unread)


def _further(page: Page) -> Iterator[str]:
    """Further pages of the same list: its own path with another number, behind a number or «بعدی»."""
    part = "|".join(table(_WORDS)["parts"])
    here = re.sub(r"\d+", "", path(page.url).rstrip("/"))
    for link in page.reading.document.links:
        if link.element != "a" or not link.fetchable or not _turns(link.text):
            continue
        there = re.sub(rf"/(?:{part})?/?\d*$", "", path(link.url).rstrip("/"))
        if re.sub(r"\d+", "", there) in (here, re.sub(rf"/(?:{part})?/?$", "", here)):
            yield link.url


def _turns(words: str) -> bool:
    """Words of a link to another page of a list: a number, «بعدی»."""
    text = digits(words.strip())
    return text.isdigit() or text in ("›", "»", ">", "‹", "«", "<") or phrases(_WORDS, "next").is_whole(text)


def _entries(case: Case, pages: list[Page]) -> list[_Entry]:
    titles = titles_of(case)
    home = homes(case)
    desk = {identity(page.url) for page in pages}
    claimed = {identity(service.url): service.id for service in case.services if service.url}
    found: dict[str, _Entry] = {}
    for page in pages:
        told: list[tuple[Control, str, str, tuple[str, str] | None]] = []
        for control in controls(page.reading):
            url = _target(page, control)
            if url is None or len(told) >= _MOST_ENTRIES:
                continue
            key = url if route(url) else identity(url)
            if not route(url) and (key in home or key in desk or _is_news(url)):
                continue
            told.append((control, key, url, _name(case, titles, control, claimed.get(key))))
        known = [control.node for control, _, _, named in told if named is not None]
        others = [control.node for control, _, _, named in told if named is None]
        alike = in_same_list(known, others)
        for control, key, url, named in told:
            named = named or (_called(control) if control.node.mem_id in alike else None)
            if named is not None and (named[0] in found or len(found) < _MOST_ENTRIES):
                found.setdefault(named[0], _Entry(named[1])).urls.setdefault(key, url)
    return list(found.values())


def _called(control: Control) -> tuple[str, str] | None:
    """What stands in a list of services is one, though its name tells no act: «کارت تردد», «نوبت پزشک»."""
    text = control.text.strip()
    if not 4 <= len(text) <= _LONGEST_NAME or _turns(text) or _is_element(text):
        return None
    if phrases("page/words/pages.toml", "never_action", "not_action", "section_words").find(text) is not None:
        return None
    return f"words:{spread(text)}", text


def _target(page: Page, control: Control) -> str | None:
    href = (control.node.attributes.get("href") or "").strip()
    raw = href if href and not href.lower().startswith(("javascript", "#", "tel:", "mailto:")) else ""
    raw = raw or (href if href.startswith(("#/", "#!/")) else "") or pressed_target(control.node)
    url = page.reading.document.resolve(raw) if raw else None
    return url if url is not None and is_web(url) and not _FILE.search(url) else None


def _name(case: Case, titles: Titles, control: Control, claimed: str | None) -> tuple[str, str] | None:
    """(key, words) of the service that a link is an entry of; None for any other link."""
    text = control.text.strip()
    if claimed is not None:
        return claimed, text[:_LONGEST_NAME]
    never = phrases("page/words/pages.toml", "never_action")
    if never.find(text) is not None or _turns(text) or _is_element(text):
        return None  # «راهنما», «شناسنامه خدمت» beside an entry
    for words in (text, *_around(control.node)):
        if not 4 <= len(words) <= _LONGEST_NAME:
            continue
        match = titles.best(words, case.services)
        if match is not None and match.score >= MATCH:
            return match.service, words
        if _reads_like_one(words):
            return f"words:{spread(words)}", words
    return None


def _is_element(words: str) -> bool:
    """The name of another thing that a portal has: complaints, a survey, tracking for all."""
    return any(names(element).is_whole(words) for element in element_ids())


def _is_news(url: str) -> bool:
    return any(
        pattern.search(path(url).lower()) for pattern in patterns("page/words/pages.toml", "news_paths")
    )


def _reads_like_one(words: str) -> bool:
    """An act and its matter: «صدور پروانه ساختمان»."""
    if phrases("page/words/pages.toml", "not_action", "section_words").find(words) is not None:
        return False
    title = read_title(phrases("page/words/pages.toml", "system_words").removed(words))
    return bool(title.actions) and bool(title.words) and not title.sentence


def _around(node: LexborNode) -> Iterator[str]:
    """Words of the row or card that a link stands in, its heading or first cell first."""
    for one in ancestry(node, 6):
        tag = one.tag or ""
        if tag in ("body", "main", "table", "ul", "form"):
            return
        if one.mem_id == node.mem_id or not (tag in _ROWS or tag in _BOXES):
            continue
        if len(" ".join(one.text(deep=True, separator=" ").split())) > _LONGEST_ROW:
            return
        for part in one.css("h1, h2, h3, h4, h5, h6, td, th, dt, strong, b, span, p, a"):
            yield " ".join(part.text(deep=True, separator=" ").split())


CHECK = DeskEntries()
