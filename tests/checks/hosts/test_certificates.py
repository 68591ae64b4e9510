"""Certificates: chains, names, times, staples. Made here; expectations are rows."""

from __future__ import annotations

import datetime as dt
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from checks.hosts.certificates.chain_path import Trust
from checks.hosts.certificates.faults import judge_chain
from checks.hosts.certificates.names import MOST_NAMES
from checks.hosts.certificates.ocsp_answers import OcspAnswer, read_answer
from checks.hosts.certificates.revocation import RevocationEvidence
from checks.hosts.certificates.strength import lifetime
from checks.hosts.certificates.trust import Bundle, ChainVerifier, Pool
from crawler.probes.certificate_documents import wanted
from fixtures.hosts.pki import pem
from fixtures.hosts.probes import handshakes
from reports.hosts.facts import certificate
from tests.checks.conftest import Authority

OCSP: Any = import_module("asn1crypto.ocsp")  # has no types
NAME = "portal.test"
SITE = f"https://{NAME}/"
NOW = dt.datetime(2025, 12, 1, 8, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
HSTS = ("Strict-Transport-Security", "max-age=31536000")

CHAINS: dict[str, tuple[Callable[[Any], list[bytes]], list[str]]] = {
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
def test_chains(site: Any, pki: Any, chain: Callable[[Any], list[bytes]], expected: list[str]) -> None:
    site.probed(chain(pki))
    site.tls("other.test", handshakes(), [pki.leaf(pki.elsewhere, "other.test"), pki.elsewhere.der])
    site.web(HSTS)
    assert site.codes() == sorted(expected)


# Made by the openssl command, in this order: a root, and leaves with SHA-1, MD5 and an RSA key of 512 bits.
OLD_CERTIFICATES = Path(__file__).parent / "data" / "old_certificates.pem"
OLD_LEAVES = {1: ["weak_signature"], 2: ["weak_signature"], 3: ["weak_key"]}


@pytest.mark.parametrize(("place", "expected"), OLD_LEAVES.items())
def test_what_no_library_makes_any_more(site: Any, place: int, expected: list[str]) -> None:
    every = x509.load_pem_x509_certificates(OLD_CERTIFICATES.read_bytes())
    ders = [certificate.public_bytes(Encoding.DER) for certificate in every]
    site.trusting(ders[0])
    site.as_of = every[0].not_valid_before_utc + DAY
    site.probed([ders[place]])
    site.web(HSTS)
    assert site.codes() == expected


SIGNED_TWICE: dict[str, tuple[Callable[[Any, Any], list[bytes]], list[str]]] = {
    "by an unknown root first": (lambda p, both: [both["unknown"], both["public"]], []),
    "by a known root first": (lambda p, both: [both["public"], both["unknown"]], []),
    "by an unknown root alone": (lambda p, both: [both["unknown"]], ["untrusted"]),
    "what has expired first": (lambda p, both: [both["expired"], both["public"]], []),
    "what has expired, and an unknown root's": (
        lambda p, both: [both["unknown"], both["expired"]], ["intermediate_expired"]),
}  # fmt: skip


@pytest.mark.parametrize(("above", "expected"), SIGNED_TWICE.values(), ids=SIGNED_TWICE.keys())
def test_an_issuer_whom_two_roots_signed(
    site: Any, pki: Any, above: Callable[[Any, Any], list[bytes]], expected: list[str]
) -> None:
    """Browsers try every way up; a library may take the first that fits by name."""
    key = ec.generate_private_key(ec.SECP256R1())
    signed = {
        "public": Authority("Crossed", pki.public, own_key=key),
        "unknown": Authority("Crossed", pki.unknown, own_key=key),
        "expired": Authority("Crossed", pki.public, own_key=key, end=NOW - DAY),
    }
    leaf = pki.leaf(signed["public"], NAME)
    site.probed([leaf, *above(pki, {kind: one.der for kind, one in signed.items()})])
    site.web(HSTS)
    assert site.codes() == expected


@pytest.mark.parametrize("place", [0, 1])
def test_two_keys_of_one_name(site: Any, pki: Any, place: int) -> None:
    """A root that got a new key, an issuer that did: both are sent, or trusted, in either order."""
    roots = [Authority("Root of two keys", end=NOW + 400 * DAY) for _ in range(2)]
    site.trusting(*(root.der for root in roots))
    issuers = [Authority("Issuing of two keys", roots[place]) for _ in range(2)]
    site.probed([pki.leaf(issuers[place], NAME), *(issuer.der for issuer in issuers)])
    site.web(HSTS)
    assert site.codes() == []


def test_a_chain_of_one_name_and_one_key_keeps_nobody_busy(site: Any, pki: Any) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    same = [Authority("Same", Authority("Same", own_key=key), own_key=key) for _ in range(18)]
    began = time.monotonic()
    site.probed([pki.leaf(same[0], NAME), *(one.der for one in same)])
    site.web(HSTS)
    assert site.codes() == ["untrusted"]
    assert time.monotonic() - began < 5


def test_an_issuer_that_says_where_its_own_can_be_had_is_missing_one(site: Any, pki: Any) -> None:
    """The host left out the second of two; that nobody knows the root would be said of the authority."""
    second = Authority("Public Issuing 3", pki.issuing, aia=True)
    site.probed([pki.leaf(second, NAME), second.der])
    site.web(HSTS)
    assert site.codes() == ["incomplete_chain"]


def test_a_link_to_a_host_that_sends_a_part_of_its_chain_is_not_broken(site: Any, pki: Any) -> None:
    """Browsers fetch or know what is missing; of links nothing is fetched, so there is no telling whether there is a root."""
    site.move(f"http://{NAME}/")
    second = Authority("Public Issuing 3", pki.issuing, aia=True)
    chain = [pki.leaf(second, "part.test"), second.der]
    site.http(f"http://{NAME}/", '<html><a href="https://part.test/">x</a>', purpose="home")
    sha256 = x509.load_der_x509_certificate(chain[0]).fingerprint(hashes.SHA256()).hex()
    site.tls("part.test", handshakes()[:1], chain, at=20)
    site.http("https://part.test/", "<html>x", purpose="link", at=30, tls_leaf_sha256=sha256)
    assert not site.of("links.target")


def test_the_certificate_of_a_host_is_told_once_for_all_links_to_it(site: Any, pki: Any) -> None:
    site.move(f"http://{NAME}/")
    chain = [pki.leaf(pki.issuing, "old.test", end=NOW - DAY), pki.issuing.der]
    sha256 = x509.load_der_x509_certificate(chain[0]).fingerprint(hashes.SHA256()).hex()
    names = ("c", "a", "b")
    links = "".join(f'<a href="https://old.test/{name}">x</a>' for name in names)
    site.http(f"http://{NAME}/", f'<html>{links}<a href="/good">x</a>', purpose="home")
    site.http(f"http://{NAME}/good", "<html>x", at=11)
    site.tls("old.test", handshakes()[:1], chain, at=20)
    for at, name in enumerate(names, 30):
        site.http(f"https://old.test/{name}", "<html>x", purpose="link", at=at, tls_leaf_sha256=sha256)
    target, summary = site.found("links.target", "links.summary")
    if target.check != "links.target":
        target, summary = summary, target
    assert (target.subject.id, target.reason) == ("https://old.test/a", "tls")
    assert target.observed["alike"] == 2
    assert (summary.observed["checked"], summary.observed["broken"]) == (2, 1)


@pytest.mark.parametrize(
    ("seen", "expected"), [(95, []), (0, ["not_yet_valid"])], ids=["afterwards", "before it began"]
)
def test_what_began_while_the_crawl_ran_has_begun(
    site: Any, pki: Any, seen: int, expected: list[str]
) -> None:
    """Certificates are renewed every day; the crawl of a country takes weeks, and is judged for when it opened."""
    begins = NOW + dt.timedelta(seconds=60)
    issuer = Authority("Public Issuing 4", pki.public, start=begins)
    chain = [pki.leaf(issuer, NAME, start=begins), issuer.der]
    for attempt, at in ((1, seen), (2, seen + 40 if seen else 35)):
        site.tls(NAME, handshakes(), chain, at=at, attempt=attempt)
    site.web(HSTS)
    assert sorted(code for code in site.codes() if code != "intermediate_expired") == expected


def test_a_round_that_is_judged_for_another_day_is_judged_for_that_day(pki: Any) -> None:
    begins = NOW + 40 * DAY
    chain = [pki.leaf(pki.issuing, NAME, start=begins), pki.issuing.der]
    trust = Trust(
        ChainVerifier(Bundle.read([pem(pki.public.der)]), NOW), ChainVerifier(Bundle.read([]), NOW), Pool()
    )
    crawled = RevocationEvidence(begins + DAY)
    assert judge_chain(chain, NAME, trust, NOW, crawled).problems == {"not_yet_valid"}
    assert judge_chain(chain, NAME, trust, NOW + 41 * DAY, crawled).problems == set()


def test_an_issuer_that_nobody_can_read_blames_nobody(site: Any, pki: Any) -> None:
    """Its own certificate is good to the library that walks the chain, and unreadable to the one that looks into it."""
    garbage = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.1"), b"\x04\x01\x00")
    odd = Authority("Odd", pki.public, extra=garbage)
    site.probed([pki.leaf(odd, NAME), odd.der])
    site.web(HSTS)
    finding = site.host()
    told = (finding.verdict, finding.reason, finding.observed.get("problems"))
    assert told == ("inconclusive", "own_error", [])


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
def test_names(site: Any, pki: Any, host: str, name: str, fits: bool) -> None:
    site.move(f"https://{host}/")
    site.probed([pki.leaf(pki.issuing, name), pki.issuing.der], name=host)
    site.web(HSTS, name=host)
    assert site.codes(host) == ([] if fits else ["name_mismatch"])


DAY_OF_ISSUE: list[tuple[str, int | None]] = [
    ("2018-01-01", None), ("2020-09-01", 398), ("2026-03-14", 398), ("2026-03-15", 200), ("2027-03-14", 200),
    ("2027-03-15", 100), ("2029-03-14", 100), ("2029-03-15", 47),
]  # fmt: skip


@pytest.mark.parametrize(("issued", "limit"), DAY_OF_ISSUE)
def test_the_limit_of_a_lifetime_depends_on_the_day_of_issue(
    pki: Any, issued: str, limit: int | None
) -> None:
    start = dt.datetime.fromisoformat(issued).replace(tzinfo=dt.UTC)

    def facts(days: int, *, public: bool) -> dict[str, Any]:
        end = start + days * DAY - dt.timedelta(seconds=1)  # the last second counts
        return lifetime(
            x509.load_der_x509_certificate(pki.leaf(pki.issuing, NAME, start=start, end=end)), public=public
        )

    assert facts(4000, public=False) == {"days": 4000, "limit": None, "over": None}
    if limit is None:
        assert facts(4000, public=True)["over"] is None
    else:
        assert facts(limit, public=True) == {"days": limit, "limit": limit, "over": False}
        assert facts(limit + 1, public=True) == {"days": limit + 1, "limit": limit, "over": True}


def test_one_look_at_a_certificate_is_not_enough(site: Any, pki: Any) -> None:
    site.tls(NAME, handshakes(), [pki.leaf(pki.issuing, NAME, end=NOW - DAY), pki.issuing.der])
    finding = site.host()
    assert (finding.verdict, finding.reason) == ("inconclusive", "not_attempted")


def test_a_problem_of_one_look_alone_is_none(site: Any, pki: Any) -> None:
    site.tls(NAME, handshakes(), [pki.leaf(pki.issuing, NAME, end=NOW - DAY), pki.issuing.der], at=5)
    site.tls(NAME, handshakes(), pki.good, at=95, attempt=2)
    site.web(HSTS)
    assert site.codes() == []


@pytest.mark.parametrize(
    ("days", "expected"), [(0, []), (190, ["expires_soon"]), (365, ["expired", "intermediate_expired"])]
)
def test_the_time_of_judgement_alone_flips_certificates(
    site: Any, pki: Any, days: int, expected: list[str]
) -> None:
    site.probed(pki.good)
    site.web(HSTS)
    site.as_of = NOW + days * DAY
    assert site.codes() == expected


@pytest.mark.parametrize(("status", "signer", "expected"), [
    ("REVOKED", "issuing", ["revoked"]), ("GOOD", "issuing", []), ("REVOKED", "unknown", []),
])  # fmt: skip
def test_a_stapled_answer(site: Any, pki: Any, status: str, signer: str, expected: list[str]) -> None:
    leaf, issuer = (x509.load_der_x509_certificate(der) for der in pki.good)
    revoked = status == "REVOKED"
    authority: Any = getattr(pki, signer)
    answer = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            leaf, issuer, hashes.SHA256(), ocsp.OCSPCertStatus[status], NOW - DAY, NOW + DAY,
            NOW - DAY if revoked else None, None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.NAME, x509.load_der_x509_certificate(authority.der))
        .sign(authority.key, hashes.SHA256())
    )  # fmt: skip
    site.probed(pki.good, ocsp=answer.public_bytes(Encoding.DER))
    site.web(HSTS)
    assert site.codes() == expected


