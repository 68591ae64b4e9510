"""Files of real programs, seen for what they are; licences, scans and what to fix, of files and of claims."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pytest

from checks.datasets.files.pdf import holds_characters
from checks.datasets.files.read import read
from checks.datasets.files.sniff import FAMILIES, UNREAD, Hints
from checks.datasets.usability.licence import judge_licence
from checks.datasets.usability.remedies import ORDER, remedies
from checks.datasets.worth import worth
from claims.model import Dataset
from reports.catalogue import LANGUAGES, Language, TextCatalogue
from reports.datasets import direction, inert

KINDS = Path(__file__).parent / "data" / "kinds"
EXPECTED: dict[str, tuple[str, int]] = tomllib.loads((KINDS / "kinds.toml").read_text(encoding="utf-8"))
AS_OF = dt.date(2025, 12, 1)


def claim(**fields: Any) -> Dataset:
    return Dataset("a", "d", title="x", url=fields.pop("url", "http://a.test/x"), **fields)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_file_is_seen_for_what_it_is(name: str) -> None:
    kind, rows = EXPECTED[name]
    for hints in (Hints(), Hints("application/octet-stream"), Hints("text/csv", table=True)):
        if hints.table and kind in ("text", "rdf"):
            continue  # told that it is a table, prose is given the benefit of the doubt
        content = read((KINDS / name).read_bytes(), hints, AS_OF)
        found = content.table.rows if content.table is not None else content.rows
        assert (content.kind, -1 if found is None else found) == (kind, rows), hints


def test_every_file_has_its_expectation() -> None:
    names = {path.name for path in KINDS.iterdir() if path.suffix not in (".py", ".toml")}
    assert names == set(EXPECTED)
    assert len(names) >= 60


@pytest.mark.parametrize("name", sorted(name for name, (kind, _) in EXPECTED.items() if kind in UNREAD))
def test_what_we_cannot_read_is_held_against_nobody(name: str) -> None:
    content = read((KINDS / name).read_bytes(), Hints(), AS_OF)
    for format in (None, "CSV", "Excel"):
        outcome = worth(content, claim(url=f"http://a.test/{name}", **({"format": format} if format else {})))
        assert (outcome.verdict, outcome.reason) == ("inconclusive", "limit")


def test_an_old_workbook_has_the_days_of_all_its_sheets() -> None:
    """Its days are numbers with a format: those of BIFF, as Excel wrote them until 2003."""
    content = read((KINDS / "xlwt-dates.xls").read_bytes(), Hints(), AS_OF)
    assert content.table is not None
    dates = content.table.dates
    assert (dates.newest, dates.column, dates.cells) == (dt.date(2025, 7, 8), "تاریخ", 8)
    outcome = worth(content, claim(url="http://a.test/x.xls", format="Excel"))
    assert (outcome.verdict, outcome.reason, outcome.stars) == ("partial", "spreadsheet_only", 2)


@pytest.mark.parametrize(
    "record",
    [
        "<row><city>تهران</city><date>{day}</date></row>",
        '<row city="تهران" date="{day}"/>',
        "<date>{day}</date>",
    ],
)
def test_flat_records_of_xml_have_the_days_of_their_rows(record: str) -> None:
    rows = "".join(record.format(day=f"1404/0{month}/05") for month in range(1, 7))
    content = read(f"<?xml version='1.0'?><data>{rows}</data>".encode(), Hints(), AS_OF)
    assert content.table is not None
    assert (content.table.rows, content.table.dates.newest) == (6, dt.date(2025, 8, 27))


def test_scans_are_told_from_texts() -> None:
    found = {
        name: holds_characters((KINDS / name).read_bytes())
        for name, (kind, _) in EXPECTED.items()
        if kind == "pdf"
    }
    assert found == {
        "fpdf.pdf": True, "reportlab.pdf": True, "objects-text.pdf": True, "scanned-pillow.pdf": False,
        "objects-scanned.pdf": False, "locked.pdf": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        b"%PDF-1.7\n" + b"/ObjStm stream\n" * 600 + b"%%EOF",
        b"%PDF-1.7\n/ObjStm " + b" " * 4_000 + b"%%EOF",
        b"%PDF-1.7\n/ObjStm >> stream\nnothing packed\nendstream %%EOF",
        b"%PDF-1.7\n1 0 obj",
    ],
    ids=["streams without end", "a stream that never comes", "not packed", "cut"],
)
def test_a_pdf_made_to_mislead_is_not_called_a_scan(body: bytes) -> None:
    assert holds_characters(body) is None


def test_a_pdf_bomb_is_opened_no_further_than_may_be() -> None:
    import zlib

    stream = zlib.compress(b" " * (8 << 20), 9)
    body = b"%PDF-1.7\n" + (b"<< /Type /ObjStm >> stream\n" + stream + b"\nendstream\n") * 100 + b"%%EOF"
    assert holds_characters(body) is None


def test_notes_of_a_workbook() -> None:
    assert read((KINDS / "formulas-hidden.xlsx").read_bytes(), Hints(), AS_OF).notes == (
        "hidden_sheets",
        "no_formulas",
    )
    assert read((KINDS / "openpyxl.xlsx").read_bytes(), Hints(), AS_OF).notes == ()


LICENCES = {
    "open": "CC0|cc-by|CC BY 4.0|CC-BY-SA-4.0|https://creativecommons.org/licenses/by/4.0/|http://creativecommons.org/publicdomain/zero/1.0/|odc-odbl"
    "|ODC-BY|PDDL|uk-ogl|Open Government Licence v3.0|Creative Commons Attribution|other-open|other-pd|مالکیت عمومی|استفادهٔ آزاد با ذکر منبع"
    "|استفاده آزاد|بازنشر آزاد است|استفاده با ذکر منبع بلامانع است|برای استفادهٔ تجاری و غیرتجاری آزاد است|مجوز داده باز|کریتیو کامنز انتساب|دامنهٔ عمومی|ترخيص مفتوح"
    "|http://publications.europa.eu/resource/authority/licence/CC_BY_4_0|…/authority/licence/CC_BYSA_4_0|…/authority/licence/ODC_BY|…/authority/licence/CC_PDM_1_0"
    "|Licence Ouverte Version 2.0|Soumis à la licence Etalab",
    "closed": "CC BY-NC 4.0|cc-nc|CC-BY-ND|cc by-nc-sa|https://creativecommons.org/licenses/by-nc/4.0/|other-nc|other-closed|All rights reserved"
    "|non-commercial|کلیه حقوق محفوظ است|تمامی حقوق این داده‌ها محفوظ است|استفاده غیرتجاری|بازنشر ممنوع است|فقط برای استفاده داخلی|محرمانه"
    "|استفاده از داده‌ها با اجازهٔ کتبی سازمان|استفادهٔ آزاد برای کارهای غیر تجاری|هرگونه استفاده بدون کسب مجوز مجاز نیست"
    "|استفاده بدون ذکر منبع و استفادهٔ تجاری ممنوع است؛ بازنشر ممنوع است|جميع الحقوق محفوظة|…/authority/licence/CC_BYNC_4_0|…/authority/licence/CC_BYNCND_4_0|…/authority/licence/CC_BYND_4_0",
    "missing": "|-|N/A|None|notspecified|License not specified|نامشخص|ندارد|تعیین نشده|  ",
    "unknown": "مجوز سازمان|پروانهٔ شمارهٔ ۱۲|GPLv9|licence of the ministry|بر اساس آیین‌نامه|داده‌نمای ملی"
    "|استفاده بدون ذکر منبع ممنوع است|free for commercial and non-commercial use|Commercial and non commercial",
}


@pytest.mark.parametrize("kind", LICENCES)
def test_licences_are_judged_by_their_words(kind: str) -> None:
    assert {text: judge_licence(text) for text in LICENCES[kind].split("|")} == dict.fromkeys(
        LICENCES[kind].split("|"), kind
    )
    assert judge_licence(None) == "missing"


# What was read, what was claimed, and what to fix, in order.
FIXES: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "nothing but a licence": ("utf8.csv", {}, ["declare_licence"]),
    "nothing at all": ("utf8.csv", {"licence": "CC BY 4.0"}, []),
    "cp1256": ("cp1256.csv", {"licence": "CC BY 4.0"}, ["declare_encoding"]),
    "a workbook with all kinds of things": ("formulas-hidden.xlsx", {"licence": "cc-nc"}, ["open_format", "hidden_sheets", "no_formulas", "open_licence"]),
    "a title in merged cells": ("merged.xlsx", {"licence": "مجوز سازمان"}, ["nothing_above", "no_merged_cells", "open_format", "known_licence"]),
    "a sheet called CSV": ("openpyxl.xlsx", {"licence": "cc0", "format": "CSV"}, ["true_format", "open_format"]),
    "a PDF": ("fpdf.pdf", {"licence": "cc0"}, ["table_for_document"]),
    "a scan": ("scanned-pillow.pdf", {"licence": "cc0"}, ["text_for_scan"]),
    "a picture": ("picture.png", {"licence": "cc0"}, ["text_for_scan"]),
    "under a password": ("locked.xlsx", {"licence": "cc0"}, ["unlock_file"]),
}  # fmt: skip


@pytest.mark.parametrize("name", FIXES)
def test_what_to_fix_comes_in_the_order_of_what_it_brings(name: str) -> None:
    file, fields, expected = FIXES[name]
    content = read((KINDS / file).read_bytes(), Hints(), AS_OF)
    dataset = claim(**fields)
    assert list(remedies(worth(content, dataset), content, judge_licence(dataset.licence))) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_thing_to_fix_has_a_text_and_no_text_is_left_over(language: Language) -> None:
    catalogue = TextCatalogue(language)
    assert set(catalogue.table("fix")) == set(ORDER)
    assert set(catalogue.table("licence")) == set(LICENCES)


def test_first_rows_are_shown_as_they_run_and_run_nothing() -> None:
    assert direction(["شهر", "تعداد"], [["Tehran", "12"]]) == "rtl"
    assert direction(["city", "count"], [["تهران", "12"]]) == "ltr"
    assert direction(["", "12"], [["تهران", "12"]]) == "rtl"
    assert direction([], []) == "ltr"
    assert [inert(cell) for cell in ("=1+1", "-5", "@x", "+98 21", " =HYPERLINK(1)", "a")] == [
        "'=1+1",
        "-5",
        "'@x",
        "+98 21",
        "' =HYPERLINK(1)",
        "a",
    ]


def test_the_first_rows_are_kept_within_bounds() -> None:
    wide = (
        ",".join(f"c{n}" for n in range(30))
        + "\n"
        + "\n".join(",".join(["x" * 500] * 30) for _ in range(9))
        + "\n"
    )
    table = read(wide.encode(), Hints(table=True), AS_OF).table
    assert table is not None
    assert len(table.sample) == 5
    assert {len(row) for row in table.sample} == {12}
    assert {len(cell) for row in table.sample for cell in row} == {80}


STARS = {
    "fpdf.pdf": 1, "picture.png": 1, "word.docx": 1, "prose.txt": 1, "locked.xlsx": 1, "openpyxl.xlsx": 2, "xlwt.xls": 2, "merged.xlsx": 2,
    "utf8.csv": 3, "cp1256.csv": 3, "records.json": 3, "pandas.xml": 3, "odfpy.ods": 3, "table.parquet": 3, "table.dbf": 3,
    "points.zip": 3, "graph.ttl": 4, "graph.rdf": 4, "graph.jsonld": 4,
}  # fmt: skip


@pytest.mark.parametrize("name", STARS)
def test_stars(name: str) -> None:
    assert worth(read((KINDS / name).read_bytes(), Hints(), AS_OF), claim()).stars == STARS[name]


def test_data_that_is_linked_to_others_has_five_stars() -> None:
    graph = (
        KINDS / "graph.ttl"
    ).read_bytes() + b"\n<http://data.test/c0> owl:sameAs <http://other.test/x> .\n"
    assert worth(read(graph, Hints(), AS_OF), claim()).stars == 5


def test_families_know_every_kind() -> None:
    assert {kind for kind, _ in EXPECTED.values()} <= set(FAMILIES)
