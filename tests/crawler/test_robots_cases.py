"""What robots.txt allows, case by case (data/robots.toml), and where it is looked for."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from crawler.jobs import Job
from crawler.robots import Robots
from evidence.records import HttpFacts

CASES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "data" / "robots.toml").read_text(encoding="utf-8")
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
    robots.learned(file, HttpFacts("GET", case.get("status", 200), "", (), None), body)
    return allowed, refused, delays


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_file(case: dict[str, Any]) -> None:
    opened = {f"http://a.test{path}" for path in case.get("open", [])}
    shut = {f"http://a.test{path}" for path in case.get("shut", [])}
    paths = [*case.get("open", []), *case.get("shut", [])] or ["/"]
    allowed, refused, delays = read(case, paths)
    if opened or shut:
        assert (allowed, refused) == (opened, shut)
    assert delays == ([case["delay"]] if "delay" in case else [])


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
        file = robots.learned(file, moved, b"")
    if file is not None:
        robots.learned(file, HttpFacts("GET", 200, "", (), None), b"User-agent: *\nDisallow: /x")
    assert told == (["refuse"] if obeyed else ["go"])
