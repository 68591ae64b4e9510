"""Texts that are short on the wire and long to read: each is read in a process that may take little time, to the end or to a cut."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.depth import some, tries
from web.document import Document
from web.links import Link

SECONDS = 30  # of CPU, for what takes one; quadratic readings take hours
SIZE = tries(1 << 20, 8 << 20)


def repeated(unit: str) -> Callable[[int], str]:
    """The unit again and again, numbered where it has a place for a number."""
    return lambda size: "".join(unit.replace("#", str(n)) for n in range(size // len(unit)))


# name: (page, Content-Type)
PAGES: dict[str, tuple[Callable[[int], str], str]] = {
    "a codec that is no character set": (repeated("<p>a-b9"), "text/html; charset=punycode"),
    "a header of spaces": (lambda size: "<p>x", "text/html; charset=" + " " * 240_000 + "!"),
    "a srcset of commas": (lambda size: f"<img srcset='{'a, ' * (size // 3)}'>", "text/html"),
    "a srcset of addresses": (lambda size: f"<img srcset='{'a 1x, ' * (size // 6)}'>", "text/html"),
    "attributes": (lambda size: f"<p {repeated('a# ')(size)}>x", "text/html"),
    "attributes with values": (lambda size: "<p " + repeated('a#=">" ')(size), "text/html"),
    "crowded elements": (lambda size: f"<p {repeated('a# ')(2_000)}>x" * (size // 2_000), "text/html"),
    "bodies in bodies": (repeated("<body"), "text/html"),
    "links in links in a drawing": (repeated("<svg><a href=/#>t"), "text/html"),
    "links in links in objects": (repeated("<a href=/#><object>t"), "text/html"),
    "forms that are never closed": (repeated("<form><div></form>"), "text/html"),
    "quotes that are never closed": (repeated("<a x='<b y=\""), "text/html"),
    "refreshes": (repeated("<meta http-equiv=refresh content='0;   #'>"), "text/html"),
    "bases": (repeated("<base href=' #'>"), "text/html"),
    "scripts that go on": (repeated("<script>location    </script>"), "text/html"),
    "comments": (repeated("<!--"), "text/html"),
    "a script's location": (lambda size: f"<script>document.cookie='a';location{' ' * size}</script>", "text/html"),
}  # fmt: skip

READ = """
import json, sys
from crawler.discovery.novelty import Novelty
from crawler.browser.choice import needs_browser
from web.challenge import challenge_marker
from web.document import Document
from evidence.kinds.http import HttpFacts
kind, _, body = sys.stdin.buffer.read().partition(b"\\n")
kind = kind.decode()
page = Document(body, "http://a.test/", kind)
facts = HttpFacts("GET", 200, "OK", (("Content-Type", kind),), None, size=1)
read = [len(page.links), len(page.pressed), len(page.text), len(page.ids), page.base, page.refresh, page.title,
        page.scripts, len(page.script_marks), needs_browser(page), challenge_marker(facts, page), Novelty().brings(page)]
print(json.dumps([page.cut, *read]))
"""


@pytest.mark.processes
@pytest.mark.parametrize("name", some(PAGES, 2))
def test_it_is_read_to_its_end_or_to_a_cut(name: str) -> None:
    page, kind = PAGES[name]
    done = subprocess.run(
        [sys.executable, "-c", READ],
        input=f"{kind}\n{page(SIZE)}".encode(),
        capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS)),
    )
    assert done.returncode == 0, done.stderr.decode()[-500:] or f"ended by signal {-done.returncode}"
    assert len(json.loads(done.stdout)) == 13


LONG = "<!-- a b -->" * 6_000  # what is shorter is read whole


@pytest.mark.parametrize(
    ("page", "text", "cut"),
    [
        (f"<p>one{LONG}<p {' '.join(f'a{n}' for n in range(500))}>two", "one two", False),
        (f"<p>one{LONG}<p {' '.join(f'a{n}' for n in range(501))}>two", "one", True),
        (f"<p>one{LONG}<p title='{'a > ' * 2_000}'>two", "one two", False),
        (f"<p>one{LONG}<!-- <p {'a ' * 2_000} --><p>two", "one two", False),
        (f"<p>one{LONG}<script>if (i<n) {'a b ' * 2_000}</script><p>two", "one two", False),
        (f"<p>one{LONG}<textarea>a<b {'a b ' * 2_000}</textarea><p>two", None, False),
        (f"<p>one{LONG}<p {'a ' * 2_000}", "one", True),
        (f"<p>one{LONG}5 < 6 {'a ' * 2_000}", None, False),
        (f"<p>{'a ' * 700}", None, False),
    ],
)
def test_an_element_with_more_attributes_than_any_has_ends_the_reading(
    page: str, text: str | None, cut: bool
) -> None:
    read = Document(page.encode(), "http://a.test/")
    assert read.cut is cut
    assert text is None or read.text == text


def test_links_in_links_keep_their_own_words() -> None:
    page = "".join(f"<svg><a href=/{n}>word{n}" for n in range(1_100))
    found = Document(page.encode(), "http://a.test/").links
    assert len(found) == 1_100 and found[7] == Link("http://a.test/7", None, "/7", "word7", "a", "page")
    apart = "".join(f"<p><a href=/{n}><b>word</b>{n}</a>" for n in range(1_100))
    assert Document(apart.encode(), "http://a.test/").links[7].text == "word 7"


@pytest.mark.parametrize(
    ("srcset", "urls"),
    [
        ("a.png 1x, b.png 2x,c.png,  d.png 100w , e", ["a.png", "b.png", "c.png", "d.png", "e"]),
        ("a.png", ["a.png"]),
        (" , a.png, b.png", ["a.png", "b.png"]),
        ("a,b.png 2x", ["a,b.png"]),
        ("", []),
        (", ,", []),
    ],
)
def test_a_srcset_is_read_as_the_standard_has_it(srcset: str, urls: list[str]) -> None:
    page = Document(f'<img srcset="{srcset}">'.encode(), "http://a.test/")
    assert [link.url for link in page.links] == [f"http://a.test/{url}" for url in urls]
