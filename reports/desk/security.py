"""Who is let in, and what may come with a request: the outer layer of the desk.

    Host        names that are the desk's own, so that no page of elsewhere reaches it under a name of its own (421)
    Token       from everybody, for whoever uses this machine reaches its loopback: by the link that is printed at the
                start, by form, or `Authorization: Bearer` (401, 429)
    POST        from the desk's own pages alone: `Sec-Fetch-Site`, `Origin` and the mark of the session (403),
                at most 64 kB (413), behind a head of at most 16 kB (431)
    Answers     a policy without anything inline or from elsewhere; kept nowhere

Cookies hold nothing but the name of a session, and browsers share them among the ports of a host: each desk has a name
of its own for them. Not here: what is shown (`reports.desk.pages`).
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.urls import is_loopback

LEAST_TOKEN = 16  # characters
MOST_HEAD = 16 << 10  # bytes of a request's address and header
MOST_BODY = 64 << 10
_MOST_SESSIONS = 256
_MOST_FAILURES = 5
_WINDOW = 60.0  # seconds in which so many failures of one address are let pass
_MOST_ADDRESSES = 1024
_NAME = re.compile(r"[A-Za-z0-9_-]{43}")
_SAFE = ("GET", "HEAD")
_LOCAL = ("localhost", "127.0.0.1", "::1")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; frame-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
REPLAY_POLICY = (
    "sandbox; default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline' data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
REPLAY_HEADERS = {
    **HEADERS,
    "content-security-policy": REPLAY_POLICY,
    "x-frame-options": "SAMEORIGIN",
    "x-dns-prefetch-control": "off",
}
"""Of a page of a portal: it runs nothing, sends nothing and asks for nothing, and only the desk may frame it."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser. mark: what its forms carry. entered: whether it showed the token. auditor: who recorded something in
    it last; "" for nobody.
    """

    name: str
    mark: str
    entered: bool
    auditor: str = ""


@dataclass
class Sessions:
    """Nothing is kept of a browser but whether it showed the token, and who recorded something in it; the oldest give way.

    secret: what marks are made of. new_name: a fresh name, 32 random bytes as URL-safe Base64.
    """

    secret: bytes
    new_name: Callable[[], str]
    _entered: OrderedDict[str, str] = field(default_factory=OrderedDict)

    def get(self, name: str) -> Session | None:
        """None for a name that is none of ours."""
        if not _NAME.fullmatch(name):
            return None
        mark = hmac.new(self.secret, name.encode("ascii"), "sha256").hexdigest()
        return Session(name, mark, name in self._entered, self._entered.get(name, ""))

    def open(self) -> Session:
        session = self.get(self.new_name())
        assert session is not None
        return session

    def enter(self) -> Session:
        """A session of its own for who showed the token: a name that was known before is worth nothing."""
        name = self.open().name
        self._entered[name] = ""
        if len(self._entered) > _MOST_SESSIONS:
            self._entered.popitem(last=False)
        entered = self.get(name)
        assert entered is not None
        return entered

    def remember(self, session: Session, auditor: str) -> None:
        if session.name in self._entered:
            self._entered[session.name] = auditor

    def leave(self, session: Session) -> None:
        self._entered.pop(session.name, None)


@dataclass
class Attempts:
    """Failures to show the token, by address. clock: seconds that only go on."""

    clock: Callable[[], float]
    _failures: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)

    def wait(self, address: str) -> int:
        """Seconds until another attempt is looked at; 0 when one is at once."""
        failures = self._failures.get(address)
        if failures is None or len(failures) < _MOST_FAILURES:
            return 0
        return max(0, -int(-(failures[0] + _WINDOW - self.clock()) // 1))

    def failed(self, address: str) -> None:
        self._failures.setdefault(address, deque(maxlen=_MOST_FAILURES)).append(self.clock())
        self._failures.move_to_end(address)
        if len(self._failures) > _MOST_ADDRESSES:
            self._failures.popitem(last=False)


class Guard:
    """Around the application.

    ask: the page that asks for the token, given what `_shown` said of the one that came, None when none did.
    refused: what a refusal says, by its status, for who may have no style of ours. open: paths
    that are answered without it: the way in, and what its page is drawn with. host: that the desk listens on.
    attempts: None where the token cannot be guessed, so that nobody keeps others out by guessing.
    """

    def __init__(
        self,
        app: ASGIApp,
        ask: Callable[[Request, int | None], Response],
        refused: Callable[[int], str],
        open: Collection[str],
        host: str,
        token: str,
        sessions: Sessions,
        attempts: Attempts | None,
        cookie: str,
    ) -> None:
        self._app = app
        self._ask = ask
        self._refused = refused
        self._open = frozenset(open)
        self._names = (*_LOCAL, host.lower())
        self._beyond = not is_loopback(host)
        self._token = token
        self._sessions = sessions
        self._attempts = attempts
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        cookie: list[str] = []

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                for name, value in (REPLAY_HEADERS if "desk_replay" in scope else HEADERS).items():
                    sent[name] = value
                for value in cookie:
                    sent.append("set-cookie", value)
            await send(message)

        def enter(shown: str) -> int | None:
            """As `_shown`; a browser that showed the token need not do so again."""
            wait = self._shown(scope, shown)
            if wait is None:
                cookie[:] = [self._set(self._sessions.enter())]
            return wait

        if _head(scope) > MOST_HEAD:
            await self._plain(431)(scope, receive, dressed)
            return
        if not self._is_ours(headers):
            await self._plain(421)(scope, receive, dressed)
            return
        session = self._sessions.get(_cookies(headers.get("cookie", "")).get(self._cookie, ""))
        if session is None:
            session = self._sessions.open()
            cookie.append(self._set(session))
        scope["desk_session"] = session
        scope["desk_enter"] = enter
        scope["desk_remember"] = lambda auditor: self._sessions.remember(session, auditor)
        scope["desk_leave"] = lambda: self._sessions.leave(session)
        if (refusal := self._refusal(scope, headers, session)) is not None:
            await refusal(scope, receive, dressed)
            return
        if scope["method"] not in _SAFE:
            try:
                body = await _body(receive, headers)
            except ConnectionError:
                return
            if body is None:
                await self._plain(413)(scope, receive, dressed)
                return
            receive = _again(body)
        await self._app(scope, receive, dressed)

    def _set(self, session: Session) -> str:
        return f"{self._cookie}={session.name}; Path=/; HttpOnly; SameSite=Strict"

    def _refusal(self, scope: Scope, headers: Headers, session: Session) -> Response | None:
        """What comes in place of an answer; None when the desk may give its own. Says in the scope whether who asks is inside."""
        scope["desk_inside"] = session.entered
        if not (_from_here(headers) if scope["method"] not in _SAFE else _may_read(headers)):
            return self._plain(403)
        if (link := _link(scope, headers)) is not None:
            wait = None if session.entered else scope["desk_enter"](link)
            # the token is in the address no longer: there it would be seen, and kept
            return RedirectResponse("/", 303) if wait is None else self._ask(Request(scope), wait)
        if session.entered or scope["path"] in self._open:
            return None
        kind, _, bearer = headers.get("authorization", "").partition(" ")
        wait = self._shown(scope, bearer.strip()) if (shown := kind.lower() == "bearer") else None
        if shown and wait is None:
            scope["desk_inside"] = True
            return None
        return self._ask(Request(scope), wait)

    def _plain(self, status: int) -> Response:
        return PlainTextResponse(self._refused(status), status)

    def _shown(self, scope: Scope, token: str) -> int | None:
        """None when that is the token. Else the seconds until another attempt is looked at, 0 for at once."""
        address = address_of(scope)
        if self._attempts is not None and (seconds := self._attempts.wait(address)):
            return seconds
        if _same(token, self._token):
            return None
        if self._attempts is not None:
            self._attempts.failed(address)
        return 0

    def _is_ours(self, headers: Headers) -> bool:
        """Whether the request names the desk: by an address of this machine, or, where it is reached from beyond, by any
        address, for what turns a name of others to us has a name."""
        given = headers.getlist("host")
        if len(given) != 1:
            return False
        name = host_of(given[0])
        if name is None:
            return False
        if name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or self._beyond


def host_of(header: str) -> str | None:
    """The name in a Host header, without its port; None when it is none."""
    name, port = header, ""
    if header.startswith("["):
        name, closed, port = header[1:].partition("]")
        if not closed or (port and not port.startswith(":")):
            return None
        port = port[1:]
    elif ":" in header:
        name, _, port = header.partition(":")
    return name.lower() if name and (port.isdecimal() or not port) else None


def address_of(scope: Mapping[str, Any]) -> str:
    """Whose attempts are counted together: of IPv6 the network of 64 bits, all of which one machine may have."""
    client = scope.get("client")
    given = str(client[0]).partition("%")[0] if client else ""
    if ":" not in given:
        return given
    address = ipaddress.IPv6Address(given)
    mapped = address.ipv4_mapped
    return str(mapped or ipaddress.IPv6Network((address, 64), strict=False))


def marked(session: Session, given: str) -> bool:
    """Whether a form carries the mark of its session."""
    return _same(given, session.mark)


def _same(given: str, kept: str) -> bool:
    """Takes as long wherever they differ."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), kept.encode())


