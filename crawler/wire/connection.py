"""One connection to a server: exchanges one after another, each kept byte for byte.

Not here: which connection an exchange gets, and opening it (`crawler.wire.fetcher`); where a response ends
(`crawler.wire.framing`).
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from crawler.wire.exchange import ConnectionFacts, Exchange
from crawler.wire.framing import Framing, MalformedResponse, may_start


class HttpConnection(asyncio.Protocol):
    """A client's end of one connection.

    over: called with (connection, exchange) when an exchange is over, well or badly. stale: called instead when a
    connection that had served before went away before it said a word, so that the exchange may be tried anew.
    gone: called with the connection when it is lost.
    """

    def __init__(
        self,
        origin: str,
        over: Callable[[HttpConnection, Exchange], None],
        stale: Callable[[Exchange], None],
        gone: Callable[[HttpConnection], None],
    ) -> None:
        self.origin = origin
        self.idle_since = 0.0
        self.reusable = False
        self._over = over
        self._stale = stale
        self._gone = gone
        self._transport: asyncio.Transport | None = None
        self._facts: ConnectionFacts | None = None
        self._framing = Framing()
        self._exchange: Exchange | None = None
        self._limit: int | None = None
        self._served = 0
        self._silent = True
        self._unasked: MalformedResponse | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._facts = _facts(self._transport)

    def exchange(self, exchange: Exchange, request: bytes) -> None:
        """Send a request; only on a connection that is idle."""
        assert self._facts is not None
        closed = self._transport is None or self._transport.is_closing()
        if closed and self._served:
            self._stale(exchange)
            return
        self._framing = Framing()
        self._exchange = exchange
        self._limit = None
        self._silent = True
        exchange.cut = self.abort
        exchange.begin(self._facts, request)
        if self._transport is None or closed:
            exchange.broke(self._unasked or ConnectionResetError("closed before it was asked"))
            self._end()
        else:
            self._transport.write(request)
            exchange.went_out()

    def data_received(self, data: bytes) -> None:
        exchange = self._exchange
        if exchange is None:
            self._unasked = MalformedResponse(f"unasked: {data[:40]!r}")
            self.abort()
            return
        if self._silent and self._served and not may_start(data):
            self.abort()  # the rest of an earlier answer, past its end
            return
        self._silent = False
        exchange.received(data)
        try:
            surplus = self._framing.feed(data)
        except MalformedResponse as error:
            exchange.size = self._framing.size
            exchange.broke(error)
            self._end()
            return
        exchange.size = self._framing.size
        if self._limit is None and not self._heard_head(exchange):
            return
        if self._limit is not None and exchange.size > self._limit:
            exchange.truncated = "length"
            self._end()
        elif self._framing.state == "done":
            exchange.finish(surplus)
            self._end(reusable=self._framing.reusable and not surplus)

    def _heard_head(self, exchange: Exchange) -> bool:
        """Learn how much of the body is wanted. False when the exchange is over for its head."""
        if not exchange.bounded(self._framing.head):
            self._end()
            return False
        if self._framing.state != "head":
            self._limit = exchange.allowance(self._framing.head)
        return True

    def eof_received(self) -> bool:
        return False  # the transport closes, and `connection_lost` says the rest

    def connection_lost(self, reason: Exception | None) -> None:
        exchange = self._exchange
        self.reusable = False
        self._transport = None
        if exchange is not None:
            if self._silent and self._served and exchange.failure is None:
                self._exchange = None
                self._stale(exchange)
            else:
                if not (reason is None and self._framing.ended()):
                    exchange.broke(_cut_off(reason))
                self._end()
        self._gone(self)

    def _end(self, *, reusable: bool = False) -> None:
        exchange, self._exchange = self._exchange, None
        self.reusable = reusable and self._transport is not None and not self._transport.is_closing()
        self._served += 1
        if not self.reusable:
            self.abort()
        if exchange is not None:
            exchange.cut = None
            self._over(self, exchange)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _cut_off(reason: Exception | None) -> Exception:
    """What ended a connection that had stood: an alert in its midst says nothing of the handshake."""
    if isinstance(reason, ssl.SSLError):
        return ConnectionResetError(f"TLS: {reason}")
    return reason or ConnectionResetError("closed before its end")


def _facts(transport: asyncio.Transport) -> ConnectionFacts:
    address, port = transport.get_extra_info("peername")[:2]
    facts = ConnectionFacts(str(address), int(port))
    tls = transport.get_extra_info("ssl_object")
    if tls is None:
        return facts
    leaf = tls.getpeercert(binary_form=True)
    cipher = tls.cipher()
    return replace(
        facts,
        tls_version=tls.version(),
        tls_cipher=cipher[0] if cipher else None,
        tls_leaf_sha256=hashlib.sha256(leaf).hexdigest() if leaf else None,
    )
