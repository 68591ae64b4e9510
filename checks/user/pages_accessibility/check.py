"""`pages.accessibility` (U08): how many serious faults stand between a page and people with disabilities?

Counted: rules of WCAG 2.1 A and AA that axe-core finds broken with serious or critical impact, and own rules about
reading from right to left and about the keyboard, which axe-core lacks. A fault that both tell is counted once. Not
counted: minor and moderate faults, advice, what axe-core leaves to people.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checks.accessibility.persian_text import CONTRAST, DIRECTION, LANGUAGE
from checks.accessibility.rule import Measures
from checks.accessibility.without_mouse import KEYBOARD
from checks.case import Case
from checks.finding import Finding
from checks.reasons import UNSEEN
from checks.user.page_tests import by_rule, measured_pages, page_finding

_SERIOUS = ("critical", "serious")
# Own faults that are as grave, each with the rules of axe-core that tell of the same.
_OWN: dict[str, tuple[str, ...]] = {
    "text_ltr": (),
    "text_left": (),
    "menu_ltr": (),
    "language_missing": ("html-has-lang", "html-lang-valid", "valid-lang"),
    "language_wrong": ("html-lang-valid", "valid-lang"),
    "contrast_low": ("color-contrast",),
    "entry_mouse_only": ("scrollable-region-focusable",),
    "mouse_only": (),
    "focus_caught": (),
}
_RULES = (DIRECTION, LANGUAGE, CONTRAST, KEYBOARD)


class PagesAccessibility:
    """One finding for each measured page: the number of its serious and critical faults."""

    id = "pages.accessibility"
    version = 1
    reasons = UNSEEN
    words = ("page/words/pages.toml",)

    def judge(self, case: Case) -> Iterator[Finding]:
        for look, reason in measured_pages(case, "wide", "axe"):
            if look is None or reason is not None:
                yield page_finding(self, case, look, "inconclusive", reason, {}, "page_is_accessible")
                continue
            observed = _counted(look.measures)
            verdict = "partial" if observed["violations"] else "verified"
            yield page_finding(self, case, look, verdict, None, observed, "page_is_accessible")


def _counted(measures: Measures) -> dict[str, Any]:
    broken = [
        rule
        for rule in measures["axe"]["violations"]
        if rule["impact"] in _SERIOUS and "best-practice" not in rule["tags"]
    ]
    named = {rule["id"] for rule in broken}
    own: list[str] = []
    where = [f"{place['selector']} ({rule['id']})" for rule in broken for place in rule["places"][:1]]
    for rule in _RULES:
        _, kinds, shown = by_rule(rule, measures)
        told = [kind for kind in kinds if kind in _OWN and not named & set(_OWN[kind])]
        own += told
        where += shown[:1] if told else ()
    return {
        "violations": len(broken) + len(own),
        "axe_rule": [rule["id"] for rule in broken],
        "page_fault": own,
        "places": where[:8],
        "axe_version": measures["axe"]["version"],
    }


CHECK = PagesAccessibility()
