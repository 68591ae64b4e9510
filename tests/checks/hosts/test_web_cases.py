"""The table of HTTP cases, walked: served on loopback, crawled by the real crawl, judged, and held against the table."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from checks.engine import run_checks
from checks.finding import Finding
from checks.hosts.problems import PROBLEMS
from checks.hosts.security.check import HostsSecurity
from claims.model import Agency, CrawlSettings, NetworkSettings, Round, Settings
from crawler.browser.renderer import find_browser
from crawler.crawl import crawl
from crawler.crawl_context import CrawlContext
from evidence.fault import Faults
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore
from evidence.verify.witnesses import check_witnesses
from fixtures.hosts.pki import AS_OF
from fixtures.hosts.web_lab import HttpCase, WebLab, http_cases
from tests.depth import tries

pytestmark = pytest.mark.sockets

CASES = {case.id: case for case in http_cases()}
# The rules of all of them are tried on captures in test_http.py: here, one of three walks the whole way.
USUAL = {
    name: case
    for number, (name, case) in enumerate(CASES.items())
    if number % tries(3, 1) == 0 or case.browser or name == "no_https"
}
COOKIE = "v4lu3"  # what every cookie of the table holds


def walked(folder: Path, cases: tuple[HttpCase, ...], browser: Path | None) -> dict[str, Finding]:
    """Every case as an agency of its own, crawled, sealed and judged. By case."""
    began, ids = time.monotonic(), itertools.count(1)
    agencies = tuple(Agency(case.id, "سازمان", "main", f"https://{case.host}/") for case in cases)
    with WebLab(cases) as lab:
        (folder / "public.pem").write_bytes(lab.public_roots)
        settings = Settings(
            "r1",
            crawl=CrawlSettings(delay=0.01, retry_after=1.0, render="auto" if browser else "never"),
            network=NetworkSettings(
                allow_private=True, hosts=lab.hosts, public_roots=folder / "public.pem", resolvers=()
            ),
        )
        round = Round(folder, settings, agencies)
        outcome = crawl(
            round,
            folder / "evidence",
            CrawlContext(
                now=lambda: AS_OF + dt.timedelta(seconds=time.monotonic() - began),
                new_id=lambda: f"c{next(ids):06d}",
                browser=browser,
                sandbox="off",
            ),
            agencies=None,
            progress=lambda _: None,
            signer=Signer.generate(),
            stop=threading.Event(),
        )
    assert outcome.state == "complete", outcome
    witnesses = check_witnesses(folder / "evidence", faults := Faults())
    assert not faults.found()
    answered = {proof.host for proof in witnesses.proofs.values()}
    assert answered == {case.host for case in cases if "https" not in case.closed}  # each proves its own key
    with EvidenceStore.open(folder / "evidence") as store:
        found = run_checks(round, store, as_of=AS_OF, checks=(HostsSecurity(),))
    return {finding.agency: finding for finding in found}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Finding]:
    plain = tuple(case for case in USUAL.values() if not case.browser)
    seen = tuple(case for case in USUAL.values() if case.browser)
    return {
        **walked(tmp_path_factory.mktemp("web"), plain, None),
        **walked(tmp_path_factory.mktemp("seen"), seen, find_browser()),
    }


def fact(finding: Finding, path: str) -> Any:
    """Under the http facts. Of cookies and banners only what tells them apart."""
    value: Any = finding.observed["facts"]["http"]
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if path == "cookies":
        return [[c["name"], c["secure"], c["http_only"], c["same_site"] or ""] for c in value]
    if path == "policies.banners":
        return [[banner["header"], banner["version"]] for banner in value]
    return "" if value is None else value


@pytest.mark.parametrize("case", USUAL.values(), ids=USUAL.keys())
def test_a_case_is_judged_as_the_table_says(findings: dict[str, Finding], case: HttpCase) -> None:
    finding = findings[case.id]
    assert tuple(sorted(finding.observed["problems"])) == case.problems
    assert finding.observed["unproven"] == []
    assert finding.verdict == case.verdict
    assert finding.reason == (case.reason or (finding.observed["problems"] or [None])[0])
    assert {path: fact(finding, path) for path in case.facts} == dict(case.facts)


def test_no_finding_has_the_value_of_a_cookie(findings: dict[str, Finding]) -> None:
    assert not [case_id for case_id, finding in findings.items() if COOKIE in str(finding.to_json())]


def test_every_code_of_http_has_a_case() -> None:
    told = {code for case in CASES.values() for code in case.problems}
    assert told == {
        "no_https", "form_to_http", "redirect_loop", "https_downgrade", "http_not_redirected", "mixed_content",
        "insecure_cookie", "hsts_missing", "hsts_invalid", "hsts_short",
    }  # fmt: skip
    assert told <= set(PROBLEMS)
    assert len(CASES) >= 60
