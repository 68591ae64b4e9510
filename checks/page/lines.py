"""The lines of a page: the text of each block element, with its links, its heading level and its place.

What of them is the portal's frame is for `checks.page.boilerplate` to learn and for `checks.page.content` to take away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from checks.page.headings import heading_of, is_heading, names_title
from checks.page.similarity import masked
from checks.page.tree import ancestry, selector
from web.document import Document

__all__ = ["TextBlock", "ancestry", "is_frame", "lines", "selector"]

_BLOCK = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol p pre section summary "
    "table tbody td tfoot th thead tr ul option optgroup label button select".split()
)
_SILENT = frozenset({"script", "style", "noscript", "template", "svg", "head", "title"})
_FRAME_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary"})
_FRAME_WORD = re.compile(
    r"(?:^|[-_])(?:breadcrumbs?|navbar|mainmenu|topmenu|main-menu|top-menu|megamenu|menubar|sidebar|sidemenu"
    r"|site-?header|site-?footer|page-?footer|footer|topbar|top-bar|skip-?links?|copyright|menu|nav)(?:$|[-_])",
    re.IGNORECASE,
)
# Where an element of a name of its own (`mat-card-title`) stands among words and not as a block.
_INLINE = frozenset("p h1 h2 h3 h4 h5 h6 span a b i em strong font small label button li td th dt dd".split())
# Names of parts of a card or form, and of pages that have a side column, are no frame.
_NO_FRAME = re.compile(
    r"(?:has|with|no|without|card|panel|modal|form|table|box|widget|post|entry|article|list|tab|dialog|section)[-_]",
    re.IGNORECASE,
)
# The panels of a page's tabs with what a menu never holds: «nav tabbable» around them is no menu.
_TABBED = ", ".join(
    f"{panel} {held}"
    for panel in (".tab-pane", ".tab-content", "[role=tabpanel]", ".tabs-panel")
    for held in ("p", "table", "dl", "fieldset", "textarea")
)
_CONTENT = frozenset({"main", "article", "section", "dialog"})
_LINKED_SHARE = 0.8  # of a line's letters; with more of them in links, the line is a link. By hand
_FRAME_SHARE = 0.6  # of a page's text; a box with more of it is the content, whatever its name says. By hand
_MAX_NODES = 60_000  # Nodes of a page that are read. Past them the page is cut. By hand.
_LONGEST = 20_000  # Characters of one line. The rest is cut; it bounds every pattern over lines.
_MOST_TEXT = 600_000  # Characters of a page. Past them the page is cut. By hand.


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Text of one block element.

    heading: 1 to 6, 7 for a short line that is only styled as a heading, 0 for others and for labels of fields.
    page_title: styled as the title of the page as a whole.
    linked: more than four fifths of it are link text. anchors: its links, in order.
    framed: inside a menu, header, footer or the like, as the page itself marks it.
    """

    text: str
    node: LexborNode
    tag: str
    heading: int
    linked: bool
    anchors: tuple[LexborNode, ...]
    framed: bool
    page_title: bool = False

    @property
    def target(self) -> str:
        """href of its first link, "" without one."""
        return next((anchor.attributes.get("href") or "" for anchor in self.anchors), "")

    @property
    def key(self) -> tuple[str, str, str]:
        """The same for a line that stands on many pages: links of menus tell in their query from which page they lead."""
        if self.linked:
            return "a", masked(self.text), self.target.partition("?")[0] if self.framed else self.target
        return ("h" if 0 < self.heading < 7 else "t"), masked(self.text), ""


def lines(document: Document) -> tuple[TextBlock, ...]:
    """Every line of the page, in order. Bounded: what comes after 60,000 nodes or 600,000 characters is not read."""
    body = document.tree.body
    return tuple(_lines(body)) if body is not None else ()


