"""The same as JSON values and as tables. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table

from reports.trend import Json, TrendPoint, difference
from scoring.model import Model
from scoring.published.what_if import Rise, Scenario, WhatIf


def as_data(model: Model, found: WhatIf, measured: Sequence[TrendPoint]) -> Json:
    """measured: of a round that measures services, and of the one before it; none where no round was named."""
    return {
        "model": {"id": model.id, "version": model.version, "sha256": model.sha256},
        "survey": found.survey,
        "country": found.country,
        "figures": dict(found.figures),
        "value": found.value,
        "rank": found.rank,
        "of": found.of,
        "wanted": found.wanted,
        "scenarios": [
            {
                "others_repeat": None if one.repeats is None else list(one.repeats),
                "rank_without_rise": one.rank,
                "value_needed": one.needed,
                "rises": [
                    {
                        "indicators": list(rise.indicators),
                        "rise": rise.rise,
                        "after": {id: rise.after[id] for id in rise.indicators},
                        "rank": rise.rank,
                    }
                    for rise in one.rises
                ],
            }
            for one in found.scenarios
        ],
        "band": band(found),
        "rounds": [
            {"round": point.round, "as_of": point.as_of, "electronic_ratio": dict(point.ratio)}
            for point in measured
        ],
    }


def band(found: WhatIf) -> dict[str, dict[str, float | None]] | None:
    """The smallest and largest rise over the scenarios, by indicators; None where others can only stand still.

    A largest of None: in one of the scenarios not even 1 reaches the rank.
    """
    if len(found.scenarios) == 1:
        return None
    spans: dict[str, dict[str, float | None]] = {}
    for rises in zip(*(one.rises for one in found.scenarios), strict=True):
        known = [rise.rise for rise in rises if rise.rise is not None]
        spans["+".join(rises[0].indicators)] = {
            "low": min(known, default=None),
            "high": max(known) if len(known) == len(rises) else None,
        }
    return spans


def tables(
    found: WhatIf, measured: Sequence[TrendPoint], names: Mapping[str, str], text: Callable[..., str]
) -> Iterator[Table]:
    """names: of indicators, by id, safe for a terminal."""
    for one in found.scenarios:
        yield _scenario(found, one, names, text)
    if measured:
        yield _measured(measured, text)


def way_of(rise: Rise, names: Mapping[str, str], text: Callable[..., str]) -> str:
    """What goes up: the indicator, or all by the same."""
    first = rise.indicators[0]
    return names[first] if len(rise.indicators) == 1 else text("what_if.together")


def others_of(one: Scenario, text: Callable[..., str]) -> str:
    if one.repeats is None:
        return text("what_if.others_still")
    return text("what_if.others_repeat", before=one.repeats[0], after=one.repeats[1])


def _scenario(found: WhatIf, one: Scenario, names: Mapping[str, str], text: Callable[..., str]) -> Table:
    table = Table(title=others_of(one, text), title_justify="left")
    for column, justify in (
        ("way", "left"),
        ("now", "right"),
        ("rise", "right"),
        ("then", "right"),
        ("rank", "right"),
    ):
        table.add_column(text(f"what_if.{column}"), justify=justify, overflow="fold")  # type: ignore[arg-type]
    for rise in one.rises:
        table.add_row(
            way_of(rise, names, text),
            _listed(found.figures[id] for id in rise.indicators),
            text("what_if.not_enough") if rise.rise is None else f"+{rise.rise:.4f}",
            _listed(rise.after[id] for id in rise.indicators),
            str(rise.rank),
        )
    return table


def _listed(values: Any) -> str:
    return " · ".join(f"{value:.4f}" for value in values)


def _measured(points: Sequence[TrendPoint], text: Callable[..., str]) -> Table:
    table = Table(title=text("what_if.measured"), title_justify="left")
    for column in ("round", "declared", "verified", "possible"):
        table.add_column(text(f"trend.{column}"), justify="left" if column == "round" else "right")
    for point in points:
        table.add_row(
            point.round, *(_points(point.ratio.get(n)) for n in ("declared", "verified", "possible"))
        )
    if len(points) == 2 and (moved := difference(points[0].ratio, points[1].ratio)) is not None:
        table.add_row(text("what_if.moved"), "", f"{moved:+.1f}", "")
    return table


def _points(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} %"
