"""Intervals of ranks as inline SVG, in ink alone: a line with ends from the best place to the worst, a dot at the place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from scoring.ranks import Rank

_INK, _GRID, _SOFT = "#17232b", "#d7dfe3", "#5a6b75"
_WIDTH, _SIDE, _ROW, _TOP = 600, 22, 40, 26
_LONGEST = 60  # letters of a name


@dataclass(frozen=True, slots=True)
class Line:
    """One agency. sure: all above and with it stand surely before all below."""

    label: str
    rank: Rank
    sure: bool


def rank_plot(lines: Sequence[Line], title: str, rtl: bool, show: Callable[[int], str]) -> Markup:
    """One line of the plot an agency, its name above its interval; the best place is where reading begins."""
    of = max(2, max(line.rank.of for line in lines))
    height = _TOP + _ROW * len(lines) + 8

    def x(place: float) -> float:
        at = _SIDE + (_WIDTH - 2 * _SIDE) * (place - 1) / (of - 1)
        return round(_WIDTH - at if rtl else at, 1)

    parts = []
    for place in _ticks(of):
        parts.append(
            f'<line x1="{x(place)}" y1="{_TOP - 6}" x2="{x(place)}" y2="{height - 6}" stroke="{_GRID}"/>'
            f'<text x="{x(place)}" y="14" font-size="12" text-anchor="middle" fill="{_SOFT}">{escape(show(place))}</text>'
        )
    for number, line in enumerate(lines):
        parts.append(_line(line, _TOP + _ROW * number, x, rtl, show))
    return Markup(  # noqa: S704 - numbers, and text that passed escape()
        f'<svg class="wide" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img"'
        f' aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )


def _line(line: Line, top: int, x: Callable[[float], float], rtl: bool, show: Callable[[int], str]) -> str:
    rank, y = line.rank, top + 27
    label = line.label if len(line.label) <= _LONGEST else line.label[: _LONGEST - 1] + "…"
    # in right-to-left text "start" is the right end
    where, direction = (_WIDTH - 4, "rtl") if rtl else (4, "ltr")
    drawn = (
        f'<text x="{where}" y="{top + 13}" font-size="13" text-anchor="start" direction="{direction}" fill="{_INK}"'
        f' stroke="#fff" stroke-width="3" paint-order="stroke">{escape(show(rank.place))}. {escape(label)}</text>'
        f'<line x1="{x(rank.low)}" y1="{y}" x2="{x(rank.high)}" y2="{y}" stroke="{_INK}" stroke-width="2"/>'
    )
    for end in (rank.low, rank.high):
        drawn += (
            f'<line x1="{x(end)}" y1="{y - 6}" x2="{x(end)}" y2="{y + 6}" stroke="{_INK}" stroke-width="2"/>'
        )
    drawn += f'<circle cx="{x(rank.place)}" cy="{y}" r="5" fill="{_INK}"/>'
    if line.sure:
        at = top + _ROW
        drawn += f'<line x1="0" y1="{at}" x2="{_WIDTH}" y2="{at}" stroke="{_SOFT}" stroke-dasharray="6 4"/>'
    return drawn


def _ticks(of: int) -> list[int]:
    """The first place, round ones between, and the last."""
    step = next(
        step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000) if of / step <= 12
    )
    between = [place for place in range(step, of, step) if place > 1 and of - place >= step / 2]
    return [1, *between, of]
