"""Lists that people work from: what to audit next, and what changed between two rounds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table

from claims.model import Round
from govah.commands import findings_of, read
from govah.console import Speaker, text, visible
from scoring.worklist import for_rebuttal
from scoring.worklist import worklist as make_worklist


def worklist(speaker: Speaker, round: Round, size: int) -> None:
    findings = findings_of(speaker, round)
    cases = make_worklist(round, findings, "services.entry", size=size, seed=round.settings.crawl.seed)
    disputed = for_rebuttal(findings)
    speaker.json(
        {
            "audit": [
                {
                    "service": case.service.id,
                    "agency": case.service.agency,
                    "title": case.service.title,
                    "url": case.service.url,
                    "outcome": case.stratum,
                    "design": case.design,
                    "probability": case.probability,
                    "priority": round_to(case.priority),
                }
                for case in cases
            ],
            "rebuttal": [
                {"finding": f.id, "agency": f.agency, "subject": f.subject.id, "reason": f.reason}
                for f in disputed
            ],
        }
    )
    table = Table(title=text("cli.worklist"), title_justify="left")
    for name in ("agency", "service", "title", "outcome", "design"):
        table.add_column(text(f"cli.column_{name}"), overflow="fold")
    for case in cases:
        table.add_row(
            visible(case.service.agency),
            visible(case.service.id),
            visible(case.service.title),
            text(f"stratum.{case.stratum}"),
            text(f"design.{case.design}"),
        )
    speaker.table(table)
    table = Table(title=text("cli.rebuttal"), title_justify="left")
    for name in ("agency", "subject", "reason", "finding"):
        table.add_column(text(f"cli.column_{name}"), overflow="fold")
    for f in disputed:
        table.add_row(visible(f.agency), visible(f.subject.id), text(f"reason.{f.reason}"), f.id)
    speaker.table(table)


def round_to(value: float) -> float:
    return float(f"{value:.6g}")


def diff(speaker: Speaker, old: Path, new: Path) -> None:
    """Findings whose verdict or reason changed; a change of the check's version is told apart."""
    before = {f.id: f for f in findings_of(speaker, read(speaker, old).round)}
    after = {f.id: f for f in findings_of(speaker, read(speaker, new).round)}
    rows: list[dict[str, Any]] = []
    for id in sorted(before.keys() | after.keys()):
        a, b = before.get(id), after.get(id)
        if a is not None and b is not None and (a.verdict, a.reason) == (b.verdict, b.reason):
            continue
        one = b or a
        assert one is not None
        rows.append(
            {
                "finding": id,
                "agency": one.agency,
                "check": one.check,
                "subject": one.subject.id,
                "before": None if a is None else {"verdict": a.verdict, "reason": a.reason},
                "after": None if b is None else {"verdict": b.verdict, "reason": b.reason},
                "rule_changed": a is not None and b is not None and a.check_version != b.check_version,
            }
        )
    speaker.json({"changed": rows})
    table = Table(title=text("cli.changed", count=len(rows)), title_justify="left")
    for name in ("agency", "subject", "before", "after", "cause"):
        table.add_column(text(f"cli.column_{name}"), overflow="fold")
    for row in rows:
        cause = "cli.rule_changed" if row["rule_changed"] else "cli.portal_changed"
        table.add_row(
            visible(row["agency"]),
            visible(row["subject"]),
            _outcome(row["before"]),
            _outcome(row["after"]),
            text(cause),
        )
    speaker.table(table)


def _outcome(value: dict[str, Any] | None) -> str:
    if value is None:
        return "–"
    shown = text(f"verdict.{value['verdict']}")
    return shown if value["reason"] is None else f"{shown}: {text('reason.' + value['reason'])}"
