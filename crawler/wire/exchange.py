"""One exchange on the wire: the bytes that went out and came in, and what they say. Judges nothing.

Not here: moving the bytes (`crawler.wire.connection`).
"""

from __future__ import annotations

import errno
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from crawler.jobs import ExchangeLimits, Job
from crawler.politeness.policy import AddressRefused
from crawler.wire.framing import STATUS_LINE, MalformedResponse
from evidence.kinds.http import Failure, HttpFacts
from web.entity import header_values, is_folded_too_often, split_head
from web.refresh import refresh_target
from web.urls import absolute, address_text, split_fragment

_REDIRECTS = (301, 302, 303, 307, 308)
_NO_ROUTE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN)
_OURS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL)
_HTML = re.compile(r"html|xml", re.IGNORECASE)

Truncated = Literal["length", "disconnect", "time"]


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """What is known of the connection an exchange used."""

    address: str
    port: int
    tls_version: str | None = None
    tls_cipher: str | None = None
    tls_leaf_sha256: str | None = None


class Exchange:
    """Collects one exchange. A retry on a fresh connection starts it anew.

    cut: ends what is under way, once something is. sent: the request. head: of the response, once it is whole.
    size: bytes of the entity so far.
    """

    def __init__(self, job: Job, limits: ExchangeLimits, written: Callable[[Job], None]) -> None:
        self.job = job
        self.limits = limits
        self.started = time.monotonic()
        self.touched = self.started
        self.ended = self.started
        self.cut: Callable[[], None] | None = None
        self.connection: ConnectionFacts | None = None
        self.size = 0
        self.truncated: Truncated | None = None
        self.failure: Failure | None = None
        self.detail = ""
        self.worst_lag = 0.0
        self.sent = b""
        self.head = b""
        self._written = written
        self._received: list[bytes] = []
        self._length = 0
        self._finished = False

    def begin(self, connection: ConnectionFacts, request: bytes) -> None:
        """The request is about to go out over this connection."""
        self.connection = connection
        self.touched = time.monotonic()
        self.sent = request
        self.head = b""
        self._received.clear()
        self._length = 0

    def went_out(self) -> None:
        """The request is on its way: whatever keeps its distance keeps it from now."""
        self._written(self.job)

    def postpone(self, seconds: float) -> None:
        """The exchange begins anew, so much later."""
        self.started = self.touched = time.monotonic() + seconds

    def received(self, data: bytes) -> None:
        self.touched = time.monotonic()
        self._received.append(data)
        self._length += len(data)

    def bounded(self, head: bytes) -> bool:
        """head: of the response, empty until it is whole. False, and failed, when it is past our limit."""
        if (len(head) or self._length) <= self.limits.head:
            self.head = head
            return True
        self.fail("too_large", f"header section over {self.limits.head} bytes")
        return False

    def finish(self, surplus: int) -> None:
        """The response is complete; `surplus` bytes after it belong to nothing."""
        if self._finished:
            return
        self._finished = True
        if surplus:
            self._received = [b"".join(self._received)[:-surplus]]
            self.detail = f"{surplus} bytes after its end are left out"

    def fail(self, failure: Failure, detail: str = "", truncated: Truncated | None = None) -> None:
        """The first failure stands: what follows from it is noise."""
        if self.failure is None and self.truncated != "length":
            self.failure = failure
            self.detail = detail[:200]
            self.truncated = truncated

    def broke(self, reason: BaseException) -> None:
        failure, detail = classify(reason)
        self.fail(failure, detail)

    def expired(self, now: float) -> bool:
        return now - self.touched > self.limits.idle or now - self.started > self.job.time_limit

    def allowance(self, head: bytes) -> int:
        """Bytes of body to keep, now that the head says what it is."""
        kind = next(iter(header_values(head, b"content-type")), b"").decode("latin-1")
        if not kind or _HTML.search(kind):
            return self.job.body_limit
        return min(self.job.body_limit, self.job.other_limit)

    @property
    def response(self) -> bytes:
        if len(self._received) > 1:
            self._received = [b"".join(self._received)]
        return self._received[0] if self._received else b""

    def facts(self, previous: str | None) -> HttpFacts:
        head = self.head or split_head(self.response[: self.limits.head * 2])[0]
        status, reason, headers = parse_head(head)
        if status is not None and 100 <= status < 200 and status != 101:
            status, reason, headers = None, None, ()  # an interim answer, and no other came
        if self.failure is not None and status is not None and self.truncated is None and self.size:
            self.truncated = "disconnect"
        if is_folded_too_often(head):
            self.truncated = "length"
            self.detail = self.detail or "in more content codings than are undone"
        connection = self.connection
        return HttpFacts(
            method="GET",
            status=status,
            reason=reason,
            headers=headers,
            failure=self.failure,
            detail=self.detail,
            redirect=redirect_target(self.job.url, status, head),
            previous=previous,
            truncated=self.truncated,
            address=connection.address if connection else None,
            port=connection.port if connection else None,
            tls_version=connection.tls_version if connection else None,
            tls_cipher=connection.tls_cipher if connection else None,
            tls_leaf_sha256=connection.tls_leaf_sha256 if connection else None,
            elapsed_ms=round((self.ended - self.started) * 1000, 1),
            size=self.size,
            lag_ms=round(self.worst_lag * 1000, 1),
        )

    def unread(self, previous: str | None, error: Exception) -> HttpFacts:
        """An answer that our own code fails on: kept as it came, and held against nobody."""
        return HttpFacts(
            method="GET",
            status=None,
            reason=None,
            headers=(),
            failure="own_error",
            detail=f"ours, not the target's: {type(error).__name__} in reading the answer",
            previous=previous,
            elapsed_ms=round((self.ended - self.started) * 1000, 1),
            lag_ms=round(self.worst_lag * 1000, 1),
        )


