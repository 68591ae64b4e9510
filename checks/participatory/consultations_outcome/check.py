"""`consultations.outcome` (P03): does an outcome that names what changed follow each closed consultation? One finding an agency.

Looked at: consultations that closed in the last two years; their own pages, the links to their outcomes and the section
of outcomes. Not looked at: whether the change is true, and what stands in a document.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from checks.case import Case
from checks.elements.sections import Section, section
from checks.finding import Finding, Subject, Verdict
from checks.inert_scripts import settled
from checks.page.lines import TextBlock
from checks.page.wordlist import pattern, phrases, spread
from checks.participatory.blocks import blocks
from checks.participatory.draft_titles import SECTION, is_inner, names_title, subject
from checks.participatory.drafts import Draft, Drafts, Stated, drafts
from checks.participatory.targets import LinkedTarget, href, is_document, target
from checks.reasons import PORTAL
from checks.word_sets import OF_DATES, OF_SECTIONS
from claims.persian import QUESTION_MARK, SEMICOLON
from web.urls import host

_TEXTS = {"criterion": "outcomes_are_published", "effect": "outcomes_counted"}

OUTCOMES = "consultation_outcomes"
LOOK_BACK = 730  # days
_TOLD = 40  # Consultations named in one finding. The counts beside them are of all.
_MOST_OUTCOMES = 60  # Outcomes of one page. Later ones are not read. By hand.
_LONGEST_TITLE = 300  # Characters of a line that can name a draft. Longer is prose.

FILE = "participatory/consultations_outcome/words.toml"
_CHANGED = pattern(FILE, r"(?<!\w)<changes>(?!\w)")
_OF_WHAT = pattern(FILE, r"(?<!\w)<parts>(?!\w)")
_KEPT = pattern(FILE, r"(?<!\w)<kept>(?!\w)")
_DENIED = pattern(FILE, r"(?<!\w)<denied>(?!\w)")
_SENTENCE = re.compile(rf"[.{QUESTION_MARK}!?{SEMICOLON};\n•]\s+|[{QUESTION_MARK}!{SEMICOLON}\n•]|\.$")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What followed a consultation. state: `answered`, `silent`, or `unread` where nobody saw it."""

    state: str
    excerpt: str = ""
    url: str | None = None
    reason: str | None = None
    captures: tuple[str, ...] = ()


class ConsultationOutcomes:
    """The share of closed consultations that were answered."""

    id = "consultations.outcome"
    version = 4
    reasons = PORTAL
    words = (*OF_SECTIONS, *OF_DATES, "page/words/durations.toml", "participatory/words.toml")

    def judge(self, case: Case) -> Iterator[Finding]:
        found = drafts(case)
        if found.url is None:
            yield found.look.missing(self, case, **_TEXTS)
            return
        yield self._finding(case, found)

    def _finding(self, case: Case, found: Drafts) -> Finding:
        today = case.as_of.date()
        outcomes = section(case, OUTCOMES)
        closed = [draft for draft in found.listed if _is_closed(draft, today)]
        answers = [(draft, _answer(case, outcomes, draft)) for draft in closed]
        unknown = [draft for draft in found.listed if _may_be_closed(draft)]
        answered = sum(answer.state == "answered" for _, answer in answers)
        unread = [answer for _, answer in answers if answer.state == "unread"]
        reason = next((a.reason for a in unread if a.reason), None) or next(
            (draft.unread for draft in unknown if draft.unread), found.reason
        )
        complete = found.look.complete and outcomes.complete
        # what is not on the pages that were read may stand on those that were not
        silent = 0 if complete else len(answers) - answered - len(unread)
        open_ = len(unread) + silent + len(unknown) + bool(found.unlisted)
        total = len(closed) + len(unknown) + bool(found.unlisted)
        verdict, why = _verdict(answered, total, reason, listed=bool(found.listed))
        observed: dict[str, Any] = {
            "url": found.url,
            "answered": answered,
            "closed": total,
            "open": open_,
            "look_back_days": LOOK_BACK,
            "consultations": [_told(draft, answer) for draft, answer in answers[:_TOLD]],
        }
        if why == "no_match":
            observed["complete_look"] = complete and not open_
            if total and complete and not open_:
                # each closed one was read, and all that may be its outcome
                observed["read_whole"] = True
        captures = [
            *found.rests,
            *(id for draft, answer in answers[:_TOLD] for id in (*draft.captures, *answer.captures)),
        ]
        about = Subject("element", SECTION, found.url)
        return case.finding(self, about, verdict, why, observed, captures, found.attempts, **_TEXTS)


def _verdict(answered: int, total: int, reason: str | None, *, listed: bool) -> tuple[Verdict, str | None]:
    if not total:
        # that a page lists nothing does not say that nothing was closed
        return ("not_applicable", None) if listed else ("inconclusive", "no_match")
    if answered == total:
        return "verified", None
    if answered:
        return "partial", None
    return "inconclusive", reason or "no_match"


