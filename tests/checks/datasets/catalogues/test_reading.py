"""What catalogues say, read from bytes: one list of datasets whatever the syntax, real answers, hostile ones."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.datasets.catalogues.dcat import MOST_NESTED
from checks.datasets.catalogues.entry import Entry, day_of, text_of
from checks.datasets.catalogues.reading import MOST_ENTRIES, Reading, read
from checks.datasets.catalogues.sandbox import ask, examine, reading_from
from fixtures.catalogues import written
from fixtures.catalogues.recorded_answers import VERSIONS, Version, recorded
from fixtures.catalogues.truth import Dataset, File, datasets
from tests.depth import tries
from web.catalogue_answers import (
    MOST_BYTES,
    CkanAnswer,
    action_answer,
    action_of,
    next_page,
    syntax_of,
)

SITE = "http://data.gandom.test"
API = f"{SITE}/api/3/action/"
RULED: dict[str, tuple[Callable[[Sequence[Dataset]], str], str, str]] = {
    "Turtle": (written.turtle, f"{SITE}/catalog.ttl", "text/turtle"),
    "RDF/XML": (written.rdf_xml, f"{SITE}/catalog.rdf", "application/rdf+xml"),
    "JSON-LD": (written.json_ld, f"{SITE}/catalog.jsonld", "application/ld+json"),
    "DCAT-US": (written.data_json, f"{SITE}/data.json", "application/json"),
    "CKAN": (written.ckan_search, f"{API}package_search?rows=100&start=0", "application/json"),
}


def told(entry: Entry) -> Dataset:
    """An entry in the words of the truth, without what it has no words for."""
    files = tuple(
        File(file.url, file.title, file.format or "", "", file.size or 0, file.modified or dt.date.min)
        for file in sorted(entry.files, key=lambda file: file.url)
    )
    return Dataset(
        entry.id, entry.title, entry.description, "", entry.licence, entry.period, None,
        entry.modified or dt.date.min, entry.issued or dt.date.min, entry.page or "", files,
    )  # fmt: skip


def expected(row: Dataset) -> Dataset:
    files = tuple(
        replace(file, title=text_of(file.title), media="") for file in sorted(row.files, key=lambda f: f.url)
    )
    said: dict[str, Any] = {
        name: text_of(getattr(row, name)) for name in ("id", "title", "description", "period")
    }
    return replace(row, files=files, period_days=None, publisher="", **said)


def by_id(entries: Sequence[Entry]) -> dict[str, Dataset]:
    return {entry.id: told(entry) for entry in entries}


@pytest.mark.parametrize("syntax", RULED)
def test_the_list_is_one_in_every_syntax(syntax: str) -> None:
    write, url, kind = RULED[syntax]
    reading = read(write(datasets()).encode(), url, kind)
    assert reading.fault == ""
    assert by_id(reading.entries) == {row.id: expected(row) for row in datasets()}


@pytest.mark.parametrize("row", datasets(), ids=lambda row: row.id)
def test_periods_mean_what_they_say(row: Dataset) -> None:
    (entry,) = read(written.turtle([row]).encode(), f"{SITE}/catalog.ttl", "text/turtle").entries
    cycle = entry.cycle
    assert (0 if cycle.static else cycle.days) == row.period_days if cycle else row.period_days is None


LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn"), exclude_characters="\ufeff")
TEXT = st.text(LETTERS, max_size=60).map(lambda text: text_of(text))
TITLE = TEXT.filter(bool)
DAYS = st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1))
ID = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=2, max_size=30).filter(
    lambda text: text.strip("-_")
)
FILES = st.builds(
    File,
    ID.map(lambda name: f"{SITE}/files/{name}.csv"),
    TEXT,
    st.sampled_from(("CSV", "XLSX", "JSON", "GeoJSON", "text/csv")),
    st.just("text/csv"),
    st.integers(1, 10**12),
    DAYS,
)
ROWS = st.lists(
    st.builds(
        Dataset,
        ID,
        TITLE,
        TEXT,
        TITLE,
        st.sampled_from(("", "cc-by", "https://creativecommons.org/licenses/by/4.0/")),
        st.sampled_from(("", "monthly", "R/P1Y", "http://purl.org/cld/freq/weekly")),
        st.none(),
        DAYS,
        DAYS,
        st.just(""),
        st.lists(FILES, max_size=4, unique_by=lambda file: file.url).map(tuple),
    ),
    max_size=6,
    unique_by=lambda row: row.id,
).map(lambda rows: [replace(row, page=f"{SITE}/dataset/{row.id}") for row in rows])


@pytest.mark.slow
@settings(deadline=None, max_examples=tries(20, 400), suppress_health_check=[HealthCheck.too_slow])
@given(ROWS)
def test_any_list_is_one_in_every_syntax(rows: list[Dataset]) -> None:
    for write, url, kind in RULED.values():
        assert by_id(read(write(rows).encode(), url, kind).entries) == {
            row.id: expected(row) for row in rows
        }, url


@pytest.mark.parametrize("croissant", [False, True], ids=["schema.org", "Croissant"])
def test_a_record_of_schema_org(croissant: bool) -> None:
    for row in datasets():
        record = written.schema_record(row, croissant=croissant)
        (entry,) = read(record.encode(), row.page, "application/ld+json").entries
        assert replace(told(entry), period="") == replace(expected(row), period="")


# recorded


@pytest.mark.parametrize("version", VERSIONS)
def test_a_real_ckan(version: Version) -> None:
    answers = recorded(version)
    entries: list[Entry] = []
    for start in (0, 4, 8):
        path = f"/api/3/action/package_search?rows=100&start={start}&sort=name+asc"
        reading = read(answers[path].body, SITE + path, answers[path].kind)
        assert (reading.standard, reading.total, reading.fault) == ("ckan", 10, "")
        entries += reading.entries
    truth = {row.id: expected(row) for row in datasets()}
    # What CKAN itself makes of a licence, and its own word where there is none.
    assert {key: replace(row, licence="") for key, row in by_id(entries).items()} == {
        key: replace(row, licence="") for key, row in truth.items()
    }
    assert by_id(entries)["tolid-gandom"].licence == truth["tolid-gandom"].licence
    for row in datasets():
        path = f"/api/3/action/package_show?id={row.id}"
        (shown,) = read(answers[path].body, SITE + path, answers[path].kind).entries
        assert shown == next(entry for entry in entries if entry.id == row.id)
    names = read(answers["/api/3/action/package_list"].body, f"{API}package_list", None).names
    assert sorted(names) == sorted(row.id for row in datasets())


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_real_ckan_refuses(version: Version) -> None:
    answers = recorded(version)
    for path, status, error in (
        ("package_show?id=absent", 404, "Not Found Error"),
        ("package_search?rows=100&start=0&sort=nobody+asc", 409, "Search Error"),
        ("package_search?rows=many", 409, "Validation Error"),
    ):
        answer = answers[f"/api/3/action/{path}"]
        reading = read(answer.body, API + path, answer.kind)
        assert (answer.status, reading.fault, reading.detail, reading.entries) == (
            status,
            "refused",
            error,
            (),
        )
    answer = answers["/api/3/action/nobody_show"]
    assert answer.status == 400 and action_answer(answer.body) is None
    assert (
        b"Disallow: /api/" in answers["/robots.txt"].body
    )  # CKAN's own: programs are asked to stay out of its API


@pytest.mark.parametrize("suffix", ["ttl", "rdf", "jsonld"])
def test_dcat_of_a_real_ckan(suffix: str) -> None:
    answers = recorded("2.11")
    path: str | None = f"/catalog.{suffix}"
    entries: list[Entry] = []
    pages = 0
    while path is not None:
        answer = answers[path]
        reading = read(answer.body, SITE + path, answer.kind)
        assert (reading.standard, reading.total, reading.fault, reading.catalogue) == ("dcat", 10, "", True)
        assert next_page(answer.body, SITE + path) == reading.following  # the crawl follows what is read
        entries += reading.entries
        path = reading.following.removeprefix(SITE) if reading.following else None
        pages += 1
    assert pages == 3
    truth = {row.title: expected(row) for row in datasets()}
    assert sorted(entry.title for entry in entries) == sorted(truth)
    for entry in entries:
        row = truth[entry.title]
        assert (entry.description, entry.period) == (row.description, row.period)
        assert (entry.modified, entry.issued) == (row.modified, row.issued)
        assert {(f.url, f.title, f.format, f.size) for f in entry.files} == {
            (f.url, f.title, f.format, f.size) for f in row.files
        }


def test_the_record_of_one_dataset_is_no_catalogue() -> None:
    answer = recorded("2.11")["/dataset/tolid-gandom.ttl"]
    reading = read(answer.body, f"{SITE}/dataset/tolid-gandom.ttl", answer.kind)
    assert [entry.title for entry in reading.entries] == ["تولید گندم به تفکیک استان"]
    assert not reading.catalogue


CATALOGUE = """@prefix dcat: <%s://www.w3.org/ns/dcat#> . @prefix dct: <%s://purl.org/dc/terms/> .
<> a dcat:Catalog ; dcat:dataset <d/1>, [ dct:title "دو"@fa, "two"@en ; dcat:distribution [ dcat:downloadURL <f/2.csv> ] ] .
<d/1> a dcat:Dataset ; dct:title "یک" ; dcat:distribution <f/1.csv> .
"""


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_vocabulary_with_https_and_a_dataset_without_a_type(scheme: str) -> None:
    reading = read((CATALOGUE % (scheme, scheme)).encode(), f"{SITE}/catalog.ttl", "text/turtle")
    assert {(entry.title, entry.files[0].url) for entry in reading.entries} == {
        ("یک", f"{SITE}/f/1.csv"),
        ("دو", f"{SITE}/f/2.csv"),
    }
    assert (reading.total, reading.catalogue) == (2, True)


def test_datasets_of_others_are_left_out_where_one_s_own_were_asked_for() -> None:
    packages = [
        {"name": "a", "title": "یک", "organization": {"name": "Gandom"}},
        {"name": "b", "title": "دو", "organization": {"name": "jow", "title": "جو"}},
        {"name": "c", "title": "سه", "organization": None},
    ]
    body = json.dumps({"success": True, "result": {"count": 3, "results": packages}}).encode()
    search = f"{SITE}/api/3/action/package_search?rows=100&start=0"
    reading = read(body, f"{search}&fq=organization:gandom", "application/json")
    assert ([entry.id for entry in reading.entries], reading.total) == (["a", "c"], None)
    reading = read(body, search, "application/json")
    assert ([entry.id for entry in reading.entries], reading.total) == (["a", "b", "c"], 3)


# shapes

OLD: dict[str, tuple[object, dict[str, object]]] = {
    "extras as a mapping": ({"extras": {"frequency": "ماهانه"}}, {"period": "ماهانه"}),
    "fields of a schema": ({"accrual_periodicity": "R/P1M", "extras": []}, {"period": "R/P1M"}),
    "texts by language": ({"title_translated": {"en": "Wheat", "fa": "گندم"}}, {"title": "گندم"}),
    "no organisation": ({"organization": None}, {}),
    "no resources": ({"resources": None}, {"files": ()}),
    "a licence without a page": ({"license_url": None, "license_id": "odc-by"}, {"licence": "odc-by"}),
    "states as DKAN writes them": (
        {"state": "Active", "type": "Dataset", "resources": [{"url": "/a.csv", "state": "Active"}]},
        {"page": f"{SITE}/dataset/{datasets()[0].id}"},
    ),
    "numbers as texts": ({"resources": [{"url": "/a.csv", "size": "۱۲", "format": ""}]}, {}),
    "a Jalali date": (
        {"extras": [{"key": "modified", "value": "۱۴۰۳/۰۵/۰۲"}]},
        {"modified": dt.date(2024, 7, 23)},
    ),
}


@pytest.mark.parametrize("case", OLD)
def test_a_package_in_another_shape(case: str) -> None:
    changed, said = OLD[case]
    assert isinstance(changed, dict)
    package = {**written.ckan_package(datasets()[0]), **changed}
    body = json.dumps({"success": True, "result": package}).encode()
    (entry,) = read(body, f"{API}package_show?id=x", "application/json").entries
    assert {name: getattr(entry, name) for name in said} == said
    assert all(file.url.startswith("http://") for file in entry.files)


@pytest.mark.parametrize(
    "package",
    [{"state": "deleted"}, {"state": "draft"}, {"type": "harvest"}, {"id": "", "name": ""}],
    ids=str,
)
def test_what_is_no_dataset_of_a_ckan(package: dict[str, str]) -> None:
    told = {**written.ckan_package(datasets()[0]), **package}
    body = json.dumps({"success": True, "result": {"count": 1, "results": [told]}}).encode()
    assert read(body, f"{API}package_search?start=0", None).entries == ()


MODIFIED = {
    "2025-11-20": dt.date(2025, 11, 20),
    "2025-11-20T08:00:00.123Z": dt.date(2025, 11, 20),
    "2025-11-20T08:00:00+03:30": dt.date(2025, 11, 20),
    "2020-01-01/2025-06-30": dt.date(2025, 6, 30),
    "1403/05/02": dt.date(2024, 7, 23),
    "1403-05-02": dt.date(2024, 7, 23),
    "۲ مرداد ۱۴۰۳": dt.date(2024, 7, 23),
    "2025": dt.date(2025, 12, 31),
    "R/P1D": None,
    "03/04/2024": None,
    "soon": None,
    "2025-13-40": None,
    "": None,
}


@pytest.mark.parametrize(("text", "day"), MODIFIED.items())
def test_a_declared_day(text: str, day: dt.date | None) -> None:
    assert day_of(text) == day


def test_a_rhythm_in_place_of_a_date() -> None:
    body = json.dumps({"dataset": [{"title": "a", "modified": "R/P1D"}]}).encode()
    (entry,) = read(body, f"{SITE}/data.json", None).entries
    assert (entry.modified, entry.period, entry.cycle and entry.cycle.days) == (None, "R/P1D", 1)


# no network


@pytest.mark.sockets
def test_no_context_is_ever_fetched() -> None:
    """A server that counts stands behind every address that a document of JSON-LD or RDF can name."""
    asked: list[str] = []

    class Counting(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    there = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        for context in (
            f"{there}/context.jsonld",
            [f"{there}/a", {"@import": f"{there}/b"}],
            {"@vocab": f"{there}/v/"},
        ):
            read(
                written.json_ld(datasets(), context).encode(),
                f"{there}/catalog.jsonld",
                "application/ld+json",
            )
        read(written.turtle(datasets(), f"{there}/next").encode(), f"{there}/catalog.ttl", "text/turtle")
        head = f'<!DOCTYPE rdf [<!ENTITY x SYSTEM "{there}/x"> %p; <!ENTITY % p SYSTEM "{there}/p">]>'
        read(written.rdf_xml(datasets(), head).encode(), f"{there}/catalog.rdf", "application/rdf+xml")
        plain = f'<!DOCTYPE rdf SYSTEM "{there}/dtd">'
        read(written.rdf_xml(datasets(), plain).encode(), f"{there}/catalog.rdf", "application/rdf+xml")
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []


@pytest.mark.parametrize(
    "context",
    [
        "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",
        "https://raw.githubusercontent.com/DOI-DO/dcat-us/main/context/dcat-us-3.0.jsonld",
        "https://data.gandom.test/copies/of/some-context.jsonld",
    ],
)
def test_a_context_that_is_only_named_has_the_words_of_dcat(context: str) -> None:
    told = {
        "@context": context,
        "@graph": [{"@type": "Dataset", "title": "a", "distribution": {"downloadURL": "/a.csv"}}],
    }
    (entry,) = read(json.dumps(told).encode(), f"{SITE}/x", "application/ld+json").entries
    assert (entry.title, entry.urls) == ("a", (f"{SITE}/a.csv",))


def test_words_of_dcat_ap_3_and_texts_by_language() -> None:
    told = {
        "@context": "https://semiceu.github.io/DCAT-AP/releases/3.0.0/context/dcat-ap.jsonld",
        "@type": "Catalogue",
        "title": "plain",
        "dataset": [
            {
                "@type": ["Dataset", "DatasetMemberOfADatasetSeries"],
                "title": {"en": "Bees", "fa": ["زنبورها"]},
                "frequency": "weekly",
                "releaseDate": "2024-03-01",
                "modificationDate": "2025-03-01",
                "datasetDistribution": [{"downloadUrl": "/bees.csv", "licence": "cc-by"}],
            }
        ],
    }
    reading = read(json.dumps(told).encode(), f"{SITE}/x", "application/ld+json")
    (entry,) = reading.entries
    assert (entry.title, entry.urls, entry.licence, entry.period) == (
        "زنبورها", (f"{SITE}/bees.csv",), "cc-by", "weekly",
    )  # fmt: skip
    assert (entry.issued, entry.modified) == (dt.date(2024, 3, 1), dt.date(2025, 3, 1))
    assert reading.catalogue


LISTED_IN_1_0: list[Any] = [
    {"title": "Data Catalog", "identifier": "1", "accessLevel": "public", "accessURL": "/data.json", "format": "application/json"},
    {
        "title": "مدارس", "identifier": "doe-1", "accessLevel": "public", "publisher": "وزارت آموزش", "modified": "2011-11-19T12:00:00Z",
        "accessURL": "/rows.csv?accessType=DOWNLOAD", "format": "text/csv", "webService": "/api/rows.json", "license": "Public Domain",
        "accrualPeriodicity": "Annual", "issued": "2011-11-22", "landingPage": "/developer",
    },
    {
        "title": "Further schools", "accessLevel": "public", "webService": None,
        "distribution": [{"accessURL": "/o.csv", "format": "text/csv"}, {"accessURL": "javascript:x", "format": "text/csv"}],
    },
    {"title": "Closed", "identifier": "doe-3", "accessLevel": "non-public"},
]  # fmt: skip


@pytest.mark.parametrize("start", ["", "\ufeff\r\n"], ids=["plain", "BOM"])
def test_a_data_json_of_version_1_0_is_a_bare_list(start: str) -> None:
    body = (start + json.dumps(LISTED_IN_1_0, ensure_ascii=False)).encode()
    reading = read(body, f"{SITE}/data.json", "application/json")
    assert (reading.standard, reading.fault, reading.catalogue) == ("data_json", "", True)
    first, schools, further, closed = reading.entries
    assert (first.id, first.urls) == ("1", (f"{SITE}/data.json",))
    assert (schools.id, schools.title, schools.licence, schools.period) == (
        "doe-1",
        "مدارس",
        "Public Domain",
        "Annual",
    )
    assert (schools.modified, schools.issued, schools.page) == (
        dt.date(2011, 11, 19),
        dt.date(2011, 11, 22),
        f"{SITE}/developer",
    )
    assert [(file.url, file.format) for file in schools.files] == [
        (f"{SITE}/rows.csv?accessType=DOWNLOAD", "text/csv"), (f"{SITE}/api/rows.json", "API"),
    ]  # fmt: skip
    assert (further.id, further.refused) == ("Further schools", 1)
    assert [(file.url, file.format) for file in further.files] == [(f"{SITE}/o.csv", "text/csv")]
    assert (closed.id, closed.urls) == ("doe-3", ())


def test_what_stands_among_datasets_of_version_1_0_and_is_none_makes_it_malformed() -> None:
    reading = read(json.dumps([*LISTED_IN_1_0, 7]).encode(), f"{SITE}/data.json", None)
    assert (len(reading.entries), reading.fault) == (4, "malformed")


@pytest.mark.parametrize(
    "told",
    [
        [],
        [1, 2],
        [{"title": "خبر", "url": "/news/1"}, {"title": "خبر", "url": "/news/2"}],  # rows of anything
        [{"title": "a", "accessURL": "/a.csv"}, 1, 2],
    ],
)
def test_other_lists_are_no_catalogue(told: list[Any]) -> None:
    assert read(json.dumps(told).encode(), f"{SITE}/data.json", "application/json").fault == "none"


def test_a_list_of_json_ld_is_read_as_such() -> None:
    told = [
        {
            "@context": "https://schema.org",
            "@type": "Dataset",
            "@id": "/a",
            "name": "الف",
            "title": "x",
            "distribution": [],
        }
    ]
    (entry,) = (reading := read(json.dumps(told).encode(), f"{SITE}/data.json", None)).entries
    assert (reading.standard, entry.title) == ("dcat", "الف")


def test_a_data_json_of_dcat_us_3_lists_what_its_catalogues_series_and_services_hold() -> None:
    def one(name: str) -> dict[str, Any]:
        return {"@type": "Dataset", "title": name, "identifier": name}

    told = {
        "@type": "Catalog",
        "dataset": [{**one("a"), "distribution": [{"downloadURL": "/a.csv"}]}],
        "catalog": [{"@type": "Catalog", "dataset": [one("b")]}],
        "datasetSeries": [{"@type": "DatasetSeries", "title": "s", "seriesMember": [one("c"), one("a")]}],
        "service": [{"@type": "DataService", "servesDataset": [one("d")]}],
    }
    reading = read(json.dumps(told).encode(), f"{SITE}/data.json", "application/json")
    assert {entry.id for entry in reading.entries} == {"a", "b", "c", "d", "s"}
    assert {url for entry in reading.entries for url in entry.urls} == {f"{SITE}/a.csv"}
    assert reading.fault == "" and reading.catalogue


def test_a_format_that_the_catalogue_describes_has_the_name_that_it_is_given() -> None:
    told = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        <d> a dcat:Dataset ; dct:title "d" ; dcat:distribution <f> .
        <f> dcat:downloadURL <d.xls> ; dct:format <f/8d3c2ada/format> . <f/8d3c2ada/format> rdfs:label "XLS" ."""
    (entry,) = read(told.encode(), f"{SITE}/catalog.ttl", "text/turtle").entries
    assert [file.format for file in entry.files] == ["XLS"]


