"""A forked command ends as one that was started, and one server serves the processes of pytest-xdist."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import command_server

pytestmark = pytest.mark.processes

LATE = """
import atexit, threading
atexit.register(print, "tidied")
threading.Thread(target=lambda: (threading.main_thread().join(), print("waited for"))).start()
"""


def test_it_waits_for_threads_and_tidies_up_and_says_all() -> None:
    done = command_server.govah("--version", env=os.environ, before=LATE)
    assert (done.returncode, done.stdout.splitlines()[-2:]) == (0, ["waited for", "tidied"])


@pytest.mark.parametrize(("program", "status"), [("sys.exit()", 0), ("sys.exit(5)", 5), ("sys.exit('no')", 1),
                                                 ("1 / 0", 1), ("None", 0), ("os.kill(os.getpid(), 15)", -15)])  # fmt: skip
def test_its_status_is_that_of_python(program: str, status: int) -> None:
    before = f"import os, sys, govah.__main__ as it\nit.main = lambda: {program}"
    done = command_server.govah(env=os.environ, before=before)
    assert done.returncode == status
    assert ("no" in done.stderr) == ("'no'" in program)
    assert ("ZeroDivisionError" in done.stderr) == ("1 / 0" in program)


def test_what_cannot_be_written_any_more_is_told_by_the_status() -> None:
    before = "import sys, govah.__main__ as it\nsys.stdout = open('/dev/full', 'w')\nit.main = lambda: print('lost')"
    assert command_server.govah(env=os.environ, before=before).returncode == 120


TESTS = """
import os
from tests import command_server
import pytest

@pytest.mark.processes
def test_{name}():
    before = "import os, govah.__main__ as it\\nit.main = lambda: print(os.getppid())"
    with open("{folder}/{name}", "w") as file:
        file.write(command_server.govah(env=os.environ, before=before).stdout)
"""


@pytest.mark.thorough
def test_processes_of_a_run_share_it(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"test_{name}.py").write_text(TESTS.format(name=name, folder=tmp_path))
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-n", "2"]
    root = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [*command, "--dist", "loadgroup", str(tmp_path)], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    one, two = ((tmp_path / name).read_text() for name in "ab")
    assert one == two and one.strip().isdigit()
    assert not Path("/proc", one.strip()).exists()
