"""Distance, days, hours and fairness of whole crawls, read from the servers' own logs (as the kernel stamped them)."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import itertools
import signal
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from evidence.kinds.http import HttpFacts
from tests.crawler.conftest import Begun, Crawl, Kit, Site, heard

pytestmark = pytest.mark.sockets

CLOCKS = 0.002  # seconds: our clock and the kernel's are two
TIMESTAMPNS = 35


def links(*paths: str) -> str:
    return "".join(f'<a href="{path}">{path}</a>' for path in paths)


def word(number: int) -> str:
    """A name without digits, so that a thousand of them are no pattern."""
    letters = ""
    while number or not letters:
        number, rest = divmod(number, 20)
        letters += "bcdfghjklmnpqrstvwxz"[rest]
    return letters


class HangingUp:
    """A port that hangs up on whoever says a word, and notes when the kernel had that word."""

    def __init__(self, address: str) -> None:
        self.times: list[float] = []
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, TIMESTAMPNS, 1)
        self._listener.bind((address, 0))
        self._listener.listen(64)
        self.target = "{}:{}".format(*self._listener.getsockname())
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection:
                    _, notes, _, _ = connection.recvmsg(65536, 256)
                    seconds, nanoseconds = struct.unpack("@ll", notes[0][2][: struct.calcsize("@ll")])
                    self.times.append(seconds + nanoseconds / 1e9)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


DELAY = 0.12  # of the crawl that asks for all that a crawl asks for


def everything(kit: Kit, tls: HangingUp) -> tuple[Crawl, Site]:
    """Claims and second visits, redirects, site maps, siblings, broken links, probes of TLS, kept connections that the
    server closes under the request."""
    lost = kit.answer("<p>kept", headers=("Keep-Alive: timeout=0",))

    def hang_up_on_the_next(connection: socket.socket) -> None:
        connection.sendall(lost)
        connection.recv(65536)  # and its request is read, and lost

    pages = [f"/p/{word(n)}" for n in range(6)]
    site = kit.site(
        {
            "/": kit.answer(links("/moved", "/gone", "/hang", "/list/one", *pages)),
            "/robots.txt": kit.answer("User-agent: *\nAllow: /\nSitemap: http://a.test/m.xml", kind="text/plain"),
            "/m.xml": kit.answer("<urlset><url><loc>http://a.test/from-map</loc></url></urlset>", kind="text/xml"),
            "/moved": kit.answer("", "301 Moved", headers=("Location: /there",)),
            "/gone": kit.answer("no", "410 Gone"),
            "/hang": hang_up_on_the_next,
            "/claim": kit.answer("<p>service"),
        }
    )  # fmt: skip
    site.fallback = lambda path, visit: (
        kit.answer(f"<p>{path}") if path in pages else kit.answer("no", "404 Not Found")
    )
    crawl = kit.crawl(
        site,
        name="everything",
        hosts={"a.test:80": site.target, "a.test:443": tls.target},
        services=[{"url": "http://a.test/claim"}, {"url": "http://a.test/missing"}],
        crawl={"delay": DELAY, "per_host": 2},
        alone_delays=40,  # a busy machine takes its time to the first word of a probe
    )
    return crawl, site


@pytest.fixture(scope="module")
def hanging_up() -> Iterator[HangingUp]:
    port = HangingUp("127.0.0.3")
    yield port
    port.close()


def busy(kit: Kit) -> tuple[Crawl, Site]:
    """The third page is busy when it is asked for first."""
    pages = busy_pages()
    site = kit.site({"/": kit.answer(links(*pages))})
    site.fallback = lambda path, visit: (
        kit.answer("busy", "503 Service Unavailable", headers=("Retry-After: soon",))
        if (path, visit) == (pages[2], 1)
        else kit.answer(f"<p>{path}") if path in pages else kit.answer("no", "404 Not Found")
    )  # fmt: skip
    return kit.crawl(site, name="busy", crawl={"delay": 0.06, "per_host": 1, "robots": False}), site


def busy_pages() -> list[str]:
    return [f"/{word(n)}" for n in range(20)]


def date(kit: Kit) -> tuple[Crawl, Site]:
    site = kit.site({"/": kit.answer("<p>home")})

    def later(path: str, visit: int) -> bytes:
        if (path, visit) != ("/claim", 1):
            return kit.answer("<p>here it is")
        when = email.utils.format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=4), usegmt=True)
        return kit.answer("wait", "503 Service Unavailable", headers=(f"Retry-After: {when}",))

    site.fallback = later
    return kit.crawl(site, name="date", services=[{"url": "http://a.test/claim"}]), site


def most_of_the_day(kit: Kit) -> tuple[Crawl, Site]:
    """Stopped when it has waited for longer than the agency's time."""
    pages = [f"/{word(n)}" for n in range(20)]
    site = kit.site({"/": kit.answer(links(*pages)), **{page: kit.answer(f"<p>{page}") for page in pages}})
    crawl = kit.crawl(
        site, name="day", crawl={"per_day": 7, "time_budget": 4.0}, stop_from="full", stop_after=4.3
    )
    return crawl, site


