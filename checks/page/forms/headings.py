"""Under which heading does a form stand? The one inside it, or the one before it; never the label of a field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from selectolax.lexbor import LexborNode

from checks.page.content import PageContent
from checks.page.forms.fields import Field, has_field
from checks.page.headings import STYLED, labels_field
from checks.page.lines import TextBlock, ancestry

ROOTS = ("main", "body")
_MOST_HEADINGS = 60  # Headings inside a form that are looked at. The first named one counts.
# Elements before a form in which its heading may stand. It bounds the time on long pages.
_MOST_BEFORE = 5_000
_NEAREST = 2  # Headings, before and inside, that say what a form is for: a title and one below it
_LONGEST = 300  # Characters of a heading that are read


def inner_heading(reading: PageContent, node: LexborNode, members: Sequence[Field]) -> str:
    """The heading inside the group, before its first field; "" without one, and for fields that stand in nothing but the page."""
    if node.tag in ROOTS:
        return ""
    met = _met(node, members)
    for inside in node.css("legend, h1, h2, h3, h4, h5, caption")[:_MOST_HEADINGS]:
        outline = inside.parent is not None and inside.parent.attributes.get("aria-hidden") == "true"
        if not outline and not labels_field(inside) and (not members or inside.mem_id in met):
            return " ".join(inside.text(deep=True).split())[:200]
    own = reading.own_nodes  # a layout that holds the fields holds the side column of every page as well
    styled = [line for line in _lines(reading, met) if line.heading == STYLED]
    titles = [line.text for line in styled if line.node.mem_id in own]
    return titles[-1][:200] if titles else ""


def heading_before(reading: PageContent, node: LexborNode, members: Sequence[Field]) -> str:
    """The heading or title nearest before the group of fields; "" without one."""
    if node.tag in ROOTS:
        titles = [line.text for line in _lines(reading, _met(node, members)) if line.heading]
        return titles[-1][:200] if titles else ""
    owned = {child.mem_id for child in node.css("*")} | {node.mem_id}
    above = {one.mem_id: one for one in ancestry(node)} if reading.holds(node) else {}
    with_others: dict[int, bool] = {}
    before: TextBlock | None = None
    links = words = 0
    for line in reading.lines:
        if line.node.mem_id in owned:
            of_links = links > 1 and not words  # «پیوندها», and nothing but links below it
            return before.text[:200] if before is not None and not of_links else ""
        if line.heading and (
            not above
            or line.node.mem_id in reading.own_nodes
            or _in_its_box(line, above, members, with_others)
        ):
            before, links, words = line, 0, 0
        elif line.linked:
            links += 1
        else:
            words += 1
    return ""


def _in_its_box(
    line: TextBlock, above: Mapping[int, LexborNode], members: Sequence[Field], with_others: dict[int, bool]
) -> bool:
    """Whether a heading that most pages show stands in one box with the fields, and no other fields stand there.

    above: elements around the fields. with_others: which of them hold other fields, as far as it was asked.
    """
    box = next((one.mem_id for one in ancestry(line.node) if one.mem_id in above), None)
    if box is None:
        return False
    if box not in with_others:
        with_others[box] = has_field(above[box], {field.node.mem_id for field in members})
    return not with_others[box]


def lead_in(reading: PageContent, node: LexborNode, members: Sequence[Field]) -> str:
    """What the lines directly before the fields say, outside of their group and in it."""
    owned = {child.mem_id for child in node.css("*")} | {node.mem_id}
    before: list[TextBlock] = []
    for line in reading.lines:
        if line.node.mem_id in owned:
            break
        before.append(line)
    inside = _lines(reading, _met(node, members))
    return " ".join(line.text[:_LONGEST] for line in (*before[-_NEAREST:], *inside[-_NEAREST:]))


def _lines(reading: PageContent, elements: set[int]) -> list[TextBlock]:
    return [line for line in reading.lines if line.node.mem_id in elements]


def _met(node: LexborNode, members: Sequence[Field]) -> set[int]:
    """Elements inside the group that begin before its first field: what stands lower heads a part of it."""
    if not members:
        return set()
    first, met = members[0].node.mem_id, set[int]()
    for element in islice(node.traverse(), _MOST_BEFORE):
        if element.mem_id == first:
            break
        met.add(element.mem_id)
    return met
