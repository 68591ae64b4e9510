"""Datasets of a graph: DCAT and schema.org, whatever the syntax they were written in. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from checks.datasets.catalogues import terms
from checks.datasets.catalogues.entry import Entry, File, day_of, format_of, size_of, text_of, web_url, whole
from checks.datasets.catalogues.graph import TYPE, Graph, Literal, Term
from checks.datasets.catalogues.terms import DCAT, DCT, FOAF, HYDRA, RDFS, SCHEMA, SKOS
from web.urls import identity

_DATASETS = frozenset({DCAT + "Dataset", DCAT + "DatasetSeries", SCHEMA + "Dataset"})
_CATALOGUES = frozenset({DCAT + "Catalog", SCHEMA + "DataCatalog"})

_TITLE = (DCT + "title", SCHEMA + "name", RDFS + "label", "http://purl.org/dc/elements/1.1/title")
_DESCRIPTION = (DCT + "description", SCHEMA + "description")
_LICENCE = (DCT + "license", SCHEMA + "license", DCT + "rights")
_PERIOD = (DCT + "accrualPeriodicity", SCHEMA + "repeatFrequency")
_MODIFIED = (DCT + "modified", SCHEMA + "dateModified")
_ISSUED = (DCT + "issued", SCHEMA + "datePublished")
_PAGE = (DCAT + "landingPage", SCHEMA + "url", FOAF + "page")
_FILES = (DCAT + "distribution", SCHEMA + "distribution")
_ADDRESS = (DCAT + "downloadURL", SCHEMA + "contentUrl", DCAT + "accessURL")
_FORMAT = (DCT + "format", SCHEMA + "encodingFormat", SCHEMA + "fileFormat", DCAT + "mediaType")
_SIZE = (DCAT + "byteSize", SCHEMA + "contentSize")
_IDENTIFIER = (DCT + "identifier", SCHEMA + "identifier")
_WORDS = (RDFS + "label", SKOS + "prefLabel", terms.RDF_VALUE, SCHEMA + "name", FOAF + "name", DCT + "title")
_LISTED = (DCAT + "dataset", SCHEMA + "dataset")
_CATALOGUE_OF = (DCAT + "catalog", DCT + "hasPart", RDFS + "seeAlso")
_NEXT = (HYDRA + "next", HYDRA + "nextPage")
_TOTAL = (HYDRA + "totalItems",)

# What is kept of a graph; the rest of it, such as keywords and places, is read over.
KEPT = frozenset(
    (TYPE, *_TITLE, *_DESCRIPTION, *_LICENCE, *_PERIOD, *_MODIFIED, *_ISSUED, *_PAGE, *_FILES,
     *_ADDRESS, *_FORMAT, *_SIZE, *_IDENTIFIER, *_WORDS, *_LISTED, *_CATALOGUE_OF, *_NEXT, *_TOTAL)
)  # fmt: skip
MOST_NESTED = 24  # Catalogues that one names. Later ones are not asked, as of those that pages name. By hand.
# As rank of a text: Persian, then without a language, then English, then any other.
_LANGUAGES = {"fa": 0, "fa-ir": 0, "": 1, "en": 2}


def entries_of(graph: Graph, base: str) -> Iterator[Entry]:
    """Every dataset of the graph, in order of appearance: what is one by its type or as what a catalogue calls its own.

    base: where the document was.
    """
    listed = _listed(graph)
    return (
        _entry(graph, subject, base)
        for subject in list(graph.statements)
        if (
            (kinds := {kind for kind in graph.of(subject, TYPE) if isinstance(kind, str)}) & _DATASETS
            or (subject in listed and not kinds)
        )
        and not kinds & _CATALOGUES
    )


def _listed(graph: Graph) -> set[str]:
    """What catalogues call their datasets, told of or only named."""
    return {
        value
        for subject in graph.statements
        for value in graph.of(subject, *_LISTED)
        if isinstance(value, str)
    }


def names_catalogue(graph: Graph) -> bool:
    """Whether it holds a catalogue, and not only datasets."""
    return any(kind in _CATALOGUES for subject in graph.statements for kind in graph.of(subject, TYPE))


def nested_in(graph: Graph, base: str) -> tuple[str, ...]:
    """Addresses of further catalogues that a catalogue names, and does not tell of itself."""
    found: dict[str, None] = {}
    for subject in graph.statements:
        if not any(kind in _CATALOGUES for kind in graph.of(subject, TYPE)):
            continue
        for value in graph.of(subject, *_CATALOGUE_OF):
            name = value.text if isinstance(value, Literal) else value
            if name.startswith("_:") or graph.of(name, *_LISTED):
                continue
            if (url := web_url(base, name)) is not None and len(found) < MOST_NESTED:
                found.setdefault(url)
    return tuple(url for url in found if identity(url) != identity(base))


def paging_of(graph: Graph, base: str) -> tuple[str | None, int | None]:
    """(address of the next page, how many there are in all) as the document says; None for what it does not."""
    following: str | None = None
    total: int | None = len(_listed(graph)) or None
    for subject in graph.statements:
        for value in graph.of(subject, *_NEXT):
            text = value.text if isinstance(value, Literal) else value
            following = following or web_url(base, text)
        for value in graph.of(subject, *_TOTAL):
            size = size_of(value.text if isinstance(value, Literal) else value)
            total = max(size or 0, total or 0) or None
    return following, total


def _entry(graph: Graph, subject: str, base: str) -> Entry:
    named = not subject.startswith("_:")
    page = _address(graph, subject, base, _PAGE) or (web_url(base, subject) if named else None)
    files: list[File] = []
    refused = 0
    for node in graph.of(subject, *_FILES):
        address = _address(graph, node, base, _ADDRESS) if isinstance(node, str) else web_url(base, node.text)
        if (
            address is None
            and isinstance(node, str)
            and not node.startswith("_:")
            and node not in graph.statements
        ):
            address = web_url(base, node)  # the distribution is the file itself, by its address
        if address is not None:
            files.append(_file(graph, node, address) if isinstance(node, str) else File(address))
        elif isinstance(node, Literal) or graph.of(node, *_ADDRESS):
            refused += 1
    licences = [_word(graph, value) for value in graph.of(subject, *_LICENCE)]
    if not any(licences):
        nodes = [node for node in graph.of(subject, *_FILES) if isinstance(node, str)]
        licences = [_word(graph, value) for node in nodes for value in graph.of(node, *_LICENCE)]
    entry = Entry(
        id=_text(graph, subject, _IDENTIFIER) or (subject[:500] if named else _text(graph, subject, _TITLE)),
        title=_text(graph, subject, _TITLE),
        description=_text(graph, subject, _DESCRIPTION),
        licence=next((licence for licence in licences if licence), ""),
        period=next((word for value in graph.of(subject, *_PERIOD) if (word := _word(graph, value))), ""),
        modified=_day(graph, subject, _MODIFIED),
        issued=_day(graph, subject, _ISSUED),
        page=page,
    )
    return whole(entry, files, refused)


def _file(graph: Graph, node: str, address: str) -> File:
    # a format with an address of its own is described where the catalogue says more of it than the address
    values = (
        (isinstance(value, str) and _text(graph, value, _WORDS)) or _word(graph, value)
        for value in graph.of(node, *_FORMAT)
    )
    sizes = (size_of(value.text) for value in graph.of(node, *_SIZE) if isinstance(value, Literal))
    return File(
        address,
        _text(graph, node, _TITLE),
        format_of(*values),
        next((size for size in sizes if size is not None), None),
        _day(graph, node, _MODIFIED),
    )


def _address(graph: Graph, node: str, base: str, predicates: tuple[str, ...]) -> str | None:
    """The first value that is an address of the web, written as one or as a text."""
    for predicate in predicates:
        found = sorted(
            address
            for value in graph.of(node, predicate)
            if (address := web_url(base, value.text if isinstance(value, Literal) else value))
        )
        if found:
            return found[0]
    return None


def _text(graph: Graph, node: str, predicates: tuple[str, ...]) -> str:
    """The text in the reader's language; of several the first by letter, so that no order of theirs counts."""
    for predicate in predicates:
        texts = [value for value in graph.of(node, predicate) if isinstance(value, Literal)]
        ranked = sorted((_LANGUAGES.get(v.language, 3), text) for v in texts if (text := text_of(v.text)))
        if ranked:
            return ranked[0][1]
    return ""


def _word(graph: Graph, value: Term) -> str:
    """What a value says: its text, the label of the node it names, or the address it is."""
    if isinstance(value, Literal):
        return text_of(value.text)
    if value.startswith("_:"):
        return _text(graph, value, _WORDS)
    return text_of(value, 300)


def _day(graph: Graph, node: str, predicates: tuple[str, ...]) -> dt.date | None:
    days = (day_of(value.text) for value in graph.of(node, *predicates) if isinstance(value, Literal))
    return max((day for day in days if day is not None), default=None)
