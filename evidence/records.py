"""Captures: the records of what was seen, and the view that checks read them through.

A capture is one thing seen: an HTTP exchange, a rendered page, a screenshot, a TLS handshake, a DNS
answer, or the crawl's own account of an agency. It is append-only and never judged here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

CaptureKind = Literal["http", "page", "screenshot", "accessibility", "tls", "dns", "crawl"]

Purpose = Literal[
    "home",  # the portal's home page
    "claim",  # the claimed URL of a service
    "dataset",  # the claimed URL of a dataset
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

# Why an exchange has no complete answer. Every value is about the transport, none is a verdict.
Failure = Literal[
    "dns",  # the resolver says that the name does not exist
    "resolver",  # the resolver itself failed
    "refused",
    "reset",
    "timeout",
    "tls",  # the handshake failed
    "protocol",  # bytes came that are no HTTP
    "too_large",  # a header section past our limit
    "private_address",  # the address policy refuses it
    "bad_port",  # another protocol's, which no browser asks
    "own_error",
]


_OWN_LAG_MS = 2_000.0  # a tenth of the silence after which an exchange is over
_OF_LAG = frozenset({"timeout", "reset", "tls"})  # we came late, or the server had enough of waiting


@dataclass(frozen=True, slots=True)
class HttpFacts:
    """One HTTP exchange as it was on the wire.

    status, reason, headers: None/empty when no response head came. Header names as sent, values latin-1.
    failure: why there is no complete answer; None when there is one.
    redirect: absolute target of a 3xx Location (or a Refresh header); None otherwise.
    previous: id of the capture whose redirect led here; None for a first hop.
    truncated: "length" (our max_body), "disconnect" (the peer went), "time" (ours); None when whole.
    tls_leaf_sha256: SHA-256 of the leaf certificate (DER) of the connection, hex; None over http.
    size: bytes of the entity as kept, after de-chunking and before content-decoding.
    lag_ms: loop lag of ours while it was under way; large values mean our own saturation.
    """

    method: str
    status: int | None
    reason: str | None
    headers: tuple[tuple[str, str], ...]
    failure: Failure | None
    detail: str = ""
    redirect: str | None = None
    previous: str | None = None
    truncated: Literal["length", "disconnect", "time"] | None = None
    address: str | None = None
    port: int | None = None
    tls_version: str | None = None
    tls_cipher: str | None = None
    tls_leaf_sha256: str | None = None
    elapsed_ms: float = 0.0
    size: int = 0
    lag_ms: float = 0.0
    fidelity: Literal["wire", "cdp-decoded"] = "wire"

    @property
    def lagged(self) -> bool:
        """Whether our own loop hung while it was under way, long enough to come late for what was sent."""
        return self.lag_ms > _OWN_LAG_MS

    @property
    def late(self) -> bool:
        """Whether it failed for that: the crawl asks again, and where it could not, nobody else is to blame."""
        return self.failure in _OF_LAG and self.lagged

    def header(self, name: str) -> str | None:
        """First value of a header, by case-insensitive name."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def header_all(self, name: str) -> tuple[str, ...]:
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)


@dataclass(frozen=True, slots=True)
class PageFacts:
    """A page rendered by the browser. The capture's body is the serialised DOM (UTF-8).

    final_url: address after client-side and server redirects.
    finished: the page came to rest within its limits; a contradiction needs this.
    failure: "timeout", "crash", "limit" (requests or bytes), "navigation" (never at rest), "own_error".
    requests: (method, url, resource type, status or None) in order; would_send: the requests with other
    methods than GET and HEAD that were answered locally instead of being sent.
    insecure: URLs asked for over plain http by an https page.
    overflow_px: horizontal overflow of the document at 360 px width; None when not measured.
    source: id of the http capture of the same URL that made us render; None when rendered always.
    opened: (what it is, selector, its words) of the tabs, menus and the like that were opened, in order. What the
    nth of them brought stands in the DOM inside a `<div data-opened="n">`, counted from 1; without these the DOM
    is the page as it was before.
    fidelity: the tree written as text, not the bytes of an answer: open shadow roots in place of their hosts' own
    children, frames of the same origin inside a `<div data-frame>`, styles that scripts made without text left out.
    """

    status: int | None
    final_url: str
    title: str
    finished: bool
    failure: str | None
    console: tuple[str, ...] = ()
    requests: tuple[tuple[str, str, str, int | None], ...] = ()
    would_send: tuple[tuple[str, str], ...] = ()
    insecure: tuple[str, ...] = ()
    overflow_px: int | None = None
    certificate_error: bool = False
    source: str | None = None
    browser: str = ""
    opened: tuple[tuple[str, str, str], ...] = ()
    fidelity: Literal["dom-serialised"] = "dom-serialised"


