"""Captures: the records of what was seen, and the view that checks read them through. Their facts, by kind, stand in `evidence/kinds/`.

A capture is one thing seen: an HTTP exchange, a rendered page, a screenshot, a TLS handshake, a DNS
answer, or the crawl's own account of an agency. It is append-only and never judged here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from evidence.kind import Facts, kinds

CaptureKind = str
"""Name of a module of `evidence/kinds/`."""

Purpose = Literal[
    "home",  # the portal's home page
    "claim",  # the claimed URL of a service
    "dataset",  # the claimed URL of a dataset
    "listed",  # a file, or the page, of a dataset that a catalogue lists
    "catalogue",  # the page of a data catalogue
    "listing",  # what programs read a data catalogue by: CKAN's API, DCAT, data.json, or a probe for one
    "search",  # the portal's own search, asked for a claimed title or a word that names nothing
    "page",  # a page of the agency met on the way
    "link",  # an asset, or a page outside the agency, fetched because a page links to it
    "sitemap",
    "robots",
    "sibling",  # a random path beside a page, to learn what this server says of what it does not have
    "host",  # http:// and https:// of a bare host, for redirects and headers
    "notice",  # a file that a standard has at a fixed address of a host: security.txt
    "control",  # a target that must answer, else we blame ourselves
    "spider",  # what a spider of the audit body's own asked for: no check of ours reads it
]


@dataclass(frozen=True, slots=True)
class Capture:
    """One thing seen.

    agency: "" for what belongs to none (controls).
    url: what was asked for, with the fragment removed; `host:port` for tls, the name for dns.
    sha256: of the body as `Evidence.body` returns it, hex.
    attempt: 1 for the first visit of the URL in this round, 2 for the second, ...; a redirect chain
    shares the attempt of its first hop. Visits of a re-test have numbers of their own (`evidence.retests`).
    sequence: order of commit within the round.
    """

    id: str
    sequence: int
    kind: CaptureKind
    agency: str
    url: str
    time: dt.datetime
    vantage: str
    purpose: Purpose
    attempt: int
    sha256: str
    facts: Facts

    @property
    def fidelity(self) -> str:
        """How close the body is to what was sent: a word of the table in docs/evidence.md."""
        return kinds()[self.kind].fidelity_of(self.facts)


class Evidence(Protocol):
    """What checks may ask of an evidence store. Nothing here touches the network or the clock."""

    @property
    def opened(self) -> dt.datetime:
        """When the crawl opened (UTC): the default `as_of`."""
        ...

    @property
    def vantage(self) -> str:
        """Where the crawl looked from."""
        ...

    @property
    def also(self) -> Sequence[Evidence]:
        """What other vantage points saw; none where the round was crawled from one. `get` and `body` know their captures."""
        ...

    def captures(self, agency: str | None = None, kind: CaptureKind | None = None) -> Iterator[Capture]:
        """In order of commit. `agency=""` gives what belongs to no agency."""
        ...

    def get(self, capture_id: str) -> Capture:
        """Raises KeyError."""
        ...

    def body(self, capture_id: str) -> bytes:
        """The entity: http de-chunked and content-decoded (bounded), page DOM, image, or JSON."""
        ...

    def wire(self, capture_id: str) -> bytes:
        """The bytes of the record's block as they came: status line, headers, body."""
        ...
