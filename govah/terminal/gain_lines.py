"""What would raise a score most, on a terminal: what can be mended, what stayed open, what is not claimed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.table import Table

from govah.terminal.console import Speaker, text, visible
from govah.terminal.score_lines import check_name, points
from govah.terminal.trace_lines import figure, outcome, short
from scoring.gains import Gain, Gains

_SHOWN = 5


def gain_lines(speaker: Speaker, told: Gains, titles: Mapping[str, str]) -> None:
    """What would raise the score most, what stayed open, what is not claimed: each in a table of its own."""
    speaker.heading(text("gains.title"))
    speaker.line(f"[dim]{text('gains.text')}[/]")
    if told.mend:
        _print(speaker, "mend", "points", "what", told.mend, lambda gain: _about(gain, titles))
        if any(len(gain.findings) > 1 for gain in told.mend_together):
            _print(speaker, "together", "points", "check", told.mend_together, _checked)
    else:
        speaker.line(text("gains.mend_none"))
    if told.open:
        _print(speaker, "open", "points_most", "why", told.open_together, _reason)
        speaker.line(f"[dim]{text('gains.open_text')}[/]")
        for cause in dict.fromkeys(gain.cause for gain in told.open_together[:_SHOWN]):
            speaker.line(f"[dim]{text(f'gains.cause_{cause}')}[/]")
    if told.claim:
        _print(speaker, "claim", "points_most", "why", told.claim, _unclaimed)


def _print(
    speaker: Speaker,
    title: str,
    column: str,
    said: str,
    listed: Sequence[Gain],
    about: Callable[[Gain], str],
) -> None:
    """title, column, said: keys of the texts; said is what the last column tells, which `about` fills."""
    table = Table(title=text(f"gains.{title}"), title_justify="left", header_style="bold")
    table.add_column(text(f"gains.{column}"), justify="right", overflow="fold")
    table.add_column(text("gains.indicators"), overflow="fold")
    table.add_column(text(f"gains.{said}"), overflow="fold", ratio=1)
    for gain in listed[:_SHOWN]:
        table.add_row(points(gain.points), " ".join(gain.indicators), about(gain))
    if (left := len(listed) - _SHOWN) > 0:
        table.add_row("", "", f"[dim]{text('gains.more', n=figure(left))}[/]")
    speaker.show(table)


def _about(gain: Gain, titles: Mapping[str, str]) -> str:
    """The one finding of a step."""
    (finding,) = gain.findings
    in_vain = finding.verdict == "inconclusive"  # only what was looked for everywhere can be mended
    said = text("gains.in_vain") if in_vain else outcome(finding.verdict, finding.reason)
    subject = finding.subject.id
    named = f"{visible(subject)} {short(titles[subject])}" if subject in titles else visible(subject)
    return f"{check_name(finding.check)}: {named}\n{said}  [dim]{finding.id}[/]"


def _checked(gain: Gain) -> str:
    return f"{check_name(gain.findings[0].check)} ({figure(len(gain.findings))})"


def _reason(gain: Gain) -> str:
    finding = gain.findings[0]
    decided = finding.verdict != "inconclusive"
    said = text("gains.part_open") if decided else outcome(finding.verdict, finding.reason)
    return f"{said} ({figure(len(gain.findings))})"


def _unclaimed(gain: Gain) -> str:
    return text("gains.claim_services", n=figure(gain.claims)) if gain.claims else text("gains.claim_nothing")
