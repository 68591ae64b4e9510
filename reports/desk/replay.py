"""A captured page as one document that needs nothing: made inert, with what it loads put in from the archive, words boxed.

What keeps it harmless is the policy that it is sent with (`reports.desk.security`): a sandbox without scripts, forms, links
that lead out, or any request. What is done here only makes it look as it did.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence

from selectolax.lexbor import LexborHTMLParser

from checks.finding import Finding
from evidence.errors import EvidenceError
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.records import Capture
from evidence.redaction import secrets
from evidence.store import EvidenceStore
from reports.desk.sources import MOST_BYTES, words_in
from reports.export.inert import inert
from reports.export.replay_records import ArchivedAssets
from web.charset import decode
from web.urls import absolute, split_fragment

_MOST_ASSET = 1 << 20  # bytes
_MOST_ASSETS = 8 << 20  # of one page
_PICTURES = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "image/svg+xml",
    "image/x-icon",
)
# What is left open ends with the text, as browsers have it: so nothing is looked at from each of its places again.
_URL = re.compile(r"url\(\s*+(?:\"([^\"]*+)\"?|'([^']*+)'?|([^\"')\s]*+))\s*+\)?", re.IGNORECASE)
_IMPORT = re.compile(r"@import\b[^;]{0,2000};", re.IGNORECASE)
_STYLE = re.compile(r"(<style\b[^>]*+>?)(.*?)(</style|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"(<[^<>]{0,4000}>)")
_BODY = re.compile(r"<body\b[^>]*+>?", re.IGNORECASE)
_BOX = "outline:3px solid #c62828;outline-offset:2px;background:#ffe9a8;color:#17232b"
# elements that load something by other attributes than a picture's own
_LOADS = "img[srcset], source, video, audio, track, picture source, input[type=image], image, use"


def is_page(capture: Capture) -> bool:
    """Whether there is a page to replay."""
    facts = capture.facts
    if isinstance(facts, PageFacts):
        return facts.failure is None
    return isinstance(facts, HttpFacts) and "html" in (facts.header("content-type") or "").lower()


def replayed(
    store: EvidenceStore, capture: Capture, assets: ArchivedAssets, words: Sequence[str]
) -> str | None:
    """None for a page that cannot be made inert. Raises EvidenceError, KeyError."""
    facts, body = capture.facts, store.body(capture.id)[:MOST_BYTES]
    opened, url = 0, capture.url
    if isinstance(facts, PageFacts):
        opened, url = len(facts.opened), facts.final_url or capture.url
    elif isinstance(facts, HttpFacts):
        body = decode(body, facts.header("content-type"))[0].encode("utf-8", "replace")
    page = inert(body, split_fragment(url)[0], opened)
    if page is None:
        return None
    html = boxed(secrets.text(page.html.decode("utf-8", "replace")), words)
    return _alone(html, split_fragment(url)[0], _Archive(store, assets))


def boxed(html: str, words: Sequence[str]) -> str:
    """The words that a finding rests on in a box, where the page's body has them."""
    start = match.end() if (match := _BODY.search(html)) else 0
    span = words_in(html[start:], words, tags=False)
    if span is None:
        return html
    begin, end = start + span[0], start + span[1]
    pieces = _TAG.split(html[begin:end])
    inside = "".join(
        piece if not piece.strip() or piece.startswith("<") else f'<mark style="{_BOX}">{piece}</mark>'
        for piece in pieces
    )
    return html[:begin] + inside + html[end:]


