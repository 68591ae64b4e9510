"""What an agency's crawl met and did not fetch, and how much it fetched: the crawl's account of itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

from evidence.canonical import canonical

Unfetched = Literal[
    "robots",
    "scope",
    "depth",
    "max_pages",
    "time_budget",
    "trap",
    "duplicate",
    "scheme",
    "too_long",
    "blocked_agency",
]
# Pages that could have been had, as opposed to what is none of ours or forbidden.
_ELIGIBLE = frozenset({"depth", "max_pages", "time_budget", "trap", "blocked_agency"})
_LONGEST = 2_000  # Characters of an address in the account. The rest is cut.


class CrawlAccount:
    """Per agency. A URL has at most one reason; one that is fetched after all has none.

    traps: patterns of addresses without end of which no more was fetched, and why. unrendered: pages that the browser was wanted for and could not be had.
    unresolved: visits that ended because the resolver gave no answer.
    """

    def __init__(self) -> None:
        self.fetched = 0
        self.rendered = 0
        self.unrendered = 0
        self.unresolved = 0
        self.traps: Collection[tuple[str, str]] = ()
        self._reasons: dict[str, tuple[str, Unfetched, bool]] = {}

    def missed(self, key: str, url: str, reason: Unfetched, *, page: bool) -> None:
        self._reasons.setdefault(key, (url[:_LONGEST], reason, page))

    def reason(self, key: str) -> Unfetched | None:
        entry = self._reasons.get(key)
        return entry[1] if entry is not None else None

    def forget(self, key: str) -> None:
        self._reasons.pop(key, None)

    @property
    def eligible(self) -> int:
        return self.fetched + sum(
            1 for _, reason, page in self._reasons.values() if page and reason in _ELIGIBLE
        )

    @property
    def ran_out_of_time(self) -> bool:
        return any(reason == "time_budget" for _, reason, _ in self._reasons.values())

    def to_json(self, browser: str | None, retest: Mapping[str, Any] | None = None) -> bytes:
        """Body of the agency's `crawl` capture. retest: what was visited alone, where not all of the portal was."""
        body: dict[str, Any] = {
            "unfetched": sorted([url, reason] for url, reason, _ in self._reasons.values()),
            "rendered": self.rendered,
            "browser": browser,
        }
        if self.traps:
            body["traps"] = sorted(map(list, self.traps))
        if self.unrendered:
            body["unrendered"] = self.unrendered
        if self.unresolved:
            body["unresolved"] = self.unresolved
        if retest is not None:
            body["retest"] = dict(retest)
        return canonical(body).encode()
