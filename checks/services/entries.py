"""The electronic entry of a service: what the visits of its declared address saw together, or those of the candidates.

A contradiction needs two visits with one outcome; whatever is missing for it leaves it open, with the reason that is ours.
What one visit saw is for `visit/`, the finding for the check.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from checks.case import Case, Visit
from checks.outcome import received, unattempted
from checks.page.boilerplate import best_view, reading
from checks.page.controls import controls
from checks.page.wordlist import table
from checks.services.actions import route
from checks.services.candidates import Candidate, candidates
from checks.services.matching.declared import is_name, named
from checks.services.matching.gates import soft
from checks.services.matching.parts import wording
from checks.services.matching.titles import EXACT, Titles, read
from checks.services.visit.alias import alias_state, called
from checks.services.visit.browsed import at_rest
from checks.services.visit.hop import onward
from checks.services.visit.look import PageClassification, look
from checks.services.visit.seen import EntryResult, is_front, left_open
from checks.services.visit.visited import see
from checks.services.wording import is_collection
from claims.model import Service
from web.urls import identity

# What these say is of the page at the declared address: the portal may have the entry at another.
_OF_THE_PAGE = frozenset(
    {"information_only", "form_download_only", "in_person_only", "hollow", "under_construction"}
)
UNDECIDED = frozenset({"no_match", "ambiguous"})
"""Reasons of a claim that no page could be tied to: an auditor may choose one."""
_RANK = {"verified": 0, "partial": 1, "contradicted": 2, "inconclusive": 3}


def find_entry(case: Case, titles: Titles, service: Service) -> tuple[EntryResult, int]:
    """The best that was seen of the service, and how many visits saw it so.

    The page that an auditor chose counts where the claim is not met without it. It may settle the claim for the agency, and
    never against it.
    """
    found = _unaided(case, titles, service)
    alias = case.round.aliases.get(service.id)
    if alias is None or not _unmet(found[0]):
        return found
    state = case.derived(("alias", service.id), lambda: alias_state(case, alias))
    if state.void is not None:
        return replace(found[0], alias=state), found[1]
    mine = called(titles, service, state)
    seen, attempts = _visited(case, titles.called(mine), mine, alias.address)
    if found[0].verdict == "contradicted":
        if seen.verdict not in ("verified", "partial"):
            return found
        seen = replace(seen, notes=(*seen.notes, "entry_elsewhere"))
    elif seen.verdict == "contradicted":
        seen = left_open(seen, "ambiguous", "alias_without_entry")
    via = "alias" if seen.via == "claimed_url" else f"alias, {seen.via}"[:160]
    return replace(seen, via=via, alias=state), attempts


def _unmet(seen: EntryResult) -> bool:
    return seen.verdict == "contradicted" or (seen.verdict == "inconclusive" and seen.reason in UNDECIDED)


def _unaided(case: Case, titles: Titles, service: Service) -> tuple[EntryResult, int]:
    if service.url is not None:
        return _claimed(case, titles, service, service.url)
    return _searched(case, titles, service)


def _claimed(case: Case, titles: Titles, service: Service, url: str) -> tuple[EntryResult, int]:
    visits = case.visits(url)
    if not visits:
        return EntryResult("inconclusive", unattempted(case, url), url, ()), 0
    seen, attempts = together(case, visits, [see(case, titles, service, visit, url) for visit in visits])
    return _looked_around(case, titles, service, url, seen), attempts


def _looked_around(case: Case, titles: Titles, service: Service, url: str, seen: EntryResult) -> EntryResult:
    """Nobody is contradicted who has the entry at another address than the declared one; it is told where it is.

    Where the declared page leaves the question open and leads there, it is the service's.
    """
    against = seen.verdict == "contradicted" and seen.reason in _OF_THE_PAGE
    undecided = seen.verdict == "inconclusive" and (seen.reason in UNDECIDED or "leads_on" in seen.notes)
    if not against and not undecided:
        return seen
    rows = tried(case, titles, service)
    entry = next((row for row in rows if row.seen.verdict == "verified"), None)
    half = next((row for row in rows if row.seen.verdict == "partial" and row.candidate.firm), None)
    best = entry or half
    if best is None or identity(best.seen.url) == identity(url):
        return seen
    if undecided and _leads_to(case, titles, service, seen, best):
        ids = tuple(dict.fromkeys((*seen.captures, *best.seen.captures)))
        return replace(best.seen, captures=ids, notes=(*best.seen.notes, "declared_page_leads_there"))
    if best is half or not (against or seen.reason in UNDECIDED):
        return seen
    found = best.seen
    told = left_open(seen, "ambiguous" if against else seen.reason, "entry_elsewhere")
    return replace(told, captures=(*seen.captures, *found.captures), elsewhere=found)


def _leads_to(case: Case, titles: Titles, service: Service, seen: EntryResult, row: Tried) -> bool:
    """Whether the declared page, or the page to which its action leads, links to where the entry was found, in no menu.

    The page of another matter does not, whatever its links.
    """
    if row.seen.look is None:
        return False
    if seen.look is None or not (seen.look.tie.tied or _is_of_no_other(case, titles, service, seen.look)):
        return False
    wanted = {identity(row.candidate.url), identity(row.seen.url)}
    further = (visit.final for visit in case.visits(seen.url)[:1] if case.is_html(visit.final))
    pages = (seen.look.capture, *(best_view(case, page) for page in further))
    return any(
        (url := page.target(control.node)) is not None and identity(url) in wanted
        for page in (reading(case, capture) for capture in pages)
        for control in controls(page)  # its own: a menu leads from every page to every other
    )


def _is_of_no_other(case: Case, titles: Titles, service: Service, at: PageClassification) -> bool:
    """Whether a page is a home page or the root of an application, or is called by nothing else than the title says."""
    page = reading(case, at.capture)
    if is_front(case, page.document.url):
        return True
    if at.kind != "list" and is_collection(page):  # of questions, of news
        return False
    other = table("page/words/titles.toml")["declared"]["other"]
    name, claim = named(case, page), read(service.title)
    called = [text for text in (page.main_heading.text if page.main_heading else "", name.text) if text]
    parts = [part for text in called if is_name(text, name) for part in wording(text).parts]
    return all(
        not set(part.words) - soft() or (claim.words and titles.shares(claim, part)[1] <= other)
        for part in parts
    )


def together(case: Case, visits: Sequence[Visit], looks: Sequence[EntryResult]) -> tuple[EntryResult, int]:
    """What several visits of one URL prove together."""
    best = min(looks, key=lambda seen: _RANK[seen.verdict])
    same = [seen for seen in looks if (seen.verdict, seen.reason) == (best.verdict, best.reason)]
    ids = tuple(dict.fromkeys(capture for seen in looks for capture in seen.captures))
    if best.verdict in ("verified", "partial"):
        if any(seen.verdict == "contradicted" for seen in looks[looks.index(best) + 1 :]):
            return left_open(replace(best, captures=ids), "ambiguous", "visits_differ"), len(same)
        return best, len(same)
    if best.verdict == "inconclusive":
        return replace(looks[-1], captures=ids), sum(seen.reason == looks[-1].reason for seen in looks)
    return _contradicted(case, visits, looks, replace(best, captures=ids))


def _contradicted(
    case: Case, visits: Sequence[Visit], looks: Sequence[EntryResult], best: EntryResult
) -> tuple[EntryResult, int]:
    doubtful = [seen for seen in looks if seen.verdict == "inconclusive"]
    if doubtful:
        return replace(doubtful[-1], captures=best.captures), len(doubtful)
    shut = next((gate for gate in gates(case, visits, looks) if not gate.passed), None)
    if shut is None:
        return best, len(looks)
    return left_open(best, shut.reason, shut.note), 1 if shut.note == "visits_differ" else len(looks)


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition of a contradiction; reason and note are the finding's when it is not met."""

    note: str
    reason: str
    passed: bool


