"""A body, read as a catalogue: whose syntax it is, and the datasets that it lists. Pure, and bounded in every way.

What is large is read in a child process (`checks.datasets.catalogues.sandbox`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from checks.datasets.catalogues import ckan, data_json, dcat
from checks.datasets.catalogues.entry import Entry
from checks.datasets.catalogues.graph import Graph, Malformed, TooMuch
from checks.datasets.catalogues.json_ld import read_json_ld
from checks.datasets.catalogues.rdf_xml import read_rdf_xml
from checks.datasets.catalogues.turtle import read_turtle
from web.catalogue_answers import CkanRequest, action_answer, action_of, parsed, syntax_of
from web.charset import decode

Standard = Literal["ckan", "dcat", "data_json"]
Fault = Literal["", "none", "refused", "malformed", "limit"]

# Data sets kept of one body. The total still counts all; the list says that it was cut.
MOST_ENTRIES = 20_000
# Characters of all entries of a body. Past them reading ends as cut, for memory. By hand.
MOST_CHARACTERS = 24_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What a body holds.

    standard: None when it is no catalogue (fault "none"). fault: "refused" (an API that says no), "malformed" (its
    syntax breaks; what came before stands), "limit" (of ours; the same), "" for none. total: datasets that it says
    there are in all. following: address of the next page. names: what a list names without telling of it.
    catalogue: it says that it is one, and not only the record of a dataset. nested: addresses of catalogues that it names.
    """

    standard: Standard | None
    entries: tuple[Entry, ...] = ()
    fault: Fault = ""
    detail: str = ""
    total: int | None = None
    following: str | None = None
    names: tuple[str, ...] = ()
    catalogue: bool = True
    nested: tuple[str, ...] = ()


NOTHING = Reading(None, fault="none")


def read(body: bytes, url: str, content_type: str | None) -> Reading:
    """Reads an answer that came from `url`. Never raises for what is in it."""
    action = action_of(url)
    if action is not None:
        return _action(body, action)
    syntax = syntax_of(body, content_type)
    if syntax is None:
        return NOTHING
    if syntax == "json":
        document = parsed(body)
        if document is None:
            return Reading(
                "dcat" if b"@context" in body[:4096] else "data_json", fault="malformed", detail="json"
            )
        listed = data_json.listed_in(document)
        if listed is None:
            return read_document(document, url)
        entries = data_json.entries_of(listed, url)
        if all(isinstance(item, dict) for item in listed):
            return _bounded("data_json", entries)
        return _bounded("data_json", entries, "malformed", "json")
    graph = Graph(dcat.KEPT)
    fault: Fault = ""
    detail = ""
    try:
        if syntax == "turtle":
            read_turtle(decode(body, content_type)[0], url, graph)
        else:
            read_rdf_xml(body, url, graph)
    except Malformed as error:
        fault, detail = "malformed", str(error)[:100]
    except TooMuch as error:
        fault, detail = "limit", str(error)
    return _graph(graph, url, fault, detail)


def read_document(document: Any, url: str) -> Reading:
    """As `read`, of JSON-LD that is parsed already, as a script of a page has it."""
    graph = Graph(dcat.KEPT)
    fault: Fault = ""
    detail = ""
    try:
        read_json_ld(document, url, graph)
    except TooMuch as error:
        fault, detail = "limit", str(error)
    if not graph.statements and not fault:
        return NOTHING
    return _graph(graph, url, fault, detail)


def _graph(graph: Graph, url: str, fault: Fault, detail: str) -> Reading:
    following, total = dcat.paging_of(graph, url)
    reading = _bounded("dcat", dcat.entries_of(graph, url), fault, detail, total, following)
    return replace(reading, catalogue=dcat.names_catalogue(graph), nested=dcat.nested_in(graph, url))


def _action(body: bytes, action: CkanRequest) -> Reading:
    answer = action_answer(body)
    if answer is None:
        return NOTHING
    if not answer.success:
        return Reading("ckan", fault="refused", detail=answer.error)
    if action.name == "status_show":
        return Reading("ckan")
    if action.name == "package_list":
        return Reading("ckan", total=len(answer.names), names=answer.names[:MOST_ENTRIES])
    packages = ckan.of_organisation(answer.results, action.organisation)
    total = answer.count if len(packages) == len(answer.results) else None
    return _bounded("ckan", ckan.entries_of(packages, action.base), total=total)


def _bounded(
    standard: Standard,
    entries: Iterable[Entry],
    fault: Fault = "",
    detail: str = "",
    total: int | None = None,
    following: str | None = None,
) -> Reading:
    kept: list[Entry] = []
    characters = 0
    for entry in entries:
        characters += len(entry.description) + sum(len(file.url) for file in entry.files) + 500
        if len(kept) >= MOST_ENTRIES or characters > MOST_CHARACTERS:
            fault, detail = "limit", "datasets"
            break
        kept.append(entry)
    return Reading(standard, tuple(kept), fault, detail, total, following)
