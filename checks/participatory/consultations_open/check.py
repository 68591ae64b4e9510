"""`consultations.open` (P02): how many drafts were open for comment in the last twelve months? One finding an agency.

A draft counts with its text, an opening and a closing day at least fourteen days apart, and, while it is open, a form
for comments. Not looked at: what a document says, and what becomes of a comment; none is sent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Literal

from checks.case import Case
from checks.finding import Finding, Subject, Verdict
from checks.participatory.draft_titles import SECTION
from checks.participatory.drafts import Draft, Drafts, drafts
from checks.reasons import PORTAL
from checks.word_sets import OF_DATES, OF_SECTIONS

_TEXTS = {"criterion": "drafts_are_open", "effect": "drafts_counted"}

ENOUGH = 4  # Drafts a year from which the finding is `verified`: P02 of the model counts up to four
_YEAR = dt.timedelta(days=366)  # Twelve months, with the day of a leap year
# Days that a draft must be open (docs/indicators.md, P02). Fewer give nobody time to comment.
_LEAST_DAYS = 14
_TOLD = 40  # Drafts named in one finding. The counts beside them are of all.

CameTo = Literal[
    "counts", "old", "ahead", "short", "no_dates", "no_text", "no_form", "foreign", "template", "unread"
]


class OpenConsultations:
    """Drafts of the last twelve months that people could comment on."""

    id = "consultations.open"
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
        rows = [(draft, came_to(draft, today)) for draft in found.listed]
        count = sum(code == "counts" for _, code in rows)
        unread = [draft for draft, code in rows if code == "unread"]
        # a page of the list that nobody read holds as many as those that were
        unseen = max(1, len(rows)) if found.unlisted and not any(code == "old" for _, code in rows) else 0
        verdict, reason = _verdict(found, count, unread, unseen, listed=len(rows))
        observed: dict[str, Any] = {
            "url": found.url,
            "count": count,
            "open": len(unread) + unseen,
            "drafts": [_told(draft, code) for draft, code in rows[:_TOLD]],
            "listed": len(rows),
        }
        if reason == "no_match":
            observed["complete_look"] = found.look.complete
        captures = [*found.rests, *(id for draft, _ in rows[:_TOLD] for id in draft.captures)]
        about = Subject("element", SECTION, found.url)
        return case.finding(self, about, verdict, reason, observed, captures, found.attempts, **_TEXTS)


def _verdict(
    found: Drafts, count: int, unread: list[Draft], unseen: int, *, listed: int
) -> tuple[Verdict, str | None]:
    if count >= ENOUGH:
        return "verified", None
    if count:
        return "partial", None
    if unread or unseen:
        reason = next((draft.unread for draft in unread if draft.unread), found.reason)
        return "inconclusive", reason or "not_attempted"
    # drafts that were all read and do not count are a count of none; a page without any is not read for sure
    return ("partial", None) if listed else ("inconclusive", "no_match")


def came_to(draft: Draft, today: dt.date) -> CameTo:
    """What a draft is worth on a day; `unread` where that hangs on what nobody saw."""
    opening, closing = draft.period.opening, draft.period.closing
    if draft.spoiled is not None:
        return "foreign" if draft.spoiled == "foreign" else "template"
    if closing is not None and closing < today - _YEAR:
        return "old"
    if opening is not None and opening > today:
        return "ahead"
    days = draft.period.days
    if days is None:
        return "unread" if draft.unread else "no_dates"
    if days < _LEAST_DAYS:
        return "short"
    if draft.text != "yes":
        return "unread" if draft.text == "unknown" else "no_text"
    assert closing is not None
    if closing >= today and draft.form != "yes":
        return "unread" if draft.form == "unknown" else "no_form"
    return "counts"


def _told(draft: Draft, code: CameTo) -> dict[str, Any]:
    told = draft.period
    return {
        "title": draft.title,
        "url": draft.url,
        "opening": told.opening.isoformat() if told.opening else None,
        "closing": told.closing.isoformat() if told.closing else None,
        "came_to": code,
    }


CHECK = OpenConsultations()
