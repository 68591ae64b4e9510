"""A plugin of pytest that keeps what tests of checks asserted on: each finding whose verdict a test read.

    python -m pytest tests/checks -p tests.checks.tally --tally FILE [--altered FILE]

`--tally` gets one line of JSON for each: test, check, verdict, whether the test passed. `--altered` does to the evidence
of those that count for something what `fixtures.mutations` has, and keeps what became of them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import pytest

from checks.finding import Finding
from claims.model import Agency, Round
from evidence.store import EvidenceStore
from fixtures.mutations import WAYS
from tests.estate.mutations import Bench, may_count

# A round of one agency has no other body whose name could stand on its pages.
OTHER = Agency("another", "شرکت کشتیرانی دریای دور", "main", "http://another.test/")
# Of one test with a table: so many rows of it for each check are altered.
ROWS = 4
_MANY = 20


@dataclass
class Judged:
    """What one call judged, and how often a test asked for the verdict of each finding, by id."""

    seen: Any
    findings: list[Finding]
    reads: Counter[str] = field(default_factory=Counter)

    @property
    def asked(self) -> dict[str, Finding]:
        """Those that the test is about. One that goes over whatever was found is about what it asks for again."""
        over_all = len(self.reads) == len(self.findings) > _MANY and len({f.check for f in self.findings}) > 2
        return {f.id: f for f in self.findings if self.reads[f.id] > over_all}


class Watched(Finding):
    """A finding that tells when somebody asks for its verdict."""

    __slots__ = ("judged",)

    def __getattribute__(self, name: str) -> Any:
        if name == "verdict" and (judged := getattr(self, "judged", None)) is not None:
            judged.reads[self.id] += 1
        return object.__getattribute__(self, name)


def watched(finding: Finding, judged: Judged) -> Watched:
    made = object.__new__(Watched)
    for one in fields(finding):
        object.__setattr__(made, one.name, getattr(finding, one.name))
    object.__setattr__(made, "judged", judged)
    return made


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tally", type=Path)
    parser.addoption("--altered", type=Path)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Tally(config.getoption("--tally"), config.getoption("--altered")))


class Tally:
    """The plugin's hooks, with the files it writes."""

    def __init__(self, tally: Path | None, altered: Path | None) -> None:
        self._tally, self._altered = tally, altered
        self._calls: list[Judged] = []
        self._rows: dict[tuple[str, str], int] = {}
        for path in (tally, altered):
            if path is not None:
                path.touch()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: Any, request: pytest.FixtureRequest
    ) -> Generator[None, Any, Any]:
        value = yield
        if hasattr(value, "judge") and hasattr(value, "writer"):
            self._listen(value)
        return value

    def _listen(self, seen: Any) -> None:
        judge = seen.judge

        def listening(**options: Any) -> list[Finding]:
            one = Judged(seen, judge(**options))
            self._calls.append(one)
            return [watched(finding, one) for finding in one.findings]

        seen.judge = listening

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self._calls.clear()
        passed = False
        try:
            result = yield
            passed = True
            return result
        finally:
            if self._tally is not None:
                self._keep(item, passed)
            if self._altered is not None and passed:
                self._alter(item)

    def _keep(self, item: pytest.Item, passed: bool) -> None:
        assert self._tally is not None
        with self._tally.open("a", encoding="utf-8") as file:
            for finding in {f.id: f for call in self._calls for f in call.asked.values()}.values():
                file.write(json.dumps([item.nodeid, finding.check, finding.verdict, passed]) + "\n")

    def _alter(self, item: pytest.Item) -> None:
        assert self._altered is not None
        for call in self._calls[-1:]:
            asked = [f for f in call.findings if f.id in call.asked and may_count(f)]
            room = [f for f in asked if self._takes(item, f.check)]
            if not room:
                continue
            seen = call.seen
            before: Round = seen.round()
            round_ = replace(before, agencies=(*before.agencies, OTHER))
            with EvidenceStore.open(seen.folder / "evidence") as store:
                bench = Bench(round_, store, seen.agency.id, seen.as_of, call.findings)
                with self._altered.open("a", encoding="utf-8") as file:
                    worth = {one.id for one in bench.worth()}
                    for finding in room:
                        if finding.id in worth:
                            for way in WAYS:
                                told = bench.altered(finding, way)
                                file.write(json.dumps([item.nodeid, *told.row()], ensure_ascii=False) + "\n")

    def _takes(self, item: pytest.Item, check: str) -> bool:
        """The first rows of each test, for each check."""
        key = (item.nodeid.partition("[")[0], check)
        self._rows[key] = self._rows.get(key, 0) + 1
        return self._rows[key] <= ROWS
