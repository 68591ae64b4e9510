"""One agency's evidence as it was seen, and as it would be with some of its pages altered."""

from __future__ import annotations

import datetime as dt
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

from checks.case import Case, Shared
from checks.elements.leads import home_pages
from checks.page.boilerplate import READINGS, frames
from checks.page.content import PageContent
from checks.recent import Recent
from claims.model import Agency, Round
from evidence.kinds.accessibility import AccessibilityFacts
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.records import Capture, CaptureKind, Evidence
from evidence.store import EvidenceStore
from fixtures import mutations
from fixtures.mutations import Way
from tests.estate import altered_pages as pages
from web.document import Document
from web.urls import host, identity

# Derivations over the whole portal, which a change to a few pages of it does not change.
PORTAL_WIDE = (
    "checks.page.boilerplate.frames",
    "repeated forms",
    "frames at home",
    "home targets",
    "action targets",
    "names in links",
)
# A link that so many captures have is of the portal's frame.
_EVERYWHERE = 4
_TEXTS = ("text/csv", "text/plain", "text/tab", "application/json", "application/xml", "text/xml")


def key_of(capture: Capture) -> str:
    """What captures of one page have alike: all visits of it, what the browser made of it, what was measured on it."""
    return capture.url if "#" in capture.url else identity(capture.url)


