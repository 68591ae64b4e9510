"""Polls, idea box and forum of an agency: when it last answered in each. Two checks make findings of it.

A date counts as an answer's by the words before it, by its label, or by the lines above it in its entry.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from selectolax.lexbor import LexborNode

from checks.case import Case, Check
from checks.dated import QUARTER, lasting, placed
from checks.derivations import once
from checks.elements.leads import home_pages
from checks.elements.sections import Section, section
from checks.finding import Finding, Subject, Verdict
from checks.inert_scripts import settled
from checks.page.boilerplate import reading
from checks.page.forms.kinds import forms
from checks.page.page import Page
from checks.page.tree import ancestry
from checks.page.wordlist import pattern, spread
from checks.participatory.labelled import Labelled, labelled
from checks.participatory.targets import href, matter, target
from claims.persian import digits
from evidence.records import Capture
from web.urls import host

CHANNELS = ("polls", "ideas", "forum")
_TEXTS = {"criterion": "channel_is_answered", "effect": "channel_age"}
_MOST_THREADS = 25  # Threads of a forum whose pages are read. Others are not. By hand.
_OPENS = 12  # characters before the word by which a line is an answer
_NEAR = 3  # lines of one entry, from «پاسخ» to its date
_ENTRIES = frozenset({"article", "li", "tr", "section", "details"})  # what holds one entry of several
FILE = "participatory/words.toml"
_ANSWER = pattern(FILE, r"(?<!\w)<answers>(?!\w)")
# of those who ask, or of what is still to come
_ASKED = pattern(FILE, r"(?<!\w)(?:<waiting>|<asked>)(?!\w)")
_WAITING = pattern(FILE, r"(?<!\w)(?:<waiting>|<announced>)(?!\w)")


@dataclass(frozen=True, slots=True)
class NewestAnswer:
    """The newest answer of a channel: its day, the line, and the page it stands on."""

    day: dt.date
    line: str
    url: str
    rests: tuple[str, ...]
    attempts: int


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel as it was seen. look: its section without the pages. url: of its first page, None without one.

    newest: None with the reason why none is told: `no_match` where there are dates and no answer.
    """

    look: Section
    url: str | None
    newest: NewestAnswer | None
    reason: str | None
    ids: tuple[str, ...]
    attempts: int

    @property
    def name(self) -> str:
        return self.look.name


@once
def channels(case: Case) -> tuple[Channel, ...]:
    """The three channels, each read once."""
    return tuple(_channel(case, name) for name in CHANNELS)


def unseen(channel: Channel) -> bool:
    if channel.newest is not None:
        return False
    if channel.url is not None:
        return channel.reason not in ("no_match", "undated")
    else_ = channel.look.else_
    return else_.verdict == "inconclusive" and else_.reason != "no_match"


def _channel(case: Case, name: str) -> Channel:
    found = section(case, name)
    best: NewestAnswer | None = None
    dated = answered = False
    unread: str | None = None
    ids: list[str] = []
    for page in found.pages:
        ids.extend(page.rests)
        for one in (page, *_threads(case, page)):
            newest, has_dates, has_answers = _read(case, name, one)
            dated, answered = dated or has_dates, answered or has_answers
            if newest is not None and (best is None or newest.day > best.day):
                best = newest
        if not settled(case, page.capture):
            unread = "needs_browser"
    if name == "polls" and not found.pages and (home := _poll_at_home(case)) is not None:
        # a poll that every page shows tells no day: when the agency asked last, nobody can say
        return Channel(replace(found, pages=()), home.url, None, "undated", (home.id,), 1)
    first = found.pages[0] if found.pages else None
    reason = unread or ("undated" if answered or not dated else "no_match")
    return Channel(
        look=replace(found, pages=()),
        url=first.url if first else None,
        newest=best,
        reason=reason if first and best is None else None,
        ids=tuple(dict.fromkeys(ids)),
        attempts=first.attempts if first else 0,
    )


def _poll_at_home(case: Case) -> Capture | None:
    """The home page, where a poll stands on it."""
    for capture in home_pages(case)[:1]:
        if any(form.kind == "poll" and not form.closed for form in forms(reading(case, capture))):
            return capture
    return None


