"""Exit statuses of every command, as the contract fixes them."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    DONE = 0
    FINDING = 1  # a finding at or above --fail-on
    USAGE = 2  # wrong usage, or an invalid round
    INCOMPLETE = 3  # the crawl is paused or interrupted; the same command resumes it
    TAMPERED = 4  # evidence does not verify
    INTERRUPTED = 130  # by the user, outside of a crawl; as shells say it
    CRASHED = 70  # an error in this program; never 1, which CI reads as a finding
