"""The results.db of a round as it is now: made anew where it is not of the findings and results that lie beside it."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from claims.model import Round
from evidence import layout
from evidence.canonical import canonical
from evidence.signing.findings_seal import FINDINGS
from evidence.signing.findings_seal_state import seal_state
from evidence.store import EvidenceStore
from evidence.verify import round_summary
from reports.replies import RepliesReport
from reports.results_db import schema
from reports.results_db.build import DatabaseSources, write
from reports.results_db.findings_file import FindingsFile, finding_of
from reports.results_db.results import Results
from reports.results_db.search_text import codes_of
from reports.results_file import stored_agencies

NAME = "results.db"
_RESULTS = "results.json"


def open_for(
    round: Round,
    store: EvidenceStore,
    replies: RepliesReport,
    results: Path | None = None,
    unkept: Callable[[], None] | None = None,
) -> Results:
    """results: folder of findings.jsonl and results.json; None for that of the round. unkept: told when the database cannot be
    written there; then it is one that ends with whoever opened it.

    Raises FileNotFoundError where nothing was judged, FindingsBroken, OSError.
    """
    folder = (results or round.folder / "results").absolute()
    with tempfile.TemporaryDirectory(prefix="govah-") as elsewhere:  # a file that is open is read to its end
        path = folder / NAME
        try:
            refresh(round, store, replies, folder)
        except (OSError, sqlite3.Error):
            if unkept is None:
                raise
            path = Path(elsewhere) / NAME
            findings = FindingsFile(folder / FINDINGS, replies.withdrawn)
            write(path, sources_of(round, store, replies, folder, findings))
            unkept()
        return Results(path, folder / FINDINGS, replies.withdrawn, codes_of(round))


def refresh(
    round: Round,
    store: EvidenceStore,
    replies: RepliesReport,
    folder: Path,
    findings: FindingsFile | None = None,
) -> bool:
    """Whether the database had to be made. findings: where they are read already."""
    made_of = _made_of(folder, replies)
    if _present(folder / NAME) == made_of:
        return False
    findings = findings or FindingsFile(folder / FINDINGS, replies.withdrawn)
    sources = sources_of(round, store, replies, folder, findings, made_of)
    with layout.replaced_path(folder / NAME) as (draft, _):
        write(draft, sources)
    return True


def sources_of(
    round: Round,
    store: EvidenceStore,
    replies: RepliesReport,
    folder: Path,
    findings: FindingsFile,
    made_of: str = "",
) -> DatabaseSources:
    """made_of: "" for a copy that goes elsewhere, where nothing is held against it."""
    path = folder / _RESULTS
    entries: Iterable[Mapping[str, Any]] = stored_agencies(path) if path.is_file() else ()
    meta = {
        "schema": schema.VERSION,
        "round": round.settings.id,
        "findings_sha256": findings.sha256,
        "seal": seal_state(folder, round.folder / "evidence", findings.sha256).state,
        "scored": "yes" if path.is_file() else "no",
        "made_of": made_of,
    }
    return DatabaseSources(round, findings, store, replies, meta, entries, _before(round))


def _before(round: Round) -> Iterator[tuple[str, str, str | None]]:
    """(id, verdict, reason) of the findings of the round before, if its folder is there and as it was sealed."""
    previous = round.settings.previous
    if previous is None or not previous.is_dir():
        return
    trusted = round_summary.trusted_keys(round.folder, round.settings.previous_key)
    if round_summary.read(previous, lambda _: False, trusted).state != "used":
        return
    with (previous / "results" / FINDINGS).open("rb") as lines:
        for line in lines:
            finding = finding_of(line)
            yield finding.id, finding.verdict, finding.reason


def _made_of(folder: Path, replies: RepliesReport) -> str:
    """What changes with the files, and when they come from elsewhere: a database that came with them is not believed."""
    states: list[list[int] | None] = []
    for name in (FINDINGS, _RESULTS):
        try:
            stat = (folder / name).stat()
        except FileNotFoundError:
            states.append(None)
        else:
            states.append([stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns])
    withdrawn = {id: list(outcome) for id, outcome in replies.withdrawn.items()}
    return hashlib.sha256(canonical([schema.VERSION, states, withdrawn]).encode()).hexdigest()


def _present(path: Path) -> str | None:
    """What a database says that it was made of; None where there is none that can be read."""
    if path.is_symlink() or not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            row = connection.execute("SELECT value FROM meta WHERE name = 'made_of'").fetchone()
    except sqlite3.Error:
        return None
    return None if row is None else str(row[0])