def hours(kit: Kit) -> tuple[Crawl, Site]:
    """Closes a second after the start and opens nine seconds later, by a clock that goes 200 times as fast."""
    pages = [f"/{word(n)}" for n in range(6)]
    site = kit.site({"/": kit.answer(links(*pages)), **{page: kit.answer(f"<p>{page}") for page in pages}})
    settings = {"hours": "21:00-20:30", "timezone": "Asia/Tehran", "delay": 0.1, "time_budget": 9.5}
    clock = {"begin": "2026-05-01T20:27:00+03:30", "rate": 200}
    return kit.crawl(site, name="hours", crawl=settings, clock=clock), site


@pytest.fixture(scope="module")
def begun(module_kit: Kit, hanging_up: HangingUp) -> dict[str, Begun]:
    """Crawls that do little but wait, by the names of what makes them; all at once."""
    made = {make.__name__: make(module_kit) for make in (busy, date, most_of_the_day, hours)}
    made["everything"] = everything(module_kit, hanging_up)
    return {name: Begun(crawl, [site], crawl.start()) for name, (crawl, site) in made.items()}


def test_whatever_the_crawl_asks_for_keeps_its_distance(
    begun: dict[str, Begun], hanging_up: HangingUp
) -> None:
    """By the server's log and by the exchanges' own times."""
    crawl, (site,) = begun["everything"].crawl, begun["everything"].sites
    assert begun["everything"].end()["state"] == "complete"
    assert len(site.asked) > 30
    assert min(site.gaps()) > DELAY - CLOCKS
    exchanges = [(c, c.facts) for c in crawl.captures("a", "http") if isinstance(c.facts, HttpFacts)]
    times = sorted(capture.time.timestamp() for capture, facts in exchanges if facts.address)
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) > DELAY - CLOCKS
    hung_up = [capture.url for capture, facts in exchanges if facts.failure in ("reset", "protocol")]
    assert not [url for url in hung_up if "/hang" in url]

    granted = [probe.time.timestamp() for probe in crawl.captures("a", "tls")]
    words = [min(said for said in hanging_up.times if said > turn - CLOCKS) for turn in granted]
    assert words
    assert all(word - turn < 39 * DELAY for turn, word in zip(granted, words, strict=True))
    for word_said in words:  # a probe's first word has its distance to both sides
        assert all(abs(asked.arrived - word_said) > DELAY - CLOCKS for asked in site.asked)


def test_a_busy_host_is_asked_half_as_often(begun: dict[str, Begun]) -> None:
    crawl, (site,) = begun["busy"], begun["busy"].sites
    assert crawl.end()["state"] == "complete"
    asked = [one.path for one in site.asked]
    refused = asked.index(busy_pages()[2])
    gaps = site.gaps()
    assert min(gaps) > 0.06 - CLOCKS
    assert min(gaps[refused : refused + 10]) > 0.12 - CLOCKS
    assert min(gaps[refused + 11 :]) < 0.12


