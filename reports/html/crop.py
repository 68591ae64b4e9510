"""Which part of a page's picture shows what a finding names. Reads places that were kept with the picture; no pixels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from checks.page.lines import ancestry, selector
from evidence.kinds.screenshot import ScreenshotFacts
from web.document import Document

_MARGIN = 72
_LEAST_WIDTH, _LEAST_HEIGHT = 560, 160
_MOST_HEIGHT = 640
_WORDS = 60


@dataclass(frozen=True, slots=True)
class Crop:
    """In CSS pixels of the picture: the part to show, and the element in it."""

    x: int
    y: int
    width: int
    height: int
    element: tuple[int, int, int, int]
    picture: tuple[int, int]


def crop_of(
    picture: ScreenshotFacts, wanted: str, excerpt: str, dom: Callable[[], Document | None]
) -> Crop | None:
    """None when the picture does not show the element, or when it is not clear which of several it is."""
    boxes = [box for box in picture.boxes if box[0] == wanted]
    if len(boxes) > 1:
        nth = _which(dom(), wanted, excerpt)
        boxes = [box for box in boxes if box[1] == nth]
    if len(boxes) != 1:
        return None
    _, _, x, y, width, height = boxes[0]
    shown_width = min(picture.width, max(_LEAST_WIDTH, width + 2 * _MARGIN))
    shown_height = min(picture.height, _MOST_HEIGHT, max(_LEAST_HEIGHT, height + 2 * _MARGIN))
    left = min(max(0, x + width // 2 - shown_width // 2), picture.width - shown_width)
    top = min(max(0, y - _MARGIN), picture.height - shown_height)
    return Crop(left, top, shown_width, shown_height, (x, y, width, height), (picture.width, picture.height))


def numbered(document: Document, tag: str = "*") -> Iterator[tuple[str, int, LexborNode]]:
    """(selector, which of that selector, element) of the page as it was pictured, in order."""
    counts: dict[str, int] = defaultdict(int)
    for node in document.tree.css(tag):
        if any(_not_pictured(above) for above in ancestry(node, 2000)):
            continue
        path = selector(node)
        yield path, counts[path], node
        counts[path] += 1


def _not_pictured(node: LexborNode) -> bool:
    """What came with a control that was opened afterwards, and what no browser with scripts draws."""
    return node.tag in ("noscript", "template") or (node.tag == "div" and "data-opened" in node.attributes)


def _which(document: Document | None, wanted: str, excerpt: str) -> int | None:
    """The one whose text holds the excerpt; the shortest of several, None without any."""
    words = "".join(excerpt.split())[:_WORDS]
    if document is None or not words:
        return None
    tag = wanted.rpartition(" > ")[2].partition("#")[0].partition(".")[0]
    found = []
    for path, nth, node in numbered(document, tag):
        if path == wanted:
            text = "".join(node.text(deep=True).split())
            if words in text:
                found.append((len(text), nth))
    return min(found)[1] if found else None