# hostile

LAUGHS = (
    "<!DOCTYPE r [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
DEEP = 200_000
HOSTILE: dict[str, tuple[bytes, str, str]] = {
    "an entity bomb": (written.rdf_xml(datasets(), LAUGHS).encode(), "catalog.rdf", "limit"),
    "XML too deep": (b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:a="urn:a#">' + b"<a:b>" * DEEP, "catalog.rdf", "limit"),
    "Turtle too deep": (b"@prefix a: <urn:a#> . a:b a:c " + b"[ a:b " * DEEP, "catalog.ttl", "limit"),
    "lists in Turtle too deep": (b"@prefix a: <urn:a#> . a:b a:c " + b"( " * DEEP, "catalog.ttl", "limit"),
    "a text without end": (b'@prefix a: <urn:a#> . a:b a:c """' + b'\\"' * DEEP, "catalog.ttl", "malformed"),
    "quotes without end": (b'@prefix a: <urn:a#> . a:b a:c "' + b"\\\\" * DEEP, "catalog.ttl", "malformed"),
    "one letter that goes on": (b"@prefix a: <urn:a#> . " + b"a" * 900_000, "catalog.ttl", "malformed"),
    "dots that go on": (b"@prefix a: <urn:a#> . a:b" + b"." * 900_000, "catalog.ttl", "malformed"),
    "JSON too deep": (b'{"@context":"https://schema.org","@graph":' + b"[" * DEEP, "catalog.jsonld", "malformed"),
    "JSON-LD nested deeper than we go": (b'{"@context":"https://schema.org",' + b'"a":{' * 100 + b'"@id":"x"' + b"}" * 101, "catalog.jsonld", "limit"),
    "cut in a dataset": (written.turtle(datasets()).encode()[:-700], "catalog.ttl", "malformed"),
    "cut XML": (written.rdf_xml(datasets()).encode()[:-700], "catalog.rdf", "malformed"),
    "cut JSON": (written.data_json(datasets()).encode()[:-700], "data.json", "malformed"),
    "a page": (b"<!DOCTYPE html><html><p>@prefix a: <b> .", "catalog.ttl", "none"),
    "nothing": (b"", "catalog.ttl", "none"),
    "NUL bytes": (b"\0" * 5000, "data.json", "none"),
    "dots before a letter": (b"@prefix a: <urn:a#> . a:b" + b"." * 900_000 + b"c a:d .", "catalog.ttl", "malformed"),
    "a prefix that swells": (b"@prefix a: <urn:" + b"a" * 400_000 + b"> . " + b"<x> a a:b . " * 40_000, "catalog.ttl", "limit"),
    "a base that swells": (b"@base <http://a.test/" + b"a" * 400_000 + b"/> . " + b"<x> a <y> . " * 40_000, "catalog.ttl", "limit"),
    "a name space that swells": (b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:a="urn:' + b"a" * 400_000 + b'">' + b"<a:b/>" * 20_000 + b"</rdf:RDF>", "catalog.rdf", "limit"),
    "faults that go on": (b"@prefix a: <urn:a#> .\n" + b"a:b a:c <x .\n" * 80_000, "catalog.ttl", "malformed"),
    "a context that swells": (json.dumps({"@context": {"a": "urn:" + "a" * 400_000}, "@graph": [{"@type": "a:b"}] * 20_000}).encode(), "catalog.jsonld", ""),
    "contexts that copy one another": (json.dumps({"@context": {f"n{n}": "urn:x" for n in range(20_000)}, "@graph": [{"@context": {}}] * 30_000}).encode(), "catalog.jsonld", "none"),
    "names that grow along a chain": (json.dumps({"@context": {f"n{n}": f"n{n - 1}:{'x' * 900}" for n in range(900)}, "@graph": [{"@type": "n899:a"}]}).encode(), "catalog.jsonld", "none"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_body(case: str) -> None:
    body, name, fault = HOSTILE[case]
    reading = read(body, f"{SITE}/{name}", None)
    assert reading.fault == fault, reading.detail
    assert len(reading.entries) <= len(datasets())


TURTLE_HEAD = "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n@prefix dct: <http://purl.org/dc/terms/> .\n"
# What stands in place of "y", the title of the second of three datasets; whether the title is still read.
BROKEN: dict[str, tuple[str, bool]] = {
    "a prefix that nobody declared": ('"y" ; dcterms:title "z"', True),
    "a quote inside of a text": ('"y "z" y"', True),
    "a text over two lines": ('"y\ny"', False),
    "a text of three quotes without end": ('"y" ; dct:description """z', True),
    "a bracket that stays open": ('"y" ; dcat:distribution [ dct:title "z"', True),
    "a language tag of another kind": ('"y"@fa_IR', True),
    "an escape that is none": (r'"y\q"', False),
    "a word in place of an address": ('"y" ; dcat:landingPage none', True),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_statement_costs_its_own_dataset_alone(case: str) -> None:
    broken, kept = BROKEN[case]
    rows = "\n".join(f'<d/{name}> a dcat:Dataset ; dct:title "{name}" .' for name in "xyz")
    reading = read((TURTLE_HEAD + rows.replace('"y"', broken)).encode(), f"{SITE}/catalog.ttl", "text/turtle")
    assert reading.fault == "malformed"
    titles = {entry.id.rpartition("/")[2]: entry.title for entry in reading.entries}
    assert (titles["x"], titles["z"]) == ("x", "z")
    assert (titles.get("y") == "y") == kept


def test_an_address_with_a_space_is_what_a_browser_would_ask_for() -> None:
    body = f"{TURTLE_HEAD}<d> a dcat:Dataset ; dct:title 'a' ; dcat:distribution <f/گزارش 1.csv> ."
    reading = read(body.encode(), f"{SITE}/catalog.ttl", "text/turtle")
    assert reading.fault == ""
    assert reading.entries[0].files[0].url == f"{SITE}/f/%DA%AF%D8%B2%D8%A7%D8%B1%D8%B4%201.csv"


def test_what_comes_before_a_fault_stands() -> None:
    body = written.turtle(datasets()).encode()[:-700]
    reading = read(body, f"{SITE}/catalog.ttl", "text/turtle")
    assert {row.title for row in datasets()[:8]} <= {entry.title for entry in reading.entries}


@pytest.mark.processes
def test_a_million_datasets_are_bounded_and_say_so() -> None:
    one = '{"title":"a","identifier":"%d"},'
    body = (
        '{"dataset":[' + "".join(one % number for number in range(1_000_000)) + '{"title":"z"}]}'
    ).encode()
    reading = examine(body, f"{SITE}/data.json", "application/json")
    assert (len(reading.entries), reading.fault, reading.detail) == (MOST_ENTRIES, "limit", "datasets")


@pytest.mark.processes
def test_a_body_that_needs_too_much_memory_is_our_limit() -> None:
    body = b'{"dataset":[' + b"[]," * 3_000_000 + b"[]]}"
    assert ask(body, f"{SITE}/data.json", None, memory=200 << 20) == Reading(
        None, fault="limit", detail="child"
    )


@pytest.mark.processes
def test_the_child_says_the_same() -> None:
    for write, url, kind in RULED.values():
        body = write(datasets()).encode()
        assert ask(body, url, kind) == read(body, url, kind)
    nested = f"{written.turtle(datasets())}<{SITE}/> dcat:catalog <b.ttl> ."
    assert ask(nested.encode(), *RULED["Turtle"][1:]).nested == (f"{SITE}/b.ttl",)
    assert reading_from({"standard": None, "entries": [], "names": [], "nested": []}) == Reading(None)


def test_catalogues_that_a_catalogue_names_are_told_but_those_that_it_tells_of_itself() -> None:
    body = f"""{written.turtle(datasets()[:1])}
<{SITE}/> dcat:catalog <b.ttl>, <catalog.ttl>, <#here>, <javascript:x>, [ dct:title "blank" ], <b.ttl#again> ;
  dct:hasPart <//other.test/c.rdf> ; <http://www.w3.org/2000/01/rdf-schema#seeAlso> <d.jsonld> .
<#here> a dcat:Catalog ; dcat:dataset <{SITE}/x> .
<{SITE}/x> <http://www.w3.org/2000/01/rdf-schema#seeAlso> <of-a-dataset.ttl> .
"""
    reading = read(body.encode(), f"{SITE}/catalog.ttl", "text/turtle")
    assert reading.nested == (f"{SITE}/b.ttl", "http://other.test/c.rdf", f"{SITE}/d.jsonld")
    many = f"@prefix dcat: <http://www.w3.org/ns/dcat#> .\n<> a dcat:Catalog ; dcat:catalog {', '.join(f'<c{n}>' for n in range(999))} ."
    assert len(read(many.encode(), f"{SITE}/catalog.ttl", "text/turtle").nested) == MOST_NESTED


def test_addresses_that_no_browser_fetches_are_left_out_and_counted() -> None:
    files = [
        "javascript:alert(1)",
        "data:text/csv,a",
        "file:///etc/passwd",
        "ftp://x.test/a.csv",
        "//other.test/b.csv",
        "http://10.0.0.1/c.csv",
    ]
    body = json.dumps(
        {
            "dataset": [
                {
                    "title": "a",
                    "landingPage": "javascript:x",
                    "distribution": [{"downloadURL": url} for url in files],
                }
            ]
        }
    )
    (entry,) = read(body.encode(), f"{SITE}/data.json", None).entries
    assert (entry.page, entry.refused) == (None, 4)
    assert entry.urls == ("http://other.test/b.csv", "http://10.0.0.1/c.csv")


def test_a_title_cannot_turn_a_line_round() -> None:
    title = "گزارش\u202egnp.exe\x1b[31m\u2066 x\u2069\ufeff\nدوم" + "ی" * 10_000
    body = json.dumps({"dataset": [{"title": title}]}).encode()
    (entry,) = read(body, f"{SITE}/data.json", None).entries
    assert entry.title.startswith("گزارشgnp.exe[31m x دوم")
    assert len(entry.title) == 500


# what the crawl reads of them


@pytest.mark.parametrize(
    ("url", "action"),
    [
        (
            "http://a.test/api/3/action/package_search?rows=100&start=40",
            ("http://a.test", "package_search", 40, ""),
        ),
        (
            "http://a.test/data/api/action/package_show?id=%D8%A7",
            ("http://a.test/data", "package_show", 0, "ا"),
        ),
        ("http://a.test/api/3/action/package_search?start=-1", ("http://a.test", "package_search", 0, "")),
        ("http://a.test/api/3/action/package_delete", None),
        ("http://a.test/api/3/", None),
    ],
)
def test_requests_of_an_api(url: str, action: tuple[str, str, int, str] | None) -> None:
    found = action_of(url)
    assert (found and (found.base, found.name, found.start, found.id)) == action


def answered(body: bytes) -> CkanAnswer:
    answer = action_answer(body)
    assert answer is not None
    return answer


ANSWERS: dict[str, tuple[bytes, Callable[[bytes], object], object]] = {
    "a count that is a text": (
        b'{"success":true,"result":{"count":"9","results":[]}}',
        lambda b: answered(b).count,
        None,
    ),
    "a count below nothing": (
        b'{"success":true,"result":{"count":-9,"results":[]}}',
        lambda b: answered(b).count,
        None,
    ),
    "results that are none": (
        b'{"success":true,"result":{"count":1,"results":[1,null,"x"]}}',
        lambda b: answered(b).results,
        (),
    ),
    "success as a text": (b'{"success":"true","result":{}}', action_answer, None),
    "an error as a text": (b'{"success":false,"error":"no"}', lambda b: answered(b).error, "no"),
    "a list of names": (
        b'{"success":true,"result":["a",1,"b"]}',
        lambda b: answered(b).names,
        ("a", "b"),
    ),
    "more than an answer": (b'{"success":true}' + b" " * MOST_BYTES, action_answer, None),
    "another body": (b"<html>", action_answer, None),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer_of_an_api(case: str) -> None:
    body, take, value = ANSWERS[case]
    assert take(body) == value


@pytest.mark.parametrize(
    ("body", "following"),
    [
        (b"<> hydra:next <http://a.test/c.ttl?page=2> .", "http://a.test/c.ttl?page=2"),
        (b'<> hydra:nextPage "http://a.test/c.ttl?page=2" .', "http://a.test/c.ttl?page=2"),
        (b'<hydra:next rdf:resource="/c.rdf?page=2&amp;x=1"/>', "http://a.test/c.rdf?page=2&x=1"),
        (b"<hydra:nextPage>http://a.test/c.rdf?page=2</hydra:nextPage>", "http://a.test/c.rdf?page=2"),
        (b'"hydra:next": {"@id": "/c.jsonld?page=2"}', "http://a.test/c.jsonld?page=2"),
        (b'"http://www.w3.org/ns/hydra/core#next": [ {"@value": "x"} ]', None),
        (b'"next": "?page=2"', "http://a.test/c?page=2"),
        (b"hydra:next <javascript:x>", None),
        (b"<> hydra:next <http://a.test/c> .", None),
        (b"nothing of the kind", None),
    ],
)
def test_the_next_page(body: bytes, following: str | None) -> None:
    assert next_page(body, "http://a.test/c") == following


@pytest.mark.parametrize(
    ("body", "kind", "syntax"),
    [
        (b"\xef\xbb\xbf@prefix a: <b> .", "text/plain", "turtle"),
        (b"# words\nPREFIX a: <b>", "application/octet-stream", "turtle"),
        (b"<http://a.test/> a <b> .", "text/turtle", "turtle"),
        (b'<?xml version="1.0"?><rdf:RDF xmlns:rdf="x">', "text/xml", "rdf_xml"),
        (b'<?xml version="1.0"?><urlset/>', "text/xml", None),
        (b" {}", "text/html", "json"),
        (b"[ a <b> ] .", "text/turtle", "turtle"),
        (b"<!doctype html><p>{}", "application/json", None),
        (b'<?xml version="1.0"?>\n<!-- 1404 -->\n<HTML lang="fa"><p>{}', "application/rdf+xml", None),
        (b'{"title": "<html>"}', None, "json"),
        (b'@prefix a: <urn:a> .\n<urn:b> a:c "<HTML" .', None, "turtle"),
        (b'<urn:b> <urn:c> "<html>" .', "application/n-triples", "turtle"),
        (b"hello", "text/plain", None),
    ],
)
def test_how_a_catalogue_is_written(body: bytes, kind: str | None, syntax: str | None) -> None:
    assert syntax_of(body, kind) == syntax


DAMAGES: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "cut": lambda chance, body: body[: chance.randrange(len(body))],
    "bytes changed": lambda chance, body: bytes(
        chance.randrange(256) if chance.random() < 0.01 else byte for byte in body
    ),
    "a piece put elsewhere": lambda chance, body: _moved(chance, body),
    "a piece many times": lambda chance, body: body.replace(
        _piece(chance, body), _piece(chance, body) * 20, 3
    ),
}


def _piece(chance: random.Random, body: bytes) -> bytes:
    at = chance.randrange(len(body) - 12)
    return body[at : at + chance.randrange(1, 12)]


def _moved(chance: random.Random, body: bytes) -> bytes:
    at = chance.randrange(len(body))
    return body[:at] + _piece(chance, body) * chance.randrange(1, 50) + body[at + chance.randrange(40) :]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_catalogues_end_in_a_reading(damage: str) -> None:
    """Whatever is broken, what is read is told, no address is of another kind than a browser's, and nothing raises."""
    chance = random.Random(damage)
    for write, url, kind in RULED.values():
        body = write(datasets()).encode()
        for _ in range(60):
            reading = read(DAMAGES[damage](chance, body), url, kind)
            assert all(
                address.startswith(("http://", "https://")) for e in reading.entries for address in e.urls
            )
