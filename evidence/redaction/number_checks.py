"""Arithmetic and lists that tell a number, an address or a key from what only looks like one.

Each takes what a pattern found and says whether it is what it looks like. The lists are in `data/redaction.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[str], bool]
_HASH = re.compile(r"sha256:[0-9a-f]{64}")  # what stands for the value of a cookie
_WORD = re.compile(r"[A-Za-z]+")


def digits_of(text: str) -> list[int]:
    return [int(char) for char in text if char.isdigit()]


def is_national_id(text: str) -> bool:
    """By its check digit. A serial of zeros is never given out, nor is ten times the same digit.

    Eight or nine digits are one whose zeros a program took for those of a number.
    """
    digits = digits_of(text)
    digits = [0] * (10 - len(digits)) + digits if len(digits) >= 8 else digits
    if len(digits) != 10 or not any(digits[3:9]) or len(set(digits)) == 1:
        return False
    rest = sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return digits[9] == (rest if rest < 2 else 11 - rest)


def is_luhn(text: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits_of(text))):
        total += digit if place % 2 == 0 else sum(divmod(2 * digit, 10))
    return total % 10 == 0


def is_mod97(text: str) -> bool:
    """ISO 13616: country and check digits behind, letters as numbers. Without a country it is Iran's."""
    bare = re.sub(r"[^0-9A-Za-z]", "", text).upper()
    bare = bare if bare[:2].isalpha() else "IR" + bare
    return int("".join(str(int(char, 36)) for char in bare[4:] + bare[:4])) % 97 == 1


def is_grouped(text: str) -> bool:
    """As people write a telephone number, with its country: in six groups or fewer."""
    return len(re.findall(r"[0-9]+", text)) <= 6


def checks(data: Mapping[str, Any]) -> dict[str, Check]:
    """By the names that the rules call them. data: the rules' file."""
    iranian, brands = tuple(data["card"]["iranian"]), tuple(data["card"]["brands"])
    never = frozenset(data["national_id"]["never"])
    offices, files = frozenset(data["email"]["offices"]), tuple("." + end for end in data["email"]["files"])
    public, reports = frozenset(data["email"]["public"]), frozenset(data["email"]["reports"])
    words = frozenset(data["token"]["words"])

    def is_card(text: str) -> bool:
        digits = "".join(map(str, digits_of(text)))
        known = digits.startswith(iranian) or (digits.startswith(brands) and not re.search(r"\s", text))
        return known and is_luhn(text)

    def is_citizen(text: str) -> bool:
        return text.replace("-", "") not in never and is_national_id(text)

    def is_person(text: str) -> bool:
        """An office's address is of words for offices alone, and not with a provider where anybody has one."""
        spoken = re.sub(r"\s?[\[(]\s?dot\s?[\])]\s?", ".", text.lower())
        local, _, domain = re.sub(r"\s?[\[(]\s?(?:at|@)\s?[\])]\s?", "@", spoken).partition("@")
        if domain.endswith(files):
            return False
        if domain in public:
            return True
        parts = _WORD.findall(local)
        office = bool(parts) and all(part in offices for part in parts)
        return not office and reports.isdisjoint(domain.split("."))

    def is_value(text: str) -> bool:
        """Something stands there, and not a word of programs in its place, nor a hash of ours."""
        if len(text) < 6 or text.lower() in words or _HASH.fullmatch(text):
            return False
        return not re.search(r"[\[{$<(*]|^/|^\.", text)

    def is_key(text: str) -> bool:
        """With a digit, or longer than a word."""
        return is_value(text) and (any(char.isdigit() for char in text) or len(text) >= 24)

    def is_random(text: str) -> bool:
        """Letters and digits mixed."""
        return is_key(text) and len(text) >= 8 and any(map(str.isdigit, text)) and any(map(str.isalpha, text))

    return {
        "": lambda text: True,
        "luhn": is_card,
        "mod97": is_mod97,
        "national_id": is_citizen,
        "person": is_person,
        "spaced": is_grouped,
        "value": is_value,
        "key": is_key,
        "random": is_random,
    }
