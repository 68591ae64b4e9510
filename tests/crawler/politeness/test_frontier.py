"""Order and politeness of the frontier, by a clock that the test moves; and one address with real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from claims.model import CrawlSettings, NetworkSettings
from crawler.browser.choice import RenderJob
from crawler.jobs import ExchangeLimits, Job
from crawler.politeness.addresses import KnownAddresses, exempt_networks
from crawler.politeness.controls import Controls
from crawler.politeness.frontier import PLACES, Frontier
from crawler.politeness.host_slot import MAX_RETRY_AFTER, HostSlot, Permit
from crawler.politeness.pause_state import PauseState
from crawler.politeness.permits import permits_of
from crawler.politeness.policy import AddressPolicy
from crawler.politeness.robots import Robots, parsed
from crawler.politeness.wake_timer import WakeTimer
from crawler.politeness.working_hours import WorkingHours
from crawler.transport.browser_pages import BrowserPages
from crawler.wire.fetcher import Fetcher, FetcherContext
from evidence.kinds.http import HttpFacts
from web.http_dates import retry_after_seconds

SHARED = "198.51.100.7"


@dataclass
class World:
    """A frontier, and a clock that stands still until `until` moves it."""

    per_host: int = 2
    delay: float = 1.0
    per_day: int = 0
    now: float = 1_000.0
    sent: list[tuple[float, Job]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.frontier = Frontier(
            delay_of=lambda host: self.delay,
            per_host=self.per_host,
            per_day=self.per_day,
            admit=lambda job: True,
            addresses=KnownAddresses(8 * self.per_host, exempt_networks()),
            clock=lambda: self.now,
        )

    def add(self, host: str, *paths: str, agency: str = "a", rank: int = 5, depth: int = 1) -> None:
        for path in paths:
            self.frontier.add(Job(agency, f"http://{host}{path}", "page", rank, depth))

    def send(self, address: str | None = None) -> list[Job]:
        """Everything that may go now goes, and is written."""
        gone: list[Job] = []
        while (job := self.frontier.next_job(self.now)) is not None:
            if address is None or self.frontier.reached(job, address):
                self.frontier.written(job)
                gone.append(job)
        self.sent += [(self.now, job) for job in gone]
        return gone

    def answer(self, *jobs: Job, status: int | None = 200) -> None:
        for job in jobs:
            self.over(job, status)

    def over(self, job: Job, status: int | None, timed_out: bool = False, wait: float | None = None) -> None:
        self.frontier.answered(job, status, timed_out, wait)
        self.frontier.release(job)

    def run(self, seconds: float, address: str | None = None, step: float = 0.25) -> list[str]:
        """Answers at once, for so long; the paths in order."""
        began = len(self.sent)
        until = self.now + seconds
        while self.now < until:
            self.answer(*self.send(address))
            self.now += step
        return [job.url.partition(job.host)[2] for _, job in self.sent[began:]]


def hosts(count: int) -> list[str]:
    return [f"h{n}.test" for n in range(count)]


# an address


def test_an_address_gets_eight_times_per_host_from_all_its_hosts() -> None:
    world = World()
    for host in hosts(40):
        world.add(host, "/1", "/2")
    first = world.send(SHARED)
    assert len(first) == 16
    assert world.send(SHARED) == []
    assert world.frontier.in_flight == 16
    assert world.frontier.queued == 64
    world.answer(*first[:3])
    assert world.send(SHARED) == []
    world.now += 1.0
    assert [job.host for job in world.send(SHARED)] == hosts(40)[16:19]


def test_six_hundred_names_ask_an_address_no_faster_than_eight_hosts_may() -> None:
    world = World(per_host=1)
    for host in hosts(600):
        world.add(host, *(f"/{n}" for n in range(20)))
    world.run(10.0, SHARED)
    times = [when for when, _ in world.sent]
    assert len(times) == 80
    assert max(sum(1 for other in times if when <= other < when + 1.0) for when in times) == 8


def test_a_host_that_asks_for_distance_holds_up_no_neighbour() -> None:
    world = World(per_host=1)
    for host in hosts(8):
        world.frontier.slot(host).slow(30.0)
        world.add(host, "/1", "/2")
    world.answer(*world.send(SHARED))
    world.add("neighbour.test", "/1", "/2", "/3")
    world.now += 1.0
    world.run(3.0, SHARED)
    assert [job.host for _, job in world.sent[8:]] == ["neighbour.test"] * 3


def test_first_come_first_served_and_nobody_starves() -> None:
    world = World(per_host=1)
    for host in hosts(30):
        world.add(host, *(f"/{n}" for n in range(200)))
    under_way: list[Job] = []
    served: list[str] = []
    for _ in range(400):
        under_way += world.send(SHARED)
        assert len(under_way) <= 8
        served += [under_way[0].host]
        world.answer(under_way.pop(0))
        world.now += 1.0
    counts = Counter(served)
    assert set(counts) == set(hosts(30))
    assert max(counts.values()) - min(counts.values()) <= 1


def test_a_called_host_that_has_nothing_to_send_gives_its_seat_to_the_next() -> None:
    world = World(per_host=1)
    for host in hosts(11):
        world.add(host, "/")
    first = world.send(SHARED)
    assert len(first) == 8
    slots = world.frontier.slots
    slots["h8.test"].taken_back.clear()
    slots["h9.test"].next_at = world.now + 5.0
    world.frontier.queued -= 1
    world.now += 1.0
    world.answer(first[0])
    assert [job.host for job in world.send(SHARED)] == ["h10.test"]
    world.answer(first[1])
    world.now += 5.0
    assert [job.host for job in world.send(SHARED)] == ["h9.test"]


def test_waiting_for_the_address_is_not_the_agencys_time() -> None:
    world = World(per_host=1, delay=0.0)
    for host in hosts(9):
        world.add(host, "/")
    first = world.send(SHARED)
    assert world.send(SHARED) == []
    world.now += 7.0
    slot = world.frontier.slots["h8.test"]
    assert slot.held(world.now) == 7.0
    world.answer(first[0])
    world.send(SHARED)
    world.now += 5.0
    assert slot.held(world.now) == 7.0
    assert world.frontier.slots["h0.test"].held(world.now) == 0.0


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "104.16.1.1", "185.143.233.9", "2606:4700::1"])  # fmt: skip
def test_loopback_and_networks_of_delivery_have_no_limit(address: str) -> None:
    world = World(per_host=1)
    for host in hosts(60):
        world.add(host, "/")
    assert len(world.send(address)) == 60


def test_a_round_adds_networks_of_delivery() -> None:
    addresses = KnownAddresses(4, exempt_networks(("198.51.100.0/25",)))
    assert addresses.of("198.51.100.7") is None
    assert addresses.of("198.51.100.200") is not None
    assert addresses.of("104.16.1.1") is None


def test_an_address_is_one_whatever_way_it_is_written() -> None:
    addresses = KnownAddresses(4, exempt_networks())
    assert addresses.of(SHARED) is addresses.of(SHARED) is not None
    assert addresses.of(SHARED) is not addresses.of("198.51.100.8")


@pytest.mark.sockets
def test_an_address_with_real_sockets() -> None:
    """Forty hosts at one address, none of them exempt: the server never sees more than eight connections busy."""
    import socket

    busy, most, lock = 0, 0, threading.Lock()
    eight, begun = threading.Barrier(8), itertools.count()
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)

    def serve(connection: socket.socket) -> None:
        nonlocal busy, most
        with connection:
            connection.recv(65536)
            with lock:
                busy += 1
                most = max(most, busy)
            if next(begun) < 8:  # however busy the machine is: the first eight wait for each other
                with contextlib.suppress(threading.BrokenBarrierError):
                    eight.wait(30)
            time.sleep(0.02)
            with lock:
                busy -= 1
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    names = {name: f"127.0.0.1:{listener.getsockname()[1]}" for name in hosts(40)}

    async def crawl() -> list[int]:
        frontier = Frontier(
            delay_of=lambda host: 0.0, per_host=1, admit=lambda job: True, addresses=KnownAddresses(8, ())
        )
        policy = AddressPolicy(NetworkSettings(allow_private=True, hosts=names))
        fetcher = Fetcher(
            FetcherContext(
                ExchangeLimits(), policy, 1, b"test", frontier.written, lambda since: 0.0, frontier.reached, frontier.again
            )
        )  # fmt: skip
        statuses: list[int] = []
        done = asyncio.Event()

        def arrived(job: Job, exchange: Any) -> None:
            facts = exchange.facts(None)
            statuses.append(facts.status)
            frontier.answered(job, facts.status, False, None)
            frontier.release(job)
            frontier.wake(0.0)
            if len(statuses) == 120:
                done.set()

        def hand_out() -> None:
            while (job := frontier.next_job(time.monotonic())) is not None:
                fetcher.start(job, arrived)

        frontier.wake = WakeTimer(asyncio.get_running_loop(), hand_out)
        for host in names:
            for n in range(3):
                frontier.add(Job("a", f"http://{host}/{n}", "page"))
        async with asyncio.timeout(60):
            await done.wait()
        fetcher.close()
        return statuses

    statuses = asyncio.run(crawl())
    listener.close()
    assert statuses == [200] * 120
    assert most == 8


# fairness and order


def test_an_agency_of_a_hundred_thousand_pages_does_not_starve_one_of_ten_on_the_same_host() -> None:
    world = World(delay=1.0)
    world.add("shared.test", *(f"/big/{n}" for n in range(100_000)), agency="big")
    world.add("shared.test", *(f"/small/{n}" for n in range(10)), agency="small", depth=4)
    sent = world.run(30.0)
    last = max(n for n, path in enumerate(sent) if path.startswith("/small"))
    assert last <= 21  # every second time


def test_an_agency_of_many_hosts_does_not_starve_one() -> None:
    world = World()
    for host in hosts(300):
        world.add(host, *(f"/{n}" for n in range(50)), agency="big")
    world.add("small.test", *(f"/small/{n}" for n in range(10)), agency="small")
    sent = world.run(12.0)
    assert sum(path.startswith("/small") for path in sent) == 10


def test_an_agency_of_dead_hosts_leaves_room_for_others() -> None:
    world = World()
    for host in hosts(300):
        world.add(host, "/", agency="big")
    dead = world.send()
    assert len(dead) == 64
    world.add("small.test", "/small", agency="small")
    assert [job.agency for job in world.send()] == ["small"]
    world.answer(*dead[:10], status=None)
    assert len(world.send()) == 10
    for _ in range(40):
        world.answer(*dead[10:], status=None)
        dead = [*dead[:10], *world.send()]
    assert len({job.host for _, job in world.sent}) == 301


def test_a_dozen_agencies_of_dead_hosts_leave_room_for_others() -> None:
    world = World()
    for agency in range(12):
        for host in hosts(64):
            world.add(f"{agency}.{host}", "/", agency=f"dead{agency}")
    dead = world.send()
    assert len(dead) < PLACES
    world.add("small.test", *(f"/{n}" for n in range(9)), agency="small")
    world.add("large.test", *(f"/{n}" for n in range(9)), agency="large")
    world.run(10.0)
    counts = Counter(job.agency for _, job in world.sent)
    assert (counts["small"], counts["large"]) == (9, 9)
    while dead:
        world.answer(*dead, status=None)
        dead = world.send()
    assert len(world.sent) == 12 * 64 + 18


def test_parked_hosts_whose_jobs_are_refused_hold_up_nothing() -> None:
    world = World()
    for host in hosts(300):
        world.add(host, "/", agency="big")
    under_way = world.send()
    world.frontier.admit = lambda job: False  # a wall, say
    for job in under_way:
        world.answer(job)
        world.send()
    assert (world.frontier.queued, world.frontier.in_flight) == (0, 0)


def test_within_an_agency_by_rank_and_depth_then_as_they_came() -> None:
    world = World(delay=1.0)
    for path, rank, depth in (("/p2", 5, 2), ("/p1", 5, 1), ("/map", 4, 1), ("/q1", 5, 1), ("/claim", 1, 1),
                              ("/cat", 3, 1), ("/home", 0, 0), ("/desk", 2, 1), ("/robots.txt", -1, 0)):  # fmt: skip
        world.add("a.test", path, rank=rank, depth=depth)
    assert world.run(10.0) == [
        "/robots.txt", "/home", "/claim", "/desk", "/cat", "/map", "/p1", "/q1", "/p2",
    ]  # fmt: skip


# what one portal does to the hosts of another


def test_dead_hosts_of_one_agency_hold_up_no_host_where_others_wait_too() -> None:
    world = World(delay=0.0)
    for host in hosts(300):
        world.add(host, "/", agency="evil")
    world.add("good.test", "/linked", agency="evil")
    dead = world.send()
    assert len(dead) == 64
    world.add("good.test", *(f"/{n}" for n in range(50)), agency="good")
    assert len(world.run(30.0)) == 50
    world.add("good.test", "/late", agency="good")
    assert world.run(1.0) == ["/late"]
    world.answer(*dead, status=None)
    assert "/linked" in world.run(60.0)


def test_a_turn_at_a_host_where_only_a_full_agency_waits() -> None:
    world = World(delay=0.0)
    for host in [*hosts(64), "good.test"]:
        world.add(host, "/", agency="evil")
    assert len(world.send()) == 64
    begun: list[str] = []
    world.frontier.ask_permit(Permit("good.test", lambda: begun.append("permit")))
    assert (world.send(), begun) == ([], ["permit"])


def test_a_robots_job_of_a_full_agency_goes_in_the_name_of_another_that_waits_for_it() -> None:
    world = World(delay=0.0)
    for host in [*hosts(64)]:
        world.add(host, "/", agency="evil")
    dead = world.send()
    robots = Robots(
        obey=True,
        fetch=world.frontier.add,
        go=world.frontier.add,
        refuse=lambda job: None,
        slow=lambda host, delay: None,
        joined=world.frontier.look_again,
    )
    world.frontier.wanted_by = robots.wanted_by
    robots.submit(Job("evil", "http://good.test/linked", "link"))
    assert world.send() == []
    robots.submit(Job("good", "http://good.test/page", "page"))
    (file,) = world.send()
    assert (file.url, file.agency) == ("http://good.test/robots.txt", "good")
    robots.learned(file, HttpFacts("GET", 404, "", (), None), None)
    world.answer(file)
    assert [job.url for job in world.send()] == ["http://good.test/page"]
    assert len(dead) == 64


@pytest.mark.parametrize(("status", "timed_out"), [(503, False), (429, False), (None, True)])
def test_answers_to_anothers_requests_slow_those_of_that_agency_alone(
    status: int | None, timed_out: bool
) -> None:
    world = World(delay=1.0)
    world.add("good.test", *(f"/busy{n}" for n in range(18)), agency="evil")
    world.add("good.test", *(f"/{n}" for n in range(60)), agency="good")
    began = world.now
    while world.now < began + 90.0:
        for job in world.send():
            busy = job.agency == "evil"
            wait = 120.0 if busy and status else None
            world.over(job, status if busy else 200, timed_out and busy, wait)
        world.now += 0.25
    sent = Counter(job.agency for _, job in world.sent)
    assert sent["good"] == 60
    assert sent["evil"] < 18
    times = [when for when, _ in world.sent]
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 1.0


def test_a_busy_host_is_asked_as_seldom_by_many_agencies_as_by_one() -> None:
    world = World(delay=1.0)
    for n in range(20):
        world.add("pay.test", *(f"/{n}/{m}" for m in range(50)), agency=f"a{n}")
    began = world.now
    while world.now < began + 4_000.0:
        for job in world.send():
            world.over(job, 503)
        world.now += 1.0
    last = [when for when, _ in world.sent if when > began + 3_000.0]
    assert 10 <= len(last) <= 20
    assert min(later - earlier for earlier, later in itertools.pairwise(last)) >= 60.0


def test_what_an_answer_asks_for_holds_while_the_answer_is_being_read() -> None:
    world = World(delay=1.0)
    world.add("good.test", "/busy", "/more")
    (busy,) = world.send()
    world.now += 2.0
    world.frontier.answered(busy, 503, False, 100.0)
    assert world.send() == []
    world.frontier.release(busy)
    world.now += 90.0
    assert world.send() == []
    world.now += 20.0
    assert [job.url for job in world.send()] == ["http://good.test/more"]


def test_a_host_that_sleeps_for_a_slowed_agency_wakes_for_another() -> None:
    world = World(delay=1.0)
    world.add("good.test", "/busy", "/more", agency="evil")
    for job in world.send():
        world.over(job, 503, wait=100.0)
    world.now += 2.0
    assert world.send() == []
    world.add("good.test", "/page", agency="good")
    assert [job.url for job in world.send()] == ["http://good.test/page"]
    assert world.frontier.held == 1


# the distance


def test_never_closer_than_the_delay_and_never_more_than_per_host() -> None:
    world = World(per_host=2, delay=1.0)
    world.add("a.test", *(f"/{n}" for n in range(10)))
    under_way: list[Job] = []
    for _ in range(80):
        under_way += world.send()
        assert len(under_way) <= 2
        if world.now % 3 == 0 and under_way:
            world.answer(under_way.pop(0))
        world.now += 0.25
    times = [when for when, _ in world.sent]
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 1.0


def test_a_request_sent_anew_keeps_its_distance_and_the_next_one_too() -> None:
    world = World(delay=1.0)
    world.add("a.test", "/1", "/2")
    (job,) = world.send()
    world.now += 0.4
    assert world.frontier.again(job) == pytest.approx(0.6)
    world.now += 0.6
    assert world.frontier.next_job(world.now) is None  # it is not on its way yet
    world.frontier.written(job)
    world.now += 0.9
    assert world.send() == []
    world.now += 0.1
    assert [job.url for job in world.send()] == ["http://a.test/2"]


def test_a_crawl_delay_counts_from_the_request_that_brought_it() -> None:
    world = World(delay=1.0)
    world.add("a.test", "/robots.txt", "/1")
    world.answer(*world.send())
    world.frontier.slot("a.test").slow(30.0)
    assert world.run(29.9) == []
    assert world.run(1.0) == ["/1"]


def test_three_time_outs_halve_the_rate_and_ten_good_answers_give_a_step_back() -> None:
    slot = HostSlot("a", delay=1.0, per_host=1)
    for status, timed_out in ((None, True), (None, True), (200, False), (None, True), (None, True)):
        slot.answered("a", status, timed_out, None, now=0.0)
    assert slot.pace == 1.0  # not three without an answer between them
    slot.answered("a", None, True, None, now=0.0)
    assert slot.pace == 2.0
    for _ in range(20):
        slot.answered("a", 503, False, None, now=0.0)
    assert slot.pace == 60.0
    for _ in range(9):
        slot.answered("a", 200, False, None, now=0.0)
    assert slot.pace == 60.0
    slot.answered("a", 404, False, None, now=0.0)
    assert slot.pace == 32.0
    for _ in range(100):
        slot.answered("a", 200, False, None, now=0.0)
    assert slot.pace == 1.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0), ("120", 120.0), (" 7 ", 7.0), ("99999999999999999999", 999_999_999.0),
        ("Mon, 01 Dec 2025 12:02:00 GMT", 120.0), ("Monday, 01-Dec-25 12:02:00 GMT", 120.0),
        ("Mon Dec  1 12:02:00 2025", 120.0), ("Mon, 01 Dec 2025 12:02:00 -0100", 3_720.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("Fri, 31 Dec 9999 23:59:59 GMT", 251_637_710_399.0),
        ("Mon, 31 Feb 2026 00:00:00 GMT", None), ("Wed, 21 Oct 99999 07:28:00 GMT", None),
        ("-5", None), ("1.5", None), ("1e9", None), ("۱۲۰", None), ("soon", None), ("", None), ("120, 60", None),
        ("Mon, 01 Dec 2025 12:02:00 +9999", None), ("\0" * 100, None), ("0" * 10_000, 0.0),
    ],
)  # fmt: skip
def test_retry_after_in_both_forms_and_in_none(value: str, seconds: float | None) -> None:
    noon = dt.datetime(2025, 12, 1, 12, tzinfo=dt.UTC)
    assert retry_after_seconds(value, noon) == seconds
    slot = HostSlot("a", delay=1.0, per_host=1)
    slot.answered("a", 503, False, retry_after_seconds(value, noon), now=100.0)
    assert 102.0 <= slot.due_of("a") <= 100.0 + MAX_RETRY_AFTER


@pytest.mark.parametrize(
    ("value", "delay"),
    [("5", 5.0), ("0.5", 1.0), ("30", 30.0), ("600", 30.0), ("inf", 1.0), ("nan", 1.0), ("-5", 1.0), ("soon", 1.0)],
)  # fmt: skip
def test_a_crawl_delay_is_kept_up_to_thirty_seconds(value: str, delay: float) -> None:
    slot = HostSlot("a.test", delay=1.0, per_host=1)
    robots = Robots(
        obey=True,
        fetch=lambda job: None,
        go=lambda job: None,
        refuse=lambda job: None,
        slow=lambda host, seconds: slot.slow(seconds),
    )
    asked = Job("a", "http://a.test/robots.txt", "robots")
    facts = HttpFacts("GET", 200, "", (), None)
    robots.learned(asked, facts, parsed(f"User-agent: *\nCrawl-delay: {value}\n".encode()))
    assert slot.pace == delay


# permits of the browser and the TLS prober


def test_turns_and_jobs_alternate_and_keep_the_distance() -> None:
    world = World(per_host=1, delay=1.0)
    world.add("a.test", "/1", "/2", "/3")
    log: list[str] = []
    permits = [Permit("a.test", lambda name=name: log.append(name)) for name in ("t1", "t2")]  # type: ignore[misc]
    for permit in permits:
        world.frontier.ask_permit(permit)
    assert world.send() == [] and log == ["t1"]
    world.now += 5.0
    assert world.send() == []  # one at a time, and the permit is that one
    world.frontier.end_permit(permits[0], begun=True)
    assert world.send() == []  # a delay after what it did
    world.now += 1.0
    world.answer(*world.send())
    assert log == ["t1"]
    world.now += 1.0
    assert world.send() == [] and log == ["t1", "t2"]
    world.frontier.end_permit(permits[1], begun=True)
    assert world.run(3.0) == ["/2", "/3"]


def test_a_turn_that_nobody_waits_for_any_more() -> None:
    async def give_up() -> HostSlot:
        frontier = Frontier(delay_of=lambda host: 1.0, per_host=1, admit=lambda job: True)
        frontier.paused = True
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), permits_of(frontier)("a.test"):
                pass
        frontier.resume()
        assert frontier.next_job(time.monotonic()) is None
        return frontier.slot("a.test")

    slot = asyncio.run(give_up())
    assert (slot.in_flight, slot.connecting, len(slot)) == (0, 0, 0)


def test_pages_for_the_browser_go_in_turns_of_agencies() -> None:
    taken = list[str]()

    def go(job: RenderJob) -> bool:
        taken.append(job.url)
        return True

    pages = BrowserPages(go, lambda: dt.datetime.now(dt.UTC), permits_of(World().frontier))
    for agency, count in (("big", 400), ("small", 3), ("other", 2)):
        for n in range(count):
            job = Job(agency, f"http://{agency}.test/{n}", "claim")
            pages.add(RenderJob(job, job.url, "", full_page=False))
    browser: Any = SimpleNamespace(contexts=500)
    pages.open(browser)
    assert len(taken) == 405
    assert [url.partition("//")[2] for url in taken[:9]] == [
        "big.test/0", "small.test/0", "other.test/0", "big.test/1", "small.test/1", "other.test/1",
        "big.test/2", "small.test/2", "big.test/3",
    ]  # fmt: skip


# a most of the day


def test_a_most_of_the_day_in_any_24_hours() -> None:
    world = World(delay=0.0, per_day=5)
    world.add("a.test", *(f"/{n}" for n in range(12)))
    world.add("b.test", "/")
    assert len(world.run(10.0)) == 6
    assert world.frontier.full == 1
    slot = world.frontier.slots["a.test"]
    held = slot.held(world.now)
    world.now += 3600.0
    assert slot.held(world.now) == held + 3600.0
    assert world.run(60.0) == []
    world.now += 82_800.0
    assert len(world.run(10.0)) == 5
    times = [when for when, job in world.sent if job.host == "a.test"]
    for when in times:
        assert sum(1 for other in times if when <= other < when + 86_400) <= 5


def test_requests_of_an_earlier_run_count_for_their_day() -> None:
    world = World(delay=0.0, per_day=5)
    for ago in (80_000.0, 50.0, 40.0, 30.0):
        world.frontier.slot("a.test").asked(world.now - ago)
    world.add("a.test", *(f"/{n}" for n in range(12)))
    assert len(world.run(10.0)) == 1
    world.now += 6_400.0
    assert len(world.run(10.0)) == 1


def test_a_request_that_was_not_sent_leaves_its_place_in_the_day() -> None:
    """Two are let go and fill the day; one of them finds no connection, so that the third may go today."""
    world = World(delay=0.0, per_day=2, per_host=3)
    world.add("a.test", "/1", "/2", "/3")
    first, second = world.frontier.next_job(world.now), world.frontier.next_job(world.now)
    assert first is not None and second is not None
    assert world.frontier.next_job(world.now) is None
    assert world.frontier.full == 1
    world.frontier.written(first)
    world.answer(first)
    world.answer(second, status=None)  # never written
    assert world.frontier.full == 0
    assert world.run(2.0) == ["/3"]
    world.add("a.test", "/4")
    assert world.run(60.0, step=5.0) == []
    assert world.frontier.full == 1
    assert world.run(90_000.0, step=600.0) == ["/4"]


def test_a_request_that_never_went_out_counts_for_no_day() -> None:
    world = World(delay=0.0, per_day=2)
    world.add("a.test", *(f"/{n}" for n in range(5)))
    job = world.frontier.next_job(world.now)
    assert job is not None
    world.answer(job, status=None)  # no address, say
    assert len(world.run(5.0)) == 2


# working hours


def clock(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("hours", "zone", "now", "opens"),
    [
        ("", "Asia/Tehran", "2026-05-01T12:00", None),
        ("20:00-06:00", "Asia/Tehran", "2026-05-01T16:30", None),  # 20:00 in Tehran
        ("20:00-06:00", "Asia/Tehran", "2026-05-01T16:29", "2026-05-01T16:30"),
        ("20:00-06:00", "Asia/Tehran", "2026-05-02T02:29", None),
        ("20:00-06:00", "Asia/Tehran", "2026-05-02T02:30", "2026-05-02T16:30"),  # 06:00 is outside
        ("08:00-16:00", "UTC", "2026-05-01T07:59", "2026-05-01T08:00"),
        ("08:00-16:00", "UTC", "2026-05-01T16:00", "2026-05-02T08:00"),
        ("00:00-24:00", "UTC", "2026-05-01T23:59", None),
        ("20:00-24:00", "UTC", "2026-05-01T00:00", "2026-05-01T20:00"),
        ("01:00-03:00", "Europe/Berlin", "2026-10-24T22:30", "2026-10-24T23:00"),  # the night of 25 hours
        ("01:00-03:00", "Europe/Berlin", "2026-10-25T02:00", "2026-10-26T00:00"),
    ],
)
def test_working_hours_by_the_clock_of_their_zone(hours: str, zone: str, now: str, opens: str | None) -> None:
    working = WorkingHours(CrawlSettings(hours=hours, timezone=zone))
    assert working.next_opening(clock(now)) == (clock(opens) if opens else None)


def test_a_standstill_ends_with_its_last_reason() -> None:
    world = World()
    world.add("a.test", "/1")
    spans: list[tuple[float, float]] = []
    still = PauseState(world.frontier, lambda began, ended: spans.append((began, ended)), lambda: world.now)
    still.say("hours", True)
    world.now += 100.0
    still.say("controls", True)
    assert world.send() == []
    still.say("hours", False)
    still.say("hours", False)
    world.now += 50.0
    assert (world.send(), spans) == ([], [])
    still.say("controls", False)
    assert spans == [(1_000.0, 1_150.0)]
    assert len(world.send()) == 1


def test_controls_are_left_alone_at_rest_unless_something_failed() -> None:
    checks: list[float] = []
    resting = True

    async def scene() -> None:
        nonlocal resting

        async def check() -> bool:
            checks.append(time.monotonic())
            return True

        cleared: list[str] = []
        controls: Controls[str] = Controls(
            True, check, cleared.append, cleared.append, lambda _: None, at_rest=lambda: resting, every=0.01
        )
        watching = asyncio.ensure_future(controls.watch())
        await asyncio.sleep(0.2)
        assert checks == []
        controls.hold("the last before the night")
        while not cleared:
            await asyncio.sleep(0.01)
        seen = len(checks)
        resting = False
        while len(checks) < seen + 3:
            await asyncio.sleep(0.01)
        watching.cancel()

    asyncio.run(asyncio.wait_for(scene(), 30))


def test_the_shipped_networks_are_networks() -> None:
    networks: Iterator[Any] = iter(exempt_networks())
    assert all(network.num_addresses < 2**100 for network in networks)
    assert ipaddress.ip_network("172.64.0.0/13") in exempt_networks()
