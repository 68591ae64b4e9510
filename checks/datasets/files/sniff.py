"""What a body is, whatever it is called: magic bytes, members of a ZIP, streams of an OLE file, XML root,
JSON, likeness of rows. A header or a name counts only where the bytes leave two readings open.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Literal

from checks.datasets.files import dialect, packages
from checks.datasets.files.encoding import Encoding, detect, looks_binary
from checks.datasets.files.json_rows import parsed
from checks.datasets.files.packages import TooMuch

Family = Literal["table", "sheet", "document", "page", "package", "other", "empty"]

# Kinds that somebody can read and we do not: never held against an agency.
UNREAD = tuple(
    "rar 7z tar zstd lz4 cab sqlite mdb biff ole arrow avro orc pickle hdf5 netcdf mat sav por dta xpt dwg geotiff"
    # a workbook as one file of a browser, columns by white space, JSON in a call or a string, what a service says of itself
    " mhtml aligned wrapped service".split()
)

FAMILIES: dict[str, Family] = {
    **dict.fromkeys(
        "csv json jsonl geojson xml rdf turtle jsonld ods parquet shapefile dbf".split(), "table"
    ),
    **dict.fromkeys("xlsx xlsb xls xmlss".split(), "sheet"),
    **dict.fromkeys(
        "pdf postscript rtf doc docx odt odp odg ppt pptx epub text png jpeg gif bmp tiff webp svg ico djvu jp2 video audio".split(),
        "document",
    ),
    **dict.fromkeys("html".split(), "page"),
    **dict.fromkeys("zip gzip bz2 xz".split(), "package"),
    **dict.fromkeys("encrypted binary undecodable brokenzip".split(), "other"),
    **dict.fromkeys(UNREAD, "other"),
    "empty": "empty",
}

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"%!PS", "postscript"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"\x00\x00\x01\x00", "ico"),
    (b"AT&TFORM", "djvu"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"\x00\x01\x00\x00Standard ", "mdb"),
    (b"\x09\x00\x04\x00", "biff"),
    (b"\x09\x02\x06\x00", "biff"),
    (b"\x09\x04\x06\x00", "biff"),
    (b"PAR1", "parquet"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"MSCF\x00\x00\x00\x00", "cab"),
    (b"ARROW1\x00\x00", "arrow"),
    (b"Obj\x01", "avro"),
    (b"ORC", "orc"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"CDF\x01", "netcdf"),
    (b"CDF\x02", "netcdf"),
    (b"CDF\x05", "netcdf"),
    (b"MATLAB 5.0 MAT-file", "mat"),
    (b"$FL2@(#)", "sav"),
    (b"$FL3@(#)", "sav"),
    (b"<stata_dta>", "dta"),
    (b"HEADER RECORD*******LIB", "xpt"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jp2"),
    (b"ID3", "audio"),
    (b"OggS\x00", "audio"),
    (b"fLaC", "audio"),
    (b"\x1aE\xdf\xa3", "video"),
)
_PICTURE_BRANDS = (b"heic", b"heix", b"mif1", b"avif")
_GEO_KEYS = 34_735  # TIFF tag GeoKeyDirectory: a picture that is a map
_BLANK = re.compile(rb"[\xef\xbb\xbf\xff\xfe\x00\s]*")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_HTML_TAG = re.compile(
    r"<(?:!doctype html|html|head|body|title|meta|script|style|div|table|tr|td|p|h[1-6]|br|center|font|span|form|a|ul|b)\b",
    re.IGNORECASE,
)
_PAGE_START = re.compile(r"<(?:!doctype html|html|head|body|br)\b", re.IGNORECASE)
_XML_ROOT = re.compile(r"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s>/]")
_PROLOG = re.compile(
    r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)", re.DOTALL | re.IGNORECASE
)
_WRAPPED = re.compile(r"""(?:/\*\*/\s*)?[A-Za-z_$][\w$.]{0,80}\s*\(\s*[\[{]|"\s*(?:\[\s*)?\{\s*\\\"|"\[\[""")
_SERVICES = frozenset("capabilities definitions schema urlset sitemapindex opensearchdescription".split())
_DESCRIBED = re.compile(r"""\{\s*"(?:openapi|swagger|currentVersion)"\s*:""")
_TURTLE = re.compile(r"\s*(?:@prefix|@base|PREFIX\s)|\s*<https?://[^>]*>\s+<https?://[^>]*>\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hints:
    """content_type: the server's word. table: somebody said that this is a table of text (a declared
    format, a name, a header). sheet: a name or a header calls it a file of rows, so that the tables of a page are its
    rows. whole: False when the body was cut."""

    content_type: str | None = None
    table: bool = False
    sheet: bool = False
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Sniffed:
    """kind: a key of FAMILIES. encoding, dialect: of a text; None otherwise."""

    kind: str
    encoding: Encoding | None = None
    dialect: dialect.Dialect | None = None

    @property
    def family(self) -> Family:
        return FAMILIES[self.kind]


def sniff(body: bytes, hints: Hints = Hints()) -> Sniffed:
    """The kind of a body. Raises `packages.TooMuch` when a ZIP's directory is past our limits."""
    if _BLANK.fullmatch(body):
        return Sniffed("empty")
    return _by_magic(body) or _text(body, hints)


def _by_magic(body: bytes) -> Sniffed | None:
    if body.startswith(_ZIP):
        try:
            return Sniffed(packages.zip_kind(body))
        except packages.Damaged:
            return Sniffed("brokenzip")
    if body.startswith(_OLE):
        return Sniffed(packages.ole_kind(body))
    for magic, kind in _MAGIC:
        if body.startswith(magic):
            return Sniffed("geotiff" if kind == "tiff" and _has_place(body) else kind)
    if body.startswith(b"BM") and body[6:10] == b"\x00\x00\x00\x00":
        return Sniffed("bmp")
    if body.startswith(b"RIFF"):
        found = {b"WEBP": "webp", b"AVI ": "video", b"WAVE": "audio"}.get(body[8:12])
        if found is not None:
            return Sniffed(found)
    if body[4:8] == b"ftyp":
        return Sniffed("jp2" if body[8:12] in _PICTURE_BRANDS else "video")
    if body[257:262] == b"ustar":
        return Sniffed("tar")
    if b"SPSS PORT FILE" in body[:500]:
        return Sniffed("por")
    if packages.dbf_rows(body) is not None:
        return Sniffed("dbf")
    # Readers look for the PDF mark in the first kilobyte.
    if b"%PDF-" in body[:1024] and b"<" not in body[: body.find(b"%PDF-")]:
        return Sniffed("pdf")
    return Sniffed(_by_shape(body)) if looks_binary(body) else None


def _has_place(body: bytes) -> bool:
    """Whether a TIFF says where on earth it lies: a raster of data, and no picture."""
    order = "<" if body[:1] == b"I" else ">"
    try:
        (at,) = struct.unpack_from(f"{order}I", body, 4)
        (count,) = struct.unpack_from(f"{order}H", body, at)
        tags = {struct.unpack_from(f"{order}H", body, at + 2 + 12 * number)[0] for number in range(count)}
    except struct.error:
        return False
    return _GEO_KEYS in tags


def _by_shape(body: bytes) -> str:
    """Kinds whose first bytes are small numbers, which other files may begin with too; "binary" for the rest."""
    if (
        body[:1] == b"\x80"
        and body[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")
        and body.rstrip(b"\x00").endswith(b".")
    ):
        return "pickle"
    if body[:4] == b"\xff\xff\xff\xff" and 0 < int.from_bytes(body[4:8], "little") < len(body):
        return "arrow"
    if 0x69 <= body[0] <= 0x73 and body[1:2] in (b"\x01", b"\x02") and body[2:3] == b"\x01":
        return "dta"
    return "dwg" if re.match(rb"AC10\d\d\x00", body) else "binary"


def _text(body: bytes, hints: Hints) -> Sniffed:
    encoding = detect(body, hints.content_type, whole=hints.whole)
    head = body[encoding.skip : encoding.skip + 262_144].decode(encoding.codec, "replace")
    start = head.lstrip("\ufeff \t\r\n")
    # «<TICKER>,<OPEN>,<CLOSE>» heads a table of a stock exchange: nothing in it is ever closed.
    closed = start[1:2] in ("?", "!") or "</" in start or "/>" in start
    if start.startswith("<") and (closed or _PAGE_START.match(start)):
        return Sniffed(_markup(start), encoding)
    if start.startswith("MIME-Version:"):
        return Sniffed("mhtml", encoding)
    if _DESCRIBED.match(start):
        return Sniffed("service", encoding)
    if _WRAPPED.match(start) and body.rstrip()[-1:] in (b")", b";", b'"'):
        return Sniffed("wrapped", encoding)
    if start.startswith(("{", "[")):
        kind = _json_kind(start, body, encoding, hints)
        if kind is not None:
            return Sniffed(kind, encoding)
    if _TURTLE.match(start):
        return Sniffed("turtle", encoding)
    if _is_page(start):
        return Sniffed("html", encoding)
    found = dialect.detect(head, spaces=hints.table)
    if dialect.is_table(found) or (hints.table and not dialect.is_prose(head)):
        return Sniffed("csv", encoding, found)
    if encoding.fault == "unknown":  # a table that cannot be read is no document: what it says is lost
        return Sniffed("undecodable", encoding, found)
    return Sniffed("aligned" if dialect.is_aligned(head) else "text", encoding, found)


def _markup(start: str) -> str:
    if _TURTLE.match(start):
        return "turtle"
    rest = start
    for _ in range(20):
        prolog = _PROLOG.match(rest)
        if prolog is None:
            break
        rest = rest[prolog.end() :].lstrip()
    if re.match(r"\s*<!doctype html", start, re.IGNORECASE):
        return "html"
    root = _XML_ROOT.match(rest)
    if root is None:
        return "html" if _HTML_TAG.search(start[:4096]) else "text"
    prefix, name = root.group(1) or "", root.group(2)
    if not prefix and _HTML_TAG.match(rest):
        return "html"
    if name == "svg":
        return "svg"
    if name == "RDF":
        return "rdf"
    if name.lower() in _SERVICES or name.endswith("_Capabilities"):
        return "service"
    if name == "Workbook" and "schemas-microsoft-com:office:spreadsheet" in rest[:4096]:
        return "xmlss"
    return "xml"


def _is_page(start: str) -> bool:
    """A page after some stray text, as scripts leave it that print a warning first. Cells may hold tags too."""
    before, mark, _ = start[:4096].partition("<")
    match = _PAGE_START.match(start[len(before) :])
    return bool(mark) and match is not None and len(before) < 500 and before.count("\n") <= 3


def _json_kind(start: str, body: bytes, encoding: Encoding, hints: Hints) -> str | None:
    lines = [line for line in start.splitlines()[:4] if line.strip()]
    if len(lines) > 1 and all(_is_json(line) for line in lines[:2]) and lines[0].lstrip()[0] == "{":
        return "jsonl"
    rest = start[1:].lstrip()
    if start[0] == "{" and rest[:1] not in ('"', "}"):
        return None
    if start[0] == "[" and rest[:1] not in ("{", "[", '"', "]", "-", "t", "f", "n", *"0123456789"):
        return None
    if start[0] == "{":
        if '"FeatureCollection"' in start[:4096] or ('"Feature"' in start[:4096] and '"geometry"' in start):
            return "geojson"
        if '"@context"' in start[:4096] or '"@graph"' in start[:4096]:
            return "jsonld"
    elif '"@id"' in start[:4096] and '"@type"' in start[:4096]:
        return "jsonld"
    return "json"


def _is_json(line: str) -> bool:
    try:
        parsed(line)
    except TooMuch:  # as far as it was read
        return True
    except ValueError:
        return False
    return True
