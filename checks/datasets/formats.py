"""Format names as agencies declare them, and what they promise. Not here: what a body really is (`sniff`)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from checks.datasets.files.sniff import FAMILIES
from checks.page.wordlist import table
from claims.persian import fold
from web.urls import path

# Kinds that keep a promise, by the word in the claim. A word that is not here promises nothing.
_EXCEL = frozenset({"xlsx", "xlsb", "xls", "xmlss"})
_CSV = frozenset({"csv"})
_JSON = frozenset({"json", "jsonl", "geojson", "jsonld"})
_XML = frozenset({"xml", "rdf", "xmlss", "svg"})
_RDF = frozenset({"rdf", "turtle", "jsonld"})
_PACKED = frozenset(
    {"zip", "gzip", "bz2", "xz", "rar", "7z", "tar", "zstd", "lz4", "cab", "xlsx", "ods", "docx", "shapefile"}
)
_PICTURE = frozenset(kind for kind in "png jpeg gif bmp tiff geotiff webp svg".split())

WORDS: dict[str, frozenset[str]] = {
    **dict.fromkeys("csv tsv tab txt text psv delimited separated".split(), _CSV),
    **dict.fromkeys("excel xls xlsx xlsm xlsb spreadsheetml spreadsheet".split(), _EXCEL),
    **dict.fromkeys("ods opendocument calc".split(), frozenset({"ods"})),
    **dict.fromkeys("json topojson".split(), _JSON),
    **dict.fromkeys("jsonl ndjson".split(), frozenset({"jsonl", "json"})),
    **dict.fromkeys("geojson".split(), frozenset({"geojson", "json"})),
    **dict.fromkeys("xml kml gml gpx rss atom sdmx wfs wms".split(), _XML),
    **dict.fromkeys("rdf turtle ttl n3 nt jsonld".split(), _RDF | {"xml"}),
    **dict.fromkeys("parquet".split(), frozenset({"parquet"})),
    **dict.fromkeys("shp shapefile".split(), frozenset({"shapefile"})),
    **dict.fromkeys("zip rar gz gzip 7z tar".split(), _PACKED),
    **dict.fromkeys(["pdf"], frozenset({"pdf"})),
    **dict.fromkeys("doc docx word odt rtf".split(), frozenset({"doc", "docx", "odt", "rtf"})),
    **dict.fromkeys("ppt pptx powerpoint".split(), frozenset({"ppt", "pptx", "odp"})),
    **dict.fromkeys("png jpg jpeg gif bmp tif tiff webp image".split(), _PICTURE),
    **dict.fromkeys("geotiff".split(), frozenset({"geotiff", "tiff"})),
    **dict.fromkeys("mdb accdb access".split(), frozenset({"mdb"})),
    **dict.fromkeys("sqlite gpkg geopackage".split(), frozenset({"sqlite"})),
    **dict.fromkeys("dbf dbase".split(), frozenset({"dbf", "shapefile"})),
    **dict.fromkeys("spss sav por".split(), frozenset({"sav", "por"})),
    **dict.fromkeys("stata dta".split(), frozenset({"dta"})),
    **dict.fromkeys("netcdf hdf hdf5".split(), frozenset({"netcdf", "hdf5"})),
    **dict.fromkeys("arrow feather".split(), frozenset({"arrow"})),
    **dict.fromkeys("avro".split(), frozenset({"avro"})),
    **dict.fromkeys("orc".split(), frozenset({"orc"})),
}
_NAMES = {
    fold(name): WORDS[word]
    for word, names in table("datasets/words.toml")["format_names"].items()
    for name in names
}
_KINDS = {**WORDS, **_NAMES}
_TOKEN = re.compile(r"[^\W_]+")
_MEDIA = {
    "ms-excel": _EXCEL,
    "spreadsheetml.sheet": _EXCEL,
    "opendocument.spreadsheet": frozenset({"ods"}),
    "comma-separated-values": _CSV,
}

DATA_EXTENSIONS = frozenset(
    "csv tsv tab xls xlsx xlsm xlsb ods json jsonl ndjson geojson xml rdf ttl nt n3 jsonld parquet kml kmz gml gpx shp"
    " zip gz 7z rar tar tgz bz2 xz zst mdb accdb sqlite gpkg dbf sav dta nc h5 avro orc feather".split()
)
DOCUMENT_EXTENSIONS = frozenset("pdf doc docx odt rtf ppt pptx txt".split())
FILE_EXTENSIONS = DATA_EXTENSIONS | DOCUMENT_EXTENSIONS
_TABLE_EXTENSIONS = frozenset("csv tsv tab psv".split())
_SHEET_EXTENSIONS = frozenset("xls xlsx xlsm xlsb".split())
_TABLE_TYPES = ("text/csv", "text/tab-separated-values", "application/csv", "text/comma-separated-values")
_ATTACHED = re.compile(r"\.(?:xls[xmb]?|csv|tsv)(?![a-z])", re.IGNORECASE)


def promised(declared: str | None) -> frozenset[str]:
    """Kinds that would keep the declared format; empty when it promises nothing that we know."""
    folded = fold(declared or "")
    for name, kinds in _MEDIA.items():
        if name in folded:
            return kinds
    found: frozenset[str] = frozenset()
    for token in _TOKEN.findall(folded):
        found |= _KINDS.get(token, frozenset())
    return found


def extension(url: str) -> str:
    """The extension of a URL's path, lower case; "" when it has none."""
    name = path(url).rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""


def promises_text_table(declared: str | None, url: str, content_type: str | None) -> bool:
    """Whether anything said that lines of fields are to come."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    return "csv" in promised(declared) or extension(url) in _TABLE_EXTENSIONS or kind in _TABLE_TYPES


def called_rows(urls: Iterable[str], content_type: str | None, disposition: str | None) -> bool:
    """Whether a name or a header calls an answer a workbook or a table: pages of HTML are saved so."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    attached = disposition or ""
    return (
        any(extension(url) in _TABLE_EXTENSIONS | _SHEET_EXTENSIONS for url in urls)
        or kind in _TABLE_TYPES
        or "excel" in kind
        or "spreadsheet" in kind
        or ("attachment" in attached.lower() and _ATTACHED.search(attached[:1000]) is not None)
    )


def keeps(kinds: frozenset[str], kind: str, package: str | None) -> bool:
    """Whether a body of this kind (in this package) keeps the promise."""
    return not kinds or kind in kinds or (package is not None and package in kinds)


assert all(kind in FAMILIES for kinds in WORDS.values() for kind in kinds)
