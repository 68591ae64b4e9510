"""A rule about measured pages, as a check: which part of the measures it reads, and what it makes of a page without it.

Rules that other families count as well stand in modules of this one: `telephone`, `persian_text`, `without_mouse`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from checks.case import Case
from checks.derivations import once
from checks.finding import Finding, Subject, Verdict
from checks.outcome import received, unattempted
from checks.reasons import UNSEEN, Reasons
from evidence.kinds.accessibility import AccessibilityFacts
from evidence.records import Capture
from web.urls import host

Part = Literal["wide", "narrow", "tab", "axe", "visit"]
Measures = Mapping[str, Any]

MOST_PAGES = 6  # Pages of an agency that are judged: the crawl measures six (docs/accessibility.md).
# Fewer Persian letters than these say nothing about the page's text.
LITTLE_TEXT = 50
_FAILURES = {"limit": "limit", "own_error": "own_error"}


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What a rule says of a page.

    found, of: faults, and how many things were looked at. kinds: codes of the faults, with texts in `page_fault`.
    places: where, a few. figures: further numbers. reason: of an inconclusive verdict.
    """

    found: int
    of: int
    kinds: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    verdict: Verdict | None = None
    reason: str | None = None

    def settled(self) -> Verdict:
        return self.verdict or ("partial" if self.kinds else "verified")


@dataclass(frozen=True, slots=True)
class PageRule:
    """What is said of one page. needs: parts of the measures without which nothing can be said."""

    needs: tuple[Part, ...]
    tell: Callable[[Measures], RuleResult]


@dataclass(frozen=True, slots=True)
class PageCheck:
    """One rule as a check: a finding for each measured page; one about the home page when none was measured.

    A fault of a page is no reason: its kinds stand among the observed values.
    """

    id: str
    version: int
    rule: PageRule
    words: tuple[str, ...] = ()
    reasons: Reasons = field(default_factory=lambda: UNSEEN)

    def judge(self, case: Case) -> Iterator[Finding]:
        found = looks(case)
        if not found:
            reason = unmeasured(case)
            yield self._finding(
                case, case.agency.portal, (), RuleResult(0, 0, verdict="inconclusive", reason=reason)
            )
        for look in found:
            yield self._finding(case, look.capture.url, (look.capture.id,), self._told(look))

    def _told(self, look: MeasuredPage) -> RuleResult:
        reason = look.reason
        if reason is None and any(look.measures.get(part) is None for part in self.rule.needs):
            reason = "limit"
        if reason is not None:
            return RuleResult(0, 0, verdict="inconclusive", reason=reason)
        return self.rule.tell(look.measures)

    def _finding(self, case: Case, url: str, captures: tuple[str, ...], told: RuleResult) -> Finding:
        verdict = told.settled()
        name = self.id.replace(".", "_")
        observed: dict[str, Any] = {}
        if verdict != "inconclusive" or told.figures:
            observed = {"found": told.found, "looked_at": told.of}
            if told.kinds:
                observed |= {"page_fault": list(told.kinds), "places": list(told.places)}
            observed |= told.figures
        about = Subject("page", url, url)
        codes = {"criterion": name, "effect": name if verdict == "partial" else ""}
        return case.finding(self, about, verdict, told.reason, observed, captures, len(captures), **codes)


@dataclass(frozen=True, slots=True)
class MeasuredPage:
    """A measured page. reason: why nothing can be said of it; None when it was measured."""

    capture: Capture
    measures: Measures
    reason: str | None


@once
def looks(case: Case) -> tuple[MeasuredPage, ...]:
    """The measured pages of an agency, in order of commit."""
    found: dict[str, MeasuredPage] = {}
    for capture in case.captures:
        facts = capture.facts
        if isinstance(facts, AccessibilityFacts) and capture.url not in found and len(found) < MOST_PAGES:
            measures = json.loads(case.evidence.body(capture.id))
            found[capture.url] = MeasuredPage(capture, measures, _unsaid(capture.url, facts, measures))
    return tuple(found.values())


def _unsaid(url: str, facts: AccessibilityFacts, measures: Measures) -> str | None:
    """Why a visit says nothing of the page it asked for."""
    if facts.challenge is not None or facts.status in (401, 403, 429):
        return "blocked"
    if facts.status is not None and facts.status >= 500:
        return "server_error"
    if not facts.finished:
        return _FAILURES.get(facts.failure or "", "needs_browser")
    if facts.status != 200 or host(facts.final_url) != host(url):
        return "no_match"
    return None if measures else "limit"


def unmeasured(case: Case) -> str:
    """Why no page of the agency was measured."""
    visits = case.visits(case.agency.portal)
    if not visits:
        return unattempted(case, case.agency.portal)
    outcome = received(case, visits[-1])
    if outcome is not None and outcome[0] == "inconclusive":
        return outcome[1]
    if outcome is not None:
        return "no_match"
    return "not_attempted" if any(capture.kind == "page" for capture in case.captures) else "needs_browser"


def places(examples: Iterable[Mapping[str, Any]], *figures: str) -> tuple[str, ...]:
    """Examples of the measures as lines: where, what stands there, and the named figures in brackets."""
    lines = []
    for entry in examples:
        said = [str(entry["selector"])]
        if entry.get("text"):
            said.append(f"«{entry['text']}»")
        values = [str(entry[name]) for name in figures if entry.get(name) not in (None, "")]
        lines.append(" ".join([*said, *([f"({', '.join(values)})"] if values else [])]))
    return tuple(lines)
