"""Official names and guarding headers of hosts (S07)."""

from __future__ import annotations

from typing import Any

import pytest

from checks.finding import Finding
from checks.smart.hosts_domain.check import OfficialDomain, official
from checks.smart.hosts_headers.check import HostHeaders
from tests.checks.selection import allowed

NAMES: dict[str, str | None] = {
    "agency.gov.ir": "gov.ir",
    "a.b.agency.gov.ir": "gov.ir",
    "university.ac.ir": "ac.ir",
    "post.ir": "post.ir",
    "tracking.post.ir": "post.ir",
    "agency.ir": None,
    "gov.ir": None,
    "notgov.ir": None,
    "agency-gov.ir": None,
    "agency.gov.ir.example.com": None,
    "agency.gov.com": None,
    "compost.ir": None,
    "192.0.2.1": None,
}


@pytest.mark.parametrize("name", NAMES)
def test_names_that_are_official(name: str) -> None:
    assert official(name) == NAMES[name]


def judged(seen: Any, check: Any) -> Finding:
    (finding,) = seen.judge(checks=(check,))
    assert allowed(finding.check, finding.verdict, finding.reason)
    found: Finding = finding
    return found


@pytest.mark.parametrize(
    ("name", "answer", "verdict", "reason"),
    [
        ("agency.gov.ir", {}, "verified", None),
        ("agency.gov.ir", {"status": 403}, "verified", None),
        ("post.ir", {}, "verified", None),
        ("agency.ir", {}, "partial", None),
        ("agency.com", {}, "partial", None),
        ("192.0.2.1", {}, "partial", None),
        ("agency.ir", {"status": 500}, "partial", None),
        ("agency.gov.ir", {"status": None, "failure": "dns"}, "inconclusive", "unreachable"),
        ("agency.gov.ir", {"status": None, "failure": "timeout"}, "inconclusive", "unreachable"),
        ("agency.ir", {"status": None, "failure": "refused"}, "inconclusive", "unreachable"),
        ("agency.gov.ir", None, "inconclusive", "not_attempted"),
        ("agency.ir", None, "inconclusive", "not_attempted"),
    ],
)
def test_the_name_of_a_host(seen: Any, name: str, answer: Any, verdict: str, reason: str | None) -> None:
    seen.move(f"https://{name}/")
    if answer is not None:
        seen.http(f"https://{name}/", "<html><body>سلام", purpose="home", **answer)
    found = judged(seen, OfficialDomain())
    assert (found.subject.id, found.verdict, found.reason) == (name, verdict, reason)


def test_every_declared_host_is_told_apart(seen: Any) -> None:
    seen.move("https://agency.gov.ir/", "eservice.agency.ir", "https://agency.gov.ir:8443/")
    seen.http("https://agency.gov.ir/", "x", purpose="home")
    seen.http("http://eservice.agency.ir/", "x", purpose="host")
    found = {one.subject.id: one.verdict for one in seen.judge(checks=(OfficialDomain(),))}
    assert found == {"agency.gov.ir": "verified", "eservice.agency.ir": "partial"}


