"""The datasets that are judged: those that the agency claims, and those that its own catalogues list and nobody claims.

Of many listed ones a sample is judged, the one that the crawl requested (`web.listed_datasets.ListedDatasets`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from checks.case import Case
from checks.datasets import formats
from checks.datasets.catalogues.declared import Declared, declared_by, declared_of
from checks.datasets.catalogues.entry import Entry
from checks.datasets.catalogues.listed import listed
from checks.datasets.catalogues.listing import is_too_long, key_of, listed_dataset, stratum_of
from checks.datasets.catalogues.merge import Found
from checks.datasets.catalogues.sources import Record, Source
from checks.datasets.obtain import Obtained, obtain
from checks.datasets.offers import Offer
from checks.derivations import once
from claims.model import Dataset
from evidence.kinds.http import HttpFacts
from evidence.records import Capture
from web.listed_datasets import ListedDatasets, draw
from web.urls import host, identity

_LONGEST_ID = 16  # Hexadecimal digits: no two of all agencies of a country are alike. By hand.


@dataclass(frozen=True, slots=True)
class JudgedDataset:
    """said: what catalogues declare of it. marks: what findings observe of a dataset that nobody claims, else empty."""

    dataset: Dataset
    obtained: Obtained
    said: Declared
    marks: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """What the agency's own catalogues list and nobody claims. drawn: by key. strata: how many were listed and drawn of each."""

    listed: int
    drawn: Mapping[str, Found]
    strata: Mapping[str, tuple[int, int]]


def judged_datasets(case: Case) -> list[JudgedDataset]:
    """Claimed ones first. A case that is narrowed has those that it is narrowed to."""
    claimed = [
        JudgedDataset(dataset, obtain(case, dataset), declared_of(case, dataset)) for dataset in case.datasets
    ]
    if case.listed == frozenset():
        return claimed
    return claimed + [
        JudgedDataset(dataset, obtain(case, dataset, _offers(found)), declared_by(case, found), marks)
        for dataset, marks, found in _unclaimed_datasets(case)
        if case.listed is None or dataset.id in case.listed
    ]


def listed_subjects(case: Case) -> Iterator[tuple[Dataset, Mapping[str, Any]]]:
    """Of those that nobody claims, each as it would be claimed, and what findings about it observe whatever they find."""
    return ((dataset, marks) for dataset, marks, _ in _unclaimed_datasets(case))


def unclaimed(case: Case) -> Unclaimed:
    """The sample of what nobody claims, made once."""
    return case.derived("datasets.unclaimed", lambda: _drawn(case))


def _drawn(case: Case) -> Unclaimed:
    claims = case.round.datasets_of(case.agency.id)
    pages = {identity(dataset.url) for dataset in claims}
    files = {identity(url) for dataset in claims for url in _files(obtain(case, dataset))}
    most, seed = case.settings.crawl.max_datasets, case.settings.crawl.seed
    catalogued, requested = _requested(case, claims, most, seed)
    known = {identity(url) for one in catalogued for url in _file_urls(one)}
    found: dict[str, Found] = {}
    drawn: set[str] = set()
    on_pages: dict[str, str] = {}
    for one in listed(case).reconciled.unclaimed:
        key = _key(case, one)
        if _of_a_claim(case, one, pages, files) or _is_of_others(case, one) or key in found:
            continue
        if one in catalogued:
            found[key] = one
            drawn |= {key} if one in requested else set()
        elif _is_linked_data(one) and not known.issuperset(map(identity, _file_urls(one))):
            found[key] = one
            on_pages[key] = _stratum(one)
    drawn |= draw(on_pages, most - len(drawn), seed)  # what they take costs no request
    strata = {key: _stratum(one) for key, one in found.items()}
    of, judged = Counter(strata.values()), Counter(strata[key] for key in drawn)
    return Unclaimed(
        len(found),
        {key: found[key] for key in sorted(drawn)},
        {stratum: (of[stratum], judged[stratum]) for stratum in sorted(of)},
    )


