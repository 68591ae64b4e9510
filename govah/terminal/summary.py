"""What came of a round, in tables for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from claims.model import Round
from govah.terminal.console import Speaker, named, text, visible

if TYPE_CHECKING:
    from reports.finding_counts import FindingCounts


def show_summary(
    speaker: Speaker, round: Round, results: dict[str, Any], tally: FindingCounts, every: bool = False
) -> None:
    """What came of a round, for the eye or the ear. every: all agencies and all reasons, however many."""
    from govah.terminal.trace_lines import figure
    from reports.error_rates import error_table
    from reports.terminal import agencies_table, data_table, left_out, national_line, rank_lines

    width = None if speaker.plain else speaker.out.width
    speaker.line(national_line(results, text))
    speaker.show(agencies_table(round, results, text, named, width, every))
    if not every and (left := left_out(results)):
        speaker.say("ending.how_all", n=left, folder=round.folder)
    for line in rank_lines(results, text, figure):
        speaker.line(line)
    for table in (
        data_table(results, text, visible),
        error_table(results["national"].get("error_rates", []), text),
    ):
        if table is not None:
            speaker.show(table)
    show_verdicts(speaker, tally, every)


def show_verdicts(speaker: Speaker, tally: FindingCounts, every: bool = False) -> None:
    """Findings counted: claimed services first, then the few most frequent reasons; all of them with `every`."""
    from reports.counts_table import faults_table, kinds_table, open_table, own_errors, services_table
    from reports.counts_table import verdicts_table as every_reason

    tables = [
        services_table(tally, text, None if speaker.plain else speaker.out.width),
        kinds_table(tally, text),
    ]
    tables += [every_reason(tally, text)] if every else [faults_table(tally, text), open_table(tally, text)]
    for table in tables:
        if table is not None:
            speaker.show(table)
    for line in own_errors(tally, text, visible):
        speaker.line(line)
