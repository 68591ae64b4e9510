"""What becomes of every finding that counts for something when what it rests on is altered in each of six ways.

    python -m tests.estate.mutations [--estate ROUND] [--whole-portals ROUND] [--fixtures [FILE ...]]

Measures what is named, and writes the tables of docs/performance.md and what they are made of, `data/mutations.json`.

The evidence is that of a real crawl, the judges are the real checks, the value is the model's. What a finding rests on
are the pages of the captures that it cites, each with all its visits; where it then stands on other pages, these are
altered as well, until it falls or stands on nothing that is as it was.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from checks.case import Case, Check, Shared
from checks.elements.presence.check import Elements
from checks.engine import CHECKS
from checks.finding import Finding
from claims.model import Round
from evidence.store import EvidenceStore
from fixtures.benchmarks.figures import Figures
from fixtures.mutations import WAYS, Way
from govah.stages import as_of, read_round
from scoring.facts import AgencyFacts
from scoring.load import load_model
from scoring.model import Attested, Claimed, Part
from scoring.parts import read
from tests.estate import mutation_figures as figures
from tests.estate.altered import Altered, Portal

_RANK = {"verified": 0, "partial": 1}
# Then everything that the portal has is altered.
_MOST_ROUNDS = 6
_KEPT_CASES = 12
# What is tested there is the engine.
_ALL = ("tests/checks", "--ignore=tests/checks/test_engine.py")
BY_ID: Mapping[str, Check] = {check.id: check for check in CHECKS}
Parts = Mapping[str, list[tuple[str, Part]]]
"""By check: the parts of the model that it feeds, each with its indicator."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One finding after one way. verdict, reason: "gone" and None where nothing is said of the subject any more.

    noticed: the verdict is lower, or the parts of the model that the check feeds are worth less. touched: whether there
    was anything to alter.
    """

    finding: Finding
    way: Way
    verdict: str
    reason: str | None
    noticed: bool
    touched: bool

    def row(self) -> list[Any]:
        one = self.finding
        return [
            one.agency, one.check, one.subject.id, self.way, one.verdict, self.verdict, self.reason, self.noticed, self.touched,
        ]  # fmt: skip


@cache
def parts() -> Parts:
    """Of the model that comes with the program."""
    found: dict[str, list[tuple[str, Part]]] = {}
    for indicator in load_model("ir-portals", Path()).contents.indicator:
        for part in indicator.part:
            if not isinstance(part, Claimed | Attested):
                found.setdefault(part.check, []).append((indicator.id, part))
    return found


def may_count(finding: Finding) -> bool:
    """Whether a finding can count for something in the model, or is about an element."""
    return finding.verdict in _RANK and (finding.check in parts() or finding.check.startswith("elements."))


class Bench:
    """One agency: its portal, its findings, and what the model makes of them."""

    def __init__(
        self,
        round_: Round,
        store: EvidenceStore,
        agency: str,
        clock: dt.datetime,
        findings: Iterable[Finding],
        shared: Shared | None = None,
    ) -> None:
        self.portal = Portal(round_, store, round_.agency(agency), clock, shared or Shared(round_, store))
        self.facts = _facts(round_, agency, clock, findings)
        self._cases: dict[tuple[str, frozenset[str], Way], tuple[Case, bool]] = {}

    def worth(self) -> list[Finding]:
        """Findings that count for something: verified or partial, and more than nothing where the model has a part of it."""
        found = [f for group in self.facts.findings.values() for f in group if may_count(f)]
        return sorted(
            (f for f in found if f.check not in parts() or self._counts(f)),
            key=lambda f: (f.subject.id, f.check),
        )

    def _counts(self, finding: Finding) -> bool:
        inputs = [
            i for indicator, part in parts()[finding.check] for i in read(part, indicator, self.facts).inputs
        ]
        return any(one.lower > 0 for one in inputs if one.finding == finding.id)

    def altered(self, finding: Finding, way: Way) -> Outcome:
        """The finding after everything that it rests on was altered."""
        cited = self.portal.pages_of(finding.captures)
        targets = (cited - self.portal.homes) or cited
        told: Finding | None = finding
        noticed = touched = False
        for round_ in range(_MOST_ROUNDS):
            case, touched = self._case(finding, targets, way)
            if not touched:
                break
            told = judged(finding, case)
            noticed = self._is_lower(finding, told)
            if noticed or told is None:
                break
            beside = self.portal.pages_of(told.captures) - targets
            if not beside:
                break
            last = round_ >= _MOST_ROUNDS - 3
            targets |= self.portal.pages if last else (beside - self.portal.homes) or beside
        verdict, reason = (told.verdict, told.reason) if told is not None else ("gone", None)
        return Outcome(finding, way, verdict, reason, noticed, touched)

    def _case(self, finding: Finding, targets: frozenset[str], way: Way) -> tuple[Case, bool]:
        """The altered case, and whether anything of it was altered. One service's case is not another's."""
        claim = finding.subject.id if finding.subject.kind in ("service", "dataset") else ""
        key = (claim, targets, way)
        if key not in self._cases:
            if len(self._cases) >= _KEPT_CASES:
                self._cases.clear()
            case = self.portal.altered(targets, way)
            assert isinstance(case.evidence, Altered)
            self._cases[key] = case, bool(case.evidence.altered)
        return self._cases[key]

    def _is_lower(self, finding: Finding, told: Finding | None) -> bool:
        if told is None or _RANK.get(told.verdict, 2) > _RANK[finding.verdict]:
            return True
        now = sorted(
            (told if one.id == finding.id else one for one in self.facts.of(finding.check)),
            key=lambda one: one.id,
        )
        after = replace(self.facts, findings={**self.facts.findings, finding.check: tuple(now)})
        return _value(after, finding.check) < _value(self.facts, finding.check) - 1e-9


def _value(facts: AgencyFacts, check: str) -> float:
    """Of all parts that a check feeds, together."""
    return sum(read(part, indicator, facts).lower or 0.0 for indicator, part in parts().get(check, ()))


def _facts(round_: Round, agency: str, clock: dt.datetime, findings: Iterable[Finding]) -> AgencyFacts:
    found: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=lambda one: one.id):
        if finding.agency == agency:
            found.setdefault(finding.check, []).append(finding)
    return AgencyFacts(
        agency=round_.agency(agency),
        services=tuple(sorted(round_.services_of(agency), key=lambda service: service.id)),
        datasets=tuple(sorted(round_.datasets_of(agency), key=lambda dataset: dataset.id)),
        declarations={one.indicator: one for one in round_.declarations if one.agency == agency},
        findings={check: tuple(group) for check, group in found.items()},
        as_of=clock.date(),
    )


def judged(finding: Finding, case: Case) -> Finding | None:
    """What the same check says now of the same subject; None when it says nothing of it."""
    if finding.check.startswith("elements."):
        return Elements().of(case, finding.subject.id)
    if finding.subject.kind == "service":
        case = case.narrowed(services=tuple(s for s in case.services if s.id == finding.subject.id))
    elif finding.subject.kind == "dataset":
        case = case.narrowed(datasets=tuple(d for d in case.datasets if d.id == finding.subject.id))
    return next((f for f in BY_ID[finding.check].judge(case) if f.id == finding.id), None)


def outcomes(
    folder: Path, findings: list[Finding], share: tuple[int, int] | None = None
) -> Iterator[Outcome]:
    """Of a round that was crawled. share: (seed, so many findings of each check); None for all."""
    round_ = read_round(folder).round
    with EvidenceStore.open(folder / "evidence") as store:
        clock, shared = as_of(round_, store), Shared(round_, store)
        by_agency = {one.id: [f for f in findings if f.agency == one.id] for one in round_.agencies}
        drawn = None if share is None else _drawn(findings, *share)
        for agency, mine in by_agency.items():
            if drawn is not None and not any(f.id in drawn for f in mine):
                continue
            bench = Bench(round_, store, agency, clock, mine, shared)
            for finding in bench.worth():
                if drawn is None or finding.id in drawn:
                    yield from (bench.altered(finding, way) for way in WAYS)


def _drawn(findings: Iterable[Finding], seed: int, number: int) -> frozenset[str]:
    by_check: dict[str, list[str]] = {}
    for finding in sorted(findings, key=lambda one: one.id):
        if may_count(finding):
            by_check.setdefault(finding.check, []).append(finding.id)
    draw = random.Random(seed)
    return frozenset(one for ids in by_check.values() for one in draw.sample(ids, min(number, len(ids))))


def fixture_rows(arguments: Iterable[str], folder: Path) -> tuple[list[Any], list[Any]]:
    """(what tests asserted on, what became of it after mutations), of a run of pytest with these arguments."""
    told, altered = folder / "tally.jsonl", folder / "altered.jsonl"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.checks.tally"]
    options = ["--tally", str(told), "--altered", str(altered), *arguments]
    subprocess.run([*command, *options], check=False, stdout=sys.stderr, cwd=Path(__file__).parents[2])
    return _lines(told), _lines(altered)


def _lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def findings_of(folder: Path) -> list[Finding]:
    return [Finding.from_json(row) for row in _lines(folder / "results" / "findings.jsonl")]


def _of_round(folder: Path) -> tuple[dict[str, Any], list[Finding]]:
    found = findings_of(folder)
    return figures.altered(["", *one.row()] for one in outcomes(folder, found)), found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.estate.mutations", description=__doc__)
    parser.add_argument("--estate", type=Path, help="its round, crawled and checked")
    parser.add_argument("--whole-portals", type=Path, help="its round, crawled and checked")
    parser.add_argument(
        "--fixtures", nargs="*", metavar="FILE", help="run these files of tests/checks, all by default"
    )
    arguments = parser.parse_args()
    data = figures.load()
    if arguments.estate is not None:
        data["estate"], found = _of_round(arguments.estate)
        data["truth"] = figures.truth_of(one.to_json() for one in found)
    if arguments.whole_portals is not None:
        data["whole_portals"], _ = _of_round(arguments.whole_portals)
    if arguments.fixtures is not None:
        files = [f"tests/checks/{name.removeprefix('tests/checks/')}" for name in arguments.fixtures]
        with tempfile.TemporaryDirectory() as folder:
            told, altered = fixture_rows([*(files or _ALL), "-n", "2", "--dist", "loadfile"], Path(folder))
        known = data if files else {"tally": {}, "fixtures": {}}
        data["tally"] = known["tally"] | figures.tallied(told)
        data["fixtures"] = known["fixtures"] | figures.altered_by_file(altered)
    figures.save(data)
    for name, table in (("fixtures of checks", figures.fixture_table), ("mutations", figures.mutation_table)):
        Figures(name, figures.DOCUMENT).write(["", *table(data), ""])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
