"""Turtle (RDF 1.1) into statements. A small reader: nothing is fetched, nothing recurses without a bound.

A broken statement is left at its fault; reading goes on in the line after it. Not here: what the statements mean (`checks.datasets.catalogues.dcat`).
"""

from __future__ import annotations

import re

from checks.datasets.catalogues.graph import (
    LONGEST_NAME,
    TYPE,
    XSD,
    Graph,
    Literal,
    Malformed,
    Term,
    TooMuch,
)
from checks.datasets.catalogues.terms import RDF
from web.urls import absolute

_DEPTH = 100  # Lists and blank nodes within each other. Deeper is malformed: the reader recurses.
_MOST_FAULTS = 1_000  # Broken statements that are skipped. After them the rest is not read: it is not Turtle.
_SPACE = re.compile(r"(?:[ \t\r\n]++|#[^\r\n]*+)*+")
# With spaces, as names of files have them: browsers ask for such addresses too.
_IRI = re.compile(r"<([^\x00-\x1f<>\"{}|^`]*+)>")
_NAME_START = r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
_NAME_REST = _NAME_START + r"_0-9\u00b7\u0300-\u036f\u203f-\u2040-"
_ESCAPED = r"%[0-9A-Fa-f]{2}|\\[_~.!$&'()*+,;=/?#@%-]"
_FOLLOWS = rf"[{_NAME_REST}:%]|\\[_~.!$&'()*+,;=/?#@%-]"
_NAME = re.compile(
    rf"((?:[{_NAME_START}](?:[{_NAME_REST}.]*[{_NAME_REST}])?)?):"
    # Dots are part of a name where one of its letters follows them.
    rf"((?:(?:[{_NAME_REST}:]|{_ESCAPED})(?:[{_NAME_REST}:]|{_ESCAPED}|\.++(?={_FOLLOWS}))*)?)"
)
_BLANK = re.compile(rf"_:([{_NAME_START}_0-9](?:[{_NAME_REST}.]*[{_NAME_REST}])?)")
_SHORT = {
    '"': re.compile(r'"((?:[^"\\\r\n]++|\\.)*+)"', re.DOTALL),
    "'": re.compile(r"'((?:[^'\\\r\n]++|\\.)*+)'", re.DOTALL),
}
_LANGUAGE = re.compile(r"@([A-Za-z]+(?:-[A-Za-z0-9]+)*)")
_NUMBER = re.compile(r"[+-]?(?:\d+(\.\d*)?[eE][+-]?\d+|\.\d+[eE][+-]?\d+|\d*\.\d+|\d+)")
_KEYWORD = re.compile(rf"(?:a|true|false)(?![{_NAME_REST}:])")
_DIRECTIVE = re.compile(r"@(prefix|base)(?![A-Za-z])|(PREFIX|BASE)(?=[\s<])", re.IGNORECASE)
_END = re.compile(r"\.[ \t]*+(?:[\r\n]|\Z)")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_LETTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


def read_turtle(text: str, base: str, graph: Graph) -> None:
    """Adds the statements of a document at `base`. Raises Malformed, TooMuch."""
    _Reader(text, base, graph).document()


