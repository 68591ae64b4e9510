"""Filters that auditors keep for a round: lines of desk-filters.jsonl, which are only added. The last line of a name counts."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from evidence import layout
from reports.desk.append import alone

FILE = "desk-filters.jsonl"
MOST_NAME = 80  # characters
_MOST_LINES = 2000


def saved(folder: Path) -> dict[str, dict[str, str]]:
    """Fields of an address by name, in the order of names. A line that is none says nothing."""
    found: dict[str, dict[str, str]] = {}
    try:
        lines = (folder / FILE).read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return found
    for line in lines[-_MOST_LINES - 1 :]:
        try:
            told = json.loads(line)
            name, fields = told["name"], told["filter"]
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        if isinstance(name, str) and _can_be_sent(name) and isinstance(fields, dict):
            found[name] = {k: v for k, v in fields.items() if isinstance(v, str) and _can_be_sent(v)}
    return {name: found[name] for name in sorted(found) if found[name]}


def _can_be_sent(text: str) -> bool:
    """Half a character is in no address and on no page."""
    return text.encode("utf-8", "ignore").decode() == text


def save(folder: Path, name: str, fields: Mapping[str, str], by: str) -> None:
    """fields: none to forget the name. Raises OSError."""
    line = json.dumps({"name": name, "filter": dict(fields), "by": by}, ensure_ascii=False)
    with alone(folder):
        descriptor = os.open(
            folder / FILE,
            os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC,
            layout.PRIVATE,
        )
        with os.fdopen(descriptor, "ab") as file:
            file.write(line.encode("utf-8", "replace") + b"\n")
            file.flush()
            os.fsync(file.fileno())
