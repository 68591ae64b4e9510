"""The list that people work from: what to judge next, for the eye, for scripts, and as rows of verdicts.csv.

Nothing of it tells what the program found: a verdict that knows the program's own measures nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.table import Table

from checks.finding import Finding
from claims.model import DrawnCase, Round
from evidence import layout
from evidence.regular_files import digest
from evidence.signing.findings_seal_state import FindingsSealState
from govah.exits import Exit
from govah.round_loading import evidence, findings_file, refuse_links, report_broken
from govah.round_paths import RoundPaths
from govah.stages import weigh
from govah.terminal.console import Speaker, text, visible
from reports.blinding import handed_out, withheld_of
from reports.desk.append import RowRefused
from reports.desk.batches import keep
from reports.results_db.findings_file import FindingsFile
from reports.unsealed import unsealed_mark
from reports.worklist import as_data
from scoring.error_rates import error_rates
from scoring.unread_agencies import often_unread
from scoring.worklist import (
    PER_AGENCY,
    AuditBatch,
    batch_in_work,
    batch_of,
    draw_seed,
    drawn_cases,
    rows,
)
from scoring.worklist import worklist as make_worklist

CHECK = "services.entry"
_MOST_SHOWN = 200  # contradictions on the terminal; a country has a hundred thousand


def worklist(
    speaker: Speaker, round: Round, size: int, as_csv: bool, pages: bool, unsealed: bool = False
) -> None:
    """The batch in work, else the next one. That one is kept as soon as its rows or pages are handed out."""
    findings, stand = findings_file(speaker, round, unsealed)
    with report_broken(speaker):
        _worklist(speaker, round, findings, stand, size, as_csv, pages)


def _worklist(
    speaker: Speaker,
    round: Round,
    findings: FindingsFile,
    stand: FindingsSealState,
    size: int,
    as_csv: bool,
    pages: bool,
) -> None:
    name = batch_in_work(round)
    in_work = withheld_of(round)
    if name is None:
        name = batch_of(round)
        drawn = draw(round, findings, size)
        if as_csv or pages:
            _keep(speaker, round, drawn)
        round = replace(round, drawn=(*round.drawn, *drawn))
    batch = handed_out(round, findings.every(), name, seed_of(round))
    index = _pages(speaker, round, findings, stand, batch) if pages else None
    if as_csv and not speaker.as_json:
        subjects = [service.id for service in batch.services]
        sys.stdout.write(rows(subjects, batch.name, unsealed_mark(stand.state, text)))
        sys.stdout.flush()
        return
    speaker.json(as_data(batch) | {"seal": stand.state} | ({} if index is None else {"pages": str(index)}))
    speaker.show(_cases(batch))
    speaker.say("worklist.how", batch=batch.name, seed=batch.seed, most=PER_AGENCY)
    speaker.show(_rebuttal(batch.disputed[:_MOST_SHOWN]))
    if len(batch.disputed) > _MOST_SHOWN:
        speaker.say("worklist.more_disputed", count=len(batch.disputed) - _MOST_SHOWN, folder=round.folder)
    # of what is withheld it would tell, verdict by verdict, which of them the program shares
    shown = (finding for finding in findings.every() if not in_work.hides(finding))
    known = sum(rate.known_errors for rate in error_rates(round, shown))
    if known:
        speaker.say("worklist.errors_known", count=known, folder=round.folder)
    if index is not None:
        speaker.say("worklist.pages_done", path=index)


def draw(round: Round, findings: FindingsFile, size: int) -> list[DrawnCase]:
    """The next batch. Agencies where we fail often are those by all of their findings, not by those of the check alone."""
    often = often_unread(findings.every())
    cases = make_worklist(
        round, findings.of_checks((CHECK,)), CHECK, size=size, seed=seed_of(round), often=often
    )
    return drawn_cases(cases, batch_of(round))


def seed_of(round: Round) -> int:
    manifest = digest(RoundPaths(round.folder).evidence / layout.MANIFEST)
    return draw_seed(round.settings.crawl.seed, manifest)


def _keep(speaker: Speaker, round: Round, drawn: Sequence[DrawnCase]) -> None:
    try:
        keep(round.folder, drawn)
    except RowRefused as refused:
        speaker.fail(Exit.USAGE, "worklist.not_kept", detail=str(refused), folder=round.folder)
    except OSError as error:
        speaker.fail(Exit.USAGE, "worklist.not_kept", detail=error.strerror or error, folder=round.folder)


def _pages(
    speaker: Speaker, round: Round, findings: FindingsFile, stand: FindingsSealState, batch: AuditBatch
) -> Path:
    """A sheet for each case, beside the report and not in it: it is for auditors."""
    from govah.replies import replies_of
    from reports.html.cases import write_cases

    refuse_links(speaker, RoundPaths(round.folder).results)
    scored_round = weigh(round, evidence(speaker, round), findings, stand)
    folder = RoundPaths(round.folder).results / "worklist" / batch.name
    return write_cases(round, scored_round.results, scored_round.scores, folder, batch, replies_of(round))


def _cases(batch: AuditBatch) -> Table:
    table = Table(title=f"{text('cli.worklist')} · {batch.name}", title_justify="left")
    for name in ("agency", "service", "title"):
        table.add_column(text(f"cli.column_{name}"), overflow="fold")
    for service in batch.services:
        table.add_row(visible(service.agency), visible(service.id), visible(service.title))
    return table


def _rebuttal(disputed: Sequence[Finding]) -> Table:
    table = Table(title=text("cli.rebuttal"), title_justify="left")
    for name in ("agency", "subject", "reason", "finding"):
        table.add_column(text(f"cli.column_{name}"), overflow="fold")
    for f in disputed:
        table.add_row(visible(f.agency), visible(f.subject.id), text(f"reason.{f.reason}"), f.id)
    return table
