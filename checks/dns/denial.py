"""What a zone proves not to be there: NSEC (RFC 4034, 4035) and NSEC3 (RFC 5155), from records that are signed."""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import dns.dnssec
import dns.name
import dns.rdatatype
import dns.rdtypes.ANY.NSEC
import dns.rdtypes.ANY.NSEC3
import dns.rrset

from checks.dns.signatures import Keys, SignatureVerifier, signed

Nsec = dns.rdtypes.ANY.NSEC.NSEC
Nsec3 = dns.rdtypes.ANY.NSEC3.NSEC3
# nodata: the name is there (or a wildcard stands for it), the type is not. cut: another zone begins, unsigned.
# open: the zone does not say (opt-out, or hashed more often than RFC 9276 lets it), which leaves it unsigned.
Denied = Literal["nodata", "nxdomain", "cut", "open"]

MOST_ITERATIONS = 150  # Above, a name counts as unsigned, as resolvers do (RFC 9276, 3.2).
# Records of denial in one answer. A proof needs three (RFC 5155, 7.2). Later ones are not read.
_MOST_RECORDS = 16
_OPT_OUT = 1  # Flag "opt-out" of NSEC3 (RFC 5155, 3.1.2.1).
_SHA1 = 1  # The only hash of NSEC3 (RFC 5155, 11)


class Proofs:
    """The signed NSEC and NSEC3 records of one answer. fault: of the first that is not signed; else ""."""

    def __init__(
        self, authority: Sequence[dns.rrset.RRset], zone: Keys, at: float, verifier: SignatureVerifier
    ) -> None:
        self._apex = zone.apex
        self.fault = ""
        plain: list[tuple[dns.name.Name, Nsec]] = []
        hashed: list[tuple[dns.name.Name, Nsec3]] = []
        kinds = (dns.rdatatype.NSEC, dns.rdatatype.NSEC3)
        for rrset in [r for r in authority if r.rdtype in kinds][:_MOST_RECORDS]:
            found = signed(rrset, authority, zone, at, verifier)
            if found.fault or found.labels is not None or not rrset.name.is_subdomain(zone.apex):
                self.fault = self.fault or found.fault
                continue
            for item in rrset:
                if isinstance(item, Nsec):
                    plain.append((rrset.name, item))
                elif isinstance(item, Nsec3) and rrset.name.parent() == zone.apex:
                    hashed.append((rrset.name, item))
        self._plain = _Plain(plain, zone.apex)
        self._hashed = _Hashed(hashed, zone.apex)

    def denies(self, name: dns.name.Name, kind: str) -> Denied | None:
        """What is proven of a name and type; None when nothing is."""
        return self._plain.denies(name, kind) or self._hashed.denies(name, kind)

    def nothing_closer(self, name: dns.name.Name, labels: int) -> Literal["yes", "open", "no"]:
        """Whether nothing but the wildcard with so many labels above it answers to a name."""
        closer = name.split(labels + 2)[1]
        if self._plain.covers(closer):
            return "yes"
        return self._hashed.covers(closer)


def _kinds(record: Nsec | Nsec3) -> frozenset[str]:
    found = set()
    for window, bitmap in record.windows:
        for index, octet in enumerate(bitmap):
            for bit in range(8):
                if octet & (0x80 >> bit):
                    found.add(
                        dns.rdatatype.to_text(dns.rdatatype.RdataType.make(window * 256 + index * 8 + bit))
                    )
    return frozenset(found)


def _by_kinds(there: frozenset[str], kind: str, is_root: bool) -> Denied | None:
    """What the list of a name's types proves of one type."""
    if kind in there or "CNAME" in there:
        return None
    if kind == "DS":
        if "SOA" in there and not is_root:
            return None  # the child's own record, which says nothing of what the parent holds
        return "cut" if "NS" in there else "nodata"
    return None if _cuts(there) else "nodata"


def _cuts(there: frozenset[str]) -> bool:
    """Whether what lies below is another zone's, so that this one proves nothing of it."""
    return "NS" in there and "SOA" not in there


