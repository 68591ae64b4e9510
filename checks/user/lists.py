"""Which links stand in one list with others: rows of a table, items of a list, boxes of a grid. Reads elements, knows no services."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from selectolax.lexbor import LexborNode

from checks.page.tree import ancestry

_DEEP = 6  # Elements between a link and its row or box. Higher is the page. By hand.
_LEAST = 4  # so many items make a list; of three, two may be services by chance
_STOPS = frozenset({"body", "main", "form", "html", "nav", "header", "footer"})


def in_same_list(known: Iterable[LexborNode], others: Iterable[LexborNode]) -> frozenset[int]:
    """Identities of those of the other links that stand alone in an item of a list most of whose items hold a known one."""
    counted: dict[tuple[int, str, str | None], int] = {}
    held: dict[int, set[int]] = defaultdict(set)
    for node in known:
        if (place := _item(node, counted)) is not None:
            held[place[0]].add(place[1])
    found: set[int] = set()
    for node in others:
        place = _item(node, counted)
        if place is None or place[0] not in held:
            continue
        number, item, size = place
        mostly = len(held[number]) >= _LEAST - 1 and 2 * len(held[number]) > size
        if mostly and item not in held[number]:
            found.add(node.mem_id)
    return frozenset(found)


def _item(node: LexborNode, counted: dict[tuple[int, str, str | None], int]) -> tuple[int, int, int] | None:
    """(identity of the list, identity of the item that holds the element, number of items); None outside of lists.

    counted: items of lists that were met already.
    """
    for one in ancestry(node, _DEEP):
        parent, tag, name = one.parent, one.tag or "", one.attributes.get("class")
        if parent is None or tag in _STOPS:
            return None
        key = parent.mem_id, tag, name
        if key not in counted:
            counted[key] = sum(_alike(each, tag, name) for each in parent.iter())
        if counted[key] >= _LEAST:
            return parent.mem_id, one.mem_id, counted[key]
    return None


def _alike(node: LexborNode, tag: str, name: str | None) -> bool:
    """Whether an element is an item like the others: of their kind, with something to press."""
    if node.tag != tag or node.attributes.get("class") != name:
        return False
    return tag in ("a", "button") or node.css_first("a, button") is not None
