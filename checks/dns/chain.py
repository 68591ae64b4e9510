"""From the root down to a name: which zone it lies in, and whether that zone's keys are vouched for all the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import dns.name
import dns.rdatatype
import dns.rdtypes.ANY.DNSKEY
import dns.rdtypes.ANY.DS
import dns.rrset

from checks.dns.anchors import Anchors
from checks.dns.denial import Proofs
from checks.dns.look import DnsLook, ReceivedAnswer
from checks.dns.signatures import (
    DIGESTS,
    SUPPORTED,
    Key,
    Keys,
    SignatureVerifier,
    Status,
    matches,
    signed,
    usable,
)

_Trust = Callable[[Key], bool]


@dataclass(frozen=True, slots=True)
class Zone:
    """at: the zone where this was decided: the last one vouched for, or the first that is not.

    fault: why it is bogus or indeterminate; "" else. keys: none unless it is secure.
    """

    at: dns.name.Name
    status: Status
    fault: str = ""
    keys: tuple[Key, ...] = ()

    @property
    def signers(self) -> Keys:
        return Keys(self.at, self.keys)


class Chain:
    """Of one look, at one time. Raises signatures.TooMuch."""

    def __init__(self, look: DnsLook, anchors: Anchors, at: float, verifier: SignatureVerifier) -> None:
        self.look = look
        self.at = at
        self.verifier = verifier
        self._anchors = anchors
        self._zones: dict[dns.name.Name, Zone] = {}

    def zone(self, name: dns.name.Name) -> Zone:
        """The zone of a name. A name is in its own zone, also where that begins with it."""
        if name not in self._zones:
            root = name == dns.name.root
            self._zones[name] = self._root() if root else self._step(self.zone(name.parent()), name)
        return self._zones[name]

    def _root(self) -> Zone:
        """What is wrong with the root's keys is wrong between us and the root."""
        root = dns.name.root
        answer = self.look.answer(root, "DNSKEY")
        if answer.failure is not None:
            return Zone(root, "indeterminate", answer.failure)
        found = self._keys(root, answer, self._anchors.trusts)
        return found if found.status == "secure" else Zone(root, "indeterminate", f"root_{found.fault}")

    def _step(self, parent: Zone, name: dns.name.Name) -> Zone:
        if parent.status != "secure":
            return parent
        answer = self.look.answer(name, "DS")
        if answer.failure is not None:
            return Zone(parent.at, "indeterminate", answer.failure)
        vouched, alias = answer.find(name, "DS"), answer.find(name, "CNAME")
        for rrset in (vouched, alias):
            if rrset is not None:
                fault = signed(rrset, answer.records, parent.signers, self.at, self.verifier).fault
                if fault and not self.made_by_dname(parent, answer, rrset):
                    return Zone(parent.at, "bogus", fault)
        if vouched is not None:
            return self._vouched(name, [item for item in vouched if isinstance(item, dns.rdtypes.ANY.DS.DS)])
        return parent if alias is not None else self._not_vouched(parent, name, answer)

    def _vouched(self, name: dns.name.Name, vouched: Iterable[dns.rdtypes.ANY.DS.DS]) -> Zone:
        known = [ds for ds in vouched if ds.digest_type in DIGESTS and ds.algorithm in SUPPORTED]
        if not known:
            return Zone(name, "insecure", "unknown_algorithm")
        answer = self.look.answer(name, "DNSKEY")
        if answer.failure is not None:
            return Zone(name, "indeterminate", answer.failure)
        return self._keys(name, answer, lambda key: any(matches(ds, name, key) for ds in known))

    def _keys(self, name: dns.name.Name, answer: ReceivedAnswer, trusted: _Trust) -> Zone:
        """The zone's own set of keys, signed by one that is trusted."""
        rrset = answer.find(name, "DNSKEY")
        if rrset is None:
            return Zone(name, "bogus", "keys_missing")
        keys = usable(item for item in rrset if isinstance(item, dns.rdtypes.ANY.DNSKEY.DNSKEY))
        entry = tuple(key for key in keys if trusted(key))
        if not entry:
            return Zone(name, "bogus", "key_mismatch")
        fault = signed(rrset, answer.records, Keys(name, entry), self.at, self.verifier).fault
        return Zone(name, "bogus", fault) if fault else Zone(name, "secure", "", keys)

    def _not_vouched(self, parent: Zone, name: dns.name.Name, answer: ReceivedAnswer) -> Zone:
        """No DS: another zone that is not signed, or no other zone, by the parent's own proof."""
        proofs = Proofs(answer.authority, parent.signers, self.at, self.verifier)
        denied = proofs.denies(name, "DS")
        if denied in ("cut", "open"):
            return Zone(name, "insecure")
        if denied is None:
            return Zone(parent.at, "bogus", proofs.fault or "proof_missing")
        return parent

    def made_by_dname(self, zone: Zone, answer: ReceivedAnswer, alias: dns.rrset.RRset) -> bool:
        """Whether an alias without a signature is what a signed DNAME above it makes of the name."""
        if alias.rdtype != dns.rdatatype.CNAME:
            return False
        for rrset in answer.records:
            above = alias.name != rrset.name and alias.name.is_subdomain(rrset.name)
            if rrset.rdtype == dns.rdatatype.DNAME and above:
                made = alias.name.relativize(rrset.name).derelativize(rrset[0].target)
                fault = signed(rrset, answer.records, zone.signers, self.at, self.verifier).fault
                return made == alias[0].target and not fault
        return False
