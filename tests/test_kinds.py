"""A test is what its marks say: who opens a socket or starts a process without one fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import breaking
from tests.kinds import MARKS

pytest_plugins = ["pytester"]

CONFTEST = """
from tests.kinds import MARKS, Kinds

def pytest_addoption(parser):
    parser.addoption("--measure")

def pytest_configure(config):
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
    config.pluginmanager.register(Kinds(config.getoption("--measure")))
"""
DOES = {
    "binds": ("import socket; socket.socket().bind(('127.0.0.1', 0))", ("sockets",)),
    "starts": (
        "import subprocess, sys; subprocess.run([sys.executable, '--version'])",
        ("processes", "sockets"),
    ),
    "forks": ("import os; os.waitpid(os.fork() or os._exit(0), 0)", ("processes", "sockets")),
    "pairs": ("import socket; [one.close() for one in socket.socketpair()]", ("", *MARKS)),
    "loops": ("import asyncio; asyncio.run(asyncio.sleep(0))", ("", *MARKS)),
}


@pytest.mark.processes
@pytest.mark.sockets
@pytest.mark.parametrize("name", DOES)
def test_what_a_test_does_is_held_against_its_mark(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    line, fine = DOES[name]
    pytester.makeconftest(CONFTEST)
    marks = ("", *(mark for mark in MARKS if mark not in ("alone", "in_turn")))
    body = "\n".join(
        f"{f'@pytest.mark.{mark}' if mark else ''}\ndef test_{mark or 'unmarked'}(): {line}" for mark in marks
    )
    pytester.makepyfile(f"import pytest\n{body}")
    done = pytester.runpytest_inprocess("-q", "--measure", "times.jsonl", "-p", "no:cacheprovider")
    failed = {mark for mark in marks if mark not in fine}
    done.assert_outcomes(passed=len(marks) - len(failed), failed=len(failed))
    rows = [json.loads(row) for row in (pytester.path / "times.jsonl").read_text().splitlines()]
    assert len(rows) == len(marks)
    assert all(row["call"][0] >= 0 for row in rows)


@pytest.mark.processes
@pytest.mark.sockets
def test_a_fixture_is_held_against_the_mark_of_its_test(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        """
        import socket, pytest

        @pytest.fixture
        def port():
            with socket.socket() as one:
                one.bind(("127.0.0.1", 0))
                yield one.getsockname()[1]

        def test_one(port): pass
        """
    )
    done = pytester.runpytest_inprocess("-q", "-p", "no:cacheprovider")
    done.stdout.fnmatch_lines(["*used socket without a mark*"])


def test_the_expression_of_the_makefile_is_that_of_the_broken_rules() -> None:
    makefile = (Path(__file__).parents[1] / "Makefile").read_text(encoding="utf-8")
    assert f"PURE := {breaking.PURE}\n" in makefile
    assert all(mark in breaking.PURE for mark in MARKS if mark not in ("alone", "in_turn"))