def _requested(
    case: Case, claims: Iterable[Dataset], most: int, seed: int
) -> tuple[frozenset[Found], frozenset[Found]]:
    """What catalogues list as the crawl read them, and what it drew of that. What is claimed in another way than by its
    address, as by its title, is drawn too: the crawl could not know."""
    merged = {id(record): one for one in listed(case).found for _, record in one.said}
    told = [
        (case.evidence.get(record.capture), source, record)
        for source in listed(case).sources
        if source.own and source.kind != "page"
        for record in source.records
    ]
    told.sort(key=lambda each: each[0].sequence)
    documents = {capture.id: capture for capture, source, _ in told if source.is_document}
    unread = {id for id, capture in documents.items() if _is_unread(case, capture)}
    datasets = ListedDatasets(dataset.url for dataset in claims)
    of: dict[str, Found] = {}
    for capture, source, record in told:
        one = listed_dataset(record.entry, source.kind, capture.url)
        if one is not None and capture.id not in unread and datasets.add(one):
            of[one.key] = merged[id(record)]
    return frozenset(of.values()), frozenset(of[key] for key in datasets.draw(most, seed))


def _is_unread(case: Case, capture: Capture) -> bool:
    facts = capture.facts
    assert isinstance(facts, HttpFacts)
    return is_too_long(case.evidence.body(capture.id), capture.url, facts.header("content-type"))


def _is_linked_data(found: Found) -> bool:
    """Files that pages link to. Documents are no data, unless a list calls them so."""
    return any(source.kind == "page" for source, _ in found.said) and (
        any(source.kind != "page" for source, _ in found.said)
        or any(formats.extension(url) in formats.DATA_EXTENSIONS for url in found.urls)
    )


def _is_of_others(case: Case, found: Found) -> bool:
    """Whether all that it has lies on hosts of other agencies, whose data it then is."""
    owners = case.shared.host_owners
    urls = list(_file_urls(found)) or found.urls
    return all(owners.is_of_others(case.agency, host(url)) for url in urls)


def _file_urls(found: Found) -> Iterator[str]:
    return (file.url for entry in found.entries for file in entry.files)


def _files(obtained: Obtained) -> Iterator[str]:
    return (one.url for one in (obtained, *obtained.others, *obtained.documents))


def _of_a_claim(case: Case, found: Found, pages: set[str], files: set[str]) -> bool:
    """Whether it is a part of a claimed dataset: one of its files, or told of on its own page alone."""
    if any(identity(url) in files for url in found.urls):
        return True
    return all(
        source.kind in ("page", "schema_org") and identity(case.evidence.get(record.capture).url) in pages
        for source, record in found.said
    )


def _own(found: Found) -> tuple[Source, Record]:
    """The first that tells of its files, of the agency's own lists."""
    own = [(source, record) for source, record in found.said if source.own]
    return next(((source, record) for source, record in own if record.entry.files), own[0])


def _key(case: Case, found: Found) -> str:
    _, record = _own(found)
    return key_of(record.entry, case.evidence.get(record.capture).url)


def _stratum(found: Found) -> str:
    source, record = _own(found)
    return stratum_of(record.entry, source.kind)


@once
def _unclaimed_datasets(case: Case) -> list[tuple[Dataset, dict[str, Any], Found]]:
    """Each as it would be claimed, with its marks."""
    return [(*_as_claimed(case, key, found), found) for key, found in unclaimed(case).drawn.items()]


def _offers(found: Found) -> list[Offer]:
    return [Offer(file.url, "extension", file.title, file.format) for file in _own(found)[1].entry.files]


def _as_claimed(case: Case, key: str, found: Found) -> tuple[Dataset, dict[str, Any]]:
    entry = _own(found)[1].entry
    name = f"{case.agency.id} {key}".encode("utf-8", "surrogatepass")
    dataset = Dataset(
        case.agency.id,
        f"listed-{hashlib.sha256(name).hexdigest()[:_LONGEST_ID]}",
        found.title,
        entry.files[0].url if entry.files else entry.page or found.urls[0],
        format=entry.files[0].format if len(entry.files) == 1 else None,
        period=found.cycle,
        licence=found.licence or None,
    )
    marks = {
        "claimed": False,
        "title": found.title[:200],
        "page": _page(entry),
        "listed_in": list(found.kinds),
        "stratum": _stratum(found),
    }
    return dataset, marks


def _page(entry: Entry) -> str | None:
    return entry.page[:500] if entry.page else None
