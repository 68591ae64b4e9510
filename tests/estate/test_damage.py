"""Damage done to every page of the estate that is verified, judged by the real check from the real evidence.

What is the agency's is found; what is ours refutes nothing. The figures of docs/performance.md, between marks, are held
to what is measured here. `tests/checks/services/test_damage.py` does the same to a page of its own.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checks.case import Case, Shared
from checks.services.entry.check import ServiceEntry
from claims.model import Round, Service
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.records import Capture, CaptureKind, Evidence
from evidence.store import EvidenceStore
from fixtures.damage import DAMAGES, Damage, Page
from fixtures.portals.estate import truth
from govah.stages import as_of, read_round

pytestmark = pytest.mark.thorough

DOCUMENT = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- damage: begin -->", "<!-- damage: end -->"
# Derivations over the whole portal, which a damage to one page of it does not change.
PORTAL_WIDE = (
    "checks.page.boilerplate.frames",
    "repeated forms",
    "frames at home",
    "home targets",
    "action targets",
)
# Of the pages that lost their entry, so many are no longer verified.
FLOOR = 0.99

Changes = dict[str, tuple[bytes, HttpFacts | PageFacts | None]]
Outcome = tuple[str, str | None]


class Altered:
    """The evidence of one agency with some captures changed, or left out (facts None)."""

    def __init__(
        self, store: EvidenceStore, captures: tuple[Capture, ...], changes: Changes, soon: bool
    ) -> None:
        self._store = store
        self._changes = changes
        kept = [c for c in captures if c.id not in changes or changes[c.id][1] is not None]
        firsts = {c.url: c.time for c in reversed(kept) if c.attempt == 1}
        self._captures = [self._altered(capture, firsts if soon else {}) for capture in kept]

    def _altered(self, capture: Capture, firsts: dict[str, dt.datetime]) -> Capture:
        if capture.id not in self._changes:
            return capture
        facts = self._changes[capture.id][1]
        assert facts is not None
        time = firsts.get(capture.url, capture.time) if capture.attempt > 1 else capture.time
        return replace(capture, facts=facts, sha256=f"{capture.sha256[:-7]}damaged", time=time)

    @property
    def opened(self) -> dt.datetime:
        return self._store.opened

    vantage = "here"
    also: tuple[Evidence, ...] = ()

    def captures(self, agency: str | None = None, kind: CaptureKind | None = None) -> Iterator[Capture]:
        return (c for c in self._captures if kind is None or c.kind == kind)

    def get(self, capture_id: str) -> Capture:
        return next(c for c in self._captures if c.id == capture_id)

    def body(self, capture_id: str) -> bytes:
        return self._changes[capture_id][0] if capture_id in self._changes else self._store.body(capture_id)

    def wire(self, capture_id: str) -> bytes:
        return self._store.wire(capture_id)


class Uncontrolled:
    """The evidence without any control target."""

    def __init__(self, store: EvidenceStore) -> None:
        self._store = store

    def captures(self, agency: str | None = None, kind: CaptureKind | None = None) -> Iterator[Capture]:
        return iter(()) if agency == "" else self._store.captures(agency, kind)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class Workshop:
    """One agency's case as it was seen, to be damaged one page at a time.

    pages: by the id of each claim with an address whose own page was read as verified, rightly: the answers and
    the pictures of that address.
    """

    def __init__(self, round_: Round, store: EvidenceStore, case: Case, uncontrolled: Shared) -> None:
        self.round, self.store, self.case, self.uncontrolled = round_, store, case, uncontrolled
        with (truth.FOLDER / "services.csv").open(encoding="utf-8", newline="") as file:
            right = {row["subject"] for row in csv.DictReader(file) if row["verdict"] == "verified"}
        claims = [s for s in case.services if s.id in right and s.url is not None]
        found = {service: self._found(service.url or "") for service in claims}
        self.pages = {service: pages for service, pages in found.items() if pages}

    def _found(self, url: str) -> list[Capture]:
        finals = [visit.final for visit in self.case.visits(url) if len(visit.hops) == 1]
        good = [one for one in finals if self.case.is_html(one) and getattr(one.facts, "status", 0) == 200]
        return [*good, *self.case.rendered(url)]

    def judge(self, service: Service, damage: Damage) -> Outcome | None:
        """Verdict and reason of the damaged page; None where the damage means nothing for it."""
        changes: Changes = {}
        for capture in self.pages[service]:
            changed = self._changed(service, capture, damage)
            if changed is not None:
                changes[capture.id] = changed
        if not changes:
            return None
        pictured = any(isinstance(c.facts, PageFacts) for c in self.pages[service])
        if damage.wire in ("no_script", "crash") and not pictured:
            return None
        evidence = Altered(self.store, self.case.captures, changes, soon=damage.wire == "at_once")
        shared = self.uncontrolled if damage.wire == "no_control" else self.case.shared
        case = Case(self.round, self.case.agency, evidence, self.case.as_of, shared)
        for key in self._portal_wide():
            case.derived(key, lambda key=key: self.case.derivations[key])  # type: ignore[misc]
        finding = next(iter(ServiceEntry().judge(case.narrowed(services=(service,)))))
        return finding.verdict, finding.reason

    def _portal_wide(self) -> list[Any]:
        known = self.case.derivations
        return [key for key in known if (key[0] if isinstance(key, tuple) else key) in PORTAL_WIDE]

    def _changed(self, service: Service, capture: Capture, damage: Damage) -> tuple[bytes, Any] | None:
        facts: Any = capture.facts
        http = isinstance(facts, HttpFacts)
        if damage.wire == "once" and capture.attempt > 1:
            return b"", None
        if damage.wire in ("timeout", "own_error"):
            lost = {"status": None, "headers": (), "failure": damage.wire, "size": 0}
            return b"", replace(facts, **lost) if http else None
        text = damage.change(self._page(service, capture))
        if text is None:
            return None
        body = text.encode()
        if damage.wire == "no_script" and not http:
            asked = tuple(
                (m, u, k, None if k in ("script", "xhr", "fetch") else s) for m, u, k, s in facts.requests
            )
            missing = (*asked, ("GET", f"{self.case.agency.portal}blocked.js", "script", None))
            return body, replace(facts, requests=missing)
        if damage.wire == "crash" and not http:
            return b"", replace(facts, finished=False, failure="crash")
        if damage.wire in ("no_script", "crash"):
            return None  # what the server sent is as it was
        if not http:
            return body, facts if damage.status == 200 else replace(facts, status=damage.status)
        kept = tuple(
            row for row in facts.headers if row[0].lower() not in ("content-type", "content-encoding")
        )
        headers = (*kept, ("Content-Type", "text/html; charset=utf-8"))
        facts = replace(facts, headers=headers, status=damage.status, size=len(body))
        if damage.wire in ("cut", "left"):
            body = body[: len(body) // 2]
            how = "length" if damage.wire == "cut" else "disconnect"
            facts = replace(facts, truncated=how, size=len(body))
        return body, facts

    def _page(self, service: Service, capture: Capture) -> Page:
        """With the agency's home page, and the page of its next verified service."""
        sibling = next((pages[0] for other, pages in self.pages.items() if other.url != service.url), None)
        home = self.case.visits(self.case.agency.portal)[0].final
        return Page(
            html=self.case.document(capture).source,
            title=service.title,
            code=service.code or "",
            body=self.case.agency.name,
            other=next(a.name for a in self.round.agencies if a.id != self.case.agency.id),
            home=self.case.document(home).source,
            sibling=self.case.document(sibling).source if sibling is not None else "",
        )