class _Reader:
    def __init__(self, text: str, base: str, graph: Graph) -> None:
        self._text = text
        self._at = 0
        self._base = base
        self._graph = graph
        self._prefixes: dict[str, str] = {}
        self._resolved: dict[str, str] = {}

    def document(self) -> None:
        """Raises the first fault when all that can be read is read."""
        faults: list[Malformed] = []
        while len(faults) < _MOST_FAULTS and self._peek():
            try:
                self._statement()
            except Malformed as error:
                faults.append(error)
                end = _END.search(self._text, self._at)
                self._at = end.end() if end is not None else len(self._text)
        if faults:
            raise faults[0]

    def _statement(self) -> None:
        if self._directive():
            return
        if self._peek() == "[":
            subject = self._properties(0)
            if self._peek() != ".":
                self._predicates(subject, 0)
        else:
            self._predicates(self._subject(), 0)
        self._expect(".")

    def _peek(self) -> str:
        """The next sign that counts; "" at the end."""
        match = _SPACE.match(self._text, self._at)
        assert match is not None
        self._at = match.end()
        return self._text[self._at : self._at + 1]

    def _expect(self, sign: str) -> None:
        if self._peek() != sign:
            raise Malformed(f"{sign} at {self._at}")
        self._at += 1

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._at)
        if match is not None:
            self._at = match.end()
        return match

    def _directive(self) -> bool:
        match = self._take(_DIRECTIVE)
        if match is None:
            return False
        kind = (match.group(1) or match.group(2)).lower()
        self._peek()
        if kind == "prefix":
            name = self._take(_NAME)
            if name is None or name.group(2):
                raise Malformed(f"prefix at {self._at}")
            self._peek()
            self._prefixes[name.group(1)] = self._short()
        else:
            self._base = self._short()
            self._resolved.clear()
        if match.group(1) and match.group().startswith("@"):
            self._expect(".")
        return True

    def _short(self) -> str:
        """An address that others are made from."""
        found = self._iri()
        if len(found) > LONGEST_NAME:
            raise TooMuch("address")
        return found

    def _iri(self) -> str:
        match = self._take(_IRI)
        if match is None:
            raise Malformed(f"address at {self._at}")
        return self._absolute(match.group(1))

    def _absolute(self, reference: str) -> str:
        known = self._resolved.get(reference)
        if known is None:
            plain = _unescaped(reference) if "\\" in reference else reference
            # An absolute one stands as it was written: names of things are compared letter by letter.
            named = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", plain) is not None
            known = plain if named else absolute(self._base, plain) or plain
            if len(self._resolved) < 10_000:
                self._resolved[reference] = known
        return known

    def _subject(self) -> str:
        if self._peek() == "(":
            return self._collection(0)
        node = self._node()
        if node is None:
            raise Malformed(f"subject at {self._at}")
        return node

    def _node(self) -> str | None:
        """An address or a named blank node."""
        sign = self._peek()
        if sign == "<":
            return self._iri()
        if sign == "_" and (blank := self._take(_BLANK)) is not None:
            return f"_:n{blank.group(1)}"
        name = self._take(_NAME)
        if name is None:
            return None
        prefix, local = name.groups()
        if prefix not in self._prefixes:
            raise Malformed(f"prefix {prefix[:40]}")
        return self._prefixes[prefix] + (re.sub(r"\\(.)", r"\1", local) if "\\" in local else local)

    def _predicates(self, subject: str, depth: int) -> None:
        while True:
            self._peek()
            keyword = self._take(_KEYWORD)
            predicate = TYPE if keyword is not None and keyword.group() == "a" else self._node()
            if predicate is None or (keyword is not None and keyword.group() != "a"):
                raise Malformed(f"predicate at {self._at}")
            while True:
                self._graph.add(subject, predicate, self._object(depth))
                if self._peek() != ",":
                    break
                self._at += 1
            if self._peek() != ";":
                return
            while self._peek() == ";":
                self._at += 1
            if self._peek() in (".", "]", ""):
                return

    def _object(self, depth: int) -> Term:
        sign = self._peek()
        if sign == "[":
            return self._properties(depth + 1)
        if sign == "(":
            return self._collection(depth + 1)
        if sign in ('"', "'"):
            return self._literal(sign)
        if (keyword := self._take(_KEYWORD)) is not None:
            if keyword.group() == "a":
                raise Malformed(f"object at {self._at}")
            return Literal(keyword.group(), "", XSD + "boolean")
        if (number := self._take(_NUMBER)) is not None:
            text = number.group()
            kind = "double" if "e" in text.lower() else "decimal" if "." in text else "integer"
            return Literal(text, "", XSD + kind)
        node = self._node()
        if node is None:
            raise Malformed(f"object at {self._at}")
        return node

    def _properties(self, depth: int) -> str:
        if depth > _DEPTH:
            raise TooMuch("depth")
        self._expect("[")
        subject = self._graph.blank()
        if self._peek() != "]":
            self._predicates(subject, depth)
        self._expect("]")
        return subject

    def _collection(self, depth: int) -> str:
        if depth > _DEPTH:
            raise TooMuch("depth")
        self._expect("(")
        first = last = RDF + "nil"
        while self._peek() != ")":
            if not self._peek():
                raise Malformed("list without end")
            node = self._graph.blank()
            if first == RDF + "nil":
                first = node
            else:
                self._graph.add(last, RDF + "rest", node)
            self._graph.add(node, RDF + "first", self._object(depth))
            last = node
        self._at += 1
        if first != RDF + "nil":
            self._graph.add(last, RDF + "rest", RDF + "nil")
        return first

    def _literal(self, quote: str) -> Literal:
        if self._text.startswith(quote * 3, self._at):
            text = self._long(quote)
        else:
            match = self._take(_SHORT[quote])
            if match is None:
                raise Malformed(f"text at {self._at}")
            text = match.group(1)
        if "\\" in text:
            text = _unescaped(text)
        if (language := self._take(_LANGUAGE)) is not None:
            return Literal(text, language.group(1).lower())
        if self._text.startswith("^^", self._at):
            self._at += 2
            kind = self._node()
            if kind is None:
                raise Malformed(f"datatype at {self._at}")
            return Literal(text, "", "" if kind == XSD + "string" else kind)
        return Literal(text)

    def _long(self, quote: str) -> str:
        start = at = self._at + 3
        while True:
            end = self._text.find(quote * 3, at)
            if end < 0:
                raise Malformed("text without end")
            escape = self._text.rfind("\\", start, end)
            # An odd number of backslashes before it makes the first quote a part of the text.
            run = 0
            while escape >= start and escape == end - 1 - run and self._text[escape] == "\\":
                run += 1
                escape -= 1
            if run % 2 == 0:
                break
            at = end + 1
        self._at = end + 3
        return self._text[start:end]


def _unescaped(text: str) -> str:
    def letter(match: re.Match[str]) -> str:
        code = match.group(1) or match.group(2)
        if code is not None:
            number = int(code, 16)
            if number > 0x10FFFF or 0xD800 <= number < 0xE000:
                return "\ufffd"  # halves of pairs, as JavaScript writes them: no reason to stop reading
            return chr(number)
        if match.group(3) not in _LETTERS:
            raise Malformed("escape")
        return _LETTERS[match.group(3)]

    return _ESCAPE.sub(letter, text)
