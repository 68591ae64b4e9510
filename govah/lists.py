"""The list that people work from: what to audit next, for the eye, for scripts, and as rows of verdicts.csv."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from checks.finding import Finding
from claims.model import Round
from evidence import layout
from evidence.regular import digest
from govah.commands import findings_of
from govah.console import Speaker, text, visible
from govah.stages import Places
from scoring.error_rates import error_rates
from scoring.worklist import PER_AGENCY, Case, batch_of, draw_seed, for_rebuttal, rows
from scoring.worklist import worklist as make_worklist

CHECK = "services.entry"


@dataclass(frozen=True, slots=True)
class Batch:
    """cases: random ones first. disputed: contradictions, for rebuttal. seed: of the draw, which anybody can repeat."""

    name: str
    seed: int
    cases: Sequence[Case]
    disputed: Sequence[Finding]


def worklist(speaker: Speaker, round: Round, size: int, as_csv: bool) -> None:
    findings = findings_of(speaker, round)
    batch = next_batch(round, findings, size)
    if as_csv and not speaker.as_json:
        sys.stdout.write(rows(batch.cases, batch.name))
        sys.stdout.flush()
        return
    speaker.json(as_data(batch))
    speaker.table(_cases(batch))
    speaker.say("worklist.how", batch=batch.name, seed=batch.seed, most=PER_AGENCY)
    speaker.table(_rebuttal(batch.disputed))
    known = sum(rate.known_errors for rate in error_rates(round, findings))
    if known:
        speaker.say("worklist.errors_known", count=known, folder=round.folder)


def next_batch(round: Round, findings: Sequence[Finding], size: int) -> Batch:
    manifest = digest(Places(round.folder).evidence / layout.MANIFEST)
    seed = draw_seed(round.settings.crawl.seed, manifest)
    cases = make_worklist(round, findings, CHECK, size=size, seed=seed)
    return Batch(batch_of(round), seed, cases, for_rebuttal(findings))


def as_data(batch: Batch) -> dict[str, Any]:
    return {
        "batch": batch.name,
        "seed": batch.seed,
        "audit": [
            {
                "service": case.service.id,
                "agency": case.service.agency,
                "title": case.service.title,
                "url": case.service.url,
                "outcome": case.stratum,
                "design": case.design,
                "probability": case.probability,
                "priority": _short(case.priority),
                "why": {
                    "expected_confirmed": _short(case.why.share),
                    "services_of_agency": case.why.services,
                    "audited_of_agency": case.why.audited,
                    "annual_requests": case.service.annual_requests,
                    "drawn": case.why.drawn,
                    "of": case.why.of,
                },
            }
            for case in batch.cases
        ],
        "rebuttal": [
            {
                "finding": f.id,
                "agency": f.agency,
                "subject": f.subject.id,
                "check": f.check,
                "reason": f.reason,
            }
            for f in batch.disputed
        ],
    }


def reason_of(case: Case) -> tuple[str, dict[str, object]]:
    """Key and values of the sentence that says why a case is on the list; shares in per cent, whole."""
    why = case.why
    if case.design == "random":
        return "worklist.why_random", {"drawn": why.drawn, "of": why.of}
    values: dict[str, object] = {
        "share": round(100 * why.share),
        "services": why.services,
        "audited": why.audited,
    }
    if case.service.annual_requests is None:
        return "worklist.why_targeted", values
    return "worklist.why_asked_for", {**values, "requests": case.service.annual_requests}


def _cases(batch: Batch) -> Table:
    table = Table(title=f"{text('cli.worklist')} · {batch.name}", title_justify="left")
    for name in ("agency", "service", "title", "outcome"):
        table.add_column(text(f"cli.column_{name}"), overflow="fold")
    table.add_column(text("worklist.why"), overflow="fold")
    for case in batch.cases:
        key, values = reason_of(case)
        table.add_row(
            visible(case.service.agency),
            visible(case.service.id),
            visible(case.service.title),
            text(f"stratum.{case.stratum}"),
            text(f"{key}_short", **values),
        )
    return table


def _rebuttal(disputed: Sequence[Finding]) -> Table:
    table = Table(title=text("cli.rebuttal"), title_justify="left")
    for name in ("agency", "subject", "reason", "finding"):
        table.add_column(text(f"cli.column_{name}"), overflow="fold")
    for f in disputed:
        table.add_row(visible(f.agency), visible(f.subject.id), text(f"reason.{f.reason}"), f.id)
    return table


def _short(value: float) -> float:
    return float(f"{value:.6g}")
