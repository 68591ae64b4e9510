"""Lists of managers on a page: tables, cards, definition lists, running lists, and pages of one manager.

A manager is somebody of whom a name or a post is told; what is told of him, not who he is, leaves this module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from checks.page.cards.values import blank
from checks.page.content import PageContent
from checks.page.forms.kinds import forms
from checks.page.lines import TextBlock, ancestry
from checks.page.wordlist import phrases
from checks.transparent.people import (
    POSTS,
    addressed,
    bare_name,
    invites,
    is_label,
    labelled,
    person,
    post,
    reachable,
)
from checks.transparent.rows import LONGEST_ROW, TableRow, rows
from claims.persian import digits
from web.urls import absolute, is_web

FILE = "transparent/managers_contacts/words.toml"
_MOST = 200  # Managers of a page. Later ones are not read. By hand.
_MOST_LINES = 3_000  # Lines of a page that are read. Later ones are not. It bounds the time.
_LONGEST_POST = 140  # Characters of a post. Longer is prose, and names nobody.
_LONGEST_NAME = 60  # Characters of a name. Longer is prose.
_LONGEST_CARD = 30  # Lines of a card of one manager. A longer block holds several.
# Lines of one manager, where no element holds them together.
_FLAT = 10
_NO_FORM = ("search", "newsletter", "captcha", "bare", "login", "poll", "comment")


@dataclass(frozen=True, slots=True)
class Manager:
    """What a list tells of one manager. post: its words, "" for none. links: own pages that may tell the rest."""

    name: bool
    post: str
    reach: bool
    links: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return self.name and bool(self.post) and self.reach


def managers(page: PageContent) -> tuple[Manager, ...]:
    """The managers that a page lists: those in tables, then the others. Bounded."""
    found: list[Manager] = []
    tables: set[int] = set()
    for row in rows(page):
        if _is_pair(row) or len(row.text) > LONGEST_ROW:
            continue
        if (one := _of_row(page, row)) is not None:
            found.append(one)
            tables.add(row.table)
    lines = [line for line in page.own if not _stands_in(line, tables)][:_MOST_LINES]
    found.extend(_of_lines(page, lines))
    if not any(one.post for one in found):
        return ()
    if any(_takes_messages(form.kind, f"{form.heading} {form.words[:300]}") for form in forms(page)):
        found = [replace(one, reach=True) for one in found]
    return tuple(found[:_MOST])


def profile(page: PageContent) -> Manager:
    """What a page of one manager tells, taken together."""
    return _of_group(page, page.own)


def _stands_in(line: TextBlock, tables: set[int]) -> bool:
    """In one of the tables that were read, or in a form, whose labels are no list."""
    return any(one.mem_id in tables or one.tag in ("form", "label") for one in ancestry(line.node, 14))


def _takes_messages(kind: str, words: str) -> bool:
    return kind not in _NO_FORM and phrases(FILE, "forms").find(words) is not None


# --- tables -----------------------------------------------------------------------------------------


def _is_pair(row: TableRow) -> bool:
    """A label and its value: the table is one manager's, not a list of them."""
    return len(row.cells) == 2 and _is_label(row.cells[0])


def _of_row(page: PageContent, row: TableRow) -> Manager | None:
    """None for a row that tells neither a name nor a post under a head of its own, or a post by its words."""
    name, reach, said = False, False, ""
    headed = any(is_label(head, "post") or is_label(head, "name") for head in row.heads)
    for position, cell in enumerate(row.cells):
        head = row.head(position)
        if not cell or blank(cell):
            continue
        if is_label(head, "name"):
            name = name or any(char.isalpha() for char in cell)
        elif is_label(head, "post"):
            said = said or cell
        elif is_label(head, "reach"):
            reach = reach or reachable(cell) or sum(char.isdigit() for char in digits(cell)) >= 3
        else:
            said = said or (post(cell) or "")
            name = name or person(cell)
            reach = reach or reachable(cell)
    reach = reach or _invited(row.lines)
    if not (said or (name and (headed or reach))):
        return None
    return Manager(name, said[:_LONGEST_POST], reach, _links(page, row.lines))


# --- cards, lists, paragraphs -----------------------------------------------------------------------


def _of_lines(page: PageContent, lines: Sequence[TextBlock]) -> Iterator[Manager]:
    """Groups around names first; then posts that stand in none of them, each a manager without a name."""
    tree = _Tree(lines)
    anchors = [position for position in range(len(lines)) if _names_somebody(lines, position)][:_MOST]
    grouped: set[int] = set()
    for group in _groups(lines, tree, anchors):
        one = _of_group(page, [lines[position] for position in group])
        if one.post or one.reach:
            grouped.update(group)
            yield one
    rest = [at for at, line in enumerate(lines) if at not in grouped and _is_post_line(line)][:_MOST]
    taken = {ident for at in grouped for ident in tree.above[at]}
    beside = {ident for at in grouped for ident in tree.above[at][1:5]}
    shared = tree.shared(rest)
    for position in rest:
        card = tree.card(position, taken | shared)
        inside = [at for at in tree.inside.get(card or -1, ()) if at not in grouped]
        if not 2 <= len(inside) <= _LONGEST_CARD:
            inside = list(_run(position, len(lines), grouped.union(rest) - {position}))
        one = _of_group(page, [lines[at] for at in inside])
        alike = bool(grouped) and tree.parent(position, card) in beside
        if one.reach or one.links or lines[position].node.tag == "li" or alike:
            yield replace(one, name=False)


