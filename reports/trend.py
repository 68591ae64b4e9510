"""Many rounds in a row: what each of them found, and what lies between two of them, kept apart by cause.

Numbers of two rounds are subtracted only where the model that weighed them is the same to the byte. Pure: points and
steps in, JSON values and tables out. Not here: finding the rounds (`govah.commands.trend`), the page (`reports.html.trend`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.table import Table

from checks.finding import is_listed
from evidence.store import EvidenceStore
from reports.causes import CAUSES
from reports.changes import FindingChange, JudgementComparison
from reports.terminal import one_decimal

Json = dict[str, Any]
Three = Mapping[str, float | None]
_ROUNDS_SHOWN = 6
_SETTLED = ("verified", "partial", "contradicted", "inconclusive")


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One round. score, indicators: 0 to 100, declared, verified and possible; agencies: by id, their scores.

    ratio: of electronic services, 0 to 100. services, freshness, usability: findings by verdict. model: None for a sealed
    summary, which holds datasets alone.
    """

    round: str
    as_of: str
    place: str
    model: Mapping[str, str] | None
    score: Three = field(default_factory=dict)
    ratio: Three = field(default_factory=dict)
    agencies: Mapping[str, Three] = field(default_factory=dict)
    indicators: Mapping[str, Three] = field(default_factory=dict)
    services: Mapping[str, int] = field(default_factory=dict)
    freshness: Mapping[str, int] = field(default_factory=dict)
    usability: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrendStep:
    """Between two rounds. same_model: their numbers may be subtracted. rules: checks that differ, None where one does not say.

    claims: agencies, services and datasets that are new, gone or other than they were. changes: of claimed services and
    datasets, changed findings by cause; a change with more than one possible cause counts as `unsettled`.
    """

    before: str
    after: str
    same_model: bool
    rules: tuple[str, ...] | None
    claims: Mapping[str, int]
    changes: Mapping[str, Mapping[str, int]]

    @property
    def rules_differ(self) -> bool:
        return self.rules is None or bool(self.rules)


@dataclass(frozen=True, slots=True)
class LastStep:
    """From the round before to the newest: what changed, heaviest first, and the evidence of both."""

    changes: Sequence[FindingChange]
    before: EvidenceStore
    after: EvidenceStore


def step_between(old: TrendPoint, new: TrendPoint, compared: JudgementComparison | None) -> TrendStep:
    """compared: None where one of the two is a summary."""
    changes: dict[str, Counter[str]] = {"service": Counter(), "dataset": Counter()}
    for change in compared.changes if compared else ():
        kind = change.finding.subject.kind
        if kind in changes and not is_listed(change.finding):
            changes[kind][change.causes[0] if len(change.causes) == 1 else "unsettled"] += 1
    return TrendStep(
        old.round,
        new.round,
        old.model is not None and new.model is not None and old.model["sha256"] == new.model["sha256"],
        compared.rules if compared is not None and compared.rules_known else None,
        dict(sorted(Counter(kind for kind, _ in compared.claims).items())) if compared else {},
        {kind: dict(sorted(counts.items())) for kind, counts in changes.items()},
    )


def as_data(points: Sequence[TrendPoint], steps: Sequence[TrendStep], ended: str | None) -> Json:
    """ended: why the chain goes no further back, when there is more of it. Differences stand in `steps`."""
    return {
        "rounds": [
            {
                "round": point.round,
                "as_of": point.as_of,
                "place": point.place,
                "model": None if point.model is None else dict(point.model),
                "score": dict(point.score),
                "electronic_ratio": dict(point.ratio),
                "agencies": {id: dict(three) for id, three in point.agencies.items()},
                "indicators": {id: dict(three) for id, three in point.indicators.items()},
                "services": dict(point.services),
                "datasets": {"freshness": dict(point.freshness), "usability": dict(point.usability)},
            }
            for point in points
        ],
        "steps": [
            {
                "before": step.before,
                "after": step.after,
                "same_model": step.same_model,
                "rules": None if step.rules is None else list(step.rules),
                "claims": dict(step.claims),
                "changes": {kind: dict(counts) for kind, counts in step.changes.items()},
                "verified": difference(old.score, new.score) if step.same_model else None,
                "agencies": _differences(old.agencies, new.agencies) if step.same_model else None,
                "indicators": _differences(old.indicators, new.indicators) if step.same_model else None,
            }
            for step, old, new in zip(steps, points[:-1], points[1:], strict=True)
        ],
        "ended": ended,
    }


def difference(old: Three, new: Three) -> float | None:
    """Of verified, in points; None where one of the two has none."""
    then, now = old.get("verified"), new.get("verified")
    return None if then is None or now is None else round(now - then, 4)


def _differences(old: Mapping[str, Three], new: Mapping[str, Three]) -> dict[str, float]:
    found = {id: difference(old[id], new[id]) for id in sorted(old.keys() & new.keys())}
    return {id: points for id, points in found.items() if points is not None}


