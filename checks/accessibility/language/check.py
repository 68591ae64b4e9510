"""`accessibility.language`: is Persian text marked as Persian?"""

from __future__ import annotations

from checks.accessibility.persian_text import FOREIGN_SHARE, NOT_PERSIAN
from checks.accessibility.rule import LITTLE_TEXT, Measures, PageCheck, Told, places

# Languages that are written in the letters counted as Persian here.
_LANGUAGES = frozenset({"fa", "prs", "ar", "ps", "ur", "ckb", "ku", "az", "azb", "bal", "mzn", "glk", "lrc"})


def language(measures: Measures) -> Told:
    """Persian text is marked as Persian, so that a screen reader speaks it as such."""
    wide = measures["wide"]
    text = wide["text"]
    letters = text["persian"]
    if letters < LITTLE_TEXT:
        return NOT_PERSIAN
    missing = text["languages"].get("", 0)
    wrong = sum(count for name, count in text["languages"].items() if name and name not in _LANGUAGES)
    kinds = []
    if missing > letters * FOREIGN_SHARE:
        kinds.append("language_missing")
    if wrong > letters * FOREIGN_SHARE:
        kinds.append("language_wrong")
    where = places(text["language_examples"], "language") if kinds else ()
    return Told(missing + wrong, letters, tuple(kinds), where, {"declared_language": wide["html"]["lang"]})


CHECK = PageCheck("accessibility.language", 1, ("wide",), language)
