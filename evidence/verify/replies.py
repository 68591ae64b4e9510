"""Holds the ledger of replies against its signatures, its chain, its signed head, the sheet of replies, and the re-tests in
the evidence.

What cannot be seen: that ledger and head were both put back to an earlier day that no re-test names, or are both gone. For
that there is the hash of the last line, as the auditor published it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence.fault import Faults, Problem
from evidence.reply_ledger import FILE, HEAD, Entry, head_of, lines
from evidence.retests import planned

SHEET = "replies.csv"

Replies = Mapping[str, Mapping[str, Any]]


def check_replies(
    round_folder: Path,
    evidence: Path,
    key: Ed25519PublicKey | None,
    sheet: Callable[[], Replies | None],
    faults: Faults,
) -> None:
    """key: the evidence's signer. sheet: gives the replies as they stand in the sheet now, by id and in the form in which a
    ledger keeps them; None when the sheet cannot be read, or there is none. Asked only where a reply was received.
    """
    hashes: list[str] = []
    entries: list[Entry] = []
    for line in lines(round_folder, key):
        hashes.append(line.sha256)
        if line.fault:
            problem: Problem = "foreign_signature" if line.foreign else "changed_reply"
            faults.add(FILE, f"entry {line.number}", problem, line.fault)
        elif line.entry is not None:
            entries.append(line.entry)
    _check_head(round_folder, key, hashes, faults)
    if received := [entry for entry in entries if entry.get("event") == "received"]:
        _check_sheet(received, sheet() or {}, faults)
    _check_retests(planned(evidence), entries, hashes, faults)


def _check_head(
    round_folder: Path, key: Ed25519PublicKey | None, hashes: Sequence[str], faults: Faults
) -> None:
    head = head_of(round_folder, key)
    if head is None:
        return
    if not head.valid:
        faults.add(HEAD, "", "changed_reply", "its signature does not fit")
    elif not hashes:
        faults.add(FILE, "", "missing_file")
    elif len(hashes) < head.count:
        faults.add(FILE, f"entry {head.count}", "missing_reply", f"{HEAD}: {head.count} entries")
    elif hashes[head.count - 1] != head.sha256:
        faults.add(FILE, f"entry {head.count}", "changed_reply", f"{HEAD}: {head.sha256}")


def _check_sheet(received: Sequence[Entry], sheet: Replies, faults: Faults) -> None:
    """A reply that was received is what it was."""
    for entry in received:
        reply = entry.get("reply")
        name = str(reply.get("reply")) if isinstance(reply, dict) else ""
        present = sheet.get(name)
        if present is None:
            faults.add(SHEET, name, "missing_reply", f"entry {entry.get('number')}")
        elif present != reply:
            assert isinstance(reply, dict)
            differing = sorted(key for key in {*present, *reply} if present.get(key) != reply.get(key))
            faults.add(SHEET, name, "changed_reply", ", ".join(differing))


def _check_retests(
    plans: Sequence[Mapping[str, Any]], entries: Sequence[Entry], hashes: Sequence[str], faults: Faults
) -> None:
    """The ledger is one that every re-test came after, and says what came of each."""
    told = {entry.get("retest") for entry in entries if entry.get("event") == "retested"}
    for plan in plans:
        number = plan["number"]
        count, head = plan["entries"]["count"], plan["entries"]["head"]
        there = 0 <= count <= len(hashes)
        if not there or (hashes[count - 1] if count else None) != head:
            faults.add(FILE, f"re-test {number}", "changed_reply", f"{count} entries, {head}")
        if number not in told:
            faults.add(FILE, f"re-test {number}", "missing_reply")
