"""`mobile.viewport`: does a page take the width of a telephone, and may it be enlarged?"""

from __future__ import annotations

import re

from checks.accessibility.rule import Measures, PageCheck, Told

_LEAST_ZOOM = 2.0

_SEPARATOR = re.compile(r"(?<![,;\s])[,;\s]++(?=[a-z-]++\s*+=)")


def viewport(measures: Measures) -> Told:
    """The page takes the telephone's width and may be enlarged twofold (WCAG 1.4.4)."""
    content = measures["wide"]["viewport"]
    if content is None:
        return Told(1, 1, ("viewport_missing",))
    values = _values(content)
    kinds = []
    if values.get("width", "device-width" if "initial-scale" in values else "") != "device-width":
        kinds.append("viewport_fixed")
    largest = _number(values.get("maximum-scale"))
    if values.get("user-scalable") in ("no", "0") or (largest is not None and largest < _LEAST_ZOOM):
        kinds.append("zoom_off")
    return Told(len(kinds), 1, tuple(kinds), (), {"viewport": content})


def _values(content: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in _SEPARATOR.split(content.lower()))
    return {name.strip(): value.strip(" ,;") for name, _, value in pairs}


def _number(text: str | None) -> float | None:
    match = re.match(r"\d+(?:\.\d*)?|\.\d+", text or "")
    return float(match.group()) if match else None


CHECK = PageCheck("mobile.viewport", 1, ("wide",), viewport)
