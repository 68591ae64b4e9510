"""What a portal's own search is asked for: three claimed titles and one word that names nothing. Drawn from the seed.

The crawl asks and the checks judge by the same draw.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from claims.model import Service

MOST_TITLES = 3
_LONGEST = 200
# Letters that make words nobody uses, whatever their order.
_LETTERS = "ژظضغثذخ"
_CONTROL = 9


def searched(agency: str, services: Iterable[Service], seed: int) -> tuple[Service, ...]:
    """At most three of the agency's services, whose titles are asked for, in the order of the draw.

    A draw by hash: one more service in the round moves none of the others.
    """
    named = {
        service.title.strip(): service for service in sorted(services, key=lambda one: one.id, reverse=True)
    }
    drawn = sorted(
        (service for title, service in named.items() if title),
        key=lambda service: _drawn(f"{seed}\x1f{agency}\x1f{service.id}"),
    )
    return tuple(drawn[:MOST_TITLES])


def query_of(service: Service) -> str:
    """The title as it is typed into the box."""
    return " ".join(service.title.split())[:_LONGEST]


def control_word(agency: str, seed: int) -> str:
    """A word that no page has: what the search answers to it, it answers to anything."""
    digest = hashlib.sha256(f"{seed}\x1f{agency}\x1fcontrol".encode()).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:_CONTROL])


def _drawn(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
