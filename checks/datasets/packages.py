"""Packages: what is inside a ZIP, an OLE file or a compressed stream, told without unpacking more than needed.

Bounded in every way: members, inflated size, ratio, depth one. Not here: reading the tables inside.
"""

from __future__ import annotations

import bz2
import io
import itertools
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

MAX_INFLATED = 200 << 20
MAX_RATIO = 200
RATIO_FROM = 10 << 20
MAX_MEMBERS = 1_000
_STEP = 1 << 16
_PIECE = 1 << 20

# A ZIP holds one of these as a part: (member or folder, kind).
_OFFICE = (
    ("xl/workbook.bin", "xlsb"),
    ("xl/", "xlsx"),
    ("word/", "docx"),
    ("ppt/", "pptx"),
)
_MIMETYPES = {
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.presentation": "odp",
    b"application/vnd.oasis.opendocument.graphics": "odg",
    b"application/epub+zip": "epub",
}
# What is wanted of an archive, best first.
_WANTED = ("csv", "tsv", "json", "geojson", "jsonl", "xml", "rdf", "ttl", "ods", "parquet", "kml", "gml", "txt", "xlsx", "xls", "xlsb")  # fmt: skip
_STREAMS = (
    ("EncryptedPackage", "encrypted"),
    ("WordDocument", "doc"),
    ("PowerPoint Document", "ppt"),
    ("Workbook", "xls"),
    ("Book", "xls"),
)


# What the library raises for a ZIP that is none, or none of the usual kind.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    KeyError,
)


class TooMuch(Exception):
    """A limit of ours was met; the argument names it. Never the publisher's fault."""


class Damaged(Exception):
    """The package cannot be opened by anybody."""


@dataclass(frozen=True, slots=True)
class Member:
    name: str
    body: bytes


def zip_kind(body: bytes) -> str:
    """xlsx, xlsb, ods, docx, ... or plain "zip". Raises Damaged, TooMuch."""
    with _opened(body) as archive:
        names = [info.filename for info in archive.infolist()]
        if "mimetype" in names:
            try:
                kind = _MIMETYPES.get(archive.open("mimetype").read(100).strip())
            except BROKEN as error:
                raise Damaged("member") from error
            if kind is not None:
                return kind
        if "[Content_Types].xml" in names:
            for part, kind in _OFFICE:
                if any(name == part or (part.endswith("/") and name.startswith(part)) for name in names):
                    return kind
        if any(name.lower().endswith(".shp") for name in names):
            return "shapefile"
        return "zip"


def check_size(body: bytes) -> None:
    """Raises TooMuch when the ZIP's members would inflate past the limits, as the ZIP itself declares."""
    with _opened(body) as archive:
        total = sum(info.file_size for info in archive.infolist())
        if total > MAX_INFLATED:
            raise TooMuch("inflated")
        if total > RATIO_FROM and total > MAX_RATIO * max(1, len(body)):
            raise TooMuch("ratio")


def members(body: bytes) -> list[Member]:
    """Files of an archive, the most usable first, with those of the same kind beside it; [] when it holds none.

    Raises TooMuch when they do not all fit in our limits: what was not read may be what is new.
    """
    with _opened(body) as archive:
        infos = [
            info
            for info in archive.infolist()
            if not info.is_dir() and not info.filename.startswith("__MACOSX/") and info.file_size
        ]
        if not infos:
            return []
        infos.sort(key=lambda info: (_rank(info.filename), -info.file_size, info.filename))
        alike = [info for info in infos if _rank(info.filename) == _rank(infos[0].filename)]
        if _rank(infos[0].filename) == len(_WANTED):
            alike = alike[:1]
        if any(info.flag_bits & 0x1 for info in alike):
            raise Damaged("password")
        try:
            return list(_read_members(archive, alike, len(body)))
        except BROKEN as error:
            raise Damaged("member") from error


def _read_members(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], packed: int) -> Iterator[Member]:
    left = MAX_INFLATED
    for info in infos:
        with archive.open(info) as stream:
            content = _bounded(_pieces(stream), packed)
        left -= len(content)
        if left < 0:
            raise TooMuch("inflated")
        yield Member(info.filename, content)


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(_STEP):
        yield piece


def _rank(name: str) -> int:
    extension = name.rpartition(".")[2].lower()
    return _WANTED.index(extension) if extension in _WANTED else len(_WANTED)


