"""The claims of a judgement as packed lines. A country has 300,000, and a comparison has those of two judgements.

Not here: what a claim is (`checks.basis`), what follows from a claim that differs (`reports.causes`).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from checks import basis
from claims.packed import PlaceIndex

ClaimKey = tuple[str, str]

_BLOCK = 32  # lines: a claim that is asked for unpacks 10 kB, and what is packed is a fifth of the text


class ClaimLines(Mapping[ClaimKey, Mapping[str, Any]]):
    """By (subject, id), each taken apart when it is asked for. Answers without a document rest on nothing that is judged, and
    are left out. Raises ValueError, KeyError, TypeError for a line that is no claim.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._blocks: list[bytes] = []
        self._index = PlaceIndex(self._packed(lines))

    def _packed(self, lines: Iterable[str]) -> Iterator[str]:
        """The key of each line that is kept, when it is."""
        kept = (line for line in lines if json.loads(line)["subject"] != basis.ANSWERS)
        while block := list(islice(kept, _BLOCK)):
            yield from ("/".join(_claim(line)[0]) for line in block)
            self._blocks.append(zlib.compress("".join(block).encode(), 1))

    def lines(self) -> Iterator[str]:
        """As they were given, without their ends."""
        for block in range(len(self._blocks)):
            yield from self._block(block)

    def differing(self, other: ClaimLines) -> set[ClaimKey]:
        """Keys of claims that only one has, or that differ. Quick where the lines of both are in order."""
        keys = (_claim(line)[0] for line in _unpaired(self.lines(), other.lines()))
        return {key for key in keys if self.get(key) != other.get(key)}

    def __getitem__(self, key: ClaimKey) -> Mapping[str, Any]:
        for place in self._index.places("/".join(key)):
            block, row = divmod(place, _BLOCK)
            named, claim = _claim(self._block(block)[row])
            if named == key:
                return claim
        raise KeyError(key)

    def __iter__(self) -> Iterator[ClaimKey]:
        return (_claim(line)[0] for line in self.lines())

    def __len__(self) -> int:
        return len(self._index)

    def _block(self, number: int) -> list[str]:
        return zlib.decompress(self._blocks[number]).decode().removesuffix("\n").split("\n")


def _unpaired(old: Iterator[str], new: Iterator[str]) -> Iterator[str]:
    """Lines that have no like on the other side; where they are not in order, some more."""
    before, after = next(old, None), next(new, None)
    while before is not None or after is not None:
        if before == after:
            before, after = next(old, None), next(new, None)
        elif after is None or (before is not None and before < after):
            yield str(before)
            before = next(old, None)
        else:
            yield after
            after = next(new, None)


def _claim(line: str) -> tuple[ClaimKey, Mapping[str, Any]]:
    claim = json.loads(line)
    return (claim["subject"], claim["id"]), claim["claim"]
