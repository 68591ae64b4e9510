"""What transport alone says. Each row: what came, and what every check has to make of it."""

import datetime as dt
from typing import Any

import pytest

from checks.case import Visit
from checks.outcome import transport
from evidence.kinds.http import HttpFacts
from evidence.records import Capture

ROWS: dict[str, tuple[dict[str, Any], tuple[str, str] | None]] = {
    "a page": ({"status": 200}, None),
    "no content": ({"status": 204}, None),
    "not found": ({"status": 404}, ("contradicted", "dead_link")),
    "gone": ({"status": 410}, ("contradicted", "dead_link")),
    "not found, cut short": ({"status": 404, "truncated": "disconnect"}, ("contradicted", "dead_link")),
    "forbidden": ({"status": 403}, ("inconclusive", "blocked")),
    "login asked by header": ({"status": 401}, ("inconclusive", "blocked")),
    "too many": ({"status": 429}, ("inconclusive", "blocked")),
    "legal block": ({"status": 451}, ("inconclusive", "blocked")),
    "request time-out": ({"status": 408}, ("inconclusive", "unreachable")),
    "error": ({"status": 500}, ("inconclusive", "server_error")),
    "error of a gateway": ({"status": 522}, ("inconclusive", "server_error")),
    "unknown status": ({"status": 999}, ("inconclusive", "server_error")),
    "redirect to nowhere": ({"status": 302}, ("inconclusive", "server_error")),
    "challenge by header": (
        {"status": 503, "headers": (("cf-mitigated", "challenge"),)},
        ("inconclusive", "blocked"),
    ),
    "no such name": ({"failure": "dns"}, ("inconclusive", "unreachable")),
    "resolver": ({"failure": "resolver"}, ("inconclusive", "unreachable")),
    "refused": ({"failure": "refused"}, ("inconclusive", "unreachable")),
    "reset": ({"failure": "reset"}, ("inconclusive", "unreachable")),
    "time-out": ({"failure": "timeout"}, ("inconclusive", "unreachable")),
    "time-out while we hung": ({"failure": "timeout", "lag_ms": 2000.1}, ("inconclusive", "own_error")),
    "reset while we hung": ({"failure": "reset", "lag_ms": 4000.0}, ("inconclusive", "own_error")),
    "time-out while we were busy": (
        {"failure": "timeout", "lag_ms": 2000.0},
        ("inconclusive", "unreachable"),
    ),
    "handshake": ({"failure": "tls"}, ("inconclusive", "unreachable")),
    "no http": ({"failure": "protocol"}, ("inconclusive", "server_error")),
    "endless header": ({"failure": "too_large"}, ("inconclusive", "limit")),
    "port of another protocol": ({"failure": "bad_port"}, ("inconclusive", "limit")),
    "private address": ({"failure": "private_address"}, ("inconclusive", "own_error")),
    "our crash": ({"failure": "own_error"}, ("inconclusive", "own_error")),
    "nothing at all": ({}, ("inconclusive", "own_error")),
    "body past our limit": ({"status": 200, "truncated": "length"}, ("inconclusive", "limit")),
    "body too slow": ({"status": 200, "truncated": "time"}, ("inconclusive", "limit")),
    "peer went": ({"status": 200, "truncated": "disconnect"}, ("inconclusive", "unreachable")),
    "broken chunks": ({"status": 200, "failure": "protocol"}, ("inconclusive", "server_error")),
}


def visit(facts: dict[str, Any], **shape: Any) -> Visit:
    values: dict[str, Any] = {"status": None, "reason": None, "headers": (), "failure": None, **facts}
    time = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
    capture = Capture(
        "c1", 1, "http", "a", "http://a.test/", time, "v", "page", 1, "", HttpFacts("GET", **values)
    )
    return Visit((capture,), **shape)


@pytest.mark.parametrize(("facts", "expected"), ROWS.values(), ids=ROWS.keys())
def test_transport(facts: dict[str, Any], expected: tuple[str, str] | None) -> None:
    assert transport(visit(facts)) == expected


def test_a_redirect_that_never_ends_is_nobodys_dead_link() -> None:
    assert transport(visit({"status": 302, "redirect": "http://a.test/b"}, looped=True)) == (
        "inconclusive",
        "unreachable",
    )


def test_a_redirect_to_what_was_not_fetched_was_not_attempted() -> None:
    assert transport(visit({"status": 302, "redirect": "http://a.test/b"}, open=True)) == (
        "inconclusive",
        "not_attempted",
    )


@pytest.mark.parametrize(("second", "said"), [(39.9, "inconclusive"), (40.0, "contradicted")])
def test_a_second_visit_counts_from_retry_after_on(seen: Any, second: float, said: str) -> None:
    """Thirty seconds here, from begin to begin; not nearly thirty."""
    for attempt, at in ((1, 10.0), (2, second)):
        seen.http("http://portal.test/", "no", status=404, at=at, attempt=attempt, purpose="home")
    (finding,) = seen.found("reach.portal")
    assert finding.verdict == said
