"""More agencies than one table shows: results written agency by agency, lists page by page, pages of those that are named."""

from __future__ import annotations

import datetime as dt
import html
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from checks.finding import Finding, Subject
from claims.model import Agency, Dataset, Round, Service, Settings
from claims.persian import alphabetical
from evidence.canonical import canonical
from evidence.kinds.http import HttpFacts
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore, EvidenceWriter
from reports.html.places import page_of
from reports.html.write import FindingTotals, write_report
from reports.replies import replies_report
from reports.results import AuditTrail, Provenance, ResultsWriter
from reports.results_db.findings_file import FindingsBroken, FindingsFile
from scoring.load import load_model
from scoring.score import Scores, score
from scoring.work_sharing import Processes, in_this_process
from tests.records import build, to_bytes

NOW = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
COUNT, MOST = 150, 40
MADE_BY = Provenance("0", None)
NAMED = "a7"
VERDICTS = (
    ("verified", "transaction_entry"), ("contradicted", "dead_link"), ("inconclusive", "blocked"), ("partial", None),
    ("verified", "transaction_entry"),
)  # fmt: skip
ENTRY = {"event": "received", "time": "2025-12-02T00:00:00Z", "by": "auditor"}


@dataclass(frozen=True)
class Country:
    round: Round
    findings: tuple[Finding, ...]
    scores: Scores
    file: Path
    evidence: Path


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Country:
    """Names in an alphabet of four letters that Unicode has in another order."""
    folder = tmp_path_factory.mktemp("country")
    agencies, services, datasets, findings = [], [], [], []
    with EvidenceWriter.open(
        folder / "evidence", vantage="v", now=lambda: NOW, new_id=map("c{}".format, itertools.count()).__next__,
        plan={}, signer=Signer.generate(),
    ) as writer:  # fmt: skip
        for number in range(COUNT):
            id, url = f"a{number}", f"https://a{number}.test/"
            capture = writer.add(
                kind="http", agency=id, url=url, purpose="claim", attempt=1, time=NOW,
                facts=HttpFacts("GET", 404, "Not Found", (), None, size=0),
                request=b"GET / HTTP/1.1\r\n\r\n", response=b"HTTP/1.1 404 Not Found\r\n\r\n",
            ).id  # fmt: skip
            agencies.append(
                Agency(id, f"{'پیکو'[number % 4]}زمان {number}", "executive" if number % 3 else "main", url,
                       name_en=f"Body {number}", cooperated=number % 11 != 5)
            )  # fmt: skip
            datasets.append(Dataset(id, f"{id}-d", f"داده {number}", f"{url}d.csv"))
            findings.append(
                Finding(id, Subject("host", f"a{number}.test:443"), "hosts.security", 2, "contradicted", "expired",
                        {"problems": ["expired"], "facts": {}}, (capture,), 2, "host_is_safe", "host_expired")
            )  # fmt: skip
            findings.append(
                Finding(id, Subject("dataset", f"{id}-d"), "datasets.freshness", 1, "verified", "fresh",
                        {"fingerprint": f"{number % 60:064}", "downloads": 1}, (capture,), 1)
            )  # fmt: skip
            for of in range(4):
                service = Service(id, f"{id}-{of}", f"خدمت {of}", True, f"{url}{of}")
                services.append(service)
                verdict, reason = VERDICTS[(number * 7 + of * 3 + number // 9) % 5]
                findings.append(
                    Finding(id, Subject("service", service.id, service.url), "services.entry", 1, verdict, reason,  # type: ignore[arg-type]
                            {}, (capture,), 2)
                )  # fmt: skip
    round_ = Round(folder, Settings("country", "کشور"), tuple(agencies), tuple(services), tuple(datasets))
    findings.sort(key=lambda finding: finding.id)
    file = folder / "findings.jsonl"
    file.write_text("".join(canonical(finding.to_json()) + "\n" for finding in findings), encoding="utf-8")
    scores = score(round_, findings, load_model("tutorial", folder), as_of=NOW)
    return Country(round_, tuple(findings), scores, file, folder / "evidence")


def test_findings_are_read_by_agency_as_they_count(country: Country) -> None:
    withdrawn = next(f for f in country.findings if f.verdict == "contradicted" and f.agency == NAMED)
    read = FindingsFile(country.file, {withdrawn.id: (withdrawn.verdict, withdrawn.reason)})
    assert read.count == len(country.findings) and len(read) == COUNT
    for agency in read:
        plain = [f for f in country.findings if f.agency == agency and f.id != withdrawn.id]
        assert [f for f in read[agency] if f.id != withdrawn.id] == plain
    (taken_back,) = [f for f in read.every() if f.reason == "own_error"]
    assert taken_back.id == withdrawn.id and taken_back in read[NAMED]
    wanted = ("datasets.freshness", "hosts.security")
    assert [f.id for f in read.of_checks(wanted)] == [f.id for f in country.findings if f.check in wanted]


def test_a_line_in_another_order_is_read_and_a_broken_one_told(country: Country, tmp_path: Path) -> None:
    file = tmp_path / "findings.jsonl"
    first = country.findings[0]
    odd = first.to_json() | {"agency": 'a "b'}
    file.write_text(json.dumps(first.to_json()) + "\n" + canonical(odd) + "\n", encoding="utf-8")
    read = FindingsFile(file, {})
    assert set(read) == {first.agency, 'a "b'} and read[first.agency] == [first]
    file.write_text('{"agency":"a","check":1}\n', encoding="utf-8")
    with pytest.raises(FindingsBroken):
        FindingsFile(file, {})["a"]
    file.write_text("{}\n", encoding="utf-8")
    with pytest.raises(FindingsBroken):
        FindingsFile(file, {})


@pytest.mark.slow
@pytest.mark.parametrize("share", [in_this_process, Processes(2)], ids=["alone", "shared"])
def test_results_written_agency_by_agency_are_those_of_the_whole(
    country: Country, share: object, tmp_path: Path
) -> None:
    read = FindingsFile(country.file, {})
    model = country.scores.model
    scores = score(country.round, read, model, as_of=NOW, share=share)  # type: ignore[arg-type]
    path = tmp_path / "results.json"
    dated = read.of_checks(("datasets.freshness",))
    writer = ResultsWriter(
        country.round, read, scores, as_of=NOW, provenance=MADE_BY, trail=AuditTrail(), datasets=dated
    )
    with path.open("wb") as file:
        stored = writer.write(file, path, share)  # type: ignore[arg-type]
    whole = build(
        country.round, country.findings, country.scores, manifest_sha256=None, as_of=NOW, version="0"
    )
    assert path.read_bytes() == to_bytes(whole)
    assert stored["national"] == whole["national"]
    assert [dict(entry) for entry in stored["agencies"]] == json.loads(path.read_bytes())["agencies"]
    assert writer.tally.counts == FindingTotals.of({"": country.findings}, {}).tally.counts


def test_replies_stand_with_their_agency(country: Country, tmp_path: Path) -> None:
    reply = {
        "reply": "r1",
        "agency": NAMED,
        "subject": f"{NAMED}-0",
        "date": "2025-12-02",
        "by": "x",
        "stance": "accepts",
        "text": "",
    }
    replies = replies_report([ENTRY | {"reply": reply, "findings": []}], None, "ab")
    path = tmp_path / "results.json"
    writer = ResultsWriter(
        country.round, country.findings, country.scores, as_of=NOW, provenance=MADE_BY, trail=AuditTrail(replies=replies)
    )  # fmt: skip
    with path.open("wb") as file:
        stored = writer.write(file, path, in_this_process)
    assert [entry["id"] for entry in stored["agencies"] if "replies" in entry] == [NAMED]
    assert json.loads(path.read_bytes())["replies"]["ledger"] == "ab"


@pytest.fixture(scope="module")
def report(country: Country, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    path = folder / "results.json"
    writer = ResultsWriter(
        country.round, country.findings, country.scores, as_of=NOW, provenance=MADE_BY, trail=AuditTrail()
    )
    with path.open("wb") as file:
        results = writer.write(file, path, in_this_process)
    (folder / "report").mkdir()
    (folder / "report" / "list names 99.html").write_text("of a larger round")
    with EvidenceStore.open(country.evidence) as store:
        return write_report(
            country.round, results, FindingsFile(country.file, {}), country.scores, store, folder / "report",
            frozenset({NAMED}), counted=FindingTotals(writer.tally, writer.hosts), most=MOST,
        ).parent  # fmt: skip


def listed(folder: Path, order: str) -> Iterator[list[str]]:
    """Names of a list, page by page."""
    for number in itertools.count(1):
        page = folder / f"list {order} {number}.html"
        if not page.exists():
            return
        yield [
            html.unescape(name)
            for name in re.findall(r'<td class="title">(?:<a[^>]*>)?<bdi>(.*?)</bdi>', page.read_text())
        ]


@pytest.mark.parametrize("language", ["fa", "en"])
def test_every_agency_stands_on_one_page_of_each_list(country: Country, report: Path, language: str) -> None:
    folder = report if language == "fa" else report / language
    names = {a.id: a.name if language == "fa" else a.name_en or "" for a in country.round.agencies}
    leaves = list(listed(folder, "names"))
    assert len(leaves) == 8 and max(map(len, leaves)) <= MOST // 2
    flat = [name for leaf in leaves for name in leaf]
    assert Counter(flat) == Counter(names.values())
    assert [alphabetical(name) for name in flat] == sorted(map(alphabetical, flat))
    if language == "fa":
        assert "".join(dict.fromkeys(name[0] for name in flat)) == "پکوی"
    by_rank = [
        name for order in ("main", "executive", "unranked") for leaf in listed(folder, order) for name in leaf
    ]
    assert Counter(by_rank) == Counter(names.values())
    places = {names[one.agency.id]: one.rank.place for one in country.scores.agencies if one.rank}
    for order in ("main", "executive"):
        found = [places[name] for leaf in listed(folder, order) for name in leaf]
        assert found and found == sorted(found)


def test_links_of_all_pages_lead_somewhere(report: Path) -> None:
    pages = list(report.rglob("*.html"))
    assert len(pages) > 2 * (8 + 8)
    anchors = {page: set(re.findall(r'\bid="([^"]+)"', page.read_text())) for page in pages}
    for page in pages:
        for link in re.findall(r'\bhref="([^"]+)"', page.read_text()):
            path, _, part = unquote(html.unescape(link)).partition("#")
            target = (page.parent / path).resolve() if path else page
            assert target.is_file(), f"{page.name}: {link}"
            assert not part or target.suffix != ".html" or part in anchors[target], f"{page.name}: {link}"


def test_only_named_agencies_have_pages_and_links(report: Path) -> None:
    assert {path.name for path in report.glob("a[0-9]*.html")} == {page_of(NAMED)}
    linked = {
        unquote(link)
        for path in report.glob("list *.html")
        for link in re.findall(r'href="(a\d[^"]*)"', path.read_text())
    }
    assert linked == {page_of(NAMED)}
    assert "--all-pages" in (report / "index.html").read_text()


def test_a_page_from_before_is_linked_and_no_page_of_the_report_is_taken_for_one(
    country: Country, tmp_path: Path
) -> None:
    """An agency may be called `index`; the page of the report itself is none of it."""
    few = replace(
        country.round, agencies=(*country.round.agencies[:8], replace(country.round.agencies[8], id="index"))
    )
    results = build(
        country.round, country.findings, country.scores, manifest_sha256=None, as_of=NOW, version="0"
    )
    entries = [e for e in results["agencies"] if e["id"] in {a.id for a in country.round.agencies[:9]}]
    results["agencies"] = [e | {"id": "index"} if e["id"] == "a8" else e for e in entries]
    (tmp_path / "index.html").write_text("of an earlier report")
    (tmp_path / page_of("a3")).write_text("from before")
    with EvidenceStore.open(country.evidence) as store:
        write_report(few, results, country.findings, country.scores, store, tmp_path, most=4)
    text = "".join(path.read_text() for path in tmp_path.glob("list names *.html"))
    assert 'href="a3.html"' in text and "agency%20index.html" not in text
    assert (tmp_path / page_of("a3")).read_text() == "from before"


def test_the_first_page_tells_the_country_and_not_each_agency(country: Country, report: Path) -> None:
    page = (report / "en" / "index.html").read_text()
    names = [a.name_en for a in country.round.agencies if f">{a.name_en}<" in page]
    leaves = [leaf for order in ("names", "unranked") for leaf in listed(report / "en", order)]
    # the first of each kind, and those that begin and end the pages of a list
    assert len(names) <= 2 * 10 + 2 * len(leaves) < COUNT
    assert (
        'id="hosts-all"' not in page and f'<td class="num">{COUNT}</td>' in page
    )  # hosts counted, not named
    assert 'class="plot wide"' not in page
    assert "<svg" not in (report / "indicators.html").read_text()


def test_pages_of_all_agencies_are_written_on_request(country: Country, report: Path, tmp_path: Path) -> None:
    few = replace(country.round, agencies=country.round.agencies[:12])
    results = build(few, country.findings, country.scores, manifest_sha256=None, as_of=NOW, version="0")
    results["agencies"] = [
        one for one in results["agencies"] if few.agencies and one["id"] in {a.id for a in few.agencies}
    ]
    with EvidenceStore.open(country.evidence) as store:
        index = write_report(
            few, results, country.findings, country.scores, store, tmp_path / "report", every_page=True, most=5
        )  # fmt: skip
    assert {page.name for page in index.parent.glob("a[0-9]*.html")} == {page_of(a.id) for a in few.agencies}
    assert "--all-pages" not in index.read_text()
