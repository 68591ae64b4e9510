"""What robots.txt allows, case by case (data/robots.toml), and where it is looked for."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from crawler.jobs import Job
from crawler.politeness.robots import Robots, is_file, parsed
from evidence.kinds.http import HttpFacts

CASES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parents[1] / "data" / "robots.toml").read_text(encoding="utf-8")
)["case"]


def read(case: dict[str, Any], paths: list[str]) -> tuple[set[str], set[str], list[float]]:
    """(allowed, refused, delays) once the file of a case has come."""
    allowed: set[str] = set()
    refused: set[str] = set()
    delays: list[float] = []
    asked: list[Job] = []
    robots = Robots(
        obey=True,
        fetch=asked.append,
        go=lambda job: allowed.add(job.url),
        refuse=lambda job: refused.add(job.url),
        slow=lambda host, delay: delays.append(delay),
    )
    for path in paths:
        robots.submit(Job("a", f"http://a.test{path}", "page"))
    (file,) = asked
    body = (
        b"#" * case.get("pad", 0) + b"\n" + case["body"].encode() if "pad" in case else case["body"].encode()
    )
    facts = HttpFacts("GET", case.get("status", 200), "", (), None)
    robots.learned(file, facts, parsed(body) if is_file(facts) else None)
    return allowed, refused, delays


def read_of(body: bytes) -> tuple[set[str], set[str], list[float]]:
    return read({"body": body.decode()}, ["/open"])


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_file(case: dict[str, Any]) -> None:
    opened = {f"http://a.test{path}" for path in case.get("open", [])}
    shut = {f"http://a.test{path}" for path in case.get("shut", [])}
    paths = [*case.get("open", []), *case.get("shut", [])] or ["/"]
    allowed, refused, delays = read(case, paths)
    if opened or shut:
        assert (allowed, refused) == (opened, shut)
    assert delays == ([case["delay"]] if "delay" in case else [])


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b"User-agent: *\n" + b"".join(b"Disallow: /*a%dz\n" % n for n in range(900)), True),
        (b"User-agent: *\n" + b"".join(b"Disallow: /*a%dz\n" % n for n in range(26_000)), False),
        (b"User-agent: *\n" + b"".join(b"Disallow: /" + b"*a" * 99 + b"%d\n" % n for n in range(99)), False),
        (b"Useragent *\n" + b"".join(b"Disallow /%d\n" % n for n in range(6_000)), False),
        (b"User-agent: *\nDisallow: /x\n" + b"".join(b"User-agent: bot%d\nDisallow: /*x\n" % n for n in range(3_000)), True),
    ],
    ids=["many", "too-many-patterns", "too-many-stars", "too-many-in-other-writing", "many-for-others"],
)  # fmt: skip
def test_a_file_of_more_rules_than_addresses_can_be_held_against_could_not_be_had(
    body: bytes, read: bool
) -> None:
    assert (parsed(body) is not None) is read
    allowed, refused, _ = read_of(body)
    assert (allowed, refused) == (
        ({"http://a.test/open"}, set()) if read else (set(), {"http://a.test/open"})
    )


def test_an_address_is_held_against_the_longest_file_in_milliseconds() -> None:
    file = parsed(b"User-agent: *\n" + b"".join(b"Disallow: /*a%dz\n" % n for n in range(1_000)))
    assert file is not None
    began = time.process_time()
    for n in range(20):
        assert file.can_fetch(f"http://a.test/{'a' * 1_900}{n}", "govah")
    assert time.process_time() - began < 20 * 0.02


@pytest.mark.parametrize(("hops", "obeyed"), [(1, True), (5, True), (6, False)])
def test_redirects_are_followed_five_times(hops: int, obeyed: bool) -> None:
    told: list[str] = []
    asked: list[Job] = []
    robots = Robots(
        obey=True,
        fetch=asked.append,
        go=lambda job: told.append("go"),
        refuse=lambda job: told.append("refuse"),
        slow=lambda host, delay: None,
    )
    robots.submit(Job("a", "http://a.test/x", "page"))
    file: Job | None = asked[0]
    for hop in range(hops):
        assert file is not None
        moved = HttpFacts("GET", 301, "", (), None, redirect=f"http://a.test/robots/{hop}")
        file = robots.learned(file, moved, None)
    if file is not None:
        robots.learned(file, HttpFacts("GET", 200, "", (), None), parsed(b"User-agent: *\nDisallow: /x"))
    assert told == (["refuse"] if obeyed else ["go"])


# one origin's robots.txt, to which another redirects


class Origins:
    """Robots, and what it asks for; `answer` answers the next file with a redirect, or with a body."""

    def __init__(self) -> None:
        self.asked: list[Job] = []
        self.allowed: set[str] = set()
        self.refused: set[str] = set()
        self.slowed: dict[str, float] = {}
        self.robots = Robots(
            obey=True,
            fetch=self.asked.append,
            go=lambda job: self.allowed.add(job.url),
            refuse=lambda job: self.refused.add(job.url),
            slow=self.slowed.__setitem__,
        )

    def submit(self, *urls: str) -> None:
        for url in urls:
            self.robots.submit(Job("evil" if "evil" in url else "good", url, "page"))

    def answer(self, url: str, *, to: str | None = None, body: bytes | None = None) -> None:
        (job,) = (job for job in self.asked if job.url == url)
        self.asked.remove(job)
        facts = HttpFacts("GET", 301 if to else 200 if body is not None else 404, "", (), None, redirect=to)
        hop = self.robots.learned(job, facts, parsed(body) if body is not None else None)
        if hop is not None:
            self.asked.append(hop)


SHUT = b"User-agent: *\nDisallow: /secret\nCrawl-delay: 9"


@pytest.mark.parametrize("hops", range(5))
def test_a_chain_of_anothers_takes_nothing_from_the_redirects_of_a_file(hops: int) -> None:
    net = Origins()
    net.submit("http://evil.test/x")
    at = "http://evil.test/robots.txt"
    for hop in range(hops):
        net.answer(at, to=(at := f"http://evil.test/{hop}"))
    net.answer(at, to="http://good.test/robots.txt")
    net.submit("http://good.test/secret", "http://good.test/open")
    at = "http://good.test/robots.txt"
    for hop in range(5):
        net.answer(at, to=(at := f"http://good.test/{hop}"))
    net.answer(at, body=SHUT)
    assert net.refused == {"http://good.test/secret"}
    assert "http://good.test/open" in net.allowed


def test_names_without_end_are_no_chain_without_end_and_each_is_asked_again_for_its_own_sake() -> None:
    net = Origins()
    net.submit("http://evil0.test/x")
    last = 0
    while net.asked:
        last += 1
        net.answer(net.asked[0].url, to=f"http://evil{last}.test/robots.txt")
        assert last < 10
    assert net.allowed == {"http://evil0.test/x"}
    net.submit(f"http://evil{last - 1}.test/secret")
    net.answer(f"http://evil{last - 1}.test/robots.txt", body=SHUT)
    assert net.refused == {f"http://evil{last - 1}.test/secret"}


def test_a_delay_is_that_of_the_origin_whose_file_it_is_wherever_the_file_lies() -> None:
    net = Origins()
    net.submit("http://evil.test/x")
    net.answer("http://evil.test/robots.txt", to="http://good.test/upload.txt")
    net.answer("http://good.test/upload.txt", body=SHUT)
    assert net.slowed == {"evil.test": 9.0}
