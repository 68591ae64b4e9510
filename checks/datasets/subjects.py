"""The datasets that are judged: those that the agency claims, and those that its own catalogues list and nobody claims.

Of many listed ones a sample is judged, the one that the crawl requested (`web.listed_datasets.draw`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from checks.case import Case
from checks.datasets import formats
from checks.datasets.catalogues.declared import Declared, declared_by, declared_of
from checks.datasets.catalogues.entry import Entry
from checks.datasets.catalogues.listed import listed
from checks.datasets.catalogues.listing import key_of, stratum_of
from checks.datasets.catalogues.merge import Found
from checks.datasets.catalogues.sources import Record, Source
from checks.datasets.obtain import Obtained, obtain
from checks.datasets.offers import Offer
from claims.model import Dataset
from web.listed_datasets import draw
from web.urls import identity

_LONGEST_ID = 16  # Hexadecimal digits: no two of all catalogues of a country are alike. By hand.


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
    """Claimed ones first. A case that is narrowed to some claims has no others."""
    claimed = [
        JudgedDataset(dataset, obtain(case, dataset), declared_of(case, dataset)) for dataset in case.datasets
    ]
    if not case.whole:
        return claimed
    return claimed + case.derived(
        "datasets.unclaimed.judged",
        lambda: [_judged(case, key, found) for key, found in unclaimed(case).drawn.items()],
    )


def unclaimed(case: Case) -> Unclaimed:
    """The sample of what nobody claims, made once."""
    return case.derived("datasets.unclaimed", lambda: _drawn(case))


def _drawn(case: Case) -> Unclaimed:
    claims = case.round.datasets_of(case.agency.id)
    pages = {identity(dataset.url) for dataset in claims}
    files = {identity(url) for dataset in claims for url in _files(obtain(case, dataset))}
    found: dict[str, Found] = {}
    for one in listed(case).reconciled.unclaimed:
        if _is_called_data(one) and not _of_a_claim(case, one, pages, files):
            found.setdefault(_key(case, one), one)
    strata = {key: _stratum(one) for key, one in found.items()}
    drawn = draw(strata, case.settings.crawl.max_datasets, case.settings.crawl.seed)
    of, judged = Counter(strata.values()), Counter(strata[key] for key in drawn)
    return Unclaimed(
        len(found),
        {key: found[key] for key in sorted(drawn)},
        {stratum: (of[stratum], judged[stratum]) for stratum in sorted(of)},
    )


def _is_called_data(found: Found) -> bool:
    """Whether there is anything to request, and somebody calls it data: of documents that pages link to, nobody does."""
    if any(source.kind != "page" for source, _ in found.said):
        return bool(found.urls)
    return any(formats.extension(url) in formats.DATA_EXTENSIONS for url in found.urls)


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


def _judged(case: Case, key: str, found: Found) -> JudgedDataset:
    entry = _own(found)[1].entry
    files = [Offer(file.url, "extension", file.title, file.format) for file in entry.files]
    dataset = Dataset(
        case.agency.id,
        f"listed-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:_LONGEST_ID]}",
        found.title,
        files[0].url if files else entry.page or found.urls[0],
        format=entry.files[0].format if len(files) == 1 else None,
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
    return JudgedDataset(dataset, obtain(case, dataset, files), declared_by(case, found), marks)


def _page(entry: Entry) -> str | None:
    return entry.page[:500] if entry.page else None
