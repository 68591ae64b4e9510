"""What was edited in a round's files since it was crawled and judged, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from govah.terminal.console import Speaker
from govah.terminal.host_lines import sentence
from reports.edits import KINDS, lines


def tell_edits(speaker: Speaker, folder: Path, edits: Mapping[str, Any] | None) -> None:
    """edits: of the whole round, as results.json has them; None where there are none."""
    for line in lines(edits):
        speaker.aside(sentence(line))
    if any(kind.startswith("judged_") and kind in (edits or ()) for kind in KINDS):
        speaker.note("edits.judge", folder=folder)
    if "unvisited" in (edits or ()):
        speaker.note("edits.visit", folder=folder)
