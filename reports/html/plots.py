"""Plots as inline SVG: readable without colour, and each stands beside a table with the same figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.html.svg import NARROW, ROW, blocks, box, cut, drawing, hatch, path, ring, spot, word

_CLAIM, _BAD = "#8fa6b2", "#b3261e"


@dataclass(frozen=True, slots=True)
class GapRow:
    """One agency's line in the gap plot; values 0 to 100, None where there is none."""

    label: str
    declared: float | None
    verified: float | None
    possible: float | None


def bar(
    verified: float | None, possible: float | None, declared: float | None, rtl: bool, width: int = 110
) -> Markup:
    """A small bar: verified filled, possible pale, declared as a tick. Values 0 to 100."""
    if verified is None:
        return Markup("")

    def part(style: str, start: float, end: float, top: int, height: int) -> str:
        return path(style, [box(width - end if rtl else start, top, end - start, height)])

    size = [width * min(100.0, max(0.0, value or 0.0)) / 100 for value in (possible, verified, declared)]
    parts = [part(style, 0, end, 3, 10) for style, end in (("b-p", size[0]), ("b-v", size[1])) if end]
    if declared is not None:
        tick = min(max(size[2], 1.0), width - 1.0)
        parts.append(part("b-d", tick - 1, tick + 1, 0, 16))
    return Markup(  # noqa: S704 - numbers alone
        f'<svg class="bar" width="{width}" height="16" viewBox="0 0 {width} 16" aria-hidden="true">{"".join(parts)}</svg>'
    )


# As the style sheet colours the same groups.
_GROUPS = {"dead": _BAD, "late": "#d99a2b", "alive": "#1b7a43", "open": _CLAIM, "done": "#d7dfe3"}


def stack(counts: Sequence[tuple[str, int]], rtl: bool, width: int = 1000, height: int = 22) -> Markup:
    """One bar of all, cut in the shares of its groups, in their order from where the line of reading begins."""
    total = sum(number for _, number in counts)
    parts: list[str] = []
    done = 0
    for group, number in counts:
        size = round(width * number / total, 1)
        at = round(width * done / total, 1)
        x = round(width - at - size, 1) if rtl else at
        parts.append(
            f'<rect x="{x}" y="0" width="{max(1.0, size - 2)}" height="{height}" fill="{_GROUPS[group]}"/>'
        )
        done += number
    return Markup(  # noqa: S704 - numbers alone
        f'<svg viewBox="0 0 {width} {height}" preserveAspectRatio="none" aria-hidden="true">{"".join(parts)}</svg>'
    )


def gap_plots(
    name: str,
    gaps: Sequence[GapRow],
    title: str,
    about: str,
    rtl: bool,
    show: Callable[[int], str],
) -> Iterator[Markup]:
    """Declared against verified, one line an agency: an open circle for the claim, a filled one for the evidence, a line
    between, hatched what stayed open. As many pictures as the agencies need. name: identifier on the page."""
    for number, block in enumerate(blocks(gaps)):
        yield _gap_plot(f"{name}-{number}", block, title, about, rtl, show)


def _gap_plot(
    name: str, gaps: Sequence[GapRow], title: str, about: str, rtl: bool, show: Callable[[int], str]
) -> Markup:
    side, top = 14, 28
    bottom = top + ROW * len(gaps)

    def x(value: float) -> float:
        at = side + (NARROW - 2 * side) * value / 100
        return round(NARROW - at if rtl else at, 1)

    ticks = (0, 25, 50, 75, 100)
    parts = [hatch(f"{name}-h", "pl-hatch"), path("pl-grid", (f"M{x(n)} {top - 6}V{bottom}" for n in ticks))]
    parts += [word(x(n), top - 11, show(n), "pl-tick") for n in ticks]
    still, between, claims, seen = [], [], [], []
    for number, gap in enumerate(gaps):
        above = top + ROW * number
        y = above + 23
        parts.append(word(NARROW - 2 if rtl else 2, above + 12, cut(gap.label), "pl-name", rtl))
        if gap.verified is not None:
            seen.append(spot(x(gap.verified), y))
            if gap.possible is not None and gap.possible > gap.verified:
                ends = sorted((x(gap.verified), x(gap.possible)))
                still.append(box(ends[0], y - 5, ends[1] - ends[0], 10))
            if gap.declared is not None:
                between.append(f"M{x(gap.verified)} {y}H{x(gap.declared)}")
        if gap.declared is not None:
            claims.append(ring(x(gap.declared), y))
    parts += [
        path("pl-open", still, f' fill="url(#{name}-h)"'),
        path("pl-line", between),
        path("pl-ring", claims),
        path("pl-dot", seen),
    ]
    return drawing(name, NARROW, bottom + 6, title, about, parts)


