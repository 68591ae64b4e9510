"""`accessibility.contrast`: does Persian text stand out from its ground?"""

from __future__ import annotations

from checks.accessibility.persian_text import NOT_PERSIAN
from checks.accessibility.rule import LITTLE_TEXT, Measures, PageCheck, Told, places


def contrast(measures: Measures) -> Told:
    """Persian text stands out from its ground: 4.5 to 1, large text 3 to 1 (WCAG 1.4.3)."""
    seen = measures["wide"]["contrast"]
    letters, below, unknown = seen["letters"], seen["below"], seen["unknown"]
    if letters < LITTLE_TEXT:
        return NOT_PERSIAN
    figures = {"letters_unknown": unknown, "worst_contrast": seen["worst"], **_axe_contrast(measures)}
    if below:
        where = places(seen["examples"], "ratio", "color", "background")
        return Told(below, letters, ("contrast_low",), where, figures)
    if unknown * 2 > letters:
        return Told(0, letters, figures=figures, verdict="inconclusive", reason="ambiguous")
    return Told(0, letters, figures=figures)


def _axe_contrast(measures: Measures) -> dict[str, int]:
    """Places that axe-core names, in any language; nothing when it did not run."""
    axe = measures.get("axe")
    if axe is None:
        return {}
    return {
        "axe_contrast": sum(rule["nodes"] for rule in axe["violations"] if rule["id"] == "color-contrast")
    }


CHECK = PageCheck("accessibility.contrast", 1, ("wide",), contrast)
