"""The browser's only way out: a forward proxy on loopback that asks the address policy before it connects.

Each page has an account with a password of its own, so nothing else on the machine can use the proxy and
every byte is known to belong to a page. Over plain http only GET and HEAD are forwarded; in a tunnel the
proxy sees TLS alone, so the methods inside are the page's guard's to withhold (`crawler.browser.page`), but
what is no TLS, and the handshake of a WebSocket, is refused. Not here: caching, rewriting of bodies.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
from dataclasses import dataclass, field

import ada_url

from crawler.browser.proxy_heads import (
    HEAD_LIMIT,
    ProxyDenied,
    ProxyRequest,
    read_request,
    read_response_head,
)
from crawler.politeness.policy import AddressPolicy, AddressRefused, Endpoint
from crawler.probes.client_hello import alpn_offered

_CONNECTIONS_PER_PAGE = 64
_CONNECT_SECONDS = 10.0
_LIFETIME_SECONDS = 30.0
_CHUNK = 64 * 1024
_NOTES = 100
_NOTE_LENGTH = 2000


_HOP_BY_HOP = frozenset(
    "connection keep-alive proxy-connection proxy-authorization te trailer transfer-encoding content-length upgrade".split()
)
_NOT_PASSED_ON = _HOP_BY_HOP | {"host"}


@dataclass(slots=True, eq=False)
class PageAccount:
    """One page's traffic.

    received: bytes that came from servers, TLS overhead included. exceeded: `limit` was passed, so the
    page's connections were cut. withheld: (method, url) answered here. refused: (host, why).
    """

    name: str
    password: str
    limit: int
    received: int = 0
    exceeded: bool = False
    withheld: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    connections: set[asyncio.StreamWriter] = field(default_factory=set)

    def note_withheld(self, method: str, url: str) -> None:
        if len(self.withheld) < _NOTES:
            self.withheld.append((method[:20], url[:_NOTE_LENGTH]))

    def note_refused(self, host: str, why: str) -> None:
        if len(self.refused) < _NOTES:
            self.refused.append((host[:_NOTE_LENGTH], why))

    @property
    def credential(self) -> str:
        return base64.b64encode(f"{self.name}:{self.password}".encode()).decode()


class GuardProxy:
    """Serves on a random port of 127.0.0.1 between `start` and `close`."""

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy
        self._accounts: dict[str, PageAccount] = {}
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=HEAD_LIMIT)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        for account in list(self._accounts.values()):
            self.close_account(account)
        if self._server is not None:
            self._server.close()

    def open_account(self, limit: int) -> PageAccount:
        account = PageAccount(name=secrets.token_hex(8), password=secrets.token_urlsafe(24), limit=limit)
        self._accounts[account.credential] = account
        return account

    def close_account(self, account: PageAccount) -> None:
        """Cuts every connection of the page; its credential opens nothing any more."""
        self._accounts.pop(account.credential, None)
        _cut(account)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        account: PageAccount | None = None
        try:
            async with asyncio.timeout(_LIFETIME_SECONDS):
                request = await read_request(reader)
                account = self._identify(request)
                account.connections.add(writer)
                if request.method == "CONNECT":
                    await self._tunnel(account, request, reader, writer)
                else:
                    await self._forward(account, request, writer)
        except ProxyDenied as denied:
            if denied.status is not None:
                lines = [
                    f"HTTP/1.1 {denied.status}",
                    *denied.headers,
                    "Content-Length: 0",
                    "Connection: close",
                ]
                writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError, ValueError):
            pass  # a broken exchange is the browser's to report; its connection ends here
        finally:
            if account is not None:
                account.connections.discard(writer)
            writer.close()

    def _identify(self, request: ProxyRequest) -> PageAccount:
        scheme, _, credential = (request.header("proxy-authorization") or "").partition(" ")
        account = self._accounts.get(credential) if scheme.lower() == "basic" else None
        if account is None:
            raise ProxyDenied(
                "407 Proxy Authentication Required", ['Proxy-Authenticate: Basic realm="guard"']
            )
        if account.exceeded or len(account.connections) >= _CONNECTIONS_PER_PAGE:
            raise ProxyDenied(None)
        return account

    async def _connect(
        self, account: PageAccount, host: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                endpoint: Endpoint = await asyncio.to_thread(self._policy.resolve, host, port)
                upstream = await asyncio.open_connection(endpoint.address, endpoint.port, limit=HEAD_LIMIT)
        except AddressRefused as refusal:
            account.note_refused(host, refusal.failure)
            raise ProxyDenied("502 Refused") from None
        except (OSError, TimeoutError):
            raise ProxyDenied("502 Not reachable") from None
        account.connections.add(upstream[1])
        return upstream

    async def _tunnel(
        self,
        account: PageAccount,
        request: ProxyRequest,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        host, _, port = request.target.rpartition(":")
        if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
            raise ProxyDenied("400 Bad Request")
        up_reader, up_writer = await self._connect(account, host, int(port))
        try:
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            hello = await _read_hello(reader)
            if hello is None or _is_websocket(hello):
                account.note_refused(host, "websocket")
                return
            up_writer.write(hello)
            sending = asyncio.create_task(_pump(reader, up_writer))
            try:
                await self._receive(account, up_reader, writer)
            finally:
                sending.cancel()
        finally:
            account.connections.discard(up_writer)
            up_writer.close()

    async def _forward(
        self, account: PageAccount, request: ProxyRequest, writer: asyncio.StreamWriter
    ) -> None:
        if request.method not in ("GET", "HEAD"):
            account.note_withheld(request.method, request.target)
            raise ProxyDenied(
                "204 No Content", ["Access-Control-Allow-Origin: *", "Access-Control-Allow-Headers: *"]
            )
        if not request.target.startswith("http://") or request.header("upgrade") is not None:
            raise ProxyDenied("403 Forbidden")
        url = ada_url.URL(request.target)
        try:
            up_reader, up_writer = await self._connect(account, url.hostname, int(url.port or 80))
        except ProxyDenied:
            # An answer of ours would pass for the server's.
            raise ProxyDenied(None) from None
        try:
            kept = [
                f"{name}: {value}" for name, value in request.headers if name.lower() not in _NOT_PASSED_ON
            ]
            lines = [
                f"{request.method} {url.pathname}{url.search} HTTP/1.1",
                f"Host: {url.host}",  # of the address that was asked about, whatever the request says
                *kept,
                "Connection: close",
                "",
                "",
            ]
            up_writer.write("\r\n".join(lines).encode("latin-1"))
            writer.write(await read_response_head(up_reader))
            await self._receive(account, up_reader, writer)
        finally:
            account.connections.discard(up_writer)
            up_writer.close()

    async def _receive(
        self, account: PageAccount, source: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> None:
        """From a server to the browser, on the page's account."""
        while chunk := await source.read(_CHUNK):
            account.received += len(chunk)
            if account.received > account.limit:
                account.exceeded = True
                _cut(account)
                return
            sink.write(chunk)
            await sink.drain()


def _cut(account: PageAccount) -> None:
    for writer in list(account.connections):
        writer.transport.abort()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """From the browser to a server; a browser that hangs up ends the exchange."""
    try:
        while chunk := await source.read(_CHUNK):
            sink.write(chunk)
            await sink.drain()
    except OSError:
        pass
    sink.transport.abort()


async def _read_hello(reader: asyncio.StreamReader) -> bytes | None:
    """The first TLS record of a tunnel; None when the tunnel does not begin with one."""
    header = await reader.readexactly(5)
    if header[0] != 0x16 or header[1] != 3:
        return None
    return header + await reader.readexactly(int.from_bytes(header[3:5], "big"))


def _is_websocket(hello: bytes) -> bool:
    """Chromium offers h2 to every server but to a WebSocket's, where it offers http/1.1 alone."""
    return alpn_offered(hello) == (b"http/1.1",)
