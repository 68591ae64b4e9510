"""`scrapy check SPIDER`: what its contracts ask for is kept in a trial folder."""

from __future__ import annotations

import argparse

from scrapy.commands import check

from govah.by_hand.trial import require_round


class Command(check.Command):
    requires_project = True

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        require_round(self.settings)
        super().run(args, opts)
