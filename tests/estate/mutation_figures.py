"""The tables of docs/performance.md on fixtures and mutations: counted from rows, kept as JSON, written between marks.

Nothing is judged here. Shapes of the file are those of `Figures`.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fixtures.mutation_rules import Kept, rules
from fixtures.mutations import WAYS
from fixtures.portals.estate import truth

DATA = Path(__file__).with_name("data") / "mutations.json"
DOCUMENT = Path(__file__).parents[2] / "docs" / "performance.md"
NAMES = {"removed": "removed", "emptied": "emptied", "template": "template", "foreign": "foreign name", "old": "old date", "dead": "dead"}  # fmt: skip
SOURCES = ("estate", "whole_portals", "fixtures")
VERDICTS = ("verified", "partial", "contradicted", "inconclusive", "not_applicable")
# Tables of the estate's truth, and the check that each row is about.
_TRUTH = {
    "services": "services.entry", "datasets": "datasets.{check}", "hosts": "hosts.security", "elements": "elements.{subject}",
    "agencies": "reach.portal", "links": "links.target", "window": "services.window",
}  # fmt: skip
# Elements that no part of the model asks for share a row.
_IN_MODEL = ("service_desk", "tracking", "sitemap", "sla", "privacy", "foi", "complaints")
OTHERS = "elements, the other twelve"


def row_of(check: str) -> str:
    """The row of a table that a check is told in."""
    name = check.removeprefix("elements.")
    return OTHERS if name != check and name not in _IN_MODEL else check


def altered(rows: Iterable[list[Any]]) -> dict[str, Any]:
    """By check and way: cases, those that had to be noticed, those that were, and what is wrong. rows: of `Outcome.row`, each with
    the test that it is of before it, "" for the estate."""
    found: dict[str, Any] = {}
    told = rules()
    for test, agency, check, subject, way, _, verdict, _, noticed, touched in rows:
        counts: dict[str, Any] = {name: Counter() for name in WAYS}
        at = found.setdefault(check, {"findings": set(), **counts})
        at["findings"].add((test, agency, subject))
        if not touched:
            continue
        count = at[way]
        unmoved = told.why_unmoved(check, way) is not None
        count["cases"] += 1
        count["asked"] += not unmoved
        count["noticed"] += noticed and not unmoved
        count["refuted"] += verdict == "contradicted" and not told.may_refute(check, way)
    return {
        check: {"findings": len(at["findings"]), **{way: dict(at[way]) for way in WAYS}}
        for check, at in sorted(found.items())
    }


def altered_by_file(rows: Iterable[list[Any]]) -> dict[str, Any]:
    """The same by file of tests."""
    found: dict[str, list[list[Any]]] = {}
    for row in rows:
        found.setdefault(_file(row[0]), []).append(row)
    return {file: altered(rows) for file, rows in found.items()}


def _file(test: str) -> str:
    """The path of its file below tests/checks."""
    return test.partition("::")[0].removeprefix("tests/checks/")


def tallied(rows: Iterable[tuple[str, str, str, bool]]) -> dict[str, dict[str, dict[str, int]]]:
    """By file of tests and check: findings that a test read the verdict of, by verdict; `failed`: of tests that failed.

    rows: test, check, verdict, whether the test passed.
    """
    found: dict[str, dict[str, Counter[str]]] = {}
    for test, check, verdict, passed in rows:
        count = found.setdefault(_file(test), {}).setdefault(check, Counter())
        count[verdict] += 1
        if not passed:
            count["failed"] += 1
            count[f"failed {verdict}"] += 1
    return {
        file: {check: dict(sorted(counts.items())) for check, counts in sorted(checks.items())}
        for file, checks in sorted(found.items())
    }


def truth_of(findings: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """By check: rows of the estate's truth, those that the findings agree with, and the wrong ones of either kind."""
    told = {(f["agency"], f["check"], f["subject"]["id"]): f for f in findings}
    found: dict[str, Counter[str]] = {}
    for name, check in _TRUTH.items():
        path = truth.FOLDER / f"{name}.csv"
        if not path.exists():
            continue
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                about = check.format(**row)
                subject = row["agency"] if name == "agencies" else row["subject"]
                finding = told.get((row["agency"], about, subject), {})
                count = found.setdefault(about, Counter())
                same = finding.get("verdict") == row["verdict"]
                count["rows"] += 1
                count["agree"] += same and finding.get("reason") == (row["reason"] or None)
                for verdict in ("contradicted", "verified"):
                    count[f"false {verdict}"] += not same and finding.get("verdict") == verdict
    return {check: dict(count) for check, count in sorted(found.items())}


def load() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else {}
    return {**{name: {} for name in (*SOURCES, "tally", "truth")}, **data}


