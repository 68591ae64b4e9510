"""`scrapy crawl SPIDER -a agency=ID`: one spider at one agency, into a trial folder and never into the round."""

from __future__ import annotations

import argparse
import sys
import threading

from scrapy.commands import BaseRunSpiderCommand, ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.spiderloader import get_spider_loader

from crawler.browser.renderer import find_browser
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
from crawler.crawl_context import CrawlContext
from crawler.engine.progress import Progress
from evidence.signing.keys import load_or_create

_INCOMPLETE = 3


class Command(BaseRunSpiderCommand):
    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        return "[options] <spider> -a agency=ID"

    def short_desc(self) -> str:
        return "Have one spider visit one agency of a round, into a trial folder"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Without the feeds of Scrapy: what comes is kept as evidence."""
        ScrapyCommand.add_options(self, parser)
        parser.add_argument("-a", dest="spargs", action="append", default=[], metavar="agency=ID")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        opts.output = opts.overwrite_output = None
        super().process_options(args, opts)

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
            folder = trial_folder(given, f"{spider.name}-{agency}")
        except (KeyError, RoundUnusable) as error:
            raise UsageError(str(error).strip('"'), print_help=False) from None
        outcome = crawl(
            given,
            folder / EVIDENCE,
            CrawlContext(now, new_id, browser=find_browser(None)),
            agencies=frozenset({agency}),
            progress=_StatusLine(),
            signer=load_or_create(folder / KEY),
            stop=threading.Event(),
            spider=spider,
        )
        counted = ", ".join(f"{name} {count}" for name, count in outcome.coverage.items())
        sys.stdout.write(f"{outcome.state}: {counted}\n")
        for line in filter(None, outcome.detail.split("; ")):
            sys.stdout.write(f"  {_shown(line)}\n")
        sealed = "and sealed " if outcome.state == "complete" else ""
        sys.stdout.write(f"What came is kept {sealed}in {_shown(folder)}\n")
        self.exitcode = 0 if outcome.state == "complete" else _INCOMPLETE


class _StatusLine:
    """Tells on one line of a terminal how far it is."""

    def __call__(self, progress: Progress) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{progress.fetched} exchanges, {progress.queued} waiting   \r")
            sys.stderr.flush()


def _shown(text: object) -> str:
    """As a terminal may show it: what controls one is written out."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(text))
