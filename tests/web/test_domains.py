"""Whose domain a host name is, by the Public Suffix List and by what it lacks."""

from __future__ import annotations

import subprocess
import sys

import pytest

from web.domains import registrable_domain, suffixes_digest

CASES = {
    "abnama.ir": "abnama.ir",
    "www.abnama.ir": "abnama.ir",
    "a.b.c.abnama.ir": "abnama.ir",
    "sso.my.gov.ir": "my.gov.ir",
    "my.gov.ir": "my.gov.ir",
    "gov.ir": None,
    "ir": None,
    "lms.ut.ac.ir": "ut.ac.ir",
    "shop.x.co.ir": "x.co.ir",
    "dabestan.sch.ir": "dabestan.sch.ir",
    "a.anjoman.org.ir": "anjoman.org.ir",
    "a.b.net.ir": "b.net.ir",
    "a.b.id.ir": "b.id.ir",
    "com.ir": "com.ir",  # no suffix: somebody's
    # in Persian, as browsers write it
    "a.xn--mgba3a4f16a": "a.xn--mgba3a4f16a",
    "b.a.xn--mgba3a4f16a": "a.xn--mgba3a4f16a",
    # below these everybody gets a name: the private section, and what the list lacks
    "vezarat.vistablog.ir": "vezarat.vistablog.ir",
    "app.liara.run": "app.liara.run",
    "a.github.io": "a.github.io",
    "github.io": None,
    "vezarat.blog.ir": "vezarat.blog.ir",
    "a.vezarat.blogfa.com": "vezarat.blogfa.com",
    "blog.ir": None,
    # a wildcard and its exception
    "b.ck": None,
    "a.b.ck": "a.b.ck",
    "c.a.b.ck": "a.b.ck",
    "a.www.ck": "www.ck",
    # nobody registered these endings
    "www.abnama.test": "abnama.test",
    "abnama.test": "abnama.test",
    "a.gov.test": "gov.test",
    "localhost": None,
    # no names
    "127.0.0.1": None,
    "10.0.0.1": None,
    "[::1]": None,
    "": None,
    "a..ir": None,
    ".ir": None,
    # the root's dot
    "www.abnama.ir.": "abnama.ir",
}


@pytest.mark.parametrize(("name", "domain"), CASES.items(), ids=CASES)
def test_a_name_belongs_to_the_domain_that_was_registered(name: str, domain: str | None) -> None:
    assert registrable_domain(name) == domain


def test_what_was_judged_by_is_told() -> None:
    assert len(suffixes_digest()) == 64


@pytest.mark.processes
def test_the_list_is_read_without_the_network() -> None:
    program = (
        "import socket, sys\n"
        "def refused(*_): raise AssertionError('asked the network')\n"
        "socket.socket.connect = socket.getaddrinfo = refused\n"
        "from web.domains import registrable_domain\n"
        "assert registrable_domain('a.b.gov.ir') == 'b.gov.ir'\n"
        "assert not {'requests', 'urllib.request', 'http.client'} & set(sys.modules), 'a client was loaded'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
