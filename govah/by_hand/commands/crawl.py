"""`scrapy crawl SPIDER -a agency=ID`: one spider at one agency, into a trial folder and never into the round."""

from __future__ import annotations

import argparse
import sys
import threading

from scrapy.commands import BaseRunSpiderCommand, ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.spiderloader import get_spider_loader

from crawler.browser.renderer import find_browser
from crawler.crawl import crawl
from crawler.crawl_context import CrawlContext
from crawler.engine.progress import Progress
from evidence.signing.keys import load_or_create
from govah.by_hand.messages import said, shown
from govah.by_hand.trial import (
    EVIDENCE,
    KEY,
    RoundUnusable,
    agency_of,
    new_id,
    now,
    round_of,
    trial_folder,
)
from govah.exits import Exit
from govah.stages import read_listing
from govah.terminal.console import text


class Command(BaseRunSpiderCommand):
    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        return "[options] <spider> -a agency=ID"

    def short_desc(self) -> str:
        return said("crawl")

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
            raise UsageError(said("one_spider"))
        if unknown := sorted(set(opts.spargs) - {"agency"}):
            raise UsageError(said("argument", name=unknown[0]), print_help=False)
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
            CrawlContext(now, new_id, browser=find_browser(None), read_listing=read_listing),
            agencies=frozenset({agency}),
            progress=_StatusLine(),
            signer=load_or_create(folder / KEY),
            stop=threading.Event(),
            spider=spider,
        )
        done = outcome.state == "complete"
        exchanges, failed = (outcome.coverage.get(name, 0) for name in ("exchanges", "failed"))
        lines = [text(f"crawl_state.{outcome.state}"), said("counts", exchanges=exchanges, failed=failed)]
        lines += [f"  {shown(line)}" for line in outcome.detail.split("; ") if line]
        lines.append(said("kept_sealed" if done else "kept", folder=folder))
        sys.stdout.writelines(f"{line}\n" for line in lines)
        self.exitcode = Exit.DONE if done else Exit.INCOMPLETE


class _StatusLine:
    """Tells on one line of a terminal how far it is."""

    def __call__(self, progress: Progress) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{said('progress', fetched=progress.fetched, queued=progress.queued)}   \r")
            sys.stderr.flush()
