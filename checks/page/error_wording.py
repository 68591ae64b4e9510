"""Does a page say of itself, in its title or main heading, that it is an error? Words alone; no server is asked.

A page that lists, explains or links to errors is none, and a menu or running text says nothing of the page. A page
without a heading of its own that says next to nothing else says it with its first sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from checks.page.content import PageContent
from checks.page.lines import TextBlock
from checks.page.wordlist import patterns, phrases, spread
from claims.persian import COMMA, QUESTION_MARK, SEMICOLON

FILE = "page/words/soft404.toml"
Kind = Literal["missing", "fault"]

_SHORT = 500  # Characters of an error page that says so anywhere. Longer, only its heading counts. By hand.
_SUBSTANCE = 1_500  # Characters. A page with more text is no error, whatever its heading says. By hand.
_BARE = 100  # Characters of a page that is nothing but the statement. By hand.
_MOST_HEADINGS = 4  # Headings that may be the main one. Lower ones are about parts.
_LISTED = frozenset({"option", "td", "th", "dt", "dd"})  # a table of errors is none
_LONGEST = 200  # Characters of a heading that states an error. Longer is a sentence about errors.
_CLAUSE = re.compile(rf"\s[-–—/]+\s|[|:>›;.,!?»«\"“”()\[\]·•\n{SEMICOLON}{COMMA}{QUESTION_MARK}]")
_QUOTED = re.compile('«[^«»]{1,80}»|“[^“”]{1,80}”|"[^"]{1,80}"')


@dataclass(frozen=True, slots=True)
class Words:
    """kind: what the words say. text: where they stand. firm: a statement, and not a number or a name alone."""

    kind: Kind
    text: str
    firm: bool = True


def said(page: PageContent, fields: int, names: Iterable[str] = ()) -> Words | None:
    """What the page says of itself; None when it does not say that it is an error.

    fields: those that a person fills in. names: of the portal, which may stand as a heading on every page.
    """
    length = len(page.prose)
    if fields > 1 or length > _SUBSTANCE:
        return None
    if length <= _SHORT and (sign := phrases(FILE, "signed").find(page.prose)) is not None:
        return Words("fault", sign)
    own = _own_headings(page, {spread(name) for name in names})
    first = _stated(own[0].text) if own else None
    short = length <= _SHORT
    if first is not None and (first.firm or short):
        return _firmer(own, first) if short else first
    if not short:
        return None
    title = _stated(page.document.title, named=True)
    if title is not None and title.firm:
        return title
    if own and not _is_nothing(own[0].text):
        return _in_a_box(own)
    return _in_a_box(own) or _by_lines(page) or title


def _own_headings(page: PageContent, names: set[str]) -> list[TextBlock]:
    """The main heading, and those after it. Where most pages of a portal are errors, their heading is taken for frame."""
    found = [line for line in page.headings if line.tag != "legend" and not line.framed]
    main = page.main_heading
    if main is not None:
        found = [main, *found[found.index(main) + 1 :]] if main in found else [main, *found]
    else:
        found = [line for line in page.lines if 0 < line.heading <= 2 and not line.linked]
    return [line for line in found[:_MOST_HEADINGS] if spread(line.text) not in names]


def _firmer(headings: list[TextBlock], first: Words) -> Words:
    """A number says less than the sentence below it."""
    return first if first.firm else (_in_a_box(headings) or first)


def _in_a_box(headings: list[TextBlock]) -> Words | None:
    """A statement as the one heading below the page's own: what there is in place of its content."""
    if len(headings) < 2 or any(line.heading == headings[1].heading for line in headings[2:]):
        return None
    found = _stated(headings[1].text)
    return found if found is not None and found.firm else None


def is_missing(message: str) -> bool:
    """Whether a message says that there is no such thing."""
    found = _stated(message)
    return found is not None and found.kind == "missing"


def _by_lines(page: PageContent) -> Words | None:
    lines = [line.text for line in page.own if not line.linked and line.tag not in _LISTED]
    whole = " ".join(lines)
    if len(whole) <= _BARE and (found := _stated(whole)) is not None:
        return found
    stated = [words for words in map(_stated, lines) if words is not None and words.firm]
    # one that tells of several errors tells which each is
    return stated[0] if len({words.kind for words in stated}) == 1 else None


def _stated(text: str, *, named: bool = False) -> Words | None:
    """What a title, a heading or a line says. named: the portal's name may stand before it."""
    if len(text) > _LONGEST or any(pattern.search(spread(text)) for pattern in patterns(FILE, "supposed")):
        return None
    told: Words | None = None
    outside = _QUOTED.sub(" ", text)
    if outside != text and spread(outside):
        return None  # «خطای ۴۰۴» on the stage: what is quoted beside other words is a name
    for clause in filter(None, map(spread, _CLAUSE.split(text))):
        if (kind := _kind(clause)) is not None:
            return Words(kind, text)
        if phrases(FILE, "alone").is_whole(clause) or _is(clause, "code"):
            told = Words("missing", text, firm=False)
        elif not (named or told or _is(clause, "nothing")):
            return None
    return told


def _is_nothing(heading: str) -> bool:
    """Whether a heading names an error or the home page, or nothing at all."""
    return all(_is(clause, "nothing") for clause in filter(None, map(spread, _CLAUSE.split(heading))))


def _kind(clause: str) -> Kind | None:
    (before,) = patterns(FILE, "before")
    for words in (clause, before.sub("", clause, count=1) if before.match(clause) else clause):
        if _is(words, "fault"):
            return "fault"
        if _is(words, "wording"):
            return "missing"
    return None


def _is(clause: str, key: str) -> bool:
    return any(pattern.fullmatch(clause) for pattern in patterns(FILE, key))
