"""Which service does a wording name? Titles of the round against headings of pages.

Actions must agree (صدور is not تمدید), so must numbers and opposites; the other words count by how rare they are
in the titles of the round; three-letter runs forgive spelling. What one side says and the other does not counts
against the match, and twice where both do: that is how siblings differ. The best other title is always told too.
How a wording is read is for `title_words` and `title_parts`, what shuts the gate at once for `title_gates`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache

from checks.case import Case
from checks.page.wordlist import table
from checks.services.matching.distinct_titles import DistinctTitles
from checks.services.matching.gates import (
    OTHER_WORDS,
    acts_agree,
    near,
    numbers_agree,
    opposed,
    soft,
    speaks_of,
)
from checks.services.matching.parts import Wording, wording
from checks.services.title_words import Title, read
from claims.model import Round, Service
from claims.packed import PackedRecords, PlaceIndex, by_agency

__all__ = ["EXACT", "MARGIN", "MATCH", "Match", "Title", "Titles", "read", "titles_of"]

# Chosen on the tuning half of the labelled pairs (tests/checks/services/data/title_pairs.csv).
MATCH = 0.70
EXACT = 0.93  # From here on a wording is the title itself, but for a letter or a soft word. By hand.
# A rival this close makes the page nobody's.
MARGIN = 0.03

_LONGEST = 300  # Characters of a wording that are compared. The rest is cut; titles are shorter.
_MOST_SUMS = 20000  # Comparisons kept. Past them they are made again: slower, the same result.
_FEW_AGENCIES = 4  # whose services are kept: one is judged at a time
# What a soft word weighs of another.
_SOFT = 0.25
# What it costs, as a share of all: words of the claim that the page lacks, words that it adds, both at once, and
# other letters.
_LACKS, _ADDS, _BOTH, _LETTERS = 0.8, 0.4, 0.4, 0.05
# What is left where something else stands before the act («مراکز تعویض پلاک»).
_OTHER_HEAD = 0.85
# A word spelled otherwise is as good as this likeness, if it has so many letters.
_LIKE, _LIKE_LETTERS = 0.7, 4


@dataclass(frozen=True, slots=True)
class Match:
    """How well a wording names a service: 0 to 1."""

    score: float
    service: str


class Titles:
    """All titles of a round, with the weight of each word. A country has 200,000: of each, what is kept is packed.

    chosen: the service of which an auditor has said that the page at its address is its own; None for none.
    """

    def __init__(self, services: Iterable[Service]) -> None:
        self.services = services if isinstance(services, PackedRecords) else tuple(services)
        self._by_agency = by_agency(self.services)
        self._by_id = PlaceIndex(one.id for one in self.services)
        self._by_code = PlaceIndex(one.code for one in self.services)
        self._called: Service | None = None
        self._claimed: Wording | None = None  # the title that this one has in the round
        self._distinct = DistinctTitles(self.services)
        self._weights: dict[str, float] = {}
        self._sums: dict[tuple[str, ...], float] = {}
        self._claimed_by = lru_cache(_FEW_AGENCIES)(lambda agency: self._by_agency.get(agency, ()))

    @classmethod
    def of(cls, round: Round) -> Titles:
        return cls(round.services)

    @property
    def chosen(self) -> str | None:
        return None if self._called is None else self._called.id

    def called(self, service: Service) -> Titles:
        """The same, with this service under the title and at the address that it has here, as an auditor chose the page."""
        titles = copy(self)
        titles._called = service
        if (place := self._place_of(service.id)) is not None:
            titles._claimed = wording(self.services[place].title)
            titles._distinct = self._distinct.without(place, self.services)
        return titles

    def own(self, service: Service) -> Sequence[Service]:
        """All that the service's agency claims, in order, itself among them."""
        own, called = self._claimed_by(service.agency), self._called
        if called is None or called.agency != service.agency:
            return own
        return [called if other.id == called.id else other for other in own]

    def others(self, service: Service) -> list[Service]:
        """The same without the service."""
        return [other for other in self.own(service) if other.id != service.id]

    def title_of(self, id: str) -> str:
        """The claimed title of a service; "" for one that the round does not have."""
        place = self._place_of(id)
        return "" if place is None else self.services[place].title

    def _place_of(self, id: str) -> int | None:
        return next((place for place in self._by_id.places(id) if self.services[place].id == id), None)

    def with_code(self, code: str) -> Iterator[Service]:
        """The services with an official code, in the order of the round."""
        found = (self.services[place] for place in self._by_code.places(code))
        return (one for one in found if one.code == code)

    def is_code_of_another(self, service: Service, codes: Collection[str]) -> bool:
        return any(other.id != service.id for code in codes for other in self.with_code(code))

    def weight(self, word: str) -> float:
        """Inverse document frequency over the titles of the round; a soft word has a part of it."""
        known = self._weights.get(word)
        if known is None:
            frequency = self._distinct.frequency
            known = math.log(1 + self._distinct.wordings / (1 + frequency[word])) + 0.3
            known *= _SOFT if word in soft() else 1.0
            if word in frequency:  # wordings of pages are without end
                self._weights[word] = known
        return known

    def _sum(self, words: tuple[str, ...]) -> float:
        known = self._sums.get(words)
        if known is None:
            if len(self._sums) >= _MOST_SUMS:
                self._sums.clear()
            known = self._sums[words] = math.fsum(map(self.weight, set(words)))
        return known

    def score(self, service: Service, text: str) -> float:
        """How well the text names the service, 0 to 1."""
        return self._compare(self._wording(service), wording(text[:_LONGEST]))

    def _wording(self, service: Service) -> Wording:
        called = self._called
        return wording(called.title if called is not None and called.id == service.id else service.title)

    def shares(self, claim: Title, said: Title) -> tuple[float, float]:
        """How much of the claim's words a wording says, and how much of its own words the claim does not say; 0 to 1."""
        mine, theirs = _paired(claim, said)
        if set(said.words) - theirs:  # another paper, and of something else
            mine, theirs = _paired(claim, said, papers=False)
        have = math.fsum(self.weight(word) * like for word, like in mine.items()) / self._sum(claim.words)
        return have, max(0.0, 1 - math.fsum(map(self.weight, theirs)) / self._sum(said.words))

    def best(self, text: str, among: Iterable[Service] | None = None) -> Match | None:
        """The service that the text names best; None when it names none."""
        page = wording(text[:_LONGEST])
        if page.whole.empty:
            return None
        if among is None:
            return self._best_of_all(page)
        matches = (Match(self._compare(self._wording(service), page), service.id) for service in among)
        return max(matches, key=lambda match: (match.score, match.service), default=None)

    def _best_of_all(self, page: Wording) -> Match | None:
        """Services under one title are as good; the last of them by id stands for all."""
        words = {word for part in page.parts for word in part.every} or {""}
        distinct, best, titles = self._distinct, 0.0, list[int]()
        for number in distinct.with_words(words):
            score = self._compare(distinct.wording(number), page)
            if score > best:
                best, titles = score, []
            if score == best > 0:
                titles.append(number)
        found = [Match(best, self.services[distinct.last[number]].id) for number in titles]
        called, claimed = self._called, self._claimed
        if called is not None and claimed is not None and words & (claimed.whole.every or {""}):
            found.append(Match(self._compare(self._wording(called), page), called.id))
        return max(found, key=lambda match: (match.score, match.service), default=None)

    def named(self, text: str, among: Iterable[Service]) -> list[Match]:
        """Services that the text names, best first."""
        page = wording(text[:_LONGEST])
        found = [Match(self._compare(self._wording(service), page), service.id) for service in among]
        return sorted((m for m in found if m.score >= MATCH), key=lambda m: (-m.score, m.service))

    def _compare(self, claim: Wording, page: Wording) -> float:
        """0 where a gate is shut, else the best of the parts against the claim."""
        if claim.whole.empty or page.whole.empty:
            return 0.0
        factor = acts_agree(claim.whole, page.whole)
        if factor == 0 or opposed(claim.whole.words, page.whole.words):
            return 0.0
        best = max(self._part(claim.whole, part) for part in page.parts)
        if claim.aside and not page.aside:
            best = max([best, *(OTHER_WORDS * self._part(part, page.whole) for part in claim.parts[1:])])
        return round(factor * best, 4)

    def _part(self, claim: Title, page: Title) -> float:
        numbers = numbers_agree(claim.numbers, page.numbers)
        if numbers == 0 or (page.sentence and not claim.sentence):
            return 0.0
        if not claim.words or not page.words:
            # a title that is nothing but an action («ثبت نام») is named by itself alone
            return numbers if claim.words == page.words and claim.actions == page.actions else 0.0
        told = page.words[:1] if page.actions else page.words
        if any(word in speaks_of() and word not in claim.words for word in told):
            return 0.0
        mine, theirs = _paired(claim, page)
        if not mine:
            return 0.0
        lacks = 1 - math.fsum(self.weight(word) * like for word, like in mine.items()) / self._sum(
            claim.words
        )
        adds = max(0.0, 1 - math.fsum(map(self.weight, theirs)) / self._sum(page.words))
        if page.head and page.head not in theirs:
            numbers *= _OTHER_HEAD
        runs = _dice(claim.letters, page.letters)
        score = (
            1
            - _LACKS * max(0.0, lacks)
            - _ADDS * adds
            - _LETTERS * (1 - runs)
            - _BOTH * math.sqrt(max(0.0, lacks * adds))
        )
        return max(0.0, numbers * score)


