"""What a page of results lists: its links, each with its words and those of the heading it stands under."""

from __future__ import annotations

from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from web.document import Document
from web.urls import identity, is_web

_MOST = 1_000  # Links of a page of results. Later ones are not read.
_LONGEST = 300  # Characters of a result's words. The rest is cut.
_UP = 4  # Elements above a link where the heading of its result may be. Higher is the list. By hand.
_HEADINGS = "h1, h2, h3, h4, h5, h6, strong, b"


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One link. words: its own, then those of the headings of the smallest block that has a heading and no other target."""

    key: str
    url: str
    words: tuple[str, ...]


def search_results(page: Document) -> tuple[SearchResult, ...]:
    """In order of the page, repeats included."""
    body = page.tree.body
    if body is None:
        return ()
    found: list[SearchResult] = []
    for anchor in body.css("a[href]")[:_MOST]:
        url = page.resolve((anchor.attributes.get("href") or "").strip())
        if url is None or not is_web(url):
            continue
        own = _said(anchor) or (anchor.attributes.get("title") or "")[:_LONGEST]
        words = tuple(word for word in (own, *_headings(anchor)) if word)
        found.append(SearchResult(identity(url), url, words))
    return tuple(found)


def _headings(anchor: LexborNode) -> tuple[str, ...]:
    """Of the block around a link such as «مشاهده», as long as it leads to one place."""
    block = anchor.parent
    for _ in range(_UP):
        if block is None or block.tag in ("body", "form"):
            return ()
        if len({node.attributes.get("href") for node in block.css("a[href]")}) > 1:
            return ()
        if headings := block.css(_HEADINGS):
            return tuple(text for node in headings[:3] if (text := _said(node)))
        block = block.parent
    return ()


def _said(node: LexborNode) -> str:
    return " ".join(node.text(deep=True, separator=" ").split())[:_LONGEST]
