"""Which service does a wording name? Titles of the round against headings of pages.

Actions must agree (صدور is not تمدید), so must numbers and opposites; the other words count by how rare they are
in the titles of the round; three-letter runs forgive spelling. The best other title is always told too.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from checks.wordlist import spread, table
from claims.model import Round, Service

# Chosen on the labelled pairs (tests/checks/data/title_pairs.csv).
MATCH = 0.70
EXACT = 0.93
# A rival this close makes the page nobody's.
MARGIN = 0.03


# Endings and how much of the word has to be left. «شب‌های» and «شبهای» are one; «گواهی» is no plural.
_ENDINGS = (("هایی", 2), ("های", 2), ("ها", 2), ("ات", 4), ("ین", 4))
_NO_PLURAL = frozenset("تنها تنهایی انتها انتهای انتهایی اشتها اشتهای".split())


@dataclass(frozen=True, slots=True)
class Title:
    """A wording, read. words: what it is about, synonyms unified; actions: what is done; numbers: as digits."""

    words: tuple[str, ...]
    actions: frozenset[str]
    numbers: frozenset[str]
    letters: str

    @property
    def empty(self) -> bool:
        return not self.words and not self.actions


@dataclass(frozen=True, slots=True)
class Match:
    """How well a wording names a service: 0 to 1."""

    score: float
    service: str


@cache
def _phrase_rows() -> tuple[tuple[tuple[str, ...], str, str], ...]:
    """(words, kind, what they stand for), longest first."""
    data = table("titles.toml")
    rows = [(tuple(spread(name).split()), "none", "") for name in data["empty"]["phrases"]]
    for action, names in data["actions"].items():
        rows.extend((tuple(spread(name).split()), "action", action) for name in names)
    for row in data["synonyms"]["rows"]:
        rows.extend((tuple(spread(name).split()), "word", spread(row[0]).replace(" ", "")) for name in row)
    return tuple(sorted(rows, key=lambda row: (-len(row[0]), row[0], row[1])))


@cache
def _by_first() -> Mapping[str, tuple[tuple[tuple[str, ...], str, str], ...]]:
    found: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}
    for row in _phrase_rows():
        found.setdefault(row[0][0], []).append(row)
    return {first: tuple(rows) for first, rows in found.items()}


@cache
def _empty() -> frozenset[str]:
    return frozenset(spread(word) for word in table("titles.toml")["empty"]["words"])


@cache
def _opposites() -> tuple[tuple[str, str], ...]:
    return tuple(
        (_stem(spread(first)), _stem(spread(second)))
        for first, second in table("titles.toml")["opposites"]["pairs"]
    )


@lru_cache(maxsize=8192)
def read(text: str) -> Title:
    """The wording as it counts for matching."""
    tokens = spread(text).split()[:60]
    words: list[str] = []
    actions: set[str] = set()
    numbers: set[str] = set()
    spelled = {spread(word): str(value) for word, value in table("titles.toml")["numbers"].items()}
    position = 0
    while position < len(tokens):
        row = next(
            (
                row
                for row in _by_first().get(tokens[position], ())
                if tuple(tokens[position : position + len(row[0])]) == row[0]
            ),
            None,
        )
        if row is not None:
            position += len(row[0])
            if row[1] == "action":
                actions.add(row[2])
            elif row[1] == "word":
                words.append(row[2])
            continue
        token = tokens[position]
        position += 1
        if token.isdigit():
            if len(token) < 11:  # official codes are compared as codes
                numbers.add(token.lstrip("0") or "0")
        elif token in spelled:
            numbers.add(spelled[token])
        elif token not in _empty():
            words.append(_stem(token))
    if "duplicate" in actions:
        actions.discard("issue")
    return Title(tuple(words), frozenset(actions), frozenset(numbers), "".join(words))


def _stem(word: str) -> str:
    for ending, least in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least and word not in _NO_PLURAL:
            word = word[: -len(ending)]
            break
    if word.endswith("ی") and len(word) >= (4 if word.endswith("ای") else 5):
        word = word[:-1]
    row = next((row for row in _by_first().get(word, ()) if len(row[0]) == 1 and row[1] == "word"), None)
    return row[2] if row is not None else word


class Titles:
    """All titles of a round, with the weight of each word."""

    def __init__(self, services: Iterable[Service]) -> None:
        self.services = tuple(services)
        self._read = {service.id: read(service.title) for service in self.services}
        distinct = {title.words for title in self._read.values()}
        self._frequency = Counter(word for words in distinct for word in set(words))
        self._total = max(1, len(distinct))
        self._holders: dict[str, list[Service]] = {}
        for service in self.services:
            for word in set(self._read[service.id].words) or {""}:
                self._holders.setdefault(word, []).append(service)

    @classmethod
    def of(cls, round: Round) -> Titles:
        return cls(round.services)

    def weight(self, word: str) -> float:
        """Inverse document frequency over the titles of the round."""
        return math.log(1 + self._total / (1 + self._frequency[word])) + 0.3

    def score(self, service: Service, text: str) -> float:
        """How well the text names the service, 0 to 1."""
        claim = self._read.get(service.id) or read(service.title)
        return self.compare(claim, read(text[:300]))

    def best(self, text: str, among: Iterable[Service] | None = None) -> Match | None:
        """The service that the text names best; None when it names none."""
        page = read(text[:300])
        if page.empty:
            return None
        if among is None:
            keys = set(page.words) or {""}
            among = {s.id: s for word in keys for s in self._holders.get(word, ())}.values()
        matches = (Match(self.compare(self._read[service.id], page), service.id) for service in among)
        return max(matches, key=lambda match: (match.score, match.service), default=None)

    def named(self, text: str, among: Iterable[Service]) -> list[Match]:
        """Services that the text names, best first."""
        page = read(text[:300])
        found = [Match(self.compare(self._read[service.id], page), service.id) for service in among]
        return sorted((m for m in found if m.score >= MATCH), key=lambda m: (-m.score, m.service))

    def compare(self, claim: Title, page: Title) -> float:
        """0 where a gate is shut, else weighted words and three-letter runs together."""
        if claim.empty or page.empty:
            return 0.0
        factor = _actions(claim.actions, page.actions) * _numbers(claim.numbers, page.numbers)
        if factor == 0 or _opposed(claim.words, page.words):
            return 0.0
        if not claim.words or not page.words:
            # a title that is nothing but an action («ثبت نام») is named by itself alone
            return factor if claim.words == page.words and claim.actions == page.actions else 0.0
        pairs = _paired(claim.words, page)
        covered = sum(self.weight(word) * likeness for word, likeness in pairs.items())
        coverage = covered / sum(self.weight(word) for word in set(claim.words))
        spoken = sum(self.weight(word) for word in set(page.words))
        precision = min(1.0, covered / spoken)
        runs = _dice(claim.letters, page.letters)
        return round(factor * (0.5 * coverage + 0.25 * precision + 0.25 * runs), 4)


def _paired(claim: tuple[str, ...], page: Title) -> dict[str, float]:
    """For each word of the claim that the page has: 1, or the likeness of a word spelled a little otherwise."""
    held = set(page.words)
    # two words written as one on the page («کارت خوان», «کارتخوان»)
    found = {word: 1.0 for pair in pairwise(claim) if "".join(pair) in held for word in pair}
    for word in sorted(set(claim) - set(found)):
        if word in held:
            found[word] = 1.0
            continue
        if len(word) >= 5 and word in page.letters:  # two words written as one, or one as two
            found[word] = 0.95
            continue
        best = max((_dice(word, other) for other in held if len(word) >= 5 and len(other) >= 5), default=0.0)
        if best >= 0.7:
            found[word] = best
    return found


def _actions(claim: frozenset[str], page: frozenset[str]) -> float:
    if claim == page:
        return 1.0
    exclusive = frozenset(table("titles.toml")["exclusive"]["actions"])
    if not claim or not page:
        return 0.0 if (claim | page) & exclusive else 0.9
    # one may do more than the other («صدور و تمدید»); where each does what the other does not, they are two
    return 0.92 if claim < page or page < claim else 0.0


def _numbers(claim: frozenset[str], page: frozenset[str]) -> float:
    if claim == page:
        return 1.0
    if claim and page:
        return 0.0 if not claim <= page else 0.9
    return 0.75 if claim else 0.85


def _opposed(claim: tuple[str, ...], page: tuple[str, ...]) -> bool:
    here, there = set(claim), set(page)
    return any(
        (first in here and second not in here and second in there and first not in there)
        or (second in here and first not in here and first in there and second not in there)
        for first, second in _opposites()
    )


@lru_cache(maxsize=8192)
def _runs(text: str) -> frozenset[str]:
    padded = f"  {text} "
    return frozenset(padded[start : start + 3] for start in range(len(padded) - 2))


def _dice(first: str, second: str) -> float:
    here, there = _runs(first), _runs(second)
    return 2 * len(here & there) / (len(here) + len(there))
