"""One life of the browser's process: started, spoken to, put down. Used by `crawler.browser.renderer` alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from claims.model import NetworkSettings
from crawler.browser.launch import BrowserUnavailable, Sandbox, unprivileged
from crawler.browser.limits import PageLimits
from crawler.browser.messages import BadMessage, Message, encode, read

_GRACE_SECONDS = 2.0
_START_SECONDS = 60.0
_STOP_SECONDS = 6.0


class ProcessDied(Exception):
    """The process is gone, or was put down."""


class BrowserProcess:
    """`start` it, `visit` pages, `retire` or `stop` it; `dead` once it is gone."""

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
        self.unheld = ""  # why the sandbox does not hold pages

    @classmethod
    async def start(
        cls,
        executable: Path,
        network: NetworkSettings,
        user_agent: str,
        sandbox: Sandbox,
        limits: PageLimits,
    ) -> BrowserProcess:
        user = unprivileged()
        folder = Path(tempfile.mkdtemp(prefix="govah-browser-"))
        try:
            if user is not None:
                os.chown(folder, *user)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "crawler.browser.child"),
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
            "limits": asdict(limits),
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
            raise BrowserUnavailable("the browser process ended at its start")
        if not hello.content["ready"]:
            raise BrowserUnavailable(hello.content["reason"])
        self.version = hello.content["version"]
        self.sandbox = hello.content["sandbox"]
        self.unheld = hello.content["reason"]
        self._listening = asyncio.create_task(self._listen(stdout))

    def _pipes(self) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
        if self._process.stdin is None or self._process.stdout is None:
            raise BrowserUnavailable("the browser process has no pipes")
        return self._process.stdin, self._process.stdout

    @property
    def pages(self) -> int:
        return self._last_id

    async def visit(
        self, url: str, full_page_screenshot: bool, seconds: float, measuring: float = 0.0
    ) -> Message:
        """The result of one page. TimeoutError: this page hung, and the process was killed for it."""
        self._last_id += 1
        number = self._last_id
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        self._idle.clear()
        order = {
            "id": number,
            "url": url,
            "full_page_screenshot": full_page_screenshot,
            "seconds": seconds,
            "measuring": measuring,
        }
        try:
            if self.dead:
                raise ProcessDied
            self._pipes()[0].write(encode(Message(order)))
            return await asyncio.wait_for(answer, seconds + _GRACE_SECONDS)
        except TimeoutError:
            self._kill()
            raise
        except OSError:
            raise ProcessDied from None
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
                    answer.set_exception(ProcessDied())

    async def retire(self) -> None:
        """Let the pages under way finish, then stop."""
        if not self.dead:
            await self._idle.wait()
        await self.stop()

    async def stop(self) -> None:
        """Ask it to end, kill what is left of it, remove its files."""
        with contextlib.suppress(OSError, BrowserUnavailable):
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
