"""A round as it was seen: captures written by the real writer, judged by the real engine."""

from __future__ import annotations

import datetime as dt
import ipaddress
import itertools
import json
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from checks.case import Case, Shared
from checks.engine import CHECKS, FINDING_IDS, run_checks
from checks.finding import Finding
from checks.frame import reading
from checks.reading import Reading
from claims.model import Agency, CrawlSettings, Dataset, NetworkSettings, Round, Service, Settings
from evidence.records import Capture, CrawlFacts, Failure, HttpFacts, PageFacts, TlsFacts
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
        self.named_as_of: dt.datetime | None = None  # in round.toml
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

    def control(
        self,
        at: float,
        status: int | None = 200,
        headers: Sequence[tuple[str, str]] = (),
        failure: Failure = "timeout",
    ) -> Capture:
        """failure: why it did not answer, where status is None."""
        facts = HttpFacts("GET", status, "", tuple(headers), None if status else failure)
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
        return self.probe_body(name, body, port=port, at=at, attempt=attempt)

    def probe_body(
        self, name: str, body: bytes, *, port: int = 443, at: float = 0.0, attempt: int = 1
    ) -> Capture:
        """A probe as the prober made it."""
        facts = TlsFacts(name, port, "127.0.0.1", 1)
        return self._add("tls", f"{name}:{port}", at, facts, purpose="host", attempt=attempt, body=body)

    def account(
        self, unfetched: Sequence[tuple[str, str]] = (), at: float = 800.0, state: str = "complete"
    ) -> Capture:
        body = json.dumps({"unfetched": unfetched, "rendered": 0, "browser": None}).encode()
        facts = CrawlFacts(state, 1, 1, True)
        return self._add("crawl", self.agency.portal, at, facts, body=body)

    def round(self) -> Round:
        crawl = CrawlSettings(retry_after=30.0)
        settings = Settings("r1", crawl=crawl, network=self.network, as_of=self.named_as_of)
        return Round(self.folder, settings, (self.agency,), self.services, self.datasets)

    def judge(self, **options: Any) -> list[Finding]:
        """Findings of every check (or of `checks=`), from the evidence as it lies on the disk."""
        self.writer.close()
        store = EvidenceStore.open(self.folder / "evidence")
        return run_checks(self.round(), store, as_of=self.as_of, **options)

    def reading(self, capture: Capture) -> Reading:
        """A capture's page as the checks read it, its frame removed."""
        self.writer.close()
        store = EvidenceStore.open(self.folder / "evidence")
        round = self.round()
        return reading(Case(round, self.agency, store, self.as_of, Shared(round, store)), capture)

    def found(self, *names: str, **options: Any) -> list[Finding]:
        """Findings by the names of their checks, or of families (`complaints.`). Only those checks are run."""
        if "checks" in options:
            return [finding for finding in self.judge(**options) if finding.check in names]
        told = [
            one
            for one in FINDING_IDS
            for name in names
            if one == name or (name[-1] == "." and one.startswith(name))
        ]
        if not told:
            raise ValueError(f"no check makes findings called {' or '.join(names)}")
        runs = {"elements" if one.startswith("elements.") else one for one in told}
        checks = tuple(one for one in CHECKS if one.id in runs)
        return [finding for finding in self.judge(checks=checks, **options) if finding.check in told]

    def of(self, check: str, **options: Any) -> dict[str, Finding]:
        """Findings of one check by the id of their subject."""
        return {finding.subject.id: finding for finding in self.found(check, **options)}

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


DAY = dt.timedelta(days=1)

