"""A round as it was seen: captures written by the real writer, judged by the real engine."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checks.engine import run_checks
from checks.finding import Finding
from claims.model import Agency, CrawlSettings, Dataset, NetworkSettings, Round, Service, Settings
from evidence.records import Capture, CrawlFacts, HttpFacts, PageFacts, TlsFacts
from evidence.store import EvidenceStore, EvidenceWriter

OPENED = dt.datetime(2025, 12, 1, 8, 0, tzinfo=dt.UTC)
PORTAL = "http://portal.test/"


class Seen:
    """Writes what was seen of one agency, `portal`, and judges it. Times are seconds after the opening."""

    def __init__(self, folder: Path, agency: Agency | None = None) -> None:
        self.folder = folder
        self.agency = agency or Agency("portal", "سازمان", "main", PORTAL)
        self.services: tuple[Service, ...] = ()
        self.datasets: tuple[Dataset, ...] = ()
        self.network = NetworkSettings(controls=("http://control.test/",))
        self.as_of = OPENED
        self._now = OPENED
        ids = itertools.count(1)
        self.writer = EvidenceWriter.open(
            folder / "evidence",
            vantage="test",
            now=lambda: self._now,
            new_id=lambda: f"c{next(ids):05d}",
            plan={},
        )
        for second in range(0, 901, 60):
            self.control(second)

    def _add(self, kind: str, url: str, at: float, facts: Any, **rest: Any) -> Capture:
        self._now = OPENED + dt.timedelta(seconds=at)
        values: dict[str, Any] = {"agency": self.agency.id, "purpose": "page", "attempt": 1, **rest}
        return self.writer.add(kind=kind, url=url, time=self._now, facts=facts, **values)  # type: ignore[arg-type]

    def control(self, at: float, status: int | None = 200) -> Capture:
        facts = HttpFacts("GET", status, "", (), None if status else "timeout")
        return self._add("http", "http://control.test/", at, facts, agency="", purpose="control")

    def http(
        self,
        url: str,
        body: str | bytes = "",
        *,
        status: int | None = 200,
        headers: Sequence[tuple[str, str]] = (("Content-Type", "text/html; charset=utf-8"),),
        at: float = 0.0,
        attempt: int = 1,
        purpose: str = "page",
        agency: str | None = None,
        **facts: Any,
    ) -> Capture:
        """One exchange. facts: further fields of HttpFacts (`failure=`, `redirect=`, `previous=` …)."""
        content = body.encode() if isinstance(body, str) else body
        head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers)
        response = b"" if status is None else head.encode("latin-1") + b"\r\n" + content
        values: dict[str, Any] = {"failure": None, "size": len(content), **facts}
        kept = tuple(headers) if status is not None else ()
        return self._add(
            "http",
            url,
            at,
            HttpFacts("GET", status, "X" if status else None, kept, **values),
            purpose=purpose,
            attempt=attempt,
            agency=self.agency.id if agency is None else agency,
            request=b"GET / HTTP/1.1\r\n\r\n",
            response=response,
        )

    def twice(self, url: str, body: str | bytes = "", **rest: Any) -> tuple[Capture, Capture]:
        """The same answer at 10 and at 100 seconds."""
        return (
            self.http(url, body, at=10, attempt=1, **rest),
            self.http(url, body, at=100, attempt=2, **rest),
        )

    def rendered(
        self, url: str, dom: str, *, at: float = 20.0, finished: bool = True, **facts: Any
    ) -> Capture:
        values: dict[str, Any] = {"status": 200, "final_url": url, "title": "", "failure": None, **facts}
        return self._add("page", url, at, PageFacts(finished=finished, **values), body=dom.encode())

    def tls(
        self,
        name: str,
        connections: Iterable[Mapping[str, Any]],
        chain: Sequence[bytes] = (),
        *,
        port: int = 443,
        at: float = 0.0,
        attempt: int = 1,
        failure: str | None = None,
        ocsp: bytes | None = None,
    ) -> Capture:
        body = tls_body(name, port, connections, chain, failure, ocsp)
        facts = TlsFacts(name, port, "127.0.0.1", 1)
        return self._add("tls", f"{name}:{port}", at, facts, purpose="host", attempt=attempt, body=body)

    def account(self, unfetched: Sequence[tuple[str, str]] = (), at: float = 800.0) -> Capture:
        body = json.dumps({"unfetched": unfetched, "rendered": 0, "browser": None}).encode()
        facts = CrawlFacts("complete", 1, 1, True)
        return self._add("crawl", self.agency.portal, at, facts, body=body)

    def round(self) -> Round:
        crawl = CrawlSettings(retry_after=30.0)
        settings = Settings("r1", crawl=crawl, network=self.network)
        return Round(self.folder, settings, (self.agency,), self.services, self.datasets)

    def judge(self, **options: Any) -> list[Finding]:
        """Findings of every check (or of `checks=`), from the evidence as it lies on the disk."""
        self.writer.close()
        store = EvidenceStore.open(self.folder / "evidence")
        return run_checks(self.round(), store, as_of=self.as_of, **options)

    def of(self, check: str, **options: Any) -> dict[str, Finding]:
        """Findings of one check by the id of their subject."""
        return {f.subject.id: f for f in self.judge(**options) if f.check == check}

    def move(self, portal: str, *hosts: str) -> None:
        """Another portal for the agency, before anything is written of it."""
        self.agency = replace(self.agency, portal=portal, hosts=hosts)


def tls_body(
    name: str,
    port: int,
    connections: Iterable[Mapping[str, Any]],
    chain: Sequence[bytes] = (),
    failure: str | None = None,
    ocsp: bytes | None = None,
) -> bytes:
    """As the prober writes it."""
    from base64 import b64encode

    blank = {"offered": "", "alert": None, "version": None, "cipher": None, "group_bits": None, "sent": ""}
    filled = [{**blank, "received": "", "ms": 1.0, **connection} for connection in connections]
    body = {
        "host": name,
        "port": port,
        "address": "127.0.0.1",
        "failure": failure,
        "connections": filled,
        "chain": [b64encode(der).decode() for der in chain],
        "ocsp": b64encode(ocsp).decode() if ocsp else None,
        "alpn": None,
    }
    return json.dumps(body, sort_keys=True).encode()


@pytest.fixture
def seen(tmp_path: Path) -> Seen:
    return Seen(tmp_path)
