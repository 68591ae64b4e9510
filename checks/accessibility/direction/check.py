"""`accessibility.direction`: does Persian text run from right to left?"""

from __future__ import annotations

from checks.accessibility.persian_text import FOREIGN_SHARE, NOT_PERSIAN
from checks.accessibility.rule import LITTLE_TEXT, Measures, PageCheck, Told, places

_FEW_LETTERS = 20

# Left-aligned lines are normal in a table or a form; a fifth of the prose is not.
_PROSE_SHARE = 0.2


def direction(measures: Measures) -> Told:
    """Persian text runs from right to left, starts on the right, and so do menus."""
    wide = measures["wide"]
    text, menus, html = wide["text"], wide["menus"], wide["html"]
    letters, prose = text["persian"], text["prose"]
    if letters < LITTLE_TEXT:
        return NOT_PERSIAN
    kinds: list[str] = []
    where: list[str] = []
    if text["ltr"] >= _FEW_LETTERS and text["ltr"] > letters * FOREIGN_SHARE:
        kinds.append("text_ltr")
        where += places(text["ltr_examples"])
    elif prose and text["left"] > prose * _PROSE_SHARE:
        kinds.append("text_left")
        where += places(text["left_examples"])
    if menus["ltr"] > menus["rtl"]:
        kinds.append("menu_ltr")
        where += places(menus["examples"])
    return Told(
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


CHECK = PageCheck("accessibility.direction", 1, ("wide",), direction)
