"""`govah status`: how far the crawl of a round is."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from rich.table import Table

from govah import crawl_status, stages
from govah.crawl_plan import print_slowest_host, report_plan_error
from govah.round_paths import RoundPaths
from govah.terminal.console import Speaker, text, visible
from govah.terminal.trace_lines import figure
from govah.terminal.waits import duration, wait_text

_LONGEST_PLACE = 100  # characters of a machine's name


def show_status(speaker: Speaker, folder: Path) -> None:
    """How far the crawl of a round is."""
    evidence = RoundPaths(folder).evidence
    with report_plan_error(speaker, evidence):
        shards = crawl_status.shards_status(evidence)
        counts = crawl_status.sealed(evidence)
        longest = crawl_status.critical_of(evidence)
    left = crawl_status.left(shards)
    speaker.json(
        {
            "sealed": counts is not None,
            "critical": longest,
            "left": None if left is None else round(left),
            "sealing": counts is None and crawl_status.is_sealing(evidence, shards),
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
    claims = sum(shard.count("claims") for shard in shards)
    if claims:
        settled = sum(shard.count("settled") for shard in shards)
        speaker.line(text("progress.claims", done=figure(settled), total=figure(claims)))
    if crawl_status.is_sealing(evidence, shards):
        speaker.line(text("waits.sealing"))
    print_slowest_host(speaker, longest)
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
    for shard in running:
        if shard.waits:
            waits = " · ".join(map(wait_text, shard.waits))
            speaker.say("spread.shard_waits", shard=shard.number, waits=waits)
    if running:
        speaker.say("spread.explained")


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
