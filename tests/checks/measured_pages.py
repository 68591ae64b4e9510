"""Captures of measured pages, as the browser's measuring visit leaves them, for checks that read them."""

from __future__ import annotations

import copy
import json
from typing import Any

from evidence.records import AccessibilityFacts

PORTAL = "https://portal.test/"
NONE: dict[str, Any] = {"count": 0, "examples": []}
VISIT: dict[str, Any] = {
    "requests": 12, "bytes": 400_000, "withheld": 0, "failed": 0, "hosts_total": 1,
    "hosts": [{"host": "portal.test", "requests": 12, "withheld": 0, "failed": 0, "bytes": 400_000,
               "kinds": ["document", "image"], "by": "", "url": PORTAL}],
    "cookies": [], "cookies_total": 0, "storage": {"local": [], "session": []},
    "exceptions": 0, "exception_examples": [],
}  # fmt: skip
# Nothing is wrong with this page.
GOOD: dict[str, Any] = {
    "wide": {
        "html": {"lang": "fa", "dir": "rtl", "body_dir": "", "direction": "rtl"},
        "viewport": "width=device-width", "elements": 90, "whole": True,
        "text": {"persian": 900, "latin": 9, "rtl": 900, "ltr": 0, "prose": 800, "left": 0, "languages": {"fa": 900},
                 "ltr_examples": [], "left_examples": [], "language_examples": []},
        "menus": {"rtl": 1, "ltr": 0, "examples": []},
        "fragments": NONE,
        "digits": {"persian": 9, "arabic": 0, "latin": 0, "mixed": 0, "examples": []},
        "contrast": {"letters": 900, "below": 0, "unknown": 0, "worst": None, "examples": []},
        "images": {"total": 3, "without": 0, "examples": []},
        "fields": {"total": 2, "without": 0, "placeholder": 0, "examples": []},
        "tabindex": {"positive": 0, "examples": []},
        "controls": [
            {"tag": "a", "selector": "a", "text": "ثبت درخواست", "href": True, "handled": False, "pointer": True,
             "focusable": True, "submit": False, "disabled": False},
        ],
    },
    "narrow": {
        "width": 360, "overflow": 0, "wider": NONE, "elements": 90, "whole": True,
        "targets": {"total": 5, "small": 0, "smallest": None, "examples": []},
        "fonts": {"letters": 900, "small": 0, "smallest": 14, "examples": []},
    },
    "tab": {"order": [0], "dialog": False, "ended": "round"},
    "axe": {"version": "4.12.1", "passed": 30, "violations": [], "incomplete": []},
    "visit": VISIT,
}  # fmt: skip


def changed(changes: dict[str, Any], base: dict[str, Any] = GOOD) -> dict[str, Any]:
    """The good page with values put at paths like `wide.text.left`."""
    made = copy.deepcopy(base)
    for path, value in changes.items():
        *above, last = path.split(".")
        at = made
        for name in above:
            at = at[name]
        at[last] = value
    return made


def without(*parts: str) -> dict[str, Any]:
    return {name: None if name in parts else value for name, value in GOOD.items()}


def violation(id: str, impact: str | None = "serious", *tags: str, nodes: int = 1) -> dict[str, Any]:
    return {"id": id, "impact": impact, "nodes": nodes, "tags": list(tags or ("wcag2a",)),
            "places": [{"selector": "div", "html": "<div>"}]}  # fmt: skip


def measured(
    seen: Any, url: str = PORTAL, measures: object = GOOD, *, at: float = 30.0, **changes: Any
) -> Any:
    """The capture of a measuring visit. measures: what it found; bytes stand as they are."""
    values: dict[str, Any] = {
        "status": 200,
        "final_url": url,
        "finished": True,
        "failure": None,
        "axe": "done",
    }
    facts = AccessibilityFacts(**{**values, **changes})
    body = measures if isinstance(measures, bytes) else json.dumps(measures).encode()
    return seen._add("accessibility", url, at, facts, body=body)
