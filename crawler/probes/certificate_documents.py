"""Fetches what certificates name over plain HTTP: issuers that a host did not send, lists of revoked certificates,
and responders' answers on single ones (OCSP, by GET alone).

Only http addresses, as the certificates have them, through the address policy of the crawl, bounded in size and time;
a redirect is followed twice at most and asks the policy again. Each document is fetched once in a crawl and kept
whole in every capture that it belongs to. Nothing is verified: the checks hold signatures against what came.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import itertools
import socket
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from cryptography import x509

from crawler.politeness.policy import AddressPolicy, AddressRefused
from crawler.wire.framing import Framing, MalformedResponse, lone_request
from evidence.kinds.http import Failure
from web import entity
from web.certificate_files import (
    certificates_in,
    issuer_addresses,
    parsed,
    responder_addresses,
    revocation_addresses,
    unremarked,
)
from web.ocsp_requests import request_address
from web.urls import absolute, host_port

MOST_BYTES = 1 << 20  # of one answer with its head; the largest lists of public issuers are past it
SECONDS = 8.0  # for one document, redirects included
MOST_ISSUERS = 3
MOST_LISTS = 3
MOST_ANSWERS = 3
_MOST_REDIRECTS = 2
_READ_SECONDS = 5.0
_MOST_ADDRESS = 2_000
_KEPT_OF_A_FAILURE = 4_096  # half a list proves nothing
_MOST_KEPT = 64 << 20

Kind = Literal["issuer", "crl", "ocsp"]


@dataclass(frozen=True, slots=True)
class FetchHop:
    """One request and its answer, as on the wire."""

    url: str
    sent: bytes
    received: bytes


@dataclass(frozen=True, slots=True)
class FetchedDocument:
    """A document that a certificate names. failure: why there is none; status: of the last answer.

    time: when it was asked for (UTC).
    """

    kind: Kind
    url: str
    time: dt.datetime
    failure: Failure | None
    status: int | None = None
    body: bytes = b""
    hops: tuple[FetchHop, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "url": self.url,
            "time": self.time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "failure": self.failure,
            "status": self.status,
            "hops": [
                {"url": hop.url, "sent": _base64(hop.sent), "received": _base64(hop.received)}
                for hop in self.hops
            ],
        }


@unremarked()
def wanted(chain: Sequence[bytes], fetched: Sequence[FetchedDocument]) -> tuple[Kind, str] | None:
    """What to fetch next for a chain (DER, leaf first); None when there is nothing more that it names."""
    asked = {document.url for document in fetched}
    issuers = [document for document in fetched if document.kind == "issuer"]
    known = [certificate for der in chain if (certificate := parsed(der)) is not None]
    if not known:
        return None
    known += [c for one in issuers for der in certificates_in(one.body) if (c := parsed(der)) is not None]
    by_subject = {certificate.subject: certificate for certificate in reversed(known)}
    path = [known[0]]
    while len(path) <= len(known) and path[-1].issuer != path[-1].subject and path[-1].issuer in by_subject:
        path.append(by_subject[path[-1].issuer])
    if path[-1].issuer != path[-1].subject and len(issuers) < MOST_ISSUERS:
        address = _first(issuer_addresses(path[-1]))
        if address is not None and address not in asked:
            return "issuer", address
    lists = [address for c in path if (address := _first(revocation_addresses(c))) is not None]
    asking = itertools.zip_longest(path, path[1:])
    answers = [address for pair in asking if (address := _question(*pair)) is not None]
    named: tuple[tuple[Kind, list[str], int], ...] = (
        ("ocsp", answers, MOST_ANSWERS),
        ("crl", lists, MOST_LISTS),
    )
    for kind, addresses, most in named:
        for address in list(dict.fromkeys(addresses))[:most]:
            if address not in asked:
                return kind, address
    return None


def _question(certificate: x509.Certificate, issuer: x509.Certificate | None) -> str | None:
    """The address at which the certificate's responder is asked about it; None when there is none, or not over http."""
    if certificate.issuer == certificate.subject:
        return None
    responder = _first(responder_addresses(certificate))
    return request_address(responder, certificate, issuer) if responder is not None else None


def _first(addresses: Sequence[str]) -> str | None:
    """The first over plain http, as the URL Standard writes it."""
    for text in addresses:
        url = absolute(text, "") if len(text) <= _MOST_ADDRESS else None
        if url is not None and _plain(url):
            return url
    return None


