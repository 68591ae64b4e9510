"""The rules about hosts in the DNS: each reads one look and says what it found. Facts: they move no score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dns.name
import dns.rdtypes.ANY.CAA

from checks.dns.evidence import Seen, Untold
from checks.dns.look import Answer


@dataclass(frozen=True, slots=True)
class Told:
    """faults: codes with texts in `dns_fault`. figures: what was seen."""

    faults: tuple[str, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)


def apex_of(seen: Seen) -> dns.name.Name:
    """The zone that the host lies in; raises Untold where that could not be told."""
    if seen.look.apex is None:
        seen.answer(seen.look.host, "SOA")
        raise Untold("limit" if seen.look.limited else "no_match")
    return seen.look.apex


def answered(seen: Seen, policy: dns.name.Name) -> Answer:
    return seen.answer(policy, "TXT")
