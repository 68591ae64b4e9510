"""What a page shows of a finding: its captures, where they lie in the archive, an excerpt, a picture."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from checks.finding import Finding
from evidence.kinds.accessibility import AccessibilityFacts
from evidence.kinds.dns import DnsFacts
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.records import Capture
from evidence.redaction import secrets
from evidence.retests import STRIDE, number_of
from evidence.store import EvidenceStore
from reports.html.crop import Crop, crop_of
from reports.html.places import put
from web.charset import decode
from web.document import Document

_CAPTURES_SHOWN = 6
_WIRE_BYTES = 900
_BODY_BYTES = 400
_WIRE_READ, _BODY_READ = 16 << 10, 4 << 10
_PICTURES_OF_AN_AGENCY = 16 * 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
_SUFFIX = {"image/webp": "webp", "image/png": "png", "image/jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class CaptureView:
    """One capture as a report lists it. file, offset, length: its record in the archive; file "": in that of another vantage point.

    retest: number of the re-test that it is of, 0 for the crawl; attempt: counted within that.
    """

    id: str
    kind: str
    url: str
    time: dt.datetime
    attempt: int
    retest: int
    vantage: str
    sha256: str
    status: str
    file: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding with what it rests on. wire: the first bytes of the decisive answer, as text.

    picture: file name of a screenshot, relative to the report's folder; None when there is none. crop: the part
    of it where the evidence stands; None when that is not known.
    """

    finding: Finding
    seen: tuple[CaptureView, ...]
    more: int
    wire: str
    excerpt: str
    picture: str | None
    crop: Crop | None = None


