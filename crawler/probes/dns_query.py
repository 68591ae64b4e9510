"""One question to one resolver: UDP, then TCP where the answer was cut, with every byte kept.

Connects to nobody but the resolver, and takes an answer from nobody else: the socket is connected, the id and the
question have to come back. Judges nothing. Not here: what is asked (`crawler.probes.dns_prober`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import dns.flags
import dns.message
import dns.name

from crawler.probes.resolvers import ResolverAddress
from evidence.kinds.http import Failure

PAYLOAD = 1232  # as DNS Flag Day 2020 has it: passes without fragments everywhere
MOST_BYTES = 16 * 1024  # of an answer over TCP
_SENT = 2  # times over UDP
_STRAYS = 16  # datagrams that are no answer to the question, after which the wait ends
_FINE = (0, 3)  # NOERROR, NXDOMAIN
_HEADER = 12


@dataclass(frozen=True, slots=True)
class DnsReply:
    """What came of a question. received: b"" when nothing did; an answer that does not fit is kept as well.

    failure: None when an answer came whole that says what there is, or that there is nothing.
    """

    via: Literal["udp", "tcp"]
    sent: bytes
    received: bytes
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class _Sent:
    wire: bytes
    question: bytes

    def answered_by(self, wire: bytes) -> bool:
        """Whether a message is an answer to it: response, same id, same question."""
        return (
            len(wire) >= _HEADER + len(self.question)
            and wire[:2] == self.wire[:2]
            and wire[2] & 0x80 != 0
            and wire[4:6] == b"\0\1"
            and wire[_HEADER : _HEADER + len(self.question)].lower() == self.question
        )


def query(name: dns.name.Name, kind: str, message_id: int) -> dns.message.Message:
    """Checking disabled: what does not validate shall come all the same, and is validated from the bytes."""
    message = dns.message.make_query(name, kind, use_edns=0, want_dnssec=True, payload=PAYLOAD)
    message.flags |= dns.flags.CD
    message.id = message_id
    return message


async def ask(
    server: ResolverAddress, name: dns.name.Name, kind: str, *, message_id: int, seconds: float
) -> DnsReply:
    """At most `seconds` for all of it."""
    wire = query(name, kind, message_id).to_wire()
    sent = _Sent(wire, wire[_HEADER : _HEADER + len(name.to_wire() or b"") + 4].lower())
    until = asyncio.get_running_loop().time() + seconds
    try:
        reply = await _over_udp(server, sent, until)
        if reply.failure is None and reply.received[2] & 0x02:  # TC: it was cut
            return await _over_tcp(server, sent, until)
        return reply
    except ConnectionRefusedError:
        return DnsReply("udp", sent.wire, b"", "refused")
    except OSError:  # no route, no socket: our own network
        return DnsReply("udp", sent.wire, b"", "own_error")


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, taken: Callable[[bytes], bool]) -> None:
        self._taken = taken
        self.done: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.stray = b""
        self._strays = 0

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if self.done.done():
            return
        if self._taken(data):
            self.done.set_result(data)
            return
        self.stray = self.stray or data
        self._strays += 1
        if self._strays >= _STRAYS:
            self.done.set_exception(TimeoutError())

    def error_received(self, exc: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(exc)


async def _over_udp(server: ResolverAddress, sent: _Sent, until: float) -> DnsReply:
    loop = asyncio.get_running_loop()
    transport, incoming = await loop.create_datagram_endpoint(
        lambda: _Datagrams(sent.answered_by), remote_addr=(server.address, server.port)
    )
    try:
        for left in range(_SENT, 0, -1):
            transport.sendto(sent.wire)
            wait = max(0.0, until - loop.time()) / left
            with contextlib.suppress(TimeoutError):
                answer = await asyncio.wait_for(asyncio.shield(incoming.done), wait)
                return DnsReply("udp", sent.wire, answer, refusal(answer))
        return DnsReply("udp", sent.wire, incoming.stray, "protocol" if incoming.stray else "timeout")
    finally:
        if not incoming.done.cancel() and not incoming.done.cancelled():
            incoming.done.exception()  # looked at, so that nobody complains of it
        transport.close()


async def _over_tcp(server: ResolverAddress, sent: _Sent, until: float) -> DnsReply:
    answer = b""
    failure: Failure | None
    try:
        async with asyncio.timeout_at(until):
            reader, writer = await asyncio.open_connection(server.address, server.port)
            try:
                writer.write(len(sent.wire).to_bytes(2, "big") + sent.wire)
                size = int.from_bytes(await reader.readexactly(2), "big")
                if size > MOST_BYTES:
                    return DnsReply("tcp", sent.wire, b"", "too_large")
                answer = await reader.readexactly(size)
                failure = refusal(answer) if sent.answered_by(answer) else "protocol"
            finally:
                writer.close()
    except TimeoutError:
        failure = "timeout"
    except ConnectionRefusedError:
        failure = "refused"
    except (asyncio.IncompleteReadError, OSError):
        failure = "reset"
    return DnsReply("tcp", sent.wire, answer, failure)


def refusal(wire: bytes) -> Failure | None:
    """The low four bits of the code are enough to tell an answer from a refusal."""
    return None if wire[3] & 0x0F in _FINE else "resolver"
