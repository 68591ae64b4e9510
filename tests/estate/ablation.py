"""What each rule and each word list of the checks decides: each is switched off in turn, over all that has a known truth.

    python -m tests.estate.ablation [--only PATTERN] [--quick] [--json FILE] [--dry]

Judged are the kept crawls of the estate and the blind sets, and generated worlds: `services.entry`, and `elements` and
`links.target` where a set has a truth of them. Nothing is crawled. First everything is judged once, watched: which rules
answered other than usual, which words were met. Only what rests on a switch is judged again without it; the rest cannot
change. What is a switch, and how it is put off, is for `tests.estate.switches`.

The figures are kept in `data/ablation.json`; the table of docs/performance.md is made from them. Part of the switches
(--only) renews its own rows alone. --quick takes two sets and few worlds, and keeps nothing.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from fixtures.benchmarks.figures import Figures
from fixtures.portals.registry import SETS
from fixtures.portals.worlds.many import numbers
from tests.estate.ablation_judging import Judged, Key, Place, Said, Task, Unit, places, traced, tried
from tests.estate.switches import Switch, all_switches, answers_yes_or_no

FIGURES = Figures("ablation")
DATA = Path(__file__).with_name("data") / "ablation.json"
CLAIMS, SEED, JOBS = 1_000, 1, 2
QUICK_SETS, QUICK_CLAIMS = ("whole_portals", "two_clicks"), 60
_LINE_EVERY = 20.0  # seconds
_TASK = 60.0  # seconds of one core, so that there is something to tell now and then


@dataclass(slots=True)
class Decides:
    """What one switch decides. judged: rows that rest on it.

    right: rows that are right only through it. prevents: false verdicts that only it prevents. wrong: rows that are right
    without it. makes: false verdicts that are none without it. other: rows of which something else is said without it.
    """

    judged: int = 0
    right: int = 0
    prevents: int = 0
    wrong: int = 0
    makes: int = 0
    other: int = 0

    def count(self, before: Said, after: Said) -> None:
        self.judged += 1
        self.right += before.right and not after.right
        self.prevents += after.false and not before.false
        self.wrong += after.right and not before.right
        self.makes += before.false and not after.false
        told = before.right != after.right or before.false != after.false
        self.other += before.said != after.said and not told

    @property
    def changes(self) -> bool:
        return any((self.right, self.prevents, self.wrong, self.makes, self.other))


Baseline = Mapping[Place, Mapping[Unit, Judged]]


def answers(baseline: Baseline) -> dict[Switch, bool | None]:
    """What each rule says when it is off: None, or what it says to most of the judgements that ask it."""
    asked: Counter[tuple[Switch, bool]] = Counter(
        touched
        for units in baseline.values()
        for one in units.values()
        for touched in one.touched
        if isinstance(touched, tuple)
    )
    rules = {rule for rule, _ in asked}
    return {rule: asked[rule, True] > asked[rule, False] if answers_yes_or_no(rule) else None for rule in rules}  # fmt: skip


def tasks(baseline: Baseline, switches: Iterable[Switch]) -> list[Task]:
    """Everything that is to be judged again, the longest first."""
    usual, wanted = answers(baseline), list(switches)
    found = []
    for place, units in baseline.items():
        tries: list[tuple[Switch, bool | None, tuple[Unit, ...]]] = []
        seconds = 0.0
        for switch in wanted:
            answer = usual.get(switch)
            # a rule matters where it said something else than it says when it is off
            mark = (switch, not answer) if switch.kind == "rule" else switch
            touched = tuple(unit for unit, one in units.items() if mark in one.touched)
            if touched:
                tries.append((switch, answer, touched))
                seconds += sum(units[unit].seconds for unit in touched)
            if seconds > _TASK:
                found.append(Task(place, tuple(tries), seconds))
                tries, seconds = [], 0.0
        if tries:
            found.append(Task(place, tuple(tries), seconds))
    return sorted(found, key=lambda task: (-task.seconds, task.place.name))


def counted(
    baseline: Baseline, switches: Iterable[Switch], told: Iterable[tuple[Place, Switch, Key, Said]]
) -> dict[Switch, Decides]:
    found = {switch: Decides() for switch in switches}
    before = {
        (place, key): said
        for place, units in baseline.items()
        for one in units.values()
        for key, said in one.rows.items()
    }
    nothing = Said("", False, False)
    for place, switch, key, said in told:
        found[switch].count(before.get((place, key), nothing), said)
    return found


def ablated(
    where: Sequence[Place], switches: Sequence[Switch], jobs: int = 1, say: Callable[[str], None] = print
) -> tuple[Baseline, dict[Switch, Decides]]:
    """All rows as they are judged, and what each switch decides of them."""
    baseline = dict(_each(partial(traced, switches=switches), where, jobs, say, "judged once"))
    again = tasks(baseline, switches)
    seconds = sum(task.seconds for task in again) / jobs
    say(f"{sum(len(task.tries) for task in again):,} times a switch and a place, {seconds:.0f} s at most of an idle machine")  # fmt: skip
    told = [
        (task.place, *row)
        for task, rows in _each(tried, again, jobs, say, "with switches off", lambda task: task.seconds)
        for row in rows
    ]
    return baseline, counted(baseline, switches, told)


def _each(
    work: Callable[[Any], Any],
    given: Sequence[Any],
    jobs: int,
    say: Callable[[str], None],
    name: str,
    cost: Callable[[Any], float] = lambda one: 1.0,
) -> Iterator[tuple[Any, Any]]:
    """What is made of each, and a line now and then of how far it is and how long it will take."""
    began = said = time.monotonic()
    whole, done = sum(map(cost, given)), 0.0
    for one, result in _made(work, given, jobs):
        yield one, result
        done += cost(one)
        now = time.monotonic()
        if now - said >= _LINE_EVERY:
            said = now
            left = (now - began) * (whole - done) / done
            say(f"{name}: {100 * done / whole:.0f} %, {now - began:.0f} s, about {left:.0f} s more")
    say(f"{name}: done in {time.monotonic() - began:.0f} s")


def _made(work: Callable[[Any], Any], given: Sequence[Any], jobs: int) -> Iterator[tuple[Any, Any]]:
    if jobs == 1:
        yield from ((one, work(one)) for one in given)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        asked = {pool.submit(work, one): one for one in given}
        for future in as_completed(asked):
            yield asked[future], future.result()


# Figures


def figures(baseline: Baseline, decided: Mapping[Switch, Decides]) -> dict[str, Any]:
    """As they are kept."""
    usual = answers(baseline)
    rows = [said for units in baseline.values() for one in units.values() for said in one.rows.values()]
    worlds = [place for place in baseline if place.set == "world"]
    return {
        "rows": len(rows),
        "right": sum(said.right for said in rows),
        "false": sum(said.false for said in rows),
        "claims": sum(len(baseline[place]) for place in worlds),
        "worlds": len(worlds),
        "sets": sorted({place.set for place in baseline} - {"world"}),
        "switches": {
            switch.name: {"kind": switch.kind, "answer": usual.get(switch), **asdict(one)}
            for switch, one in decided.items()
        },
    }


def block(data: Mapping[str, Any]) -> list[str]:
    """Tables in Markdown: what decides something, what changes nothing, what is never asked."""
    decided = {name: Decides(**{key: one[key] for key in asdict(Decides())}) for name, one in data["switches"].items()}  # fmt: skip
    order = sorted(
        (name for name, one in decided.items() if one.changes),
        key=lambda name: (-decided[name].right - decided[name].prevents, -decided[name].other, name),
    )
    lines = [
        f"{data['rows']:,} rows with a known truth: {', '.join(data['sets'])}, and {data['claims']:,} claims of {data['worlds']} "
        f"generated portals. {data['right']:,} are right, {data['false']} verdicts false.",
        "",
        "| switched off | rests on it | right only through it | false verdicts only it prevents | right without it "
        "| false verdicts it makes | told otherwise |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name in order:
        one = decided[name]
        cells = (one.judged, one.right, one.prevents, one.wrong, one.makes, one.other)
        lines.append(f"| `{name}`{_off(data['switches'][name])} | {' | '.join(f'{cell:,}' for cell in cells)} |")  # fmt: skip
    idle = [name for name, one in decided.items() if not one.changes and one.judged]
    unasked = [name for name, one in decided.items() if not one.judged]
    return [
        *lines,
        "",
        f"Asked, and nothing changes without it ({len(idle)}): {_named(idle)}.",
        "",
        f"No row rests on it ({len(unasked)}; lists of other checks among them): {_named(unasked)}.",
    ]


def _off(one: Mapping[str, Any]) -> str:
    """How a rule is switched off, where it is not by None or no."""
    return " = yes" if one["answer"] else ""


def _named(names: Iterable[str]) -> str:
    """Names by the file or module that they are of."""
    by_place: dict[str, list[str]] = defaultdict(list)
    for name in names:
        place, _, what = name.partition(" ") if " " in name else name.rpartition(".")
        by_place[place].append(what)
    return "; ".join(
        f"`{place}`: {', '.join(f'`{what}`' for what in some)}" for place, some in by_place.items()
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.estate.ablation", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--only", metavar="PATTERN", help="switches whose name has this regular expression")
    parser.add_argument("--quick", action="store_true", help="two sets and few worlds; nothing is kept")
    parser.add_argument("--sets", nargs="+", choices=tuple(SETS), default=tuple(SETS))
    parser.add_argument("--claims", type=int, default=CLAIMS, help="of worlds, at least (%(default)s)")
    parser.add_argument("--jobs", type=int, default=JOBS, help="processes (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    FIGURES.dry_option(parser)
    given = parser.parse_args(arguments)
    switches = [one for one in all_switches() if given.only is None or re.search(given.only, one.name)]
    if not switches:
        parser.error(f"no switch has {given.only} in its name")
    sets, claims = (QUICK_SETS, QUICK_CLAIMS) if given.quick else (given.sets, given.claims)
    try:
        where = places(sets, numbers(claims, SEED))
    except FileNotFoundError as error:
        parser.error(str(error))
    _say(f"{len(switches)} switches, {len(where)} places")
    data = figures(*ablated(where, switches, given.jobs, _say))
    if given.json is not None:
        given.json.write_text(_written(data), encoding="utf-8")
    whole = sets == tuple(SETS) and not given.quick and not given.dry
    if whole and given.only is not None and DATA.is_file():
        known = json.loads(DATA.read_text(encoding="utf-8"))["switches"]
        order = [one.name for one in all_switches()]
        told = known | data["switches"]
        data["switches"] = {name: told[name] for name in order if name in told}
    if whole:
        DATA.write_text(_written(data), encoding="utf-8")
    FIGURES.tell(block(data), dry=not whole)
    return 0


def _written(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
