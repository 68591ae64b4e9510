"""`sections.newest` (T10): how old is the newest report, budget, tender? One finding a section.

Looked at: dates in the own text of the section's pages. Not looked at: dates inside documents that it links to, and
whether the reports are true.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.case import Case
from checks.dated import QUARTER, newest
from checks.elements.sections import section
from checks.finding import Finding, Verdict
from checks.reasons import PORTAL
from checks.word_sets import OF_DATES, OF_SECTIONS

SECTIONS = ("performance", "budget", "tenders")


class NewestInSections:
    """Age of the newest date in each of three sections, in days against the round's clock."""

    id = "sections.newest"
    version = 4
    reasons = PORTAL
    words = (*OF_SECTIONS, *OF_DATES)

    def judge(self, case: Case) -> Iterator[Finding]:
        for name in SECTIONS:
            yield self._finding(case, name)

    def _finding(self, case: Case, name: str) -> Finding:
        found = section(case, name)
        codes = {"criterion": "section_is_current", "effect": "section_age"}
        if not found.pages:
            return found.missing(self, case, **codes)
        told = newest(case, found.pages)
        if told is None:
            return found.about(self, case, found.pages[0], "inconclusive", "undated", {}, **codes)
        date, page = told
        age = (case.as_of.date() - date.day).days
        observed = {"age_days": age, "newest": date.day.isoformat(), "excerpt": date.line}
        verdict: Verdict = "verified" if age <= QUARTER else "partial"
        return found.about(self, case, page, verdict, None, observed, **codes)


CHECK = NewestInSections()
