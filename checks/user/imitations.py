"""Hosts that imitate the name of a national gateway: «shaparak-pay.ir», «shaparakk.ir», «shaparak.ir.pay.example»."""

from __future__ import annotations

import re
from functools import cache

from checks.page.wordlist import known_host, table

_LEAST = 6  # a shorter name stands in others by chance: «sep» in «september»
# What is written in place of a letter to deceive.
_LOOKS = str.maketrans(
    {"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "а": "a", "е": "e", "о": "o", "р": "p"}
)
_RUNS = str.maketrans({"l": "i"})


def imitates(name: str) -> bool:
    """Whether a host that is no known gateway carries the name of one, or one that differs by a letter."""
    if known_host("payment", name) or known_host("sso", name):
        return False
    shown = _unpunycoded(name).translate(_LOOKS)
    parts = [part for label in shown.split(".") for part in (label, *label.split("-"))]
    return any(_like(part, mark) for part in dict.fromkeys(parts) for mark in _names())


@cache
def _names() -> tuple[str, ...]:
    """The labels that the known gateways are called by."""
    return tuple(entry.split(".")[0] for entry in table("page/words/lexicon.json")["hosts"]["payment"])


def _unpunycoded(name: str) -> str:
    try:
        return name.encode("ascii", "ignore").decode("idna") if "xn--" in name else name
    except UnicodeError:
        return name


def _like(part: str, mark: str) -> bool:
    if len(mark) < _LEAST:
        return False
    plain = re.sub(r"[^a-z]", "", part.lower())
    return mark in plain or plain.translate(_RUNS) == mark.translate(_RUNS) or _one_letter_off(plain, mark)


def _one_letter_off(one: str, other: str) -> bool:
    """Whether a letter more, less, changed, or two in the other order makes one of the other."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    short, long = sorted((one, other), key=len)
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[:at] + short[at + 1 : at + 2] + short[at : at + 1] + short[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or swapped == long
