"""The summary on a terminal: agencies with scores and bars, and what is said of their data. Counts: `reports.counts_table`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from claims.model import Agency, Round
from reports.distinct import by_kind, sentences

STYLE = {
    "verified": "green",
    "partial": "yellow",
    "contradicted": "red",
    "inconclusive": "bright_black",
    "not_applicable": "dim",
}
_MOST = 12
"""Agencies of one section that are all shown."""
_SHORTEST = 14  # columns of a name
_ENDS = 5
"""Agencies shown of the upper and the lower end of a longer one."""
_NARROWEST, _NARROW, _WIDE, _WIDEST = 56, 76, 100, 140  # columns


def agencies_table(
    round: Round,
    results: Mapping[str, Any],
    text: Callable[..., str],
    visible: Callable[[object], str],
    width: int | None,
    every: bool,
) -> Table:
    """One line an agency: rank with its interval, scores, and a bar of them, as far as the width has room.

    width: of the terminal; None for a reader who takes in no bars. every: all agencies, also of a long round.
    """
    columns = _columns(width)
    table = framed(text("cli.scores"))
    for name in columns:
        if name == "agency":
            table.add_column(text("cli.column_agency"), ratio=1)
        elif name == "bar":
            table.add_column("", no_wrap=True, width=bar_width(width))
        else:
            table.add_column(text(f"cli.column_{name}"), justify="right", no_wrap=True)

    def heading(said: str) -> None:
        table.add_row(*(said if name == "agency" else "" for name in columns))

    for section, listed in _sections(results):
        table.add_section()
        heading(f"[bold]{text(f'cli.section_{section}')}[/]")
        shown, between = (listed, 0) if every else _ends(listed)
        for place, entry in enumerate(shown):
            if between and place == _ENDS:
                heading(f"[dim]{text('ending.more_agencies', n=between)}[/]")
            cells = _cells(round.agency(entry["id"]), entry, text, visible, width)
            table.add_row(*(cells[name] for name in columns))
    if "bar" in columns:
        table.caption, table.caption_justify = text("ending.bar"), "left"
    return table


def _columns(width: int | None) -> tuple[str, ...]:
    if width is None:
        return ("rank", "agency", "verified", "possible", "declared", "coverage", "electronic")
    if width < _NARROW:
        return (
            ("agency", "verified", "declared")
            if width < _NARROWEST
            else ("agency", "verified", "possible", "declared")
        )
    wide = ("coverage",) if width >= _WIDE else ()
    widest = ("electronic",) if width >= _WIDEST else ()
    return ("rank", "agency", "verified", "possible", "declared", "bar", *wide, *widest)


def _cells(
    agency: Agency,
    entry: Mapping[str, Any],
    text: Callable[..., str],
    visible: Callable[[object], str],
    width: int | None,
) -> dict[str, Any]:
    """What may stand in a row, by column."""
    score, ratio = entry["score"], entry["electronic_ratio"]
    name = agency.name if text("cli.language") == "fa" else agency.name_en or agency.name
    rank = _rank(entry["rank"], text, spoken=width is None)
    reason = "" if entry["rank"] else text("unranked." + entry["not_ranked_reason"])
    said: str | _Cropped
    if width is None:
        said = ", ".join(part for part in (visible(agency.id), visible(name), reason) if part)
    else:
        lead = f"{rank} " if width < _NARROW and entry["rank"] else ""
        below = f"\n[dim]{reason}[/]" if reason else ""
        said = _Cropped(f"{lead}{visible(agency.id)}  [dim]{visible(name)}[/]{below}")
    return {
        "rank": rank,
        "agency": said,
        **{name: one_decimal(score[name]) for name in ("verified", "possible", "declared")},
        "bar": _bar(score, bar_width(width)),
        "coverage": _percent(entry["coverage"]),
        "electronic": f"{_percent(ratio['verified'])} / {_percent(ratio['declared'])}",
    }


class _Cropped:
    """Lines that give way to the numbers beside them; one that is cut keeps its direction to itself."""

    def __init__(self, markup: str) -> None:
        self.lines = Text.from_markup(markup).split()

    def __str__(self) -> str:
        return escape("\n".join(line.plain for line in self.lines))

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        widest = max(line.cell_len for line in self.lines)
        return Measurement(min(widest, _SHORTEST), widest)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.lines:
            line.truncate(options.max_width, overflow="ellipsis")
            if line.plain.count("\u2068") > line.plain.count("\u2069"):
                line.append("\u2069")
            yield line


def framed(title: str) -> Table:
    """A table with a title and a line under its heading, and no other frame."""
    return Table(
        title=title,
        title_justify="left",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )


def national_line(results: Mapping[str, Any], text: Callable[..., str]) -> str:
    """The country in one line."""
    national = results["national"]
    score, ratio = national["score"], national["electronic_ratio"]
    names = ("verified", "possible", "declared")
    return text(
        "ending.national",
        agencies=national["agencies"],
        **{name: one_decimal(score[name]) for name in names},
        **{f"electronic_{name}": _percent(ratio[name]) for name in names},
    )


def left_out(results: Mapping[str, Any]) -> int:
    """Agencies that the table leaves out unless every one is asked for."""
    return sum(_ends(listed)[1] for _, listed in _sections(results))


def _sections(results: Mapping[str, Any]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Main, executive, not ranked; each in the order of its ranks."""
    sections: dict[str, list[Mapping[str, Any]]] = {"main": [], "executive": [], "unranked": []}
    for entry in results["agencies"]:
        sections["unranked" if entry["rank"] is None else entry["kind"]].append(entry)
    for listed in sections.values():
        listed.sort(key=lambda a: ((a["rank"] or {"place": 0})["place"], a["id"]))
    return [(name, listed) for name, listed in sections.items() if listed]


