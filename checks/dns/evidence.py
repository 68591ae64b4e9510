"""What was recorded of a host in the DNS, read and validated once for all checks about it."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dns.name
import dns.rdatatype

from checks.case import Case
from checks.dns.anchors import Anchors, of_file, shipped
from checks.dns.look import DnsLook, ReceivedAnswer, read_look
from checks.dns.signatures import SignatureVerifier
from checks.dns.status import Security, security
from checks.page.wordlist import table
from evidence.kinds.dns import DnsFacts
from evidence.records import Capture
from web.domains import registrable_domain

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Why a resolver's silence or refusal leaves things open, in the reasons of services.
_REASONS = {
    "timeout": "unreachable",
    "refused": "unreachable",
    "reset": "unreachable",
    "resolver": "unreachable",
    "too_large": "limit",
    "limit": "limit",
    "not_attempted": "not_attempted",
}


class Undecided(Exception):
    """Nothing can be told, for a reason of the closed list."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ValidatedLook:
    """One look, validated. now: at the time of judgement. then: at the time when it was looked."""

    look: DnsLook
    now: Security
    then: Security

    @property
    def credible(self) -> bool:
        """Whether the resolver gave the root's keys as they are: of one that does not, nothing is believed.

        A captive network or a filter says of every name what it likes, also that there is no such name.
        """
        return not self.then.host.fault.startswith("root_")

    @property
    def zone(self) -> dns.name.Name:
        """The zone that the host lies in; raises Undecided where that could not be told."""
        if self.look.apex is None:
            self.answer(self.look.host, "SOA")
            raise Undecided("limit" if self.look.limited else "no_match")
        return self.look.apex

    def answer(self, name: dns.name.Name, kind: str) -> ReceivedAnswer:
        """An answer that may be believed; raises Undecided."""
        if not self.credible:
            raise Undecided("own_error")
        found = self.look.answer(name, kind)
        if found.failure is not None:
            raise Undecided(reason_of(found.failure))
        status = self.then.answers.get((name, kind))
        if status is not None and status.status == "bogus":
            raise Undecided("ambiguous")  # what does not validate may be anybody's
        return found


def reason_of(failure: str) -> str:
    """Anything but a silence or a refusal of the resolver is ours, or between us and it."""
    return _REASONS.get(failure, "own_error")


def anchors(case: Case) -> Anchors:
    path = case.settings.network.dnssec_anchor
    return case.shared.derived("dns.anchors", lambda: shipped() if path is None else of_file(path))


def looks(case: Case, host: str) -> tuple[ValidatedLook, ...]:
    """Looks at a host for this agency, by time."""
    index = case.derived("dns.index", lambda: _index(case))
    return case.derived(("dns.looks", host), lambda: tuple(_seen(case, c) for c in index.get(host, ())))


def _index(case: Case) -> dict[str, list[Capture]]:
    found: dict[str, list[Capture]] = {}
    for capture in case.captures:
        if isinstance(capture.facts, DnsFacts):
            found.setdefault(capture.facts.name, []).append(capture)
    return {name: sorted(captures, key=lambda c: (c.attempt, c.sequence)) for name, captures in found.items()}


def _seen(case: Case, capture: Capture) -> ValidatedLook:
    look = read_look(capture, case.evidence.body(capture.id))
    verifier = SignatureVerifier()
    now, then = (security(look, anchors(case), at.timestamp(), verifier) for at in (case.as_of, capture.time))
    return ValidatedLook(look, now, then)


# what the answers say


def addresses(answer: ReceivedAnswer, name: dns.name.Name, kind: str) -> list[Address]:
    """A or AAAA of a name, or of what it is an alias of; sorted."""
    found = answer.followed(name, kind)
    if found is None:
        return []
    version = 4 if kind == "A" else 6
    parsed = (ipaddress.ip_address(item.address) for item in found)
    return sorted({address for address in parsed if address.version == version}, key=int)


def texts(answer: ReceivedAnswer, name: dns.name.Name) -> list[bytes]:
    """TXT records, each with its strings put together."""
    found = answer.followed(name, "TXT")
    return sorted(b"".join(item.strings) for item in found) if found is not None else []


def as_text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True)


def first_few(values: Sequence[Any], most: int = 10) -> list[str]:
    return [str(value)[:300] for value in values[:most]]


@functools.cache
def _data() -> dict[str, Any]:
    return table("dns/facts.toml")


@functools.cache
def filters() -> tuple[ipaddress.IPv4Network, ...]:
    """Where the national filter leads the names that it answers for."""
    return tuple(ipaddress.IPv4Network(text) for text in _data()["filter"]["networks"])


def is_registry(apex: dns.name.Name) -> bool:
    """Whether a zone holds names of many, so that its own mail is none of the agency's."""
    return registrable_domain(as_text(apex).lower()) is None
