"""What a command is given: a round, its evidence, its findings. What keeps them from being read is said, with its exit status."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from checks.finding import Finding
from claims.model import Round
from claims.problems import RoundError
from claims.read import Reading
from evidence.errors import EvidenceError, EvidenceMissing, EvidenceUnreachable
from evidence.store import EvidenceStore
from govah import judgements, stages
from govah.console import Speaker
from govah.exits import Exit
from govah.meant import hint, not_a_round
from govah.modelling import model_problems
from govah.places import Places
from reports.replies import standing
from scoring.problems import ModelError

if TYPE_CHECKING:
    from govah.findings_file import FindingsFile


def read(speaker: Speaker, folder: Path) -> Reading:
    """The round, or its problems and exit status 2."""
    try:
        reading = stages.read_round(folder)
    except RoundError as error:
        if not speaker.as_json and (said := not_a_round(folder)) is not None:
            key, params = said
            speaker.fail(Exit.USAGE, key, **params)
        speaker.problems(error.problems)
        raise SystemExit(int(Exit.USAGE)) from None
    except ModelError as error:
        model_problems(speaker, error)
        raise SystemExit(int(Exit.USAGE)) from None
    except PermissionError as error:
        refused(speaker, error)
    if reading.warnings and not speaker.quiet and not speaker.as_json:
        speaker.problems(reading.warnings)
    if not reading.round.settings.network.controls:  # every output says so
        speaker.note("cli.uncontrolled")
    return reading


def refused(speaker: Speaker, error: PermissionError) -> NoReturn:
    speaker.fail(Exit.USAGE, "cli.cannot_be_read", path=error.filename, detail=error.strerror)


def chosen(speaker: Speaker, round: Round, wanted: list[str] | None) -> frozenset[str] | None:
    """The agencies of --agency; None for all."""
    if not wanted:
        return None
    known = {agency.id for agency in round.agencies}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        speaker.fail(
            Exit.USAGE, "cli.unknown_agency", agency=", ".join(unknown), hint=hint(unknown[0], known)
        )
    return frozenset(wanted)


def evidence(speaker: Speaker, round: Round) -> EvidenceStore:
    try:
        store = EvidenceStore.open(Places(round.folder).evidence)
        if store.manifest_sha256 is None:
            speaker.note("cli.unsealed", folder=round.folder)
        return store
    except EvidenceMissing:
        speaker.fail(Exit.USAGE, "cli.no_evidence", folder=round.folder)
    except EvidenceUnreachable as error:
        speaker.fail(Exit.USAGE, "cli.unreachable", detail=error)
    except PermissionError as error:
        refused(speaker, error)
    except EvidenceError as error:
        speaker.fail(Exit.TAMPERED, "cli.evidence_error", detail=error)


def findings_of(speaker: Speaker, round: Round) -> list[Finding]:
    """The findings as they count: those that an auditor withdrew are our own errors."""
    return counted(speaker, round, judged_findings(speaker, round))


def counted(speaker: Speaker, round: Round, findings: list[Finding]) -> list[Finding]:
    from govah.replies import ledger_of, replies_of

    if not ledger_of(round).whole:
        speaker.note("replies.ledger_broken", folder=round.folder)
    return standing(findings, replies_of(round).withdrawn)


@contextmanager
def _findings_told(speaker: Speaker, round: Round) -> Iterator[Path]:
    """Where findings lie; says what keeps them from being read, and whether they are as sealed."""
    places = Places(round.folder)
    try:
        yield places.findings
        if not judgements.stands(places.results, places.evidence):
            speaker.note("cli.findings_not_sealed", folder=round.folder)
    except FileNotFoundError:
        speaker.fail(Exit.USAGE, "cli.no_findings", folder=round.folder)
    except PermissionError as error:
        refused(speaker, error)
    except (ValueError, KeyError) as error:
        speaker.fail(Exit.TAMPERED, "cli.broken_findings", detail=error)


def judged_findings(speaker: Speaker, round: Round) -> list[Finding]:
    with _findings_told(speaker, round) as path:
        return judgements.read_findings(path)


def findings_file(speaker: Speaker, round: Round) -> FindingsFile:
    """The same as `findings_of`, read agency by agency."""
    from govah.findings_file import FindingsFile
    from govah.replies import ledger_of, replies_of

    if not ledger_of(round).whole:
        speaker.note("replies.ledger_broken", folder=round.folder)
    withdrawn = replies_of(round).withdrawn
    with _findings_told(speaker, round) as path:
        return FindingsFile(path, withdrawn)


@contextmanager
def told_broken(speaker: Speaker) -> Iterator[None]:
    """Around what reads a file of findings: says so where a line is none."""
    from govah.findings_file import FindingsBroken

    try:
        yield
    except FindingsBroken as error:
        speaker.fail(Exit.TAMPERED, "cli.broken_findings", detail=error)
