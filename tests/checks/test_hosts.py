"""Hosts, judged from recorded handshakes and exchanges. Certificates are made here; expectations are rows."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from claims.model import NetworkSettings

NAME = "portal.test"
SITE = f"https://{NAME}/"
NOW = dt.datetime(2025, 12, 1, 8, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
HSTS = ("Strict-Transport-Security", "max-age=31536000")
HTML = ("Content-Type", "text/html; charset=utf-8")

GOOD = [
    {"tag": "default", "result": "accepted", "version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384"},
    {"tag": "tls1.3", "result": "accepted", "version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384"},
    {"tag": "tls1.2", "result": "accepted", "version": "TLSv1.2",
     "cipher": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
    *({"tag": tag, "result": "refused", "alert": 40}
      for tag in ("tls1.1", "tls1.0", "ssl3", "rc4", "3des", "null", "anon", "export", "dhe")),
]  # fmt: skip


def changed(**results: dict[str, Any]) -> list[dict[str, Any]]:
    """GOOD with other answers, by tag (dots as underscores)."""
    other = {tag.replace("_", "."): answer for tag, answer in results.items()}
    return [{**connection, **other.get(connection["tag"], {})} for connection in GOOD]


REFUSED = {"result": "refused", "version": None, "cipher": None}


class Authority:
    """A certificate that issues others."""

    def __init__(self, name: str, parent: Authority | None = None, **options: Any) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
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
        start: dt.datetime = NOW - 90 * DAY,
        end: dt.datetime = NOW + 200 * DAY,
        usage: Any = None,
        aia: bool = False,
        key_usage: bool = True,
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
        self.public = Authority("Public Root", end=NOW + 4000 * DAY)
        self.national = Authority("National Root", end=NOW + 4000 * DAY)
        self.unknown = Authority("Nobody's Root", end=NOW + 4000 * DAY)
        self.issuing = Authority("Public Issuing", self.public)
        self.second = Authority("Public Issuing 2", self.issuing)
        self.national_issuing = Authority("National Issuing", self.national)
        self.old = Authority("Public Old", self.public, end=NOW - DAY)
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
        return [self.leaf(self.issuing, NAME), self.issuing.der]

    def self_signed(self, *names: str) -> bytes:
        lone = Authority("portal.test")
        return lone.sign(lone.name, lone.key.public_key(), names=names)


@pytest.fixture(scope="module")
def pki() -> Pki:
    return Pki()


def pem(path: Path, *ders: bytes) -> Path:
    path.write_bytes(b"".join(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in ders))
    return path


@pytest.fixture
def site(seen: Any, pki: Pki, tmp_path: Path) -> Any:
    seen.move(SITE)
    seen.network = NetworkSettings(
        controls=("http://control.test/",),
        public_roots=pem(tmp_path / "public.pem", pki.public.der),
        national_roots=(pem(tmp_path / "national.pem", pki.national.der),),
    )
    return seen


def web(seen: Any, *headers: tuple[str, str], body: str = "<html><p>x</p></html>", name: str = NAME) -> None:
    """A well-kept site: http leads to https, https has a page with these headers."""
    for attempt, at in ((1, 10), (2, 100)):
        seen.http(f"https://{name}/", body, headers=(HTML, *headers), attempt=attempt, at=at, purpose="home")
        hop = seen.http(f"http://{name}/", status=301, redirect=f"https://{name}/", attempt=attempt, at=at + 1,
                        purpose="host")  # fmt: skip
        seen.http(f"https://{name}/", body, headers=(HTML, *headers), attempt=attempt, at=at + 2, purpose="host",
                  previous=hop.id)  # fmt: skip


def probed(seen: Any, connections: Any, chain: Sequence[bytes] = (), name: str = NAME, **rest: Any) -> None:
    seen.tls(name, connections, chain, at=5, attempt=1, **rest)
    seen.tls(name, connections, chain, at=95, attempt=2, **rest)


def codes(seen: Any, host: str = f"{NAME}:443") -> list[str]:
    finding = seen.of("hosts.security")[host]
    assert finding.verdict in ("verified", "partial", "contradicted")
    assert finding.reason == (finding.observed["problems"] or [None])[0]
    return sorted(finding.observed["problems"])


CHAINS: dict[str, tuple[Callable[[Pki], list[bytes]], list[str]]] = {
    "good": (lambda p: p.good, []),
    "with its root": (lambda p: [*p.good, p.public.der], []),
    "two issuers": (lambda p: [p.leaf(p.second, NAME), p.second.der, p.issuing.der], []),
    "by the root itself": (lambda p: [p.leaf(p.public, NAME)], []),
    "with a stranger": (lambda p: [*p.good, p.unknown.der], []),
    "expired": (lambda p: [p.leaf(p.issuing, NAME, end=NOW - DAY), p.issuing.der], ["expired"]),
    "not yet valid": (
        lambda p: [p.leaf(p.issuing, NAME, start=NOW + DAY), p.issuing.der], ["not_yet_valid"]),
    "thirteen days": (lambda p: [p.leaf(p.issuing, NAME, end=NOW + 13 * DAY), p.issuing.der], ["expires_soon"]),
    "fifteen days": (lambda p: [p.leaf(p.issuing, NAME, end=NOW + 15 * DAY), p.issuing.der], []),
    "another host's": (lambda p: [p.leaf(p.issuing, "other.test"), p.issuing.der], ["name_mismatch"]),
    "common name only": (lambda p: [p.leaf(p.issuing, subject=NAME), p.issuing.der], ["cn_only"]),
    "no name at all": (lambda p: [p.leaf(p.issuing, subject="x"), p.issuing.der], ["name_mismatch"]),
    "common name beside others": (
        lambda p: [p.leaf(p.issuing, "other.test", subject=NAME), p.issuing.der], ["name_mismatch"]),
    "self-signed": (lambda p: [p.self_signed(NAME)], ["self_signed"]),
    "untrusted, root sent": (
        lambda p: [p.leaf(p.unknown_issuing, NAME), p.unknown_issuing.der, p.unknown.der], ["untrusted"]),
    "untrusted, root not sent": (
        lambda p: [p.leaf(p.unknown_issuing, NAME), p.unknown_issuing.der], ["untrusted"]),
    "untrusted, leaf alone": (lambda p: [p.leaf(p.unknown, NAME)], ["untrusted"]),
    "national": (
        lambda p: [p.leaf(p.national_issuing, NAME), p.national_issuing.der], ["national_only"]),
    "incomplete, issuer seen elsewhere": (lambda p: [p.leaf(p.elsewhere, NAME)], ["incomplete_chain"]),
    "unknown root of a known name": (lambda p: [p.leaf(p.vendor, NAME)], ["untrusted"]),
    "incomplete, issuer's address named": (
        lambda p: [p.leaf(p.unknown_issuing, NAME, aia=True)], ["incomplete_chain"]),
    "misordered": (
        lambda p: [p.leaf(p.second, NAME), p.issuing.der, p.second.der], ["misordered_chain"]),
    "expired issuer": (lambda p: [p.leaf(p.old, NAME), p.old.der], ["intermediate_expired"]),
    "expired, and for another": (
        lambda p: [p.leaf(p.issuing, "other.test", end=NOW - DAY), p.issuing.der],
        ["expired", "name_mismatch"]),
    "weak key": (
        lambda p: [p.leaf(p.issuing, NAME, key=rsa.generate_private_key(65537, 1024).public_key()),
                   p.issuing.der], ["weak_key"]),
    "small curve": (
        lambda p: [p.leaf(p.issuing, NAME, key=ec.generate_private_key(ec.SECP224R1()).public_key()),
                   p.issuing.der], ["weak_key"]),
    "for clients": (
        lambda p: [p.leaf(p.issuing, NAME, usage=ExtendedKeyUsageOID.CLIENT_AUTH), p.issuing.der],
        ["wrong_usage"]),
    "for servers": (
        lambda p: [p.leaf(p.issuing, NAME, usage=ExtendedKeyUsageOID.SERVER_AUTH), p.issuing.der], []),
    "a CA's own": (lambda p: [p.leaf(p.issuing, NAME, ca=True), p.issuing.der], ["wrong_usage"]),
    "with something unreadable": (lambda p: [*p.good, b"no certificate"], []),
    "wildcard": (lambda p: [p.leaf(p.issuing, "*.test"), p.issuing.der], ["name_mismatch"]),
}  # fmt: skip


@pytest.mark.parametrize(("chain", "expected"), CHAINS.values(), ids=CHAINS.keys())
def test_chains(site: Any, pki: Pki, chain: Callable[[Pki], list[bytes]], expected: list[str]) -> None:
    probed(site, GOOD, chain(pki))
    site.tls("other.test", GOOD, [pki.leaf(pki.elsewhere, "other.test"), pki.elsewhere.der])
    web(site, HSTS)
    assert codes(site) == sorted(expected)


# Made by the openssl command, in this order: a root, and leaves with SHA-1, MD5 and an RSA key of 512 bits.
OLD_CERTIFICATES = Path(__file__).parent / "data" / "old_certificates.pem"
OLD_LEAVES = {1: ["weak_signature"], 2: ["weak_signature"], 3: ["weak_key"]}


@pytest.mark.parametrize(("place", "expected"), OLD_LEAVES.items())
def test_what_no_library_makes_any_more(site: Any, place: int, expected: list[str]) -> None:
    every = x509.load_pem_x509_certificates(OLD_CERTIFICATES.read_bytes())
    ders = [certificate.public_bytes(Encoding.DER) for certificate in every]
    site.network = replace(site.network, public_roots=pem(site.folder / "old.pem", ders[0]))
    site.as_of = every[0].not_valid_before_utc + DAY
    probed(site, GOOD, [ders[place]])
    web(site, HSTS)
    assert codes(site) == expected


NAMES: dict[str, tuple[str, str, bool]] = {
    "wildcard": ("www.portal.test", "*.portal.test", True),
    "wildcard, two labels": ("a.b.portal.test", "*.portal.test", False),
    "wildcard, no label": ("portal.test", "*.portal.test", False),
    "wildcard inside": ("www.portal.test", "w*.portal.test", False),
    "letter case": ("www.portal.test", "WWW.Portal.TEST", True),
    "idn": ("xn--mgba3a4f16a.test", "xn--mgba3a4f16a.test", True),
    "address": ("192.0.2.7", "192.0.2.7", True),
    "other address": ("192.0.2.7", "192.0.2.8", False),
}


@pytest.mark.parametrize(("host", "name", "fits"), NAMES.values(), ids=NAMES.keys())
def test_names(site: Any, pki: Pki, host: str, name: str, fits: bool) -> None:
    site.move(f"https://{host}/")
    probed(site, GOOD, [pki.leaf(pki.issuing, name), pki.issuing.der], name=host)
    web(site, HSTS, name=host)
    assert codes(site, f"{host}:443") == ([] if fits else ["name_mismatch"])


def accepted(cipher: str, **rest: Any) -> dict[str, Any]:
    return {"result": "accepted", "cipher": cipher, "version": "TLSv1.2", **rest}


OLD = {"default": accepted("AES256-SHA", version="TLSv1"), "tls1_3": REFUSED, "tls1_2": REFUSED,
       "tls1_0": accepted("TLS_RSA_WITH_AES_256_CBC_SHA", version="TLSv1")}  # fmt: skip
STATIC = {"default": accepted("AES256-GCM-SHA384"), "tls1_3": REFUSED,
          "tls1_2": accepted("TLS_RSA_WITH_AES_256_GCM_SHA384")}  # fmt: skip
PROTOCOLS: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "good": (GOOD, []),
    "tls 1.3 only": (changed(tls1_2=REFUSED), []),
    "tls 1.2 only": (changed(tls1_3=REFUSED, default=accepted("ECDHE-RSA-AES256-GCM-SHA384")), []),
    "tls 1.0 too": (
        changed(tls1_0=accepted("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", version="TLSv1")), ["obsolete_protocol"]),
    "sslv3 too": (
        changed(ssl3=accepted("TLS_RSA_WITH_AES_128_CBC_SHA", version="SSLv3")), ["obsolete_protocol"]),
    "tls 1.0 only": (changed(**OLD), ["no_forward_secrecy", "no_modern_protocol", "obsolete_protocol"]),
    "tls 1.0, newer ones unanswered": (
        changed(**{**OLD, "tls1_2": {**REFUSED, "result": "timeout"}}), ["no_forward_secrecy", "obsolete_protocol"]),
    "rc4": (changed(rc4=accepted("TLS_RSA_WITH_RC4_128_SHA")), ["weak_cipher"]),
    "3des": (changed(**{"3des": accepted("TLS_RSA_WITH_3DES_EDE_CBC_SHA")}), ["weak_cipher"]),
    "null": (changed(null=accepted("TLS_RSA_WITH_NULL_SHA256")), ["weak_cipher"]),
    "export": (changed(export=accepted("TLS_RSA_EXPORT_WITH_RC4_40_MD5")), ["weak_cipher"]),
    "anonymous": (changed(anon=accepted("TLS_DH_anon_WITH_AES_128_CBC_SHA")), ["anonymous_cipher"]),
    "small group": (changed(dhe=accepted("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", group_bits=1024)), ["weak_dh"]),
    "fair group": (changed(dhe=accepted("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", group_bits=2048)), []),
    "static keys": (changed(**STATIC), ["no_forward_secrecy"]),
    "static keys, DHE unanswered": (changed(**STATIC, dhe={"result": "reset"}), []),
    "odd hellos dropped": (changed(rc4={"result": "timeout"}, null={"result": "reset"}), []),
    "cbc beside": (changed(tls1_2=accepted("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384")), []),
}  # fmt: skip


@pytest.mark.parametrize(("connections", "expected"), PROTOCOLS.values(), ids=PROTOCOLS.keys())
def test_protocols(site: Any, pki: Pki, connections: list[dict[str, Any]], expected: list[str]) -> None:
    probed(site, connections, pki.good)
    web(site, HSTS)
    assert codes(site) == expected


HSTS_VALUES: dict[str, tuple[list[str], str | None]] = {
    "none": ([], "hsts_missing"),
    "a year": (["max-age=31536000"], None),
    "all of it": (["max-age=63072000; includeSubDomains; preload"], None),
    "letter case": (["MAX-AGE=31536000; INCLUDESUBDOMAINS"], None),
    "quoted": (['max-age="31536000"'], None),
    "spaces": (["  max-age = 31536000 ;  ; includeSubDomains"], None),
    "unknown directive": (["max-age=31536000; foo=bar"], None),
    "six months": (["max-age=15552000"], None),
    "a day": (["max-age=86400"], "hsts_short"),
    "zero": (["max-age=0"], "hsts_short"),
    "words": (["max-age=1 year"], "hsts_invalid"),
    "negative": (["max-age=-1"], "hsts_invalid"),
    "no age": (["includeSubDomains"], "hsts_invalid"),
    "no value": (["max-age"], "hsts_invalid"),
    "twice within": (["max-age=31536000; max-age=0"], "hsts_invalid"),
    "comma": (["max-age=31536000, includeSubDomains"], "hsts_invalid"),
    "two fields": (["max-age=31536000", "max-age=31536000"], "hsts_invalid"),
    "empty": ([""], "hsts_invalid"),
}


@pytest.mark.parametrize(("values", "problem"), HSTS_VALUES.values(), ids=HSTS_VALUES.keys())
def test_hsts(site: Any, pki: Pki, values: list[str], problem: str | None) -> None:
    probed(site, GOOD, pki.good)
    web(site, *(("Strict-Transport-Security", value) for value in values))
    assert codes(site) == ([problem] if problem else [])


COOKIES: dict[str, tuple[str, bool]] = {
    "bare": ("PHPSESSID=v4lu3; path=/", True),
    "no HttpOnly": ("ASP.NET_SessionId=v4lu3; Secure", True),
    "no Secure": ("JSESSIONID=v4lu3; HttpOnly", True),
    "both": ("PHPSESSID=v4lu3; Secure; HttpOnly; SameSite=Lax", False),
    "flags in any case": ("sid=v4lu3; SECURE; httponly", False),
    "token": ("auth_token=v4lu3", True),
    "counter": ("_ga=GA1.2.3", False),
    "language": ("lang=fa", False),
    "against forgery": ("XSRF-TOKEN=v4lu3", False),
    "balancer": ("BIGipServerpool=1.2", False),
    "deleted": ("PHPSESSID=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT", False),
    "ended": ("PHPSESSID=x; Max-Age=0", False),
}


@pytest.mark.parametrize(("cookie", "insecure"), COOKIES.values(), ids=COOKIES.keys())
def test_cookies(site: Any, pki: Pki, cookie: str, insecure: bool) -> None:
    probed(site, GOOD, pki.good)
    web(site, HSTS, ("Set-Cookie", cookie))
    finding = site.of("hosts.security")[f"{NAME}:443"]
    assert finding.observed["problems"] == (["insecure_cookie"] if insecure else [])
    assert "v4lu3" not in str(finding.to_json())


MARKUP: dict[str, tuple[str, list[str]]] = {
    "picture": ('<img src="http://cdn.test/a.png">', ["mixed_content"]),
    "script": ('<script src="http://cdn.test/a.js"></script>', ["mixed_content"]),
    "style": ('<link rel=stylesheet href="http://cdn.test/a.css">', ["mixed_content"]),
    "css": ("<style>p{background:url(http://cdn.test/a.png)}</style>", ["mixed_content"]),
    "frame": ('<iframe src="http://cdn.test/"></iframe>', ["mixed_content"]),
    "base": ('<base href="http://cdn.test/"><img src="a.png">', ["mixed_content"]),
    "link": ('<a href="http://cdn.test/">x</a>', []),
    "no scheme": ('<img src="//cdn.test/a.png">', []),
    "alternate": ('<link rel=alternate href="http://cdn.test/feed">', []),
    "upgraded": (
        '<meta http-equiv="Content-Security-Policy" content="upgrade-insecure-requests">'
        '<img src="http://cdn.test/a.png">', []),
    "form": ('<form action="http://portal.test/send"></form>', ["form_to_http"]),
    "button": ('<form><button formaction="http://portal.test/send">x</button></form>', ["form_to_http"]),
    "form at home": ('<form action="/send"></form>', []),
}  # fmt: skip


@pytest.mark.parametrize(("markup", "expected"), MARKUP.values(), ids=MARKUP.keys())
def test_markup(site: Any, pki: Pki, markup: str, expected: list[str]) -> None:
    probed(site, GOOD, pki.good)
    web(site, HSTS, body=f"<html><head></head><body>{markup}</body></html>")
    assert codes(site) == expected


def test_what_scripts_ask_for_counts_too(site: Any, pki: Pki) -> None:
    probed(site, GOOD, pki.good)
    web(site, HSTS)
    site.rendered(SITE, "<html></html>", insecure=("http://cdn.test/late.js",))
    assert codes(site) == ["mixed_content"]


def plain(site: Any, **answer: Any) -> None:
    site.twice(SITE, "<html></html>", headers=(HTML, HSTS), purpose="home")
    site.twice(f"http://{NAME}/", answer.pop("body", ""), purpose="host", **answer)


PLAIN: dict[str, tuple[dict[str, Any], list[str]]] = {
    "same page": ({"body": "<html><p>سازمان</p>"}, ["http_not_redirected"]),
    "by script only": (
        {"body": "<script>location.href='https://portal.test/'</script>"},
        ["http_not_redirected"],
    ),
    "by meta only": (
        {"body": '<meta http-equiv=refresh content="0;url=https://portal.test/"><html>'},
        ["http_not_redirected"],
    ),
    "redirected": ({"status": 301, "redirect": SITE}, []),
    "redirected for now": ({"status": 302, "redirect": SITE}, []),
    "elsewhere": ({"status": 301, "redirect": "https://new.test/"}, []),
    "closed": ({"status": None, "failure": "refused"}, []),
    "not found": ({"status": 404}, []),
    "forbidden": ({"status": 403}, []),
    "firewall": ({"body": "<html><title>Just a moment...</title>"}, []),
    "onto itself": ({"status": 301, "redirect": f"http://{NAME}/"}, ["redirect_loop"]),
}


@pytest.mark.parametrize(("answer", "expected"), PLAIN.values(), ids=PLAIN.keys())
def test_from_http(site: Any, pki: Pki, answer: dict[str, Any], expected: list[str]) -> None:
    probed(site, GOOD, pki.good)
    plain(site, **answer)
    assert codes(site) == expected


def test_from_https_back_to_http(site: Any, pki: Pki) -> None:
    probed(site, GOOD, pki.good)
    site.twice(SITE, status=302, redirect=f"http://{NAME}/home", headers=(HSTS,), purpose="home")
    site.twice(f"http://{NAME}/home", "<html></html>", purpose="page")
    assert codes(site) == ["https_downgrade"]


def test_a_firewalls_headers_are_not_the_portals(site: Any, pki: Pki) -> None:
    probed(site, GOOD, pki.good)
    site.twice(SITE, "<html><title>Just a moment...</title>", purpose="home",
               headers=(HTML, ("Set-Cookie", "session=1")))  # fmt: skip
    assert codes(site) == []


SILENT: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "refused": ([{"tag": "default", "result": "connect_refused"}], "refused", "unreachable"),
    "reset": ([{"tag": "default", "result": "reset"}], "reset", "unreachable"),
    "silent": ([{"tag": "default", "result": "timeout"}], "timeout", "unreachable"),
    "http on 443": ([{"tag": "default", "result": "not_tls"}], "protocol", "unreachable"),
    "alert": ([{"tag": "default", "result": "refused", "alert": 40}], "tls", "unreachable"),
    "no such name": ([], "dns", "unreachable"),
    "private": ([], "private_address", "own_error"),
}


@pytest.mark.parametrize(("connections", "failure", "reason"), SILENT.values(), ids=SILENT.keys())
def test_what_cannot_be_told(site: Any, connections: list[dict[str, Any]], failure: str, reason: str) -> None:
    probed(site, connections, failure=failure)
    site.twice(SITE, status=None, failure="timeout", purpose="home")
    finding = site.of("hosts.security")[f"{NAME}:443"]
    assert (finding.verdict, finding.reason, finding.observed["problems"]) == ("inconclusive", reason, [])


NO_HTTPS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "answers on 80": ("refused", {"body": "<html>سازمان"}, ["no_https"]),
    "silent on 443": ("timeout", {"body": "<html>سازمان"}, []),
    "silent on 80": ("refused", {"status": None, "failure": "timeout"}, []),
    "firewall on 80": ("refused", {"status": 403}, []),
}


@pytest.mark.parametrize(("failure", "answer", "expected"), NO_HTTPS.values(), ids=NO_HTTPS.keys())
def test_no_https(site: Any, failure: str, answer: dict[str, Any], expected: list[str]) -> None:
    site.move(f"http://{NAME}/")
    probed(site, [{"tag": "default", "result": "connect_refused"}], failure=failure)
    site.twice(f"http://{NAME}/", answer.pop("body", ""), purpose="home", **answer)
    finding = site.of("hosts.security")[f"{NAME}:443"]
    assert finding.observed["problems"] == expected
    assert finding.verdict == ("contradicted" if expected else "inconclusive")


def test_one_refusal_is_not_enough(site: Any) -> None:
    site.move(f"http://{NAME}/")
    site.tls(NAME, [{"tag": "default", "result": "connect_refused"}], failure="refused")
    site.twice(f"http://{NAME}/", "<html>x", purpose="home")
    finding = site.of("hosts.security")[f"{NAME}:443"]
    assert (finding.verdict, finding.observed["problems"]) == ("inconclusive", [])
    assert finding.observed["unproven"] == ["no_https"]


def test_one_look_at_a_certificate_is_not_enough(site: Any, pki: Pki) -> None:
    site.tls(NAME, GOOD, [pki.leaf(pki.issuing, NAME, end=NOW - DAY), pki.issuing.der])
    finding = site.of("hosts.security")[f"{NAME}:443"]
    assert (finding.verdict, finding.reason) == ("inconclusive", "not_attempted")


def test_a_problem_of_one_look_alone_is_none(site: Any, pki: Pki) -> None:
    site.tls(NAME, GOOD, [pki.leaf(pki.issuing, NAME, end=NOW - DAY), pki.issuing.der], at=5)
    site.tls(NAME, GOOD, pki.good, at=95, attempt=2)
    web(site, HSTS)
    assert codes(site) == []


def test_a_host_that_was_not_probed(site: Any) -> None:
    finding = site.of("hosts.security")[f"{NAME}:443"]
    assert (finding.verdict, finding.reason) == ("inconclusive", "not_attempted")


def test_every_declared_host_once(site: Any, pki: Pki) -> None:
    site.move("http://portal.test:8080/start", "one.test", "portal.test", "https://two.test:8443/")
    assert set(site.of("hosts.security")) == {
        "portal.test:443",
        "one.test:443",
        "two.test:443",
        "two.test:8443",
    }


@pytest.mark.parametrize(
    ("days", "expected"), [(0, []), (190, ["expires_soon"]), (365, ["expired", "intermediate_expired"])]
)
def test_the_time_of_judgement_alone_flips_certificates(
    site: Any, pki: Pki, days: int, expected: list[str]
) -> None:
    probed(site, GOOD, pki.good)
    web(site, HSTS)
    site.as_of = NOW + days * DAY
    assert codes(site) == expected


@pytest.mark.parametrize(("status", "signer", "expected"), [
    ("REVOKED", "issuing", ["revoked"]), ("GOOD", "issuing", []), ("REVOKED", "unknown", []),
])  # fmt: skip
def test_a_stapled_answer(site: Any, pki: Pki, status: str, signer: str, expected: list[str]) -> None:
    leaf, issuer = (x509.load_der_x509_certificate(der) for der in pki.good)
    revoked = status == "REVOKED"
    authority: Authority = getattr(pki, signer)
    answer = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            leaf, issuer, hashes.SHA256(), ocsp.OCSPCertStatus[status], NOW - DAY, NOW + DAY,
            NOW - DAY if revoked else None, None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.NAME, x509.load_der_x509_certificate(authority.der))
        .sign(authority.key, hashes.SHA256())
    )  # fmt: skip
    probed(site, GOOD, pki.good, ocsp=answer.public_bytes(Encoding.DER))
    web(site, HSTS)
    assert codes(site) == expected


@pytest.mark.parametrize("chain", [[b"\x30\x03\x02\x01\x01"], [b"no certificate"]])
def test_a_certificate_that_nobody_can_read_blames_nobody(site: Any, chain: list[bytes]) -> None:
    probed(site, GOOD, chain)
    web(site, HSTS)
    finding = site.of("hosts.security")[f"{NAME}:443"]
    assert (finding.verdict, finding.reason) == ("inconclusive", "own_error")


def test_a_link_to_a_host_with_a_bad_certificate(site: Any, pki: Pki) -> None:
    site.move(f"http://{NAME}/")
    bad = [pki.leaf(pki.issuing, "wrong.test"), pki.issuing.der]
    national = [pki.leaf(pki.national_issuing, "national.test"), pki.national_issuing.der]
    site.http(f"http://{NAME}/", '<html><a href="https://bad.test/">x</a><a href="https://national.test/">y</a>',
              purpose="home")  # fmt: skip
    for name, chain in (("bad.test", bad), ("national.test", national)):
        sha256 = x509.load_der_x509_certificate(chain[0]).fingerprint(hashes.SHA256()).hex()
        site.tls(name, GOOD[:1], chain, at=20)
        site.http(f"https://{name}/", "<html>x", purpose="link", at=30, tls_leaf_sha256=sha256)
    (finding,) = site.of("links.target").values()
    assert (finding.subject.id, finding.reason) == ("https://bad.test/", "tls")
    assert finding.observed["detail"] == "name_mismatch"


def test_a_portals_own_certificate_is_told_once_not_on_every_link(site: Any, pki: Pki) -> None:
    probed(site, GOOD, [pki.leaf(pki.issuing, "wrong.test"), pki.issuing.der])
    web(site, HSTS, body='<html><a href="/one">x</a>')
    site.http(SITE + "one", "<html><p>" + "متن " * 600)
    assert site.of("links.target") == {}


def test_roots_of_the_machine_are_never_asked(site: Any, pki: Pki, tmp_path: Path) -> None:
    site.network = replace(site.network, public_roots=pem(tmp_path / "other.pem", pki.unknown.der))
    probed(site, GOOD, [*pki.good, pki.public.der])
    web(site, HSTS)
    assert codes(site) == ["untrusted"]
