"""One connection to a server: exchanges one after another, each on its own tape, byte for byte.

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

from crawler.wire.framing import Framing, Malformed, may_start
from crawler.wire.tape import Connection, Tape


class HttpConnection(asyncio.Protocol):
    """A client's end of one connection.

    over: called with (connection, tape) when an exchange is over, well or badly. stale: called instead when a
    connection that had served before went away before it said a word, so that the exchange may be tried anew.
    gone: called with the connection when it is lost.
    """

    def __init__(
        self,
        origin: str,
        over: Callable[[HttpConnection, Tape], None],
        stale: Callable[[Tape], None],
        gone: Callable[[HttpConnection], None],
    ) -> None:
        self.origin = origin
        self.idle_since = 0.0
        self.reusable = False
        self._over = over
        self._stale = stale
        self._gone = gone
        self._transport: asyncio.Transport | None = None
        self._facts: Connection | None = None
        self._framing = Framing()
        self._tape: Tape | None = None
        self._limit: int | None = None
        self._served = 0
        self._silent = True
        self._unasked: Malformed | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._facts = _facts(self._transport)

    def exchange(self, tape: Tape, request: bytes) -> None:
        """Send a request; only on a connection that is idle."""
        assert self._facts is not None
        closed = self._transport is None or self._transport.is_closing()
        if closed and self._served:
            self._stale(tape)
            return
        self._framing = Framing()
        self._tape = tape
        self._limit = None
        self._silent = True
        tape.cut = self.abort
        tape.begin(self._facts, request)
        if self._transport is None or closed:
            tape.broke(self._unasked or ConnectionResetError("closed before it was asked"))
            self._end()
        else:
            self._transport.write(request)
            tape.went_out()

    def data_received(self, data: bytes) -> None:
        tape = self._tape
        if tape is None:
            self._unasked = Malformed(f"unasked: {data[:40]!r}")
            self.abort()
            return
        if self._silent and self._served and not may_start(data):
            self.abort()  # the rest of an earlier answer, past its end
            return
        self._silent = False
        tape.received(data)
        try:
            surplus = self._framing.feed(data)
        except Malformed as error:
            tape.size = self._framing.size
            tape.broke(error)
            self._end()
            return
        tape.size = self._framing.size
        if self._limit is None and not self._heard_head(tape):
            return
        if self._limit is not None and tape.size > self._limit:
            tape.truncated = "length"
            self._end()
        elif self._framing.state == "done":
            tape.finish(surplus)
            self._end(reusable=self._framing.reusable and not surplus)

    def _heard_head(self, tape: Tape) -> bool:
        """Learn how much of the body is wanted. False when the exchange is over for its head."""
        if not tape.bounded(self._framing.head):
            self._end()
            return False
        if self._framing.state != "head":
            self._limit = tape.allowance(self._framing.head)
        return True

    def eof_received(self) -> bool:
        return False  # the transport closes, and `connection_lost` says the rest

    def connection_lost(self, reason: Exception | None) -> None:
        tape = self._tape
        self.reusable = False
        self._transport = None
        if tape is not None:
            if self._silent and self._served and tape.failure is None:
                self._tape = None
                self._stale(tape)
            else:
                if not (reason is None and self._framing.ended()):
                    tape.broke(_cut_off(reason))
                self._end()
        self._gone(self)

    def _end(self, *, reusable: bool = False) -> None:
        tape, self._tape = self._tape, None
        self.reusable = reusable and self._transport is not None and not self._transport.is_closing()
        self._served += 1
        if not self.reusable:
            self.abort()
        if tape is not None:
            tape.cut = None
            self._over(self, tape)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _cut_off(reason: Exception | None) -> Exception:
    """What ended a connection that had stood: an alert in its midst says nothing of the handshake."""
    if isinstance(reason, ssl.SSLError):
        return ConnectionResetError(f"TLS: {reason}")
    return reason or ConnectionResetError("closed before its end")


def _facts(transport: asyncio.Transport) -> Connection:
    address, port = transport.get_extra_info("peername")[:2]
    facts = Connection(str(address), int(port))
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
