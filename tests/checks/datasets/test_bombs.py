"""What is sent to wear a reader down: each ends as a limit of ours, and never as a fault of who sent it."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
import io
import json
import lzma
import random
import re
import struct
import sys
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from checks.datasets import sandbox
from checks.datasets.files import packages, sheets
from checks.datasets.files import read as reading
from checks.datasets.files.json_rows import MAX_CELLS
from checks.datasets.files.read import read
from checks.datasets.files.sniff import Hints
from checks.datasets.worth import worth
from claims.model import Dataset

AS_OF = dt.date(2025, 12, 1)
CSV = "city,count\nTehran,12\nYazd,15\nQom,9\n"
MEGABYTE = 1 << 20


def zeros_in_gzip(megabytes: int) -> bytes:
    """So many megabytes of zeros, made without making them: one of them and what it packs to, over and over."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(b"0" * MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + piece * megabytes + packer.flush() + bytes(8)


def zipped(members: dict[str, bytes | str], level: int | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return out.getvalue()


def workbook(parts: dict[str, str]) -> bytes:
    """A workbook of one sheet with parts of its own choice."""
    space = "http://schemas.openxmlformats.org"
    rel = f"{space}/officeDocument/2006/relationships"
    return zipped({
        "[Content_Types].xml": f'<?xml version="1.0"?><Types xmlns="{space}/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<?xml version="1.0"?><Relationships xmlns="{space}/package/2006/relationships"><Relationship Id="r1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<?xml version="1.0"?><workbook xmlns="{space}/spreadsheetml/2006/main" xmlns:r="{rel}"><sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<?xml version="1.0"?><Relationships xmlns="{space}/package/2006/relationships"><Relationship Id="r1" Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{rel}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        **parts,
    })  # fmt: skip


def shared_strings() -> bytes:
    """One text of half a megabyte, and cells by the thousand that say: that one."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    text = "".join(chr(97 + n * 7919 % 26) for n in range(500_000))
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 30_001))
    return workbook({
        "xl/sharedStrings.xml": f'<?xml version="1.0"?><sst xmlns="{space}" count="1" uniqueCount="1"><si><t>{text}</t></si></sst>',
        "xl/worksheets/sheet1.xml": f'<?xml version="1.0"?><worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>',
    })  # fmt: skip


def far_cell() -> bytes:
    """One cell at the far corner makes readers lay out the whole sheet."""
    far = openpyxl.Workbook()
    assert far.active is not None
    far.active["A1"], far.active["XFD1048576"] = 1, 2
    out = io.BytesIO()
    far.save(out)
    return out.getvalue()


def looped_ole(*, directory: bool) -> bytes:
    """A compound file whose directory, or whose workbook, goes on in itself."""
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", head, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIIII", head, 40, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    struct.pack_into("<109I", head, 76, 0, *[0xFFFFFFFF] * 108)
    fat = struct.pack("<128I", 0xFFFFFFFD, 1 if directory else 0xFFFFFFFE, 2, *[0xFFFFFFFF] * 125)
    entries = bytearray(512)
    for number, (name, kind) in enumerate((("Root Entry", 5), ("Workbook", 2))):
        encoded = name.encode("utf-16-le") + b"\x00\x00"
        at = number * 128
        entries[at : at + len(encoded)] = encoded
        struct.pack_into("<HBBIII", entries, at + 64, len(encoded), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, 1)
        struct.pack_into("<IQ", entries, at + 116, 2, 1 << 30)
    return bytes(head) + fat + bytes(entries) + b"\x09\x08\x10\x00" * 128


def quoted_all_the_way() -> bytes:
    return b'a,b\n1,"' + b"x\n" * 2_000_000


MAKERS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a gigabyte in gzip": (lambda: zeros_in_gzip(1024), "ratio"),
    "a gigabyte in many gzips": (lambda: gzip.compress(b"0" * MEGABYTE) * 1024, "ratio"),
    "a bzip2 that unfolds": (lambda: bz2.compress(b"0" * (30 * MEGABYTE)), "ratio"),
    "an xz that unfolds": (lambda: lzma.compress(b"0" * (30 * MEGABYTE), preset=1), "ratio"),
    "an xz that wants memory": (lambda: lzma.compress(CSV.encode() * 99, filters=[{"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": 512 * MEGABYTE}]), "memory"),
    "a ZIP that unfolds": (lambda: zipped({"a.csv": b"0" * (40 * MEGABYTE)}), "ratio"),
    "a ZIP with one member that unfolds": (lambda: zipped({"a.csv": b"0" * (40 * MEGABYTE), "b.csv": bytes(range(256)) * 1000}), "ratio"),
    "a ZIP of more than may be": (lambda: zipped({f"{n}.csv": bytes(n * k % 251 for k in range(1009)) * (30 * 1038) for n in range(1, 8)}, 1), "inflated"),
    "too many members": (lambda: zipped({f"{n}.csv": "" for n in range(1_001)}), "members"),
    "a way up": (lambda: zipped({"../a.csv": CSV}), "path"),
    "a way up on Windows": (lambda: zipped({"..\\a.csv": CSV}), "path"),
    "a way from the root": (lambda: zipped({"/etc/a.csv": CSV}), "path"),
    "a way from a drive": (lambda: zipped({"C:\\a.csv": CSV}), "path"),
    "a ZIP in a ZIP": (lambda: zipped({"a.zip": zipped({"a.csv": CSV})}), "depth"),
    "a gzip in a ZIP": (lambda: zipped({"a.gz": gzip.compress(CSV.encode())}), "depth"),
    "a gzip in a gzip": (lambda: gzip.compress(gzip.compress(CSV.encode())), "depth"),
    "a field without an end": (quoted_all_the_way, "field"),
    "a row without an end": (lambda: b"a,b\n1,2\n3,4\n" + b"12," * 2_000_000, "row"),
    "more columns than any sheet": (lambda: b"a,b\n" + b"1," * 20_000 + b"\n", "columns"),
    "deep JSON": (lambda: b"[" * 101 + b"]" * 101, "depth"),
    "deep records": (lambda: b'[{"a": 1}, ' + b'{"a":' * 120 + b"1" + b"}" * 120 + b"]", "depth"),
    "JSON of many cells": (lambda: b"[" + b"1," * (MAX_CELLS + 1) + b"1]", "cells"),
    "JSON of many columns": (lambda: json.dumps([{f"c{n}": n} for n in range(2_001)]).encode(), "columns"),
    "deep XML": (lambda: b"<x>" * 101 + b"</x>" * 101, "depth"),
    "a billion laughs": (lambda: b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><r><c>&b;</c><c>&b;</c></r>', "entities"),
    "an entity from elsewhere": (lambda: b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r><c>&a;</c><c>x</c></r>', "entities"),
    "defaults from a DTD": (lambda: b'<!DOCTYPE r [<!ATTLIST c a CDATA "x">]><r><c/><c/></r>', "entities"),
    "an XML field without an end": (lambda: b"<r><c><a>y</a><b>2</b></c><c><a>" + b"x" * 1_100_000 + b"</a><b>1</b></c></r>", "field"),
    "XML of many columns": (lambda: b"<r>" + b"".join(b"<c>" + b"".join(b"<n%d>1</n%d>" % (n, n) for n in range(2_100)) + b"</c>" for _ in range(2)) + b"</r>", "columns"),
    "a workbook past its size": (lambda: zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<w/>", "xl/a.bin": bytes(sheets.MAX_SHEET_BYTES)}, 0), "sheet_size"),
    "a workbook that unfolds": (lambda: workbook({"xl/worksheets/sheet1.xml": " " * (40 * MEGABYTE)}), "ratio"),
    "more than a body may be": (lambda: bytes(101) * MEGABYTE, "size"),
}  # fmt: skip


@pytest.mark.parametrize("name", MAKERS)
def test_a_bomb_is_a_limit_of_ours(name: str) -> None:
    make, detail = MAKERS[name]
    content = read(make(), Hints(table=name.startswith(("a field", "a row", "more columns"))), AS_OF)
    assert (content.fault, content.detail) == ("limit", detail)
    outcome = worth(content, Dataset("a", "d", title="x", url="http://a.test/x.csv"))
    assert (outcome.verdict, outcome.reason) == ("inconclusive", "limit")


def test_a_gigabyte_is_given_up_long_before_it_is_there() -> None:
    bomb = zeros_in_gzip(1024)
    seen = 0
    for _, piece in packages._unzipped(bomb):
        seen += len(piece)
        if seen > packages.RATIO_FROM:
            break
    tracemalloc.start()
    with pytest.raises(packages.TooMuch):
        packages.inflate(bomb, "gzip")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50 * MEGABYTE
    assert seen < 13 * MEGABYTE


CHILDREN: dict[str, Callable[[], bytes]] = {
    "a cell at the far corner": far_cell,
    "one text in every cell": shared_strings,
    "a workbook that goes on in itself": lambda: looped_ole(directory=False),
    "a directory that goes on in itself": lambda: looped_ole(directory=True),
}


@pytest.mark.processes
@pytest.mark.parametrize("name", CHILDREN)
def test_a_reader_that_is_worn_down_says_nothing_of_the_file(name: str) -> None:
    content = sandbox.ask(CHILDREN[name](), Hints(), AS_OF, memory=700 << 20, cpu=5)
    assert content.fault == "limit" or (content.fault == "damaged" and "goes on" in name), content


# What the child may come to, as programs of its own: the parent must say the same of all of them.
ENDS: dict[str, tuple[str, str]] = {
    "killed": ("kill -KILL $$", "child"),
    "a fault of memory": ("kill -SEGV $$", "child"),
    "out of its time": ("kill -XCPU $$", "child"),
    "silent": ("exec sleep 600", "time"),
    "talks without end": ("exec cat /dev/zero", "child"),
    "gave up": ("cat > /dev/null; exit 3", "child"),
}


@pytest.mark.processes
@pytest.mark.parametrize("name", ENDS)
def test_however_the_child_ends_it_is_a_limit(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, detail = ENDS[name]
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(sandbox, "WALL_SECONDS", 1.0 if detail == "time" else 60.0)
    content = sandbox.ask(b"PK" + bytes(3 * MEGABYTE), Hints(), AS_OF)
    assert (content.fault, content.detail) == ("limit", detail)


@pytest.mark.thorough
@pytest.mark.processes
def test_memory_and_time_past_the_limit_end_the_child_and_not_us() -> None:
    """Seconds of the processor: what is read in one here may be half a second's work elsewhere."""
    sizes = (1_000, 600_000, 1_900_000)
    small, large, long = (b"[" + b",".join(b'{"a":"%d"}' % n for n in range(size)) + b"]" for size in sizes)
    assert sandbox.ask(small, Hints(), AS_OF, memory=250 << 20, cpu=5).fault is None
    assert sandbox.ask(large, Hints(), AS_OF, memory=250 << 20).fault == "limit"
    assert sandbox.ask(long, Hints(), AS_OF, cpu=1).fault == "limit"


def test_what_is_heavy_is_read_by_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(sandbox, "ask", lambda body, *_: asked.append(len(body)))
    table = CSV.encode() * 100
    for body in (table, b'[{"a": 1}]', b"<r><a>1</a></r>"):
        assert sandbox.examine(body, Hints(), AS_OF).fault is None
    assert asked == []
    for body in (
        zipped({"a.csv": CSV}),
        gzip.compress(table),
        b"%PDF-1.4\n",
        table * 4_000,
        b"[" + b" " * MEGABYTE + b"]",
    ):
        sandbox.examine(body, Hints(), AS_OF)
    assert len(asked) == 4


@pytest.mark.processes
def test_what_takes_long_here_is_read_by_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: object) -> None:
        re.match("(a+)+b", "a" * 60)

    monkeypatch.setattr(sandbox, "read", endless)
    monkeypatch.setattr(sandbox, "HERE_SECONDS", 0.1)
    content = sandbox.examine(CSV.encode() * 100, Hints(), AS_OF)
    assert content.fault is None and content.kind == "csv"


