"""Which hosts are an agency's own: one answer for crawler, checks and reports. Pure.

`declared_hosts`    what the round's files name; `tls_services` the same with ports
`own_hosts`         the same with and without www: what is crawled, and whose pages are the agency's
`HostOwners`        whose any host is, also one that nobody declared: tells an agency's system from a stranger's

Not here: what a domain is (`web.domains`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from claims.model import Agency, Round
from web.domains import registrable_domain
from web.urls import absolute, host, host_port


def declared_hosts(agency: Agency) -> tuple[str, ...]:
    """Host names as declared, without guesses, the portal's first."""
    return tuple(dict.fromkeys(map(host, _urls(agency))))


def tls_services(agency: Agency) -> tuple[tuple[str, int], ...]:
    """(host, port) of every TLS service that is declared: 443 of each host, and an own port."""
    own_ports = [host_port(url) for url in _urls(agency) if url.startswith("https:")]
    return tuple(dict.fromkeys([*((name, 443) for name in declared_hosts(agency)), *own_ports]))


def own_hosts(agency: Agency) -> frozenset[str]:
    """The declared host names, each with and without www."""
    return frozenset(name for bare in _bare(agency) for name in (bare, f"www.{bare}"))


def _urls(agency: Agency) -> list[str]:
    entries = (entry if "://" in entry else f"https://{entry}/" for entry in (agency.portal, *agency.hosts))
    urls = (absolute(entry, "") for entry in entries)
    return [url for url in urls if url is not None and host(url)]


def _bare(agency: Agency) -> Iterator[str]:
    return (name.removeprefix("www.") for name in declared_hosts(agency))


class HostOwners:
    """The agencies of a round by the hosts and the domains that they declared."""

    def __init__(self, round: Round) -> None:
        self._of_host: defaultdict[str, set[str]] = defaultdict(set)
        self._of_domain: defaultdict[str, set[str]] = defaultdict(set)
        for agency in round.agencies:
            for name in _bare(agency):
                self._of_host[name].add(agency.id)
                if (domain := registrable_domain(name)) is not None:
                    self._of_domain[domain].add(agency.id)

    def is_of_others(self, agency: Agency, name: str) -> bool:
        """Whether others declared a host, and the agency did not."""
        owners = self._of_host.get(name.removeprefix("www."))
        return owners is not None and agency.id not in owners

    def owns(self, agency: Agency, name: str) -> bool:
        """Whether a host is the agency's: a declared one, one below it, or one of the portal's registrable domain.

        What another agency declared is that agency's, and a domain in which several have hosts is nobody's alone.
        """
        if owners := self._of_host.get(name.removeprefix("www.")):
            return agency.id in owners
        domain = registrable_domain(name)
        if domain is None:  # an address, or a suffix below which anybody registers
            return False
        if any(name.endswith(f".{own}") and registrable_domain(own) is not None for own in _bare(agency)):
            return True
        of_portal = registrable_domain(host(agency.portal))
        return domain == of_portal and self._of_domain[domain] == {agency.id}
