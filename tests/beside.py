"""What hostile portals cost a portal beside them: the figure "beside hostile portals" of docs/security.md.

    python -m tests.beside [--turns 3] [--dry]

A portal of forty pages is crawled alone and beside fifty portals whose every answer is mutated, in turns. Its time is that
between its first request and the one that brings its last page, as the kernel received them; the crawl is ended then.
Takes some five minutes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from fixtures.benchmarks.figures import Figures, taken_on
from tests.crawler.conftest import Kit
from tests.crawler.hostile_portals import Portals

FIGURES = Figures("beside hostile portals", Path("docs/security.md"))
PORTALS, ANSWERS, PAGES, DELAY = 50, 40, 40, 0.5


def seconds(folder: Path, seed: int, *, beside: bool) -> float:
    kit = Kit(folder)
    names = [f"{first}{second}" for first in "abcdefgh" for second in "klmno"][:PAGES]
    links = "".join(f"<li><a href='/{name}'>page {name}</a>" for name in names)
    good = kit.site({"/": kit.answer(f"<ul>{links}</ul>")}, address="127.8.1.1")
    good.fallback = lambda path, visit: kit.answer(
        f"<h1>{path}</h1>" + f"<p>{path[1:] * 3} is told of here</p>" * 200
    )
    hosts = {"good.test:80": good.target}
    drawn = Portals(seed, ANSWERS)
    for n in range(PORTALS if beside else 0):
        site = kit.site({}, address=f"127.8.2.{n + 1}")
        del site.answers["/robots.txt"]
        site.fallback = drawn.fallback(f"p{n}.test")
        hosts[f"p{n}.test:80"] = site.target
    portals = [name.partition(":")[0] for name in hosts]
    crawl = kit.crawl(
        good,
        agencies=[{"id": name.partition(".")[0], "portal": f"http://{name}/"} for name in portals],
        hosts=hosts,
        crawl={"delay": DELAY, "retry_after": 0.1, "render": "never", "max_pages": 2 * ANSWERS},
    )
    running = crawl.start()
    wanted = {f"/{name}" for name in names}
    ends = time.monotonic() + 600
    while not wanted <= {asked.path for asked in good.asked}:
        if running.poll() is not None or time.monotonic() > ends:
            raise SystemExit(f"the crawl ended before its last page: {running.communicate(1)}")
        time.sleep(0.05)
    running.kill()
    first: dict[str, float] = {}
    for asked in good.asked:
        first.setdefault(asked.path, asked.arrived)
    for site in kit.sites:
        site.close()
    return max(first[path] for path in wanted) - min(first.values())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.beside", description=__doc__)
    parser.add_argument("--turns", type=int, default=3)
    FIGURES.dry_option(parser)
    given = parser.parse_args()
    load = os.getloadavg()[0]
    alone: list[float] = []
    beside: list[float] = []
    for turn in range(given.turns):
        for times, with_them in ((alone, False), (beside, True)):
            print(
                f"turn {turn + 1} of {given.turns}, {'beside them' if with_them else 'alone'} …",
                file=sys.stderr,
            )
            with tempfile.TemporaryDirectory(prefix="govah-beside-") as folder:
                times.append(seconds(Path(folder), turn, beside=with_them))
    ratio = statistics.median(beside) / statistics.median(alone)
    block = [
        f"{taken_on(load)} `python -m tests.beside`:",
        f"a portal of {PAGES} pages, {DELAY} s between requests, takes {statistics.median(alone):.1f} s alone and "
        f"{statistics.median(beside):.1f} s beside {PORTALS} portals that give {PORTALS * ANSWERS:,} mutated answers,",
        f"{abs(ratio - 1):.1%} {'more' if ratio >= 1 else 'less'} (medians of {given.turns} turns; bound: 10 % more).",
    ]
    FIGURES.tell(block, dry=given.dry)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
