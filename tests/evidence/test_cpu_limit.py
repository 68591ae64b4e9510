"""Reading that takes too much CPU is interrupted, wherever it is, and nothing else is."""

from __future__ import annotations

import contextlib
import re
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from evidence.cpu_limit import CutOff, TookTooLong, cpu_limit, hurry, take_time, within


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    yield
    take_time()
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def for_ever() -> None:
    re.match("(a+)+b", "a" * 60)


def spin(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_a_pattern_that_does_not_end_is_interrupted() -> None:
    with pytest.raises(TookTooLong), cpu_limit(0.1):
        for_ever()


def test_what_catches_it_is_interrupted_again() -> None:
    caught = []
    with pytest.raises(TookTooLong), cpu_limit(0.1):
        try:
            for_ever()
        except Exception as error:
            caught.append(error)
        for_ever()
    assert len(caught) == 1


def test_what_ends_in_time_is_left_alone_and_so_is_what_comes_after() -> None:
    with cpu_limit(0.2):
        spin(0.05)
    spin(0.3)


def test_a_limit_within_another_ends_with_it() -> None:
    with pytest.raises(TookTooLong), cpu_limit(0.2), contextlib.ExitStack() as inner:
        inner.enter_context(cpu_limit(3600.0))
        for_ever()


def test_a_limit_within_another_is_caught_alone_and_takes_of_its_time() -> None:
    assert within(3600.0, lambda: "read") == "read"
    assert within(0.1, for_ever) is None
    ended = 0
    with pytest.raises(TookTooLong), cpu_limit(1.0):
        for _ in range(1_000):
            assert within(0.1, for_ever) is None
            ended += 1
    assert 3 < ended < 30


def test_other_threads_are_not_limited() -> None:
    ended = []

    def work() -> None:
        with cpu_limit(0.01):
            spin(0.05)
        ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended == [True]


def test_the_end_of_a_run_cuts_off_what_is_being_read_and_all_that_comes_after() -> None:
    signal.signal(signal.SIGUSR2, lambda number, frame: hurry())
    with pytest.raises(CutOff), cpu_limit(3600.0):
        signal.raise_signal(signal.SIGUSR2)
        for_ever()
    began = time.process_time()
    for _ in range(3):
        with pytest.raises(CutOff), cpu_limit(3600.0):
            for_ever()
    assert time.process_time() - began < 60  # a hundred times what it takes, and less than an hour
    take_time()
    with cpu_limit(3600.0):
        spin(0.2)
