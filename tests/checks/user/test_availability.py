"""`services.availability`: which visits of entries count, and which of them were answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.service_pages import FORM, LOOKS, PROSE, SSO, World, dead, moved, silent

PAGE = f"<p>{PROSE}</p>{FORM}"


def _own(*answers: Any) -> Callable[[World], None]:
    return lambda world: world.own("bees", *answers)


def _two(world: World) -> None:
    world.own("bees", PAGE)
    world.own("wells", silent())


def _shared_address(world: World) -> None:
    world.own("bees", PAGE)
    world.service("wells", "/s/bees")


def _nowhere(world: World) -> None:
    world.service("bees", "/s/bees")
    world.unfetched = [("http://portal.test/s/bees", "robots")]


def _not_electronic(world: World) -> None:
    world.service("bees", "/s/bees", electronic=False)
    world.own("bees", silent())


def _gateway_silent(world: World) -> None:
    world.own("bees", moved(SSO))
    world.pages[SSO] = ("", [silent(), silent()], "claim")


Row = tuple[Callable[[World], None], str, str | None, tuple[int, int, int]]
# name: what stands there, verdict, reason, (visits, answered, blocked)
ROWS: dict[str, Row] = {
    "answers twice": (_own(PAGE), "verified", None, (2, 2, 0)),
    "one of two services is silent": (_two, "partial", None, (4, 2, 0)),
    "two services of one address": (_shared_address, "verified", None, (2, 2, 0)),
    "silent once": (_own(silent(), PAGE), "partial", None, (2, 1, 0)),
    "refused": (_own(silent("refused")), "inconclusive", "unreachable", (2, 0, 0)),
    "no such name": (_own(silent("dns")), "inconclusive", "unreachable", (2, 0, 0)),
    "503, then fine": (_own({"status": 503}, PAGE), "partial", None, (2, 1, 0)),
    "500 twice": (_own({"status": 500}), "partial", None, (2, 0, 0)),
    "a dead page is an answer": (_own(dead()), "verified", None, (2, 2, 0)),
    "a firewall once": (_own({"status": 403}, PAGE), "partial", None, (2, 1, 1)),
    "a firewall": (_own({"status": 429}), "inconclusive", "blocked", (2, 0, 2)),
    "our own error": (_own({"status": None, "failure": "own_error"}, PAGE), "verified", None, (1, 1, 0)),
    "our resolver": (_own(silent("resolver"), PAGE), "verified", None, (1, 1, 0)),
    "our limit": (_own({"truncated": "length", "status": 200}, PAGE), "verified", None, (1, 1, 0)),
    "our own hang": (_own({"status": None, "failure": "timeout", "lag_ms": 5000.0}, PAGE), "verified", None, (1, 1, 0)),
    "our policy": (_own(silent("private_address")), "inconclusive", "not_attempted", (0, 0, 0)),
    "robots": (_nowhere, "inconclusive", "not_attempted", (0, 0, 0)),
    "a gateway that is silent": (_gateway_silent, "verified", None, (2, 2, 0)),
    "not claimed electronic": (_not_electronic, "not_applicable", None, (0, 0, 0)),
}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ROWS)
def test_rows(seen: Any, name: str, look: str) -> None:
    build, verdict, reason, figures = ROWS[name]
    world = World(seen, LOOKS[look])
    build(world)
    found = world.judged("services.availability")["portal"]
    told = tuple(found.observed[key] for key in ("visits", "answered", "blocked"))
    assert (found.verdict, found.reason, told) == (verdict, reason, figures), found.observed


def test_no_control_target_answered(seen: Any) -> None:
    """Then the silence may be ours."""
    for second in range(0, 901, 60):
        seen.control(second + 1, None)
    world = World(seen, LOOKS["plain"])
    world.own("bees", silent())
    found = world.judged("services.availability")["portal"]
    assert (found.verdict, found.observed["visits"]) == ("inconclusive", 0)