def test_a_date_to_come_back_at(begun: dict[str, Begun]) -> None:
    crawl, (site,) = begun["date"].crawl, begun["date"].sites
    assert begun["date"].end()["state"] == "complete"
    said = next(one for one in site.asked if one.path == "/claim").arrived
    told = heard(crawl.exchanges("/claim")[0])
    times = [c.time.timestamp() for c in crawl.captures("a", "http") if c.url.startswith("http:")]
    # dates have no fractions of seconds
    assert [when for when in times if told + CLOCKS < when < said + 2.9] == []
    assert [when for when in times if when > said + 2.9]


def test_robots_beyond_half_a_megabyte_are_not_read(kit: Any) -> None:
    rules = "User-agent: *\nDisallow: /early\n" + "# x\n" * 150_000 + "Disallow: /late\n"
    site = kit.site({"/": kit.answer(links("/early", "/late")), "/late": kit.answer("<p>late")})
    site.answers["/robots.txt"] = kit.answer(rules, kind="text/plain")
    crawl = kit.crawl(site)
    assert crawl.run()["state"] == "complete"
    assert "/late" in site.paths()
    assert "/early" not in site.paths()
    assert crawl.exchanges("/robots.txt")[0].facts.truncated == "length"


def test_a_most_of_the_day_ends_asking_and_holds_for_the_next_run(begun: dict[str, Begun]) -> None:
    crawl, (site,) = begun["most_of_the_day"].crawl, begun["most_of_the_day"].sites
    outcome = begun["most_of_the_day"].end()
    for _ in range(2):
        assert (outcome["state"], outcome["full"]) == ("interrupted", 1)
        assert len(site.asked) <= 7
        outcome = crawl.run(stop_after=0.3)
    assert "time_budget" not in crawl.unfetched().values()
    crawl.options["crawl"]["per_day"] = 0
    assert crawl.run()["state"] == "complete"
    assert {path for path in site.answers if path != "/robots.txt"} <= set(site.paths())


def test_outside_of_its_hours_the_crawl_waits_and_says_so(begun: dict[str, Begun]) -> None:
    crawl, (site,) = begun["hours"].crawl, begun["hours"].sites
    outcome = begun["hours"].end()
    assert outcome["state"] == "complete"
    assert outcome["opens"] == "2026-05-01 21:00:00+03:30"
    assert not outcome["paused"]
    times = sorted([begun["hours"].began, *(asked.arrived for asked in site.asked)])
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) > 3.0
    assert "time_budget" not in crawl.unfetched().values()
    assert set(site.answers) - {"/robots.txt"} <= set(site.paths())


def test_a_crawl_that_is_stopped_at_night_goes_on_in_its_hours(kit: Any) -> None:
    site = kit.site({"/": kit.answer("<p>home")})
    clock = {"begin": "2026-05-01T12:00:00+00:00", "rate": 1}
    crawl = kit.crawl(site, crawl={"hours": "20:00-06:00", "timezone": "UTC"}, clock=clock)
    outcome = crawl.run(stop_from="opens", stop_after=1.0)
    assert (outcome["state"], outcome["opens"]) == ("interrupted", "2026-05-01 20:00:00+00:00")
    assert site.asked == []
    assert crawl.run(clock={**clock, "begin": "2026-05-01T23:00:00+00:00"})["state"] == "complete"
    assert "/" in site.paths()


def test_a_probe_that_was_under_way_when_the_crawl_was_stopped_is_made_by_the_next_run(kit: Any) -> None:
    """All else is done when it is stopped: the agency is not, for its TLS was not seen."""
    silent = socket.create_server(("127.0.0.3", 0))
    target = "{}:{}".format(*silent.getsockname())
    site = kit.site({"/": kit.answer("<p>home")})
    crawl = kit.crawl(
        site,
        hosts={"a.test:80": site.target, "a.test:443": target},
        limits={"idle": 1.0},  # what is asked for there over https is over while the probe still waits
        crawl={"per_host": 6},
    )
    process = crawl.start()
    all_else = {("http://a.test/", 2), ("https://a.test/robots.txt", 1)}
    kit.wait_for(lambda: all_else <= {(c.url, c.attempt) for c in crawl.committed()})
    process.send_signal(signal.SIGINT)
    kit.wait_for(lambda: any(c.kind == "crawl" for c in crawl.committed()))
    silent.close()
    assert crawl.finish(process)["state"] == "interrupted"
    assert crawl.captures("a", "crawl")[-1].facts.state == "interrupted"
    assert crawl.run()["state"] == "complete"
    assert sorted(c.attempt for c in crawl.captures("a", "tls")) == [1, 2]


