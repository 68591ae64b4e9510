"""What a document lists, in the short form that the crawl needs to request the datasets: `listing_of`."""

from __future__ import annotations

from collections.abc import Sequence

from checks.datasets import formats
from checks.datasets.catalogues.entry import Entry
from checks.datasets.catalogues.pages import records_of
from checks.datasets.catalogues.reading import read
from claims.confined import HERE_SECONDS
from evidence.cpu_limit import within
from web.catalogue_answers import action_of, syntax_of
from web.document import Document, looks_like_html
from web.listed_datasets import MOST_FILES, ListedDataset, Listing
from web.urls import host

# Bytes. Longer RDF takes more than a second, and the crawl stands still meanwhile; its datasets are counted and not requested.
_LONGEST_RDF = 4_000_000
# Bytes. More is no page of an API, which is all that a crawl reads of one (`web.catalogue_answers`).
_LONGEST_JSON = 8 << 20
_NO_FILE, _OTHER = "page", "other"


def listing_of(body: bytes, url: str, content_type: str | None) -> Listing:
    """A `web.listed_datasets.ListingReader`: of a catalogue, or of the records in a page."""
    found = within(HERE_SECONDS, lambda: _listing(body, url, content_type))
    return found if found is not None else Listing()


def _listing(body: bytes, url: str, content_type: str | None) -> Listing:
    if looks_like_html(body, content_type):
        if b"ld+json" not in body or b"Dataset" not in body:
            return Listing()
        return Listing(_listed(list(records_of(Document(body, url, content_type))), "schema_org", url))
    if is_too_long(body, url, content_type):
        return Listing()
    reading = read(body, url, content_type)
    return Listing(_listed(reading.entries, reading.standard or "", url), reading.total, reading.nested)


def is_too_long(body: bytes, url: str, content_type: str | None) -> bool:
    """Whether the crawl leaves a catalogue unread."""
    is_json = action_of(url) is not None or syntax_of(body, content_type) == "json"
    return len(body) > (_LONGEST_JSON if is_json else _LONGEST_RDF)


def _listed(entries: Sequence[Entry], kind: str, url: str) -> tuple[ListedDataset, ...]:
    found = (listed_dataset(entry, kind, url) for entry in entries)
    return tuple(one for one in found if one is not None)


def listed_dataset(entry: Entry, kind: str, url: str) -> ListedDataset | None:
    """None where there is nothing to request. kind: of its source. url: where the document was."""
    urls = urls_of(entry)
    return ListedDataset(key_of(entry, url), stratum_of(entry, kind), urls, entry.page) if urls else None


def key_of(entry: Entry, url: str) -> str:
    """What a dataset is known by from round to round: the name that the catalogue at this address gives it."""
    return f"{host(url)} {entry.id}"


def stratum_of(entry: Entry, kind: str) -> str:
    """Kind of catalogue and format of the first file; formats that we do not know are one, and so are the records of DCAT."""
    return f"{'dcat' if kind == 'record' else kind} {_format(entry)}"


def urls_of(entry: Entry) -> tuple[str, ...]:
    """Addresses that are requested for it: those of its files, or else of its page."""
    files = tuple(file.url for file in entry.files[:MOST_FILES])
    return files or ((entry.page,) if entry.page else ())


def _format(entry: Entry) -> str:
    if not entry.files:
        return _NO_FILE
    told = formats.extension(entry.files[0].url)
    if told not in formats.FILE_EXTENSIONS:
        told = (entry.files[0].format or "").lower()
    return told if told in formats.FILE_EXTENSIONS else _OTHER
