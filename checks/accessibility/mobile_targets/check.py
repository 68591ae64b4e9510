"""`mobile.targets`: is what can be tapped large enough?"""

from __future__ import annotations

from checks.accessibility.rule import Measures, PageCheck, Told, places


def targets(measures: Measures) -> Told:
    """What can be tapped is 24 by 24 pixels, or has room around it (WCAG 2.5.8)."""
    seen = measures["narrow"]["targets"]
    if not seen["total"]:
        return Told(0, 0, verdict="not_applicable")
    return Told(
        seen["small"],
        seen["total"],
        ("target_small",) if seen["small"] else (),
        places(seen["examples"], "width", "height"),
        {"smallest_px": seen["smallest"]},
    )


CHECK = PageCheck("mobile.targets", 1, ("narrow",), targets)
