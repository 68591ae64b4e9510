"""Which hosts of an agency are judged."""

from __future__ import annotations

from claims.model import Agency
from web.urls import absolute, host, host_port


def declared(agency: Agency) -> tuple[tuple[str, int], ...]:
    """(name, port) of every host to judge: 443 of each, and an own port where one is declared."""
    urls = [
        absolute(entry if "://" in entry else f"https://{entry}/", "")
        for entry in (agency.portal, *agency.hosts)
    ]
    named = [url for url in urls if url is not None and host(url)]
    own_ports = [host_port(url) for url in named if url.startswith("https:")]
    return tuple(dict.fromkeys([*((host(url), 443) for url in named), *own_ports]))
