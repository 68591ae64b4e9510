"""Persian text, folded for comparison. Display always keeps the original.

Rules: NFKC; Arabic yeh and kaf to Persian; tatweel, vowel marks, zero-width non-joiner and bidi controls
dropped; the three digit sets to ASCII. What is folded is the same under every supported Python.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

ARABIC_LETTERS = "\u0620-\u06d3"
"""Letters of Persian, Arabic and their neighbours, for a class in a pattern."""
# Signs that stand in patterns elsewhere, where a letter or mark of Arabic script would hide among Latin ones.
COMMA, SEMICOLON, QUESTION_MARK = "،", "؛", "؟"
QUESTION_MARKS = (QUESTION_MARK, "?")
THOUSANDS, DECIMAL, PERCENT = "٬", "٫", "٪"
TATWEEL, NON_JOINER = "ـ", "\u200c"

_LETTERS = {
    "ي": "ی",
    "ى": "ی",
    "ئ": "ی",
    "ك": "ک",
    "ة": "ه",
    "ۀ": "ه",
    "أ": "ا",
    "إ": "ا",
    "ٱ": "ا",
    "ؤ": "و",
    "آ": "ا",
}
_ALIKE = str.maketrans(_LETTERS)
_DROPPED = [
    0x0640,  # tatweel
    *range(0x064B, 0x0660),  # vowel marks
    0x0670,
    *range(0x06D6, 0x06EE),
    0x200B,
    0x200C,  # zero-width non-joiner
    0x200D,
    0x200E,
    0x200F,
    *range(0x202A, 0x202F),
    0x2060,
    *range(0x2066, 0x206A),
    0xFEFF,
    0x00AD,
]
DIGITS: Mapping[int, str | None] = {
    ord(digit): str(value) for digits in ("۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩") for value, digit in enumerate(digits)
}
# What Arabic keyboards write for Persian letters.
KEYBOARD_LETTERS = {ord(typed): meant for typed, meant in zip("يىك", "ییک", strict=True)}
# As parts of a class in a regular expression.
PERSIAN_LETTERS = "\u0621-\u063a\u0641-\u064a\u067e\u0686\u0698\u06a9\u06af\u06cc"
VOWEL_MARKS = "\u064b-\u0652"
# Letters and digits that Unicode got after 14.0, the version of the oldest supported Python. Whether they are letters
# would depend on the Python that reads, so to all of them they are none.
_NEWER = (
    (0x1123F, 0x11240), (0x11F02, 0x11F02), (0x11F04, 0x11F10), (0x11F12, 0x11F33), (0x11F50, 0x11F59),
    (0x1342F, 0x1342F), (0x13441, 0x13446), (0x1B132, 0x1B132), (0x1B155, 0x1B155), (0x1D2C0, 0x1D2D3),
    (0x1DF25, 0x1DF2A), (0x1E4D0, 0x1E4EB), (0x1E4F0, 0x1E4F9), (0x2B739, 0x2B739), (0x2EBF0, 0x2EE5D),
    (0x31350, 0x323AF),
)  # fmt: skip
# And those of them that newer Pythons take apart: raised Cyrillic letters.
_RAISED = "абвгдежзиклмопрстуфхцчшыэюꚉәіјөүӏабвгдежзиклопсуфхцчшъыґіѕџҫꙑұ"
_FOLD: dict[int, str | None] = {
    **{code: "\ufffd" for first, last in _NEWER for code in range(first, last + 1)},
    **dict(enumerate(_RAISED, 0x1E030)),
    **{ord(a): b for a, b in _LETTERS.items()},
    **dict.fromkeys(_DROPPED),
    **DIGITS,
}
_GROUPED = re.compile(rf"(?<=\d)[,{THOUSANDS}{COMMA}](?=\d{{3}}(?!\d))")
# Four letters that Arabic lacks stand behind all others in Unicode.
_PLACES = {ord(letter): chr(0x0621 + n) for n, letter in enumerate("ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی")}
_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def digits(text: str) -> str:
    """Persian and Arabic-Indic digits to ASCII, nothing else touched."""
    return text.translate(DIGITS)


def letters(text: str) -> str:
    """Letters as `fold` leaves them, each in its place, and nothing else touched."""
    return text.translate(_ALIKE)


def ungrouped(text: str) -> str:
    """Numbers of ASCII digits without the marks between their thousands: "12,500" is "12500"."""
    return _GROUPED.sub("", text)


def fold(text: str) -> str:
    """Folded for comparison: letters, digits and marks unified, lower case, white space single."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_FOLD).lower().split())


def alphabetical(text: str) -> str:
    """What texts are sorted by, to stand as in a Persian dictionary."""
    return fold(text).translate(_PLACES)


def tight(text: str) -> str:
    """Folded, with every space and punctuation mark removed: «میز خدمت» and «میزخدمت» are one."""
    return "".join(char for char in fold(text) if char.isalnum())


def persian_digits(text: str) -> str:
    """ASCII digits to Persian ones, for prose in Persian."""
    return text.translate(_PERSIAN_DIGITS)


def arabic_digits(text: str) -> str:
    """ASCII digits to Arabic-Indic ones, as some portals write them."""
    return text.translate(_ARABIC_DIGITS)
