"""`mobile.overflow`: does anything stick out sideways at 360 pixels?"""

from __future__ import annotations

from checks.accessibility.rule import Measures, PageCheck, Told, places

# Rounding of widths: one pixel to each side scrolls nowhere.
_ROUNDING = 2


def overflow(measures: Measures) -> Told:
    """Nothing sticks out sideways at 360 pixels (WCAG 1.4.10)."""
    narrow = measures["narrow"]
    wider = narrow["wider"]
    out = narrow["overflow"] > _ROUNDING
    return Told(
        wider["count"] if out else 0,
        narrow["elements"],
        ("overflow",) if out else (),
        places(wider["examples"], "cause", "beyond") if out else (),
        {
            "overflow_px": narrow["overflow"],
            "wider_cause": sorted({entry["cause"] for entry in wider["examples"]}) if out else [],
        },
    )


CHECK = PageCheck("mobile.overflow", 1, ("narrow",), overflow)
