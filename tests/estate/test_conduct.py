"""How the crawl behaved, proven from the servers' own log: polite, nothing sent, nothing fetched for nothing."""

from __future__ import annotations

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


def is_browser(request: dict[str, Any]) -> bool:
    """The browser's own requests: the crawl accepts the same of everything, the browser names what it wants. (It
    offers brotli over https alone.)"""
    accepted: str | None = request["headers"].get("accept")
    return accepted != "text/html,application/xhtml+xml,*/*;q=0.8"


def test_requests_to_a_host_keep_their_distance(audit: Any) -> None:
    """By the crawl's own connections, over runs of fifty: a busy server stamps single requests late, and with
    the estate's short delay that would say nothing. tests/crawler has the strict test, with a long one."""
    settings = tomllib.loads((audit.round / "round.toml").read_text(encoding="utf-8"))
    delay, run, late = settings["crawl"]["delay"], 50, 0.4
    times: dict[str, list[float]] = defaultdict(list)
    for request in audit.requests:
        if not is_browser(request):
            times[request["host"]].append(request["monotonic"])
    long_enough = {host: sorted(moments) for host, moments in times.items() if len(moments) > run}
    assert len(long_enough) >= 8
    for host, moments in long_enough.items():
        shortest = min(moments[n + run] - moments[n] for n in range(len(moments) - run))
        assert shortest >= run * delay - late, f"{host}: {run} requests within {shortest:.3f} s"


def test_robots_are_obeyed(audit: Any) -> None:
    unfetched = {
        f["subject"]["id"] for f in audit.findings if f["reason"] == "robots" and f["check"] == "links.target"
    }
    assert unfetched
    asked = {f"{request['scheme']}://{request['host']}{request['target']}" for request in audit.requests}
    assert not (unfetched & asked)


def test_no_page_is_fetched_more_often_than_its_visits(audit: Any) -> None:
    """Once, once more for what a contradiction may rest on, a third time after a server error; the browser
    loads a page of its own. Controls and the bare hosts are asked for again on purpose, and what several
    agencies link to is evidence for each of them."""
    own = {host["host"] for agency in audit.results["agencies"] for host in agency["hosts"]}
    counts = Counter(
        (request["host"], request["target"])
        for request in audit.requests
        if request["host"] in own
        and not is_browser(request)
        and request["target"] not in ("/", "/robots.txt")
    )
    often = {where: count for where, count in counts.items() if count > 6}
    assert often == {}


def test_every_url_that_was_not_fetched_has_a_reason(audit: Any) -> None:
    known = set(
        "robots scope depth max_pages time_budget trap duplicate scheme too_long blocked_agency".split()
    )
    for agency in audit.results["agencies"]:
        assert set(agency["crawl"]["unfetched"]) <= known
        assert agency["crawl"]["fetched"] <= agency["crawl"]["eligible"]


def test_plain_lines_on_a_pipe(audit: Any) -> None:
    assert "\x1b[" not in audit.crawl_output
