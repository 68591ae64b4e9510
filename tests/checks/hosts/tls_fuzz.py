"""Damages what was recorded of hosts and holds every judgement against what the damaged bytes still say.

`python tests/checks/hosts/tls_fuzz.py 20000 [SEED]`. Hosts of the table are probed once on loopback; then flights, certificates,
lists, issuers and staples of their captures are changed at random, in this process, and judged.

What damage may change, and no more:
- a flight: its own hello. It is accepted only when the bytes are still a ServerHello that chooses what was offered,
  refused only when they are a fatal alert or a lower version; anything else leaves the hello open, and no host with an
  open weakness is called safe.
- a certificate whose signed part changed: it is untrusted (or self-signed, or without a way to a root), and otherwise judged
  by what it says now; never trusted, never revoked, never good. One that cannot be read blames nobody.
- a list, a staple or a responder's answer: "good" and "revoked" need its signed part untouched; the rest is "unknown",
  or what another source says.
- an issuer's document: it fills a gap only with its signed part untouched.
"""

from __future__ import annotations

import base64
import copy
import datetime as dt
import json
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from checks.hosts.certificates.chain_path import Trust
from checks.hosts.certificates.trust import Bundle, ChainVerifier, Pool
from checks.hosts.evidence import ProbeJudgement, judge_probe
from claims.model import NetworkSettings
from crawler.politeness.policy import AddressPolicy
from crawler.probes.certificate_documents import fetch, wanted
from crawler.probes.tls import probe
from fixtures.hosts.lab import Lab
from fixtures.hosts.pki import AS_OF
from fixtures.hosts.table import cases
from web.cipher_suites import NAMES

# Neither has types; both read certificates apart from the product's way.
ASN1: Any = import_module("asn1crypto.x509")
ASN1_CRL: Any = import_module("asn1crypto.crl")
ASN1_OCSP: Any = import_module("asn1crypto.ocsp")

CHOSEN = (
    "good", "good_rsa", "two_issuers", "national", "expired", "other_name", "self_signed", "rsa_1024", "sha1",
    "incomplete_named", "incomplete_packed", "crl_good", "crl_revoked", "crl_part", "ocsp_good", "ocsp_revoked",
    "ocsp_delegate", "ocsp_revoked_crl_good", "staple_good", "staple_revoked",
    "tls10_to_13", "ssl3_too", "ssl2_too", "rc4", "export", "anonymous", "dh_1024", "static_rsa", "another_share",
)  # fmt: skip
SECONDS = 20  # for one judgement; a hang ends the run
PROTOCOL_CODES = frozenset(
    {
        "obsolete_protocol",
        "no_modern_protocol",
        "weak_cipher",
        "anonymous_cipher",
        "no_forward_secrecy",
        "weak_dh",
    }
)
LEAF_CODES = frozenset({"expired", "not_yet_valid", "expires_soon", "name_mismatch", "cn_only"})
TRUSTED = ("public", "national_only")
VERSION_TAGS = {
    "tls1.3": 0x0304,
    "tls1.2": 0x0303,
    "tls1.1": 0x0302,
    "tls1.0": 0x0301,
    "ssl3": 0x0300,
    "ssl2": 2,
}
WEAK_TAGS = frozenset({"tls1.1", "tls1.0", "ssl3", "ssl2", "rc4", "3des", "null", "anon", "export", "dhe"})


@dataclass(frozen=True)
class Recorded:
    """A capture of one host, and what it comes to unchanged."""

    name: str
    body: dict[str, Any]
    truth: ProbeJudgement


