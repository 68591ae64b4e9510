"""The claims of a judgement as packed lines. A country has 300,000, and a comparison has those of two judgements.

Not here: what a claim is (`checks.basis`), what follows from a claim that differs (`reports.causes`).
"""

from __future__ import annotations

import json
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from itertools import islice
from typing import Any

from checks import basis

ClaimKey = tuple[str, str]

_BLOCK = 32  # lines: a claim that is asked for unpacks 10 kB, and what is packed is a fifth of the text
_NUMBER = 24  # bits of a line's number; a round has no more than a million claims
_DIGEST = 5  # bytes of a key's digest, so that both fit into one number


class ClaimLines(Mapping[ClaimKey, Mapping[str, Any]]):
    """By (subject, id), each taken apart when it is asked for. Answers without a document rest on nothing that is judged, and
    are left out. Raises ValueError, KeyError, TypeError for a line that is no claim.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._blocks: list[bytes] = []
        places = array("Q")
        kept = (line for line in lines if json.loads(line)["subject"] != basis.ANSWERS)
        while block := list(islice(kept, _BLOCK)):
            first = _BLOCK * len(self._blocks)
            places.extend(_digest(_claim(line)[0]) << _NUMBER | first + n for n, line in enumerate(block))
            self._blocks.append(zlib.compress("".join(block).encode(), 1))
        self._places = array("Q", sorted(places))

    def lines(self) -> Iterator[str]:
        """As they were given, without their ends."""
        for block in range(len(self._blocks)):
            yield from self._block(block)

    def differing(self, other: ClaimLines) -> set[ClaimKey]:
        """Keys of claims that only one has, or that differ. Quick where the lines of both are in order."""
        keys = (_claim(line)[0] for line in _unpaired(self.lines(), other.lines()))
        return {key for key in keys if self.get(key) != other.get(key)}

    def __getitem__(self, key: ClaimKey) -> Mapping[str, Any]:
        digest = _digest(key)
        at = bisect_left(self._places, digest << _NUMBER)
        while at < len(self._places) and self._places[at] >> _NUMBER == digest:
            block, row = divmod(self._places[at] & (1 << _NUMBER) - 1, _BLOCK)
            named, claim = _claim(self._block(block)[row])
            if named == key:
                return claim
            at += 1
        raise KeyError(key)

    def __iter__(self) -> Iterator[ClaimKey]:
        return (_claim(line)[0] for line in self.lines())

    def __len__(self) -> int:
        return len(self._places)

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


def _digest(key: ClaimKey) -> int:
    return int.from_bytes(blake2b("/".join(key).encode(), digest_size=_DIGEST).digest())
