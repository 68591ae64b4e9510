"""Redirects, HSTS, cookies and markup of hosts, from recorded exchanges."""

from __future__ import annotations

from typing import Any

import pytest

NAME = "portal.test"
SITE = f"https://{NAME}/"
HSTS = ("Strict-Transport-Security", "max-age=31536000")
HTML = ("Content-Type", "text/html; charset=utf-8")

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
def test_hsts(site: Any, pki: Any, values: list[str], problem: str | None) -> None:
    site.probed(pki.good)
    site.web(*(("Strict-Transport-Security", value) for value in values))
    assert site.codes() == ([problem] if problem else [])


@pytest.mark.parametrize(("where", "problem"), [
    (f"https://{NAME}:8443/", None), (f"https://www.{NAME}/", "hsts_missing"), (f"http://{NAME}/x", "hsts_missing"),
])  # fmt: skip
def test_hsts_is_of_a_host_at_whatever_port(site: Any, pki: Any, where: str, problem: str | None) -> None:
    """RFC 6797, 8.1: a browser remembers a name."""
    site.probed(pki.good)
    for attempt, at in ((1, 10), (2, 100)):
        hop = site.http(SITE, status=302, redirect=where, attempt=attempt, at=at, purpose="home")
        site.http(where, "<html>x", headers=(HTML, HSTS), attempt=attempt, at=at + 1, previous=hop.id)
    problems = {code for code in site.codes() if code.startswith("hsts")}
    assert problems == ({problem} if problem else set())


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
    "ended yesterday": ("ASP.NET_SessionId=v4lu3; expires=Sun, 30-Nov-2025 08:00:00 GMT; path=/", False),
    "ended long ago, with two figures": ("sid=v4lu3; expires=Thu, 01-Jan-70 00:00:01 GMT", False),
    "ends in an hour": ("sid=v4lu3; expires=Mon, 01 Dec 2025 09:00:00 GMT", True),
    "ends in 2069": ("sid=v4lu3; expires=Mon, 02-Dec-69 09:00:00 GMT", True),
    "has ended, and lasts for an hour": (
        "sid=v4lu3; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=3600",
        True,
    ),
    "ends on no day": ("sid=v4lu3; expires=yesterday 1999", True),
    "of another site": ("sid=v4lu3; domain=intranet.test", False),
    "of the site above": ("sid=v4lu3; domain=.Portal.test", True),
    "of a site below": ("sid=v4lu3; domain=a.portal.test", False),
    "long, and all the same protected": (f"sid={'v4lu3' * 800}; path=/{'x' * 900}; Secure; HttpOnly", False),
    "longer than browsers take": (f"sid={'v4lu3' * 1000}", False),
    "with a date longer than browsers read": (
        f"sid=v4lu3; expires=Thu, 01 Jan 1970 00:00:00 GMT{' ' * 2000}x",
        True,
    ),
}


@pytest.mark.parametrize(("cookie", "insecure"), COOKIES.values(), ids=COOKIES.keys())
def test_cookies(site: Any, pki: Any, cookie: str, insecure: bool) -> None:
    site.probed(pki.good)
    site.web(HSTS, ("Set-Cookie", cookie))
    finding = site.host()
    assert finding.observed["problems"] == (["insecure_cookie"] if insecure else [])
    assert "v4lu3" not in str(finding.to_json())


SEVERAL: dict[str, tuple[list[str], bool]] = {
    "replaced by a good one": (["sid=v4lu3; path=/", "sid=v4lu4; Path=/; Secure; HttpOnly"], False),
    "taken away again": (["sid=v4lu3", "sid=x; Max-Age=0"], False),
    "replaced by a bad one": (["sid=v4lu3; Secure; HttpOnly", "sid=v4lu4"], True),
    "another path's": (["sid=v4lu3; path=/a", "sid=v4lu4; path=/; Secure; HttpOnly"], True),
}


@pytest.mark.parametrize(("cookies", "insecure"), SEVERAL.values(), ids=SEVERAL.keys())
def test_of_cookies_of_one_name_the_last_stays(
    site: Any, pki: Any, cookies: list[str], insecure: bool
) -> None:
    site.probed(pki.good)
    site.web(HSTS, *(("Set-Cookie", cookie) for cookie in cookies))
    assert site.codes() == (["insecure_cookie"] if insecure else [])


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
    "form": ('<form action="http://portal.test/send"></form>', ["form_to_http"]),
    "button": ('<form><button formaction="http://portal.test/send">x</button></form>', ["form_to_http"]),
    "form at home": ('<form action="/send"></form>', []),
}  # fmt: skip


@pytest.mark.parametrize(("markup", "expected"), MARKUP.values(), ids=MARKUP.keys())
def test_markup(site: Any, pki: Any, markup: str, expected: list[str]) -> None:
    site.probed(pki.good)
    site.web(HSTS, body=f"<html><head></head><body>{markup}</body></html>")
    assert site.codes() == expected


def test_what_scripts_ask_for_counts_too(site: Any, pki: Any) -> None:
    site.probed(pki.good)
    site.web(HSTS)
    site.rendered(SITE, "<html></html>", insecure=("http://cdn.test/late.js",))
    assert site.codes() == ["mixed_content"]


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
def test_from_http(site: Any, pki: Any, answer: dict[str, Any], expected: list[str]) -> None:
    site.probed(pki.good)
    plain(site, **answer)
    assert site.codes() == expected


def test_from_https_back_to_http(site: Any, pki: Any) -> None:
    site.probed(pki.good)
    site.twice(SITE, status=302, redirect=f"http://{NAME}/home", headers=(HSTS,), purpose="home")
    site.twice(f"http://{NAME}/home", "<html></html>", purpose="page")
    assert site.codes() == ["https_downgrade"]


def test_a_firewalls_headers_are_not_the_portals(site: Any, pki: Any) -> None:
    site.probed(pki.good)
    site.twice(SITE, "<html><title>Just a moment...</title>", purpose="home",
               headers=(HTML, ("Set-Cookie", "session=1")))  # fmt: skip
    assert site.codes() == []
