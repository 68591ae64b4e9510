"""The map of indicators: agencies down, indicators across, how much of each is verified. A picture, and the tables beside it.

In the picture a square grows and darkens with what is verified, so that it reads without colour; a frame round a
place says that open matters may lift it. Each square has its names, and leads to the indicator at the agency. Holds no
rule: the numbers are those of results.json.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from reports.html.places import indicator_link, link_to
from reports.html.svg import blocks, box, cut, drawing, path, word

KINDS = ("main", "executive")
STEPS = 4
"""Sizes of squares; nothing verified has none."""
OPEN = 0.25
"""A place gets a frame when open matters could lift its indicator by as much."""
MOST_LINKED = 250
"""Agencies whose squares are links with names, 230 bytes each; of more, links of rows and columns are enough."""
_NAMES = 252
"""Width of the column of names; the tables have them whole."""
_MOST_ROWS = 40
"""Rows of one picture: more of them would not fit on a printed page."""
_CELL, _APART, _TOP, _TOLD = 16, 10, 50, 18
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
        linked = len(rows) <= MOST_LINKED
        plots = tuple(
            _picture(f"heat-{kind}-{number}", axes, block, title, text, show, rtl, linked)
            for number, block in enumerate(blocks(rows, _MOST_ROWS))
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
    text: Callable[..., str],
    show: Callable[[int], str],
    rtl: bool,
    linked: bool,
) -> Markup:
    """linked: squares are links."""
    columns, edge, parts = {}, float(_NAMES), []
    names = {id: name for axis in axes for id, name in axis.indicators}
    width = _NAMES + sum(len(axis.indicators) * _CELL + _APART for axis in axes)
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

    def told(whole: str) -> str:
        """Shown below the picture while its link has the focus or the pointer."""
        return word(width - 2 if rtl else 2, bottom + 14, whole, "pl-name pl-told", rtl)

    for id in columns:
        whole = f"{id} {names[id]}"
        code = f'<text class="pl-code" transform="translate({x(id) + 3.5:g} {_TOP - 5})rotate(-90)">{escape(id)}</text>'
        parts.append(_link(f"method.html{indicator_link(id)}", whole, code + told(whole)))
    squares: list[list[str]] = [[] for _ in range(STEPS + 1)]
    frames, none, lines, links = [], [], [], []
    for number, row in enumerate(rows):
        y = _TOP + _CELL * number + _CELL / 2
        label = cut(row.name if row.place is None else f"{show(row.place)}. {row.name}", _NAMES - 8)
        drawn = word(width - 2 if rtl else 2, y + 4, label, "pl-name", rtl)
        page = link_to(row.id)
        parts.append(_link(page, row.name, drawn + told(row.name)))
        if number % 5 == 0:
            lines.append(f"M0 {y - _CELL / 2:g}H{width}")
        for id, cell in row.cells.items():
            if linked:
                said = text(
                    "heat.cell",
                    agency=row.name,
                    indicator=f"{id} {names[id]}",
                    value=_value(cell, text, show),
                )
                area = path("pl-go", [box(x(id) - _CELL / 2, y - _CELL / 2, _CELL, _CELL)])
                # the tables below have the same links: 6,000 stops of the tab key are no way through a page
                links.append(_link(page + indicator_link(id), said, area, ' tabindex="-1"'))
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
    parts += [path("heat-frame", frames), path("heat-none", none), *links]
    return drawing(name, width, bottom + _TOLD, title, text("heat.about"), parts, "wide", role=None)


def _link(target: str, name: str, drawn: str, more: str = "") -> str:
    """drawn: markup. name: what it leads to, as a hint of the browser and for who hears the page."""
    return f'<a href="{escape(target)}"{more}><title>{escape(name)}</title>{drawn}</a>'


def _value(cell: HeatMapCell, text: Callable[..., str], show: Callable[[int], str]) -> str:
    if cell.verified is None:
        return text("heat.key_none")
    shown = show(round(100 * cell.verified))
    if not cell.open or cell.possible is None:
        return shown
    return text("branch.value_range", lower=shown, upper=show(round(100 * cell.possible)))
