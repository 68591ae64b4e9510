"""What is known of one agency's visit: what was asked for, what is still open, what its budget leaves.

Knows no network and no store: jobs go out and captures come in, so that a resumed crawl can take the captures of an earlier
run through the same code. Concludes nothing about the agency.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Protocol

from claims.hosts import own_hosts
from claims.model import Agency, CrawlSettings, Dataset, Service
from crawler.browser.choice import RenderJob
from crawler.discovery.budget import Budget
from crawler.discovery.claim_jobs import leads_on
from crawler.discovery.crawl_account import CrawlAccount, Unfetched
from crawler.discovery.job_maker import CLAIMED, JobMaker
from crawler.discovery.second_visits import SecondVisits, interval
from crawler.discovery.soft_not_found import SoftNotFound
from crawler.jobs import ExchangeLimits, Job
from evidence.cpu_limit import unbroken
from web.listed_datasets import ListingReader
from web.urls import absolute, host, identity, split_fragment


class RequestSink(Protocol):
    """Where an agency's wishes go."""

    def submit(self, job: Job) -> None: ...
    def render(self, job: RenderJob) -> None: ...
    def probe(self, agency: str, host: str, port: int, *, full: bool, attempt: int, wait: float) -> None: ...
    def lookup(self, agency: str, host: str, *, attempt: int, wait: float) -> None: ...
    def sitemaps(self, origin: str) -> tuple[str, ...]: ...
    def monotonic(self) -> float: ...
    def held(self, host: str, when: float) -> float: ...


class AgencyState:
    """One agency. `open` counts what is asked for and not yet dealt with; at zero the visit is over.

    Whoever hands in an answer takes it from `open` once it was read, well or badly. Reading is interrupted at any place:
    what keeps the count, and what is asked for once, is `unbroken`.

    alone: nothing is visited but the claims, these addresses, and where they lead on; None for all of the portal.
    follows: what is asked for at all, where that is not everything. read_listing: as `CrawlContext` has it.
    """

    def __init__(
        self,
        agency: Agency,
        services: tuple[Service, ...],
        datasets: tuple[Dataset, ...],
        settings: CrawlSettings,
        limits: ExchangeLimits,
        out: RequestSink,
        *,
        renders: bool,
        alone: tuple[str, ...] | None = None,
        follows: Callable[[Job], bool] | None = None,
        read_listing: ListingReader | None = None,
    ) -> None:
        self.agency = agency
        self.services = services
        self.datasets = datasets
        self.settings = settings
        self.limits = limits
        self.out = out
        self.renders = renders
        self.alone = alone
        self.ledger = CrawlAccount()
        self.open = 0
        self.blocked = False
        home = host(agency.portal)
        self.budget = Budget(settings, out.monotonic(), lambda when: out.held(home, when))
        self.ledger.traps = self.budget.traps.cut
        self.hosts = own_hosts(agency)
        self.jobs = JobMaker(agency.id, self.hosts, settings, limits)
        self.met: dict[str, bool] = {}  # identities that were asked for: whether the first visit is over
        self.soft = SoftNotFound()
        self.again = SecondVisits(settings.retry_after)
        self.interval = interval(settings.retry_after)
        self._follows = follows
        self.read_listing = read_listing
        self.settled = 0  # claims that need no further visit
        claimed = (*(service.url for service in services), *(dataset.url for dataset in datasets))
        addresses = (absolute(url, "") for url in claimed if url)
        self._unsettled = Counter(identity(split_fragment(url)[0]) for url in addresses if url is not None)
        self._asked_again: set[tuple[str, int]] = set()
        self._first_seen: dict[str, float] = {}  # monotonic, of first visits less than `interval` ago
        self._early: defaultdict[str, list[Job]] = defaultdict(list)  # second visits, by what they wait for

    @unbroken
    def ask(self, job: Job) -> bool:
        """Send a job out, unless the same URL was asked for in the same attempt."""
        key = job.identity
        if self.alone is not None and not leads_on(job):
            return False
        if self._follows is not None and not self._follows(job):
            return False
        if job.attempt == 1:
            if key in self.met:
                return False
            self.met[key] = False
            self.ledger.forget(key)
        elif (key, job.attempt) in self._asked_again:
            return False
        else:
            self._asked_again.add((key, job.attempt))
        if job.attempt > 1 and not self.met.get(key, True):
            self.open += 1
            self._early[key].append(job)
        else:
            self.send(job)
        return True

    @unbroken
    def send(self, job: Job) -> None:
        self.open += 1
        self.out.submit(job)

    def again_now(self, job: Job) -> None:
        """Look once more at what a first visit left in doubt."""
        self.ask(self.again.job(job, self.out.monotonic(), 0.0, None))

    def was_asked_again(self, key: str, attempt: int) -> bool:
        return (key, attempt) in self._asked_again

    def settle(self, job: Job) -> None:
        """Claims at this job's address need no further visit."""
        if job.purpose in CLAIMED:
            self.settled += self._unsettled.pop(identity(job.root), 0)

    def admit(self, job: Job, now: float) -> Unfetched | None:
        """Asked when the job's turn has come: the reason not to fetch it after all."""
        if self.blocked and job.purpose not in ("claim", "dataset", "robots"):
            return "blocked_agency"
        refusal = self.budget.refuses(job, now)
        if refusal is None:
            self.budget.count(job)
        return refusal

    def give_up(self) -> None:
        """What was asked for and never came is not asked for any more."""
        for key, came in self.met.items():
            if not came:
                self.ledger.missed(key, key, "time_budget", page=True)

    def again_after_outage(self, job: Job) -> None:
        """The exchange failed by our own fault: the job goes out once more, as if it had not."""
        self.budget.give_back(job)
        self.out.submit(job)

    # what came

    def came(self, job: Job, ago: float) -> None:
        """An exchange was recorded; what follows from that whatever it says. ago: seconds since, when an earlier run had it."""
        if job.counts and job.attempt == 1:
            self.ledger.fetched += 1
        if job.attempt == 1:
            self._first_seen.setdefault(job.identity, self.out.monotonic() - ago)
            self.first_visit_is_over(job)

    @unbroken
    def first_visit_is_over(self, job: Job) -> None:
        """Let go what waited for it, such as the second visit of a chain that leads there."""
        if job.attempt > 1:
            return
        self.met[job.identity] = True
        for early in self._early.pop(job.identity, ()):
            early.not_before = self.apart(job.identity)
            self.out.submit(early)

    def apart(self, key: str) -> float:
        """When a second visit that is led to this address may go there, once its first is over."""
        wait = self.interval
        past = self.out.monotonic() - wait
        while self._first_seen:
            oldest = next(iter(self._first_seen))
            if self._first_seen[oldest] > past:
                break
            del self._first_seen[oldest]
        return self._first_seen.get(key, float("-inf")) + wait
