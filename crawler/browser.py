"""The bounded renderer: hands URLs to a browser in a process of its own and never waits longer than it must.

The process is started when it is first needed, renewed after some hundred pages, killed when it hangs. Its
death costs the page that killed it, never the crawl. Not here: what happens to a page
(`crawler.browser_page`), how the browser is started (`crawler.browser_launch`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from claims.model import NetworkSettings
from crawler.browser_launch import CannotStart, describe, find_browser, unprivileged
from crawler.browser_messages import BadMessage, Message, encode, read
from evidence.records import PageFacts

__all__ = ["Rendered", "Renderer", "Sandbox", "describe", "find_browser"]

Sandbox = Literal["auto", "on", "off"]

_PAGE_SECONDS = 25.0
_GRACE_SECONDS = 2.0
_START_SECONDS = 60.0
_STOP_SECONDS = 6.0
_STARTS = 2
_SECONDS_WORTH_A_SECOND_TRY = 12.0


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered page. `dom` is empty and `facts.failure` set when there was none; screenshot: WebP."""

    dom: bytes
    screenshot: bytes | None
    screenshot_size: tuple[int, int]
    facts: PageFacts


class _Died(Exception):
    """The process is gone, or was put down."""


class Renderer:
    """An async context manager. `available` and `reason` are known inside it; `render` never raises for a page.

    sandbox "auto": with Chromium's sandbox where it can start, else without it but still unprivileged, which
    `description` (and every page's facts) then says; "on": only with it; "off": without it.
    """

    def __init__(
        self,
        *,
        executable: Path | None,
        policy_settings: NetworkSettings,
        user_agent: str,
        no_sandbox: bool = False,
        sandbox: Sandbox = "auto",
        contexts: int = 2,
        renew_after: int = 300,
    ) -> None:
        self._executable = executable
        self._network = policy_settings
        self._user_agent = user_agent
        self._sandbox: Sandbox = "off" if no_sandbox else sandbox
        self._renew_after = renew_after
        self._slots = asyncio.Semaphore(contexts)
        self._starting = asyncio.Lock()
        self._child: _Child | None = None
        self._stopped = False
        self.available = False
        self.reason = "not started"
        self.description = ""

    async def __aenter__(self) -> Renderer:
        if self._executable is None:
            self.reason = "no browser found"
            return self
        with contextlib.suppress(_Died):
            await self._ready_child()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.available, self._stopped = False, True
        if self._child is not None:
            await self._child.stop()
            self._child = None

    async def render(self, url: str, *, full_page_screenshot: bool) -> Rendered:
        async with self._slots:
            started = asyncio.get_running_loop().time()
            for _ in range(2):
                spent = asyncio.get_running_loop().time() - started
                try:
                    child = await self._ready_child()
                    message = await child.visit(url, full_page_screenshot, _PAGE_SECONDS - spent)
                except _Died:
                    # It may have been the neighbour's page: once more, if there is time.
                    if not self.available or spent > _SECONDS_WORTH_A_SECOND_TRY:
                        break
                    continue
                except TimeoutError:
                    break
                return self._rendered(message)
            return self._own_error(url)

    async def _ready_child(self) -> _Child:
        """The running process; a new one when there is none, or the old one has served long enough."""
        async with self._starting:
            child = self._child
            if child is not None and not child.dead and child.pages < self._renew_after:
                return child
            if child is not None:
                await child.retire()
                self._child = None
            return await self._start()

    async def _start(self) -> _Child:
        executable = self._executable
        for _ in range(_STARTS):
            if executable is None or self._stopped:
                break
            try:
                child = await _Child.start(executable, self._network, self._user_agent, self._sandbox)
            except (CannotStart, OSError, TimeoutError) as error:
                self.reason = str(error) or type(error).__name__
                continue
            self._child = child
            self.available, self.reason = True, ""
            self.description = f"{executable.name} {child.version}" + (
                "" if child.sandbox else ", no-sandbox"
            )
            return child
        self.available, self._stopped = False, True
        raise _Died

    def _rendered(self, message: Message) -> Rendered:
        fields: dict[str, Any] = dict(message.content["facts"])
        for name in ("requests", "would_send"):
            fields[name] = tuple(tuple(entry) for entry in fields[name])
        for name in ("console", "insecure"):
            fields[name] = tuple(fields[name])
        dom, screenshot = message.blobs
        width, height = message.content["screenshot_size"]
        facts = PageFacts(**fields, browser=self.description)
        return Rendered(dom, screenshot or None, (width, height), facts)

    def _own_error(self, url: str) -> Rendered:
        facts = PageFacts(
            status=None,
            final_url=url,
            title="",
            finished=False,
            failure="own_error",
            browser=self.description,
        )
        return Rendered(b"", None, (0, 0), facts)


