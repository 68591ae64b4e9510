"""Columns of all findings as numbers, so that every filter of a country's findings is answered at once: 45 MB for three million."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Numbers = NDArray[Any]
_AT_A_TIME = 5_000


class _Numbering(dict[str | None, int]):
    """Values by number, in the order in which they are met."""

    def __missing__(self, value: str | None) -> int:
        self[value] = len(self)
        return self[value]


class FindingColumn:
    """One value of each finding, as numbers into the list of those that occur."""

    def __init__(self, values: Sequence[str], numbers: Numbers) -> None:
        order = sorted(range(len(values)), key=values.__getitem__)
        self.values = [values[place] for place in order]
        sorted_places = np.zeros(len(values), numbers.dtype)
        sorted_places[order] = np.arange(len(values), dtype=numbers.dtype)
        self.numbers = sorted_places[numbers] if len(values) else numbers

    def altered(self, places: Sequence[int], values: Sequence[str]) -> FindingColumn:
        """The same with these values at these places."""
        known = [*self.values, *sorted(set(values) - set(self.values))]
        numbers = self.numbers.astype(np.promote_types(self.numbers.dtype, np.min_scalar_type(len(known))))
        numbers[np.asarray(places, np.int64)] = [known.index(value) for value in values]
        return FindingColumn(known, numbers)

    def has(self, wanted: Iterable[str]) -> Mask:
        """Findings with one of these values."""
        wanted = set(wanted)
        there = np.fromiter((value in wanted for value in self.values), np.bool_, len(self.values))
        found: Mask = there[self.numbers] if len(there) else np.zeros(0, np.bool_)
        return found


CODED = ("agency", "check_id", "reason", "subject_kind")
_PLAIN = {"severity": np.uint8, "words": np.int32, "own_words": np.int32}


def read_columns(connection: sqlite3.Connection) -> tuple[Mapping[str, FindingColumn], Mapping[str, Numbers]]:
    """Columns with few values, and those of numbers; each in the order of the findings, as narrow as their values allow."""
    ((count,),) = connection.execute("SELECT count(*) FROM findings")
    known = {name: _Numbering() for name in CODED}
    columns: dict[str, Numbers] = {name: np.zeros(count, np.uint8) for name in CODED}
    columns |= {name: np.zeros(count, kind) for name, kind in _PLAIN.items()}
    names = ", ".join(columns)
    rows = connection.execute(f"SELECT {names} FROM findings ORDER BY number")  # noqa: S608 (names of ours)
    begin = 0
    while chunk := rows.fetchmany(_AT_A_TIME):
        end = begin + len(chunk)
        for name, values in zip(columns, zip(*chunk, strict=True), strict=True):
            if name in known:
                numbers = np.fromiter(map(known[name].__getitem__, values), np.int32, len(values))
                widest = np.min_scalar_type(len(known[name]))
                if widest.itemsize > columns[name].itemsize:
                    columns[name] = columns[name].astype(widest)
            else:
                numbers = np.fromiter((value or 0 for value in values), np.int32, len(values))
            columns[name][begin:end] = numbers
        begin = end
    coded = {name: FindingColumn([value or "" for value in known[name]], columns[name]) for name in CODED}
    return coded, {name: columns[name] for name in _PLAIN}