def _is_closed(draft: Draft, today: dt.date) -> bool:
    closing = draft.period.closing
    return (
        draft.spoiled is None
        and closing is not None
        and today - dt.timedelta(days=LOOK_BACK) <= closing < today
    )


def _may_be_closed(draft: Draft) -> bool:
    """Nobody saw until when it is, or was, open."""
    return draft.spoiled is None and draft.period.closing is None and draft.unread is not None


def _answer(case: Case, outcomes: Section, draft: Draft) -> Outcome:
    own = _changed(draft.lines, headed=False)
    if own is not None:
        return Outcome("answered", own, draft.url, captures=draft.captures)
    unread: LinkedTarget | None = None
    for url in draft.results:
        at = target(case, url)
        told = _of_target(at)
        if told is not None:
            return Outcome("answered", told, at.url, captures=at.captures)
        if unread is None and (at.kind in ("unread", "document") or (at.kind == "page" and not at.rendered)):
            unread = at
    for lines, at in _of_section(case, outcomes, draft):
        told = _changed(map(Stated.of, lines), headed=True)
        if told is not None:
            return Outcome("answered", told, at.url, captures=at.captures)
        if unread is None and at.kind in ("unread", "document"):
            unread = at
    if unread is not None:
        # that a document stands there is no outcome, and what it says was not read
        return Outcome("unread", url=unread.url, reason=unread.reason or "no_match", captures=unread.captures)
    if draft.unread is not None:
        return Outcome("unread", url=draft.url, reason=draft.unread)
    if (
        not outcomes.pages
        and outcomes.else_.reason not in ("no_match", None)
        and (outcomes.else_.verdict == "inconclusive")
    ):
        return Outcome("unread", url=outcomes.else_.url, reason=outcomes.else_.reason)
    return Outcome("silent", url=draft.url)


def _of_target(at: LinkedTarget) -> str | None:
    return _changed(map(Stated.of, at.reading.own), headed=True) if at.reading is not None else None


def _of_section(
    case: Case, outcomes: Section, draft: Draft
) -> Iterator[tuple[tuple[TextBlock, ...], LinkedTarget]]:
    """The parts of the pages of outcomes that are the draft's, and the pages that they lead to."""
    for page in outcomes.pages:
        here = LinkedTarget("page", page.url, page.rests, page.reading, rendered=settled(case, page.capture))
        main = page.reading.main_heading
        if main is not None and names_draft(draft, main.text):
            yield page.reading.own, here
            continue

        def of_draft(line: TextBlock) -> bool:
            return bool(line.heading or line.linked or line.tag in ("td", "th", "li", "summary")) and any(
                names_draft(each, line.text) for each in drafts(case).listed
            )

        found = blocks(page.reading, of_draft, lambda head: False, is_inner)
        for block in found[:_MOST_OUTCOMES]:
            if not names_draft(draft, block.title):
                continue
            yield block.lines, here
            for anchor in block.anchors:
                url = href(page.reading, anchor)
                if url is None or not case.owns(host(url)):
                    continue
                at = target(case, url)
                if at.reading is not None:
                    yield at.reading.own, at
                elif at.kind in ("unread", "document") or is_document(url):
                    yield (), at


def names_draft(draft: Draft, text: str) -> bool:
    """Whether a heading names the draft. One word is too little to tell it from another."""
    return (
        len(text) <= _LONGEST_TITLE and len(set(subject(draft.title))) >= 2 and names_title(draft.title, text)
    )


def _changed(lines: Iterable[Stated], *, headed: bool) -> str | None:
    """The sentence that says what changed, or why nothing did; None when none does.

    headed: all of it is about the outcome; else only what follows a heading of one, or tells whose words were heard.
    """
    under = headed
    for line in lines:
        if line.heading and not headed:
            under = phrases(FILE, "headings").find(line.text) is not None
            continue
        if line.aside:
            continue
        for sentence in _sentences(line.text):
            told = spread(sentence)
            if not (under or phrases(FILE, "heard").find(sentence)):
                continue
            if _KEPT.search(told) and phrases(FILE, "because").find(sentence):
                return sentence[:300]
            if _CHANGED.search(told) and _OF_WHAT.search(told) and not _DENIED.search(told):
                return sentence[:300]
    return None


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for end in (*_SENTENCE.finditer(text), None):
        part = text[start : end.start() if end is not None else None].strip()
        start = end.end() if end is not None else 0
        if len(part) > 3:
            yield part[:2_000]


def _told(draft: Draft, answer: Outcome) -> dict[str, Any]:
    return {
        "title": draft.title,
        "url": draft.url,
        "closing": draft.period.closing.isoformat() if draft.period.closing else None,
        "came_to": answer.state,
        "outcome": answer.url,
        "excerpt": answer.excerpt,
    }


CHECK = ConsultationOutcomes()