@dataclass(frozen=True, slots=True)
class AccessibilityFacts:
    """A page measured for people with disabilities and for telephones, in a visit of its own.

    The capture's body is canonical JSON (see crawler.browser.accessibility.measurer), `{}` when nothing was measured.
    status, final_url, finished, failure, browser: as in PageFacts. source: the http capture of the same URL.
    challenge: mark of a firewall's page that came in place of the portal's; None when there is none.
    axe: "done", or why axe-core gave nothing: "too_large" (elements), "timeout", "failed", "not_run".
    fidelity: numbers and names that were read off the rendered page.
    """

    status: int | None
    final_url: str
    finished: bool
    failure: str | None
    challenge: str | None = None
    axe: str = "not_run"
    axe_version: str = ""
    source: str | None = None
    browser: str = ""
    fidelity: Literal["measured"] = "measured"


@dataclass(frozen=True, slots=True)
class ScreenshotFacts:
    """A picture; the capture's body is the image. `of`: id of the page or accessibility capture.

    boxes: (selector, which of that selector on the page, x, y, width, height) of elements, in CSS pixels of the
    picture; which: counted from 0 over all elements of the page as it was pictured.
    fidelity: what the browser drew, packed with loss where the media type is one with loss.
    """

    of: str
    media_type: str
    width: int
    height: int
    full_page: bool
    boxes: tuple[tuple[str, int, int, int, int, int], ...] = ()
    fidelity: Literal["rendered"] = "rendered"


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """A probe of one host and port; the body is canonical JSON with every connection (see crawler.probes.tls_capture)."""

    host: str
    port: int
    address: str | None
    connections: int


@dataclass(frozen=True, slots=True)
class DnsFacts:
    """A look at one host in the DNS; the body is canonical JSON with every answer as its bytes (see crawler.probes.dns_prober).

    name: the host. failure: why the resolver says nothing of its address; "dns": it says that there is no such name.
    """

    name: str
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class CrawlFacts:
    """The crawl's own account of one agency; the last one counts. Body: canonical JSON, see below.

    state: "complete", "blocked" (challenge on the home page), "time_budget", "interrupted".
    eligible: URLs of the agency that could have been fetched as pages; fetched: those that were.
    The body is {"unfetched": [[url, reason], ...], "rendered": n, "browser": "..." or null}, and "unrendered": n where the
    browser was wanted for n pages and could not be had, and "traps": [[pattern, why], ...] where addresses without end were
    cut off (nesting, nothing_new, facets, chain, many),
    with reasons robots, scope, depth, max_pages, time_budget, trap, duplicate, scheme, too_long, blocked_agency.
    """

    state: str
    eligible: int
    fetched: int
    controlled: bool


Facts = HttpFacts | PageFacts | AccessibilityFacts | ScreenshotFacts | TlsFacts | DnsFacts | CrawlFacts


# What the body of a capture is, for kinds whose facts do not say it themselves.
_FIDELITY: dict[str, str] = {"tls": "probe", "dns": "probe", "crawl": "account"}


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
        return getattr(self.facts, "fidelity", None) or _FIDELITY[self.kind]


class Evidence(Protocol):
    """What checks may ask of an evidence store. Nothing here touches the network or the clock."""

    @property
    def opened(self) -> dt.datetime:
        """When the crawl opened (UTC): the default `as_of`."""
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
