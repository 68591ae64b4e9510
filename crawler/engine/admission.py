"""How many more agencies a process may begin with, now: pure, everything is read by the caller.

What is under way always goes on; only what is new waits while our own loop is late, the disk is nearly full or
the store cannot keep up. Not here: which agency is next (`crawler.engine.agency_visits`), the load (`crawler.engine.runner`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

ACTIVE = 250  # measured: 200 at a second each take a quarter of a core
AT_ONCE = 30  # before the loop's lag is looked at again
LAG_LIMIT = 0.25  # seconds of loop lag above which our own saturation would look like slow agencies
WRITING_LIMIT = 0.5  # of the time: above it the store takes as long as all the rest
DISK_FLOOR = 128 << 20  # bytes: what is under way ends well before the disk is full
AGENCY_BYTES = 32 << 20  # that one may still write: 2,000 pages of 16 KB (docs/performance.md)

Hold = Literal["disk", "store", "lag"]
HOLDS: tuple[Hold, ...] = get_args(Hold)  # what weighs most first


@dataclass(frozen=True, slots=True)
class ProcessLoad:
    """lag: the worst of our event loop of late, seconds. free: bytes that the disk of the evidence takes.

    writing: the share of the last seconds that the store took to make batches durable, 0 to 1.
    """

    lag: float
    free: int
    writing: float


@dataclass(frozen=True, slots=True)
class Admission:
    """count: agencies that may begin now. held: what keeps more from it; None also when all places are taken."""

    count: int
    held: Hold | None = None


def admission(active: int, load: ProcessLoad) -> Admission:
    """active: agencies under way.

    Each of them may still write its share, so that a nearly full disk has fewer at once. A late loop or a slow store
    with nobody under way is late for others' reasons: one may begin, and shows whether it has become better.
    """
    room = max(0, (load.free - DISK_FLOOR) // AGENCY_BYTES - active)
    count = min(ACTIVE - active, AT_ONCE)
    if count <= 0:
        return Admission(0)
    if room == 0:
        return Admission(0, "disk")
    held: Hold | None = "store" if load.writing > WRITING_LIMIT else "lag" if load.lag > LAG_LIMIT else None
    if held is not None:
        return Admission(0 if active else 1, held)
    return Admission(min(count, room))
