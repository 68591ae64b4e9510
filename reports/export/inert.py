"""The tree of a rendered page made inert: nothing in it runs, loads a frame or leads away by itself.

A page is kept as the browser had it at rest. Its scripts ran already; to run them again, elsewhere and without
their servers, would change what was seen. Removes, never adds; looks and words stay. Not here: which pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from web.document import Document

_UTF8 = "text/html; charset=utf-8"
_ROUNDS = 4  # what is written and read again may be another tree; a page that never settles is not handed on

# <noscript> is drawn by no browser that runs scripts, and a parser that does not run them reads other elements in it;
# <template> holds what is not drawn, or, with the right attribute, turns into what is.
_GONE = "script, noscript, template, applet, portal, fencedframe"
_FRAMES = frozenset({"iframe", "frame", "object", "embed"})
_FRAME_SOURCES = frozenset("src srcdoc data code codebase archive classid".split())
_ANIMATIONS = "animate, set, animatetransform, animatemotion"
_ANIMATED = re.compile(r"\s*(?:(?:xlink:)?href|on)", re.IGNORECASE)
_KEPT_LINKS = frozenset("stylesheet icon apple-touch-icon mask-icon alternate canonical".split())
_DEAD_META = frozenset({"refresh", "set-cookie", "set-cookie2"})
_DROPPED = frozenset({"ping", "autoplay", "autofocus", "nonce"})
# No list of attributes that hold addresses: there is always one more. What a browser skips in a scheme is skipped.
_SCHEMES = ("javascript:", "vbscript:", "livescript:", "data:text/html", "data:application/xhtml")
_RUNS = re.compile(
    r"[\x00-\x20]*(?:" + "|".join(r"[\t\r\n]*".join(map(re.escape, scheme)) for scheme in _SCHEMES) + ")",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class InertPage:
    """html: UTF-8. assets: what it still loads, absolute, in document order, repeats included."""

    html: bytes
    assets: tuple[str, ...]


def inert(dom: bytes, url: str, opened: int = 0) -> InertPage | None:
    """opened: number of controls whose content was added to the tree, which is taken out again.

    None when the page cannot be made inert: it is too large to be read to its end, or reads as something else
    each time it is written.
    """
    document = Document(dom, url, _UTF8)
    _remove(node for node in document.tree.css("div[data-opened]") if _was_opened(node, opened))
    for _ in range(_ROUNDS):
        if document.cut:
            return None
        _disarm(document.tree)
        written = document.tree.html or ""
        document = Document(written.encode("utf-8", "replace"), url, _UTF8)
        if document.tree.html == written and not any(_live(document.tree)):
            assets = tuple(r.url for r in document.references if r.use == "asset")
            return InertPage(written.encode("utf-8", "replace"), assets)
    return None


def _remove(nodes: Iterator[LexborNode]) -> None:
    """nodes: in document order. From the last to the first, so that none is removed within another."""
    for node in reversed(list(nodes)):
        node.decompose()


def _was_opened(node: LexborNode, opened: int) -> bool:
    number = node.attributes.get("data-opened") or ""
    return len(node.attributes) == 1 and number.isascii() and number.isdigit() and 1 <= int(number) <= opened


def _disarm(tree: LexborHTMLParser) -> None:
    for unwanted in _unwanted(tree):
        _remove(unwanted)
    for node in tree.css("*"):
        for name in _active_attributes(node):
            if name == "href" and node.tag in ("a", "area"):
                node.attrs[name] = "#"  # a link looks like one, and leads nowhere
            else:
                del node.attrs[name]
    for node in tree.css("meta"):
        _speak_utf8(node)


def _live(tree: LexborHTMLParser) -> Iterator[bool]:
    """Something for everything that would still act."""
    yield from (True for unwanted in _unwanted(tree) for _ in unwanted)
    yield from (True for node in tree.css("*") if _active_attributes(node))


def _unwanted(tree: LexborHTMLParser) -> Iterator[Iterator[LexborNode]]:
    """Elements that have no place in a page at rest, a kind at a time: each is asked for once the last is gone."""
    yield iter(tree.css(_GONE))
    yield (node for node in tree.css(_ANIMATIONS) if _animates(node))
    yield (node for node in tree.css("link") if not _KEPT_LINKS.intersection(_words(node, "rel")))
    yield (node for node in tree.css("meta") if _DEAD_META.intersection(_words(node, "http-equiv")))


def _words(node: LexborNode, name: str) -> list[str]:
    return (node.attributes.get(name) or "").lower().split()


def _animates(node: LexborNode) -> bool:
    """A drawing that moves is none of our business; one that puts a link in place is."""
    named = (value for name, value in node.attributes.items() if name.lower() == "attributename")
    return any(_ANIMATED.match(value or "") for value in named)


def _active_attributes(node: LexborNode) -> list[str]:
    found = []
    frame = node.tag in _FRAMES
    for name, value in node.attributes.items():
        lower = name.lower()
        acts = lower.startswith("on") or lower in _DROPPED or (frame and lower in _FRAME_SOURCES)
        if acts or (value and _RUNS.match(value)):
            found.append(name)
    return found


def _speak_utf8(node: LexborNode) -> None:
    """The tree is written as UTF-8, whatever the page was sent in."""
    if "charset" in node.attributes:
        node.attrs["charset"] = "utf-8"
    elif "content-type" in _words(node, "http-equiv"):
        node.attrs["content"] = _UTF8
