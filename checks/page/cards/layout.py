"""Where on a page the value of a card's label stands: beside it, below it, after it, or behind its tab.

A label is a line of the page's own that says nothing but the name of a field, or an inline element or a text
with a colon at the beginning of a line. Values are found through the tree, for a tick has no line of its own.
What values mean is for `values`, whose card it is for `tie`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from selectolax.lexbor import LexborNode

from checks.page.cards.inline import COLON, TRIMMED, told
from checks.page.cards.labels import ASKED, PHASES, begins_with_label, field_of, names_field
from checks.page.cards.table import Grid, table_of
from checks.page.cards.text import Asked, is_control, is_hidden, marked, segments
from checks.page.cards.values import answers, only_mark, ornament, says_electronic, unticked
from checks.page.content import PageContent
from checks.page.lines import TextBlock, ancestry

_MOST_PAIRS = 400  # Labels with values of a page. Later ones are not read. By hand.
_MOST_LABELS = 600  # Labels that are looked at for a value. It bounds the time on a page made of labels.
_CLIMB = 4  # Elements above a label where its value may begin. Higher is another block. By hand.
_HEADED = 6  # Blocks below a heading that belong to it. By hand: a value under a heading is short.
_LONG = 160  # Characters of a value, as in cards/values.py. Longer is prose.
_GLANCE = 60  # Nodes of an element that are looked at first. Enough for a label; values get more.
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "summary"))
_BY_ID = ("aria-controls", "data-tab")
_TARGETS = (*_BY_ID, "data-bs-target", "data-target", "href")


@dataclass(frozen=True, slots=True)
class Pair:
    """A field with its value. nodes: the elements that hold the value; () when it stands in the label's line."""

    name: str
    value: str
    label: TextBlock
    nodes: tuple[LexborNode, ...] = ()


@dataclass(slots=True)
class _Page:
    """What was met already: grids by table, elements that hold a value."""

    root: LexborNode
    grids: dict[int, Grid] = field(default_factory=dict)
    values: set[int] = field(default_factory=set)
    lines: set[int] = field(default_factory=set)


def pairs(reading: PageContent) -> Iterator[Pair]:
    """Labels with their values, in order. Bounded: 600 labels are looked at, 400 pairs are given."""
    body = reading.document.tree.body
    if body is None:
        return
    page = _Page(body)
    given = labels = 0
    own = {id(line) for line in reading.own}
    for line in reading.lines:
        if line.tag in ("option", "select") or not (id(line) in own or line.anchors):
            continue
        if not begins_with_label(line.text) or _inside(page, line.node):
            continue
        if id(line) not in own and _shown_by(page, line) is None:
            continue  # a row of tabs looks like a menu
        labels += 1
        for pair in _of_line(page, line):
            if _states(pair):
                page.values.update(node.mem_id for node in pair.nodes)
                given += 1
                yield pair
        if labels >= _MOST_LABELS or given >= _MOST_PAIRS:
            return


def _inside(page: _Page, node: LexborNode) -> bool:
    """Whether the element is part of a value: «الکترونیکی» is a label and a value."""
    return any(one.mem_id in page.values for one in ancestry(node, 5))


def _states(pair: Pair) -> bool:
    readable = says_electronic(pair.value) is not None or unticked(pair.value)
    if pair.name == ASKED:
        return readable and answers(pair.value)
    if pair.name in PHASES:
        # «درخواست» alone is a word of every page
        return readable or (len(pair.value) <= _LONG and len(pair.label.text.split()) > 1)
    return True


def _of_line(page: _Page, line: TextBlock) -> Iterator[Pair]:
    if line.node.mem_id not in page.lines:
        page.lines.add(line.node.mem_id)
        found = [Pair(name, value, line) for name, value in told(segments(line.node))]
        if found:
            yield from found
            return
    name = field_of(line.text)
    nodes = _region(page, line, name) if name else []
    value = _value(name, nodes) if nodes else ""
    if value and not (name == ASKED and _of_several(nodes[0])):
        yield Pair(name, value, line, tuple(nodes))


def _of_several(cell: LexborNode) -> bool:
    """The first of several values in a row: «الکترونیکی | ✓ | ✗» answers no question about the service."""
    beside = cell.next
    while beside is not None and beside.tag not in ("td", "th"):
        beside = beside.next
    if cell.tag not in ("td", "th") or beside is None or not _filled(beside):
        return False
    return not field_of(" ".join(beside.text(deep=True).split())[:100])


def _value(name: str, nodes: list[LexborNode]) -> str:
    try:
        text = marked(nodes, _GLANCE * (10 if name == "documents" else 3), unfold=True)
    except Asked:
        return ""
    rows = text.split("\n")
    while ornament(name, rows[0], rows[1] if len(rows) > 1 else ""):
        rows = rows[1:]
    if only_mark(rows[0]) and len(rows) > 1 and says_electronic(rows[1]) is None:
        rows = rows[:1]  # what is told beside the answer
    if name != "documents" and len(text) > _LONG:
        rows = rows[:1]
    value = " · ".join(row for row in rows if row)[:1_000].strip()
    # a label whose value is the next label, alone or with its own value behind it, has none
    next_label = COLON.match(rows[0])
    if names_field(rows[0], name) or (next_label is not None and names_field(next_label.group(1), name)):
        return ""
    return value


