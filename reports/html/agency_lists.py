"""Lists of the agencies of a country, page by page: those with a rank by kind and place, those without, and all by name.

One table of them all would be a page that no browser likes to open. A page of a list says from whom to whom it goes, as in a
dictionary; nothing has to run for an agency to be found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from claims.persian import alphabetical
from reports.html.svg import blocks

Order = Literal["main", "executive", "unranked", "names"]

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ListPage:
    """number: from 1. file: no id of an agency holds a space, so that no agency's page is called so."""

    order: Order
    number: int
    entries: Sequence[Record]

    @property
    def file(self) -> str:
        return f"list {self.order} {self.number}.html"


@dataclass(frozen=True, slots=True)
class AgencyList:
    order: Order
    pages: tuple[ListPage, ...]

    @property
    def count(self) -> int:
        return sum(len(page.entries) for page in self.pages)


def lists(agencies: Sequence[Record], name: Callable[[str], str], per_page: int) -> Iterator[AgencyList]:
    """Lists with agencies in them. name: of an agency in the language of the pages, by id; its alphabet orders the names.

    per_page: most agencies of a page.
    """
    ranked = sorted(
        (one for one in agencies if one["rank"]), key=lambda one: (one["rank"]["place"], one["id"])
    )
    by_name = sorted(agencies, key=lambda one: (alphabetical(name(one["id"])), one["id"]))
    found: dict[Order, Sequence[Record]] = {
        "main": [one for one in ranked if one["kind"] == "main"],
        "executive": [one for one in ranked if one["kind"] == "executive"],
        "unranked": [one for one in by_name if not one["rank"]],
        "names": by_name,
    }
    for order, entries in found.items():
        if entries:
            pages = (
                ListPage(order, number, block) for number, block in enumerate(blocks(entries, per_page), 1)
            )
            yield AgencyList(order, tuple(pages))
