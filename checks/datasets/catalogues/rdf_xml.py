"""RDF/XML into statements, by expat. A document with a DTD is refused before anything in it is read.

Not here: what the statements mean (`checks.datasets.catalogues.dcat`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from checks.datasets.catalogues.graph import LONGEST_NAME, TYPE, Graph, Literal, Malformed, Term, TooMuch
from checks.datasets.catalogues.terms import RDF
from web.urls import absolute

_DEPTH = 100  # Elements within elements. Deeper is malformed, as in turtle.py.
_XML = "http://www.w3.org/XML/1998/namespace"
_LONGEST = 100_000  # Characters of a text while it is read. The rest is dropped; `graph` cuts it further.
_ROOT = RDF + "RDF"
_SYNTAX = frozenset(RDF + name for name in ("about", "ID", "nodeID", "resource", "parseType", "datatype"))


@dataclass(slots=True)
class _Level:
    """An open element. node: it is a node and not a property. subject: of the node, or of what a property belongs to.

    value: what the property has come to so far, None for the text inside. items: nodes of a collection.
    """

    node: bool
    subject: str
    base: str
    language: str
    predicate: str = ""
    kind: str = ""
    datatype: str = ""
    value: Term | None = None
    text: list[str] = field(default_factory=list)
    length: int = 0
    items: list[str] | None = None
    counted: int = 0


def read_rdf_xml(body: bytes, base: str, graph: Graph) -> None:
    """Adds the statements of a document at `base`. Raises Malformed, TooMuch."""
    reader = _Reader(base, graph)
    parser = expat.ParserCreate(namespace_separator="\x1f")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartNamespaceDeclHandler = _short
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise Malformed(str(error)[:100]) from error


def _refuse(*_: object) -> None:
    raise TooMuch("doctype")


def _short(_: str | None, address: str | None) -> None:
    """A name space that every name of it would repeat."""
    if len(address or "") > LONGEST_NAME:
        raise TooMuch("address")


class _Reader:
    def __init__(self, base: str, graph: Graph) -> None:
        self._base = base
        self._graph = graph
        self._stack: list[_Level] = []
        self._skipped = 0  # depth inside of an XML literal

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._skipped or (self._stack and self._stack[-1].kind == "Literal"):
            self._skipped += 1
            return
        if len(self._stack) >= _DEPTH:
            raise TooMuch("depth")
        name = tag.replace("\x1f", "")
        said = {key.replace("\x1f", ""): value for key, value in attributes.items()}
        above = self._stack[-1] if self._stack else _Level(False, "", self._base, "", kind="root")
        base = said.pop(_XML + "base", None)
        if base is not None and len(base) > LONGEST_NAME:
            raise TooMuch("address")
        language = said.pop(_XML + "lang", above.language).lower()
        said = {key: value for key, value in said.items() if not key.startswith(_XML)}  # xml:space
        base = (absolute(above.base, base) or above.base) if base is not None else above.base
        if not self._stack and name == _ROOT:
            self._stack.append(_Level(False, "", base, language, kind="root"))
        elif above.node:
            self._property(name, said, above, base, language)
        else:
            self._node(name, said, above, base, language)

    def _node(self, name: str, said: dict[str, str], above: _Level, base: str, language: str) -> None:
        subject = self._named(said, base) or self._graph.blank()
        if name != RDF + "Description":
            self._graph.add(subject, TYPE, name)
        self._attributes(subject, said, base, language)
        if above.items is not None:
            above.items.append(subject)
        elif above.predicate:
            above.value = subject
        self._stack.append(_Level(True, subject, base, language))

    def _property(self, name: str, said: dict[str, str], above: _Level, base: str, language: str) -> None:
        if name == RDF + "li":
            above.counted += 1
            name = f"{RDF}_{above.counted}"
        level = _Level(False, above.subject, base, language, name, said.get(RDF + "parseType", ""))
        level.datatype = said.get(RDF + "datatype", "")
        target = said.get(RDF + "resource")
        if level.kind == "Resource":
            level.node, level.value = True, self._graph.blank()
            self._graph.add(above.subject, name, level.value)
            level.subject, level.kind = str(level.value), "Resource"
        elif level.kind == "Collection":
            level.items = []
        elif level.kind:
            level.kind = "Literal"
        elif target is not None:
            level.value = _absolute(base, target)
        elif RDF + "nodeID" in said:
            level.value = f"_:n{said[RDF + 'nodeID']}"
        if level.kind == "":
            others = {key: value for key, value in said.items() if key not in _SYNTAX and "://" in key}
            if others and level.value is None:
                level.value = self._graph.blank()
            if isinstance(level.value, str):
                self._attributes(level.value, others, base, language)
        self._stack.append(level)

    def _named(self, said: dict[str, str], base: str) -> str | None:
        if (about := said.get(RDF + "about")) is not None:
            return _absolute(base, about)
        if (name := said.get(RDF + "ID")) is not None:
            return _absolute(base, f"#{name}")
        node = said.get(RDF + "nodeID")
        return f"_:n{node}" if node is not None else None

    def _attributes(self, subject: str, said: dict[str, str], base: str, language: str) -> None:
        for key, value in said.items():
            if key in _SYNTAX or "://" not in key:
                continue
            kind: Term = _absolute(base, value) if key == TYPE else Literal(value, language)
            self._graph.add(subject, key, kind)

    def data(self, text: str) -> None:
        if self._skipped or not self._stack:
            return
        level = self._stack[-1]
        if not level.node and level.predicate and level.length < _LONGEST:
            level.text.append(text)
            level.length += len(text)

    def end(self, tag: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        level = self._stack.pop()
        if level.node or not level.predicate:
            return
        if level.items is not None:
            self._graph.add(level.subject, level.predicate, self._listed(level.items))
            return
        value = level.value
        if value is None:
            plain = level.datatype in ("", "http://www.w3.org/2001/XMLSchema#string")
            text = "".join(level.text)
            value = Literal(
                text, level.language if plain and not level.datatype else "", "" if plain else level.datatype
            )
        self._graph.add(level.subject, level.predicate, value)

    def _listed(self, items: list[str]) -> str:
        following = RDF + "nil"
        for item in reversed(items):
            node = self._graph.blank()
            self._graph.add(node, RDF + "first", item)
            self._graph.add(node, RDF + "rest", following)
            following = node
        return following


def _absolute(base: str, reference: str) -> str:
    if ":" in reference.partition("/")[0]:
        return reference  # names of things are compared letter by letter
    return absolute(base, reference) or reference
