"""One agency's case: its claims and what was seen of it, with derivations made once on demand.

Checks read through here and through nothing else. Pure: the evidence, the round and `as_of` decide all.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeVar, runtime_checkable

from checks.allowance import Allowance, ChildTime
from checks.derivations import Derivations
from checks.finding import Finding, Subject, Verdict
from checks.reasons import Reasons
from checks.recent import Recent
from claims.hosts import HostOwners
from claims.model import Agency, Dataset, Round, Service, Settings
from evidence.kinds.crawl import CrawlFacts
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.records import Capture, Evidence
from web.document import Document, looks_like_html
from web.urls import identity, is_too_long, is_web, split_fragment

# A control target has to have answered this close to what a contradiction rests on.
CONTROL_WINDOW = dt.timedelta(minutes=5)
# Parsed pages kept for the next check. A page beyond them is parsed again: slower, the same finding.
_DOCUMENTS_KEPT = 64
DOCUMENTS = "documents"
# Of CPU, for all checks of an agency: twenty times what they take of portals as they are.
_SECONDS, _SECONDS_OF_CAPTURE = 600.0, 0.2
# Of CPU, for child processes that read the agency's files, beyond what is usual.
_SECONDS_OF_CHILDREN = 300.0
# As the Fetch standard has it.
MOST_REDIRECTS = 20

# What may bring a page: a bare host's root and the address of a dataset are pages too when they show one.
_PAGE_PURPOSES = frozenset({"home", "claim", "page", "catalogue", "host", "dataset", "listed"})

T = TypeVar("T")


class Check(Protocol):
    """What the engine can run."""

    @property
    def id(self) -> str: ...

    @property
    def version(self) -> int: ...

    def judge(self, case: Case) -> Iterator[Finding]:
        """Findings about the agency of the case."""
        ...


@runtime_checkable
class RegisteredCheck(Check, Protocol):
    """A check that has a folder (`checks.registry`).

    reasons: those that its findings may give, by verdict. words: the word lists it reads, by their paths below `checks/`,
    besides what every check reads; with the version they are the rule that a finding was made by.
    """

    @property
    def reasons(self) -> Reasons: ...

    @property
    def words(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of a URL: the exchange itself and those its redirects led to, in order.

    looped: the redirects came back to an address of the chain, or went on past what browsers follow.
    open: the last hop redirects to something that was not fetched.
    """

    hops: tuple[Capture, ...]
    looped: bool = False
    open: bool = False

    @property
    def first(self) -> Capture:
        return self.hops[0]

    @property
    def final(self) -> Capture:
        return self.hops[-1]

    @property
    def facts(self) -> HttpFacts:
        """Of the last hop."""
        facts = self.final.facts
        assert isinstance(facts, HttpFacts)
        return facts

    @property
    def status(self) -> int | None:
        return self.facts.status

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(hop.id for hop in self.hops)