class ScreenshotGallery:
    """Screenshots of the evidence, written beside the report when a page asks for them.

    Bounded for each agency: what is left out lies in the archive all the same.
    """

    def __init__(self, store: EvidenceStore, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._of: dict[str, Capture] = {}
        self._by_url: dict[tuple[str, str], Capture] = {}
        self._written: dict[str, str | None] = {}
        self._size: dict[str, int] = defaultdict(int)

    def learn(self, captures: Iterable[Capture]) -> None:
        """Takes note of the screenshots among these captures. An id that no crawl of ours gives is no name of a file."""
        for capture in captures:
            if isinstance(capture.facts, ScreenshotFacts) and _NAME.fullmatch(capture.id):
                self._of[capture.facts.of] = capture
                if capture.facts.full_page:  # a telephone's first screen is no picture of the page
                    self._by_url.setdefault((capture.agency, secrets.text(capture.url)), capture)

    def of_page(self, page: str) -> str | None:
        """File of the picture of a page capture."""
        return self._write(self._of.get(page))

    def facts_of(self, page: str) -> ScreenshotFacts | None:
        picture = self._of.get(page)
        return picture.facts if picture and isinstance(picture.facts, ScreenshotFacts) else None

    def of_url(self, agency: str, url: str) -> str | None:
        return self._write(self._by_url.get((agency, secrets.text(url))))

    def _write(self, picture: Capture | None) -> str | None:
        if picture is None or not isinstance(picture.facts, ScreenshotFacts):
            return None
        if picture.id not in self._written:
            suffix = _SUFFIX.get(picture.facts.media_type)
            image = self._store.body(picture.id)
            name = f"shots/{picture.id}.{suffix}"
            if suffix is None or self._size[picture.agency] + len(image) > _PICTURES_OF_AN_AGENCY:
                self._written[picture.id] = None
                return None
            self._size[picture.agency] += len(image)
            (self._folder / "shots").mkdir(parents=True, exist_ok=True)
            put(self._folder / name, image)
            self._written[picture.id] = name
        return self._written[picture.id]


class FindingViews:
    """Findings of one agency, made ready for its pages. What they share is read once."""

    def __init__(self, store: EvidenceStore, gallery: ScreenshotGallery, findings: Iterable[Finding]) -> None:
        self._store = store
        self._shown: dict[str, FindingView] = {}
        self._captures: dict[str, Capture | None] = {}
        self._listed: dict[str, CaptureView] = {}
        self._wires: dict[str, str] = {}
        self._gallery = gallery
        self._alike: dict[str, dict[str | tuple[str, str], Capture]] = {}
        self._by_subject: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for finding in findings:
            self._by_subject[finding.subject.kind, finding.subject.id].append(finding)

    def of(self, kind: str, subject: str) -> list[FindingView]:
        return [self._show(finding) for finding in self._by_subject.get((kind, subject), [])]

    def observed(self, kind: str, subject: str, check: str) -> Mapping[str, Any]:
        """What one check observed of a subject; nothing when it said nothing."""
        findings = self._by_subject.get((kind, subject), [])
        return next((finding.observed for finding in findings if finding.check == check), {})

    def _show(self, finding: Finding) -> FindingView:
        if finding.id not in self._shown:
            self._shown[finding.id] = self._made(finding)
        return self._shown[finding.id]

    def _made(self, finding: Finding) -> FindingView:
        found = (self._capture(id) for id in finding.captures[:_CAPTURES_SHOWN])
        captures = [capture for capture in found if capture is not None]
        picture, crop = self._pictured(finding, captures)
        return FindingView(
            finding=finding,
            seen=tuple(self._seen(capture) for capture in captures),
            more=max(0, len(finding.captures) - _CAPTURES_SHOWN),
            wire=self._wire(captures),
            excerpt=str(finding.observed.get("excerpt") or ""),
            picture=picture,
            crop=crop,
        )

    def _pictured(self, finding: Finding, captures: list[Capture]) -> tuple[str | None, Crop | None]:
        """The picture that shows the element the finding names; else the first there is, whole."""
        pages = list(self._pages_with_pictures(finding.agency, captures))
        wanted = str(finding.observed.get("selector") or "")
        excerpt = str(finding.observed.get("excerpt") or "")
        for page in pages if wanted else ():
            facts = self._gallery.facts_of(page.id)
            crop = crop_of(facts, wanted, excerpt, partial(self._document, page)) if facts else None
            if crop is not None and (name := self._gallery.of_page(page.id)):
                return name, crop
        names = [name for page in pages if (name := self._gallery.of_page(page.id))]
        return (names[0], None) if names else (None, None)

    def _pages_with_pictures(self, agency: str, captures: list[Capture]) -> Iterator[Capture]:
        """Of these captures the pages of the browser, then the exchanges; then what shows an exchange as well."""
        seen = [capture for capture in captures if isinstance(capture.facts, PageFacts)]
        sent = [capture for capture in captures if isinstance(capture.facts, HttpFacts)]
        for page in (*seen, *sent, *self._in_place_of(agency, sent)):
            if self._gallery.facts_of(page.id):
                yield page

    def _in_place_of(self, agency: str, sent: list[Capture]) -> Iterator[Capture]:
        """Pages that were rendered because of an exchange, and pictured exchanges with the same bytes."""
        if agency not in self._alike:
            known: dict[str | tuple[str, str], Capture] = {}
            for picture in self._store.captures(agency, "screenshot"):
                page = self._capture(picture.facts.of) if isinstance(picture.facts, ScreenshotFacts) else None
                if page is not None and isinstance(page.facts, HttpFacts):
                    known.setdefault((page.url, page.sha256), page)
                elif page is not None and isinstance(page.facts, PageFacts) and page.facts.source:
                    known.setdefault(page.facts.source, page)
            self._alike[agency] = known
        for capture in sent:
            for key in (capture.id, (capture.url, capture.sha256)):
                if key in self._alike[agency]:
                    yield self._alike[agency][key]

    def _document(self, page: Capture) -> Document:
        """As the browser had it, or as it was sent."""
        facts = page.facts
        kind = facts.header("content-type") if isinstance(facts, HttpFacts) else "text/html; charset=utf-8"
        return Document(self._store.body(page.id), page.url, kind)

    def _capture(self, id: str) -> Capture | None:
        """None for findings of an older crawl; verify names it, the page leaves it out."""
        if id not in self._captures:
            try:
                self._captures[id] = self._store.get(id)
            except KeyError:
                self._captures[id] = None
        return self._captures[id]

    def _seen(self, capture: Capture) -> CaptureView:
        if capture.id not in self._listed:
            self._listed[capture.id] = self._row(capture)
        return self._listed[capture.id]

    def _row(self, capture: Capture) -> CaptureView:
        place, number = self._store.location(capture.id), number_of(capture)
        facts = capture.facts
        status = ""
        if isinstance(facts, HttpFacts):
            status = facts.failure or str(facts.status)
        elif isinstance(facts, PageFacts | AccessibilityFacts):
            status = facts.failure or str(facts.status or "")
        elif isinstance(facts, DnsFacts):
            status = facts.failure or ""
        return CaptureView(
            id=capture.id,
            kind=capture.kind,
            url=secrets.text(capture.url),
            time=capture.time,
            attempt=capture.attempt - STRIDE * number,
            retest=number,
            vantage=capture.vantage,
            sha256=capture.sha256,
            status=status,
            file=place.file if self._is_here(capture.id) else "",
            offset=place.offset,
            length=place.length,
        )

    def _is_here(self, capture: str) -> bool:
        """Whether it lies in the round's own evidence, and in no other vantage point's."""
        return not self._store.also or self._store.folder_of(capture) == self._store.folder

    def _wire(self, captures: list[Capture]) -> str:
        for capture in reversed(captures):
            facts = capture.facts
            if isinstance(facts, HttpFacts) and facts.status is not None:
                if capture.id not in self._wires:
                    self._wires[capture.id] = self._answer(capture.id, facts)
                return self._wires[capture.id]
        return ""

    def _answer(self, capture: str, facts: HttpFacts) -> str:
        """The beginning of an answer; with that of its text, where it is no plain success."""
        wire = self._store.wire(capture).partition(b"\r\n\r\n")[0][:_WIRE_READ]
        body = ""
        if facts.status != 200 and (facts.header("content-type") or "").startswith("text/"):
            body, _ = decode(self._store.body(capture)[:_BODY_READ], facts.header("content-type"))
        head, body = secrets.answer(wire, body)  # before they are cut: half a password is one too
        shown = head.replace("\r\n", "\n")[:_WIRE_BYTES]
        return f"{shown}\n\n{body[:_BODY_BYTES].rstrip(chr(0xFFFD))}" if body else shown
