"""Every regular expression of the product, and bad inputs for it, made of its own parts.

A bad input is a long run of what one of its repeats takes, after what leads there, with an end that nothing fits. A pattern
that looks at such a run again from each of its places takes hours for a megabyte.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[1]
ROOMS = ("claims", "web", "evidence", "crawler", "checks", "scoring", "reports", "govah")
_ANYWHERE = frozenset({"search", "finditer", "findall", "split", "sub", "subn"})
_MANY = 50  # turns of a repeat that make an input long
_END = "\x00"
_OF_CATEGORY = {
    codes.CATEGORY_DIGIT: ("1", r"\d"),
    codes.CATEGORY_SPACE: (" ", r"\s"),
    codes.CATEGORY_WORD: ("a", r"\w"),
    codes.CATEGORY_NOT_DIGIT: ("a", r"\D"),
    codes.CATEGORY_NOT_SPACE: ("a", r"\S"),
    codes.CATEGORY_NOT_WORD: (" ", r"\W"),
}
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)


@dataclass(frozen=True, slots=True)
class Pattern:
    """where: module and name. anywhere: whether it is looked for at every place of a text, and not only at its start."""

    where: str
    compiled: re.Pattern[Any]
    anywhere: bool

    def run(self, text: str) -> None:
        subject = text.encode("utf-8", "replace") if isinstance(self.compiled.pattern, bytes) else text
        if self.anywhere:
            for _ in self.compiled.finditer(subject):
                pass
        else:
            self.compiled.match(subject)
            self.compiled.fullmatch(subject)


@cache
def patterns() -> tuple[Pattern, ...]:
    """Those that modules keep under a name, alone or in tables, and those that calls of `re` have in place."""
    found: dict[tuple[str | bytes, int], Pattern] = {}
    for module in _modules():
        uses = _uses(module)
        for name, compiled in _kept(module):
            how = uses.get(name.partition("[")[0], set()) | _uses_elsewhere(module.__name__, name)
            _note(found, Pattern(f"{module.__name__}:{name}", compiled, not how or bool(how & _ANYWHERE)))
        for line, method, compiled in _in_place(module):
            _note(found, Pattern(f"{module.__name__}:{line}", compiled, method in _ANYWHERE))
    return tuple(found.values())


def _note(found: dict[tuple[str | bytes, int], Pattern], new: Pattern) -> None:
    key = (new.compiled.pattern, new.compiled.flags)
    if key not in found or (new.anywhere and not found[key].anywhere):
        found[key] = new


@cache
def _modules() -> tuple[ModuleType, ...]:
    names = [
        module.name
        for room in ROOMS
        for module in pkgutil.walk_packages([str(ROOT / room)], f"{room}.")
        if not module.name.endswith("__main__")
    ]
    return tuple(importlib.import_module(name) for name in names)


@cache
def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(Path(module.__file__ or "").read_bytes())


@cache
def _uses(module: ModuleType) -> dict[str, set[str]]:
    """name: methods that are called of it in this module; "search" where it is passed on, so that nobody can tell."""
    called = defaultdict[str, set[str]](set)
    plain = set[str]()
    taken = set[int]()
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            called[node.value.id].add(node.attr)
            taken.add(id(node.value))
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in taken:
            plain.add(node.id)
    for name in plain:
        called[name].add("search")
    return called


def _uses_elsewhere(module: str, name: str) -> set[str]:
    """What modules that import it call of it."""
    return {method for other in _importers().get((module, name), ()) for method in _uses(other).get(name, ())}


@cache
def _importers() -> dict[tuple[str, str], list[ModuleType]]:
    found = defaultdict[tuple[str, str], list[ModuleType]](list)
    for other in _modules():
        for node in ast.walk(_tree(other)):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    found[(node.module or "", alias.name)].append(other)
    return found


def _kept(module: ModuleType) -> Iterator[tuple[str, re.Pattern[Any]]]:
    for name, value in vars(module).items():
        yield from _within(name, value)


def _within(name: str, value: object, depth: int = 0) -> Iterator[tuple[str, re.Pattern[Any]]]:
    match value:
        case re.Pattern():
            yield name, value
        case dict() if depth < 3:
            for key, item in value.items():
                yield from _within(f"{name}[{key!r}]", item, depth + 1)
        case list() | tuple() | set() | frozenset() if depth < 3:
            for number, item in enumerate(value):
                yield from _within(f"{name}[{number}]", item, depth + 1)
        case _:
            return


def _in_place(module: ModuleType) -> Iterator[tuple[int, str, re.Pattern[Any]]]:
    for node in ast.walk(_tree(module)):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=method),
                args=[ast.Constant(value=str() | bytes() as text), *_],
            ) if method not in ("compile", "escape"):
                yield node.lineno, method, re.compile(text)
            case _:
                continue


def bad_inputs(compiled: re.Pattern[Any]) -> list[tuple[str, str]]:
    """(what leads to a repeat, one turn of it): the first once, the second again and again."""
    pattern = compiled.pattern
    text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
    tree = parser.parse(text, compiled.flags & ~re.UNICODE if isinstance(pattern, bytes) else compiled.flags)
    found = dict[tuple[str, str], None]()
    for prefix, turn in _repeats(tree, "", {}):
        found |= dict.fromkeys(((prefix, turn), ("", prefix + turn), ("", (prefix or turn) + turn * 3)))
        found |= dict.fromkeys((start, unit) for start in (prefix, "") for unit in (" ", "\n", "a", "1"))
        if prefix:
            found[("", prefix)] = None
    return list(found)


def long(bad: tuple[str, str], size: int) -> str:
    prefix, turn = bad
    return prefix + turn * (size // len(turn)) + _END


def _repeats(tree: Any, prefix: str, groups: dict[int, str]) -> Iterator[tuple[str, str]]:
    for code, value in tree:
        if code in _REPEATS:
            turn = _fitting(value[2], dict(groups))
            if value[1] >= _MANY and turn:
                yield prefix, turn
            yield from _repeats(value[2], prefix, groups)
        elif code is codes.SUBPATTERN:
            yield from _repeats(value[3], prefix, groups)
        elif code is codes.ATOMIC_GROUP:
            yield from _repeats(value, prefix, groups)
        elif code is codes.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, prefix, groups)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            yield from _repeats(value[1], prefix, groups)
        prefix += _fits(code, value, groups)


def _fitting(tree: Any, groups: dict[int, str]) -> str:
    return "".join(_fits(code, value, groups) for code, value in tree)


def _fits(code: Any, value: Any, groups: dict[int, str]) -> str:
    """A short text that one part of a pattern takes."""
    if code is codes.LITERAL:
        return chr(value)
    if code is codes.NOT_LITERAL:
        return "a" if value != ord("a") else "b"
    if code is codes.ANY:
        return "a"
    if code is codes.IN:
        return _of_class(value)
    if code in _REPEATS:
        return _fitting(value[2], groups) * int(value[0])
    if code is codes.SUBPATTERN:
        text = _fitting(value[3], groups)
        if value[0] is not None:
            groups[value[0]] = text
        return text
    if code is codes.ATOMIC_GROUP:
        return _fitting(value, groups)
    if code is codes.BRANCH:
        return _fitting(value[1][0], groups)
    if code is codes.GROUPREF:
        return groups.get(value, "")
    if code is codes.GROUPREF_EXISTS:
        return _fitting(value[1], groups)
    return ""  # an assertion takes nothing


def _of_class(items: Any) -> str:
    negated = any(code is codes.NEGATE for code, _ in items)
    for sign in map(chr, (*b"a <.-1\n=\"'/A;,", *range(33, 0x700))):
        if negated != any(_is(sign, code, value) for code, value in items):
            return sign
    return "a"


def _is(sign: str, code: Any, value: Any) -> bool:
    if code is codes.LITERAL:
        return ord(sign) == int(value)
    if code is codes.RANGE:
        return int(value[0]) <= ord(sign) <= int(value[1])
    if code is codes.CATEGORY:
        return re.match(_OF_CATEGORY[value][1], sign) is not None
    return False
