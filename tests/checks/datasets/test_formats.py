"""What the words around a file say of its kind, before it is opened."""

from __future__ import annotations

import pytest

from checks.datasets.formats import called_rows, extension, promises_text_table

PLAIN = "http://a.test/file"


@pytest.mark.parametrize(
    ("declared", "url", "content_type", "promised"),
    [
        ("CSV", PLAIN, None, True),
        (None, "http://a.test/rows.TSV?v=1", None, True),
        (None, PLAIN, "text/csv; charset=utf-8", True),
        (None, PLAIN, "application/csv", True),
        (None, PLAIN, "text/plain", False),
        ("XLSX", "http://a.test/rows.xlsx", "application/octet-stream", False),
        (None, PLAIN, None, False),
    ],
)
def test_lines_of_fields_are_promised_by_format_name_or_header(
    declared: str | None, url: str, content_type: str | None, promised: bool
) -> None:
    assert promises_text_table(declared, url, content_type) is promised


@pytest.mark.parametrize(
    ("url", "content_type", "disposition", "called"),
    [
        ("http://a.test/rows.xls", "text/html", None, True),
        ("http://a.test/rows.csv", None, None, True),
        (PLAIN, "application/vnd.ms-excel", None, True),
        (PLAIN, "application/vnd.oasis.opendocument.spreadsheet", None, True),
        (PLAIN, "text/csv", None, True),
        (PLAIN, "text/html", 'attachment; filename="rows.xlsx"', True),
        (PLAIN, "text/html", 'inline; filename="rows.xlsx"', False),
        (PLAIN, "text/html", 'attachment; filename="rows.pdf"', False),
        (PLAIN, "text/html", None, False),
    ],
)
def test_a_name_or_a_header_calls_it_rows(
    url: str, content_type: str | None, disposition: str | None, called: bool
) -> None:
    assert called_rows([url], content_type, disposition) is called


def test_an_extension_is_of_the_path_alone() -> None:
    assert [extension(url) for url in ("http://a.test/a.b/c", "http://a.test/x.CSV#y", "http://a.test/?f=a.csv")] == ["", "csv", ""]  # fmt: skip
