"""Tables and views of results.db, as `schema.toml` declares them, and how they are made. What fills them: `reports.results_db.build`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlite_utils import Database

VERSION = "govah-results-db/4"
_TYPES: Mapping[str, type] = {"text": str, "json": str, "integer": int, "real": float}


@dataclass(frozen=True, slots=True)
class DbColumn:
    """kind: text, json, integer or real. points_to: `table.column`, "" for none."""

    name: str
    kind: str
    nullable: bool
    about: str
    points_to: str = ""


@dataclass(frozen=True, slots=True)
class DbTable:
    """key: of the primary key. free: columns with text of portals or people."""

    name: str
    about: str
    columns: tuple[DbColumn, ...]
    key: tuple[str, ...]
    unique: tuple[str, ...]
    indices: tuple[tuple[str, ...], ...]
    free: frozenset[str]

    @property
    def insert(self) -> str:
        """A statement that takes a row as a tuple of its columns."""
        names = ", ".join(column.name for column in self.columns)
        marks = ", ".join("?" * len(self.columns))
        return f"INSERT INTO {self.name} ({names}) VALUES ({marks})"  # noqa: S608 (names of ours)


@dataclass(frozen=True, slots=True)
class DbView:
    name: str
    about: str
    sql: str


@cache
def tables() -> Mapping[str, DbTable]:
    return {
        name: DbTable(
            name,
            said["about"],
            tuple(
                DbColumn(column, values[0].rstrip("?"), values[0].endswith("?"), *values[1:])
                for column, values in said["columns"].items()
            ),
            tuple(said["key"]),
            tuple(said.get("unique", ())),
            tuple(tuple(columns) for columns in said.get("indices", ())),
            frozenset(said.get("free", ())),
        )
        for name, said in _declared()["table"].items()
    }


@cache
def views() -> Sequence[DbView]:
    return [DbView(name, said["about"], said["sql"].strip()) for name, said in _declared()["view"].items()]


@cache
def _declared() -> dict[str, dict[str, Any]]:
    return tomllib.loads((files("reports.results_db") / "schema.toml").read_text(encoding="utf-8"))


def create_tables(database: Database) -> None:
    for table in tables().values():
        key = table.key if len(table.key) > 1 else table.key[0]
        database.create_table(
            table.name,
            {column.name: _TYPES[column.kind] for column in table.columns},
            pk=key,
            not_null={column.name for column in table.columns if not column.nullable} - {*table.key},
            foreign_keys=[
                (column.name, *_pair(column.points_to)) for column in table.columns if column.points_to
            ],
        )


def _pair(column: str) -> tuple[str, str]:
    table, _, name = column.partition(".")
    return table, name


def create_indices(database: Database) -> None:
    """Once the tables are full, which takes a third of the time. With them come the views and the index of the search."""
    for table in tables().values():
        for name in table.unique:
            database.table(table.name).create_index([name], unique=True, if_not_exists=True)
        for columns in table.indices:
            database.table(table.name).create_index(columns)
    for view in views():
        database.create_view(view.name, view.sql)
    database.table("texts").enable_fts(["text"], tokenize="trigram")
    database.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'texts_fts', 'row')")
    database.execute("INSERT INTO trigrams SELECT term FROM temp.terms")
    database.execute("DROP TABLE temp.terms")