def test_of_two_answers_in_one_the_revocation_counts(pki: Any) -> None:
    """The library makes no such answer, so two are laid into one and signed anew by hand."""
    leaf, issuer = (x509.load_der_x509_certificate(der) for der in pki.good)
    made = []
    for state in (ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED):
        revoked = state is ocsp.OCSPCertStatus.REVOKED
        builder = ocsp.OCSPResponseBuilder().add_response(
            leaf, issuer, hashes.SHA1(), state, NOW, NOW + DAY, NOW - DAY if revoked else None, None
        )  # fmt: skip
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.NAME, issuer)
        answer = builder.sign(pki.issuing.key, hashes.SHA256()).public_bytes(Encoding.DER)
        made.append(OCSP.OCSPResponse.load(answer))
    both = made[0]
    basic = both.basic_ocsp_response
    basic["tbs_response_data"]["responses"].append(made[1].response_data["responses"][0])
    signed = basic["tbs_response_data"].dump(force=True)
    basic["signature"] = pki.issuing.key.sign(signed, ec.ECDSA(hashes.SHA256()))
    both["response_bytes"]["response"] = basic
    read = read_answer(both.dump(force=True), leaf, issuer)
    assert isinstance(read, OcspAnswer)
    assert read.state == "revoked"


def test_two_looks_too_close_together_are_one_too_few(site: Any, pki: Any) -> None:
    chain = [pki.leaf(pki.issuing, NAME, end=NOW - DAY), pki.issuing.der]
    for attempt, at in ((1, 5), (2, 8)):
        site.tls(NAME, handshakes(), chain, at=at, attempt=attempt)
    finding = site.host()
    assert (finding.verdict, finding.reason) == ("inconclusive", "not_attempted")
    assert (finding.observed["unproven"], finding.attempts) == (["expired"], 2)


