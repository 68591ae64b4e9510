"""Findings by filter, search and order, from results.db. May be used by several threads.

The database says which findings there are and where their lines are; what is shown is read from findings.jsonl, which is
sealed. Its hash is taken as it is opened, so that whoever shows the findings can hold it against the seal. What is withheld
(`reports.blinding`) is nowhere here: in no list, count or search, nor before or behind another.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import threading
import weakref
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.finding import Finding
from evidence.errors import EvidenceDamaged
from reports.blinding import Withheld, addresses_of, tells_of_services
from reports.replies import Outcome, standing
from reports.results_db.columns import Mask, read_columns
from reports.results_db.finding_filter import SORTS, FindingFilter, Neighbours
from reports.results_db.findings_file import finding_of
from reports.results_db.listing import Listing, is_set
from reports.results_db.rows import ORDER
from reports.results_db.scores import AgencyScores
from reports.results_db.search_text import Codes, words_of

FACETS = {"verdict": "severity", "reason": "reason", "check": "check_id", "agency": "agency"}
_TRIGRAM = 3
_FEW = 50_000  # findings whose texts are read for a letter alone sooner than all texts are
_PART = 1 << 18  # findings that are counted at once
_KEPT_WORDS = 8  # each of these and of the next two is a bit a finding
_KEPT_INDICATORS = 4
_KEPT_LISTS = 3
_KEPT_COUNTS = 32  # 120 kB each by agency, of a country
_AT_ONCE = 500  # findings of a list that goes on
_EVERYTHING = FindingFilter()
_FINDING = re.compile(r"f[0-9a-f]{3,20}")
_NOTHING = Withheld()

Places = NDArray[np.int32]
Bits = NDArray[np.uint8]
"""By `packbits`, a bit a finding."""
Counts = NDArray[np.int32]


@dataclass(frozen=True, eq=False, slots=True)
class _Told:
    """What auditors and agencies said. What was listed and counted belongs to what was told then, and is never taken for now."""

    hidden: Bits
    audited: Bits
    replied: Mapping[str, Bits]


class Results:
    """One results.db with the findings.jsonl that it was made from."""

    def __init__(self, path: Path, findings: Path, withdrawn: Mapping[str, Outcome], codes: Codes) -> None:
        """Raises OSError, sqlite3.Error."""
        self._lock = threading.Lock()
        self.withdrawn = withdrawn
        self._codes = codes
        self._lines = findings.open("rb")
        self._opened = _state(self._lines.fileno())
        self.sha256 = hashlib.file_digest(self._lines, "sha256").hexdigest()
        """Of findings.jsonl as it was opened."""
        self._connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, check_same_thread=False)
        weakref.finalize(self, self._connection.close)  # whoever reads an old one may do so until the end
        self._connection.executescript("PRAGMA trusted_schema = OFF; PRAGMA query_only = ON;")
        self._columns, numbers = read_columns(self._connection)
        self._words, self._own_words, self._severity = (
            numbers[name] for name in ("words", "own_words", "severity")
        )
        ((self._texts,),) = self._rows("SELECT coalesce(max(number), 0) FROM texts", ())
        self._count = len(self._words)
        self.scores = AgencyScores(self._rows)
        self._addresses: dict[str, list[tuple[int, set[str]]]] = {}  # of agencies whose were asked for
        self._told = _Told(self._at(()), self._at(()), {})
        self._with_word = lru_cache(_KEPT_WORDS)(self._search)
        self._of_indicator = lru_cache(_KEPT_INDICATORS)(self._indicator)
        self._masked = lru_cache(_KEPT_LISTS)(self._bits)
        self._by_subject = lru_cache(1)(self._number_subjects)
        self._listed = lru_cache(_KEPT_LISTS)(self._list)
        self._counted = lru_cache(_KEPT_COUNTS)(self._count_by)
        self._table = lru_cache(1)(self._tabulate)

    def close(self) -> None:
        with self._lock:
            self._connection.close()
            self._lines.close()

    def forget(self) -> None:
        """What was found before: it is found anew."""
        for kept in (self._with_word, self._of_indicator, self._masked, self._listed, self._counted):
            kept.cache_clear()

    def withdraw(self, withdrawn: Mapping[str, Outcome]) -> None:
        """These findings count as taken back from now on, in place of those before; `tell` has to follow.

        The database is as it was made: making it anew takes minutes for a country. Only the order of findings of one
        agency and verdict, or of one subject, and what was observed of the withdrawn ones in the search, are not as they will be then.
        """
        changed = dict(self.withdrawn.items() ^ withdrawn.items())
        places = [place for place, *_ in self._rows_of("id", changed)]
        self.withdrawn = withdrawn
        found = self._findings(places)
        severity = self._severity.copy()
        severity[np.asarray(places, np.int64)] = [ORDER.index(one.verdict) for one in found]
        reasons = self._columns["reason"].altered(places, [one.reason or "" for one in found])
        self._severity, self._columns = severity, {**self._columns, "reason": reasons}
        # whoever is at it meanwhile keeps what it finds in the old ones
        self._with_word = lru_cache(_KEPT_WORDS)(self._search)

    def tell(
        self,
        audited: Iterable[tuple[str, Sequence[str]]],
        replied: Iterable[tuple[str, str]],
        withheld: Withheld = _NOTHING,
    ) -> None:
        """What auditors and agencies said, and what is withheld, in place of what was told before.

        audited: (subject, checks whose question was judged). replied: (state, id of a finding).
        """
        judged: dict[str, set[str]] = defaultdict(set)
        for subject, checks in audited:
            judged[subject].update(checks)
        about = self._rows_of("subject", judged)
        places = [
            place
            for place, check, kind, subject in about
            if kind in ("service", "dataset") and check in judged[subject]
        ]
        states: dict[str, set[str]] = defaultdict(set)
        for state, id in replied:
            states[id].add(state)
        by_state: dict[str, list[int]] = defaultdict(list)
        for place, _, _, id in self._rows_of("id", states):
            for state in states[id]:
                by_state[state].append(place)
        replies = {state: self._at(at) for state, at in by_state.items()}
        self._told = _Told(np.packbits(self._hidden_by(withheld)), self._at(places), replies)
        self._masked.cache_clear()
        self._listed.cache_clear()
        self._counted.cache_clear()

    def find(self, wanted: FindingFilter = _EVERYTHING, offset: int = 0, limit: int = 50) -> list[Finding]:
        """Findings of a filter in its order, from the offset-th on, counted from 0."""
        return self._findings(self._listed(wanted, self._told)[offset : offset + limit])

    def every(self, wanted: FindingFilter) -> Iterator[Finding]:
        """All findings of a filter, in its order."""
        shown = self._listed(wanted, self._told)
        for begin in range(0, len(shown), _PART):
            places = shown[begin : begin + _PART]
            for first in range(0, len(places), _AT_ONCE):
                yield from self._findings(places[first : first + _AT_ONCE])

    def count(self, wanted: FindingFilter = _EVERYTHING) -> int:
        return sum(self.counts("verdict", wanted).values())

    def counts(
        self, facet: str, wanted: FindingFilter = _EVERYTHING, most: int | None = None
    ) -> dict[str, int]:
        """Findings of a filter by `verdict` (the worst first), `reason`, `check` or `agency`; only those that occur.

        most: so many values at most, those that occur most often.
        """
        values = ORDER if facet == "verdict" else self._columns[FACETS[facet]].values
        found = self._counted(facet, replace(wanted, sort=""), self._told)
        there = np.flatnonzero(found)
        if most is not None and len(there) > most:
            there = np.sort(there[np.argsort(-found[there], kind="stable")[:most]])
        return {values[number]: int(found[number]) for number in there}

    def facets(
        self, wanted: FindingFilter = _EVERYTHING, most: int | None = None
    ) -> dict[str, dict[str, int]]:
        """Findings by each facet, as the other filters leave them: what choosing another value would show."""
        return {name: self.counts(name, replace(wanted, **{name: ""}), most) for name in FACETS}

    def by_agency(self, agencies: Iterable[str]) -> dict[str, dict[str, int]]:
        """Findings of each of these agencies by verdict."""
        table = self._table(self._told)
        numbers = {value: number for number, value in enumerate(self._columns["agency"].values)}
        found = {agency: table[numbers[agency]].tolist() if agency in numbers else [] for agency in agencies}
        return {
            agency: {word: count for word, count in zip(ORDER, counts, strict=False) if count}
            for agency, counts in found.items()
        }

    def _tabulate(self, told: _Told) -> Counts:
        """Rows are agencies, columns verdicts."""
        column = self._columns["agency"]
        shown = ~self._unpacked(told.hidden)
        counts = np.zeros(len(column.values) * len(ORDER), np.int32)
        for part in self._parts():
            cells = column.numbers[part].astype(np.int64) * len(ORDER) + self._severity[part]
            counts += np.bincount(cells[shown[part]], minlength=len(counts))
        return counts.reshape(-1, len(ORDER))

    def neighbours(self, id: str, wanted: FindingFilter) -> Neighbours:
        shown = self._listed(wanted, self._told)
        place = next(iter(self._places("id = ?", (id,))), None)
        if place is None:
            return Neighbours(0, len(shown), None, None)
        at, within = shown.find(place)
        after = at + 1 if within else at
        around = shown[max(at - 1, 0) : after + 1]
        return Neighbours(
            at + 1 if within else 0,
            len(shown),
            self._id(around[0]) if at else None,
            self._id(around[-1]) if after < len(shown) else None,
        )

    def one(self, id: str) -> Finding | None:
        return next(iter(self._findings(self._shown("id = ?", (id,)))), None)

    def about(self, kind: str, subject: str) -> list[Finding]:
        """All findings about one subject, by check."""
        found = self._findings(self._shown("subject = ? AND subject_kind = ?", (subject, kind)))
        return sorted(found, key=lambda one: one.check)

    def of_agency(self, agency: str, checks: Collection[str]) -> list[Finding]:
        """Of one agency, the worst first."""
        own = self._own(agency)
        shown = own[(self._columns["check_id"].has(checks) & ~self._unpacked(self._told.hidden))[own]]
        return self._findings(shown[np.argsort(self._severity[shown], kind="stable")])

    def by_indicator(self, agency: str) -> dict[str, int]:
        """How many findings of an agency each indicator rests on."""
        own = self._own(agency)
        if not len(own):
            return {}
        # findings of an agency lie together
        rows = self._rows(
            "SELECT indicator, count(*) FROM indicator_findings WHERE finding BETWEEN ? AND ? GROUP BY indicator",
            (int(own[0]) + 1, int(own[-1]) + 1),
        )
        return dict(rows)

    def _own(self, agency: str) -> NDArray[np.intp]:
        return np.flatnonzero(self._columns["agency"].has([agency]))

    def _list(self, wanted: FindingFilter, told: _Told) -> Listing:
        shown = self._masked(replace(wanted, sort=""), told)
        return Listing.of(self._severity, self._numbers_of(wanted.sort), shown)

    def _numbers_of(self, sort: str) -> NDArray[Any] | None:
        """What findings are ordered by before severity."""
        if sort == "subject":
            return self._by_subject()
        return self._columns[FACETS[sort]].numbers if sort in SORTS else None

    def _count_by(self, facet: str, wanted: FindingFilter, told: _Told) -> Counts:
        column = self._severity if facet == "verdict" else self._columns[FACETS[facet]].numbers
        values = len(ORDER) if facet == "verdict" else len(self._columns[FACETS[facet]].values)
        mask, counts = self._mask(wanted, told), np.zeros(values, np.int32)
        for part in self._parts():
            counts += np.bincount(column[part][mask[part]], minlength=values)
        return counts

    def _parts(self) -> Iterator[slice]:
        """All findings, so many at a time that what is worked out from them takes little memory."""
        for begin in range(0, self._count, _PART):
            yield slice(begin, begin + _PART)

    def _mask(self, wanted: FindingFilter, told: _Told) -> Mask:
        """A list and its facets ask for the same."""
        return self._unpacked(self._masked(replace(wanted, sort=""), told))

    def _bits(self, wanted: FindingFilter, told: _Told) -> Bits:
        mask = self._unpacked(~told.hidden)
        if wanted.verdict:
            mask &= self._of_verdict(wanted.verdict)
        for name in ("reason", "check", "agency"):
            if value := getattr(wanted, name):
                mask &= self._columns[FACETS[name]].has([value])
        if wanted.indicator:
            mask &= self._unpacked(self._of_indicator(wanted.indicator))
        if wanted.audited:
            mask &= self._unpacked(told.audited if wanted.audited == "yes" else ~told.audited)
        if wanted.reply in ("any", "none"):
            any_reply = reduce(np.bitwise_or, told.replied.values(), self._at(()))
            mask &= self._unpacked(any_reply if wanted.reply == "any" else ~any_reply)
        elif wanted.reply:
            mask &= self._unpacked(told.replied.get(wanted.reply, self._at(())))
        for word in sorted(words_of(wanted.q), key=len, reverse=True):
            if len(word) < _TRIGRAM - 1 and np.count_nonzero(mask) <= _FEW:
                mask &= self._found(word, self._texts_of(mask, word))
            else:
                mask &= self._unpacked(self._with_word(word))
        return np.packbits(mask)

    def _of_verdict(self, verdict: str) -> Mask:
        found: Mask = self._severity == (ORDER.index(verdict) if verdict in ORDER else len(ORDER))
        return found

    def met_by(self, withheld: Withheld) -> set[str]:
        """The addresses that the program met for what is withheld: who sees one of them knows where a claim led."""
        found = self._findings(self._of_drawn(withheld))
        return {address for one in found for address in addresses_of(one)}

    def _of_drawn(self, withheld: Withheld) -> list[int]:
        about = self._rows_of("subject", withheld.drawn)
        return [place for place, _, kind, _ in about if kind == "service"]

    def _hidden_by(self, withheld: Withheld) -> Mask:
        mask = self._unpacked(self._at(self._of_drawn(withheld)))
        agencies, checks = self._columns["agency"], self._columns["check_id"]
        mask |= agencies.has(withheld.whole)
        mask |= agencies.has(withheld.agencies) & checks.has(filter(tells_of_services, checks.values))
        # links of any other agency are found by what they are about
        mask[[place for place, *_ in self._rows_of("subject", withheld.addresses)]] = True
        for agency in withheld.agencies - withheld.whole:
            if agency not in self._addresses:
                places = self._own(agency).tolist()
                found = map(addresses_of, self._findings(places))
                self._addresses[agency] = list(zip(places, found, strict=True))
            known = self._addresses[agency]
            mask[[place for place, found in known if not withheld.addresses.isdisjoint(found)]] = True
        return mask

    def _search(self, word: str) -> Bits:
        """Findings that have a word in their texts, or in what their codes mean."""
        return np.packbits(self._found(word, self._texts_with(word)))

    def _found(self, word: str, texts: Places) -> Mask:
        """texts: those with the word."""
        hit = np.zeros(self._texts + 1, np.bool_)
        hit[texts] = True
        mask: Mask = hit[self._words] | hit[self._own_words]
        for column, meanings in self._codes.items():
            if found := [code for code, text in meanings.items() if word in text]:
                mask |= self._columns[FACETS[column]].has(found)
        if _FINDING.fullmatch(word):
            mask |= self._unpacked(self._at(self._places("id BETWEEN ? AND ?", (word, word + "g"))))
        return mask

    def _texts_with(self, word: str) -> Places:
        """Numbers of texts. A letter alone is in so many trigrams that the texts are read sooner."""
        if len(word) < _TRIGRAM - 1:
            return self._numbers("SELECT number FROM texts WHERE instr(text, ?)", (word,))
        phrases = [word]
        if len(word) < _TRIGRAM:
            phrases = [
                term for (term,) in self._rows("SELECT term FROM trigrams WHERE instr(term, ?)", (word,))
            ]
        wanted = " OR ".join('"' + phrase.replace('"', '""') + '"' for phrase in phrases)
        return self._numbers("SELECT rowid FROM texts_fts WHERE texts_fts MATCH ?", (wanted or '""',))

    def _texts_of(self, mask: Mask, word: str) -> Places:
        """Numbers of those texts of some findings that have a word."""
        texts = np.unique(np.concatenate([self._words[mask], self._own_words[mask]]))
        return self._numbers(
            "SELECT number FROM texts WHERE number IN (SELECT value FROM json_each(?)) AND instr(text, ?)",
            (json.dumps(texts.tolist()), word),
        )

    def _unpacked(self, bits: Bits) -> Mask:
        return np.unpackbits(bits, count=self._count).view(np.bool_)

    def _indicator(self, id: str) -> Bits:
        """Of an indicator, or of all of an axis."""
        places = self._numbers(
            "SELECT finding - 1 FROM indicator_findings WHERE indicator = ?"
            " OR indicator IN (SELECT DISTINCT indicator FROM indicators WHERE axis = ?)",
            (id, id),
        )
        return self._at(places)

    def _number_subjects(self) -> NDArray[np.int32]:
        numbers = np.zeros(self._count, np.int32)
        with self._lock:
            rows = self._connection.execute(
                "SELECT number - 1, dense_rank() OVER (ORDER BY subject) FROM findings"
            )
            while some := rows.fetchmany(_AT_ONCE):
                places, ranks = np.array(some, np.int32).T
                numbers[places] = ranks
        return numbers

    def _at(self, places: Sequence[int] | Places) -> Bits:
        mask = np.zeros(self._count, np.bool_)
        mask[np.asarray(places, np.int32)] = True
        return np.packbits(mask)

    def _places(self, where: str, values: tuple[str, ...]) -> list[int]:
        rows = self._rows(f"SELECT number FROM findings WHERE {where} ORDER BY number", values)  # noqa: S608 (of ours)
        return [number - 1 for (number,) in rows]

    def _shown(self, where: str, values: tuple[str, ...]) -> list[int]:
        hidden = self._told.hidden
        return [place for place in self._places(where, values) if not is_set(hidden, place)]

    def _rows_of(self, column: str, values: Iterable[str]) -> list[tuple[int, str, str, str]]:
        """(place, check, kind of subject, value) of findings with one of these ids or subjects."""
        return self._rows(
            f"SELECT number - 1, check_id, subject_kind, {column} FROM findings"  # noqa: S608 (of ours)
            f" WHERE {column} IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(values)),),
        )

    def _id(self, place: int) -> str:
        return str(self._rows("SELECT id FROM findings WHERE number = ?", (int(place) + 1,))[0][0])

    def _rows(self, sql: str, values: tuple[str | int, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def _numbers(self, sql: str, values: tuple[str, ...] = ()) -> Places:
        """Of a query for numbers, which may be as many as the findings: rows of Python would take a hundred bytes each."""
        with self._lock:
            return np.fromiter(chain.from_iterable(self._connection.execute(sql, values)), np.int32)

    def _findings(self, places: Iterable[int]) -> list[Finding]:
        found: list[Finding] = []
        for place in places:
            ((id, offset, length),) = self._rows(
                "SELECT id, place, length FROM findings WHERE number = ?", (int(place) + 1,)
            )
            finding = finding_of(os.pread(self._lines.fileno(), length, offset))
            if finding.id != id or not self._is_as_opened():
                raise EvidenceDamaged("the findings were changed while they were read")
            found += standing([finding], self.withdrawn)
        return found

    def _is_as_opened(self) -> bool:
        """A file that was renamed or removed meanwhile has another state, and the same bytes."""
        state = _state(self._lines.fileno())
        if state == self._opened:
            return True
        with self._lock:
            self._lines.seek(0)
            if hashlib.file_digest(self._lines, "sha256").hexdigest() != self.sha256:
                return False
            self._opened = state
            return True


def _state(file: int) -> tuple[int, int, int]:
    stat = os.fstat(file)
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
