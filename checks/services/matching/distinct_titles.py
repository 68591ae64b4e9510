"""The titles of a round, each once, as they are read: what is kept of 200,000 is packed. How they are compared is for `titles`."""

from __future__ import annotations

import marshal
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter

from checks.services.matching.parts import Wording, wording
from checks.services.title_words import Title
from claims.model import Service

_MOST_READ = 16_384  # Readings of titles kept. Past them they are unpacked again: slower, the same result.
_NOBODY = (1 << 32) - 1  # Stands for a place. No round has so many services.
_VALUES = attrgetter(*(field.name for field in fields(Title)))


class DistinctTitles:
    """By a number of each.

    last: the place of that of its services which is the last by id. frequency: how many titles have a word; those that are about
    the same words count once, and so they do in `wordings`, the number of all.
    """

    def __init__(self, services: Iterable[Service]) -> None:
        self.last = array("I")
        self.frequency = Counter[str]()
        self._title_of = array("I")  # by place
        self._packed: list[bytes] = []
        self._holders: dict[str, array[int]] = {}
        numbers, ids, wordings = dict[str, int](), list[str](), set[tuple[str, ...]]()
        for place, service in enumerate(services):
            number = numbers.setdefault(service.title, len(ids))
            self._title_of.append(number)
            if number == len(ids):
                ids.append(service.id)
                self.last.append(place)
                wordings.add(self._add(wording(service.title)))
            elif service.id > ids[number]:
                ids[number], self.last[number] = service.id, place
        self.frequency.update(word for words in wordings for word in set(words))
        self.wordings = max(1, len(wordings))
        self.wording = lru_cache(_MOST_READ)(self._unpacked)

    def _add(self, read: Wording) -> tuple[str, ...]:
        for word in read.whole.every or {""}:
            self._holders.setdefault(word, array("I")).append(len(self._packed))
        self._packed.append(marshal.dumps((read.aside, [_VALUES(part) for part in read.parts])))
        return read.whole.words

    def _unpacked(self, number: int) -> Wording:
        aside, rows = marshal.loads(self._packed[number])  # noqa: S302 - bytes of this program
        parts = tuple(Title(*row) for row in rows)
        return Wording(parts[0], parts, aside)

    def with_words(self, words: Collection[str]) -> set[int]:
        """Titles that have one of the words."""
        found = {number for word in words for number in self._holders.get(word, ())}
        return {number for number in found if self.last[number] != _NOBODY}

    def without(self, place: int, services: Sequence[Service]) -> DistinctTitles:
        """As if the service at this place were not called so. services: those that were given. Frequencies stay."""
        number, rest = self._title_of[place], copy(self)
        others = (at for at, title in enumerate(self._title_of) if title == number and at != place)
        rest.last = self.last[:]
        rest.last[number] = max(others, key=lambda at: services[at].id, default=_NOBODY)
        return rest