class Fuzz:
    """source: of every choice."""

    def __init__(self, recorded: list[Recorded], trust: Trust, source: random.Random) -> None:
        self._recorded = recorded
        self._trust = trust
        self._source = source
        self.counts: Counter[str] = Counter()

    def run(self, number: int) -> None:
        kinds = (
            self._flight, self._flight, self._certificate, self._list, self._staple, self._answer, self._issuer,
        )  # fmt: skip
        for _ in range(number):
            damage = self._source.choice(kinds)
            while not damage(self._source.choice(self._recorded)):  # not every host has what is to be damaged
                pass

    def _judge(self, host: Recorded, body: dict[str, Any]) -> ProbeJudgement:
        signal.alarm(SECONDS)
        judgement = judge_probe(body, host.name, self._trust, AS_OF, AS_OF)
        wanted([base64.b64decode(der) for der in body["chain"]], ())
        json.dumps(dict(judgement.facts))
        signal.alarm(0)
        return judgement

    def _mutated(self, data: bytes) -> bytes:
        """Half of the time one byte alone, so that what is around it can still be read."""
        source, out = self._source, bytearray(data)
        gentle = source.random() < 0.5
        for _ in range(1 if gentle else source.choice((1, 1, 1, 2, 4))):
            at = source.randrange(len(out)) if out else 0
            way = source.randrange(2 if gentle else 7)
            if way == 0 and out:
                out[at] ^= 1 << source.randrange(8)
            elif way == 1 and out:
                out[at] = source.choice((0, 1, 0x7F, 0x80, 0xFF, source.randrange(256)))
            elif way == 2:
                del out[at : at + source.randrange(1, 9)]
            elif way == 3:
                out[at:at] = source.randbytes(source.randrange(1, 9))
            elif way == 4:
                del out[at:]
            elif way == 5:
                out[at:at] = out[at : at + source.randrange(1, 64)]
            else:
                out += source.randbytes(source.randrange(1, 40))
        return bytes(out)

    # flights

    def _flight(self, host: Recorded) -> bool:
        body = copy.deepcopy(host.body)
        places = [
            one for one in body["connections"] if one["received"] and one["tag"] not in ("default", "no_sni")
        ]
        if not places:
            return False
        one = self._source.choice(places)
        received = self._mutated(base64.b64decode(one["received"]))
        one["received"] = base64.b64encode(received).decode()
        found = self._judge(host, body)
        said = _said(base64.b64decode(one["sent"]), received, one["tag"])
        fresh = (found.problems - host.truth.problems) & PROTOCOL_CODES
        assert fresh <= _implied(said, one["tag"]), (host.name, one["tag"], said, fresh, received[:200].hex())
        assert found.problems - PROTOCOL_CODES == host.truth.problems - PROTOCOL_CODES or not found.spoken
        if host.truth.problems - found.problems and found.spoken:
            # What was wrong may not turn into a clean record.
            settled = said is None or said[0] in ("refused", "accepted")
            assert one["tag"] in found.open or one["tag"] not in WEAK_TAGS or settled, (
                host.name,
                one["tag"],
                said,
            )
        self.counts[f"flight, {said[0] if said else 'says nothing plainly'}"] += 1
        if said is None and one["tag"] in WEAK_TAGS and found.spoken:
            settled = one["tag"] not in found.open
            assert not settled or received[:1] not in (b"\x15", b"\x16") or received[1:2] != b"\x03", (
                host.name, one["tag"], received[:60].hex())  # fmt: skip
        return True

    # certificates

    def _certificate(self, host: Recorded) -> bool:
        if not host.body["chain"]:
            return False
        body = copy.deepcopy(host.body)
        place = self._source.randrange(len(body["chain"]))
        before = base64.b64decode(body["chain"][place])
        after = self._mutated(before)
        body["chain"][place] = base64.b64encode(after).decode()
        found = self._judge(host, body)
        intact = _signed_part(ASN1.Certificate, after) == _signed_part(ASN1.Certificate, before)
        fresh = found.problems - host.truth.problems
        facts = found.facts
        assert "revoked" not in fresh
        if not found.readable:
            assert place == 0
            assert found.problems <= PROTOCOL_CODES
            self.counts["leaf, unreadable"] += 1
        elif place == 0:
            assert intact or facts["path"] not in TRUSTED, (host.name, after.hex())
            assert intact or facts["revocation"]["state"] == "unknown"
            self._dates(after, found)
            self.counts["leaf, " + str(facts["path"])] += 1
        else:
            assert found.problems & LEAF_CODES == host.truth.problems & LEAF_CODES
            assert intact or facts["completeness"] != "complete" or facts["path"] not in TRUSTED
            self.counts["issuer, " + str(facts["path"])] += 1
        return True

    def _dates(self, leaf: bytes, found: ProbeJudgement) -> None:
        """By another reader: what is told of time is what the bytes say."""
        try:
            validity = ASN1.Certificate.load(leaf)["tbs_certificate"]["validity"].native
            begins, ends = validity["not_before"], validity["not_after"]
        except (ValueError, TypeError, KeyError, OverflowError):
            return
        if isinstance(begins, dt.datetime) and isinstance(ends, dt.datetime):
            assert ("expired" in found.problems) == (ends < AS_OF and begins <= AS_OF), (begins, ends)
            assert ("not_yet_valid" in found.problems) == (begins > AS_OF)

    # what was fetched and stapled

    def _document(self, host: Recorded, kind: str) -> tuple[dict[str, Any], bytes, bytes] | None:
        """(body with one document changed, its content before and after)."""
        body = copy.deepcopy(host.body)
        places = [one for one in body["fetched"] if one["kind"] == kind]
        if not places:
            return None
        hop = self._source.choice(places)["hops"][-1]
        head, mark, before = base64.b64decode(hop["received"]).partition(b"\r\n\r\n")
        if self._source.random() < 0.1:
            head = self._mutated(head)
            after = before
        else:
            after = self._mutated(before)
        hop["received"] = base64.b64encode(head + mark + after).decode()
        return body, before, after

    def _list(self, host: Recorded) -> bool:
        changed = self._document(host, "crl")
        if changed is None:
            return False
        body, before, after = changed
        part = ASN1_CRL.CertificateList
        self._revocation(host, body, _signed_part(part, before) == _signed_part(part, after), "list")
        return True

    def _staple(self, host: Recorded) -> bool:
        if not host.body["ocsp"]:
            return False
        before = base64.b64decode(host.body["ocsp"])
        after = self._mutated(before)
        body = {**host.body, "ocsp": base64.b64encode(after).decode()}
        self._revocation(host, body, _signed_answer(before) == _signed_answer(after), "staple")
        return True

    def _answer(self, host: Recorded) -> bool:
        """The answer of a responder, or the address that says what it was asked."""
        changed = self._document(host, "ocsp")
        if changed is None:
            return False
        body, before, after = changed
        asked = [one for one in body["fetched"] if one["kind"] == "ocsp"]
        intact = _signed_answer(before) == _signed_answer(after)
        if self._source.random() < 0.2:
            asked[0]["url"] = self._mutated(asked[0]["url"].encode()).decode("latin-1")
        others = any(one["kind"] == "crl" for one in body["fetched"])
        found = self._judge(host, body)
        state, source = (found.facts["revocation"][word] for word in ("state", "source"))
        assert intact or source != "ocsp", (host.name, after.hex())
        assert state in (
            {host.truth.facts["revocation"]["state"], "unknown"} | ({"good"} if others else set())
        )
        assert found.problems - {"revoked"} == host.truth.problems - {"revoked"}
        assert ("revoked" in found.problems) == (state == "revoked")
        self.counts[f"answer, {state}"] += 1
        return True

    def _revocation(self, host: Recorded, body: dict[str, Any], intact: bool, what: str) -> None:
        found = self._judge(host, body)
        state, source = (found.facts["revocation"][word] for word in ("state", "source"))
        assert state in (host.truth.facts["revocation"]["state"], "unknown")
        assert intact or source != {"list": "crl"}.get(what, what), (host.name, what)
        assert found.problems - {"revoked"} == host.truth.problems - {"revoked"}
        assert ("revoked" in found.problems) == (state == "revoked")
        self.counts[f"{what}, {state}"] += 1

    def _issuer(self, host: Recorded) -> bool:
        changed = self._document(host, "issuer")
        if changed is None:
            return False
        body, before, after = changed
        found = self._judge(host, body)
        assert found.problems == host.truth.problems, (host.name, found.problems)
        if before != after and _signed_part(ASN1.Certificate, before) is not None:
            intact = _signed_part(ASN1.Certificate, after) == _signed_part(ASN1.Certificate, before)
            assert intact or found.facts["path"] == "none"
        self.counts[f"issuer's document, {found.facts['path']}"] += 1
        return True


