"""Is a set of records signed by a zone's keys? By RFC 4035, the signature itself and its time apart, within bounds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import dns.dnssec
import dns.name
import dns.node
import dns.rdataset
import dns.rdatatype
import dns.rdtypes.ANY.DNSKEY
import dns.rdtypes.ANY.DS
import dns.rdtypes.ANY.RRSIG
import dns.rrset
from dns.dnssectypes import Algorithm, DSDigest

Status = Literal["secure", "insecure", "bogus", "indeterminate"]
Key = dns.rdtypes.ANY.DNSKEY.DNSKEY

SUPPORTED = frozenset(
    {
        Algorithm.RSASHA1, Algorithm.RSASHA1NSEC3SHA1, Algorithm.RSASHA256, Algorithm.RSASHA512,
        Algorithm.ECDSAP256SHA256, Algorithm.ECDSAP384SHA384, Algorithm.ED25519, Algorithm.ED448,
    }
)  # fmt: skip
DIGESTS = {DSDigest.SHA1: "SHA1", DSDigest.SHA256: "SHA256", DSDigest.SHA384: "SHA384"}
# Keys of one tag and signatures over one set may be made by the hundred, to keep a validator busy for minutes.
_MOST_KEYS = 4
_MOST_SIGNATURES = 8  # Signatures tried over one set, the last to expire first. Later ones are not tried.
# Signatures tried in one look. Past them the look is a limit of ours, not a fault of the zone.
_MOST_TRIED = 600
# Flags and protocol of a key (RFC 4034, 2.1; RFC 5011, 7).
_ZONE_KEY, _REVOKED, _PROTOCOL = 0x0100, 0x0080, 3


class SignatureLimit(Exception):
    """More signatures than are tried for one look."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that may sign for a zone."""

    apex: dns.name.Name
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """fault: "" when it is signed. labels: of the wildcard that the set was made from; None when from none."""

    fault: str
    labels: int | None = None


class SignatureVerifier:
    """Tries signatures, each once, and not more than a bound. What it answers does not depend on time."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], bool] = {}

    def holds(self, rrset: dns.rrset.RRset, rrsig: dns.rdtypes.ANY.RRSIG.RRSIG, key: Key) -> bool:
        at = (rrset.name, rrset.rdtype, frozenset(rrset), rrsig, key)
        if at not in self._known:
            if len(self._known) >= _MOST_TRIED:
                raise SignatureLimit
            self._known[at] = _holds(rrset, rrsig, key)
        return self._known[at]


def _holds(rrset: dns.rrset.RRset, rrsig: dns.rdtypes.ANY.RRSIG.RRSIG, key: Key) -> bool:
    keys: dict[dns.name.Name, dns.node.Node | dns.rdataset.Rdataset] = {
        rrsig.signer: dns.rdataset.from_rdata(0, key)
    }
    try:
        # the time of the judgement is held against the window elsewhere, so here it is one inside it
        dns.dnssec.validate_rrsig(rrset, rrsig, keys, now=rrsig.inception)
    except Exception:  # hostile bytes: a key or signature that cannot be tried signs nothing
        return False
    return True


def usable(keys: Iterable[Key]) -> tuple[Key, ...]:
    """Keys that may sign for their zone."""
    return tuple(
        key
        for key in keys
        if key.flags & _ZONE_KEY
        and not key.flags & _REVOKED
        and key.protocol == _PROTOCOL
        and key.algorithm in SUPPORTED
    )


def matches(ds: dns.rdtypes.ANY.DS.DS, owner: dns.name.Name, key: Key) -> bool:
    if ds.algorithm != key.algorithm or ds.key_tag != dns.dnssec.key_id(key):
        return False
    made = dns.dnssec.make_ds(owner, key, DIGESTS[ds.digest_type], policy=dns.dnssec.allow_all_policy)
    return made.digest == ds.digest


def signed(
    rrset: dns.rrset.RRset,
    section: Sequence[dns.rrset.RRset],
    zone: Keys,
    at: float,
    verifier: SignatureVerifier,
) -> Signed:
    """Whether a set is signed by the zone at a time. section: where its signatures stand too. Raises SignatureLimit."""
    found = next(
        (
            r
            for r in section
            if r.rdtype == dns.rdatatype.RRSIG and r.covers == rrset.rdtype and r.name == rrset.name
        ),
        (),
    )
    own = [rrsig for rrsig in found if isinstance(rrsig, dns.rdtypes.ANY.RRSIG.RRSIG)]
    if not own:
        return Signed("signature_missing")
    fault = "signature_wrong"
    # newest first: the bound must not hide the one that counts behind old ones
    for rrsig in sorted(own, key=lambda sig: (-sig.expiration, sig.to_digestable()))[:_MOST_SIGNATURES]:
        if rrsig.signer != zone.apex or rrsig.algorithm not in SUPPORTED:
            continue
        if not any(verifier.holds(rrset, rrsig, key) for key in _candidates(rrsig, zone)):
            continue
        if rrsig.inception <= at <= rrsig.expiration:
            return Signed("", _wildcard(rrset.name, rrsig.labels))
        fault = "signature_expired" if at > rrsig.expiration else "signature_early"
    return Signed(fault)


def _candidates(rrsig: dns.rdtypes.ANY.RRSIG.RRSIG, zone: Keys) -> list[Key]:
    same = [
        key
        for key in zone.keys
        if key.algorithm == rrsig.algorithm and dns.dnssec.key_id(key) == rrsig.key_tag
    ]
    return same[:_MOST_KEYS]


def _wildcard(name: dns.name.Name, labels: int) -> int | None:
    own = len(name) - 1 - name.is_wild()
    return labels if labels < own else None
