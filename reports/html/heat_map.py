"""The map of indicators: agencies down, indicators across, how much of each is verified. A picture, and the tables beside it.

In the picture a square grows and darkens with what is verified, so that it reads without colour; a frame round a
place says that open matters may lift it. Holds no rule: the numbers are those of results.json.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from reports.html.svg import NAMES, blocks, box, cut, drawing, path, word

KINDS = ("main", "executive")
STEPS = 4
"""Sizes of squares; nothing verified has none."""
OPEN = 0.25
"""A place gets a frame when open matters could lift its indicator by as much."""
_CELL, _APART, _TOP = 16, 10, 50
_SIDES = (0, 5, 8, 11, 14)


@dataclass(frozen=True, slots=True)
class HeatMapCell:
    """One indicator of one agency, from 0 to 1; None where it does not apply or nothing measures it."""

    verified: float | None
    possible: float | None

    @property
    def step(self) -> int | None:
        """0 for nothing verified, else 1 to STEPS."""
        if self.verified is None:
            return None
        return 0 if self.verified <= 0 else min(STEPS, 1 + int(self.verified * STEPS))

    @property
    def open(self) -> bool:
        return None not in (self.verified, self.possible) and self.possible - self.verified >= OPEN  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class HeatMapRow:
    """cells: by indicator. place: of the rank; None without one."""

    id: str
    name: str
    place: int | None
    cells: Mapping[str, HeatMapCell]


@dataclass(frozen=True, slots=True)
class HeatMapAxis:
    """indicators: (id, name), in the order of the model."""

    id: str
    name: str
    indicators: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Agencies of one kind, by rank, then those without one. means: verified, over the agencies it applies to."""

    kind: str
    axes: tuple[HeatMapAxis, ...]
    rows: tuple[HeatMapRow, ...]
    means: Mapping[str, float | None]
    plots: tuple[Markup, ...]


def heat_maps(
    agencies: Iterable[Mapping[str, Any]],
    axes: Sequence[HeatMapAxis],
    name: Callable[[str], str],
    text: Callable[..., str],
    show: Callable[[int], str],
    rtl: bool,
) -> Iterator[HeatMap]:
    """agencies: of results.json. name: of an agency, by id. A kind without agencies is left out."""
    every = list(agencies)
    for kind in KINDS:
        rows = [_row(entry, name) for entry in every if entry["kind"] == kind]
        if not rows:
            continue
        rows.sort(key=lambda row: (row.place is None, row.place or 0, row.name, row.id))
        title = f"{text('heat.title')}: {text(f'report.kind_{kind}')}"
        plots = tuple(
            _picture(f"heat-{kind}-{number}", axes, block, title, text("heat.about"), show, rtl)
            for number, block in enumerate(blocks(rows))
        )
        ids = [id for axis in axes for id, _ in axis.indicators]
        yield HeatMap(kind, tuple(axes), tuple(rows), {id: _mean(rows, id) for id in ids}, plots)


@dataclass(frozen=True, slots=True)
class CreditSpread:
    """Agencies of one kind, too many for a map. agencies: how many are at an indicator and step, see `HeatMapCell.step`."""

    kind: str
    axes: tuple[HeatMapAxis, ...]
    agencies: Mapping[tuple[str, int | None], int]
    means: Mapping[str, float | None]


def spreads(agencies: Iterable[Mapping[str, Any]], axes: Sequence[HeatMapAxis]) -> tuple[CreditSpread, ...]:
    """agencies: of results.json. A kind without agencies is left out."""
    counts: dict[str, Counter[tuple[str, int | None]]] = {}
    values: dict[str, dict[str, array[float]]] = {}
    for entry in agencies:
        of_kind = counts.setdefault(entry["kind"], Counter())
        known = values.setdefault(entry["kind"], {})
        for one in entry["indicators"]:
            cell = HeatMapCell(one["verified"], one["possible"])
            of_kind[one["id"], cell.step] += 1
            own = known.setdefault(one["id"], array("d"))
            if cell.verified is not None:
                own.append(cell.verified)
    return tuple(
        CreditSpread(
            kind,
            tuple(axes),
            counts[kind],
            {id: math.fsum(own) / len(own) if own else None for id, own in values[kind].items()},
        )
        for kind in KINDS
        if kind in counts
    )


def _row(entry: Mapping[str, Any], name: Callable[[str], str]) -> HeatMapRow:
    cells = {one["id"]: HeatMapCell(one["verified"], one["possible"]) for one in entry["indicators"]}
    return HeatMapRow(entry["id"], name(entry["id"]), entry["rank"] and entry["rank"]["place"], cells)


def _mean(rows: Sequence[HeatMapRow], indicator: str) -> float | None:
    found = [row.cells[indicator].verified for row in rows]
    known = [value for value in found if value is not None]
    return math.fsum(known) / len(known) if known else None


def _picture(
    name: str,
    axes: Sequence[HeatMapAxis],
    rows: Sequence[HeatMapRow],
    title: str,
    about: str,
    show: Callable[[int], str],
    rtl: bool,
) -> Markup:
    columns, edge, parts = {}, float(NAMES), []
    width = NAMES + sum(len(axis.indicators) * _CELL + _APART for axis in axes)
    for axis in axes:
        middle = edge + len(axis.indicators) * _CELL / 2
        parts.append(
            word(
                width - middle if rtl else middle, 11, cut(axis.name, _CELL * len(axis.indicators)), "pl-axis"
            )
        )
        for id, _ in axis.indicators:
            columns[id] = edge + _CELL / 2
            edge += _CELL
        edge += _APART
    bottom = _TOP + _CELL * len(rows)

    def x(indicator: str) -> float:
        return width - columns[indicator] if rtl else columns[indicator]

    for id in columns:
        at = x(id) + 3.5
        parts.append(
            f'<text class="pl-code" transform="translate({at:g} {_TOP - 5})rotate(-90)">{escape(id)}</text>'
        )
    squares: list[list[str]] = [[] for _ in range(STEPS + 1)]
    frames, none, lines = [], [], []
    for number, row in enumerate(rows):
        y = _TOP + _CELL * number + _CELL / 2
        label = cut(row.name if row.place is None else f"{show(row.place)}. {row.name}")
        parts.append(word(width - 2 if rtl else 2, y + 4, label, "pl-name", rtl))
        if number % 5 == 0:
            lines.append(f"M0 {y - _CELL / 2:g}H{width}")
        for id, cell in row.cells.items():
            if (step := cell.step) is None:
                none.append(f"M{x(id) - 2:g} {y:g}h4")
                continue
            side = _SIDES[step]
            squares[step].append(
                box(x(id) - side / 2, y - side / 2, side, side) if side else f"M{x(id):g} {y:g}h0"
            )
            if cell.open:
                frames.append(box(x(id) - 7, y - 7, 14, 14))
    parts.append(path("pl-grid", lines))
    parts += [path(f"heat heat-{step}", pieces) for step, pieces in enumerate(squares)]
    parts += [path("heat-frame", frames), path("heat-none", none)]
    return drawing(name, width, bottom + 2, title, about, parts, "wide")
