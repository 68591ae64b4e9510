"""What the visit of one agency may take: pages, seconds, and of patterns without end no more than their share."""

from __future__ import annotations

from collections.abc import Callable

from claims.model import CrawlSettings
from crawler.discovery.crawl_account import Unfetched
from crawler.discovery.job_maker import CLAIMED
from crawler.discovery.traps import TrapGuard
from crawler.discovery.url_variants import UrlVariants
from crawler.jobs import RANK_SUSPECT, Job

# Of all datasets of an agency that are listed and not claimed: twice 500 of 4 MB.
MOST_LISTED_BYTES = 4 << 30


class Budget:
    """Per agency. held: seconds until a monotonic time in which its home host could not be asked for reasons of
    politeness; they cost nothing, as outages of ours do. What an agency claims is never refused here.
    """

    def __init__(self, settings: CrawlSettings, started: float, held: Callable[[float], float]) -> None:
        self.traps = TrapGuard(settings.max_pages)
        self.variants = UrlVariants()
        self._settings = settings
        self._started = started
        self._held = held
        self._paused = 0.0
        self._taken = 0
        self._listed_bytes = 0

    def refuses(self, job: Job, now: float) -> Unfetched | None:
        """Asked when the job's turn has come: the reason not to fetch it after all."""
        claimed = job.purpose in CLAIMED
        if self.is_over(now) and not claimed and job.purpose != "robots":
            return "time_budget"
        if job.purpose == "listed" and self._listed_bytes > MOST_LISTED_BYTES:
            return "max_pages"
        if not (job.counts and job.attempt == 1):
            return None
        suspect = job.rank == RANK_SUSPECT
        if not (claimed or job.entry):
            if self.variants.known(job.identity):
                return "duplicate"
            if not job.front and not self.traps.allows(
                job.url, self._taken, suspect=suspect, led_to=job.led_to
            ):
                return "trap"
        if not claimed and self._taken >= self._settings.max_pages:
            return "trap" if suspect else "max_pages"
        return None

    def is_over(self, now: float) -> bool:
        """Whether the agency has had its seconds."""
        return now - self._started - self._paused - self._held(now) > self._settings.time_budget

    def count(self, job: Job) -> None:
        """A job is handed out, or answered from an earlier run: it takes its page."""
        if job.counts and job.attempt == 1:
            self._taken += 1
            self.traps.taken(job.url, job.led_to)
            self.variants.asked(job.identity)

    def came(self, job: Job, size: int) -> None:
        """So many bytes were sent."""
        if job.purpose == "listed":
            self._listed_bytes += size

    def give_back(self, job: Job) -> None:
        """The page was not had, by our own fault."""
        if job.counts and job.attempt == 1:
            self._taken -= 1

    def stood_still(self, began: float, ended: float) -> None:
        """Nothing could be fetched for reasons of ours; that costs no time."""
        began = max(began, self._started)
        held = self._held(ended) - self._held(began)
        self._paused += max(0.0, ended - began - held)
