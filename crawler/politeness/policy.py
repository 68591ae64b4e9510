"""Which address a name stands for, and whether we may connect to it: one policy for every door of the crawl.

The fetcher, the browser's guard proxy and the TLS prober all ask here before they connect, and connect to the
answer, so that no redirect, literal address or rebinding name leads inside the auditor's own network, to the machine
itself at a public address of it (`crawler.politeness.own_addresses`), or to a cloud's metadata service (`crawler/politeness/data/metadata.toml`).
Not here: connecting.
"""

from __future__ import annotations

import ipaddress
import socket
import time
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import resources

import ada_url

from claims.model import NetworkSettings
from crawler.politeness.own_addresses import is_own
from evidence.kinds.http import Failure
from web.urls import literal

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# RFC 6761, RFC 6762, RFC 7686, RFC 9476, and `internal`, which ICANN keeps for private use (resolution 2024.07.29.06):
# names under these exist in no public DNS, so no resolver is asked.
NOWHERE = ("test", "invalid", "example", "localhost", "local", "onion", "alt", "internal")

# Lists of our own, because `ipaddress.is_global` changed between the Python versions we run on.
_INSIDE_4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
    ).split()
)
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
_INSIDE_6 = tuple(ipaddress.IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "3fff::/20"))
_SIXTOFOUR = ipaddress.IPv6Network("2002::/16")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

_CLOUDS = tomllib.loads(
    (resources.files("crawler.politeness") / "data" / "metadata.toml").read_text("utf-8")
).values()
_METADATA = frozenset(ipaddress.ip_address(text) for cloud in _CLOUDS for text in cloud["addresses"])
_METADATA_NAMES = frozenset(str(name) for cloud in _CLOUDS for name in cloud["names"])

# "Bad ports" of the Fetch standard: other protocols listen there (mail, shells, files), and no browser asks them.
BAD_PORTS = frozenset(
    map(
        int,
        "0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 "
        "119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 "
        "989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 "
        "10080".split(),
    )
)

# A name that did not resolve is asked again after this many seconds: a second visit must be a second look,
# but a page with a hundred links to one dead host should not ask a hundred times.
_FAILURE_KEPT = 2.0
# Names whose addresses are remembered. Past them failures are forgotten, and new names asked each time. For memory.
_CACHE_LIMIT = 100_000


class AddressRefused(Exception):
    """The policy gives no address. `failure` is "dns", "resolver", "private_address", "bad_port" or "own_error"."""

    def __init__(self, failure: Failure, detail: str) -> None:
        super().__init__(f"{failure}: {detail}")
        self.failure: Failure = failure
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect: a literal address, so that nothing is resolved a second time."""

    address: str
    port: int


def plain(address: Address) -> Address:
    """The IPv4 address that one of IPv6 leads to (v4-mapped, NAT64, 6to4), else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _SIXTOFOUR:
        return ipaddress.IPv4Address((int(address) >> 80) & 0xFFFFFFFF)
    return address


def is_inside(address: Address) -> bool:
    """Private, loopback, link-local, shared (CGNAT), documentation, multicast or reserved (Teredo among them)."""
    address = plain(address)
    if isinstance(address, ipaddress.IPv4Address):
        return any(address in network for network in _INSIDE_4)
    return address not in _GLOBAL_6 or any(address in network for network in _INSIDE_6)


def is_metadata(address: Address) -> bool:
    """Of a cloud's metadata service."""
    return plain(address) in _METADATA


def canonical(host: str) -> str:
    """A host as the URL Standard writes it: lower case, punycode, dotted decimal; no trailing dot, no brackets.

    Raises AddressRefused("dns") for what is no host name at all.
    """
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    if not host or len(host) > 255 or any(sign in host for sign in "/\\?#@"):
        raise AddressRefused("dns", "no host name")
    try:
        parsed = str(ada_url.URL(f"http://{host}/").hostname)
    except ValueError:
        raise AddressRefused("dns", "no host name") from None
    return parsed.strip("[]").removesuffix(".")


def choose(addresses: Iterable[Address], allow_private: bool) -> tuple[Address, ...]:
    """The addresses to use of those a resolver gave: IPv4 before IPv6, never one that is inside unless that is allowed,
    never one of a metadata service.

    A v4-mapped address is the one of IPv4: one machine has one name. Raises AddressRefused where none is left.
    """
    named = ((address.version == 6 and address.ipv4_mapped) or address for address in addresses)
    usable = dict.fromkeys(
        address for address in named if not is_metadata(address) and (allow_private or not is_inside(address))
    )
    if not usable:
        raise AddressRefused("private_address", "every address of the name is private")
    return tuple(sorted(usable, key=lambda address: address.version))


def system_lookup(name: str) -> Sequence[Address]:
    """Ask the system's resolver. The trailing dot keeps its search list from inventing names."""
    for attempt in (1, 2):
        try:
            answers = socket.getaddrinfo(f"{name}.", None, type=socket.SOCK_STREAM)
            break
        except socket.gaierror as error:
            if error.errno in (socket.EAI_NONAME, socket.EAI_NODATA):
                raise AddressRefused("dns", str(error.strerror)) from None
            if attempt == 2:
                raise AddressRefused("resolver", str(error.strerror)) from None
        except (UnicodeError, OSError) as error:
            raise AddressRefused("dns", type(error).__name__) from None
    return [ipaddress.ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers]