def parse_head(head: bytes) -> tuple[int | None, str | None, tuple[tuple[str, str], ...]]:
    """(status, reason, headers as sent); lines without a colon are skipped, folded lines joined."""
    lines = re.split(rb"\r?\n", head.rstrip(b"\r\n"))
    status = STATUS_LINE.match(lines[0])
    if status is None:
        return None, None, ()
    headers: list[tuple[str, str]] = []
    for line in lines[1:]:
        text = line.decode("latin-1")
        if text[:1] in (" ", "\t"):
            if headers:
                name, value = headers[-1]
                headers[-1] = (name, f"{value} {text.strip()}".strip())
            continue
        name, colon, value = text.partition(":")
        if colon:
            headers.append((name.rstrip(" \t"), value.strip(" \t\r")))  # white space of HTTP, and no other
    reason = lines[0][status.end() :].decode("latin-1").strip(" \t\r")
    return int(status.group(3)), reason, tuple(headers)


def redirect_target(url: str, status: int | None, head: bytes) -> str | None:
    """Absolute target of a 3xx Location or of a Refresh header, without fragment."""
    locations = [
        value for value in header_values(head, b"location") if value
    ]  # browsers look for one with a value
    if status in _REDIRECTS and locations:
        target = absolute(url, address_text(locations[0]))
        return split_fragment(target)[0] if target else None
    if values := header_values(head, b"refresh"):
        written = refresh_target(address_text(values[0]), timed=True)
        target = absolute(url, written) if written else None
        if target is not None and split_fragment(target)[0] != url:
            return split_fragment(target)[0]
    return None


def classify(reason: BaseException) -> tuple[Failure, str]:
    """Which transport failure an exception of the connection or of ours is."""
    detail = type(reason).__name__
    if isinstance(reason, AddressRefused):
        return reason.failure, reason.detail
    if isinstance(reason, ssl.SSLError | ssl.CertificateError):
        return "tls", str(reason)
    if isinstance(reason, MalformedResponse):
        return "protocol", str(reason)
    if isinstance(reason, ConnectionRefusedError):
        return "refused", detail
    if isinstance(reason, ConnectionError):
        return "reset", detail
    if isinstance(reason, TimeoutError):
        return "timeout", detail
    if isinstance(reason, OSError) and reason.errno in _NO_ROUTE:
        return "timeout", f"{detail}: {reason.strerror}"
    if isinstance(reason, OSError) and reason.errno in _OURS:
        return "own_error", f"{detail}: {reason.strerror}"
    if isinstance(reason, OSError):
        return "refused", f"{detail}: {reason.strerror}"
    return "own_error", f"{detail}: {reason}"
