"""`managers.contacts` (T09): of how many of its managers does the agency tell name, post, and how to reach them?

Looked at: the pages that list managers, the page of each that they link to, and without such a list the page of contacts.
Not looked at: whether managers answer, and who they are; findings hold counts and the words of one post, never a name or
a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from checks.case import Case
from checks.elements.sections import section
from checks.finding import Finding
from checks.outcome import received
from checks.page.boilerplate import best_view, reading
from checks.page.page import Page
from checks.page.soft404 import answered_alike, error_answer
from checks.reasons import PORTAL
from checks.transparent.managers_contacts.manager_list import Manager, managers, profile
from checks.transparent.no_match import no_match_finding
from checks.transparent.people import office_words
from checks.word_sets import OF_SECTIONS
from web.urls import identity

SECTION, CONTACT = "managers", "contact"
_FEW = 3  # fewer managers than these make half of the indicator
_TEXTS = {"criterion": "managers_can_be_reached", "effect": "managers_share"}


class ManagerContacts:
    """Managers that are listed, and those of them with all three."""

    id = "managers.contacts"
    version = 3
    reasons = PORTAL
    words = (*OF_SECTIONS, "transparent/words.toml")

    def judge(self, case: Case) -> Iterator[Finding]:
        found = section(case, SECTION)
        best: tuple[Page, tuple[Manager, ...], int] | None = None
        # where no page lists managers, those that the page of contacts names count
        for page in found.pages or section(case, CONTACT).pages:
            listed, unseen, rests = _looked_up(case, page, managers(page.reading))
            page = replace(page, rests=tuple(dict.fromkeys((*page.rests, *rests))))
            if listed and (best is None or _worth(listed) > _worth(best[1])):
                best = page, listed, unseen
        if best is None and not found.pages:
            yield found.missing(self, case, **_TEXTS)
            return
        if best is None:
            yield no_match_finding(self, case, found, whole=False, **_TEXTS)
            return
        page, listed, unseen = best
        observed = _observed(listed, unseen)
        whole = observed["complete"] == len(listed) >= _FEW
        yield found.about(self, case, page, "verified" if whole else "partial", None, observed, **_TEXTS)


def _worth(listed: Sequence[Manager]) -> tuple[int, int]:
    return sum(one.complete for one in listed), len(listed)


def _observed(listed: Sequence[Manager], unseen: int) -> dict[str, Any]:
    """wanted: what the complete ones are held against; fewer than three managers count for half."""
    wanted = len(listed) if len(listed) >= _FEW else 2 * len(listed)
    return {
        "listed": len(listed),
        "complete": sum(one.complete for one in listed),
        "open": unseen,
        "wanted": wanted,
        "with_name": sum(one.name for one in listed),
        "with_post": sum(bool(one.post) for one in listed),
        "with_contact": sum(one.reach for one in listed),
        "excerpt": next((office_words(one.post) for one in listed if one.post), ""),
    }


def _looked_up(
    case: Case, page: Page, listed: Sequence[Manager]
) -> tuple[tuple[Manager, ...], int, tuple[str, ...]]:
    """The managers with what their own pages add, how many of those pages were not seen, and what was read."""
    made: list[Manager] = []
    unseen = 0
    rests: list[str] = []
    shared = [identity(url) for one in listed for url in one.links]
    for one in listed:
        own = [
            url
            for url in one.links
            if shared.count(identity(url)) == 1 and identity(url) != identity(page.url)
        ]
        pending = False
        for url in own:
            if one.complete:
                break
            more, ids = _profile(case, url)
            if more is None:
                pending = pending or not case.visits(url)
                continue
            rests.extend(ids)
            one = replace(
                one, name=one.name or more.name, post=one.post or more.post, reach=one.reach or more.reach
            )
        unseen += pending and not one.complete
        made.append(one)
    return tuple(made), unseen, tuple(rests)


def _profile(case: Case, url: str) -> tuple[Manager | None, tuple[str, ...]]:
    for visit in case.visits(url):
        if received(case, visit) is None and case.is_html(visit.final):
            view = best_view(case, visit.final)
            if error_answer(case, view) is None and not answered_alike(case, view):
                return profile(reading(case, view)), (*visit.ids, view.id)
    return None, ()


CHECK = ManagerContacts()
