"""The list that people work from: what to audit next."""

from __future__ import annotations

from rich.table import Table

from claims.model import Round
from govah.commands import findings_of
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
