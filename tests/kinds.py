"""What kind of test each one is, held against what it does: a test that is not marked opens no socket and starts no process.

Marks: `sockets` (speaks over a socket of the internet family), `processes` (starts one, a browser too), `slow` (pure, and
too long for `make quick`), `thorough` (for `make test-thorough` alone), `alone` (does not wait for the rest of its file).

    pytest --measure=FILE      also writes what each test took and did, one JSON object a line

Python's own audit events say what a test does, so a test cannot be quick by its mark alone.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fork_server import Forked

MARKS = {
    "sockets": "speaks over a socket",
    "processes": "starts a process, a browser too",
    "slow": "pure, and too long for `make quick`",
    "thorough": "for `make test-thorough` alone",
    "in_turn": "each row with one value of this parameter, in turn; with the others it is thorough",
    "alone": "takes so long that it does not keep its file together",
}
# A test that is marked with any of these may do what the event tells.
_ALLOWED = {"socket": ("sockets",), "process": ("processes", "sockets")}
_BROWSER = ("chrom", "playwright", "crawler.browser.child")
_DOCS = str(Path(__file__).parents[1] / "docs")
PHASES = ("setup", "call", "teardown")


class Events:
    """What this process was seen to do since `clear`. An audit hook cannot be taken out again: there is one."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        sys.addaudithook(self._heard)

    def clear(self) -> None:
        self.seen.clear()

    def _heard(self, event: str, args: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.bind"):
            if isinstance(args[1], tuple):
                self.seen.add("socket")
        elif event == "subprocess.Popen":
            self.seen.add("process")
            if any(name in f"{args[0]} {args[1]}" for name in _BROWSER):
                self.seen.add("browser")
        elif event in ("os.fork", "os.posix_spawn"):
            self.seen.add("process")
        elif event in ("os.kill", "os.killpg"):
            self.seen.add("kill")
        elif event == "open" and isinstance(args[0], str) and args[0].startswith(_DOCS):
            self.seen.add("docs")


EVENTS = Events()


class Kinds:
    """The plugin: measures every phase of a test and holds what it did against its marks."""

    def __init__(self, measure: str | None) -> None:
        self._measures = measure is not None
        self._path = Path(measure) if measure and "PYTEST_XDIST_WORKER" not in os.environ else None
        if self._path is not None:
            self._path.write_bytes(b"")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        return (yield from self._measured(item, "setup"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        return (yield from self._measured(item, "call"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        return (yield from self._measured(item, "teardown"))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self._path is not None and report.when == "teardown":
            row = {"id": report.nodeid.partition("@")[0], **dict(report.user_properties)}
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")

    def _measured(self, item: pytest.Item, phase: str) -> Iterator[None]:
        EVENTS.clear()
        wall, cpu = (time.perf_counter(), _cpu()) if self._measures else (0.0, 0.0)
        try:
            yield
        finally:
            if self._measures:
                row = (round(time.perf_counter() - wall, 4), round(_cpu() - cpu, 4), sorted(EVENTS.seen))
                item.user_properties.append((phase, row))
                if phase == "setup" and getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
                    item.user_properties.append(("property", True))
        undeclared = [event for event in sorted(EVENTS.seen) if not _may(item, event)]
        if undeclared:
            pytest.fail(f"used {', '.join(undeclared)} without a mark (tests/kinds.py)", pytrace=False)


def _may(item: pytest.Item, event: str) -> bool:
    return event not in _ALLOWED or any(item.get_closest_marker(mark) for mark in _ALLOWED[event])


def _cpu() -> float:
    """Seconds of this process, of the children that it has waited for, and of those that were forked for it."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system + Forked.cpu
