"""A pack comes from strangers: nothing hides in its zip, and none takes memory, time or a place on the disk."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.pack.verifier import verify_pack
from evidence.pack.zip_file import MOST_BYTES, MOST_MEMBERS, PackBroken, PackWriter
from tests.evidence.pack.canonical import zipped

DIRECTORY = b"PK\x01\x02"
NAME = b"finding.json"


def _by_python(members: dict[str, bytes], method: int = zipfile.ZIP_STORED, **values: Any) -> bytes:
    """As Python's zipfile writes it. values: attributes of the member NAME."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as pack:
        for name, content in members.items():
            member = zipfile.ZipInfo(name)
            member.compress_type, member.external_attr = method, 0o100644 << 16
            for key, value in values.items() if name == NAME.decode() else ():
                setattr(member, key, value)
            pack.writestr(member, content)
    return file.getvalue()


def _directory(content: bytes) -> int:
    return int(struct.unpack_from("<L", content, len(content) - 6)[0])


def _with_end(content: bytes, directory: int, size: int, comment: bytes = b"") -> bytes:
    """The zip with an end record that tells of a directory elsewhere."""
    edited = bytearray(content[:-22] + content[-22:-2] + struct.pack("<H", len(comment)))
    struct.pack_into("<LL", edited, len(edited) - 10, size, directory)
    return bytes(edited) + comment


def _set(content: bytes, offset: int, fmt: str, value: int, *, local: bool) -> bytes:
    """Sets a field of the head of NAME, where it stands before its bytes or in the directory."""
    start = content.index(NAME) - 30 if local else content.index(NAME, _directory(content)) - 46
    edited = bytearray(content)
    struct.pack_into(fmt, edited, start + offset, value)
    return bytes(edited)


def _both(content: bytes, local: int, directory: int, fmt: str, value: int) -> bytes:
    return _set(_set(content, local, fmt, value, local=True), directory, fmt, value, local=False)


def _extra(content: bytes, field: bytes, *, local: bool, central: bool) -> bytes:
    """The zip with an extra field of NAME, and every place in it set right."""
    directory = _directory(content)
    size = len(content) - 22 - directory
    if central:
        at = content.index(NAME, directory)
        content = content[: at + len(NAME)] + field + content[at + len(NAME) :]
        content = _set(content, 30, "<H", len(field), local=False)
        size += len(field)
    if local:
        at = content.index(NAME)
        content = content[: at + len(NAME)] + field + content[at + len(NAME) :]
        edited = bytearray(_with_end(content, directory + len(field), size))
        struct.pack_into("<H", edited, at - 2, len(field))
        at = directory + len(field)
        while edited[at : at + 4] == DIRECTORY:
            place = struct.unpack_from("<L", edited, at + 42)[0]
            struct.pack_into("<L", edited, at + 42, place + (len(field) if place else 0))
            at += 46 + sum(struct.unpack_from("<3H", edited, at + 28))
        return bytes(edited)
    return _with_end(content, directory, size)


def _problems(found: Any) -> list[str]:
    assert found.contents is None
    assert {fault.file for fault in found.faults} == {"pack.zip"}
    assert all(fault.detail for fault in found.faults)
    return [fault.problem for fault in found.faults]


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"no zip at all" * 100, b"PK\x03\x04" + b"\x00" * 10, b"PK\x03\x04" + b"\xff" * 100],
)
def test_what_is_no_zip(check: Callable[..., Any], content: bytes) -> None:
    assert _problems(check(content)) == ["invalid_pack"]


def test_an_empty_zip(check: Callable[..., Any]) -> None:
    found = check(zipped([]))
    assert ("pack.json", "missing_file") in {(fault.file, fault.problem) for fault in found.faults}


def test_a_zip_cut_short_anywhere(packed: Any, check: Callable[..., Any]) -> None:
    content = packed.bytes(packed.TEXT)
    for size in range(0, len(content), 97):
        assert set(_problems(check(content[:size]))) <= {"invalid_pack", "changed_zip"}


