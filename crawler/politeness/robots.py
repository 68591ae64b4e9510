"""robots.txt of every origin, as RFC 9309 has it. Holds the jobs of an origin back until its rules are known."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from protego import Protego

from crawler.jobs import RANK_ROBOTS, Job
from crawler.politeness.host_slot import MAX_CRAWL_DELAY
from evidence.kinds.http import HttpFacts
from evidence.records import Purpose
from web.urls import host, is_web, origin

AGENT = "govah"
_MOST_BYTES = 512_000  # RFC 9309, 2.5: at least 500 KiB
# Asked for even though robots.txt could not be had at all: their own exchange says what is wrong there.
_ASKED_ANYWAY: frozenset[Purpose] = frozenset({"home", "claim", "dataset", "link", "host", "catalogue"})
_REDIRECTS = 5  # RFC 9309, 2.3.1.2: at least five hops
# The whole name counts, up to its version: «govah/1.0» is govah, «gov» is another (RFC 9309, 2.2.1).
_NAMED = re.compile(r"^([ \t]*user-agent[ \t]*:[ \t]*)([^\s#/]*)[^\r\n#]*", re.IGNORECASE | re.MULTILINE)
_ANOTHER = "~"
# Every address of an origin is held against them all: a millisecond or two for one of 2,000 characters.
_MOST_RULES, _MOST_STARS = 5_000, 1_000


@dataclass(slots=True)
class OriginRules:
    """What is known of one origin. parsed None and closed False: everything is allowed.

    sharing: hosts whose robots.txt redirects here, with their rules; follows: where ours redirects to.
    asked: the job that is to bring them. wanted_by: agencies with jobs that wait for it.
    closed: an answer of 5xx, nothing is allowed. unreachable: no answer, only `_ASKED_ANYWAY` is tried.
    """

    known: bool = False
    asked: Job | None = None
    wanted_by: set[str] = field(default_factory=set)
    parsed: Protego | None = None
    closed: bool = False
    unreachable: bool = False
    waiting: list[Job] = field(default_factory=list)
    sharing: list[tuple[str, OriginRules]] = field(default_factory=list)
    follows: OriginRules | None = None

    def leads_to(self, rules: OriginRules) -> bool:
        """Whether these rules wait, at the end, for those."""
        at: OriginRules | None = self
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
    slow: a Crawl-delay was set for a host. joined: another agency waits for a robots job at a host.
    """

    def __init__(
        self,
        *,
        obey: bool,
        fetch: Callable[[Job], None],
        go: Callable[[Job], None],
        refuse: Callable[[Job], None],
        slow: Callable[[str, float], None],
        joined: Callable[[str], None] = lambda host: None,
    ) -> None:
        self._obey = obey
        self._fetch = fetch
        self._go = go
        self._refuse = refuse
        self._slow = slow
        self._joined = joined
        self._origins: dict[str, OriginRules] = {}

    def submit(self, job: Job) -> None:
        """Let a job through, now or when the rules are known."""
        if not self._obey or job.purpose in ("robots", "control"):
            self._go(job)
            return
        rules = self._origins.get(job.origin)
        if rules is None:
            rules = self._origins[job.origin] = OriginRules()
            rules.waiting.append(job)
            rules.wanted_by.add(job.agency)
            rules.asked = Job(
                job.agency, f"{job.origin}/robots.txt", "robots", RANK_ROBOTS, body_limit=_MOST_BYTES
            )
            self._fetch(rules.asked)
        elif not rules.known:
            rules.waiting.append(job)
            if job.agency not in rules.wanted_by:
                self._join(rules, job.agency)
        else:
            self._decide(rules, job)

    def _join(self, rules: OriginRules, agency: str) -> None:
        rules.wanted_by.add(agency)
        while rules.follows is not None:
            rules = rules.follows
        if rules.asked is not None:
            self._joined(rules.asked.host)

    def wanted_by(self, job: Job) -> set[str]:
        """Agencies that wait for a robots job, whoever it was made for: none of them waits for another's turn."""
        names, look = set[str](), [self._origins.get(job.root.removesuffix("/robots.txt"))]
        while look:
            rules = look.pop()
            if rules is not None:
                names |= rules.wanted_by
                look += [sharer for _, sharer in rules.sharing]
        return names

    def _decide(self, rules: OriginRules, job: Job) -> None:
        (self._go if rules.allows(job) else self._refuse)(job)

    def sitemaps(self, origin: str) -> tuple[str, ...]:
        rules = self._origins.get(origin)
        return tuple(rules.parsed.sitemaps)[:20] if rules is not None and rules.parsed is not None else ()

    def learned(self, job: Job, facts: HttpFacts, parsed: Protego | None) -> Job | None:
        """Take the answer to a robots job; returns the next hop when it was redirected.

        parsed: what a file says; None for one that could not be read: its rules could not be had.
        """
        rules = self._origins.setdefault(job.root.removesuffix("/robots.txt"), OriginRules())
        if facts.redirect is not None and is_web(facts.redirect):
            if facts.redirect not in job.passed and len(job.chain) < _REDIRECTS:
                return self._moved(job, rules, facts.redirect)
        elif facts.failure == "bad_port" and not job.chain:
            pass  # nobody is asked there, and each page says why
        elif facts.status is None:
            rules.unreachable = True
        elif is_file(facts):
            rules.parsed, rules.closed = parsed, parsed is None
        elif facts.status >= 500:
            rules.closed = True
        self._release(host(job.root), rules)
        return None

    def _moved(self, job: Job, rules: OriginRules, target: str) -> Job | None:
        """A redirect; one to the robots.txt of another origin shares that origin's rules, which have redirects of their own.

        An origin that is asked only because others redirect there has no more of them than those: names without end are
        no chain without end.
        """
        elsewhere = origin(target)
        other = self._origins.get(elsewhere)
        if target != f"{elsewhere}/robots.txt":
            rules.asked = Job(
                job.agency, target, "robots", RANK_ROBOTS, job.depth, chain=job.passed, root=job.root,
                body_limit=_MOST_BYTES,
            )  # fmt: skip
            return rules.asked
        if other is not None and other.known:
            self._copy(other, rules, host(job.root))
            return None
        if other is not None and other.leads_to(rules):  # each sends us to the other: there is none
            self._release(host(job.root), rules)
            return None
        hops = (0 if rules.waiting else job.depth) + len(job.passed)
        if other is None and hops > _REDIRECTS:
            self._release(host(job.root), rules)
            del self._origins[job.root.removesuffix("/robots.txt")]  # whoever asks for its own sake asks anew
            return None
        asked = other is None
        if other is None:
            other = self._origins[elsewhere] = OriginRules()
        rules.follows = other
        other.sharing.append((host(job.root), rules))
        if not asked:
            return None
        other.asked = Job(job.agency, target, "robots", RANK_ROBOTS, hops, body_limit=_MOST_BYTES)
        return other.asked

    def _copy(self, known: OriginRules, rules: OriginRules, host: str) -> None:
        rules.parsed, rules.closed, rules.unreachable = known.parsed, known.closed, known.unreachable
        self._release(host, rules)

    def _release(self, host: str, rules: OriginRules) -> None:
        """The rules are known: every job that waited for them is decided."""
        rules.known, rules.asked, rules.follows = True, None, None
        delay = rules.parsed.crawl_delay(AGENT) if rules.parsed is not None else None
        if delay:
            self._slow(host, min(float(delay), MAX_CRAWL_DELAY))
        waiting, rules.waiting = rules.waiting, []
        for held in waiting:
            self._decide(rules, held)
        sharing, rules.sharing = rules.sharing, []
        for sharer, others in sharing:
            self._copy(rules, others, sharer)


def is_file(facts: HttpFacts) -> bool:
    """Whether an answer is a robots.txt."""
    moved = facts.redirect is not None and is_web(facts.redirect)
    return not moved and facts.status is not None and 200 <= facts.status < 300


def parsed(body: bytes) -> Protego | None:
    """What a file says; None when it has more rules for us than every address of an origin can be held against."""
    file = Protego.parse(_read(body))
    ours = file._get_matching_rule_set(AGENT)  # Protego's own way to read a line is wider than any of ours
    patterns = [rule.value._pattern for rule in ours._rules] if ours is not None else []
    if len(patterns) > _MOST_RULES or sum(pattern.count("*") for pattern in patterns) > _MOST_STARS:
        return None
    return file


def _read(body: bytes) -> str:
    """The text of the file, with the names of other crawlers made unlike ours: Protego asks for a part only."""
    text = body[:_MOST_BYTES].decode("utf-8-sig", "replace").replace("\r", "\n")
    return _NAMED.sub(_name, text)


def _name(line: re.Match[str]) -> str:
    field, name = line.groups()
    return field + (name if name == "*" or name.lower() == AGENT else _ANOTHER)
