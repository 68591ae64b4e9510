"""`mobile.text`: is the text large enough?"""

from __future__ import annotations

from checks.accessibility.rule import LITTLE_TEXT, Measures, PageCheck, Told, places

# Small print is normal; a twentieth of the text is not.
_SMALL_SHARE = 0.05


def text(measures: Measures) -> Told:
    """Persian text is at least 12 pixels high."""
    fonts = measures["narrow"]["fonts"]
    if fonts["letters"] < LITTLE_TEXT:
        return Told(0, 0, verdict="not_applicable")
    small = fonts["small"] > fonts["letters"] * _SMALL_SHARE
    return Told(
        fonts["small"],
        fonts["letters"],
        ("text_small",) if small else (),
        places(fonts["examples"], "size") if small else (),
        {"smallest_px": fonts["smallest"]},
    )


CHECK = PageCheck("mobile.text", 1, ("narrow",), text)
