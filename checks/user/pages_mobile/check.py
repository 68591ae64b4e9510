"""`pages.mobile` (U07): does a page serve a telephone, and how much does it have to load?

Looked at: the four rules about telephones, and what the first load takes on a slow line. The load is reckoned from bytes
and requests as they came, at the bandwidth and delay of a stated profile; seconds on our own line are not judged, for
they tell as much of us as of the portal.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from checks.accessibility.rule import Measures
from checks.accessibility.telephone import OVERFLOW, TARGETS, TEXT, VIEWPORT
from checks.case import Case
from checks.finding import Finding
from checks.reasons import UNSEEN
from checks.user.page_tests import Outcome, PageTests, by_rule, measured_pages, page_finding, tests_finding

# The profile "slow 4G", which Lighthouse and WebPageTest test telephones with: 1.6 Mbit/s, 150 ms there and back.
BYTES_A_SECOND = 200_000
ROUND_TRIP = 0.15  # Seconds there and back, of the same profile
# Name, connection, encryption and the page itself: a round trip each, before anything is there to be shown.
_BEGINNING = 4
# Browsers ask one host for so many things at once over HTTP/1.1.
_AT_ONCE = 6
# Seconds in which a page must come (docs/accessibility.md). Longer fails one of five tests. By hand.
MOST_SECONDS = 10.0

_RULES = {"viewport": VIEWPORT, "overflow": OVERFLOW, "targets": TARGETS, "text": TEXT}


class PagesMobile:
    """One finding for each measured page: how many of five tests it passed."""

    id = "pages.mobile"
    version = 1
    reasons = UNSEEN
    words: tuple[str, ...] = ()

    def judge(self, case: Case) -> Iterator[Finding]:
        for look, reason in measured_pages(case):
            if look is None or reason is not None:
                yield page_finding(self, case, look, "inconclusive", reason, {}, "page_serves_telephones")
            else:
                yield tests_finding(self, case, look, _tests(look.measures), "page_serves_telephones")


def seconds(requests: int, size: int) -> float:
    """What a load takes on the profile's line, at least. size: bytes."""
    rounds = _BEGINNING + math.ceil(max(0, requests - 1) / _AT_ONCE)
    return round(rounds * ROUND_TRIP + size / BYTES_A_SECOND, 1)


def _tests(measures: Measures) -> PageTests:
    outcomes: dict[str, Outcome] = {}
    kinds: list[str] = []
    places: list[str] = []
    for name, rule in _RULES.items():
        outcome, faults, where = by_rule(rule, measures)
        outcomes[name] = outcome
        kinds += faults
        places += where[:2]
    outcomes["load"], figures = _load(measures.get("visit"))
    if outcomes["load"] == "failed":
        kinds.append("load_slow")
    return PageTests(outcomes, tuple(kinds), tuple(places), figures)


def _load(visit: Mapping[str, Any] | None) -> tuple[Outcome, dict[str, Any]]:
    """Open where the visit was measured before loads were, or nothing of it was counted."""
    if not visit or not visit["bytes"]:
        return "open", {}
    taken = seconds(visit["requests"], visit["bytes"])
    figures = {"load_bytes": visit["bytes"], "load_requests": visit["requests"], "load_seconds": taken}
    return ("passed" if taken <= MOST_SECONDS else "failed"), figures


CHECK = PagesMobile()
