"""Asks time-stamping authorities over HTTP: the one thing that is ever sent, to whom the auditor named, never a portal.

A request is the hash of the evidence's seal and a random number. The address policy of the crawl holds here too.
Who signs the reply decides what it is worth, not the connection: certificates of the server are not judged, and
redirects are not followed.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial

from claims.model import Round
from crawler.politeness.policy import AddressPolicy, AddressRefused, Endpoint
from crawler.wire.fetcher import tls_context
from crawler.wire.framing import Framing, MalformedResponse, lone_request
from evidence.errors import EvidenceError
from evidence.signing.timestamp_chain import parse_roots
from evidence.timestamps import AuthoritySilent, TimestampService
from web import entity
from web.urls import host_port

SECONDS = 10.0  # for all of it, the name's resolution included
_MOST_BYTES = 131_072  # of an answer with its head


def stamping_of(round: Round, now: Callable[[], datetime], user_agent: str) -> TimestampService | None:
    """How this round gets its time stamps; None when it names no authority. Raises EvidenceError for roots that
    cannot be read.
    """
    settings = round.settings.seal
    if not settings.authorities:
        return None
    roots = None
    if settings.authority_roots is not None:
        try:
            roots = parse_roots(settings.authority_roots.read_bytes())
        except OSError as error:
            raise EvidenceError(f"{settings.authority_roots}: {error.strerror}") from None
    ask_ = partial(ask, policy=AddressPolicy(round.settings.network), user_agent=user_agent)
    return TimestampService(settings.authorities, ask_, lambda: secrets.randbits(64), now, roots)


def ask(
    address: str, request: bytes, *, policy: AddressPolicy, user_agent: str, seconds: float = SECONDS
) -> bytes:
    """An authority's reply to a time-stamp request. Raises AuthoritySilent. Runs an event loop of its own."""
    try:
        return asyncio.run(_within(seconds, address, request, policy, user_agent))
    except TimeoutError:
        raise AuthoritySilent(f"no reply within {seconds:g} s") from None
    except AddressRefused as refusal:
        raise AuthoritySilent(str(refusal)) from None
    except MalformedResponse as error:
        raise AuthoritySilent(f"no HTTP: {error}"[:200]) from None
    except (OSError, EOFError, ValueError) as error:
        raise AuthoritySilent(f"{type(error).__name__}: {error}"[:200]) from None


async def _within(
    seconds: float, address: str, request: bytes, policy: AddressPolicy, user_agent: str
) -> bytes:
    async with asyncio.timeout(seconds):
        host, port = host_port(address)
        endpoint = await _resolved(policy, host, port)
        secure = address.startswith("https:")
        reader, writer = await asyncio.open_connection(
            endpoint.address,
            endpoint.port,
            ssl=tls_context() if secure else None,
            server_hostname=host.strip("[]") if secure else None,
        )
        try:
            head = lone_request(
                "POST",
                address,
                user_agent,
                "Content-Type: application/timestamp-query",
                "Accept: application/timestamp-reply",
                f"Content-Length: {len(request)}",
            )
            writer.write(head + request)
            await writer.drain()
            return await _reply(reader)
        finally:
            writer.transport.abort()  # a server that does not listen must not be waited for


async def _resolved(policy: AddressPolicy, host: str, port: int) -> Endpoint:
    """In a thread that nobody waits for: a resolver that hangs must not hang the crawl."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Endpoint] = loop.create_future()

    def settle(give: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has gone on without us
            loop.call_soon_threadsafe(lambda: None if answer.done() else give())

    def resolve() -> None:
        try:
            endpoint = policy.resolve(host, port)
            settle(lambda: answer.set_result(endpoint))
        except Exception as error:
            failed = error
            settle(lambda: answer.set_exception(failed))

    threading.Thread(target=resolve, daemon=True).start()
    return await answer


async def _reply(reader: asyncio.StreamReader) -> bytes:
    framing, response = Framing(), bytearray()
    while framing.state != "done":
        data = await reader.read(16_384)
        if not data:
            break
        response += data
        if len(response) > _MOST_BYTES:
            raise AuthoritySilent(f"more than {_MOST_BYTES} bytes")
        surplus = framing.feed(data)
        if surplus:
            del response[-surplus:]
    if not framing.ended():
        raise AuthoritySilent("the connection was closed before the end of the answer")
    if framing.status != 200:
        raise AuthoritySilent(f"HTTP status {framing.status}")
    return b"".join(entity.entity_chunks(bytes(response), _MOST_BYTES))
