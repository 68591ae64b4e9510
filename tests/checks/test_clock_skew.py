"""A crawl whose own clock was wrong calls no certificate expired, and none good."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from fixtures.hosts.probes import handshakes

NAME = "portal.test"
NOW = dt.datetime(2025, 12, 1, 8, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
HSTS = ("Strict-Transport-Security", "max-age=31536000")


def date(days: float, **further: str) -> tuple[tuple[str, str], ...]:
    return (("Date", f"{NOW + days * DAY:%a, %d %b %Y %H:%M:%S} GMT"), *further.items())


RIGHT, AHEAD, BEHIND = date(0.01), date(-40), date(40)
CLOCKS: dict[str, tuple[list[tuple[tuple[str, str], ...]], bool]] = {
    "no dates": ([], True),
    "ours": ([RIGHT], True),
    "earlier than ours": ([AHEAD], False),
    "later than ours": ([BEHIND], False),
    "one as ours": ([AHEAD, RIGHT, AHEAD], True),
    "of a cache that says how old it is": ([date(-40, Age=str(40 * 86_400))], True),
    "not to be read": ([(("Date", "yesterday"),), (("Date", "99" * 500),)], True),
}


def seen(site: Any, dates: list[tuple[tuple[str, str], ...]], chain: list[bytes]) -> None:
    for at in (0, 90):
        for headers in dates:
            site.control(at, headers=headers)
    site.probed(chain)
    site.web(HSTS)


@pytest.mark.parametrize(("dates", "told"), CLOCKS.values(), ids=CLOCKS.keys())
def test_a_certificate_is_expired_by_a_clock_that_is_right(
    site: Any, pki: Any, dates: list[tuple[tuple[str, str], ...]], told: bool
) -> None:
    seen(site, dates, [pki.leaf(pki.issuing, NAME, end=NOW - DAY), pki.issuing.der])
    finding = site.host()
    if told:
        assert (finding.verdict, finding.reason) == ("contradicted", "expired")
    else:
        assert (finding.verdict, finding.reason) == ("inconclusive", "own_error")
        assert (finding.observed["problems"], finding.observed["unproven"]) == ([], ["expired"])


def test_nor_is_one_good_by_a_clock_that_is_wrong(site: Any, pki: Any) -> None:
    seen(site, [BEHIND], pki.good)
    assert (site.host().verdict, site.host().reason) == ("inconclusive", "own_error")


def test_what_no_clock_is_asked_for_stands(site: Any, pki: Any) -> None:
    seen(site, [AHEAD], [pki.leaf(pki.issuing, "other.test", end=NOW - DAY), pki.issuing.der])
    finding = site.host()
    assert (finding.verdict, finding.observed["problems"]) == ("contradicted", ["name_mismatch"])


def test_a_round_that_names_its_day_needs_no_clock_of_the_crawl(site: Any, pki: Any) -> None:
    site.named_as_of = NOW
    seen(site, [AHEAD], [pki.leaf(pki.issuing, NAME, end=NOW - DAY), pki.issuing.der])
    assert site.codes() == ["expired"]


@pytest.mark.parametrize(("dates", "reason"), [(RIGHT, "tls"), (AHEAD, "own_error")])
def test_a_link_to_a_host_with_an_expired_certificate(
    site: Any, pki: Any, dates: tuple[tuple[str, str], ...], reason: str
) -> None:
    site.move(f"http://{NAME}/")
    for at in (0, 60):
        site.control(at, headers=dates)
    chain = [pki.leaf(pki.issuing, "old.test", end=NOW - DAY), pki.issuing.der]
    sha256 = x509.load_der_x509_certificate(chain[0]).fingerprint(hashes.SHA256()).hex()
    site.http(f"http://{NAME}/", '<html><a href="https://old.test/">x</a>', purpose="home")
    site.tls("old.test", handshakes()[:1], chain, at=20)
    site.http("https://old.test/", "<html>x", purpose="link", at=30, tls_leaf_sha256=sha256)
    (finding,) = site.of("links.target").values()
    assert finding.reason == reason
