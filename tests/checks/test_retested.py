"""A claim that was tested again is judged by what was seen then; nothing else moves, and nothing that was seen is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from checks.finding import Finding
from checks.retested import RetestView, case_of, made
from claims.model import Dataset, Service
from evidence.kinds.crawl import CrawlFacts
from evidence.store import EvidenceStore
from fixtures.single_agency import PORTAL, Seen

MENDED = (
    "<title>صدور پروانه کسب</title><h1>صدور پروانه کسب</h1><p>درخواست خود را در فرم زیر ثبت کنید.</p>"
    "<form method=post action=/send><label>کد ملی <input name=nid></label><label>نام <input name=name></label>"
    "<button>ثبت درخواست</button></form>"
)
CLAIM = f"{PORTAL}s"
SERVICES = (
    Service("portal", "s1", "صدور پروانه کسب", True, CLAIM, "transaction"),
    Service("portal", "s2", "تمدید گواهی ایمنی", True, f"{PORTAL}t", "transaction"),
)
Retest = Callable[[Seen, int], None]


def crawled(folder: Path) -> Seen:
    """A portal whose two claimed pages are gone."""
    seen = Seen(folder)
    seen.services = SERVICES
    seen.twice(PORTAL, f"<h1>سازمان</h1><a href={CLAIM}>پروانه</a>", purpose="home")
    for service in SERVICES:
        assert service.url is not None
        seen.twice(service.url, "no such page", status=404, purpose="claim")
    seen.account()
    return seen


def again(seen: Seen, number: int, *answers: dict[str, object], state: str = "complete") -> None:
    """A re-test of s1, whose visits are these, with the control alive."""
    base = 100_000 * number
    for second in range(0, 301, 60):
        seen.control(base + second)
    for visit, answer in enumerate(answers, 1):
        seen.http(CLAIM, at=base + 60.0 * visit, attempt=100 * number + visit, purpose="claim", **answer)  # type: ignore[arg-type]
    body = {"unfetched": [], "retest": {"number": number, "subject": {"kind": "service", "id": "s1"}}}
    facts = CrawlFacts(state, 1, 1, True)
    attempt = 100 * number + 1
    seen._add("crawl", PORTAL, base + 300.0, facts, attempt=attempt, body=json.dumps(body).encode())


GOOD: dict[str, object] = {"body": MENDED}
GONE: dict[str, object] = {"body": "no such page", "status": 404}
SILENT: dict[str, object] = {"status": None, "failure": "timeout"}


def judged(seen: Seen) -> tuple[Finding, dict[str, Finding]]:
    """(entry of s1, all other findings by id)."""
    findings = {finding.id: finding for finding in seen.judge()}
    entry = next(f for f in findings.values() if (f.check, f.subject.id) == ("services.entry", "s1"))
    return entry, {id: f for id, f in findings.items() if f.subject.id != "s1"}


def test_what_is_mended_is_verified_and_nothing_else_moves(tmp_path: Path) -> None:
    once = crawled(tmp_path / "before")
    before, others = judged(once)
    assert (before.verdict, before.reason, "retest" in before.observed) == (
        "contradicted",
        "dead_link",
        False,
    )
    seen = crawled(tmp_path / "after")
    again(seen, 1, GOOD, GOOD)
    after, same = judged(seen)
    assert (after.verdict, after.reason) == ("verified", "transaction_entry")
    assert after.id == before.id and after.observed["retest"] == 1 and after.attempts == 2
    assert not set(after.captures) & set(before.captures)
    assert same == others


def test_what_is_gone_still_is_contradicted_anew(tmp_path: Path) -> None:
    seen = crawled(tmp_path)
    again(seen, 1, GONE, GONE)
    entry, _ = judged(seen)
    assert (entry.verdict, entry.reason, entry.observed["retest"]) == ("contradicted", "dead_link", 1)


@pytest.mark.parametrize(
    "answers",
    [(SILENT, SILENT), (GOOD | {"status": 403}, GOOD | {"status": 403}), (GONE,), ()],
    ids=["silent", "blocked", "one-visit", "not-let-in"],
)
def test_what_settles_nothing_leaves_the_finding_as_it_was(
    tmp_path: Path, answers: tuple[dict[str, object], ...]
) -> None:
    before, _ = judged(crawled(tmp_path / "before"))
    seen = crawled(tmp_path / "after")
    again(seen, 1, *answers)
    assert judged(seen)[0] == before


def test_one_that_did_not_end_counts_for_nothing(tmp_path: Path) -> None:
    before, _ = judged(crawled(tmp_path / "before"))
    seen = crawled(tmp_path / "after")
    again(seen, 1, GOOD, GOOD, state="interrupted")
    assert judged(seen)[0] == before


def test_of_several_the_last_that_settled_it_counts(tmp_path: Path) -> None:
    seen = crawled(tmp_path / "broken again")
    again(seen, 1, GOOD, GOOD)
    again(seen, 2, GONE, GONE)
    assert [judged(seen)[0].observed["retest"], judged(seen)[0].verdict] == [2, "contradicted"]
    seen = crawled(tmp_path / "silent then")
    again(seen, 1, GOOD, GOOD)
    again(seen, 2, SILENT, SILENT)
    assert [judged(seen)[0].observed["retest"], judged(seen)[0].verdict] == [1, "verified"]


def test_the_case_of_a_finding_can_be_had_again(tmp_path: Path) -> None:
    seen = crawled(tmp_path)
    again(seen, 1, GOOD, GOOD)
    seen.writer.close()
    with EvidenceStore.open(tmp_path / "evidence") as store:
        assert [(one.number, one.subject) for one in made(store, "portal")] == [(1, "s1")]
        now, then = (
            case_of(seen.round(), seen.agency, store, seen.as_of, "service", "s1", last) for last in (1, 0)
        )
        assert [visit.status for visit in now.visits(CLAIM)] == [200, 200]
        assert [visit.first.attempt for visit in now.visits(CLAIM)] == [1, 2]
        assert [visit.status for visit in then.visits(CLAIM)] == [404, 404]
        assert then.as_of == seen.as_of < now.as_of
        assert now.crawl == then.crawl
        hidden = [capture.id for capture in RetestView(store).captures("portal")]
        assert hidden == [c.id for c in store.captures("portal") if c.attempt < 100]


def test_a_dataset_is_judged_anew_too(tmp_path: Path) -> None:
    seen = Seen(tmp_path)
    address = f"{PORTAL}data.csv"
    seen.datasets = (Dataset("portal", "d1", "آمار پروانه‌ها", address, "csv"),)
    seen.twice(PORTAL, "<h1>سازمان</h1>", purpose="home")
    seen.twice(address, "gone", status=404, purpose="dataset")
    seen.account()
    for second in range(0, 301, 60):
        seen.control(100_000 + second)
    table = "سال,تعداد\n" + "".join(f"{year},{year * 7}\n" for year in range(1380, 1404))
    for visit in (1, 2):
        seen.http(
            address,
            table,
            headers=(("Content-Type", "text/csv; charset=utf-8"),),
            at=100_000 + 60 * visit,
            attempt=100 + visit,
            purpose="dataset",
        )
    body = {"unfetched": [], "retest": {"number": 1, "subject": {"kind": "dataset", "id": "d1"}}}
    facts = CrawlFacts("complete", 1, 1, True)
    seen._add("crawl", PORTAL, 100_300, facts, attempt=101, body=json.dumps(body).encode())
    finding = seen.of("datasets.usability")["d1"]
    assert (finding.verdict, finding.reason, finding.observed["retest"]) == ("verified", "usable", 1)