@pytest.mark.slow
def test_a_certificate_for_thousands_of_names(site: Any, pki: Any) -> None:
    names = [f"n{number:05}.test" for number in range(10_000)]
    site.probed([pki.leaf(pki.issuing, NAME, *names), pki.issuing.der])
    site.web(HSTS)
    facts = site.host().observed["facts"]
    assert (len(facts["san"]), facts["san_count"]) == (MOST_NAMES, 10_001)
    assert facts["name"] == "match"
    (line,) = (line for line in certificate(facts) if line.key == "host_fact.names")
    shown = line.values["names"]
    assert isinstance(shown, tuple)
    assert shown[-1] == "+9991"


def test_names_past_the_profile_are_read_without_a_word(site: Any, pki: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        long = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x" * 70, _validate=False)])
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder(long, long, key.public_key(), 5, NOW - DAY, NOW + 90 * DAY)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        der = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        assert wanted([der, der], ()) is None
        site.probed([der, der])
        site.web(HSTS)
        assert "self_signed" in site.codes()


@pytest.mark.parametrize("chain", [[b"\x30\x03\x02\x01\x01"], [b"no certificate"]])
def test_a_certificate_that_nobody_can_read_blames_nobody(site: Any, chain: list[bytes]) -> None:
    site.probed(chain)
    site.web(HSTS)
    finding = site.host()
    assert (finding.verdict, finding.reason) == ("inconclusive", "own_error")


def test_a_link_to_a_host_with_a_bad_certificate(site: Any, pki: Any) -> None:
    site.move(f"http://{NAME}/")
    bad = [pki.leaf(pki.issuing, "wrong.test"), pki.issuing.der]
    national = [pki.leaf(pki.national_issuing, "national.test"), pki.national_issuing.der]
    site.http(f"http://{NAME}/", '<html><a href="https://bad.test/">x</a><a href="https://national.test/">y</a>',
              purpose="home")  # fmt: skip
    for name, chain in (("bad.test", bad), ("national.test", national)):
        sha256 = x509.load_der_x509_certificate(chain[0]).fingerprint(hashes.SHA256()).hex()
        site.tls(name, handshakes()[:1], chain, at=20)
        site.http(f"https://{name}/", "<html>x", purpose="link", at=30, tls_leaf_sha256=sha256)
    (finding,) = site.of("links.target").values()
    assert (finding.subject.id, finding.reason) == ("https://bad.test/", "tls")
    assert finding.observed["detail"] == "name_mismatch"


def test_a_portals_own_certificate_is_told_once_not_on_every_link(site: Any, pki: Any) -> None:
    site.probed([pki.leaf(pki.issuing, "wrong.test"), pki.issuing.der])
    site.web(HSTS, body='<html><a href="/one">x</a>')
    site.http(SITE + "one", "<html><p>" + "متن " * 600)
    assert site.of("links.target") == {}


def test_roots_of_the_machine_are_never_asked(site: Any, pki: Any) -> None:
    site.trusting(pki.unknown.der)
    site.probed([*pki.good, pki.public.der])
    site.web(HSTS)
    assert site.codes() == ["untrusted"]