def gates(case: Case, visits: Sequence[Visit], looks: Sequence[EntryResult]) -> tuple[Gate, ...]:
    """What a contradiction needs beside the evidence itself, in the order in which it is asked."""
    return (
        Gate("visits_differ", "ambiguous", len({seen.reason for seen in looks}) <= 1),
        Gate("no_second_visit", "not_attempted", len(visits) >= 2),
        Gate("no_control", "own_error", case.controlled(v.final for v in (*visits[:1], *visits[1:][-1:]))),
        Gate("second_visit_too_soon", "not_attempted", case.proven(visits)),
    )


@dataclass(frozen=True, slots=True)
class Tried:
    """A candidate, and what the visits of it came to."""

    candidate: Candidate
    seen: EntryResult
    attempts: int


def tried(case: Case, titles: Titles, service: Service) -> list[Tried]:
    """The candidates of a service without a URL, best first, up to the first that is verified."""
    found: list[Tried] = []
    for candidate in candidates(case, titles, service):
        seen, attempts = _candidate(case, titles, service, candidate)
        via = f"{candidate.via}{'' if seen.via == 'claimed_url' else ', ' + seen.via}"[:160]
        found.append(Tried(candidate, replace(seen, via=via), attempts))
        if seen.verdict == "verified":
            break
    return found


