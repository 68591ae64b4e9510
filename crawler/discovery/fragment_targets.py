"""Places on pages that links name: which page has to be seen again because a place was not on it. Pure."""

from __future__ import annotations

from collections import defaultdict
from urllib.parse import unquote

from web.document import Document

MOST_PAGES = 5_000  # whose places are remembered, per agency


class FragmentTargets:
    """Per agency. Links and pages come in any order; keys are identities."""

    def __init__(self) -> None:
        self._named: defaultdict[str, set[str]] = defaultdict(set)
        self._on: dict[str, frozenset[str]] = {}
        self._lacking: set[str] = set()

    def named(self, key: str, fragment: str) -> bool:
        """A link names a place (`web.urls.place`). True when the page is known and has no such place."""
        places = self._on.get(key)
        if places is None:
            self._named[key].add(fragment)
            return False
        return self._noted(key, _missing(fragment, places))

    def asked(self, key: str) -> bool:
        """Whether a link names a place on this page, which has not come yet."""
        return key in self._named

    def came(self, key: str, document: Document) -> bool:
        """A page came. True when a link names a place that it does not have."""
        if len(self._on) < MOST_PAGES:
            self._on[key] = document.ids
        missing = any(_missing(fragment, document.ids) for fragment in self._named.pop(key, ()))
        return self._noted(key, missing)

    def lacks(self, key: str) -> bool:
        """Whether a place was missing on this page, at any time."""
        return key in self._lacking

    def _noted(self, key: str, missing: bool) -> bool:
        if missing:
            self._lacking.add(key)
        return missing

    def moved(self, key: str, target: str) -> None:
        """A redirect without a fragment of its own keeps the link's."""
        if key in self._named and target not in self._on:
            self._named[target] |= self._named.pop(key)


def _missing(fragment: str, places: frozenset[str]) -> bool:
    return fragment not in places and unquote(fragment) not in places
