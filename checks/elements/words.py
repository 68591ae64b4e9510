"""How elements and sections of a portal are called, and what their pages speak of.

The nineteen elements are those of the lexicon. Sections are what further checks look for by the same means.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from checks.page.wordlist import Phrases, table


def element_ids() -> tuple[str, ...]:
    """Ids of all elements, in the order of the lexicon."""
    return tuple(table("page/words/lexicon.json")["elements"])


def section_ids() -> tuple[str, ...]:
    """Ids of the sections that are no elements, in the order of their list."""
    return tuple(
        name
        for name in table("elements/words.toml")
        if name not in table("page/words/lexicon.json")["elements"]
    )


def rules_of(name: str) -> Mapping[str, Any]:
    """What a page has to say to be about an element or section. Raises KeyError."""
    rules: Mapping[str, Any] = table("elements/words.toml")[name]
    return rules


@cache
def names(name: str) -> Phrases:
    """The names of an element or section in all languages."""
    listed = table("page/words/lexicon.json")["elements"].get(name, {})
    rules = rules_of(name)
    return Phrases(
        [
            *(word for words in listed.values() for word in words),
            *rules.get("also", []),
            *rules.get("names", []),
        ]
    )
