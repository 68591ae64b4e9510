"""The tables, columns and views are those that are documented, and hold what they say."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from claims.model import Alias
from claims.persian import fold
from reports.results_db import schema
from tests.reports.desk.rounds import findings, id_of
from tests.reports.results_db.conftest import DatabaseRound

_KINDS = {"text": "TEXT", "json": "TEXT", "integer": "INTEGER", "real": "REAL"}


@pytest.fixture(scope="module")
def database(shared: DatabaseRound) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(shared.results / "results.db")) as connection:
        yield connection


def test_tables_and_columns_are_those_that_are_declared(database: sqlite3.Connection) -> None:
    found = {
        name
        for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        if not name.startswith(("sqlite_", "texts_fts"))
    }
    assert found == set(schema.tables())
    for table in schema.tables().values():
        rows = database.execute(f"SELECT name, type, pk FROM pragma_table_info('{table.name}')").fetchall()
        assert [(name, kind) for name, kind, _ in rows] == [(c.name, _KINDS[c.kind]) for c in table.columns]
        keys = sorted((pk, name) for name, _, pk in rows if pk)
        assert tuple(name for _, name in keys) == table.key
        pointers = {
            (column, f"{other}.{to}")
            for _, _, other, column, to, *_ in database.execute(f"PRAGMA foreign_key_list('{table.name}')")
        }
        assert pointers == {(c.name, c.points_to) for c in table.columns if c.points_to}
        for columns in table.indices:
            assert f"idx_{table.name}_{'_'.join(columns)}" in {
                name for _, name, *_ in database.execute(f"PRAGMA index_list('{table.name}')")
            }


def test_every_pointer_points_to_a_row(database: sqlite3.Connection) -> None:
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    for table in schema.tables().values():
        for column in table.columns:
            if not column.nullable:
                assert database.execute(
                    f"SELECT count(*) FROM {table.name} WHERE {column.name} IS NULL"
                ).fetchone() == (0,), f"{table.name}.{column.name}"
            if column.kind == "json":
                for (value,) in database.execute(f"SELECT {column.name} FROM {table.name}"):
                    json.loads(value)


@pytest.mark.parametrize("view", [view.name for view in schema.views()])
def test_each_view_answers(database: sqlite3.Connection, view: str) -> None:
    database.execute(f"SELECT * FROM {view}").fetchall()


def test_pages_that_auditors_chose_stand_beside_their_services(own: DatabaseRound) -> None:
    pages = [
        ("s1", "http://a1.test/x?sid=abcdefghij0123456789", "صدور\ud800", "r1"),
        ("s2", "http://a1.test/y", None, ""),
    ]
    chosen = {
        id: Alias("a1", id, url, heading, "http://a1.test", "زهرا", "2025-12-02", "c1", reply)
        for id, url, heading, reply in reversed(pages)
    }
    DatabaseRound(replace(own.round, aliases=chosen), own.results).open().close()
    rows = own.rows(
        "SELECT aliases.*, services.title FROM aliases JOIN services ON services.id = aliases.service"
    )
    assert [(row[0], row[3], *row[5:9]) for row in rows] == [
        ("s1", "صدور?", "زهرا", "2025-12-02", "c1", "r1"),
        ("s2", None, "زهرا", "2025-12-02", "c1", ""),
    ]
    assert "abcdefghij0123456789" not in str(rows[0][2]) and rows[1][2] == "http://a1.test/y"
    assert own.rows("PRAGMA foreign_key_check") == []


def test_findings_are_those_of_the_file(database: sqlite3.Connection, shared: DatabaseRound) -> None:
    rows = {
        id: (agency, check, verdict, reason, json.loads(observed), length, place)
        for id, agency, check, verdict, reason, observed, length, place in database.execute(
            "SELECT id, agency, check_id, verdict, reason, value, length, place"
            " FROM findings JOIN observed ON observed.finding = findings.number"
        )
    }
    content = (shared.results / "findings.jsonl").read_bytes()
    assert rows.keys() == {f.id for f in findings()}
    for one in findings():
        agency, check, verdict, reason, observed, length, place = rows[one.id]
        assert (agency, check, verdict, reason) == (one.agency, one.check, one.verdict, one.reason)
        assert json.loads(content[place : place + length])["id"] == one.id
        assert observed.keys() == one.observed.keys()


def test_contradicted_services_are_told_with_their_captures(database: sqlite3.Connection) -> None:
    rows = database.execute(
        "SELECT service, agency, reason, finding, captures FROM contradicted_services"
    ).fetchall()
    assert rows == [("s2", "سازمان پروانه‌ها", "dead_link", id_of("s2"), "c3 c0")]


def test_agencies_by_gap_are_scored(database: sqlite3.Connection) -> None:
    rows = database.execute("SELECT gap FROM agencies_by_gap").fetchall()
    assert len(rows) == 2 and rows == sorted(rows, reverse=True)
    assert database.execute("SELECT count(*) > 0 FROM indicator_findings").fetchone() == (1,)


def test_texts_are_folded_and_searched_by_trigrams(database: sqlite3.Connection) -> None:
    for (text,) in database.execute("SELECT text FROM texts"):
        assert text == "\n".join(fold(line).replace(" ", "") for line in text.split("\n")) and text.endswith(
            "\n"
        )
    wanted = fold("پروانة").replace(" ", "")
    found = database.execute(
        "SELECT DISTINCT subject FROM findings JOIN texts_fts ON texts_fts.rowid IN (words, own_words)"
        " WHERE texts_fts MATCH ?",
        (f'"{wanted}"',),
    ).fetchall()
    assert ("s1",) in found
