"""Visits that were made again because of a reply, told apart from the crawl's own by their numbers.

The N-th re-test of a round numbers its first visit of an address 100·N + 1, its second 100·N + 2: what the crawl saw stays
as it is, and stays what it was. Not here: making one (`crawler.crawl`), judging by one (`checks.retested`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evidence.records import Capture
from evidence.regular_files import content
from evidence.store import plan as plans

STRIDE = 100  # an address is visited three times at most


def number_of(capture: Capture) -> int:
    """Of the re-test that a capture belongs to; 0: to the crawl. What belongs to no agency belongs to no re-test."""
    return capture.attempt // STRIDE if capture.agency else 0


def planned(evidence: Path) -> list[Mapping[str, Any]]:
    """What each re-test set out to do, as its plan has it, in the order in which they began.

    Keys: number, agency, subject {kind, id}, addresses, replies, entries {count, head} (lines of the ledger of replies by
    then, and the hash of the last one). A plan that cannot be read is none; verification names it.
    """
    found = {}
    for path in evidence.glob("plan*.json") if evidence.is_dir() else ():
        if not plans.is_plan(path.name):
            continue
        try:
            retest = json.loads(content(path) or b"")["plan"]["retest"]
            known = retest["entries"]
            sound = type(retest["number"]) is int and type(known["count"]) is int and {"head"} <= known.keys()
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        if sound:
            found[retest["number"]] = retest
    return [found[number] for number in sorted(found)]
