"""The table of a published index: one row a country and survey, one column an indicator, shares from 0 to 1.

Its columns are those of the United Nations E-Government Knowledgebase (`Survey Year`, `Country Name`, and the English
names of the model's indicators). Other columns are left alone. All errors at once, each with file, row and column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from claims import cells
from claims.persian import fold
from claims.problems import Problems, RoundError
from claims.rows import RowReader
from claims.tables import csv_table
from scoring.model import Contents, Model

SURVEY, COUNTRY = "survey year", "country name"
MOST_ROWS = 100_000
"""Of a table: 193 countries are members of the United Nations, so that this holds five hundred surveys."""
Figures = Mapping[str, float]
"""Of a country, by id of the indicator."""


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """surveys: by year, oldest first; each holds the figures of its countries by name."""

    surveys: Mapping[int, Mapping[str, Figures]]

    @property
    def years(self) -> tuple[int, ...]:
        return tuple(self.surveys)

    @property
    def last(self) -> Mapping[str, Figures]:
        """The youngest survey: figures of its countries."""
        return self.surveys[self.years[-1]]


def shipped_table(model: Model) -> PublishedTable | None:
    """The table that comes with a shipped model; None where none does."""
    place = files("scoring") / "models" / f"{model.id}.csv"
    if not place.is_file():
        return None
    with as_file(place) as path:
        return read_table(path, model.contents)


def read_table(path: Path, contents: Contents) -> PublishedTable:
    """Raises RoundError with every problem of the file, OSError."""
    problems = Problems()
    sheet = csv_table(path, problems, MOST_ROWS)
    columns = {indicator.id: fold(indicator.name.en) for indicator in contents.indicator}
    surveys: dict[int, dict[str, Figures]] = {}
    if sheet is not None:
        for column in (SURVEY, COUNTRY, *columns.values()):
            if column not in sheet.columns:
                problems.add(sheet.file, "missing_column", 1, column)
        for row in (RowReader(sheet, row, problems) for row in sheet.rows):
            year = row.need(SURVEY, cells.count, 0)
            country = row.need(COUNTRY, cells.text, "")
            figures = {id: row.need(column, cells.share, 0.0) for id, column in columns.items()}
            if not row.bad and country in surveys.setdefault(year, {}):
                row.fault(COUNTRY, "country_twice", year=str(year))
            surveys.setdefault(year, {})[country] = figures
        if not sheet.rows:
            problems.add(sheet.file, "no_rows")
    if problems.fatal:
        raise RoundError(problems.all)
    return PublishedTable(dict(sorted(surveys.items())))
