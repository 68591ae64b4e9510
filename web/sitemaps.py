"""What a site map lists: sitemaps.org files, their indexes, RSS and Atom, plain lists; gzipped or not."""

from __future__ import annotations

import codecs
import html
import re
import zlib
from collections.abc import Iterator

MOST_ENTRIES = 50_000  # of one file: the limit of sitemaps.org
MOST_OF_AGENCY = (
    200_000  # entries of all its site maps together that are looked at; real portals have a tenth
)
_UNFOLDED = 50_000_000  # bytes of one file: the limit of sitemaps.org, 50 MB
# They take nothing back that they took (`*+`) and stop at the next element: a file that is never closed is read once.
_LOC = re.compile(
    r"<(?:\w+:)?loc\b[^<>]*+>\s*+(?:<!\[CDATA\[)?+([^<\]]++)(?:\]\]>)?+\s*+</(?:\w+:)?loc>", re.IGNORECASE
)
_RSS = re.compile(
    r"<link\b[^<>]*+>\s*+(?:<!\[CDATA\[)?+\s*+(https?://[^<\]\s]++)\s*+(?:\]\]>)?+\s*+</link>", re.IGNORECASE
)
_ATOM = re.compile(r"<link\b([^<>]*+)>", re.IGNORECASE)
_ADDRESS = re.compile(r"""\bhref=["'](https?://[^"']++)["']""", re.IGNORECASE)


def sitemap_entries(body: bytes) -> tuple[str, ...]:
    """Every address that a site map, its index or a feed lists, as written."""
    if body.startswith(b"\x1f\x8b"):
        try:
            body = zlib.decompressobj(31).decompress(body, _UNFOLDED)
        except zlib.error:
            return ()
    wide = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = body[:_UNFOLDED].decode("utf-16" if wide else "utf-8-sig", "replace")
    if "<" not in text:
        lines = (line.strip() for line in text.splitlines())
        return tuple(line for line in lines if line.startswith(("http://", "https://")))[:MOST_ENTRIES]
    if "<html" in text[:2000].lower():
        return ()
    found = _LOC.findall(text) or [*_RSS.findall(text), *_of_atom(text)]
    stripped = (entry.strip() for entry in found)
    return tuple(html.unescape(entry) for entry in stripped if entry)[:MOST_ENTRIES]


def _of_atom(text: str) -> Iterator[str]:
    for element in _ATOM.finditer(text):
        if (address := _ADDRESS.search(element[1])) is not None:
            yield address[1]
