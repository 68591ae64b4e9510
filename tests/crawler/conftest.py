"""Loopback sites that say exactly what a test wants, and crawls in processes of their own."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import itertools
import json
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from claims.model import NetworkSettings
from crawler.browser.limits import PageLimits
from crawler.browser.renderer import RenderedPage, Renderer, find_browser
from evidence.kinds.http import HttpFacts
from evidence.records import Capture
from evidence.store import EvidenceMissing, EvidenceStore
from tests.fork_server import Forked, ForkServer

CHILD = "tests.crawler.crawl_child"
TIMESTAMPNS = 35  # SO_TIMESTAMPNS of Linux, which the module socket has no name for
Answer = bytes | Callable[[socket.socket], None]


@dataclass
class Asked:
    """One request as a site saw it. port: of the client's end, so one per connection.

    time: when our thread had read it. arrived: when the kernel received it, by the clock on the wall, so that
    neither the load of the machine nor a thread that wakes up late moves it.
    """

    time: float
    method: str
    path: str
    host: str
    raw: bytes
    port: int
    arrived: float
    done: float = 0.0


def kernel_time(stamp: bytes) -> float:
    seconds, nanoseconds = struct.unpack("@ll", stamp[: struct.calcsize("@ll")])
    return float(seconds + nanoseconds / 1e9)


def answer(
    body: bytes | str = b"",
    status: str = "200 OK",
    kind: str = "text/html; charset=utf-8",
    headers: tuple[str, ...] = (),
) -> bytes:
    if isinstance(body, str):
        body = body.encode()
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


class Site:
    """A site on a loopback address. Answers are wire bytes, or functions that are given the socket.

    An answer without Content-Length ends with the connection. `fallback` answers what is not listed. Its port is its own
    as long as it lives, also while it is down.
    """

    def __init__(
        self, answers: Mapping[str, Answer], *, address: str = "127.0.0.1", wait: float = 0.0
    ) -> None:
        self.answers = dict(answers)
        self.fallback: Callable[[str, int], Answer] = lambda path, visit: answer(
            "no such page", "404 Not Found"
        )
        self.wait = wait
        self.asked: list[Asked] = []
        self.visits: dict[str, int] = {}
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._going_on = threading.Event()
        self._going_on.set()
        self._before_it_holds = 0
        self._spared: tuple[str, ...] = ()
        self._kept = self._bound(address, 0)
        self.address, self.port = self._kept.getsockname()
        self._listener = self._listen()
        self._up = True
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    @staticmethod
    def _bound(address: str, port: int) -> socket.socket:
        """Nobody else is given the port, and whoever connects is refused until another socket listens there."""
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address, port))
        return bound

    def _listen(self) -> socket.socket:
        listener = self._bound(self.address, self.port)
        with contextlib.suppress(OSError):  # a system without it: the time of reading has to do
            listener.setsockopt(socket.SOL_SOCKET, TIMESTAMPNS, 1)  # for the connections it accepts
        listener.listen(128)
        return listener

    @property
    def target(self) -> str:
        return f"{self.address}:{self.port}"

    def paths(self, host: str | None = None) -> list[str]:
        with self._lock:
            return [asked.path for asked in self.asked if host is None or asked.host == host]

    def gaps(self, host: str | None = None) -> list[float]:
        """Seconds between requests, as the kernel received them."""
        with self._lock:
            times = sorted(asked.arrived for asked in self.asked if host is None or asked.host == host)
        return [later - earlier for earlier, later in itertools.pairwise(times)]

    def down(self) -> None:
        """Refuse connections and cut those that are open."""
        self._up = False
        self._going_on.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.down()
        self._kept.close()

    def hold(self, after: int, *, every: bool = False) -> None:
        """Answers so many requests more, and no other until `go_on`: what is under way here stays under way.

        every: robots.txt and the home page too. Whoever visits another portal may ask for these, and would keep the
        portal's own visitor from its address, and so from what shall be held, until its request is given up.
        """
        with self._lock:
            self._before_it_holds = after
            self._spared = () if every else ("/robots.txt", "/")
            self._going_on.clear()

    def go_on(self) -> None:
        self._going_on.set()

    @property
    def holds(self) -> bool:
        """Whether somebody waits for an answer that is held."""
        return self._before_it_holds < 0 and not self._going_on.is_set()

    def _held(self, connection: socket.socket, path: str) -> None:
        with self._lock:
            if path in self._spared:
                return
            self._before_it_holds -= 1
            if self._before_it_holds >= 0:
                return
        while not self._going_on.wait(5.0):
            connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")  # or the crawl would take us for dead

    def up(self) -> None:
        self._listener = self._listen()
        self._up = True
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self._one(connection):
                pass
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _one(self, connection: socket.socket) -> bool:
        raw, arrived = b"", 0.0
        while b"\r\n\r\n" not in raw:
            data, notes, _, _ = connection.recvmsg(65536, 256)
            if not data:
                return False
            raw += data
            arrived = next((kernel_time(note[2]) for note in notes if note[1] == TIMESTAMPNS), time.time())
        line, *lines = raw.decode("latin-1").split("\r\n")
        method, path, _ = line.split(" ", 2)
        host = next((text[6:] for text in lines if text.lower().startswith("host: ")), "")
        asked = Asked(time.monotonic(), method, path, host, raw, connection.getpeername()[1], arrived)
        with self._lock:
            self.asked.append(asked)
            visit = self.visits[path] = self.visits.get(path, 0) + 1
        self._held(connection, path)
        if self.wait:
            time.sleep(self.wait)
        found = self.answers.get(f"{host}{path}", self.answers.get(path))
        if found is None:
            found = self.fallback(path, visit)
        if callable(found):
            found(connection)
            return False
        asked.done = time.monotonic()  # not after it: the next request may be here before this thread goes on
        connection.sendall(found)
        return b"content-length:" in found.partition(b"\r\n\r\n")[0].lower()


@cache
def _server() -> ForkServer:
    """One for all crawls."""
    server = ForkServer(CHILD)
    atexit.register(server.close)
    return server


def heard(capture: Capture) -> float:
    """When the crawl had this answer, by its own record: whatever it begins after that knows of it."""
    assert isinstance(capture.facts, HttpFacts)
    return capture.time.timestamp() + capture.facts.elapsed_ms / 1000


@dataclass
class Crawl:
    """A crawl in a process of its own. `options` goes to crawl_child.py."""

    folder: Path
    options: dict[str, Any] = field(default_factory=dict)

    def start(self, **changes: Any) -> Forked:
        return _server().start({**self.options, **changes, "folder": str(self.folder)})

    def finish(self, process: Forked, timeout: float = 300) -> dict[str, Any]:
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGUSR1)
            time.sleep(1.0)  # until it has written where it hangs
            process.kill()
            pytest.fail(f"hangs: {process.communicate()[1]}")
        assert process.returncode == 0, err
        assert err == "", err
        outcome: dict[str, Any] = json.loads(out)
        return outcome

    def run(self, timeout: float = 300, **changes: Any) -> dict[str, Any]:
        return self.finish(self.start(**changes), timeout)

    def captures(self, agency: str | None = None, kind: str | None = None) -> list[Capture]:
        with EvidenceStore.open(self.folder / "evidence") as store:
            return list(store.captures(agency, kind))

    def committed(self) -> list[Capture]:
        """What is there of a crawl under way; nothing yet, while it has not begun."""
        with contextlib.suppress(EvidenceMissing):
            return self.captures()
        return []

    def exchanges(self, path: str, agency: str | None = None) -> list[Capture]:
        """Exchanges of URLs that end with a path, in order of commit."""
        return [c for c in self.captures(agency, "http") if c.url.endswith(path)]

    def wire(self, capture: Capture) -> bytes:
        with EvidenceStore.open(self.folder / "evidence") as store:
            return store.wire(capture.id)

    def body(self, capture: Capture) -> bytes:
        with EvidenceStore.open(self.folder / "evidence") as store:
            return store.body(capture.id)

    def account(self, agency: str = "a") -> dict[str, Any]:
        account: dict[str, Any] = json.loads(self.body(self.captures(agency, "crawl")[-1]))
        return account

    def unfetched(self, agency: str = "a") -> dict[str, str]:
        return dict(self.account(agency)["unfetched"])


@dataclass
class Kit:
    """What a test builds its world from."""

    folder: Path
    sites: list[Site] = field(default_factory=list)
    answer: Callable[..., bytes] = answer

    def site(self, answers: Mapping[str, Answer], **options: Any) -> Site:
        site = Site({"/robots.txt": answer("nothing", "404 Not Found"), **answers}, **options)
        self.sites.append(site)
        return site

    def crawl(self, site: Site, *, name: str = "crawl", **options: Any) -> Crawl:
        """A crawl of one agency `a` with the portal http://a.test/, unless the options say otherwise."""
        settings: dict[str, Any] = {
            "agencies": [{"id": "a", "portal": "http://a.test/"}],
            "hosts": {"a.test:80": site.target},
            "crawl": {"delay": 0.0, "retry_after": 0.1, "render": "never"},
        }
        for key, value in options.items():
            settings[key] = (
                {**settings[key], **value} if isinstance(value, dict) and key in settings else value
            )
        return Crawl(self.folder / name, settings)

    @staticmethod
    def wait_for(condition: Callable[[], bool], seconds: float = 120.0) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, "did not come about in time"
            time.sleep(0.02)

    @staticmethod
    def kill(process: Forked) -> None:
        process.send_signal(signal.SIGKILL)
        process.communicate()


