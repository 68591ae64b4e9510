"""Text as the rules of redaction read it: one way of writing a digit, and no escapes.

A page may write a digit in Persian, a JSON string a name or an @ as an escape, an address an = as %3D. Rules would otherwise
have to know all of that. Every place of the text read so is a place of the text as it stands.
"""

from __future__ import annotations

import bisect
import html
import re
import urllib.parse
from collections.abc import Callable
from functools import lru_cache

_ONE_FOR_ONE = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩０１２３４５６７８９يك", "012345678901234567890123456789یک")
# A letter of Persian, a digit, a blank or a sign that rules look at, in the notation of HTML, of JSON and scripts, or of addresses: there
# escaped again by what carries the address. Numbers are hexadecimal: of ASCII what rules know, and digits.
_SIGNS = "2[0236789bcdef]|3[0-9abdf]|40|5[bcdf]"
_ESCAPE = re.compile(
    rf"""\\{{1,4}}(?:u00(?:{_SIGNS}|a0)|u06[0-9a-f]{{2}}|u200[c-f]|x(?:{_SIGNS})|[nrt"'/])"""
    rf"|&#(?:15[3-9][0-9]|1[67][0-9]{{2}}|3[24589]|4[013-9]|5[0-9]|6[134]|9[135]|160|820[4-7]);"
    rf"|&#x0{{0,4}}(?:{_SIGNS}|a0|6[0-9a-f]{{2}}|200[c-f]);"
    r"|&(?:nbsp|zwnj|lrm|rlm|commat|plus|amp|quot|apos|equals|quest|lowbar|sol|colon|semi|num|period);"
    rf"|%(?:25){{0,2}}(?:D[89AB]%(?:25){{0,2}}[89AB][0-9A-F]|{_SIGNS})",
    re.IGNORECASE,
)


def plain(text: str) -> tuple[str, Callable[[int], int]]:
    """The text as rules read it, and where a place in it is in the original."""
    text = text.translate(_ONE_FOR_ONE)
    parts: list[str] = []
    here, there = [0], [0]  # after each escape: place in the plain text, place in the original
    at = size = 0
    for match in _ESCAPE.finditer(text):
        parts += (text[at : match.start()], _undone(match.group()))
        size += match.start() - at + 1
        at = match.end()
        here.append(size)
        there.append(at)
    if not parts:
        return text, lambda place: place

    def original(place: int) -> int:
        mark = bisect.bisect_right(here, place) - 1
        return there[mark] + place - here[mark]

    return "".join((*parts, text[at:])), original


@lru_cache(maxsize=4096)
def _undone(escape: str) -> str:
    """The one character that an escape stands for."""
    if escape.startswith("%"):
        for _ in range(3):
            escape = urllib.parse.unquote(escape)
    elif escape.startswith("&"):
        escape = html.unescape(escape.lower())
    else:
        escape = escape.lstrip("\\")
        escape = chr(int(escape[1:], 16)) if escape[0] in "uUxX" else escape if escape in "\"'/" else " "
    return escape.translate(_ONE_FOR_ONE)
