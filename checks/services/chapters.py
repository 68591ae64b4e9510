"""The chapters of one claim's story, as data. What they are made of is for `story`; how they read is for the command.

Values only: codes, figures, addresses and words of pages, which are hostile until whoever shows them makes them safe.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from checks.finding import Finding
from checks.services.matching.weighing import Part
from checks.services.visit.blockers import Blocker
from claims.model import Service
from evidence.records import Capture

State = Literal["met", "unmet", "not_asked"]


@dataclass(frozen=True, slots=True)
class Place:
    """An address where the service was looked for. via: what led there; found_on: the page that says so.

    unattempted: reason for which the crawl has no exchange of it; None when it has one.
    verdict, reason: what its visits came to; None where nobody looked, as an earlier place was enough.
    """

    url: str
    via: str
    score: float | None
    found_on: str
    unattempted: str | None
    verdict: str | None
    reason: str | None
    decided: bool


@dataclass(frozen=True, slots=True)
class Hop:
    """One exchange of a visit."""

    url: str
    status: int | None
    failure: str | None
    capture: str


@dataclass(frozen=True, slots=True)
class VisitTold:
    """One visit and what it came to by itself. controlled: a control target answered around it."""

    url: str
    attempt: int
    time: str
    hops: tuple[Hop, ...]
    controlled: bool
    verdict: str
    reason: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Render:
    """One picture of the browser. read: the judgement rests on it. lost: requests that brought nothing."""

    url: str
    capture: str
    attempt: int
    finished: bool
    failure: str | None
    final_url: str
    read: bool
    requests: int
    would_send: tuple[tuple[str, str], ...]
    lost: tuple[tuple[str, str, int | None], ...]
    screenshot: str | None


@dataclass(frozen=True, slots=True)
class Rival:
    """Another service of the agency, and how well the deciding words name it."""

    service: str
    title: str
    score: float


@dataclass(frozen=True, slots=True)
class TieTold:
    """How the page is tied to the claim. won_by: score ahead of the next title; needs margin to count.

    parts: what was weighed for it and against it at the declared address.
    """

    how: str
    score: float
    needed: float
    text: str
    selector: str
    ambiguous: bool
    listing: bool
    other: str | None
    rivals: tuple[Rival, ...]
    won_by: float | None
    margin: float
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class PageTold:
    """What the service's page is."""

    kind: str
    excerpt: str
    selector: str
    capture: str
    rendered: bool
    doubt: str | None
    screenshot: str | None


@dataclass(frozen=True, slots=True)
class FollowedLink:
    """A link, button or file of the page. followed: a hop was made; outcome: what stood there."""

    kind: str
    text: str
    url: str
    selector: str
    named: bool
    weak: bool
    followed: bool
    statuses: tuple[int | None, ...]
    verdict: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class GateTold:
    """One question that the verdict hangs on, with the figures of its answer."""

    name: str
    state: State
    figures: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """Everything, in the order in which it happened."""

    finding: Finding
    service: Service
    places: tuple[Place, ...]
    further_places: int
    visits: tuple[VisitTold, ...]
    renders: tuple[Render, ...]
    tie: TieTold | None
    page: PageTold | None
    leads: tuple[FollowedLink, ...]
    blockers: tuple[Blocker, ...]
    gates: tuple[GateTold, ...]
    captures: tuple[Capture, ...]
