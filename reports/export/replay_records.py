"""What of an agency's evidence goes into an archive for replay, record by record.

Pages that the browser captured, as it had them: the tree made inert, the sealed record of the tree, the picture;
and the style sheets, pictures and fonts that these pages load, where the crawl fetched them. Nothing else: a page
whose scripts never ran would replay as something that nobody saw.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.records import Capture
from evidence.redaction import secrets
from evidence.store import EvidenceStore, warc
from evidence.store.recording import time_text
from reports.export import records
from reports.export.inert import inert
from reports.visible import visible
from web.charset import decode
from web.links import css_references
from web.urls import absolute, is_web, split_fragment

_HTML = "text/html"
_CSS = "text/css"
_MEDIA = ("image/", "font/", "application/font", "application/x-font", "application/vnd.ms-fontobject")
_FONTS = (".woff2", ".woff", ".ttf", ".otf", ".eot")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_HOPS = 20
# Where a tree, or what a page said to the console, may hold the value of a cookie.
_COOKIES = (b"document.cookie", b"set-cookie", b"cookiestore")


@dataclass(frozen=True, slots=True)
class ReplayRecord:
    """A record of the archive. how: "sealed", "replay" or "blanked". page: its line in the list of pages, if it has one."""

    member: bytes
    how: str
    url: str
    time: dt.datetime
    mime: str
    status: int
    digest: str
    page: dict[str, Any] | None = None


@dataclass(slots=True)
class ArchivedAssets:
    """What the crawl fetched that pages load: (sequence, id, is a style sheet) by URL, and where redirects lead."""

    bodies: dict[str, tuple[int, str, bool]] = field(default_factory=dict)
    hops: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    used: set[tuple[int, str]] = field(default_factory=set)
    unread: list[tuple[str, str]] = field(
        default_factory=list
    )  # style sheets whose own needs are not known yet

    def find(self, url: str) -> tuple[str, bool] | None:
        """(id, is a style sheet) of what a page gets at an address; None where the crawl has nothing."""
        for _ in range(_MOST_HOPS):
            if (body := self.bodies.get(url)) is not None:
                return body[1], body[2]
            if (hop := self.hops.get(url)) is None:
                return None
            url = hop[2]
        return None

    def use(self, url: str, *, pages_own: bool = False) -> None:
        """pages_own: of a page itself only the redirects are wanted."""
        for _ in range(_MOST_HOPS):
            if not pages_own and (body := self.bodies.get(url)) is not None:
                sequence, identifier, sheet = body
                if sheet and (sequence, identifier) not in self.used:
                    self.unread.append((identifier, url))
                self.used.add((sequence, identifier))
                return
            hop = self.hops.get(url)
            if hop is None:
                return
            self.used.add(hop[:2])
            url = hop[2]


def replay_records(store: EvidenceStore, agency: str, left_out: Counter[str]) -> Iterator[ReplayRecord]:
    """left_out: takes the number of what was wanted and could not be handed on, by why."""
    assets = archived_assets(store, agency)
    pictures = {
        capture.facts.of: capture
        for capture in store.captures(agency, "screenshot")
        if isinstance(capture.facts, ScreenshotFacts)
    }
    for capture in store.captures(agency, "page"):
        yield from _page(store, capture, pictures.get(capture.id), assets, left_out)
    while assets.unread:
        identifier, url = assets.unread.pop()
        kind = store.get(identifier).facts
        media = kind.header("content-type") if isinstance(kind, HttpFacts) else None
        for link in css_references(decode(store.body(identifier), media)[0], url):
            assets.use(link.url)
    for _, identifier in sorted(assets.used):
        yield from _answer(store, store.get(identifier), left_out)


def archived_assets(store: EvidenceStore, agency: str) -> ArchivedAssets:
    found = ArchivedAssets()
    for capture in store.captures(agency, "http"):
        facts = capture.facts
        if not isinstance(facts, HttpFacts) or facts.method != "GET" or facts.failure or facts.truncated:
            continue
        if facts.status == 200 and (kind := _asset_kind(facts, capture.url)):
            found.bodies.setdefault(capture.url, (capture.sequence, capture.id, kind == _CSS))
        elif facts.status in _REDIRECTS and facts.redirect:
            target = split_fragment(facts.redirect)[0]
            found.hops.setdefault(capture.url, (capture.sequence, capture.id, target))
    return found


def _asset_kind(facts: HttpFacts, url: str) -> str:
    """Media type of what a page loads; "" for everything else."""
    kind = _media_type(facts)
    octets = kind in ("", "application/octet-stream", "binary/octet-stream")
    named = octets and url.partition("?")[0].lower().endswith(_FONTS)
    return kind or "application/octet-stream" if kind == _CSS or kind.startswith(_MEDIA) or named else ""


def _media_type(facts: HttpFacts) -> str:
    return (facts.header("content-type") or "").partition(";")[0].strip().lower()


def _page(
    store: EvidenceStore,
    capture: Capture,
    picture: Capture | None,
    assets: ArchivedAssets,
    left_out: Counter[str],
) -> Iterator[ReplayRecord]:
    facts = capture.facts
    assert isinstance(facts, PageFacts)
    sealed = records.ArchiveRecord.of(store.member(capture.id))
    dom = sealed.record.block
    if not dom:
        left_out["empty_page"] += 1
        return
    final, fragment = split_fragment(_final_url(capture, facts))
    made = inert(dom, final, len(facts.opened))
    if made is None:
        left_out["unsettled_page"] += 1
        return
    url = warc.uri(secrets.text(final))
    if capture.url != final:
        assets.use(split_fragment(capture.url)[0], pages_own=True)
    for address in (*made.assets, *(asked for _, asked, *_ in facts.requests)):
        assets.use(split_fragment(address)[0])
    html = secrets.text(made.html.decode("utf-8", "replace")).encode("utf-8", "replace")
    record = records.replayed(capture, url, html, sealed)
    line = _line(capture, facts, url if fragment is None else f"{url}#{warc.uri(fragment)}", sealed)
    yield ReplayRecord(
        warc.member(record), "replay", url, capture.time, _HTML, 200, records.digest(html), line
    )
    if _may_hold_cookies(dom, facts) or not secrets.free(sealed.record.content):
        left_out["cookies_in_page"] += 1
    else:
        yield _as_sealed(capture, sealed, _HTML)
    if picture is not None and isinstance(picture.facts, ScreenshotFacts):
        shot = records.ArchiveRecord.of(store.member(picture.id))
        if records.free(shot):
            yield _as_sealed(picture, shot, picture.facts.media_type)
        else:
            left_out["picture"] += 1


def _final_url(capture: Capture, facts: PageFacts) -> str:
    final = absolute(capture.url, facts.final_url)
    return final if final is not None and is_web(final) else capture.url


def _line(capture: Capture, facts: PageFacts, url: str, sealed: records.ArchiveRecord) -> dict[str, Any]:
    line: dict[str, Any] = {
        "id": capture.id,
        "url": url,
        "ts": time_text(capture.time),
        "title": visible(" ".join(facts.title.split())) or url,
        "agency": capture.agency,
        "fidelity": records.REPLAY,
        "finished": facts.finished,
        "leaf": sealed.record.leaf.hex(),
    }
    if capture.url != url:
        line["asked"] = warc.uri(secrets.text(capture.url))
    if facts.failure:
        line["failure"] = facts.failure
    return line


def _may_hold_cookies(dom: bytes, facts: PageFacts) -> bool:
    lower = dom.lower()
    return any(word in lower for word in _COOKIES) or any("cookie" in line.lower() for line in facts.console)


def _as_sealed(capture: Capture, sealed: records.ArchiveRecord, mime: str) -> ReplayRecord:
    url = sealed.record.header("WARC-Target-URI") or ""
    sha256 = records.base32(bytes.fromhex(capture.sha256))
    return ReplayRecord(sealed.member, "sealed", url, capture.time, mime, 200, sha256)


def _answer(store: EvidenceStore, capture: Capture, left_out: Counter[str]) -> Iterator[ReplayRecord]:
    facts = capture.facts
    assert isinstance(facts, HttpFacts)
    sealed = records.ArchiveRecord.of(store.member(capture.id))
    record = records.answered(capture, sealed)
    if record is None:
        left_out["answer"] += 1
        return
    same = record is sealed.record.content
    yield ReplayRecord(
        sealed.member if same else warc.member(record),
        "sealed" if same else "blanked",
        warc.uri(capture.url),
        capture.time,
        _media_type(facts),
        facts.status or 0,
        records.base32(bytes.fromhex(capture.sha256)),
    )
