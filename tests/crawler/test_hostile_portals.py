"""Portals that answer with anything: the crawl ends, and what it kept is sealed, judged and verified."""

from __future__ import annotations

import datetime as dt
import random
import signal
from collections import Counter
from typing import Any

import pytest

from checks.engine import run_checks
from claims.model import Agency, CrawlSettings, Dataset, NetworkSettings, Round, Service, Settings
from evidence.store import EvidenceStore
from evidence.verify.folder import verify
from tests.crawler.conftest import Kit
from tests.crawler.hostile_portals import Portals
from tests.depth import seed_of_the_day, tries

pytestmark = pytest.mark.sockets

PORTALS, PAGES = tries(6, 50), tries(12, 40)
SEED = seed_of_the_day(1404)


def country(kit: Kit, seed: int, portals: int = PORTALS, pages: int = PAGES) -> Any:
    hosts, drawn = {}, Portals(seed, pages)
    for n in range(portals):
        site = kit.site({}, address=f"127.8.0.{n + 1}")
        del site.answers["/robots.txt"]
        site.fallback = drawn.fallback(f"p{n}.test")
        hosts[f"p{n}.test:80"] = site.target
    return kit.crawl(
        kit.sites[0],
        agencies=[
            {"id": f"p{n}", "portal": f"http://p{n}.test/", "catalogue": f"http://p{n}.test/p9"}
            for n in range(portals)
        ],
        services=[
            {"agency": f"p{n}", "url": f"http://p{n}.test/p{k}"} for n in range(portals) for k in (1, 2)
        ],
        datasets=[
            {"agency": f"p{n}", "url": f"http://p{n}.test/p{k}"} for n in range(portals) for k in (3, 4)
        ],
        hosts=hosts,
        crawl={"delay": 0.0, "retry_after": 0.1, "render": "never", "max_pages": pages * 10},
    )


def test_the_crawl_ends_and_what_it_kept_can_be_judged(kit: Kit) -> None:
    crawl = country(kit, SEED)
    told = crawl.run(timeout=900)
    assert (told["state"], told["detail"]) == ("complete", ""), f"seed {SEED}"
    asked = {
        (asked.host, asked.path) for site in kit.sites for asked in site.asked if asked.path.startswith("/p")
    }
    assert len(asked) > PORTALS * PAGES / 2
    assert verify(crawl.folder / "evidence") == [], f"seed {SEED}"
    agencies = tuple(
        Agency(f"p{n}", "x", "main", f"http://p{n}.test/", catalogue=f"http://p{n}.test/p9")
        for n in range(PORTALS)
    )
    round = Round(
        crawl.folder,
        Settings(
            "t", crawl=CrawlSettings(delay=0.0, retry_after=0.1), network=NetworkSettings(allow_private=True)
        ),
        agencies,
        tuple(Service(a.id, f"s{k}", "خدمت", True, f"{a.portal}p{k}") for a in agencies for k in (1, 2)),
        tuple(Dataset(a.id, f"d{k}", "داده", f"{a.portal}p{k}") for a in agencies for k in (3, 4)),
    )
    with EvidenceStore.open(crawl.folder / "evidence") as store:
        found = run_checks(round, store, as_of=dt.datetime.now(dt.UTC))
    raised = {(f.agency, f.check, f.observed["exception"]) for f in found if "exception" in f.observed}
    assert raised == set(), f"seed {SEED}"
    assert {f.agency for f in found} == {a.id for a in agencies}
    assert max(Counter(f.agency for f in found).values()) < 5_000


@pytest.mark.thorough
@pytest.mark.parametrize("moment", range(tries(2, 12)))
def test_a_signal_ends_it_at_any_moment(kit: Kit, moment: int) -> None:
    crawl = country(kit, SEED + moment, tries(3, 10), tries(6, 20))
    process = crawl.start()
    after = random.Random(f"{SEED}:{moment}").randrange(1, tries(20, 200))
    kit.wait_for(lambda: sum(len(site.asked) for site in kit.sites) >= after or process.poll() is not None)
    process.send_signal(signal.SIGTERM)
    assert crawl.finish(process)["state"] in ("interrupted", "complete")
    assert crawl.run(timeout=300)["state"] == "complete", f"seed {SEED + moment}"
    assert verify(crawl.folder / "evidence") == [], f"seed {SEED + moment}"