SITE = "https://portal.test/"
HTML = ("Content-Type", "text/html; charset=utf-8")
FULL = {
    "Content-Security-Policy": "default-src 'self'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Server": "nginx",
}
# what replaces a header (None: not sent): the tests that fail
HEADERS: dict[str, tuple[dict[str, str | None], list[str]]] = {
    "all": ({}, []),
    "none": (dict.fromkeys(FULL), ["content_policy", "framing", "sniffing_off", "referrer_policy"]),
    "no policy": ({"Content-Security-Policy": None}, ["content_policy"]),
    "inline scripts": ({"Content-Security-Policy": "default-src 'self' 'unsafe-inline'"}, ["content_policy"]),
    "scripts of anybody": ({"Content-Security-Policy": "script-src https:"}, ["content_policy"]),
    "a nonce": ({"Content-Security-Policy": "script-src 'nonce-abc' 'unsafe-inline'"}, []),
    "frames by the policy": ({"X-Frame-Options": None, "Content-Security-Policy": "default-src 'self'; frame-ancestors 'self'"}, []),
    "frames of anybody": ({"X-Frame-Options": "ALLOWALL"}, ["framing"]),
    "sniffing by another word": ({"X-Content-Type-Options": "sniff"}, ["sniffing_off"]),
    "everything to everybody": ({"Referrer-Policy": "unsafe-url"}, ["referrer_policy"]),
    "a referrer that nobody knows": ({"Referrer-Policy": "secret"}, ["referrer_policy"]),
    "a version": ({"Server": "nginx/1.18.0"}, ["no_version"]),
    "a version of the language": ({"X-Powered-By": "PHP/7.4.3"}, ["no_version"]),
    "no banner": ({"Server": None}, []),
}  # fmt: skip


def heads(changes: dict[str, str | None]) -> tuple[tuple[str, str], ...]:
    return (HTML, *((name, value) for name, value in {**FULL, **changes}.items() if value is not None))


@pytest.mark.parametrize("name", HEADERS)
def test_what_a_hosts_head_says(seen: Any, name: str) -> None:
    changes, missing = HEADERS[name]
    seen.move(SITE)
    seen.twice(SITE, "<html><body>سلام", headers=heads(changes), purpose="home")
    found = judged(seen, HostHeaders())
    assert found.observed["header_missing"] == missing
    assert (found.observed["passed"], found.observed["checked"]) == (5 - len(missing), 5)
    assert (found.verdict, found.attempts) == ("partial" if missing else "verified", 2)


def test_a_header_that_comes_and_goes_is_left_open(seen: Any) -> None:
    seen.move(SITE)
    seen.http(SITE, "<html><body>سلام", headers=heads({}), at=10, purpose="home")
    seen.http(
        SITE, "<html><body>سلام", headers=heads({"X-Frame-Options": None}), at=100, attempt=2, purpose="home"
    )
    found = judged(seen, HostHeaders())
    assert (found.verdict, found.observed["passed"], found.observed["unsettled"]) == ("partial", 4, 1)
    assert (found.observed["header_missing"], found.observed["header_changing"]) == ([], ["framing"])


@pytest.mark.parametrize(
    ("answer", "verdict", "reason"),
    [
        ({"status": None, "failure": "refused"}, "inconclusive", "unreachable"),
        ({"status": 403}, "inconclusive", "blocked"),
        ({"status": 503}, "inconclusive", "server_error"),
        ({"status": 404}, "not_applicable", None),
        (None, "inconclusive", "not_attempted"),
    ],
)
def test_a_host_that_shows_no_page(seen: Any, answer: Any, verdict: str, reason: str | None) -> None:
    seen.move(SITE)
    if answer is not None:
        seen.http(SITE, "<html><body>سلام", purpose="home", **answer)
    found = judged(seen, HostHeaders())
    assert (found.verdict, found.reason, dict(found.observed)) == (verdict, reason, {})


def test_headers_of_another_host_are_not_this_ones(seen: Any) -> None:
    seen.move(SITE)
    hop = seen.http(SITE, status=301, redirect="https://www.portal.test/", purpose="home")
    seen.http("https://www.portal.test/", "<html><body>سلام", previous=hop.id, at=1)
    assert judged(seen, HostHeaders()).verdict == "not_applicable"


def test_a_firewalls_page_has_headers_of_its_own(seen: Any) -> None:
    seen.move(SITE)
    blocked = (HTML, ("Server", "cloudflare"), ("cf-mitigated", "challenge"))
    seen.http(SITE, "<html><body>Just a moment...", headers=blocked, status=403, purpose="home")
    found = judged(seen, HostHeaders())
    assert (found.verdict, found.reason) == ("inconclusive", "blocked")
