"""What can be switched off in the checks, and a trace of what each judgement rests on. No product code knows of it.

Rules: every function of the judging modules that answers yes or no, or with a thing or None. Switched off, it gives one
answer always: None, or the one of yes and no that it usually gives. Word lists: every list of `checks/data/`. Switched off,
it has no word. Constants: every weight in `titles.toml`. Switched off, it is 0.

A function is replaced in its code object, so that every reference to it has the new answer: imported names, tables of
functions, caches. A list is emptied in the table that all read.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
import re
import sys
import types
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import checks
from checks.page.cards import labels as card_labels
from checks.page.wordlist import Phrases, known_host, patterns, phrases, spread, table
from checks.registry import all_checks, words_of
from claims.persian import tight

ROOMS = (
    "checks.services",
    "checks.elements.",
    "checks.links.",
)
TITLES = "page/words/titles.toml"
Kind = Literal["rule", "list", "constant"]
# An emptied list of patterns has one that nothing matches: it may be asked for alone, or stand in another pattern.
_NEVER = "(?!)"
_PATTERN = re.compile(r"\(\?|\\[wsb]|\[\^?[^\]]+\]|[)\w]\?")
_REFERRED = re.compile(r"(?<!\?P)<([a-z_]+)>")
# What these keep depends on titles.toml alone.
_OF_TITLES = frozenset(f"checks.services.{name}" for name in ("title_words", "matching.parts", "matching.gates", "matching.titles"))  # fmt: skip


# What these answer to a text is compared when a list is emptied, as what is kept of titles is: most texts have none of its words.
_COMPARED: tuple[Any, ...] = (card_labels.field_of, card_labels.begins_with_label)
# Parts of a pattern, though no word of theirs shows it.
_IN_PATTERNS = ("card.cross_names", "card.tick_names")


@dataclass(frozen=True, slots=True, order=True)
class Switch:
    """kind, where (a module below `checks`, or a word list), what (a function, or keys with dots)."""

    kind: Kind
    where: str
    what: str

    @property
    def name(self) -> str:
        return f"{self.where}.{self.what}" if self.kind == "rule" else f"{self.where} {self.what}"


# Rules


def modules() -> Iterator[types.ModuleType]:
    """The modules whose rules are switched."""
    for found in pkgutil.walk_packages(checks.__path__, "checks."):
        if found.name.startswith(ROOMS):
            yield importlib.import_module(found.name)


@cache
def functions() -> Mapping[Switch, types.FunctionType]:
    """Every function that answers yes or no, or with a thing or None."""
    found = {}
    for module in modules():
        for name, value in vars(module).items():
            function = inspect.unwrap(value) if callable(value) else None
            if not isinstance(function, types.FunctionType) or function.__module__ != module.__name__:
                continue
            answer = str(function.__annotations__.get("return"))
            if (answer == "bool" or answer.endswith("| None")) and function.__closure__ is None:
                found[Switch("rule", module.__name__.removeprefix("checks."), name)] = function
    return found


def answers_yes_or_no(rule: Switch) -> bool:
    return str(functions()[rule].__annotations__["return"]) == "bool"


_CALLED = "what is called instead"


def _template(*args: Any, **options: Any) -> Any:
    called: Any = "what is called instead"
    return called(*args, **options)


@contextmanager
def instead(function: Any, other: Callable[..., Any]) -> Iterator[None]:
    """As long as the context lasts, whoever calls the function calls the other."""
    was = function.__code__
    code = _template.__code__
    constants = tuple(other if one == _CALLED else one for one in code.co_consts)
    function.__code__ = code.replace(co_consts=constants, co_name=was.co_name)
    try:
        yield
    finally:
        function.__code__ = was


def copied(function: Any) -> types.FunctionType:
    """The function as it is, under an object of its own."""
    copy = types.FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


# Lists and constants


@cache
def lists() -> tuple[Switch, ...]:
    """Every list of the word files, and every table of words (`[numbers]`), by file and key."""
    return tuple(
        Switch("list", name, ".".join(keys))
        for name in sorted({name for check in all_checks() for name in words_of(check.id)})
        for keys, value in _leaves(table(name), ())
        if isinstance(value, list | dict)
    )


@cache
def constants() -> tuple[Switch, ...]:
    """Every weight of titles.toml."""
    leaves = _leaves(table(TITLES), ())
    return tuple(Switch("constant", TITLES, ".".join(keys)) for keys, value in leaves if isinstance(value, float))  # fmt: skip


def _leaves(data: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in data.items():
        if isinstance(value, dict) and not _is_of_words(value):
            yield from _leaves(value, (*keys, key))
        else:
            yield (*keys, key), value


def _is_of_words(data: Mapping[str, Any]) -> bool:
    """A table by word, and not by key: words have letters that no key has, or are numbered."""
    return bool(data) and all(isinstance(value, int) and not isinstance(value, bool) for value in data.values())  # fmt: skip


def emptied(file: str, key: str, value: Any) -> Any:
    """What stands in the place of a list."""
    if isinstance(value, dict):
        return {}
    of_patterns = any(isinstance(one, str) and _PATTERN.search(one) for one in value)
    return [_NEVER] if of_patterns or key in (*_IN_PATTERNS, *_referred(file)) else []


@cache
def _referred(file: str) -> frozenset[str]:
    """Lists that patterns of the file name."""
    values = (value for _, value in _leaves(table(file), ()) if isinstance(value, list))
    return frozenset(
        name for value in values for one in value if isinstance(one, str) for name in _REFERRED.findall(one)
    )


# Switching


def all_switches() -> tuple[Switch, ...]:
    """In order: lists, constants, rules."""
    return (*lists(), *constants(), *sorted(functions()))


@contextmanager
def off(switch: Switch, answer: bool | None = None) -> Iterator[None]:
    """Switched off as long as the context lasts. answer: what a rule then gives."""
    forget(switch)
    try:
        if switch.kind == "rule":
            with instead(functions()[switch], lambda *args, **options: answer):
                yield
            return
        *path, key = switch.what.split(".")
        data = functools.reduce(lambda data, name: data[name], path, table(switch.where))
        was = data[key]
        data[key] = 0.0 if switch.kind == "constant" else emptied(switch.where, switch.what, was)
        try:
            yield
        finally:
            data[key] = was
    finally:
        forget(switch)


def forget(switch: Switch | None = None) -> None:
    """Drops what the functions of the checks have kept; for a switch, all that may depend on it."""
    everything = switch is None or switch.where == TITLES or f"checks.{switch.where}" in _OF_TITLES
    for module, _, function in _cached():
        if everything or module not in _OF_TITLES:
            function.cache_clear()


def _cached() -> list[tuple[str, str, Any]]:
    """(module, name, function) of each that keeps results, but for the word files themselves."""
    return [
        (module.__name__, name, value)
        for module in _loaded()
        for name, value in vars(module).items()
        if isinstance(value, functools._lru_cache_wrapper)
        and value.__module__ == module.__name__
        and value is not table
    ]


def _loaded() -> list[types.ModuleType]:
    return [
        module
        for name, module in list(sys.modules.items())
        if name.startswith("checks.") and module is not None
    ]


# Tracing


class Trace:
    """What judgements rest on: answers that rules gave, lists whose words were met or that were read as they are, constants.

    Inside `running`, `during` tells what one judgement touched: switches, for a rule with the answer. Results that
    functions keep hand on what they rest on to each that asks for them.
    """

    def __init__(self) -> None:
        self._open: list[set[Any]] = [set()]
        # By function and arguments: what it answered, what that rests on, and whether it has to be compared.
        self._kept: dict[Any, tuple[Any, frozenset[Any], bool]] = {}
        self._hidden: set[Switch] = set()

    @contextmanager
    def during(self) -> Iterator[set[Any]]:
        found: set[Any] = set()
        self._open.append(found)
        try:
            yield found
        finally:
            self._open.pop()

    def touch(self, *touched: Any) -> None:
        self._open[-1].update(touched)

    @contextmanager
    def running(self) -> Iterator[None]:
        """All rules, lists and kept results of the checks are watched."""
        undo: list[tuple[Any, str, Any]] = []
        forget()
        restored = []
        try:
            for rule, function in functions().items():
                context = instead(function, self._rule(rule, copied(function)))
                context.__enter__()
                restored.append(context)
            for known in _COMPARED:
                context = instead(known, self._keeping(_name(known), copied(known), True))
                context.__enter__()
                restored.append(context)
            replaced = {
                id(value): self._keeping(f"{module}.{name}", value.__wrapped__, module in _OF_TITLES)
                for module, name, value in _cached()
            }
            watched = {name: self._watched(table(name)) for name in sorted({one.where for one in lists()})}
            replaced[id(table)] = watched.__getitem__
            replaced[id(phrases)] = self._phrases
            replaced[id(patterns)] = self._patterns
            replaced[id(known_host)] = self._known_host
            for module in _loaded():
                for name, value in list(vars(module).items()):
                    if id(value) in replaced:
                        undo.append((module, name, value))
                        setattr(module, name, replaced[id(value)])
            yield
        finally:
            for module, name, value in undo:
                setattr(module, name, value)
            for context in reversed(restored):
                context.__exit__(None, None, None)
            forget()

    def _rule(self, rule: Switch, function: Callable[..., Any]) -> Callable[..., Any]:
        yes_or_no = answers_yes_or_no(rule)

        def asked(*args: Any, **options: Any) -> Any:
            answer = function(*args, **options)
            if yes_or_no or answer is not None:
                self._open[-1].add((rule, bool(answer)) if yes_or_no else (rule, True))
            return answer

        return asked

    def _keeping(self, name: str, plain: Callable[..., Any], compared: bool) -> Callable[..., Any]:
        def asked(*args: Any, **options: Any) -> Any:
            key = (name, args, tuple(sorted(options.items())))
            known = self._kept.get(key)
            if known is None:
                with self.during() as found:
                    value = plain(*args, **options)
                hidden = {one for one in found if _is_list(one)} if compared else set()
                self._hidden.update(one for one in hidden if isinstance(one, Switch))
                known = self._kept[key] = value, frozenset(found - hidden), bool(hidden)
            self._open[-1].update(known[1])
            if known[2]:
                self._open[-1].add(key)
            return known[0]

        return asked

    def _watched(self, data: dict[str, Any]) -> _Watched:
        file = next(name for name in {one.where for one in lists()} if table(name) is data)
        return _Watched(self, file, (), data)

    def _phrases(self, file: str, *keys: str) -> Phrases:
        key = ("phrases", file, keys)
        if key not in self._kept:
            self._kept[key] = _TracedPhrases(self, file, keys), frozenset(), False
        found: Phrases = self._kept[key][0]
        return found

    def _patterns(self, file: str, key: str) -> tuple[Any, ...]:
        kept = ("patterns", file, key)
        if kept not in self._kept:
            with self.during():  # it reads the table that is watched
                written = zip(table(file)[key], patterns.__wrapped__(file, key), strict=True)
                traced = tuple(_TracedPattern(self, file, key, text, one) for text, one in written)
            self._kept[kept] = traced, frozenset(), False
        found: tuple[Any, ...] = self._kept[kept][0]
        return found

    def _known_host(self, kind: str, host: str) -> bool:
        with self.during():
            told = known_host(kind, host)
        if told:
            self.touch(Switch("list", "page/words/lexicon.json", f"hosts.{kind}"))
        return told

    def rests_on(self, found: set[Any], changed: Mapping[Switch, frozenset[Any]]) -> frozenset[Any]:
        """What one judgement touched, with the lists that change an answer which it rests on."""
        plain = frozenset(one for one in found if not _is_key(one))
        return plain | {switch for switch, keys in changed.items() if not keys.isdisjoint(found)}

    def changed(self, found: Iterable[set[Any]], wanted: Collection[Switch]) -> dict[Switch, frozenset[Any]]:
        """By list of those that are wanted: the kept answers that are others when it is emptied. To be asked outside `running`."""
        keys = {one for some in found for one in some if _is_key(one)}
        by_name = {f"{module}.{name}": function for module, name, function in _cached()}
        by_name |= {_name(function): function for function in _COMPARED}
        return {switch: self._changed(switch, keys, by_name) for switch in sorted(self._hidden & set(wanted))}

    def _changed(self, switch: Switch, keys: set[Any], by_name: Mapping[str, Any]) -> frozenset[Any]:
        begins = _first_words(switch)
        with off(switch):
            return frozenset(
                key
                for key in keys
                if (begins is None or _may_say(key[1], begins))
                and by_name[key[0]](*key[1], **dict(key[2])) != self._kept[key][0]
            )


def _is_key(touched: Any) -> bool:
    """A kept answer, and no switch."""
    return isinstance(touched, tuple) and isinstance(touched[0], str)


def _is_list(touched: Any) -> bool:
    return _is_key(touched) or (isinstance(touched, Switch) and touched.kind == "list")


def _name(function: types.FunctionType) -> str:
    return f"{function.__module__}.{function.__name__}"


def _first_words(switch: Switch) -> frozenset[str] | None:
    """The words that a text has to have for a list of acts to matter; None for other lists."""
    first, _, act = switch.what.partition(".")
    if first != "actions":
        return None
    return frozenset(spread(name).split()[0] for name in table(TITLES)["actions"][act])


def _may_say(args: tuple[Any, ...], words: frozenset[str]) -> bool:
    """Without arguments, or a text with one of the words, as it is or behind an «و»."""
    texts = [one for one in args if isinstance(one, str)]
    said = {token for text in texts for token in spread(text).split()}
    return not args or any(word in said or f"و{word}" in said for word in words)


class _Watched(dict[str, Any]):
    """A word file, or a part of it, that tells which of its lists are taken."""

    def __init__(self, trace: Trace, file: str, keys: tuple[str, ...], data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self._trace, self._file, self._keys = trace, file, keys

    def _taken(self, key: str, value: Any) -> Any:
        keys = (*self._keys, key)
        if isinstance(value, dict) and not _is_of_words(value):
            return _Watched(self._trace, self._file, keys, value)
        kind: Kind = "constant" if isinstance(value, float) else "list"
        self._trace.touch(Switch(kind, self._file, ".".join(keys)))
        return value

    def __getitem__(self, key: str) -> Any:
        return self._taken(key, super().__getitem__(key))

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401  # this is `get`

    def items(self) -> Any:
        return [(key, self[key]) for key in self]

    def values(self) -> Any:
        return [self[key] for key in self]


class _TracedPhrases(Phrases):
    """Tells the lists of the words that are met."""

    def __init__(self, trace: Trace, file: str, keys: tuple[str, ...]) -> None:
        self._trace = trace
        self._lists: dict[str, set[Switch]] = {}
        for key in keys:
            for phrase in table(file)[key]:
                self._lists.setdefault(spread(phrase), set()).add(Switch("list", file, key))
        super().__init__(self._lists)
        self._all_phrases = self.phrases

    def __getattribute__(self, name: str) -> Any:
        if name == "phrases" and "_all_phrases" in super().__getattribute__("__dict__"):
            self._trace.touch(*(one for some in self._lists.values() for one in some))
        return super().__getattribute__(name)

    def _met(self, phrases: Iterable[str]) -> None:
        for phrase in phrases:
            self._trace.touch(*self._lists[phrase])

    def find(self, text: str) -> str | None:
        met = super().find(text)
        if met is not None:
            self._met([met])
        return met

    def all(self, text: str) -> frozenset[str]:
        met = super().all(text)
        self._met(met)
        return met

    def removed(self, text: str) -> str:
        if self._pattern is not None:
            self._met(self._pattern.findall(spread(text)))
        return super().removed(text)

    def is_whole(self, text: str) -> bool:
        met = super().is_whole(text)
        if met:
            closed = tight(text)
            self._met(phrase for phrase, key in self._tight.items() if key == closed)
        return met


class _TracedPattern:
    """Tells its list, and those that it names, when it matches."""

    def __init__(self, trace: Trace, file: str, key: str, text: str, pattern: re.Pattern[str]) -> None:
        self._trace, self._pattern = trace, pattern
        self.pattern = pattern.pattern
        named = {Switch("list", file, name) for name in _REFERRED.findall(text)}
        self._lists = {Switch("list", file, key), *named}
        # with fewer words of a list something else may match, where the pattern says what must not stand there
        self._denied = named if "(?!" in text or "(?<!" in text else set[Switch]()

    def _told(self, found: Any) -> Any:
        self._trace.touch(*(self._lists if found else self._denied))
        return found

    def search(self, *args: Any) -> Any:
        return self._told(self._pattern.search(*args))

    def match(self, *args: Any) -> Any:
        return self._told(self._pattern.match(*args))

    def fullmatch(self, *args: Any) -> Any:
        return self._told(self._pattern.fullmatch(*args))

    def finditer(self, text: str) -> Any:
        return iter(self._told(list(self._pattern.finditer(text))))

    def findall(self, text: str) -> Any:
        return self._told(self._pattern.findall(text))

    def sub(self, by: str, text: str, count: int = 0) -> str:
        self._told(self._pattern.search(text))
        return self._pattern.sub(by, text, count=count)
