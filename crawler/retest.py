"""What a re-test visits: the addresses of one claim, for the reply of its agency. A record, without behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Retest:
    """number: counted over the round, from 1. kind, subject: "service" or "dataset", and its id.

    addresses: visited beside those that are claimed: what earlier findings of the subject rest on.
    replies: ids of the replies that it is made for. entries, head: lines of the ledger of replies by then, and the
    SHA-256 of the last one, None where there is none.
    """

    number: int
    agency: str
    kind: str
    subject: str
    addresses: tuple[str, ...]
    replies: tuple[str, ...] = ()
    entries: int = 0
    head: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As the plan of its run has it."""
        return {
            "number": self.number,
            "agency": self.agency,
            "subject": {"kind": self.kind, "id": self.subject},
            "addresses": list(self.addresses),
            "replies": list(self.replies),
            "entries": {"count": self.entries, "head": self.head},
        }

    @classmethod
    def from_json(cls, plan: Mapping[str, Any]) -> Retest:
        """Raises KeyError or TypeError where it is no plan of one."""
        return cls(
            plan["number"],
            plan["agency"],
            plan["subject"]["kind"],
            plan["subject"]["id"],
            tuple(plan["addresses"]),
            tuple(plan["replies"]),
            plan["entries"]["count"],
            plan["entries"]["head"],
        )
