"""Holds the judgements that were replaced against their seals, and the seals against each other: a chain without a gap.

Each seal over findings names the hash of the one that it replaced, the first names none. So one that was edited, taken
out, put in or moved is seen, and so is one that was put back in force. What cannot be seen is a folder of results that
was put back as a whole, to an earlier day: that takes the hash of the last seal, as the auditor published it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence.fault import Faults
from evidence.regular_files import content
from evidence.signing.earlier_judgements import FILES, number_of
from evidence.signing.findings_seal import EARLIER, MANIFEST, SIGNATURE, UNFINISHED
from evidence.signing.manifest_fields import hash_at
from evidence.verify.files import extra, looked_through
from evidence.verify.findings import check_judgement

_FORGED = frozenset({"invalid_signature", "foreign_signature", "missing_signature"})


@dataclass(frozen=True, slots=True)
class _EarlierJudgement:
    """One that was replaced. seal: SHA-256 of its manifest, None when there is none. previous: the seal that it names.

    genuine: its seal is signed by the evidence's signer.
    """

    number: int
    seal: str | None
    previous: str | None
    genuine: bool

    @property
    def name(self) -> str:
        return f"{EARLIER}/{self.number}"


def check_earlier(
    results: Path,
    *,
    key: Ed25519PublicKey | None,
    evidence: Collection[str],
    round_: Any,
    faults: Faults,
) -> None:
    """key: the evidence's signer. evidence: SHA-256 of every seal that it had, the present one too. round_: its id."""
    found = [
        _check_one(results, number, key, evidence, round_, faults) for number in _listed(results, faults)
    ]
    _check_row(found, faults)
    if not (results / UNFINISHED).exists():
        _check_in_force(content(results / MANIFEST), found, faults)


def _listed(results: Path, faults: Faults) -> list[int]:
    """Numbers of the judgements that are there; whatever else lies beside them is a fault."""
    folder = results / EARLIER
    if not os.path.lexists(folder):
        return []
    if folder.is_symlink() or not folder.is_dir():
        faults.add(EARLIER, "", "extra_file")
        return []
    present, empty = looked_through(folder)
    numbers: set[int] = set()
    for name in [*present, *empty]:
        place, _, file = name.partition("/")
        number = number_of(place) if "/" in name else None
        if number is not None:
            numbers.add(number)
        if number is not None and (file in FILES or not file):
            continue
        if (results / UNFINISHED).exists() and number_of(place.removeprefix(".")):
            continue  # a draft of the check that died
        faults.add(f"{EARLIER}/{name}", "", "extra_folder" if name.endswith("/") else extra(name))
    return sorted(numbers)


def _check_one(
    results: Path,
    number: int,
    key: Ed25519PublicKey | None,
    evidence: Collection[str],
    round_: Any,
    faults: Faults,
) -> _EarlierJudgement:
    folder = results / EARLIER / str(number)
    inner = Faults()
    manifest = check_judgement(folder, key, inner)
    if manifest is not None:
        if hash_at(manifest, "evidence") not in evidence:
            inner.add(MANIFEST, "evidence", "foreign_findings", str(manifest.get("evidence")))
        if manifest.get("round") != round_:
            inner.add(MANIFEST, "round", "changed_field", str(round_))
    for fault in inner.found():
        item = f"{EARLIER}/{number}/{fault.item}" if fault.item == SIGNATURE else fault.item
        faults.add(f"{EARLIER}/{number}/{fault.file}", item, fault.problem, fault.detail)
    signed = content(folder / MANIFEST)
    return _EarlierJudgement(
        number,
        None if signed is None else hashlib.sha256(signed).hexdigest(),
        None if manifest is None else _told(manifest.get("previous")),
        manifest is not None and not any(fault.problem in _FORGED for fault in inner.found()),
    )


def _check_row(found: list[_EarlierJudgement], faults: Faults) -> None:
    """Each judgement names the one before it, and none is left out."""
    seals = {one.seal: one for one in found if one.seal is not None}
    before: _EarlierJudgement | None = None
    for one in found:
        expected = 1 if before is None else before.number + 1
        if one.number != expected:
            last = f" – {EARLIER}/{one.number - 1}" if one.number - 1 > expected else ""
            faults.add(f"{EARLIER}/{expected}{last}", "", "missing_judgement", one.previous or "")
            if one.previous in seals or one.previous is None:
                _blame(one.name, one.previous, seals, faults)
        elif one.seal is not None and one.previous != (before.seal if before else None):
            _blame(one.name, one.previous, seals, faults)
        before = one


def _blame(place: str, previous: str | None, seals: Mapping[str, _EarlierJudgement], faults: Faults) -> None:
    """A judgement that names another before it than lies there."""
    file = f"{place}/{MANIFEST}" if place else MANIFEST
    if previous is None or previous in seals:
        named = seals[previous].name if previous is not None else "–"
        faults.add(file, "previous", "broken_chain", named)
    else:
        faults.add(file, "previous", "missing_judgement", previous)


def _check_in_force(signed: bytes | None, found: list[_EarlierJudgement], faults: Faults) -> None:
    """The judgement in force is the last one: it replaced the last that was replaced, and none of them came after it."""
    if signed is None:
        return
    seal, previous = hashlib.sha256(signed).hexdigest(), _previous(signed)
    genuine = [one for one in found if one.genuine]
    seals = {one.seal: one for one in genuine if one.seal is not None}
    before = list(_before(previous, seals))
    known = previous is None or (bool(before) and before[-1].previous is None)
    left = [one for one in genuine if one not in before]
    later = [one for one in genuine if seal in (one.seal, one.previous)] or (left if known else [])
    if later:
        faults.add(MANIFEST, "previous", "superseded_findings", max(later, key=lambda one: one.number).name)
    elif previous is not None and previous not in seals:
        _blame("", previous, {}, faults)
    elif genuine and previous != genuine[-1].seal:
        _blame("", previous, seals, faults)


def _before(previous: str | None, seals: Mapping[str, _EarlierJudgement]) -> Iterator[_EarlierJudgement]:
    """The judgements that came before, by what each names; the last of them is the first that was made."""
    seen: set[str] = set()
    while previous is not None and previous in seals and previous not in seen:
        seen.add(previous)
        yield seals[previous]
        previous = seals[previous].previous


def _previous(signed: bytes) -> str | None:
    try:
        return _told(json.loads(signed).get("previous"))
    except (ValueError, AttributeError, RecursionError):
        return None


def _told(previous: Any) -> str | None:
    """What a manifest gives for the seal before it, whatever that is."""
    return previous if previous is None or isinstance(previous, str) else repr(type(previous).__name__)