@pytest.fixture(scope="module")
def outcomes(audit: Any) -> dict[str, dict[str, Outcome]]:
    """By damage and service: what became of the verdict."""
    round_ = read_round(audit.round).round
    found: dict[str, dict[str, Outcome]] = defaultdict(dict)
    with EvidenceStore.open(audit.round / "evidence") as store:
        shared = Shared(round_, store)
        dead = Shared(round_, Uncontrolled(store))
        for agency in round_.agencies:
            case = Case(round_, agency, store, as_of(round_, store), shared)
            list(ServiceEntry().judge(case))
            workshop = Workshop(round_, store, case, dead)
            for service in workshop.pages:
                for damage in DAMAGES:
                    outcome = workshop.judge(service, damage)
                    if outcome is not None:
                        found[damage.name][service.id] = outcome
    return found


def table(outcomes: dict[str, dict[str, Outcome]]) -> str:
    """As docs/performance.md has it."""
    rows = [
        "| damage | whose | pages | `verified` | `partial` | `contradicted` | `inconclusive` | detected |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for damage in DAMAGES:
        verdicts = Counter(verdict for verdict, _ in outcomes[damage.name].values())
        pages = sum(verdicts.values())
        counts = " | ".join(
            str(verdicts[name]) for name in ("verified", "partial", "contradicted", "inconclusive")
        )
        rate = (
            f"{100 * (pages - verdicts['verified']) / pages:.1f} %"
            if damage.whose == "theirs" and not damage.entry
            else "–"
        )
        rows.append(f"| {damage.name} | {damage.whose} | {pages} | {counts} | {rate} |")
    return "\n".join(rows)


def test_the_figures_are_those_that_are_printed(outcomes: dict[str, dict[str, Outcome]]) -> None:
    """When they differ: what is measured goes between the marks."""
    text = DOCUMENT.read_text(encoding="utf-8")
    printed = text[text.index(BEGIN) + len(BEGIN) : text.index(END)].strip()
    assert printed == table(outcomes), f"\n{table(outcomes)}"


def test_nothing_of_ours_is_held_against_an_agency(outcomes: dict[str, dict[str, Outcome]]) -> None:
    ours = [damage.name for damage in DAMAGES if damage.whose == "ours"]
    wrong = [(n, s, o) for n in ours for s, o in outcomes[n].items() if o[0] == "contradicted"]
    assert wrong == []


def test_a_page_that_lost_its_entry_is_no_longer_verified(outcomes: dict[str, dict[str, Outcome]]) -> None:
    lost = [d for d in DAMAGES if d.whose == "theirs" and not d.entry]
    kept = [(d.name, s) for d in lost for s, o in outcomes[d.name].items() if o[0] == "verified"]
    judged = sum(len(outcomes[damage.name]) for damage in lost)
    assert judged > 1_000
    assert len(kept) <= (1 - FLOOR) * judged, kept


def test_a_page_that_kept_its_entry_stays_verified(outcomes: dict[str, dict[str, Outcome]]) -> None:
    for damage in DAMAGES:
        if damage.entry:
            lost = {s: o for s, o in outcomes[damage.name].items() if o[0] != "verified"}
            assert lost == {}


def test_a_damage_without_words_against_the_claim_refutes_nothing(
    outcomes: dict[str, dict[str, Outcome]],
) -> None:
    """A captcha, a challenge and a blank page are walls and holes, no evidence."""
    for name in ("a captcha before it", "a firewall's challenge before it"):
        assert {o for o in outcomes[name].values() if o[0] == "contradicted"} == set()


def test_damage_is_done_to_every_verified_page(outcomes: dict[str, dict[str, Outcome]]) -> None:
    assert len(DAMAGES) >= 12 + 4
    assert all(len(outcomes[d.name]) >= 60 for d in DAMAGES if d.wire not in ("no_script", "crash"))
