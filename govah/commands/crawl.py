"""`govah crawl`: visits the agencies of a round, and says how that ended."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from claims import cells
from claims.model import Round
from crawler.browser.renderer import find_browser
from crawler.crawl import Parallelism
from crawler.crawl import crawl as run_crawl
from crawler.crawl_context import CrawlContext
from crawler.engine.progress import CrawlOutcome
from crawler.fleet.dask_link import DaskScheduler
from crawler.fleet.one_shard import crawl_shard
from crawler.retest import Retest
from evidence import layout
from evidence.errors import EvidenceBusy, EvidenceDamaged
from evidence.store import plan as plans
from govah import cluster_options, file_modes, stages
from govah.crawl_plan import print_plan, report_plan_error, shard_of
from govah.exits import Exit
from govah.round_loading import (
    refuse_links,
)
from govah.round_paths import RoundPaths
from govah.terminal.browser_lines import tell_cost, try_out
from govah.terminal.console import Speaker, text
from govah.terminal.progress import CrawlDisplay
from govah.terminal.timestamps import attempts_json, tell_attempts
from govah.terminal.trace_lines import figure

_PAGES_PER_JOB = 2  # rendered at once: most of a page's time is waiting for its rest


def from_vantage(speaker: Speaker, round: Round, name: str | None) -> Round:
    """The round as it is crawled from a place with this name, else with that of round.toml; a crawl goes on where it began."""
    if name is not None:
        name = cells.text(name).strip()
        if not name:
            speaker.fail(Exit.USAGE, "vantage.no_name")
        round = replace(round, settings=replace(round.settings, vantage=name))
    evidence = RoundPaths(round.folder).evidence
    with suppress(OSError, EvidenceDamaged):  # the crawl says what is wrong with it
        if (evidence / layout.PLAN).exists() and (began := plans.vantage(evidence)) != round.settings.vantage:
            speaker.fail(Exit.USAGE, "vantage.began", began=began, name=round.settings.vantage)
    return round


def crawl_round(
    speaker: Speaker,
    round: Round,
    agencies: frozenset[str] | None,
    key: Path | None,
    browser: str | None,
    control_timeout: float,
    jobs: int,
    retest: Retest | None = None,
    shard: str | None = None,
    scheduler: DaskScheduler | None = None,
) -> CrawlOutcome:
    """Crawls and says how it ended; `ended` gives the exit status. retest: the one claim that the round holds.

    shard: the only one to crawl, as `--shard` has it. scheduler: of the workers that crawl. Raises ClusterUnusable.
    """
    refuse_links(speaker, RoundPaths(round.folder).evidence)
    file_modes.tell_exposed(speaker, round.folder)
    part = None if shard is None else shard_of(speaker, shard)
    if round.settings.crawl.spiders:
        _refuse_unusable_spiders(speaker, round)
    found = find_browser(browser)
    if browser is not None and found is None:
        speaker.fail(Exit.USAGE, "cli.no_such_browser", path=browser)
    # Workers of a cluster have browsers of their own.
    trial = try_out(speaker, round.settings.crawl, found) if scheduler is None else None
    cluster = None if scheduler is None else cluster_options.cluster_options(speaker, scheduler)
    with report_plan_error(speaker, RoundPaths(round.folder).evidence), CrawlDisplay(speaker) as display:
        start = (
            partial(
                run_crawl,
                signer=stages.signer(key, round.folder),
                retest=retest,
                parallelism=Parallelism(jobs, cluster=cluster),
                planned=partial(print_plan, speaker, round.settings.crawl),
            )
            if part is None
            else partial(crawl_shard, shard=part[0], count=part[1])
        )
        try:
            outcome = start(
                round,
                RoundPaths(round.folder).evidence,
                crawl_context=CrawlContext(
                    stages.now,
                    stages.new_id,
                    browser=found,
                    sandbox="on" if trial is not None and trial.sandboxed else "auto",
                    control_timeout=control_timeout,
                    contexts=_PAGES_PER_JOB * (jobs if scheduler is None else 1),
                    read_listing=stages.read_listing,
                ),
                agencies=agencies,
                progress=display,
                stop=threading.Event(),
            )
        except EvidenceBusy as busy:
            if part is None:
                raise
            # whoever has the shard may be lost: what started us tries again, and is let in a minute after the last sign
            speaker.fail(Exit.INCOMPLETE, "spread.held", shard=part[0], detail=busy)
    tell_attempts(speaker, round.folder, outcome.stamps)
    if outcome.state != "complete":
        again = str(round.folder) if part is None else f"{round.folder} --shard {shard}"
        if scheduler is not None:
            again += f" --cluster {scheduler.address}"
        _tell_unfinished(speaker, round, outcome, again, of_shard=part is not None)
    elif part is not None:
        speaker.say("spread.shard_done", shard=part[0], shards=part[1], folder=round.folder)
    elif retest is None:
        _tell_complete(speaker, round, outcome)
    if retest is None:
        tell_cost(speaker, outcome.coverage)
    return replace(outcome, browser=trial)


def _tell_unfinished(
    speaker: Speaker, round: Round, outcome: CrawlOutcome, again: str, *, of_shard: bool
) -> None:
    """again: what is given to the command to go on."""
    evidence = RoundPaths(round.folder).evidence
    speaker.note(f"cli.crawl_{outcome.state}", again=again, detail=outcome.detail)
    if any(name in outcome.detail for name in ("WriteFailed", "EvidenceUnreachable")):
        speaker.note("cli.not_writable", folder=evidence)
    stop_file = evidence / layout.STOP
    if of_shard and stop_file.exists():
        speaker.note("cluster.stop_file", path=stop_file, folder=round.folder)


def _tell_complete(speaker: Speaker, round: Round, outcome: CrawlOutcome) -> None:
    exchanges, failed = (outcome.coverage.get(key, 0) for key in ("exchanges", "failed"))
    if outcome.since is not None:
        speaker.say("cli.crawl_known", since=figure(f"{outcome.since:%Y-%m-%d %H:%M}"))
    speaker.say("cli.crawl_done", exchanges=exchanges, failed=failed)
    visited, rendered = (outcome.coverage.get(key, 0) for key in ("visited", "rendered"))
    if visited and rendered:
        share = f"{100 * rendered / visited:.1f}"
        speaker.say("cli.crawl_rendered", rendered=rendered, visited=visited, share=share)
    if exchanges == failed:
        speaker.note("cli.nothing_answered")
    if round.settings.crawl.spiders and outcome.detail:
        speaker.note("cli.spiders_trouble", detail=outcome.detail)


def _refuse_unusable_spiders(speaker: Speaker, round: Round) -> None:
    from crawler.spiders.custom import SpiderUnusable, custom_spiders

    try:
        custom_spiders(round)
    except SpiderUnusable as error:
        why = text(f"cli.spider_{error.why}", detail=error.detail)
        speaker.fail(Exit.USAGE, "cli.no_such_spider", name=error.name, why=why, folder=round.folder)


def ended(speaker: Speaker, outcome: CrawlOutcome) -> Exit:
    """The exit status of a crawl that is the last thing done, and its answer under --json."""
    since = None if outcome.since is None else outcome.since.isoformat()
    said = {
        "state": outcome.state,
        "since": since,
        "coverage": dict(outcome.coverage),
        "detail": outcome.detail,
    }
    browser = None if outcome.browser is None else outcome.browser.to_json()
    speaker.json({**said, "browser": browser, "timestamps": attempts_json(outcome.stamps)})
    return Exit.DONE if outcome.state == "complete" else Exit.INCOMPLETE
