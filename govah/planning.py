"""What is said of a crawl before its first request: how it is spread, and what takes longest."""

from __future__ import annotations

from crawler.sharding import Planned
from govah.console import Speaker
from govah.progress import duration

_WORTH_TELLING = 600  # seconds


def tell_plan(speaker: Speaker, delay: float, plan: Planned) -> None:
    """delay: seconds between two requests to one host."""
    if len(plan.shards) > 1:
        speaker.note("cli.shards", shards=len(plan.shards))
    longest = plan.critical
    if longest is not None and longest.seconds >= _WORTH_TELLING:
        portals = len(longest.place.agencies)
        speaker.note(
            "cli.longest_shared" if portals > 1 else "cli.longest",
            place=longest.place.name,
            portals=portals,
            pages=longest.place.pages,
            time=duration(longest.seconds),
            delay=f"{delay:g}",
        )
