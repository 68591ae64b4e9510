"""A page as a reader meets it: its own lines, text and headings, with menus, headers and footers taken away.

What the portal shows on most of its pages is frame; `checks.page.boilerplate` knows which lines those are. Nothing here
knows of services or elements.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from selectolax.lexbor import LexborNode

from checks.derivations import Derivations
from checks.page.dialogs import opened_by
from checks.page.lines import TextBlock, ancestry, lines
from checks.page.panels import Panel, group_of, panel_at, panel_lines
from web.document import Document
from web.urls import identity, is_web

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

T = TypeVar("T")
# So many lines in the same order are one block, shown twice; fewer may be said again.
_COPIED = 3
# Of what is only styled as the page's title: many content systems give it no level, and its parts an h3.
_TITLE_LEVEL = 2.5


class PageContent(Derivations):
    """The lines of one document, or of a part of it.

    frame: keys of lines that most pages of the portal show, and how often. part: its lines; None for all.
    """

    def __init__(
        self,
        document: Document,
        frame: dict[tuple[str, str, str], int] | None = None,
        part: tuple[TextBlock, ...] | None = None,
    ) -> None:
        super().__init__()
        self.document = document
        self.lines = lines(document) if part is None else part
        self.whole = part is None
        self._frame = frame or {}

    @cached_property
    def _keys(self) -> list[tuple[str, str, str]]:
        return [line.key for line in self.lines]

    @cached_property
    def own(self) -> tuple[TextBlock, ...]:
        """Lines that are the page's own, in order."""
        keys = self._keys
        known = [line.framed or key in self._frame for line, key in zip(self.lines, keys, strict=True)]
        dropped = {
            position
            for position, line in enumerate(self.lines)
            if line.framed and not (0 < line.heading <= 2 and keys[position] not in self._frame)
        }
        spent = Counter(keys[position] for position in dropped)
        surplus = set[int]()
        by_key: dict[tuple[str, str, str], list[int]] = {}
        for position, key in enumerate(keys):
            if key in self._frame and position not in dropped:
                by_key.setdefault(key, []).append(position)
        for key, positions in by_key.items():
            # A line that most pages show once, shown twice here, is the page's own once: the lonelier one.
            positions.sort(key=lambda p: (-_beside(known, p), p))
            allowed = max(0, self._frame[key] - spent[key])
            dropped.update(p for p in positions[:allowed] if _beside(known, p))
            surplus.update(p for p in positions if p not in dropped)
        if surplus:
            dropped |= self._copies(surplus)
        return tuple(line for position, line in enumerate(self.lines) if position not in dropped)

    def _copies(self, surplus: set[int]) -> set[int]:
        """Of lines beyond what most pages show, those in a block of such lines that stands here again, line for line.

        A footer or newsletter for telephones beside the one for desktops. What a page tells of the same on its own, such
        as the address on the page of contacts, is no such block: more than that stands in the frame's.
        """
        others = (
            line.node for line, key in zip(self.lines, self._keys, strict=True) if key not in self._frame
        )
        above = _above(others)
        blocks: dict[int, list[int]] = {}
        for position, (line, key) in enumerate(zip(self.lines, self._keys, strict=True)):
            if key in self._frame and (around := _outermost(line.node, above)) is not None:
                blocks.setdefault(around, []).append(position)
        alike: dict[tuple[tuple[str, str, str], ...], list[list[int]]] = {}
        for positions in blocks.values():
            alike.setdefault(tuple(self._keys[p] for p in positions), []).append(positions)
        return {
            position
            for said, copies in alike.items()
            if len(said) >= _COPIED and len(copies) > 1
            for positions in copies
            for position in surplus.intersection(positions)
        }

    @cached_property
    def leading(self) -> tuple[TextBlock, ...]:
        """Lines whose links may be the page's own: `own`, and menus of this page that other pages lack."""
        if not self._frame:
            return self.own
        own = {id(line) for line in self.own}
        return tuple(
            line
            for line, key in zip(self.lines, self._keys, strict=True)
            if id(line) in own or (line.anchors and key not in self._frame)
        )

    @cached_property
    def text(self) -> str:
        """The page's own text."""
        return " ".join(line.text for line in self.own if line.tag != "option")

    @cached_property
    def prose(self) -> str:
        """The page's own text without lines that are only links, and without controls."""
        return " ".join(
            line.text
            for line in self.own
            if not line.linked and line.tag not in ("option", "button", "label")
        )

    @cached_property
    def headings(self) -> tuple[TextBlock, ...]:
        return tuple(line for line in self.own if line.heading)

    @cached_property
    def main_heading(self) -> TextBlock | None:
        """The first h1 outside headers, else the first heading, else an h2, what is styled as the page's title, an h3 or h4.

        A heading that is a link to another page is an entry of a list, unless it is an h1.
        """
        real = [
            line
            for line in self.headings
            if (line.heading <= 4 or line.page_title)
            and line.tag != "legend"
            and not (line.heading > 1 and line.linked and self._leads_away(line))
        ][:8]
        return min(
            real,
            key=lambda line: (line.framed, _TITLE_LEVEL if line.page_title else line.heading),
            default=None,
        )

    def _leads_away(self, line: TextBlock) -> bool:
        here = identity(self.document.url)
        leads = (self.document.resolve(a.attributes.get("href") or "") for a in line.anchors)
        return any(url is not None and identity(url) != here for url in leads)

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The whole page, menus and footers too, as a tree of Beautiful Soup: for checks of your own.

        Made when it is first asked for; a page of 20 kB takes some ms and 1 MB of memory.
        """
        from web.soup import soup_of  # which no audit without such checks needs to import

        return soup_of(self.document.tree)

    @cached_property
    def own_nodes(self) -> frozenset[int]:
        """Identities of the elements that hold an own line."""
        return frozenset(line.node.mem_id for line in self.own)

    def section(self, ident: str) -> str:
        """Text of the element that a fragment points at, or of what follows a heading with that id."""
        return " ".join(line.text for line in self._section(ident))

    def part(self, place: str | Panel) -> PageContent | None:
        """The part of the page that a fragment points at, or a panel, where it has a heading; None for the whole page.

        The dialogs that its buttons alone open are of the part.
        """
        panel = panel_at(self.document.tree.body, place) if isinstance(place, str) else place
        found = panel_lines(panel, self.lines) if panel is not None else []
        if not found and isinstance(place, str):
            found = self._section(place)
        if len(found) == len(self.lines) or not any(line.heading for line in found):
            return None
        part = PageContent(self.document, self._frame, tuple(found))
        opened = {node.mem_id for node in opened_by(self.document.tree.body, part.around).own}
        if not opened:
            return part
        known = {line.node.mem_id for line in found}
        found += [line for line in self.lines if line.node.mem_id not in known and _inside(line.node, opened)]
        return PageContent(self.document, self._frame, tuple(found))

    def beside(self, place: str | Panel) -> PageContent:
        """The page without a panel and the panels like it, and without the dialogs that they alone open."""
        body = self.document.tree.body
        panel = panel_at(body, place) if isinstance(place, str) else place
        group = group_of(panel) if panel is not None else None
        inside = {line.node.mem_id for line in (self.part(place) or self).lines}
        roots = {group.mem_id} if group is not None else set()
        roots |= {node.mem_id for node in opened_by(body, lambda control: _inside(control, roots)).own}
        rest = tuple(
            line for line in self.lines if line.node.mem_id not in inside and not _inside(line.node, roots)
        )
        return PageContent(self.document, self._frame, rest)

    def target(self, link: LexborNode) -> str | None:
        """Where a link of the page leads; None for what is no address of the web."""
        url = self.document.resolve((link.attributes.get("href") or "").strip())
        return url if url is not None and is_web(url) else None

    def holds(self, node: LexborNode) -> bool:
        """Whether an element belongs to the part: all its lines do, and there is one."""
        return self.whole or node.mem_id in self._held

    def owns(self, node: LexborNode) -> bool:
        """Whether an element is the page's own, and not of what most pages show.

        It holds a line of the page's own, or the nearest element around it that has words does.
        """
        worded = next((one for one in ancestry(node) if one.mem_id in self._worded), None)
        return self.whole if worded is None else worded.mem_id in self._owned

    @cached_property
    def _worded(self) -> frozenset[int]:
        return frozenset(_above(line.node for line in lines(self.document)))

    @cached_property
    def _owned(self) -> frozenset[int]:
        return frozenset(_above(line.node for line in self.own))

    def around(self, node: LexborNode) -> bool:
        """Whether an element, which may have no words, stands in the part."""
        return self.whole or any(one.mem_id in self._held for one in ancestry(node))

    @cached_property
    def _held(self) -> frozenset[int]:
        mine = {line.node.mem_id for line in self.lines}
        others = (line.node for line in lines(self.document) if line.node.mem_id not in mine)
        return frozenset(_above(line.node for line in self.lines) - _above(others))

    def _section(self, ident: str) -> list[TextBlock]:
        found = [
            line
            for line in self.lines
            if any(node.attributes.get("id") == ident for node in ancestry(line.node))
        ]
        if len(" ".join(line.text for line in found)) >= 120:
            return found
        starts = next(
            (
                position
                for position, line in enumerate(self.lines)
                if any(node.attributes.get("id") == ident for node in ancestry(line.node))
                or any(
                    child.attributes.get("id") == ident or child.attributes.get("name") == ident
                    for child in line.node.css("a[id],a[name],span[id]")
                )
            ),
            None,
        )
        if starts is None:
            return found
        level = self.lines[starts].heading or 7
        found = [self.lines[starts]]
        for line in self.lines[starts + 1 :]:
            if 0 < line.heading <= min(level, 6) or line.framed:
                break
            found.append(line)
        return found


def _outermost(node: LexborNode, above: set[int]) -> int | None:
    """The largest element around a node that is none of those; None where the node itself is one."""
    found: int | None = None
    for one in ancestry(node):
        if one.mem_id in above:
            break
        found = one.mem_id
    return found


def _inside(node: LexborNode, roots: set[int]) -> bool:
    return any(one.mem_id in roots for one in ancestry(node))


def _above(nodes: Iterable[LexborNode]) -> set[int]:
    return {one.mem_id for node in nodes for one in ancestry(node)}


def _beside(known: list[bool], position: int) -> int:
    before = known[position - 1] if position else True
    after = known[position + 1] if position + 1 < len(known) else True
    return before + after
