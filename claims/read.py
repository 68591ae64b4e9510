"""A round folder as a validated `Round`, or every problem in it.

Nothing is half-loaded: with one error anywhere there is no round.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from claims import records
from claims.audits import VerdictRow, newest_draws, standing_rows, untold_of, verdicts_of
from claims.columns import MUST_EXIST, REQUIRED
from claims.model import Agency, Dataset, Declaration, DrawnCase, Reply, Round, Service, Settings
from claims.problems import Problem, Problems, RoundError
from claims.rows import RowReader, T, check_columns, each, unique, unknown
from claims.settings import read_settings
from claims.tables import WORKBOOK, RoundSheet, read_tables

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

    agencies = unique(each(tables.get("agencies"), problems, records.agency), "agency")
    known = {agency.id for agency, _ in agencies}
    _check_parents(agencies, known, problems)
    services = unique(each(tables.get("services"), problems, records.service), "service")
    datasets = unique(each(tables.get("datasets"), problems, records.dataset), "dataset")
    declarations = each(tables.get("declarations"), problems, lambda row: records.declaration(folder, row))
    verdicts = each(tables.get("verdicts"), problems, records.verdict)
    drawn = each(tables.get("batches"), problems, records.drawn_case)
    window = _window(tables.get("window"), {s.id for s, _ in services}, problems)

    for owned in (services, datasets, declarations):
        for item, at in owned:
            if item.agency not in known and "agencies" in tables:
                unknown(at, "agency", item.agency, known)
    subjects = {s.id for s, _ in services}
    for dataset, at in datasets:
        if dataset.id in subjects:
            at.fault("dataset", "id_of_service")
    subjects |= {d.id for d, _ in datasets}
    subjects |= {f"{d.agency}/{d.indicator}" for d, _ in declarations}
    for verdict, at in verdicts:
        if verdict.subject and verdict.subject not in subjects:
            unknown(at, "subject", verdict.subject, subjects)
    for case, at in drawn:
        if case.subject and case.subject not in subjects:
            unknown(at, "subject", case.subject, subjects)
    if today is not None:
        _check_days(verdicts, today)
    replies = unique(each(tables.get("replies"), problems, records.reply), "reply")
    _check_replies(replies, known, [*services, *datasets])
    _check_indicators(settings, declarations, indicators_of)

    if settings is None or problems.fatal:
        raise RoundError(problems.all)
    cases = newest_draws(case for case, _ in drawn)
    rows = standing_rows((row for row, _ in verdicts), cases)
    return LoadedRound(
        Round(
            folder=folder,
            settings=settings,
            agencies=tuple(agency for agency, _ in agencies),
            services=tuple(replace(s, window=tuple(window.get(s.id, ()))) for s, _ in services),
            datasets=tuple(dataset for dataset, _ in datasets),
            declarations=tuple(declaration for declaration, _ in declarations),
            verdicts=verdicts_of(rows),
            untold=untold_of(rows),
            drawn=cases,
            window_given="window" in tables,
            replies=tuple(reply for reply, _ in replies),
        ),
        problems.all,
    )


def read_replies(folder: Path) -> tuple[Reply, ...] | None:
    """The replies alone; None when there is no such sheet, or when it holds anything that cannot be read."""
    read = _alone(folder, "replies", records.reply, "reply")
    return None if read is None else tuple(reply for reply, _ in read)


def read_verdicts(folder: Path) -> tuple[VerdictRow, ...] | None:
    """The rows of the auditors' sheet alone, likewise: `claims.audits` tells what they come to."""
    read = _alone(folder, "verdicts", records.verdict)
    return None if read is None else tuple(row for row, _ in read)


def read_draws(folder: Path) -> tuple[DrawnCase, ...] | None:
    """The batches alone, likewise."""
    rows = _alone(folder, "batches", records.drawn_case)
    return None if rows is None else newest_draws(case for case, _ in rows)


def _alone(
    folder: Path, name: str, reader: Callable[[RowReader], T], unique_by: str | None = None
) -> list[tuple[T, RowReader]] | None:
    problems = Problems()
    table = read_tables(folder, (name,), problems).get(name)
    if table is None:
        return None
    check_columns(name, table, problems)
    read = each(table, problems, reader)
    if unique_by is not None:
        unique(read, unique_by)
    return None if problems.fatal else read


def _check_replies(
    replies: list[tuple[Reply, RowReader]],
    agencies: set[str],
    claims: Sequence[tuple[Service | Dataset, RowReader]],
) -> None:
    """A reply is of an agency of the round, and about a finding, or about a claim of that agency."""
    owners = {claim.id: claim.agency for claim, _ in claims}
    for reply, at in replies:
        if reply.agency not in agencies:
            unknown(at, "agency", reply.agency, agencies)
        owner = owners.get(reply.subject)
        if owner is None and not is_finding(reply.subject):
            unknown(at, "subject", reply.subject, owners)
        elif owner is not None and reply.agency in agencies and owner != reply.agency:
            at.fault("subject", "claim_of_another", owner=owner)


def _check_days(verdicts: list[tuple[VerdictRow, RowReader]], today: dt.date) -> None:
    """Nobody judged tomorrow; but for a day, for the auditor's may have begun already."""
    last = today + dt.timedelta(days=1)
    for verdict, at in verdicts:
        if verdict.date > last:
            at.fault("date", "verdict_date", last=last.isoformat(), read=verdict.date.isoformat())


def is_finding(name: str) -> bool:
    """Whether a name is one that a finding has; whether there is such a finding, only a judgement tells."""
    return _FINDING.fullmatch(name) is not None


def _check_parents(agencies: list[tuple[Agency, RowReader]], known: set[str], problems: Problems) -> None:
    for agency, at in agencies:
        if agency.parent == agency.id:
            at.fault("parent", "own_parent")
        elif agency.parent is not None and agency.parent not in known:
            near = at.near(agency.parent, known)
            at.fault("parent", "unknown_agency_near" if near else "unknown_agency", near=near)


def _check_indicators(
    settings: Settings | None,
    declarations: list[tuple[Declaration, RowReader]],
    indicators_of: Callable[[Settings], Collection[str]] | None,
) -> None:
    seen: dict[tuple[str, str], int] = {}
    known = indicators_of(settings) if settings is not None and indicators_of is not None else None
    for declaration, at in declarations:
        key = (declaration.agency, declaration.indicator)
        if all(key) and key in seen:
            at.fault("indicator", "duplicate", first=str(seen[key]))
        seen.setdefault(key, at.number)
        if known is not None and declaration.indicator and declaration.indicator not in known:
            unknown(at, "indicator", declaration.indicator, known)


def _window(table: RoundSheet | None, services: set[str], problems: Problems) -> dict[str, list[str]]:
    """Deep links of the national window by the service they are for, in the order of the file."""
    found: dict[str, list[str]] = {}
    for (service, url), at in each(table, problems, records.deep_link):
        if service and service not in services:
            unknown(at, "service", service, services)
        elif url in found.get(service, ()):
            at.warn("url", "same_link")
        else:
            found.setdefault(service, []).append(url)
    return found