def _alone(html: str, url: str, archive: _Archive) -> str:
    """Links lead nowhere; what the page loads is in it, or is gone."""
    tree = LexborHTMLParser(html)
    base = tree.css_first("base[href]")
    at = absolute(url, base.attributes.get("href") or "") if base is not None else None
    for node in tree.css("base"):
        node.decompose()
    for node in tree.css("link"):
        sheet = archive.sheet(_target(node.attributes.get("href"), at or url))
        if "stylesheet" in (node.attributes.get("rel") or "").lower().split() and sheet is not None:
            node.attrs["href"] = sheet
        else:
            node.decompose()
    for node in tree.css("img"):
        picture = archive.picture(_target(node.attributes.get("src"), at or url))
        if picture is not None:
            node.attrs["src"] = picture
        elif "src" in node.attributes:
            del node.attrs["src"]
    for node in tree.css(_LOADS):
        for name in ("srcset", "poster", "href", "xlink:href", *(("src",) if node.tag != "img" else ())):
            if name in node.attributes:
                del node.attrs[name]
    for node in tree.css("a, area, form, button, input, iframe, frame, object, embed"):
        for name in (
            "href",
            "xlink:href",
            "action",
            "formaction",
            "target",
            "src",
            "srcdoc",
            "data",
            "download",
        ):
            if name in node.attributes:
                del node.attrs[name]
    for node in tree.css("meta[http-equiv]"):
        node.decompose()
    for node in tree.css("[style]"):
        node.attrs["style"] = archive.styled(node.attributes["style"] or "", at or url)
    return _STYLE.sub(
        lambda match: match[1] + archive.styled(match[2], at or url) + match[3], tree.html or ""
    )


def _target(given: str | None, base: str) -> str | None:
    found = absolute(base, given.strip()) if given else None
    return None if found is None else split_fragment(found)[0]


class _Archive:
    """What the crawl fetched, as data in an address; so much of it that a page stays of a size."""

    def __init__(self, store: EvidenceStore, assets: ArchivedAssets) -> None:
        self._store = store
        self._assets = assets
        self._left = _MOST_ASSETS

    def picture(self, url: str | None) -> str | None:
        return self._data(url, lambda kind: kind in _PICTURES)

    def sheet(self, url: str | None) -> str | None:
        found = self._body(url)
        if url is None or found is None or not found[2]:
            return None
        text = self.styled(decode(found[0], found[1])[0], url)
        return _address("text/css;charset=utf-8", text.encode("utf-8", "replace"))

    def styled(self, css: str, base: str) -> str:
        """Styles with what they load in them, or without it."""

        def loaded(match: re.Match[str]) -> str:
            wanted = next((part for part in match.groups() if part), "")
            data = self._data(_target(wanted, base), lambda kind: kind in _PICTURES or "font" in kind)
            return f"url({data or 'data:,'})"

        return _URL.sub(loaded, _IMPORT.sub("", css))

    def _data(self, url: str | None, wanted: Callable[[str], bool]) -> str | None:
        found = self._body(url)
        if found is None:
            return None
        kind = (found[1] or "").partition(";")[0].strip().lower()
        return _address(kind, found[0]) if wanted(kind) else None

    def _body(self, url: str | None) -> tuple[bytes, str | None, bool] | None:
        """(body, media type, is a style sheet)."""
        place = None if url is None else self._assets.find(url)
        if place is None:
            return None
        try:
            capture, body = self._store.get(place[0]), self._store.body(place[0])
        except (EvidenceError, KeyError):  # verification names it
            return None
        if len(body) > min(_MOST_ASSET, self._left):
            return None
        self._left -= len(body)
        facts = capture.facts
        return body, facts.header("content-type") if isinstance(facts, HttpFacts) else None, place[1]


def _address(kind: str, body: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(body).decode('ascii')}"


def visits_of(store: EvidenceStore, finding: Finding, words: Sequence[str]) -> list[Capture]:
    """The first and the last visit of a finding: of each the page that has the words, else the last one."""
    by_attempt: dict[int, list[Capture]] = {}
    for name in finding.captures:
        try:
            capture = store.get(name)
        except KeyError:
            continue
        if is_page(capture):
            by_attempt.setdefault(capture.attempt, []).append(capture)
    chosen = [_telling(store, found, words) for _, found in sorted(by_attempt.items())]
    return chosen if len(chosen) < 2 else [chosen[0], chosen[-1]]


def _telling(store: EvidenceStore, captures: Sequence[Capture], words: Sequence[str]) -> Capture:
    ordered = sorted(captures, key=lambda capture: capture.kind == "page", reverse=True)
    for capture in ordered if words else ():
        try:
            text = store.body(capture.id)[:MOST_BYTES].decode("utf-8", "replace")
        except (EvidenceError, KeyError):
            continue
        if words_in(text, words) is not None:
            return capture
    pages = [capture for capture in captures if capture.kind == "page"]
    return (pages or captures)[-1]