@pytest.mark.parametrize("same_host", [False, True])
def test_a_hundred_thousand_pages_do_not_starve_ten(kit: Any, same_host: bool) -> None:
    big = kit.site({"/": kit.answer(links(*(f"/list/{word(n)}" for n in range(100))))})
    numbers = {f"/list/{word(n)}": n for n in range(100)}

    def pages_of_the_big_one(path: str, visit: int) -> bytes:
        if path in numbers:
            n = numbers[path]
            return kit.answer(links(*(f"/page/{word(m)}" for m in range(n * 1000, n * 1000 + 1000))))  # type: ignore[no-any-return]
        return kit.answer(f"<p>{path}" if path.startswith("/page/") else "no")  # type: ignore[no-any-return]

    small = [f"/small/{word(n)}" for n in range(9)]
    own = {"/small/": kit.answer(links(*small)), **{page: kit.answer(f"<p>{page}") for page in small}}
    big.fallback = pages_of_the_big_one
    other = big if same_host else kit.site(own, address="127.0.0.2")
    big.answers |= own if same_host else {}
    name = "big.test" if same_host else "small.test"
    crawl = kit.crawl(
        big,
        agencies=[{"id": "big", "portal": "http://big.test/"}, {"id": "small", "portal": f"http://{name}/small/"}],
        hosts={"big.test:80": big.target, f"{name}:80": other.target},
        crawl={"delay": 0.03, "max_pages": 200_000},
    )  # fmt: skip
    process = crawl.start()
    kit.wait_for(lambda: set(small) <= set(other.paths()), seconds=60)
    kit.kill(process)
    asked = sorted(big.asked + ([] if same_host else other.asked), key=lambda one: one.arrived)
    paths = [one.path for one in asked]
    last = max(paths.index(page) for page in small)
    of_the_small = sum(path.startswith("/small/") for path in paths[:last])
    assert last < 4 * of_the_small + 20  # it had its turn all along


def test_what_a_scarce_budget_is_spent_on(kit: Any) -> None:
    rest = [f"/news/{word(n)}" for n in range(30)]
    site = kit.site(
        {
            "/": kit.answer(
                links(*rest[:15]) + '<a href="/desk">میز خدمت</a>' + links(*rest[15:]) + links("/opendata/list")
            ),
            "/sitemap.xml": kit.answer(
                "<urlset><url><loc>http://a.test/from-map</loc></url></urlset>", kind="application/xml"
            ),
            "/desk": kit.answer(links("/desk/deep")),
        }
    )  # fmt: skip
    site.fallback = lambda path, visit: kit.answer(f"<p>{path}")
    crawl = kit.crawl(
        site,
        agencies=[{"id": "a", "portal": "http://a.test/", "catalogue": "http://a.test/catalogue"}],
        services=[{"url": "http://a.test/claim/one"}, {"url": "http://a.test/claim/two"}],
        crawl={"max_pages": 9, "per_host": 1},
    )
    assert crawl.run()["state"] == "complete"
    paths = list(dict.fromkeys(site.paths()))
    told = [
        "/robots.txt",
        "/",
        "/claim/one",
        "/claim/two",
        "/desk",
        "/catalogue",
        "/opendata/list",
        "/sitemap.xml",
    ]
    assert [path for path in paths if path in told] == told
    assert [path for path in paths if path in rest] == rest[:3]
    assert crawl.unfetched()[f"http://a.test{rest[3]}"] == "max_pages"
