"""The constants by which `checks.services.matching.weighing` accepts a page, chosen on all sets but one and tried on that one.

    python -m tests.estate.weights [--kept] [--dry]

Right pairs are a claim and the page at its declared address, where an entry stands and no place of the page names the claim
alone. Wrong pairs are a claim and the page of another claim of its agency, where that page is right for the other: with the
other claim there, as an agency claims all that it has, and with it taken away, as where an agency declares a page by mistake.

--kept takes the crawls under `out/rounds/` as they are, whatever changed since; without it stale ones are crawled anew.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from checks.case import Case
from checks.engine import run_checks
from checks.finding import Finding
from checks.outcome import received
from checks.page.boilerplate import reading
from checks.page.forms.kinds import forms
from checks.services.matching import weighing
from checks.services.matching.declared import named
from checks.services.matching.tie import tie
from checks.services.matching.titles import Titles
from checks.services.matching.weighing import MatchThresholds, RivalSums, enough, limits, rival_sums
from checks.services.visit.browsed import view_of
from checks.services.visit.surroundings import repeated_forms
from checks.services.wording import is_collection, is_search_results
from evidence.store import EvidenceStore
from fixtures.benchmarks.figures import Figures
from fixtures.portals.registry import SETS
from govah.stages import as_of, round_of
from tests import rounds
from web.urls import identity

FIGURES = Figures("weights")
ENTRY = ("verified", "partial")
# needed, needed_besides, named, margin
GRID = tuple(
    MatchThresholds(*each)
    for each in itertools.product(
        (0.3, 0.4, 0.5, 0.6, 0.7), (0.5, 0.6, 0.7, 0.8, 1.0), (0.0, 0.1, 0.2), (0.1, 0.2)
    )
)
MOST_WRONG = 0.005  # of the wrong pairs, with the other claim away


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim and a page. own: what speaks for it; best: for another claim; away: for one that is not the page's owner.

    name: of it, what its name says. shut: a heading about something else, or another claim in a line; away_shut: but for the owner.
    """

    right: bool
    own: float
    name: float
    best: RivalSums
    away: RivalSums
    besides: bool
    shut: bool
    away_shut: bool

    def accepted(self, limits: MatchThresholds, *, away: bool = False) -> bool:
        if self.away_shut if away else self.shut:
            return False
        rival = self.away if away else self.best
        return enough(limits, self.own, self.name, rival, besides=self.besides)


class _Pairs:
    """A check that finds nothing and keeps the pairs of the agencies that it is asked of."""

    id = "services.entry"
    version = 1

    def __init__(self, truth: dict[str, str]) -> None:
        self.truth = truth
        self.found: list[Pair] = []

    def judge(self, case: Case) -> Iterator[Finding]:
        titles = case.shared.of_round("titles", lambda: Titles.of(case.round))
        for service in case.services:
            if service.url is not None and self.truth.get(service.id) in ENTRY:
                self.found += _pairs(case, titles, service)
        return iter(())


def _pairs(case: Case, titles: Titles, owner: Any) -> Iterator[Pair]:
    visits = (v for v in case.visits(owner.url) if received(case, v) is None and case.is_html(v.final))
    visit = next(visits, None)
    if visit is None:
        return
    page = reading(case, view_of(case, owner.url, visit).page or visit.final)
    if is_collection(page) or is_search_results(page):
        return
    found, name = forms(page, repeated_forms(case, page)), named(case, page)
    said = weighing._Said.of(titles, case.services, page, name, found, weighing.led_by(case, owner), ())
    parts = {one.id: list(weighing._parts(titles, one, said)) for one in case.services}
    sums = {key: math.fsum(part.weight for part in some) for key, some in parts.items()}
    alone = sum(identity(one.url or "") == identity(owner.url) for one in case.services) == 1
    for one in case.services:
        mine = one.id == owner.id
        tied = tie(titles, one, page, declared=name)
        if tied.how != "none" or tied.listing or (mine and tied.other is not None) or not (mine or alone):
            continue
        naming = weighing.naming_of(parts[one.id])
        others = [other for other in case.services if other.id != one.id]
        strangers = [other for other in others if other.id != owner.id]
        another = weighing._is_of_another_matter(titles, one, page, said, led=False)
        besides = weighing.in_its_place(one, naming.text)
        another = another or (besides and weighing._is_another_paper(one, naming.text))
        rivals = {other.id for other in weighing.rivals_of(one, naming, others)}
        rated = [(sums[other.id], other) for other in others if other.id in rivals]
        yield Pair(
            mine,
            sums[one.id],
            naming.weight,
            rival_sums(rated, page.document.url),
            rival_sums([row for row in rated if row[1].id != owner.id], page.document.url),
            besides,
            another or weighing.lists_another(titles, page, others),
            another or weighing.lists_another(titles, page, strangers),
        )


