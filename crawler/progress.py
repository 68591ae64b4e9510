"""What a crawl says of itself while it runs and when it ends. No texts for people here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

State = Literal["complete", "paused", "interrupted", "failed"]


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of the crawl.

    agencies: in this crawl; done: those that are over; active: those under way. fetched: exchanges recorded,
    those of earlier runs included. queued: jobs waiting. rate: exchanges a second over the last seconds.
    errors: exchanges without a complete answer. paused: the controls do not answer. elapsed: seconds.
    """

    agencies: int
    done: int
    active: int
    fetched: int
    queued: int
    in_flight: int
    rendered: int
    errors: int
    rate: float
    paused: bool
    elapsed: float


@dataclass(frozen=True, slots=True)
class CrawlOutcome:
    """How a crawl ended. coverage: counts for the manifest. detail: a code or the words of an error."""

    state: State
    coverage: Mapping[str, int] = field(default_factory=dict)
    detail: str = ""
