"""Pages that list several matters: the part of the page that belongs to one of them.

A row of a table, a card, an entry of a list, a panel behind its tab, or what follows a heading up to the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from selectolax.lexbor import LexborNode

from checks.page.content import PageContent
from checks.page.lines import TextBlock
from checks.page.panels import panel_lines, panels
from checks.page.tree import ancestry
from checks.participatory.labelled import cells_of, heads_of, words

_MOST = 120  # Matters of one page. Later ones are not read. By hand.
_MOST_LINES = 4_000  # Lines of a page that are divided. Later ones are not read.
_TOP = frozenset({"body", "html", "table", "tbody", "-document", "#document"})


@dataclass(frozen=True, slots=True)
class PageBlock:
    """title: what names it. lines: all of it, the title among them. node: the element that is it, None for a run of lines."""

    title: str
    lines: tuple[TextBlock, ...]
    node: LexborNode | None

    @property
    def anchors(self) -> Iterator[LexborNode]:
        for line in self.lines:
            yield from line.anchors


def blocks(
    page: PageContent,
    is_title: Callable[[TextBlock], bool],
    heads: Callable[[str], bool],
    goes_on: Callable[[str], bool],
) -> tuple[PageBlock, ...]:
    """The matters of a page in order.

    is_title: whether a line names one. heads: whether the head of a column says that its table lists them.
    goes_on: whether a heading is one within a matter, whatever its level.
    """
    own = page.own[:_MOST_LINES]
    found = list(islice(_in_panels(page, own, is_title), _MOST))
    taken = {line.node.mem_id for block in found for line in block.lines}
    free = [line for line in own if line.node.mem_id not in taken]
    titles = [line for line in free if is_title(line)][:_MOST]
    above = {line.node.mem_id: frozenset(one.mem_id for one in ancestry(line.node)) for line in free}
    found += [_block(line, titles, free, above, goes_on) for line in titles]
    taken |= {line.node.mem_id for block in found for line in block.lines}
    found += _rows([line for line in free if line.node.mem_id not in taken], heads)
    return tuple(found[:_MOST])


def _in_panels(
    page: PageContent, own: tuple[TextBlock, ...], is_title: Callable[[TextBlock], bool]
) -> Iterator[PageBlock]:
    for panel in panels(page.document.tree.body):
        named = TextBlock(panel.said, panel.control, "h4", 4, linked=False, anchors=(), framed=False)
        if panel.said and is_title(named):
            inside = tuple(panel_lines(panel, own))
            if any(line.text != panel.said for line in inside):
                yield PageBlock(panel.said, inside, panel.roots[-1])


def _block(
    title: TextBlock,
    titles: list[TextBlock],
    lines: list[TextBlock],
    above: Mapping[int, frozenset[int]],
    goes_on: Callable[[str], bool],
) -> PageBlock:
    """above: what stands above each line, by the line's element."""
    # a picture, a heading and a button may all carry the title of one card
    others = {one.node.mem_id for one in titles if one.text != title.text}
    shared = frozenset[int]().union(*(above[other] for other in others))
    node: LexborNode | None = None
    for one in ancestry(title.node):
        if one.mem_id in shared or (one.tag or "") in _TOP:
            break
        node = one
    inside = [line for line in lines if node is not None and node.mem_id in above[line.node.mem_id]]
    if len(inside) > 1 or (node is not None and node.tag in ("tr", "li", "details")):
        return PageBlock(_name(title), tuple(inside or [title]), node)
    return PageBlock(_name(title), tuple(_run(title, others, lines, goes_on)), None)


def _name(title: TextBlock) -> str:
    """The words of its link, where a line is one and little more: a number or a date may stand beside it."""
    said = words(title.anchors[0]) if title.linked and title.anchors else ""
    return said if 2 * len(said) > len(title.text) else title.text


def _run(
    title: TextBlock, others: set[int], lines: list[TextBlock], goes_on: Callable[[str], bool]
) -> Iterator[TextBlock]:
    """The title and what follows it, up to the next title or a heading as high."""
    started = False
    for line in lines:
        if line is title:
            started = True
        elif (started and line.node.mem_id in others) or (
            started and 0 < line.heading <= (title.heading or 7) and not goes_on(line.text)
        ):
            return
        if started:
            yield line


def _rows(lines: list[TextBlock], heads: Callable[[str], bool]) -> Iterator[PageBlock]:
    """Rows of tables whose columns say what they list, named by their longest cell."""
    rows: dict[int, tuple[LexborNode, list[TextBlock]]] = {}
    for line in lines:
        row = next((one for one in ancestry(line.node, 8) if one.tag == "tr"), None)
        if row is not None:
            rows.setdefault(row.mem_id, (row, []))[1].append(line)
    for row, inside in rows.values():
        if any(heads(head) for head in heads_of(row)):
            title = max((words(cell) for cell in cells_of(row)), key=len, default="")
            yield PageBlock(title[:300], tuple(inside), row)
