"""Datasets that catalogues list and nobody claims: judged like claimed ones, told apart, and a sample where they are many."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from checks.case import Case, Shared
from checks.datasets import obtain as obtain_module
from checks.datasets import subjects as subjects_module
from checks.datasets.catalogues.listing import listing_of
from checks.datasets.subjects import listed_subjects, unclaimed
from checks.finding import Finding, is_listed
from claims.model import Agency, CrawlSettings, Dataset
from evidence.store import EvidenceStore
from fixtures.catalogues import written
from fixtures.catalogues.truth import datasets
from tests.checks.selection import checks_called
from web.listed_datasets import MOST_FILES, ListedDatasets, draw

SITE = "http://data.portal.test"
JSON = (("Content-Type", "application/json"),)
CSV = (("Content-Type", "text/csv; charset=utf-8"),)
HTML = (("Content-Type", "text/html; charset=utf-8"),)
FRESH, USABLE, TOUCHED = "datasets.freshness", "datasets.usability", "datasets.touched"


def rows(*days: str) -> str:
    """A clean table; several tests need other content for each file, or it would be the same dataset."""
    return "تاریخ,مقدار\n" + "".join(f"{day},{n}\n" for n, day in enumerate(days * 5, 1))


NEW, OLD = rows("1404/08/20", "1404/09/01"), rows("1399/08/20", "1399/09/01")


def case_of(seen: Any) -> Case:
    seen.writer.close()
    store = EvidenceStore.open(seen.folder / "evidence")
    return Case(seen.round(), seen.agency, store, seen.as_of, Shared(seen.round(), store))


class Ckan:
    """Of the agency. truth: by dataset, (files by format, what each brings); None is an address that is not there."""

    def __init__(self, seen: Any, **truth: tuple[str, ...]) -> None:
        self.seen = seen
        seen.agency = Agency("portal", "سازمان", "main", "http://portal.test/", hosts=("data.portal.test",))
        seen.http(
            f"{SITE}/api/3/action/status_show",
            '{"success": true, "result": {}}',
            headers=JSON,
            purpose="listing",
        )
        packages = [
            {
                "name": name,
                "title": f"آمار {name}",
                "frequency": "monthly",
                "license_id": "cc-by",
                "resources": [{"url": f"{SITE}/{name}.{kind}", "format": kind} for kind in kinds],
            }
            for name, kinds in truth.items()
        ]
        body = json.dumps({"success": True, "result": {"count": len(packages), "results": packages}})
        search = f"{SITE}/api/3/action/package_search?rows=100&start=0&sort=name+asc"
        seen.http(search, body, headers=JSON, purpose="listing", at=1)

    def file(self, name: str, body: str | bytes, status: int = 200, headers: Any = CSV) -> None:
        self.seen.twice(f"{SITE}/{name}", body, status=status, headers=headers, purpose="listed")

    def judged(self) -> dict[tuple[str, str], Finding]:
        """By check and title; of claimed datasets by their id."""
        found = self.seen.judge(checks=checks_called("datasets."))
        return {(f.check, f.observed.get("title", f.subject.id).removeprefix("آمار ")): f for f in found}


@pytest.mark.processes
def test_each_listed_dataset_is_judged_like_a_claimed_one(seen: Any) -> None:
    ckan = Ckan(
        seen, new=("csv",), old=("csv",), gone=("csv",), page=("csv",), several=("xml", "csv"), none=("csv",)
    )
    ckan.file("new.csv", NEW)
    ckan.file("old.csv", OLD)
    ckan.file("gone.csv", "no such file", 404)
    ckan.file("page.csv", "<!DOCTYPE html><html><title>صفحهٔ اصلی</title><p>" + "متن سایت " * 60, headers=HTML)
    ckan.file("several.xml", "no such file", 404)
    ckan.file("several.csv", NEW + "1404/09/02,7\n")
    found = ckan.judged()
    said = {key: (f.verdict, f.reason) for key, f in found.items()}
    assert said[FRESH, "new"] == ("verified", "fresh")
    assert said[FRESH, "old"] == ("contradicted", "stale_admitted")
    assert said[USABLE, "new"] == said[USABLE, "several"] == ("verified", "usable")
    assert said[FRESH, "several"] == ("verified", "fresh")
    assert said[USABLE, "gone"][1] == "not_obtainable"
    assert said[USABLE, "page"] == ("contradicted", "soft_404")
    assert said[USABLE, "none"] == ("inconclusive", "not_attempted")
    assert {f.subject.kind for f in found.values()} == {"dataset"}
    assert all(f.observed["claimed"] is False for f in found.values())
    new = found[FRESH, "new"]
    assert (new.subject.url, new.observed["period_days"]) == (f"{SITE}/new.csv", 31)
    assert new.observed["listed_in"] == ["ckan"] and new.observed["page"] == f"{SITE}/dataset/new"
    assert found[USABLE, "new"].observed["licence"] == "open"
    assert found[USABLE, "new"].subject.id == new.subject.id


def test_a_dataset_that_is_claimed_and_listed_is_the_claim(seen: Any) -> None:
    ckan = Ckan(seen, new=("csv", "json"), other=("csv",))
    seen.datasets = (Dataset("portal", "d1", "آمار", f"{SITE}/dataset/new"),)
    seen.twice(
        f"{SITE}/dataset/new",
        f"<!DOCTYPE html><p>آمار ماهانه</p><a href='{SITE}/new.csv'>دریافت</a>",
        purpose="dataset",
    )
    ckan.file("new.csv", NEW)
    ckan.file("other.csv", OLD)
    found = ckan.judged()
    assert {name for _, name in found} == {"d1", "other"}
    assert "claimed" not in found[USABLE, "d1"].observed


@pytest.mark.processes
def test_an_error_of_ours_costs_one_listed_dataset_alone(seen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are judged, and the one that failed is told as ours, and still as one that nobody claims."""
    ckan = Ckan(seen, new=("csv",), bad=("csv",))
    seen.datasets = (Dataset("portal", "d1", "آمار", f"{SITE}/claimed.csv"),)
    seen.twice(f"{SITE}/claimed.csv", rows("1404/08/21"), headers=CSV, purpose="dataset")
    ckan.file("new.csv", NEW)
    ckan.file("bad.csv", OLD)
    real = obtain_module.content_of

    def broken(case: Case, dataset: Dataset, visit: Any) -> Any:
        if dataset.title == "آمار bad":
            raise ZeroDivisionError
        return real(case, dataset, visit)

    monkeypatch.setattr(obtain_module, "content_of", broken)
    found = ckan.judged()
    assert {(title, f.verdict) for (check, title), f in found.items() if check == USABLE} == {
        ("d1", "verified"), ("new", "verified"), ("bad", "inconclusive"),
    }  # fmt: skip
    for check in (FRESH, USABLE, TOUCHED):
        bad = found[check, "bad"]
        assert (bad.verdict, bad.reason) == ("inconclusive", "own_error") and is_listed(bad)
        assert bad.subject.url == f"{SITE}/bad.csv"
    assert "claimed" not in found[FRESH, "d1"].observed

    def lost(case: Case) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(subjects_module, "_drawn", lost)
    told = {
        (f.check, f.subject.kind, f.subject.id): f.reason
        for f in seen.judge(checks=checks_called("datasets."))
    }
    assert told[USABLE, "dataset", "d1"] == "usable" and told[USABLE, "agency", "portal"] == "own_error"