@pytest.mark.processes
def test_every_reader_of_zips_reads_a_pack(packed: Any, tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(packed.bytes(packed.MANY))
    with zipfile.ZipFile(path) as pack:
        assert pack.testzip() is None
        for member in pack.infolist():
            assert (member.compress_type, member.extra, member.comment) == (zipfile.ZIP_STORED, b"", b"")
            assert member.external_attr == 0o100644 << 16
    done = subprocess.run([sys.executable, "-m", "zipfile", "-t", path], capture_output=True, text=True)
    assert done.stdout.strip() == "Done testing"


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_zipped_anew_it_is_no_pack_and_its_members_still_are(
    packed: Any, check: Callable[..., Any], method: int
) -> None:
    members = packed.members(packed.TEXT)
    again = _by_python(members, method)
    if method != zipfile.ZIP_STORED:
        assert _problems(check(again)) == ["changed_zip"]
    with zipfile.ZipFile(io.BytesIO(again)) as pack:
        assert check({name: pack.read(name) for name in pack.namelist()}).faults == ()


def test_bytes_before_between_and_behind(packed: Any, check: Callable[..., Any]) -> None:
    content = packed.bytes(packed.TEXT)
    directory = _directory(content)
    size = len(content) - 22 - directory
    hidden = zipped([("hidden.txt", b"x")])
    hidden = hidden[: hidden.index(DIRECTORY)]
    between = _with_end(content[:directory] + hidden + content[directory:], directory + len(hidden), size)
    within = _with_end(content[:-22] + b"hidden" + content[-22:], directory, size + 6)
    longer = _with_end(content[:-22] + b"hidden" + content[-22:], directory, size)
    for edited in (between, within, longer, content + hidden, content + b"\n", content + content):
        assert _problems(check(edited)) == ["changed_zip"]
    assert _problems(check(b"#!/bin/sh\n" + content)) == ["invalid_pack"]
    assert set(_problems(check(hidden + content))) == {"changed_zip"}


def test_bytes_behind_the_end_of_a_deflate_stream(packed: Any, check: Callable[..., Any]) -> None:
    """No reader sees them: they count as packed, and the stream ends before."""
    members = packed.members(packed.TEXT)
    made = zlib.compressobj(9, zlib.DEFLATED, -15)
    stream = made.compress(members[NAME.decode()]) + made.flush() + b"09123456789"
    stored = zipped(
        [(name, stream if name == NAME.decode() else content) for name, content in members.items()]
    )
    edited = _both(stored, 8, 10, "<H", 8)
    edited = _both(edited, 14, 16, "<L", zlib.crc32(members[NAME.decode()]))
    edited = _both(edited, 22, 24, "<L", len(members[NAME.decode()]))
    with zipfile.ZipFile(io.BytesIO(edited)) as pack:
        assert pack.read(NAME.decode()) == members[NAME.decode()]
    assert _problems(check(edited)) == ["changed_zip"]


def test_members_that_lie_over_each_other(check: Callable[..., Any]) -> None:
    """The directory names one twice, and never the one that lies between."""
    first, second = zipped([("pack.json", b"x")]), zipped([("README.md", b"x")])
    cut, start = first.index(DIRECTORY), second.index(DIRECTORY)
    members = first[:cut] + first[:cut].replace(b"x", b"y") + second[:start]
    moved = bytearray(second[start:-22])
    struct.pack_into("<L", moved, 42, 2 * cut)
    directory = 2 * first[cut:-22] + bytes(moved)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 3, 3, len(directory), len(members), 0)
    assert _problems(check(members + directory + end)) == ["changed_zip"]


def test_a_comment_of_the_zip(packed: Any, check: Callable[..., Any]) -> None:
    content = packed.bytes(packed.TEXT)
    directory = _directory(content)
    edited = _with_end(content, directory, len(content) - 22 - directory, b"09123456789")
    with zipfile.ZipFile(io.BytesIO(edited)) as pack:
        assert pack.comment == b"09123456789"
    assert _problems(check(edited)) == ["changed_zip"]


def test_a_comment_of_a_member(packed: Any, check: Callable[..., Any]) -> None:
    content = packed.bytes(packed.TEXT)
    directory = _directory(content)
    at = content.index(NAME, directory) + len(NAME)
    edited = _set(content[:at] + b"hello" + content[at:], 32, "<H", 5, local=False)
    edited = _with_end(edited, directory, len(content) - 22 - directory + 5)
    with zipfile.ZipFile(io.BytesIO(edited)) as pack:
        assert pack.getinfo(NAME.decode()).comment == b"hello"
    assert _problems(check(edited)) == ["changed_zip"]


