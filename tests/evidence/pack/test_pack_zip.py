"""A pack comes from strangers: no zip of theirs takes memory, time or a place on the disk that it should not."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.pack_zip import MOST_BYTES, MOST_MEMBERS


def _zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as pack:
        pack.comment = comment
        for name, content in members.items():
            pack.writestr(name, content)
    return file.getvalue()


def _field(content: bytes, name: bytes, offset: int, fmt: str, value: int, *, local: bool) -> bytes:
    """Sets a field of the head of a member, where it stands before its bytes or in the directory."""
    start = content.index(name) - 30 if local else content.rindex(name) - 46
    edited = bytearray(content)
    struct.pack_into(fmt, edited, start + offset, value)
    return bytes(edited)


def _both(content: bytes, name: bytes, local: int, directory: int, fmt: str, value: int) -> bytes:
    content = _field(content, name, local, fmt, value, local=True)
    return _field(content, name, directory, fmt, value, local=False)


def _why(found: Any) -> list[tuple[str, str]]:
    assert found.contents is None
    return [(fault.problem, fault.file) for fault in found.faults]


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"no zip at all" * 100, b"PK\x05\x06" + b"\x00" * 17, b"PK\x03\x04" + b"\x00" * 100],
)
def test_what_is_no_zip(check: Callable[..., Any], content: bytes) -> None:
    assert _why(check(content)) == [("invalid_pack", "pack.zip")]


def test_an_empty_zip(check: Callable[..., Any]) -> None:
    found = check(_zipped({}))
    assert ("pack.json", "missing_file") in {(fault.file, fault.problem) for fault in found.faults}


def test_a_zip_cut_short_anywhere(packed: Any, check: Callable[..., Any]) -> None:
    content = packed.bytes(packed.TEXT)
    for size in range(0, len(content), 97):
        assert _why(check(content[:size])) == [("invalid_pack", "pack.zip")]


def test_bytes_before_between_and_behind(packed: Any, check: Callable[..., Any]) -> None:
    content = packed.bytes(packed.TEXT)
    hidden = _zipped({"hidden.txt": b"x"})
    hidden = hidden[: hidden.index(b"PK\x01\x02")]
    directory = struct.unpack_from("<L", content, len(content) - 6)[0]
    between = bytearray(content[:directory] + hidden + content[directory:])
    struct.pack_into("<L", between, len(between) - 6, directory + len(hidden))
    for edited in (hidden + content, content + hidden, content + b"\n", bytes(between)):
        assert _why(check(edited)) == [("invalid_pack", "pack.zip")]


def test_members_that_lie_over_each_other(check: Callable[..., Any]) -> None:
    """What hides between the members is as long as one that the directory names twice."""
    names = ("pack.json", "README.md")
    first, second = (_zipped({name: b"x"}, zipfile.ZIP_STORED) for name in names)
    cut = first.index(b"PK\x01\x02")
    entry, start = first[cut:-22], second.index(b"PK\x01\x02")
    members = first[:cut] + b"?" * cut + second[:start]
    moved = bytearray(second[start:-22])
    struct.pack_into("<L", moved, 42, 2 * cut)
    directory = entry + entry + bytes(moved)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 3, 3, len(directory), len(members), 0)
    assert _why(check(members + directory + end)) == [("invalid_pack", "pack.zip")]


def test_a_comment_is_none_of_ours(packed: Any, check: Callable[..., Any]) -> None:
    assert _why(check(_zipped(packed.members(packed.TEXT), comment=b"hello")))


@pytest.mark.parametrize("local", [True, False])
def test_a_name_that_only_some_readers_see(packed: Any, check: Callable[..., Any], local: bool) -> None:
    """`unzip` writes such a member under the other name, so that what is checked by hand is another file."""
    name, other = "finding.json", b"finding-of-before.json"
    field = struct.pack("<HHBL", 0x7075, 5 + len(other), 1, zlib.crc32(name.encode())) + other
    harmless = struct.pack("<HH", 0x9999, len(field) - 4) + field[4:]
    members = packed.members(packed.TEXT)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        for each, content in members.items():
            member = zipfile.ZipInfo(each)
            member.extra = harmless if each == name else b""
            pack.writestr(member, content)
    content = file.getvalue()
    assert check(content).faults == ()
    at = content.index(harmless) if local else content.rindex(harmless)
    assert _why(check(content[:at] + field + content[at + len(field) :])) == [("invalid_pack", "pack.zip")]


def test_folders_are_harmless(packed: Any, check: Callable[..., Any]) -> None:
    assert check(_zipped({"records/": b"", **packed.members(packed.TEXT)})).faults == ()
    assert check(_zipped(packed.members(packed.TEXT), zipfile.ZIP_STORED)).faults == ()


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing(packed: Any, check: Callable[..., Any], method: int) -> None:
    assert _why(check(_zipped(packed.members(packed.TEXT), method)))


def test_an_encrypted_member(packed: Any, check: Callable[..., Any]) -> None:
    assert _why(check(_both(packed.bytes(packed.TEXT), b"finding.json", 6, 8, "<H", 1)))


def test_a_head_that_says_otherwise_than_the_directory(packed: Any, check: Callable[..., Any]) -> None:
    content = packed.bytes(packed.TEXT)
    for offset, fmt in ((14, "<L"), (18, "<L"), (22, "<L"), (6, "<H"), (8, "<H"), (26, "<H")):
        assert _why(check(_field(content, b"finding.json", offset, fmt, 9, local=True)))


def test_a_member_that_is_larger_or_smaller_than_it_says(packed: Any, check: Callable[..., Any]) -> None:
    for size in (5, 100_000):
        content = _both(packed.bytes(packed.TEXT), b"finding.json", 22, 24, "<L", size)
        found = check(content)
        assert ("finding.json", "changed_file") in {(fault.file, fault.problem) for fault in found.faults}


def test_a_bomb_is_refused_by_what_it_says_of_itself(packed: Any, check: Callable[..., Any]) -> None:
    content = _both(packed.bytes(packed.TEXT), b"records/1.warc", 22, 24, "<L", MOST_BYTES)
    (fault,) = check(content).faults
    assert fault.problem == "invalid_pack"
    assert str(MOST_BYTES) in fault.detail


@pytest.mark.parametrize("name", ["README.md", "pack.json", "pack.sig", "proofs/finding.txt", "signer.pem"])
def test_a_small_member_is_not_unpacked_when_it_is_large(
    packed: Any, check: Callable[..., Any], name: str
) -> None:
    found = check({**packed.members(packed.TEXT), name: b"\x00" * (5 << 20)})
    assert (name, "changed_file") in {(fault.file, fault.problem) for fault in found.faults}


def test_members_without_end(check: Callable[..., Any]) -> None:
    many = _zipped({f"records/{number}.warc": b"" for number in range(MOST_MEMBERS + 1)})
    (fault,) = check(many).faults
    assert fault.problem == "invalid_pack"
    found = check(_zipped({f"x{number}": b"" for number in range(3000)}))
    assert found.faults[-1].problem == "too_many"


def test_a_large_record_is_streamed(packed: Any, check: Callable[..., Any], tmp_path: Path) -> None:
    members = {**packed.members(packed.TEXT), "records/1.warc": b"\x00" * (96 << 20)}
    path = tmp_path / "large.zip"
    path.write_bytes(_zipped(members))
    content = path.read_bytes()
    del members
    tracemalloc.start()
    found = check(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert ("records/1.warc", "changed_record") in {(fault.file, fault.problem) for fault in found.faults}
    assert peak < 4 << 20


def test_nothing_is_written(packed: Any, check: Callable[..., Any], tmp_path: Path) -> None:
    check({**packed.members(packed.TEXT), "../outside": b"x", "/tmp/outside": b"x"})
    assert {path.name for path in tmp_path.iterdir()} == {"pack.zip"}
