"""Work on many agencies, by one process or shared by several. What is worked with goes to each of them once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")
_AT_ONCE = 25  # Agencies that a process is given at a time: sending each alone costs as much as its work.
_AHEAD = 4  # such lots for each process, so that what is made does not pile up


class WorkSharing(Protocol):
    """Results in the order of the items."""

    def __call__(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]: ...


def in_this_process(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    return map(work, items)


@dataclass(frozen=True, slots=True)
class Processes:
    """work, items and results have to be such as can be pickled. at_once: items that a process is handed."""

    number: int
    at_once: int = _AT_ONCE

    def __call__(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        rest = iter(items)
        waiting: deque[Future[list[R]]] = deque()
        with ProcessPoolExecutor(
            self.number, mp_context=get_context("spawn"), initializer=_take, initargs=(work,)
        ) as pool:
            while lot := list(islice(rest, self.at_once)):
                waiting.append(pool.submit(_do, lot))
                if len(waiting) == _AHEAD * self.number:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()


_work: Callable[[Any], Any]  # of a process that shares it


def _take(work: Callable[[Any], Any]) -> None:
    global _work
    _work = work


def _do(lot: list[Any]) -> list[Any]:
    return [_work(item) for item in lot]
