"""Gzip members: what goes in comes out of any reader of gzip, and what is packed already is not packed again."""

from __future__ import annotations

import gzip
import random
import subprocess
import zlib

import pytest
from isal import isal_zlib

from evidence.store import warc

HEAD = b"WARC/1.1\r\n" + b"Some-Header: of some length\r\n" * 40
PACKED = random.Random(5).randbytes(300_000)


@pytest.mark.processes
@pytest.mark.parametrize("size", [1, 2, 5_000, 0xFFFF, 0xFFFF + 1, 2 * 0xFFFF, 300_000])
def test_a_member_with_stored_bytes_is_read_by_every_reader(size: int) -> None:
    record = HEAD + PACKED[:size] + warc.RECORD_END
    member = warc.member_around(record, len(HEAD), len(HEAD) + size)
    assert zlib.decompress(member, 31) == gzip.decompress(member) == record
    assert isal_zlib.decompress(member, 31) == record
    assert subprocess.run(["gzip", "-dc"], input=member, capture_output=True, check=True).stdout == record


def test_members_with_stored_bytes_follow_one_another() -> None:
    record = HEAD + PACKED + warc.RECORD_END
    member = warc.member_around(record, len(HEAD), len(HEAD) + len(PACKED))
    stream = zlib.decompressobj(31)
    assert stream.decompress(member + member) == record
    assert stream.unused_data == member


def test_what_is_packed_already_grows_by_next_to_nothing_and_its_head_is_packed() -> None:
    record = HEAD + PACKED + warc.RECORD_END
    member = warc.member_around(record, len(HEAD), len(HEAD) + len(PACKED))
    assert len(member) < len(PACKED) + 200


def test_what_is_only_said_to_be_packed_is_packed() -> None:
    words = "صفحه‌ای که بسته‌بندی‌شده خوانده شد ".encode() * 5_000
    record = HEAD + words + warc.RECORD_END
    member = warc.member_around(record, len(HEAD), len(HEAD) + len(words))
    assert member == warc.member(record)
    assert len(member) < len(words) // 10