def _ends(listed: Sequence[Mapping[str, Any]]) -> tuple[Sequence[Mapping[str, Any]], int]:
    """The upper and the lower end of a long section, and how many stand between them."""
    if len(listed) <= _MOST:
        return listed, 0
    return [*listed[:_ENDS], *listed[-_ENDS:]], len(listed) - 2 * _ENDS


def rank_lines(
    results: Mapping[str, Any], text: Callable[..., str], show: Callable[[int], str]
) -> Iterator[str]:
    """Which ranks cannot be told apart, by kind of agency. show: a number in the digits of the language."""
    for kind, intervals in by_kind(results).items():
        for sentence in sentences(intervals.ranks, text, show):
            yield f"{text(f'cli.section_{kind}')}: {sentence}"


def data_table(
    results: Mapping[str, Any], text: Callable[..., str], visible: Callable[[object], str]
) -> Table | None:
    """Whose datasets are mostly stale or unusable; None when nobody declares any."""
    rows = [(entry["id"], entry["open_data"]) for entry in results["agencies"] if entry["open_data"]]
    if not rows:
        return None
    table = framed(text("open_data.national_title"))
    table.add_column(text("cli.column_agency"), overflow="fold")
    table.add_column(text("open_data.statement"), overflow="fold")
    for name in ("national_dead", "undecided", "national_unusable"):
        table.add_column(text(f"open_data.{name}"), justify="right", no_wrap=True)
    national = results["national"]["open_data"]
    for id, said in (*rows, (None, national)):
        if id is None:
            table.add_section()
        stale, unusable = said["stale"], said["unusable"]
        table.add_row(
            text("open_data.whole_country") if id is None else visible(id),
            text(f"open_data.state_{stale['state']}"),
            text("open_data.of", bad=stale["bad"], decided=stale["decided"]),
            str(stale["undecided"]),
            text("open_data.of", bad=unusable["bad"], decided=unusable["decided"]),
        )
    return table


def data_lines(said: Mapping[str, Any], text: Callable[..., str]) -> list[str]:
    """The two statements about an agency's datasets, each with its counts and bounds."""
    return [_stated(said[question], text) for question in ("stale", "unusable")]


def _stated(said: Mapping[str, Any], text: Callable[..., str]) -> str:
    question = said["question"]
    counts = {name: said[name] for name in ("bad", "decided", "undecided")}
    if said["share"] is None:
        told = text(f"open_data.{question}_few_counts", **counts)
    else:
        bounds = {name: _percent(said[name]) for name in ("share", "low", "high")}
        told = text(f"open_data.{question}_counts", **counts, **bounds)
    left_out = text("open_data.left_out", n=said["left_out"]) if said["left_out"] else ""
    return f"{text('open_data.' + question + '_' + said['state'])} {told} {left_out}".strip()


def _rank(rank: Mapping[str, int] | None, text: Callable[..., str], spoken: bool) -> str:
    if rank is None:
        return "–"
    if rank["low"] == rank["high"]:
        return str(rank["place"])
    if spoken:
        return text("ending.rank_spoken", **rank)
    return f"{rank['place']} ({rank['low']}–{rank['high']})"


def one_decimal(value: float | None) -> str:
    """«–» for none."""
    return "–" if value is None else f"{value:.1f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.0f}%"


def bar_width(width: int | None) -> int:
    """Cells of a bar; none for a reader who takes in no bars, nor where there is no room."""
    if width is None or width < _NARROW:
        return 0
    return 20 if width >= _WIDE else 10


def _bar(score: Mapping[str, float | None], cells: int) -> Text:
    """Three shapes, so that it reads without colour: █ verified, ░ possible beyond it, │ declared."""

    def at(name: str) -> int:
        return int((score[name] or 0.0) / 100 * cells + 0.5)

    verified, possible = at("verified"), at("possible")
    bar = Text("█" * verified, style="cyan")
    bar.append("░" * max(0, possible - verified), style="cyan")
    bar.append("·" * (cells - len(bar)), style="dim")
    if score["declared"] is None:
        return bar
    mark = min(at("declared"), cells - 1)
    return Text.assemble(bar[:mark], ("│", "bold"), bar[mark + 1 :])
