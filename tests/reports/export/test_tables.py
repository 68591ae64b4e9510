"""The tables as workbook and as CSV, read back by readers that are not ours: nothing runs, nothing is lost unsaid."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

from reports.catalogue import LANGUAGES, TextCatalogue
from reports.export import draft
from reports.export.cells import MOST_UNITS, cell, in_csv, runs
from reports.export.draft import WrittenFile
from reports.export.formats import csv as csv_tables
from reports.export.formats import xlsx
from reports.visible import visible
from tests.hostile import HOSTILE
from tests.reports.export.told import TEXTS, context_of, findings_of, hostile_round, tables_of

NAMES = ["about", "rankings", "services", "datasets", "findings", "hosts"]
_RUNNING = re.compile(r"[\s\"'\u200c]*[=+\-@＝＋－＠]")


@dataclass(frozen=True)
class Made:
    folder: Path
    book: Workbook
    sheets: dict[str, list[list[str]]]
    of_xlsx: WrittenFile
    of_csv: WrittenFile


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("tables")
    context = context_of(hostile_round(folder))
    tables = tables_of(context)
    of_xlsx = draft.put(folder / "t.xlsx", lambda path: xlsx.write(path, context, tables))
    of_csv = draft.put(folder / "t.zip", lambda path: csv_tables.write(path, context, tables))
    with zipfile.ZipFile(folder / "t.zip") as archive:
        sheets = {
            name.removesuffix(".csv"): list(
                csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"), newline=""))
            )
            for name in archive.namelist()
        }
    return Made(folder, load_workbook(folder / "t.xlsx"), sheets, of_xlsx, of_csv)


def _titles(made: Made, sheet: str) -> list[str]:
    rows = made.sheets[sheet]
    place = rows[0].index("عنوان")
    return [row[place] for row in rows[1:]]


def test_both_hold_the_same_tables(made: Made) -> None:
    assert list(made.sheets) == NAMES == list(made.of_csv.counts)
    for name, sheet in zip(NAMES, made.book.worksheets, strict=True):
        # the workbook says more of itself: that cells were cut
        assert sheet.max_row - (name == "about") == len(made.sheets[name])
        assert [cell.value for cell in sheet[1]] == made.sheets[name][0]
        assert all(made.sheets[name][0]) and len(made.sheets[name]) > 1, name


def test_no_cell_runs_and_none_is_a_link(made: Made) -> None:
    running = 0
    for sheet in made.book.worksheets:
        assert not sheet.hyperlinks if hasattr(sheet, "hyperlinks") else not sheet._hyperlinks
        for row in sheet.iter_rows():
            for one in row:
                assert one.data_type != "f" and one.hyperlink is None
                if isinstance(one.value, str) and runs(one.value):
                    assert one.quotePrefix, one.value
                    running += 1
    assert running >= 20
    with zipfile.ZipFile(made.folder / "t.xlsx") as archive:
        assert not [
            name
            for name in archive.namelist()
            if name.endswith(".rels") and b"http://evil" in archive.read(name)
        ]
        for name in archive.namelist():
            assert not re.search(rb"<f[ >]|<hyperlink|ddeLink|externalLink", archive.read(name)), name
    for rows in made.sheets.values():
        assert not [text for row in rows for text in row if _RUNNING.match(text) and not text.startswith("'")]


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_text_stands_in_its_cell_as_text(made: Made, name: str) -> None:
    text = HOSTILE[name]
    place = list(TEXTS).index(name)
    shown = visible(text)
    written = _titles(made, "services")[place]
    assert written == in_csv(shown)
    assert written.replace("'", "") == shown.replace("'", "")
    assert visible(written) == written, "nothing hidden is left"
    column = made.sheets["services"][0].index("عنوان") + 1
    read = made.book.worksheets[2].cell(place + 2, column).value
    assert (read or "") == shown
    sheet = CalamineWorkbook.from_path(str(made.folder / "t.xlsx")).get_sheet_by_index(2)
    assert sheet.to_python()[place + 1][column - 1] == shown


@pytest.mark.parametrize("delimiter", [";", "\t", "\n", "\r\n", "\r"])
@pytest.mark.parametrize("text", ["x{}=1+1", 'x{} "@A1', "x{}\u200c+1{}=cmd|' /C calc'!A0", "{}=1"])
def test_no_cell_runs_where_another_sign_parts_them(delimiter: str, text: str) -> None:
    shown, _ = cell(text.format(delimiter, delimiter), "…")
    for part in re.split(r"[;\t\r\n]", in_csv(shown)):
        assert part.startswith("'") or not runs(part), part


def test_a_cell_of_line_ends_alone_takes_no_time() -> None:
    assert in_csv("x" + "\n" * MOST_UNITS) == "x" + "\n" * MOST_UNITS


def test_a_title_of_a_megabyte_is_cut_and_says_so(made: Made) -> None:
    mark = TextCatalogue("fa").text("export_table.cut")
    place = list(TEXTS).index("megabyte")
    for name in ("services", "datasets"):
        text = _titles(made, name)[place]
        assert len(text) == MOST_UNITS and text.endswith(mark)
    assert made.of_xlsx.left_out["cut_cell"] == made.of_csv.left_out["cut_cell"] >= 4
    told = [str(row[1].value) for row in made.book.worksheets[0].iter_rows()]
    assert any("متن که در یک خانه" in text for text in told)


def test_sheets_of_a_persian_round_run_from_right_to_left(made: Made) -> None:
    for sheet in made.book.worksheets:
        assert sheet.sheet_view.rightToLeft
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref and sheet.auto_filter.ref.endswith(str(sheet.max_row))
        assert all(6 < sheet.column_dimensions[one.column_letter].width <= 90 for one in sheet[1])
        assert sheet["A1"].font.bold
    urls = [one for one in made.book.worksheets[2][2] if str(one.value).startswith("https://")]
    assert urls and all(one.alignment.readingOrder == 1 for one in urls), "addresses read from left to right"


def test_dates_are_dates_with_the_persian_day_beside_them(made: Made) -> None:
    about = {row[0].value: row[1].value for row in made.book.worksheets[0].iter_rows()}
    assert about["مبنای زمانی"] == "2025-12-01T09:30:00Z" and about["مبنای زمانی، خورشیدی"] == "۱۴۰۴/۰۹/۱۰"
    hosts = made.book.worksheets[-1]
    ends, far = ([one.value for one in hosts[row]][-2:] for row in (2, 3))
    assert ends == [dt.datetime(2026, 8, 28), "۱۴۰۵/۰۶/۰۶"]  # noqa: DTZ001 (cells know no zone)
    assert far == [dt.datetime(9999, 12, 31), None]  # noqa: DTZ001
    newest = made.sheets["datasets"][0].index("تازه‌ترین تاریخ")
    assert made.sheets["datasets"][1][newest] == HOSTILE["script"], "what is no date stands as it came"


@pytest.mark.slow
def test_an_english_round_has_no_persian_calendar_and_runs_from_left_to_right(tmp_path: Path) -> None:
    context = context_of(hostile_round(tmp_path, "en"))
    draft.put(tmp_path / "t.xlsx", lambda path: xlsx.write(path, context, tables_of(context)))
    book = load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames == ["About", "Rankings", "Services", "Datasets", "Findings", "Hosts"]
    headings = [one.value for sheet in book for one in sheet[1]]
    assert not [text for text in headings if "Jalali" in str(text)] and "Certificate ends" in headings
    assert not any(sheet.sheet_view.rightToLeft for sheet in book)
    names = {row[1].value for row in book["Services"].iter_rows(min_row=2)}
    assert names == {"=Agency"} and book["Services"]["B2"].quotePrefix


def test_rows_beyond_what_a_sheet_takes_are_told(tmp_path: Path) -> None:
    context = context_of(hostile_round(tmp_path))
    written = xlsx.write(tmp_path / "t.xlsx", context, tables_of(context), most_rows=20)
    book = load_workbook(tmp_path / "t.xlsx")
    findings = len(findings_of(context))
    assert book["یافته‌ها"].max_row == 21 and written.left_out["row"] >= findings - 20
    told = " ".join(str(row[1].value) for row in book.worksheets[0].iter_rows())
    assert "یافته‌ها:" in told and "CSV" in told


def test_the_same_round_gives_the_same_bytes(made: Made) -> None:
    context = context_of(hostile_round(made.folder))
    writers: dict[str, Callable[..., WrittenFile]] = {"t.xlsx": xlsx.write, "t.zip": csv_tables.write}
    for name, write in writers.items():
        again = draft.put(
            made.folder / f"again-{name}", partial(write, context=context, tables=tables_of(context))
        )
        assert (made.folder / name).read_bytes() == (made.folder / f"again-{name}").read_bytes()
        assert again.sha256 in (made.of_xlsx.sha256, made.of_csv.sha256)
    assert not list(made.folder.glob(".*")), "no drafts are left"


@pytest.mark.parametrize(
    "text",
    ["=1", "+1", "-1", "@a", "\tx", "\rx", "\nx", " =1", "\u00a0=1", '"=1', "'@x", "＝1", "﹢1", "−1", "«=1"],
)
def test_what_may_run_is_known(text: str) -> None:
    assert runs(text)


@pytest.mark.parametrize("text", ["", "a=1", "1-2", "متن", "(=1", "https://a.test/=1", "۱+۱"])
def test_what_never_runs_is_left_alone(text: str) -> None:
    assert not runs(text)


def test_a_cell_counts_as_excel_does() -> None:
    full = "👧" * (MOST_UNITS // 2)  # two units each
    assert cell(full, "!") == (full, False)
    shown, cut = cell(full + "👧", "!")
    assert cut and shown == "👧" * (MOST_UNITS // 2) + "!"
    hidden, cut = cell("\u202e" * 10_000, "!")
    assert cut and len(hidden) == MOST_UNITS and hidden.startswith("⟦U+202E⟧")


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_of_sheets_are_what_a_workbook_takes(language: str) -> None:
    catalogue = TextCatalogue("fa" if language == "fa" else "en")
    titles = [catalogue.text(f"export_table.{name}") for name in NAMES]
    assert len(set(titles)) == len(NAMES)
    assert not [title for title in titles if len(title) > 31 or re.search(r"[\[\]:*?/\\]", title)]


def test_an_escape_of_the_format_stays_a_text(tmp_path: Path) -> None:
    """`_x0041_` in a workbook's XML is the letter A."""
    context = context_of(hostile_round(tmp_path))
    (about, *rest) = tables_of(context)
    odd = type(about)(about.name, about.columns, lambda: iter([["_x0041_", "_x000D_ _x202E_"]]))
    xlsx.write(tmp_path / "t.xlsx", context, (odd, *rest))
    with zipfile.ZipFile(tmp_path / "t.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b">_x005F_x0041_<" in sheet and b">_x005F_x000D_ _x005F_x202E_<" in sheet
