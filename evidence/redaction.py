"""Takes personal data out of text by rule, and says how much of what kind.

The rules are in `data/redaction.toml`. They are precise rather than greedy: a number of ten digits goes when it is
a national id by its check digit and nothing before it says that it is something else. What is found is replaced by
a mark, `[redacted:mobile:1]`; the same value has the same number within one document. No hash stands for it: ten
digits are guessed in no time. Not here: headers, records, findings (`evidence.redaction_records`).
"""

from __future__ import annotations

import bisect
import hashlib
import html
import re
import tomllib
import urllib.parse
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

# What may be left in by who answers for it; marks that a page writes itself may not.
KINDS = frozenset({"card", "cookie", "email", "mobile", "national_id", "secret", "sheba"})
MARKER = re.compile(rb"\[redacted:([a-z_]{1,20}):[0-9]{1,9}\]")

_ONE_FOR_ONE = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩０１２３４５６７８９يك", "012345678901234567890123456789یک")
# A digit, a space or an @ in the notation of HTML, of JSON or of addresses.
_ESCAPE = re.compile(
    r"\\u06[fF][0-9]|\\u066[0-9]|\\u00[23][0-9]|\\u0040|\\u200[c-fC-F]|\\[nrt]"
    r"|&#(?:17(?:7[6-9]|8[0-5])|16(?:3[2-9]|4[01])|4[0135689]|5[0-7]|64|32|160|820[4-7]);"
    r"|&(?:nbsp|zwnj|lrm|rlm|commat|plus);"
    r"|%DB%B[0-9]|%D9%A[0-9]|%(?:20|2[689BCD]|3[0-9ABD]|40)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """check: says of the whole match whether it is what it looks like. sure, stays, needs: names before it, or None.

    tells: how many of its last characters tell one from another; 0 for all.
    """

    kind: str
    pattern: re.Pattern[str]
    check: Callable[[str], bool]
    sure: re.Pattern[str] | None
    stays: re.Pattern[str] | None
    needs: re.Pattern[str] | None
    tells: int


@dataclass(frozen=True, slots=True)
class Rules:
    """window: how far before a number its name is looked for. sha256: of the rules. kept: kinds that stay in.
    The rest: lower-case names of headers.
    """

    rules: tuple[Rule, ...]
    window: int
    sha256: str
    kept: frozenset[str]
    cookies: frozenset[str]
    secrets: frozenset[str]
    technical: frozenset[str]
    own: frozenset[str]
    attributes: frozenset[str]

    def keeping(self, kinds: Collection[str]) -> Rules:
        """The rules without those of some kinds. Raises ValueError for a kind that there is not, or has to go."""
        if unknown := set(kinds) - KINDS:
            raise ValueError(", ".join(sorted(unknown)))
        rules = tuple(rule for rule in self.rules if rule.kind not in kinds)
        return replace(self, rules=rules, kept=frozenset(kinds))


class Redactor:
    """Redacts one document. `counts`: replacements so far, by kind."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.counts: dict[str, int] = {}
        self._numbers: dict[str, dict[str, int]] = {}  # by kind and value

    def text(self, text: str) -> str:
        """The text with a mark for everything that a rule finds; itself when none does."""
        parts: list[str] = []
        at = 0
        for start, end, kind, value in _found(text, self.rules):
            parts += (text[at:start], self._mark(kind, value))
            at = end
        return "".join((*parts, text[at:])) if parts else text

    def counted(self, kind: str) -> None:
        """What is replaced by other means counts as well."""
        self.counts[kind] = self.counts.get(kind, 0) + 1

    def _mark(self, kind: str, value: str) -> str:
        self.counted(kind)
        known = self._numbers.setdefault(kind, {})
        return f"[redacted:{kind}:{known.setdefault(value, len(known) + 1)}]"


def _found(text: str, rules: Rules) -> list[tuple[int, int, str, str]]:
    """(start, end, kind, value without separators), in order; what overlaps is one, of the first rule's kind."""
    plain, place = _plain(text)
    hits: list[tuple[int, int, int, str]] = []
    for rank, rule in enumerate(rules.rules):
        for match in rule.pattern.finditer(plain):
            before = plain[max(0, match.start() - rules.window) : match.start()]
            if rule.check(match.group()) and not _is_another(rule, before):
                value = re.sub(r"[^0-9A-Za-z@]", "", match.group())[-rule.tells :]
                hits.append((place(match.start()), place(match.end()), rank, value))
    joined: list[tuple[int, int, int, str]] = []
    for start, end, rank, value in sorted(hits):
        if joined and start < joined[-1][1]:
            first, last, known_rank, known_value = joined.pop()
            start, end = first, max(end, last)
            rank, value = min((rank, value), (known_rank, known_value))
        joined.append((start, end, rank, value))
    return [(start, end, rules.rules[rank].kind, value) for start, end, rank, value in joined]


def _is_another(rule: Rule, before: str) -> bool:
    """The nearest name before a number says that it is something else, or nothing says what it is."""
    if rule.needs is not None and not rule.needs.search(before):
        return True
    if rule.stays is None:
        return False
    stays = max((match.start() for match in rule.stays.finditer(before)), default=-1)
    sure = max((match.end() for match in rule.sure.finditer(before)), default=0) if rule.sure else 0
    return stays >= sure


def _plain(text: str) -> tuple[str, Callable[[int], int]]:
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


def _undone(escape: str) -> str:
    """The one character that an escape stands for."""
    if escape.startswith("%"):
        return urllib.parse.unquote(escape).translate(_ONE_FOR_ONE)
    if escape.startswith("&"):
        return html.unescape(escape).translate(_ONE_FOR_ONE)
    return chr(int(escape[2:], 16)).translate(_ONE_FOR_ONE) if escape.startswith("\\u") else " "


def digits_of(text: str) -> list[int]:
    return [int(char) for char in text if char.isdigit()]


def is_national_id(text: str) -> bool:
    """By its check digit. A serial of zeros is never given out, nor is ten times the same digit."""
    digits = digits_of(text)
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


@cache
def load_rules() -> Rules:
    content = (files("evidence") / "data" / "redaction.toml").read_bytes()
    data = tomllib.loads(content.decode("utf-8"))
    iranian, brands = tuple(data["card"]["iranian"]), tuple(data["card"]["brands"])
    never = frozenset(data["national_id"]["never"])
    offices, names = frozenset(data["email"]["offices"]), tuple("." + end for end in data["email"]["files"])

    def is_card(text: str) -> bool:
        digits = "".join(map(str, digits_of(text)))
        known = digits.startswith(iranian) or (digits.startswith(brands) and not re.search(r"\s", text))
        return known and is_luhn(text)

    def is_citizen(text: str) -> bool:
        return text.replace("-", "") not in never and is_national_id(text)

    def is_person(text: str) -> bool:
        words = re.split(r"[^a-z]+", text.partition("@")[0].lower())
        return not text.lower().endswith(names) and not offices.intersection(words)

    def is_grouped(text: str) -> bool:
        """As people write a telephone number, with its country: in six groups or fewer."""
        return len(re.findall(r"[0-9]+", text)) <= 6

    checks: dict[str, Callable[[str], bool]] = {
        "": lambda text: True,
        "luhn": is_card,
        "mod97": is_mod97,
        "national_id": is_citizen,
        "person": is_person,
        "spaced": is_grouped,
    }
    headers = {name: frozenset(values) for name, values in data["headers"].items()}
    digest = hashlib.sha256(content).hexdigest()
    return Rules(tuple(_rules(data, checks)), data["window"], digest, frozenset(), **headers)


def _rules(data: dict[str, object], checks: dict[str, Callable[[str], bool]]) -> Iterator[Rule]:
    rules, separator = data["rule"], str(data["separator"])
    assert isinstance(rules, list)
    for rule in rules:
        names = ("sure", "stays", "needs")
        sure, stays, needs = (re.compile(rule[name]) if name in rule else None for name in names)
        pattern = re.compile(rule["pattern"].replace("<S>", separator))
        yield Rule(
            rule["kind"], pattern, checks[rule.get("check", "")], sure, stays, needs, rule.get("tells", 0)
        )
