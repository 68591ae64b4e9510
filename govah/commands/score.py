"""`govah score`: weighs the findings of a round."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from checks.finding import Finding
from claims.model import Round
from govah import stages
from govah.results_database import keep_database
from govah.round_loading import (
    evidence,
    findings_file,
    refuse_links,
    report_broken,
)
from govah.round_paths import RoundPaths
from govah.terminal.console import Speaker
from govah.terminal.progress import Display

if TYPE_CHECKING:
    from reports.finding_counts import FindingCounts


def score_round(
    speaker: Speaker, round: Round, jobs: int = 1, unsealed: bool = False
) -> tuple[dict[str, Any], FindingCounts]:
    """Results and counts of findings, as of `stages.ScoredRound`.

    unsealed: findings that are not as they were sealed are scored all the same.
    """
    from govah.terminal.edit_lines import tell_edits

    refuse_links(speaker, RoundPaths(round.folder).results)
    findings, stand = findings_file(speaker, round, unsealed)
    store = evidence(speaker, round)
    with report_broken(speaker), Display(speaker, "score", lines=False):
        scored_round = stages.weigh(round, store, findings, stand, jobs)
        results, tally = scored_round.results, scored_round.tally
        del scored_round  # a country's scores are gone before its database is made
        _lost_verdicts(speaker, round, findings.every())
    keep_database(speaker, round, store, findings)
    tell_edits(speaker, round.folder, results["round"].get("edits"))
    return results, tally


def _lost_verdicts(speaker: Speaker, round: Round, findings: Iterable[Finding]) -> None:
    """Says so where an auditor's work counts nowhere."""
    from scoring.error_rates import without_finding

    lost = without_finding(round, findings)
    if lost:
        named = ", ".join(f"{verdict.subject} {verdict.check}" for verdict in lost[:10])
        speaker.note("audits.without_finding", count=len(lost), subjects=named)
