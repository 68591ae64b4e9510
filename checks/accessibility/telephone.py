"""Rules about telephones: the viewport tag, and what a window of 360 pixels shows."""

from __future__ import annotations

import re

from checks.accessibility.rule import LITTLE_TEXT, Measures, PageRule, RuleResult, places

# Rounding of widths: one pixel to each side scrolls nowhere.
_ROUNDING = 2
# Small print is normal; a twentieth of the text is not.
_SMALL_SHARE = 0.05
# Text has to be readable at twice its size (WCAG 1.4.4).
_LEAST_ZOOM = 2.0
# Commas, semicolons and blanks part the pairs, in any number, as browsers read them.
_SEPARATOR = re.compile(r"(?<![,;\s])[,;\s]++(?=[a-z-]++\s*+=)")


def viewport(measures: Measures) -> RuleResult:
    """The page takes the telephone's width and may be enlarged twofold (WCAG 1.4.4)."""
    content = measures["wide"]["viewport"]
    if content is None:
        return RuleResult(1, 1, ("viewport_missing",))
    values = _values(content)
    kinds = []
    if values.get("width", "device-width" if "initial-scale" in values else "") != "device-width":
        kinds.append("viewport_fixed")
    largest = _number(values.get("maximum-scale"))
    if values.get("user-scalable") in ("no", "0") or (largest is not None and largest < _LEAST_ZOOM):
        kinds.append("zoom_off")
    return RuleResult(len(kinds), 1, tuple(kinds), (), {"viewport": content})


def _values(content: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in _SEPARATOR.split(content.lower()))
    return {name.strip(): value.strip(" ,;") for name, _, value in pairs}


def _number(text: str | None) -> float | None:
    match = re.match(r"\d+(?:\.\d*)?|\.\d+", text or "")
    return float(match.group()) if match else None


def overflow(measures: Measures) -> RuleResult:
    """Nothing sticks out sideways at 360 pixels (WCAG 1.4.10)."""
    narrow = measures["narrow"]
    wider = narrow["wider"]
    out = narrow["overflow"] > _ROUNDING
    return RuleResult(
        wider["count"] if out else 0,
        narrow["elements"],
        ("overflow",) if out else (),
        places(wider["examples"], "cause", "beyond") if out else (),
        {
            "overflow_px": narrow["overflow"],
            "wider_cause": sorted({entry["cause"] for entry in wider["examples"]}) if out else [],
        },
    )


def targets(measures: Measures) -> RuleResult:
    """What can be tapped is 24 by 24 pixels, or has room around it (WCAG 2.5.8)."""
    seen = measures["narrow"]["targets"]
    if not seen["total"]:
        return RuleResult(0, 0, verdict="not_applicable")
    return RuleResult(
        seen["small"],
        seen["total"],
        ("target_small",) if seen["small"] else (),
        places(seen["examples"], "width", "height"),
        {"smallest_px": seen["smallest"]},
    )


def text(measures: Measures) -> RuleResult:
    """Persian text is at least 12 pixels high."""
    fonts = measures["narrow"]["fonts"]
    if fonts["letters"] < LITTLE_TEXT:
        return RuleResult(0, 0, verdict="not_applicable")
    small = fonts["small"] > fonts["letters"] * _SMALL_SHARE
    return RuleResult(
        fonts["small"],
        fonts["letters"],
        ("text_small",) if small else (),
        places(fonts["examples"], "size") if small else (),
        {"smallest_px": fonts["smallest"]},
    )


VIEWPORT = PageRule(("wide",), viewport)
OVERFLOW = PageRule(("narrow",), overflow)
TARGETS = PageRule(("narrow",), targets)
TEXT = PageRule(("narrow",), text)
