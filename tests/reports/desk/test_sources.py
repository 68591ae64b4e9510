"""What came over the wire, as numbered lines: nothing lost, nothing run, the words of the finding marked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.kinds.http import HttpFacts
from evidence.records import Capture
from evidence.store import EvidenceStore
from reports.desk.sources import PIECE, CaptureSource, SourceRow, source_of
from tests.reports.desk.rounds import BODY, EXCERPT, OPENED, findings, id_of

FINDINGS = {f.id: f for f in findings()}


@pytest.fixture(scope="module")
def store(shared_round: Path) -> Iterator[EvidenceStore]:
    with EvidenceStore.open(shared_round / "evidence") as opened:
        yield opened


def text_of(source: CaptureSource, size: int = 10_000) -> str:
    lines: list[str] = []
    for row in source.stretch(0, size, None).rows:
        piece = "".join(text for text, _ in row.parts)
        if row.first:
            lines.append(piece)
            assert row.line == len(lines)
        else:
            lines[-1] += piece
    return "\n".join(lines)


def test_every_byte_is_there_and_every_line_has_its_number(store: EvidenceStore) -> None:
    source = CaptureSource.of(store, store.get("c0"))
    head, _, body = text_of(source).partition("\n\n")
    assert head.startswith("HTTP/1.1 200 OK\nContent-Type: text/html\nX-Evil: <script>")
    assert body == BODY.replace("\r\n", "\n") and source.encoding == "utf-8"


def test_pages_are_read_in_their_encoding(store: EvidenceStore) -> None:
    source = CaptureSource.of(store, store.get("c3"))
    assert source.encoding == "cp1256" and "گچ" in text_of(source)


def test_words_are_marked_over_tags_references_and_white_space(store: EvidenceStore) -> None:
    source, span = source_of(store, FINDINGS[id_of("s1")])
    assert source is not None and span is not None and source.capture.id == "c0"
    stretch = source.stretch(None, 60, span)
    marked = "".join(text for row in stretch.rows for text, is_marked in row.parts if is_marked)
    assert marked == "صدور <b>پروانهٔ</b>   کسب&nbsp;و&#32;کار"
    assert stretch.marked is not None and stretch.start <= stretch.marked < stretch.start + 60


def test_the_stretches_of_a_source_are_all_of_it(store: EvidenceStore) -> None:
    source = CaptureSource.of(store, store.get("c0"))
    whole = source.stretch(0, 10_000, None).rows
    start: int | None = 0
    rows: list[SourceRow] = []
    while start is not None:
        stretch = source.stretch(start, 37, None)
        assert (stretch.before is None) is (start == 0)
        rows += stretch.rows
        start = stretch.after
    assert tuple(rows) == whole and max(len(r.parts[0][0]) for r in whole) <= PIECE
    assert source.stretch(10**7, 37, None).rows == whole[-1:]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "<" * 50_000,
        "<a" * 50_000,
        "&" * 50_000,
        "& " * 50_000,
        "\n" * 50_000,
        "a" * 2_000_000,
        "<p>" + "ب" * 300_000,
    ],
)
def test_no_text_takes_long_or_breaks(text: str) -> None:
    facts = HttpFacts("GET", 200, "OK", (), None)
    capture = Capture("c", 1, "http", "a", "http://a.test/", OPENED, "v", "page", 1, "0" * 64, facts)
    source = CaptureSource(capture, text, "utf-8", False)
    assert source.find(["nothing of the kind", "هیچ"]) is None
    stretch = source.stretch(None, 60, None)
    assert len(stretch.rows) <= 60 and stretch.start == 0
    assert text_of(source, 10**7).rstrip("\n") == text.rstrip("\n")


def test_an_excerpt_that_goes_on_is_found_by_its_beginning(store: EvidenceStore) -> None:
    source = CaptureSource.of(store, store.get("c1"))
    assert source.find([EXCERPT + " و آنچه در پی آن بریده شد و در این صفحه نیست…"]) is not None
    assert source.find(["x"]) is None and source.find([""]) is None and source.find([]) is None
