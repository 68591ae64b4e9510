"""`pages.markup` (U11): is a page's language, direction and character set right, and its markup sound?

Looked at: the two rules about language and direction in the drawn page, the character set and the parse errors of the
source as it was sent, exceptions that no script of the page caught, and scripts of the agency's own that are not there.
Not looked at: other browsers than the one that pages are drawn with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checks.accessibility.persian_text import DIRECTION, LANGUAGE
from checks.accessibility.rule import MeasuredPage
from checks.case import Case
from checks.finding import Finding
from checks.links.judgements import judgements
from checks.links.outcome import Judgement
from checks.reasons import UNSEEN
from checks.user.page_tests import Outcome, PageTests, by_rule, measured_pages, page_finding, tests_finding
from checks.user.parse_errors import parse_errors
from checks.word_sets import OF_PAGES
from claims.hosts import own_hosts
from evidence.kinds.accessibility import AccessibilityFacts
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.records import Capture
from web.charset import declared
from web.urls import host, identity

# One in a hundred elements, and three on a small page, are no reason for a browser to draw it otherwise.
_MOST_PER_THOUSAND = 10
_MOST_FEW = 3  # The faults that a small page may have
_MATTERS = {
    "settings_right": ("language", "direction", "charset"),
    "markup_right": ("markup",),
    "scripts_right": ("scripts",),
}
_NOT_THERE = (404, 410)  # What a server says of a script that is not there
_MOST_TOLD = 5  # Scripts that a finding names


class PagesMarkup:
    """One finding for each measured page: how many of five tests it passed, and what of three matters is right."""

    id = "pages.markup"
    version = 2
    reasons = UNSEEN
    words = OF_PAGES

    def judge(self, case: Case) -> Iterator[Finding]:
        for look, reason in measured_pages(case):
            if look is None or reason is not None:
                yield page_finding(self, case, look, "inconclusive", reason, {}, "page_is_well_made")
            else:
                yield tests_finding(self, case, look, _tests(case, look), "page_is_well_made")


def _tests(case: Case, look: MeasuredPage) -> PageTests:
    outcomes: dict[str, Outcome] = {}
    kinds: list[str] = []
    places: list[str] = []
    figures: dict[str, Any] = {}
    for name, rule in (("language", LANGUAGE), ("direction", DIRECTION)):
        outcomes[name], faults, where = by_rule(rule, look.measures)
        kinds += faults
        places += where[:2]
    source = _source(case, look)
    for name, test in (("charset", _charset), ("markup", _markup)):
        outcomes[name], kind, told = test(case, source) if source is not None else ("open", "", {})
        kinds += [kind] if kind else []
        figures |= told
    outcomes["scripts"], told = _scripts(look.measures.get("visit"))
    if outcomes["scripts"] == "failed":
        kinds.append("script_exception")
    if missing := _missing_scripts(case, look):
        outcomes["scripts"] = "failed"
        kinds.append("script_missing")
        told = {**told, "scripts_missing": missing}
    return PageTests(outcomes, tuple(kinds), tuple(places), figures | told | _matters(outcomes))


def _matters(outcomes: Mapping[str, Outcome]) -> dict[str, float]:
    """For each matter the share of its tests that the page passed; none where a test of it was left open."""
    found: dict[str, float] = {}
    for matter, names in _MATTERS.items():
        told = [outcomes[name] for name in names if outcomes[name] != "not_applicable"]
        if told and "open" not in told:
            found[matter] = round(told.count("passed") / len(told), 4)
    return found


def _missing_scripts(case: Case, look: MeasuredPage) -> list[str]:
    """Scripts of the agency's own that the page asked for and that were not there, for the crawler neither."""
    own = own_hosts(case.agency)
    asked = {
        identity(url)
        for page in case.rendered(look.capture.url)
        if isinstance(page.facts, PageFacts)
        for _, url, kind, status in page.facts.requests
        if kind == "script" and status in _NOT_THERE and host(url) in own
    }
    if not asked:
        return []
    dead = case.derived("dead addresses", lambda: frozenset(_dead(case)))
    return sorted(asked & dead)[:_MOST_TOLD]


def _dead(case: Case) -> Iterator[str]:
    for target, judgement in judgements(case):
        if isinstance(judgement, Judgement) and judgement.reason in ("not_found", "gone"):
            yield target.key


def _source(case: Case, look: MeasuredPage) -> Capture | None:
    """The page as it was sent; None when it did not come whole, or no page was sent."""
    facts = look.capture.facts
    assert isinstance(facts, AccessibilityFacts)
    visit = next((v for v in case.visits(look.capture.url) if facts.source in v.ids), None)
    if visit is None or visit.status != 200 or not case.is_html(visit.final):
        return None
    whole = visit.facts.truncated is None and visit.facts.failure is None
    return visit.final if whole else None


def _charset(case: Case, source: Capture) -> tuple[Outcome, str, dict[str, Any]]:
    """Told by the header, the markup or a byte order mark, by all of them alike, and true of the bytes."""
    facts = source.facts
    assert isinstance(facts, HttpFacts)
    body = case.evidence.body(source.id)
    header, meta, bom = declared(body, facts.header("content-type"))
    told = {"charsets": sorted({name for name in (header, meta) if name})}
    if body.isascii() and not bom:
        return ("passed" if header or meta else "not_applicable"), "", told
    if not (header or meta or bom):
        return "failed", "charset_missing", told
    if not bom and header and meta and header != meta:
        return "failed", "charset_two", told
    if (header or meta or "utf-8") == "utf-8":
        try:
            body.decode("utf-8-sig")
        except UnicodeDecodeError:
            return "failed", "charset_wrong", told
    return "passed", "", told


def _markup(case: Case, source: Capture) -> tuple[Outcome, str, dict[str, Any]]:
    document = case.document(source)
    found = parse_errors(document.source)
    if not found.whole or not found.elements:
        return "open", "", {}
    figures: dict[str, Any] = {"parse_errors": found.total, "elements": found.elements}
    if found.total:
        figures["parse_error_kinds"] = sorted(found.errors)
    most = max(_MOST_FEW, found.elements * _MOST_PER_THOUSAND // 1000)
    if found.total > most:
        return "failed", "markup_broken", figures
    return "passed", "", figures


def _scripts(visit: Mapping[str, Any] | None) -> tuple[Outcome, dict[str, Any]]:
    """Open where something of what the page asked for was withheld from it, or did not come: that may be our line."""
    if not visit:
        return "open", {}
    if not visit["exceptions"]:
        return "passed", {}
    figures = {"exceptions": visit["exceptions"], "exception_examples": visit["exception_examples"]}
    if visit["withheld"] or visit["failed"]:
        return "open", figures
    return "failed", figures


CHECK = PagesMarkup()