class AddressPolicy:
    """Resolves a name once per crawl and refuses what lies inside. Blocking; safe to call from threads.

    Whether an address is the machine's own is asked each time, for it may have become so since.
    """

    def __init__(
        self,
        network: NetworkSettings,
        *,
        lookup: Callable[[str], Sequence[Address]] = system_lookup,
        own: Callable[[Address], bool] = is_own,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.content_delivery = network.content_delivery
        self._allow_private = network.allow_private
        self._mapping = {_mapping_key(name): target for name, target in network.hosts.items()}
        self._ports: dict[str, list[int]] = {}
        for key in self._mapping:
            name, _, port = key.rpartition(":")
            if name and port.isdigit():
                self._ports.setdefault(name, []).append(int(port))
        self._lookup = lookup
        self._own = own
        self._clock = clock
        self._found: dict[str, tuple[Address, ...]] = {}
        self._failed: dict[str, tuple[float, AddressRefused]] = {}

    def resolve(self, host: str, port: int) -> Endpoint:
        """Where to connect for `host:port`; raises AddressRefused."""
        return self.endpoints(host, port)[0]

    def endpoints(self, host: str, port: int) -> tuple[Endpoint, ...]:
        """Every place that `host:port` stands for, that of `resolve` first; raises AddressRefused."""
        if port in BAD_PORTS:
            raise AddressRefused("bad_port", "no browser asks this port")
        name = canonical(host)
        target = self._mapping.get(f"{name}:{port}") or self._mapping.get(name)
        if target is not None:
            address, port = _mapped(target, port)
            found = choose([address], self._allow_private)
        elif (literally := literal(name)) is not None:
            found = choose([literally], self._allow_private)
        elif name in _METADATA_NAMES:
            raise AddressRefused("private_address", "the name is that of a metadata service")
        else:
            found = self._resolve_name(name)
        return tuple(Endpoint(str(one), port) for one in self._of_others(found))

    def address_of(self, host: str) -> str:
        """The address of a host, at whatever port it serves; raises AddressRefused."""
        name = canonical(host)
        refused = AddressRefused("dns", "no host name")
        for port in (*self._ports.get(name, ()), 443):
            try:
                return self.resolve(name, port).address
            except AddressRefused as refusal:
                refused = refusal
        raise refused

    def known(self, host: str, port: int) -> Endpoint | None:
        """The same where it is known without asking a resolver; None where one has to be asked. Raises AddressRefused."""
        name = canonical(host)
        if name in self._found or f"{name}:{port}" in self._mapping or name in self._mapping:
            return self.resolve(host, port)
        return self.resolve(host, port) if literal(name) is not None else None

    def _of_others(self, found: tuple[Address, ...]) -> tuple[Address, ...]:
        """Without the addresses of this machine. Raises AddressRefused where none is left."""
        if self._allow_private:
            return found
        try:
            usable = tuple(address for address in found if not self._own(plain(address)))
        except OSError as error:
            # Better no visit than one to ourselves.
            detail = f"the system does not say which addresses are its own: {error}"
            raise AddressRefused("own_error", detail) from None
        if not usable:
            raise AddressRefused("private_address", "every address of the name is one of this machine")
        return usable

    def _resolve_name(self, name: str) -> tuple[Address, ...]:
        known = self._found.get(name)
        if known is not None:
            return known
        failed = self._failed.get(name)
        if failed is not None and self._clock() - failed[0] < _FAILURE_KEPT:
            raise AddressRefused(failed[1].failure, failed[1].detail)
        try:
            chosen = choose(self._ask(name), self._allow_private)
        except AddressRefused as refusal:
            if len(self._failed) >= _CACHE_LIMIT:
                self._failed.clear()
            self._failed[name] = (self._clock(), refusal)
            raise
        if len(self._found) >= _CACHE_LIMIT:
            return chosen
        # Two threads may have asked at once: the first answer stands for the whole crawl.
        return self._found.setdefault(name, chosen)

    def _ask(self, name: str) -> Sequence[Address]:
        if name == "localhost":
            return [ipaddress.IPv4Address("127.0.0.1")]
        if name.rpartition(".")[2] in NOWHERE:
            raise AddressRefused("dns", "the name is reserved and not mapped")
        return self._lookup(name)


def _mapped(target: str, port: int) -> tuple[Address, int]:
    """`address` or `address:port` of the `hosts` mapping."""
    address = literal(target)
    if address is None:
        text, _, own_port = target.rpartition(":")
        address = literal(text)
        if address is None or not own_port.isdigit():
            raise AddressRefused("resolver", "the hosts mapping gives no address")
        port = int(own_port)
    return address, port


def _mapping_key(name: str) -> str:
    """`Name:443` and `name.` as `resolve` will ask for them; what is no host name is kept and never asked for."""
    host, mark, port = name.rpartition(":")
    if not (mark and port.isdigit() and (host.startswith("[") or ":" not in host)):
        host, mark, port = name, "", ""
    try:
        return canonical(host) + mark + port
    except AddressRefused:
        return name
