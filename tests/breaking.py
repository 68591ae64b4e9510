"""Breaks rules at random, one at a time, and asks which target notices: the table "Broken rules" of docs/testing.md.

    python -m tests.breaking [--seed 1404] [--count 20] [--dry]

Works in a copy of the committed tree, under `out/breaking/`. A rule is broken by one change of its code: a condition
turned round, a comparison moved by one, `and` for `or`, a number raised, an answer turned into its opposite.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from fixtures.benchmarks.figures import Figures, machine

FIGURES = Figures("broken rules", Path("docs/testing.md"))
ROOT = Path(__file__).parents[1]
COPY = ROOT / "out" / "breaking"
# Where the rules are, and the tests that may notice: what crawls and what keeps evidence knows no rule.
RULES = ("claims", "checks", "scoring", "reports")
NOTICE = ("tests/checks", "tests/estate", "tests/scoring", "tests/reports", "tests/govah", "tests/claims")
PURE = "not (sockets or processes or slow or thorough)"
# Its depth (tests/depth.py), and which tests it has that the one before has not.
TARGETS = {
    "quick": ("quick", PURE),
    "test": ("usual", f"not thorough and not ({PURE})"),
    "test-thorough": ("thorough", "thorough"),
}
_MOVED = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "=="}
_TURNED = {ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is"}


@dataclass(frozen=True, slots=True)
class Change:
    """Bytes `start` to `end` of a file replaced. what: for people."""

    path: Path
    line: int
    start: int
    end: int
    new: bytes
    what: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """noticed: the first target that fails, None when none does. by: the test that failed first."""

    change: Change
    noticed: str | None
    by: str
    seconds: float


def changes(path: Path) -> Iterator[Change]:
    """Every way to break what a module does. Texts, types and names are left alone."""
    source = path.read_bytes()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def at(node: ast.expr) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset

    def replaced(node: ast.expr, new: bytes, what: str) -> Change:
        return Change(path, node.lineno, *at(node), new, what)

    tree = ast.parse(source)
    for node in ast.walk(tree):
        match node:
            case ast.If(test=test) | ast.IfExp(test=test):
                start, end = at(test)
                yield replaced(test, b"not (" + source[start:end] + b")", "a condition turned round")
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in {**_MOVED, **_TURNED}:
                new = {**_MOVED, **_TURNED}[type(op)]
                (start, middle), (resumed, end) = at(left), at(right)
                text = source[start:middle] + f" {new} ".encode() + source[resumed:end]
                yield Change(path, node.lineno, start, end, text, f"a comparison is `{new}`")
            case ast.BoolOp(op=op, values=[*values]):
                word = b" or " if isinstance(op, ast.And) else b" and "
                parts = [source[slice(*at(value))] for value in values]
                new_text = b"(" + word.join(b"(" + part + b")" for part in parts) + b")"
                yield replaced(node, new_text, f"`{word.decode().strip()}` for its opposite")
            case ast.Return(value=ast.Constant(value=bool() as answer) as constant):
                yield replaced(constant, str(not answer).encode(), f"answers {not answer}")
            case ast.Constant(value=int() as number) if not isinstance(number, bool) and number > 1:
                yield replaced(node, str(number + 1).encode(), f"{number} is {number + 1}")
            case _:
                continue


def drawn(seed: int, count: int) -> list[Change]:
    """Modules first, so that long ones are not drawn more often; then one change of each. The same for the same tree."""
    modules = sorted(path for room in RULES for path in (COPY / room).rglob("*.py"))
    draw = random.Random(seed)
    found: list[Change] = []
    while len(found) < count:
        options = list(changes(draw.choice(modules)))
        if options:
            found.append(draw.choice(options))
    return found


def noticed(change: Change, targets: Sequence[str]) -> Outcome:
    """The first target that fails on the broken tree, which is mended again."""
    whole = change.path.read_bytes()
    _write(change.path, whole[: change.start] + change.new + whole[change.end :])
    begun = time.monotonic()
    try:
        for target in targets:
            by = _fails(target)
            if by is not None:
                return Outcome(change, target, by, time.monotonic() - begun)
    finally:
        _write(change.path, whole)
    return Outcome(change, None, "", time.monotonic() - begun)


_SECONDS = count(int(time.time()))


def _write(path: Path, content: bytes) -> None:
    """With a time of its own: what is compiled is known by its second and its size, and would be read as before."""
    path.write_bytes(content)
    os.utime(path, (next(_SECONDS),) * 2)


def _fails(target: str) -> str | None:
    """The test that failed first; None when all pass."""
    depth, marks = TARGETS[target]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-n",
        "3",
        "--dist",
        "loadgroup",
        "--no-loadscope-reorder",
    ]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "-m", marks, *NOTICE],
        cwd=COPY,
        env={**os.environ, "PYTHONPATH": str(COPY), "GOVAH_TESTS": depth},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return None
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return failed.group(1).partition("@")[0] if failed else "collection"


def copied() -> None:
    """The committed tree, with the rounds that are kept: no crawl depends on a rule."""
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(COPY)], input=archive, check=True)
    if (ROOT / "out" / "rounds").is_dir():
        shutil.copytree(ROOT / "out" / "rounds", COPY / "out" / "rounds")


def block(outcomes: Sequence[Outcome], seed: int) -> list[str]:
    counts = {target: sum(one.noticed == target for one in outcomes) for target in TARGETS}
    missed = sum(one.noticed is None for one in outcomes)
    told = ", ".join(f"`make {target}` notices {count}" for target, count in counts.items())
    return [
        f"{machine()}. Seed {seed}: of {len(outcomes)} broken rules {told} that the one before did not, none notices {missed}.",
        "",
        "| rule | broken | noticed by | first by |",
        "|---|---|---|---|",
        *(
            f"| `{one.change.path.relative_to(COPY)}:{one.change.line}` | {one.change.what} | "
            f"{f'`make {one.noticed}`' if one.noticed else '–'} | {f'`{_short(one.by)}`' if one.by else '–'} |"
            for one in outcomes
        ),
    ]


def _short(test: str) -> str:
    return test.partition("[")[0].removeprefix("tests/").replace("|", "¦")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.breaking", description=__doc__)
    parser.add_argument("--seed", type=int, default=1404)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--targets", nargs="+", choices=TARGETS, default=list(TARGETS))
    FIGURES.dry_option(parser)
    given = parser.parse_args()
    copied()
    outcomes = []
    for number, change in enumerate(drawn(given.seed, given.count), 1):
        where = f"{change.path.relative_to(COPY)}:{change.line}"
        print(f"[{number}/{given.count}] {where}: {change.what} …", file=sys.stderr, end=" ", flush=True)
        outcomes.append(outcome := noticed(change, given.targets))
        print(f"{outcome.noticed or 'not noticed'}, {outcome.seconds:.0f} s {outcome.by}", file=sys.stderr)
    FIGURES.tell(block(outcomes, given.seed), dry=given.dry)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
