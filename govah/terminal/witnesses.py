"""What is said of handshake witnesses: whose keys answered, which hosts have none, and what that does not prove."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evidence import layout
from evidence.regular_files import digest
from evidence.store.recording import time_text
from evidence.timestamps import Timestamp
from evidence.verify.witnesses import Witnesses
from govah.terminal.console import Speaker, visible

_MOST_NAMED = 5


def opening_times(evidence: Path, stamps: Iterable[Timestamp]) -> dict[str, dt.datetime]:
    """When the sound time stamps over the opening were made, by the SHA-256 that a hello was bound to."""
    found = {}
    for stamp in stamps:
        if stamp.over == layout.OPENING and stamp.trusted is not False:
            sha256 = digest(evidence / layout.stamp_names(stamp.over, stamp.authority)[1])
            if sha256 is not None:
                found[sha256] = stamp.time
    return found


def witnesses_json(found: Witnesses, opened: dict[str, dt.datetime]) -> dict[str, Any]:
    since = _since(found, opened)
    proved = [{"capture": id_, **asdict(proof)} for id_, proof in found.proofs.items()]
    return {
        "witnesses": {
            "proved": proved,
            "since": None if since is None else time_text(since),
            "without": list(found.without),
        }
    }


def tell_witnesses(speaker: Speaker, found: Witnesses, opened: dict[str, dt.datetime]) -> None:
    hosts = {f"{proof.host}:{proof.port}" for proof in found.proofs.values()}
    if hosts:
        speaker.say("cli.witnesses", count=len(found.proofs), hosts=len(hosts))
    else:
        speaker.say("cli.witnesses_none")
    since = _since(found, opened)
    if since is not None:
        speaker.say("cli.witnesses_since", time=f"{since:%Y-%m-%d %H:%M:%S} UTC")
    unnamed = [f"{proof.host}:{proof.port}" for proof in found.proofs.values() if not proof.names_host]
    for key, names in (
        ("witnesses_unnamed", tuple(dict.fromkeys(unnamed))),
        ("witnesses_without", found.without),
    ):
        if names:
            speaker.say(f"cli.{key}", count=len(names), hosts=_listed(names))
    if hosts:
        speaker.say("cli.witness_limits")


def _since(found: Witnesses, opened: dict[str, dt.datetime]) -> dt.datetime | None:
    """The time stamp that every hello is later than; None where one is bound to none."""
    times = [
        max((opened[one] for one in proof.opening if one in opened), default=None)
        for proof in found.proofs.values()
    ]
    known = [time for time in times if time is not None]
    return min(known) if known and len(known) == len(times) else None


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(visible(name) for name in names[:_MOST_NAMED]) + " …" * (len(names) > _MOST_NAMED)