def _signed_part(kind: Any, der: bytes) -> bytes | None:
    """The bytes that are signed, without what stands around them; None when there are none."""
    try:
        body = kind.load(der)[0]
        return bytes(body.dump())
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        return None


def _signed_answer(der: bytes) -> bytes | None:
    try:
        return bytes(ASN1_OCSP.OCSPResponse.load(der).basic_ocsp_response["tbs_response_data"].dump())
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        return None


# A reading of flights of its own: strict, and of the first ServerHello only.


def _said(sent: bytes, received: bytes, tag: str) -> tuple[str, int, int] | None:
    """("accepted", version, suite), ("refused", 0, 0), or None for what says nothing plainly."""
    if tag == "ssl2":
        return (
            ("accepted", 2, 0) if received[2:3] == b"\x04" or received[3:4] == b"\x04" else ("refused", 0, 0)
        )
    messages, alert = _handshake_bytes(received)
    if alert:
        return ("refused", 0, 0)
    if len(messages) < 42 or messages[0] != 2:
        return None
    hello = messages[4 : 4 + int.from_bytes(messages[1:4], "big")]
    if len(hello) < 38:
        return None
    version, session = int.from_bytes(hello[:2], "big"), hello[34]
    suite = int.from_bytes(hello[35 + session : 37 + session], "big")
    at = 40 + session
    while at + 4 <= len(hello):
        kind, length = (
            int.from_bytes(hello[at : at + 2], "big"),
            int.from_bytes(hello[at + 2 : at + 4], "big"),
        )
        if kind == 43 and length == 2:
            version = int.from_bytes(hello[at + 4 : at + 6], "big")
        at += 4 + length
    if tag in VERSION_TAGS and version != VERSION_TAGS[tag]:
        return ("refused", version, suite)
    offered = suite.to_bytes(2, "big") in sent
    return ("accepted", version, suite) if offered else None


