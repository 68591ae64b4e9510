"""Our segments as two programs read them that were written apart from us, and what these miss where ours does not."""

from __future__ import annotations

import hashlib
import io
import shutil
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from evidence import layout
from evidence.errors import EvidenceDamaged
from evidence.store import warc
from evidence.verify.folder import verify
from tests.evidence.warc_records import read_all

# FastWARC's limit is 32 kB unless it is told otherwise; a capture of a page with very many requests, or of a server
# with an enormous head, has more to say.
_USUAL, _HEAD = 32 << 10, 1 << 24

# As large as pages are, and as hard to pack.
PAGE = b"HTTP/1.1 200 OK\r\n\r\n" + b"".join(
    f"<p>{hashlib.sha256(bytes([n])).hexdigest()}</p>".encode() for n in range(200)
)
ODDITIES = [
    b"HTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\nx-folded: c\r\nno colon\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n3;e=1\r\nabc\r\n0\r\nTrailer: x\r\n\r\n",
    b"HTTP/1.0 404 Not Found\nServer: bare line feeds\n\n<p>x",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx",
    b"<html>an answer without a head",
    b"HTTP/1.1 200 OK\r\nX: " + b"h" * 100_000 + b"\r\n\r\n" + bytes(range(256)) * 300,
    b"\r\n\r\n",
    b"",
    PAGE,
]

Read = list[tuple[str, str, bytes, int]]  # of each record: identifier, type, block, where it begins


@pytest.fixture(scope="module")
def odd_origin(new_round: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed round with answers as odd as they come. Not to be written to."""
    made = new_round(tmp_path_factory.mktemp("odd"))
    with made.open() as writer:
        for number, block in enumerate(ODDITIES):
            headers = (("X", "h" * 100_000),) if b"h" * 100_000 in block else ()
            made.exchange(writer, f"http://a.test/{number}", block, headers=headers)
        made.exchange(writer, "http://a.test/cut", ODDITIES[0][:-1], truncated="disconnect")
        made.fill(writer)
    made.seal()
    evidence: Path = made.evidence
    return evidence


@pytest.fixture(scope="module")
def segments(sealed_origin: Path, odd_origin: Path) -> list[Path]:
    shards = (sealed_origin / "evidence" / layout.FIRST_SHARD, odd_origin / layout.FIRST_SHARD)
    return [segment for shard in shards for segment in layout.segments(shard)]


def ours(content: bytes) -> Read:
    return [
        (r.header("WARC-Record-ID") or "", r.header("WARC-Type") or "", r.block, r.offset)
        for r in read_all(io.BytesIO(content))
    ]


def of_warcio(content: bytes) -> Read:
    found = []
    records = ArchiveIterator(io.BytesIO(content), no_record_parse=True, check_digests="raise")
    for record in records:
        block = record.raw_stream.read()
        assert record.digest_checker.passed
        head = record.rec_headers
        found.append((head["WARC-Record-ID"], record.rec_type, block, records.get_record_offset()))
    return found


def of_fastwarc(content: bytes, longest: int = _HEAD) -> Read:
    found = []
    for record in FastIterator(io.BytesIO(content), parse_http=False, max_header_len=longest):
        assert record.verify_block_digest()
        block = record.reader.read()
        found.append((record.record_id or "", str(record.record_type), block, record.stream_pos))
    return found


def test_both_read_the_same_records_to_the_last_byte(segments: list[Path]) -> None:
    ordinary = 0
    for segment in segments:
        content = segment.read_bytes()
        wanted = ours(content)
        assert of_warcio(content) == wanted
        assert of_fastwarc(content) == wanted
        if max(len(record.head) for record in read_all(io.BytesIO(content))) < _USUAL:
            ordinary += 1
            assert of_fastwarc(content, _USUAL) == wanted
        last = warc.read_at(io.BytesIO(content), wanted[-1][3])
        assert last is not None and last.offset + last.length == len(content)
    assert ordinary == len(segments) - 1 >= 3  # all but the one with an enormous head
    kinds = {kind for segment in segments for _, kind, _, _ in ours(segment.read_bytes())}
    assert kinds == {"warcinfo", "request", "response", "metadata", "resource"}


def test_the_blocks_are_the_bytes_of_the_wire(segments: list[Path]) -> None:
    blocks = [
        block
        for segment in segments
        for _, kind, block, _ in of_fastwarc(segment.read_bytes())
        if kind == "response"
    ]
    assert [block for block in ODDITIES if block and block not in blocks] == []


def passes_warcio_check(path: Path) -> bool:
    """What `warcio check` ends with; it prints what it thinks."""
    checker = Checker(Namespace(inputs=[str(path)], verbose=False))
    return bool(checker.process_all() == 0)


def passes_fastwarc(path: Path, records: int) -> bool:
    """Every record read, every digest right, none missing that it could know of."""
    try:
        return len(of_fastwarc(path.read_bytes())) == records
    except (AssertionError, OSError, ValueError):
        return False


def last(content: bytes) -> int:
    return list(read_all(io.BytesIO(content)))[-1].offset


@pytest.fixture
def segment(odd_origin: Path, tmp_path: Path) -> Path:
    """Of a copy of the round."""
    shutil.copytree(odd_origin, tmp_path / "evidence")
    (found,) = layout.segments(tmp_path / "evidence" / layout.FIRST_SHARD)
    return found


def faults(segment: Path) -> set[tuple[str, str]]:
    return {(fault.problem, fault.item) for fault in verify(segment.parents[1])}


def test_warcio_check_passes_a_file_that_was_cut_and_ours_names_what_is_gone(segment: Path) -> None:
    content = segment.read_bytes()
    records = len(ours(content))
    segment.write_bytes(content[:-40])
    assert passes_warcio_check(segment) and not passes_fastwarc(segment, records)
    assert ("torn_file", f"record {records - 1}") in faults(segment)
    segment.write_bytes(content[: last(content)])
    assert passes_warcio_check(segment) and passes_fastwarc(segment, records - 1)
    assert ("missing_record", f"record {records - 1}") in faults(segment)


def test_warcio_check_passes_flipped_bits_and_ours_names_the_record(segment: Path) -> None:
    content = segment.read_bytes()
    found = list(read_all(io.BytesIO(content)))
    position, record = next(pair for pair in enumerate(found) if pair[1].block == PAGE)
    passed = 0
    for step in range(1, 20):
        at = record.offset + record.length * step // 20
        segment.write_bytes(content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :])
        passed += passes_warcio_check(segment)
        assert not passes_fastwarc(segment, len(found))
        with pytest.raises(EvidenceDamaged):
            ours(segment.read_bytes())
        named = [item for problem, item in faults(segment) if problem == "changed_record"]
        assert len(named) == 1 and named[0].split(" (")[0] == f"record {position}"
    assert passed > 0
    segment.write_bytes(content)
    assert passes_warcio_check(segment) and passes_fastwarc(segment, len(found)) and not faults(segment)
