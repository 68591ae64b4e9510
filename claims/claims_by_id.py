"""Claims of a round by id, where they lie packed: a country's, held as objects, take 75 MB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from claims.model import Dataset, Round, Service
from claims.packed import PlaceIndex

Claim = Service | Dataset


class ClaimsById(Mapping[str, Claim]):
    """Services and datasets. May be used by several threads."""

    def __init__(self, round: Round) -> None:
        self._sheets: tuple[Sequence[Claim], ...] = (round.services, round.datasets)
        self._places = tuple(PlaceIndex(claim.id for claim in sheet) for sheet in self._sheets)

    def __getitem__(self, id: str) -> Claim:
        for sheet, index in zip(self._sheets, self._places, strict=True):
            for place in index.places(id):
                if (claim := sheet[place]).id == id:
                    return claim
        raise KeyError(id)

    def __iter__(self) -> Iterator[str]:
        return (claim.id for claim in chain.from_iterable(self._sheets))

    def __len__(self) -> int:
        return sum(map(len, self._sheets))
