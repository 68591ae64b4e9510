"""Counts parse errors of HTML source that a small reader can be certain of.

Of the errors of the standard (HTML 13.2): a missing doctype, an attribute that a tag has twice, attributes without a
space between, an end tag that closes nothing, an element left open that needs an end tag, and a slash that closes
nothing. What else a validator would say is not counted, so a page has at least as many. Linear in the length.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

_READ = 2_000_000  # characters
_DEEPEST = 2_000  # Open elements. Deeper ones are not followed, and their end is no error.
_NAME = re.compile(r"[A-Za-z][^\s/>]{0,60}")
_ATTRIBUTE = re.compile(
    r"""(?P<space>[\s/]*+)(?P<name>[^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?P<value>"[^"]*"|'[^']*'|[^\s>]*+))?"""
)
_LEADING = re.compile(r"\s*+(?:<\?[^>]{0,300}+>)?")
_VOID = frozenset(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr".split()
)
# Their content is text to a browser, or nothing that its reader of markup looks into.
_OPAQUE = frozenset("script style textarea title xmp iframe noembed noframes noscript plaintext".split())
_OPTIONAL = frozenset(
    "html head body p li dt dd option optgroup tr td th thead tbody tfoot colgroup caption rt rp rb rtc".split()
)
_CLOSES_P = frozenset(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form h1 h2 h3 h4 "
    "h5 h6 header hgroup hr main menu nav ol p pre search section summary table ul xmp li dd dt".split()
)
_FOREIGN = frozenset(("svg", "math"))
# What an end tag does not reach out of (13.2.4.2), unless it is of a table's own.
_BARRIERS = frozenset("table td th caption object template".split())
_OF_TABLES = frozenset("table thead tbody tfoot tr td th caption".split())
# Opened again by the parser behind what closed them, so that their end tag finds them (13.2.4.3).
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_MOST_ERRORS = 5_000  # Errors that are counted. More say the same: the test failed long before.


@dataclass(slots=True)
class Markup:
    """elements: start tags. errors: by kind. whole: everything was read."""

    elements: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    whole: bool = True

    @property
    def total(self) -> int:
        return sum(self.errors.values())


def parse_errors(source: str) -> Markup:
    """Of the source of a page, as text."""
    found = Markup(whole=len(source) <= _READ)
    source = source[:_READ]
    if not _has_doctype(source):
        found.errors["doctype"] += 1
    _Reader(source, found).read()
    return found


def _has_doctype(source: str) -> bool:
    """Before the first tag; comments and white space may stand before it."""
    at = 1 if source.startswith("\ufeff") else 0
    while match := _LEADING.match(source, at):
        at = match.end()
        if not source.startswith("<!--", at):
            break
        end = source.find("-->", at + 4)
        if end < 0:
            return False
        at = end + 3
    return source[at : at + 9].lower() == "<!doctype"


class _Reader:
    def __init__(self, source: str, found: Markup) -> None:
        self._source = source
        self._lower = source.lower() if len(source.lower()) == len(source) else source
        self._found = found
        self._open: list[str] = []
        self._count: Counter[str] = Counter()
        self._scopes: list[Counter[str]] = [Counter()]
        self._again: Counter[str] = Counter()

    def read(self) -> None:
        at, source = 0, self._source
        while (at := source.find("<", at)) >= 0 and self._found.whole:
            if self._found.total > _MOST_ERRORS:
                self._found.whole = False
            if source.startswith("<!--", at):
                end = source.find("-->", at + 4)
                if end < 0:
                    self._found.errors["comment"] += 1
                    return
                at = end + 3
            elif source.startswith("</", at):
                at = self._end_tag(at)
            elif (name := _NAME.match(source, at + 1)) is not None:
                at = self._start_tag(name)
            else:
                at += 1
        self._found.errors["unclosed"] += sum(1 for name in self._open if name not in _OPTIONAL)
        self._found.errors = +self._found.errors

    def _start_tag(self, match: re.Match[str]) -> int:
        name = match.group().lower()
        at = self._attributes(match.end())
        closed = self._source[at - 2 : at] == "/>"
        self._found.elements += 1
        foreign = any(self._count[one] for one in _FOREIGN)
        if foreign or name in _FOREIGN:
            if not closed:
                self._push(name)
            return at
        if closed and name not in _VOID:
            self._found.errors["slash"] += 1
        if name in _CLOSES_P and self._scopes[-1]["p"]:
            self._close("p")
        if name in _VOID:
            return at
        if name in _OPAQUE:
            end = self._lower.find(f"</{name}", at)
            if end < 0:
                self._found.errors["unclosed"] += 1
                return len(self._source)
            after = self._source.find(">", end)
            return len(self._source) if after < 0 else after + 1
        self._push(name)
        return at

    def _attributes(self, at: int) -> int:
        """Where the tag ends."""
        seen: set[str] = set()
        first = True
        while match := _ATTRIBUTE.match(self._source, at):
            name = match["name"].lower()
            if name in seen:
                self._found.errors["attribute_twice"] += 1
            elif not first and not match["space"]:
                self._found.errors["space"] += 1
            if len(seen) < 200:
                seen.add(name)
            at, first = match.end(), False
        end = self._source.find(">", at)
        return len(self._source) if end < 0 else end + 1

    def _end_tag(self, at: int) -> int:
        name = _NAME.match(self._source, at + 2)
        end = self._source.find(">", at)
        after = len(self._source) if end < 0 else end + 1
        if name is None:
            self._found.errors["stray_end"] += 1
            return after
        self._close(name.group().lower())
        return after

    def _close(self, name: str) -> None:
        within = self._count if name in _OF_TABLES or name in _BARRIERS else self._scopes[-1]
        if not within[name]:
            if self._again[name]:
                self._again[name] -= 1
            elif name not in ("html", "body", "head"):
                self._found.errors["stray_end"] += 1
            return
        while self._open:
            top = self._open.pop()
            self._count[top] -= 1
            if top in _BARRIERS:
                self._scopes.pop()
            self._scopes[-1][top] -= 1
            if top == name:
                return
            if top not in _OPTIONAL:
                self._found.errors["unclosed"] += 1
            if top in _FORMATTING:
                self._again[top] += 1

    def _push(self, name: str) -> None:
        if len(self._open) >= _DEEPEST:
            self._found.whole = False
            return
        self._open.append(name)
        self._count[name] += 1
        self._scopes[-1][name] += 1
        if name in _BARRIERS:
            self._scopes.append(Counter())
