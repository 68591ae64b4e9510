"""`accessibility.axe`: are the rules of WCAG 2.1 A and AA kept that axe-core can decide?

Looked at: its violations, with their impact. Not looked at: its advice, which is counted apart, and what it leaves to people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from checks.accessibility.rule import Measures, PageCheck, PageRule, RuleResult

_IMPACTS = ("critical", "serious", "moderate", "minor")


def axe(measures: Measures) -> RuleResult:
    """No rule of WCAG 2.1 A and AA that axe-core can decide is broken. Its advice (best-practice) is counted apart."""
    found = measures["axe"]
    broken = [rule for rule in found["violations"] if "best-practice" not in rule["tags"]]
    impacts: Counter[str] = Counter()
    for rule in broken:
        impacts[rule["impact"] or "minor"] += rule["nodes"]
    return RuleResult(
        len(broken),
        found["passed"] + len(found["violations"]),
        ("axe_violations",) if broken else (),
        tuple(_place(rule) for rule in broken[:8]),
        {
            "axe_rule": [rule["id"] for rule in broken],
            "axe_places": sum(rule["nodes"] for rule in broken),
            "axe_impacts": {name: impacts[name] for name in _IMPACTS if impacts[name]},
            "axe_advice": len(found["violations"]) - len(broken),
            "axe_undecided": len(found["incomplete"]),
            "axe_version": found["version"],
        },
    )


def _place(rule: Mapping[str, Any]) -> str:
    first = next((place["selector"] for place in rule["places"]), "")
    return f"{first} ({rule['id']}, {rule['nodes']})"


CHECK = PageCheck("accessibility.axe", 1, PageRule(("axe",), axe))