def _from_here(headers: Headers) -> bool:
    """What the browser says of where a form comes from.

    With `no-referrer` it names no origin (`null`) even of our own pages, and over plain http between machines no site
    either. What then remains is the mark of the session, which such a form carries, and a cookie that none of elsewhere has.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    return origin in (None, "null") or origin.partition("://")[2].lower() == headers["host"].lower()


def _may_read(headers: Headers) -> bool:
    """A page of elsewhere may lead somebody here and load nothing from here: it would learn from how long that takes."""
    site = headers.get("sec-fetch-site")
    return site in (None, "none", "same-origin") or headers.get("sec-fetch-mode") == "navigate"


def _link(scope: Scope, headers: Headers) -> str | None:
    """The token in the address of the printed link; None for any other request, and for a link that a page of elsewhere
    has: browsers send no strict cookie behind such a one, and with links it could use up the attempts of its visitors.
    """
    site = headers.get("sec-fetch-site")
    if scope["method"] != "GET" or scope["path"] != "/" or site not in (None, "none", "same-origin"):
        return None
    given = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True, separator="&")
    return given["token"][0] if "token" in given else None


def _cookies(header: str) -> dict[str, str]:
    """Those of other programs on this machine stand among them, in whatever form: none of them may hide the desk's own."""
    pairs = (part.partition("=") for part in header.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _head(scope: Scope) -> int:
    """Bytes. The parser bounds only what comes in pieces."""
    fields = sum(len(name) + len(value) for name, value in scope["headers"])
    return len(scope.get("raw_path") or b"") + len(scope["query_string"]) + fields


async def _body(receive: Receive, headers: Headers) -> bytes | None:
    """None when it is too large. Raises ConnectionError when whoever sent it is gone."""
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > MOST_BODY:
        return None
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionError
        body += bytes(message.get("body", b""))
        if len(body) > MOST_BODY:
            return None
        if not message.get("more_body"):
            return body


def _again(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
