"""What is said of the browser: before a crawl what it is able to do, after it and after the checks what its lack cost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from checks.finding import Finding
from claims.model import CrawlSettings
from crawler.browser.renderer import BrowserTrial, try_browser
from evidence.store import EvidenceStore
from govah.exits import Exit
from govah.terminal.console import Speaker
from govah.terminal.trace_lines import figure

_REASON = "needs_browser"


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
    """At the end of a crawl: how many pages were not rendered, and how many were without the sandbox."""
    for trouble in ("unrendered", "unsandboxed"):
        if pages := coverage.get(trouble, 0):
            speaker.note(f"browser.{trouble}", pages=figure(pages))


def open_for_browser(findings: list[Finding]) -> int:
    """How many findings are inconclusive because a page needs a browser."""
    return sum(finding.reason == _REASON for finding in findings)


def tell_open(speaker: Speaker, findings: list[Finding], store: EvidenceStore) -> None:
    """After the checks: how many findings stay open where the crawl had no browser."""
    count = open_for_browser(findings)
    if not count:
        return
    agencies = {finding.agency for finding in findings if finding.reason == _REASON}
    if any(_unrendered(store, agency) for agency in sorted(agencies)):
        speaker.note("browser.open", findings=figure(count))


def _unrendered(store: EvidenceStore, agency: str) -> bool:
    accounts = list(store.captures(agency, "crawl"))
    return bool(accounts) and "unrendered" in json.loads(store.body(accounts[-1].id))
