"""What an agency's lists say of its data, and how that is held against what it declared."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checks.case import Case, Shared
from checks.datasets.catalogues import sources
from checks.datasets.catalogues.entry import Entry, File
from checks.datasets.catalogues.listed import listed
from checks.datasets.catalogues.merge import Found, merged
from checks.datasets.catalogues.sources import Record, Source
from checks.finding import Finding
from checks.registry import check_of
from claims.model import Agency, Dataset
from evidence.canonical import canonical
from evidence.store import EvidenceStore
from fixtures.catalogues import truth, written
from fixtures.catalogues.recorded_answers import recorded
from tests.checks.selection import allowed

SITE = "http://data.gandom.test"
API = f"{SITE}/api/3/action/"
JSON = (("Content-Type", "application/json"),)
TURTLE = (("Content-Type", "text/turtle"),)
ROWS = truth.datasets()
KEY = "portal"


class World:
    """An agency `portal` with the catalogue of the fixtures on a host of its own."""

    def __init__(self, seen: Any) -> None:
        self.seen = seen
        seen.agency = Agency(KEY, "سازمان", "main", "http://portal.test/", hosts=("data.gandom.test",))
        self._at = 0.0

    def claim(self, *claims: tuple[str, str]) -> None:
        """(title, address) of each claimed dataset."""
        self.seen.datasets = tuple(
            Dataset(KEY, f"d{number}", title, url) for number, (title, url) in enumerate(claims, 1)
        )

    def answer(self, url: str, body: str | bytes = "", headers: Any = JSON, **rest: Any) -> Any:
        self._at += 1
        return self.seen.http(url, body, headers=headers, at=self._at, **{"purpose": "listing", **rest})

    def page(self, url: str, body: str, **rest: Any) -> Any:
        self._at += 1
        return self.seen.http(url, f"<!DOCTYPE html><html>{body}</html>", at=self._at, **rest)

    def ckan(
        self, pages: Sequence[tuple[int, Sequence[truth.Dataset]]], count: int | None = len(ROWS)
    ) -> None:
        """(offset, rows) of each page of its search."""
        self.answer(f"{API}status_show", '{"success": true, "result": {}}')
        for start, rows in pages:
            self.answer(self.search(start), written.ckan_search(rows, count))

    @staticmethod
    def search(start: int) -> str:
        return f"{API}package_search?rows=100&start={start}&sort=name+asc"

    def judged(self) -> Finding:
        (finding,) = self.seen.judge(checks=(check_of("catalogue.datasets"),))
        assert allowed(finding.check, finding.verdict, finding.reason)
        assert finding.verdict != "contradicted"
        assert len(canonical(finding.to_json())) < 400_000
        return finding  # type: ignore[no-any-return]


@pytest.fixture
def world(seen: Any) -> World:
    return World(seen)


PAGES = [(0, ROWS[:4]), (4, ROWS[4:8]), (8, ROWS[8:])]
CLAIMS = [(row.title, row.files[0].url) for row in ROWS if row.files]


# whole


def test_a_whole_catalogue_both_ways(world: World) -> None:
    world.claim(*CLAIMS[:3], ("چیز دیگر", "http://portal.test/other.csv"))
    world.ckan(PAGES)
    finding = world.judged()
    assert (finding.verdict, finding.reason) == ("verified", None)
    seen = finding.observed
    assert (seen["listed"], seen["claimed"], seen["claimed_listed"]) == (10, 4, 3)
    assert (seen["reconciled"], seen["absent"]) == (True, ["d4"])
    assert seen["unclaimed_count"] == 7
    (source,) = seen["lists"]
    assert source == {
        "kind": "ckan", "url": f"{SITE}/", "own": True, "datasets": 10, "listed": 10, "whole": True, "lacks": [],
    }  # fmt: skip
    assert len(finding.captures) == 4


def test_a_claim_is_found_by_its_page_by_a_file_of_it_or_by_its_title(world: World) -> None:
    row = ROWS[0]
    world.claim(
        ("x", f"https://www.data.gandom.test/dataset/{row.id}/"),  # its page, written otherwise
        ("y", f"{SITE}/dataset/{ROWS[1].id}/resource/0f-1"),  # the page of a file
        ("z", ROWS[3].files[1].url),  # its second file
        ("  " + ROWS[4].title.replace("ی", "ي"), "http://portal.test/elsewhere"),
    )
    world.ckan(PAGES)
    seen = world.judged().observed
    assert (seen["claimed_listed"], seen["absent"]) == (4, [])


def test_real_answers(world: World) -> None:
    answers = recorded("2.11")
    world.claim(*CLAIMS)
    for path in (
        f"/api/3/action/{name}"
        for name in ("status_show", *(f"package_search?rows=100&start={n}&sort=name+asc" for n in (0, 4, 8)))
    ):
        world.answer(SITE + path, answers[path].body)
    for suffix in ("ttl", "rdf", "jsonld"):
        for page in ("", "?page=2", "?page=3"):
            answer = answers[f"/catalog.{suffix}{page}"]
            world.answer(f"{SITE}/catalog.{suffix}{page}", answer.body, (("Content-Type", answer.kind),))
    world.page(f"{SITE}/dataset/tolid-gandom", answers["/dataset/tolid-gandom"].body.decode())
    finding = world.judged()
    seen = finding.observed
    assert (finding.verdict, seen["listed"], seen["claimed_listed"], seen["absent"]) == (
        "verified",
        10,
        len(CLAIMS),
        [],
    )
    assert [(s["kind"], s["datasets"], s["whole"]) for s in seen["lists"]] == [
        ("ckan", 10, True), ("dcat", 10, True), ("dcat", 10, True), ("dcat", 10, True), ("schema_org", 1, False),
        ("page", 1, False),
    ]  # fmt: skip
    (unclaimed,) = seen["unclaimed"]  # the one without files
    assert unclaimed["listed_in"] == ["ckan", "dcat"] and unclaimed["title"] == "Certified seed lots"


@pytest.mark.parametrize(
    ("name", "write", "headers"),
    [
        ("catalog.ttl", written.turtle, TURTLE),
        ("catalog.rdf", written.rdf_xml, (("Content-Type", "application/rdf+xml"),)),
        ("catalog.jsonld", written.json_ld, (("Content-Type", "application/ld+json"),)),
        ("data.json", written.data_json, JSON),
    ],
)
def test_any_whole_catalogue_will_do(world: World, name: str, write: Any, headers: Any) -> None:
    world.claim(*CLAIMS[:2], ("نیست", "http://portal.test/none"))
    world.answer(f"{API}status_show", "no", status=404)
    world.answer(f"{SITE}/{name}", write(ROWS), headers)
    finding = world.judged()
    assert (finding.verdict, finding.observed["listed"], finding.observed["absent"]) == (
        "verified",
        10,
        ["d3"],
    )


# not whole

Build = Callable[[World], None]
LACKING: dict[str, tuple[Build, str, str]] = {}


def lacking(name: str, reason: str, lack: str) -> Callable[[Build], Build]:
    def keep(make: Build) -> Build:
        LACKING[name] = (make, reason, lack)
        return make

    return keep


@lacking("a page in the middle that failed", "server_error", "server_error")
def _middle(world: World) -> None:
    world.ckan([PAGES[0], PAGES[2]])
    world.answer(World.search(4), "x", status=503)
    world.answer(World.search(4), "x", status=503, attempt=2)


@lacking("a page that timed out", "unreachable", "unreachable")
def _late(world: World) -> None:
    world.ckan(PAGES[:2])
    world.answer(World.search(8), status=None, failure="timeout")


@lacking("a page past the budget", "limit", "limit")
def _budget(world: World) -> None:
    world.ckan(PAGES[:2])
    world.seen.account([(World.search(8), "max_pages")])


@lacking("a crawl that was stopped", "not_attempted", "not_attempted")
def _stopped(world: World) -> None:
    world.ckan(PAGES[:2], count=None)
    world.seen.account(state="interrupted")


@lacking("more said than given", "ambiguous", "fewer")
def _lie(world: World) -> None:
    world.ckan(PAGES, count=1000)


@lacking("a search that is refused", "blocked", "blocked")
def _refused(world: World) -> None:
    world.answer(f"{API}status_show", '{"success": true, "result": {}}')
    world.answer(
        World.search(0), '{"success": false, "error": {"__type": "Authorization Error"}}', status=403
    )


@lacking("names of which not all were told", "limit", "limit")
def _names(world: World) -> None:
    world.answer(f"{API}status_show", '{"success": true, "result": {}}')
    world.answer(World.search(0), '{"success": false, "error": {"__type": "Search Error"}}', status=409)
    world.answer(f"{API}package_list", json.dumps({"success": True, "result": [row.id for row in ROWS]}))
    for row in ROWS[:5]:
        body = json.dumps({"success": True, "result": written.ckan_package(row)})
        world.answer(f"{API}package_show?id={row.id}", body)


@lacking("a document that breaks", "ambiguous", "malformed")
def _broken(world: World) -> None:
    world.answer(f"{SITE}/catalog.ttl", written.turtle(ROWS)[:-300], TURTLE)


@lacking("a document that was cut", "limit", "limit")
def _cut(world: World) -> None:
    world.answer(f"{SITE}/catalog.ttl", written.turtle(ROWS[:2], f"{SITE}/catalog.ttl?page=2"), TURTLE)
    world.answer(f"{SITE}/catalog.ttl?page=2", written.turtle(ROWS[2:]), TURTLE, truncated="length")


@lacking("a next page that nobody fetched", "limit", "limit")
def _next(world: World) -> None:
    following = f"{SITE}/catalog.ttl?page=2"
    world.answer(f"{SITE}/catalog.ttl", written.turtle(ROWS[:2], following), TURTLE)
    world.seen.account([(following, "max_pages")])


PREFIXES = "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> . "


@lacking("datasets that are named and not told of", "ambiguous", "fewer")
def _named(world: World) -> None:
    body = (
        PREFIXES + '<> a dcat:Catalog ; dcat:dataset <d/1>, <d/2> . <d/1> a dcat:Dataset ; dct:title "الف" .'
    )
    world.answer(f"{SITE}/catalog.ttl", body, TURTLE)


@lacking("words that we do not know", "ambiguous", "malformed")
def _unknown(world: World) -> None:
    body = written.turtle(ROWS).replace("http://www.w3.org/ns/dcat#", "http://www.w3.org/ns/dcat/")
    world.answer(f"{SITE}/catalog.ttl", body, TURTLE)


@lacking("a list with something else among it", "ambiguous", "malformed")
def _among(world: World) -> None:
    document = json.loads(written.data_json(ROWS))
    document["dataset"].insert(1, "x")
    world.answer(f"{SITE}/data.json", json.dumps(document), JSON)


@lacking("an entity bomb", "limit", "limit")
def _bomb(world: World) -> None:
    world.answer(
        f"{SITE}/catalog.rdf",
        written.rdf_xml(ROWS, "<!DOCTYPE x [<!ENTITY a 'b'>]>"),
        (("Content-Type", "application/rdf+xml"),),
    )


@pytest.mark.parametrize("case", LACKING)
def test_of_a_catalogue_that_was_not_read_whole_nothing_is_absent(world: World, case: str) -> None:
    make, reason, lack = LACKING[case]
    world.claim(*CLAIMS, ("نیست", "http://portal.test/none"))
    make(world)
    finding = world.judged()
    assert (finding.verdict, finding.reason) == ("inconclusive", reason)
    assert lack in [code for source in finding.observed["lists"] for code in source["lacks"]]
    assert (finding.observed["reconciled"], finding.observed["absent"]) == (False, [])


def test_one_that_is_whole_says_nothing_of_another_that_is_not(world: World) -> None:
    world.claim(("نیست", "http://portal.test/none"))
    world.ckan(PAGES)
    world.answer("http://portal.test/catalog.ttl", written.turtle(ROWS)[:-300], TURTLE)
    finding = world.judged()
    assert (finding.verdict, finding.observed["absent"]) == ("verified", [])


def test_a_page_that_came_at_the_second_attempt_is_there(world: World) -> None:
    world.ckan([PAGES[0], PAGES[2]])
    world.answer(World.search(4), "x", status=503)
    world.answer(World.search(4), written.ckan_search(PAGES[1][1], 10), attempt=2)
    assert world.judged().verdict == "verified"


def test_a_search_that_cannot_sort_is_whole_without(world: World) -> None:
    world.answer(f"{API}status_show", '{"success": true, "result": {}}')
    world.answer(World.search(0), '{"success": false, "error": {"__type": "Search Error"}}', status=409)
    world.answer(f"{API}package_search?rows=100&start=0", written.ckan_search(ROWS))
    finding = world.judged()
    assert (finding.verdict, finding.observed["listed"]) == ("verified", 10)


# none


def test_nothing_there(world: World) -> None:
    world.claim(CLAIMS[0])
    for path in (
        "/api/3/action/status_show",
        "/catalog.ttl",
        "/catalog.rdf",
        "/catalog.jsonld",
        "/data.json",
    ):
        world.answer(SITE + path, "no", status=404)
    finding = world.judged()
    assert (finding.verdict, finding.reason, finding.observed["lists"]) == ("inconclusive", "no_match", [])
    assert finding.observed["absent"] == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"status": None, "failure": "timeout"}, "unreachable"),
        ({"status": 403}, "blocked"),
        ({"status": 500}, "server_error"),
    ],
    ids=["time-out", "refused", "error"],
)
def test_one_that_could_not_be_seen_may_be_there(world: World, answer: dict[str, Any], reason: str) -> None:
    world.answer(f"{API}status_show", "", **answer)
    finding = world.judged()
    assert (finding.verdict, finding.reason) == ("inconclusive", reason)


def test_what_robots_keep_us_from(world: World) -> None:
    world.answer(f"{SITE}/catalog.ttl", "no", status=404)
    world.seen.account([(f"{API}status_show", "robots")])
    finding = world.judged()
    assert (finding.verdict, finding.reason) == ("inconclusive", "robots")


def test_an_agency_without_any_of_it_has_no_finding(seen: Any) -> None:
    seen.http("http://portal.test/", "<html><p>x</html>", purpose="home")
    assert seen.judge(checks=(check_of("catalogue.datasets"),)) == []


# pages

TABLE = """<h1>داده‌های باز سازمان</h1><table>
<tr><th>عنوان</th><th>دریافت</th></tr>
<tr><td>۱</td><td>بارش ایستگاه‌ها</td><td><a href="/f/baran.csv">دانلود csv</a> <a href="/f/baran.xlsx">دانلود اکسل</a></td></tr>
<tr><td>۲</td><td>سیلوها</td><td><a href="/f/sillu.ods">دریافت فایل</a></td></tr></table>
<ul><li>نقشهٔ آفت‌ها <a href="/f/afat.geojson">دانلود</a></li></ul>
<a href="/f/nan.zip">سرانهٔ نان</a> <a href="/news.html">خبر</a>"""


def test_files_on_a_page_that_names_open_data(world: World) -> None:
    world.claim(("بارش", "http://portal.test/f/baran.csv"))
    world.page("http://portal.test/od", TABLE)
    finding = world.judged()
    assert (finding.verdict, finding.reason) == ("partial", None)
    seen = finding.observed
    assert (seen["listed"], seen["claimed_listed"], seen["reconciled"]) == (4, 1, False)
    assert [(row["title"], row["formats"]) for row in seen["unclaimed"]] == [
        ("سرانهٔ نان", ["ZIP"]), ("سیلوها", ["ODS"]), ("نقشهٔ آفت‌ها", ["GEOJSON"]),
    ]  # fmt: skip


def test_files_on_other_pages_are_no_open_data(world: World) -> None:
    world.claim(("بارش", "http://portal.test/x"))
    world.page("http://portal.test/news", "<h1>خبر</h1><a href=/f/form.pdf>فرم</a><a href=/f/a.zip>x</a>")
    world.answer(f"{SITE}/data.json", "no", status=404)
    assert world.judged().observed["listed"] == 0


@pytest.mark.parametrize("croissant", [False, True], ids=["schema.org", "Croissant"])
def test_records_inside_of_pages(world: World, croissant: bool) -> None:
    for row in ROWS[:3]:
        world.page(row.page, written.page(row, croissant=croissant).partition("<html")[2])
    finding = world.judged()
    assert (finding.verdict, finding.observed["listed"]) == ("partial", 3)
    assert {row["url"] for row in finding.observed["unclaimed"]} == {row.page for row in ROWS[:3]}


# others


def test_a_list_that_others_keep_is_a_claim_of_theirs(seen: Any) -> None:
    world = World(seen)
    seen.agency = Agency(
        KEY, "سازمان", "main", "http://portal.test/", catalogue="http://national.test/organization/gandom"
    )
    world.claim(CLAIMS[0], ("نیست", "http://portal.test/none"))
    base = "http://national.test/api/3/action/"
    world.answer(f"{base}status_show", '{"success": true, "result": {}}')
    world.answer(
        f"{base}package_search?rows=100&start=0&sort=name+asc&fq=organization:gandom",
        written.ckan_search(ROWS),
    )
    finding = world.judged()
    seen_ = finding.observed
    assert (finding.verdict, finding.reason) == ("inconclusive", "no_match")
    assert (seen_["listed"], seen_["claimed_listed"], seen_["claimed_elsewhere"]) == (0, 0, 1)
    assert (seen_["absent"], seen_["unclaimed"]) == ([], [])
    assert seen_["elsewhere_count"] == 9
    assert seen_["lists"][0]["own"] is False


# merging


def source(kind: Any, *entries: Entry, url: str = f"{SITE}/") -> Source:
    return Source(kind, url, True, tuple(Record(entry, f"c-{kind}-{entry.id}") for entry in entries))


def entry(id: str, title: str, *urls: str, page: str | None = None) -> Entry:
    return Entry(id, title, page=page, files=tuple(File(url) for url in urls))


def shape(found: Sequence[Found]) -> list[list[str]]:
    return [sorted(record.entry.id for _, record in one.said) for one in found]


A, B = f"{SITE}/a.csv", f"{SITE}/b.csv"
MERGED: dict[str, tuple[list[Source], list[list[str]]]] = {
    "a file in common": ([source("ckan", entry("1", "الف", A)), source("dcat", entry("u1", "ب", A, B))], [["1", "u1"]]),
    "a page in common": ([source("ckan", entry("1", "الف", page=f"{SITE}/dataset/1")), source("dcat", entry("u1", "ب", A, page=f"{SITE}/dataset/1/"))], [["1", "u1"]]),
    "a file of two datasets tells nothing": ([source("ckan", entry("1", "الف", A), entry("2", "ب", A)), source("dcat", entry("u1", "پ", A))], [["1"], ["2"], ["u1"]]),
    "a title in common": ([source("ckan", entry("1", "الف يك")), source("dcat", entry("u1", "الف یک"))], [["1", "u1"]]),
    "a title that two have": ([source("ckan", entry("1", "الف"), entry("2", "الف")), source("dcat", entry("u1", "الف"))], [["1"], ["2"], ["u1"]]),
    "the same twice in one": ([source("ckan", entry("1", "الف", A), entry("1", "الف", A))], [["1", "1"]]),
    "two of one list stay two": ([source("ckan", entry("1", "الف", A)), source("dcat", entry("u1", "الف", A), entry("u2", "الف", A))], [["1"], ["u1"], ["u2"]]),
    "http and https": ([source("ckan", entry("1", "الف", A)), source("dcat", entry("u1", "ب", A.replace("http:", "https:")))], [["1", "u1"]]),
    "no title at all": ([source("ckan", entry("1", "")), source("dcat", entry("u1", ""))], [["1"], ["u1"]]),
}  # fmt: skip


@pytest.mark.parametrize("case", MERGED)
def test_datasets_are_one_by_their_addresses(case: str) -> None:
    sources, groups = MERGED[case]
    assert sorted(shape(merged(sources))) == sorted(groups)


def test_who_says_it_is_kept() -> None:
    (found,) = merged([source("ckan", entry("1", "الف", A)), source("dcat", entry("u1", "ب", A))])
    assert found.captures == ("c-ckan-1", "c-dcat-u1")
    assert found.kinds == ("ckan", "dcat")


@pytest.mark.slow
def test_ten_thousand_datasets_of_two_lists() -> None:
    rows = [entry(str(n), f"عنوان {n}", f"{SITE}/{n}.csv") for n in range(10_000)]
    found = merged([source("ckan", *rows), source("dcat", *rows)])
    assert len(found) == 10_000 and all(len(one.said) == 2 for one in found)


def test_hostile_titles_and_addresses(world: World) -> None:
    hostile = replace(
        ROWS[0],
        title="=cmd|'/c calc'!A1 \u202e<script>alert(1)</script>\x1b[2J" + "ی" * 10_000,
        page="",
        files=tuple(replace(ROWS[0].files[0], url=url) for url in ("javascript:alert(1)", "http://10.0.0.1/x.csv", "http://other.test/y.csv")),
    )  # fmt: skip
    world.answer(f"{SITE}/data.json", written.data_json([hostile]))
    seen = world.judged().observed
    (row,) = seen["unclaimed"]
    assert row["url"] == "http://10.0.0.1/x.csv" and seen["refused_addresses"] == 1
    assert len(row["title"]) <= 200 and "\u202e" not in row["title"] and "\x1b" not in row["title"]


@pytest.mark.processes
def test_a_million_listed_stay_a_finding_of_a_page(world: World) -> None:
    rows = [
        replace(ROWS[0], id=f"d{n}", title=f"t{n}", page=f"{SITE}/dataset/d{n}", files=())
        for n in range(3000)
    ]
    world.answer(f"{SITE}/data.json", written.data_json(rows))
    seen = world.judged().observed
    assert (seen["unclaimed_count"], len(seen["unclaimed"])) == (3000, 100)


def test_more_than_we_keep_of_one_catalogue(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MOST_RECORDS", 5)
    world.ckan(PAGES)
    finding = world.judged()
    assert (finding.verdict, finding.reason, finding.observed["listed"]) == ("inconclusive", "limit", 5)


@pytest.mark.processes
def test_an_agency_whose_files_took_all_time_of_children_has_no_catalogue_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checks.case._SECONDS_OF_CHILDREN", 0.0)
    world.answer(f"{SITE}/data.json", written.data_json(ROWS))
    finding = world.judged()
    assert (finding.verdict, finding.reason) == ("inconclusive", "limit")


@pytest.mark.processes
def test_a_reader_that_does_not_start_is_our_own_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    world.answer(f"{SITE}/data.json", written.data_json(ROWS) + " " * 1_100_000)
    finding = world.judged()
    assert (finding.verdict, finding.reason) == ("inconclusive", "own_error")


def test_the_same_twice(world: World, tmp_path: Path) -> None:
    """Two judgements of one evidence are the same bytes."""
    world.claim(*CLAIMS)
    world.ckan(PAGES)
    world.page("http://portal.test/od", TABLE)
    first = canonical(world.judged().to_json())
    round_ = world.seen.round()
    store = EvidenceStore.open(tmp_path / "evidence")
    case = Case(round_, round_.agencies[0], store, world.seen.as_of, Shared(round_, store))
    assert canonical(next(check_of("catalogue.datasets").judge(case)).to_json()) == first
    assert listed(case) is listed(case)


@pytest.mark.parametrize("is_read", [False, True])
def test_a_catalogue_is_whole_when_those_that_it_names_are_read(seen: Any, is_read: bool) -> None:
    """The first names two and has no dataset of its own; one of them is on a host of others."""
    world = World(seen)
    root = "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n<> a dcat:Catalog ; dcat:catalog <b.ttl>, <//other.test/c.ttl> ."
    world.answer(f"{SITE}/catalog.ttl", root, TURTLE)
    if is_read:
        world.answer(f"{SITE}/b.ttl", written.turtle(ROWS), TURTLE)
    finding = world.judged()
    lacks = [one["lacks"] for one in finding.observed["lists"]]
    assert lacks == ([[], []] if is_read else [["not_attempted"]])
    assert finding.observed["listed"] == (len(ROWS) if is_read else 0)
    assert finding.verdict == ("verified" if is_read else "inconclusive")
