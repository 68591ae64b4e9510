"""A small sealed round whose texts are hostile, scored; and its database as `govah score` writes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from checks.finding import Finding
from claims.model import Round
from evidence.store import EvidenceStore
from govah.replies import replies_of
from govah.stages import read_round
from reports.results_db.current import open_for
from reports.results_db.results import Results
from tests.reports.desk.rounds import made


@dataclass(frozen=True)
class DatabaseRound:
    """A round that its tests may change. results: its folder."""

    round: Round
    results: Path

    def open(self, unkept: Callable[[], None] | None = None) -> Results:
        with EvidenceStore.open(self.round.folder / "evidence") as store:
            return open_for(self.round, store, replies_of(self.round), unkept=unkept)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.results / "results.db")) as connection:
            return connection.execute(sql).fetchall()


def database_round(folder: Path, found: Sequence[Finding] | None = None) -> DatabaseRound:
    """found: in place of its own findings."""
    round = read_round(made(folder, found=found)).round
    return DatabaseRound(round, round.folder / "results")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> DatabaseRound:
    """For tests that only read."""
    one = database_round(tmp_path_factory.mktemp("results-db"))
    one.open().close()
    return one


@pytest.fixture
def own(tmp_path: Path) -> DatabaseRound:
    return database_round(tmp_path)


@pytest.fixture(scope="module")
def results(shared: DatabaseRound) -> Iterator[Results]:
    opened = shared.open()
    yield opened
    opened.close()
