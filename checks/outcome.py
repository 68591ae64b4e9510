"""What a visit's transport alone says, for every check: who could not be reached, who refused us, what is gone.

Not here: what a page that arrived is worth. `None` means that a body came whole and is for the check to read.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.case import Case, Check, Visit
from checks.finding import Finding, Subject, Verdict
from checks.stand_ins import stand_in
from evidence.kinds.http import Failure, HttpFacts
from web.challenge import challenge_marker
from web.urls import identity, is_too_long

Outcome = tuple[Verdict, str]

# Challenge pages are small, or carry scripts, fonts and pictures in them; they never have many links.
_SMALL, _LARGEST_CHALLENGE = 200_000, 3_000_000
_MOST_ANCHORS = 40  # Links of a large page. With more it is a page of the portal, and no challenge. By hand.
_LONGEST_SCRIPT = 30_000  # Bytes of a script that may be a challenge alone. Longer, it is a file.

_FAILURES: dict[Failure, Outcome] = {
    "dns": ("inconclusive", "unreachable"),
    "resolver": ("inconclusive", "unreachable"),
    "refused": ("inconclusive", "unreachable"),
    "reset": ("inconclusive", "unreachable"),
    "timeout": ("inconclusive", "unreachable"),
    "tls": ("inconclusive", "unreachable"),
    "protocol": ("inconclusive", "server_error"),
    "too_large": ("inconclusive", "limit"),
    "private_address": ("inconclusive", "own_error"),
    "bad_port": ("inconclusive", "limit"),
    "own_error": ("inconclusive", "own_error"),
}

# Why the crawl did not fetch a URL, in the reasons of the contract. Anything else was not attempted.
_UNFETCHED = {
    "robots": "robots",
    "depth": "limit",
    "max_pages": "limit",
    "time_budget": "limit",
    "trap": "limit",
    "too_long": "limit",
    "blocked_agency": "blocked",
}


def transport(visit: Visit) -> Outcome | None:
    """(verdict, reason) of a visit that brought no body to read; None when one was properly received.

    `contradicted` (404, 410) holds only when `Case.proven` says so of two visits; until then it is
    `inconclusive`. A challenge is told by its headers alone here; `received` reads the page too.
    """
    facts = visit.facts
    if facts.failure is not None and facts.status is None:
        return _own_lag(facts) or _FAILURES[facts.failure]
    if facts.status is None:
        return "inconclusive", "own_error"
    if challenge_marker(facts, None) is not None:
        return "inconclusive", "blocked"
    return (
        _by_redirects(visit)
        or _by_status(facts.status)
        or (_FAILURES[facts.failure] if facts.failure is not None else None)
        or _by_truncation(facts)
    )


def received(case: Case, visit: Visit) -> Outcome | None:
    """As `transport`, and by what stands on it a challenge is told, and what stands in the place of any page.

    A page that is under construction says something of itself, and is for the check to read.
    """
    if challenge(case, visit) is not None:
        return "inconclusive", "blocked"
    outcome = transport(visit)
    if outcome is None and stand_in(case, visit) not in (None, "under_construction"):
        return "inconclusive", "server_error"
    if outcome is not None and outcome[1] == "not_attempted" and visit.open and visit.facts.redirect:
        return "inconclusive", unattempted(case, visit.facts.redirect)
    return outcome


def challenge(case: Case, visit: Visit) -> str | None:
    """Code of the mark that makes the last answer a firewall's; None when it may be the portal's own."""
    return case.derived(("challenge", visit.final.id), lambda: _challenge(case, visit))


def _challenge(case: Case, visit: Visit) -> str | None:
    facts = visit.facts
    if (marker := challenge_marker(facts, None)) is not None:
        return marker
    if facts.status is None or facts.size > _LARGEST_CHALLENGE or not case.is_html(visit.final):
        return None
    if facts.size > _SMALL and case.evidence.body(visit.final.id).lower().count(b"<a ") > _MOST_ANCHORS:
        return None
    return challenge_marker(facts, case.document(visit.final), lambda url: _script(case, url))


def _script(case: Case, url: str) -> str:
    """The text of a small script that the crawl fetched; "" when it did not, or when it is a whole application."""
    for visit in case.visits(url):
        if visit.status == 200 and 0 < visit.facts.size <= _LONGEST_SCRIPT and not case.is_html(visit.final):
            return case.evidence.body(visit.final.id)[:_LONGEST_SCRIPT].decode("utf-8", "replace")
    return ""


def unattempted(case: Case, url: str) -> str:
    """Reason for a URL that has no exchange: `robots`, `limit`, `blocked` or `not_attempted`."""
    if is_too_long(url):
        return "limit"
    return _UNFETCHED.get(case.unfetched.get(identity(url), ""), "not_attempted")


def endless(visit: Visit) -> bool:
    """Whether the redirects go in circles for a browser too: no hop gave a cookie, or it was brought along in vain.

    Gates send people back with a cookie, once. The crawl brings it along where it would go in circles otherwise.
    """
    if not visit.looped:
        return False
    gave = [isinstance(hop.facts, HttpFacts) and bool(hop.facts.header("set-cookie")) for hop in visit.hops]
    if not any(gave):
        return True
    first = gave.index(True)
    before = {identity(hop.url) for hop in visit.hops[: first + 1]}
    return any(identity(hop.url) in before for hop in visit.hops[first + 1 :])


def unproven(case: Case, visits: Sequence[Visit]) -> str:
    """Reason for what would be a contradiction, had `Case.proven` agreed: whose lack was it?"""
    if len(visits) < 2:
        return "not_attempted"
    return "limit" if case.controlled(visit.final for visit in visits) else "own_error"


def in_time(case: Case, ids: Sequence[str]) -> tuple[str, ...]:
    """Distinct ids of captures, in order of time."""
    captures = [case.evidence.get(id) for id in dict.fromkeys(ids) if id]
    return tuple(capture.id for capture in sorted(captures, key=lambda c: (c.time, c.sequence)))


def own_error(check: Check, case: Case, subject: Subject, error: Exception) -> Finding:
    """A failure of the check itself, held against nobody."""
    seen = {"exception": type(error).__name__}
    return case.finding(check, subject, "inconclusive", "own_error", seen, criterion="own_error")


def _own_lag(facts: HttpFacts) -> Outcome | None:
    return ("inconclusive", "own_error") if facts.late else None


def _by_redirects(visit: Visit) -> Outcome | None:
    if visit.looped:
        # who waits for a cookie lets us not in; who sends everybody in circles is out of reach
        return "inconclusive", "unreachable" if endless(visit) else "blocked"
    if visit.open:
        return "inconclusive", "not_attempted"
    return None


def _by_status(status: int) -> Outcome | None:
    if status in (404, 410):
        return "contradicted", "dead_link"
    if status == 408:
        return "inconclusive", "unreachable"
    if 400 <= status < 500:
        return "inconclusive", "blocked"
    # A redirect without a target, and any status that HTTP does not know, is the server's mistake.
    if not 200 <= status < 300:
        return "inconclusive", "server_error"
    return None


def _by_truncation(facts: HttpFacts) -> Outcome | None:
    if facts.truncated is None:
        return None
    if facts.truncated == "disconnect":
        return "inconclusive", "unreachable"
    return "inconclusive", "own_error" if facts.lagged and facts.truncated == "time" else "limit"
