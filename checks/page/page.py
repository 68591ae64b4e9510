"""A page that a check reads, and what led to it."""

from __future__ import annotations

from dataclasses import dataclass

from checks.page.content import PageContent
from evidence.records import Capture


@dataclass(frozen=True, slots=True)
class Page:
    """rests: the captures that led there, it included, in the order of the visits."""

    capture: Capture
    reading: PageContent
    url: str
    rests: tuple[str, ...]
    attempts: int
