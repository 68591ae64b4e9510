"""A job: one URL that is to be asked for, with why, when, and how much of it is kept. Holds no behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.cookies import Cookie
from evidence.records import Purpose
from web.urls import host, identity, origin

# Order within an agency: a budget that runs out costs the least.
RANK_ROBOTS = -1
RANK_HOME = 0
RANK_CLAIM = 1
RANK_ENTRY = 2  # action links of claimed pages, what judges them, desks and lists that the home page leads to
RANK_CATALOGUE = 3
RANK_FRONT = 4  # what else the home page itself leads to
RANK_DESK = 5  # other service desks and lists
RANK_SITEMAP = 6
RANK_PAGE = 7
RANK_LISTED = 8  # datasets of catalogues, which may be many: pages come first
RANK_LINK = 9
RANK_SUSPECT = 10  # pages of a pattern that may be a trap: after everything else
RANK_OTHERS = 11  # what spiders of others ask for: after that


@dataclass(frozen=True, slots=True)
class ExchangeLimits:
    """Bounds of ours on one exchange. Seconds and bytes."""

    connect: float = 10.0
    idle: float = 20.0
    total: float = 60.0
    total_large: float = 300.0
    head: int = 262_144
    foreign_body: int = 262_144
    other_body: int = 1_048_576
    html_body: int = 8_388_608
    redirects: int = 20


@dataclass(slots=True, eq=False)
class Job:
    """One URL to ask for.

    url: as a browser would ask for it, without fragment. chain: addresses of the hops before this one.
    given: cookies that the chain was given. cookies: those that it brings along.
    counts: takes a page of the agency's budget. entry: met through an action link of a claimed page.
    front: the home page itself leads there. landmark: a page that the home page or a site map page leads to, where portals keep what they must publish.
    steps: pages of one program that were met one on the other, up to this one.
    site_map: the portal's page of all its pages. led_to: met only on pages that brought nothing new.
    not_before: monotonic time. body_limit: bytes kept of any body; other_limit: of a body that is no HTML.
    """

    agency: str
    url: str
    purpose: Purpose
    rank: int = RANK_PAGE
    depth: int = 0
    attempt: int = 1
    previous: str | None = None
    chain: tuple[str, ...] = ()
    given: tuple[Cookie, ...] = ()
    cookies: tuple[Cookie, ...] = ()
    root: str = ""
    counts: bool = False
    entry: bool = False
    front: bool = False
    landmark: bool = False
    site_map: bool = False
    led_to: bool = False
    steps: int = 0
    not_before: float = 0.0
    body_limit: int = 8_388_608
    other_limit: int = 8_388_608
    time_limit: float = 60.0
    identity: str = field(init=False)
    host: str = field(init=False)
    origin: str = field(init=False)

    def __post_init__(self) -> None:
        key = identity(self.url)
        # one string for both, of which there are millions
        self.identity = self.url if key == self.url else key
        self.host = host(self.url)
        self.origin = origin(self.url)
        if not self.root:
            self.root = self.url

    @property
    def passed(self) -> tuple[str, ...]:
        """Addresses of the chain, this one included."""
        return (*self.chain, self.url)
