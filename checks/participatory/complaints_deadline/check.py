"""`complaints.deadline` (P05): does whoever complains learn by when?

Looked at: spans of time in the text of the pages where complaints are taken, told of an answer or a review. Not looked
at: whether the time is kept; no complaint is sent.
"""

from __future__ import annotations

from typing import Any

from checks.page.durations import Span, spans
from checks.page.page import Page
from checks.page.wordlist import pattern, phrases, spread
from checks.participatory.complaints import ComplaintsCheck
from checks.reasons import PORTAL
from checks.services.wording import sentences
from checks.word_sets import OF_SECTIONS
from claims.persian import digits

_LONGEST_DAYS = 372  # a year of twelve long months; whoever names more names no deadline

FILE = "participatory/complaints_deadline/words.toml"
_PAST = pattern(FILE, r"\s*<past>(?!\w)")
_MEAN = pattern(FILE, r"(?<!\w)<means>(?!\w)")
_TERM = pattern(FILE, r"(?<!\w)<terms>(?!\w)")


class ComplaintsDeadline(ComplaintsCheck):
    """A stated time in which complaints are answered."""

    id = "complaints.deadline"
    reasons = PORTAL
    words = (*OF_SECTIONS, "page/words/durations.toml")
    criterion = "complaints_have_a_deadline"

    def told(self, page: Page) -> dict[str, Any] | None:
        for text, _ in sentences(page.reading):
            if not phrases(FILE, "answered").find(text) or phrases(FILE, "others").find(text):
                continue
            for span in spans(text):
                if span.days <= _LONGEST_DAYS and not _told_of_the_past(text, span):
                    return {"days": span.days, "working": span.working, "excerpt": text[:300]}
        return None


def _told_of_the_past(text: str, span: Span) -> bool:
    """«در سه ماه گذشته …», «میانگین زمان پاسخ هفت روز بود»: how it went, and no term that anybody is given."""
    told = spread(digits(text))
    after = told[span.at + len(span.text) :]
    if _PAST.match(after):
        return True
    before = told[: span.at]
    mean = max((match.end() for match in _MEAN.finditer(before)), default=-1)
    return mean > max((match.end() for match in _TERM.finditer(before)), default=-1)


CHECK = ComplaintsDeadline()
