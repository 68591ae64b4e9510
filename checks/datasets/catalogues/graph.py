"""Statements of RDF, as the three syntaxes give them: bounded, and no more of them kept than catalogues are read for."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from checks.datasets.catalogues.terms import RDF, plain

# Statements of one catalogue. Past them it is a limit of ours, for memory. By hand.
MOST_STATEMENTS = 1_000_000
LONGEST_LITERAL = 20_000  # Characters of a text. The rest is cut: no judgement reads so far.
# Characters of an address in RDF. A longer one is dropped: a picture written as its own address.
LONGEST_NAME = 4_000

XSD = "http://www.w3.org/2001/XMLSchema#"
TYPE = RDF + "type"


class Malformed(Exception):
    """The syntax is broken; what came before it stands."""


class TooMuch(Exception):
    """A limit of ours was met; the argument names it."""


class Literal(NamedTuple):
    """A text. language: lower case, "" for none. datatype: "" for a plain text."""

    text: str
    language: str = ""
    datatype: str = ""


Term = str | Literal  # an address, a blank node ("_:…"), or a text


class Graph:
    """Statements by subject, in the order they came. keep: the only predicates that are kept; None for all."""

    def __init__(self, keep: frozenset[str] | None = None) -> None:
        self.statements: dict[str, list[tuple[str, Term]]] = defaultdict(list)
        self._keep = keep
        self._count = 0
        self._blank = 0

    def add(self, subject: str, predicate: str, value: Term) -> None:
        """Raises TooMuch."""
        self._count += 1
        if self._count > MOST_STATEMENTS:
            raise TooMuch("statements")
        predicate = plain(predicate)
        if predicate == TYPE and isinstance(value, str):
            value = plain(value)
        if self._keep is not None and predicate not in self._keep:
            return
        if isinstance(value, Literal):
            if len(value.text) > LONGEST_LITERAL:
                value = value._replace(text=value.text[:LONGEST_LITERAL])
        elif len(value) > LONGEST_NAME:  # a picture written as its own address, or worse
            return
        if len(subject) > LONGEST_NAME or len(predicate) > LONGEST_NAME:
            return
        self.statements[subject].append((predicate, value))

    def blank(self) -> str:
        """A node without a name."""
        self._blank += 1
        return f"_:g{self._blank}"

    def of(self, subject: str, *predicates: str) -> list[Term]:
        """Values of the predicates, those of the first ones first."""
        said = self.statements.get(subject, ())
        return [value for predicate in predicates for name, value in said if name == predicate]
