"""The handshake witnesses of a round or a pack: whose keys answered, and which captures hold none.

What is read here verified before: seals say that nothing was changed, witnesses that a host did answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence import layout
from evidence.canonical import parse_canonical
from evidence.fault import Faults
from evidence.kinds.tls import TlsFacts
from evidence.opening import commitments, opening_checkpoint
from evidence.records import Capture
from evidence.regular_files import content
from evidence.store import EvidenceStore
from evidence.store import plan as plans
from evidence.store.recording import time_text
from evidence.witness.proof import BadWitness, WitnessProof, prove

KIND = "tls"


@dataclass(frozen=True, slots=True)
class Witnesses:
    """proofs: by capture, in their order. without: hosts with their port, of which no capture holds a witness."""

    proofs: Mapping[str, WitnessProof]
    without: tuple[str, ...]


def witnesses_of(
    captures: Iterable[tuple[str, Capture, bytes]], rounds: Iterable[str], faults: Faults
) -> Witnesses:
    """captures: (file, capture, body) of probes of TLS. rounds: ids that their round had. A witness that proves nothing is a fault."""
    known = tuple(rounds)
    proofs: dict[str, WitnessProof] = {}
    silent: list[str] = []
    for file, capture, body in captures:
        try:
            found = _proof(capture, body, known)
        except BadWitness as error:
            faults.add(file, capture.id, "invalid_witness", str(error))
            continue
        if found is not None:
            proofs[capture.id] = found
        elif capture.purpose == "host":
            silent.append(capture.url)
    return Witnesses(proofs, _without(silent, proofs))


def check_witnesses(evidence: Path, faults: Faults) -> Witnesses:
    """Of a sealed round that verifies. The hellos have to be bound to this very opening. Raises EvidenceError."""
    with EvidenceStore.open(evidence) as store:
        captures = ((_file(store, one), one, store.body(one.id)) for one in store.captures(kind=KIND))
        found = witnesses_of(captures, _rounds(evidence), faults)
        opening, known = opening_checkpoint(evidence), set(commitments(evidence))
        for id_, proof in found.proofs.items():
            if opening not in proof.opening or not known.issuperset(proof.opening):
                faults.add(_file(store, store.get(id_)), id_, "invalid_witness", "opening: of another crawl")
    return found


def witnesses_of_all(places: Sequence[Witnesses]) -> Witnesses:
    """Of the vantage points of a round: a host is without a witness if it has one from nowhere."""
    proofs = {id_: proof for place in places for id_, proof in place.proofs.items()}
    return Witnesses(proofs, _without((host for place in places for host in place.without), proofs))


def _without(hosts: Iterable[str], proofs: Mapping[str, WitnessProof]) -> tuple[str, ...]:
    answered = {f"{proof.host}:{proof.port}" for proof in proofs.values()}
    return tuple(host for host in dict.fromkeys(hosts) if host not in answered)


def _proof(capture: Capture, body: bytes, rounds: tuple[str, ...]) -> WitnessProof | None:
    """None of a probe that holds none. Raises BadWitness."""
    facts = capture.facts
    assert isinstance(facts, TlsFacts)
    witness = _recorded(body)
    if witness is None:
        return None
    named = witness.get("round") if isinstance(witness, dict) else None
    round_id = named if isinstance(named, str) and named in rounds else next(iter(rounds), "")
    if not isinstance(facts.host, str) or type(facts.port) is not int or capture.time.tzinfo is None:
        raise BadWitness("of no host, port and time")  # whoever holds the key of another place wrote them
    return prove(witness, host=facts.host, port=facts.port, time=time_text(capture.time), round_id=round_id)


def _recorded(body: bytes) -> Any:
    try:
        return parse_canonical(body).get("witness")
    except (ValueError, AttributeError):
        raise BadWitness("no record of a probe") from None


def holds_witness(body: bytes) -> bool:
    """Whether the body of a TLS probe does; whether it proves anything is for `witnesses_of` to say."""
    try:
        return _recorded(body) is not None
    except BadWitness:
        return False


def proves(capture: Capture, body: bytes, round_id: str) -> bool:
    """Whether a probe holds a witness that proves what it has to in a pack of this round."""
    return bool(witnesses_of([("", capture, body)], (round_id,), Faults()).proofs)


def _rounds(evidence: Path) -> tuple[str, ...]:
    """As the seal and the plans name it: a round may be renamed between two runs."""
    manifest = json.loads(content(evidence / layout.MANIFEST) or b"{}")
    named = [manifest.get("round"), *(plans.read(path).get("round") for path in plans.files(evidence))]
    return tuple(dict.fromkeys(name for name in named if isinstance(name, str)))


def _file(store: EvidenceStore, capture: Capture) -> str:
    return store.locations(capture.id)[-1].file
