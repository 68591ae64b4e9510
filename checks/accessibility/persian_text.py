"""Rules about Persian text: direction, language, contrast.

A page with little Persian text is `not_applicable`: nothing is said of a portal's English pages here.
"""

from __future__ import annotations

from checks.accessibility.rule import LITTLE_TEXT, Measures, PageRule, RuleResult, places

# A share of the letters below this is a foreign name, a code, a ticker: no fault of the page.
_FOREIGN_SHARE = 0.05
# Fewer letters than these are a word or two, whatever share of a short page they are.
_FEW_LETTERS = 20
# Left-aligned lines are normal in a table or a form; a fifth of the prose is not.
_PROSE_SHARE = 0.2
# Languages that are written in the letters counted as Persian here.
_LANGUAGES = frozenset({"fa", "prs", "ar", "ps", "ur", "ckb", "ku", "az", "azb", "bal", "mzn", "glk", "lrc"})

NOT_PERSIAN = RuleResult(0, 0, verdict="not_applicable")


def direction(measures: Measures) -> RuleResult:
    """Persian text runs from right to left, starts on the right, and so do menus."""
    wide = measures["wide"]
    text, menus, html = wide["text"], wide["menus"], wide["html"]
    letters, prose = text["persian"], text["prose"]
    if letters < LITTLE_TEXT:
        return NOT_PERSIAN
    kinds: list[str] = []
    where: list[str] = []
    if text["ltr"] >= _FEW_LETTERS and text["ltr"] > letters * _FOREIGN_SHARE:
        kinds.append("text_ltr")
        where += places(text["ltr_examples"])
    elif prose and text["left"] > prose * _PROSE_SHARE:
        kinds.append("text_left")
        where += places(text["left_examples"])
    if menus["ltr"] > menus["rtl"]:
        kinds.append("menu_ltr")
        where += places(menus["examples"])
    return RuleResult(
        text["ltr"],
        letters,
        tuple(kinds),
        tuple(where[:5]),
        {
            "declared_dir": html["dir"] or html["body_dir"],
            "left_letters": text["left"],
            "menus_rtl": menus["rtl"],
            "menus_ltr": menus["ltr"],
        },
    )


def language(measures: Measures) -> RuleResult:
    """Persian text is marked as Persian, so that a screen reader speaks it as such."""
    wide = measures["wide"]
    text = wide["text"]
    letters = text["persian"]
    if letters < LITTLE_TEXT:
        return NOT_PERSIAN
    missing = text["languages"].get("", 0)
    wrong = sum(count for name, count in text["languages"].items() if name and name not in _LANGUAGES)
    kinds = []
    if missing > letters * _FOREIGN_SHARE:
        kinds.append("language_missing")
    if wrong > letters * _FOREIGN_SHARE:
        kinds.append("language_wrong")
    where = places(text["language_examples"], "language") if kinds else ()
    return RuleResult(
        missing + wrong, letters, tuple(kinds), where, {"declared_language": wide["html"]["lang"]}
    )


def contrast(measures: Measures) -> RuleResult:
    """Persian text stands out from its ground: 4.5 to 1, large text 3 to 1 (WCAG 1.4.3)."""
    seen = measures["wide"]["contrast"]
    letters, below, unknown = seen["letters"], seen["below"], seen["unknown"]
    if letters < LITTLE_TEXT:
        return NOT_PERSIAN
    figures = {"letters_unknown": unknown, "worst_contrast": seen["worst"], **_axe_contrast(measures)}
    if below:
        where = places(seen["examples"], "ratio", "color", "background")
        return RuleResult(below, letters, ("contrast_low",), where, figures)
    if unknown * 2 > letters:
        return RuleResult(0, letters, figures=figures, verdict="inconclusive", reason="ambiguous")
    return RuleResult(0, letters, figures=figures)


def _axe_contrast(measures: Measures) -> dict[str, int]:
    """Places that axe-core names, in any language; nothing when it did not run."""
    axe = measures.get("axe")
    if axe is None:
        return {}
    return {
        "axe_contrast": sum(rule["nodes"] for rule in axe["violations"] if rule["id"] == "color-contrast")
    }


DIRECTION = PageRule(("wide",), direction)
LANGUAGE = PageRule(("wide",), language)
CONTRAST = PageRule(("wide",), contrast)
