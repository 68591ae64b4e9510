"""Scripts made small, so that verify.html stays one short file: without comments and needless spaces, with short names.

It understands the plain style of `source/` alone, and refuses what it cannot read. A name gets a short one if it is declared
there and never stands where a property may be meant. Nothing else of a script is changed, and the same scripts give the same bytes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
_RESERVED = frozenset(
    {"as", "do", "if", "in", "is", "of"}
)  # words of the language that a short name could be


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str | None
    text: str


def minified(scripts: Sequence[str]) -> str:
    """Several as one. Raises ValueError for a script in another style."""
    read = [list(_tokens(script)) for script in scripts]
    names = _short_names(read)
    return "\n".join(_squeezed(tokens, names) for tokens in read)


def _tokens(script: str) -> Iterator[_Token]:
    at = 0
    while match := _TOKEN.match(script, at):
        at = match.end()
        yield _Token(match.lastgroup, match.group())
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
        text, last, first = token.text.strip(), parts[-1][-1:] or "\n", token.text[0]
        if "\n" in spaces and last not in "\n;{(,[":
            parts.append("\n")
        elif spaces and ((_in_word(last) and _in_word(first)) or (last in "+-" and last == first)):
            parts.append(" ")
        if text == "}" and parts[-1] == ";":
            parts.pop()
        if token.kind == "word":
            text = names.get(text, text)
        elif token.kind == "template":
            text = _INSERTED.sub(lambda match: _squeezed(_tokens(match.group()), names), text)
        parts.append(text)
        spaces = ""
    return "".join(parts)


def _in_word(char: str) -> bool:
    return char.isalnum() or char in "_$#"


def _short_names(scripts: Sequence[Sequence[_Token]]) -> dict[str, str]:
    uses: Counter[str] = Counter()
    declared: set[str] = set()
    kept: set[str] = set()
    for word, before, after, inside in (use for tokens in scripts for use in _uses(tokens)):
        uses[word] += 1
        if before in _DECLARES:
            declared.add(word)
        if before in (".", "?.") or (
            inside == "{" and before in ("{", ",") and after in (",", "}", ":", "=")
        ):
            kept.add(word)  # a property of a value, a literal or a pattern
        elif after == ":" and before in ("{", ","):
            kept.add(word)
    short = _unused(uses)
    long = sorted((name for name in declared - kept if len(name) > 2), key=lambda name: (-uses[name], name))
    return dict(zip(long, short, strict=False))


def _unused(uses: Mapping[str, int]) -> Iterator[str]:
    for length in count(1):
        for letters in product(ascii_letters, repeat=length):
            name = "".join(letters)
            if name not in uses and name not in _RESERVED:
                yield name


def _uses(tokens: Iterable[_Token]) -> Iterator[tuple[str, str, str, str]]:
    """Words with the tokens before and after them, and the innermost bracket that is open."""
    told = [token for token in tokens if token.kind not in ("comment", "space")]
    texts = ["", *(token.text for token in told), ""]
    brackets = [""]
    for token, before, after in zip(told, texts, texts[2:], strict=False):
        if token.kind == "sign" and token.text in "([{":
            brackets.append(token.text)
        elif token.kind == "sign" and token.text in ")]}":
            brackets.pop()
        elif token.kind == "word":
            yield token.text, before, after, brackets[-1]
        elif token.kind == "template":
            inserted = _INSERTED.findall(token.text)
            if len(inserted) != token.text.count("${"):
                raise ValueError(f"more than plain expressions in {token.text[:40]!r}")
            for expression in inserted:
                yield from _uses(_tokens(expression))
