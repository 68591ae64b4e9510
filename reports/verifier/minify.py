"""Scripts made small, so that verify.html stays one short file: without comments and needless spaces, with short names.

It understands the plain style of `source/` alone, and refuses what it cannot read. Variables get short names; properties keep
theirs. Nothing else of a script is changed, and the same scripts give the same bytes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import count, product
from string import ascii_letters

# What of a script is kept as it is: strings, templates and regular expressions, which follow what no value ends with.
_TOKEN = re.compile(
    r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<template>`(?:[^`\\]|\\.)*`)
  | (?P<pattern>(?:(?<=[(,=:?!&|>\[{;])|(?<=return))[ ]?/(?![/*])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*)
  | (?P<space>\s+)
  | (?P<sign>[{}()\[\];,<>=+*/%&|^!~?:-]|\.{1,3}|\?\.)
  | (?P<word>[\w$#]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_INSERTED = re.compile(r"(?<=\$\{)[^{}`]*(?=\})")  # an expression in a template
_DECLARES = frozenset({"const", "let", "function", "class"})
# A brace after these opens an object or a pattern; any other opens a block.
_BEFORE_OBJECTS = frozenset({"(", ",", "=", ":", "[", "?", "|", "&", "...", "return", "const", "let"})
_RESERVED = frozenset(
    {"as", "do", "if", "in", "is", "of"}
)  # words of the language that a short name could be
# What the scripts use of the browser: declared as well, one word would mean two things.
_GLOBALS = frozenset(
    """
    Array ArrayBuffer BigInt Blob Boolean DOMParser DataView Date DecompressionStream Error Infinity Int32Array JSON Map Math NaN
    Node Number Object Promise RegExp Set String SyntaxError TextDecoder TextEncoder URL Uint8Array atob btoa crypto document
    parseInt setTimeout undefined
    """.split()
)


@dataclass(frozen=True, slots=True)
class _Token:
    """role: of a word: variable, property, both (`{ name }`); with "declared" where it is. parts: of a template."""

    kind: str
    text: str
    role: str = ""
    parts: tuple[tuple[_Token, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class _Bracket:
    """kind: ( [ object block class. targets: what stands in it is declared: parameters, or a pattern."""

    kind: str
    targets: bool


def minified(scripts: Sequence[str]) -> str:
    """Several as one. Raises ValueError for a script in another style."""
    read = [list(_roles(_tokens(script))) for script in scripts]
    names = _short_names([token for tokens in read for token in tokens])
    return "\n".join(_squeezed(tokens, names) for tokens in read)


def _tokens(script: str) -> Iterator[_Token]:
    at = 0
    while match := _TOKEN.match(script, at):
        at = match.end()
        yield _Token(match.lastgroup or "", match.group())
    if at != len(script):
        raise ValueError(f"no token at {script[at : at + 40]!r}")


def _squeezed(tokens: Iterable[_Token], names: Mapping[str, str]) -> str:
    """Without comments, indentation and spaces around signs. A line end stays where it may end a statement."""
    parts = [""]
    spaces = ""
    for token in tokens:
        if token.kind in ("comment", "space"):
            spaces += token.text if token.kind == "space" else ""
            continue
        text = token.text if token.kind == "letters" else token.text.strip()
        last, first = parts[-1][-1:] or "\n", token.text[0]
        if "\n" in spaces and last not in "\n;{(,[":
            parts.append("\n")
        elif spaces and ((_in_word(last) and _in_word(first)) or (last in "+-" and last == first)):
            parts.append(" ")
        if text == "}" and parts[-1] == ";":
            parts.pop()
        short = names.get(text, text)
        if token.role.startswith("variable"):
            text = short
        elif token.role.startswith("both") and short != text:
            text = f"{text}:{short}"
        elif token.kind == "template":
            text = "".join(_squeezed(part, names) for part in token.parts)
        parts.append(text)
        spaces = ""
    return "".join(parts)


def _in_word(char: str) -> bool:
    return char.isalnum() or char in "_$#"


def _short_names(tokens: Iterable[_Token]) -> dict[str, str]:
    """Of what is declared, the most used first; none of them is a word that stands anywhere."""
    words = list(_words(tokens))
    uses = Counter(token.text for token in words if token.role != "property")
    declared = {token.text for token in words if token.role.endswith("declared")}
    if known := declared & _GLOBALS:
        raise ValueError(f"declares what browsers have: {sorted(known)}")
    taken = {token.text for token in words}
    long = sorted((name for name in declared if len(name) > 1), key=lambda name: (-uses[name], name))
    return dict(zip(long, _unused(taken - set(long)), strict=False))


def _words(tokens: Iterable[_Token]) -> Iterator[_Token]:
    for token in tokens:
        if token.kind == "word":
            yield token
        for part in token.parts:
            yield from _words(part)


def _unused(taken: Set[str]) -> Iterator[str]:
    for length in count(1):
        for letters in product(ascii_letters, repeat=length):
            name = "".join(letters)
            if name not in taken and name not in _RESERVED:
                yield name


def _roles(tokens: Iterable[_Token]) -> Iterator[_Token]:
    every = list(tokens)
    told = [token for token in every if token.kind not in ("comment", "space")]
    texts = [token.text for token in told]
    ends = _ends(told)
    open_: list[_Bracket] = [_Bracket("block", False)]
    roles: list[_Token] = []
    for at, token in enumerate(told):
        if token.kind == "sign" and token.text in "([{":
            open_.append(_bracket(texts, at, ends[at], open_[-1]))
        elif token.kind == "sign" and token.text in ")]}":
            open_.pop()
        elif token.kind == "word":
            token = replace(token, role=_role(texts, at, open_[-1]))
        elif token.kind == "template":
            token = replace(token, parts=tuple(_template(token.text)))
        roles.append(token)
    following = iter(roles)
    yield from (token if token.kind in ("comment", "space") else next(following) for token in every)


def _ends(told: Sequence[_Token]) -> dict[int, int]:
    """Where each bracket is closed."""
    found: dict[int, int] = {}
    open_: list[int] = []
    for at, token in enumerate(told):
        if token.kind == "sign" and token.text in "([{":
            open_.append(at)
        elif token.kind == "sign" and token.text in ")]}":
            found[open_.pop()] = at
    return found


def _text(texts: Sequence[str], at: int) -> str:
    return texts[at] if 0 <= at < len(texts) else ""


def _assigned(texts: Sequence[str], at: int) -> bool:
    """Whether a plain = follows, and no comparison or arrow."""
    return _text(texts, at + 1) == "=" and _text(texts, at + 2) not in ("=", ">")


def _bracket(texts: Sequence[str], at: int, end: int, outer: _Bracket) -> _Bracket:
    sign, before = texts[at], _text(texts, at - 1)
    if sign == "(":
        arrow = texts[end + 1 : end + 3] == ["=", ">"]
        named = "function" in texts[max(0, at - 3) : at] or before == "catch" or outer.kind == "class"
        return _Bracket(sign, arrow or named)
    inner = outer.targets and before in ("(", "[", "{", ",", ":")
    targets = inner or before in ("const", "let") or _assigned(texts, end)
    if sign == "[":
        return _Bracket(sign, targets and before not in (")", "]"))
    if "class" in (_text(texts, at - 2), _text(texts, at - 4)):
        return _Bracket("class", False)
    return _Bracket("object", targets) if before in _BEFORE_OBJECTS else _Bracket("block", False)


def _role(texts: Sequence[str], at: int, inside: _Bracket) -> str:
    before, after = _text(texts, at - 1), _text(texts, at + 1)
    role = "variable"
    if before in (".", "?.") or (inside.kind == "class" and after == "("):
        return "property"
    if inside.kind == "object" and before in ("{", ","):
        if after in (":", "("):
            return "property"
        role = "both"
    target = inside.targets and before in ("(", "[", "{", ",", ":", "...")
    listed = inside.kind == "block" and before == ","  # of constants
    return f"{role} declared" if target or listed or before in _DECLARES else role


def _template(text: str) -> Iterator[tuple[_Token, ...]]:
    """Its letters and its expressions."""
    at = 0
    for match in _INSERTED.finditer(text):
        yield (_Token("letters", text[at : match.start()]),)
        yield tuple(_roles(_tokens(match.group())))
        at = match.end()
    yield (_Token("letters", text[at:]),)
    if len(_INSERTED.findall(text)) != text.count("${"):
        raise ValueError(f"more than plain expressions in {text[:40]!r}")
