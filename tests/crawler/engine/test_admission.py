"""Who is let in: never more than the window holds, none onto a full disk, and what our own lateness spoils is repeated."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.engine.admission import (
    ACTIVE,
    AGENCY_BYTES,
    AT_ONCE,
    DISK_FLOOR,
    LAG_LIMIT,
    WRITING_LIMIT,
    Admission,
    ProcessLoad,
    admission,
)
from crawler.engine.exchange_recorder import ExchangeRecorder, RecorderHooks
from crawler.engine.loop_lag import LoopLag
from crawler.engine.progress import CrawlCounters
from crawler.fleet.shard_run import free_bytes
from crawler.jobs import ExchangeLimits, Job
from crawler.politeness.frontier import Frontier
from crawler.wire.exchange import Exchange
from evidence.kinds.http import HttpFacts
from evidence.store import EvidenceStore, EvidenceWriter

ROOMY = 1 << 50
GOOD = ProcessLoad(0.0, ROOMY, 0.0)
readings = st.builds(
    ProcessLoad, st.floats(0, 10), st.integers(0, DISK_FLOOR + 400 * AGENCY_BYTES), st.floats(0, 1)
)


@given(st.integers(0, ACTIVE), readings)
def test_never_more_than_the_window_and_the_disk_hold(active: int, read: ProcessLoad) -> None:
    admitted = admission(active, read)
    assert 0 <= admitted.count <= min(AT_ONCE, ACTIVE - active)
    if admitted.count:
        assert read.free >= DISK_FLOOR + (active + admitted.count) * AGENCY_BYTES
    elif active < ACTIVE:
        assert admitted.held is not None
    late = read.lag > LAG_LIMIT or read.writing > WRITING_LIMIT
    assert admitted.count <= (active == 0) or not late


def test_a_window_with_good_readings_is_open_until_it_is_full() -> None:
    assert admission(0, GOOD) == Admission(AT_ONCE)
    assert admission(ACTIVE - 7, GOOD) == Admission(7)
    assert admission(ACTIVE, GOOD) == admission(ACTIVE, ProcessLoad(9.0, 0, 1.0)) == Admission(0)


def test_the_gravest_reason_is_told() -> None:
    bad = ProcessLoad(LAG_LIMIT * 2, DISK_FLOOR, 1.0)
    assert admission(3, bad) == Admission(0, "disk")
    assert admission(3, ProcessLoad(bad.lag, ROOMY, bad.writing)) == Admission(0, "store")
    assert admission(3, ProcessLoad(bad.lag, ROOMY, WRITING_LIMIT)) == Admission(0, "lag")
    assert admission(3, ProcessLoad(LAG_LIMIT, ROOMY, WRITING_LIMIT)) == Admission(AT_ONCE)


def test_with_nobody_under_way_one_shows_whether_the_loop_is_still_late() -> None:
    for late in (ProcessLoad(9.0, ROOMY, 0.0), ProcessLoad(0.0, ROOMY, 1.0)):
        assert admission(0, late).count == 1
        assert admission(1, late).count == 0
    assert admission(0, ProcessLoad(0.0, DISK_FLOOR + AGENCY_BYTES - 1, 0.0)) == Admission(0, "disk")


def test_the_room_is_that_of_the_disk(tmp_path: Path) -> None:
    """Read between two looks at the disk, until nobody else has written there from the one to the other."""

    def free() -> int:
        disk = os.statvfs(tmp_path)
        return disk.f_bavail * disk.f_frsize

    looks = ((free(), free_bytes(tmp_path), free()) for _ in range(100_000))
    assert next(read == before for before, read, after in looks if before == after)


def test_the_store_tells_how_much_of_the_time_it_writes(tmp_path: Path) -> None:
    ticks = iter([100.0, 103.0, 105.0, 105.5, 106.0, 120.0])  # two batches, of 3 and of 0.5 s; two looks
    ids = itertools.count()
    writer = EvidenceWriter.open(
        tmp_path,
        vantage="v",
        now=lambda: dt.datetime(2025, 12, 1, tzinfo=dt.UTC),
        new_id=lambda: f"{next(ids):08}-0000-4000-8000-000000000000",
        plan={},
        clock=lambda: next(ticks),
    )
    for number in range(2):
        writer.add(
            kind="http",
            agency="a",
            url=f"http://a.test/{number}",
            purpose="page",
            attempt=1,
            time=dt.datetime(2025, 12, 1, tzinfo=dt.UTC),
            facts=HttpFacts("GET", None, "", (), "timeout"),
        )
        writer.commit()
    # of the first batch, what lies in the last five seconds: from 101 to 103
    assert writer.busy(5.0) == (2.0 + 0.5) / 5.0
    assert writer.busy(5.0) == 0.0
    writer.close()


def test_what_runs_first_after_a_standstill_knows_of_it() -> None:
    async def standing_still() -> list[float]:
        lag, loop, seen = LoopLag(), asyncio.get_running_loop(), list[float]()
        watching = asyncio.ensure_future(lag.watch())
        began = time.monotonic()
        await asyncio.sleep(0.02)
        loop.call_later(0.01, lambda: seen.append(lag.since(began)))
        loop.call_soon(time.sleep, 0.5)
        await asyncio.sleep(0.3)
        seen.append(lag.since(began))
        watching.cancel()
        return seen

    at_once, later = asyncio.run(standing_still())
    assert at_once > 0.3 and later > 0.3


def portals(kit: Any, delay: float) -> Any:
    """A crawl of four agencies, with a file that says how many bytes the disk takes."""
    sites = [
        kit.site(
            {"/": kit.answer("".join(f'<a href="/{n}">{n}</a>' for n in range(5)))},
            address=f"127.9.2.{n + 1}",
        )
        for n in range(4)
    ]
    for site in sites:
        site.fallback = lambda path, visit: kit.answer(
            f"<p>{' '.join(f'{word}{path[1:]}' for word in 'qrstvwxz')}"
        )
    crawl = kit.crawl(
        sites[0],
        agencies=[{"id": f"a{n}", "portal": f"http://a{n}.test/"} for n in range(4)],
        hosts={f"a{n}.test:80": site.target for n, site in enumerate(sites)},
        crawl={"delay": delay},
        room=str(kit.folder / "room"),
    )
    return crawl, sites


def allow(kit: Any, agencies: int) -> None:
    draft = kit.folder / "room.part"
    draft.write_text(str(DISK_FLOOR + agencies * AGENCY_BYTES))
    draft.replace(kit.folder / "room")


@pytest.mark.sockets
def test_a_disk_with_room_for_two_has_two_at_once(kit: Any) -> None:
    crawl, _ = portals(kit, 0.05)
    allow(kit, 2)
    outcome = crawl.run()
    assert outcome["state"] == "complete"
    assert outcome["most_active"] == 2 and "disk" in outcome["held_back"]  # and what a busy machine holds
    assert outcome["progress"]["done"] == 4 and outcome["progress"]["held_back"] is None


@pytest.mark.sockets
def test_the_window_opens_again_when_there_is_room(kit: Any) -> None:
    crawl, sites = portals(kit, 0.05)
    for site in sites:
        site.hold(after=2)
    allow(kit, 1)
    process = crawl.start()
    kit.wait_for(lambda: sites[0].holds)
    assert not any(site.asked for site in sites[1:])
    allow(kit, 4)
    kit.wait_for(lambda: all(site.holds for site in sites))
    for site in sites:
        site.go_on()
    outcome = crawl.finish(process)
    assert outcome["state"] == "complete"
    assert outcome["most_active"] == 4 and "disk" in outcome["held_back"]


@pytest.mark.sockets
def test_without_room_for_anybody_the_run_ends_and_the_next_goes_on(kit: Any) -> None:
    crawl, sites = portals(kit, 0.0)
    allow(kit, 0)
    outcome = crawl.run()
    assert outcome["state"] == "failed" and "WriteFailed: too little room" in outcome["detail"]
    assert not any(site.asked for site in sites)
    allow(kit, 4)
    assert crawl.run()["state"] == "complete"
    # all are over: nothing is written, and no room is needed for it
    allow(kit, 0)
    assert crawl.run()["state"] == "complete"


def then_says_nothing(connection: socket.socket) -> None:
    connection.recv(1)


@pytest.mark.sockets
def test_what_ends_while_our_loop_is_late_is_repeated_as_our_error(kit: Any) -> None:
    quiet = kit.answer("<p>here after all")

    asked = kit.folder / "asked"

    def silent_once(path: str, visit: int) -> Any:
        if path != "/slow" or visit > 1:
            return quiet
        asked.touch()
        return then_says_nothing

    site = kit.site({"/": kit.answer('<a href="/slow">slow</a>')})
    site.fallback = silent_once
    crawl = kit.crawl(site, limits={"idle": 2.0}, late={"once": str(asked), "seconds": 4.0})
    assert crawl.run()["state"] == "complete"
    seen = [(c.attempt, c.facts.failure, c.facts.status) for c in crawl.exchanges("/slow")]
    assert seen[:2] == [(1, "own_error", None), (1, None, 200)]
    assert {failure for _, failure, _ in seen[2:]} <= {None}
    assert crawl.exchanges("/slow")[0].facts.detail.startswith("ours, not the target's: timeout")


class Late:
    """Exchanges that end while our loop is late, written down."""

    def __init__(self, folder: Path, failure: Any) -> None:
        self.taken: list[HttpFacts] = []
        self.again: list[Job] = []
        self.frontier = Frontier(delay_of=lambda host: 0.0, per_host=1, admit=lambda job: True)
        self.lags: list[float] = []  # of the answers of controls to come
        self._failure, self._folder = failure, folder
        ids = itertools.count()
        self.writer = EvidenceWriter.open(
            folder,
            vantage="v",
            now=lambda: dt.datetime(2025, 12, 1, tzinfo=dt.UTC),
            new_id=lambda: f"{next(ids):08}-0000-4000-8000-000000000000",
            plan={},
        )
        self.exchanges = ExchangeRecorder(
            writer=self.writer,
            frontier=self.frontier,
            counters=CrawlCounters(),
            now=lambda: dt.datetime(2025, 12, 1, tzinfo=dt.UTC),
            max_body=1,
            controls=("http://control.test/",),
            control_timeout=0.0,
            hooks=RecorderHooks(
                take=lambda job, capture, body, release: self.taken.append(capture.facts),  # type: ignore[arg-type]
                again=self.again.append,
                fetch=self._control,
                pause=lambda silent: None,
                at_rest=lambda: False,
                stopped=lambda: False,
            ),
        )

    def exchange(self, job: Job, lag: float) -> Exchange:
        exchange = Exchange(job, ExchangeLimits(), lambda job: None)
        exchange.fail(self._failure, "as it was")
        exchange.worst_lag = lag
        return exchange

    async def _control(self, job: Job) -> Exchange:
        return self.exchange(job, self.lags.pop(0))

    def told(self) -> list[str | None]:
        """Failures of the controls, as they are kept."""
        self.writer.close()
        with EvidenceStore.open(self._folder) as store:
            return [c.facts.failure for c in store.captures(kind="http") if isinstance(c.facts, HttpFacts)]


@pytest.mark.parametrize("failure", ["timeout", "reset", "tls"])
def test_a_loop_that_stays_late_repeats_nothing_for_ever(tmp_path: Path, failure: Any) -> None:
    late = Late(tmp_path, failure)
    job = Job("a", "http://a.test/", "page")

    def fails(lag: float) -> None:
        late.frontier.add(job)
        assert late.frontier.next_job(time.monotonic()) is job
        late.exchanges.arrived(job, late.exchange(job, lag))

    for times in range(1, 6):
        fails(2.1)
        assert (len(late.again), len(late.taken)) == (times, 0)
        assert not late.frontier.slot("a.test").slowed, "the host is not to blame for it"
    fails(2.1)
    assert len(late.again) == 5
    assert [(facts.failure, facts.detail) for facts in late.taken] == [
        ("own_error", f"ours, not the target's: {failure} as it was")
    ]
    fails(2.0)
    assert len(late.again) == 5 and late.exchanges.controls.holding == 1
    late.writer.close()


@pytest.mark.parametrize("failure", ["timeout", "reset", "tls"])
def test_a_control_is_not_silent_because_our_loop_is_late(tmp_path: Path, failure: Any) -> None:
    late = Late(tmp_path, failure)
    late.lags = [9.0, 2.1, 0.5]
    assert asyncio.run(late.exchanges.controls.ask()) is False
    assert late.told() == ["own_error", "own_error", failure]


def test_a_control_is_asked_by_a_late_loop_six_times(tmp_path: Path) -> None:
    late = Late(tmp_path, "timeout")
    late.lags = [9.0] * 6
    assert asyncio.run(late.exchanges.controls.ask()) is False
    assert late.told() == ["own_error"] * 5 + ["timeout"]
