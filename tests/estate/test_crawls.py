"""The fixture portals are crawled, one set a process, before anything needs them: tests/rounds.py keeps what was seen."""

from __future__ import annotations

import pytest

from evidence.store import EvidenceStore
from fixtures.portals.registry import SETS
from tests.rounds import crawled, govah, judged, parameter

pytestmark = pytest.mark.alone


@pytest.mark.parametrize("name", [*map(parameter, SETS)])
def test_the_crawl_is_whole_and_sealed(name: str) -> None:
    kept = crawled(name)
    govah("verify", kept.round, key=kept.key)
    with EvidenceStore.open(kept.round / "evidence") as store:
        ends = list(store.captures(kind="crawl"))
    assert ends and kept.requests.stat().st_size > 0
    assert judged(name).round.is_dir()
