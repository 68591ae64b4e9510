"""One look at a host in the DNS, read back from its capture: answers as messages, each held to its question again."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from evidence.records import Capture

_FINE = (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
_MOST_BYTES = 64 * 1024  # Bytes of an answer: what a DNS message can have over TCP
_MOST_ALIASES = 8  # Aliases followed in a row. Past them the name is not resolved. By hand.

Sets = list[dns.rrset.RRset]


@dataclass(frozen=True, slots=True)
class ReceivedAnswer:
    """What came of one question. failure: why it says nothing; None when it says what there is, or that nothing is."""

    failure: str | None
    records: Sets
    authority: Sets

    def find(self, name: dns.name.Name, kind: str) -> dns.rrset.RRset | None:
        """The set of this very name and type."""
        wanted = dns.rdatatype.from_text(kind)
        return next((r for r in self.records if r.name == name and r.rdtype == wanted), None)

    def names(self, name: dns.name.Name) -> Iterator[dns.name.Name]:
        """The name, and those that it is an alias of, in order."""
        seen = [name]
        while len(seen) <= _MOST_ALIASES:
            yield seen[-1]
            alias = self.find(seen[-1], "CNAME")
            if alias is None or alias[0].target in seen:
                return
            seen.append(alias[0].target)

    def followed(self, name: dns.name.Name, kind: str) -> dns.rrset.RRset | None:
        """The set of the name, or of what it is an alias of."""
        return next((found for at in self.names(name) if (found := self.find(at, kind)) is not None), None)


@dataclass(frozen=True, slots=True)
class DnsLook:
    """One capture. apex: the zone that the host lies in; None when it could not be told."""

    capture: Capture
    host: dns.name.Name
    apex: dns.name.Name | None
    limited: bool
    failure: str | None
    source: str
    resolvers: tuple[str, ...]
    answers: Mapping[tuple[dns.name.Name, str], ReceivedAnswer]

    def answer(self, name: dns.name.Name, kind: str) -> ReceivedAnswer:
        """An answer that says nothing where the question was not asked."""
        found = self.answers.get((name, kind))
        return found or ReceivedAnswer("limit" if self.limited else "not_attempted", [], [])

    @property
    def usable(self) -> bool:
        """Whether the resolver answered for the host at all."""
        return self.failure in (None, "dns")


def read_look(capture: Capture, body: bytes) -> DnsLook:
    content = json.loads(body)
    host = dns.name.from_text(content["name"])
    apex = dns.name.from_text(content["apex"]) if content["apex"] else None
    answers = {}
    for item in content["answers"]:
        name = dns.name.from_text(item["name"])
        answers[name, item["type"]] = _read_answer(item, name)
    return DnsLook(
        capture=capture,
        host=host,
        apex=apex if apex is not None and host.is_subdomain(apex) else None,
        limited=bool(content["limited"]),
        failure=content["failure"],
        source=content["source"],
        resolvers=tuple(content["resolvers"]),
        answers=answers,
    )


def _read_answer(item: Mapping[str, Any], name: dns.name.Name) -> ReceivedAnswer:
    """What the resolver says of itself, the AD bit, is not looked at: it may say anything."""
    failure = item["failure"]
    message = None
    if failure is None:
        try:
            message = _parsed(item, name)
        except (dns.exception.DNSException, ValueError, binascii.Error):
            message = None
        failure = None if message is not None else "protocol"
    if message is None:
        return ReceivedAnswer(failure, [], [])
    if message.rcode() not in _FINE:
        return ReceivedAnswer("resolver", [], [])
    return ReceivedAnswer(
        None,
        [rrset for rrset in message.answer if rrset.rdclass == dns.rdataclass.IN],
        [rrset for rrset in message.authority if rrset.rdclass == dns.rdataclass.IN],
    )


def _parsed(item: Mapping[str, Any], name: dns.name.Name) -> dns.message.Message | None:
    """None when it is no answer to the question that was sent."""
    wire = base64.b64decode(item["received"], validate=True)
    sent = base64.b64decode(item["sent"], validate=True)
    if len(wire) > _MOST_BYTES or wire[:2] != sent[:2]:
        return None
    try:
        message = dns.message.from_wire(wire)
    except Exception:  # hostile bytes: whatever the reader raises, they cannot be read
        return None
    asked = [(q.name, q.rdtype, q.rdclass) for q in message.question]
    wanted = [(name, dns.rdatatype.from_text(item["type"]), dns.rdataclass.IN)]
    return message if message.flags & dns.flags.QR and asked == wanted else None
