"""Dialogs of a page, which stand anywhere in it, and the buttons that open them.

A dialog belongs to the part of the page whose buttons alone open it; one that several parts open is nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from checks.page.tree import ancestry

_NAMED = (
    "data-bs-target", "data-target", "aria-controls", "href", "commandfor", "popovertarget", "data-modal-target",
    "data-dialog", "data-modal",
)  # fmt: skip
_CONTROLS = ", ".join((*(f"[{name}]" for name in _NAMED if name != "href"), "a[href^='#']", "[onclick]"))
_CLASS = re.compile(r"(?:^|[-_])(?:modal[-_]?popup|modal|dialog|popup|offcanvas|lightbox)$", re.IGNORECASE)
_WHOLE = frozenset({"html", "body", "main", "form"})
_ROLES = frozenset({"dialog", "alertdialog"})
_QUOTED = re.compile(r"""['"]#?([\w-]{1,80})['"]""")
_MOST = 500  # Buttons of a page that may open a dialog. Later ones are not looked at.
_LONGEST = 2_000  # Characters of a script that may name a dialog. The rest is not read.


def is_dialog(node: LexborNode) -> bool:
    """Whether the page itself marks the element as a dialog."""
    attributes = node.attributes
    if node.tag in _WHOLE:  # a class of theirs says what stands in them
        return False
    return (
        node.tag == "dialog"
        or (attributes.get("role") or "").lower() in _ROLES
        or (attributes.get("aria-modal") or "").lower() == "true"
        or any(_CLASS.search(name) for name in (attributes.get("class") or "").split())
    )


@dataclass(frozen=True, slots=True)
class Opened:
    """Dialogs that controls of a part of the page open. own: no control elsewhere does; shared: one does."""

    own: tuple[LexborNode, ...]
    shared: tuple[LexborNode, ...]


def opened_by(body: LexborNode | None, mine: Callable[[LexborNode], bool]) -> Opened:
    """mine: whether a control is of the part."""
    if body is None:
        return Opened((), ())
    by_id = {node.attributes.get("id") or "": node for node in reversed(body.css("[id]")) if is_dialog(node)}
    inside: dict[int, LexborNode] = {}
    outside = set[int]()
    for control in body.css(_CONTROLS)[:_MOST] if by_id else ():
        dialog = next((by_id[name] for name in _targets(control) if name in by_id), None)
        if dialog is None or any(one.mem_id == dialog.mem_id for one in ancestry(control)):
            continue
        if mine(control):
            inside[dialog.mem_id] = dialog
        else:
            outside.add(dialog.mem_id)
    return Opened(
        tuple(dialog for ident, dialog in inside.items() if ident not in outside),
        tuple(dialog for ident, dialog in inside.items() if ident in outside),
    )


def in_dialog(node: LexborNode) -> bool:
    """Whether an element stands in a dialog."""
    return any(is_dialog(one) for one in ancestry(node))


def _targets(control: LexborNode) -> tuple[str, ...]:
    """Ids that a control names."""
    attributes = control.attributes
    named = [(attributes.get(name) or "").removeprefix("#") for name in _NAMED]
    return (*named, *_QUOTED.findall((attributes.get("onclick") or "")[:_LONGEST]))
