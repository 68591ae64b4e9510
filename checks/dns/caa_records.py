"""CAA (RFC 8659): who may issue certificates for a host, by its own records or the nearest above it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import dns.rdtypes.ANY.CAA

_ISSUER = re.compile(r"\s*+([A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?)?\s*+(?:;.*)?", re.DOTALL)
_KNOWN = (b"issue", b"issuewild", b"iodef", b"contactemail", b"contactphone", b"issuemail", b"issuevmc")
_CRITICAL = 0x80  # Flag "issuer critical" (RFC 8659, 4.1).
_MOST = 32  # Records of a name. Later ones are not read. By hand.


@dataclass(frozen=True, slots=True)
class Caa:
    """issuers, wildcards: domains of those who may; () with `limited` set means nobody. contact: who is to be told.

    limited: whether records say who may. unknown: a critical tag that forbids all who do not know it.
    malformed: a value that is no issuer, which forbids just as well.
    """

    issuers: tuple[str, ...]
    limited: bool
    wildcards: tuple[str, ...]
    contact: bool
    unknown: bool
    malformed: bool


def read_caa(records: Iterable[dns.rdtypes.ANY.CAA.CAA]) -> Caa:
    found: dict[bytes, list[str | None]] = {b"issue": [], b"issuewild": []}
    contact = unknown = False
    for record in sorted(records, key=lambda record: record.to_digestable())[:_MOST]:
        tag = record.tag.lower()
        if tag in found:
            found[tag].append(_issuer(record.value))
        contact |= tag == b"iodef"
        unknown |= bool(record.flags & _CRITICAL) and tag not in _KNOWN
    issue, wild = found[b"issue"], found[b"issuewild"]
    return Caa(
        issuers=_domains(issue),
        limited=bool(issue),
        wildcards=_domains(wild or issue),
        contact=contact,
        unknown=unknown,
        malformed=None in issue or None in wild,
    )


def _issuer(value: bytes) -> str | None:
    """Domain of an issuer, "" for nobody; None for what is no value of this kind."""
    match = _ISSUER.fullmatch(value.decode("latin-1"))
    return None if match is None else (match[1] or "").lower()


def _domains(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value}))
