"""JSON-LD into statements, with a closed table of contexts: none is ever fetched, whatever a document names.

A reader of what catalogues write (contexts, types, nesting, graphs, lists, languages), not of all of JSON-LD 1.1.
Not here: what the statements mean (`checks.datasets.catalogues.dcat`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from checks.datasets.catalogues import terms
from checks.datasets.catalogues.graph import LONGEST_NAME, TYPE, XSD, Graph, Literal, Term, TooMuch
from web.urls import absolute

_DEPTH = 60  # Objects within objects. Deeper is malformed: the reader recurses. By hand.
_MOST_CONTEXTS = 20  # Contexts in one list. More are malformed. By hand.
_MOST_NAMES = 1_000  # of one context: it is copied wherever another one stands
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_KEYWORDS = frozenset({"@id", "@type", "@value", "@language", "@graph", "@list", "@set", "@context"})


@dataclass(frozen=True, slots=True)
class _Context:
    """names: of terms and prefixes. kinds: what a term's values are, "@id" or a datatype. vocabulary: of bare words."""

    base: str
    vocabulary: str = ""
    language: str = ""
    names: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    languages: dict[str, str] = field(default_factory=dict)


def read_json_ld(document: Any, base: str, graph: Graph) -> None:
    """Adds the statements of a parsed document at `base`. Raises TooMuch."""
    context = _Context(base, names=dict(terms.PREFIXES))
    if isinstance(document, dict) and "@context" not in document and "@graph" not in document:
        context = _known(context, terms.DCAT_CONTEXT)  # a data.json, which means them without a word
    _Reader(graph).value(document, context, 0)


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def value(self, value: Any, context: _Context, depth: int) -> Iterator[str] | None:
        """Nodes of the top level, or of a graph."""
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                self._node(item, context, depth)
        return None

    def _node(self, node: dict[str, Any], context: _Context, depth: int) -> str:
        if depth > _DEPTH:
            raise TooMuch("depth")
        if "@context" in node:
            context = _with(context, node["@context"])
        said = [(key, context.names.get(key, key), value) for key, value in node.items()]
        subject = next((s for _, name, v in said if name == "@id" and (s := _iri(v, context))), None)
        subject = subject or self._graph.blank()
        for key, name, value in said:
            if name == "@type":
                for kind in value if isinstance(value, list) else [value]:
                    if isinstance(kind, str) and (full := _word(kind, context)):
                        self._graph.add(subject, TYPE, full)
            elif name == "@graph":
                self.value(value, context, depth + 1)
            elif name == "@reverse" and isinstance(value, dict):
                self._reverse(subject, value, context, depth)
            elif name not in _KEYWORDS and (predicate := _word(key, context)):
                for term in self._terms(value, key, context, depth):
                    self._graph.add(subject, predicate, term)
        return subject

    def _reverse(self, subject: str, said: dict[str, Any], context: _Context, depth: int) -> None:
        for key, value in said.items():
            predicate = _word(key, context)
            for item in value if isinstance(value, list) else [value]:
                if predicate and isinstance(item, dict):
                    self._graph.add(self._node(item, context, depth + 1), predicate, subject)

    def _terms(self, value: Any, key: str, context: _Context, depth: int) -> Iterator[Term]:
        if depth > _DEPTH:
            raise TooMuch("depth")
        if isinstance(value, list):
            for item in value:
                yield from self._terms(item, key, context, depth + 1)
        elif isinstance(value, dict):
            yield from self._object(value, key, context, depth)
        elif isinstance(value, bool):
            yield Literal("true" if value else "false", "", XSD + "boolean")
        elif isinstance(value, int | float):
            yield Literal(str(value), "", XSD + ("integer" if isinstance(value, int) else "double"))
        elif isinstance(value, str):
            kind = context.kinds.get(key, "")
            if kind in ("@id", "@vocab"):
                term = _word(value, context) if kind == "@vocab" else _iri(value, context)
                yield term if term is not None else Literal(value)
            elif kind and kind != "@language":
                yield Literal(value, "", kind)
            else:
                yield Literal(value, context.languages.get(key, context.language))

    def _object(self, value: dict[str, Any], key: str, context: _Context, depth: int) -> Iterator[Term]:
        if "@value" in value:
            text, language, kind = value["@value"], value.get("@language"), value.get("@type")
            if isinstance(text, str):
                full = _word(kind, context) if isinstance(kind, str) else None
                spoken = language.lower() if isinstance(language, str) and not full else ""
                yield Literal(text, spoken, "" if full == XSD + "string" else full or "")
            elif not isinstance(text, dict | list | None):
                yield from self._terms(text, key, context, depth)
        elif "@list" in value or "@set" in value:
            yield from self._terms(value.get("@list", value.get("@set")), key, context, depth + 1)
        elif context.kinds.get(key) == "@language":  # a container: texts by language
            for language, texts in value.items():
                for text in texts if isinstance(texts, list) else [texts]:
                    if isinstance(text, str):
                        yield Literal(text, language.lower())
        else:
            yield self._node(value, context, depth + 1)


