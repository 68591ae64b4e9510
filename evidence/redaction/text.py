"""Takes personal data out of text by rule, and says how much of what kind.

The rules are in `data/redaction.toml`. They are precise rather than greedy: a number of ten digits goes when it is
a national id by its check digit and nothing before it says that it is something else. What is found is replaced by
a mark, `[redacted:mobile:1]`; the same value has the same number within one document. No hash stands for it: ten
digits are guessed in no time. Not here: headers, records, findings (`evidence.redaction.records`); how text is read
(`evidence.redaction.plain`); arithmetic (`evidence.redaction.number_checks`).
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from evidence.redaction.number_checks import Check, checks
from evidence.redaction.plain import plain

# What may be left in by who answers for it; marks that a page writes itself may not.
KINDS = frozenset({"card", "cookie", "email", "mobile", "national_id", "secret", "sheba", "token"})
MARKER = re.compile(rb"\[redacted:([a-z_]{1,20}):[0-9]{1,9}\]")

_SHORTEST_KEY, _LONGEST_KEY, _MOST_KEYS = 12, 4096, 100
_HEADER_LINE = re.compile(r"(?<![\w.-])([A-Za-z][\w-]{3,60}):[ \t]{0,4}([^\r\n<>]{6,4096})")
_PAIR = re.compile(r"""(?:\A|(?<=[;,\s"']))([\w.$-]{1,80})=([^\s;,"'`<>]{1,4096})""")
_SECRET = re.compile(
    r"(?i)(?:(basic|bearer|digest|negotiate|ntlm|token|apikey)[ \t]{1,4})?([^\s;,\"'`<>]{6,4096})"
)
_TAG = re.compile(r"<(?:input|meta)(?=[\s/])[^<>]*", re.IGNORECASE)
_TAG_VALUE = re.compile(r"""(?<![\w-])(?:value|content)\s{0,3}=\s{0,3}["']?([^\s"'<>]+)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RedactionRule:
    """check: says of the whole match whether it is what it looks like. sure, stays, needs: names before it, or None.

    tells: how many of its last characters tell one from another; 0 for all. Of a pattern with a group `value` that
    group is what is found.
    """

    kind: str
    pattern: re.Pattern[str]
    check: Check
    sure: re.Pattern[str] | None
    stays: re.Pattern[str] | None
    needs: re.Pattern[str] | None
    tells: int


@dataclass(frozen=True, slots=True)
class RedactionRules:
    """window: how far before a number its name is looked for. sha256: of the rules. kept: kinds that stay in.
    field: the name of a form's field that holds a key, and `field_check` what its value has to be. key: such a name, and
    `key_check` what a value has to be where nothing but the name says so.
    The rest: lower-case names of headers.
    """

    rules: tuple[RedactionRule, ...]
    key: re.Pattern[str]
    field: re.Pattern[str]
    field_check: Check
    key_check: Check
    window: int
    sha256: str
    kept: frozenset[str]
    secrets: frozenset[str]
    technical: frozenset[str]
    own: frozenset[str]
    attributes: frozenset[str]

    def keeping(self, kinds: Collection[str]) -> RedactionRules:
        """The rules without those of some kinds. Raises ValueError for a kind that there is not, or has to go."""
        if unknown := set(kinds) - KINDS:
            raise ValueError(", ".join(sorted(unknown)))
        rules = tuple(rule for rule in self.rules if rule.kind not in kinds)
        return replace(self, rules=rules, kept=frozenset(kinds))

    def only(self, kinds: Collection[str]) -> RedactionRules:
        """The rules of these kinds."""
        rules = tuple(rule for rule in self.rules if rule.kind in kinds)
        return replace(self, rules=rules, kept=KINDS - set(kinds))

    def is_cookie(self, header: str) -> bool:
        """Whether a header, lower case, has cookies in it."""
        return "cookie" in header

    def is_secret(self, header: str) -> bool:
        """Whether the value of a header, lower case, is a key."""
        return header in self.secrets or self.key.fullmatch(header) is not None


class Redactor:
    """Redacts one document. `counts`: replacements so far, by kind. `known`: keys of sessions met so far.

    known: keys that go wherever they stand, since a page repeats its cookie in a script, under no name. number: of the mark
    of a kind and a value; None counts them within the document.
    """

    def __init__(
        self,
        rules: RedactionRules,
        known: Collection[str] = (),
        number: Callable[[str, str], int] | None = None,
    ) -> None:
        self.rules = rules
        self.known = dict.fromkeys(known)
        self.counts: dict[str, int] = {}
        self._number = number
        self._numbers: dict[str, dict[str, int]] = {}  # by kind and value

    def text(self, text: str, before: str = "", *, keys: bool = True) -> str:
        """The text with a mark for everything that a rule finds; itself when none does. before: what stands before
        it and is no part of it, a name that says what it is. keys: those of sessions go as well.
        """
        parts: list[str] = []
        at = 0
        for start, end, kind, value in _found(before + text, self.rules, self.known):
            if kind == "token" and not keys:
                continue
            start, end = start - len(before), end - len(before)
            if kind == "token":
                self.learn(plain(text[max(start, 0) : end])[0])
            if end > at:
                parts += (text[at : max(start, at)], self._mark(kind, value))
                at = end
        return "".join((*parts, text[at:])) if parts else text

    def learn(self, secret: str) -> None:
        """A key that can be nothing else: letters and digits, and long enough to be told from a word."""
        long = _SHORTEST_KEY <= len(secret) <= _LONGEST_KEY and len(self.known) < _MOST_KEYS
        if long and any(map(str.isdigit, secret)) and any(map(str.isalpha, secret)):
            self.known[secret] = None

    def counted(self, kind: str) -> None:
        """What is replaced by other means counts as well."""
        self.counts[kind] = self.counts.get(kind, 0) + 1

    def _mark(self, kind: str, value: str) -> str:
        self.counted(kind)
        if self._number is not None:
            return f"[redacted:{kind}:{self._number(kind, value)}]"
        known = self._numbers.setdefault(kind, {})
        return f"[redacted:{kind}:{known.setdefault(value, len(known) + 1)}]"


def _found(text: str, rules: RedactionRules, known: Collection[str] = ()) -> list[tuple[int, int, str, str]]:
    """(start, end, kind, value without separators), in order; what overlaps is one, of the first rule's kind."""
    read, place = plain(text)
    hits: list[tuple[int, int, int, str]] = []
    for rank, rule in enumerate(rules.rules):
        group = "value" if "value" in rule.pattern.groupindex else 0
        for match in rule.pattern.finditer(read):
            found, (start, end) = match.group(group), match.span(group)
            before = read[max(0, start - rules.window) : start]
            if rule.check(found) and not _is_another(rule, before):
                hits.append((place(start), place(end), rank, _bare(found)[-rule.tells :]))
    if "token" not in rules.kept:
        for start, end in (*_fields(read, rules), *_header_lines(read, rules)):
            hits.append((place(start), place(end), len(rules.rules), _bare(read[start:end])))
        for secret in known:
            at = read.find(secret)
            while at >= 0:
                hits.append((place(at), place(at + len(secret)), len(rules.rules), _bare(secret)))
                at = read.find(secret, at + len(secret))
    joined: list[tuple[int, int, int, str]] = []
    for start, end, rank, value in sorted(hits):
        if joined and start < joined[-1][1]:
            first, last, known_rank, known_value = joined.pop()
            start, end = first, max(end, last)
            rank, value = min((rank, value), (known_rank, known_value))
        joined.append((start, end, rank, value))
    kinds = [*(rule.kind for rule in rules.rules), "token"]
    return [(start, end, kinds[rank], value) for start, end, rank, value in joined]


def _bare(found: str) -> str:
    return re.sub(r"[^0-9A-Za-z@]", "", found)


def _fields(text: str, rules: RedactionRules) -> Iterator[tuple[int, int]]:
    """Values of hidden fields and the like whose name says that they are keys, in whatever order a tag has them."""
    for tag in _TAG.finditer(text):
        value = _TAG_VALUE.search(tag.group()) if rules.field.search(tag.group()) else None
        if value is not None and rules.field_check(value.group(1)):
            yield tag.start() + value.start(1), tag.start() + value.end(1)


def _header_lines(text: str, rules: RedactionRules) -> Iterator[tuple[int, int]]:
    """Values of headers that a text quotes, as a console, a log or a page of errors does: of every cookie, and of keys."""
    for line in _HEADER_LINE.finditer(text):
        name, at = line.group(1).lower(), line.start(2)
        if rules.is_cookie(name):
            for pair in _PAIR.finditer(line.group(2)):
                of_set = name.startswith("set-") and pair.start() > 0
                attribute = of_set and pair.group(1).lower() in rules.attributes
                if not attribute and rules.field_check(pair.group(2)):
                    yield at + pair.start(2), at + pair.end(2)
        elif rules.is_secret(name):
            secret = _SECRET.match(line.group(2))
            if secret is not None:
                check = rules.field_check if (secret.group(1) or "").lower() == "basic" else rules.key_check
                if check(secret.group(2)):
                    yield at + secret.start(2), at + secret.end(2)


def _is_another(rule: RedactionRule, before: str) -> bool:
    """The nearest name before a number says that it is something else, or nothing says what it is."""
    if rule.needs is not None and not rule.needs.search(before):
        return True
    if rule.stays is None:
        return False
    stays = max((match.start() for match in rule.stays.finditer(before)), default=-1)
    sure = max((match.end() for match in rule.sure.finditer(before)), default=0) if rule.sure else 0
    return stays >= sure


@cache
def load_rules() -> RedactionRules:
    content = (files("evidence") / "data" / "redaction.toml").read_bytes()
    data = tomllib.loads(content.decode("utf-8"))
    known = checks(data)
    words = {f"<{name}>": meaning for name, meaning in data["names"].items()}
    token = data["token"]
    words |= {
        "<KEY>": token["sure"],
        "<WORD>": token["perhaps"],
        "<SURE>": token["always"],
        "<S>": data["separator"],
    }
    headers = {name: frozenset(values) for name, values in data["headers"].items()}
    return RedactionRules(
        rules=tuple(_rules(data["rule"], words, known)),
        key=_pattern("(?i:[A-Za-z0-9_.-]{0,60}?(?:<KEY>))", words),
        field=_pattern(data["token"]["field"], words),
        field_check=known["value"],
        key_check=known["key"],
        window=data["window"],
        sha256=hashlib.sha256(content).hexdigest(),
        kept=frozenset(),
        **headers,
    )


def _rules(
    rules: list[dict[str, Any]], words: dict[str, str], known: dict[str, Check]
) -> Iterator[RedactionRule]:
    for rule in rules:
        names = ("sure", "stays", "needs")
        sure, stays, needs = (_pattern(rule[name], words) if name in rule else None for name in names)
        pattern, check = _pattern(rule["pattern"], words), known[rule.get("check", "")]
        yield RedactionRule(rule["kind"], pattern, check, sure, stays, needs, rule.get("tells", 0))


def _pattern(text: str, words: dict[str, str]) -> re.Pattern[str]:
    for word, meaning in words.items():
        text = text.replace(word, meaning)
    return re.compile(text)