# --- in another element ------------------------------------------------------------------------------


def _region(page: _Page, line: TextBlock, name: str) -> list[LexborNode]:
    """The elements that hold the value of a label which is a line of its own; [] for none."""
    cell = next((node for node in ancestry(line.node, 5) if node.tag in ("td", "th")), None)
    if cell is not None and _only(cell, line):
        table = table_of(cell)
        if table is None:
            return []
        if table.mem_id not in page.grids:
            page.grids[table.mem_id] = Grid(table)
        return page.grids[table.mem_id].beside(cell, name)
    if (shown := _shown_by(page, line)) is not None:
        return [shown]
    if line.node.tag == "dt" or any(node.tag == "dt" for node in ancestry(line.node, 3)):
        return _definitions(next(node for node in ancestry(line.node, 3) if node.tag == "dt"))
    return _below(line.node) or _following(line, name)


def _only(cell: LexborNode, line: TextBlock) -> bool:
    try:
        return marked([cell], _GLANCE).strip(TRIMMED) == line.text.strip(TRIMMED)
    except Asked:
        return False


def _definitions(term: LexborNode) -> list[LexborNode]:
    found: list[LexborNode] = []
    current = term.next
    for _ in range(24):
        if current is None or current.tag == "dt":
            break
        if current.tag == "dd":
            found.append(current)
        current = current.next
    return found


def _shown_by(page: _Page, line: TextBlock) -> LexborNode | None:
    """What the tab or the head of an accordion opens, by its id."""
    holders = [*line.anchors[:1], *(node for node in ancestry(line.node, 3))]
    for holder in holders:
        for name in _TARGETS:
            told = (holder.attributes.get(name) or "") if holder.attributes else ""
            if re.fullmatch(r"[A-Za-z][\w-]{0,60}" if name in _BY_ID else r"#[A-Za-z][\w-]{0,60}", told):
                found = page.root.css_first(f"[id='{told.removeprefix('#')}']")
                if found is not None and found.mem_id != line.node.mem_id:
                    return found
    return None


def _below(label: LexborNode) -> list[LexborNode]:
    """A list inside of the label's own element, as in nested lists."""
    lists = [child for child in label.iter() if child.tag in ("ul", "ol", "dl")] if label.tag == "li" else []
    return lists[:1] if lists and _filled(lists[0]) else []


def _following(line: TextBlock, name: str) -> list[LexborNode]:
    """What stands after the label, or after what holds the label alone, up to the next label."""
    current: LexborNode | None = line.node
    for _ in range(_CLIMB):
        if current is None or current.tag in ("body", "main", "form", "table"):
            return []
        found = _until_next_label(current, name)
        if found != []:
            return found or []
        current = current.parent
    return []


def _until_next_label(label: LexborNode, name: str) -> list[LexborNode] | None:
    """Below a heading all up to the next one, else the first that says something; what is folded away, if nothing else.

    None where the next label stands at once.
    """
    found: list[LexborNode] = []
    folded: list[LexborNode] = []
    headed = label.tag in _HEADINGS
    beside = label.next
    for _ in range(24):
        if beside is None or len(found) >= _HEADED or (headed and beside.tag in (*_HEADINGS, "details")):
            break
        if not (beside.tag or "").startswith(("-", "!")):
            words = _words(beside)
            if names_field(words, name):
                return found or folded[:1] or None
            if is_hidden(beside) and words:
                folded.append(beside)
        if not is_control(beside) and _filled(beside):
            found.append(beside)
            said = _glance(beside)
            if not headed and not (len(found) == 1 and (ornament(name, said, "0") or only_mark(said))):
                break
        beside = beside.next
    return found or folded[:1]


def _words(node: LexborNode) -> str:
    """The first words of an element, hidden or in a button too."""
    parts: list[str] = []
    for one in islice(node.traverse(include_text=True), _GLANCE):
        if one.tag == "-text":
            parts.append((one.text_content or "")[:_LONG])
        if sum(map(len, parts)) > _LONG:
            break
    return " ".join(" ".join(parts).split()).strip(TRIMMED)


def _glance(node: LexborNode) -> str:
    try:
        return marked([node], _GLANCE)
    except Asked:
        return ""


def _filled(node: LexborNode) -> bool:
    if node.tag == "-text":
        return bool((node.text_content or "").strip(TRIMMED + "\n\r"))
    if (node.tag or "").startswith(("-", "!")):
        return False
    try:
        return bool(marked([node], _GLANCE).strip(TRIMMED))
    except Asked:
        return True
