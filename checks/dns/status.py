"""DNSSEC of a look's answers, at one time: secure, insecure, bogus, or indeterminate where we could not see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import dns.exception
import dns.name
import dns.rrset

from checks.dns.anchors import Anchors
from checks.dns.chain import Chain, Zone
from checks.dns.denial import Proofs
from checks.dns.look import DnsLook, ReceivedAnswer
from checks.dns.signatures import SignatureLimit, SignatureVerifier, Status, signed

# The worst of these is the host's.
_FURTHER = ("CAA", "MX", "TXT")
_ORDER: tuple[Status, ...] = ("secure", "insecure", "indeterminate", "bogus")


@dataclass(frozen=True, slots=True)
class Result:
    """at: the zone where it was decided. fault: why it is bogus or indeterminate; "" else."""

    status: Status
    at: dns.name.Name
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Security:
    """Of a look: the host's, and that of each answer by (name, type), further ones that rules read among them."""

    host: Result
    answers: Mapping[tuple[dns.name.Name, str], Result]


def security(look: DnsLook, anchors: Anchors, at: float, verifier: SignatureVerifier) -> Security:
    """verifier: may be shared by several times of judgement of one look."""
    chain = Chain(look, anchors, at, verifier)
    asked = [(look.host, kind) for kind in ("A", "AAAA", "CAA")]
    if look.apex is not None:
        asked += [(look.apex, kind) for kind in ("SOA", "NS", "MX", "TXT")]
    answers = {key: _result(chain, *key) for key in asked}
    worst = max(answers.values(), key=lambda result: _ORDER.index(result.status))
    # the host's own come first: what signatures cost is bounded for the look as a whole
    more = sorted(key for key in look.answers if key[1] in _FURTHER and key not in answers)
    return Security(worst, answers | {key: _result(chain, *key) for key in more})


def _result(chain: Chain, name: dns.name.Name, kind: str) -> Result:
    try:
        return _of(chain, name, kind)
    except SignatureLimit:
        return Result("indeterminate", name, "limit")
    except dns.exception.DNSException:  # a name that grows too long with a label before it
        return Result("indeterminate", name, "protocol")


def _of(chain: Chain, name: dns.name.Name, kind: str) -> Result:
    zone = chain.zone(name)
    answer = chain.look.answer(name, kind)
    if answer.failure is not None:
        # of a zone that is not signed, or is broken, there is nothing more to be told
        told = Result(zone.status, zone.at, zone.fault)
        return told if zone.status != "secure" else Result("indeterminate", zone.at, answer.failure)
    results = [_step(chain, answer, at, kind) for at in answer.names(name)]
    return max(results, key=lambda result: _ORDER.index(result.status))


def _step(chain: Chain, answer: ReceivedAnswer, name: dns.name.Name, kind: str) -> Result:
    """One name of an answer: the set itself, an alias, or that there is nothing."""
    zone = chain.zone(name)
    rrset = answer.find(name, kind) or answer.find(name, "CNAME")
    if zone.status in ("bogus", "indeterminate") and rrset is not None:
        zone = _signing(chain, answer, rrset) or zone
    if zone.status != "secure":
        return Result(zone.status, zone.at, zone.fault)
    if rrset is None:
        return _nothing(chain, zone, answer, name, kind)
    return _something(chain, zone, answer, rrset)


def _signing(chain: Chain, answer: ReceivedAnswer, rrset: dns.rrset.RRset) -> Zone | None:
    """A secure zone above that signs the set, where what proves that no other zone begins between is not good."""
    name = rrset.name
    while name != dns.name.root:
        name = name.parent()
        zone = chain.zone(name)
        if zone.status == "secure" and zone.at == name:
            found = signed(rrset, answer.records, zone.signers, chain.at, chain.verifier)
            return None if found.fault else zone
    return None


def _something(chain: Chain, zone: Zone, answer: ReceivedAnswer, rrset: dns.rrset.RRset) -> Result:
    found = signed(rrset, answer.records, zone.signers, chain.at, chain.verifier)
    if found.fault:
        if chain.made_by_dname(zone, answer, rrset):
            return Result("secure", zone.at)
        return Result("bogus", zone.at, found.fault)
    if found.labels is None:
        return Result("secure", zone.at)
    proofs = Proofs(answer.authority, zone.signers, chain.at, chain.verifier)
    closer = proofs.nothing_closer(rrset.name, found.labels)
    if closer == "no":
        return Result("bogus", zone.at, proofs.fault or "proof_missing")
    return Result("secure" if closer == "yes" else "insecure", zone.at)


def _nothing(chain: Chain, zone: Zone, answer: ReceivedAnswer, name: dns.name.Name, kind: str) -> Result:
    proofs = Proofs(answer.authority, zone.signers, chain.at, chain.verifier)
    denied = proofs.denies(name, kind)
    if denied is None or denied == "cut":
        return Result("bogus", zone.at, proofs.fault or "proof_missing")
    if denied == "open":
        return Result("insecure", zone.at)
    return Result("secure", zone.at)
