"""Findings by filter, search and order, from results.db. May be used by several threads.

The database says which findings there are and where their lines are; what is shown is read from findings.jsonl, which is
sealed. Its hash is taken as it is opened, so that whoever shows the findings can hold it against the seal.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.finding import Finding
from evidence.errors import EvidenceDamaged
from reports.replies import Outcome, standing
from reports.results_db.columns import Mask, read_columns
from reports.results_db.finding_filter import FindingFilter, Neighbours
from reports.results_db.findings_file import finding_of
from reports.results_db.rows import ORDER
from reports.results_db.search_text import Codes, words_of

SORTS = ("severity", "agency", "check", "reason")
FACETS = {"verdict": "verdict", "reason": "reason", "check": "check_id", "agency": "agency"}
_TRIGRAM = 3
_KEPT_WORDS = 32
_EVERYTHING = FindingFilter()
_FINDING = re.compile(r"f[0-9a-f]{3,20}")


class Results:
    """One results.db with the findings.jsonl that it was made from."""

    def __init__(self, path: Path, findings: Path, withdrawn: Mapping[str, Outcome], codes: Codes) -> None:
        """Raises OSError, sqlite3.Error."""
        self._lock = threading.Lock()
        self._withdrawn = withdrawn
        self._codes = codes
        self._lines = findings.open("rb")
        self._opened = _state(self._lines.fileno())
        self.sha256 = hashlib.file_digest(self._lines, "sha256").hexdigest()
        """Of findings.jsonl as it was opened."""
        self._connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, check_same_thread=False)
        self._connection.executescript("PRAGMA trusted_schema = OFF; PRAGMA query_only = ON;")
        self._columns, numbers = read_columns(self._connection)
        self._words, self._own_words = numbers["words"], numbers["own_words"]
        ((self._texts,),) = self._rows("SELECT coalesce(max(number), 0) FROM texts", ())
        self._count = len(self._words)
        self._orders: dict[str, NDArray[np.int32]] = {}
        self._severity = numbers["severity"]
        self._audited = self._nowhere()
        self._replied: Mapping[str, Mask] = {}
        self._with_word = lru_cache(_KEPT_WORDS)(self._search)
        self._of_indicator = lru_cache(_KEPT_WORDS)(self._indicator)

    def close(self) -> None:
        with self._lock:
            self._connection.close()
            self._lines.close()

    def forget(self) -> None:
        """What was found for words and indicators before: it is found anew."""
        self._with_word.cache_clear()
        self._of_indicator.cache_clear()

    def tell(self, audited: Iterable[tuple[str, Sequence[str]]], replied: Iterable[tuple[str, str]]) -> None:
        """What auditors and agencies said, in place of what was told before.

        audited: (subject, checks whose question was judged). replied: (state, id of a finding).
        """
        judged = self._nowhere()
        for subject, checks in audited:
            for check in checks:
                where = "subject = ? AND check_id = ? AND subject_kind IN ('service', 'dataset')"
                judged |= self._at(self._places(where, (subject, check)))
        by_state: dict[str, list[int]] = defaultdict(list)
        for state, id in replied:
            by_state[state] += self._places("id = ?", (id,))
        self._audited = judged
        self._replied = {state: self._at(places) for state, places in by_state.items()}

    def find(
        self,
        wanted: FindingFilter = _EVERYTHING,
        sort: str = "severity",
        offset: int = 0,
        limit: int = 50,
    ) -> list[Finding]:
        """Findings of a filter from the offset-th on, counted from 0. sort: one of SORTS; within it by severity and agency."""
        order = self._order(sort)
        return self._findings(order[self._mask(wanted)[order]][offset : offset + limit])

    def count(self, wanted: FindingFilter = _EVERYTHING) -> int:
        return int(np.count_nonzero(self._mask(wanted)))

    def facets(self, wanted: FindingFilter = _EVERYTHING) -> dict[str, dict[str, int]]:
        """Findings of a filter by `verdict` (the worst first), `reason`, `check` and `agency`; only those that occur."""
        mask = self._mask(wanted)
        found = {name: self._columns[column].counts(mask) for name, column in FACETS.items()}
        found["verdict"] = {word: found["verdict"][word] for word in ORDER if word in found["verdict"]}
        return found

    def neighbours(self, id: str, wanted: FindingFilter, sort: str = "severity") -> Neighbours:
        order = self._order(sort)
        shown = order[self._mask(wanted)[order]]
        place = next(iter(self._places("id = ?", (id,))), None)
        if place is None:
            return Neighbours(0, len(shown), None, None)
        ranks = np.empty(self._count, np.int32)
        ranks[order] = np.arange(self._count, dtype=np.int32)
        at = int(np.searchsorted(ranks[shown], ranks[place]))
        within = at < len(shown) and shown[at] == place
        after = at + 1 if within else at
        return Neighbours(
            at + 1 if within else 0,
            len(shown),
            self._id(shown[at - 1]) if at else None,
            self._id(shown[after]) if after < len(shown) else None,
        )

    def one(self, id: str) -> Finding | None:
        return next(iter(self._findings(self._places("id = ?", (id,)))), None)

    def about(self, kind: str, subject: str) -> list[Finding]:
        """All findings about one subject, by check."""
        found = self._findings(self._places("subject = ? AND subject_kind = ?", (subject, kind)))
        return sorted(found, key=lambda one: one.check)

    def of_check(self, check: str) -> list[Finding]:
        return self._findings(np.flatnonzero(self._columns["check_id"].has([check])))

    def disputed(self) -> list[Finding]:
        """Contradictions of services and datasets."""
        refuted = self._columns["verdict"].has(["contradicted"])
        return self._findings(
            np.flatnonzero(refuted & self._columns["subject_kind"].has(("service", "dataset")))
        )

    def _mask(self, wanted: FindingFilter) -> Mask:
        mask = ~self._nowhere()
        for name, column in FACETS.items():
            if value := getattr(wanted, name):
                mask &= self._columns[column].has([value])
        if wanted.indicator:
            mask &= self._of_indicator(wanted.indicator)
        if wanted.audited:
            mask &= self._audited if wanted.audited == "yes" else ~self._audited
        if wanted.reply in ("any", "none"):
            any_reply = reduce(np.logical_or, self._replied.values(), self._nowhere())
            mask &= any_reply if wanted.reply == "any" else ~any_reply
        elif wanted.reply:
            mask &= self._replied.get(wanted.reply, self._nowhere())
        for word in words_of(wanted.q):
            mask &= self._with_word(word)
        return mask

    def _search(self, word: str) -> Mask:
        """Findings that have a word in their texts, or in what their codes mean."""
        if len(word) >= _TRIGRAM:
            phrase = '"' + word.replace('"', '""') + '"'
            rows = self._rows("SELECT rowid FROM texts_fts WHERE texts_fts MATCH ?", (phrase,))
        else:
            rows = self._rows("SELECT number FROM texts WHERE instr(text, ?)", (word,))
        hit = np.zeros(self._texts + 1, np.bool_)
        hit[np.fromiter((number for (number,) in rows), np.int64, len(rows))] = True
        mask: Mask = hit[self._words] | hit[self._own_words]
        for column, texts in self._codes.items():
            if found := [code for code, text in texts.items() if word in text]:
                mask |= self._columns[FACETS[column]].has(found)
        if _FINDING.fullmatch(word):
            mask |= self._at(self._places("id BETWEEN ? AND ?", (word, word + "g")))
        return mask

    def _indicator(self, id: str) -> Mask:
        """Of an indicator, or of all of an axis."""
        rows = self._rows(
            "SELECT finding FROM indicator_findings WHERE indicator = ?"
            " OR indicator IN (SELECT DISTINCT indicator FROM indicators WHERE axis = ?)",
            (id, id),
        )
        return self._at([number - 1 for (number,) in rows])

    def _order(self, sort: str) -> NDArray[np.int32]:
        """Findings lie by agency, severity, check and subject; every other order is a stable sort of that."""
        if sort not in self._orders:
            by = self._severity if sort == "severity" else self._columns[FACETS[sort]].numbers
            worst_first = np.argsort(self._severity, kind="stable")
            order = (
                worst_first if sort == "severity" else worst_first[np.argsort(by[worst_first], kind="stable")]
            )
            self._orders[sort] = order.astype(np.int32)
        return self._orders[sort]

    def _nowhere(self) -> Mask:
        return np.zeros(self._count, np.bool_)

    def _at(self, places: Sequence[int]) -> Mask:
        mask = self._nowhere()
        mask[np.asarray(places, np.int64)] = True
        return mask

    def _places(self, where: str, values: tuple[str, ...]) -> list[int]:
        rows = self._rows(f"SELECT number FROM findings WHERE {where} ORDER BY number", values)  # noqa: S608 (of ours)
        return [number - 1 for (number,) in rows]

    def _id(self, place: int) -> str:
        return str(self._rows("SELECT id FROM findings WHERE number = ?", (int(place) + 1,))[0][0])

    def _rows(self, sql: str, values: tuple[str | int, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def _findings(self, places: Iterable[int]) -> list[Finding]:
        found: list[Finding] = []
        for place in places:
            ((id, offset, length),) = self._rows(
                "SELECT id, place, length FROM findings WHERE number = ?", (int(place) + 1,)
            )
            finding = finding_of(os.pread(self._lines.fileno(), length, offset))
            if finding.id != id or _state(self._lines.fileno()) != self._opened:
                raise EvidenceDamaged("the findings were changed while they were read")
            found += standing([finding], self._withdrawn)
        return found


def _state(file: int) -> tuple[int, int, int]:
    stat = os.fstat(file)
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
