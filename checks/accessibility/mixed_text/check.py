"""`accessibility.mixed_text`: do mixed lines keep their order, and sentences one set of digits?

Looked at: Latin words and numbers that a line of Persian tears apart, and sentences with two sets of digits. Not looked at:
which set of digits a page has.
"""

from __future__ import annotations

from checks.accessibility.persian_text import NOT_PERSIAN
from checks.accessibility.rule import LITTLE_TEXT, Measures, PageCheck, PageRule, RuleResult, places


def mixed(measures: Measures) -> RuleResult:
    """Latin words and numbers keep their order in a Persian line, and one sentence has one set of digits."""
    wide = measures["wide"]
    fragments, digits = wide["fragments"], wide["digits"]
    if wide["text"]["persian"] < LITTLE_TEXT:
        return NOT_PERSIAN
    kinds = []
    if fragments["count"]:
        kinds.append("fragment_torn")
    if digits["mixed"]:
        kinds.append("digits_mixed")
    return RuleResult(
        fragments["count"] + digits["mixed"],
        wide["text"]["persian"],
        tuple(kinds),
        places([*fragments["examples"], *digits["examples"]][:5]),
        {f"digits_{name}": digits[name] for name in ("persian", "arabic", "latin")},
    )


CHECK = PageCheck("accessibility.mixed_text", 1, PageRule(("wide",), mixed))
