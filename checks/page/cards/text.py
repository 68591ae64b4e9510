"""What a reader sees in a cell of a card: words, and ticks, crosses and boxes whatever they are made of.

Controls, pictures and icons become characters («☑», «☐», «✓», «✗»), so that values are read from text alone.
What the characters mean is for `values`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from selectolax.lexbor import LexborNode

from checks.page.wordlist import table

CHECKED, UNCHECKED, TICK, CROSS = "☑", "☐", "✓", "✗"
# Stands where a short inline element begins or ends: a label in <strong> has no colon.
EDGE = "\x1f"
# Stands alone for a block inside of an element whose own lines are read.
BLOCK = "\x1e"

_BLOCK = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol p pre section summary "
    "table tbody td tfoot th thead tr ul option optgroup label button select".split()
)
_INLINE = frozenset("b strong span em u font i dfn small bdi mark".split())
_SILENT = frozenset({"script", "style", "noscript", "template", "head", "title"})
_ICONS = frozenset({"i", "span", "em", "svg", "use", "b", "mat-icon"})
_TYPED = frozenset({"button", "hidden", "submit", "reset", "image"})
# A label with its value.
_TOLD = re.compile(r"[:：]\s*[^\s:：]")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_OURS = re.compile(f"[{EDGE}{BLOCK}]")
_MOST_NODES = 600  # Nodes of a value that are read. Past them the value is cut; hostile cells have no end.
_MOST_TEXT = 4_000  # Characters of a value that are read. Past them it is cut.


class Asked(Exception):
    """The element asks for something instead of stating it: a field to be filled in."""


def marked(nodes: Iterable[LexborNode], most: int = _MOST_NODES, *, unfold: bool = False) -> str:
    """Text of the elements, a line for each block; buttons say nothing. Raises Asked for fields that a visitor fills in.

    most: elements and texts that are read, for those who only want to know whether something stands there.
    unfold: the elements themselves may be hidden, as what a title opens is.
    """
    return "\n".join(_lines(nodes, most, deep=True, unfold=unfold))


def segments(node: LexborNode) -> list[str]:
    """Lines of the element's own inline content, with edges; what stands in blocks inside of it is left out."""
    try:
        return _lines([node], _MOST_NODES, deep=False, unfold=False)
    except Asked:
        return []


def _lines(nodes: Iterable[LexborNode], most: int, *, deep: bool, unfold: bool) -> list[str]:
    parts: list[str] = []
    pictures: list[int] = []
    size = seen = 0
    top = list(nodes)
    outer = {node.mem_id for node in top}
    stack: list[LexborNode | str] = list(reversed(top))
    while stack and seen < most and size < _MOST_TEXT:
        node = stack.pop()
        if isinstance(node, str):
            parts.append(node)
            continue
        seen += 1
        tag = node.tag or ""
        if tag == "-text":
            text = " ".join(_OURS.sub(" ", node.text_content or "").split(" "))
            parts.append(re.sub(r"\s+", " ", text))
            size += len(text)
            continue
        if tag in _SILENT or tag.startswith(("-", "!")):
            continue
        if is_hidden(node) and not (unfold and node.mem_id in outer):
            continue
        if deep and node.mem_id not in outer and is_control(node):
            continue
        if (sign := _sign(node, tag)) is not None:
            if tag == "img" and len(sign) > 1:
                pictures.append(len(parts))
            parts.append(f" {sign} ")
            size += len(sign)
            continue
        children = list(node.iter(include_text=True))
        if tag == "br":
            parts.append("\n")
        elif tag in _BLOCK and not (tag == "label" and not deep):
            if node.mem_id not in outer and not deep:
                parts.append(f"\n{BLOCK}\n")
                continue
            parts.append("\n")
            stack.append("\n")
        elif tag == "a" and not deep and _TOLD.search("".join(parts).rpartition("\n")[2]):
            parts.append("\n")  # the control after a value is none of it
        elif tag in _INLINE or tag == "label":
            edge = "" if deep else EDGE
            parts.append(f" {edge}")
            stack.append(f"{edge} ")
        stack.extend(reversed(children))
    if len(pictures) < sum(1 for part in parts if part.strip(f" \n{EDGE}")):
        for place in pictures:  # beside words a picture adorns them
            parts[place] = " "
    found = ("".join(parts)).split("\n")
    return [line for text in found if (line := " ".join(text.split(" ")).strip(" \t\r\f\v"))]


def is_control(node: LexborNode) -> bool:
    """Whether the element is a button: it does something, and says nothing of the service."""
    return node.tag == "button" or (node.attributes.get("role") or "") == "button"


def is_hidden(node: LexborNode) -> bool:
    """Whether the element itself says that it is not shown, or not yet."""
    attributes = node.attributes
    if "hidden" in attributes or "d-none" in (attributes.get("class") or "").split():
        return True
    return _HIDDEN.search(attributes.get("style") or "") is not None


def _sign(node: LexborNode, tag: str) -> str | None:
    """What the element shows without words of its own; None when its children are to be read."""
    attributes = node.attributes
    if tag == "input":
        kind = (attributes.get("type") or "text").lower()
        if kind in ("checkbox", "radio"):
            return CHECKED if "checked" in attributes else UNCHECKED
        if kind in _TYPED:
            return ""
        return _fixed(node, attributes.get("value") or "")
    if tag == "textarea":
        return _fixed(node, node.text(deep=True))
    if tag == "select":
        chosen = node.css_first("option[selected]")
        return _fixed(node, chosen.text(deep=True) if chosen is not None else "")
    if tag == "img":
        told = attributes.get("alt") or attributes.get("title") or ""
        name = (attributes.get("src") or "").rpartition("/")[2][:80]
        return _mark(told) or _mark(name) or told[:100]
    if tag in _ICONS:
        return _icon(node, tag)
    return None


def _fixed(node: LexborNode, value: str) -> str:
    """A field that cannot be changed states its value."""
    if "readonly" in node.attributes or "disabled" in node.attributes:
        return " ".join(value.split())[:300]
    raise Asked


def _icon(node: LexborNode, tag: str) -> str | None:
    words = " ".join(node.text(deep=True).split()) if tag != "use" else ""
    classes = node.attributes.get("class") or ""
    if words and (len(words) > 20 or not re.search(r"material|icon", classes, re.IGNORECASE)):
        return None
    if words:
        return _mark(words) or words
    names = [*classes.split(), node.attributes.get("href") or "", node.attributes.get("xlink:href") or ""]
    names += [node.attributes.get("aria-label") or "", node.attributes.get("title") or ""]
    return next((mark for name in names if (mark := _mark(name))), None)


def _mark(name: str) -> str:
    """The mark that a name of a class, picture or ligature stands for; "" for none."""
    if not name or len(name) > 100:
        return ""
    return next((mark for mark, pattern in _names() if pattern.search(name.strip().lower())), "")


@cache
def _names() -> tuple[tuple[str, re.Pattern[str]], ...]:
    card = table("page/words/pages.toml")["card"]
    return tuple(
        (mark, re.compile(rf"(?:^|[-_/#. ])(?:{'|'.join(card[key])})(?:$|[-_. ]|\d)"))
        for mark, key in ((UNCHECKED, "box_names"), (CROSS, "cross_names"), (TICK, "tick_names"))
    )
