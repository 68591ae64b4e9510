"""`govah demo`: a whole audit of the fixture agencies on loopback, ending in a report."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from evidence.signing.keys import load_or_create
from fixtures.portals.estate import Estate
from govah import file_modes, round_loading
from govah.commands.check import check_round
from govah.commands.crawl import crawl_round
from govah.commands.report import next_steps, report_round
from govah.exits import Exit
from govah.terminal.console import Speaker
from govah.terminal.summary import show_summary

_MARK = ".govah-demo"


def run_demo(folder: Path, browser: str | None, speaker: Speaker) -> Exit:
    """Serves the estate, crawls, checks, scores and reports into `folder`; safe to repeat."""
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        speaker.fail(Exit.USAGE, "cli.not_our_demo", folder=folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / _MARK).touch()
    key = folder / "signer.key"  # a demonstration signs with a key of its own, not with the auditor's
    load_or_create(key)
    with Estate(folder, log=folder / "requests.jsonl") as estate:
        for path in file_modes.exposed(estate.round_folder):  # as a round of one's own would be
            path.chmod(0o600)
        reading = round_loading.read(speaker, estate.round_folder)
        speaker.say(
            "cli.demo_started", agencies=len(reading.round.agencies), services=len(reading.round.services)
        )
        outcome = crawl_round(speaker, reading.round, None, key, browser, 60.0, os.cpu_count() or 1)
    if outcome.state != "complete":
        return Exit.INCOMPLETE
    findings = check_round(speaker, reading.round, None, key, os.cpu_count() or 1)
    report, scored_round = report_round(speaker, reading.round, None, jobs=os.cpu_count() or 1)
    show_summary(speaker, reading.round, scored_round.results, findings)
    next_steps(speaker, reading.round, report.resolve())
    speaker.say("cli.demo_done", results=(report.parent.parent / "results.json").resolve())
    return Exit.DONE
