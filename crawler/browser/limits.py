"""What one page may take of us: seconds, requests, bytes, nodes. Numbers only; who keeps to them is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageLimits:
    """seconds: the whole visit, closing included; writing_seconds and closing_seconds are kept of it for what
    comes after the page's own time. still_seconds: of the page's own clock, without a request or a change, for a
    page at rest. picture_seconds: for the screenshot. pictures: requests for pictures, media and fonts. dom: bytes
    of the tree as text. height: CSS pixels of a screenshot. openings: controls that are opened. boxes: elements of
    a screenshot whose place is kept.
    """

    seconds: float = 25.0
    navigation_seconds: float = 15.0
    writing_seconds: float = 5.0
    closing_seconds: float = 3.0
    picture_seconds: float = 6.0
    still_seconds: float = 0.65  # more than the 0.6 that many a page waits between two questions
    requests: int = 300
    pictures: int = 1200
    navigations: int = 12
    bytes: int = 8 * 1024 * 1024
    bytes_with_pictures: int = 24 * 1024 * 1024
    dom: int = 8 * 1024 * 1024
    height: int = 8000
    openings: int = 5
    boxes: int = 400