_MEMORY = Path("/dev/shm")
_ROOMY = 2 << 30  # bytes


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """In memory where there is room. A crawl waits for the disk some forty times, and no test here is about a lost disk."""
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ROOMY
    with tempfile.TemporaryDirectory(prefix="govah-test-", dir=_MEMORY if roomy else None) as folder:
        yield Path(folder)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with _folder() as folder:
        yield folder


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    kit = Kit(tmp_path)
    yield kit
    for site in kit.sites:
        site.close()


@pytest.fixture
def country(kit: Kit) -> Any:
    """A crawl of a small country, its gateway, and its portals by agency."""
    from tests.crawler.country import country

    return country(kit)


@pytest.fixture(scope="module")
def module_kit() -> Iterator[Kit]:
    """A kit that lives as long as a file's tests."""
    with _folder() as folder:
        kit = Kit(folder)
        yield kit
        for site in kit.sites:
            site.close()


@dataclass
class Begun:
    """A crawl under way: `end` waits for it. sites: of its portals, in order."""

    crawl: Crawl
    sites: list[Site]
    process: Forked
    began: float = field(default_factory=time.time)

    def end(self) -> dict[str, Any]:
        return self.crawl.finish(self.process)


# Enough for a page of scripts that shows it. One with less is watched for two seconds more, in case that it draws itself
# from a timer.
ENOUGH_TEXT = (
    "<p>در این صفحه می‌خوانید که خدمت چیست، چه مدارکی می‌خواهد، چند روز طول می‌کشد و از کجا آغاز می‌شود.</p>" * 2
)


