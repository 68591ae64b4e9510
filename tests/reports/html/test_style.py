"""The style sheet can be read by day and at night."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import product

import pytest

_TEXTS = ("ink", "soft", "brand", "verified", "partial", "contradicted", "inconclusive")


def palette(night: bool) -> dict[str, tuple[float, float, float]]:
    style = (files("reports.html") / "assets" / "style.css").read_text("utf-8")
    day, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    return {
        name: _rgb(colour)
        for name, colour in re.findall(r"--([\w-]+): #([0-9a-f]{3,6})", dark if night else day)
    }


def _rgb(colour: str) -> tuple[float, float, float]:
    whole = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
    red, green, blue = (int(whole[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def _luminance(colour: tuple[float, float, float]) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_each_colour_of_the_day_has_one_of_the_night() -> None:
    assert palette(False).keys() == palette(True).keys() and len(palette(True)) > 10


@pytest.mark.parametrize("night", [False, True])
def test_texts_stand_out_from_what_is_behind_them(night: bool) -> None:
    """As WCAG 2 asks of text of any size."""
    colours = palette(night)
    for text, behind in product(_TEXTS, ("paper", "wash")):
        low, high = sorted((_luminance(colours[text]), _luminance(colours[behind])))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (text, behind)
