"""How the crawl behaved, proven from the servers' own log: polite, nothing sent, nothing fetched for nothing."""

from __future__ import annotations

import itertools
import tomllib
from collections import Counter, defaultdict
from typing import Any


def test_nothing_but_get_and_head_was_sent(audit: Any) -> None:
    assert {request["method"] for request in audit.requests} <= {"GET", "HEAD"}


def test_every_request_says_who_asks(audit: Any) -> None:
    silent = [
        request
        for request in audit.requests
        if "govah" not in {k.lower(): v for k, v in request["headers"].items()}.get("user-agent", "")
    ]
    assert silent == []


def test_requests_to_a_host_keep_their_distance(audit: Any) -> None:
    """By the crawl's own connections; pages that the browser loads are spaced page by page, as a visitor's are."""
    settings = tomllib.loads((audit.round / "round.toml").read_text(encoding="utf-8"))
    delay = settings["crawl"]["delay"]
    times: dict[str, list[float]] = defaultdict(list)
    for request in audit.requests:
        agent = {k.lower(): v for k, v in request["headers"].items()}.get("user-agent", "")
        if "Mozilla" not in agent:
            times[request["host"]].append(request["monotonic"])
    close = {}
    for host, moments in times.items():
        moments.sort()
        gaps = [b - a for a, b in itertools.pairwise(moments)]
        # a request is stamped when its head was read, so that two may come 5 ms nearer than they were sent
        near = [gap for gap in gaps if gap < delay - 0.005]
        if near:
            close[host] = (len(near), min(near))
    assert close == {}


def test_robots_are_obeyed(audit: Any) -> None:
    unfetched = {
        f["subject"]["id"] for f in audit.findings if f["reason"] == "robots" and f["check"] == "links.target"
    }
    assert unfetched
    asked = {f"{request['scheme']}://{request['host']}{request['target']}" for request in audit.requests}
    assert not (unfetched & asked)


def test_no_page_is_fetched_more_often_than_its_visits(audit: Any) -> None:
    """Once, once more for what a contradiction may rest on, a third time after a server error; the browser
    loads a page of its own. Controls and the bare hosts are asked for again on purpose."""
    counts = Counter(
        (request["host"], request["target"])
        for request in audit.requests
        if not request["host"].startswith("control.")
        and "HeadlessChrome" not in str(request["headers"])
        and request["target"] not in ("/", "/robots.txt")
    )
    often = {where: count for where, count in counts.items() if count > 6}
    assert often == {}


def test_every_url_that_was_not_fetched_has_a_reason(audit: Any) -> None:
    known = set("robots scope depth max_pages time_budget trap duplicate scheme blocked_agency".split())
    for agency in audit.results["agencies"]:
        assert set(agency["crawl"]["unfetched"]) <= known
        assert agency["crawl"]["fetched"] <= agency["crawl"]["eligible"]


def test_plain_lines_on_a_pipe(audit: Any) -> None:
    assert "\x1b[" not in audit.crawl_output
