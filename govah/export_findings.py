"""`govah export`: what was found of a round, in the formats of `reports/export/formats/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from checks.finding import Verdict
from claims.model import Round
from evidence.signing.findings_seal_state import FindingsSealState
from evidence.store import EvidenceStore
from govah import stages
from govah.exits import Exit
from govah.replies import replies_of
from govah.round_paths import RoundPaths
from govah.targets import target
from govah.terminal.console import Speaker, text
from govah.terminal.edit_lines import tell_edits
from govah.terminal.progress import Display
from govah.terminal.suggestions import hint
from reports.export import draft
from reports.export.draft import WrittenFile
from reports.export.export_context import ExportContext
from reports.export.export_format import ExportFormat, ExportSources, export_formats
from reports.export.tables import ExportTable, tables
from reports.results_db.findings_file import FindingsFile

_LEVELS: dict[str, Verdict] = {
    "contradicted": "contradicted",
    "partial": "partial",
    "inconclusive": "inconclusive",
}


def export(
    speaker: Speaker,
    round: Round,
    agencies: frozenset[str] | None,
    format: str,
    output: Path | None,
    root: Path | None,
    at_least: str | None,
    unsealed: bool = False,
) -> None:
    from govah.round_loading import evidence, findings_file, report_broken

    wanted = export_formats()[format]
    path = target(speaker, RoundPaths(round.folder), agencies, wanted.file, output)
    way, least = _way(speaker, round.folder, root), _level(speaker, at_least)
    findings, stand = findings_file(speaker, round, unsealed)
    store = evidence(speaker, round)
    context = _context(round, findings, stand, agencies, store)
    edits = stages.edits(round, store, stand, stages.crawled_agencies(round, store)).to_json()
    tell_edits(speaker, round.folder, edits)
    of = _sources(context, findings, stand, store, way, least)
    try:
        with report_broken(speaker), Display(speaker, "export", lines=False):
            written = draft.put(path, partial(_write, wanted, of))
    except OSError as error:
        speaker.fail(Exit.USAGE, "cli.export_not_written", path=path, detail=error.strerror or error)
    _tell(speaker, path, wanted, written, edits)


def beside_report(
    round: Round,
    findings: FindingsFile,
    stand: FindingsSealState,
    store: EvidenceStore,
    results: Mapping[str, Any],
) -> None:
    """Of the whole round, whatever agencies the report was made for. results: as the report was given them."""
    context = _context(round, findings, stand, None, store)
    of = replace(_sources(context, findings, stand, store), tables=lambda: tables(context, results))
    for wanted in (one for one in export_formats().values() if one.with_report):
        draft.put(RoundPaths(round.folder).results / wanted.file, partial(_write, wanted, of))


def _sources(
    context: ExportContext,
    findings: FindingsFile,
    stand: FindingsSealState,
    store: EvidenceStore,
    way: str = "",
    least: Verdict | None = None,
) -> ExportSources:
    from reports.results_db.current import sources_of

    round = context.round
    database = partial(
        sources_of, round, store, replies_of(round), RoundPaths(round.folder).results, findings
    )
    return ExportSources(context, partial(_tables, context, findings, stand, store), database, way, least)


def _tables(
    context: ExportContext, findings: FindingsFile, stand: FindingsSealState, store: EvidenceStore
) -> Sequence[ExportTable]:
    results = stages.weigh(context.round, store, findings, stand).results
    return tables(context, results)


def _write(wanted: ExportFormat, of: ExportSources, path: Path) -> WrittenFile:
    return wanted.write(path, of)


def _context(
    round: Round,
    findings: FindingsFile,
    stand: FindingsSealState,
    agencies: frozenset[str] | None,
    store: EvidenceStore,
) -> ExportContext:
    chosen = tuple(agency for agency in round.agencies if agencies is None or agency.id in agencies)
    return ExportContext(
        round, chosen, findings, stages.as_of(round, store), stages.govah_version(), stand.state
    )


def _way(speaker: Speaker, folder: Path, root: Path | None) -> str:
    if root is None:
        return ""
    here, top = folder.resolve(), root.resolve()
    if not here.is_relative_to(top):
        speaker.fail(Exit.USAGE, "cli.export_outside", folder=folder, root=root)
    return "" if here == top else here.relative_to(top).as_posix()


def _level(speaker: Speaker, at_least: str | None) -> Verdict | None:
    if at_least is None:
        return None
    if at_least not in _LEVELS:
        speaker.fail(Exit.USAGE, "cli.bad_level", value=at_least, hint=hint(at_least, _LEVELS))
    return _LEVELS[at_least]


def _tell(
    speaker: Speaker,
    path: Path,
    wanted: ExportFormat,
    written: WrittenFile,
    edits: Mapping[str, Any] | None,
) -> None:
    size = f"{path.stat().st_size / 1_000_000:.1f} MB"
    rows = written.counts.total()
    if wanted.of_tables:
        speaker.say("cli.export_tables_done", rows=rows, tables=len(written.counts), path=path, size=size)
    else:
        speaker.say("cli.export_findings_done", count=rows, path=path, size=size)
    left = {why: count for why, count in sorted(written.left_out.items()) if count}
    for why, count in left.items():
        speaker.note("cli.export_left_out", count=count, why=text(f"export_left_out.{why}"))
    speaker.json(
        {
            "file": str(path),
            "sha256": written.sha256,
            "counts": dict(sorted(written.counts.items())),
            "left_out": left,
            "edits": edits,
        }
    )
