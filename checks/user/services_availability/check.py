"""`services.availability` (U06): did the entries of services answer whenever they were visited?

Looked at: every visit of the claimed addresses and of the systems that entries were found in. A server error or a
silence is no answer; a page that says 404 is one, and `links` and the entry judge it. No visit at all: what failed by
our own fault or was not asked for. A firewall's answer is left open, and so is everything where nothing answered at all. Not looked at: availability over months.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checks.case import Case, Visit
from checks.finding import Finding, Verdict
from checks.outcome import in_time, received
from checks.reasons import PORTAL
from checks.services.actions import gateway
from checks.services.own_pages import own_of
from checks.word_sets import OF_SERVICES
from evidence.kinds.http import HttpFacts
from web.urls import identity

# Outcomes of a visit that say nothing of the portal.
_OURS = frozenset({"own_error", "robots", "limit", "not_attempted", "needs_browser"})
_SILENT = frozenset({"unreachable", "server_error"})
_MOST_TOLD = 20  # Addresses and captures that a finding names. The counts are of all.


class ServiceAvailability:
    """One finding about the agency."""

    id = "services.availability"
    version = 3
    reasons = PORTAL
    words = OF_SERVICES

    def judge(self, case: Case) -> Iterator[Finding]:
        entries = _entries(case)
        counted = answered = blocked = 0
        silent: dict[str, str] = {}
        ids: list[str] = []
        for url in entries:
            for visit in case.visits(url):
                reason = _of(case, visit)
                if reason in _OURS:
                    continue
                counted += 1
                answered += reason is None
                blocked += reason == "blocked"
                if reason in _SILENT:
                    silent.setdefault(url, reason)
                    ids.extend(visit.ids)
        yield self._finding(case, counted, answered, blocked, silent, ids)

    def _finding(
        self, case: Case, counted: int, answered: int, blocked: int, silent: dict[str, str], ids: list[str]
    ) -> Finding:
        verdict: Verdict = "verified" if answered == counted else "partial"
        reason = None
        if counted == 0 and not any(service.electronic for service in case.services):
            verdict = "not_applicable"
        elif counted == 0 or blocked == counted:
            verdict, reason = "inconclusive", "blocked" if blocked else "not_attempted"
        elif answered == 0 and "server_error" not in silent.values():
            # who never said a word to us may answer everybody else
            verdict, reason = "inconclusive", "unreachable"
        observed: dict[str, Any] = {"visits": counted, "answered": answered, "blocked": blocked}
        observed["silent"] = [
            {"url": url, "reason": reason} for url, reason in sorted(silent.items())[:_MOST_TOLD]
        ]
        rests = in_time(case, ids[:_MOST_TOLD])
        codes = {"criterion": "entries_answer", "effect": "share_of_answers"}
        return case.finding(self, case.subject, verdict, reason, observed, rests, counted, **codes)


def _entries(case: Case) -> list[str]:
    """Addresses of the entries of services claimed electronic, each once, sorted."""
    found: dict[str, str] = {}
    for service in case.services:
        if not service.electronic:
            continue
        own = own_of(case, service)
        for url in (service.url, own.page, own.url if own.verdict in ("verified", "partial") else None):
            if url is not None and gateway(url) is None:
                found.setdefault(identity(url), url)
    return [found[key] for key in sorted(found)]


def _of(case: Case, visit: Visit) -> str | None:
    """Why a visit got no answer; None when it got one, whatever it says."""
    facts = visit.facts
    if facts.failure == "resolver" or not case.controlled([visit.final]):
        return "own_error"
    outcome = received(case, visit)
    if outcome is None or outcome[1] == "dead_link":
        return None
    if outcome[1] in _SILENT and any(
        gateway(hop.url) is not None for hop in visit.hops if isinstance(hop.facts, HttpFacts)
    ):
        return None  # the entry sent its visitors on; that a national gateway is silent is not its fault
    if facts.truncated == "disconnect" and facts.status == 200:
        return "unreachable"
    return outcome[1]


CHECK = ServiceAvailability()
