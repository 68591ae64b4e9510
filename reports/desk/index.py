"""Findings by filter and search: tables in memory that name the lines of findings.jsonl, which keeps the findings.

Texts are folded as `claims.persian` folds them and hold no white space, so that «میزخدمت» finds «میز خدمت». What a code
means is looked up in the texts of both languages when somebody searches, and stands in no row.
"""

# ruff: noqa: S608 - statements are made of names that stand here; what was given is always a parameter

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import BinaryIO

from checks.finding import Finding
from claims.persian import fold
from reports.replies import Outcome, standing

ORDER = ("contradicted", "partial", "inconclusive", "verified", "not_applicable")
_MOST_WORDS = 8
_MOST_QUERY = 200  # characters
_MOST_TEXT = 2000  # characters of one field of a finding
_TABLES = """
CREATE TABLE finding (
  place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, agency TEXT NOT NULL, verdict TEXT NOT NULL, reason TEXT NOT NULL,
  chk TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL
);
CREATE INDEX by_subject ON finding (subject);
CREATE TABLE words (place INTEGER PRIMARY KEY, folded TEXT NOT NULL);
CREATE TABLE indicator (id TEXT NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (id, place)) WITHOUT ROWID;
CREATE TABLE audited (place INTEGER PRIMARY KEY);
CREATE TABLE replied (state TEXT NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (state, place)) WITHOUT ROWID;
"""

Codes = Mapping[str, Mapping[str, str]]
"""By column (`reason`, `chk`, `agency`): code to its texts in all languages, folded and without white space."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What somebody looks for; "" asks for nothing. indicator: its id, or that of an axis.

    reply: a state, `any` or `none`. audited: `yes` or `no`.
    """

    q: str = ""
    agency: str = ""
    verdict: str = ""
    reason: str = ""
    check: str = ""
    indicator: str = ""
    reply: str = ""
    audited: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Filter:
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