@pytest.mark.parametrize("where", [(True, False), (False, True), (True, True)])
@pytest.mark.parametrize("kind", [0x9999, 0x5455, 0x7075, 0x7875, 0x0001, 0xD935])
def test_an_extra_field(packed: Any, check: Callable[..., Any], where: tuple[bool, bool], kind: int) -> None:
    """Times, owners, padding; 0x7075 is the name that `unzip` gives the member, 0x0001 its sizes by zip64."""
    value = b"\x01" + struct.pack("<L", zlib.crc32(NAME)) + b"another-name.json"
    field = struct.pack("<HH", kind, len(value)) + value
    edited = _extra(packed.bytes(packed.TEXT), field, local=where[0], central=where[1])
    assert _problems(check(edited)) == ["changed_zip"]


@pytest.mark.parametrize(
    "attributes",
    [0o120777 << 16, 0o100755 << 16, 0o104644 << 16, 0o040755 << 16 | 0x10, 0, 0o100644 << 16 | 1],
)
def test_attributes_of_a_member(packed: Any, check: Callable[..., Any], attributes: int) -> None:
    """A symbolic link, a program, a folder, a hidden or read-only file."""
    edited = _set(packed.bytes(packed.TEXT), 38, "<L", attributes, local=False)
    assert _problems(check(edited)) == ["changed_zip"]


@pytest.mark.parametrize(
    ("local", "central", "fmt", "value"),
    [
        (4, 6, "<H", 45),  # version
        (6, 8, "<H", 0x1),  # encrypted
        (6, 8, "<H", 0x8),  # sizes stand behind the bytes
        (6, 8, "<H", 0x40),  # strongly encrypted
        (6, 8, "<H", 0x800),  # the name is UTF-8
        (6, 8, "<H", 0x2000),  # masked
        (8, 10, "<H", 8),  # deflated
        (8, 10, "<H", 93),  # Zstandard
        (10, 12, "<H", 1),  # time
        (12, 14, "<H", 0x5BAD),  # date
        (18, 20, "<L", 9),  # packed size
        (18, 20, "<L", 0xFFFFFFFF),  # stands in zip64
        (22, 24, "<L", 9),  # size
        (26, 28, "<H", 9),  # length of the name
    ],
)
def test_every_field_of_a_head(
    packed: Any, check: Callable[..., Any], local: int, central: int, fmt: str, value: int
) -> None:
    content = packed.bytes(packed.TEXT)
    for edited in (
        _set(content, local, fmt, value, local=True),
        _set(content, central, fmt, value, local=False),
        _both(content, local, central, fmt, value),
    ):
        assert set(_problems(check(edited))) <= {"changed_zip", "invalid_pack"}


@pytest.mark.parametrize(("offset", "fmt"), [(4, "<H"), (34, "<H"), (36, "<H"), (42, "<L")])
def test_every_field_that_the_directory_alone_has(
    packed: Any, check: Callable[..., Any], offset: int, fmt: str
) -> None:
    """System, disk, internal attributes, place."""
    assert _problems(check(_set(packed.bytes(packed.TEXT), offset, fmt, 1, local=False))) == ["changed_zip"]


def test_a_directory_in_another_order_or_with_an_end_of_zip64(packed: Any, check: Callable[..., Any]) -> None:
    content = packed.bytes(packed.TEXT)
    directory = _directory(content)
    entries = content[directory:-22].split(DIRECTORY)[1:]
    turned = b"".join(DIRECTORY + entry for entry in reversed(entries))
    assert _problems(check(content[:directory] + turned + content[-22:])) == ["changed_zip"]
    size = len(content) - 22 - directory
    end = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, len(entries), len(entries), size, directory
    )
    end += struct.pack("<4sLQL", b"PK\x06\x07", 0, len(content) - 22, 1)
    edited = content[:-22] + end + content[-22:]
    with zipfile.ZipFile(io.BytesIO(edited)) as pack:
        assert pack.testzip() is None
    assert _problems(check(edited)) == ["changed_zip"]


