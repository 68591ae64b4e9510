"""`sla.times` (T02): does the service level agreement state times that somebody could measure?

Looked at: spans of time in the text and tables of the pages on service levels, told of an answer or a deed. Not looked
at: whether they are kept, and agreements that are files. Whether there is an agreement of the agency's own, and no
template or contract, is the element's question (`elements.sla`).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.case import Case
from checks.durations import Span, spans
from checks.finding import Finding
from checks.reading import Reading
from checks.sections import section
from checks.services.wording import sentences
from checks.transparent.rows import row_of, rows
from checks.transparent.told import silent, told
from checks.wordlist import Phrases

SECTION = "sla"
_TEXTS = {"criterion": "sla_states_times", "effect": "half_of_sla"}
_LONGEST_DAYS = 372  # a year of twelve long months; whoever names more promises no time
# what the span is the time of
_DEEDS = Phrases(
    ["پاسخ", "پاسخگویی", "پاسخ دهی", "رسیدگی", "بررسی", "انجام", "صدور", "ارائه", "تحویل", "اعلام", "زمان", "مدت", "مهلت", "ظرف",
     "حداکثر", "ثبت", "تمدید", "رفع", "تعمیر", "بازیابی", "ارسال", "response", "respond", "answer", "answered", "within", "delivery",
     "delivered", "issued", "processed", "processing", "resolved", "time", "time limit", "duration"]
)  # fmt: skip
# the span is the agreement's own, a record's or a person's
_OTHERS = Phrases(
    ["مدت قرارداد", "مدت توافق", "مدت توافقنامه", "مدت این توافق", "اعتبار", "معتبر", "بازنگری", "بازبینی", "تجدید نظر", "نگهداری",
     "سابقه", "قرارداد", "مدت اجرای", "فسخ", "valid", "validity", "reviewed every", "retained", "term of this agreement"]
)  # fmt: skip


class ServiceLevelTimes:
    """Times for answers and deeds, in days."""

    id = "sla.times"
    version = 1

    def judge(self, case: Case) -> Iterator[Finding]:
        found = section(case, SECTION)
        if not found.pages:
            yield found.missing(self, case, **_TEXTS)
            return
        for page in found.pages:
            if stated := list(times(page.reading)):
                text, span = stated[0]
                days = sorted(one.days for _, one in stated)
                observed = {
                    "times": len(stated),
                    "shortest_days": round(days[0], 4),
                    "longest_days": round(days[-1], 4),
                    "working": span.working,
                    "excerpt": text[:300],
                }
                yield told(self, case, SECTION, page, "verified", None, observed, **_TEXTS)
                return
        yield silent(self, case, found, **_TEXTS)


def times(page: Reading) -> Iterator[tuple[str, Span]]:
    """Each time with the words it stands in: the rows of tables first, then sentences outside of them."""
    tabled: set[int] = set()
    for row in rows(page):
        tabled.add(row.ident)
        for position, cell in enumerate(row.cells):
            about = f"{row.head(position)} {row.text}"
            yield from ((row.text, span) for span in _promised(cell, about))
    for text, line in sentences(page):
        row_node = row_of(line)
        if row_node is None or row_node.mem_id not in tabled:
            yield from ((text, span) for span in _promised(text, text))


def _promised(text: str, about: str) -> Iterator[Span]:
    if _OTHERS.find(about) or not _DEEDS.find(about):
        return
    yield from (span for span in spans(text) if span.days <= _LONGEST_DAYS)
