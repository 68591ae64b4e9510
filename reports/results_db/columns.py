"""Columns of all findings as numbers, so that every filter of a country's findings is answered at once: 40 MB for three million."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
_AT_A_TIME = 50_000


class _Numbers(dict[str | None, int]):
    """Values by number, in the order in which they are met."""

    def __missing__(self, value: str | None) -> int:
        self[value] = len(self)
        return self[value]


class FindingColumn:
    """One value of each finding, as numbers into the list of those that occur."""

    def __init__(self, values: Sequence[str], numbers: NDArray[np.int32]) -> None:
        order = sorted(range(len(values)), key=values.__getitem__)
        self.values = [values[place] for place in order]
        sorted_places = np.zeros(len(values), np.int32)
        sorted_places[order] = np.arange(len(values), dtype=np.int32)
        self.numbers = sorted_places[numbers]

    def has(self, wanted: Iterable[str]) -> Mask:
        """Findings with one of these values."""
        wanted = set(wanted)
        there = np.fromiter((value in wanted for value in self.values), np.bool_, len(self.values))
        found: Mask = there[self.numbers] if len(there) else np.zeros(0, np.bool_)
        return found

    def counts(self, within: Mask) -> dict[str, int]:
        """Findings by value; only those that occur."""
        found = np.bincount(self.numbers[within], minlength=len(self.values))
        return {value: int(count) for value, count in zip(self.values, found, strict=True) if count}


CODED = ("agency", "check_id", "reason", "subject_kind", "verdict")
PLAIN = ("severity", "words", "own_words")


def read_columns(
    connection: sqlite3.Connection,
) -> tuple[Mapping[str, FindingColumn], Mapping[str, NDArray[np.int32]]]:
    """Columns with few values, and those of numbers; each in the order of the findings."""
    known = {name: _Numbers() for name in CODED}
    parts: dict[str, list[NDArray[np.int32]]] = {name: [np.zeros(0, np.int32)] for name in (*CODED, *PLAIN)}
    names = ", ".join((*CODED, *PLAIN))
    rows = connection.execute(f"SELECT {names} FROM findings ORDER BY number")  # noqa: S608 (names of ours)
    while chunk := rows.fetchmany(_AT_A_TIME):
        for name, values in zip((*CODED, *PLAIN), zip(*chunk, strict=True), strict=True):
            if name in known:
                numbers = map(known[name].__getitem__, values)
            else:
                numbers = (value or 0 for value in values)  # type: ignore[assignment]
            parts[name].append(np.fromiter(numbers, np.int32, len(values)))
    coded = {
        name: FindingColumn([value or "" for value in known[name]], np.concatenate(parts[name]))
        for name in CODED
    }
    return coded, {name: np.concatenate(parts[name]) for name in PLAIN}
