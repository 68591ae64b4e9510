"""`govah export`: the evidence of a round in the formats of others, and what the next round needs of this one.

A new format of evidence is one more line of `FORMATS`; those of findings are found (`reports.export.export_format`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from checks.datasets.history import hands_on
from claims.model import Round
from evidence.errors import EvidenceError, SealError
from evidence.verify import round_summary
from govah import export_findings
from govah.exits import Exit
from govah.round_paths import RoundPaths
from govah.stages import govah_version
from govah.targets import target
from govah.terminal.console import Speaker, text
from govah.terminal.progress import Display
from reports.export import wacz
from reports.export.export_format import export_formats


@dataclass(frozen=True, slots=True)
class EvidenceFormat:
    """suffix: that its files have. write: the evidence folder's selection to a file."""

    suffix: str
    write: Callable[[Path, Path, wacz.RoundInfo], wacz.ExportSummary]


FORMATS = {"wacz": EvidenceFormat(wacz.SUFFIX, wacz.export)}
SUMMARY = "summary"


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
    places = RoundPaths(round.folder)
    if (root or at_least) and format != "sarif":
        speaker.fail(Exit.USAGE, "cli.export_of_sarif", format=format)
    if unsealed and format not in export_formats():
        speaker.fail(Exit.USAGE, "cli.export_always_sealed", format=format)
    if format in export_formats():
        export_findings.export(speaker, round, agencies, format, output, root, at_least, unsealed)
        return
    if format == SUMMARY:
        _summary(speaker, places, target(speaker, places, agencies, f"round.{SUMMARY}", output), agencies)
        return
    wanted = FORMATS.get(format)
    if wanted is None:
        known = ", ".join((*FORMATS, SUMMARY, *export_formats()))
        speaker.fail(Exit.USAGE, "cli.export_unknown_format", format=format, known=known)
    path = target(speaker, places, agencies, f"round{wanted.suffix}", output)
    about = wacz.RoundInfo(
        round_id=round.settings.id,
        title=round.settings.title_in(round.settings.language) or round.settings.id,
        language=round.settings.language,
        agencies=tuple((a.id, a.name) for a in round.agencies if agencies is None or a.id in agencies),
        version=govah_version(),
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with Display(speaker, "export", lines=False):
            written = wanted.write(places.evidence, path, about)
    except wacz.EvidenceNotSealed:
        speaker.fail(Exit.USAGE, "cli.export_unsealed", folder=round.folder)
    except EvidenceError as error:
        speaker.fail(Exit.TAMPERED, "cli.evidence_error", detail=error)
    except OSError as error:
        speaker.fail(Exit.USAGE, "cli.export_not_written", path=path, detail=error.strerror or error)
    _tell(speaker, path, written)


def _summary(speaker: Speaker, places: RoundPaths, path: Path, agencies: frozenset[str] | None) -> None:
    """What the next round needs of this one, in one file with the seal over it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with Display(speaker, "export", lines=False):
            count = round_summary.write(places.folder, path, lambda line: hands_on(line, agencies))
    except SealError as error:
        speaker.fail(Exit.TAMPERED, "cli.export_summary_unsealed", detail=error, folder=places.folder)
    except OSError as error:
        speaker.fail(Exit.USAGE, "cli.export_not_written", path=path, detail=error.strerror or error)
    speaker.say("cli.export_summary_done", count=count, path=path)
    speaker.json({"file": str(path), "findings": count})


def _tell(speaker: Speaker, path: Path, written: wacz.ExportSummary) -> None:
    size = f"{path.stat().st_size / 1_000_000:.1f} MB"
    speaker.say("cli.export_done", pages=written.pages, path=path, size=size)
    if not written.pages:
        speaker.note("cli.export_no_pages")
    for why, count in sorted(written.left_out.items()):
        speaker.note("cli.export_left_out", count=count, why=text(f"export_left_out.{why}"))
    speaker.json(
        {
            "file": str(path),
            "sha256": written.sha256,
            "pages": written.pages,
            "records": dict(sorted(written.records.items())),
            "left_out": dict(sorted(written.left_out.items())),
        }
    )