class _Child:
    """One life of the browser process, from its start to its end."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._last_id = 0
        self._listening: asyncio.Task[None] | None = None
        self.dead = False
        self.version = ""
        self.sandbox = True

    @classmethod
    async def start(
        cls, executable: Path, network: NetworkSettings, user_agent: str, sandbox: Sandbox
    ) -> _Child:
        user = unprivileged()
        folder = Path(tempfile.mkdtemp(prefix="govah-browser-"))
        if user is not None:
            os.chown(folder, *user)
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "crawler.browser_child"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                env={
                    name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")
                },
            )
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        child = cls(process, folder)
        settings = {
            "executable": str(executable),
            "profile": str(folder),
            "sandbox": sandbox,
            "user_agent": user_agent,
            "allow_private": network.allow_private,
            "hosts": dict(network.hosts),
        }
        try:
            async with asyncio.timeout(_START_SECONDS):
                await child._greet(settings)
        except BaseException:
            await child.stop()
            raise
        return child

    async def _greet(self, settings: dict[str, Any]) -> None:
        stdin, stdout = self._pipes()
        stdin.write(encode(Message(settings)))
        hello = await read(stdout)
        if hello is None:
            raise CannotStart("the browser process ended at its start")
        if not hello.content["ready"]:
            raise CannotStart(hello.content["reason"])
        self.version = hello.content["version"]
        self.sandbox = hello.content["sandbox"]
        self._listening = asyncio.create_task(self._listen(stdout))

    def _pipes(self) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
        if self._process.stdin is None or self._process.stdout is None:
            raise CannotStart("the browser process has no pipes")
        return self._process.stdin, self._process.stdout

    @property
    def pages(self) -> int:
        return self._last_id

    async def visit(self, url: str, full_page_screenshot: bool, seconds: float) -> Message:
        """The result of one page. TimeoutError: this page hung, and the process was killed for it."""
        self._last_id += 1
        number = self._last_id
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        self._idle.clear()
        order = {"id": number, "url": url, "full_page_screenshot": full_page_screenshot, "seconds": seconds}
        try:
            if self.dead:
                raise _Died
            self._pipes()[0].write(encode(Message(order)))
            return await asyncio.wait_for(answer, seconds + _GRACE_SECONDS)
        except TimeoutError:
            self._kill()
            raise
        except OSError:
            raise _Died from None
        finally:
            self._answers.pop(number, None)
            if not self._answers:
                self._idle.set()

    async def _listen(self, stdout: asyncio.StreamReader) -> None:
        try:
            while (message := await read(stdout)) is not None:
                answer = self._answers.get(message.content["id"])
                if answer is not None and not answer.done():
                    answer.set_result(message)
        except (BadMessage, OSError, KeyError):
            pass
        finally:
            self._kill()
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(_Died())

    async def retire(self) -> None:
        """Let the pages under way finish, then stop."""
        if not self.dead:
            await self._idle.wait()
        await self.stop()

    async def stop(self) -> None:
        """Ask it to end, kill what is left of it, remove its files."""
        with contextlib.suppress(OSError, CannotStart):
            self._pipes()[0].close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)
        if not self.dead:
            self._kill()
        await self._process.wait()
        if self._listening is not None:
            await asyncio.wait((self._listening,))
        shutil.rmtree(self._folder, ignore_errors=True)

    def _kill(self) -> None:
        """The whole group: the process, its driver, and with the driver's death the browser."""
        self.dead = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
