"""`govah check`: judges the evidence of a round, and seals what was found."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from checks.finding import VERDICTS
from claims.model import Round
from crawler.fleet.dask_link import DaskScheduler
from evidence.errors import EvidenceError
from evidence.regular_files import digest
from evidence.signing import findings_seal
from evidence.signing.earlier_judgements import earlier
from evidence.signing.findings_seal_state import seal_state
from evidence.signing.keys import KeyUnusable
from govah import cluster_options, judgements, round_before, stages
from govah.exits import Exit
from govah.round_loading import (
    evidence,
    key_unusable,
    not_sealed,
    refuse_links,
    refused,
)
from govah.round_paths import RoundPaths
from govah.terminal.browser_lines import tell_open
from govah.terminal.console import Speaker
from govah.terminal.progress import Display, judging
from reports.finding_counts import FindingCounts, count_findings


def check_round(
    speaker: Speaker,
    round: Round,
    agencies: frozenset[str] | None,
    key: Path | None,
    jobs: int,
    scheduler: DaskScheduler | None = None,
) -> FindingCounts:
    """What was found, counted. scheduler: of the workers that judge, in place of processes here. Raises ClusterUnusable."""
    refuse_links(speaker, RoundPaths(round.folder).results)
    over: stages.Over | None = None
    if scheduler is not None:
        from govah.cluster_checks import run_over

        over = partial(run_over, scheduler, partial(cluster_options.print_note, speaker))
    store = evidence(speaker, round, verify_jobs=1 if scheduler else jobs)
    results = RoundPaths(round.folder).results
    before = len(earlier(results))
    try:
        with Display(speaker, "check", lines=False) as display:
            found = stages.judge(round, store, agencies, key, jobs, judging(display), over)
    except judgements.RulesMismatch as error:
        speaker.fail(Exit.USAGE, "cli.other_rules", detail=error, folder=round.folder)
    except judgements.NotProven as error:
        not_sealed(speaker, round.folder, error.standing, "unsealed.check_whole")
    except KeyUnusable as error:
        key_unusable(speaker, error)
    except EvidenceError as error:
        speaker.fail(Exit.TAMPERED, "cli.evidence_error", detail=error)
    except PermissionError as error:
        refused(speaker, error)
    round_before.tell_round_before(speaker, round)
    for set_aside in earlier(results)[before:]:
        speaker.note("cli.set_aside", earlier=set_aside, folder=round.folder)
    stand = seal_state(
        results, RoundPaths(round.folder).evidence, digest(RoundPaths(round.folder).findings) or ""
    )
    if stand.state == "foreign":  # nobody would be shown them as the auditor's
        speaker.note("unsealed.foreign", folder=round.folder, sealed_by=stand.sealed_by, signer=stand.signer)
        speaker.note("unsealed.go_on")
    seal = digest(results / findings_seal.MANIFEST)
    if seal is not None:
        speaker.say("cli.findings_seal", sha256=seal)
    counted = FindingCounts.of(found)
    tell_open(speaker, counted, found, store)
    return counted


def counts(findings: FindingCounts) -> dict[str, int]:
    """Findings by verdict, in the order of the contract."""
    found = count_findings((kind.verdict, number) for kind, number in findings.counts.items())
    return {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}