class Case(Derivations):
    """Claims and captures of one agency. Shape: everything is keyed by `web.urls.identity`.

    listed: ids of the datasets that nobody claims and that it is about, of those that the agency's catalogues list; None for
    all of them.
    """

    def __init__(
        self, round: Round, agency: Agency, evidence: Evidence, as_of: dt.datetime, shared: Shared
    ) -> None:
        super().__init__()
        self.round = round
        self.agency = agency
        self.evidence = evidence
        self.as_of = as_of
        self.shared = shared
        self.child_time = ChildTime(_SECONDS_OF_CHILDREN)  # of narrowed cases too
        self.listed: frozenset[str] | None = None

    @cached_property
    def allowance(self) -> Allowance:
        """CPU time of all checks of this agency, those of narrowed cases too."""
        return Allowance(_SECONDS + _SECONDS_OF_CAPTURE * len(self.captures))

    @cached_property
    def vantages(self) -> dict[str, Case]:
        """The same claims by what other vantage points saw, by their names; none where the round was crawled from one."""
        return {
            shared.evidence.vantage: Case(self.round, self.agency, shared.evidence, self.as_of, shared)
            for shared in self.shared.others
        }

    @property
    def subject(self) -> Subject:
        """Of a finding about the agency as a whole."""
        return Subject("agency", self.agency.id, self.agency.portal)

    def finding(
        self,
        check: Check,
        subject: Subject,
        verdict: Verdict,
        reason: str | None,
        observed: Mapping[str, Any],
        captures: Iterable[str] = (),
        attempts: int = 0,
        *,
        criterion: str = "",
        effect: str = "",
    ) -> Finding:
        """What a check concludes of a subject of this agency. captures: each counts once."""
        rests, agency = tuple(dict.fromkeys(captures)), self.agency.id
        id, version = check.id, check.version
        return Finding(
            agency, subject, id, version, verdict, reason, observed, rests, attempts, criterion, effect
        )

    @property
    def settings(self) -> Settings:
        return self.round.settings

    @cached_property
    def services(self) -> tuple[Service, ...]:
        return self.round.services_of(self.agency.id)

    @cached_property
    def datasets(self) -> tuple[Dataset, ...]:
        return self.round.datasets_of(self.agency.id)

    def narrowed(
        self,
        listed: frozenset[str] | None = frozenset(),
        **claims: tuple[Service, ...] | tuple[Dataset, ...],
    ) -> Case:
        """The same case with fewer claims (`services=`, `datasets=`), sharing what was derived already."""
        case = Case(self.round, self.agency, self.evidence, self.as_of, self.shared)
        case.__dict__.update(self.__dict__, listed=listed, **claims)
        return case

    @cached_property
    def captures(self) -> tuple[Capture, ...]:
        """All captures of the agency, in order of commit, but those of spiders of the audit body's own."""
        return tuple(c for c in self.evidence.captures(self.agency.id) if c.purpose != "spider")

    @cached_property
    def spider_captures(self) -> tuple[Capture, ...]:
        """What spiders of the audit body's own asked for at the agency, in order of commit: for checks of its own."""
        return tuple(c for c in self.evidence.captures(self.agency.id) if c.purpose == "spider")

    @cached_property
    def _exchanges(self) -> dict[str, list[Capture]]:
        found: dict[str, list[Capture]] = defaultdict(list)
        for capture in self.captures:
            if capture.kind == "http":
                found[identity(capture.url)].append(capture)
        return found

    @cached_property
    def _followers(self) -> dict[str, Capture]:
        """By the id of the exchange whose redirect led there."""
        return {
            capture.facts.previous: capture
            for captures in self._exchanges.values()
            for capture in captures
            if isinstance(capture.facts, HttpFacts) and capture.facts.previous is not None
        }

    def exchanges(self, url: str) -> tuple[Capture, ...]:
        """Every exchange of a URL, in order of commit."""
        return tuple(self._exchanges.get(identity(url), ()))

    def visits(self, url: str) -> tuple[Visit, ...]:
        """One visit for each attempt at the URL, in order of time; () when it was not attempted."""
        by_attempt: dict[int, Capture] = {}
        for capture in self.exchanges(url):
            known = by_attempt.setdefault(capture.attempt, capture)
            # An outage of ours is recorded as such, and the attempt is made once more.
            if isinstance(known.facts, HttpFacts) and known.facts.failure == "own_error":
                by_attempt[capture.attempt] = capture
        return tuple(self._follow(by_attempt[attempt]) for attempt in sorted(by_attempt))

    def _follow(self, first: Capture) -> Visit:
        hops = [first]
        seen, asked = {identity(first.url)}, {first.url}
        while True:
            facts = hops[-1].facts
            assert isinstance(facts, HttpFacts)
            if facts.redirect is None or not is_web(facts.redirect):
                return Visit(tuple(hops), open=is_too_long(facts.redirect or ""))
            target = identity(facts.redirect)
            following = self._followers.get(hops[-1].id)
            # Back to where it came from is no loop where the crawl went on, with a cookie that it was given or with a
            # session in the address; of another address of the same page nobody knows where the crawl did not.
            address = split_fragment(facts.redirect)[0]
            if (address in asked and following is None) or len(hops) > MOST_REDIRECTS:
                return Visit(tuple(hops), looped=True)
            if following is None and target not in seen:
                following = self._same_attempt(target, first.attempt)
            if following is None:
                return Visit(tuple(hops), open=True)
            seen.add(target)
            asked.add(address)
            hops.append(following)

    def _same_attempt(self, key: str, attempt: int) -> Capture | None:
        candidates = self._exchanges.get(key, [])
        return next((c for c in candidates if c.attempt == attempt), candidates[-1] if candidates else None)

    def document(self, capture: Capture) -> Document:
        """The capture's body as HTML (an exchange) or as rendered DOM (a page), parsed once."""
        kept = self.derived(DOCUMENTS, lambda: Recent[Document](_DOCUMENTS_KEPT))
        known = kept.get(capture.id)
        if known is not None:
            return known
        if isinstance(capture.facts, PageFacts):
            document = Document(
                self.evidence.body(capture.id), capture.facts.final_url, "text/html; charset=utf-8"
            )
        else:
            assert isinstance(capture.facts, HttpFacts)
            document = Document(
                self.evidence.body(capture.id), capture.url, capture.facts.header("content-type")
            )
        kept.keep(capture.id, document, document.weight)
        return document

    def read_in_part(self, capture_id: str) -> bool:
        """Whether it is a page that nests too deep, or has too many elements, to be read to its end."""
        capture = self.evidence.get(capture_id)
        page = isinstance(capture.facts, PageFacts) or (capture.kind == "http" and self.is_html(capture))
        return page and self.document(capture).cut

    def is_html(self, capture: Capture) -> bool:
        """An exchange with an HTML body."""
        facts = capture.facts
        if not isinstance(facts, HttpFacts) or facts.status is None or facts.size == 0:
            return False
        kind = facts.header("content-type")
        if kind and not kind.lower().startswith(
            ("text/html", "application/xhtml", "text/plain", "application/octet-stream")
        ):
            return False
        return self.derived(
            ("case", "html", capture.id),
            lambda: looks_like_html(self.evidence.body(capture.id)[:1024], kind),
        )

    @cached_property
    def pages(self) -> tuple[Capture, ...]:
        """First good HTML answer of every page that was fetched for its own sake, in order of commit."""
        found: dict[str, Capture] = {}
        for capture in self.captures:
            facts = capture.facts
            if capture.kind != "http" or not isinstance(facts, HttpFacts) or facts.status != 200:
                continue
            if (
                capture.purpose in _PAGE_PURPOSES
                and identity(capture.url) not in found
                and self.is_html(capture)
            ):
                found[identity(capture.url)] = capture
        return tuple(found.values())

    @cached_property
    def _rendered(self) -> dict[str, list[Capture]]:
        found: dict[str, list[Capture]] = defaultdict(list)
        for capture in self.captures:
            if capture.kind == "page":
                found[capture.url if "#" in capture.url else identity(capture.url)].append(capture)
        return found

    def rendered(self, url: str) -> tuple[Capture, ...]:
        """Pages that the browser made of a URL, by attempt. A hash route is a URL of its own."""
        return tuple(self._rendered.get(url, ()) or self._rendered.get(identity(url), ()))

    def siblings(self, folder: str) -> tuple[Capture, ...]:
        """What the server said to random paths of a folder."""
        return tuple(c for c in self._siblings if c.url.rpartition("/")[0] + "/" == folder)

    @cached_property
    def _siblings(self) -> tuple[Capture, ...]:
        return tuple(c for c in self.captures if c.kind == "http" and c.purpose == "sibling")

    @cached_property
    def crawl(self) -> CrawlFacts | None:
        """The crawl's own account of the agency; None when it never ended."""
        account = self._account
        if account is None:
            return None
        assert isinstance(account.facts, CrawlFacts)
        return account.facts

    @cached_property
    def _account(self) -> Capture | None:
        return next((c for c in reversed(self.captures) if c.kind == "crawl"), None)

    @cached_property
    def unfetched(self) -> dict[str, str]:
        """Reason of the crawl, by identity of every URL that was seen and not fetched."""
        if self._account is None:
            return {}
        body = json.loads(self.evidence.body(self._account.id))
        return {identity(url): reason for url, reason in body["unfetched"]}

    def owns(self, host: str) -> bool:
        """Whether a host is the agency's, also where nobody declared it."""
        return self.shared.host_owners.owns(self.agency, host)

    def controlled(self, captures: Iterable[Capture]) -> bool:
        """Whether a control target answered near each capture; True when the round has no controls.

        A round without controls says so in every output; its contradictions rest on the two visits alone.
        """
        if not self.settings.network.controls:
            return True
        return all(self.shared.control_alive(capture.time) for capture in captures)

    def proven(self, visits: Iterable[Visit]) -> bool:
        """Whether these visits, all with the same outcome, may carry a contradiction.

        Two of them, at least `retry_after` apart from begin to begin, with a control alive at both times.
        """
        visits = sorted(visits, key=lambda visit: visit.first.time)
        return self.spaced([visit.first for visit in visits]) and self.controlled(
            [visits[0].final, visits[-1].final]
        )

    def spaced(self, captures: Sequence[Capture]) -> bool:
        """Whether there are two, and they span the time that a contradiction needs. captures: by time."""
        if len(captures) < 2:
            return False
        span = (captures[-1].time - captures[0].time).total_seconds()
        return span >= self.settings.crawl.retry_after