def save(data: Mapping[str, Any]) -> None:
    """One line a check, or a file of tests."""
    DATA.parent.mkdir(exist_ok=True)
    parts = []
    for name in sorted(data):
        rows = [
            f"  {json.dumps(key)}: {json.dumps(data[name][key], sort_keys=True)}"
            for key in sorted(data[name])
        ]
        parts.append(f" {json.dumps(name)}: {{\n" + ",\n".join(rows) + "\n }")
    DATA.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def counted(data: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(source, check, counts): of fixtures, one for each file."""
    for source in SOURCES:
        found = data.get(source, {})
        for group in found.values() if source == "fixtures" else [found]:
            for check, at in group.items():
                yield source, check, at


def mutation_table(data: Mapping[str, Any]) -> list[str]:
    """As docs/performance.md has it."""
    every = list(counted(data))
    checks = sorted({row_of(check) for _, check, _ in every})
    heads = " | ".join(NAMES[way] for way in WAYS)
    lines = [
        f"| check | estate | whole portals | fixtures | {heads} | missed | wrongly `contradicted` |",
        f"|---|---:|---:|---:|{'---:|' * len(WAYS)}---:|---:|",
    ]
    sums: Counter[tuple[str, str]] = Counter()
    findings: Counter[str] = Counter()
    for row in checks:
        counts = {s: [at for source, c, at in every if source == s and row_of(c) == row] for s in SOURCES}
        cells = []
        total: Counter[str] = Counter()
        for way in WAYS:
            at = sum((Counter(one[way]) for source in SOURCES for one in counts[source]), Counter())
            cells.append(f"{at['noticed']} of {at['asked']}" if at["asked"] else "–")
            total += at
            for name, number in at.items():
                sums[way, name] += number
        numbers = {source: sum(one["findings"] for one in counts[source]) for source in SOURCES}
        findings.update(numbers)
        name = row if row == OTHERS else f"`{row}`"
        lines.append(
            f"| {name} | {' | '.join(str(numbers[source]) for source in SOURCES)} | {' | '.join(cells)} | "
            f"{total['asked'] - total['noticed']} | {total['refuted']} |"
        )
    rates = [f"{100 * sums[way, 'noticed'] / max(1, sums[way, 'asked']):.1f} %" for way in WAYS]
    missed = sum(sums[way, "asked"] - sums[way, "noticed"] for way in WAYS)
    refuted = sum(sums[way, "refuted"] for way in WAYS)
    lines.append(
        f"| all | {' | '.join(str(findings[source]) for source in SOURCES)} | {' | '.join(rates)} | {missed} | {refuted} |"
    )
    altered = sum(sums[way, "cases"] for way in WAYS)
    return [f"{altered:,} altered cases.", "", *lines, "", *_reasons(data), "", *_kept(data)]


def _reasons(data: Mapping[str, Any]) -> list[str]:
    """What «–» stands for, as it is declared."""
    told = rules()
    lines = ["«–»: nothing of it was there to be altered, or it cannot matter:", ""]
    lines.append(f"- old date, where not told otherwise: {told.no_age}.")
    said: dict[str, dict[str, list[str]]] = {}
    for check in sorted({check for _, check, _ in counted(data)}):
        ways: dict[str, list[str]] = {}
        for way in WAYS:
            if (why := told.why_unmoved(check, way)) is not None and why != told.no_age:
                ways.setdefault(why, []).append(NAMES[way])
        for why, names in ways.items():
            said.setdefault(why, {}).setdefault(", ".join(names), []).append(f"`{check}`")
    for why, checks in sorted(said.items()):
        about = "; ".join(f"{', '.join(names)} ({ways})" for ways, names in sorted(checks.items()))
        lines.append(f"- {about}: {why}.")
    return lines


def missed(data: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    """How many cases of a check were not noticed in a way that matters."""
    found: Counter[tuple[str, str]] = Counter()
    for _, check, at in counted(data):
        for way in WAYS:
            found[check, way] += at[way].get("asked", 0) - at[way].get("noticed", 0)
    return {key: number for key, number in found.items() if number}


def _kept(data: Mapping[str, Any]) -> list[str]:
    """The misses, each with why it is no fault."""
    lines = ["What is missed:", ""]
    gone = missed(data)
    for row in rules().kept:
        lines.append(f"- `{row.check}`, {_ways(row, gone)}: {row.why}.")
    return lines


def _ways(row: Kept, gone: Mapping[tuple[str, str], int]) -> str:
    return ", ".join(f"{NAMES[way]} ({gone.get((row.check, way), 0)})" for way in row.ways)


def fixture_table(data: Mapping[str, Any]) -> list[str]:
    """As docs/performance.md has it."""
    counts: dict[str, Counter[str]] = {}
    for checks in data["tally"].values():
        for check, count in checks.items():
            counts.setdefault(row_of(check), Counter()).update(count)
    rows: dict[str, Counter[str]] = {}
    for check, count in data["truth"].items():
        rows.setdefault(row_of(check), Counter()).update(count)
    lines = [
        "| check | fixture cases | "
        + " | ".join(f"`{v}`" for v in VERDICTS)
        + " | as expected | rows of the estate's truth | "
        "as there | false contradictions | false verifications |",
        f"|---|---:|{'---:|' * len(VERDICTS)}---:|---:|---:|---:|---:|",
    ]
    total: Counter[str] = Counter()
    for row in sorted({*counts, *rows}):
        line = _line(counts.get(row, Counter()), rows.get(row, Counter()))
        total.update(line)
        lines.append(_cells(row if row == OTHERS else f"`{row}`", line))
    lines.append(_cells("all", total))
    return lines


def _line(count: Counter[str], row: Counter[str]) -> Counter[str]:
    cases = sum(count[verdict] for verdict in VERDICTS)
    return Counter(
        {
            "cases": cases,
            **{verdict: count[verdict] for verdict in VERDICTS},
            "right": cases - count["failed"],
            "rows": row["rows"],
            "agree": row["agree"],
            "contradictions": count["failed contradicted"] + row["false contradicted"],
            "verifications": count["failed verified"] + row["false verified"],
        }
    )


def _cells(name: str, line: Mapping[str, int]) -> str:
    keys = ("cases", *VERDICTS, "right", "rows", "agree", "contradictions", "verifications")
    return f"| {name} | {' | '.join(f'{line[key]:,}' for key in keys)} |"
