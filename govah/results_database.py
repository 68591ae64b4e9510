"""Keeps results.db beside the results that it is derived from. A command that has done its work does not fail for its sake."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from claims.model import Round
from evidence.errors import EvidenceError
from evidence.store import EvidenceStore
from govah.replies import replies_of
from govah.round_paths import RoundPaths
from govah.stages import evidence_of
from govah.terminal.console import Speaker

if TYPE_CHECKING:
    from reports.results_db.findings_file import FindingsFile


def keep_database(
    speaker: Speaker,
    round: Round,
    store: EvidenceStore | None = None,
    findings: FindingsFile | None = None,
) -> None:
    """store, findings: where they are open already."""
    from reports.results_db.current import refresh
    from reports.results_db.findings_file import FindingsBroken

    places = RoundPaths(round.folder)
    try:
        store = store or evidence_of(round)
        refresh(round, store, replies_of(round), places.results, findings)
    except (OSError, sqlite3.Error, EvidenceError, FindingsBroken) as error:
        speaker.note("cli.database_not_written", folder=places.results, detail=error)
