"""Runs one crawl and prints its outcome as JSON; with `--serve`, one in each process that it forks (fork_server.py)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import faulthandler
import json
import re
import resource
import signal
import sys
import threading
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.http import Response

import crawler.fleet.shard_run
from checks.datasets.catalogues.listing import listing_of
from claims.model import Agency, CrawlSettings, Dataset, NetworkSettings, Round, Service, Settings
from crawler.browser import renderer as browser
from crawler.browser.limits import PageLimits
from crawler.crawl import Parallelism, crawl
from crawler.crawl_context import CrawlContext
from crawler.engine import agency_visits as agencies_of
from crawler.engine.progress import Progress
from crawler.fleet import shard_process
from crawler.fleet.one_shard import crawl_shard
from crawler.jobs import ExchangeLimits
from crawler.politeness import address_locks, controls, permits
from crawler.retest import Retest
from crawler.spiders import visit
from crawler.transport import handlers
from evidence.signing.keys import load_or_create
from evidence.store import lease, writer
from tests.fork_server import orders, to_its_end
from web.document import looks_like_html


def clock(begin: str, rate: float) -> Callable[[], dt.datetime]:
    """A clock on the wall that begins at a given time and goes faster than ours."""
    began, first = time.monotonic(), dt.datetime.fromisoformat(begin)
    return lambda: first + dt.timedelta(seconds=(time.monotonic() - began) * rate)


def wall() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def random_id() -> str:
    return str(uuid.uuid4())


def _elsewhere(name: str) -> None:
    """As if on a machine of that name, which is given up soon when it is silent."""
    lease._machine = lambda: name
    lease.TTL, address_locks._ASK = 3.0, 0.5
    writer.HEARTBEAT = 0.5  # type: ignore[attr-defined]  # the writer's own name for the lease's


def _spins(word: str, told: str) -> None:
    """Reading of a page with this word takes hours, as if a rule of ours were not linear. told: a file that says so."""

    def slow(body: bytes, content_type: str | None) -> bool:
        if word.encode() in body:
            Path(told).touch()
            re.match("(a+)+b", "a" * 50)
        return looks_like_html(body, content_type)

    setattr(visit, "looks_like_html", slow)  # noqa: B010 - its own name for it


async def _raises(handler: object, request: Request) -> Response:
    raise ValueError("no answer of a handler")


def _peak_mb() -> int:
    """Of this program alone: `ru_maxrss` starts with that of the process which started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def main(options: dict[str, Any]) -> None:
    faulthandler.register(signal.SIGUSR1)  # where it hangs
    folder = Path(options["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    network = NetworkSettings(
        allow_private=options.get("allow_private", True),
        hosts=options["hosts"],
        controls=tuple(options.get("controls", ())),
        resolvers=tuple(options.get("resolvers", ())),  # nobody, where a test names none
    )
    settings = Settings("test", crawl=CrawlSettings(**options["crawl"]), network=network)
    agencies = tuple(
        Agency(name=a["id"], kind="main", **{**a, "hosts": tuple(a.get("hosts", ()))})
        for a in options["agencies"]
    )
    services = tuple(
        Service(
            agency=s.get("agency", "a"),
            id=f"s{n}",
            title=s.get("title", "خدمت"),
            electronic=True,
            url=s["url"],
            window=tuple(s.get("window", ())),
        )
        for n, s in enumerate(options.get("services", ()))
    )
    datasets = tuple(
        Dataset(agency=d.get("agency", "a"), id=f"d{n}", title="داده", url=d["url"])
        for n, d in enumerate(options.get("datasets", ()))
    )
    if "disk" in options:  # a write past this size fails, as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (options["disk"], options["disk"]))
    if "more_memory" in options:  # than it has by now
        had = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (had + options["more_memory"],) * 2)
    stop = threading.Event()
    stopping = threading.Timer(options.get("stop_after", 0.0), stop.set)
    if "stop_after" in options and "stop_from" not in options:
        stopping.start()
    seen: list[Progress] = []

    if "room" in options:  # a file that says how many bytes the disk takes
        crawler.fleet.shard_run.free_bytes = lambda folder: int(Path(options["room"]).read_text())
    if "spins" in options:
        _spins(**options["spins"])
    agencies_of._READING = options.get("reading", agencies_of._READING)
    late = [options["late"]] if "late" in options else []

    def told(moment: Progress) -> None:
        seen.append(moment)
        if late and Path(late[0]["once"]).exists():
            time.sleep(late.pop()["seconds"])  # on the loop, which is late by it
        if getattr(moment, options.get("stop_from", ""), False) and not stopping.ident:
            stopping.start()  # stop_from: what the progress has to show first, however slow the machine is

    if "page_limits" in options:
        setattr(browser, "PageLimits", partial(PageLimits, **options["page_limits"]))  # noqa: B010
    if "raises" in options:
        setattr(getattr(handlers, options["raises"]), "download_request", _raises)  # noqa: B010
    if "machine" in options:
        _elsewhere(options["machine"])
    controls.AGAIN, controls.SPACING = options.get("controls_every", (controls.AGAIN, controls.SPACING))
    shard_process.SILENT = options.get("silent", shard_process.SILENT)
    permits.ALONE_DELAYS = options.get("alone_delays", permits.ALONE_DELAYS)
    round = Round(folder, settings, agencies, services, datasets)
    if "shard" in options:
        shard, count = options["shard"]
        alone = crawl_shard(
            round,
            folder / "evidence",
            shard,
            count,
            CrawlContext(wall, random_id, control_timeout=5.0),
            agencies=None,
            progress=told,
            stop=stop,
        )
        print(json.dumps({"state": alone.state, "detail": alone.detail}))
        return
    outcome = crawl(
        round,
        folder / "evidence",
        CrawlContext(
            now=clock(**options["clock"]) if "clock" in options else wall,
            new_id=random_id,
            browser=Path(options["browser"]) if options.get("browser") else None,
            limits=ExchangeLimits(**options.get("limits", {})),
            control_timeout=options.get("control_timeout", 5.0),
            sandbox="off",
            read_listing=listing_of if options.get("listed") else None,
        ),
        agencies=frozenset(options["only"]) if "only" in options else None,
        progress=told,
        signer=load_or_create(Path(options.get("key", folder / "signer.key"))),
        stop=stop,
        retest=Retest.from_json(options["retest"]) if "retest" in options else None,
        parallelism=Parallelism(options.get("lanes", 1), options.get("shards")),
    )
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                **dataclasses.asdict(outcome),
                "paused": any(moment.paused for moment in seen),
                "most_active": max((moment.active for moment in seen), default=0),
                "held_back": sorted({moment.held_back for moment in seen if moment.held_back}),
                "opens": next((str(moment.opens) for moment in seen if moment.opens), None),
                "full": max((moment.full for moment in seen), default=0),
                "progress": dataclasses.asdict(seen[-1]) if seen else None,
                "memory_mb": _peak_mb(),
                "cpu_s": usage.ru_utime + usage.ru_stime,
                "at": time.monotonic(),
            },
            default=str,
        )
    )


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        options = orders(*map(int, sys.argv[2:]))
        to_its_end(lambda: main(options))
    else:
        main(json.loads(sys.argv[1]))
