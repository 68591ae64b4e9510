"""robots.txt of every origin, as RFC 9309 has it. Holds the jobs of an origin back until its rules are known."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from protego import Protego

from crawler.host_slot import MAX_CRAWL_DELAY
from crawler.jobs import RANK_ROBOTS, Job
from evidence.records import HttpFacts, Purpose
from evidence.urls import is_web, origin

AGENT = "govah"
_MOST_BYTES = 512_000
# Asked for even though robots.txt could not be had at all: their own exchange says what is wrong there.
_ASKED_ANYWAY: frozenset[Purpose] = frozenset({"home", "claim", "dataset", "link", "host", "catalogue"})
_REDIRECTS = 5
# The whole name counts, up to its version: «govah/1.0» is govah, «gov» is another (RFC 9309, 2.2.1).
_NAMED = re.compile(r"^([ \t]*user-agent[ \t]*:[ \t]*)([^\s#/]*)[^\r\n#]*", re.IGNORECASE | re.MULTILINE)
_ANOTHER = "~"


@dataclass(slots=True)
class Rules:
    """What is known of one origin. parsed None and closed False: everything is allowed.

    sharing: hosts whose robots.txt redirects here, with their rules; follows: where ours redirects to.
    closed: an answer of 5xx, nothing is allowed. unreachable: no answer, only `_ASKED_ANYWAY` is tried.
    """

    known: bool = False
    parsed: Protego | None = None
    closed: bool = False
    unreachable: bool = False
    waiting: list[Job] = field(default_factory=list)
    sharing: list[tuple[str, Rules]] = field(default_factory=list)
    follows: Rules | None = None

    def leads_to(self, rules: Rules) -> bool:
        """Whether these rules wait, at the end, for those."""
        at: Rules | None = self
        while at is not None and at is not rules:
            at = at.follows
        return at is rules

    def allows(self, job: Job) -> bool:
        if self.closed:
            return False
        if self.unreachable:
            return job.purpose in _ASKED_ANYWAY
        return self.parsed is None or bool(self.parsed.can_fetch(job.url, AGENT))


class Robots:
    """Asks for each robots.txt once.

    fetch: put a robots job on its way. go, refuse: what becomes of a job once the rules are known.
    slow: a Crawl-delay was set for a host.
    """

    def __init__(
        self,
        *,
        obey: bool,
        fetch: Callable[[Job], None],
        go: Callable[[Job], None],
        refuse: Callable[[Job], None],
        slow: Callable[[str, float], None],
    ) -> None:
        self._obey = obey
        self._fetch = fetch
        self._go = go
        self._refuse = refuse
        self._slow = slow
        self._origins: dict[str, Rules] = {}

    def submit(self, job: Job) -> None:
        """Let a job through, now or when the rules are known."""
        if not self._obey or job.purpose in ("robots", "control"):
            self._go(job)
            return
        rules = self._origins.get(job.origin)
        if rules is None:
            rules = self._origins[job.origin] = Rules()
            rules.waiting.append(job)
            self._fetch(
                Job(job.agency, f"{job.origin}/robots.txt", "robots", RANK_ROBOTS, body_limit=_MOST_BYTES)
            )
        elif not rules.known:
            rules.waiting.append(job)
        else:
            self._decide(rules, job)

    def _decide(self, rules: Rules, job: Job) -> None:
        (self._go if rules.allows(job) else self._refuse)(job)

    def sitemaps(self, origin: str) -> tuple[str, ...]:
        rules = self._origins.get(origin)
        return tuple(rules.parsed.sitemaps)[:20] if rules is not None and rules.parsed is not None else ()

    def learned(self, job: Job, facts: HttpFacts, body: bytes) -> Job | None:
        """Take the answer to a robots job; returns the next hop when it was redirected."""
        rules = self._origins.setdefault(job.root.removesuffix("/robots.txt"), Rules())
        if facts.redirect is not None and is_web(facts.redirect):
            if facts.redirect not in job.passed and len(job.chain) < _REDIRECTS:
                return self._moved(job, rules, facts.redirect)
        elif facts.status is None:
            rules.unreachable = True
        elif facts.status >= 500:
            rules.closed = True
        elif 200 <= facts.status < 300:
            rules.parsed = Protego.parse(_read(body))
        self._release(job.host, rules)
        return None

    def _moved(self, job: Job, rules: Rules, target: str) -> Job | None:
        """A redirect; one to the robots.txt of another origin shares that origin's rules."""
        root, elsewhere = job.root, origin(target)
        if target == f"{elsewhere}/robots.txt":
            other = self._origins.get(elsewhere)
            if other is not None and other.known:
                self._copy(other, rules, job.host)
                return None
            if other is not None and other.leads_to(rules):  # each sends us to the other: there is none
                self._release(job.host, rules)
                return None
            if other is not None:
                rules.follows = other
                other.sharing.append((job.host, rules))
                return None
            if other is None:
                other = rules.follows = self._origins[elsewhere] = Rules()
                other.sharing.append((job.host, rules))
                root = target
        return Job(
            job.agency, target, "robots", RANK_ROBOTS, chain=job.passed, root=root,
            body_limit=_MOST_BYTES,
        )  # fmt: skip

    def _copy(self, known: Rules, rules: Rules, host: str) -> None:
        rules.parsed, rules.closed, rules.unreachable = known.parsed, known.closed, known.unreachable
        self._release(host, rules)

    def _release(self, host: str, rules: Rules) -> None:
        """The rules are known: every job that waited for them is decided."""
        rules.known = True
        delay = rules.parsed.crawl_delay(AGENT) if rules.parsed is not None else None
        if delay:
            self._slow(host, min(float(delay), MAX_CRAWL_DELAY))
        waiting, rules.waiting = rules.waiting, []
        for held in waiting:
            self._decide(rules, held)
        sharing, rules.sharing = rules.sharing, []
        for sharer, others in sharing:
            self._copy(rules, others, sharer)


def _read(body: bytes) -> str:
    """The text of the file, with the names of other crawlers made unlike ours: Protego asks for a part only."""
    text = body[:_MOST_BYTES].decode("utf-8-sig", "replace").replace("\r", "\n")
    return _NAMED.sub(_name, text)


def _name(line: re.Match[str]) -> str:
    field, name = line.groups()
    return field + (name if name == "*" or name.lower() == AGENT else _ANOTHER)
