"""Which controls a browser sends with a form (HTML 4.10.17.3): not those alone that stand in it."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

_CONTROLS = "input, textarea, select"
_NAMING = "input[form], textarea[form], select[form]"
_OF_TABLES = frozenset({"table", "tbody", "thead", "tfoot", "tr"})


def controls(body: LexborNode, form: LexborNode) -> list[LexborNode]:
    """Those in the form, those elsewhere that name it, and those of a table that the form was opened between the rows of.

    There a parser closes the form at once and remembers it until its end tag; the cells that follow are its own.
    """
    ident = form.attributes.get("id")
    inside = [
        node for node in (_after(form) or form.css(_CONTROLS)) if node.attributes.get("form", ident) == ident
    ]
    if not ident:
        return inside
    held = {node.mem_id for node in inside}
    naming = (node for node in body.css(_NAMING) if node.attributes.get("form") == ident)
    return inside + [node for node in naming if node.mem_id not in held]


def _after(form: LexborNode) -> list[LexborNode]:
    """Controls between a form that a table closed and the next form of the table."""
    parent = form.parent
    if parent is None or form.first_child is not None:
        return []
    if parent.tag not in _OF_TABLES and not (parent.tag in ("td", "th") and form.next is None):
        return []
    table: LexborNode | None = parent
    while table is not None and table.tag != "table":
        table = table.parent
    found: list[LexborNode] = []
    begun = False
    for node in table.css(f"form, {_CONTROLS}") if table is not None else []:
        if node.tag == "form":
            if begun:
                break
            begun = node.mem_id == form.mem_id
        elif begun:
            found.append(node)
    return found
