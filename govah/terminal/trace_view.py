"""The story of one claim on a terminal: chapter by chapter, each line a label and what is to be said.

Told from the same data that `--json` gives. Each thing said stands in a place of its own, so that no direction or
colour of a page's words reaches the text around them.
"""

from __future__ import annotations

from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from checks.reasons import DIFFER
from govah.terminal.console import Speaker, language, signs, text, visible
from govah.terminal.layout import in_words
from govah.terminal.trace_lines import CHAPTERS, Row, Told, outcome, short

_WIDE = 80
_LABEL = 22
_MARK = 3


def tell(speaker: Speaker, told: Told) -> None:
    """Prints the story. Nothing under --quiet or --json."""
    if speaker.quiet or speaker.as_json:
        return
    claim = told["claim"]
    speaker.line(f"[bold]{visible(claim['agency'])}/{visible(claim['service'])}[/]")
    speaker.line(f"[bold]{short(claim['title'])}[/]")
    _conclusion(speaker, told)
    for name, chapter in CHAPTERS.items():
        speaker.heading(text(f"story.{name}"))
        lay_out(speaker, list(chapter(told)))


def _conclusion(speaker: Speaker, told: Told) -> None:
    """The finding, be it that vantage points differ; and then what the one saw that the story is of."""
    said, filed = outcome(told["verdict"], told["reason"]), told.get("on_file")
    if filed is None or filed["reason"] != DIFFER:
        speaker.line(said)
        return
    speaker.line(outcome(filed["verdict"], filed["reason"]))
    speaker.line(text("story.of_one", vantage=visible(told["vantage"]), said=said))


def lay_out(speaker: Speaker, rows: list[Row]) -> None:
    """Two columns where there is room; else the label over what is said. In plain mode each line has its label."""
    if speaker.plain:
        last = ""
        for label, said in rows:
            last = in_words(Text.from_markup(label).plain, signs(language())).strip() or last
            speaker.line(f"{escape(last)}: {said}" if last else said)
        return
    if speaker.out.width >= _WIDE:
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", width=_LABEL, overflow="fold")
        table.add_column(overflow="fold", ratio=1)
        for label, said in rows:
            table.add_row(label, said)
        speaker.show(Padding(table, (0, 0, 0, 2)))
        return
    for label, said in rows:
        mark = Text.from_markup(label, style="dim")
        if len(mark) > _MARK:
            speaker.show(Padding(mark, (0, 0, 0, 1), expand=False))
            mark = Text()
        line = Table.grid(padding=(0, 1))
        line.add_column(width=_MARK)
        line.add_column(overflow="fold", ratio=1)
        line.add_row(mark, Text.from_markup(said))
        speaker.show(Padding(line, 0))
