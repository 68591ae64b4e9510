"""How a crawl is spread over processes, said before its first request, and what keeps it from that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from claims.model import CrawlSettings
from crawler.fleet.one_shard import PlanMismatch
from crawler.fleet.sharding import ShardPlan
from evidence.errors import EvidenceBusy, EvidenceError, OtherKey, WriteFailed
from evidence.signing.keys import KeyUnusable
from govah import round_loading
from govah.exits import Exit
from govah.terminal.console import Speaker
from govah.terminal.trace_lines import figure
from govah.terminal.waits import duration

_WORTH_TELLING = 600  # seconds


def print_plan(speaker: Speaker, settings: CrawlSettings, plan: ShardPlan) -> None:
    """What takes longest, where that is worth knowing before the crawl."""
    if len(plan.shards) > 1:
        speaker.note("cli.shards", shards=figure(len(plan.shards)))
    longest = plan.critical
    if longest is not None and longest.seconds >= _WORTH_TELLING:
        speaker.note(
            "cli.longest_shared" if longest.agencies > 1 else "cli.longest",
            place=longest.place,
            portals=figure(longest.agencies),
            pages=figure(longest.pages),
            time=duration(longest.seconds),
            delay=figure(f"{settings.delay_of(longest.place):g}"),
        )


def shard_of(speaker: Speaker, given: str) -> tuple[int, int]:
    """(number, of how many) of `--shard 3/8`; anything else is wrong usage."""
    number, slash, count = given.partition("/")
    numbers = slash and number.isdecimal() and count.isdecimal()
    if not numbers or not 1 <= int(number) <= int(count) <= 9_999:
        speaker.fail(Exit.USAGE, "spread.bad_shard", value=given)
    return int(number), int(count)


@contextmanager
def report_plan_error(speaker: Speaker, evidence: Path) -> Iterator[None]:
    """Says what keeps a round from being planned or crawled, and ends with its exit status. evidence: the round's folder of it."""
    try:
        yield
    except PlanMismatch as other:
        speaker.fail(Exit.USAGE, "spread.other_plan", shards=other.shards, evidence=evidence)
    except EvidenceBusy as error:
        speaker.fail(Exit.USAGE, "cli.busy", detail=error)
    except KeyUnusable as error:
        round_loading.key_unusable(speaker, error)
    except OtherKey as error:
        speaker.fail(Exit.USAGE, "cli.other_key", signed=error.signed, given=error.given)
    except WriteFailed as error:
        speaker.note("cli.not_writable", folder=evidence)
        speaker.fail(Exit.INCOMPLETE, "spread.not_written", detail=error)
    except EvidenceError as error:
        speaker.fail(Exit.TAMPERED, "cli.evidence_error", detail=error)


def print_slowest_host(speaker: Speaker, longest: object) -> None:
    if isinstance(longest, dict):
        speaker.say(
            "spread.longest",
            place=longest.get("place"),
            portals=figure(longest.get("agencies")),
            pages=figure(longest.get("pages")),
            time=duration(float(longest.get("seconds", 0))),
        )
