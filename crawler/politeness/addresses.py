"""How many requests an address gets at once, and in a delay, from all its hosts together: agencies share hosting.

First come, first served. A place that was used stays taken for the delay of the round, so that six hundred names of one
machine ask it no faster than a few. Exempt are loopback and networks of content delivery (`crawler/politeness/data/cdn_networks.toml`, and
`network.content_delivery` of a round), where an address is no machine. Not here: delay and limit of one host (`crawler.politeness.host_slot`).
"""

from __future__ import annotations

import heapq
import ipaddress
import itertools
import tomllib
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import resources

from crawler.jobs import Job
from crawler.politeness.host_slot import HostSlot, Permit

HOSTS_AT_ONCE = 8  # an address gets this many times `per_host`

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_LOOPBACK: tuple[Network, ...] = (ipaddress.IPv4Network("127.0.0.0/8"), ipaddress.IPv6Network("::1/128"))


@dataclass(slots=True, eq=False)
class AddressState:
    """in_flight: places taken, those kept for a host that was called included. line: hosts that wait for one."""

    limit: int
    in_flight: int = 0
    line: deque[HostSlot] = field(default_factory=deque)

    @property
    def free(self) -> bool:
        """Whether a host that comes now may go at once: nobody passes those in line."""
        return self.in_flight < self.limit and not self.line


class KnownAddresses:
    """Every address that a host was reached at."""

    def __init__(self, limit: int, exempt: Iterable[Network]) -> None:
        self._limit = limit
        self._exempt = tuple(exempt)
        self._known: dict[str, AddressState | None] = {}

    def of(self, text: str) -> AddressState | None:
        """None: its requests are not counted."""
        if text not in self._known:
            self._known[text] = None if within(text, self._exempt) else AddressState(self._limit)
        return self._known[text]


class AddressCapacity:
    """Which hosts use which address. call: a host that waited in a line has a place now."""

    def __init__(self, addresses: KnownAddresses, call: Callable[[HostSlot], None]) -> None:
        self._addresses = addresses
        self._call = call
        self._address: dict[HostSlot, AddressState] = {}
        self._called: dict[HostSlot, AddressState] = {}
        self._taken: dict[Job | Permit, AddressState] = {}
        self._resting: list[tuple[float, int, AddressState]] = []
        self._order = itertools.count()

    def rested(self, now: float) -> float | None:
        """Free the places whose time has come. When that of the next one comes; None when none rests."""
        while self._resting and self._resting[0][0] <= now:
            self._free(heapq.heappop(self._resting)[2])
        return self._resting[0][0] if self._resting else None

    def free_for(self, slot: HostSlot) -> bool:
        """Whether the host's address, as far as it is known, takes one more of it."""
        address = self._address.get(slot)
        return address is None or slot in self._called or address.free

    def stand_in_line(self, slot: HostSlot) -> None:
        self._address[slot].line.append(slot)

    def take(self, slot: HostSlot, visit: Job | Permit) -> None:
        address = self._called.pop(slot, None)
        if address is None:
            address = self._address.get(slot)
            if address is None:
                return
            address.in_flight += 1
        self._taken[visit] = address

    def leave(self, visit: Job | Permit, until: float = 0.0) -> None:
        """until: when the place may be taken again; `rested` frees it then."""
        address = self._taken.pop(visit, None)
        if address is not None:
            heapq.heappush(self._resting, (until, next(self._order), address))

    def pass_on(self, slot: HostSlot) -> None:
        """A host that was called and had nothing to send: the next in line."""
        self._free(self._called.pop(slot, None))

    def reached(self, slot: HostSlot, job: Job, text: str) -> bool:
        """A job of the host is about to connect there. False: there is no place for it."""
        address = self._addresses.of(text)
        if self._taken.get(job) is address:
            return True
        self._free(self._taken.pop(job, None))
        if address is None:
            self._address.pop(slot, None)
            return True
        self._address[slot] = address
        if not address.free:
            return False
        self.take(slot, job)
        return True

    def _free(self, address: AddressState | None) -> None:
        if address is None:
            return
        if not address.line:
            address.in_flight -= 1
            return
        slot = address.line.popleft()
        self._called[slot] = address
        self._call(slot)


def within(text: str, networks: Iterable[Network]) -> bool:
    """Whether an address is of one of the networks."""
    address = ipaddress.ip_address(text)
    plain = getattr(address, "ipv4_mapped", None) or address
    return any(plain in network for network in networks)


def content_delivery(more: Iterable[str] = ()) -> tuple[Network, ...]:
    """The networks that the shipped list names, and those that a round adds."""
    source = resources.files("crawler.politeness").joinpath("data/cdn_networks.toml").read_text("utf-8")
    lists = tomllib.loads(source).values()
    shipped = (text for given in lists for text in given["networks"])
    return tuple(ipaddress.ip_network(text) for text in (*shipped, *more))


def exempt_networks(more: Iterable[str] = ()) -> tuple[Network, ...]:
    """Loopback, and networks of content delivery."""
    return _LOOPBACK + content_delivery(more)
