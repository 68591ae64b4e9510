"""What is not as it was sealed, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from evidence.fault import Fault
from govah.terminal.console import Speaker, text, visible


def tell_faults(speaker: Speaker, faults: Sequence[Fault]) -> None:
    """A table on standard output; --json has its own."""
    table = Table(title=_title(faults), title_style="bold red", title_justify="left")
    for name in ("file", "item", "problem"):
        table.add_column(text(f"cli.column_{name}"), overflow="fold")
    for fault in faults:
        table.add_row(visible(fault.file), visible(fault.item), visible(fault_text(fault)))
    speaker.show(table)


def fault_text(fault: Fault) -> str:
    return text(f"fault.{fault.problem}", item=fault.item, detail=fault.detail or "–", count=fault.count)


def _title(faults: Sequence[Fault]) -> str:
    problems = {fault.problem for fault in faults}
    if problems == {"unsealed"}:
        return text("cli.not_sealed")
    if problems == {"unreadable_file"}:
        return text("cli.unreadable_only", count=len(faults))
    return text("cli.tampered", count=len(faults))
