"""Claims that were tested again because of a reply: judged by what was seen then, and by the clock of then.

For all else a re-test was never made: no other finding moves by it. One that settles the claim takes the place of what was
found before; one that does not (it was let in nowhere, nobody answered) leaves all as it was. It contradicts only what no other
vantage point was served in the crawl. Pure, as everything that judges.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from checks.case import Case, Check, Shared
from checks.finding import AT_CRAWL, Finding
from checks.vantages import judged_here
from claims.model import Agency, Round
from evidence.kinds.crawl import CrawlFacts
from evidence.kinds.http import HttpFacts
from evidence.records import Capture, CaptureKind, Evidence
from evidence.retests import STRIDE, number_of
from web.urls import identity, split_fragment

# What a claim is about: is the entry there, is the data to be had and fresh. The rest of what is found of it rests on that.
_QUESTIONS = frozenset({"services.entry", "datasets.usability", "datasets.freshness"})
_SETTLED = frozenset({"verified", "partial", "contradicted"})
OBSERVED = "retest"  # number of the re-test that a finding rests on, among its observed values

Judge = Callable[[Check, Case], list[Finding]]


@dataclass(frozen=True, slots=True)
class Made:
    """A re-test that came to its end. kind, subject: the claim. account: id of the crawl's own account of it."""

    number: int
    kind: str
    subject: str
    account: str


def made(evidence: Evidence, agency: str) -> list[Made]:
    """Re-tests of an agency's claims, in order."""
    found = []
    for capture in evidence.captures(agency, "crawl"):
        number, facts = number_of(capture), capture.facts
        if not number or not isinstance(facts, CrawlFacts) or facts.state == "interrupted":
            continue
        subject = json.loads(evidence.body(capture.id))["retest"]["subject"]
        found.append(Made(number, subject["kind"], subject["id"], capture.id))
    return sorted(found, key=lambda one: one.number)


class RetestView:
    """The evidence as if these re-tests of an agency were all that was made; of an address the last visits alone.

    Implements `evidence.records.Evidence`. Visits are numbered from 1, as any others.
    """

    def __init__(self, evidence: Evidence, agency: str = "", retests: Sequence[int] = ()) -> None:
        self._evidence = evidence
        self._agency = agency
        self._retests = frozenset(retests)

    @property
    def opened(self) -> dt.datetime:
        return self._evidence.opened

    @property
    def vantage(self) -> str:
        return self._evidence.vantage

    @property
    def also(self) -> Sequence[Evidence]:
        """What other vantage points saw in the crawl: their re-tests are none of this round's."""
        return tuple(RetestView(one) for one in self._evidence.also)

    def captures(self, agency: str | None = None, kind: CaptureKind | None = None) -> Iterator[Capture]:
        for capture in self._evidence.captures(agency, kind):
            number = number_of(capture)
            if self._retests and capture.agency == self._agency:
                if capture.kind != "crawl" and number == self._last.get(_address(capture), 0):
                    yield self._numbered(capture)
                elif capture.kind == "crawl" and not number:
                    yield capture
            elif not number:
                yield capture

    @cached_property
    def _last(self) -> dict[str, int]:
        """By address: the last of the re-tests that asked for it."""
        last: dict[str, int] = defaultdict(int)
        for capture in self._evidence.captures(self._agency, "http"):
            number = number_of(capture)
            if number in self._retests:
                last[_address(capture)] = max(number, last[_address(capture)])
        return last

    def _numbered(self, capture: Capture) -> Capture:
        return replace(capture, attempt=capture.attempt - STRIDE * number_of(capture))

    def get(self, capture_id: str) -> Capture:
        return self._numbered(self._evidence.get(capture_id))

    def body(self, capture_id: str) -> bytes:
        return self._evidence.body(capture_id)

    def wire(self, capture_id: str) -> bytes:
        return self._evidence.wire(capture_id)


def _address(capture: Capture) -> str:
    return identity(split_fragment(capture.url)[0]) if capture.kind in ("http", "page") else capture.url


def began(evidence: Evidence, agency: str, number: int) -> dt.datetime | None:
    """When a re-test first asked its agency for anything but its rules; None when it asked for nothing."""
    times = [
        capture.time
        for capture in evidence.captures(agency, "http")
        if number_of(capture) == number and capture.purpose != "robots" and _went_out(capture)
    ]
    return min(times, default=None)


def _went_out(capture: Capture) -> bool:
    return isinstance(capture.facts, HttpFacts) and capture.facts.failure != "own_error"


def case_of(
    round: Round, agency: Agency, evidence: Evidence, as_of: dt.datetime, kind: str, subject: str, last: int
) -> Case:
    """The case that a finding about a claim was judged by. last: the re-test that it rests on, 0 for none."""
    numbers = [one.number for one in made(evidence, agency.id) if (one.kind, one.subject) == (kind, subject)]
    numbers = [number for number in numbers if number <= last]
    view = RetestView(evidence, agency.id, numbers)
    clock = began(evidence, agency.id, last) if numbers else None
    return Case(round, agency, view, clock or as_of, Shared(round, view))


def retested(
    round: Round,
    agency: Agency,
    evidence: Evidence,
    as_of: dt.datetime,
    checks: Iterable[Check],
    findings: list[Finding],
    judge: Judge,
) -> list[Finding]:
    """The findings about an agency, those of claims that were tested again as they are by now."""
    checks = tuple(checks)
    for one in made(evidence, agency.id):
        start = began(evidence, agency.id, one.number)
        if start is None:
            continue  # it was let to none of the addresses
        before = [f for f in findings if (f.subject.kind, f.subject.id) == (one.kind, one.subject)]
        ids = {finding.check for finding in before}
        case = _alone(
            case_of(round, agency, evidence, as_of, one.kind, one.subject, one.number), one.kind, one.subject
        )
        after = [
            finding
            for check in checks
            if check.id in ids
            for finding in judged_here(check, case, judge)
            if (finding.subject.kind, finding.subject.id) == (one.kind, one.subject)
        ]
        others = [finding for finding in findings if finding not in before]
        findings = others + _merged(before, after, one.number, start)
    return findings


def _alone(case: Case, kind: str, subject: str) -> Case:
    services = tuple(s for s in case.services if kind == "service" and s.id == subject)
    datasets = tuple(d for d in case.datasets if kind == "dataset" and d.id == subject)
    return case.narrowed(services=services, datasets=datasets)


def _merged(before: list[Finding], after: list[Finding], number: int, start: dt.datetime) -> list[Finding]:
    """All that was found of the claim anew, where its own question was settled; else all of it as it was.

    What the crawl had found stays with it: a portal that was mended does not make it an error.
    """
    if not any(finding.check in _QUESTIONS and finding.verdict in _SETTLED for finding in after):
        return before
    until = start.astimezone(dt.UTC).date().isoformat()
    crawled = {
        finding.id: finding.observed.get(AT_CRAWL)
        or {"verdict": finding.verdict, "reason": finding.reason, "until": until}
        for finding in before
    }
    return [
        replace(
            finding,
            observed={
                **finding.observed,
                OBSERVED: number,
                **({AT_CRAWL: crawled[finding.id]} if finding.id in crawled else {}),
            },
        )
        for finding in after
    ]
