"""`foi.system` (T07): does the portal lead to where requests for information are made, and does it open?

Looked at: links of the portal to the system of the state, links by which its own page on access to information names a
system or the making of a request, and a form of that page. Not looked at: what the system answers to a request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.case import Case, Visit
from checks.elements.pages import LeadResult, followed
from checks.elements.sections import section
from checks.finding import Finding, Verdict
from checks.outcome import in_time, received, unattempted
from checks.page.forms.kinds import forms
from checks.page.page import Page
from checks.page.wordlist import known_host, pattern, phrases, spread
from checks.reasons import PORTAL
from checks.services.own_pages import arrive
from checks.services.wording import placeholder, under_construction
from checks.transparent.no_match import no_match_finding, read_whole
from checks.word_sets import OF_SECTIONS
from web.urls import host, identity

SECTION = "foi"
_TEXTS = {"criterion": "foi_system_opens", "effect": "third_of_access"}
FILE = "transparent/foi_system/words.toml"
_SYSTEM = pattern(FILE, "<systems>")
_LONGEST = 120  # Characters of the words beside a link. Longer is a sentence of news.
_MOST = 8  # Links that may lead to the system. Later ones are not followed. By hand.
_RANK = {"verified": 0, "partial": 1, "inconclusive": 2, "contradicted": 3}


@dataclass(frozen=True, slots=True)
class _RequestOption:
    """What a link, or the form of the page, came to, and the page that it stands on. ids: captures of what it leads to."""

    verdict: Verdict
    reason: str | None
    page: Page
    by: str
    url: str
    ids: tuple[str, ...] = ()
    attempts: int = 1


class FoiSystem:
    """A link to the system that opens, or a form for requests."""

    id = "foi.system"
    version = 3
    reasons = PORTAL
    words = OF_SECTIONS

    def judge(self, case: Case) -> Iterator[Finding]:
        found = section(case, SECTION)
        if (known := _of_the_state(case)) is not None:
            rests = in_time(case, known.captures)
            seen = {"by": "known_host"}
            yield found.finding(
                self, case, known.url, "verified", None, seen, rests, known.attempts, **_TEXTS
            )
            return
        if not found.pages:
            yield found.missing(self, case, **_TEXTS)
            return
        options = [option for page in found.pages for option in _options(case, page)]
        if not options:
            yield no_match_finding(
                self, case, found, whole=read_whole(case, [found], phrases(FILE, "leads")), **_TEXTS
            )
            return
        best = min(options, key=lambda option: _RANK[option.verdict])
        seen = {"by": best.by, "system_url": best.url}
        rests = in_time(case, (*best.page.rests, *best.ids))
        yield found.finding(
            self, case, best.page.url, best.verdict, best.reason, seen, rests, best.attempts, **_TEXTS
        )


def _of_the_state(case: Case) -> LeadResult | None:
    """A link of the portal by the element's name that arrived at the system of the state."""
    return next((seen for seen in followed(case, SECTION) if "known_host" in seen.notes), None)


def _options(case: Case, page: Page) -> Iterator[_RequestOption]:
    """What the page offers to make a request: at most eight links, and its own form."""
    for form in forms(page.reading):
        written = form.kind in ("service", "contact") or any(field.asks == "long" for field in form.fields)
        if written and not form.closed:
            yield _RequestOption("verified", None, page, "form", page.url, attempts=page.attempts)
            return
    met: set[str] = set()
    for line in page.reading.own:
        for anchor in line.anchors:
            url = page.reading.target(anchor)
            if url is None or identity(url) in {*met, identity(page.url)}:
                continue
            said = " ".join(anchor.text(deep=True, separator=" ").split())
            if known_host(SECTION, host(url)) or (len(said) <= _LONGEST and _SYSTEM.search(spread(said))):
                met.add(identity(url))
                yield _followed(case, page, url)
            if len(met) >= _MOST:
                return


def _followed(case: Case, page: Page, url: str) -> _RequestOption:
    visits = case.visits(url)
    if not visits:
        return _RequestOption("inconclusive", unattempted(case, url), page, "link", url, attempts=0)
    ids = tuple(dict.fromkeys(id for visit in visits for id in visit.ids))
    if any(_opened(case, visit) for visit in visits):
        return _RequestOption("verified", None, page, "link", url, ids)
    there = arrive(case, url)
    if there.document:  # a form to print is one way, and no system
        return _RequestOption("partial", None, page, "link", url, there.ids)
    if there.page is not None:
        empty = under_construction(there.page.reading) or placeholder(there.page.reading)
        if empty is not None:
            return _RequestOption("inconclusive", "ambiguous", page, "link", url, there.ids)
        return _RequestOption("verified", None, page, "link", url, there.ids)
    verdict: Verdict = "contradicted" if there.refuted else "inconclusive"
    return _RequestOption(
        verdict, there.reason, page, "link", url, there.ids, len(visits) if there.refuted else 1
    )


def _opened(case: Case, visit: Visit) -> bool:
    """The system of the state answered; what it shows is not the agency's."""
    return received(case, visit) is None and any(known_host(SECTION, host(hop.url)) for hop in visit.hops)


CHECK = FoiSystem()
