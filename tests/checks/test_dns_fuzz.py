"""Recorded answers of the signed tree, damaged by chance: what the judge makes of them is what they still prove.

Held for every damaged look, and said precisely:
- It is judged: no exception, and no more signatures tried than the bound allows.
- Of a host whose truth is secure nothing becomes `insecure`; and where an answer still counts as secure it says what
  the undamaged one says, byte for byte. It may become `bogus` (a proof or signature is damaged) or `indeterminate`
  (an answer cannot be read or is no answer to its question).
- Of a host whose truth is insecure nothing becomes `secure`.
- Of a host whose truth is bogus nothing becomes `secure` or `insecure`.
- No finding contradicts, and none is an error of our own but where an answer was no answer.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dns.name
import pytest

from checks.case import Case, Shared
from checks.dns import CHECKS
from checks.dns.anchors import Anchors, of_file
from checks.dns.look import Look as Read
from checks.dns.look import _read_answer, read_look
from checks.dns.signatures import Verifier
from checks.dns.status import Security, security
from checks.reasons import allowed
from claims.model import Agency, NetworkSettings, Round, Settings
from crawler.dns_client import DnsClient
from crawler.dns_prober import look
from crawler.resolvers import resolvers_of
from evidence.records import Capture, CaptureKind, DnsFacts
from fixtures.dns.server import DnsServer
from fixtures.dns.zones import AS_OF

SECURE = ("www.secure.test", "www.rsa.test", "www.secure.hashed.test", "a.b.c.nested3.test",
          "some.name.wildcard.test", "some.name.wildcard3.test", "www.alias.test", "www.gone.test",
          "www.gone3.test", "www.ipv4.test")  # fmt: skip
INSECURE = ("www.unsigned.test", "www.unsigned.hashed.test", "www.unsigned.optout.test", "www.agency.plain",
            "www.newalgorithm.test", "www.trustme.test")  # fmt: skip
BOGUS = ("www.expired.test", "www.early.test", "www.mismatch.test", "www.nosig.test", "www.nokeys.test",
         "www.lying.test", "www.noproof.test", "some.name.wildbad.test")  # fmt: skip
_HOSTS = (*SECURE, *INSECURE, *BOGUS)
_ROUNDS = 6_000
_JUDGED = 400


@dataclass
class Recorded:
    """Bodies of undamaged looks, by host; and the same read, with what the answers say where they are secure."""

    network: NetworkSettings
    anchors: Anchors
    bodies: dict[str, dict[str, Any]]
    looks: dict[str, Read]
    truths: dict[str, Security]
    verifiers: dict[str, Verifier]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    folder = tmp_path_factory.mktemp("dns")

    async def ask(network: NetworkSettings) -> dict[str, dict[str, Any]]:
        ids = itertools.count(1)
        client = DnsClient(resolvers_of(network), now=lambda: AS_OF, message_id=lambda: next(ids), seconds=2)
        return {host: json.loads((await look(host, client, 1, AS_OF)).body) for host in _HOSTS}

    with DnsServer() as server:
        network = NetworkSettings(
            resolvers=(server.target,), dnssec_anchor=server.write_anchor(folder / "anchor")
        )
        bodies = asyncio.run(ask(network))
    anchors = of_file(folder / "anchor")
    looks = {host: read_look(captured(host, 1), json.dumps(body).encode()) for host, body in bodies.items()}
    verifiers = {host: Verifier() for host in looks}
    truths = {
        host: security(read, anchors, AS_OF.timestamp(), verifiers[host]) for host, read in looks.items()
    }
    yield Recorded(network, anchors, bodies, looks, truths, verifiers)


def captured(host: str, attempt: int) -> Capture:
    at = AS_OF + attempt * dt.timedelta(minutes=1)
    return Capture(
        f"c{attempt}", attempt, "dns", "a", host, at, "here", "host", attempt, "", DnsFacts(host, None)
    )


def damaged(wire: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """One message with one or a few damages; never the message as it was."""
    data = bytearray(wire)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        at = chance.randrange(len(data)) if data else 0
        match chance.randrange(8):
            case 0 | 1 | 2 if data:
                data[at] ^= 1 << chance.randrange(8)
            case 3 if data:
                data[at] = chance.randrange(256)
            case 4:
                del data[at:]
            case 5:
                data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 5)))
            case 6:
                del data[at : at + chance.randrange(1, 30)]
            case _:
                data = bytearray(data[:2] + chance.choice(others)[2:])  # another answer under this one's id
    return bytes(data)


def swapped_sections(wire: bytes, chance: random.Random) -> bytes:
    """Counts of the sections moved about, or bits of the head: AD, AA, the code."""
    data = bytearray(wire)
    at = chance.choice((2, 3, 5, 7, 9, 11))
    if at < len(data):
        data[at] = chance.randrange(256)
    return bytes(data)


def _damage(body: dict[str, Any], chance: random.Random) -> dict[int, dict[str, Any]]:
    """Some answers of a look, damaged, by their place."""
    answers = body["answers"]
    wires = [base64.b64decode(item["received"]) for item in answers]
    found = {}
    for number in chance.sample(range(len(answers)), chance.choice((1, 1, 2, 4))):
        harm = swapped_sections if chance.randrange(6) == 0 else None
        wire = harm(wires[number], chance) if harm else damaged(wires[number], wires, chance)
        found[number] = {**answers[number], "received": base64.b64encode(wire).decode()}
    return found


def test_damaged_answers_prove_no_more_than_they_do(recorded: Recorded) -> None:
    chance = random.Random(1404)
    met: set[tuple[str, str]] = set()
    for number in range(_ROUNDS):
        host = _HOSTS[number % len(_HOSTS)]
        read, truth = recorded.looks[host], recorded.truths[host]
        answers = dict(read.answers)
        for item in _damage(recorded.bodies[host], chance).values():
            name = dns.name.from_text(item["name"])
            answers[name, item["type"]] = _read_answer(item, name)
        verifier = Verifier()
        verifier._known.update(recorded.verifiers[host]._known)  # what is known does not depend on the damage
        harmed = replace(read, answers=answers)
        found = security(harmed, recorded.anchors, AS_OF.timestamp(), verifier)
        met.add((truth.host.status, found.host.status))
        for key, result in found.answers.items():
            if result.status == "secure":
                assert truth.answers[key].status == "secure", (number, host, key)
                says, said = harmed.answer(*key), read.answer(*key)
                assert says.followed(*key) == said.followed(*key), (number, host, key)
    assert met == {
        ("secure", "secure"), ("secure", "bogus"), ("secure", "indeterminate"),
        ("insecure", "insecure"), ("insecure", "bogus"), ("insecure", "indeterminate"),
        ("bogus", "bogus"), ("bogus", "indeterminate"),
    }  # fmt: skip


class Memory:
    """The evidence of one look, twice."""

    opened = AS_OF

    def __init__(self, host: str, body: bytes) -> None:
        self._captures = [captured(host, attempt) for attempt in (1, 2)]
        self._body = body

    def captures(self, agency: str | None = None, kind: CaptureKind | None = None) -> Iterator[Capture]:
        return (c for c in self._captures if agency in (None, c.agency) and kind in (None, c.kind))

    def get(self, capture_id: str) -> Capture:
        return next(capture for capture in self._captures if capture.id == capture_id)

    def body(self, capture_id: str) -> bytes:
        return self._body

    def wire(self, capture_id: str) -> bytes:
        return self._body


def test_checks_conclude_something_of_every_damaged_look(recorded: Recorded, tmp_path: Path) -> None:
    chance = random.Random(1405)
    for number in range(_JUDGED):
        host = _HOSTS[number % len(_HOSTS)]
        body = json.loads(json.dumps(recorded.bodies[host]))
        for place, item in _damage(body, chance).items():
            body["answers"][place] = item
        agency = Agency("a", "سازمان", "main", f"http://{host}/")
        memory = Memory(host, json.dumps(body).encode())
        round = Round(tmp_path, Settings("r", network=recorded.network), (agency,))
        case = Case(round, agency, memory, AS_OF, Shared(round, memory))
        for check in CHECKS:
            (finding,) = check.judge(case)
            assert "exception" not in finding.observed, (number, host, finding)
            assert allowed(finding.check, finding.verdict, finding.reason)
            assert finding.verdict != "contradicted"
            assert len(json.dumps(dict(finding.observed))) < 20_000
