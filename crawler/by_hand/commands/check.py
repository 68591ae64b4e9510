"""`scrapy check SPIDER`: what its contracts ask for is kept in a trial folder."""

from __future__ import annotations

import argparse

from scrapy.commands import check
from scrapy.exceptions import UsageError

from crawler.by_hand.trial import RoundUnusable, round_of
from crawler.engine.rules import hold_to_rules


class Command(check.Command):
    requires_project = True

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        hold_to_rules(self.settings, self.settings)
        try:
            round_of(self.settings["GOVAH_ARCHIVE"] or self.settings["GOVAH_ROUND"])
        except RoundUnusable as error:
            raise UsageError(str(error), print_help=False) from None
        super().run(args, opts)