def test_two_agencies_with_one_catalogue_have_datasets_of_their_own(seen: Any) -> None:
    Ckan(seen, new=("csv",))
    case = case_of(seen)
    (((own, _),)) = list(listed_subjects(case))
    round = replace(case.round, agencies=(case.agency, replace(case.agency, id="other")))
    other = Case(round, round.agencies[1], case.evidence, case.as_of, Shared(round, case.evidence))
    other.captures = case.captures  # as they would be its own
    (((theirs, _),)) = list(listed_subjects(other))
    assert own.url == theirs.url and own.id != theirs.id


@pytest.mark.parametrize("body", [pytest.param(f(datasets()), id=f.__name__) for f in (written.turtle, written.rdf_xml, written.json_ld, written.data_json)])  # fmt: skip
def test_the_crawl_and_the_checks_name_a_dataset_alike(seen: Any, body: str) -> None:
    """In every syntax: what the crawl requests is what is judged."""
    kind = (
        "application/json"
        if body.startswith("{")
        else "text/turtle"
        if body.startswith("@")
        else "application/rdf+xml"
    )
    seen.agency = Agency("portal", "سازمان", "main", "http://portal.test/", hosts=("data.gandom.test",))
    url = "http://data.gandom.test/catalog"
    seen.http(url, body, headers=(("Content-Type", kind),), purpose="listing")
    listing = listing_of(body.encode(), url, kind)
    drawn = unclaimed(case_of(seen)).drawn
    assert {one.key for one in listing.datasets} == set(drawn)
    assert len(drawn) == len(datasets())
    for one in listing.datasets:
        assert set(one.urls) <= set(drawn[one.key].urls) and 0 < len(one.urls) <= MOST_FILES


def test_no_body_harms_the_reader_of_the_crawl() -> None:
    for body in (
        b"",
        b"{",
        b"[" * 100_000,
        b'{"dataset": [1, {"title": 3, "distribution": "x"}]}',
        b"@prefix",
        b"\xff\xfe<",
    ):
        assert listing_of(body, "http://a.test/data.json", "application/json").datasets == ()


