"""Where the time of the tests goes, by kind and by file: the tables of docs/testing.md.

    make test-times                        runs the tests of `make test` and writes the tables
    python -m tests.times FILE... [--dry]  from what `pytest --measure=FILE` wrote

CPU is that of the test's process, of the children it has waited for and of commands that were forked for it; a browser's
own processes are not among them.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fixtures.benchmarks.figures import Figures, taken_on
from tests.kinds import PHASES

FIGURES = Figures("times", Path("docs/testing.md"))
FILES, TESTS = 25, 20  # rows of the tables
# The first whose event a test had is its kind; "fuzzing" by the names of files and properties.
_KINDS = (
    ("browser", "the real browser"),
    ("kill", "processes that are killed or stopped"),
    ("socket", "sockets on loopback"),
    ("fuzz", "fuzzing and properties"),
    ("docs", "documents against code"),
    ("process", "commands in processes of their own"),
)
PURE = "pure functions"


@dataclass(frozen=True, slots=True)
class Time:
    """One test. wall, cpu: seconds of all its phases. setup: of them, wall seconds before its first line."""

    id: str
    kind: str
    wall: float
    cpu: float
    setup: float

    @property
    def file(self) -> str:
        return self.id.partition("::")[0]


def read(lines: Iterable[str]) -> list[Time]:
    return [_time(json.loads(line)) for line in lines]


def _time(row: dict[str, object]) -> Time:
    phases = [row[phase] for phase in PHASES if phase in row]
    walls, cpus, events = zip(*phases, strict=True)
    seen = {event for found in events for event in found}
    if row.get("property") or "fuzz" in str(row["id"]):
        seen.add("fuzz")
    kind = next((name for event, name in _KINDS if event in seen), PURE)
    setup = row["setup"][0] if "setup" in row else 0.0  # type: ignore[index]
    return Time(str(row["id"]), kind, sum(walls), sum(cpus), setup)


def block(times: Sequence[Time], *, seconds: float, load: float) -> list[str]:
    total = sum(time.cpu for time in times)
    return [
        taken_on(load),
        "",
        f"{len(times):,} tests: {seconds:,.0f} s, {total / 60:.1f} CPU minutes.",
        "",
        "| kind | tests | CPU s | share | seconds waited and worked |",
        "|---|---:|---:|---:|---:|",
        *_rows(_by(times, lambda time: time.kind), total),
        "",
        "| file | tests | CPU s | share | seconds waited and worked |",
        "|---|---:|---:|---:|---:|",
        *_rows(_by(times, lambda time: f"`{time.file}`"), total, FILES),
        "",
        "| the slowest | seconds | of them set-up | CPU s |",
        "|---|---:|---:|---:|",
        *(
            f"| `{one.id[:110].replace('|', '¦')}` | {one.wall:.1f} | {one.setup:.1f} | {one.cpu:.1f} |"
            for one in sorted(times, key=lambda time: -time.wall)[:TESTS]
        ),
    ]


def _by(times: Sequence[Time], key: object) -> dict[str, list[Time]]:
    groups: dict[str, list[Time]] = defaultdict(list)
    for time in times:
        groups[key(time)].append(time)  # type: ignore[operator]
    return groups


def _rows(groups: dict[str, list[Time]], total: float, most: int | None = None) -> list[str]:
    ordered = sorted(groups.items(), key=lambda item: -sum(time.cpu for time in item[1]))
    return [
        f"| {name} | {len(found):,} | {(cpu := sum(one.cpu for one in found)):.1f} | {100 * cpu / total:.0f} % | "
        f"{sum(one.wall for one in found):.0f} |"
        for name, found in ordered[:most]
    ]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.times", description="Writes the tables of docs/testing.md."
    )
    parser.add_argument("file", type=Path, nargs="+", help="as `pytest --measure=FILE` wrote it")
    parser.add_argument("--seconds", type=float, default=0.0, help="that the whole run took")
    FIGURES.dry_option(parser)
    given = parser.parse_args()
    times = [time for file in given.file for time in read(file.read_text(encoding="utf-8").splitlines())]
    FIGURES.tell(block(times, seconds=given.seconds, load=os.getloadavg()[2]), dry=given.dry)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
