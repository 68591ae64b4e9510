"""`govah verify --rebuild`: says which indexes were made anew from the WARC files, or why none was."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evidence.errors import EvidenceBusy, EvidenceError
from evidence.verify.rebuild import RebuildRefused, rebuild
from govah.exits import Exit
from govah.round_loading import refuse_links
from govah.terminal.console import Speaker


def rebuild_indexes(
    speaker: Speaker, evidence: Path, fingerprint: str | None, jobs: int
) -> list[dict[str, Any]]:
    """All indexes afterwards, as the answer under --json has them; none of them when nothing was touched."""
    refuse_links(speaker, evidence)
    try:
        states = rebuild(evidence, trusted_key=fingerprint, jobs=jobs)
    except RebuildRefused as refused:
        speaker.note("cli.rebuild_refused", count=len(refused.faults))
        return []
    except EvidenceBusy as error:
        speaker.fail(Exit.USAGE, "cli.busy", detail=error)
    except EvidenceError as error:
        speaker.fail(Exit.TAMPERED, "cli.evidence_error", detail=error)
    except (OSError, sqlite3.Error) as error:  # SQLite has words of its own for a full disk
        speaker.fail(Exit.USAGE, "cli.rebuild_failed", detail=error)
    for state in states:
        counts = {"records": state.records, "captures": state.captures}
        speaker.say(f"cli.index_{state.was}", file=state.file, **counts)
        if state.kept is not None:
            speaker.say("cli.index_kept", path=evidence.parent / state.kept)
    return [asdict(state) for state in states]
