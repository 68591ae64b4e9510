"""The crawl's own account of one agency."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.kind import EvidenceKind, Facts


@dataclass(frozen=True, slots=True)
class CrawlFacts(Facts):
    """The crawl's own account of one agency; the last one counts. Body: canonical JSON, see below.

    state: "complete", "blocked" (challenge on the home page), "time_budget", "interrupted".
    eligible: URLs of the agency that could have been fetched as pages; fetched: those that were.
    The body is {"unfetched": [[url, reason], ...], "rendered": n, "browser": "..." or null}, and "unrendered": n where the
    browser was wanted for n pages and could not be had, "unresolved": n where the resolver gave no answer for n visits, and "traps": [[pattern, why], ...] where addresses without end were
    cut off (nesting, nothing_new, facets, chain, many),
    with reasons robots, scope, depth, max_pages, time_budget, trap, duplicate, scheme, too_long, blocked_agency.
    """

    state: str
    eligible: int
    fetched: int
    controlled: bool


KIND = EvidenceKind("crawl", CrawlFacts, "application/json", fidelity="account")
