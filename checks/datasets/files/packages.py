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
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

MAX_INFLATED = 200 << 20  # Bytes of a package, unpacked. More is a limit of ours, for memory. By hand.
MAX_RATIO = 200  # Bytes unpacked for each packed one. Above, past RATIO_FROM, it is a bomb. By hand.
RATIO_FROM = 10 << 20  # Bytes from which the ratio counts: small files may be blank
MAX_MEMBERS = 1_000  # Members of a package. More is a limit of ours. By hand.
_STEP = 1 << 16  # Bytes unpacked at once. It bounds memory and changes no result.
_PIECE = 1 << 20  # Bytes given out at once. It bounds memory and changes no result.

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
_PACKINGS = frozenset((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
_TABLES = (".csv", ".tsv", ".xlsx", ".xls", ".xlsb", ".ods", ".parquet")
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
        _allow(sum(info.file_size for info in archive.infolist()), len(body))
        for info in archive.infolist():
            _allow(info.file_size, info.compress_size)


def members(body: bytes) -> list[Member]:
    """Files of an archive, the most usable first, with those of the same kind beside it; [] when it holds none.

    Raises TooMuch when they do not all fit in our limits: what was not read may be what is new.
    """
    with _opened(body) as archive:
        infos = _files(archive)
        if not infos:
            return []
        infos.sort(key=lambda info: (_rank(info.filename), -info.file_size, info.filename))
        alike = [info for info in infos if _rank(info.filename) == _rank(infos[0].filename)]
        if _rank(infos[0].filename) == len(_WANTED):
            alike = alike[:1]
        if any(info.flag_bits & 0x1 for info in alike):
            raise Damaged("password")
        try:
            return list(_read_members(archive, alike))
        except BROKEN as error:
            raise Damaged("member") from error


def _files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [
        info
        for info in archive.infolist()
        if not info.is_dir() and not info.filename.startswith("__MACOSX/") and info.file_size
    ]


def unread(body: bytes, read: Iterable[str]) -> tuple[list[str], bool]:
    """Names of the files of an archive, and whether one of them is a table of which those read are no other form."""
    stems = {name.rpartition(".")[0] for name in read}
    with _opened(body) as archive:
        names = [info.filename for info in _files(archive)]
    tables = [name for name in names if name.lower().endswith(_TABLES)]
    return names, any(name.rpartition(".")[0] not in stems for name in tables)


def _read_members(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> Iterator[Member]:
    for info in infos:
        _allow(info.file_size, info.compress_size)
    _allow(sum(info.file_size for info in infos), sum(info.compress_size for info in infos))
    for info in infos:
        # What a member says of its size is held to by the library.
        with archive.open(info) as stream:
            yield Member(info.filename, stream.read(MAX_INFLATED))


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
    if any(info.compress_type not in _PACKINGS for info in archive.infolist()):
        raise TooMuch("packing")  # Deflate64 and the like: others open it
    if any(_leads_out(info.filename) for info in archive.infolist()):
        raise TooMuch("path")
    if _overlapping(body, archive):
        raise TooMuch("overlap")
    return archive


def _leads_out(name: str) -> bool:
    """Whether a name is of a place outside of where an archive is unpacked. Nothing is ever unpacked by its name here."""
    name = name.replace("\\", "/")
    return ".." in name.split("/") or name.startswith("/") or name[1:2] == ":"


def _overlapping(body: bytes, archive: zipfile.ZipFile) -> bool:
    """Whether members share bytes, as those of a bomb do. Only newer versions of the library refuse them."""
    starts = sorted(info.header_offset for info in archive.infolist())
    ends = dict(itertools.pairwise([*starts, archive.start_dir]))
    for info in archive.infolist():
        if info.header_offset < 0 or len(body) < info.header_offset + 30:
            continue  # cut off; the library says so when it is opened
        name, extra = struct.unpack_from("<HH", body, info.header_offset + 26)
        if info.header_offset + 30 + name + extra + info.compress_size > ends[info.header_offset]:
            return True
    return len(ends) < len(starts)


def inflate(body: bytes, kind: str) -> bytes:
    """The content of a gzip, bzip2 or xz stream. Raises Damaged, TooMuch."""
    try:
        if kind == "gzip":
            return _bounded(_unzipped(body))
        if kind == "bz2":
            return _bounded(_stepped(bz2.BZ2Decompressor, body, b"BZh"))
        return _bounded(_stepped(lambda: lzma.LZMADecompressor(memlimit=64 << 20), body, b"\xfd7zXZ"))
    except lzma.LZMAError as error:
        if "emory" in str(error):  # the library has no other way to say so
            raise TooMuch("memory") from error
        raise Damaged(kind) from error
    except (zlib.error, OSError, EOFError, ValueError) as error:
        raise Damaged(kind) from error


# Each step of an inflation: how many packed bytes were used so far, and what came of the last ones.
_Step = tuple[int, bytes]


def _unzipped(body: bytes) -> Iterator[_Step]:
    used = 0
    while body.startswith(b"\x1f\x8b", used):  # one stream after another, as parallel packers write
        stream = zlib.decompressobj(31)
        while not stream.eof:
            more = body[used : used + _STEP]
            piece = stream.decompress(more, _PIECE)
            if not more and not piece and not stream.eof:
                raise Damaged("gzip")
            used += len(more) - len(stream.unconsumed_tail) - len(stream.unused_data)
            yield used, piece


def _stepped(
    begin: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor], body: bytes, magic: bytes
) -> Iterator[_Step]:
    used = 0
    while body.startswith(magic, used):
        stream = begin()
        while not stream.eof:
            more = b""
            if stream.needs_input:
                if used >= len(body):
                    raise Damaged("stream")
                more = body[used : used + _STEP]
                used += len(more)
            yield used, stream.decompress(more, _PIECE)
        used -= len(stream.unused_data)
        while magic != b"BZh" and body.startswith(b"\x00\x00\x00\x00", used):  # padding between streams
            used += 4


def _bounded(steps: Iterable[_Step]) -> bytes:
    out = bytearray()
    for used, piece in steps:
        out += piece
        _allow(len(out), used)
    return bytes(out)


def _allow(inflated: int, packed: int) -> None:
    """Raises TooMuch."""
    if inflated > MAX_INFLATED:
        raise TooMuch("inflated")
    if inflated > RATIO_FROM and inflated > MAX_RATIO * max(1, packed):
        raise TooMuch("ratio")


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


_DBASE = frozenset(b"\x02\x03\x04\x05\x30\x31\x32\x43\x63\x83\x8b\x8c\xcb\xf5\xfb")


def dbf_rows(body: bytes) -> int | None:
    """Records of a dBASE table; None when the body is none: its head must fit its length."""
    if len(body) < 65 or body[0] not in _DBASE or not (1 <= body[2] <= 12 and 1 <= body[3] <= 31):
        return None
    rows, head, size = struct.unpack_from("<IHH", body, 4)
    fields_end = 0x0D in body[32 : head + 1 : 32]
    whole = head + rows * size
    return int(rows) if size and fields_end and whole <= len(body) <= whole + 2 else None
