"""What headers let browsers do: policies, framing, sniffing, referrers, banners."""

from __future__ import annotations

from typing import Any

import pytest

from checks.page.http_policies import banners, content_policy, framing, referrer_policy, sniffing_off
from evidence.kinds.http import HttpFacts

HSTS = ("Strict-Transport-Security", "max-age=31536000")


def facts(*headers: tuple[str, str]) -> HttpFacts:
    return HttpFacts("GET", 200, "OK", headers, None)


# value: (inline, evaluates, anywhere, plugins)
POLICIES: dict[str, tuple[tuple[str, ...], tuple[bool, bool, bool, bool] | None]] = {
    "none": ((), None),
    "empty": ((" ; ",), None),
    "strict": (("default-src 'self'",), (False, False, False, False)),
    "nothing": (("default-src 'none'",), (False, False, False, False)),
    "other matter": (("upgrade-insecure-requests",), (True, True, True, True)),
    "styles only": (("style-src 'self'",), (True, True, True, True)),
    "inline": (("script-src 'self' 'unsafe-inline'",), (True, False, False, True)),
    "inline beside a nonce": (("script-src 'nonce-abc' 'unsafe-inline'",), (False, False, False, True)),
    "inline beside a hash": (
        ("script-src 'sha256-AAAA' 'UNSAFE-INLINE'; object-src 'none'",),
        (False, False, False, False),
    ),
    "strict-dynamic": (
        ("script-src 'nonce-abc' 'strict-dynamic' https: 'unsafe-inline'; object-src 'none'",),
        (False, False, False, False),
    ),
    "eval": (("default-src 'self' 'unsafe-eval'",), (False, True, False, False)),
    "any site": (("script-src *",), (False, False, True, True)),
    "any https": (("script-src https:; object-src 'self'",), (False, False, True, False)),
    "data": (("script-src 'self' data:; object-src *",), (False, False, True, True)),
    "hosts": (("script-src 'self' https://cdn.test; object-src 'none'",), (False, False, False, False)),
    "elements before scripts": (
        ("script-src *; script-src-elem 'self'; object-src 'none'",),
        (False, False, False, False),
    ),
    "the first of two counts": (
        ("script-src 'self'; script-src *; object-src 'none'",),
        (False, False, False, False),
    ),
    "letter case of names": (("DEFAULT-SRC 'self'",), (False, False, False, False)),
    "two headers": (("script-src *; object-src *", "default-src 'self'"), (False, False, False, False)),
    "handlers, though no elements": (
        ("script-src 'unsafe-inline'; script-src-elem 'self'; object-src 'none'",),
        (True, False, False, False),
    ),
    "handlers of their own": (
        ("script-src 'nonce-abc'; script-src-attr 'unsafe-inline'; object-src 'none'",),
        (True, False, False, False),
    ),
    "no handlers": (
        ("script-src 'unsafe-inline'; script-src-elem 'self'; script-src-attr 'none'; object-src 'none'",),
        (False, False, False, False),
    ),
    "handlers by one, elements by the other": (
        (
            "script-src 'self'; script-src-attr 'unsafe-inline'",
            "script-src 'self'; script-src-elem 'unsafe-inline'",
        ),
        (False, False, False, True),
    ),
    "two in one": (("script-src 'unsafe-inline' *, object-src 'none'",), (True, False, True, False)),
    "inline twice": (
        ("script-src 'unsafe-inline'", "default-src 'unsafe-inline'"),
        (True, False, False, False),
    ),
}


@pytest.mark.parametrize(("values", "expected"), POLICIES.values(), ids=POLICIES.keys())
def test_content_policy(values: tuple[str, ...], expected: tuple[bool, bool, bool, bool] | None) -> None:
    read = content_policy(values)
    found = None if read is None else (read.inline, read.evaluates, read.anywhere, read.plugins)
    assert found == expected
    if read is not None:
        assert read.protects is (not read.inline and not read.anywhere)


