"""`catalogue.datasets`: what does an agency's portal list as its data, and what of it did the agency declare?

One finding about the agency, never a contradiction. What nobody claimed is told as a fact; what is claimed and not listed
is told where a whole catalogue was read, and settles nothing of the dataset itself, whose address is judged for itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from checks.case import Case
from checks.datasets.catalogues.listed import Listed, listed
from checks.datasets.catalogues.merge import Found
from checks.datasets.catalogues.sources import LACKS, Lack, Source, doubts
from checks.datasets.subjects import Unclaimed, unclaimed
from checks.finding import Finding, Verdict
from checks.outcome import in_time
from checks.reasons import UNSEEN
from checks.word_sets import OF_DATASETS
from claims.hosts import own_hosts

_MOST_TOLD = 100  # Data sets named in one finding. The counts beside them are of all.
_MOST_SOURCES = 40  # Lists named in one finding. More are read, and counted, but not named.
_MOST_CAPTURES = 400  # Captures named in one finding. A reader needs examples; the finding stays small.
# What stands in a finding's lists for reasons of inconclusive ones; the rest has words of its own there.
_REASONS: dict[Lack, str] = {"malformed": "ambiguous", "fewer": "ambiguous"}


class Catalogue:
    """One finding about the agency, where a list was asked for or found."""

    id = "catalogue.datasets"
    version = 4
    reasons = UNSEEN
    words = OF_DATASETS

    def judge(self, case: Case) -> Iterator[Finding]:
        lists = listed(case)
        asked = any(capture.purpose == "listing" for capture in case.captures)
        if not (asked or lists.found or case.agency.catalogue):
            return
        verdict, reason = _outcome(case, lists)
        captures = [id for source in lists.sources for id in source.captures]
        yield case.finding(
            self,
            case.subject,
            verdict,
            reason,
            _observed(case, lists),
            in_time(case, captures)[:_MOST_CAPTURES],
            attempts=1 if captures else 0,
            criterion="catalogue_datasets",
            effect="" if verdict == "verified" else f"catalogue_{verdict}",
        )


def _outcome(case: Case, lists: Listed) -> tuple[Verdict, str | None]:
    own = [source for source in lists.sources if source.own]
    kept = [source for source in own if source.is_catalogue]
    if any(source.whole for source in kept):
        return "verified", None
    if kept:
        return "inconclusive", _reason({lack for source in kept for lack in source.lacks})
    hidden = doubts(case, own_hosts(case.agency))
    if hidden:  # there may be one that we could not see
        return "inconclusive", _reason(hidden)
    return ("partial", None) if own else ("inconclusive", "no_match")


def _reason(lacks: set[Lack]) -> str:
    """Of several, the first in the order of LACKS."""
    first = next(lack for lack in LACKS if lack in lacks)
    return _REASONS.get(first, first)


def _observed(case: Case, lists: Listed) -> dict[str, Any]:
    reconciled = lists.reconciled
    own = sum(any(one.own for one in finds) for finds in reconciled.matched.values())
    return {
        "lists": [_source(source) for source in lists.sources[:_MOST_SOURCES]],
        "listed": sum(one.own for one in lists.found),
        "claimed": len(case.round.datasets_of(case.agency.id)),
        "claimed_listed": own,
        "claimed_elsewhere": len(reconciled.matched) - own,
        "reconciled": reconciled.told,
        "absent": list(reconciled.absent[:_MOST_TOLD]),
        "absent_count": len(reconciled.absent),
        "unclaimed": _told(reconciled.unclaimed),
        "unclaimed_count": len(reconciled.unclaimed),
        "drawn": _drawn(unclaimed(case)),
        "elsewhere": _told(reconciled.elsewhere),
        "elsewhere_count": len(reconciled.elsewhere),
        "refused_addresses": sum(entry.refused for one in lists.found for entry in one.entries),
    }


def _drawn(found: Unclaimed) -> dict[str, Any]:
    """Of the unclaimed datasets, how many are judged: all, or a sample spread over the strata."""
    return {
        "listed": found.listed,
        "judged": len(found.drawn),
        "strata": [
            {"stratum": stratum, "listed": of, "judged": judged}
            for stratum, (of, judged) in found.strata.items()
        ],
    }


def _source(source: Source) -> dict[str, Any]:
    return {
        "kind": source.kind,
        "url": source.url[:500],
        "own": source.own,
        "datasets": len({record.entry.id for record in source.records}),
        "listed": source.listed,
        "whole": source.whole,
        "lacks": list(source.lacks),
    }


def _told(found: Sequence[Found]) -> list[dict[str, Any]]:
    return [
        {
            "title": one.title[:200],
            "url": next(iter(_pages(one)), next(iter(one.urls), ""))[:500],
            "formats": sorted({file.format for entry in one.entries for file in entry.files if file.format})[
                :8
            ],
            "newest": newest.isoformat() if (newest := one.newest) else None,
            "period": next((entry.period for entry in one.entries if entry.period), "")[:100],
            "licence": one.licence[:200],
            "listed_in": list(one.kinds),
        }
        for one in found[:_MOST_TOLD]
    ]


def _pages(one: Found) -> Iterator[str]:
    return (entry.page for entry in one.entries if entry.page)


CHECK = Catalogue()
