"""A plot of ranks against rises: a stepped line an indicator and one for all together, a line at the rank that is wanted.

A file of its own, so that colours and fonts stand in it. Lines differ by their dashes too, for prints without colour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reports.html.svg import drawing, word
from reports.what_if.tables import way_of
from scoring.published.what_if import Rise, WhatIf

_WIDTH, _PLOT, _SIDE, _TOP, _ROW = 640, 320, 56, 24, 22
_STYLE = (
    "text{font:12px Vazirmatn,'Segoe UI','Liberation Sans',sans-serif;fill:#17232b}path{fill:none}"
    ".tick{text-anchor:middle}.grid{stroke:#d7dfe3}.wanted{stroke:#b3261e;stroke-dasharray:2 4}"
    ".w0,.w1,.w2,.w3{stroke-width:2}.w0{stroke:#0b5563}.w1{stroke:#8a5a00;stroke-dasharray:8 4}"
    ".w2{stroke:#5b3f8c;stroke-dasharray:2 3}.w3{stroke:#17232b;stroke-width:3}"
)
_KINDS = 4  # of lines that can be told from each other


def what_if_plot(
    found: WhatIf,
    names: Mapping[str, str],
    text: Callable[..., str],
    rtl: bool,
    show: Callable[[object], str],
) -> str:
    """An SVG file. names: of indicators, by id. Others stand still. show: a number in the page's digits."""
    rises = found.scenarios[0].rises[-_KINDS:]
    most = max(rise.curve[-1][0] for rise in rises) or 1.0
    places = [place for rise in rises for _, place in rise.curve] + [found.wanted]
    best, worst = min(places), max(max(places), min(places) + 1)

    def x(rise: float) -> float:
        at = _SIDE + (_WIDTH - 2 * _SIDE) * rise / most
        return round(_WIDTH - at if rtl else at, 1)

    def y(place: float) -> float:
        return round(_TOP + _PLOT * (place - best) / (worst - best), 1)

    bottom = _TOP + _PLOT
    edge = _WIDTH - 8 if rtl else 8
    parts = [f"<style>{_STYLE}</style>"]
    for place in sorted({best, worst, found.rank, found.wanted}):
        parts.append(f'<path class="grid" d="M{x(0)} {y(place)}H{x(most)}"/>')
        parts.append(word(edge, y(place) + 4, show(place), "", rtl))
    for tick in range(6):
        rise = most * tick / 5
        parts.append(word(x(rise), bottom + 18, show(f"{rise:.2f}"), "tick"))
    parts.append(f'<path class="wanted" d="M{x(0)} {y(found.wanted)}H{x(most)}"/>')
    below = bottom + 44
    for number, rise_of in enumerate(rises):
        kind = _KINDS - 1 if len(rise_of.indicators) > 1 else number
        parts.append(f'<path class="w{kind}" d="{_line(rise_of, x, y)}"/>')
        start = _WIDTH - _SIDE if rtl else _SIDE
        away = -1 if rtl else 1
        parts.append(f'<path class="w{kind}" d="M{start} {below - 4}h{36 * away}"/>')
        parts.append(word(start + 46 * away, below, way_of(rise_of, names, text), "", rtl))
        below += _ROW
    title = text("what_if.plot_title", country=found.country, survey=show(found.survey))
    about = text("what_if.plot_about", wanted=show(found.wanted))
    parts.append(word(_WIDTH / 2, 14, title, "tick", rtl))
    parts.append(word(_WIDTH / 2, below, about, "tick", rtl))
    drawn = drawing("what-if", _WIDTH, below + 12, title, about, parts)
    return f"{drawn}\n".replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _line(rise: Rise, x: Callable[[float], float], y: Callable[[float], float]) -> str:
    """Level until the place changes, then straight up."""
    (_, first), *turns = rise.curve
    return f"M{x(0)} {y(first)}" + "".join(f"H{x(at)}V{y(place)}" for at, place in turns)
