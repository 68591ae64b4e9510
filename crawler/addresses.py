"""How many requests an address gets at once from all its hosts together: agencies share hosting.

First come, first served. Exempt are loopback and networks of content delivery (`crawler/data/cdn_networks.toml`),
where an address is no machine. Not here: delay and limit of one host (`crawler.host_slot`).
"""

from __future__ import annotations

import ipaddress
import tomllib
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import resources

from crawler.host_slot import HostSlot

HOSTS_AT_ONCE = 8  # an address gets this many times `per_host`

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_LOOPBACK: tuple[Network, ...] = (ipaddress.IPv4Network("127.0.0.0/8"), ipaddress.IPv6Network("::1/128"))


@dataclass(slots=True, eq=False)
class Address:
    """in_flight: seats taken, those kept for a host that was called included. line: hosts that wait for one."""

    limit: int
    in_flight: int = 0
    line: deque[HostSlot] = field(default_factory=deque)

    @property
    def free(self) -> bool:
        """Whether a host that comes now may go at once: nobody passes those in line."""
        return self.in_flight < self.limit and not self.line


class Addresses:
    """Every address that a host was reached at."""

    def __init__(self, limit: int, exempt: Iterable[Network]) -> None:
        self._limit = limit
        self._exempt = tuple(exempt)
        self._known: dict[str, Address | None] = {}

    def of(self, text: str) -> Address | None:
        """None: its requests are not counted."""
        if text not in self._known:
            address = ipaddress.ip_address(text)
            plain = getattr(address, "ipv4_mapped", None) or address
            exempt = any(plain in network for network in self._exempt)
            self._known[text] = None if exempt else Address(self._limit)
        return self._known[text]


def exempt_networks() -> tuple[Network, ...]:
    """Loopback, and what the shipped list names."""
    source = resources.files("crawler").joinpath("data/cdn_networks.toml").read_text("utf-8")
    lists = tomllib.loads(source).values()
    return _LOOPBACK + tuple(ipaddress.ip_network(text) for given in lists for text in given["networks"])
