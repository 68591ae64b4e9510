"""The summary on a terminal: agencies with scores and bars, verdicts and reasons of their findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from checks.finding import VERDICTS, Finding
from claims.model import Round
from reports.distinct import by_kind, sentences

STYLE = {
    "verified": "green",
    "partial": "yellow",
    "contradicted": "red",
    "inconclusive": "bright_black",
    "not_applicable": "dim",
}
_BAR = 20
_WIDE = 120  # columns


def agencies_table(
    round: Round,
    results: Mapping[str, Any],
    text: Callable[..., str],
    visible: Callable[[object], str],
    width: int,
) -> Table:
    """One line an agency: rank, id and name, scores, coverage; the bar of verified (full) and possible (pale)
    where the terminal is wide enough."""
    wide = width >= _WIDE
    table = Table(title=text("cli.scores"), title_justify="left", header_style="bold")
    table.add_column(text("cli.column_rank"), justify="right", no_wrap=True)
    table.add_column(text("cli.column_agency"), overflow="fold", ratio=1)
    for name in ("verified", "possible", "declared"):
        table.add_column(text(f"cli.column_{name}"), justify="right", no_wrap=True)
    if wide:
        table.add_column("", no_wrap=True)
        table.add_column(text("cli.column_electronic"), justify="right", no_wrap=True)
    table.add_column(text("cli.column_coverage"), justify="right", no_wrap=True)
    ranked = sorted(
        results["agencies"],
        key=lambda a: (a["rank"] is None, a["kind"], (a["rank"] or {"place": 0})["place"], a["id"]),
    )
    kind = None
    for entry in ranked:
        section = "unranked" if entry["rank"] is None else entry["kind"]
        if section != kind:
            kind = section
            table.add_section()
            table.add_row("", f"[bold]{text(f'cli.section_{section}')}[/]")
        score, ratio = entry["score"], entry["electronic_ratio"]
        agency = round.agency(entry["id"])
        name = agency.name if text("cli.language") == "fa" else agency.name_en or agency.name
        shown = f"{visible(agency.id)}  [dim]{visible(name)}[/]"
        if entry["rank"] is None:
            shown += f"\n[dim]{text('cli.unranked_' + entry['not_ranked_reason'])}[/]"
        cells: list[str | Text] = [_rank(entry["rank"]), shown]
        cells += [_number(score[name]) for name in ("verified", "possible", "declared")]
        if wide:
            cells.append(_bar(score["verified"], score["possible"]))
            cells.append(f"{_percent(ratio['verified'])} / {_percent(ratio['declared'])}")
        table.add_row(*cells, _percent(entry["coverage"]))
    return table


def rank_lines(
    results: Mapping[str, Any], text: Callable[..., str], show: Callable[[int], str]
) -> Iterator[str]:
    """Which ranks cannot be told apart, by kind of agency. show: a number in the digits of the language."""
    for kind, intervals in by_kind(results).items():
        for sentence in sentences(intervals.ranks, text, show):
            yield f"{text(f'cli.section_{kind}')}: {sentence}"


def data_table(
    round: Round, results: Mapping[str, Any], text: Callable[..., str], visible: Callable[[object], str]
) -> Table | None:
    """Whose datasets are mostly stale or unusable; None when nobody declares any."""
    rows = [(entry["id"], entry["open_data"]) for entry in results["agencies"] if entry["open_data"]]
    if not rows:
        return None
    table = Table(title=text("open_data.national_title"), title_justify="left", header_style="bold")
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


def verdicts_table(findings: Sequence[Finding], text: Callable[..., str]) -> Table:
    """Findings by verdict and reason, with what was inconclusive and why."""
    table = Table(title=text("cli.findings"), title_justify="left", header_style="bold")
    table.add_column(text("cli.column_verdict"))
    table.add_column(text("cli.column_reason"), overflow="fold")
    table.add_column(text("cli.column_count"), justify="right")
    counted = Counter((finding.verdict, finding.reason) for finding in findings)
    order = {verdict: place for place, verdict in enumerate(VERDICTS)}
    for (verdict, reason), count in sorted(
        counted.items(), key=lambda i: (order[i[0][0]], -i[1], i[0][1] or "")
    ):
        shown = "" if reason is None else f"{text(f'reason.{reason}')} [dim]{reason}[/]"
        table.add_row(f"[{STYLE[verdict]}]{text(f'verdict.{verdict}')}[/]", shown, str(count))
    return table


def _rank(rank: Mapping[str, int] | None) -> str:
    if rank is None:
        return "–"
    spread = f" ({rank['low']}–{rank['high']})" if rank["low"] != rank["high"] else ""
    return f"{rank['place']}{spread}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.0f}%"


def _bar(verified: float | None, possible: float | None) -> Text:
    full = 0 if verified is None else int(verified / 100 * _BAR + 0.5)
    pale = 0 if possible is None else max(0, int(possible / 100 * _BAR + 0.5) - full)
    bar = Text("█" * full, style="cyan")
    bar.append("░" * pale, style="cyan dim")
    bar.append("·" * (_BAR - full - pale), style="dim")
    return bar
