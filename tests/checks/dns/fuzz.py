"""Damages recorded answers of the signed tree and holds the judge to what they still prove.

`python -m tests.checks.dns.fuzz 20000 [SEED]`. Held for every damaged look, and said precisely:
- It is judged: no exception, and no more signatures tried than the bound allows.
- Of a host whose truth is secure nothing becomes `insecure`; and where an answer still counts as secure it says what
  the undamaged one says, byte for byte. It may become `bogus` (a proof or signature is damaged) or `indeterminate`
  (an answer cannot be read or is no answer to its question).
- Of a host whose truth is insecure nothing becomes `secure`.
- Of a host whose truth is bogus nothing becomes `secure` or `insecure`.
- No finding contradicts, and none is an error of our own but where an answer was no answer. Of every tenth look all checks
  are asked.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import itertools
import json
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dns.name

from checks.case import Case, Shared
from checks.dns.anchors import Anchors, of_file
from checks.dns.look import DnsLook as Read
from checks.dns.look import _read_answer, read_look
from checks.dns.signatures import SignatureVerifier
from checks.dns.status import Security, security
from claims.model import Agency, NetworkSettings, Round, Settings
from crawler.probes.dns_client import DnsClient
from crawler.probes.dns_prober import probe_host
from crawler.probes.resolvers import resolvers_of
from evidence.kinds.dns import DnsFacts
from evidence.records import Capture, CaptureKind, Evidence
from fixtures.dns.server import DnsServer
from fixtures.dns.zones import AS_OF
from tests.checks.selection import allowed, checks_called

SECURE = ("www.secure.test", "www.rsa.test", "www.secure.hashed.test", "a.b.c.nested3.test",
          "some.name.wildcard.test", "some.name.wildcard3.test", "www.alias.test", "www.gone.test",
          "www.gone3.test", "www.ipv4.test")  # fmt: skip
INSECURE = ("www.unsigned.test", "www.unsigned.hashed.test", "www.unsigned.optout.test", "www.agency.plain",
            "www.newalgorithm.test", "www.trustme.test")  # fmt: skip
BOGUS = ("www.expired.test", "www.early.test", "www.mismatch.test", "www.nosig.test", "www.nokeys.test",
         "www.lying.test", "www.noproof.test", "some.name.wildbad.test")  # fmt: skip
_HOSTS = (*SECURE, *INSECURE, *BOGUS)
SECONDS = 20  # for one judgement; a hang ends the run
_EVERY = 10  # looks of which all checks are asked
MET = frozenset({
    ("secure", "secure"), ("secure", "bogus"), ("secure", "indeterminate"),
    ("insecure", "insecure"), ("insecure", "bogus"), ("insecure", "indeterminate"),
    ("bogus", "bogus"), ("bogus", "indeterminate"),
})  # fmt: skip


@dataclass
class Recorded:
    """Bodies of undamaged looks, by host; and the same read, with what the answers say where they are secure."""

    network: NetworkSettings
    anchors: Anchors
    bodies: dict[str, dict[str, Any]]
    looks: dict[str, Read]
    truths: dict[str, Security]
    verifiers: dict[str, SignatureVerifier]


def record(folder: Path) -> Recorded:
    async def ask(network: NetworkSettings) -> dict[str, dict[str, Any]]:
        ids = itertools.count(1)
        client = DnsClient(resolvers_of(network), now=lambda: AS_OF, message_id=lambda: next(ids), seconds=2)
        return {host: json.loads((await probe_host(host, client, 1, AS_OF)).body) for host in _HOSTS}

    with DnsServer() as server:
        network = NetworkSettings(
            resolvers=(server.target,), dnssec_anchor=server.write_anchor(folder / "anchor")
        )
        bodies = asyncio.run(ask(network))
    anchors = of_file(folder / "anchor")
    looks = {host: read_look(captured(host, 1), json.dumps(body).encode()) for host, body in bodies.items()}
    verifiers = {host: SignatureVerifier() for host in looks}
    truths = {
        host: security(read, anchors, AS_OF.timestamp(), verifiers[host]) for host, read in looks.items()
    }
    return Recorded(network, anchors, bodies, looks, truths, verifiers)


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


class Memory:
    """The evidence of one look, twice."""

    opened = AS_OF
    vantage = "here"
    also: tuple[Evidence, ...] = ()

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


class Fuzz:
    """chance: of every choice. met: (truth, what became of it) of the hosts, and how often."""

    def __init__(self, recorded: Recorded, chance: random.Random, folder: Path) -> None:
        self._recorded = recorded
        self._chance = chance
        self._folder = folder
        self.met: Counter[tuple[str, str]] = Counter()

    def run(self, number: int) -> None:
        for place in range(number):
            host = _HOSTS[place % len(_HOSTS)]
            damage = _damage(self._recorded.bodies[host], self._chance)
            signal.alarm(SECONDS)
            self._one(host, damage)
            if place % _EVERY == 0:
                self._checks(self._chance.choice(_HOSTS))
            signal.alarm(0)

    def _one(self, host: str, damage: dict[int, dict[str, Any]]) -> None:
        read, truth = self._recorded.looks[host], self._recorded.truths[host]
        answers = dict(read.answers)
        for item in damage.values():
            name = dns.name.from_text(item["name"])
            answers[name, item["type"]] = _read_answer(item, name)
        verifier = SignatureVerifier()
        verifier._known.update(self._recorded.verifiers[host]._known)  # known whatever the damage
        harmed = replace(read, answers=answers)
        found = security(harmed, self._recorded.anchors, AS_OF.timestamp(), verifier)
        met = (truth.host.status, found.host.status)
        assert met in MET, (host, met)
        self.met[met] += 1
        for key, result in found.answers.items():
            if result.status == "secure":
                assert truth.answers[key].status == "secure", (host, key)
                says, said = harmed.answer(*key), read.answer(*key)
                assert says.followed(*key) == said.followed(*key), (host, key)

    def _checks(self, host: str) -> None:
        body = json.loads(json.dumps(self._recorded.bodies[host]))
        for place, item in _damage(body, self._chance).items():
            body["answers"][place] = item
        agency = Agency("a", "سازمان", "main", f"http://{host}/")
        memory = Memory(host, json.dumps(body).encode())
        round = Round(self._folder, Settings("r", network=self._recorded.network), (agency,))
        case = Case(round, agency, memory, AS_OF, Shared(round, memory))
        for check in checks_called("dns."):
            (finding,) = check.judge(case)
            assert "exception" not in finding.observed, (host, finding)
            assert allowed(finding.check, finding.verdict, finding.reason)
            assert finding.verdict != "contradicted"
            assert len(json.dumps(dict(finding.observed))) < 20_000


def main() -> int:
    number, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1404
    stop: Callable[[int, Any], None] = lambda *_: sys.exit("a judgement hung")  # noqa: E731
    signal.signal(signal.SIGALRM, stop)
    with tempfile.TemporaryDirectory() as folder:
        fuzz = Fuzz(record(Path(folder)), random.Random(seed), Path(folder))
        fuzz.run(number)
    for (truth, became), count in sorted(fuzz.met.items()):
        sys.stdout.write(f"{count:6} {truth} became {became}\n")
    sys.stdout.write(f"{sum(fuzz.met.values())} judged, seed {seed}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
