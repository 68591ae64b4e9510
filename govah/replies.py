"""Where the replies of a round lie, and what its ledger tells of them. Prints nothing; the commands are `govah.commands.replies`."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from claims.model import Round
from claims.read import read_replies
from evidence import layout, reply_ledger
from evidence.regular_files import content
from evidence.signing.evidence_manifests import previous_manifests
from govah.round_paths import RoundPaths, key_of
from reports.replies import RepliesReport, recorded, replies_report, until


def in_sheet(folder: Path) -> dict[str, dict[str, str]] | None:
    """The replies of the sheet by id, as a ledger keeps them; None when there is none that can be read."""
    try:
        replies = read_replies(folder)
    except OSError:
        return None
    return None if replies is None else {reply.id: recorded(reply) for reply in replies}


def replies_of(round: Round) -> RepliesReport:
    """What the ledger tells, as far as it is as the auditor signed it."""
    ledger = ledger_of(round)
    return replies_report(ledger.entries, last_day(round), ledger.head)


def ledger_of(round: Round) -> reply_ledger.ReplyLedger:
    return reply_ledger.read(round.folder, key_of(round.folder))


def last_day(round: Round) -> dt.date | None:
    """The last day on which replies are taken; None without a term, or before the evidence is sealed."""
    evidence = RoundPaths(round.folder).evidence
    first = next(iter(previous_manifests(evidence)), evidence / layout.MANIFEST)
    sealed = content(first)
    created = None if sealed is None else dt.datetime.fromisoformat(json.loads(sealed)["created"])
    return until(round.settings.replies, created)