class Whole(Case):
    """A case that keeps every document it has parsed."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._kept: dict[str, Document] = {}
        self.derivations[READINGS] = _unbounded()

    def document(self, capture: Capture) -> Document:
        if capture.id not in self._kept:
            self._kept[capture.id] = super().document(capture)
        return self._kept[capture.id]


class Changed(Case):
    """A case in which some captures are others; what is as it was is parsed once for all."""

    def __init__(self, whole: Whole, evidence: Altered, shared_frame: bool) -> None:
        super().__init__(whole.round, whole.agency, evidence, whole.as_of, whole.shared)
        self._whole = whole
        self._ids = evidence.altered
        if shared_frame:
            known = whole.derivations
            for key in known:
                if (key[0] if isinstance(key, tuple) else key) in PORTAL_WIDE:
                    self.derivations[key] = known[key]
            self.derivations[READINGS] = _Beside(known[READINGS], self._ids)  # type: ignore[arg-type]

    def document(self, capture: Capture) -> Document:
        return super().document(capture) if capture.id in self._ids else self._whole.document(capture)


class _Beside:
    """Readings of what was altered; of the rest those of the whole case."""

    def __init__(self, whole: Recent[PageContent], altered: frozenset[str]) -> None:
        self._whole, self._own, self._altered = whole, _unbounded(), altered

    def get(self, key: str) -> PageContent | None:
        return self._of(key).get(key)

    def keep(self, key: str, value: PageContent, weight: int) -> None:
        self._of(key).keep(key, value, weight)

    def _of(self, key: str) -> Recent[PageContent]:
        return self._own if key in self._altered else self._whole


def _unbounded() -> Recent[PageContent]:
    return Recent(sys.maxsize, sys.maxsize)


class Altered:
    """The evidence of one agency with some captures changed, or gone. Bodies are made when they are asked for."""

    def __init__(self, portal: Portal, targets: frozenset[str], way: Way) -> None:
        self._portal, self._way = portal, way
        self._bodies: dict[str, bytes] = {}
        self._targets = targets
        linking = portal.linking(targets) if way == "removed" else frozenset()
        self._captures: list[Capture] = []
        altered: set[str] = set()
        for capture in portal.case.captures:
            hit = portal.is_of(capture, targets)
            if hit and way == "removed":
                altered.add(capture.id)
                continue
            facts = self._facts(capture) if hit else capture.facts if capture.id in linking else None
            if facts is not None:
                altered.add(capture.id)
                capture = replace(capture, facts=facts, sha256=f"{capture.sha256[:-8]}{way}")
            self._captures.append(capture)
        self.altered = frozenset(altered)
        self._linking = linking

    @property
    def opened(self) -> dt.datetime:
        return self._portal.store.opened

    vantage = "here"
    also: tuple[Evidence, ...] = ()

    def captures(self, agency: str | None = None, kind: CaptureKind | None = None) -> Iterator[Capture]:
        if agency != self._portal.agency.id:
            return self._portal.store.captures(agency, kind)
        return (capture for capture in self._captures if kind is None or capture.kind == kind)

    @cached_property
    def _by_id(self) -> dict[str, Capture]:
        return {capture.id: capture for capture in self._captures}

    def get(self, capture_id: str) -> Capture:
        return self._by_id[capture_id]

    def body(self, capture_id: str) -> bytes:
        if capture_id not in self.altered:
            return self._portal.store.body(capture_id)
        if capture_id not in self._bodies:
            self._bodies[capture_id] = self._body(self._portal.originals[capture_id])
        return self._bodies[capture_id]

    def wire(self, capture_id: str) -> bytes:
        return self._portal.store.wire(capture_id)

    def _facts(self, capture: Capture) -> Any:
        """Facts of the altered capture; None where this way leaves it as it is."""
        facts: Any = capture.facts
        if self._way == "dead":
            return _dead(facts)
        if not self._portal.case.owns(host(capture.url)):
            return None  # what a national gateway says is no page of the agency's
        if capture.kind in ("http", "page") and self._leaves_as_it_is(capture):
            return None
        if isinstance(facts, PageFacts):
            return facts if facts.finished else None
        if not isinstance(facts, HttpFacts) or facts.status != 200:
            return None
        if self._portal.case.is_html(capture):
            return _sent_as_utf8(facts)
        if self._way == "emptied":
            return replace(facts, size=1)
        return _with_older_date(facts) if self._way == "old" and _is_text(facts) else None

    def _leaves_as_it_is(self, capture: Capture) -> bool:
        """No date of a page is there to be old, and no other body is known."""
        if self._way == "foreign":
            return not self._portal.other
        return self._way == "old" and not mutations.dated(self._portal.source(capture))

    def _body(self, capture: Capture) -> bytes:
        if self._way == "dead":
            return b"{}" if isinstance(capture.facts, AccessibilityFacts) else mutations.DEAD.encode()
        if capture.id in self._linking:
            return self._portal.without_links(capture, self._targets).encode()
        case = self._portal.case
        if isinstance(capture.facts, PageFacts) or case.is_html(capture):
            return self._portal.page(capture, self._way).encode()
        body = self._portal.store.body(capture.id)
        assert isinstance(capture.facts, HttpFacts)
        if not _is_text(capture.facts):
            return b" "
        charset = _charset(body)
        text = body.decode(charset)
        if self._way == "emptied" and text.lstrip().startswith(("[", "{")):
            return b"[]"
        return (mutations.older(text) if self._way == "old" else mutations.first_line(text)).encode(charset)


class Portal:
    """What was seen of one agency, and what it is worth to alter there. names: of it and of another body."""

    def __init__(
        self, round_: Round, store: EvidenceStore, agency: Agency, as_of: dt.datetime, shared: Shared
    ) -> None:
        self.store, self.agency = store, agency
        self.case = Whole(round_, agency, store, as_of, shared)
        self.originals = {capture.id: capture for capture in self.case.captures}
        self._known: dict[str, frozenset[str]] = {}
        self.homes = frozenset(key_of(capture) for capture in home_pages(self.case))
        self.other = next(
            (
                one.name
                for one in round_.agencies
                if one.id not in (agency.id, agency.parent)
                and one.parent != agency.id
                and len(one.name) > 12
                and one.name not in agency.name
                and agency.name not in one.name
            ),
            "",
        )

    def altered(self, targets: frozenset[str], way: Way) -> Case:
        """The case with every capture of these pages altered."""
        evidence = Altered(self, targets, way)
        frames(self.case)
        return Changed(self.case, evidence, shared_frame=len(evidence._linking) < _EVERYWHERE)

    @cached_property
    def pages(self) -> frozenset[str]:
        """All of them."""
        return frozenset(key_of(capture) for capture in self.case.pages)

    def pages_of(self, ids: Iterable[str]) -> frozenset[str]:
        """Keys of what captures are of; of hosts, the crawl and the like there is nothing to alter."""
        kinds = ("http", "page", "accessibility")
        found = (self.originals.get(one) for one in ids)
        return frozenset(
            key_of(c) for c in found if c is not None and c.kind in kinds and c.purpose != "control"
        )

    def is_of(self, capture: Capture, targets: frozenset[str]) -> bool:
        if capture.kind in ("screenshot", "tls", "dns", "crawl"):
            return False
        return bool(self._keys(capture) & targets)

    def _keys(self, capture: Capture) -> frozenset[str]:
        """The page's own, and where the browser ended."""
        if capture.id not in self._known:
            keys = {key_of(capture)}
            if isinstance(capture.facts, PageFacts) and "#" not in capture.facts.final_url:
                keys.add(identity(capture.facts.final_url))
            self._known[capture.id] = frozenset(keys)
        return self._known[capture.id]

    @cached_property
    def _links(self) -> dict[str, frozenset[str]]:
        """By page: ids of the captures that lead there."""
        found: dict[str, set[str]] = defaultdict(set)
        for capture in self.case.captures:
            if capture.kind == "page" or (capture.kind == "http" and self.case.is_html(capture)):
                for url in pages.led(self.case.document(capture)):
                    found[url].add(capture.id)
        return {url: frozenset(ids) for url, ids in found.items()}

    def linking(self, targets: frozenset[str]) -> frozenset[str]:
        return frozenset().union(*(self._links.get(target, frozenset()) for target in targets))

    def source(self, capture: Capture) -> str:
        """Text of a page, or of a file with its date as the server tells it."""
        if capture.kind == "page" or self.case.is_html(capture):
            return self.case.document(capture).source
        told = capture.facts.header("last-modified") if isinstance(capture.facts, HttpFacts) else None
        return f"{told or ''} {self.store.body(capture.id).decode('utf-8', 'replace')}"

    def without_links(self, capture: Capture, targets: frozenset[str]) -> str:
        return pages.without_links(self._fresh(capture), targets)

    def _fresh(self, capture: Capture) -> Document:
        """A tree of its own, to be changed."""
        known = self.case.document(capture)
        return Document(known.source.encode("utf-8", "replace"), known.url, "text/html; charset=utf-8")

    def page(self, capture: Capture, way: Way) -> str:
        """A page with its own part altered."""
        url = capture.facts.final_url if isinstance(capture.facts, PageFacts) else capture.url
        frame = frames(self.case).get(host(url), {})
        return pages.altered(self._fresh(capture), frame, way, self.agency.name, self.other)


def _dead(facts: Any) -> Any:
    if isinstance(facts, HttpFacts):
        size = len(mutations.DEAD.encode())
        return replace(
            _sent_as_utf8(facts),
            status=404,
            reason="Not Found",
            failure=None,
            redirect=None,
            truncated=None,
            size=size,
        )
    if isinstance(facts, PageFacts | AccessibilityFacts):
        return replace(facts, status=404)
    return None


def _sent_as_utf8(facts: HttpFacts) -> HttpFacts:
    dropped = ("content-type", "content-encoding", "last-modified")
    kept = [row for row in facts.headers if row[0].lower() not in dropped]
    return replace(facts, headers=(*kept, ("Content-Type", "text/html; charset=utf-8")))


def _charset(body: bytes) -> str:
    """One that gives every byte back."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _is_text(facts: HttpFacts) -> bool:
    return (facts.header("content-type") or "").lower().startswith(_TEXTS)


def _with_older_date(facts: HttpFacts) -> HttpFacts:
    return replace(
        facts,
        headers=tuple(
            (name, mutations.older(value) if name.lower() == "last-modified" else value)
            for name, value in facts.headers
        ),
    )
