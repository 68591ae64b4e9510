"""What is said of our own means: before a crawl what the browser is able to do, afterwards what did not work and what that cost."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from checks.finding import Finding
from claims.model import CrawlSettings
from crawler.browser.renderer import BrowserTrial, try_browser
from evidence.records import Capture
from evidence.store import EvidenceStore
from govah.exits import Exit
from govah.terminal.console import Speaker
from govah.terminal.trace_lines import figure
from reports.finding_counts import FindingCounts

_REASON = "needs_browser"
_UNCONTROLLED = "no_control"  # a note of findings


def try_out(speaker: Speaker, settings: CrawlSettings, found: Path | None) -> BrowserTrial | None:
    """What this machine's browser is able to do, said where it is less than all; None where none is wanted or found.

    Ends as wrong usage where the round requires the sandbox and it does not hold.
    """
    if settings.render == "never":
        return None
    if found is None:
        speaker.note("cli.no_browser")
        return None
    trial = try_browser(found)
    if not trial.started:
        speaker.note("browser.not_started", path=found, reason=trial.reason)
    elif not trial.sandboxed and settings.sandbox == "required":
        speaker.fail(Exit.USAGE, "browser.required", path=found, reason=trial.reason)
    elif not trial.sandboxed:
        speaker.note("browser.no_sandbox", path=found, reason=trial.reason)
    return trial


def tell_cost(speaker: Speaker, coverage: Mapping[str, int]) -> None:
    """At the end of a crawl: how many pages were not rendered, and how many were without the sandbox; what was not resolved."""
    if requests := coverage.get("unresolved", 0):
        speaker.note("lost.unresolved", requests=figure(requests))
    for trouble in ("unrendered", "unsandboxed"):
        if pages := coverage.get(trouble, 0):
            speaker.note(f"browser.{trouble}", pages=figure(pages))


def open_for_browser(findings: FindingCounts) -> int:
    """How many findings are inconclusive because a page needs a browser."""
    return sum(number for kind, number in findings.counts.items() if kind.reason == _REASON)


def open_claims(findings: Iterable[Finding], store: EvidenceStore) -> dict[str, int]:
    """How many claims are inconclusive because our own means failed: browser, resolver, controls."""
    lost: dict[str, set[tuple[str, str]]] = {"browser": set(), "resolver": set(), "controls": set()}
    for finding in findings:
        if finding.verdict != "inconclusive" or finding.subject.kind not in ("service", "dataset"):
            continue
        for means in lost:
            if _rests_on(finding, means, store):
                lost[means].add((finding.agency, finding.subject.id))
    return {means: len(claims) for means, claims in lost.items()}


def _rests_on(finding: Finding, means: str, store: EvidenceStore) -> bool:
    """Whether it is open for the lack of this."""
    if means == "browser":
        return finding.reason == _REASON
    if means == "controls":
        said = finding.observed
        return _UNCONTROLLED in (said.get("notes") or ()) or said.get("detail") == _UNCONTROLLED
    if finding.reason not in ("unreachable", "own_error"):
        return False
    return any(getattr(capture.facts, "failure", None) == "resolver" for capture in _known(finding, store))


def _known(finding: Finding, store: EvidenceStore) -> Iterator[Capture]:
    for id in finding.captures:
        with suppress(KeyError):  # of an older crawl
            yield store.get(id)


def tell_open(
    speaker: Speaker, counted: FindingCounts, findings: Iterable[Finding], store: EvidenceStore
) -> None:
    """After the checks: what stays open because the crawl had no browser, no resolver or no control. counted: the findings."""
    claims = open_claims(findings, store)
    for means in ("resolver", "controls"):
        if claims[means]:
            speaker.note(f"lost.{means}", claims=figure(claims[means]))
    count = open_for_browser(counted)
    if not count:
        return
    agencies = {finding.agency for finding in findings if finding.reason == _REASON}
    if any(_unrendered(store, agency) for agency in sorted(agencies)):
        speaker.note("browser.open", findings=figure(count), claims=figure(claims["browser"]))


def _unrendered(store: EvidenceStore, agency: str) -> bool:
    accounts = list(store.captures(agency, "crawl"))
    return bool(accounts) and "unrendered" in json.loads(store.body(accounts[-1].id))
