"""A round as it was seen (`fixtures.single_agency`), and a host with certificates of its own."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from checks.finding import Finding
from claims.model import Agency, NetworkSettings
from fixtures.hosts.probes import SAFE
from fixtures.single_agency import OPENED, Seen

DAY = dt.timedelta(days=1)


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
        self, chain: Sequence[bytes] = (), connections: Any = SAFE, name: str = "portal.test", **rest: Any
    ) -> None:
        """Two probes with one outcome."""
        self.tls(name, connections, chain, at=5, attempt=1, **rest)
        self.tls(name, connections, chain, at=95, attempt=2, **rest)

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
