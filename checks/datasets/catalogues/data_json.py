"""Datasets of a `data.json` as Project Open Data has it, 1.1 (DCAT-US) or the bare list of 1.0: plain JSON, whose context needs no
reading. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checks.datasets.catalogues.entry import Entry, File, day_of, format_of, size_of, text_of, web_url, whole

_ELSEWHERE = frozenset({"@graph", "catalog", "datasetSeries", "service"})
_OF_1_0 = frozenset({"accessURL", "webService", "distribution", "accessLevel"})  # one of them, beside a title
_JSON_LD = frozenset({"@context", "@graph", "@id", "@type"})


def listed_in(document: Any) -> list[Any] | None:
    """What a `data.json` lists: datasets, and what stands among them and is none, which makes it malformed and no other thing.

    None for any other document. One of DCAT-US 3.0 that has further datasets, in catalogues, series and services, is read as the
    JSON-LD that it is; so is one in the words of DCAT-AP, where a catalogue is a `Catalogue`, and a list of nodes.
    """
    if isinstance(document, list):
        records = sum(isinstance(item, dict) and _is_of_1_0(item) for item in document)
        return document if records and 2 * records >= len(document) else None
    listed = document.get("dataset") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        return None
    records = sum(isinstance(item, dict) for item in listed)
    elsewhere = not _ELSEWHERE.isdisjoint(document) or document.get("@type") == "Catalogue"
    return listed if not elsewhere and 2 * records >= len(listed) else None


def entries_of(listed: list[Any], base: str) -> Iterator[Entry]:
    """Datasets in order. base: where the document was."""
    return (_entry(item, base) for item in listed if isinstance(item, dict))


def _is_of_1_0(item: dict[str, Any]) -> bool:
    return "title" in item and not _OF_1_0.isdisjoint(item) and _JSON_LD.isdisjoint(item)


def _entry(item: dict[str, Any], base: str) -> Entry:
    files: list[File] = []
    refused = 0
    listed = item.get("distribution")
    own = {"accessURL": item.get("accessURL"), "format": item.get("format")}  # as in 1.0, with the next
    service = {"accessURL": item.get("webService"), "format": "API"}
    for told in [*(listed if isinstance(listed, list) else [listed]), own, service]:
        if not isinstance(told, dict):
            continue
        given = [told.get("downloadURL"), told.get("accessURL")]
        address = next((url for value in given if (url := web_url(base, value))), None)
        if address is None:
            refused += any(given)
        else:
            kind = format_of(told.get("format"), told.get("mediaType"))
            files.append(
                File(
                    address,
                    text_of(told.get("title")),
                    kind,
                    size_of(told.get("byteSize")),
                    day_of(told.get("modified")),
                )
            )
    modified, period = item.get("modified"), text_of(item.get("accrualPeriodicity"))
    day = day_of(modified)
    if day is None and isinstance(modified, str) and modified.strip().upper().startswith(("R/", "P")):
        period = period or text_of(modified)  # kept as a rhythm: "R/P1D"
    title = text_of(item.get("title"))
    entry = Entry(
        id=text_of(item.get("identifier")) or title,
        title=title,
        description=text_of(item.get("description")),
        licence=text_of(item.get("license")),
        period=period,
        modified=day,
        issued=day_of(item.get("issued")),
        page=web_url(base, item.get("landingPage")),
    )
    return whole(entry, files, refused)
