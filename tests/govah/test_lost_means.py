"""What a resolver that fails and silent controls cost: counted by the crawl, and by claims after the checks."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from checks.finding import Finding, Subject, Verdict
from claims.model import Agency, CrawlSettings, Service
from crawler.crawl import coverage
from crawler.jobs import ExchangeLimits, Job
from crawler.spiders.visit import AgencyVisit
from evidence.kinds.crawl import CrawlFacts
from evidence.kinds.http import HttpFacts
from evidence.records import Capture
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore, EvidenceWriter
from govah.terminal.browser_lines import open_claims, tell_open
from govah.terminal.console import Speaker
from reports.finding_counts import FindingCounts
from tests.crawler.million_links import Waiting

NOW = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
CLAIM = "https://portal.agency-a.test/permit"


def unresolved(failure: Any = "resolver") -> HttpFacts:
    return HttpFacts("GET", None, None, (), failure)


def finding(
    service: str, reason: str, captures: tuple[str, ...] = (), verdict: Verdict = "inconclusive", **seen: Any
) -> Finding:
    subject = Subject("service", service, CLAIM)
    return Finding("a", subject, "services.entry", 1, verdict, reason, seen, captures, 2)


@pytest.fixture
def evidence(tmp_path: Path) -> tuple[Path, list[str]]:
    """Two visits that the resolver failed for, one that had no such name; and the crawl's account of them."""
    ids = iter(f"00000000-0000-4000-8000-{n:012d}" for n in range(9))
    told = []
    with EvidenceWriter.open(
        tmp_path, vantage="v", now=lambda: NOW, new_id=lambda: next(ids), plan={}, signer=Signer.generate()
    ) as writer:
        common: dict[str, Any] = {"agency": "a", "url": CLAIM, "purpose": "claim", "time": NOW}
        for attempt, failure in enumerate(("resolver", "resolver", "dns"), start=1):
            facts = unresolved(failure)
            told.append(writer.add(kind="http", attempt=attempt, facts=facts, body=b"", **common).id)
        body = json.dumps({"unfetched": [], "rendered": 0, "browser": None, "unresolved": 2}).encode()
        account = CrawlFacts("complete", 1, 1, True)
        writer.add(kind="crawl", attempt=1, facts=account, body=body, **common | {"purpose": "home"})
        writer.commit()
    return tmp_path, told


def test_the_visit_counts_what_was_not_resolved() -> None:
    service = Service("a", "s", "خدمت", True, url=CLAIM)
    agency = Agency("a", "A", "main", "https://portal.agency-a.test/")
    visit = AgencyVisit(
        agency, (service,), (), CrawlSettings(), ExchangeLimits(), Waiting(), renders=False, alone=()
    )
    visit.start()
    for attempt in (1, 2):
        for failure in ("resolver", "dns"):
            job = Job("a", CLAIM, "claim", attempt=attempt)
            facts = unresolved(failure)
            capture = Capture("x", 1, "http", "a", CLAIM, NOW, "v", "claim", attempt, "", facts)
            visit.take(job, capture, b"")
    assert visit.ledger.unresolved == 2
    assert json.loads(visit.ledger.to_json(None))["unresolved"] == 2
    assert visit.settled == 1


def test_the_account_of_a_crawl_has_the_sum(evidence: tuple[Path, list[str]]) -> None:
    assert coverage(evidence[0])["unresolved"] == 2


def test_claims_are_counted_once_by_what_failed(
    evidence: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOVAH_LANG", "en")
    folder, (first, second, nameless) = evidence
    findings = [
        finding("s1", "unreachable", (first, second)),
        finding("s1", "unreachable", (second,)),
        finding("s2", "unreachable", (nameless, "gone")),
        finding("s3", "own_error", notes=["no_control"]),
        finding("s4", "own_error", detail="no_control"),
        finding("s5", "own_error", notes=["visits_differ"]),
        finding("s6", "needs_browser"),
        finding("s7", "dead_link", (first,), "contradicted"),
    ]
    with EvidenceStore.open(folder) as store:
        assert open_claims(findings, store) == {"browser": 1, "resolver": 1, "controls": 2}
        tell_open(Speaker(), FindingCounts.of(findings), findings, store)
    said = capsys.readouterr().err
    assert "The resolver did not work. Claims that are not settled (unreachable): 1." in said
    assert "Claims that are not settled (own_error): 2." in said
    assert "browser" not in said, "the crawl had one"
