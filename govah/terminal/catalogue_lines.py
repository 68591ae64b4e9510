"""What a portal lists as its data, in a line for the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from checks.finding import Finding
from govah.terminal.console import text
from reports.html.catalogue_table import catalogue_table


def listed_line(findings: Iterable[Finding]) -> str | None:
    """findings: of one agency. None when nothing is known of its lists."""
    table = catalogue_table(findings)
    if table is None:
        return None
    absent = str(table.absent_count) if table.told else text("catalogue.explain_absent_untold")
    return text(
        "catalogue.explain",
        found=table.found,
        claimed=table.claimed,
        matched=table.matched,
        unclaimed=table.unclaimed_count,
        absent=absent,
    )