def _opened(body: bytes) -> zipfile.ZipFile:
    # A directory of a million members is refused before it is read.
    tail = body.rfind(b"PK\x05\x06")
    if tail >= 0 and len(body) >= tail + 12:
        members = struct.unpack_from("<H", body, tail + 10)[0]
        if members > MAX_MEMBERS:
            raise TooMuch("members")
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
    except BROKEN as error:
        raise Damaged("directory") from error
    if len(archive.infolist()) > MAX_MEMBERS:
        raise TooMuch("members")
    if any(".." in info.filename.replace("\\", "/").split("/") for info in archive.infolist()):
        raise TooMuch("path")
    if _overlapping(body, archive):
        raise TooMuch("overlap")
    return archive


def _overlapping(body: bytes, archive: zipfile.ZipFile) -> bool:
    """Whether members share bytes, as those of a bomb do. Only newer versions of the library refuse them."""
    starts = sorted(info.header_offset for info in archive.infolist())
    ends = dict(itertools.pairwise([*starts, archive.start_dir]))
    for info in archive.infolist():
        if len(body) < info.header_offset + 30:
            continue  # cut off; the library says so when it is opened
        name, extra = struct.unpack_from("<HH", body, info.header_offset + 26)
        if info.header_offset + 30 + name + extra + info.compress_size > ends[info.header_offset]:
            return True
    return len(ends) < len(starts)


def inflate(body: bytes, kind: str) -> bytes:
    """The content of a gzip, bzip2 or xz stream. Raises Damaged, TooMuch."""
    try:
        if kind == "gzip":
            return _bounded(_unzipped(body), len(body))
        if kind == "bz2":
            return _bounded(_stepped(bz2.BZ2Decompressor(), body), len(body))
        return _bounded(_stepped(lzma.LZMADecompressor(memlimit=64 << 20), body), len(body))
    except (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError) as error:
        raise Damaged(kind) from error


def _unzipped(body: bytes) -> Iterator[bytes]:
    rest = body
    while rest.startswith(b"\x1f\x8b"):  # one stream after another, as parallel packers write
        stream = zlib.decompressobj(31)
        while rest and not stream.eof:
            yield stream.decompress(rest, _PIECE)
            rest = stream.unconsumed_tail
        if not stream.eof:
            raise Damaged("gzip")
        rest = stream.unused_data


def _stepped(stream: bz2.BZ2Decompressor | lzma.LZMADecompressor, body: bytes) -> Iterator[bytes]:
    piece = stream.decompress(body, _PIECE)
    while not stream.eof:
        yield piece
        if stream.needs_input:
            raise Damaged("stream")
        piece = stream.decompress(b"", _PIECE)
    yield piece


def _bounded(pieces: Iterator[bytes], packed: int) -> bytes:
    out = bytearray()
    for piece in pieces:
        out += piece
        if len(out) > MAX_INFLATED:
            raise TooMuch("inflated")
        if len(out) > RATIO_FROM and len(out) > MAX_RATIO * max(1, packed):
            raise TooMuch("ratio")
    return bytes(out)


def ole_kind(body: bytes) -> str:
    """xls, doc, ppt, encrypted or plain "ole", by the names in the directory of a compound file."""
    try:
        names = set(_ole_names(body))
    except (struct.error, IndexError, ValueError):
        return "ole"
    return next((kind for name, kind in _STREAMS if name in names), "ole")


def _ole_names(body: bytes) -> Iterator[str]:
    shift, sector = struct.unpack_from("<H", body, 30)[0], struct.unpack_from("<I", body, 48)[0]
    if shift not in (9, 12):
        raise ValueError("sector size")
    size = 1 << shift
    tables = [number for number in struct.unpack_from("<109I", body, 76) if number < 0xFFFFFFFA]
    seen: set[int] = set()
    while sector < 0xFFFFFFFA and sector not in seen and len(seen) < 200:
        seen.add(sector)
        start = (sector + 1) * size
        for entry in range(start, start + size, 128):
            length = struct.unpack_from("<H", body, entry + 64)[0]
            if 2 <= length <= 64:
                yield body[entry : entry + length - 2].decode("utf-16-le", "replace")
        table, slot = divmod(sector, size // 4)
        sector = struct.unpack_from("<I", body, (tables[table] + 1) * size + slot * 4)[0]


def shapefile_rows(body: bytes) -> int | None:
    """Records of the attribute table beside the shapes; None when there is none."""
    with _opened(body) as archive:
        for info in archive.infolist():
            if info.filename.lower().endswith(".dbf"):
                try:
                    head = archive.open(info).read(8)
                except BROKEN as error:
                    raise Damaged("member") from error
                return int(struct.unpack_from("<I", head, 4)[0]) if len(head) == 8 else None
    return None