def _handshake_bytes(received: bytes) -> tuple[bytes, bool]:
    """(handshake messages, whether a fatal alert is among the records)."""
    at, messages, alert = 0, b"", False
    while at + 5 <= len(received):
        kind, length = received[at], int.from_bytes(received[at + 3 : at + 5], "big")
        part = received[at + 5 : at + 5 + length]
        messages += part if kind == 22 else b""
        alert |= kind == 21 and length == 2 and part[:1] == b"\x02"
        at += 5 + length
    return messages, alert


def _implied(said: tuple[str, int, int] | None, tag: str) -> frozenset[str]:
    """Codes that an answer may bring with it."""
    if said is None:
        return frozenset()
    if said[0] == "refused":
        # With TLS 1.2 or 1.3 refused, what is left may be old or without forward secrecy.
        return frozenset({"no_modern_protocol", "no_forward_secrecy"})
    _, version, suite = said
    name = NAMES.get(suite, "")
    codes = {"weak_dh"} if "_DH" in name or tag == "dhe" else set()
    codes |= {"obsolete_protocol"} if version < 0x0303 else set()
    codes |= {"weak_cipher"} if tag in ("rc4", "3des", "null", "export", "ssl2") else set()
    codes |= (
        {"weak_cipher"}
        if any(word in name for word in ("RC4", "DES", "NULL", "EXPORT", "IDEA", "RC2"))
        else set()
    )
    codes |= {"anonymous_cipher"} if "_anon_" in name or tag == "anon" else set()
    codes |= {"no_forward_secrecy"} if name.startswith("TLS_RSA_") else set()
    return frozenset(codes)


def record(chosen: tuple[str, ...]) -> tuple[list[Recorded], Trust]:
    rows = tuple(case for case in cases() if case.id in chosen)

    def now() -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    with Lab(rows) as lab:
        policy = AddressPolicy(NetworkSettings(allow_private=True, hosts=lab.hosts))

        def one(name: str) -> dict[str, Any]:
            result = probe(name, 443, policy, now=now, full=True)
            while (document := wanted(result.chain, result.fetched)) is not None:
                result = result.having(fetch(*document, policy, user_agent="test", now=now))
            body: dict[str, Any] = json.loads(result.body)
            return body

        names = [lab.host_of(row.id) for row in rows]
        with ThreadPoolExecutor(8) as pool:
            bodies = list(pool.map(one, names))
        trust = Trust(
            ChainVerifier(Bundle.read([lab.public_roots]), AS_OF),
            ChainVerifier(Bundle.read([lab.national_roots]), AS_OF),
            Pool(),
        )
    recorded = [
        Recorded(name, body, judge_probe(body, name, trust, AS_OF, AS_OF))
        for name, body in zip(names, bodies, strict=True)
    ]
    for row, host in zip(rows, recorded, strict=True):
        assert tuple(sorted(host.truth.problems)) == row.problems, row.id
    return recorded, trust


def main() -> int:
    number, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1404
    stop: Callable[[int, Any], None] = lambda *_: sys.exit("a judgement hung")  # noqa: E731
    signal.signal(signal.SIGALRM, stop)
    recorded, trust = record(CHOSEN)
    fuzz = Fuzz(recorded, trust, random.Random(seed))
    fuzz.run(number)
    for what, count in sorted(fuzz.counts.items()):
        sys.stdout.write(f"{count:6} {what}\n")
    sys.stdout.write(f"{sum(fuzz.counts.values())} judged, seed {seed}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
