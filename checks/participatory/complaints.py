"""`complaints.deadline`, `complaints.code` (P05): does whoever complains learn by when, and how to ask again?

Looked at: the text and the forms of the pages where complaints are taken. Not looked at: what happens to a complaint;
none is sent. Whether there is such a page, with a form, is the element's own question.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

from checks.case import Case
from checks.elements.sections import section
from checks.finding import Finding
from checks.inert_scripts import read_to_its_end
from checks.page.durations import Span, spans
from checks.page.forms.kinds import Form, forms
from checks.page.page import Page
from checks.page.wordlist import Phrases, folded, spread
from checks.services.wording import sentences
from checks.tracking_codes import names_code, promises_code
from claims.persian import digits

SECTION = "complaints"
_LONGEST_DAYS = 372  # a year of twelve long months; whoever names more names no deadline
# what is done within the span: an answer, a review
_ANSWERED = Phrases(
    ["پاسخ", "پاسخگویی", "پاسخ دهی", "رسیدگی", "بررسی", "جواب", "نتیجه", "مهلت", "اعلام", "answer", "answers", "answered", "reply",
     "replies", "response", "respond", "handled", "reviewed", "resolved", "processed"]
)  # fmt: skip
# the span is somebody else's: of those who complain, or of how long a record is kept
_OTHERS = Phrases(
    ["مهلت ثبت شکایت", "مهلت شکایت", "فرصت اعتراض", "مهلت اعتراض", "نگهداری", "پس از گذشت", "گذشته باشد", "اعتبار",
     "retained", "kept for", "to file", "to lodge"]
)  # fmt: skip

_PAST = re.compile(folded(r"\s*(?:گذشته|اخیر|پیش از این|ago)(?!\w)"))
_MEAN = re.compile(folded(r"(?<!\w)(?:میانگین|متوسط|average|mean|median|on average)(?!\w)"))
_TERM = re.compile(folded(r"(?<!\w)(?:حداکثر|ظرف|تا|مهلت|within|at most|up to)(?!\w)"))


class _OfComplaints(ABC):
    """A check that reads the pages where complaints are taken."""

    id: str
    version = 6
    criterion: str

    def judge(self, case: Case) -> Iterator[Finding]:
        found = section(case, SECTION)
        codes = {"criterion": self.criterion, "effect": "third_of_complaints"}
        if not found.pages:
            yield found.missing(self, case, **codes)
            return
        for page in found.pages:
            if (told := self.told(page)) is not None:
                yield found.about(self, case, page, "verified", None, told, **codes)
                return
        unsaid = {"complete_look": found.complete}
        if found.complete and _read_whole(case, found.pages):
            unsaid["read_whole"] = True
        yield found.about(self, case, found.pages[0], "inconclusive", "no_match", unsaid, **codes)

    @abstractmethod
    def told(self, page: Page) -> dict[str, Any] | None:
        """What the page says of it; None when it says nothing."""


def _read_whole(case: Case, pages: Sequence[Page]) -> bool:
    """Whether people write their complaint on one of these pages, and all of them were read to their end."""
    if not all(read_to_its_end(case, page.capture) for page in pages):
        return False
    return any(_takes_complaints(form) for page in pages for form in forms(page.reading))


def _takes_complaints(form: Form) -> bool:
    return not form.closed and any(field.asks == "long" for field in form.fields)


class ComplaintsDeadline(_OfComplaints):
    """A stated time in which complaints are answered."""

    id = "complaints.deadline"
    criterion = "complaints_have_a_deadline"

    def told(self, page: Page) -> dict[str, Any] | None:
        for text, _ in sentences(page.reading):
            if not _ANSWERED.find(text) or _OTHERS.find(text):
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


class ComplaintsCode(_OfComplaints):
    """A code is promised to whoever complains, or the page asks for it to look up a complaint."""

    id = "complaints.code"
    criterion = "complaints_have_a_code"

    def told(self, page: Page) -> dict[str, Any] | None:
        for text, _ in sentences(page.reading):
            if promises_code(text):
                return {"excerpt": text[:300], "by": "text"}
        for form in forms(page.reading):
            if _takes_complaints(form):
                continue  # it takes the complaint: a number that it asks for is that of the matter complained about
            for field in form.fields:
                if field.asks == "tracking" or names_code(field.label):
                    return {"excerpt": field.label[:300], "by": "form"}
        return None
