"""Findings by filter and search: columns in memory that name the lines of findings.jsonl, which keeps the findings.

Texts are folded as `claims.persian` folds them and hold no white space, so that «میزخدمت» finds «میز خدمت». What a code
means is looked up in the texts of both languages when somebody searches, and stands in no row.
"""

from __future__ import annotations

import hashlib
import json
import threading
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache, reduce
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from checks.finding import Finding
from claims.persian import fold
from evidence.errors import EvidenceDamaged
from reports.blinding import Withheld, addresses_of
from reports.replies import Outcome, standing

SORTS = ("agency", "check", "reason", "subject")
ORDER = ("contradicted", "partial", "inconclusive", "verified", "not_applicable")
_MOST_WORDS = 8
_MOST_QUERY = 200  # characters
_MOST_TEXT = 2000  # characters of one field of a finding
_KEPT_WORDS = 64
_END = b"\0"  # behind the texts of a finding

Mask = NDArray[np.bool_]

Codes = Mapping[str, Mapping[str, str]]
"""By column (`reason`, `check`, `agency`): code to its texts in all languages, folded and without white space."""


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """What somebody looks for; "" asks for nothing. indicator: its id, or that of an axis.

    reply: a state, `any` or `none`. audited: `yes` or `no`. sort: what the list is ordered and grouped by, one of SORTS.
    """

    q: str = ""
    agency: str = ""
    verdict: str = ""
    reason: str = ""
    check: str = ""
    indicator: str = ""
    reply: str = ""
    audited: str = ""
    sort: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> FindingFilter:
        """From the fields of an address; what is longer than anything that is there finds nothing."""
        return cls(**{one.name: given.get(one.name, "").strip()[:_MOST_QUERY] for one in fields(cls)})

    def given(self) -> dict[str, str]:
        """What is asked for, as fields of an address."""
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name))}


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Around one finding within a filter. number: counted from 1, 0 when the filter leaves it out. before, after: ids."""

    number: int
    of: int
    before: str | None
    after: str | None


def squeezed(text: str) -> str:
    """As texts are compared here."""
    return fold(text).replace(" ", "")


class FindingColumn:
    """One value of each finding, as numbers into the list of those that occur, in their order."""

    def __init__(self, values: Sequence[str]) -> None:
        self.values = sorted(set(values))
        numbers = {value: number for number, value in enumerate(self.values)}
        self._numbers = np.fromiter((numbers[value] for value in values), np.int32, len(values))

    def has(self, wanted: Iterable[str]) -> Mask:
        """Findings with one of these values."""
        numbers = [number for number, value in enumerate(self.values) if value in set(wanted)]
        return np.isin(self._numbers, numbers)

    def ordered(self, places: NDArray[np.intp]) -> NDArray[np.intp]:
        """These places by value, those of one value as they came."""
        return places[np.argsort(self._numbers[places], kind="stable")]

    def counts(self, within: Mask) -> dict[str, int]:
        """Findings by value; only those that occur."""
        found = np.bincount(self._numbers[within], minlength=len(self.values))
        return {value: int(count) for value, count in zip(self.values, found, strict=True) if count}


class FindingsIndex:
    """Of one findings.jsonl. May be used by several threads."""

    def __init__(
        self,
        path: Path,
        titles: Mapping[str, str],
        withdrawn: Mapping[str, Outcome],
        indicators: Mapping[str, Iterable[str]],
        codes: Codes,
    ) -> None:
        """titles: of claims by id. indicators: ids of findings by indicator and axis. Raises OSError, ValueError, KeyError."""
        self._reading = threading.Lock()
        self.withdrawn = withdrawn
        self._codes = codes
        self._file: BinaryIO = path.open("rb")  # the findings as they were when this was made
        self._sha256 = hashlib.sha256()
        rows = sorted(self._rows(titles))
        self._ids = [row[4] for row in rows]
        self._places = {id: place for place, id in enumerate(self._ids)}
        self._columns = {
            "verdict": FindingColumn([ORDER[row[0]] for row in rows]),
            "agency": FindingColumn([row[1] for row in rows]),
            "check": FindingColumn([row[2] for row in rows]),
            "reason": FindingColumn([row[5] for row in rows]),
            "kind": FindingColumn([row[6] for row in rows]),
            "subject": FindingColumn([row[3] for row in rows]),
        }
        self._hidden = self._nowhere()
        self._addresses: dict[str, list[tuple[int, set[str]]]] = {}  # of agencies whose were asked for
        self._subjects: dict[str, list[int]] = defaultdict(list)
        for place, row in enumerate(rows):
            self._subjects[row[3]].append(place)
        self._lines = [(row[7], row[8], row[10]) for row in rows]
        self._text = b"".join(row[9] for row in rows)
        self._starts = np.cumsum([0, *(len(row[9]) for row in rows)]).tolist()
        self._indicators = {name: self._at_ids(ids) for name, ids in indicators.items()}
        self._audited = self._nowhere()
        self._replied: Mapping[str, Mask] = {}
        self._with_word = lru_cache(_KEPT_WORDS)(self._search)

    def _rows(
        self, titles: Mapping[str, str]
    ) -> Iterator[tuple[int, str, str, str, str, str, str, int, int, bytes, int]]:
        offset = 0
        for line in self._file:
            self._sha256.update(line)
            finding = self._read(line)
            subject = finding.subject
            words = "\n".join(squeezed(text[:_MOST_TEXT]) for text in _texts(finding, titles))
            yield (
                ORDER.index(finding.verdict),
                finding.agency,
                finding.check,
                subject.id,
                finding.id,
                finding.reason or "",
                subject.kind,
                offset,
                len(line),
                _bytes(words).replace(_END, b"") + _END,
                hash(line),
            )
            offset += len(line)

    @property
    def sha256(self) -> str:
        """Of the file as it was read."""
        return self._sha256.hexdigest()

    def _read(self, line: bytes) -> Finding:
        return standing([Finding.from_json(json.loads(line))], self.withdrawn)[0]

    def tell(
        self,
        audited: Iterable[tuple[str, Sequence[str]]],
        replied: Iterable[tuple[str, str]],
        withheld: Withheld = Withheld(),  # noqa: B008 (frozen)
    ) -> None:
        """What auditors and agencies said, and what is withheld, in place of what was told before.

        audited: (subject, checks whose question was judged). replied: (state, id of a finding). withheld: is nowhere here.
        """
        judged = self._nowhere()
        claims = self._columns["kind"].has(("service", "dataset"))
        asked = {checks: self._columns["check"].has(checks) for _, checks in audited}
        for subject, checks in audited:
            for place in self._subjects.get(subject, ()):
                judged[place] |= claims[place] and asked[checks][place]
        by_state: dict[str, list[str]] = defaultdict(list)
        for state, id in replied:
            by_state[state].append(id)
        self._audited = judged
        self._replied = {state: self._at_ids(ids) for state, ids in by_state.items()}
        self._hidden = self._hidden_by(withheld)

    def _hidden_by(self, withheld: Withheld) -> Mask:
        mask = self._nowhere()
        for subject in withheld.subjects:
            mask[self._subjects.get(subject, [])] = True
        mask &= self._columns["kind"].has(["service"])
        for agency in withheld.addresses:
            if agency not in self._addresses:
                places = np.flatnonzero(self._columns["agency"].has([agency])).tolist()
                self._addresses[agency] = [
                    (place, addresses_of(one))
                    for place, one in zip(places, self._findings(places), strict=True)
                ]
            wanted = withheld.addresses[agency]
            mask[[place for place, own in self._addresses[agency] if not wanted.isdisjoint(own)]] = True
        return mask

    def counts(self, wanted: FindingFilter) -> dict[str, int]:
        """Findings by verdict, in the order of ORDER; only those that occur."""
        found = self._columns["verdict"].counts(self._mask(wanted))
        return {verdict: found[verdict] for verdict in ORDER if verdict in found}

    def values(self, column: str, wanted: FindingFilter = FindingFilter()) -> dict[str, int]:
        """Findings of a filter by `verdict`, `agency`, `check` or `reason`; only those that occur."""
        return self._columns[column].counts(self._mask(wanted))

    def page(self, wanted: FindingFilter, start: int, size: int) -> list[Finding]:
        """Findings from the start-th on, counted from 0."""
        return self._findings(self._listed(wanted)[start : start + size])

    def every(self, wanted: FindingFilter) -> Iterator[Finding]:
        """All findings of a filter, in its order."""
        for place in self._listed(wanted):
            yield from self._findings([place])

    def _listed(self, wanted: FindingFilter) -> NDArray[np.intp]:
        return self._ordered(self._mask(wanted), wanted)

    def _ordered(self, mask: Mask, wanted: FindingFilter) -> NDArray[np.intp]:
        places = np.flatnonzero(mask)
        return self._columns[wanted.sort].ordered(places) if wanted.sort in SORTS else places

    def find(self, id: str) -> Finding | None:
        place = self._places.get(id)
        return None if place is None or self._hidden[place] else self._findings([place])[0]

    def about(self, kind: str, subject: str) -> list[Finding]:
        """All findings about one subject, by check."""
        found = self._findings(at for at in self._subjects.get(subject, ()) if not self._hidden[at])
        return sorted((one for one in found if one.subject.kind == kind), key=lambda one: one.check)

    def of_check(self, check: str) -> list[Finding]:
        return self._findings(np.flatnonzero(self._columns["check"].has([check]) & ~self._hidden))

    def neighbours(self, id: str, wanted: FindingFilter) -> Neighbours:
        mask, place = self._mask(wanted), self._places.get(id)
        if place is None:
            return Neighbours(0, int(mask.sum()), None, None)
        within = bool(mask[place])
        mask[place] = True  # one that the filter leaves out has neighbours all the same
        places = self._ordered(mask, wanted)
        at = int(np.flatnonzero(places == place)[0])
        return Neighbours(
            at + 1 if within else 0,
            len(places) - (not within),
            self._ids[places[at - 1]] if at else None,
            self._ids[places[at + 1]] if at + 1 < len(places) else None,
        )

    def _mask(self, wanted: FindingFilter) -> Mask:
        mask = ~self._hidden
        for name in ("agency", "verdict", "reason", "check"):
            if value := getattr(wanted, name):
                mask &= self._columns[name].has([value])
        if wanted.indicator:
            mask &= self._indicators.get(wanted.indicator, self._nowhere())
        if wanted.audited:
            mask &= self._audited if wanted.audited == "yes" else ~self._audited
        if wanted.reply in ("any", "none"):
            any_reply = reduce(np.logical_or, self._replied.values(), self._nowhere())
            mask &= any_reply if wanted.reply == "any" else ~any_reply
        elif wanted.reply:
            mask &= self._replied.get(wanted.reply, self._nowhere())
        for word in fold(wanted.q).replace("\0", "").split()[:_MOST_WORDS]:
            mask &= self._with_word(word)
        return mask

    def _search(self, word: str) -> Mask:
        """Findings that have a word in their texts, or in what their codes mean."""
        mask = self._nowhere()
        wanted, at = _bytes(word), 0
        while (at := self._text.find(wanted, at)) >= 0:
            place = bisect_right(self._starts, at) - 1
            mask[place] = True
            at = self._starts[place + 1]
        for column, texts in self._codes.items():
            if found := [code for code, text in texts.items() if word in text]:
                mask |= self._columns[column].has(found)
        return mask

    def _nowhere(self) -> Mask:
        return np.zeros(len(self._ids), np.bool_)

    def _at_ids(self, ids: Iterable[str]) -> Mask:
        mask = self._nowhere()
        mask[[self._places[id] for id in ids if id in self._places]] = True
        return mask

    def _findings(self, places: Iterable[int]) -> list[Finding]:
        found = []
        for place in places:
            offset, length, mark = self._lines[place]
            with self._reading:
                self._file.seek(offset)
                line = self._file.read(length)
            if hash(line) != mark:
                raise EvidenceDamaged("the findings were changed while they were read")
            found.append(self._read(line))
        return found


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _texts(finding: Finding, titles: Mapping[str, str]) -> Iterator[str]:
    """What a finding is found by, besides the texts of its codes."""
    subject, observed = finding.subject, finding.observed
    yield finding.id
    yield subject.id
    yield subject.url or ""
    yield titles.get(subject.id, "") if subject.kind in ("service", "dataset") else ""
    for name in ("url", "excerpt", "text"):
        value = observed.get(name)
        yield value if isinstance(value, str) else ""
