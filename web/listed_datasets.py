"""The datasets that a catalogue lists, as the crawl and the checks both need them, and the sample that is drawn of many.

Not here: how a catalogue is read (`checks.datasets.catalogues`).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from web.urls import identity

# Files of one dataset that are requested. More tell little new of whether it is usable, and cost the portal. By hand.
MOST_FILES = 8
# Datasets of an agency among which is drawn. Later ones are not: a catalogue may list any number. By hand.
_MOST_LISTED = 20_000


@dataclass(frozen=True, slots=True)
class ListedDataset:
    """key: the same in every round. stratum: what the sample is spread over. urls: its files, or its page where it has none.

    page: where people read of it, None when nowhere.
    """

    key: str
    stratum: str
    urls: tuple[str, ...]
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What one document lists. total: datasets that the catalogue announces, None where it does not.

    nested: addresses of further catalogues that it names.
    """

    datasets: tuple[ListedDataset, ...] = ()
    total: int | None = None
    nested: tuple[str, ...] = ()


# (body, address, content type) of a document: what it lists. Never raises for what is in it.
ListingReader = Callable[[bytes, str, str | None], Listing]


class ListedDatasets:
    """Those of one agency, of which the crawl and the checks draw the same: each once, in the order in which they were listed.

    claimed: addresses that the agency claims. A dataset that lies there is the claim. One whose files are all known is
    listed under another name, and counts once.
    """

    def __init__(self, claimed: Iterable[str]) -> None:
        self._claimed = frozenset(map(identity, claimed))
        self._files: set[str] = set()
        self.found: dict[str, ListedDataset] = {}
        """By key."""

    def add(self, dataset: ListedDataset) -> bool:
        """Whether it is one more."""
        files = {identity(url) for url in dataset.urls}
        told = files | {identity(dataset.page)} if dataset.page else files
        if files <= self._files or not told.isdisjoint(self._claimed) or len(self.found) >= _MOST_LISTED:
            return False
        self._files |= files
        return self.found.setdefault(dataset.key, dataset) is dataset

    def draw(self, most: int, seed: int) -> frozenset[str]:
        """Keys of those that are requested and judged."""
        return draw({key: dataset.stratum for key, dataset in self.found.items()}, most, seed)


def draw(strata: Mapping[str, str], most: int, seed: int) -> frozenset[str]:
    """Keys of at most so many datasets. strata: the stratum of each key.

    Each stratum gets its share (largest remainders), and of it those whose hash with the seed is lowest: each dataset has
    about the same chance, whatever the order they were met in, and a few more or fewer change little of the sample.
    """
    if len(strata) <= most:
        return frozenset(strata)
    members: dict[str, list[str]] = defaultdict(list)
    for key, stratum in strata.items():
        members[stratum].append(key)
    exact = {stratum: most * len(keys) / len(strata) for stratum, keys in members.items()}
    rest = most - sum(map(int, exact.values()))
    larger = set(sorted(exact, key=lambda stratum: (int(exact[stratum]) - exact[stratum], stratum))[:rest])
    return frozenset(
        key
        for stratum, keys in members.items()
        for key in sorted(keys, key=lambda key: (_at_random(seed, key), key))[
            : int(exact[stratum]) + (stratum in larger)
        ]
    )


def _at_random(seed: int, key: str) -> str:
    return hashlib.sha256(f"{seed}\x1f{key}".encode("utf-8", "surrogatepass")).hexdigest()
