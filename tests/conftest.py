"""How the tests are spread over processes, and what none of them inherits from whoever runs them.

A file stays together. Whole crawls come first: they take longest. Then comes what waits for others, and last what only
calculates: it fills what is left of every core. With GOVAH_TESTS=thorough properties get 300 examples
where they name no number of their own, usually fifteen, with GOVAH_TESTS=quick ten. How long an example takes is up to the
machine, and fails nothing. What whoever runs them has set for govah, for colours and for the width of a terminal is not
theirs, and neither is a locale.
"""

from __future__ import annotations

import gc
import itertools
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.command_server import SERVERS
from tests.deeper import runs_otherwise
from tests.depth import DEPTH, QUICK_ROWS
from tests.fork_server import share
from tests.kinds import MARKS, Kinds

for name in (
    *("GOVAH_LANG", "GOVAH_PLAIN", "GOVAH_KEY", "GOVAH_TOKEN", "GOVAH_CLUSTER"),
    *("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"),
):
    os.environ.pop(name, None)
os.environ["LC_ALL"] = "C.UTF-8"

MEMORY = Path("/dev/shm")
if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 4 * 2**30:
    # evidence is written through to the disk: half of what a small round costs is waiting for it
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

_FOLDERS = itertools.count()

settings.register_profile(
    "usual",
    settings.default,
    deadline=None,
    max_examples=15,
    derandomize="GOVAH_SEED" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", settings.get_profile("usual"), max_examples=300)
settings.register_profile("quick", settings.get_profile("usual"), max_examples=10)
settings.load_profile(DEPTH)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--measure", metavar="FILE", help="write what each test took and did, as JSON lines")
    parser.addoption(
        "--after-usual", action="store_true", help="leave out what `make test` has just run in the same way"
    )


def pytest_configure(config: pytest.Config) -> None:
    for mark, meaning in MARKS.items():
        config.addinivalue_line("markers", f"{mark}: {meaning}")
    config.addinivalue_line(
        "markers", "xdist_group(name): what one process runs, where pytest-xdist is not loaded"
    )
    config.pluginmanager.register(Kinds(config.getoption("--measure")), "kinds")
    if config.getoption("numprocesses", None):
        config.add_cleanup(share(*SERVERS.values(), "tests.crawler.crawl_child").close)


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """In place of pytest's own, which looks through the names of all folders before: that took a millisecond a test.

    A folder of a test that failed is kept, as pytest keeps it.
    """
    failed = request.session.testsfailed
    path = tmp_path_factory.mktemp(f"{next(_FOLDERS)}-{request.node.originalname[:30]}", numbered=False)
    yield path
    if request.session.testsfailed == failed:
        shutil.rmtree(path, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Seventeen thousand tests live to the end: looking for garbage among them takes a quarter of their collection."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)  # before marks are selected by, and before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith("tests/estate/"):
            item.add_marker(pytest.mark.sockets)  # whichever comes first may have to crawl
    _take_turns(items)
    if DEPTH == "quick":
        items[:], left = _of_each_table(items)
        config.hook.pytest_deselected(items=left)
    if config.getoption("--after-usual"):
        left = [item for item in items if not runs_otherwise(item)]
        items[:] = [item for item in items if runs_otherwise(item)]
        config.hook.pytest_deselected(items=left)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    waiting = {_group(item) for item in items if any(map(item.get_closest_marker, ("sockets", "processes")))}
    items.sort(
        key=lambda item: (
            item.get_closest_marker("alone") is None,
            _group(item) not in waiting,
            item.nodeid.startswith("tests/estate/"),  # they wait for a crawl of minutes, which began first
        )
    )


def _take_turns(items: list[pytest.Item]) -> None:
    """What `in_turn` says: the first row with the first value of the parameter, the second with the second, and so on."""
    tables: dict[str, list[tuple[pytest.Item, str, dict[str, Any]]]] = defaultdict(list)
    for item in items:
        if (mark := item.get_closest_marker("in_turn")) and (spec := getattr(item, "callspec", None)):
            tables[item.nodeid.partition("[")[0]].append((item, mark.args[0], spec.params))
    for rows in tables.values():
        seen: dict[str, list[Any]] = defaultdict(list)
        for _, _, params in rows:
            for name, value in params.items():
                if value not in seen[name]:
                    seen[name].append(value)
        for item, turning, params in rows:
            places = {name: seen[name].index(value) for name, value in params.items()}
            turn = places.pop(turning)
            if sum(places.values()) % len(seen[turning]) != turn:
                item.add_marker(pytest.mark.thorough)


def _of_each_table(items: list[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """So many rows of each table, spread over those of it that are usual, and the others."""
    tables: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("thorough") is None:
            tables[item.nodeid.partition("[")[0]].append(item)
    kept = {id(item) for rows in tables.values() for item in rows[:: -(-len(rows) // QUICK_ROWS)]}
    return [item for item in items if id(item) in kept], [item for item in items if id(item) not in kept]


def _group(item: pytest.Item) -> str:
    """What one process runs: a file, or a test that says it stands alone."""
    alone = item.get_closest_marker("alone")
    return item.nodeid if alone else item.nodeid.partition("::")[0]
