"""`privacy.behaviour` (T03): does the portal do what its privacy statement says?

Looked at: hosts of well-known services that follow visitors, asked by the portal's pages in the browser before anybody
could agree to it, cookies set then, and the sentences of the statement about such tools. Not looked at: services that
are not on the list, and what the agency does with data behind its pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from checks.accessibility.rule import looks
from checks.case import Case
from checks.elements.sections import section
from checks.finding import Finding, Subject, Verdict
from checks.outcome import in_time
from checks.page.boilerplate import reading
from checks.page.page import Page
from checks.reasons import PRIVACY
from checks.services.wording import sentences
from checks.transparent.privacy_behaviour.trackers import Tracker, denied, owns_up, refuted_by, tracker_at
from checks.word_sets import OF_SECTIONS
from evidence.kinds.page import PageFacts
from evidence.records import Capture
from web.urls import host, is_web

_TEXTS = {"criterion": "privacy_is_kept", "effect": "half_of_privacy"}

_MOST_NAMED = 10  # Trackers, hosts and captures that a finding names


@dataclass(slots=True)
class _Behaviour:
    """What pages did. loads: captures whose first load is known. trackers: captures that saw each, by name."""

    loads: list[Capture] = field(default_factory=list)
    trackers: dict[str, tuple[Tracker, set[str], list[Capture]]] = field(default_factory=dict)
    cookies: set[tuple[str, str]] = field(default_factory=set)

    def asked(self, name: str, capture: Capture) -> None:
        tracker = tracker_at(name)
        if tracker is None:
            return
        _, hosts, captures = self.trackers.setdefault(tracker.name, (tracker, set(), []))
        hosts.add(name)
        if capture not in captures:
            captures.append(capture)


class PrivacyBehaviour:
    """The statement against what the browser saw. One finding an agency."""

    id = "privacy.behaviour"
    version = 3
    reasons = PRIVACY
    words = (
        *OF_SECTIONS,
        "transparent/privacy_behaviour/trackers.toml",
    )

    def judge(self, case: Case) -> Iterator[Finding]:
        found = section(case, "privacy")
        if not found.pages:
            yield found.missing(self, case, **_TEXTS)
            return
        yield self._judged(case, found.pages, _behaviour(case, found.pages))

    def _judged(self, case: Case, pages: tuple[Page, ...], seen: _Behaviour) -> Finding:
        told = [text for page in pages for text, _ in sentences(page.reading)]
        open_ = {
            name: (tracker, hosts, captures)
            for name, (tracker, hosts, captures) in sorted(seen.trackers.items())
            if not any(owns_up(text, tracker) for text in told)
        }
        observed: dict[str, Any] = {
            "trackers": sorted(seen.trackers)[:_MOST_NAMED],
            "tracker_hosts": sorted({name for _, hosts, _ in seen.trackers.values() for name in hosts})[
                :_MOST_NAMED
            ],
            "loads_seen": len(seen.loads),
        }
        rests = [capture for _, _, captures in open_.values() for capture in captures] or seen.loads
        refuted = {
            name: row for name, row in open_.items() if any(refuted_by(denied(text), row[0]) for text in told)
        }
        if refuted:
            verdict, reason = self._denied(case, pages, refuted)
            observed["excerpt"] = next(
                text[:300]
                for text in told
                if any(refuted_by(denied(text), tracker) for tracker, _, _ in refuted.values())
            )
            return self._finding(case, pages[0], verdict, reason, observed, rests, 2)
        gaps = ["tracker_undisclosed"] if open_ else []
        if (said := _cookie_denial(told, seen)) is not None:
            gaps.append("cookie_denied")
            observed["excerpt"] = said[:300]
            observed["cookies_seen"] = [f"{name} ({domain})" for domain, name in sorted(seen.cookies)][
                :_MOST_NAMED
            ]
        if gaps:
            return self._finding(case, pages[0], "partial", None, {**observed, "privacy_gap": gaps}, rests, 1)
        if not seen.loads:
            return self._finding(case, pages[0], "inconclusive", "needs_browser", {}, [], 0)
        return self._finding(case, pages[0], "verified", None, observed, rests, 1)

    def _denied(
        self,
        case: Case,
        pages: tuple[Page, ...],
        trackers: Mapping[str, tuple[Tracker, set[str], list[Capture]]],
    ) -> tuple[Verdict, str]:
        """Both have to be seen twice, far enough apart: the denial, and one and the same service."""
        always = [
            sorted(captures, key=lambda one: (one.time, one.sequence))
            for tracker, _, captures in trackers.values()
            if any(_always_denies(case, page, tracker) for page in pages)
        ]
        spaced = [ordered for ordered in always if case.spaced(ordered)]
        if not spaced:
            return "inconclusive", "not_attempted"
        if not any(case.controlled((ordered[0], ordered[-1])) for ordered in spaced):
            return "inconclusive", "own_error"
        return "contradicted", "tracker_denied"

    def _finding(
        self,
        case: Case,
        page: Page,
        verdict: Verdict,
        reason: str | None,
        observed: dict[str, Any],
        rests: list[Capture],
        attempts: int,
    ) -> Finding:
        seen = in_time(case, (*page.rests, *(capture.id for capture in rests)))
        about, told = Subject("element", "privacy", page.url), {"url": page.url, **observed}
        return case.finding(self, about, verdict, reason, told, seen, attempts, **_TEXTS)


def _cookie_denial(told: list[str], seen: _Behaviour) -> str | None:
    """The sentence that denies cookies which were set: any at all, or those of services that follow visitors."""
    third = any(tracker_at(domain) for domain, _ in seen.cookies)
    for text in told:
        things = denied(text)
        if seen.cookies and ("cookies" in things or (third and "third_cookies" in things)):
            return text
    return None


def _always_denies(case: Case, page: Page, tracker: Tracker) -> bool:
    """Whether the statement denied the service in each of two visits, far enough apart.

    A page that the browser saw once counts with what the server sent, where that says the same each time.
    """
    visits = case.visits(page.url)
    sent = [visit.final for visit in visits if visit.status == 200 and case.is_html(visit.final)]
    if not isinstance(page.capture.facts, PageFacts):
        return len(sent) == len(visits) and _deny(case, sent, tracker)
    rendered = [one for one in case.rendered(page.capture.url) if _whole(one)]
    return _deny(case, rendered, tracker) or (
        len(sent) == len(visits) and _deny(case, [*sent, *rendered], tracker)
    )


def _deny(case: Case, shown: list[Capture], tracker: Tracker) -> bool:
    shown = sorted(shown, key=lambda one: (one.time, one.sequence))
    return case.spaced(shown) and all(
        any(refuted_by(denied(text), tracker) for text, _ in sentences(reading(case, one))) for one in shown
    )


def _whole(capture: Capture) -> bool:
    return isinstance(capture.facts, PageFacts) and capture.facts.finished


def _behaviour(case: Case, pages: tuple[Page, ...]) -> _Behaviour:
    """Of pages on the portal's host and on the statement's: what it says of "this portal" says nothing of other systems.

    Pages on which something was opened tell nothing of the time before.
    """
    own = {host(case.agency.portal), *(host(page.capture.url) for page in pages)}
    own |= {host(visit.final.url) for visit in case.visits(case.agency.portal) if not visit.open}
    seen = _Behaviour()
    for look in looks(case):
        visit = look.measures.get("visit")
        if look.reason is not None or not visit or host(look.capture.url) not in own:
            continue
        seen.loads.append(look.capture)
        for entry in visit["hosts"]:
            seen.asked(entry["host"], look.capture)
        seen.cookies |= {(one["domain"], one["name"]) for one in visit["cookies"] or ()}
    for capture in case.captures:
        facts = capture.facts
        if (
            not isinstance(facts, PageFacts)
            or not facts.finished
            or facts.opened
            or host(capture.url) not in own
        ):
            continue
        if host(facts.final_url) not in own:
            continue
        for url in (*(url for _, url, _, _ in facts.requests), *(url for _, url in facts.would_send)):
            if is_web(url):
                seen.asked(host(url), capture)
    return seen


CHECK = PrivacyBehaviour()
