"""What was going to be done, fixed on disk before the first request, and the state of a shard's tree."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from evidence import layout
from evidence.canonical import canonical_line
from evidence.errors import EvidenceDamaged
from evidence.regular_files import content as held
from evidence.signing.merkle import MerkleTree
from evidence.store import recording

FORMAT = "govah-plan/1"
T = TypeVar("T")
_LATER = re.compile(r"plan-([1-9]\d{0,8})\.json")


def fix(
    evidence: Path, plan: Mapping[str, Any], *, vantage: str, now: dt.datetime
) -> tuple[dt.datetime, str]:
    """Writes the plan of a run, unless it is the one in force already.

    (when the round opened, SHA-256 of the plan's file). Raises EvidenceDamaged.
    """
    first = evidence / layout.PLAN
    if not first.exists():
        opening = {"format": FORMAT, "opened": recording.time_text(now), "plan": plan, "vantage": vantage}
        layout.write_whole(first, canonical_line(opening))
    opened = opened_at(evidence)
    content = canonical_line(
        {"format": FORMAT, "opened": recording.time_text(opened), "plan": plan, "vantage": vantage}
    )
    if content != in_force(evidence).read_bytes():
        layout.write_whole(evidence / f"plan-{max(1, _latest(evidence)) + 1}.json", content)
    return opened, hashlib.sha256(content).hexdigest()


def opened_at(evidence: Path) -> dt.datetime:
    """When the round opened. Raises EvidenceDamaged."""
    return _field(evidence / layout.PLAN, "opened", recording.parse_time)


def vantage(evidence: Path) -> str:
    """Where the crawl looked from, as the plan in force says. Raises EvidenceDamaged."""
    return _field(in_force(evidence), "vantage", str)


def _field(path: Path, name: str, read: Callable[[Any], T]) -> T:
    try:
        return read(json.loads(held(path) or b"")[name])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EvidenceDamaged(f"{path}: {error}") from None


def vantages(evidence: Path) -> set[str]:
    """Where the crawl looked from in all its runs. Raises EvidenceDamaged."""
    return {_field(path, "vantage", str) for path in files(evidence)}


def is_plan(name: str) -> bool:
    """Whether a file of the evidence folder is the plan of some run."""
    return name == layout.PLAN or _LATER.fullmatch(name) is not None


def files(evidence: Path) -> list[Path]:
    """Every plan of the round, in the order in which they came into force."""
    found = [path for path in evidence.iterdir() if is_plan(path.name)]
    return sorted(found, key=lambda path: int(path.stem.partition("-")[2] or 1))


def in_force(evidence: Path) -> Path:
    """The plan of the last run that brought one of its own, else the first."""
    later = _latest(evidence)
    return evidence / (f"plan-{later}.json" if later else layout.PLAN)


def sha256_in_force(evidence: Path) -> str | None:
    """Of the file of the plan in force; None where there is none."""
    try:
        return hashlib.sha256(in_force(evidence).read_bytes()).hexdigest()
    except FileNotFoundError:
        return None


def _latest(evidence: Path) -> int:
    """Number of the last plan that followed the first; 0 when none did."""
    matches = (_LATER.fullmatch(path.name) for path in evidence.iterdir())
    return max((int(match.group(1)) for match in matches if match), default=0)


def planned(evidence: Path) -> dict[str, Any]:
    """The plan in force, as its writer gave it; empty where there is none. Raises EvidenceDamaged."""
    if not (evidence / layout.PLAN).exists():
        return {}
    return read(in_force(evidence))


def read(path: Path) -> dict[str, Any]:
    """The plan that a file holds, as its writer gave it. Raises EvidenceDamaged."""
    try:
        plan = json.loads(held(path) or b"")["plan"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EvidenceDamaged(f"{path}: {error}") from None
    if not isinstance(plan, dict):
        raise EvidenceDamaged(f"{path}: no plan")
    return plan


def write_head(shard: Path, tree: MerkleTree) -> None:
    """The shard's number of records and their root, for those who hold the key and not the archive."""
    layout.write_whole(shard / layout.HEAD, canonical_line(head(tree)))


def head(tree: MerkleTree) -> dict[str, Any]:
    return {"records": tree.size, "root": tree.root.hex()}
