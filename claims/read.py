"""A round folder as a validated `Round`, or every problem in it.

Nothing is half-loaded: with one error anywhere there is no round.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TypeVar

from claims import records
from claims.audits import VerdictRow, newest_draws, standing_rows, untold_of, verdicts_of
from claims.columns import MUST_EXIST, REQUIRED
from claims.model import Agency, Dataset, Declaration, DrawnCase, Reply, Round, Service, Settings
from claims.packed import packed
from claims.problems import Problem, Problems, RoundError
from claims.rows import RowReader, T, check_columns, each, unique, unknown
from claims.settings import read_settings
from claims.tables import WORKBOOK, RoundSheet, read_tables

_Owned = TypeVar("_Owned", Service, Dataset, Declaration)
_FINDING = re.compile(r"f[0-9a-f]{20}")


@dataclass(frozen=True, slots=True)
class LoadedRound:
    """A good round and the warnings of its files."""

    round: Round
    warnings: tuple[Problem, ...]


def load_round(
    folder: Path,
    indicators_of: Callable[[Settings], Collection[str]] | None = None,
    today: dt.date | None = None,
) -> LoadedRound:
    """Reads and validates a round. `indicators_of` gives the ids of the model that the settings name.

    today: after which no auditor has judged; None leaves that unchecked.
    Raises RoundError with every problem of every file.
    """
    problems = Problems()
    if not folder.is_dir():
        problems.add(str(folder), "no_folder")
        raise RoundError(problems.all)
    settings = read_settings(folder, problems)
    tables = read_tables(folder, tuple(REQUIRED), problems)
    for name in MUST_EXIST:
        if name not in tables and not any(p.file.startswith((name, WORKBOOK)) for p in problems.all):
            problems.add(f"{name}.csv", "no_file")
    for name, table in tables.items():
        check_columns(name, table, problems)

    sheets = _Sheets(tables, problems)
    agencies = sheets.agencies()
    services = sheets.services()
    datasets = sheets.datasets()
    indicators = indicators_of(settings) if settings is not None and indicators_of is not None else None
    declarations = sheets.declarations(folder, indicators)
    verdicts = sheets.verdicts(today)
    drawn = sheets.drawn()
    window_given = "window" in tables
    window = sheets.window()
    if window:
        services = packed(
            replace(one, window=tuple(window[one.id])) if one.id in window else one for one in services
        )
    replies = sheets.replies(chain(services, datasets))

    if settings is None or problems.fatal:
        raise RoundError(problems.all)
    cases = newest_draws(drawn)
    rows = standing_rows(verdicts, cases)
    return LoadedRound(
        Round(
            folder=folder,
            settings=settings,
            agencies=tuple(agencies),
            services=services,
            datasets=datasets,
            declarations=declarations,
            verdicts=verdicts_of(rows),
            untold=untold_of(rows),
            drawn=cases,
            window_given=window_given,
            replies=tuple(replies),
        ),
        problems.all,
    )


def read_replies(folder: Path) -> tuple[Reply, ...] | None:
    """The replies alone; None when there is no such sheet, or when it holds anything that cannot be read."""
    read = _alone(folder, "replies", records.reply, "reply")
    return None if read is None else tuple(read)


def read_verdicts(folder: Path) -> tuple[VerdictRow, ...] | None:
    """The rows of the auditors' sheet alone, likewise: `claims.audits` tells what they come to."""
    read = _alone(folder, "verdicts", records.verdict)
    return None if read is None else tuple(read)


def read_draws(folder: Path) -> tuple[DrawnCase, ...] | None:
    """The rows of batches.csv alone, likewise; which of them stand says `audits.newest_draws`."""
    rows = _alone(folder, "batches", records.drawn_case)
    return None if rows is None else tuple(rows)


def _alone(
    folder: Path, name: str, reader: Callable[[RowReader], T], unique_by: str | None = None
) -> list[T] | None:
    problems = Problems()
    table = read_tables(folder, (name,), problems).get(name)
    if table is None:
        return None
    check_columns(name, table, problems)
    rows = each(table, problems, reader)
    read = [item for item, _ in (rows if unique_by is None else unique(rows, unique_by, {}))]
    return None if problems.fatal else read