class Index:
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
        self._lock = threading.Lock()
        self._codes = codes
        self._withdrawn = withdrawn
        self._file: BinaryIO = path.open("rb")  # the findings as they were when the tables were made
        self._tables = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._tables.executescript(_TABLES)
        self._fill(titles, indicators)

    def close(self) -> None:
        with self._lock:
            self._tables.close()
            self._file.close()

    def _fill(self, titles: Mapping[str, str], indicators: Mapping[str, Iterable[str]]) -> None:
        rows = []
        for offset, length, finding in self._lines():
            words = "\n".join(squeezed(text[:_MOST_TEXT]) for text in _texts(finding, titles))
            key = (ORDER.index(finding.verdict), finding.agency, finding.check, finding.subject.id)
            rows.append((key, finding.id, finding.reason or "", finding.subject.kind, offset, length, words))
        rows.sort()
        with self._tables:
            self._tables.execute("BEGIN")
            self._tables.executemany(
                "INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (place, id, key[1], ORDER[key[0]], reason, key[2], kind, key[3], offset, length)
                    for place, (key, id, reason, kind, offset, length, _) in enumerate(rows)
                ),
            )
            self._tables.executemany(
                "INSERT INTO words VALUES (?, ?)", ((place, row[-1]) for place, row in enumerate(rows))
            )
            places = {row[1]: place for place, row in enumerate(rows)}
            self._tables.executemany(
                "INSERT OR IGNORE INTO indicator VALUES (?, ?)",
                ((name, places[id]) for name, ids in indicators.items() for id in ids if id in places),
            )

    def _lines(self) -> Iterator[tuple[int, int, Finding]]:
        offset = 0
        for line in self._file:
            yield offset, len(line), self._read(line)
            offset += len(line)

    def _read(self, line: bytes) -> Finding:
        return standing([Finding.from_json(json.loads(line))], self._withdrawn)[0]

    def tell(self, audited: Iterable[tuple[str, Sequence[str]]], replied: Iterable[tuple[str, str]]) -> None:
        """What auditors and agencies said, in place of what was told before.

        audited: (subject, checks whose question was judged). replied: (state, id of a finding).
        """
        with self._lock, self._tables:
            self._tables.execute("BEGIN")
            self._tables.execute("DELETE FROM audited")
            self._tables.execute("DELETE FROM replied")
            for subject, checks in audited:
                self._tables.executemany(
                    "INSERT OR IGNORE INTO audited SELECT place FROM finding"
                    " WHERE subject = ? AND chk = ? AND kind IN ('service', 'dataset')",
                    [(subject, check) for check in checks],
                )
            self._tables.executemany(
                "INSERT OR IGNORE INTO replied SELECT ?, place FROM finding WHERE id = ?", replied
            )

    def counts(self, wanted: Filter) -> dict[str, int]:
        """Findings by verdict, in the order of ORDER; only those that occur."""
        where, values = self._where(wanted)
        rows = self._ask(f"SELECT verdict, COUNT(*) FROM finding {where} GROUP BY verdict", values)
        found = {str(verdict): int(count) for verdict, count in rows}
        return {verdict: found[verdict] for verdict in ORDER if verdict in found}

    def by_agency(self) -> dict[str, dict[str, int]]:
        """Findings by agency and verdict."""
        found: dict[str, dict[str, int]] = {}
        for agency, verdict, count in self._ask(
            "SELECT agency, verdict, COUNT(*) FROM finding GROUP BY agency, verdict", []
        ):
            found.setdefault(str(agency), {})[str(verdict)] = int(count)
        return found

    def options(self, column: str) -> list[tuple[str, int]]:
        """Values of `reason` or `chk` with their numbers, by value."""
        if column not in ("reason", "chk"):
            raise ValueError(column)
        rows = self._ask(
            f"SELECT {column}, COUNT(*) FROM finding WHERE {column} <> '' GROUP BY {column}",
            [],
        )
        return sorted((str(value), int(count)) for value, count in rows)

    def page(self, wanted: Filter, start: int, size: int) -> list[Finding]:
        """Findings from the start-th on, counted from 0."""
        where, values = self._where(wanted)
        rows = self._ask(
            f"SELECT offset, length FROM finding {where} ORDER BY place LIMIT ? OFFSET ?",
            [*values, size, start],
        )
        return [self._at(offset, length) for offset, length in rows]

    def find(self, id: str) -> Finding | None:
        rows = self._ask("SELECT offset, length FROM finding WHERE id = ?", [id])
        return self._at(*rows[0]) if rows else None

    def about(self, kind: str, subject: str) -> list[Finding]:
        """All findings about one subject."""
        rows = self._ask(
            "SELECT offset, length FROM finding WHERE subject = ? AND kind = ? ORDER BY chk", [subject, kind]
        )
        return [self._at(offset, length) for offset, length in rows]

    def of_check(self, check: str) -> list[Finding]:
        rows = self._ask("SELECT offset, length FROM finding WHERE chk = ? ORDER BY id", [check])
        return [self._at(offset, length) for offset, length in rows]

    def disputed(self) -> list[Finding]:
        """Contradictions of services and datasets."""
        rows = self._ask(
            "SELECT offset, length FROM finding WHERE verdict = 'contradicted' AND kind IN ('service', 'dataset')",
            [],
        )
        return [self._at(offset, length) for offset, length in rows]

    def neighbours(self, id: str, wanted: Filter) -> Neighbours:
        rows = self._ask("SELECT place FROM finding WHERE id = ?", [id])
        place = rows[0][0] if rows else -1
        where, values = self._where(wanted)
        ((of, number, within, before, after),) = self._ask(
            "SELECT COUNT(*), COALESCE(SUM(place <= ?), 0), COALESCE(SUM(place = ?), 0),"
            f" MAX(CASE WHEN place < ? THEN place END), MIN(CASE WHEN place > ? THEN place END) FROM finding {where}",
            [place, place, place, place, *values],
        )
        ids = {
            at: str(id)
            for at, id in self._ask("SELECT place, id FROM finding WHERE place IN (?, ?)", [before, after])
        }
        return Neighbours(number if within else 0, of, ids.get(before), ids.get(after))

    def _where(self, wanted: Filter) -> tuple[str, list[object]]:
        """The condition of a filter; values are parameters, and nothing that was given stands in the statement."""
        parts: list[str] = []
        values: list[object] = []
        for column, value in (
            ("agency", wanted.agency),
            ("verdict", wanted.verdict),
            ("reason", wanted.reason),
            ("chk", wanted.check),
        ):
            if value:
                parts.append(f"{column} = ?")
                values.append(value)
        if wanted.indicator:
            parts.append("place IN (SELECT place FROM indicator WHERE id = ?)")
            values.append(wanted.indicator)
        if wanted.audited:
            not_ = "" if wanted.audited == "yes" else "NOT "
            parts.append(f"place {not_}IN (SELECT place FROM audited)")
        if wanted.reply in ("any", "none"):
            not_ = "" if wanted.reply == "any" else "NOT "
            parts.append(f"place {not_}IN (SELECT place FROM replied)")
        elif wanted.reply:
            parts.append("place IN (SELECT place FROM replied WHERE state = ?)")
            values.append(wanted.reply)
        for word in fold(wanted.q).split()[:_MOST_WORDS]:
            said, of_codes = self._meaning(word)
            parts.append(f"(place IN (SELECT place FROM words WHERE instr(folded, ?)){said})")
            values += [word, *of_codes]
        return ("WHERE " + " AND ".join(parts) if parts else ""), values

    def _meaning(self, word: str) -> tuple[str, list[object]]:
        """Further ways for a word to hold: the codes whose texts have it."""
        said, values = "", []
        for column, texts in self._codes.items():
            if found := [code for code, text in texts.items() if word in text]:
                said += f" OR {column} IN ({', '.join('?' * len(found))})"
                values += found
        return said, list(values)

    def _ask(self, statement: str, values: Sequence[object]) -> list[tuple[int, ...]]:
        with self._lock:
            return self._tables.execute(statement, values).fetchall()

    def _at(self, offset: int, length: int) -> Finding:
        with self._lock:
            self._file.seek(offset)
            return self._read(self._file.read(length))


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
