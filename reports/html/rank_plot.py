"""Intervals of ranks as inline SVG, in ink alone: a line with ends from the best place to the worst, a dot at the place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.html.svg import NARROW, ROW, blocks, cut, drawing, path, spot, word
from scoring.ranks import Rank

_SIDE, _TOP = 14, 28


@dataclass(frozen=True, slots=True)
class RankLine:
    """One agency. sure: all above and with it stand surely before all below."""

    label: str
    rank: Rank
    sure: bool


def rank_plots(
    name: str, lines: Sequence[RankLine], title: str, about: str, rtl: bool, show: Callable[[int], str]
) -> Iterator[Markup]:
    """As many pictures as the agencies need, all on the same scale. name: identifier on the page."""
    for number, block in enumerate(blocks(lines)):
        yield _picture(f"{name}-{number}", block, title, about, rtl, show)


def _picture(
    name: str, lines: Sequence[RankLine], title: str, about: str, rtl: bool, show: Callable[[int], str]
) -> Markup:
    """One line an agency: its name, and below it its interval; the best place is where reading begins."""
    of = max(2, max(line.rank.of for line in lines))
    bottom = _TOP + ROW * len(lines)

    def x(place: float) -> float:
        at = _SIDE + (NARROW - 2 * _SIDE) * (place - 1) / (of - 1)
        return round(NARROW - at if rtl else at, 1)

    ticks = _ticks(of)
    parts = [path("pl-grid", (f"M{x(place)} {_TOP - 6}V{bottom}" for place in ticks))]
    parts += [word(x(place), _TOP - 11, show(place), "pl-tick") for place in ticks]
    intervals, dots, cuts = [], [], []
    for number, line in enumerate(lines):
        top = _TOP + ROW * number
        y = top + 23
        best, worst = x(line.rank.low), x(line.rank.high)
        named = cut(f"{show(line.rank.place)}. {line.label}")
        parts.append(word(NARROW - 2 if rtl else 2, top + 12, named, "pl-name", rtl))
        intervals.append(f"M{best} {y - 5}v10M{best} {y}H{worst}M{worst} {y - 5}v10")
        dots.append(spot(x(line.rank.place), y))
        if line.sure:
            cuts.append(f"M0 {top + ROW}H{NARROW}")
    parts += [path("pl-cut", cuts), path("pl-line", intervals), path("pl-dot", dots)]
    return drawing(name, NARROW, bottom + 6, title, about, parts)


def _ticks(of: int) -> list[int]:
    """The first place, round ones between, and the last."""
    step = next(
        step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000) if of / step <= 12
    )
    between = [place for place in range(step, of, step) if place > 1 and of - place >= step / 2]
    return [1, *between, of]
