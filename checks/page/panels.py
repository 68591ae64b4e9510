"""The part of a page that is one panel: of an accordion, of tabs, what a summary folds away.

The heading of a panel often stands outside of it, on the button or tab that opens it. Dialogs that its buttons open
are for `dialogs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from checks.page.dialogs import is_dialog
from checks.page.headings import STYLED
from checks.page.lines import TextBlock
from checks.page.tree import ancestry

_CONTROLS = "[data-target], [data-bs-target], [aria-controls], a[href^='#']"
_MOST = 500  # Panels and buttons of a page. Later ones are not looked at.
_LONGEST = 140  # Characters of a panel's name, as of a title in headings.py.
_OPENS = ("data-target", "data-bs-target", "aria-controls", "href")
_UP = 4  # Elements above a panel that may name it. Higher is the page. By hand.


@dataclass(frozen=True, slots=True)
class Panel:
    """control: what opens it, "" said where it has no words. roots: the elements that hold what belongs to it.

    folded: a <details>, whose summary is its control and stands in it.
    """

    control: LexborNode
    roots: tuple[LexborNode, ...]
    folded: bool

    @property
    def said(self) -> str:
        return _words(self.control)


def element(body: LexborNode | None, ident: str) -> LexborNode | None:
    """The element with an id."""
    if body is None:
        return None
    return next((node for node in body.css("[id]") if node.attributes.get("id") == ident), None)


def panel_at(body: LexborNode | None, ident: str) -> Panel | None:
    """The panel with an id, or what holds it with its heading, or its heading; None where there is no such panel."""
    named = element(body, ident)
    if body is None or named is None:
        return None
    if (folded := _folded(named)) is not None:
        return Panel(folded[0], (folded[1], named), folded=True)
    pairs = list(_pairs(body))
    mine = next(((c, p) for c, p in pairs if p.mem_id == named.mem_id), None)
    pairs = [(c, p) for c, p in pairs if not is_dialog(p)]
    pair = mine or next(((c, p) for c, p in pairs if _below(c, named)), None)
    if pair is None or sum(_below(other, named) for other, _ in pairs) > 1:
        return None  # or it holds several panels
    control, panel = pair
    return Panel(control, (panel, *((named,) if _below(panel, named) else ())), folded=False)


def panels(body: LexborNode | None) -> tuple[Panel, ...]:
    """Every panel of the page, each with what holds it and its heading alone."""
    if body is None:
        return ()
    pairs = [(control, panel) for control, panel in _pairs(body) if not is_dialog(panel)]
    opened = {panel.mem_id for _, panel in pairs}
    found: dict[int, Panel] = {}
    for control, panel in pairs:
        above = next((one for one in ancestry(panel) if _below(control, one)), panel)
        holds = sum(one.mem_id in opened for one in above.css("[id]"))
        found.setdefault(panel.mem_id, Panel(control, (panel, above) if holds == 1 else (panel,), False))
    for details in body.css("details")[:_MOST]:
        if (folded := _folded(details)) is not None:
            found.setdefault(details.mem_id, Panel(folded[0], (details,), folded=True))
    return tuple(found.values())


def panel_lines(panel: Panel, lines: tuple[TextBlock, ...]) -> list[TextBlock]:
    """The lines of a panel, its heading first."""
    control, roots = panel.control, {root.mem_id for root in panel.roots}
    found = [line for line in lines if any(one.mem_id in roots for one in ancestry(line.node))]
    if panel.folded:
        found = [line for line in found if not _below(line.node, control)]
    if not found or any(line.heading and _below(control, line.node) for line in found):
        return found
    head = TextBlock(panel.said, control, control.tag or "", STYLED, linked=False, anchors=(), framed=False)
    return [head, *found] if panel.said else found


def panel_titles(body: LexborNode | None) -> list[str]:
    """What the controls of the page's panels say."""
    pairs = _pairs(body) if body is not None else ()
    controls = [control for control, panel in pairs if not is_dialog(panel)]
    if body is not None:
        controls += body.css("details > summary")[:_MOST]
    return [_words(control) for control in controls]


def _words(node: LexborNode) -> str:
    return " ".join(node.text(deep=True, separator=" ").split())[:_LONGEST]


def _pairs(body: LexborNode) -> Iterator[tuple[LexborNode, LexborNode]]:
    """Controls with the panels and dialogs that they open."""
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


def group_of(panel: Panel) -> LexborNode | None:
    """The element that holds a panel and others like it: what stands in it is of one of them."""
    for one in ancestry(panel.roots[0], _UP):
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
