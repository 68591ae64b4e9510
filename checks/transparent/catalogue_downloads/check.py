"""`catalogue.downloads` (T04): what the portal itself lists as data, where the agency claims none. One finding at most.

Looked at: the datasets of the agency's own lists, and whether their files open without a login. Files that were not
fetched are open. Whoever claims datasets is measured by the claims (`datasets.usability`), and not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checks.case import Case
from checks.datasets.catalogues.listed import Listed, listed
from checks.datasets.catalogues.merge import Found
from checks.datasets.catalogues.sources import LACKS, doubts
from checks.elements.absence import complete_look
from checks.elements.sections import section
from checks.finding import Finding, Verdict
from checks.reasons import SEARCHED, SERVICES
from checks.transparent.linked_files import State, followed
from checks.word_sets import OF_DATASETS, OF_SECTIONS
from claims.hosts import own_hosts

_TEXTS = {"criterion": "catalogue_downloads", "effect": "downloads_counted"}

_MOST = 2_000  # Data sets of a portal that are judged. Later ones are not. By hand.
_MOST_FILES = 10  # Files of a data set that are looked at. One that opens is enough.
_MOST_CAPTURES = 60  # Captures named in one finding


class ListedDownloads:
    """Datasets that nobody claimed and everybody can fetch."""

    id = "catalogue.downloads"
    version = 3
    reasons = SEARCHED
    words = (*OF_SECTIONS, *OF_DATASETS)

    def judge(self, case: Case) -> Iterator[Finding]:
        if case.round.datasets_of(case.agency.id):
            return
        lists = listed(case)
        own = [one for one in lists.found if one.own][:_MOST]
        if not own:
            yield self._nothing(case, lists)
            return
        states, rests = _states(case, own)
        unread = sum(
            max(0, (source.listed or 0) - len({record.entry.id for record in source.records}))
            for source in lists.sources
            if source.own
        )
        observed = {
            "listed": len(own) + unread,
            "downloadable": states.count("opened"),
            "dead": states.count("dead"),
            "open": states.count("open") + unread,
        }
        verdict: Verdict = "verified" if observed["downloadable"] == observed["listed"] else "partial"
        yield self._finding(case, verdict, None, observed, (*_listing(own), *rests)[:_MOST_CAPTURES])

    def _nothing(self, case: Case, lists: Listed) -> Finding:
        """No list of the portal's own: it has none, or we could not see it."""
        captures = tuple(dict.fromkeys(id for source in lists.sources for id in source.captures))[
            :_MOST_CAPTURES
        ]
        hidden = doubts(case, own_hosts(case.agency))
        if hidden:
            first = next(lack for lack in LACKS if lack in hidden)
            reason = first if first in SERVICES["inconclusive"] else "ambiguous"
            return self._finding(case, "inconclusive", reason, {}, captures)
        page = section(case, "open_data")
        if not page.pages and page.else_.verdict == "inconclusive" and page.else_.reason != "no_match":
            # the page that may list them was not seen
            return self._finding(case, "inconclusive", page.else_.reason, {}, page.else_.captures)
        return self._finding(
            case, "inconclusive", "no_match", {"complete_look": complete_look(case)}, captures
        )

    def _finding(
        self,
        case: Case,
        verdict: Verdict,
        reason: str | None,
        observed: dict[str, Any],
        captures: tuple[str, ...],
    ) -> Finding:
        attempts = 1 if captures else 0
        return case.finding(self, case.subject, verdict, reason, observed, captures, attempts, **_TEXTS)


def _states(case: Case, own: list[Found]) -> tuple[list[State], tuple[str, ...]]:
    """Of each dataset whether one of its files opens, all are dead, or nobody knows; and what that rests on."""
    states: list[State] = []
    rests: dict[str, None] = {}
    for one in own:
        urls = tuple(dict.fromkeys(file.url for entry in one.entries for file in entry.files))[:_MOST_FILES]
        seen = [followed(case, url) for url in urls]
        found = [file.state for file in seen]
        states.append(
            "opened" if "opened" in found else "dead" if found and set(found) == {"dead"} else "open"
        )
        rests.update((id, None) for file in seen for id in file.captures)
    return states, tuple(rests)


def _listing(own: list[Found]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(id for one in own for id in one.captures))[: _MOST_CAPTURES // 2]


CHECK = ListedDownloads()
