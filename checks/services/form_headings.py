"""Under which heading does a form stand? The one inside it, or the one before it; never the label of a field."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from selectolax.lexbor import LexborNode

from checks.fields import Field, has_field
from checks.headings import STYLED, labels_field
from checks.lines import Line, ancestry
from checks.reading import Reading

ROOTS = ("main", "body")
_MOST_HEADINGS = 60
_MOST_BEFORE = 5_000
_NEAREST = 2
_LONGEST = 300


def inner_heading(reading: Reading, node: LexborNode, members: Sequence[Field]) -> str:
    """The heading inside the group of fields; "" without one, and for fields that stand in nothing but the page."""
    if node.tag in ROOTS:
        return ""
    for inside in node.css("legend, h1, h2, h3, h4, h5, caption")[:_MOST_HEADINGS]:
        outline = inside.parent is not None and inside.parent.attributes.get("aria-hidden") == "true"
        if not outline and not labels_field(inside):
            return " ".join(inside.text(deep=True).split())[:200]
    titles = [line.text for line in _before(reading, node, members) if line.heading == STYLED]
    return titles[-1][:200] if titles else ""


def heading_before(reading: Reading, node: LexborNode, members: Sequence[Field]) -> str:
    """The heading or title nearest before the group of fields; "" without one."""
    if node.tag in ROOTS:
        titles = [line.text for line in _before(reading, node, members) if line.heading]
        return titles[-1][:200] if titles else ""
    owned = {child.mem_id for child in node.css("*")} | {node.mem_id}
    before: Line | None = None
    links = words = 0
    for line in reading.lines:
        if line.node.mem_id in owned:
            of_links = links > 1 and not words  # «پیوندها», and nothing but links below it
            return before.text[:200] if before is not None and not of_links else ""
        if line.heading and _may_head(reading, line, node, members):
            before, links, words = line, 0, 0
        elif line.linked:
            links += 1
        else:
            words += 1
    return ""


def _may_head(reading: Reading, line: Line, node: LexborNode, members: Sequence[Field]) -> bool:
    """Not the heading of a box that most pages show, over the page's own form outside of that box."""
    if line.node.mem_id in reading.own_nodes or not reading.holds(node):
        return True
    known = {field.node.mem_id for field in members}
    box = next((one for one in ancestry(line.node) if _contains(one, node)), None)
    return box is not None and not has_field(box, known)


def _contains(outer: LexborNode, inner: LexborNode) -> bool:
    return any(one.mem_id == outer.mem_id for one in ancestry(inner))


def lead_in(reading: Reading, node: LexborNode, members: Sequence[Field]) -> str:
    """What the lines directly before the fields say, outside of their group and in it."""
    owned = {child.mem_id for child in node.css("*")} | {node.mem_id}
    before: list[Line] = []
    for line in reading.lines:
        if line.node.mem_id in owned:
            break
        before.append(line)
    inside = _before(reading, node, members)
    return " ".join(line.text[:_LONGEST] for line in (*before[-_NEAREST:], *inside[-_NEAREST:]))


def _before(reading: Reading, node: LexborNode, members: Sequence[Field]) -> list[Line]:
    """Lines inside the group that begin before its first field."""
    if not members:
        return []
    first, met = members[0].node.mem_id, set[int]()
    for element in islice(node.traverse(), _MOST_BEFORE):
        if element.mem_id == first:
            break
        met.add(element.mem_id)
    return [line for line in reading.lines if line.node.mem_id in met]