class _Tree:
    """Which elements stand above each line, and which lines stand in each element; elements by identity."""

    def __init__(self, lines: Sequence[TextBlock]) -> None:
        self.above = [[one.mem_id for one in ancestry(line.node, 40)] for line in lines]
        self.inside: dict[int, list[int]] = {}
        for at, idents in enumerate(self.above):
            for ident in idents:
                self.inside.setdefault(ident, []).append(at)

    def shared(self, positions: Sequence[int]) -> set[int]:
        """Elements that stand above more than one of the lines."""
        counted = Counter(ident for position in positions for ident in self.above[position])
        return {ident for ident, number in counted.items() if number > 1}

    def card(self, position: int, foreign: set[int]) -> int | None:
        """The largest element above a line that is none of the foreign ones; None when the line's own is."""
        top = None
        for ident in self.above[position]:
            if ident in foreign:
                break
            top = ident
        return top

    def parent(self, position: int, card: int | None) -> int | None:
        idents = self.above[position]
        at = idents.index(card) + 1 if card is not None else len(idents)
        return idents[at] if at < len(idents) else None


def _run(position: int, end: int, stops: set[int]) -> Iterator[int]:
    for at in range(position, min(end, position + _FLAT)):
        if at in stops:
            return
        yield at


def _is_post_line(line: TextBlock) -> bool:
    """A short line that begins with a post."""
    words = line.text.split()
    if 0 < line.heading <= 1 or len(line.text) > _LONGEST_POST:
        return False
    return post(line.text) is not None and POSTS.find(" ".join(words[:2])) is not None


def _names_somebody(lines: Sequence[TextBlock], position: int) -> bool:
    text = lines[position].text
    if len(text) > 200:
        return False
    if (value := labelled(text, "name")) is not None or is_label(text, "name"):
        return value is not None or _next_is_value(lines, position)
    if position and is_label(lines[position - 1].text, "name"):
        return False  # the label has said so
    if addressed(text):
        return True
    return bare_name(text) or (person(text) and (post(text) is not None or reachable(text)))


def _next_is_value(lines: Sequence[TextBlock], position: int) -> bool:
    following = lines[position + 1].text if position + 1 < len(lines) else ""
    if not following or blank(following) or _is_label(following) or len(following) > _LONGEST_NAME:
        return False
    return any(char.isalpha() for char in following)


def _is_label(text: str) -> bool:
    return any(is_label(text, of) for of in ("name", "post", "reach"))


def _groups(lines: Sequence[TextBlock], tree: _Tree, anchors: Sequence[int]) -> Iterator[list[int]]:
    """For each name the lines that belong to it: of the largest element without another name, or up to the next name."""
    # «مدیرکل دفتر فنی» may stand over the names, as the first one shows
    leading = bool(anchors and anchors[0] and _is_post_line(lines[anchors[0] - 1]))
    shared = tree.shared(anchors)
    # the last one is no longer than those before: what follows is the page's, such as its switchboard
    longest = max((after - at for at, after in pairwise(anchors)), default=_FLAT)
    for number, position in enumerate(anchors):
        card = tree.card(position, shared) if len(anchors) > 1 else None
        inside = tree.inside.get(card or -1, [])
        if len(inside) > 1 or (inside and post(lines[position].text) is not None):
            yield inside
            continue
        end = anchors[number + 1] if number + 1 < len(anchors) else min(len(lines), position + longest)
        begin = position - 1 if leading and position and _is_post_line(lines[position - 1]) else position
        yield list(_flat(lines, begin, position, end))


def _flat(lines: Sequence[TextBlock], begin: int, position: int, end: int) -> Iterator[int]:
    """Lines after a name, up to where another manager begins: a post after a way to reach the one before."""
    posted = begin < position
    reached = False
    level = lines[position].heading
    for at in range(begin, min(end, position + _FLAT)):
        line = lines[at]
        if at > position:
            if _is_post_line(line) and posted and (reached or begin < position):
                return  # the next one's
            if 0 < line.heading <= level:
                return
        posted = posted or post(line.text) is not None
        reached = reached or reachable(line.text)
        yield at


def _of_group(page: PageContent, group: Sequence[TextBlock]) -> Manager:
    name, reach, said = False, False, ""
    for position, line in enumerate(group):
        text = line.text
        name = name or (_names_somebody(group, position))
        if not said:
            value = labelled(text, "post")
            if value is None and position and is_label(group[position - 1].text, "post"):
                value = None if blank(text) or _is_label(text) else text
            said = value or (post(text) or "" if not is_label(text, "post") else "")
        numbered = position and is_label(group[position - 1].text, "reach")
        reach = reach or reachable(text) or bool(numbered and sum(c.isdigit() for c in digits(text)) >= 3)
    return Manager(name, said[:_LONGEST_POST], reach or _invited(group), _links(page, group))


def _invited(lines: Sequence[TextBlock]) -> bool:
    return any(
        invites(" ".join(anchor.text(deep=True).split()), anchor.attributes.get("href") or "")
        for line in lines
        for anchor in line.anchors
    )


def _links(page: PageContent, lines: Sequence[TextBlock]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for line in lines:
        for anchor in line.anchors:
            href = (anchor.attributes.get("href") or "").strip()
            url = absolute(page.document.base, href) if href and not href.startswith("#") else None
            if url is not None and is_web(url):
                found[url] = None
    return tuple(found)[:3]
