"""Plots as inline SVG: readable without colour, and each stands beside a table with the same figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_CLAIM, _BRAND, _POSSIBLE, _INK, _LINE, _BAD = (
    "#8fa6b2",
    "#0b5563",
    "#b9d6db",
    "#17232b",
    "#d7dfe3",
    "#b3261e",
)


@dataclass(frozen=True, slots=True)
class Gap:
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

    def x(value: float, span: float = 0.0) -> float:
        at = width * value / 100
        return round(width - at - span if rtl else at, 1)

    parts = [f'<rect x="0" y="3" width="{width}" height="10" fill="#eef2f4"/>']
    for value, fill in ((possible, _POSSIBLE), (verified, _BRAND)):
        if value:
            size = round(width * value / 100, 1)
            parts.append(
                f'<rect x="{x(0, size) if rtl else 0}" y="3" width="{size}" height="10" fill="{fill}"/>'
            )
    if declared is not None:
        parts.append(
            f'<rect x="{min(max(x(declared, 2), 0), width - 2)}" y="0" width="2" height="16" fill="{_INK}"/>'
        )
    return Markup(  # noqa: S704 - numbers, and text that passed escape()
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


def gap_plot(gaps: Sequence[Gap], title: str, rtl: bool, numbers: Sequence[str]) -> Markup:
    """Declared against verified, one line an agency: an open circle for the claim, a filled one for the
    evidence, a line between. `numbers` are the tick labels for 0, 25, 50, 75, 100."""
    label_width, plot_width, row, top = 300, 560, 30, 34
    height = top + row * len(gaps) + 12
    total = label_width + plot_width + 30

    def x(value: float) -> float:
        at = plot_width * value / 100
        return round(plot_width - at + 15 if rtl else label_width + at + 10, 1)

    parts = []
    for tick, label in zip((0, 25, 50, 75, 100), numbers, strict=True):
        parts.append(
            f'<line x1="{x(tick)}" y1="{top - 8}" x2="{x(tick)}" y2="{height - 8}" stroke="{_LINE}"/>'
        )
        parts.append(
            f'<text x="{x(tick)}" y="16" font-size="12" text-anchor="middle" fill="#5a6b75">{escape(label)}</text>'
        )
    for index, gap in enumerate(gaps):
        y = top + row * index + row / 2
        label = gap.label if len(gap.label) <= 44 else gap.label[:43] + "…"
        where = total - 8 if rtl else 8
        # In right-to-left text "start" is the right end.
        parts.append(
            f'<text x="{where}" y="{y + 4}" font-size="13" text-anchor="start" direction="{"rtl" if rtl else "ltr"}"'
            f' fill="{_INK}">{escape(label)}</text>'
        )
        if gap.verified is not None and gap.possible is not None and gap.possible > gap.verified:
            parts.append(
                f'<line x1="{x(gap.verified)}" y1="{y}" x2="{x(gap.possible)}" y2="{y}" stroke="{_POSSIBLE}" stroke-width="9"/>'
            )
        if gap.verified is not None and gap.declared is not None:
            colour = _BAD if gap.declared - gap.verified > 5 else _BRAND
            parts.append(
                f'<line x1="{x(gap.verified)}" y1="{y}" x2="{x(gap.declared)}" y2="{y}" stroke="{colour}" stroke-width="2"/>'
            )
        if gap.declared is not None:
            parts.append(
                f'<circle cx="{x(gap.declared)}" cy="{y}" r="6" fill="#fff" stroke="{_INK}" stroke-width="2"/>'
            )
        if gap.verified is not None:
            parts.append(f'<circle cx="{x(gap.verified)}" cy="{y}" r="6" fill="{_BRAND}"/>')
    return Markup(  # noqa: S704 - numbers, and text that passed escape()
        f'<svg viewBox="0 0 {total} {height}" width="{total}" height="{height}" role="img" aria-label="{escape(title)}">'
        f"{''.join(parts)}</svg>"
    )


def bands_plot(
    bands: Sequence[tuple[str, int, int]], title: str, rtl: bool, number: Sequence[tuple[str, str]]
) -> Markup:
    """Agencies by band, declared above verified. bands: (label, declared count, verified count);
    number: the counts as text in the language of the page."""
    top = max([1, *(max(declared, verified) for _, declared, verified in bands)])
    label_width, plot_width, row = 120, 420, 52
    total, height = label_width + plot_width + 40, row * len(bands) + 8
    parts = []
    for index, ((label, declared, verified), (declared_text, verified_text)) in enumerate(
        zip(bands, number, strict=True)
    ):
        y = row * index + 8
        where = total - 6 if rtl else 6
        parts.append(
            f'<text x="{where}" y="{y + 24}" font-size="14" text-anchor="start" direction="{"rtl" if rtl else "ltr"}" fill="{_INK}">{escape(label)}</text>'
        )
        for offset, value, shown, fill in (
            (0, declared, declared_text, _CLAIM),
            (20, verified, verified_text, _BRAND),
        ):
            size = round(plot_width * value / top, 1)
            x = total - label_width - size if rtl else label_width
            parts.append(f'<rect x="{x}" y="{y + offset}" width="{size}" height="16" rx="2" fill="{fill}"/>')
            at = x - 6 if rtl else x + size + 6
            anchor = "end" if rtl else "start"
            parts.append(
                f'<text x="{at}" y="{y + offset + 13}" font-size="13" text-anchor="{anchor}" direction="ltr" fill="{_INK}">{escape(shown)}</text>'
            )
    return Markup(  # noqa: S704 - numbers, and text that passed escape()
        f'<svg viewBox="0 0 {total} {height}" width="{total}" height="{height}" role="img" aria-label="{escape(title)}">'
        f"{''.join(parts)}</svg>"
    )