class Shared(Derivations):
    """Derivations over the whole round: controls, and titles of all known services."""

    def __init__(self, round: Round, evidence: Evidence, of_round: Derivations | None = None) -> None:
        """of_round: what another vantage point derived from the round alone."""
        super().__init__()
        self.round = round
        self.evidence = evidence
        self._of_round = of_round or Derivations()

    def of_round(self, key: Hashable, make: Callable[[], T]) -> T:
        """What depends on no evidence: made once for all vantage points, for a country's is large."""
        return self._of_round.derived(key, make)

    @cached_property
    def others(self) -> tuple[Shared, ...]:
        """The same of other vantage points, each with its own controls."""
        return tuple(Shared(self.round, evidence, self._of_round) for evidence in self.evidence.also)

    @cached_property
    def host_owners(self) -> HostOwners:
        return self.of_round("host owners", lambda: HostOwners(self.round))

    @cached_property
    def _controls(self) -> dict[str, list[tuple[dt.datetime, bool]]]:
        """When each control was asked, and whether it answered; but for what our own lateness spoiled."""
        asked: dict[str, list[tuple[dt.datetime, bool]]] = defaultdict(list)
        for capture in self.evidence.captures("", "http"):
            facts = capture.facts
            if capture.purpose != "control" or not isinstance(facts, HttpFacts):
                continue
            if facts.failure != "own_error":
                asked[capture.url].append((capture.time, (facts.status or 599) < 500))
        return asked

    def control_alive(self, time: dt.datetime) -> bool:
        """Whether one of the controls answered around a time: its nearest answers before and after, inside the
        window, are good, and there is one. Another control that is dead all along says nothing about us."""
        return any(_alive(answers, time) for answers in self._controls.values())


def _alive(answers: Iterable[tuple[dt.datetime, bool]], time: dt.datetime) -> bool:
    near = [(when, good) for when, good in answers if abs(when - time) <= CONTROL_WINDOW]
    around = [good for when, good in near if when <= time][-1:] + [
        good for when, good in near if when > time
    ][:1]
    return bool(around) and all(around)
