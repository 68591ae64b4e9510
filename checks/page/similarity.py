"""How alike two texts are: SimHash of 64 bits over word pairs, and what one page says that another does not.

Pure arithmetic over folded text; what likeness means is for the checks to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise

from claims.persian import fold

# Two pages of the same text with another name in it differ by this much or less.
NEAR = 3
# Of two texts with this share of their runs of three words in common one was made from the other.
ALIKE = 0.75
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+")


def words(text: str) -> list[str]:
    """Folded words, without punctuation."""
    return _WORD.findall(fold(text))


def simhash(text: str) -> int | None:
    """SimHash of the text's word pairs; None for a text too short to compare (under 12 words)."""
    found = words(text)
    if len(found) < 12:
        return None
    totals = [0] * 64
    for first, second in pairwise(found):
        digest = int.from_bytes(blake2b(f"{first} {second}".encode(), digest_size=8).digest(), "big")
        for bit in range(64):
            totals[bit] += 1 if digest >> bit & 1 else -1
    return sum(1 << bit for bit in range(64) if totals[bit] > 0)


def distance(first: int, second: int) -> int:
    """Number of bits that differ."""
    return (first ^ second).bit_count()


def shared_share(text: str, other: str) -> float:
    """Share of the text's runs of three words that stand in the other text too, 0 to 1."""
    runs = _runs(words(text))
    return len(runs & _runs(words(other))) / len(runs) if runs else 0.0


def _runs(found: list[str]) -> set[tuple[str, ...]]:
    return set(zip(found, found[1:], found[2:], strict=False))


@dataclass(frozen=True, slots=True)
class Print:
    """What is kept of a text to compare it with others. simhash: None for a text too short for one."""

    simhash: int | None
    runs: frozenset[tuple[str, ...]]

    @classmethod
    def of(cls, text: str) -> Print:
        return cls(simhash(text), frozenset(_runs(words(text))))

    def bits(self, other: Print) -> int | None:
        """Bits by which the SimHashes differ; None where one of the texts is too short."""
        if self.simhash is None or other.simhash is None:
            return None
        return distance(self.simhash, other.simhash)

    def shared(self, other: Print) -> float:
        """Share of the runs of both that stand in both, 0 to 1."""
        both = len(self.runs | other.runs)
        return len(self.runs & other.runs) / both if both else 0.0

    def near(self, other: Print) -> bool:
        """Whether one is the other but for a name, a date or a sentence."""
        bits = self.bits(other)
        return bits is not None and (bits <= NEAR or self.shared(other) >= ALIKE)


def masked(line: str) -> str:
    """A line for comparison: folded, numbers made alike (clocks, counters and dates change by themselves)."""
    return _NUMBER.sub("0", "".join(words(line)))


def only_in(lines: Iterable[str], others: Iterable[str]) -> list[str]:
    """Lines whose masked form stands nowhere among the others."""
    known = {masked(line) for line in others}
    return [line for line in lines if (key := masked(line)) and key not in known]
