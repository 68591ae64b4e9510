"""What a command is given: a round, its evidence, its findings. What keeps them from being read is said, with its exit status."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from rich.table import Table

from claims.model import Round
from claims.problems import RoundError
from claims.read import LoadedRound
from claims.special_files import is_special_file
from evidence import layout
from evidence.errors import EvidenceError, EvidenceMissing, EvidenceUnreachable
from evidence.regular_files import linked_folder
from evidence.reply_ledger import FILE as LEDGER
from evidence.signing import findings_seal_state
from evidence.signing.findings_seal import CLAIMS, FINDINGS, LEAVES, MANIFEST, SIGNATURE
from evidence.signing.findings_seal_state import FindingsSealState
from evidence.signing.keys import KeyMissing, KeyUnusable
from evidence.store import EvidenceStore
from evidence.vantages import VantageRefused
from govah import stages
from govah.exits import Exit
from govah.round_paths import RoundPaths
from govah.terminal.console import Speaker, text, visible
from govah.terminal.faults import fault_text
from govah.terminal.suggestions import hint, not_a_round
from scoring.problems import ModelError

if TYPE_CHECKING:
    from reports.results_db.findings_file import FindingsFile

# what commands before wrote, and those after read
_WRITTEN = (
    LEDGER,
    *(f"results/{name}" for name in (FINDINGS, LEAVES, CLAIMS, MANIFEST, SIGNATURE, "results.json")),
)


def read(speaker: Speaker, folder: Path) -> LoadedRound:
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
    for name in _WRITTEN:
        if is_special_file(folder / name):
            speaker.fail(Exit.USAGE, "cli.not_a_file", path=folder / name)
    if reading.warnings and not speaker.quiet and not speaker.as_json:
        speaker.problems(reading.warnings)
    if not reading.round.settings.network.controls:  # every output says so
        speaker.note("cli.uncontrolled")
    return reading


def key_unusable(speaker: Speaker, error: KeyUnusable) -> NoReturn:
    """Why nothing can be signed, and what to do."""
    if isinstance(error, KeyMissing):
        speaker.fail(Exit.USAGE, "cli.no_key", path=error.path)
    speaker.fail(Exit.USAGE, "cli.bad_key", detail=error)


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


def evidence(speaker: Speaker, round: Round, *, verify_jobs: int = 0) -> EvidenceStore:
    """verify_jobs: as for `stages.evidence_of`. With 0, other vantage points are those that the findings in force rest on."""
    try:
        store = stages.evidence_of(round, verify_jobs=verify_jobs)
        for manifest in () if verify_jobs else stages.missing_vantages(round):
            speaker.fail(Exit.TAMPERED, "fault.changed_vantage", detail=manifest)
        if store.manifest_sha256 is None:
            speaker.note("cli.unsealed", folder=round.folder)
        return store
    except EvidenceMissing as error:
        if (RoundPaths(round.folder).evidence / layout.PLAN).exists():
            speaker.fail(Exit.USAGE, "vantage.missing", detail=error)
        speaker.fail(Exit.USAGE, "cli.no_evidence", folder=round.folder)
    except VantageRefused as error:
        why = fault_text(error.fault)
        speaker.fail(Exit.TAMPERED, "vantage.refused", path=error.path, file=error.fault.file, why=why)
    except EvidenceUnreachable as error:
        speaker.fail(Exit.USAGE, "cli.unreachable", detail=error)
    except PermissionError as error:
        refused(speaker, error)
    except EvidenceError as error:
        speaker.fail(Exit.TAMPERED, "cli.evidence_error", detail=error)


def refuse_links(speaker: Speaker, *places: Path) -> None:
    """Before anything is written there: what goes through a link to a folder lands where somebody else chose."""
    for place in places:
        if (link := linked_folder(place)) is not None:
            speaker.fail(Exit.USAGE, "cli.linked_folder", path=link)


@contextmanager
def _findings_told(speaker: Speaker, round: Round) -> Iterator[RoundPaths]:
    """Says what keeps the findings from being read."""
    try:
        yield RoundPaths(round.folder)
    except FileNotFoundError:
        speaker.fail(Exit.USAGE, "cli.no_findings", folder=round.folder)
    except PermissionError as error:
        refused(speaker, error)
    except (ValueError, KeyError) as error:
        speaker.fail(Exit.TAMPERED, "cli.broken_findings", detail=error)


def findings_file(
    speaker: Speaker, round: Round, unsealed: bool = False
) -> tuple[FindingsFile, FindingsSealState]:
    """The findings as they count, read agency by agency: those that an auditor withdrew are our own errors."""
    findings, stand = judged_file(speaker, round, unsealed)
    return counting(speaker, round, findings), stand


def judged_file(
    speaker: Speaker, round: Round, unsealed: bool = False
) -> tuple[FindingsFile, FindingsSealState]:
    """The findings as they were judged, read agency by agency."""
    from reports.results_db.findings_file import FindingsFile

    with _findings_told(speaker, round) as places:
        findings = FindingsFile(places.findings, {})
        stand = findings_seal_state.seal_state(places.results, places.evidence, findings.sha256)
    return findings, accepted(speaker, round.folder, stand, unsealed)


def counting(speaker: Speaker, round: Round, findings: FindingsFile) -> FindingsFile:
    """The findings as they count. Says so where the ledger that withdraws them is not as it was signed."""
    from govah.replies import ledger_of, replies_of

    if not ledger_of(round).whole:
        speaker.note("replies.ledger_broken", folder=round.folder)
    return findings.counting(replies_of(round).withdrawn)


def accepted(speaker: Speaker, folder: Path, stand: FindingsSealState, unsealed: bool) -> FindingsSealState:
    """The standing of findings that may be shown: those that are as their auditor sealed them, and with --unsealed all.

    Says what differs, and ends with status 4.
    """
    if stand.state != "sealed" and not unsealed:
        not_sealed(speaker, folder, stand, "unsealed.go_on")
    if stand.state != "sealed":
        speaker.note(f"unsealed.{stand.state}", **_keys_of(folder, stand))
        speaker.note("unsealed.marked")
    return stand


def not_sealed(speaker: Speaker, folder: Path, stand: FindingsSealState, further: str) -> NoReturn:
    """further: key of what else is said."""
    try:
        speaker.fail(Exit.TAMPERED, f"unsealed.{stand.state}", **_keys_of(folder, stand))
    finally:
        speaker.note(further)


def _keys_of(folder: Path, stand: FindingsSealState) -> dict[str, object]:
    return {"folder": folder, "sealed_by": stand.sealed_by or "–", "signer": stand.signer or "–"}


def sealed_file(
    speaker: Speaker, round: Round, before: Path | None = None
) -> tuple[FindingsFile, FindingsSealState]:
    """What goes on the signed record of replies: findings as they were sealed, be it before the evidence grew.

    before: folder of a judgement that was set aside; None for the last.
    """
    from reports.results_db.findings_file import FindingsFile

    with _findings_told(speaker, round) as places:
        folder = before or places.results
        findings = FindingsFile(folder / FINDINGS, {})
        stand = findings_seal_state.seal_state(
            folder, places.evidence, findings.sha256, replaced=before is not None
        )
    if not stand.proven:
        not_sealed(speaker, before or round.folder, stand, "unsealed.never_signed")
    return findings, stand


@contextmanager
def report_broken(speaker: Speaker) -> Iterator[None]:
    """Around what reads a file of findings: says so where a line is none."""
    from reports.results_db.findings_file import FindingsBroken

    try:
        yield
    except FindingsBroken as error:
        speaker.fail(Exit.TAMPERED, "cli.broken_findings", detail=error)


def model_problems(speaker: Speaker, error: ModelError) -> None:
    rows = [
        {"line": p.line, "where": p.where, "code": p.code, "value": p.value, "expected": _expected(p)}
        for p in error.problems
    ]
    speaker.json({"problems": rows})
    table = Table(title=text("cli.model_problems", source=visible(error.source)), title_justify="left")
    for name in ("line", "where", "value", "expected"):
        table.add_column(text(f"cli.column_{name}"), overflow="fold")
    for row in rows:
        table.add_row(
            *(
                visible(row[name] if row[name] is not None else "")
                for name in ("line", "where", "value", "expected")
            )
        )
    speaker.complain(table)


def _expected(problem: Any) -> str:
    try:
        return text(f"model_problem.{problem.code}", value=problem.value, detail=problem.detail)
    except KeyError:
        return str(problem.detail or problem.code)
