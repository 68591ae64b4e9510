"""`scrapy shell URL`: what it asks for is kept in a trial folder, or comes from the evidence of a round."""

from __future__ import annotations

import argparse

from scrapy.commands import shell
from scrapy.exceptions import UsageError

from crawler.by_hand.trial import RoundUnusable, round_of
from crawler.engine.rules import hold_to_rules
from crawler.spiders.limits import RequestRefused


class Command(shell.Command):
    requires_project = True

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        hold_to_rules(self.settings, self.settings)
        try:
            round_of(self.settings["GOVAH_ARCHIVE"] or self.settings["GOVAH_ROUND"])
        except RoundUnusable as error:
            raise UsageError(str(error), print_help=False) from None
        try:
            super().run(args, opts)
        except (RequestRefused, RoundUnusable) as error:
            raise UsageError(str(error), print_help=False) from None
