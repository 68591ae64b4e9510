"""`scrapy shell URL`: what it asks for is kept in a trial folder, or comes from the evidence of a round."""

from __future__ import annotations

import argparse

from scrapy.commands import shell
from scrapy.exceptions import UsageError

from crawler.spiders.limits import RequestRefused
from govah.by_hand.trial import RoundUnusable, require_round


class Command(shell.Command):
    requires_project = True

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        require_round(self.settings)
        try:
            super().run(args, opts)
        except (RequestRefused, RoundUnusable) as error:
            raise UsageError(str(error), print_help=False) from None
