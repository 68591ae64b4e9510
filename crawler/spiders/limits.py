"""What keeps the code of an audit body's spider from holding up the run, which is one event loop.

Each step of a callback, from one await to the next, has some seconds by the clock on the wall: a loop without end and a
sleep are ended alike. It yields so many requests and items at most. What it raises is told, and costs that answer.
"""

from __future__ import annotations

import inspect
import signal
import threading
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import FrameType
from typing import Any, TypeVar

from scrapy import Request

T = TypeVar("T")
STEP = 10.0  # seconds
MOST = 10_000  # requests and items of one answer


class RequestRefused(Exception):
    """A spider does not get what it asked for, as its errback is told. reason: in words."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url[:200]}: {reason}")
        self.reason = reason


class CallbackTimeout(Exception):
    """A step of a callback took more than its seconds."""


class _Late(BaseException):
    """The same, as it is raised inside: a spider that catches every Exception does not catch it."""


@contextmanager
def _step() -> Iterator[None]:
    """Inside, nothing lasts. No other thread than the main one can be interrupted: in a shell, nothing is limited."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(number: int, frame: FrameType | None) -> None:
        raise _Late

    before = signal.signal(signal.SIGALRM, late)
    try:
        signal.setitimer(signal.ITIMER_REAL, STEP, 1.0)
        yield
    except _Late:
        raise CallbackTimeout(f"a step of a callback took more than {STEP:g} seconds") from None
    except (MemoryError, SystemExit, KeyboardInterrupt) as error:
        raise RuntimeError(f"{type(error).__name__} in a spider: {error}") from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


@types.coroutine
def in_steps(work: Awaitable[T]) -> Generator[Any, Any, T]:
    """Awaits it, each of its steps bounded."""
    steps = work.__await__()
    resume: Callable[[], Any] = lambda: next(steps)  # noqa: E731
    while True:
        try:
            with _step():
                waits_for = resume()
        except StopIteration as ended:
            return ended.value  # type: ignore[no-any-return]
        try:
            sent = yield waits_for
        except BaseException as error:
            thrown = error
            resume = lambda: steps.throw(thrown)  # noqa: B023, E731
        else:
            resume = lambda: steps.send(sent) if sent is not None else next(steps)  # noqa: B023, E731


def limited(callback: Callable[..., Any]) -> Callable[..., Any]:
    """The same callback, step by step: what it yielded before it raised is not lost."""

    @wraps(callback)
    async def bounded(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        with _step():
            said = callback(*args, **kwargs)
        if inspect.isasyncgen(said):
            async for one in limited_iterator(said):
                yield one
            return
        if inspect.isawaitable(said):
            said = await in_steps(said)
        for one in _few(said):
            yield one

    return bounded


def limited_end(closed: Callable[[str], Any]) -> Callable[[str], Any]:
    """The same of what a spider does when it is closed."""

    async def bounded(reason: str) -> None:
        with _step():
            said = closed(reason)
        if inspect.isawaitable(said):
            await in_steps(said)

    return bounded


def _few(said: Any) -> Iterator[Any]:
    if said is None:
        return
    if isinstance(said, Request | dict | str | bytes) or not isinstance(said, Iterable):
        yield said
        return
    each = iter(said)
    for _ in range(MOST):
        with _step():
            try:
                one = next(each)
            except StopIteration:
                return
        yield one
    raise RuntimeError(f"one callback yielded more than {MOST} requests and items")


async def limited_iterator(said: AsyncIterator[T]) -> AsyncIterator[T]:
    count = 0
    while count < MOST:
        try:
            one = await in_steps(said.__anext__())
        except StopAsyncIteration:
            return
        yield one
        count += 1
    raise RuntimeError(f"one callback yielded more than {MOST} requests and items")


class SpiderLimits:
    """A spider middleware: what a spider begins with is bounded as what it answers with."""

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for one in limited_iterator(start):
            yield one