@pytest.mark.parametrize("filling", [b"\n", b" ", b".\n", b"a", b"a:", b"<", b'"', b"#", b"[", b"_:a "])
@pytest.mark.parametrize("kind", ["text/turtle", "text/csv", "application/json", "text/xml"])
def test_megabytes_of_one_sign_are_read_to_an_end(
    kind: str, filling: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "ask", lambda *_: pytest.fail("took too long to be read here"))
    head = b"@prefix a: <http://a.test/> .\na:b a a:c .\n" if kind == "text/turtle" else b""
    size = 900_000 if filling in (b"<", b"[") or kind != "text/turtle" else 3 * MEGABYTE
    body = head + filling * (size // len(filling))
    assert sandbox.examine(body, Hints(kind), AS_OF).kind


def test_limits_are_those_of_the_design() -> None:
    assert reading.MAX_BODY == 100 * MEGABYTE
    assert (packages.MAX_INFLATED, packages.MAX_RATIO, packages.RATIO_FROM) == (
        200 * MEGABYTE,
        200,
        10 * MEGABYTE,
    )
    assert packages.MAX_MEMBERS == 1_000
    assert (MAX_CELLS, sheets.MAX_CELLS, sheets.MAX_SHEET_BYTES) == (5_000_000, 5_000_000, 13_107_200)


KINDS = sorted(
    path
    for path in (Path(__file__).parent / "data" / "kinds").iterdir()
    if path.suffix not in (".py", ".toml")
)


def damaged(body: bytes, chance: random.Random) -> bytes:
    """Cut, overwritten, doubled or with a piece taken out."""
    at, other = chance.randrange(len(body)), chance.randrange(len(body))
    match chance.randrange(4):
        case 0:
            return body[:at]
        case 1:
            spoiled = bytearray(body)
            for _ in range(chance.randrange(1, 20)):
                spoiled[chance.randrange(len(body))] = chance.randrange(256)
            return bytes(spoiled)
        case 2:
            return body[:at] + body[min(at, other) : max(at, other)] + body[at:]
        case _:
            return body[:at] + body[at + chance.randrange(1, 200) :]


@pytest.mark.processes
@pytest.mark.parametrize("path", KINDS, ids=lambda path: path.name)
def test_a_damaged_file_raises_nothing_and_a_cut_one_accuses_nobody(path: Path) -> None:
    chance = random.Random(path.name)
    body = path.read_bytes()
    dataset = Dataset("a", "d", title="x", url="http://a.test/x.csv", format="CSV")
    for _ in range(3 if path.suffix == ".xls" else 25):
        spoiled = damaged(body, chance)
        # The reader of XLS asks for any memory it is told to: it is never called but in a child.
        reader = sandbox.ask if path.suffix == ".xls" else read
        assert worth(reader(spoiled, Hints(), AS_OF), dataset).verdict
        cut = reader(body[: chance.randrange(len(body))], Hints(table=True, whole=False), AS_OF)
        accused = worth(cut, dataset).reason in ("empty", "undecodable", "broken_table")
        assert not accused or cut.kind == "encrypted", cut


def test_a_zip_whose_members_lie_before_it() -> None:
    body = bytearray(zipped({"a.csv": CSV}))
    struct.pack_into("<I", body, len(body) - 6, 0xFFFF)
    assert read(bytes(body), Hints(), AS_OF).fault == "damaged"
