"""`govah export`: the evidence of a round in the formats of others, and what the next round needs of this one.

A new format of others is one more line of `FORMATS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from checks.datasets.history import hands_on
from claims.model import Round
from evidence import proven_findings
from evidence.errors import EvidenceError, SealError
from govah.console import Speaker, text
from govah.exits import Exit
from govah.stages import Places, govah_version
from reports.export import wacz


@dataclass(frozen=True, slots=True)
class Format:
    """suffix: that its files have. write: the evidence folder's selection to a file."""

    suffix: str
    write: Callable[[Path, Path, wacz.About], wacz.Exported]


FORMATS = {"wacz": Format(wacz.SUFFIX, wacz.export)}
SUMMARY = "summary"


def export(
    speaker: Speaker, round: Round, agencies: frozenset[str] | None, format: str, output: Path | None
) -> None:
    wanted = FORMATS.get(format)
    places = Places(round.folder)
    if format == SUMMARY:
        _summary(speaker, places, _target(speaker, places, agencies, f".{SUMMARY}", output), agencies)
        return
    if wanted is None:
        known = ", ".join((*FORMATS, SUMMARY))
        speaker.fail(Exit.USAGE, "cli.export_unknown_format", format=format, known=known)
    target = _target(speaker, places, agencies, wanted.suffix, output)
    about = wacz.About(
        round_id=round.settings.id,
        title=round.settings.title or round.settings.id,
        language=round.settings.language,
        agencies=tuple((a.id, a.name) for a in round.agencies if agencies is None or a.id in agencies),
        version=govah_version(),
    )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        written = wanted.write(places.evidence, target, about)
    except wacz.NotSealed:
        speaker.fail(Exit.USAGE, "cli.export_unsealed", folder=round.folder)
    except EvidenceError as error:
        speaker.fail(Exit.TAMPERED, "cli.evidence_error", detail=error)
    except OSError as error:
        speaker.fail(Exit.USAGE, "cli.export_not_written", path=target, detail=error.strerror or error)
    _tell(speaker, target, written)


def _target(
    speaker: Speaker, places: Places, agencies: frozenset[str] | None, suffix: str, output: Path | None
) -> Path:
    target = output or places.results / f"{_name(agencies)}{suffix}"
    if target.suffix != suffix:
        speaker.fail(Exit.USAGE, "cli.export_suffix", suffix=suffix, path=target)
    if target.resolve().is_relative_to(places.evidence.resolve()):
        speaker.fail(Exit.USAGE, "cli.export_in_evidence", path=target)
    return target


def _summary(speaker: Speaker, places: Places, target: Path, agencies: frozenset[str] | None) -> None:
    """What the next round needs of this one, in one file with the seal over it."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        count = proven_findings.write(places.folder, target, lambda line: hands_on(line, agencies))
    except SealError as error:
        speaker.fail(Exit.USAGE, "cli.export_summary_unsealed", detail=error, folder=places.folder)
    except OSError as error:
        speaker.fail(Exit.USAGE, "cli.export_not_written", path=target, detail=error.strerror or error)
    speaker.say("cli.export_summary_done", count=count, path=target)
    speaker.json({"file": str(target), "findings": count})


def _name(agencies: frozenset[str] | None) -> str:
    return next(iter(agencies)) if agencies is not None and len(agencies) == 1 else "round"


def _tell(speaker: Speaker, target: Path, written: wacz.Exported) -> None:
    size = f"{target.stat().st_size / 1_000_000:.1f} MB"
    speaker.say("cli.export_done", pages=written.pages, path=target, size=size)
    if not written.pages:
        speaker.note("cli.export_no_pages")
    for why, count in sorted(written.left_out.items()):
        speaker.note("cli.export_left_out", count=count, why=text(f"export_left_out.{why}"))
    speaker.json(
        {
            "file": str(target),
            "sha256": written.sha256,
            "pages": written.pages,
            "records": dict(sorted(written.records.items())),
            "left_out": dict(sorted(written.left_out.items())),
        }
    )
