"""A picture of a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evidence.kind import EvidenceKind, Facts


@dataclass(frozen=True, slots=True)
class ScreenshotFacts(Facts):
    """A picture; the capture's body is the image. `of`: id of the page or accessibility capture, or of
    the exchange that a browser shows so when it asks anew.

    boxes: (selector, which of that selector on the page, x, y, width, height) of elements, in CSS pixels of the
    picture; which: counted from 0 over all elements of the page as it was pictured.
    fidelity: what the browser drew, packed with loss where the media type is one with loss.
    """

    of: str
    media_type: str
    width: int
    height: int
    full_page: bool
    boxes: tuple[tuple[str, int, int, int, int, int], ...] = ()
    fidelity: Literal["rendered"] = "rendered"


KIND = EvidenceKind("screenshot", ScreenshotFacts, lambda facts: facts.media_type, packed=True)