def _with(context: _Context, named: Any) -> _Context:
    """The context after a document's own: what it spells out, and what the ones that it only names mean to us."""
    for part in (named if isinstance(named, list) else [named])[:_MOST_CONTEXTS]:
        if part is None:
            context = _Context(context.base, names=dict(terms.PREFIXES))
        elif isinstance(part, str):
            context = _known(context, terms.context(part))
        elif isinstance(part, dict):
            context = _spelled(context, part)
    return context


def _known(context: _Context, known: terms.KnownContext) -> _Context:
    return replace(
        context,
        vocabulary=known.vocabulary or context.vocabulary,
        names={**context.names, **known.names},
        kinds={**context.kinds, **known.kinds},
    )


def _spelled(context: _Context, part: dict[str, Any]) -> _Context:
    names, kinds, languages = dict(context.names), dict(context.kinds), dict(context.languages)
    base, vocabulary, language = context.base, context.vocabulary, context.language
    if isinstance(said := part.get("@base"), str) and len(said) <= LONGEST_NAME:
        base = absolute(base, said) or base
    if "@vocab" in part:
        vocabulary = part["@vocab"] if isinstance(part["@vocab"], str) else ""
        vocabulary = vocabulary[:LONGEST_NAME].replace("https://schema.org/", terms.SCHEMA)
    if "@language" in part:
        language = part["@language"].lower() if isinstance(part["@language"], str) else ""
    # Prefixes first: terms are spelled with them, in any order.
    for key, value in part.items():
        if not key.startswith("@"):
            name = value.get("@id") if isinstance(value, dict) else value
            if isinstance(name, str) and len(name) <= LONGEST_NAME and len(names) < _MOST_NAMES:
                names[key] = name
    context = _Context(base, vocabulary, language, names, kinds, languages)
    for key, value in part.items():
        if key.startswith("@") or (key not in names and len(kinds) >= _MOST_NAMES):
            continue
        if key in names:
            names[key] = _expanded(names[key], names)[:LONGEST_NAME]
        if isinstance(value, dict):
            kind = value.get("@type")
            if isinstance(kind, str):
                kinds[key] = kind if kind.startswith("@") else _word(kind, context) or ""
            if value.get("@container") == "@language":
                kinds[key] = "@language"
            if "@language" in value:
                languages[key] = str(value["@language"] or "").lower()
    return context


def _expanded(name: str, names: dict[str, str]) -> str:
    for _ in range(5):
        prefix, mark, local = name.partition(":")
        if not mark or local.startswith("//") or prefix not in names or names[prefix] == name:
            break
        name = names[prefix] + local
    return name.replace("https://schema.org/", terms.SCHEMA)


def _word(word: str, context: _Context) -> str | None:
    """What a term, a compact name or a full one stands for; None for a word of no vocabulary."""
    if word.startswith("@"):
        return None
    if word in context.names:
        return None if context.names[word].startswith("@") else _expanded(context.names[word], context.names)
    if _SCHEME.match(word):
        return _expanded(word, context.names)
    return context.vocabulary + word if context.vocabulary else None


def _iri(value: Any, context: _Context) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    if value.startswith("_:"):
        return f"_:n{value[2:]}"
    if _SCHEME.match(value):
        return _expanded(value, context.names) if value.partition(":")[0] in context.names else value
    return absolute(context.base, value) or value
