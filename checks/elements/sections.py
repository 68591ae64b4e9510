"""Sections of a portal, and elements, for checks that read further what stands there.

Found and held together as elements are (`pages`). A check asks for a section and gets its pages, or a finding
that says why there are none; then it reads, and says what it saw.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from checks.case import Case, Check
from checks.elements.absence import complete_look, not_found
from checks.elements.pages import RANK, LeadResult, followed
from checks.finding import Finding, Subject, Verdict
from checks.page.boilerplate import reading
from checks.page.page import Page


@dataclass(frozen=True, slots=True)
class Section:
    """pages: those that say something of the matter, the best lead first. else_: what came of the look without any."""

    name: str
    pages: tuple[Page, ...]
    else_: LeadResult
    complete: bool

    def about(
        self,
        check: Check,
        case: Case,
        page: Page,
        verdict: Verdict,
        reason: str | None,
        observed: Mapping[str, Any],
        **codes: str,
    ) -> Finding:
        """The finding of a check that read one of the pages. codes: its criterion and effect."""
        return self.finding(
            check, case, page.url, verdict, reason, observed, page.rests, page.attempts, **codes
        )

    def finding(
        self,
        check: Check,
        case: Case,
        url: str | None,
        verdict: Verdict,
        reason: str | None,
        observed: Mapping[str, Any],
        captures: Iterable[str],
        attempts: int,
        **codes: str,
    ) -> Finding:
        """A finding about the section. url: where it was read, or looked for."""
        about = Subject("element", self.name, url)
        told = {"url": url, **observed}
        return case.finding(check, about, verdict, reason, told, captures, attempts, **codes)

    def missing(self, check: Check, case: Case, **codes: str) -> Finding:
        """The finding of a check that found no page to read: dead, hollow, not there, or not seen.

        Not there is never a contradiction; `complete_look` says whether everything was looked through.
        """
        seen = self.else_
        observed = {"complete_look": self.complete} if seen.reason == "no_match" else {}
        return self.finding(
            check, case, seen.url, seen.verdict, seen.reason, observed, seen.captures, seen.attempts, **codes
        )


def section(case: Case, name: str) -> Section:
    """An element or section by its name in `elements.toml`. Raises KeyError."""
    seen = followed(case, name)
    pages = tuple(
        Page(one.page, reading(case, one.page), one.url or one.page.url, one.captures, one.attempts)
        for one in sorted(seen, key=lambda one: RANK[one.verdict])
        if one.page is not None and one.verdict in ("verified", "partial")
    )
    # a document, or a system of the state: it is there, and what it says was not read
    unread = [
        LeadResult("inconclusive", "no_match", one.captures, one.attempts, url=one.url)
        for one in seen
        if one.page is None and one.verdict in ("verified", "partial")
    ]
    refuted = [one for one in seen if one.verdict == "contradicted"]
    doubts = [one for one in seen if one.verdict == "inconclusive" and one.reason != "no_match"]
    # a dead link beside one that nobody could follow proves nothing
    else_ = next(iter([*unread, *doubts, *refuted]), None) or not_found(case)
    return Section(name, pages, else_, complete_look(case) and not unread)
