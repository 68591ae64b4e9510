"""`govah replies` and `govah decide`: taking in what agencies answer, and what the auditor says to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.table import Table

from checks.finding import Finding, as_crawled
from claims import cells
from claims.model import Reply, Round
from claims.records import MOST_NAME, MOST_TEXT
from evidence import reply_ledger
from evidence.errors import EvidenceError
from evidence.signing.keys import KeyUnusable, Signer
from evidence.store import EvidenceStore
from govah import round_loading, stages
from govah.exits import Exit
from govah.os_user import os_user
from govah.replies import in_sheet, ledger_of, replies_of
from govah.round_paths import sealed_by
from govah.terminal.console import Speaker, text, visible
from reports.replies import DECISIONS, RepliesReport, as_data, outcome, recorded


def replies(speaker: Speaker, round: Round, key: Path | None) -> None:
    """Takes in replies that are new, and lists all with what became of them."""
    store = round_loading.evidence(speaker, round)
    signer = signer_of(speaker, round, key) if new_replies(speaker, round) else None
    taken = take_in(speaker, round, store, signer) if signer is not None else 0
    known = replies_of(round)
    speaker.json(
        {
            "received_now": taken,
            "until": None if known.until is None else known.until.isoformat(),
            "ledger": known.head,
            "replies": [as_data(answer) for answer in known.answers],
        }
    )
    if taken:
        speaker.say("replies.taken", count=taken)
    if known.until is not None:
        speaker.say("replies.until", day=known.until.isoformat())
    if not known.answers:
        speaker.say("replies.none")
        return
    speaker.show(_table(known))
    if known.head is not None:
        speaker.say("replies.head", sha256=known.head)


def answer(
    speaker: Speaker, round: Round, name: str, decision: str, by: str, said: str, key: Path | None
) -> None:
    """What the auditor says to a reply without testing again."""
    if decision not in DECISIONS:
        speaker.fail(Exit.USAGE, "replies.bad_decision", value=decision, expected=", ".join(DECISIONS))
    by, said = named(speaker, by), _text(speaker, said, MOST_TEXT)
    store = round_loading.evidence(speaker, round)
    signer = signer_of(speaker, round, key)
    take_in(speaker, round, store, signer)
    reply = next((one for one in replies_of(round).answers if one.id == name), None)
    if reply is None:
        known = ", ".join(one.id for one in replies_of(round).answers) or "–"
        speaker.fail(Exit.USAGE, "replies.unknown", reply=name, known=known)
    if decision == "settled_by_retest" and not reply.settled:
        speaker.fail(Exit.USAGE, "replies.not_settled", reply=name, folder=round.folder)
    rows = []
    if decision != "answered":
        findings, _ = round_loading.sealed_file(speaker, round)
        with round_loading.report_broken(speaker):
            about = [f for f in findings.get(reply.reply["agency"], ()) if f.id in reply.findings]
        if decision == "withdrawn":
            about = [held for finding in about if (held := _held(finding)) is not None]
            if not about:
                speaker.fail(Exit.USAGE, "replies.nothing_to_withdraw", reply=name)
        rows = [row(finding, store) for finding in about]
    write(speaker, round, signer, decision, by, {"reply": name, "text": said, "findings": rows})
    speaker.json({"reply": as_data(next(one for one in replies_of(round).answers if one.id == name))})
    speaker.say(f"replies.done_{decision}", reply=name, folder=round.folder)


def _held(finding: Finding) -> Finding | None:
    """What is held against the agency; where nothing is by now, what was by the crawl. None where nothing was."""
    before = as_crawled(finding)
    kinds = (finding, *(() if before is None else before[:1]))
    return next((one for one in kinds if one.verdict in ("contradicted", "partial")), None)


def new_replies(speaker: Speaker, round: Round) -> list[Reply]:
    """Replies of the sheet that the ledger does not know. Refuses a ledger or a sheet that is not as it was."""
    ledger = ledger_of(round)
    if not ledger.whole:
        speaker.fail(Exit.TAMPERED, "replies.ledger_broken", folder=round.folder)
    taken = {e["reply"]["reply"]: e["reply"] for e in ledger.entries if e["event"] == "received"}
    present = in_sheet(round.folder) or {}
    changed = sorted(name for name, reply in taken.items() if present.get(name) != reply)
    if changed:
        speaker.fail(Exit.TAMPERED, "replies.sheet_changed", replies=", ".join(changed))
    return [reply for reply in round.replies if reply.id not in taken]


def take_in(speaker: Speaker, round: Round, store: EvidenceStore, signer: Signer) -> int:
    """Writes the replies that are new into the ledger, with what they are about; how many there were."""
    new = new_replies(speaker, round)
    if not new:
        return 0
    findings, _ = round_loading.sealed_file(speaker, round)
    with round_loading.report_broken(speaker):
        about = {reply.id: _about(reply, findings.get(reply.agency, ())) for reply in new}
    lost = sorted(name for name, found in about.items() if not found)
    if lost:
        speaker.fail(Exit.USAGE, "replies.about_nothing", replies=", ".join(lost))
    for reply in new:
        rows = [row(finding, store) for finding in about[reply.id]]
        write(speaker, round, signer, "received", reply.by, {"reply": recorded(reply), "findings": rows})
    return len(new)


def _about(reply: Reply, findings: Iterable[Finding]) -> list[Finding]:
    """A finding, or all that was found of a claim. findings: of the agency."""
    return [
        finding
        for finding in findings
        if finding.id == reply.subject
        or (finding.subject.kind in ("service", "dataset") and finding.subject.id == reply.subject)
    ]


def row(before: Finding, store: EvidenceStore) -> dict[str, Any]:
    """A finding as entries of the ledger keep it."""
    return {
        "id": before.id,
        "check": before.check,
        "before": outcome(before),
        "seen_before": last_seen(before, store),
    }


def last_seen(finding: Finding | None, store: EvidenceStore) -> str | None:
    """The day of the last capture that a finding rests on, ISO 8601."""
    if finding is None:
        return None
    times = []
    for capture in finding.captures:
        try:
            times.append(store.get(capture).time)
        except KeyError:  # verification names it
            continue
    return max(times).astimezone(dt.UTC).date().isoformat() if times else None


def signer_of(speaker: Speaker, round: Round, key: Path | None) -> Signer:
    """The key that sealed the evidence; none other may write what became of replies."""
    try:
        signer = stages.signer(key, round.folder)
    except KeyUnusable as error:
        round_loading.key_unusable(speaker, error)
    sealed = sealed_by(round.folder)
    if sealed != signer.fingerprint:
        speaker.fail(Exit.USAGE, "replies.other_key", sealed=sealed or "–", given=signer.fingerprint)
    return signer


def write(
    speaker: Speaker, round: Round, signer: Signer, event: str, by: str, values: dict[str, Any]
) -> None:
    try:
        reply_ledger.append(round.folder, signer, stages.now(), event, by, os_user(), values)
    except EvidenceError as error:
        speaker.fail(Exit.USAGE, "replies.not_written", detail=error)


def named(speaker: Speaker, name: str) -> str:
    return _text(speaker, name, MOST_NAME)


def _text(speaker: Speaker, given: str, limit: int) -> str:
    """As in the sheets: on one line, without characters that act."""
    shown = cells.text(" ".join(given.split())).strip()
    if not 0 < len(shown) <= limit:
        speaker.fail(Exit.USAGE, "replies.bad_text", limit=limit)
    return shown


def _table(known: RepliesReport) -> Table:
    table = Table(title=text("replies.title"), title_justify="left")
    for name in ("reply", "agency", "subject", "stance", "state", "received"):
        table.add_column(text(f"replies.column_{name}"), overflow="fold")
    for one in known.answers:
        late = f" ({text('replies.late')})" if one.late else ""
        table.add_row(
            visible(one.id),
            visible(one.reply["agency"]),
            visible(one.reply["subject"]),
            text(f"stance.{one.reply['stance']}"),
            text(f"reply_state.{one.state}"),
            one.reply["date"] + late,
        )
    return table