def bands_plot(
    name: str,
    bands: Sequence[tuple[str, int, int]],
    title: str,
    about: str,
    rtl: bool,
    show: Callable[[int], str],
) -> Markup:
    """Agencies by band: declared hatched, verified filled below it. bands: (label, declared count, verified count)."""
    most = max([1, *(max(declared, verified) for _, declared, verified in bands)])
    names, plot, row = 120, 260, 52  # narrow enough to be read on a telephone
    total, height = names + plot + 40, row * len(bands) + 4
    parts = [hatch(f"{name}-h", "pl-hatch")]
    hollow: list[str] = []
    filled: list[str] = []
    for number, (label, declared, verified) in enumerate(bands):
        y = row * number + 6
        parts.append(word(total - 2 if rtl else 2, y + 24, label, "pl-name", rtl))
        for offset, value, into in ((0, declared, hollow), (20, verified, filled)):
            size = round(plot * value / most, 1)
            at = total - names - size if rtl else names
            if value:
                into.append(box(at, y + offset, size, 16))
            end = at - 6 if rtl else at + size + 6
            anchor = ' text-anchor="end"' if rtl else ""
            parts.append(
                f'<text class="pl-count"{anchor} direction="ltr" x="{end}" y="{y + offset + 13}">{show(value)}</text>'
            )
    parts += [path("pl-open", hollow, f' fill="url(#{name}-h)"'), path("pl-fill", filled)]
    return drawing(name, total, height, title, about, parts)


_SHADES = ("verified", "partial", "contradicted", "inconclusive")


def verdicts_plot(
    name: str, counts: Mapping[str, int], title: str, about: str, rtl: bool, show: Callable[[int], str]
) -> Markup:
    """One bar of all that was judged, in the order of reading: verified filled, partial hatched, contradicted crossed,
    open empty. Each part that is wide enough carries its number; the words stand beside it. counts: by verdict."""
    width, height = 700, 34
    every = sum(counts[word] for word in _SHADES) or 1
    parts, numbers, start = [hatch(f"{name}-partial", "pl-hatch"), _crossed(f"{name}-contradicted")], [], 0.0
    for verdict in _SHADES:
        size = (width - 2) * counts[verdict] / every
        if not counts[verdict]:
            continue
        at = width - 1 - start - size if rtl else start + 1
        fill = "" if verdict in ("verified", "inconclusive") else f' fill="url(#{name}-{verdict})"'
        parts.append(path(f"pl-part pl-{verdict}", [box(at, 1, size, height - 2)], fill))
        if size > 26:
            middle = round(at + size / 2, 1)
            light = " pl-light" if verdict == "verified" else ""
            numbers.append(word(middle, height / 2 + 5, show(counts[verdict]), f"pl-number{light}"))
        start += size
    return drawing(name, width, height, title, about, [*parts, *numbers])


def _crossed(name: str) -> str:
    return (
        f'<defs><pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<path class="pl-cross" d="M0 0L6 6M6 0L0 6"/></pattern></defs>'
    )


def claim_plot(
    name: str,
    ratio: Mapping[str, float | None],
    estimate: Mapping[str, float] | None,
    title: str,
    about: str,
    rtl: bool,
    show: Callable[[int], str],
) -> Markup:
    """The share of electronic services of the country on one line from 0 to 100: verified filled, what stayed open
    hatched, the claim as an open circle; the estimate, with its interval, on a line of its own. Shares from 0 to 1."""
    width, side, middle = 700, 24, 26  # beside the line: half of the last number, as a telephone shows it
    height = 74 if estimate else 56

    def x(share: float) -> float:
        at = side + (width - 2 * side) * share
        return round(width - at if rtl else at, 1)

    def span(start: float, end: float) -> list[str]:
        ends = sorted((x(start), x(end)))
        return [box(ends[0], middle - 10, ends[1] - ends[0], 20)] if ends[0] < ends[1] else []

    verified, possible, declared = (ratio[word] for word in ("verified", "possible", "declared"))
    ticks = (0, 25, 50, 75, 100)
    parts = [
        hatch(f"{name}-h", "pl-hatch"),
        path("pl-grid", (f"M{x(n / 100)} 8V{height - 18}" for n in ticks)),
        *(word(x(n / 100), height - 4, show(n), "pl-tick") for n in ticks),
    ]
    if verified is not None:
        if possible is not None:
            parts.append(path("pl-open", span(verified, possible), f' fill="url(#{name}-h)"'))
        parts.append(path("pl-fill", span(0, verified)))
        if declared is not None:
            end = verified if possible is None else max(verified, min(declared, possible))
            parts.append(path("pl-line", [f"M{x(end)} {middle}H{x(declared)}"]))
    if declared is not None:
        parts.append(path("pl-ring", [ring(x(declared), middle, 7)]))
    if estimate:
        low, high, y = x(estimate["low"]), x(estimate["high"]), middle + 20
        parts.append(path("pl-line", [f"M{low} {y - 5}v10M{low} {y}H{high}M{high} {y - 5}v10"]))
        parts.append(path("pl-dot", [spot(x(estimate["value"]), y)]))
    return drawing(name, width, height, title, about, parts)
