"""`services.entry`: for every claimed service, is its electronic entry there?

Looked at: the page at the declared address as both visits saw it, one step on from it, and where no address was declared, what
the crawl met of the service. What is found, and what a contradiction needs, is for `checks.services.entries`; the level that shows
for `checks.services.levels`. Not looked at: what lies behind a log-in, whether a request that is sent is ever answered, and what
the page says of fees, times and documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checks.case import Case
from checks.finding import Finding, Subject, Verdict
from checks.reasons import SERVICES
from checks.services.entries import UNDECIDED, find_entry
from checks.services.levels import found_level
from checks.services.matching.titles import Titles, titles_of
from checks.services.own import own_from, own_key
from checks.services.shortlist import shortlist
from checks.services.visit.seen import EntryResult
from checks.word_sets import OF_SERVICES
from claims.model import Service

_EFFECTS = {
    "verified": "entry_works",
    "partial": "entry_half",
    "contradicted": "no_entry",
    "inconclusive": "undecided",
    "not_applicable": "not_counted",
}


class ServiceEntry:
    """The check of this module."""

    id = "services.entry"
    version = 12
    reasons = SERVICES
    words = OF_SERVICES

    def judge(self, case: Case) -> Iterator[Finding]:
        titles = titles_of(case)
        for service in case.services:
            yield _finding(self, case, titles, service)


def _finding(check: ServiceEntry, case: Case, titles: Titles, service: Service) -> Finding:
    seen, attempts = found = find_entry(case, titles, service)
    case.derived(own_key(service), lambda: own_from(*found))
    verdict: Verdict = seen.verdict
    reason: str | None = seen.reason
    extra: dict[str, Any] = {}
    if not service.electronic:
        if verdict == "verified":
            extra["under_claimed"] = True
        else:
            verdict, reason = "not_applicable", None
    elif (
        verdict == "contradicted"
        and reason == "information_only"
        and service.level in ("none", "information")
    ):
        # the claim itself says both: electronic, and no more than information
        verdict, reason, attempts = "inconclusive", "ambiguous", attempts
        extra["conflict"] = "claimed_information"
    level = found_level(case, titles, service, seen)
    twin = seen.look.twin if seen.look is not None and seen.reason == "hollow" else None
    if twin is not None:
        extra["near_duplicate"] = twin.observed()
    observed = _observed(titles, seen) | level.observed(service, verdict) | extra
    observed |= _candidates(case, titles, service, verdict, reason)
    rests = (*([twin.capture] if twin else ()), *seen.captures, *level.captures)
    about = Subject("service", service.id, service.url)
    codes = {"criterion": "service_entry", "effect": _EFFECTS[verdict]}
    return case.finding(check, about, verdict, reason, observed, rests, attempts, **codes)


def _candidates(
    case: Case, titles: Titles, service: Service, verdict: Verdict, reason: str | None
) -> dict[str, Any]:
    """For an auditor to choose from, where no page could be tied to the claim."""
    if verdict != "inconclusive" or reason not in UNDECIDED:
        return {}
    return {"candidates": [page.observed() for page in shortlist(case, titles, service)]}


def _observed(titles: Titles, seen: EntryResult) -> dict[str, Any]:
    observed: dict[str, Any] = {
        "page_kind": seen.kind,
        "excerpt": seen.excerpt[:300],
        "selector": seen.selector,
        "url": seen.url or None,
        "via": seen.via,
        "notes": sorted(seen.notes),
    }
    if seen.elsewhere is not None:
        observed["other_entry"] = {"url": seen.elsewhere.url, "via": seen.elsewhere.via}
    if seen.alias is not None and seen.alias.void is not None:
        observed["alias_void"] = seen.alias.observed()
    if seen.look is None:
        return observed
    tie = seen.look.tie
    observed["matched"] = {
        "score": round(tie.score, 2),
        "code": tie.code,
        "how": tie.how,
        "text": tie.text[:200],
    }
    if seen.alias is not None and seen.alias.void is None:
        observed["matched"]["alias"] = seen.alias.observed()
    if tie.parts:
        observed["matched"]["parts"] = [
            {"part": part.name, "weight": round(part.weight, 2), "text": part.text[:200]}
            for part in tie.parts
        ]
    observed["competitors"] = [
        {"service": rival.service, "title": titles.title_of(rival.service), "score": round(rival.score, 2)}
        for rival in tie.rivals
    ]
    if tie.card is not None:
        observed["card"] = {name: value[:200] for name, value in sorted(tie.card.fields.items())}
    return observed


CHECK = ServiceEntry()
