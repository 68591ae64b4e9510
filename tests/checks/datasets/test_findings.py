"""Datasets over small rounds. Each row: what the URL answered on two visits, the claim, and what is said of it."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json
import zipfile
from dataclasses import dataclass, field, replace
from typing import Any

import openpyxl
import pytest

from checks.datasets.freshness_rules import OBSTACLES, Signs, basis, decide
from checks.datasets.history import ContentHistory
from checks.datasets.limits import Limits
from checks.datasets.titles import closed_year
from claims.model import Dataset, NetworkSettings
from claims.period import parse_period
from evidence.canonical import canonical
from tests.checks.selection import checks_called

pytestmark = pytest.mark.processes

PORTAL = "http://portal.test/"
URL = "http://portal.test/data/x"
AS_OF = dt.date(2025, 12, 1)  # 1404/09/10
CSV = (("Content-Type", "text/csv; charset=utf-8"),)
OCTETS = (("Content-Type", "application/octet-stream"),)
HTML = (("Content-Type", "text/html; charset=utf-8"),)
EXCEL = (("Content-Type", "application/vnd.ms-excel"),)
ATTACHED = (*HTML, ("Content-Disposition", 'attachment; filename="report.xls"'))


def table(*days: str, heading: str = "تاریخ") -> str:
    rows = "".join(f"شهر {number},{day},{number * 7}\n" for number, day in enumerate(days, start=1))
    return f"نام,{heading},تعداد\n{rows}"


def page(body: str, title: str = "مجموعه داده") -> str:
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"
    )


def xlsx(rows: list[list[Any]], merge: str | None = None) -> bytes:
    workbook = openpyxl.Workbook()
    assert workbook.active is not None
    for row in rows:
        workbook.active.append(row)
    if merge:
        workbook.active.merge_cells(merge)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def zipped(name: str, body: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, body)
    return out.getvalue()


NEW = table("1404/08/01", "1404/08/15", "1404/09/05")  # newest 2025-11-26
OLD = table("1402/05/01", "1402/06/01", "1402/06/31")  # newest 2023-09-22
UNDATED = "نام,تعداد\nالف,3\nب,4\nپ,5\n"
PROSE = "<p>" + "این صفحه درباره کارهای سازمان و برنامه‌های سال آینده است و داده‌ای در آن نیست. " * 30 + "</p>"
SENTENCE = "این صفحه درباره کارهای سازمان است و داده‌ای در آن نیست. "
HTML_TABLE = "<table>" + "<tr><td>الف</td><td>1</td></tr>" * 6 + "</table>"


SMALL = "<table><tr><td>شماره<td>تاریخ<tr><td>7<td>1404/09/05</table>"
ERROR_TABLE = "<table><tr><th>Error<th>Message<tr><td>500<td>exception at 2025-11-26</table>"
LAID_OUT = (
    '<html><head><script src="/a.js"></script></head><body><table><tr><td><a href="/">خانه</a><td><a href="/n">خبر</a>'
    f"<tr><td>امروز<td>1404/09/10<tr><td colspan=2>{PROSE}</table></body></html>"
)


def grid(text: str) -> str:
    """Rows as ASP.NET writes them under the name of a workbook."""
    head, *lines = [line.split(",") for line in text.splitlines()]
    cells = ["".join(f"<td>{cell}</td>" for cell in line) for line in lines]
    heading = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    return f'<div>\n<table border="1"><tr>{heading}</tr>{"".join(f"<tr>{line}</tr>" for line in cells)}</table>\n</div>'


@dataclass(frozen=True)
class Row:
    """answers: keyword arguments of each visit. usable, fresh: (verdict, reason)."""

    answers: list[dict[str, Any]]
    usable: tuple[str, str]
    fresh: tuple[str, str] | None = None
    url: str = URL
    claim: dict[str, Any] = field(default_factory=dict)
    around: list[dict[str, Any]] = field(default_factory=list)


def both(body: str | bytes, headers: Any = CSV, **rest: Any) -> list[dict[str, Any]]:
    return [{"body": body, "headers": headers, **rest}] * 2


def status(code: int, body: str = "x") -> dict[str, Any]:
    return {"status": code, "body": body}


def lost(failure: str, **facts: Any) -> dict[str, Any]:
    return {"status": None, "failure": failure, **facts}


GONE = ("contradicted", "not_obtainable")
V, P, C, N = "verified", "partial", "contradicted", "inconclusive"
NOT_HAD = (N, "inconclusive_not_obtained")
FRESH = (V, "fresh")

ROWS: dict[str, Row] = {
    # what came
    "good CSV": Row(both(NEW), (V, "usable"), FRESH),
    "good once, gone later": Row([*both(NEW)[:1], status(404)], (V, "usable")),
    "gone at first, good later": Row([status(404), *both(NEW)[:1]], (V, "usable")),
    "good JSON": Row(both(json.dumps([{"d": "2025-11-20", "n": 1}, {"d": "2025-11-25", "n": 2}])), (V, "usable"), FRESH),
    "good XML": Row(both("<r><i><d>2025-11-20</d></i><i><d>2025-11-25</d></i></r>"), (V, "usable"), FRESH),
    "CSV in a ZIP": Row(both(zipped("a.csv", NEW.encode()), OCTETS), (V, "usable"), FRESH),
    "CSV in a ZIP, said to be CSV": Row(both(zipped("a.csv", NEW.encode()), OCTETS), (V, "usable"), FRESH, claim={"format": "CSV"}),
    "tabs, said to be CSV": Row(both(NEW.replace(",", "\t")), (V, "usable"), FRESH, claim={"format": "csv"}),
    "a sheet": Row(both(xlsx([["name", "date"], ["a", dt.date(2025, 11, 20)], ["b", dt.date(2025, 11, 25)]]), OCTETS), (P, "spreadsheet_only"), FRESH, claim={"format": "Excel"}),
    "a sheet with a title": Row(both(xlsx([["گزارش ماه", None], ["name", "n"], ["a", 3], ["b", 4]], merge="A1:B1"), OCTETS), (P, "untidy_table")),
    "a total": Row(both(NEW + "جمع کل,,42\n"), (P, "untidy_table"), FRESH),
    "a title above": Row(both("گزارش ماهانه\n\n" + NEW), (P, "untidy_table"), FRESH),
    "no heading": Row(both(NEW.partition("\n")[2]), (P, "untidy_table"), FRESH),
    "windows-1256, unsaid": Row(both(NEW.replace("ی", "ي").encode("cp1256"), (("Content-Type", "text/csv"),)), (P, "undeclared_encoding"), FRESH),
    "windows-1256, said": Row(both(NEW.replace("ی", "ي").encode("cp1256"), (("Content-Type", "text/csv; charset=windows-1256"),)), (V, "usable"), FRESH),
    "a PDF": Row(both(b"%PDF-1.7\n1 0 obj", OCTETS), (C, "document_only"), (N, "inconclusive_no_date")),
    "a PDF said to be CSV": Row(both(b"%PDF-1.7\n1 0 obj", CSV), (C, "document_only"), claim={"format": "CSV"}),
    "a PDF as promised": Row(both(b"%PDF-1.7\n1 0 obj", OCTETS), (C, "document_only"), claim={"format": "PDF"}),
    "a picture": Row(both(b"\x89PNG\r\n\x1a\n" + b"0" * 50, OCTETS), (C, "document_only")),
    "a text": Row(both("این متنی است که در آن از کارهای سازمان سخن رفته و هیچ جدولی ندارد و داده نیست.\n" * 5, (("Content-Type", "text/plain"),)), (C, "document_only")),
    "one column of long names": Row(both("نام مرکز\n" + "".join(f"مرکز {n} پژوهش‌های آماری و برنامه‌ریزی وابسته به وزارت کشور در استان\n" for n in range(5))), (V, "usable"), claim={"format": "csv"}),
    "a text said to be CSV": Row(both("این متنی است که در آن از کارهای سازمان سخن رفته و هیچ جدولی ندارد و داده نیست.\n" * 5), (C, "document_only"), claim={"format": "csv"}),
    "no character set": Row(both(NEW.encode() + NEW.replace("ی", "ي").encode("cp1256")), (C, "undecodable")),
    "letters lost": Row(both(NEW.encode("ascii", "replace")), (C, "undecodable")),
    "half a workbook, whole body": Row(both(xlsx([["a"], [1]])[:400], OCTETS), (C, "undecodable")),
    "rows of all lengths": Row(both("a,b,c\n1,2,3\n1,2\n1,2,3,4,5\n1,2,3\n1\n1,2,3\n" * 5, CSV), (C, "broken_table"), claim={"format": "csv"}),
    "JSON that ends": Row(both('{"data": [{"a": 1}, {"a"'), (C, "broken_table")),
    "nothing": Row(both(b""), (C, "empty"), NOT_HAD),
    "a heading and no row": Row(both("نام,تاریخ,تعداد\n"), (C, "empty"), claim={"format": "csv"}),
    "an empty list": Row(both("[]", (("Content-Type", "application/json"),)), (C, "empty")),
    "a sheet said to be CSV": Row(both(xlsx([["d", "n"], [dt.date(2025, 11, 20), 1]]), CSV), (C, "wrong_format"), FRESH, claim={"format": "CSV"}),
    "CSV said to be Excel": Row(both(NEW, OCTETS), (C, "wrong_format"), FRESH, claim={"format": "XLSX"}),
    "JSON said to be XML": Row(both('[{"a": 1}, {"a": 2}]'), (C, "wrong_format"), claim={"format": "xml"}),
    "an unknown word of format": Row(both(NEW), (V, "usable"), FRESH, claim={"format": "API"}),
    "two formats": Row(both(NEW), (V, "usable"), FRESH, claim={"format": "XLSX, CSV"}),
    # tables of HTML that are called workbooks, and pages that are
    "a table of a page as .xls": Row(both(page(HTML_TABLE), EXCEL), (C, "wrong_format"), url=URL + ".xls"),
    "a grid as .xls": Row(both(grid(NEW), HTML), (C, "wrong_format"), FRESH, url=URL + ".xls"),
    "a grid as .xls, old": Row(both(grid(OLD), EXCEL), (C, "wrong_format"), (C, "stale_admitted"), url=URL + ".xls"),
    "a grid attached as .xls": Row(both(grid(NEW), ATTACHED), (C, "wrong_format"), FRESH, claim={"format": "Excel"}),
    "a grid whose rows link to documents": Row(both(grid(NEW).replace("<td>شهر 1", '<td><a href="/f/1.pdf">شهر 1</a>'), ATTACHED), (C, "wrong_format"), FRESH, around=[{"url": PORTAL + "f/1.pdf", "body": b"%PDF-1.4", "headers": OCTETS, "twice": True}]),
    "a grid as .csv": Row(both(grid(NEW), CSV), (C, "wrong_format"), FRESH, url=URL + ".csv"),
    "a grid of one row": Row(both(grid("نام,مجری\nپارک,شهرداری\n"), EXCEL), (C, "wrong_format"), url=URL + ".xls"),
    "a grid of no row": Row(both(grid("نام,مجری\n"), EXCEL), (C, "empty"), url=URL + ".xls"),
    "a grid in a ZIP": Row(both(zipped("a.xls", grid(NEW).encode()), OCTETS), (C, "wrong_format"), FRESH),
    "a page in a ZIP": Row(both(zipped("a.html", page(PROSE).encode()), OCTETS), (C, "document_only"), (N, "inconclusive_no_date")),
    "a grid of lost letters": Row(both(grid(NEW).encode("ascii", "replace"), EXCEL), (C, "undecodable"), url=URL + ".xls"),
    "a grid past our limits": Row(both("<table>" + "<tr><td>1</td><table>" * 101, EXCEL), (N, "limit"), (N, "inconclusive_limit"), url=URL + ".xls"),
    "frames of a workbook": Row(both('<html><head><!--[if gte mso 9]><xml><x:WorksheetSource HRef="a/sheet001.htm"/></xml><![endif]--></head><frameset><frame src="a/sheet001.htm"></frameset></html>', EXCEL), (N, "not_attempted"), NOT_HAD, url=URL + ".xls"),
    "an error page as .xls": Row(both(page(f"<p>صفحه مورد نظر یافت نشد</p>{SMALL}", "خطای ۴۰۴"), EXCEL), (C, "soft_404"), NOT_HAD, url=URL + ".xls"),
    "an error in a table as .xls": Row(both(f"<html><body>{ERROR_TABLE}</body></html>", EXCEL), (C, "soft_404"), NOT_HAD, url=URL + ".xls"),
    "a login as .xls": Row(both(page(f"{SMALL}<form><input name=u><input type=password name=p></form>"), EXCEL), (N, "blocked"), (N, "inconclusive_blocked"), url=URL + ".xls"),
    "a login in a table as .xls": Row(both("<table><tr><th>نام کاربری<th>گذرواژه<tr><td><input name=u><td><input type=password name=p></table>", EXCEL), (N, "blocked"), (N, "inconclusive_blocked"), url=URL + ".xls"),
    "a page laid out by tables as .xls": Row(both(LAID_OUT, HTML), (C, "soft_404"), NOT_HAD, url=URL + ".xls"),
    "a challenge as .xls": Row(both(page(f"<p>در حال بررسی مرورگر شما</p>{SMALL}", "Just a moment..."), HTML), (N, "blocked"), (N, "inconclusive_blocked"), url=URL + ".xls"),
    # errors and pages
    "404": Row([status(404)] * 2, GONE, NOT_HAD),
    "410": Row([status(410)] * 2, GONE, NOT_HAD),
    "404, then 410": Row([status(404), status(410)], GONE),
    "404 once": Row([status(404)], (N, "not_attempted"), NOT_HAD),
    "404, then time-out": Row([status(404), lost("timeout")], (N, "unreachable")),
    "404, then another trouble": Row([status(404), {"body": b"", "headers": CSV}], (N, "not_attempted")),
    "an error page with 200": Row(both(page("<p>صفحه مورد نظر یافت نشد</p>", "خطای ۴۰۴"), HTML), (C, "soft_404"), NOT_HAD),
    "a page for a file": Row(both(page(PROSE), HTML), (C, "soft_404"), NOT_HAD, url=URL + ".csv"),
    "a page for a format": Row(both(page(PROSE), HTML), (C, "soft_404"), claim={"format": "CSV"}),
    "a page as CSV": Row(both(page(PROSE), CSV), (C, "soft_404"), url=URL + ".csv"),
    "an error in JSON": Row(both('{"error": "not found"}'), (C, "soft_404"), NOT_HAD),
    "a line of error": Row(both("Error: file not found", CSV), (C, "soft_404"), claim={"format": "csv"}),
    "a few words of a gate nobody knows": Row(both("<html><body><p>Please hold on</p></body></html>", HTML), (N, "blocked"), url=URL + ".csv"),
    "a few words of an error": Row(both("<html><body><p>Error 500: exception</p></body></html>", HTML), (N, "server_error"), NOT_HAD, url=URL + ".csv"),
    "a page with a table": Row(both(page(HTML_TABLE), HTML), (C, "document_only")),
    "a page and no more": Row(both(page(PROSE), HTML), (N, "not_attempted"), NOT_HAD),
    "a login": Row(both(page("<form><input name=u><input type=password name=p></form>"), HTML), (N, "blocked"), (N, "inconclusive_blocked"), claim={"format": "CSV"}),
    "maintenance": Row(both(page("<p>سامانه در دست تعمیر است</p>"), HTML), (N, "server_error"), url=URL + ".csv"),
    # thresholds, from both sides
    "maintenance, under a text": Row(both(page(f"<p>{SENTENCE * 18}</p><p>سامانه در دست تعمیر است</p>"), HTML), (N, "server_error"), url=URL + ".csv"),
    "news of maintenance": Row(both(page(f"<p>{SENTENCE * 36}</p><p>سامانه در دست تعمیر است</p>"), HTML), (C, "soft_404"), url=URL + ".csv"),
    "a gate of three sentences": Row(both(page(f"<p>{SENTENCE * 3}</p>"), HTML), (N, "blocked"), url=URL + ".csv"),
    "a page of six sentences": Row(both(page(f"<p>{SENTENCE * 6}</p>"), HTML), (C, "soft_404"), url=URL + ".csv"),
    "a table of two rows": Row(both(page("<table>" + "<tr><td>الف</td><td>1</td></tr>" * 2 + "</table>"), HTML), (N, "not_attempted")),
    "a table of three rows": Row(both(page("<table>" + "<tr><td>الف</td><td>1</td></tr>" * 3 + "</table>"), HTML), (C, "document_only")),
    "a shell of scripts": Row(both('<html><body><div id="app"></div><script src="/a.js"></script></body></html>', HTML), (N, "not_attempted"), url=URL + ".csv"),
    "forbidden": Row([status(403)] * 2, (N, "blocked"), (N, "inconclusive_blocked")),
    "asked to wait": Row([status(429)] * 2, (N, "blocked"), (N, "inconclusive_blocked")),
    "a challenge": Row(both(page("<p>در حال بررسی مرورگر شما</p>", "Just a moment..."), HTML), (N, "blocked"), (N, "inconclusive_blocked")),
    "server error": Row([status(503)] * 2, (N, "server_error"), NOT_HAD),
    "no such name": Row([lost("dns")] * 2, (N, "unreachable"), NOT_HAD),
    "reset": Row([lost("reset")] * 2, (N, "unreachable"), NOT_HAD),
    "our own fault": Row([lost("own_error")] * 2, (N, "own_error"), NOT_HAD),
    "not attempted": Row([], (N, "not_attempted"), (N, "inconclusive_not_attempted")),
    "cut by our limit": Row(both(NEW, truncated="length"), (N, "limit"), (N, "inconclusive_truncated")),
    "cut by the peer": Row(both(NEW, truncated="disconnect"), (N, "unreachable"), (N, "inconclusive_truncated")),
    "a bomb": Row(both(zipped("a.csv", b"0" * (40 << 20)), OCTETS), (N, "limit"), (N, "inconclusive_limit")),
    "a format we cannot read": Row(both(b"Rar!\x1a\x07\x00" + b"0" * 40, OCTETS), (N, "limit"), claim={"format": "RAR"}),
    # pages that stand for the dataset
    "a page that links to CSV": Row(both(page('<a href="/f/a.csv">فایل</a>'), HTML), (V, "usable"), FRESH, claim={"format": "CSV"}, around=[{"url": PORTAL + "f/a.csv", "body": NEW, "headers": CSV}]),
    "a page that links to a file without a name": Row(both(page('<a href="/f?id=7">اینجا</a>'), HTML), (V, "usable"), FRESH, around=[{"url": PORTAL + "f?id=7", "body": NEW, "headers": CSV}]),
    "the better of two files": Row(both(page('<a href="/f/a.pdf">گزارش</a> <a href="/f/a.csv">داده</a>'), HTML), (V, "usable"), around=[{"url": PORTAL + "f/a.pdf", "body": b"%PDF-1.4", "headers": OCTETS}, {"url": PORTAL + "f/a.csv", "body": NEW, "headers": CSV}]),
    "a page that links to a PDF, seen twice": Row(both(page('<a href="/f/a.pdf">دریافت فایل</a>'), HTML), (C, "document_only"), around=[{"url": PORTAL + "f/a.pdf", "body": b"%PDF-1.4", "headers": OCTETS, "twice": True}]),
    "a page that links to a PDF, seen once": Row(both(page('<a href="/f/a.pdf">دریافت فایل</a>'), HTML), (N, "not_attempted"), around=[{"url": PORTAL + "f/a.pdf", "body": b"%PDF-1.4", "headers": OCTETS}]),
    "a page whose file was not fetched": Row(both(page('<a href="/f/a.csv">فایل</a>'), HTML), (N, "not_attempted"), (N, "inconclusive_not_attempted")),
    "a page that links to a dead file": Row(both(page('<a href="/f/a.csv">فایل</a>'), HTML), GONE, NOT_HAD, around=[{"url": PORTAL + "f/a.csv", "status": 404, "twice": True}]),
    "what every page links to is no offer": Row(both(page(PROSE + '<a href="/f/guide.pdf">راهنما</a>'), HTML), (N, "not_attempted"), around=[{"url": PORTAL, "body": page('<a href="/f/guide.pdf">راهنما</a>'), "headers": HTML}, {"url": PORTAL + "f/guide.pdf", "body": b"%PDF-1.4", "headers": OCTETS, "twice": True}]),
}  # fmt: skip

MODIFIED = {"old": dt.date(2023, 1, 1), "new": dt.date(2025, 11, 25), "due": dt.date(2025, 10, 25)}


def claim(**fields: Any) -> dict[str, Any]:
    period = fields.pop("period", "monthly")
    return {"period": parse_period(period) if period else None, **fields}


def dated(value: str) -> tuple[tuple[str, str], ...]:
    return (*CSV, ("Last-Modified", value))


FRESHNESS: dict[str, Row] = {
    "static": Row(both(OLD), (V, "usable"), ("not_applicable", "static"), claim=claim(period="تاریخی")),
    "a closed year": Row(both(OLD), (V, "usable"), ("not_applicable", "static"), claim=claim(title="آمار سال ۱۴۰۰")),
    "no period": Row(both(NEW), (V, "usable"), (P, "undeclared"), claim=claim(period=None)),
    "irregular": Row(both(NEW), (V, "usable"), (P, "undeclared"), claim=claim(period="موردی")),
    "no period, old": Row(both(OLD), (V, "usable"), (C, "no_update_2y"), claim=claim(period=None)),
    "no period, old, one visit": Row(both(OLD)[:1], (V, "usable"), (P, "undeclared"), claim=claim(period=None)),
    "no period, old, declared new": Row(both(OLD), (V, "usable"), (P, "undeclared"), claim=claim(period=None, modified=MODIFIED["new"])),
    "admitted": Row(both(UNDATED), (V, "usable"), (C, "stale_admitted"), claim=claim(modified=MODIFIED["old"])),
    "admitted, one visit": Row(both(UNDATED)[:1], (V, "usable"), (N, "inconclusive_unconfirmed"), claim=claim(modified=MODIFIED["old"])),
    "admitted, and gone": Row([status(404)] * 2, GONE, (C, "stale_admitted"), claim=claim(modified=MODIFIED["old"])),
    "admitted, but we were blocked": Row([status(403)] * 2, (N, "blocked"), (N, "inconclusive_blocked"), claim=claim(modified=MODIFIED["old"])),
    "admitted, but unreachable": Row([lost("timeout")] * 2, (N, "unreachable"), NOT_HAD, claim=claim(modified=MODIFIED["old"])),
    "admitted by rows alone": Row(both(OLD), (V, "usable"), (C, "stale_admitted"), claim=claim()),
    "rows old, claim new": Row(both(OLD), (V, "usable"), (C, "stale_proven"), claim=claim(modified=MODIFIED["new"])),
    "rows old, file touched": Row(both(OLD, dated("Sun, 30 Nov 2025 10:00:00 GMT")), (V, "usable"), (C, "stale_proven"), claim=claim()),
    "rows old, claim new, one visit": Row(both(OLD)[:1], (V, "usable"), (N, "inconclusive_unconfirmed"), claim=claim(modified=MODIFIED["new"])),
    "no rows, file touched": Row(both("نام,تاریخ,تعداد\n", dated("Sun, 30 Nov 2025 10:00:00 GMT")), (C, "empty"), (N, "inconclusive_no_date"), claim=claim()),
    "fresh rows": Row(both(NEW), (V, "usable"), FRESH, claim=claim(modified=MODIFIED["old"])),
    "fresh within the lag": Row(both(table("2025-09-20", "2025-10-20")), (V, "usable"), FRESH, claim=claim()),
    "the running month": Row(both(table("آبان 1404", "آذر 1404")), (V, "usable"), FRESH, claim=claim()),
    "the running year": Row(both(table("1402", "1403", "1404", heading="سال")), (V, "usable"), FRESH, claim=claim(period="سالانه")),
    "due": Row(both(UNDATED), (V, "usable"), (P, "due"), claim=claim(modified=MODIFIED["due"])),
    "overdue": Row(both(UNDATED), (V, "usable"), (P, "overdue"), claim=claim(modified=dt.date(2025, 10, 10))),
    "the claim alone": Row(both(UNDATED), (V, "usable"), (N, "claimed_fresh"), claim=claim(modified=MODIFIED["new"])),
    "the header alone": Row(both(UNDATED, dated("Sun, 30 Nov 2025 10:00:00 GMT")), (V, "usable"), (N, "claimed_fresh"), claim=claim()),
    "a header that cannot be read": Row(both(UNDATED, dated("yesterday")), (V, "usable"), (N, "inconclusive_no_date"), claim=claim()),
    "a date that is yet to come": Row(both(UNDATED), (V, "usable"), (N, "inconclusive_no_date"), claim=claim(modified=dt.date(2027, 1, 1))),
    "a header that is yet to come": Row(both(UNDATED, dated("Sun, 30 Nov 2031 10:00:00 GMT")), (V, "usable"), (N, "inconclusive_no_date"), claim=claim()),
    "no date at all": Row(both(UNDATED), (V, "usable"), (N, "inconclusive_no_date"), claim=claim()),
    "births do not count": Row(both(table("1360/01/01", "1370/01/01", heading="تاریخ تولد")), (V, "usable"), (N, "claimed_fresh"), claim=claim(modified=MODIFIED["new"])),
    "due dates look ahead": Row(both(table("1403/01/01", "1404/01/01", heading="سررسید")), (V, "usable"), (N, "inconclusive_forecast"), claim=claim(modified=MODIFIED["new"])),
    "targets": Row(both(table("1405/01/01", "1406/01/01", "1407/01/01")), (V, "usable"), (N, "inconclusive_forecast"), claim=claim(modified=MODIFIED["new"])),
    "two calendars": Row(both(table("1446/01/10", "1446/02/10", "1446/03/10")), (V, "usable"), (N, "inconclusive_calendar"), claim=claim(modified=MODIFIED["new"])),
    "years of two digits": Row(both(table("99/05/14", "99/06/14", "99/07/14")), (V, "usable"), (N, "inconclusive_calendar"), claim=claim(modified=MODIFIED["new"])),
    "numbers like years": Row(both("نام,تعداد\n" + "".join(f"الف,{n}\n" for n in range(1380, 1400))), (V, "usable"), (N, "claimed_fresh"), claim=claim(modified=MODIFIED["new"])),
    "made anew at each visit": Row([{"body": NEW, "headers": CSV}, {"body": NEW + "شهر ۹,1404/09/09,3\n", "headers": CSV}], (V, "usable"), (N, "inconclusive_generated"), claim=claim()),
    "the same rows in another order": Row([{"body": NEW, "headers": CSV}, {"body": NEW.replace("\n", "\r\n"), "headers": CSV}], (V, "usable"), FRESH, claim=claim()),
    "a clock that went back, and a file by it": Row(both(UNDATED, (*dated("Thu, 30 Nov 2023 08:00:00 GMT"), ("Date", "Fri, 01 Dec 2023 08:00:10 GMT"))), (V, "usable"), (N, "inconclusive_clock"), claim=claim()),
    "a header that knows no day": Row(both(UNDATED, dated("Thu, 01 Jan 1970 00:00:00 GMT")), (V, "usable"), (N, "inconclusive_no_date"), claim=claim()),
    "their clock is wrong": Row(both(NEW, (*CSV, ("Date", "Thu, 20 Nov 2025 10:00:00 GMT"))), (V, "usable"), (N, "inconclusive_clock"), claim=claim()),
    "a cache's date": Row(both(NEW, (*CSV, ("Date", "Thu, 20 Nov 2025 08:00:00 GMT"), ("Age", "950400"))), (V, "usable"), FRESH, claim=claim()),
}  # fmt: skip


def dataset(row: Row) -> Dataset:
    fields = {"title": "داده‌های شهرها", "period": parse_period("monthly"), **row.claim}
    return Dataset("portal", "d1", url=row.url, **fields)


def write(seen: Any, row: Row) -> None:
    for attempt, answer in enumerate(row.answers, start=1):
        body = answer.get("body", "")
        rest = {key: value for key, value in answer.items() if key != "body"}
        seen.http(row.url, body, at=10 + 100 * (attempt - 1), attempt=attempt, purpose="dataset", **rest)
    for other in row.around:
        body = other.get("body", "")
        rest = {k: v for k, v in other.items() if k not in ("url", "body", "twice")}
        seen.http(other["url"], body, at=20, **rest)
        if other.get("twice"):
            seen.http(other["url"], body, at=120, attempt=2, **rest)
    seen.datasets = (dataset(row),)


def judged(seen: Any, check: str) -> tuple[str, str]:
    finding = seen.of(check, checks=checks_called("datasets."))["d1"]
    return finding.verdict, finding.reason


@pytest.mark.parametrize("name", ROWS)
def test_what_came_is_judged(seen: Any, name: str) -> None:
    row = ROWS[name]
    write(seen, row)
    findings = {f.check: (f.verdict, f.reason) for f in seen.judge(checks=checks_called("datasets."))}
    assert findings["datasets.usability"] == row.usable
    if row.fresh is not None:
        assert findings["datasets.freshness"] == row.fresh


@pytest.mark.parametrize("name", FRESHNESS)
def test_freshness_is_judged(seen: Any, name: str) -> None:
    row = FRESHNESS[name]
    write(seen, row)
    assert judged(seen, "datasets.freshness") == row.fresh


def test_every_reason_of_both_lists_is_reached() -> None:
    usable = {row.usable[1] for row in ROWS.values()}
    assert usable == set(
        "usable spreadsheet_only untidy_table undeclared_encoding not_obtainable soft_404 document_only undecodable"
        " broken_table empty wrong_format blocked unreachable server_error limit own_error not_attempted".split()
    )
    fresh = {row.fresh[1] for row in (*ROWS.values(), *FRESHNESS.values()) if row.fresh}
    assert fresh == {
        *OBSTACLES,
        *"static undeclared no_update_2y stale_admitted stale_proven fresh due overdue claimed_fresh".split(),
    }


CONTRADICTED = [
    name for name, row in {**ROWS, **FRESHNESS}.items() if C in (row.usable[0], *(row.fresh or ())[:1])
]


@pytest.mark.parametrize("name", CONTRADICTED)
def test_without_a_live_control_nothing_is_contradicted(seen: Any, name: str) -> None:
    row = {**ROWS, **FRESHNESS}[name]
    write(seen, row)
    seen.network = NetworkSettings(controls=("http://nobody.test/",))
    for second in range(0, 901, 60):
        seen.control(second, None)
    verdicts = {f.verdict for f in seen.judge(checks=checks_called("datasets."))}
    assert "contradicted" not in verdicts


def test_one_visit_contradicts_nothing(seen: Any) -> None:
    rows = [row for row in (*ROWS.values(), *FRESHNESS.values()) if row.answers and not row.around]
    for number, row in enumerate(rows):
        url = f"{row.url.removesuffix('x')}{number}" if row.url == URL else row.url
        write(seen, replace(row, url=url, answers=row.answers[:1]))
    seen.datasets = tuple(
        replace(
            dataset(row), id=f"d{n}", url=f"{row.url.removesuffix('x')}{n}" if row.url == URL else row.url
        )
        for n, row in enumerate(rows)
    )
    assert [f for f in seen.judge(checks=checks_called("datasets.")) if f.verdict == "contradicted"] == []


def test_findings_are_the_same_bytes_each_time(seen: Any) -> None:
    write(seen, ROWS["a sheet"])
    first, second = (
        [canonical(f.to_json()) for f in seen.judge(checks=checks_called("datasets."))],
        [canonical(f.to_json()) for f in seen.judge(checks=checks_called("datasets."))],
    )
    assert first == second


def test_what_was_observed_is_told(seen: Any) -> None:
    write(seen, replace(ROWS["good CSV"], claim=claim(modified=MODIFIED["due"], format="CSV")))
    findings = {f.check: f for f in seen.judge(checks=checks_called("datasets."))}
    usable, fresh = findings["datasets.usability"].observed, findings["datasets.freshness"].observed
    assert {key: usable[key] for key in ("stars", "format", "encoding", "rows", "columns", "delimiter")} == {
        "stars": 3,
        "format": "csv",
        "encoding": "utf-8",
        "rows": 3,
        "columns": 3,
        "delimiter": ",",
    }
    assert (fresh["age_days"], fresh["period_days"], fresh["newest"]) == (5, 31, "2025-11-26")
    assert fresh["newest_source"] == "data"
    assert fresh["dates"] == {"declared": "2025-10-25", "http": None, "data": "2025-11-26"}
    assert fresh["limits"] == {"due": 31, "overdue": 44, "stale": 60, "lag": 15.5}
    assert fresh["column"] == "تاریخ"
    assert len(findings["datasets.usability"].captures) == 2


def test_formulas_are_counted(seen: Any) -> None:
    write(seen, Row(both("a,b\n=1+1,2\n@x,3\n+98 21 888,4\n-5,5\n-,6\n"), (V, "usable")))
    assert seen.of("datasets.usability", checks=checks_called("datasets."))["d1"].observed["formulas"] == 2


def test_files_that_wear_a_reader_down_use_up_the_time_of_the_agencys_others(
    seen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checks.datasets.obtain.usual_seconds", lambda _: 0.0)
    monkeypatch.setattr("checks.case._SECONDS_OF_CHILDREN", 0.01)  # any child takes more
    for number in range(2):
        write(
            seen,
            replace(ROWS["a sheet"], url=f"{URL}{number}", answers=both(xlsx([["a", "b"], [1, number]]))),
        )
    seen.datasets = tuple(
        replace(dataset(ROWS["a sheet"]), id=f"d{number}", url=f"{URL}{number}") for number in range(2)
    )
    found = seen.of("datasets.usability", checks=checks_called("datasets."))
    assert found["d0"].verdict == "partial"
    assert (found["d1"].verdict, found["d1"].reason) == ("inconclusive", "limit")


def test_robots_kept_us_out(seen: Any) -> None:
    seen.account([(URL, "robots")])
    seen.datasets = (dataset(ROWS["good CSV"]),)
    assert judged(seen, "datasets.usability") == (N, "not_attempted")


LIMITS = {
    1: (2, 3),
    7: (14, 21),
    31: (44, 60),
    92: (120, 150),
    184: (210, 276),
    366: (425, 549),
    731: (849, 1097),
}


@pytest.mark.parametrize("period", LIMITS)
def test_limits(period: int) -> None:
    limits = Limits.of(period)
    assert (limits.overdue, limits.stale) == LIMITS[period]
    assert limits.due == period
    assert limits.lag == min(period / 2, 90)


def test_limits_grow_with_the_period() -> None:
    found = [Limits.of(period) for period in range(1, 1500)]
    assert all(a.overdue <= b.overdue and a.stale <= b.stale for a, b in itertools.pairwise(found))
    assert all(limits.due < limits.overdue < limits.stale for limits in found)


def _unchanged(since: dt.date, rounds: int, **rest: Any) -> ContentHistory:
    return ContentHistory(since, AS_OF, rounds, **rest)


def test_unchanged_over_the_rounds() -> None:
    since = dt.date(2025, 9, 1)
    signs = Signs(AS_OF, period=31, declared=AS_OF, proven=True, past=_unchanged(since, 3, gap=62))
    assert decide(signs) == (C, "stale_proven")
    assert decide(replace(signs, proven=False)) == (N, "inconclusive_unconfirmed")
    assert decide(replace(signs, past=_unchanged(since, 3, gap=63))) == (N, "inconclusive_unconfirmed")
    assert decide(replace(signs, past=_unchanged(since, 2, gap=62))) == (N, "claimed_fresh")
    # the limit is 60 days
    days = dt.timedelta(days=59), dt.timedelta(days=60)
    short, enough = (_unchanged(AS_OF - span, 3, gap=30) for span in days)
    assert decide(replace(signs, past=short)) == (N, "claimed_fresh")
    assert decide(replace(signs, past=enough)) == (C, "stale_proven")


@pytest.mark.parametrize(
    ("changes", "reason", "newest"),
    [
        ({"data": dt.date(2023, 1, 1)}, "stale_proven", (dt.date(2023, 1, 1), "data")),
        ({"past": _unchanged(dt.date(2025, 9, 1), 3, gap=60)}, "stale_proven", (dt.date(2025, 9, 1), "content")),
        ({"data": dt.date(2025, 11, 1), "sure": dt.date(2025, 11, 1)}, "fresh", (dt.date(2025, 11, 1), "data")),
        ({"past": _unchanged(AS_OF, 1, changed_after=dt.date(2025, 11, 20))}, "fresh", (AS_OF, "content")),
        ({"declared": dt.date(2022, 1, 1)}, "stale_admitted", (dt.date(2022, 1, 1), "declared")),
        ({"declared": dt.date(2025, 10, 10)}, "overdue", (dt.date(2025, 10, 10), "declared")),
        ({"period": None, "declared": None, "past": _unchanged(dt.date(2023, 1, 1), 3)}, "no_update_2y",
         (dt.date(2023, 1, 1), "content")),
        ({"declared": None}, "inconclusive_no_date", None),
    ],
)  # fmt: skip
def test_the_age_is_that_of_the_date_which_decided(
    changes: dict[str, Any], reason: str, newest: tuple[dt.date, str] | None
) -> None:
    """A later date that the agency declared decides nothing against the content."""
    signs = replace(Signs(AS_OF, period=31, declared=dt.date(2025, 11, 25), proven=True), **changes)
    assert decide(signs)[1] == reason
    assert basis(signs, reason) == newest


def test_changed_between_the_rounds() -> None:
    signs = Signs(AS_OF, period=31, declared=dt.date(2020, 1, 1), proven=True)
    recently = _unchanged(AS_OF, 1, changed_after=dt.date(2025, 10, 31))
    long_before = _unchanged(AS_OF, 1, changed_after=dt.date(2025, 10, 30))
    assert decide(replace(signs, past=recently)) == (V, "fresh")
    # nor admitted by the old date: the content has changed since
    assert decide(replace(signs, past=long_before)) == (N, "inconclusive_unconfirmed")
    # the order of the rules: what the rows say comes first
    old = replace(signs, past=recently, data=dt.date(2023, 1, 1))
    assert decide(old) == (C, "stale_proven")


TITLES = {
    "آمار سال ۱۳۹۹": 1399,
    "بودجه 1402": 1402,
    "سرشماری نفوس و مسکن ۱۳۹۵": 1395,
    "داده‌های ۱۳۹۵ تا ۱۳۹۹": 1399,
    "داده‌های سال 1401-1402": 1401,
    "Statistics 2023": 2023,
    "آمار سال ۱۴۰۴": None,
    "آمار از سال ۱۳۹۰ تاکنون": None,
    "آمار از سال ۱۳۹۰": None,
    "Statistics since 2010": None,
    "آمار ماهانه": None,
    "شاخص قیمت (سال پایه ۱۴۰۰) تا کنون": None,
    "قانون شماره 13980214": None,
    "برنامه ۱۳۹۹ تا ۱۴۱۰": None,
    "کد 1399/12": None,
    "گزارش ۹ ماهه ۱۴۰۳": 1403,
    "سری زمانی ۱۳۸۰ الی ۱۴۰۲": 1402,
    "آمار تا پایان ۱۴۰۲": 1402,
    "قیمت‌ها بر پایه سال ۱۳۹۵": None,
    "شاخص قیمت (۱۰۰=۱۳۹۵)": None,
    "شاخص قیمت (۱۳۹۵ = ۱۰۰)": None,
    "فهرست شرکت‌ها طبق قانون ۱۳۹۴": None,
    "جمعیت ۱۳۹۵ (به‌روزرسانی سالانه)": None,
    "آمار از فروردین ۱۳۹۸": None,
    "آمار از آغاز سال ۱۳۹۸": None,
    "بیانات منذ 2015": None,
    "آمار از ۱ فروردین ماه ۱۳۹۸": None,
    "متولدین ۱۳۶۵": None,
    "خودروهای مدل ۱۳۹۰": None,
    "ظرفیت ۲۰۲۰ مگاوات": None,
    "استاندارد ISO 19115:2003": None,
    "دارندگان ISO 2015": None,
    "فهرست کارگاه‌ها با کد cp1256": None,
    "فهرست کارگاه‌ها (Windows1256)": None,
    "نمونه‌های استاندارد ملی ایران ۱۳۹۸": None,
    "خودروهای پلاک ۱۳۹۸": None,
    "سوابق پروانه شماره ۱۳۹۸": None,
    "رخدادهای شماره مجوز: ۱۳۹۸": None,
    "شعبه کد ۱۳۹۵": None,
    "فهرست شهرها برای Excel 2013": None,
    "Devices with IEEE 1394": None,
    "Licences, no. 2014": None,
    "مراکز تلفن ۸۸۹۰ ۱۳۹۹": None,
    "Offices (021 1399)": None,
    "مراکز ۱۳۹۹ ۵۴۳": None,
    "دفترها با شماره تماس: ۱۴۰۰": None,
    "دفترهای شماره تلفن ۱۳۸۸": None,
    "نشانی مراکز، نمابر 2014": None,
    "خدمات سرشماره پیامک 2014": None,
    "تماس با ۱۴۰۰": None,
    "Offices, phone 2014": None,
    "Members under the Companies Act 2006": None,
    "کارگاه‌های مشمول آیین‌نامهٔ ۱۳۸۰": None,
    "مشمولان شماره قانون ۱۳۸۵": None,
    "Laboratories of standard 2014": None,
    "راهنمای تلفن ۱۳۹۸": 1398,
    "آمار تلفن همراه ۱۳۹۸ ۱۳۹۹": 1399,
    "درآمد 12 استان 1398": 1398,
    "آمار سال1398": 1398,
    "Budget FY2019": 2019,
    "کدهای پستی ۱۳۹۸": 1398,
    "شماره تلفن مدارس ۱۳۹۸": 1398,
    "تولید ناخالص GDP ۱۳۹۸": 1398,
    "کالاهای آماده ۱۳۹۸": 1398,
    "فهرست اعضا از شهرستان‌ها ۱۳۹۸": 1398,
}


@pytest.mark.parametrize("title", TITLES)
def test_a_closed_year_in_the_title(title: str) -> None:
    assert closed_year(title, AS_OF) == TITLES[title]


LOGIN = "<form action='/login'><input name=u><input type=password name=p><button>ورود</button></form>"


@pytest.mark.parametrize("frame", ["<header>{}</header>", "<div class=side>{}</div>", "{}"])
@pytest.mark.parametrize("title", ["ایستگاه‌های سنجش", "آمار ورود گردشگران"])
def test_the_log_in_box_of_the_portal_is_no_wall(seen: Any, frame: str, title: str) -> None:
    """On every page of the portal, in its frame or not: the page of a dataset has it too, and leads to the file."""

    def shown(url: str, heading: str, text: str, **rest: Any) -> None:
        box = frame.format(LOGIN)
        body = f"<title>{heading}</title><body>{box}<main><h1>{heading}</h1>{text}</main>"
        seen.twice(url, body, headers=HTML, **rest)

    shown("http://portal.test/", "سازمان نمونه", "<p>خوش آمدید")
    for number in range(4):
        shown(f"http://portal.test/news/{number}", f"خبر {number}", f"<p>متن خبر {number}")
    shown(URL, title, "<p>هر ماه نو می‌شود.<a href='/f.csv'>دریافت فایل</a>", purpose="dataset")
    seen.twice(
        "http://portal.test/f.csv",
        "نام,تاریخ\nالف,1404/08/05\nب,1404/09/01\n",
        headers=CSV,
        purpose="dataset",
    )
    seen.datasets = (Dataset("portal", "d1", title, URL, period=parse_period("monthly")),)
    found = {
        check: seen.of(check, checks=checks_called("datasets."))["d1"].reason
        for check in ("datasets.freshness", "datasets.usability")
    }
    assert found == {"datasets.freshness": "fresh", "datasets.usability": "usable"}