def _plain(url: str) -> bool:
    """Over http, and with no password for anybody in it."""
    return url.startswith("http://") and "@" not in urlsplit(url).netloc


def fetch(
    kind: Kind, url: str, policy: AddressPolicy, *, user_agent: str, now: Callable[[], dt.datetime]
) -> FetchedDocument:
    """One document. Blocking; never raises for what a server does."""
    start = now()
    hops: list[FetchHop] = []

    def remaining() -> float:
        return SECONDS - (now() - start).total_seconds()

    def given_up(failure: Failure) -> FetchedDocument:
        return FetchedDocument(kind, url, start, failure, None, b"", tuple(hops))

    at = url
    for _ in range(_MOST_REDIRECTS + 1):
        request = lone_request("GET", at, user_agent)
        framing, received = Framing(), bytearray()
        failure = _exchange(at, request, policy, remaining, framing, received)
        kept = received if failure is None else received[:_KEPT_OF_A_FAILURE]
        hops.append(FetchHop(at, request, bytes(kept)))
        if failure is not None:
            return given_up(failure)
        target = _redirect(at, framing)
        if target is None:
            body = b"".join(entity.entity_chunks(bytes(received), MOST_BYTES))
            return FetchedDocument(kind, url, start, None, framing.status, body, tuple(hops))
        if not _plain(target):
            return given_up("protocol")
        at = target
    return given_up("protocol")


def _exchange(
    url: str,
    request: bytes,
    policy: AddressPolicy,
    remaining: Callable[[], float],
    framing: Framing,
    received: bytearray,
) -> Failure | None:
    connected = False
    try:
        endpoint = policy.resolve(*host_port(url))
        with socket.create_connection(
            (endpoint.address, endpoint.port), timeout=max(0.1, min(_READ_SECONDS, remaining()))
        ) as sock:
            connected = True
            sock.sendall(request)
            while framing.state != "done":
                sock.settimeout(max(0.01, min(_READ_SECONDS, remaining())))
                data = sock.recv(65_536)
                if not data:
                    return None if framing.ended() else "reset"
                received += data
                if len(received) > MOST_BYTES:
                    del received[MOST_BYTES:]
                    return "too_large"
                framing.feed(data)
                if remaining() <= 0:
                    return "timeout"
    except AddressRefused as refusal:
        return refusal.failure
    except MalformedResponse:
        return "protocol"
    except TimeoutError:
        return "timeout"
    except ConnectionRefusedError:
        return "refused"
    except OSError:
        return "reset" if connected else "refused"
    return None


def _redirect(url: str, framing: Framing) -> str | None:
    if framing.status not in (301, 302, 303, 307, 308):
        return None
    values = entity.header_values(framing.head, b"location")
    return absolute(url, values[0].decode("utf-8", "replace")) if values else None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _size(future: asyncio.Future[FetchedDocument]) -> int | None:
    """None when it failed; 0 while it is under way."""
    if not future.done():
        return 0
    if future.cancelled() or future.exception() is not None:
        return None
    return sum(len(hop.received) for hop in future.result().hops)


class CertificateDocuments:
    """What one crawl has fetched, by address, so that nothing is asked for twice. Lives on the crawl's loop.

    ask: fetches one, when its host may be visited.
    """

    def __init__(self, ask: Callable[[Kind, str], Awaitable[FetchedDocument]]) -> None:
        self._ask = ask
        self._known: OrderedDict[str, asyncio.Future[FetchedDocument]] = OrderedDict()

    async def get(self, kind: Kind, url: str) -> FetchedDocument:
        if url not in self._known:
            self._known[url] = asyncio.ensure_future(self._ask(kind, url))
            self._known[url].add_done_callback(self._count)
        # A probe that is cancelled must not take the document from those that wait for it too.
        return await asyncio.shield(self._known[url])

    def _count(self, done: asyncio.Future[FetchedDocument]) -> None:
        if _size(done) is None:
            self._known = OrderedDict((url, one) for url, one in self._known.items() if one is not done)
        while sum(_size(one) or 0 for one in self._known.values()) > _MOST_KEPT:
            self._known.popitem(last=False)

    def close(self) -> None:
        for future in self._known.values():
            future.cancel()
