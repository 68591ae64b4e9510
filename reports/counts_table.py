"""Findings counted for a terminal: claimed services first, what contradicts most, what stayed open and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from rich.table import Table

from checks.finding import VERDICTS
from reports.finding_counts import FindingCounts, count_findings
from reports.terminal import STYLE, bar_width, framed
from scoring.gains import cause_of

Say = Callable[..., str]

CLAIM = "services.entry"
_KINDS = ("service", "dataset", "element", "page", "host", "link", "agency")
_FEW = 3
"""Reasons told of each verdict or kind of subject."""
_OPEN = 6


def services_table(tally: FindingCounts, text: Say, width: int | None) -> Table | None:
    """What became of the claims: each verdict with its most frequent reasons; None where no service is claimed.

    width: as for the table of agencies.
    """
    bar = bar_width(width)
    claims = {
        said: n
        for said, n in tally.counts.items()
        if said.check == CLAIM and said.verdict != "not_applicable"
    }
    every = sum(claims.values())
    if not claims:
        return None
    table = framed(text("ending.services", n=every))
    table.add_column(text("cli.column_outcome_found"), overflow="fold", ratio=1)
    table.add_column(text("cli.column_count"), justify="right", no_wrap=True)
    if bar:
        table.add_column("", no_wrap=True, width=bar)
    for verdict in VERDICTS[:4]:
        own = {said: n for said, n in claims.items() if said.verdict == verdict}
        if not own:
            continue
        number = sum(own.values())
        drawn = ["█" * max(1, round(number / every * bar))] if bar else []
        table.add_row(_verdict(verdict, text), f"[bold]{number}[/]", *drawn)
        reasons = count_findings((said.reason, n) for said, n in own.items() if said.reason is not None)
        for reason, count in _most(reasons, _FEW):
            told = text("ending.of_verdict", verdict=text(f"verdict.{verdict}"), reason=_reason(reason, text))
            table.add_row(f"  {_reason(reason, text)}" if width is not None else told, str(count))
        if (left := len(reasons) - _FEW) > 0:
            count = sum(reasons.values()) - sum(count for _, count in _most(reasons, _FEW))
            table.add_row(f"[dim]  {text('ending.more_reasons', n=left)}[/]", f"[dim]{count}[/]")
    return table


def kinds_table(tally: FindingCounts, text: Say) -> Table:
    """All findings, by what they are about and by verdict."""
    table = framed(text("ending.kinds", n=tally.counts.total()))
    table.add_column(text("ending.about"), overflow="fold")
    for verdict in VERDICTS:
        table.add_column(text(f"verdict.{verdict}"), justify="right", style=STYLE[verdict])
    counted = count_findings(((str(said.kind), said.verdict), n) for said, n in tally.counts.items())
    for kind in _KINDS:
        counts = [counted[kind, verdict] for verdict in VERDICTS]
        if any(counts):
            table.add_row(text(f"ending.about_{kind}"), *(str(count) if count else "–" for count in counts))
    return table


def faults_table(tally: FindingCounts, text: Say) -> Table | None:
    """The most frequent contradictions about everything but the claims, a few of each kind; None without any."""
    counted: dict[str, Counter[str]] = {kind: Counter() for kind in _KINDS}
    for said, count in tally.counts.items():
        if said.verdict == "contradicted" and said.reason is not None and said.check != CLAIM:
            counted[said.kind][said.reason] += count
    if not any(counted.values()):
        return None
    table = framed(text("ending.faults"))
    table.add_column(text("ending.about"), overflow="fold")
    table.add_column(text("cli.column_reason"), overflow="fold", ratio=1)
    table.add_column(text("cli.column_count"), justify="right", no_wrap=True)
    for kind, reasons in counted.items():
        for reason, count in _most(reasons, _FEW):
            table.add_row(text(f"ending.about_{kind}"), _reason(reason, text), str(count))
    return table


def open_table(tally: FindingCounts, text: Say) -> Table | None:
    """What was inconclusive, how often, and whose doing it is; None where all was settled."""
    counted = count_findings(
        ((said.reason, cause_of(said.verdict, said.reason)), n)
        for said, n in tally.counts.items()
        if said.verdict == "inconclusive" and said.reason is not None
    )
    if not counted:
        return None
    table = framed(text("ending.open", n=counted.total()))
    table.add_column(text("cli.column_reason"), overflow="fold", ratio=1)
    table.add_column(text("ending.why_open"), overflow="fold", ratio=1)
    table.add_column(text("cli.column_count"), justify="right", no_wrap=True)
    most = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    for (reason, why), count in most[:_OPEN]:
        table.add_row(_reason(reason, text), text(f"ending.open_{why}"), str(count))
    if left := most[_OPEN:]:
        more = text("ending.more_reasons", n=len(left))
        table.add_row(f"[dim]{more}[/]", "", f"[dim]{sum(count for _, count in left)}[/]")
    return table


def own_errors(tally: FindingCounts, text: Say, visible: Callable[[object], str]) -> Iterator[str]:
    """Our own errors, named by check and agency; nothing where there are none."""
    checks = tally.errors
    if not checks:
        return
    yield text(
        "ending.own_errors",
        n=checks.total(),
        checks=", ".join(f"{check} {count}" for check, count in sorted(checks.items())),
        agencies=", ".join(visible(agency) for agency in sorted(tally.erring)[:_OPEN]),
        first=tally.first_error,
    )


def verdicts_table(tally: FindingCounts, text: Say) -> Table:
    """Every reason of every verdict."""
    table = framed(text("cli.findings"))
    table.add_column(text("cli.column_verdict"))
    table.add_column(text("cli.column_reason"), overflow="fold", ratio=1)
    table.add_column(text("cli.column_count"), justify="right", no_wrap=True)
    counted = count_findings(((said.verdict, said.reason), n) for said, n in tally.counts.items())
    order = {verdict: place for place, verdict in enumerate(VERDICTS)}
    for (verdict, reason), count in sorted(
        counted.items(), key=lambda item: (order[item[0][0]], -item[1], item[0][1] or "")
    ):
        shown = text("ending.no_reason") if reason is None else _reason(reason, text)
        table.add_row(_verdict(verdict, text), shown, str(count))
    return table


def _verdict(verdict: str, text: Say) -> str:
    return f"[{STYLE[verdict]}]{text(f'verdict.{verdict}')}[/]"


def _reason(reason: str, text: Say) -> str:
    return f"{text(f'reason.{reason}')} [dim]({reason})[/]"


def _most(counts: Counter[str], n: int) -> list[tuple[str, int]]:
    """Ties by name, so that the same findings read the same."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:n]
