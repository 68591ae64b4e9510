"""How far the run over a shard is, as it wrote it down last; read by whoever has the folder."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from crawler.engine.admission import HOLDS
from crawler.engine.progress import MOST_WAITS, WAIT_KINDS, Progress, Wait
from evidence import layout
from evidence.regular_files import content

_BEYOND = 1e12


def read_progress(shard: Path) -> Mapping[str, Any]:
    """shard: its folder. Empty where nothing is told that can be read."""
    try:
        said = json.loads(content(shard / layout.PROGRESS) or b"{}")
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def number_of(said: Mapping[str, Any], name: str) -> float:
    """Of what a file tells; 0 for what is no number, or none that could be."""
    value = said.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < _BEYOND:
        return 0.0
    return float(value)


def progress_of(said: Mapping[str, Any]) -> Progress | None:
    """None where nothing is told."""
    if not said:
        return None
    numbers: dict[str, Any] = {
        field.name: number_of(said, field.name) if field.type == "float" else int(number_of(said, field.name))
        for field in fields(Progress)
        if field.type in ("int", "float")
    }
    return Progress(
        **numbers,
        paused=said.get("paused") is True,
        opens=_time(said.get("opens")),
        held_back=next((hold for hold in HOLDS if hold == said.get("held_back")), None),
        waits=waits_of(said),
    )


def waits_of(said: Mapping[str, Any]) -> tuple[Wait, ...]:
    """What a file says is being waited for; nothing of what cannot be."""
    told = said.get("waits")
    entries = [entry for entry in told if isinstance(entry, dict)] if isinstance(told, list) else []
    return tuple(
        Wait(
            kind,
            where if isinstance(where := entry.get("where"), str) else "",
            int(number_of(entry, "number")),
            int(number_of(entry, "total")),
            number_of(entry, "seconds"),
        )
        for entry in entries[:MOST_WAITS]
        for kind in WAIT_KINDS
        if kind == entry.get("kind")
    )


def _time(said: object) -> dt.datetime | None:
    try:
        told = None if said is None else dt.datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return told if told is not None and told.tzinfo is not None else None