def truth_rows(name: str, table: str = "services") -> list[dict[str, str]]:
    """A table of a set's truth as it was written; [] where the set has none of the kind."""
    folder = SETS[name].folder
    files = [folder / "truth" / f"{table}.csv", *sorted(folder.glob(f"portals/*/truth-{table}.csv"))]
    return [
        row
        for file in files
        if file.is_file()
        for row in csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines())
    ]


def truth_of(name: str) -> dict[str, str]:
    """Verdict by service, of a set as it was written."""
    return {row.get("subject") or row["service"]: row["verdict"] for row in truth_rows(name)}


def pairs_of(name: str, folder: Path) -> list[Pair]:
    round = round_of(folder)
    with EvidenceStore.open(folder / "evidence") as store:
        check = _Pairs(truth_of(name))
        run_checks(round, store, as_of=as_of(round, store), checks=(check,))
    return check.found


def counted(pairs: Sequence[Pair], constants: MatchThresholds) -> tuple[int, int, int]:
    """Right pairs that are accepted, wrong ones with the owner's claim there, and with it away."""
    wrong = [pair for pair in pairs if not pair.right]
    return (
        sum(pair.accepted(constants) for pair in pairs if pair.right),
        sum(pair.accepted(constants) for pair in wrong),
        sum(pair.accepted(constants, away=True) for pair in wrong),
    )


def chosen(pairs: Sequence[Pair]) -> MatchThresholds:
    """Most right ones, none wrong with the owner there, few with it away; of equals the strictest."""
    most = MOST_WRONG * sum(not pair.right for pair in pairs)
    allowed = [row for row in GRID if (told := counted(pairs, row))[1] == 0 and told[2] <= most]
    return max(allowed or GRID[-1:], key=lambda row: (counted(pairs, row)[0], row))


def block(sets: dict[str, list[Pair]]) -> list[str]:
    ours = limits()
    lines = [
        "| set | right pairs | wrong pairs | chosen without it | right | wrong, owner there | wrong, owner away | shipped: right | there | away |",
        "|---|---:|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, pairs in sets.items():
        rest = [pair for other, some in sets.items() if other != name for pair in some]
        constants = chosen(rest)
        lines.append(
            _row(
                name,
                pairs,
                _told(constants),
                counted(pairs, constants),
                counted(pairs, ours),
            )
        )
    whole = [pair for some in sets.values() for pair in some]
    best = chosen(whole)
    lines.append(_row("all", whole, _told(best), counted(whole, best), counted(whole, ours)))
    told = f"Shipped: needed {ours.needed:g}, needed_besides {ours.besides:g}, named {ours.named:g}, margin {ours.margin:g}."
    return [*lines, "", told]


def _told(limits: MatchThresholds) -> str:
    return " ".join(f"{one:g}" for one in astuple(limits))


def _row(
    name: str, pairs: Sequence[Pair], constants: str, there: tuple[int, int, int], ours: tuple[int, int, int]
) -> str:
    right = sum(pair.right for pair in pairs)
    cells = (name, right, len(pairs) - right, constants, *there, *ours)
    return f"| {' | '.join(map(str, cells))} |"


def kept(name: str) -> Path:
    """The newest crawl of a set that was kept. Raises FileNotFoundError where there is none."""
    found = sorted((rounds.KEPT / name).glob("crawl-*/round"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise FileNotFoundError(
            f"no crawl of {name} lies under {rounds.KEPT}: `python -m tests.rounds {name}` makes one"
        )
    return found[-1]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.estate.weights", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--kept", action="store_true", help="take kept crawls as they are")
    FIGURES.dry_option(parser)
    given = parser.parse_args(arguments)
    sets: dict[str, list[Pair]] = {}
    for name in SETS:
        sets[name] = pairs_of(name, kept(name) if given.kept else rounds.crawled(name).round)
        sys.stderr.write(f"{name}: {len(sets[name])} pairs\n")
    FIGURES.tell(block(sets), dry=given.dry)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
