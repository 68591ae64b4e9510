"""How a crawl is spread, said before its first request and while it runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.table import Table

from claims.model import CrawlSettings, Round
from crawler.fleet.one_shard import OtherPlan, plan_round
from crawler.fleet.sharding import Planned, shards_before
from evidence.errors import EvidenceBusy, EvidenceError, OtherKey, WriteFailed
from evidence.signing.keys import KeyUnusable
from evidence.store import plan as plans
from govah import crawl_status, given, stages
from govah.console import Speaker, text, visible
from govah.exits import Exit
from govah.places import Places
from govah.progress import duration
from govah.story_lines import figure

_WORTH_TELLING = 600  # seconds
_LONGEST_PLACE = 100  # characters of a machine's name


def tell_plan(speaker: Speaker, settings: CrawlSettings, plan: Planned) -> None:
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
def told_trouble(speaker: Speaker, evidence: Path) -> Iterator[None]:
    """Says what keeps a round from being planned or crawled, and ends with its exit status. evidence: the round's folder of it."""
    try:
        yield
    except OtherPlan as other:
        speaker.fail(Exit.USAGE, "spread.other_plan", shards=other.shards, evidence=evidence)
    except EvidenceBusy as error:
        speaker.fail(Exit.USAGE, "cli.busy", detail=error)
    except KeyUnusable as error:
        given.key_unusable(speaker, error)
    except OtherKey as error:
        speaker.fail(Exit.USAGE, "cli.other_key", signed=error.signed, given=error.given)
    except WriteFailed as error:
        speaker.note("cli.not_writable", folder=evidence)
        speaker.fail(Exit.INCOMPLETE, "spread.not_written", detail=error)
    except EvidenceError as error:
        speaker.fail(Exit.TAMPERED, "cli.evidence_error", detail=error)


def plan(speaker: Speaker, round: Round, shards: int | None, key: Path | None) -> None:
    """Plans the round, signs the opening, and says what takes longest."""
    evidence = Places(round.folder).evidence
    with told_trouble(speaker, evidence):
        before = crawl_status.shards_status(evidence)
        if not _missing(evidence, round):
            status(speaker, round.folder)
            return
        made = plan_round(round, evidence, shards, now=stages.now, signer=stages.signer(key, round.folder))
    sizes = [len(shard) for shard in made.shards]
    if before:
        speaker.say("spread.plan_kept", shards=len(sizes))
    speaker.say(
        "spread.planned", shards=figure(len(sizes)), most=figure(max(sizes)), fewest=figure(min(sizes))
    )
    _tell_longest(speaker, made.to_json().get("critical"))
    speaker.say("spread.next_shards", folder=round.folder, shards=len(sizes))
    speaker.json({**made.to_json(), "kept": bool(before)})


def _missing(evidence: Path, round: Round) -> bool:
    """Whether anything of the round is not crawled and sealed."""
    if crawl_status.sealed(evidence) is None:
        return True
    planned = {agency for shard in shards_before(plans.planned(evidence)) for agency in shard}
    return bool(planned) and not planned.issuperset(agency.id for agency in round.agencies)


def status(speaker: Speaker, folder: Path) -> None:
    """How far the crawl of a round is."""
    evidence = Places(folder).evidence
    with told_trouble(speaker, evidence):
        shards = crawl_status.shards_status(evidence)
        counts = crawl_status.sealed(evidence)
        longest = crawl_status.critical_of(evidence)
    left = crawl_status.left(shards)
    speaker.json(
        {
            "sealed": counts is not None,
            "critical": longest,
            "left": None if left is None else round(left),
            "shards": [shard.to_json() for shard in shards],
        }
    )
    if counts is not None:
        seen = {name: figure(counts.get(name, 0)) for name in ("agencies", "exchanges")}
        speaker.say("spread.sealed", **seen)
        return
    if not shards:
        speaker.say("spread.no_plan", folder=folder)
        return
    running = [shard for shard in shards if shard.state == "running"]
    speaker.say(
        "spread.whole",
        done=figure(sum(shard.count("done") for shard in shards)),
        agencies=figure(sum(shard.agencies for shard in shards)),
        fetched=figure(sum(shard.count("fetched") for shard in shards)),
        rate=figure(f"{sum(shard.number_of('rate') for shard in running):.0f}"),
        errors=figure(sum(shard.count("errors") for shard in shards)),
    )
    _tell_longest(speaker, longest)
    if left is not None:
        ends = (stages.now() + dt.timedelta(seconds=left)).astimezone()
        speaker.say(
            "spread.ends", time=duration(left), ends=figure(f"{ends:%Y-%m-%d %H:%M}"), zone=ends.tzname()
        )
    speaker.show(_table(shards))
    for shard in running:
        if shard.held_back is not None:
            why = text(f"held_back.{shard.held_back}")
            speaker.say("spread.shard_held_back", shard=shard.number, why=why)
    if running:
        speaker.say("spread.explained")


def _tell_longest(speaker: Speaker, longest: object) -> None:
    if isinstance(longest, dict):
        speaker.say(
            "spread.longest",
            place=longest.get("place"),
            portals=figure(longest.get("agencies")),
            pages=figure(longest.get("pages")),
            time=duration(float(longest.get("seconds", 0))),
        )


def _table(shards: list[crawl_status.ShardStatus]) -> Table:
    table = Table(header_style="bold")
    for name in (
        "shard",
        "state",
        "agencies",
        "fetched",
        "rate",
        "errors",
        "queued",
        "held",
        "lag",
        "left",
        "where",
    ):
        table.add_column(
            text(f"spread.column_{name}"), justify="left" if name in ("state", "where") else "right"
        )
    for shard in shards:
        alive = shard.state == "running"
        table.add_row(
            figure(shard.number),
            text(f"spread_state.{shard.state}"),
            f"{figure(shard.count('done'))}/{figure(shard.agencies)}",
            *(figure(shard.count(name)) for name in ("fetched",)),
            figure(f"{shard.number_of('rate'):.1f}") if alive else "–",
            figure(shard.count("errors")),
            *(figure(shard.count(name)) if alive else "–" for name in ("queued", "held")),
            text("spread.seconds", n=figure(f"{shard.number_of('lag'):.2f}")) if alive else "–",
            "–" if shard.left is None else duration(shard.left),
            visible(f"{shard.told.get('host', '')} {shard.told.get('pid', '')}"[:_LONGEST_PLACE].strip())
            if alive
            else "–",
        )
    return table
