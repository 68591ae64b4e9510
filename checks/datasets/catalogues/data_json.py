"""Datasets of a `data.json` as DCAT-US (Project Open Data 1.1) has it: plain JSON, whose context needs no reading. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checks.datasets.catalogues.entry import Entry, File, day_of, format_of, size_of, text_of, web_url, whole

_ELSEWHERE = frozenset({"@graph", "catalog", "datasetSeries", "service"})


def is_data_json(document: Any) -> bool:
    """Whether it is one, whatever it says of itself: a list of datasets with titles, under the key `dataset`.

    What stands among them and is none makes it malformed, and no other thing. One of DCAT-US 3.0 that has further datasets, in
    catalogues, series and services, is read as the JSON-LD that it is; so is one in the words of DCAT-AP, where a catalogue is a
    `Catalogue`.
    """
    listed = document.get("dataset") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        return False
    records = sum(isinstance(item, dict) for item in listed)
    elsewhere = not _ELSEWHERE.isdisjoint(document) or document.get("@type") == "Catalogue"
    return not elsewhere and 2 * records >= len(listed)


def is_sound(document: dict[str, Any]) -> bool:
    """Whether all that it lists are datasets."""
    return all(isinstance(item, dict) for item in document["dataset"])


def entries_of(document: dict[str, Any], base: str) -> Iterator[Entry]:
    """Datasets in order. base: where the document was."""
    return (_entry(item, base) for item in document["dataset"] if isinstance(item, dict))


def _entry(item: dict[str, Any], base: str) -> Entry:
    files: list[File] = []
    refused = 0
    listed = item.get("distribution")
    for told in listed if isinstance(listed, list) else [listed]:
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
    publisher = item.get("publisher")
    modified, period = item.get("modified"), text_of(item.get("accrualPeriodicity"))
    day = day_of(modified)
    if day is None and isinstance(modified, str) and modified.strip().upper().startswith(("R/", "P")):
        period = period or text_of(modified)  # kept as a rhythm: "R/P1D"
    title = text_of(item.get("title"))
    entry = Entry(
        id=text_of(item.get("identifier")) or title,
        title=title,
        description=text_of(item.get("description")),
        publisher=text_of(publisher.get("name")) if isinstance(publisher, dict) else text_of(publisher),
        licence=text_of(item.get("license")),
        period=period,
        modified=day,
        issued=day_of(item.get("issued")),
        page=web_url(base, item.get("landingPage")),
    )
    return whole(entry, files, refused)
