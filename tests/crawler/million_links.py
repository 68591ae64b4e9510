"""Meets very many links of one agency and prints what is resident after each number: `million_links.py 30000 1000000`.

Nothing is fetched: every link is seen, remembered, and waits in the frontier, which is the most that one can cost.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from claims.model import Agency, CrawlSettings
from crawler.browser.choice import RenderJob
from crawler.jobs import ExchangeLimits, Job
from crawler.politeness.frontier import Frontier
from crawler.spiders.visit import AgencyVisit
from web.document import Document

_KINDS = ("news", "services", "documents", "tenders")
_A_PAGE = 5_000
_HOME = "https://portal.agency-a.test/"


class Waiting:
    """An outlet that keeps every job waiting."""

    def __init__(self) -> None:
        self.frontier = Frontier(delay_of=lambda host: 1.0, per_host=2, admit=lambda job: True)

    def submit(self, job: Job) -> None:
        self.frontier.add(job)

    def render(self, job: RenderJob) -> None:
        raise AssertionError("nothing is rendered here")

    def probe(self, agency: str, host: str, port: int, *, full: bool, attempt: int, wait: float) -> None:
        """Nobody is probed."""

    def lookup(self, agency: str, host: str, *, attempt: int, wait: float) -> None:
        """Nobody is asked."""

    def sitemaps(self, origin: str) -> tuple[str, ...]:
        return ()

    def monotonic(self) -> float:
        return time.monotonic()

    def held(self, host: str, when: float) -> float:
        return 0.0


def resident() -> float:
    """MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main(numbers: list[int]) -> list[dict[str, float]]:
    out = Waiting()
    settings = replace(CrawlSettings(), max_pages=2 * max(numbers))
    visit = AgencyVisit(
        Agency("a", "A", "main", _HOME), (), (), settings, ExchangeLimits(), out, renders=False
    )
    visit.start()
    page = Job("a", f"{_HOME}x", "page", depth=1)
    found = []
    for start in range(0, max(numbers), _A_PAGE):
        title = "".join(
            chr(ord("a") + int(digit)) for digit in str(start)
        )  # a page that brings something new
        html = f"<title>{title}</title>" + "".join(
            f'<a href="/fa/{_KINDS[n % 4]}/{n // 1000}/item-{n}/details.html?lang=fa">x</a>'
            for n in range(start, start + _A_PAGE)
        )
        render = RenderJob(page, page.url, "", full_page=False)
        visit.rendered(render, Document(html.encode(), page.url, "text/html"), lost=False)
        if start + _A_PAGE in numbers:
            found.append({"waiting": out.frontier.queued, "resident": resident()})
    return found


if __name__ == "__main__":
    print(json.dumps(main([int(number) for number in sys.argv[1:]])))