def test_a_checksum_that_is_wrong_on_both_sides(packed: Any, check: Callable[..., Any]) -> None:
    found = check(_both(packed.bytes(packed.TEXT), 14, 16, "<L", 7))
    assert ("finding.json", "changed_file") in {(fault.file, fault.problem) for fault in found.faults}


def test_folders_are_no_members(packed: Any, check: Callable[..., Any]) -> None:
    found = check({"records/": b"", **packed.members(packed.TEXT)})
    assert {(fault.file, fault.problem) for fault in found.faults} == {("records/", "extra_file")}


def test_a_name_that_is_no_text(packed: Any, check: Callable[..., Any]) -> None:
    content = zipped([*packed.members(packed.TEXT).items(), ("records/<>.warc", b"")])
    found = check(content.replace(b"records/<>", b"records/\xff\xe2"))
    assert {(fault.file, fault.problem) for fault in found.faults} == {
        ("records/\ufffd\ufffd.warc", "extra_file")
    }


def test_a_pack_without_end(check: Callable[..., Any], tmp_path: Path) -> None:
    """A file with holes takes no room; it is not read."""
    path = tmp_path / "pack.zip"
    head = zipped([("records/1.warc", b"")])[:44]
    with path.open("wb") as file:
        file.write(head)
        file.truncate(4 * MOST_BYTES)
    (fault,) = verify_pack(path).faults
    assert (fault.problem, str(MOST_BYTES) in fault.detail) == ("invalid_pack", True)


@pytest.mark.parametrize("name", ["README.md", "pack.json", "pack.sig", "proofs/finding.txt", "signer.pem"])
def test_a_small_member_is_not_read_when_it_is_large(
    packed: Any, check: Callable[..., Any], name: str
) -> None:
    found = check({**packed.members(packed.TEXT), name: b"\x00" * (5 << 20)})
    assert (name, "changed_file") in {(fault.file, fault.problem) for fault in found.faults}


def test_members_without_end(check: Callable[..., Any]) -> None:
    one = zipped([("records/1.warc", b"")])
    head = one[: one.index(DIRECTORY)]
    (fault,) = check(head * (MOST_MEMBERS + 1)).faults
    assert (fault.problem, str(MOST_MEMBERS) in fault.detail) == ("invalid_pack", True)
    found = check(zipped((f"x{number}", b"") for number in range(3000)))
    assert found.faults[-1].problem == "too_many"


def test_no_pack_is_written_that_no_reader_takes() -> None:
    writer = PackWriter(io.BytesIO())
    for number in range(MOST_MEMBERS):
        writer.add(f"x{number}", b"")
    with pytest.raises(PackBroken, match=str(MOST_MEMBERS)):
        writer.add("one more", b"")


def test_a_large_record_is_streamed(packed: Any, check: Callable[..., Any]) -> None:
    content = zipped({**packed.members(packed.TEXT), "records/1.warc": b"\x00" * (32 << 20)}.items())
    tracemalloc.start()
    found = check(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert ("records/1.warc", "changed_record") in {(fault.file, fault.problem) for fault in found.faults}
    assert peak < 4 << 20


def test_nothing_is_written(packed: Any, check: Callable[..., Any], tmp_path: Path) -> None:
    check({**packed.members(packed.TEXT), "../outside": b"x", "/tmp/outside": b"x"})
    assert {path.name for path in tmp_path.iterdir()} == {"pack.zip"}


@pytest.mark.thorough
def test_what_would_be_kept_in_memory_has_an_end(packed: Any, check: Callable[..., Any]) -> None:
    """Names of 64 kB and tokens of 128 kB, thousands of each, in a pack that is small once it is packed."""
    (fault,) = check({**packed.members(packed.TEXT), "x" * 60_000: b""}).faults
    assert fault.problem == "invalid_pack" and "60000 bytes" in fault.detail
    many = {f"manifest.{number:016x}.tsr": b"x" for number in range(300)}
    found = check({**packed.members(packed.TEXT), **many}).faults
    assert sum(fault.problem == "extra_file" and fault.file.endswith(".tsr") for fault in found) >= 100
