"""Makes results.db from the findings, results.json and the sheets, agency by agency, beside the place where it belongs."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.finding import Finding, is_listed
from claims.model import Round
from evidence.store import EvidenceStore
from reports.replies import RepliesReport
from reports.results_db import rows, schema
from reports.results_db.copied_texts import CopiedTexts
from reports.results_db.findings_file import FindingsBroken, FindingsFile
from reports.results_db.rows import Row
from reports.results_db.search_text import own_text, subject_text, titles_of

_AT_A_TIME = 5_000  # rows
_FAST = """
PRAGMA page_size = 8192;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -32768;
"""
# A sort takes as much again as the pages that are kept: with 32 MB each, indices of a country would take the most of a score.
_SORTED_IN = "PRAGMA cache_size = -12288; PRAGMA shrink_memory;"


@dataclass(frozen=True)
class DatabaseSources:
    """What a database is made from.

    entries: of agencies in results.json, in order of ids; nothing where no scores are. before: (id, verdict, reason) of the
    findings of the round before. agencies: those that are told of; None for all. copied: how texts stand in a copy for use
    elsewhere, which has the text of pages as well; None for the database beside the results.
    """

    round: Round
    findings: FindingsFile
    store: EvidenceStore
    replies: RepliesReport
    meta: Mapping[str, str]
    entries: Iterable[Mapping[str, Any]] = ()
    before: Iterable[tuple[str, str, str | None]] = ()
    agencies: frozenset[str] | None = None
    copied: CopiedTexts | None = None


def write(path: Path, sources: DatabaseSources) -> None:
    """A new database at a path where nothing lies, or an empty file. Raises FindingsBroken, OSError, sqlite3.Error."""
    from sqlite_utils import Database  # most commands start without it

    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(_FAST)
        database = Database(connection, execute_plugins=False)
        schema.create_tables(database)
        database.table("captures").create_index(["id"], unique=True)  # it is looked into on the way
        try:
            connection.execute("BEGIN")
            _Writer(connection, sources).all()
            connection.execute("COMMIT")
            connection.executescript(_SORTED_IN)
            schema.create_indices(database)
        except (sqlite3.IntegrityError, OverflowError) as error:  # two of one id, a number past all bounds
            raise FindingsBroken(str(error)) from error
        connection.execute("ANALYZE")


class _Writer:
    def __init__(self, connection: sqlite3.Connection, sources: DatabaseSources) -> None:
        self._connection = connection
        self._of = sources
        self._waiting: dict[str, list[Row]] = defaultdict(list)
        self._known = {agency.id: agency for agency in sources.round.agencies}
        self._findings = 0
        self._texts = 0
        self._captures = 0
        self._foreign: dict[str, int | None] = {}  # captures of nobody, or of another agency

    def all(self) -> None:
        of = self._of
        self._put("meta", of.meta.items())
        known = self._known
        entries = _Entries(of.entries)
        told = (known.keys() | of.findings.keys()) if of.agencies is None else of.agencies
        for id in sorted(told):
            entry = entries.of(id)
            numbers = self._agency(id, entry.get("indicators", ()))
            if (agency := known.get(id)) is not None:
                self._put("agencies", [rows.agency(agency, entry)])
                self._put("scores", rows.scores(agency, entry))
                self._put("indicators", rows.indicators(agency, entry))
            if of.replies.answers:
                self._replied(numbers)
        judged = {one.subject for one in of.round.verdicts}
        claims = {one.id: one.agency for one in of.round.services if one.id in judged}
        claims |= {one.id: one.agency for one in of.round.datasets if one.id in judged}
        self._put(
            "verdicts",
            (
                rows.verdict(number, one)
                for number, one in enumerate(of.round.verdicts, 1)
                if claims.get(one.subject, one.subject.partition("/")[0]) in told
            ),
        )
        aliases = sorted(of.round.aliases.values(), key=lambda one: one.service)
        self._put("aliases", (rows.alias(one) for one in aliases if one.agency in told))
        self._put("replies", (rows.reply(one) for one in of.replies.answers if one.reply["agency"] in told))
        if of.agencies is None:  # what is gone cannot be laid to an agency
            self._put("earlier", of.before)
        for table in list(self._waiting):
            self._flush(table)

    def _agency(self, id: str, indicators: Iterable[Mapping[str, Any]]) -> dict[str, int]:
        """Writes what belongs to an agency; gives the numbers of its findings by id."""
        of = self._of
        shown = str if of.copied is None else of.copied.text
        placed = list(of.findings.placed(id)) if id in of.findings else []
        placed.sort(key=lambda each: _order(each[2]))
        titles = titles_of(of.round, id)
        texts: dict[str, int] = {}
        captures: dict[str, int | None] = {}
        found: dict[tuple[str, str], tuple[int, Finding]] = {}
        numbers: dict[str, int] = {}
        for offset, length, one in placed:
            self._findings += 1
            number = numbers[one.id] = self._findings
            own = own_text(one, shown)
            finding, observed = rows.finding(
                number, one, offset, length, self._text(subject_text(one, titles, shown), texts),
                self._text(own, texts) if own else None,
            )  # fmt: skip
            self._put("findings", [finding])
            self._put("observed", [observed])
            self._rests_on(number, one, captures, id)
            found[one.check, one.subject.id] = number, one
            if one.check == "hosts.security" and one.subject.kind == "host":
                self._put("hosts", [rows.host(number, one)])
            elif one.check == "links.target" and one.subject.kind == "link":
                self._put("links", [rows.link(number, one)])
        self._put("services", (rows.service(one, found) for one in of.round.services_of(id)))
        self._put("datasets", (rows.dataset(one, found) for one in of.round.datasets_of(id)))
        if id in self._known:
            listed = {one.subject.id: one for _, one in found.values() if is_listed(one)}
            self._put("datasets", (rows.listed_dataset(listed[one], found) for one in sorted(listed)))
        self._put(
            "indicator_findings",
            (
                (each["id"], numbers[finding])
                for each in indicators
                for finding in dict.fromkeys(each["findings"])
                if finding in numbers
            ),
        )
        return numbers

    def _text(self, text: str, known: dict[str, int]) -> int:
        number = known.get(text)
        if number is None:
            self._texts += 1
            number = known[text] = self._texts
            self._put("texts", [(number, rows.plain(text))])
        return number

    def _rests_on(self, number: int, finding: Finding, known: dict[str, int | None], agency: str) -> None:
        place = 0
        for id in dict.fromkeys(finding.captures):
            capture = known.get(id) or self._foreign.get(id)
            if capture is None and id not in known and id not in self._foreign:
                capture = self._capture(id, known, agency)
            if capture is not None:  # the evidence has not lost it
                place += 1
                self._put("finding_captures", [(number, place, capture)])

    def _capture(self, id: str, known: dict[str, int | None], agency: str) -> int | None:
        """Number of a capture that is met first by this agency. known: captures of it by id."""
        try:
            capture = self._of.store.get(id)
        except KeyError:
            known[id] = None
            return None
        number = self._written(id) if capture.agency != agency else None
        if number is None:
            self._captures += 1
            number = self._captures
            text = self._of.copied.page(capture) if self._of.copied is not None else None
            self._put("captures", [rows.capture(number, capture, text)])
        (known if capture.agency == agency else self._foreign)[id] = number
        return number

    def _written(self, capture: str) -> int | None:
        self._flush("captures")
        row = self._connection.execute("SELECT number FROM captures WHERE id = ?", (capture,)).fetchone()
        return None if row is None else int(row[0])

    def _replied(self, numbers: Mapping[str, int]) -> None:
        for answer in self._of.replies.answers:
            self._put(
                "reply_findings",
                ((answer.id, numbers[id]) for id in sorted(answer.findings) if id in numbers),
            )

    def _put(self, table: str, values: Iterable[Row]) -> None:
        waiting = self._waiting[table]
        waiting.extend(values if self._of.copied is None else self._shown(table, self._of.copied, values))
        if len(waiting) >= _AT_A_TIME:
            self._flush(table)

    def _shown(self, table: str, copied: CopiedTexts, values: Iterable[Row]) -> Iterator[Row]:
        columns = schema.tables()[table].columns
        free = schema.tables()[table].free
        ways = [
            None if column.name not in free else copied.json if column.kind == "json" else copied.text
            for column in columns
        ]
        for row in values:
            yield tuple(
                way(value) if way is not None and isinstance(value, str) else value
                for way, value in zip(ways, row, strict=True)
            )

    def _flush(self, table: str) -> None:
        self._connection.executemany(schema.tables()[table].insert, self._waiting[table])
        self._waiting[table].clear()


def _order(finding: Finding) -> tuple[int, str, str, str]:
    return rows.ORDER.index(finding.verdict), finding.check, finding.subject.id, finding.id


class _Entries:
    """Entries of results.json, asked for in order of ids."""

    def __init__(self, entries: Iterable[Mapping[str, Any]]) -> None:
        self._rest = iter(entries)
        self._next = next(self._rest, None)

    def of(self, agency: str) -> Mapping[str, Any]:
        while self._next is not None and self._next["id"] < agency:
            self._next = next(self._rest, None)
        return self._next if self._next is not None and self._next["id"] == agency else {}
