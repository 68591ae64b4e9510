"""A round folder as a validated `Round`, or every problem in it.

Nothing is half-loaded: with one error anywhere there is no round.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar, cast

from claims import cells
from claims.documents import MOST_BYTES, DocumentProblem, Hashed, hashed
from claims.model import (
    LEVELS,
    PHASES,
    Agency,
    AuditorVerdict,
    Dataset,
    Declaration,
    Kind,
    Level,
    Phase,
    Round,
    Service,
    Settings,
    VerdictWord,
)
from claims.period import parse_period
from claims.persian import digits
from claims.problems import Problem, Problems, RoundError
from claims.settings import read_settings
from claims.tables import Row, Table, read_tables

T = TypeVar("T")

REQUIRED: dict[str, tuple[str, ...]] = {
    "agencies": ("agency", "name", "kind", "portal"),
    "services": ("agency", "service", "title", "electronic"),
    "datasets": ("agency", "dataset", "title", "url"),
    "declarations": ("agency", "indicator", "value"),
    "verdicts": ("subject", "verdict", "auditor", "date"),
    "window": ("service", "url"),
}
OPTIONAL: dict[str, tuple[str, ...]] = {
    "agencies": ("name_en", "hosts", "catalogue", "cooperated", "parent"),
    "services": ("url", "level", "code", "phases", "fee", "annual_requests"),
    "datasets": ("format", "period", "modified", "licence"),
    "declarations": ("document", "document_date"),
    "verdicts": ("design", "probability", "note"),
    "window": (),
}
_MUST_EXIST = ("agencies", "services")

_KINDS = {"main": "main", "executive": "executive", "اصلی": "main", "اجرایی": "executive"}
_LEVELS: dict[str, str] = {
    **{str(level): str(level) for level in LEVELS},
    "هیچ": "none",
    "اطلاع رسانی": "information",
    "تعاملی": "interaction",
    "تراکنشی": "transaction",
    "یکپارچه": "integration",
}
_VERDICTS = {word: word for word in ("verified", "partial", "contradicted")}
_DESIGNS = {"random": "random", "targeted": "targeted"}


@dataclass(frozen=True, slots=True)
class Reading:
    """A good round and the warnings of its files."""

    round: Round
    warnings: tuple[Problem, ...]


class _Cells:
    """The cells of one row, each read with its problem reported; `bad` tells whether one was."""

    def __init__(self, table: Table, row: Row, problems: Problems) -> None:
        self._table = table
        self._row = row
        self._problems = problems
        self.bad = False

    def raw(self, column: str) -> str:
        return self._row.cells.get(column, "")

    def fault(self, column: str, code: str, **params: str) -> None:
        self.bad = True
        self._problems.add(
            self._table.file, code, self._row.number, column, self.raw(column), "error", **params
        )

    def warn(self, column: str, code: str, **params: str) -> None:
        self._problems.add(
            self._table.file, code, self._row.number, column, self.raw(column), "warning", **params
        )

    def need(self, column: str, reader: Callable[[str], T], default: T, **params: str) -> T:
        """A required cell; `default` only stands in until the whole file is refused."""
        if column not in self._table.columns:  # said once for the column, not once a row
            self.bad = True
            return default
        if not self.raw(column):
            self.fault(column, "empty")
            return default
        return self.may(column, reader, default, **params)

    def may(self, column: str, reader: Callable[[str], T], default: T, **params: str) -> T:
        """An optional cell; `default` when it is empty."""
        if not self.raw(column):
            return default
        try:
            return reader(self.raw(column))
        except ValueError as error:
            self.fault(column, str(error), **params)
            return default

    def choice(self, column: str, words: dict[str, str], default: str) -> str:
        expected = ", ".join(dict.fromkeys(words.values()))
        return self.may(column, lambda cell: cells.choice(cell, words), default, expected=expected)


def load_round(folder: Path, indicators_of: Callable[[Settings], Collection[str]] | None = None) -> Reading:
    """Reads and validates a round. `indicators_of` gives the ids of the model that the settings name.

    Raises RoundError with every problem of every file.
    """
    problems = Problems()
    if not folder.is_dir():
        problems.add(str(folder), "no_folder")
        raise RoundError(problems.all)
    settings = read_settings(folder, problems)
    tables = read_tables(folder, tuple(REQUIRED), problems)
    for name in _MUST_EXIST:
        if name not in tables and not any(p.file.startswith(name) for p in problems.all):
            problems.add(f"{name}.csv", "no_file")
    for name, table in tables.items():
        _check_columns(name, table, problems)

    agencies = _unique(
        _each(tables.get("agencies"), problems, _agency), "agency", problems, tables.get("agencies")
    )
    known = {agency.id for agency, _ in agencies}
    _check_parents(agencies, known, problems)
    services = _unique(
        _each(tables.get("services"), problems, _service), "service", problems, tables.get("services")
    )
    datasets = _unique(
        _each(tables.get("datasets"), problems, _dataset), "dataset", problems, tables.get("datasets")
    )
    declarations = _each(tables.get("declarations"), problems, lambda row: _declaration(folder, row))
    verdicts = _each(tables.get("verdicts"), problems, _verdict)
    window = _window(tables.get("window"), {s.id for s, _ in services}, problems)

    for owned in (services, datasets, declarations):
        for item, at in owned:
            if item.agency not in known and "agencies" in tables:
                _unknown(at, "agency", item.agency, known)
    subjects = {s.id for s, _ in services}
    for dataset, at in datasets:
        if dataset.id in subjects:
            at.fault("dataset", "id_of_service")
    subjects |= {d.id for d, _ in datasets}
    for verdict, at in verdicts:
        if verdict.subject and verdict.subject not in subjects:
            _unknown(at, "subject", verdict.subject, subjects)
    _check_indicators(settings, declarations, indicators_of)

    if settings is None or problems.fatal:
        raise RoundError(problems.all)
    return Reading(
        Round(
            folder=folder,
            settings=settings,
            agencies=tuple(agency for agency, _ in agencies),
            services=tuple(replace(s, window=tuple(window.get(s.id, ()))) for s, _ in services),
            datasets=tuple(dataset for dataset, _ in datasets),
            declarations=tuple(declaration for declaration, _ in declarations),
            verdicts=tuple(verdict for verdict, _ in verdicts),
            window_given="window" in tables,
        ),
        problems.all,
    )


def _check_columns(name: str, table: Table, problems: Problems) -> None:
    known = REQUIRED[name] + OPTIONAL[name]
    for column in REQUIRED[name]:
        if column not in table.columns:
            problems.add(table.file, "missing_column", 1, column)
    for column in table.columns:
        if column and column not in known:
            near = difflib.get_close_matches(column, known, 1)
            code = "unknown_column_near" if near else "unknown_column"
            problems.add(table.file, code, 1, column, severity="warning", near=near[0] if near else "")


def _each(table: Table | None, problems: Problems, reader: Callable[[_Cells], T]) -> list[tuple[T, _Cells]]:
    if table is None:
        return []
    rows = [_Cells(table, row, problems) for row in table.rows]
    return [(reader(row), row) for row in rows]


def _unique(
    items: list[tuple[T, _Cells]], column: str, problems: Problems, table: Table | None
) -> list[tuple[T, _Cells]]:
    first: dict[str, int] = {}
    for item, at in items:
        key = cast(str, getattr(item, "id"))  # noqa: B009 - the three record types share no base
        if not key:
            continue
        if key in first:
            at.fault(column, "duplicate", first=str(first[key]))
        else:
            first[key] = at._row.number
    return items


def _unknown(at: _Cells, column: str, value: str, known: Iterable[str]) -> None:
    if not value:
        return
    near = difflib.get_close_matches(value, sorted(known), 1)
    at.fault(column, f"unknown_{column}_near" if near else f"unknown_{column}", near=near[0] if near else "")


def _agency(row: _Cells) -> Agency:
    return Agency(
        id=row.need("agency", cells.identifier, ""),
        name=row.need("name", cells.text, ""),
        kind=cast(
            Kind, row.choice("kind", _KINDS, "main") if row.raw("kind") else row.need("kind", str, "main")
        ),
        portal=row.need("portal", cells.url, ""),
        name_en=row.may("name_en", cells.text, "") or None,
        hosts=row.may("hosts", lambda cell: tuple(cells.host(name) for name in cell.split()), ()),
        catalogue=row.may("catalogue", cells.url, "") or None,
        cooperated=row.may("cooperated", cells.yes_no, True),
        parent=row.may("parent", cells.identifier, "") or None,
    )


def _check_parents(agencies: list[tuple[Agency, _Cells]], known: set[str], problems: Problems) -> None:
    for agency, at in agencies:
        if agency.parent == agency.id:
            at.fault("parent", "own_parent")
        elif agency.parent is not None and agency.parent not in known:
            near = difflib.get_close_matches(agency.parent, sorted(known), 1)
            at.fault(
                "parent", "unknown_agency_near" if near else "unknown_agency", near=near[0] if near else ""
            )


def _service(row: _Cells) -> Service:
    service = Service(
        agency=row.need("agency", cells.identifier, ""),
        id=row.need("service", cells.identifier, ""),
        title=row.need("title", cells.text, ""),
        electronic=row.need("electronic", cells.yes_no, True),
        url=row.may("url", cells.url, "") or None,
        level=cast(Level | None, row.choice("level", _LEVELS, "") or None),
        code=row.may("code", _code, "") or None,
        phases=row.may("phases", _phases, (), expected=", ".join(PHASES)),
        fee=row.may("fee", cells.yes_no, cast(bool | None, None)),
        annual_requests=row.may("annual_requests", cells.count, cast(int | None, None)),
    )
    if row.bad:
        return service
    if service.electronic and service.level == "none":
        row.fault("level", "electronic_without_level")
    if not service.electronic and service.level in ("interaction", "transaction", "integration"):
        row.fault("level", "level_without_electronic")
    if not service.electronic and {"request", "production"} & set(service.phases):
        row.fault("phases", "phases_without_electronic")
    if service.code is not None and len(service.code) != 11:
        row.warn("code", "code_length")
    return service


def _code(cell: str) -> str:
    code = digits(cell).replace(" ", "")
    if not code.isascii() or not code.isalnum() or len(code) > 40:
        raise ValueError("code")
    return code


def _phases(cell: str) -> tuple[Phase, ...]:
    words = cell.lower().replace(",", " ").replace("،", " ").replace(";", " ").split()
    if set(words) - set(PHASES):
        raise ValueError("choice")
    return tuple(phase for phase in PHASES if phase in words)


def _dataset(row: _Cells) -> Dataset:
    period = row.raw("period")
    parsed = None
    if period:
        try:
            parsed = parse_period(period)
        except ValueError:
            row.fault("period", "period")
    return Dataset(
        agency=row.need("agency", cells.identifier, ""),
        id=row.need("dataset", cells.identifier, ""),
        title=row.need("title", cells.text, ""),
        url=row.need("url", cells.url, ""),
        format=row.may("format", cells.text, "").lower().lstrip(".") or None,
        period=parsed,
        modified=row.may("modified", cells.date, None),
        licence=row.may("licence", cells.text, "") or None,
    )


def _declaration(folder: Path, row: _Cells) -> Declaration:
    name = row.may("document", cells.text, "") or None
    file = _document(folder, name, row) if name else None
    return Declaration(
        agency=row.need("agency", cells.identifier, ""),
        indicator=row.need("indicator", cells.identifier, ""),
        value=row.need("value", cells.share, 0.0),
        document=name,
        document_date=row.may("document_date", cells.date, None),
        sha256=file.sha256 if file else None,
        size=file.size if file else None,
    )


def _document(folder: Path, name: str, row: _Cells) -> Hashed | None:
    """The file of the round that a declaration rests on; a warning where it cannot be had."""
    try:
        return hashed(folder, name)
    except DocumentProblem as problem:
        row.warn("document", str(problem), limit=str(MOST_BYTES))
        return None


def _check_indicators(
    settings: Settings | None,
    declarations: list[tuple[Declaration, _Cells]],
    indicators_of: Callable[[Settings], Collection[str]] | None,
) -> None:
    seen: dict[tuple[str, str], int] = {}
    known = indicators_of(settings) if settings is not None and indicators_of is not None else None
    for declaration, at in declarations:
        key = (declaration.agency, declaration.indicator)
        if all(key) and key in seen:
            at.fault("indicator", "duplicate", first=str(seen[key]))
        seen.setdefault(key, at._row.number)
        if known is not None and declaration.indicator and declaration.indicator not in known:
            _unknown(at, "indicator", declaration.indicator, known)


def _window(table: Table | None, services: set[str], problems: Problems) -> dict[str, list[str]]:
    """Deep links of the national window by the service they are for, in the order of the file."""
    found: dict[str, list[str]] = {}
    for (service, url), at in _each(table, problems, _deep_link):
        if service and service not in services:
            _unknown(at, "service", service, services)
        elif url in found.get(service, ()):
            at.warn("url", "same_link")
        else:
            found.setdefault(service, []).append(url)
    return found


def _deep_link(row: _Cells) -> tuple[str, str]:
    return row.need("service", cells.identifier, ""), row.need("url", cells.url, "")


def _verdict(row: _Cells) -> AuditorVerdict:
    word = (
        row.choice("verdict", _VERDICTS, "verified")
        if row.raw("verdict")
        else row.need("verdict", str, "verified")
    )
    probability = row.may("probability", cells.share, cast(float | None, None))
    if probability == 0:
        row.fault("probability", "probability")
    return AuditorVerdict(
        subject=row.need("subject", cells.identifier, ""),
        verdict=cast(VerdictWord, word),
        auditor=row.need("auditor", cells.text, ""),
        date=row.need("date", cells.date, dt.date.min),
        design="random" if row.choice("design", _DESIGNS, "targeted") == "random" else "targeted",
        probability=probability,
        note=row.may("note", cells.text, "") or None,
    )
