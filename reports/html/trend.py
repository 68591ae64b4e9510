"""The page of rounds in a row, with its plot, in both languages. Written beside the report of a round that names one before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from markupsafe import Markup

from checks.finding import Finding
from claims.model import Round
from evidence.store import EvidenceStore
from reports.catalogue import LANGUAGES, TextCatalogue
from reports.changes import FindingChange
from reports.html.finding_view import FindingView, FindingViews, ScreenshotGallery
from reports.html.formatter import Formatter
from reports.html.places import page_of
from reports.html.svg import box, drawing, path, ring, spot, word
from reports.html.write import ReportPages
from reports.replies import RepliesReport
from reports.trend import LastStep, TrendPoint, TrendStep, changes_lines, difference, rules_line
from scoring.score import Scores

PAGE = "trend.html"
BEFORE = "before"
"""Folder of the report with pictures of the round before."""
_PICTURED = 12  # changes: as many as anybody compares on one page
_LOOKED_AT = (
    200  # changes: a country has thousands, and most of those without a picture are links that are gone
)
_SHOWN = 6  # rounds of the tables of agencies and indicators; the plot and the first table have all


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
    last: LastStep | None,
) -> None:
    """names: of agencies and indicators by language and id."""
    pictured = tuple(islice(pictured_changes(last, folder), _PICTURED)) if last else ()
    agencies = {one.change.finding.agency for one in pictured}
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
            pictured=pictured,
            paged={id for id in agencies if (target / page_of(id)).is_file()},
            ended=ended,
            entry_names=names[language],
            shown=points[-_SHOWN:],
            shown_steps=steps[-_SHOWN + 1 :],
            difference=difference,
            rules_line=rules_line,
            changes_lines=changes_lines,
            trend_plot=trend_plot,
            sparkline=sparkline,
            axis_number=Formatter(TextCatalogue(language), language).number,
        )


@dataclass(frozen=True, slots=True)
class PicturedChange:
    """A service that has another verdict than in the round before, as both rounds saw it."""

    change: FindingChange
    before: FindingView
    after: FindingView


def pictured_changes(last: LastStep, folder: Path) -> Iterator[PicturedChange]:
    """Those of which both rounds have a picture, heaviest first. Their pictures are written into the report's folder."""
    before = _Pictures(last.before, folder / BEFORE)
    after = _Pictures(last.after, folder)
    moved = (
        change
        for change in last.changes
        if change.finding.check == "services.entry" and change.kind not in ("reason", "new", "gone")
    )
    for change in islice(moved, _LOOKED_AT):
        then, now = before.of(change.before), after.of(change.after)
        if then is not None and now is not None:
            yield PicturedChange(change, replace(then, picture=f"{BEFORE}/{then.picture}"), now)


class _Pictures:
    """Of one round; what a page of an agency needs is read once."""

    def __init__(self, store: EvidenceStore, folder: Path) -> None:
        self._store = store
        self._gallery = ScreenshotGallery(store, folder)
        self._learnt: set[str] = set()

    def of(self, finding: Finding | None) -> FindingView | None:
        """None without a picture."""
        if finding is None:
            return None
        if finding.agency not in self._learnt:
            self._learnt.add(finding.agency)
            self._gallery.learn(self._store.captures(finding.agency, "screenshot"))
        (view,) = FindingViews(self._store, self._gallery, [finding]).of(
            finding.subject.kind, finding.subject.id
        )
        return view if view.picture else None


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

    ticks = (0, 25, 50, 75, 100)
    parts = [path("pl-grid", (f"M{side / 2} {y(tick)}H{width - 10}" for tick in ticks))]
    parts += [word(14, y(tick) + 4, number(tick), "pl-tick", rtl=False) for tick in ticks]
    wide, cuts, claims, seen = [], [], [], []
    for place, point in enumerate(points):
        verified, possible, declared = (point.score.get(n) for n in ("verified", "possible", "declared"))
        parts.append(word(x(place), height - 12, point.round[:16], "pl-tick", rtl=False))
        if place and not steps[place - 1].same_model:
            at = x(place - 0.5)
            cuts.append(f"M{at} {top}V{y(0)}")
            parts.append(word(at, top - 6, "≠", "pl-tick"))
        if verified is None:
            continue
        if possible is not None and possible > verified:
            wide.append(box(x(place) - 6, y(possible), 12, y(verified) - y(possible)))
        if declared is not None:
            claims.append(ring(x(place), y(declared), 5))
        seen.append(spot(x(place), y(verified)))
    line = _joined([point.score.get("verified") for point in points], steps, x, y)
    parts += [path("b-p", wide), path("pl-cut", cuts), path("pl-line", line), path("pl-ring", claims)]
    return drawing("trend", width, height, title, about, [*parts, path("pl-dot", seen)], "wide")


def sparkline(values: Sequence[float | None], steps: Sequence[TrendStep], rtl: bool) -> Markup:
    """From 0 to 100, in the order of reading; the last one as a dot. Interrupted where the model is another.

    Its figures stand beside it, so that who hears the page misses nothing.
    """
    width, height, side = 90, 24, 5

    def x(place: float) -> float:
        at = side + (width - 2 * side) * place / max(1, len(values) - 1)
        return round(width - at if rtl else at, 1)

    def y(value: float) -> float:
        return round(height - side - (height - 2 * side) * value / 100, 1)

    known = [(place, value) for place, value in enumerate(values) if value is not None]
    parts = [path("pl-line", _joined(values, steps, x, y))]
    parts.append(path("pl-dot", [spot(x(place), y(value)) for place, value in known[-1:]]))
    return Markup(  # noqa: S704 - numbers alone
        f'<svg class="spark" width="{width}" height="{height}" viewBox="0 0 {width} {height}" aria-hidden="true">'
        f"{''.join(parts)}</svg>"
    )


def _joined(
    values: Sequence[float | None],
    steps: Sequence[TrendStep],
    x: Callable[[float], float],
    y: Callable[[float], float],
) -> Iterator[str]:
    """Lines between neighbours that one model weighed."""
    for place, (before, value) in enumerate(pairwise(values), 1):
        if before is not None and value is not None and steps[place - 1].same_model:
            yield f"M{x(place - 1)} {y(before)}L{x(place)} {y(value)}"
