"""Findings of a list in its order, without an order of all findings: four bytes a finding, of a country 12 MB a list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.results_db.columns import Mask
from reports.results_db.rows import ORDER

_PART = 1 << 16  # findings that are looked at together; of eight
_MOST_GROUPS = 1 << 16


def is_set(bits: NDArray[np.uint8], place: int) -> bool:
    """Of one finding, what `packbits` made of a mask."""
    return bool(bits[place // 8] >> (7 - place % 8) & 1)


@dataclass(frozen=True, eq=False, slots=True)
class Listing:
    """Ordered by a number of each finding, within it by severity, within that as findings lie.

    numbers: None where severity alone orders. shown: by `packbits`. counts: those shown, by group of neighbours in that order.
    width: keys of a group, as a power of two.
    """

    severity: NDArray[np.uint8]
    numbers: NDArray[Any] | None
    shown: NDArray[np.uint8]
    counts: NDArray[np.int64]
    width: int

    @classmethod
    def of(
        cls, severity: NDArray[np.uint8], numbers: NDArray[Any] | None, shown: NDArray[np.uint8]
    ) -> Listing:
        values = 1 if numbers is None or not len(numbers) else int(numbers.max()) + 1
        width = max((values * len(ORDER) - 1) // _MOST_GROUPS, 0).bit_length()
        counts = np.zeros((values * len(ORDER) >> width) + 1, np.int64)
        listing = cls(severity, numbers, shown, counts, width)
        for _, keys, mask in listing._parts():
            counts += np.bincount(keys[mask] >> width, minlength=len(counts))
        return listing

    def __len__(self) -> int:
        return int(self.counts.sum())

    def __getitem__(self, wanted: slice) -> list[int]:
        """Places of findings, from the start-th to before the stop-th, counted from 0."""
        start, stop, _ = wanted.indices(len(self))
        if start >= stop:
            return []
        ends = np.cumsum(self.counts)
        first, last = np.searchsorted(ends, (start, stop - 1), "right")
        skip, left = start - (ends[first] - self.counts[first]), stop - (ends[last] - self.counts[last])
        at = 0 if self.width == 0 else int(skip)
        places, keys = [], []
        for begin, part_keys, mask in self._parts():
            groups = part_keys >> self.width
            found = np.flatnonzero(mask & (groups >= first) & (groups <= last))
            own = part_keys[found]
            if self.width == 0:  # a group is one key, and its findings are in their order as they lie
                begun, ended = np.cumsum(own == first), np.cumsum(own == last)
                kept = ((own != first) | (begun > skip)) & ((own != last) | (ended <= left))
                skip, left = skip - np.count_nonzero(own == first), left - np.count_nonzero(own == last)
                found, own = found[kept], own[kept]
            places.append(found + begin)
            keys.append(own)
            if first == last and self.width == 0 and left <= 0:
                break
        order = np.argsort(np.concatenate(keys), kind="stable")[at : at + stop - start]
        return [int(place) for place in np.concatenate(places)[order]]

    def find(self, place: int) -> tuple[int, bool]:
        """How many of those shown lie before a finding, and whether it is shown itself."""
        key = self._keys(slice(place, place + 1))[0]
        before = int(self.counts[: key >> self.width].sum())
        for begin, keys, mask in self._parts():
            same = mask & (keys >> self.width == key >> self.width)
            before += int(np.count_nonzero(same & (keys < key)))
            before += int(np.count_nonzero((same & (keys == key))[: max(place - begin, 0)]))
        return before, is_set(self.shown, place)

    def _parts(self) -> Iterator[tuple[int, NDArray[Any], Mask]]:
        """(place of the first, keys, which are shown) of some findings at a time, so that this takes little memory."""
        for begin in range(0, len(self.severity), _PART):
            keys = self._keys(slice(begin, begin + _PART))
            bits = self.shown[begin // 8 : (begin + _PART) // 8]
            yield begin, keys, np.unpackbits(bits, count=len(keys)).view(np.bool_)

    def _keys(self, part: slice) -> NDArray[Any]:
        severity = self.severity[part]
        if self.numbers is None:
            return severity
        return self.numbers[part].astype(np.int32) * len(ORDER) + severity
