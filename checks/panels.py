"""The part of a page that a fragment names: a panel of an accordion or tabs, or what follows a heading.

The heading of a panel often stands outside of it, on the button or tab that opens it.
"""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from checks.headings import STYLED
from checks.lines import Line
from checks.tree import ancestry

_CONTROLS = "[data-target], [data-bs-target], [aria-controls], a[href^='#']"
_MOST = 500
_LONGEST = 140
_OPENS = ("data-target", "data-bs-target", "aria-controls", "href")
_UP = 4


def element(body: LexborNode | None, ident: str) -> LexborNode | None:
    """The element with an id."""
    if body is None:
        return None
    return next((node for node in body.css("[id]") if node.attributes.get("id") == ident), None)


def panel_lines(body: LexborNode | None, lines: tuple[Line, ...], ident: str) -> list[Line]:
    """Lines of the panel that a control of the page opens, its heading first; none where there is no such panel.

    ident: the id of the panel, of what holds it with its heading, or of its heading.
    """
    named = element(body, ident)
    if body is None or named is None:
        return []
    pairs = list(_pairs(body))
    if (folded := _folded(named)) is not None:
        pairs = [folded]
    pair = next(((c, p) for c, p in pairs if p.mem_id == named.mem_id), None) or next(
        ((c, p) for c, p in pairs if _below(c, named)), None
    )
    if pair is None:
        return []
    control, panel = pair
    if sum(_below(other, named) for other, _ in pairs) > 1:
        return []  # it holds several panels
    roots = {panel.mem_id, *({named.mem_id} if _below(panel, named) else set())}
    found = [line for line in lines if any(one.mem_id in roots for one in ancestry(line.node))]
    if folded is not None:
        found = [line for line in found if not _below(line.node, control)]
    if not found or any(line.heading and _below(control, line.node) for line in found):
        return found
    text = " ".join(control.text(deep=True, separator=" ").split())[:_LONGEST]
    head = Line(text, control, control.tag or "", STYLED, linked=False, anchors=(), framed=False)
    return [head, *found] if text else found


def panel_titles(body: LexborNode | None) -> list[str]:
    """What the controls of the page's panels say."""
    pairs = _pairs(body) if body is not None else ()
    controls = [control for control, _ in pairs]
    if body is not None:
        controls += body.css("details > summary")[:_MOST]
    return [" ".join(control.text(deep=True, separator=" ").split())[:_LONGEST] for control in controls]


def _pairs(body: LexborNode) -> Iterator[tuple[LexborNode, LexborNode]]:
    """Controls with the panels that they open."""
    by_id = {node.attributes.get("id") or "": node for node in reversed(body.css("[id]"))}
    for control in body.css(_CONTROLS)[:_MOST]:
        attributes = control.attributes
        targets = ((attributes.get(name) or "").removeprefix("#") for name in _OPENS)
        panel = next((by_id[target] for target in targets if target in by_id), None)
        if panel is not None and not _below(control, panel):
            yield control, panel


def _below(node: LexborNode, above: LexborNode) -> bool:
    return any(one.mem_id == above.mem_id for one in ancestry(node))


def _folded(named: LexborNode) -> tuple[LexborNode, LexborNode] | None:
    """The summary and the <details> that an element is, or holds as the only one."""
    found = [named] if named.tag == "details" else named.css("details")
    summary = found[0].css_first("summary") if len(found) == 1 else None
    return (summary, found[0]) if summary is not None else None


def group_of(body: LexborNode | None, ident: str) -> LexborNode | None:
    """The element that holds a panel and others like it: what stands in it is of one of them."""
    panel = element(body, ident)
    for one in ancestry(panel, _UP) if panel is not None else ():
        if one.parent is not None and _alike(one):
            return one.parent
    return None


def _alike(node: LexborNode) -> bool:
    """Whether an element of the same tag and a class in common stands beside it."""
    classes = set((node.attributes.get("class") or "").split())
    return node.parent is not None and any(
        other.mem_id != node.mem_id
        and other.tag == node.tag
        and (node.tag == "details" or bool(classes & set((other.attributes.get("class") or "").split())))
        for other in node.parent.iter()
    )