class BrowserLab:
    """Sites, and a renderer that lives as long as the lab, in a loop of its own.

    names: host -> site. With `private`, loopback may be visited; without it, no site of the lab can be.
    """

    def __init__(
        self, names: Mapping[str, Site], limits: PageLimits, *, private: bool = True, contexts: int = 2
    ) -> None:
        self.sites = dict(names)
        self.answer = answer
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        hosts = {name: site.target for name, site in names.items()}
        self.renderer = Renderer(
            executable=find_browser(),
            policy_settings=NetworkSettings(allow_private=private, hosts=hosts),
            user_agent="govah/test",
            limits=limits,
            contexts=contexts,
        )
        self.run(self.renderer.__aenter__())
        assert self.renderer.available, self.renderer.reason

    def run(self, work: Coroutine[Any, Any, Any], seconds: float = 120) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def serve(self, path: str, body: str | bytes, site: str = "site.test", **options: Any) -> str:
        """Puts a page on a site; its URL."""
        self.sites[site].answers[path] = answer(body, **options)
        return f"http://{site}{path}"

    def render(self, url: str, *, picture: bool = False) -> RenderedPage:
        page: RenderedPage = self.run(self.renderer.render(url, full_page_screenshot=picture))
        return page

    def render_all(self, urls: Mapping[str, str], *, picture: bool = False) -> dict[str, RenderedPage]:
        """Pages by the names of their URLs, as many at once as the lab has contexts."""

        async def work() -> list[RenderedPage]:
            visits = (self.renderer.render(url, full_page_screenshot=picture) for url in urls.values())
            return await asyncio.gather(*visits)

        return dict(zip(urls, self.run(work(), 60.0 + 10.0 * len(urls)), strict=True))

    def close(self) -> None:
        self.run(self.renderer.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        for site in self.sites.values():
            site.close()


@pytest.fixture(scope="module")
def browser_lab() -> Iterator[Callable[..., BrowserLab]]:
    """Makes labs: browser_lab(limits, names=("site.test",), address=...)."""
    labs: list[BrowserLab] = []

    def make(
        limits: PageLimits, *, names: tuple[str, ...] = ("site.test",), address: str, contexts: int = 2
    ) -> BrowserLab:
        sites = {name: Site({}, address=address) for name in names}
        labs.append(BrowserLab(sites, limits, contexts=contexts))
        return labs[-1]

    make.labs = labs  # type: ignore[attr-defined]
    yield make
    for lab in labs:
        lab.close()


@pytest.fixture(scope="module")
def browser_sites() -> Iterator[Callable[..., Site]]:
    """Makes sites that live as long as a file's tests."""
    sites: list[Site] = []

    def make(answers: Mapping[str, Answer], *, address: str) -> Site:
        sites.append(Site(answers, address=address))
        sites[-1].answer = answer  # type: ignore[attr-defined]
        return sites[-1]

    yield make
    for site in sites:
        site.close()
