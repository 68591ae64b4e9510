"""Where an export is written: into results/ under a name that says what it is of, or where the user says."""

from __future__ import annotations

from pathlib import Path

from claims.tables import WORKBOOK
from govah.exits import Exit
from govah.round_loading import refuse_links
from govah.round_paths import RoundPaths
from govah.terminal.console import Speaker

_SELECTION = "selection"


def target(
    speaker: Speaker,
    places: RoundPaths,
    agencies: frozenset[str] | None,
    whole: str,
    output: Path | None,
) -> Path:
    """whole: name of the file of a whole round; one agency gives its id to it, several are a selection."""
    suffix = Path(whole).suffix
    name = whole if agencies is None else f"{_name(agencies, Path(whole).stem)}{suffix}"
    if output is None:
        refuse_links(speaker, places.results)
    path = output or places.results / name
    if path.suffix != suffix:
        speaker.fail(Exit.USAGE, "cli.export_suffix", suffix=suffix, path=path)
    if path.resolve().is_relative_to(places.evidence.resolve()):
        speaker.fail(Exit.USAGE, "cli.export_in_evidence", path=path)
    if path.resolve() == (places.folder / WORKBOOK).resolve():  # there or not: the next command would read it
        speaker.fail(Exit.USAGE, "cli.export_in_round", path=path)
    return path


def _name(agencies: frozenset[str], whole: str) -> str:
    """No id holds a space, so that an agency called `findings` does not take the place of the whole round's."""
    if len(agencies) > 1:
        return _SELECTION
    (name,) = agencies
    return f"agency {name}" if name.casefold() in (whole, _SELECTION) else name
