"""The list that people work from: what to audit next, for the eye, for scripts, and as rows of verdicts.csv."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.table import Table

from checks.finding import Finding
from claims.model import Round
from evidence import layout
from evidence.regular_files import digest
from evidence.signing.findings_seal_state import FindingsSealState
from govah.round_loading import evidence, findings_of, refuse_links
from govah.round_paths import RoundPaths
from govah.stages import weigh
from govah.terminal.console import Speaker, text, visible
from reports.unsealed import unsealed_mark
from reports.worklist import as_data, reason_of
from scoring.error_rates import error_rates
from scoring.unread_agencies import often_unread
from scoring.worklist import PER_AGENCY, AuditBatch, batch_of, draw_seed, for_rebuttal, rows
from scoring.worklist import worklist as make_worklist

CHECK = "services.entry"


def worklist(
    speaker: Speaker, round: Round, size: int, as_csv: bool, pages: bool, unsealed: bool = False
) -> None:
    findings, stand = findings_of(speaker, round, unsealed)
    batch = next_batch(round, findings, size)
    index = _pages(speaker, round, findings, stand, batch) if pages else None
    if as_csv and not speaker.as_json:
        sys.stdout.write(rows(batch.cases, batch.name, unsealed_mark(stand.state, text)))
        sys.stdout.flush()
        return
    speaker.json(as_data(batch) | {"seal": stand.state} | ({} if index is None else {"pages": str(index)}))
    speaker.show(_cases(batch))
    speaker.say("worklist.how", batch=batch.name, seed=batch.seed, most=PER_AGENCY)
    speaker.show(_rebuttal(batch.disputed))
    known = sum(rate.known_errors for rate in error_rates(round, findings))
    if known:
        speaker.say("worklist.errors_known", count=known, folder=round.folder)
    if index is not None:
        speaker.say("worklist.pages_done", path=index)


def next_batch(
    round: Round, findings: Sequence[Finding] | Mapping[str, Sequence[Finding]], size: int
) -> AuditBatch:
    """findings: by agency where they are too many for the memory."""
    manifest = digest(RoundPaths(round.folder).evidence / layout.MANIFEST)
    seed = draw_seed(round.settings.crawl.seed, manifest)
    if isinstance(findings, Mapping):
        often = often_unread(one for agency in findings for one in findings[agency])
        needed = sorted(_needed(findings), key=lambda one: one.id)
        cases = make_worklist(round, needed, CHECK, size=size, seed=seed, often=often)
        return AuditBatch(batch_of(round), seed, cases, for_rebuttal(needed))
    cases = make_worklist(round, findings, CHECK, size=size, seed=seed)
    return AuditBatch(batch_of(round), seed, cases, for_rebuttal(findings))


def _needed(findings: Mapping[str, Sequence[Finding]]) -> Iterator[Finding]:
    """What a worklist is made of, without what was observed but for a withdrawal."""
    for agency in findings:
        for one in findings[agency]:
            if one.check == CHECK or for_rebuttal([one]):
                kept = {name: value for name, value in one.observed.items() if name == "withdrawn"}
                yield replace(one, observed=kept, captures=())


def _pages(
    speaker: Speaker, round: Round, findings: list[Finding], stand: FindingsSealState, batch: AuditBatch
) -> Path:
    """A page for each case, with the evidence, beside the report and not in it: it is for auditors."""
    from govah.replies import replies_of
    from reports.html.cases import write_cases

    refuse_links(speaker, RoundPaths(round.folder).results)
    store = evidence(speaker, round)
    scored_round = weigh(round, store, findings, stand)
    folder = RoundPaths(round.folder).results / "worklist" / batch.name
    return write_cases(
        round, scored_round.results, findings, scored_round.scores, store, folder, batch, replies_of(round)
    )


def _cases(batch: AuditBatch) -> Table:
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
