"""One round and one desk for the tests that only read, in each process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reports.desk.rounds import Client, made, served


@pytest.fixture(scope="session")
def shared_round(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def desk(shared_round: Path) -> Iterator[Client]:
    with served(shared_round, "--auditor", "زهرا") as client:
        yield client
