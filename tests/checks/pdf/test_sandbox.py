"""The child that reads PDF files: what it answers, and that what wears it down is a limit of ours."""

import pytest

from checks.pdf.sandbox import examine
from checks.pdf.text import Text
from tests.checks.pdf.made import ROWS, assembled, card, packed, stream

pytestmark = pytest.mark.processes

MEGABYTE = 1 << 20
NUMBERS = b"1 " * 2 * MEGABYTE


def test_the_child_says_what_the_reader_says() -> None:
    assert examine(card()) == Text(ROWS)
    assert examine(b"%PDF-1.4") == Text(fault="damaged")


def nested_pages(levels: int) -> bytes:
    """Nodes of the tree of pages that each name the next one twice."""
    nodes = [b"<< /Type /Pages /Count 1 /Kids [%d 0 R %d 0 R] >>" % (n, n) for n in range(7, 6 + levels)]
    return assembled(b"", more=[*nodes, b"<< /Type /Page >>"]).replace(b"[3 0 R]", b"[6 0 R]")


def looped() -> bytes:
    body = card()
    place = body.rpartition(b"startxref\n")[2].split()[0]
    return body.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev " + place)


HOSTILE = {
    "a content that unfolds a thousandfold": assembled(packed(b" " * 16 * MEGABYTE)),
    "numbers without end": assembled(packed(NUMBERS)),
    "a map of codes without end": assembled(
        b"BT /F 9 Tf (a) Tj ET",
        font="<< /Type /Font /Subtype /Type1 /ToUnicode 6 0 R >>",
        more=[packed(b"1 beginbfrange <00000000> <ffffffff> <0041> endbfrange " * 100_000)],
    ),
    "folded a hundred times": assembled(stream(b"x" * 1_000, f"/Filter [{'/ASCIIHexDecode ' * 100}]")),
    "arrays in arrays": assembled(packed(b"[" * 100_000)),
    "pages that double forty times": nested_pages(40),
    "no number": assembled(b"BT /F nan Tf 1e999 0 Td (a) Tj ET"),
    "a page of another format": b"<!doctype html><p>%PDF-1.4</p>",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_wears_a_reader_down_ends_in_time_and_accuses_nobody(body: bytes) -> None:
    found = examine(body, cpu=1)
    assert found.rows == () or found.rows[0][0] in ("A", "a")
    assert found.fault in ("", "limit", "damaged", "no_text")


def test_a_table_of_references_that_refers_to_itself_is_read_once() -> None:
    assert examine(looped()) == Text(ROWS)


def test_time_is_a_limit_of_ours() -> None:
    assert examine(assembled(packed(NUMBERS)), cpu=1).fault == "limit"
    assert examine(card(), seconds=0.01).fault == "limit"
