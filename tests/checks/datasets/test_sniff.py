"""What bodies are, made here byte by byte: the kind that must be seen, and what must be read in it."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
import io
import json
import lzma
import struct
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest

from checks.datasets import sandbox
from checks.datasets.files import packages
from checks.datasets.files.encoding import detect
from checks.datasets.files.read import Content, read
from checks.datasets.files.sniff import Hints, sniff
from claims import confined

AS_OF = dt.date(2025, 12, 1)
ROWS = "شهر,تاریخ,تعداد\nتهران,1404/01/01,12\nیزد,1404/02/01,15\nقم,1404/03/01,9\n"
LATIN = "city,date,count\nTehran,2025-01-01,12\nYazd,2025-02-01,15\nQom,2025-03-01,9\n"
FRENCH = "ville;été;élèves\nMédéa;été;déjà\nSétif;hiver;près\nBéjaïa;forêt;août\n"
RUSSIAN = "город;дата\nМосква;вчера\nКазань;сегодня\n"
PROSE = (
    "این متن گزارشی است درباره کارهای سازمان در سال گذشته، که در آن از طرح‌ها، برنامه‌ها و هزینه‌ها سخن می‌رود.\n"
    "در بخش دوم نیز به کارهای ناتمام، دلیل ناتمام ماندن آنها و زمان پایان هر یک پرداخته شده است، تا جای ابهام نماند.\n"
    "پیوست‌ها در پایان گزارش آمده‌اند و هر یک شماره‌ای دارد که در متن به آن اشاره شده و در فهرست نیز هست.\n"
)
NAMES = (
    "نام مرکز\n"
    "اداره کل نظارت بر امور پژوهشی و برنامه‌ریزی آموزشی استان تهران بزرگ\n"
    "دفتر مطالعات راهبردی و همکاری‌های بین‌المللی وزارت کشور در شمال غرب\n"
    "پژوهشکده ملی مهندسی ژنتیک و زیست فناوری وابسته به وزارت علوم\n"
    "مرکز آمار و فناوری اطلاعات سازمان امور مالیاتی و دارایی کشور ایران\n"
)
LATIN_NAMES = (
    "Name\n"
    "Centre for Training and Research on Reduction of Seismic Risk - ROSE\n"
    "Department of Economics and Business of the University of Q. St. Mary\n"
    '"International Center on Law, Science, New Technologies and the State: ICLT"\n'
    "Laboratory for Neurolinguistics and Computational Linguistics and Theoretical Syntax - NeTS\n"
)
LOG = "Server log\n" + "".join(
    f"2025-11-{n:02} 10:{n}0:07 INFO the worker {n} has done what was asked of it\n" for n in range(6)
)
ESSAY = (
    "Annual report\nThis is the report of the agency on what it has done in the past year\n"
    "and on what it plans to do in the one that has now begun. Its parts\nare written by the departments and were put together by the office of the head\n"
)
HTML = "<!DOCTYPE html><html><head><title>خطا</title></head><body><p>صفحه یافت نشد</p></body></html>"
GEO = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [51.4, 35.7]},
            "properties": {"n": i},
        }
        for i in range(3)
    ],
}
XML = '<?xml version="1.0" encoding="UTF-8"?><rows><row><id>1</id><d>2025-01-01</d></row><row><id>2</id><d>2025-02-01</d></row></rows>'
SHEET_XML = (
    '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
    + "<Worksheet><Table>"
    + "".join(
        f"<Row><Cell><Data>{a}</Data></Cell><Cell><Data>{b}</Data></Cell></Row>"
        for a, b in (("id", "n"), (1, 2), (3, 4))
    )
    + "</Table></Worksheet></Workbook>"
)


def zipped(members: Mapping[str, bytes | str], *, stored: tuple[str, ...] = ()) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body, zipfile.ZIP_STORED if name in stored else None)
    return out.getvalue()


def overlapping() -> bytes:
    """A ZIP that says its first member reaches over its second."""
    whole = bytearray(zipped({"a.csv": LATIN, "b.csv": LATIN}, stored=("a.csv", "b.csv")))
    entry = whole.index(b"PK\x01\x02")
    size = len(LATIN) * 2
    struct.pack_into("<II", whole, entry + 20, size, size)
    return bytes(whole)


def deflate64(body: bytes) -> bytes:
    """The same ZIP, said to be packed as Windows packs large files."""
    said = bytearray(body)
    for mark, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = said.find(mark)
        while at >= 0:
            said[at + place] = 9
            at = said.find(mark, at + 1)
    return bytes(said)


def xlsx(rows: list[list[object]], merge: str | None = None) -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def ods(rows: list[list[str]]) -> bytes:
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    space = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{space}:office:1.0" xmlns:table="{space}:table:1.0"'
        f' xmlns:text="{space}:text:1.0"><office:body><office:spreadsheet><table:table table:name="s">{cells}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{space}:manifest:1.0"><manifest:file-entry'
        ' manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
    )
    members = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": content,
        "META-INF/manifest.xml": manifest,
    }
    return zipped(members, stored=("mimetype",))


def ole(*streams: str) -> bytes:
    """A compound file with these names in its directory and nothing in them."""
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", head, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIIII", head, 40, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    struct.pack_into("<109I", head, 76, 0, *[0xFFFFFFFF] * 108)
    fat = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *[0xFFFFFFFF] * 126)
    directory = bytearray(512)
    for number, name in enumerate(("Root Entry", *streams)):
        encoded = name.encode("utf-16-le") + b"\x00\x00"
        directory[number * 128 : number * 128 + len(encoded)] = encoded
        struct.pack_into("<H", directory, number * 128 + 64, len(encoded))
    return bytes(head) + fat + bytes(directory)


def dbf(rows: int) -> bytes:
    return struct.pack("<BBBBIHH", 3, 125, 1, 1, rows, 33, 1) + b"\x00" * 20 + b"\r"


def parquet(rows: int) -> bytes:
    """Footer of a file with a root and one column: version 1, schema, number of rows."""
    root = b"\x48\x04root\x15\x02\x00"
    leaf = b"\x15\x02\x25\x00\x18\x01a\x00"
    footer = b"\x15\x02\x19\x2c" + root + leaf + b"\x16" + bytes([rows * 2]) + b"\x19\x0c\x00"
    return b"PAR1" + footer + struct.pack("<I", len(footer)) + b"PAR1"


OFFICE: dict[str, bytes | str] = {"[Content_Types].xml": "<Types/>"}
TABLE = Hints(table=True)

# name: (bytes, hints, kind)
KINDS: dict[str, tuple[bytes, Hints, str]] = {
    "nothing": (b"", Hints(), "empty"),
    "a mark of order and no more": (b"\xef\xbb\xbf\r\n", Hints(), "empty"),
    "white space": (b" \n\t \n", TABLE, "empty"),
    "NUL bytes alone": (b"\x00" * 64, Hints(), "empty"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj", Hints(), "pdf"),
    "PDF called CSV": (b"%PDF-1.4\n1,2,3\n4,5,6\n", TABLE, "pdf"),
    "PDF after a line of noise": (b"\r\n\r\n%PDF-1.4\n1 0 obj", Hints(), "pdf"),
    "PostScript": (b"%!PS-Adobe-3.0\n", Hints(), "postscript"),
    "RTF": (b"{\\rtf1\\ansi text}", Hints(), "rtf"),
    "PNG": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", Hints(), "png"),
    "JPEG": (b"\xff\xd8\xff\xe0\x00\x10JFIF", Hints(), "jpeg"),
    "GIF": (b"GIF89a\x01\x00\x01\x00", Hints(), "gif"),
    "TIFF": (b"II*\x00\x08\x00\x00\x00", Hints(), "tiff"),
    "a raster with a place": (b"II*\x00\x08\x00\x00\x00" + struct.pack("<HHHIIHHII", 2, 256, 4, 1, 9, 34735, 3, 4, 9), Hints(), "geotiff"),
    "a raster with a place, the other way round": (b"MM\x00*\x00\x00\x00\x08" + struct.pack(">HHHII", 1, 34735, 3, 4, 9), Hints(), "geotiff"),
    "a TIFF that says too much of itself": (b"II*\x00\x08\x00\x00\x00" + struct.pack("<HHHII", 9999, 256, 4, 1, 9), Hints(), "tiff"),
    "WebP": (b"RIFF\x24\x00\x00\x00WEBPVP8 ", Hints(), "webp"),
    "BMP": (b"BM\x46\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00", Hints(), "bmp"),
    "SVG": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>', Hints(), "svg"),
    "XLSX": (xlsx([["a", "b"], [1, 2]]), Hints(), "xlsx"),
    "XLSX called CSV": (xlsx([["a", "b"], [1, 2]]), Hints("text/csv", table=True), "xlsx"),
    "XLSB": (zipped(OFFICE | {"xl/workbook.bin": b"x"}), Hints(), "xlsb"),
    "ODS": (ods([["a", "b"], ["1", "2"]]), Hints(), "ods"),
    "DOCX": (zipped(OFFICE | {"word/document.xml": "<w/>"}), Hints(), "docx"),
    "PPTX": (zipped(OFFICE | {"ppt/presentation.xml": "<p/>"}), Hints(), "pptx"),
    "ODT": (zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), Hints(), "odt"),
    "EPUB": (zipped({"mimetype": "application/epub+zip"}), Hints(), "epub"),
    "ZIP": (zipped({"a.csv": LATIN}), Hints(), "zip"),
    "shapes": (zipped({"a.shp": b"x", "a.dbf": dbf(7)}), Hints(), "shapefile"),
    "half a ZIP": (zipped({"a.csv": LATIN * 50})[:80], Hints(), "brokenzip"),
    "XLS": (ole("Workbook"), Hints(), "xls"),
    "old XLS": (ole("Book"), Hints(), "xls"),
    "DOC": (ole("WordDocument", "1Table"), Hints(), "doc"),
    "PPT": (ole("PowerPoint Document"), Hints(), "ppt"),
    "workbook under a password": (ole("EncryptionInfo", "EncryptedPackage"), Hints(), "encrypted"),
    "DOC with a workbook inside": (ole("WordDocument", "Workbook"), Hints(), "doc"),
    "OLE of another kind": (ole("__properties"), Hints(), "ole"),
    "OLE header alone": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Hints(), "ole"),
    "BIFF3": (b"\x09\x02\x06\x00\x00\x00\x10\x00", Hints(), "biff"),
    "gzip": (gzip.compress(LATIN.encode()), Hints(), "gzip"),
    "bzip2": (bz2.compress(LATIN.encode()), Hints(), "bz2"),
    "xz": (lzma.compress(LATIN.encode()), Hints(), "xz"),
    "RAR": (b"Rar!\x1a\x07\x00\xcf\x90", Hints(), "rar"),
    "7z": (b"7z\xbc\xaf\x27\x1c\x00\x04", Hints(), "7z"),
    "SQLite": (b"SQLite format 3\x00\x10\x00", Hints(), "sqlite"),
    "Access": (b"\x00\x01\x00\x00Standard Jet DB\x00", Hints(), "mdb"),
    "Parquet": (parquet(5), Hints(), "parquet"),
    "programme": (b"MZ\x90\x00\x03\x00\x00\x00\x04\x00" * 20, Hints(), "binary"),
    "page": (HTML.encode(), Hints("text/html"), "html"),
    "page called CSV": (HTML.encode(), Hints("text/csv", table=True), "html"),
    "page that is never closed": (b"<html><body>Not found", TABLE, "html"),
    "piece of a page": (b"<h1>Not found</h1><p>Sorry</p>", TABLE, "html"),
    "page after a comment": (b"<!-- x --><html><body>x</body></html>", Hints(), "html"),
    "page as XHTML": (
        b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x.dtd"><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
        Hints(),
        "html",
    ),
    "page after a warning": (b"Warning: x in y.php\n<html><body><p>x</p></body></html>", TABLE, "html"),
    "table of a page called XLS": (
        b"<table><tr><td>1</td></tr></table>",
        Hints("application/vnd.ms-excel"),
        "html",
    ),
    "JSON list": (b'[{"a": 1}, {"a": 2}]', Hints(), "json"),
    "JSON with a mark of order": (b'\xef\xbb\xbf{"data": [1, 2]}', Hints(), "json"),
    "JSON called CSV": (b'{"data": [{"a": 1}]}', TABLE, "json"),
    "GeoJSON": (json.dumps(GEO).encode(), Hints(), "geojson"),
    "JSON lines": (b'{"a": 1}\n{"a": 2}\n', Hints(), "jsonl"),
    "JSON-LD": (b'{"@context": "https://schema.org", "@graph": []}', Hints(), "jsonld"),
    "XML": (XML.encode(), Hints(), "xml"),
    "KML": (b'<?xml version="1.0"?><kml xmlns="x"><Placemark/></kml>', Hints(), "xml"),
    "feed": (b"<rss><channel><item/></channel></rss>", Hints(), "xml"),
    "RDF/XML": (b'<rdf:RDF xmlns:rdf="x"><rdf:Description/></rdf:RDF>', Hints(), "rdf"),
    "sheet in XML": (SHEET_XML.encode(), Hints(), "xmlss"),
    "Turtle": (b'@prefix dct: <http://purl.org/dc/terms/> .\n<a> dct:title "x" .\n', Hints(), "turtle"),
    "N-Triples": (b'<http://a/1> <http://b/p> "x" .\n', Hints(), "turtle"),
    "commas": (LATIN.encode(), Hints(), "csv"),
    "Persian commas": (ROWS.encode(), Hints(), "csv"),
    "semicolons": (LATIN.replace(",", ";").encode(), Hints(), "csv"),
    "tabs": (LATIN.replace(",", "\t").encode(), Hints(), "csv"),
    "bars": (LATIN.replace(",", "|").encode(), Hints(), "csv"),
    "Persian comma marks": (ROWS.replace(",", "،").encode(), Hints(), "csv"),
    "windows-1256": (ROWS.replace("ی", "ي").encode("cp1256"), Hints(), "csv"),
    "UTF-16": (ROWS.encode("utf-16"), Hints(), "csv"),
    "UTF-16 without its mark": (ROWS.encode("utf-16-le"), Hints(), "csv"),
    "one column called CSV": (b"id\n1\n2\n3\n", TABLE, "csv"),
    "brackets that are no JSON": (b"[region],count\n[a],1\n[b],2\n", Hints(), "csv"),
    "headings in angles": (b"<TICKER>,<DATE>,<CLOSE>\nabc,20250101,12\nabc,20250102,13\n", TABLE, "csv"),
    "cells with tags": (b"id,text\n1,<p>a</p>\n2,<p>b</p>\n3,<div><b>c</b></div>\n", TABLE, "csv"),
    "prose": (PROSE.encode(), Hints(), "text"),
    "prose called CSV": (PROSE.encode(), TABLE, "text"),
    "a heading and prose called CSV": (f"گزارش سال\n{PROSE}".encode(), TABLE, "text"),
    "prose without commas called CSV": (f"گزارش سال\n{PROSE.replace('،', '')}".encode(), TABLE, "text"),
    "wrapped prose called CSV": (ESSAY.encode(), TABLE, "text"),
    "a log called CSV": (LOG.encode(), TABLE, "text"),
    "an error page called CSV": (HTML.encode(), TABLE, "html"),
    "long names without a heading, called CSV": (NAMES.partition("\n")[2].encode(), TABLE, "text"),
    "long names that nobody calls a table": (NAMES.encode(), Hints(), "text"),
    "a word": (b"hello", Hints(), "text"),
    "columns by white space": ("".join(f"2025-11-{n:02}   {n}.5   {n}\n" for n in range(1, 9)).encode(), Hints(), "aligned"),
    "words and columns by white space": (("شهر مرکز   دما\n" + "".join(f"شهر دیگر   {n}.5\n" for n in range(9))).encode(), Hints(), "aligned"),
    "a list of steps": ("".join(f"{n}. first do this and then that\n{n} more words\n" for n in range(9)).encode(), Hints(), "text"),
    "a workbook that a browser saved": (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n--x\r\n<html>", Hints(), "mhtml"),
    "JSON in a call": (b'callback([{"a":1},{"a":2}]);', Hints(), "wrapped"),
    "JSON in a string": (json.dumps(json.dumps([{"a": 1}])).encode(), Hints(), "wrapped"),
    "brackets in quotes": (b'"[a]","[b]"\n"1","2"\n"3","4"\n', TABLE, "csv"),
    "what a map service can do": (b'<?xml version="1.0"?><wfs:WFS_Capabilities xmlns:wfs="x"><a/></wfs:WFS_Capabilities>', Hints(), "service"),
    "a list of pages": (b'<urlset xmlns="x"><url><loc>http://a.test/</loc></url></urlset>', Hints(), "service"),
    "what an API can do": (b'{"openapi": "3.0.0", "paths": {}}', Hints(), "service"),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_the_bytes_say_what_a_body_is(name: str) -> None:
    body, hints, kind = KINDS[name]
    assert sniff(body, hints).kind == kind


DELIMITERS = {
    ",": ROWS,
    ";": ROWS.replace(",", ";"),
    "\t": ROWS.replace(",", "\t"),
    "|": ROWS.replace(",", "|"),
}
DELIMITERS["،"] = ROWS.replace(",", "،")


@pytest.mark.parametrize("mark", DELIMITERS)
def test_the_separator_is_found(mark: str) -> None:
    content = read(DELIMITERS[mark].encode(), Hints(), AS_OF)
    assert content.delimiter == mark
    assert content.table is not None
    assert (content.table.columns, content.table.rows, content.table.flags) == (3, 3, ())


LISTS = {
    "Persian": (NAMES, "نام مرکز"),
    # a comma that no writer of CSV puts in quotes
    "Persian, a comma in one cell": (NAMES.replace("استان", "استان، ناحیه"), "نام مرکز"),
    "English": (LATIN_NAMES, "Name"),
    "English, other marks in one cell": (LATIN_NAMES.replace("Science", "Science; Art | Craft"), "Name"),
}


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", LISTS)
def test_one_column_of_long_names_is_a_table(name: str, codec: str, ends: str) -> None:
    text, heading = LISTS[name]
    content = read(text.replace("\n", ends).encode(codec), TABLE, AS_OF)
    assert content.kind == "csv"
    assert content.table is not None
    assert (content.table.columns, content.table.rows, content.table.flags) == (1, 4, ())
    assert content.table.heading == (heading,)


def test_decimal_commas_do_not_hide_semicolons() -> None:
    content = read(b"city;rate\na;1,5\nb;2,25\nc;3,75\n", Hints(), AS_OF)
    assert content.delimiter == ";"


# name: (bytes, content type, (codec, declared, fault))
ENCODINGS: dict[str, tuple[bytes, str | None, tuple[str, bool, str | None]]] = {
    "ASCII": (LATIN.encode(), None, ("utf-8", True, None)),
    "UTF-8": (ROWS.encode(), None, ("utf-8", True, None)),
    "UTF-8 with BOM": (ROWS.encode("utf-8-sig"), None, ("utf-8", True, None)),
    "UTF-8 called windows-1256": (ROWS.encode(), "text/csv; charset=windows-1256", ("utf-8", True, None)),
    "UTF-16 with BOM": (ROWS.encode("utf-16"), None, ("utf-16-le", True, None)),
    "UTF-16 bare": (ROWS.encode("utf-16-le"), None, ("utf-16-le", False, None)),
    "windows-1256": (ROWS.replace("ی", "ي").encode("cp1256"), None, ("cp1256", False, None)),
    "windows-1256, said": (ROWS.replace("ی", "ي").encode("cp1256"), "text/csv; charset=windows-1256", ("cp1256", True, None)),
    "windows-1256 called latin-1": (ROWS.replace("ی", "ي").encode("cp1256"), "text/csv; charset=iso-8859-1", ("cp1256", False, None)),
    "a Persian heading over numbers": ("سال,رقم\n".encode("cp1256") + b"1,2\n" * 500, None, ("cp1256", False, None)),
    "French in cp1252": (FRENCH.encode("cp1252"), None, ("cp1252", False, None)),
    "Russian, said": (RUSSIAN.encode("cp1251"), "text/csv; charset=windows-1251", ("cp1251", True, None)),
    "cut in the middle of a letter": (ROWS.encode()[:30] + "ش".encode()[:1], None, ("utf-8", True, None)),
    "two sets in one file": (ROWS.encode() + ROWS.replace("ی", "ي").encode("cp1256"), None, ("utf-8", False, "mixed")),
    "UTF-8 read as latin-1": (ROWS.encode().decode("latin-1").encode(), None, ("utf-8", True, "mojibake")),
    "UTF-8 read as cp1256": (ROWS.encode().decode("cp1256").encode(), None, ("utf-8", True, "mojibake")),
    "cp1256 read as cp1252": (ROWS.replace("ی", "ي").encode("cp1256").decode("cp1252", "ignore").encode(), None, ("utf-8", True, "mojibake")),
    "letters lost to question marks": (ROWS.encode("ascii", "replace"), None, ("utf-8", True, "lost")),
    "letters lost between tags": (b"<rows>" + b"<row><city>????</city><number>12</number></row>" * 9 + b"</rows>", None, ("utf-8", True, "lost")),
    "letters lost to U+FFFD": ("\ufffd\ufffd\ufffd,1\n\ufffd\ufffd,2\n".encode(), None, ("utf-8", True, "lost")),
    "French in UTF-8": (FRENCH.encode(), None, ("utf-8", True, None)),
    "windows-1256 behind a mark of UTF-8": (b"\xef\xbb\xbf" + ROWS.replace("ی", "ي").encode("cp1256"), None, ("utf-8", True, "unknown")),
    "no character set": (bytes(range(0x80, 0xA0)) * 20, None, ("utf-8", False, "unknown")),
}  # fmt: skip


@pytest.mark.parametrize("name", ENCODINGS)
def test_the_character_set_is_seen(name: str) -> None:
    body, content_type, expected = ENCODINGS[name]
    found = detect(body, content_type, whole="cut" not in name)
    assert (found.codec, found.declared, found.fault) == expected


def rows_of(content: Content) -> tuple[int, int]:
    assert content.table is not None, content
    return content.table.columns, content.table.rows


# Where records lie in JSON and XML, and how many columns and rows they make.
RECORDS: dict[str, tuple[str, tuple[int, int]]] = {
    "a list": ('[{"a": 1, "b": 2}, {"a": 3}]', (2, 2)),
    "an API's answer": ('{"success": true, "result": {"total": 2, "records": [{"a": 1}, {"a": 2}]}}', (1, 2)),
    "lists of lists": ('[["a", "b"], [1, 2], [3, 4]]', (2, 2)),
    "by key": ('{"x": {"a": 1}, "y": {"a": 2}}', (2, 2)),
    "by column": ('{"a": [1, 2, 3], "b": [4, 5, 6]}', (2, 3)),
    "one record": ('{"a": 1, "b": "x"}', (2, 1)),
    "nested": ('[{"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}]', (2, 2)),
    "features": (json.dumps(GEO), (3, 3)),
    "lines": ('{"a": 1}\n{"a": 2}\n{"a": 3}\n', (1, 3)),
    "rows of XML": (XML, (2, 2)),
    "attributes": ('<r><c n="1" v="2"/><c n="3" v="4"/><c n="5" v="6"/></r>', (2, 3)),
    "a feed": (
        "<rss><channel><title>x</title>"
        + "<item><title>a</title><link>b</link></item>" * 4
        + "</channel></rss>",
        (2, 4),
    ),
    "fields by name": (
        "<d>" + "<r><f>1</f><f>2</f><g>3</g></r>" * 3 + "</d>",
        (3, 3),
    ),
    "a sheet in XML": (SHEET_XML, (2, 2)),
}


@pytest.mark.parametrize("name", RECORDS)
def test_records_are_found(name: str) -> None:
    text, expected = RECORDS[name]
    assert rows_of(read(text.encode(), Hints(), AS_OF)) == expected


# name: (body, fault, detail)
FAULTS: dict[str, tuple[Callable[[], bytes], str | None, str]] = {
    "deep JSON": (lambda: b"[" * 5000 + b"]" * 5000, "limit", "depth"),
    # Each Python gives up at another depth (994 in 3.11, 1,498 in 3.12, 9,999 in 3.13): ours comes first.
    "deep lines of JSON": (lambda: b'{"a": ' + b"[" * 1200 + b"]" * 1200 + b'}\n{"a": 1}', "limit", "depth"),
    "deep XML": (lambda: b"<x>" * 500 + b"</x>" * 500, "limit", "depth"),
    "entities": (lambda: b'<!DOCTYPE r [<!ENTITY a "x">]><r><c>&a;</c></r>', "limit", "entities"),
    "XML in a set nobody knows": (
        lambda: b'<?xml version="1.0" encoding="x-none"?><r><a>1</a></r>',
        "limit",
        "encoding",
    ),
    "open JSON": (lambda: b'{"data": [{"a": 1}, {"a"', "malformed", "json"),
    "open XML": (lambda: b"<rows><row><a>1</a></row>", "malformed", "xml"),
    "an error in JSON": (lambda: b'{"error": "not found"}', "error", "json"),
    "a refusal in JSON": (lambda: b'{"success": false, "message": "x"}', "error", "json"),
    "a status in JSON": (lambda: b'{"status": 404, "title": "Not Found"}', "error", "json"),
    "a message that is no error": (lambda: b'{"message": "ok", "value": 12}', None, ""),
    "a message in JSON": (lambda: b'{"message": "dataset not found"}', "error", "json"),
    "an error in XML": (lambda: b"<Error><Code>NoSuchKey</Code><Key>a</Key></Error>", "error", "xml"),
    "a row with a code like a status": (lambda: '{"code": 450, "name": "قم", "count": 3}'.encode(), None, ""),
    "a table that speaks of errors": (lambda: "نوع خطا,تعداد\nخطای انسانی,5\n".encode(), "limit", "message"),
    "a line of error": (lambda: "فایل مورد نظر یافت نشد".encode(), "error", "text"),
    "half a ZIP": (lambda: zipped({"a.csv": LATIN * 50})[:90], "damaged", "directory"),
    "half a gzip": (lambda: gzip.compress(LATIN.encode() * 50)[:-30], "damaged", "gzip"),
    "a ZIP bomb": (lambda: zipped({"a.csv": b"0" * (40 << 20)}), "limit", "ratio"),
    "a gzip bomb": (lambda: gzip.compress(b"0" * (40 << 20)), "limit", "ratio"),
    "a packing that others open": (lambda: deflate64(zipped({"a.csv": LATIN})), "limit", "packing"),
    "a workbook in a packing that others open": (lambda: deflate64(xlsx([["a"], [1]])), "limit", "packing"),
    "half of a second stream": (
        lambda: bz2.compress(LATIN.encode()) + bz2.compress(LATIN.encode())[:-9],
        "damaged",
        "stream",
    ),
    "a bzip2 bomb": (lambda: bz2.compress(b"0" * (40 << 20)), "limit", "ratio"),
    "many members": (lambda: zipped({f"{n}.csv": "" for n in range(1100)}), "limit", "members"),
    "a way out": (lambda: zipped({"../a.csv": LATIN}), "limit", "path"),
    "a ZIP whose members share bytes": (lambda: overlapping(), "limit", "overlap"),
    "a ZIP in a ZIP": (lambda: zipped({"a.zip": zipped({"a.csv": LATIN})}), "limit", "depth"),
    "an empty ZIP": (lambda: zipped({}), None, ""),
    "a broken workbook": (lambda: zipped(OFFICE | {"xl/workbook.xml": "<workbook"}), "damaged", "workbook"),
    "a workbook bomb": (lambda: zipped(OFFICE | {"xl/a.xml": b" " * (40 << 20)}), "limit", "ratio"),
    "Parquet cut short": (lambda: parquet(5)[:-6], "damaged", "parquet"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_and_limits_are_told_apart(name: str) -> None:
    make, fault, detail = FAULTS[name]
    content = read(make(), Hints(), AS_OF)
    assert (content.fault, content.detail) == (fault, detail)


@pytest.mark.parametrize(
    ("body", "kind", "rows"),
    [
        (zipped({"a.csv": LATIN, "readme.pdf": b"%PDF-1.4"}), "csv", 3),
        (zipped({"a/b.xlsx": xlsx([["a"], [1], [2]])}), "xlsx", 2),
        (gzip.compress(ROWS.encode()), "csv", 3),
        (bz2.compress(ROWS.encode()), "csv", 3),
        (lzma.compress(ROWS.encode()), "csv", 3),
        (bz2.compress(ROWS.encode()) + bz2.compress(b"x,y,z\n"), "csv", 4),
        (lzma.compress(ROWS.encode()) + bytes(8) + lzma.compress(b"x,y,z\n"), "csv", 4),
    ],
    ids=["zip", "zip of a workbook", "gzip", "bzip2", "xz", "two bzip2", "two xz"],
)
def test_packages_are_opened_once(body: bytes, kind: str, rows: int) -> None:
    content = read(body, Hints(), AS_OF)
    assert (content.kind, rows_of(content)[1]) == (kind, rows)
    assert content.package in ("zip", "gzip", "bz2", "xz")


def test_rows_without_a_table() -> None:
    assert read(parquet(5), Hints(), AS_OF).rows == 5
    assert read(zipped({"a.shp": b"x", "a.dbf": dbf(7)}), Hints(), AS_OF).rows == 7


@pytest.mark.processes
def test_the_child_reads_as_the_parent_does() -> None:
    for body in (
        xlsx([["شهر", "تاریخ"], ["قم", dt.date(2025, 3, 1)]]),
        ods([["a", "b"], ["1", "2"]]),
        ROWS.encode(),
    ):
        assert sandbox.ask(body, TABLE, AS_OF) == read(body, TABLE, AS_OF)


@pytest.mark.processes
def test_a_child_that_dies_is_a_limit_of_ours() -> None:
    body = xlsx([["a", "b"], [1, 2]])
    assert sandbox.ask(body, Hints(), AS_OF, memory=1 << 20).fault == "limit"
    # One cell at the far corner makes readers lay out the whole sheet.
    far = openpyxl.Workbook()
    assert far.active is not None
    far.active["A1"], far.active["XFD1048576"] = 1, 2
    out = io.BytesIO()
    far.save(out)
    assert sandbox.ask(out.getvalue(), Hints(), AS_OF).fault == "limit"


@pytest.mark.processes
def test_a_child_that_does_not_start_says_nothing_of_the_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(confined.ChildFailed):
        sandbox.ask(xlsx([["a", "b"], [1, 2]]), Hints(), AS_OF)


@pytest.mark.processes
def test_the_child_is_the_parents_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "__init__.py").write_text("raise SystemExit(7)", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert sandbox.ask(ROWS.encode(), TABLE, AS_OF) == read(ROWS.encode(), TABLE, AS_OF)


def test_a_cut_body_is_no_fault_of_the_publisher() -> None:
    cut = Hints(table=True, whole=False)
    for body in (zipped({"a.csv": LATIN * 50})[:90], b'{"data": [{"a": 1}, {"a"', b"<rows><row><a>1</a>"):
        assert read(body, cut, AS_OF).fault == "limit"
    assert rows_of(read(LATIN.encode()[:-4], cut, AS_OF)) == (3, 2)


def test_limits_are_the_design_s() -> None:
    assert (packages.MAX_INFLATED, packages.MAX_RATIO, packages.MAX_MEMBERS) == (200 << 20, 200, 1000)