class _Plain:
    """NSEC."""

    def __init__(self, records: Iterable[tuple[dns.name.Name, Nsec]], apex: dns.name.Name) -> None:
        self._records = [(owner, record.next, _kinds(record)) for owner, record in records]
        self._apex = apex

    def denies(self, name: dns.name.Name, kind: str) -> Denied | None:
        if (there := self._at(name)) is not None:
            return _by_kinds(there, kind, name == dns.name.root)
        for owner, following, _ in self._covering(name):
            if following.is_subdomain(name):
                return "nodata"  # nothing of its own, only names below it
            encloser = max(_common(name, owner), _common(name, following), key=len)
            wildcard = dns.name.Name((b"*", *encloser.labels))
            if (there := self._at(wildcard)) is not None:
                return _by_kinds(there, kind, False)
            if self.covers(wildcard):
                return "nxdomain"
        return None

    def covers(self, name: dns.name.Name) -> bool:
        return next(self._covering(name), None) is not None

    def _at(self, name: dns.name.Name) -> frozenset[str] | None:
        return next((there for owner, _, there in self._records if owner == name), None)

    def _covering(self, name: dns.name.Name) -> Iterator[tuple[dns.name.Name, dns.name.Name, frozenset[str]]]:
        for owner, following, there in self._records:
            last = following == self._apex  # the last record of a zone leads back to its top
            between = owner < name and (name < following or last)
            elsewhere = name.is_subdomain(owner) and (_cuts(there) or "DNAME" in there)
            if between and not elsewhere and name.is_subdomain(self._apex):
                yield owner, following, there


def _common(one: dns.name.Name, other: dns.name.Name) -> dns.name.Name:
    """The longest name above both."""
    return one.split(one.fullcompare(other)[2])[1]


class _Hashed:
    """NSEC3. Records that do not fit the first one's parameters are another chain's, and left out."""

    def __init__(self, records: Sequence[tuple[dns.name.Name, Nsec3]], apex: dns.name.Name) -> None:
        self._apex = apex
        self._records: list[tuple[bytes, bytes, frozenset[str], bool]] = []
        first = records[0][1] if records else None
        self._unreadable = first is not None and (
            first.algorithm != _SHA1 or first.iterations > MOST_ITERATIONS
        )
        self._salt: bytes = first.salt if first is not None else b""
        self._iterations: int = first.iterations if first is not None else 0
        for owner, record in records:
            if (record.salt, record.iterations, record.algorithm) == (self._salt, self._iterations, _SHA1):
                digest = _digest(owner.labels[0])
                if digest is not None:
                    self._records.append((digest, record.next, _kinds(record), bool(record.flags & _OPT_OUT)))
        self._hash = functools.cache(self._hash_of)

    def _hash_of(self, name: dns.name.Name) -> bytes:
        text = dns.dnssec.nsec3_hash(name, self._salt, self._iterations, _SHA1)
        return base64.b32hexdecode(text)

    def denies(self, name: dns.name.Name, kind: str) -> Denied | None:
        if self._unreadable:
            return "open"
        if not self._records or not name.is_subdomain(self._apex):
            return None
        if (there := self._at(name)) is not None:
            return _by_kinds(there, kind, name == dns.name.root)
        encloser = self._encloser(name)
        if encloser is None:
            return None
        closer = name.split(len(encloser) + 1)[1]
        covering = self._covering(closer)
        if covering is None:
            return None
        if covering[3]:
            return "open"
        wildcard = dns.name.Name((b"*", *encloser.labels))
        if (there := self._at(wildcard)) is not None:
            return _by_kinds(there, kind, False)
        return "nxdomain" if self._covering(wildcard) is not None else None

    def covers(self, name: dns.name.Name) -> Literal["yes", "open", "no"]:
        if self._unreadable:
            return "open"
        covering = self._covering(name) if self._records else None
        if covering is None:
            return "no"
        return "open" if covering[3] else "yes"

    def _encloser(self, name: dns.name.Name) -> dns.name.Name | None:
        """The closest name above that is proven to be there, and to be this zone's."""
        while name != self._apex:
            name = name.parent()
            there = self._at(name)
            if there is not None:
                return None if _cuts(there) or "DNAME" in there else name
        return None

    def _at(self, name: dns.name.Name) -> frozenset[str] | None:
        wanted = self._hash(name)
        return next((there for digest, _, there, _ in self._records if digest == wanted), None)

    def _covering(self, name: dns.name.Name) -> tuple[bytes, bytes, frozenset[str], bool] | None:
        wanted = self._hash(name)
        for record in self._records:
            begin, end = record[0], record[1]
            if begin < wanted < end if begin < end else (wanted > begin or wanted < end):
                return record
        return None


def _digest(label: bytes) -> bytes | None:
    try:
        return base64.b32hexdecode(label.upper())
    except (binascii.Error, ValueError):
        return None