# A host as it should be.
GOOD: list[dict[str, Any]] = [
    {"tag": "default", "result": "accepted", "version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384"},
    {"tag": "tls1.3", "result": "accepted", "version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384"},
    {"tag": "tls1.2", "result": "accepted", "version": "TLSv1.2",
     "cipher": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
    *({"tag": tag, "result": "refused", "alert": 40}
      for tag in ("tls1.1", "tls1.0", "ssl3", "rc4", "3des", "null", "anon", "export", "dhe")),
]  # fmt: skip


class Authority:
    """A certificate that issues others."""

    def __init__(self, name: str, parent: Authority | None = None, **options: Any) -> None:
        self.key = options.pop("own_key", None) or ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name(
            [x509.NameAttribute(NameOID.ORGANIZATION_NAME, options.pop("organisation", f"{name} org")),
             x509.NameAttribute(NameOID.COMMON_NAME, name)]
        )  # fmt: skip
        self.parent = parent or self
        self.der = self.parent.sign(self.name, self.key.public_key(), ca=True, **options)

    def sign(
        self,
        subject: x509.Name,
        key: Any,
        *,
        ca: bool = False,
        names: Sequence[str] = (),
        start: dt.datetime = OPENED - 90 * DAY,
        end: dt.datetime = OPENED + 200 * DAY,
        usage: Any = None,
        aia: bool = False,
        extra: x509.ExtensionType | None = None,
    ) -> bytes:
        builder = x509.CertificateBuilder(
            self.name, subject, key, x509.random_serial_number(), start, end
        ).add_extension(x509.BasicConstraints(ca, None), critical=True)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName(list(map(general, names))), critical=False
            )
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if aia:
            where = x509.UniformResourceIdentifier("http://ca.test/issuer.cer")
            access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, where)
            builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        if extra is not None:
            builder = builder.add_extension(extra, critical=False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


def general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def common(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class Pki:
    """A public root, a national one, one that nobody trusts, and chains under them."""

    def __init__(self) -> None:
        self.public = Authority("Public Root", end=OPENED + 4000 * DAY)
        self.national = Authority("National Root", end=OPENED + 4000 * DAY)
        self.unknown = Authority("Nobody's Root", end=OPENED + 4000 * DAY)
        self.issuing = Authority("Public Issuing", self.public)
        self.second = Authority("Public Issuing 2", self.issuing)
        self.national_issuing = Authority("National Issuing", self.national)
        self.old = Authority("Public Old", self.public, end=OPENED - DAY)
        self.unknown_issuing = Authority("Nobody's Issuing", self.unknown)
        self.elsewhere = Authority("Public Elsewhere", self.public)
        self.vendor = Authority("Vendor Root", organisation="Public Root org")
        self.key = ec.generate_private_key(ec.SECP256R1())

    def leaf(
        self, issuer: Authority, *names: str, subject: str = "portal", key: Any = None, **options: Any
    ) -> bytes:
        return issuer.sign(common(subject), key or self.key.public_key(), names=names, **options)

    @cached_property
    def good(self) -> list[bytes]:
        return [self.leaf(self.issuing, "portal.test"), self.issuing.der]

    def self_signed(self, *names: str) -> bytes:
        lone = Authority("portal.test")
        return lone.sign(lone.name, lone.key.public_key(), names=names)


def pem(path: Path, *ders: bytes) -> Path:
    path.write_bytes(b"".join(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in ders))
    return path


class Site(Seen):
    """An agency whose portal is https://portal.test/, with bundles of its own."""

    def __init__(self, folder: Path, pki: Pki) -> None:
        super().__init__(folder, Agency("portal", "سازمان", "main", "https://portal.test/"))
        self.pki = pki
        self.trusting(pki.public.der)

    def trusting(self, *roots: bytes) -> None:
        """These as the public roots."""
        self.network = NetworkSettings(
            controls=("http://control.test/",),
            public_roots=pem(self.folder / "public.pem", *roots),
            national_roots=(pem(self.folder / "national.pem", self.pki.national.der),),
        )

    def web(
        self, *headers: tuple[str, str], body: str = "<html><p>x</p></html>", name: str = "portal.test"
    ) -> None:
        """A well-kept site: http leads to https, https has a page with these headers."""
        head = (("Content-Type", "text/html; charset=utf-8"), *headers)
        for attempt, at in ((1, 10), (2, 100)):
            self.http(f"https://{name}/", body, headers=head, attempt=attempt, at=at, purpose="home")
            hop = self.http(f"http://{name}/", status=301, redirect=f"https://{name}/", attempt=attempt,
                            at=at + 1, purpose="host")  # fmt: skip
            self.http(f"https://{name}/", body, headers=head, attempt=attempt, at=at + 2, purpose="host",
                      previous=hop.id)  # fmt: skip

    def probed(
        self, chain: Sequence[bytes] = (), connections: Any = GOOD, name: str = "portal.test", **rest: Any
    ) -> None:
        """Two probes with one outcome."""
        self.tls(name, connections, chain, at=5, attempt=1, **rest)
        self.tls(name, connections, chain, at=95, attempt=2, **rest)

    def handshakes(self, changes: Mapping[str, Mapping[str, Any]] | None = None) -> list[dict[str, Any]]:
        """Those of a host as it should be, with other answers by tag."""
        return [{**connection, **(changes or {}).get(connection["tag"], {})} for connection in GOOD]

    def host(self, name: str = "portal.test") -> Finding:
        return self.of("hosts.security")[f"{name}:443"]

    def codes(self, name: str = "portal.test") -> list[str]:
        """Problem codes of a host that could be judged."""
        finding = self.host(name)
        assert finding.verdict in ("verified", "partial", "contradicted")
        assert finding.reason == (finding.observed["problems"] or [None])[0]
        return sorted(finding.observed["problems"])


@pytest.fixture
def seen(tmp_path: Path) -> Seen:
    return Seen(tmp_path)


@pytest.fixture(scope="session")
def pki() -> Pki:
    return Pki()


@pytest.fixture
def site(tmp_path: Path, pki: Pki) -> Site:
    return Site(tmp_path, pki)


@pytest.fixture(scope="module")
def hosts_site(tmp_path_factory: pytest.TempPathFactory, pki: Pki) -> Site:
    """One site for all tests of a module."""
    return Site(tmp_path_factory.mktemp("hosts"), pki)
