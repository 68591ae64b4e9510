"""A row of a table of attacks on packs: what is done, what has to be said, and what openssl says of it."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any

Members = dict[str, bytes]
REFUSED = "openssl refuses a signature"


@dataclass(frozen=True, slots=True)
class Attack:
    """named: faults, (file, problem), that are found. alone: and no others. openssl: REFUSED, or why it sees nothing."""

    make: Callable[[Any, Members], Members]
    named: Set[tuple[str, str]]
    openssl: str
    alone: bool = False

    @property
    def name(self) -> str:
        return self.make.__name__