def test_the_crawl_draws_what_the_checks_judge(seen: Any) -> None:
    """Of more datasets than are judged: without those that are claimed, and without one file under many names."""
    packages = {f"n{n:03d}": ("csv", "json") for n in range(60)}
    ckan = Ckan(seen, **packages)
    again = [
        {"name": f"again{n}", "title": f"نام {n}", "resources": [{"url": f"{SITE}/n000.csv"}]}
        for n in range(50)
    ]
    body = json.dumps({"success": True, "result": {"count": 50, "results": again}})
    search = f"{SITE}/api/3/action/package_search?rows=100&start=100&sort=name+asc"
    seen.http(search, body, headers=JSON, purpose="listing", at=2)
    by_address = {f"{SITE}/n{n:03d}.csv" for n in range(10, 15)} | {f"{SITE}/dataset/n015"}
    by_title = Dataset("portal", "t", "آمار n016", f"{SITE}/elsewhere")
    seen.datasets = (*(Dataset("portal", url, url, url) for url in sorted(by_address)), by_title)
    case = case_of(seen)
    crawl = CrawlSettings(max_datasets=20, seed=7)
    case.round = replace(case.round, settings=replace(case.settings, crawl=crawl))
    found = unclaimed(case)
    asked = ListedDatasets(dataset.url for dataset in seen.datasets)
    for url in (search.replace("100&sort", "0&sort"), search):
        (capture,) = (one for one in case.captures if one.url == url)
        for one in listing_of(case.evidence.body(capture.id), url, "application/json").datasets:
            asked.add(one)
    drawn = asked.draw(20, 7)
    assert len(drawn) == 20 and {f"data.portal.test n{n:03d}" for n in range(10, 16)}.isdisjoint(drawn)
    assert set(found.drawn) == drawn - {"data.portal.test n016"}
    assert found.listed == 60 - 6 - 1 and ckan.seen is seen


def test_data_on_hosts_of_other_agencies_is_theirs(seen: Any) -> None:
    """Whoever lists the good data of others has none of it for that. A host that nobody declared is no other's."""
    Ckan(seen, own=("csv",))
    lists = [
        f"{host}/{n}.csv"
        for n, host in enumerate(("http://other.test", "http://www.other.test", "http://cdn.test"))
    ]
    more = [{"name": url, "title": url, "resources": [{"url": url}]} for url in lists]
    more.append(
        {
            "name": "both",
            "title": "both",
            "resources": [{"url": lists[0] + "?x"}, {"url": f"{SITE}/both.csv"}],
        }
    )
    body = json.dumps({"success": True, "result": {"count": 5, "results": more}})
    search = f"{SITE}/api/3/action/package_search?rows=100&start=100&sort=name+asc"
    seen.http(search, body, headers=JSON, purpose="listing", at=2)
    case = case_of(seen)
    case.round = replace(
        case.round, agencies=(seen.agency, Agency("o", "دیگری", "main", "http://other.test/"))
    )
    case.shared = Shared(case.round, case.evidence)
    assert {one.title for one in unclaimed(case).drawn.values()} == {
        "آمار own",
        "http://cdn.test/2.csv",
        "both",
    }


def test_files_that_pages_link_to_take_what_the_catalogues_leave(seen: Any) -> None:
    Ckan(seen, new=("csv",), old=("csv",))
    links = "".join(f'<li><a href="/f{n}.csv">آمار {n}</a></li>' for n in range(9))
    page = f"<!DOCTYPE html><title>داده‌های باز</title><h1>داده‌های باز</h1><ul>{links}</ul>"
    seen.http("http://portal.test/open", page, headers=HTML, purpose="page")
    case = case_of(seen)
    case.round = replace(case.round, settings=replace(case.settings, crawl=CrawlSettings(max_datasets=5)))
    found = unclaimed(case)
    assert found.strata == {"ckan csv": (2, 2), "page csv": (9, 3)} and len(found.drawn) == 5


def test_a_sample_has_its_share_of_each_stratum_and_depends_on_nothing_else() -> None:
    strata = {f"k{n}": "ckan csv" if n % 4 else "ckan pdf" for n in range(2_000)}
    drawn = draw(strata, 500, 1)
    assert Counter(strata[key] for key in drawn) == {"ckan csv": 375, "ckan pdf": 125}
    assert draw(dict(reversed(strata.items())), 500, 1) == drawn
    assert len(drawn & draw(strata, 500, 2)) < 200  # 125 by chance
    assert draw(strata, 2_000, 1) == set(strata)
    assert draw(strata, 0, 1) == frozenset()
    more = draw(strata | {"late": "dcat csv"}, 500, 1)
    assert len(more - drawn) <= 1  # a dataset more moves none of the others
    assert len(draw({f"k{n}": f"s{n}" for n in range(50)}, 7, 1)) == 7
