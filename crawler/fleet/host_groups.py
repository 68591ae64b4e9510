"""Which agencies have to be visited by one process: those that share a host or an address.

Pure. A host group is a connected component of agencies, hosts and addresses; it is never split, so that no address
meets two processes at once. Not here: finding addresses out, and which process takes which host group (`crawler.fleet.sharding`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgencySite:
    """What is known of an agency's portal before it is visited.

    hosts: host name to the address it stands for; None where it has none, or one that says nothing because thousands
    of unrelated portals have it. pages: how many are expected.
    """

    agency: str
    hosts: Mapping[str, str | None]
    pages: int


@dataclass(frozen=True, slots=True)
class SharedHost:
    """A host or an address, and the agencies that it serves. pages: expected of all of them together."""

    name: str
    agencies: tuple[str, ...]
    pages: int


@dataclass(frozen=True, slots=True)
class HostGroup:
    """agencies: most pages first. pages: of all. places: its hosts and addresses, the one of most pages first."""

    agencies: tuple[str, ...]
    pages: int
    places: tuple[SharedHost, ...]


def host_groups(sites: Sequence[AgencySite]) -> list[HostGroup]:
    """The host groups of a round, most pages first. The order of the sites decides nothing."""
    leader: dict[str, str] = {}

    def lead(node: str) -> str:
        while leader.setdefault(node, node) != node:
            leader[node] = node = leader[leader[node]]
        return node

    for site in sites:
        for place in _places(site):
            leader[lead(place)] = lead(_agency(site))
    members: dict[str, list[AgencySite]] = defaultdict(list)
    for site in sites:
        members[lead(_agency(site))].append(site)
    return sorted(map(_group, members.values()), key=lambda group: (-group.pages, group.agencies))


def _agency(site: AgencySite) -> str:
    return f"agency {site.agency}"


def _places(site: AgencySite) -> Iterable[str]:
    """Names of hosts and addresses as nodes; a literal address as a host is that address."""
    for host, address in site.hosts.items():
        yield f"host {host}"
        if address is not None:
            yield f"address {address}"


def _group(sites: list[AgencySite]) -> HostGroup:
    sites = sorted(sites, key=lambda site: (-site.pages, site.agency))
    at: dict[str, list[AgencySite]] = defaultdict(list)
    for site in sites:
        for place in set(_places(site)):
            at[place].append(site)
    places = [
        SharedHost(
            place.partition(" ")[2], tuple(one.agency for one in there), sum(one.pages for one in there)
        )
        for place, there in at.items()
    ]
    places.sort(key=lambda place: (-place.pages, -len(place.agencies), place.name))
    return HostGroup(tuple(site.agency for site in sites), sum(site.pages for site in sites), tuple(places))