def tables(
    points: Sequence[TrendPoint],
    steps: Sequence[TrendStep],
    names: Mapping[str, str],
    text: Callable[..., str],
    visible: Callable[[object], str],
) -> Iterator[Table]:
    """names: of agencies and indicators, by id."""
    yield _rounds(points, steps, text, visible)
    if steps:
        yield _steps(steps, text, visible)
    shown, between = points[-_ROUNDS_SHOWN:], steps[-_ROUNDS_SHOWN + 1 :]
    for title, of in (
        ("agencies", [p.agencies for p in shown]),
        ("indicators", [p.indicators for p in shown]),
    ):
        yield _series(title, shown, between, of, names, text, visible)


def _rounds(
    points: Sequence[TrendPoint],
    steps: Sequence[TrendStep],
    text: Callable[..., str],
    visible: Callable[[object], str],
) -> Table:
    table = Table(title=text("trend.rounds"), title_justify="left", header_style="bold")
    table.add_column(text("trend.round"), overflow="fold")
    for name in ("verified", "possible", "declared", "electronic", "services", "datasets"):
        table.add_column(text(f"trend.{name}"), justify="right")
    for number, point in enumerate(points):
        if number and not steps[number - 1].same_model:
            table.add_section()
        model = (
            ""
            if point.model is None
            else f"\n[dim]{visible(point.model['id'])} {point.model['sha256'][:8]}[/]"
        )
        table.add_row(
            f"{visible(point.round)} {point.as_of[:10]}{model}",
            *(one_decimal(point.score.get(name)) for name in ("verified", "possible", "declared")),
            one_decimal(point.ratio.get("verified")),
            _counts(point.services),
            _counts(point.freshness),
        )
    table.caption = text("trend.counts")
    table.caption_justify = "left"
    return table


def _counts(counts: Mapping[str, int]) -> str:
    return " / ".join(str(counts.get(word, 0)) for word in _SETTLED) if counts else "–"


def _steps(steps: Sequence[TrendStep], text: Callable[..., str], visible: Callable[[object], str]) -> Table:
    table = Table(title=text("trend.steps"), title_justify="left", header_style="bold")
    for name in ("step", "model", "rules", "claims", "changes"):
        table.add_column(text(f"trend.{name}"), overflow="fold")
    for step in steps:
        table.add_row(
            f"{visible(step.before)} → {visible(step.after)}",
            text("trend.model_same" if step.same_model else "trend.model_other"),
            rules_line(step, text),
            ", ".join(f"{text('trend.claim_' + kind)} {n}" for kind, n in step.claims.items()) or "–",
            "\n".join(changes_lines(step, text)) or "–",
        )
    return table


def rules_line(step: TrendStep, text: Callable[..., str]) -> str:
    if step.rules is None:
        return text("trend.rules_unknown")
    return text("trend.rules_other", count=len(step.rules)) if step.rules else text("trend.rules_same")


def changes_lines(
    step: TrendStep, text: Callable[..., str], number: Callable[[int], str] = str
) -> Iterator[str]:
    """A line for services and one for datasets: how many findings changed, by cause."""
    for kind, counts in step.changes.items():
        told = [
            f"{text('cause.' + cause if cause in CAUSES else 'trend.unsettled')} {number(counts[cause])}"
            for cause in (*CAUSES, "unsettled")
            if cause in counts
        ]
        if told:
            yield f"{text('trend.claim_' + kind)}: {', '.join(told)}"


def _series(
    title: str,
    points: Sequence[TrendPoint],
    steps: Sequence[TrendStep],
    values: Sequence[Mapping[str, Three]],
    names: Mapping[str, str],
    text: Callable[..., str],
    visible: Callable[[object], str],
) -> Table:
    table = Table(title=text(f"trend.{title}"), title_justify="left", header_style="bold")
    table.add_column("", overflow="fold", ratio=1)
    for place, point in enumerate(points):
        other = place > 0 and not steps[place - 1].same_model
        table.add_column(f"{'≠ ' if other else ''}{visible(point.round)}", justify="right")
    table.add_column(text("trend.last_step"), justify="right", no_wrap=True)
    comparable = bool(steps) and steps[-1].same_model
    for id in sorted({id for of in values for id in of}):
        step = (
            difference(values[-2].get(id, {}), values[-1].get(id, {}))
            if comparable and len(values) > 1
            else None
        )
        mark = "*" if comparable and steps[-1].rules_differ and step is not None else ""
        table.add_row(
            f"{visible(id)} [dim]{visible(names.get(id, ''))}[/]",
            *(one_decimal(of.get(id, {}).get("verified")) for of in values),
            "≠" if steps and not comparable else f"{step:+.1f}{mark}" if step is not None else "–",
        )
    return table
