"""A body, read: its kind, its encoding and, where it holds one, its table. Pure; judges nothing.

What may cost much memory or time is asked of the child process instead (`checks.datasets.sandbox`).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from checks.datasets.files import packages
from checks.datasets.files.columns import reaching
from checks.datasets.files.dialect import is_table
from checks.datasets.files.fingerprint import in_part
from checks.datasets.files.json_rows import Malformed, Records, json_records, jsonl_records
from checks.datasets.files.messages import LONGEST, is_message
from checks.datasets.files.pdf import holds_characters
from checks.datasets.files.separated import Source, blocks, rows
from checks.datasets.files.sniff import Hints, Sniffed, sniff
from checks.datasets.files.table import Table, joined, profile, profile_text
from checks.datasets.files.xml_rows import xml_records

if TYPE_CHECKING:
    from checks.datasets.files.sheets import Book

MAX_BODY = 100 << 20  # Bytes of a body that is read. Larger is a limit of ours, for memory.

_OF_ROWS = (".csv", ".tsv", ".xls", ".xlsx", ".xlsb")

Fault = Literal["limit", "damaged", "malformed", "error"]

_LINKED = re.compile(rb"owl:sameAs|owl#sameAs|rdfs:seeAlso|skos:exactMatch|void:linkPredicate")
_SCHEMA = re.compile(rb'xsi:schemaLocation|xsi:noNamespaceSchemaLocation|"\$schema"|"@context"')
_STATEMENT = re.compile(
    rb"^(?![ \t]*+(?:@prefix|@base|prefix|base)\b).*\.[ \t\r]*+$", re.MULTILINE | re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Content:
    """What a body holds.

    kind: a key of `sniff.FAMILIES`. package: kind of the archive it came in, None when it came bare;
    member: its name there. codec, declared: of a text. encoding_fault: why the text is lost.
    delimiter: of CSV. table: None when there is none to read. rows: known without a table (Parquet, RDF).
    fault: limit (ours), damaged (nobody can open it), malformed (its syntax is broken), error (it says
    that something went wrong); detail: which. schema, linked: what earns the fourth and fifth star. notes: what
    is to be said of it and decides nothing: hidden_sheets, hidden_rows, no_formulas (a sheet computes its cells),
    scanned (a PDF without characters).
    """

    kind: str
    package: str | None = None
    member: str | None = None
    codec: str | None = None
    declared: bool = True
    encoding_fault: str | None = None
    delimiter: str | None = None
    table: Table | None = None
    rows: int | None = None
    fault: Fault | None = None
    detail: str = ""
    schema: bool = False
    linked: bool = False
    notes: tuple[str, ...] = ()

    @property
    def is_page(self) -> bool:
        """A web page, and no table that was saved as one."""
        return self.kind == "html" and self.package is None and self.table is None


def read(body: bytes, hints: Hints, as_of: dt.date) -> Content:
    """Reads a body through, packages to depth one. Never raises for what is in it."""
    if len(body) > MAX_BODY:
        return Content("binary", fault="limit", detail="size")
    try:
        sniffed = sniff(body, hints)
        package = sniffed.family == "package"
        content = (_unpacked if package else _of_kind)(sniffed, body, hints, as_of)
    except packages.TooMuch as error:
        return Content("zip" if body.startswith(b"PK") else "binary", fault="limit", detail=str(error))
    if not hints.whole and content.fault is None and _holds_nothing(content):
        return replace(content, fault="limit", detail="truncated")  # what is missing may be what was there
    return content


def _holds_nothing(content: Content) -> bool:
    rows = content.table.rows if content.table is not None else content.rows
    return (
        rows == 0 or content.kind in ("empty", "undecodable", "binary") or content.encoding_fault is not None
    )


def _unpacked(sniffed: Sniffed, body: bytes, hints: Hints, as_of: dt.date) -> Content:
    kind = sniffed.kind
    try:
        if kind == "zip":
            members = packages.members(body)
            if not members:
                return Content("empty", package=kind)
        else:
            members = [packages.Member("", packages.inflate(body, kind))]
    except packages.Damaged as error:
        if not hints.whole:
            return Content(kind, fault="limit", detail="truncated")
        return Content(kind, fault="damaged", detail=str(error))
    except packages.TooMuch as error:
        return Content(kind, fault="limit", detail=str(error))
    read_in = [_member(kind, member, hints, as_of) for member in members]
    best = read_in[0]
    tables = [content.table for content in read_in if content.table is not None]
    if best.table is None:
        return best
    # A year a file: how new the data is, all of them say.
    whole = joined(tables)
    dates = whole.dates
    if kind == "zip":
        names, more = packages.unread(body, [member.name for member in members])
        dates = reaching(dates, names, as_of)
        dates = replace(dates, reach=as_of) if more else dates
        if len(names) > len(members):
            whole = replace(whole, fingerprint=in_part(whole.fingerprint))
    return replace(best, table=replace(best.table, dates=dates, fingerprint=whole.fingerprint))


def _member(package: str, member: packages.Member, hints: Hints, as_of: dt.date) -> Content:
    # The header speaks of the package, not of what is in it.
    lower = member.name.lower()
    table = hints.table or lower.endswith((".csv", ".tsv", ".txt"))
    hints = replace(hints, content_type=None, table=table, sheet=hints.sheet or lower.endswith(_OF_ROWS))
    name = member.name[:200] or None
    try:
        sniffed = sniff(member.body, hints)
    except packages.TooMuch as error:
        return Content("zip", package=package, member=name, fault="limit", detail=str(error))
    if sniffed.family == "package":
        return Content(package, package=package, member=name, fault="limit", detail="depth")
    return replace(_of_kind(sniffed, member.body, hints, as_of), package=package, member=name)


def _of_kind(sniffed: Sniffed, body: bytes, hints: Hints, as_of: dt.date) -> Content:
    kind = sniffed.kind
    base = Content(kind)
    if kind in ("csv", "text") and _is_message(sniffed, body):
        if sniffed.dialect is not None and is_table(sniffed.dialect):
            # «خطای انسانی,5» may be a row of a small table as well.
            return Content("text", fault="limit", detail="message")
        return Content("text", fault="error", detail="text")
    if sniffed.encoding is not None:
        encoding = sniffed.encoding
        base = Content(kind, codec=encoding.codec, declared=encoding.declared, encoding_fault=encoding.fault)
    try:
        match kind:
            case "csv":
                return _separated(base, sniffed, body, hints, as_of)
            case "json" | "jsonl" | "geojson" | "jsonld" | "xml" | "rdf" | "xmlss":
                return _structured(base, sniffed, body, as_of)
            case "turtle":
                statements = len(_STATEMENT.findall(body))
                return replace(base, rows=statements, schema=True, linked=bool(_LINKED.search(body)))
            case "xlsx" | "xlsb" | "xls" | "ods":
                return _sheet(base, body, as_of)
            case "html" if hints.sheet:
                return _page(base, sniffed, body, as_of)
            case "parquet":
                from checks.datasets.files.sheets import parquet_rows

                return replace(base, rows=parquet_rows(body)[0])
            case "pdf" if hints.whole and holds_characters(body) is False:
                return replace(base, notes=("scanned",))
            case "shapefile":
                return replace(base, rows=packages.shapefile_rows(body))
            case "dbf":
                return replace(base, rows=packages.dbf_rows(body))
            case "brokenzip":
                raise packages.Damaged("directory")
    except packages.TooMuch as error:
        return replace(base, fault="limit", detail=str(error))
    except packages.Damaged as error:
        return replace(base, fault="damaged" if hints.whole else "limit", detail=str(error))
    except Malformed as error:
        return replace(base, fault="malformed" if hints.whole else "limit", detail=str(error))
    return base


def _is_message(sniffed: Sniffed, body: bytes) -> bool:
    """A line or two that say that something went wrong, whatever their name."""
    if len(body) > 4 * LONGEST or sniffed.encoding is None:
        return False
    text = body.decode(sniffed.encoding.codec, "replace").strip()
    return len(text.splitlines()) <= 3 and is_message(text)


def _separated(base: Content, sniffed: Sniffed, body: bytes, hints: Hints, as_of: dt.date) -> Content:
    assert sniffed.encoding is not None and sniffed.dialect is not None
    mark, quote = sniffed.dialect.delimiter, sniffed.dialect.quote
    as_written, spelled = (
        Source(body, sniffed.encoding.codec, sniffed.encoding.skip, spell=spell, whole=sniffed.encoding.sound)
        for spell in (False, True)
    )
    if sniffed.dialect.named:
        for source in (as_written, spelled):
            next(source.lines())
    table = profile_text(
        rows(as_written, mark, whole=hints.whole, quote=quote),
        blocks(spelled, mark, whole=hints.whole, quote=quote),
        as_of,
    )
    return replace(base, delimiter=mark, table=table)


def _structured(base: Content, sniffed: Sniffed, body: bytes, as_of: dt.date) -> Content:
    kind = sniffed.kind
    assert sniffed.encoding is not None
    records: Records
    if kind in ("xml", "rdf", "xmlss"):
        records = xml_records(body)
    else:
        text = body[sniffed.encoding.skip :].decode(sniffed.encoding.codec, "replace")
        records = jsonl_records(text) if kind == "jsonl" else json_records(text)
    if records.error:
        return replace(base, fault="error", detail=kind)
    named = kind != "xmlss" and records.named
    table = profile(records.rows, as_of, named=named, padded=True)
    if records.beside and kind != "xmlss":
        table = replace(table, fingerprint=in_part(table.fingerprint))
        if records.beside == "records" and table.dates.newest is not None:  # they may be newer
            table = replace(table, dates=replace(table.dates, reach=as_of))
    return replace(
        base,
        # XML names its own character set; JSON is UTF-8 by its standard.
        declared=base.declared or kind in ("xml", "rdf", "xmlss"),
        table=table,
        schema=kind in ("rdf", "jsonld") or bool(_SCHEMA.search(body[:4096])),
        linked=kind in ("rdf", "jsonld") and bool(_LINKED.search(body)),
    )


def _sheet(base: Content, body: bytes, as_of: dt.date) -> Content:
    # Imported where it is used: the parent process never reads a spreadsheet itself.
    from checks.datasets.files.sheets import sheets_of

    return _book(base, sheets_of(body, base.kind), as_of)


def _page(base: Content, sniffed: Sniffed, body: bytes, as_of: dt.date) -> Content:
    # Imported where it is used, for the same reason.
    from checks.datasets.files.html_rows import names_other_files, sheets_of_page

    assert sniffed.encoding is not None
    text = body[sniffed.encoding.skip :].decode(sniffed.encoding.codec, "replace")
    book = sheets_of_page(text)
    if not book.sheets:
        return replace(base, detail="linked_file" if names_other_files(text) else "")
    return _book(base, book, as_of)


def _book(base: Content, book: Book, as_of: dt.date) -> Content:
    tables: list[tuple[Table, str]] = []
    base = replace(base, notes=book.notes)
    for sheet in book.sheets:
        table = profile(sheet.rows, as_of, named=sheet.named, padded=True)
        if sheet.merged:
            table = replace(table, flags=tuple(sorted({*table.flags, "merged_cells"})))
        tables.append((table, sheet.name[:80]))
    if not tables:
        return replace(base, rows=0)
    whole = joined([table for table, _ in tables])
    names = [*(name for _, name in tables), *book.beside]
    whole = replace(whole, dates=reaching(whole.dates, names, as_of))
    name = next(name for table, name in tables if table.rows * table.columns == whole.rows * whole.columns)
    return replace(base, table=whole, member=name or None)
