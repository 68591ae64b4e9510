"""`scrapy crawl SPIDER -a agency=ID`: one spider at one agency, into a trial folder and never into the round."""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path

from scrapy.commands import BaseRunSpiderCommand
from scrapy.exceptions import UsageError
from scrapy.spiderloader import get_spider_loader

from claims.read import load_round
from crawler.browser import find_browser
from crawler.by_hand.trial import (
    EVIDENCE,
    KEY,
    RoundUnusable,
    agency_of,
    new_id,
    now,
    round_of,
    trial_folder,
)
from crawler.crawl import crawl
from crawler.means import Means
from crawler.progress import Progress
from evidence.keys import load_or_create

_INCOMPLETE = 3


class Command(BaseRunSpiderCommand):
    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        return "[options] <spider> -a agency=ID"

    def short_desc(self) -> str:
        return "Have one spider visit one agency of a round, into a trial folder"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Exit status 2 where the round, the spider or the agency is not there; 3 where the visit did not end."""
        assert self.settings is not None
        if len(args) != 1:
            raise UsageError("one spider, by its name; `scrapy list` shows them")
        if unknown := sorted(set(opts.spargs) - {"agency"}):
            raise UsageError(f"-a {unknown[0]}: a trial takes -a agency=ID alone", print_help=False)
        try:
            spider = get_spider_loader(self.settings).load(args[0])
            given = round_of(self.settings["GOVAH_ROUND"])
            agency = agency_of(given, opts.spargs.get("agency"))
        except (KeyError, RoundUnusable) as error:
            raise UsageError(str(error).strip('"'), print_help=False) from None
        folder = trial_folder(given, f"{spider.name}-{agency}")
        outcome = crawl(
            load_round(folder).round,
            folder / EVIDENCE,
            Means(now, new_id, browser=find_browser(None)),
            agencies=frozenset({agency}),
            progress=_Line(),
            signer=load_or_create(folder / KEY),
            stop=threading.Event(),
            spider=spider,
        )
        counted = ", ".join(f"{name} {count}" for name, count in outcome.coverage.items())
        sys.stdout.write(f"{outcome.state}: {counted}\n")
        for line in filter(None, outcome.detail.split("; ")):
            sys.stdout.write(f"  {line}\n")
        sys.stdout.write(f"What came is kept and sealed in {_shown(folder)}\n")
        self.exitcode = 0 if outcome.state == "complete" else _INCOMPLETE


class _Line:
    """Tells on one line of a terminal how far it is."""

    def __call__(self, progress: Progress) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{progress.fetched} exchanges, {progress.queued} waiting   \r")
            sys.stderr.flush()


def _shown(folder: Path) -> str:
    return str(folder).encode("ascii", "backslashreplace").decode()