FRAMING: dict[str, tuple[list[tuple[str, str]], str]] = {
    "nothing": ([], "anybody"),
    "deny": ([("X-Frame-Options", "DENY")], "nobody"),
    "same": ([("X-Frame-Options", "sameorigin ")], "same_origin"),
    "obsolete": ([("X-Frame-Options", "ALLOW-FROM https://a.test")], "anybody"),
    "twice the same": ([("X-Frame-Options", "DENY"), ("X-Frame-Options", "deny")], "nobody"),
    "two that differ": ([("X-Frame-Options", "SAMEORIGIN"), ("X-Frame-Options", "x")], "nobody"),
    "two unknown": ([("X-Frame-Options", "a, b")], "anybody"),
    "ancestors none": ([("Content-Security-Policy", "frame-ancestors 'none'")], "nobody"),
    "ancestors empty": ([("Content-Security-Policy", "frame-ancestors")], "nobody"),
    "ancestors self": ([("Content-Security-Policy", "frame-ancestors 'self'")], "same_origin"),
    "ancestors listed": ([("Content-Security-Policy", "frame-ancestors 'self' https://a.test")], "listed"),
    "ancestors all": ([("Content-Security-Policy", "frame-ancestors *")], "anybody"),
    "ancestors outweigh": (
        [("X-Frame-Options", "DENY"), ("Content-Security-Policy", "frame-ancestors https://a.test")],
        "listed",
    ),
    "the strictest of two": (
        [("Content-Security-Policy", "frame-ancestors *"), ("Content-Security-Policy", "frame-ancestors 'self'")],
        "same_origin",
    ),
    "not by default-src": ([("Content-Security-Policy", "default-src 'none'")], "anybody"),
}  # fmt: skip


@pytest.mark.parametrize(("headers", "expected"), FRAMING.values(), ids=FRAMING.keys())
def test_framing(headers: list[tuple[str, str]], expected: str) -> None:
    assert framing(facts(*headers)) == expected


@pytest.mark.parametrize(
    ("values", "off"),
    [([], False), (["nosniff"], True), (["NoSniff "], True), (["sniff"], False), (["x, nosniff"], False),
     (["nosniff, x"], True), (["nosniff", "nosniff"], True)],
)  # fmt: skip
def test_sniffing(values: list[str], off: bool) -> None:
    assert sniffing_off(facts(*(("X-Content-Type-Options", value) for value in values))) is off


@pytest.mark.parametrize(
    ("values", "policy"),
    [([], None), (["no-referrer"], "no-referrer"), (["NO-REFERRER"], "no-referrer"), (["never"], None),
     (["no-referrer, strict-origin"], "strict-origin"), (["unsafe-url, new-word"], "unsafe-url"),
     (["origin", "same-origin"], "same-origin")],
)  # fmt: skip
def test_referrers(values: list[str], policy: str | None) -> None:
    assert referrer_policy(facts(*(("Referrer-Policy", value) for value in values))) == policy


def test_banners() -> None:
    said = banners(
        facts(("Server", "Apache/2.4.6 (x)"), ("X-Powered-By", "ASP.NET"), ("Server", " "), ("Via", "1.1 x"))
    )
    assert said == [
        {"header": "server", "value": "Apache/2.4.6 (x)", "version": True},
        {"header": "x-powered-by", "value": "ASP.NET", "version": False},
    ]


def test_a_hostile_header_is_cut(site: Any, pki: Any) -> None:
    site.probed(pki.good)
    site.web(
        HSTS, ("Content-Security-Policy", "script-src " + "'nonce-x' " * 100_000), ("Server", "A" * 10_000)
    )
    observed = site.host().observed["facts"]["http"]["policies"]
    assert len(observed["banners"][0]["value"]) == 100
    assert len(str(observed)) < 1_000


def test_policies_are_facts_and_no_problems(site: Any, pki: Any) -> None:
    site.probed(pki.good)
    site.web(
        HSTS, ("X-Frame-Options", "DENY"),
        body='<html><meta http-equiv="content-security-policy" content="default-src \'self\'"><p>x</p></html>',
    )  # fmt: skip
    assert site.codes() == []
    observed = site.host().observed["facts"]["http"]["policies"]
    assert observed["framing"] == "nobody"
    assert observed["content_policy"] == {
        "anywhere": False, "evaluates": False, "inline": False, "plugins": False, "protects": True,
    }  # fmt: skip
    assert (observed["sniffing_off"], observed["referrer_policy"], observed["banners"]) == (False, None, [])


def test_a_firewalls_policies_are_not_the_portals(site: Any, pki: Any) -> None:
    site.probed(pki.good)
    site.twice("https://portal.test/", "<html><title>Just a moment...</title>", purpose="home",
               headers=(("Content-Type", "text/html"), ("X-Frame-Options", "DENY")))  # fmt: skip
    assert site.host().observed["facts"]["http"]["policies"] is None