def _threads(case: Case, page: Page) -> Iterator[Page]:
    """Pages that a forum or box leads to: one matter each, with its answers."""
    here = page.url.split("?")[0].rstrip("/")
    seen = 0
    for line in page.reading.own:
        for anchor in line.anchors:
            url = href(page.reading, anchor)
            if url is None or not case.owns(host(url)) or seen >= _MOST_THREADS:
                continue
            if len(line.text) < 8 and not url.startswith(here):
                continue
            at = target(case, url)
            if at.kind != "page" or at.reading is None:
                continue
            seen += 1
            capture = case.evidence.get(at.captures[-1])
            yield Page(capture, at.reading, url, at.captures, 1)


def _read(case: Case, name: str, page: Page) -> tuple[NewestAnswer | None, bool, bool]:
    """The newest answer of a page; whether it tells any date; whether it speaks of any answer."""
    today = case.as_of.date()
    of_page = matter(case)
    shown = lasting(case, page, of_page)
    best: NewestAnswer | None = None
    dated = answered = False
    lines = list(labelled(of_page(page.reading)))
    for place, one in enumerate(lines):
        text = digits(one.line.text)
        answered = answered or _speaks_of_answer(one)
        found = list(placed(text))
        for number, (moment, start, _) in enumerate(found):
            if moment not in shown:
                continue
            before = text[found[number - 1][2] if number else 0 : start]
            if moment.start > today:
                answered = answered or (name != "polls" and _is_answer(lines, place, before))
                continue
            dated = True
            if name != "polls" and not _is_answer(lines, place, before):
                continue
            day = min(moment.end, today)
            if best is None or day > best.day:
                best = NewestAnswer(day, one.line.text[:300], page.url, page.rests, page.attempts)
    return best, dated, answered or name == "polls"


def _speaks_of_answer(one: Labelled) -> bool:
    """Whether a line is an answer, or the head of one; that answers are given is no answer."""
    if one.line.tag == "th":
        return False
    told = spread(one.line.text)
    found = _ANSWER.search(told)
    return found is not None and found.start() <= _OPENS and _side(one.line.text) is True


def _is_answer(lines: list[Labelled], place: int, before: str) -> bool:
    """Whether a date is that of an answer: by the words before it, its label, or the lines above it in its entry."""
    one = lines[place]
    for text in (before, one.label):
        if (said := _side(text)) is not None:
            return said
    for other in reversed(lines[max(0, place - _NEAR) : place]):
        if _of_another_entry(one.line.node, other.line.node):
            return False
        if (said := _side(other.line.text)) is not None:
            return said
        if other.line.heading:
            return False  # it opens the entry, and what stands above it is of the one before
    return False


def _of_another_entry(one: LexborNode, other: LexborNode) -> bool:
    """Whether the elements stand in two items of one list, two rows of one table and the like."""
    above = {each.mem_id: each for each in ancestry(other)}
    item: LexborNode | None = None
    for each in ancestry(one):
        if each.mem_id in above:
            return item is not None and any(
                beside.parent is not None
                and beside.parent.mem_id == each.mem_id
                and beside.tag == item.tag
                and item.tag in _ENTRIES
                for beside in above.values()
            )
        item = each
    return False


def _side(text: str) -> bool | None:
    """True: the words are of an answer; False: of a question, or of an answer still to come; by the last of them."""
    told = spread(text)
    if _WAITING.search(told):
        return False
    answer = max((match.end() for match in _ANSWER.finditer(told)), default=-1)
    asked = max((match.end() for match in _ASKED.finditer(told)), default=-1)
    if answer == asked == -1:
        return None
    return answer > asked


def finding_of(check: Check, case: Case, channel: Channel, subject: str, *, newer: bool = False) -> Finding:
    newest = channel.newest
    if channel.url is None:
        missing = channel.look.missing(check, case, **_TEXTS)
        where = Subject("element", subject, missing.subject.url)
        return replace(missing, subject=where, observed={**missing.observed, "channel": channel.name})
    observed: dict[str, Any] = {"channel": channel.name, "url": newest.url if newest else channel.url}
    verdict: Verdict = "inconclusive"
    if newest is not None:
        age = (case.as_of.date() - newest.day).days
        verdict = "verified" if age <= QUARTER else "partial"
        observed |= {"age_days": age, "newest": newest.day.isoformat(), "excerpt": newest.line}
        # what we could not read may have been answered today
        observed["newer_days"] = -age if newer else 0
    elif channel.reason == "no_match":
        observed["complete_look"] = channel.look.complete
    about = Subject("element", subject, observed["url"])
    rests = newest.rests if newest else channel.ids
    attempts = newest.attempts if newest else channel.attempts
    return case.finding(check, about, verdict, channel.reason, observed, rests, attempts, **_TEXTS)
