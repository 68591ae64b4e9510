"""Which resolvers are asked about DNS: those of the round, else the system's. Not here: asking them."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from claims.model import NetworkSettings
from crawler.politeness.policy import NOWHERE, AddressRefused, canonical
from web.urls import literal

SYSTEM = Path("/etc/resolv.conf")
_PORT = 53
_MOST = 3


@dataclass(frozen=True, slots=True)
class ResolverAddress:
    """A resolver: a literal address and a port. Both UDP and TCP."""

    address: str
    port: int

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class ResolverList:
    """source: who named them. servers: in the order in which they are asked; () when nobody is."""

    source: Literal["round", "system"]
    servers: tuple[ResolverAddress, ...]

    def may_ask(self, name: str, network: NetworkSettings) -> bool:
        """Whether these may be asked about a host.

        A name that the round maps to an address, or that no public DNS holds, is known only to a resolver that the
        round names too.
        """
        try:
            host = canonical(name)
        except AddressRefused:
            return False
        if not self.servers or literal(host) is not None or "." not in host:
            return False
        if self.source == "round":
            return True
        mapped = {key.partition(":")[0].rstrip(".").lower() for key in network.hosts}
        return host not in mapped and host.rpartition(".")[2] not in NOWHERE


def resolvers_of(network: NetworkSettings, system: Path = SYSTEM) -> ResolverList:
    """system: a file as resolv.conf(5) has it."""
    if network.resolvers is not None:
        return ResolverList("round", tuple(_server(text) for text in network.resolvers))
    return ResolverList("system", _system_servers(system))


def _server(text: str) -> ResolverAddress:
    if literal(text) is not None:
        return ResolverAddress(str(literal(text)), _PORT)
    address, _, port = text.rpartition(":")
    return ResolverAddress(address.strip("[]"), int(port))


def _system_servers(path: Path) -> tuple[ResolverAddress, ...]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    named = [words[1] for words in map(str.split, lines) if len(words) > 1 and words[0] == "nameserver"]
    servers = []
    for text in named[:_MOST]:
        try:
            ipaddress.ip_address(text)
        except ValueError:  # the C library leaves such a line out too
            continue
        servers.append(ResolverAddress(text, _PORT))
    return tuple(servers)
