"""`sections.newest` (T10): how old is the newest report, budget, tender? One finding a section.

Looked at: dates in the own text of the section's pages. Not looked at: dates inside documents that it links to, and
whether the reports are true.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checks.case import Case
from checks.dated import newest
from checks.finding import Finding, Subject, Verdict
from checks.sections import Page, section

SECTIONS = ("performance", "budget", "tenders")
_RECENT = 92  # days: a quarter


class NewestInSections:
    """Age of the newest date in each of three sections, in days against the round's clock."""

    id = "sections.newest"
    version = 1

    def judge(self, case: Case) -> Iterator[Finding]:
        for name in SECTIONS:
            yield self._finding(case, name)

    def _finding(self, case: Case, name: str) -> Finding:
        found = section(case, name)
        if not found.pages:
            return found.missing(self, case, criterion="section_is_current", effect="section_age")
        told = newest(case, found.pages)
        if told is None:
            return self._about(case, name, found.pages[0], "inconclusive", "undated", {})
        date, page = told
        age = (case.as_of.date() - date.day).days
        observed = {"age_days": age, "newest": date.day.isoformat(), "excerpt": date.line}
        return self._about(case, name, page, "verified" if age <= _RECENT else "partial", None, observed)

    def _about(
        self,
        case: Case,
        name: str,
        page: Page,
        verdict: Verdict,
        reason: str | None,
        observed: dict[str, Any],
    ) -> Finding:
        return Finding(
            agency=case.agency.id,
            subject=Subject("element", name, page.url),
            check=self.id,
            check_version=self.version,
            verdict=verdict,
            reason=reason,
            observed={"url": page.url, **observed},
            captures=page.rests,
            attempts=page.attempts,
            criterion="section_is_current",
            effect="section_age",
        )
