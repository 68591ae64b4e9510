"""`govah plan`: how the agencies of a round are spread over shards, signed."""

from __future__ import annotations

from pathlib import Path

from claims.model import Round
from crawler.fleet.one_shard import plan_round
from crawler.fleet.sharding import shards_before
from evidence.store import plan as plans
from govah import crawl_status, stages
from govah.commands.status import show_status
from govah.crawl_plan import print_slowest_host, report_plan_error
from govah.round_paths import RoundPaths
from govah.terminal.console import Speaker
from govah.terminal.trace_lines import figure


def plan_shards(speaker: Speaker, round: Round, shards: int | None, key: Path | None) -> None:
    """Plans the round, signs the opening, and says what takes longest."""
    evidence = RoundPaths(round.folder).evidence
    with report_plan_error(speaker, evidence):
        before = crawl_status.shards_status(evidence)
        if not _missing(evidence, round):
            show_status(speaker, round.folder)
            return
        made = plan_round(round, evidence, shards, now=stages.now, signer=stages.signer(key, round.folder))
    sizes = [len(shard) for shard in made.shards]
    if before:
        speaker.say("spread.plan_kept", shards=len(sizes))
    speaker.say(
        "spread.planned", shards=figure(len(sizes)), most=figure(max(sizes)), fewest=figure(min(sizes))
    )
    print_slowest_host(speaker, made.to_json().get("critical"))
    speaker.say("spread.next_shards", folder=round.folder, shards=len(sizes))
    speaker.json({**made.to_json(), "kept": bool(before)})


def _missing(evidence: Path, round: Round) -> bool:
    """Whether anything of the round is not crawled and sealed."""
    if crawl_status.sealed(evidence) is None:
        return True
    planned = {agency for shard in shards_before(plans.planned(evidence)) for agency in shard}
    return bool(planned) and not planned.issuperset(agency.id for agency in round.agencies)