class _Sheets:
    """The sheets of a round, each read once, in an order in which every row finds what it is held against.

    A sheet is let go when it was read, and of a row nothing stays but its record: a country has half a million rows.
    """

    def __init__(self, tables: dict[str, RoundSheet], problems: Problems) -> None:
        self._tables = tables
        self._problems = problems
        self._shared: dict[tuple[str, str], object] = {}
        self._agencies_told = "agencies" in tables
        self._agencies: dict[str, int] = {}  # the row on which each was first, like all of these
        self._services: dict[str, int] = {}
        self._datasets: dict[str, int] = {}
        self._answers: dict[tuple[str, str], int] = {}

    def _rows(self, name: str, reader: Callable[[RowReader], T]) -> Iterator[tuple[T, RowReader]]:
        return each(self._tables.pop(name, None), self._problems, reader, self._shared)

    def agencies(self) -> list[Agency]:
        found, below = [], []
        for agency, at in unique(self._rows("agencies", records.agency), "agency", self._agencies):
            found.append(agency)
            if agency.parent is not None:  # which may stand further down
                below.append((agency, at))
        for agency, at in below:
            if agency.parent == agency.id:
                at.fault("parent", "own_parent")
            elif agency.parent not in self._agencies:
                near = at.near(agency.parent or "", self._agencies)
                at.fault("parent", "unknown_agency_near" if near else "unknown_agency", near=near)
        return found

    def services(self) -> Sequence[Service]:
        rows = unique(self._rows("services", records.service), "service", self._services)
        return packed(service for service, _ in self._owned(rows))

    def datasets(self) -> Sequence[Dataset]:
        return packed(self._each_dataset())

    def _each_dataset(self) -> Iterator[Dataset]:
        rows = unique(self._rows("datasets", records.dataset), "dataset", self._datasets)
        for dataset, at in self._owned(rows):
            if dataset.id in self._services:
                at.fault("dataset", "id_of_service")
            yield dataset

    def declarations(self, folder: Path, indicators: Collection[str] | None) -> Sequence[Declaration]:
        """indicators: those of the model; None leaves that unchecked."""
        return packed(self._each_declaration(folder, indicators))

    def _each_declaration(self, folder: Path, indicators: Collection[str] | None) -> Iterator[Declaration]:
        for declaration, at in self._owned(
            self._rows("declarations", lambda row: records.declaration(folder, row))
        ):
            key = (declaration.agency, declaration.indicator)
            if all(key) and key in self._answers:
                at.fault("indicator", "duplicate", first=str(self._answers[key]))
            self._answers.setdefault(key, at.number)
            if indicators is not None and declaration.indicator not in indicators:
                unknown(at, "indicator", declaration.indicator, indicators)
            yield declaration

    def verdicts(self, today: dt.date | None) -> list[VerdictRow]:
        """Nobody judged after `today`; but for a day, for the auditor's may have begun already."""
        last = None if today is None else today + dt.timedelta(days=1)
        found = []
        for verdict, at in self._rows("verdicts", records.verdict):
            self._check_subject(verdict.subject, at)
            if last is not None and verdict.date > last:
                at.fault("date", "verdict_date", last=last.isoformat(), read=verdict.date.isoformat())
            found.append(verdict)
        return found

    def drawn(self) -> list[DrawnCase]:
        found = []
        for case, at in self._rows("batches", records.drawn_case):
            self._check_subject(case.subject, at)
            found.append(case)
        return found

    def window(self) -> dict[str, list[str]]:
        """Deep links of the national window by the service they are for, in the order of the file."""
        found: dict[str, list[str]] = {}
        for (service, url), at in self._rows("window", records.deep_link):
            if service and service not in self._services:
                unknown(at, "service", service, self._services)
            elif url in found.get(service, ()):
                at.warn("url", "same_link")
            else:
                found.setdefault(service, []).append(url)
        return found

    def replies(self, claims: Iterable[Service | Dataset]) -> list[Reply]:
        """A reply is of an agency of the round, and about a finding, or about a claim of that agency."""
        if "replies" not in self._tables:
            return []
        owners = {claim.id: claim.agency for claim in claims}
        found = []
        for reply, at in unique(self._rows("replies", records.reply), "reply", {}):
            if reply.agency not in self._agencies:
                unknown(at, "agency", reply.agency, self._agencies)
            owner = owners.get(reply.subject)
            if owner is None and not is_finding(reply.subject):
                unknown(at, "subject", reply.subject, owners)
            elif owner is not None and reply.agency in self._agencies and owner != reply.agency:
                at.fault("subject", "claim_of_another", owner=owner)
            found.append(reply)
        return found

    def _owned(self, rows: Iterable[tuple[_Owned, RowReader]]) -> Iterator[tuple[_Owned, RowReader]]:
        """The same, each row of an agency of the round."""
        for item, at in rows:
            if self._agencies_told and item.agency not in self._agencies:
                unknown(at, "agency", item.agency, self._agencies)
            yield item, at

    def _check_subject(self, subject: str, at: RowReader) -> None:
        if subject and subject not in self._subjects:
            unknown(at, "subject", subject, self._subjects)

    @cached_property
    def _subjects(self) -> set[str]:
        """What auditors judge: services, datasets and answers (`AGENCY/INDICATOR`)."""
        answers = (f"{agency}/{indicator}" for agency, indicator in self._answers)
        return {*self._services, *self._datasets, *answers}


def is_finding(name: str) -> bool:
    """Whether a name is one that a finding has; whether there is such a finding, only a judgement tells."""
    return _FINDING.fullmatch(name) is not None