def _searched(case: Case, titles: Titles, service: Service) -> tuple[EntryResult, int]:
    """No URL was declared: what the crawl met of the service."""
    met = tried(case, titles, service)
    entry = next((row for row in met if row.seen.verdict == "verified"), None)
    best = entry or next((row for row in met if row.seen.verdict == "partial" and _is_its_own(row)), None)
    if best is not None:
        return best.seen, best.attempts
    firm = [row for row in met if row.candidate.firm and row.seen.look is not None and row.seen.look.tie.tied]
    for row in firm:
        if row.seen.verdict == "inconclusive":
            return row.seen, row.attempts
    refuting = {row.seen.reason for row in firm}
    if len(refuting) == 1 and all(row.seen.verdict == "contradicted" for row in firm):
        return firm[0].seen, firm[0].attempts
    ambiguous = next((row.seen for row in met if row.seen.reason == "ambiguous"), None)
    if ambiguous is not None:
        return ambiguous, 1
    unread = next((row.seen for row in met if not row.attempts and row.candidate.score >= EXACT), None)
    return unread or _not_found(case), 0


def _is_its_own(row: Tried) -> bool:
    """Whether what was found says that it is the service's: a log-in behind a link of about its name may be before another's."""
    return row.candidate.firm or (row.seen.look is not None and row.seen.look.tie.tied)


def _candidate(case: Case, titles: Titles, service: Service, candidate: Candidate) -> tuple[EntryResult, int]:
    if candidate.via == "name" and service.url is None:
        # page and claim are each other's best, as at a declared address: all that speaks for it is weighed
        service = replace(service, url=candidate.url)
    return _visited(case, titles, service, candidate.url)


def _visited(case: Case, titles: Titles, service: Service, url: str) -> tuple[EntryResult, int]:
    """What the visits of an address came to; of a route of an application, what the browser showed."""
    visits = case.visits(url)
    if route(url):
        pages = [page for page in case.rendered(url) if at_rest(page)]
        if pages:
            at = look(case, titles, service, pages[0])
            return onward(case, titles, service, at, url, (pages[0].id,)), 1
    if not visits:
        return EntryResult("inconclusive", unattempted(case, url), url, ()), 0
    return together(case, visits, [see(case, titles, service, visit, url) for visit in visits])


def _not_found(case: Case) -> EntryResult:
    """Nothing of the service was met. Whether that says anything depends on how far the crawl came."""
    home = case.visits(case.agency.portal)
    outcomes = [received(case, visit) for visit in home]
    ids = tuple(visit.final.id for visit in home)
    url = case.agency.portal
    if outcomes and all(outcome is not None for outcome in outcomes):
        reason = outcomes[-1][1] if outcomes[-1] is not None else "unreachable"
        return EntryResult(
            "inconclusive", "unreachable" if reason == "dead_link" else reason, url, ids, via="crawl"
        )
    account = case.crawl
    if account is None or account.state == "interrupted" or not home:
        return EntryResult("inconclusive", "not_attempted", url, ids, via="crawl")
    if account.state == "blocked":
        return EntryResult("inconclusive", "blocked", url, ids, via="crawl")
    if account.state == "time_budget":
        return EntryResult("inconclusive", "limit", url, ids, via="crawl")
    return EntryResult("inconclusive", "no_match", url, ids, via="crawl")
