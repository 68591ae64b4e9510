"""The page of rounds in a row, with its plot, in both languages. Written beside the report of a round that names one before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from claims.model import Round
from reports.catalogue import LANGUAGES, TextCatalogue
from reports.html.formatter import Formatter
from reports.html.svg import drawing
from reports.html.write import ReportPages
from reports.replies import RepliesReport
from reports.trend import TrendPoint, TrendStep, changes_lines, difference, rules_line
from scoring.score import Scores

PAGE = "trend.html"
_SHOWN = 6  # rounds of the tables of agencies and indicators; the plot and the first table have all
_INK, _BRAND, _PALE, _LINE, _BAD = "#17232b", "#0b5563", "#b9d6db", "#d7dfe3", "#b3261e"


def write_trend(
    round: Round,
    results: Mapping[str, Any],
    scores: Scores,
    folder: Path,
    replies: RepliesReport,
    points: Sequence[TrendPoint],
    steps: Sequence[TrendStep],
    ended: str | None,
    names: Mapping[str, Mapping[str, str]],
) -> None:
    """names: of agencies and indicators by language and id."""
    for language in LANGUAGES:
        at_home = language == round.settings.language
        target = folder if at_home else folder / language
        pages = ReportPages(
            round, results, scores.model, language, root="" if at_home else "../", replies=replies
        )
        pages.write(
            target / PAGE,
            "trend.html",
            points=points,
            steps=steps,
            ended=ended,
            entry_names=names[language],
            shown=points[-_SHOWN:],
            shown_steps=steps[-_SHOWN + 1 :],
            difference=difference,
            rules_line=rules_line,
            changes_lines=changes_lines,
            trend_plot=trend_plot,
            axis_number=Formatter(TextCatalogue(language), language).number,
        )


def trend_plot(
    points: Sequence[TrendPoint],
    steps: Sequence[TrendStep],
    title: str,
    about: str,
    rtl: bool,
    number: Callable[[float], str],
) -> Markup:
    """A column a round, in the order of reading: a pale bar from verified to possible, a filled circle for verified, an open
    one for declared. A line joins rounds of one model; a dashed one stands where the model is another."""
    column, height, top, side = 120, 260, 20, 60
    width = side * 2 + column * max(1, len(points) - 1)

    def x(place: float) -> float:
        at = side + column * place
        return round(width - at if rtl else at, 1)

    def y(value: float) -> float:
        return round(top + (100 - value) * (height - 60) / 100, 1)

    parts = []
    for tick in (0, 25, 50, 75, 100):
        parts.append(
            f'<line x1="{side / 2}" y1="{y(tick)}" x2="{width - 10}" y2="{y(tick)}" stroke="{_LINE}"/>'
        )
        parts.append(
            f'<text x="4" y="{y(tick) + 4}" font-size="11" direction="ltr" fill="{_INK}">{escape(number(tick))}</text>'
        )
    for place, point in enumerate(points):
        verified, possible, declared = (point.score.get(n) for n in ("verified", "possible", "declared"))
        parts.append(
            f'<text x="{x(place)}" y="{height - 12}" font-size="12" text-anchor="middle" direction="ltr" fill="{_INK}">{escape(point.round[:16])}</text>'
        )
        if place and not steps[place - 1].same_model:
            at = x(place - 0.5)
            parts.append(
                f'<line x1="{at}" y1="{top}" x2="{at}" y2="{y(0)}" stroke="{_BAD}" stroke-dasharray="4 4"/>'
            )
            parts.append(
                f'<text x="{at}" y="{top - 6}" font-size="13" text-anchor="middle" fill="{_BAD}">≠</text>'
            )
        if verified is None:
            continue
        if possible is not None and possible > verified:
            parts.append(
                f'<line x1="{x(place)}" y1="{y(verified)}" x2="{x(place)}" y2="{y(possible)}" stroke="{_PALE}" stroke-width="12"/>'
            )
        before = points[place - 1].score.get("verified") if place else None
        if before is not None and steps[place - 1].same_model:
            parts.append(
                f'<line x1="{x(place - 1)}" y1="{y(before)}" x2="{x(place)}" y2="{y(verified)}" stroke="{_BRAND}" stroke-width="2"/>'
            )
        if declared is not None:
            parts.append(
                f'<circle cx="{x(place)}" cy="{y(declared)}" r="5" fill="#fff" stroke="{_INK}" stroke-width="2"/>'
            )
        parts.append(f'<circle cx="{x(place)}" cy="{y(verified)}" r="5" fill="{_BRAND}"/>')
    return drawing("trend", width, height, title, about, parts, "wide")