def titles_of(case: Case) -> Titles:
    """Titles of the round, shared by all agencies."""
    return case.shared.of_round("titles", lambda: Titles.of(case.round))


def _paired(claim: Title, page: Title, *, papers: bool = True) -> tuple[dict[str, float], set[str]]:
    """For each word of the claim that the page has: 1, or the likeness of a word spelled a little otherwise.

    And the words of the page that are the claim's.
    """
    here, there = set(claim.words), set(page.words)
    theirs = here & there
    mine = dict.fromkeys(theirs, 1.0)
    if len(theirs) == len(here) or len(theirs) == len(there):
        return mine, theirs
    for word in sorted(here - theirs):
        if word in page.joined:  # two words of one side are one of the other («کارت خوان», «کارتخوان»)
            mine[word] = 1.0
            theirs.update(page.joined[word])
    for word in sorted(there - theirs):
        if word in claim.joined:
            theirs.add(word)
            mine.update(dict.fromkeys(claim.joined[word], 1.0))
    plain = there - set(page.phrases)  # and no word that stands for a phrase itself
    for word, written in claim.phrases.items():
        if word not in mine and written[0] in plain:
            told = [one for one in written if one in plain]
            mine[word] = len(told) / len(written)
            theirs.update(told)
    for word, written in page.phrases.items():
        if word not in theirs and set(written) <= here - set(claim.phrases):
            theirs.add(word)
            mine |= dict.fromkeys(written, 1.0)
    for word in sorted(here - set(mine)):
        alike = sorted(near().get(word, frozenset()) & (there - theirs)) if papers else []
        if alike:
            mine[word] = table("page/words/titles.toml")["near"]["likeness"]
            theirs.add(alike[0])
            continue
        if len(word) < _LIKE_LETTERS:
            continue
        left = (other for other in there - theirs if other[0] == word[0] and len(other) >= _LIKE_LETTERS)
        best, other = max(((_dice(word, other), other) for other in left), default=(0.0, ""))
        if best >= _LIKE:
            mine[word] = best
            theirs.add(other)
    return mine, theirs


@lru_cache(maxsize=8192)
def _runs(text: str) -> frozenset[str]:
    padded = f"  {text} "
    return frozenset(padded[start : start + 3] for start in range(len(padded) - 2))


def _dice(first: str, second: str) -> float:
    here, there = _runs(first), _runs(second)
    return 2 * len(here & there) / (len(here) + len(there))