def _lines(body: LexborNode) -> Iterator[TextBlock]:
    parts: list[str] = []
    link_length = 0
    anchors: list[LexborNode] = []
    links: list[LexborNode] = []
    named: list[LexborNode] = []
    framed = content = 0
    owner = [body]
    stack: list[tuple[LexborNode, str]] = [(body, "enter")]
    seen = 0
    room = _MOST_TEXT

    def taken() -> TextBlock | None:
        nonlocal link_length
        nonlocal room
        text = " ".join("".join(parts).split())[:_LONGEST]
        room -= len(text)
        line = _line(text, owner[-1], link_length, tuple(anchors), named, framed=framed > 0) if text else None
        named.clear()
        parts.clear()
        anchors.clear()
        link_length = 0
        return line

    def add(text: str) -> None:
        nonlocal link_length
        parts.append(text)
        if links and (length := len("".join(text.split()))):
            link_length += length
            if not anchors or anchors[-1].mem_id != links[-1].mem_id:
                anchors.append(links[-1])

    while stack and seen < _MAX_NODES and room > 0:
        node, step = stack.pop()
        tag = node.tag or ""
        if step == "leave":
            if (line := taken()) is not None:
                yield line
            owner.pop()
        elif step == "end link":
            links.pop()
        elif step == "end frame":
            framed -= 1
        elif step == "end content":
            content -= 1
        elif tag == "-text":
            add(node.text_content or "")
        elif tag not in _SILENT and not tag.startswith(("-", "!")) and not _outline(node):
            seen += 1
            if tag == "br":
                if (line := taken()) is not None:
                    yield line
                continue
            if tag in _BLOCK or ("-" in tag and _stands_alone(node)):
                if (line := taken()) is not None:
                    yield line
                owner.append(node)
                stack.append((node, "leave"))
            else:
                parts.append(" ")
                if names_title(node):
                    named.append(node)
            if tag == "img" and links:
                add(f" {node.attributes.get('alt') or ''} ")
            if tag == "a":
                links.append(node)
                stack.append((node, "end link"))
            if is_frame(node, inside_content=content > 0):
                framed += 1
                stack.append((node, "end frame"))
            if tag in _CONTENT:
                content += 1
                stack.append((node, "end content"))
            stack.extend((child, "enter") for child in reversed(list(node.iter(include_text=True))))
    if (line := taken()) is not None:
        yield line


def _line(
    text: str,
    node: LexborNode,
    link_length: int,
    anchors: tuple[LexborNode, ...],
    named: Sequence[LexborNode],
    *,
    framed: bool,
) -> TextBlock:
    linked = link_length > _LINKED_SHARE * len(text.replace(" ", ""))
    heading, page_title = heading_of(node, text, named, linked=linked)
    return TextBlock(text, node, node.tag or "", heading, linked, anchors, framed, page_title)


def _outline(node: LexborNode) -> bool:
    """The outline that an application draws around a field, which says the field's label again to nobody."""
    return node.tag == "fieldset" and (node.attributes.get("aria-hidden") or "").lower() == "true"


def _stands_alone(node: LexborNode) -> bool:
    """An element with a name of its own, not among words and no icon."""
    return node.parent is not None and node.parent.tag not in _INLINE and "icon" not in (node.tag or "")


def is_frame(node: LexborNode, *, inside_content: bool) -> bool:
    """Whether the page itself marks the element as menu, header, footer, breadcrumb or side matter."""
    tag = node.tag or ""
    if tag in ("nav", "aside"):
        return True
    if tag in ("header", "footer"):
        return not inside_content
    if tag in ("body", "main", "article", "html", "form", "input", "button", "label", "a") or is_heading(tag):
        return False
    attributes = node.attributes
    if (attributes.get("role") or "").lower() in _FRAME_ROLES:
        return True
    names = [attributes.get("id") or "", *(attributes.get("class") or "").split()]
    if not any(_FRAME_WORD.search(name) and not _NO_FRAME.match(name) for name in names):
        return False
    return node.css_first(f"h1, main, article, {_TABBED}") is None and _share(node) < _FRAME_SHARE


def _share(node: LexborNode) -> float:
    """Share of the page's text that stands in the element."""
    top = node
    for top in ancestry(node, 200):
        if top.tag == "body":
            break
    whole = len(top.text(deep=True)) or 1
    return len(node.text(deep=True)) / whole
