"""A worker and a scheduler of a real cluster that are not ours any more: what they send as programs is run nowhere."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from crawler.fleet.dask_link import ClusterUnusable, DaskScheduler, workers
from crawler.fleet.keyless_process import run_without_key
from evidence.verify.folder import verify
from tests.crawler.fleet.test_cluster import Dask, begun, certificates, said, with_files
from tests.govah import stored

pytestmark = [pytest.mark.sockets, pytest.mark.processes]

# Whoever unpickles it copies the key to a file of the attacker, as far as it can read it.
EVIL = """
import pickle
class Evil:
    def __reduce__(self):
        return exec, ({program!r},)
"""
PROGRAM = (
    "import os, shutil\n"
    "if b'dask' not in open('/proc/self/cmdline', 'rb').read():\n"  # on the attacker's machine it may run
    "    open({marker!r}, 'w').close(); shutil.copy({key!r}, {stolen!r})"
)

# Loaded by the attacker's machine before it joins.
ON_RESULTS = "import govah.cluster_checks as ours; ours.judge = lambda judging, agency: Evil()"
ON_ERRORS = """
import govah.cluster_checks as ours
class Raised(Exception):
    def __reduce__(self):
        return Evil().__reduce__()
def judge(judging, agency):
    raise Raised()
ours.judge = judge
"""
ON_LOOK = "import crawler.fleet.dask_link as ours; ours.describe_self = lambda folder: Evil()"
LIES = """
import govah.cluster_checks as ours
ours.honest = getattr(ours, "honest", ours.judge)  # this is loaded twice
def judge(judging, agency):
    return ours.honest(judging, agency).replace('"agency": "%s"' % agency, '"agency": "other"')
ours.judge = judge
"""
ENDLESS = "import govah.cluster_checks as ours; ours.judge = lambda judging, agency: '[' * 1_000_000"
IN_MESSAGES = """
from distributed import Scheduler
from distributed.protocol.serialize import ToPickle
Scheduler.honest = getattr(Scheduler, "honest", Scheduler.identity)  # this is loaded twice
def rogue(self, *arguments, **named):
    return {**self.honest(*arguments, **named), "more": ToPickle(Evil())}
Scheduler.identity = rogue
"""
IN_VALUES = IN_MESSAGES.replace("ToPickle", "to_serialize").replace("serialize.to", "serialize import to")


class Attack:
    """A round that is judged by a cluster, and the attacker's files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.round = stored.unpack(folder)
        self.key = stored.key(folder / "signer.key")
        self.marker, self.stolen = folder / "ran", folder / "stolen"
        self.files = certificates(folder / "certificates")
        self.clusters: list[Dask] = []

    def preload(self, code: str) -> str:
        """The setting that has a program of Dask load this first."""
        program = PROGRAM.format(marker=str(self.marker), key=str(self.key), stolen=str(self.stolen))
        path = self.folder / f"rogue{len(list(self.folder.glob('rogue*')))}.py"
        path.write_text(EVIL.format(program=program) + dedent(code))
        return json.dumps([str(path)])

    def cluster(self, *, scheduler: str = "") -> Dask:
        more = {"DASK_DISTRIBUTED__SCHEDULER__PRELOAD": self.preload(scheduler)} if scheduler else {}
        self.clusters.append(Dask(self.folder, workers=0, files=self.files, **more))
        return self.clusters[-1]

    def rogue(self, dask: Dask, code: str) -> None:
        dask.joined(DASK_DISTRIBUTED__WORKER__PRELOAD=self.preload(code))

    def until_known(self, dask: Dask) -> None:
        """Until the scheduler has a worker: a command that begins before waits for others where this one is unfit."""
        run_without_key(waits_for_a_worker, dask.address, *map(str, self.files.values()))

    def check(self, dask: Dask, status: int = 0) -> str:
        words = ("check", "--cluster", dask.address, *with_files(self.files))
        return said(begun(self.round, *words), status)

    def nothing_ran(self) -> None:
        assert not self.marker.exists() and not self.stolen.exists()


@pytest.fixture
def attack(tmp_path: Path) -> Iterator[Attack]:
    made = Attack(tmp_path)
    yield made
    for dask in made.clusters:
        dask.close()


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(ON_RESULTS, id="pickle"),
        pytest.param(LIES, id="lies", marks=pytest.mark.thorough),
        pytest.param(ENDLESS, id="nesting", marks=pytest.mark.thorough),
    ],
)
def test_a_worker_that_sends_something_else_is_left_out_and_the_others_go_on(
    attack: Attack, code: str
) -> None:
    dask = attack.cluster()
    attack.rogue(dask, code)
    waiting = begun(attack.round, "check", "--cluster", dask.address, *with_files(attack.files))
    try:
        assert waiting.stderr is not None
        heard = iter(waiting.stderr)
        assert any("sent something other" in line for line in heard)
        dask.joined()  # an honest one
        told = said(waiting)
    finally:
        waiting.kill()
        waiting.communicate()
    assert "Traceback" not in told
    attack.nothing_ran()
    judged = (attack.round / "results" / "findings.jsonl").read_bytes()
    assert judged == stored.FINDINGS.read_bytes()
    assert verify(attack.round / "evidence", findings=attack.round / "results" / "findings.jsonl") == []


@pytest.mark.parametrize(
    "code",
    [pytest.param(ON_ERRORS, id="error", marks=pytest.mark.thorough), pytest.param(ON_LOOK, id="look")],
)
def test_a_worker_whose_errors_or_own_account_are_programs_ends_the_command(
    attack: Attack, code: str
) -> None:
    dask = attack.cluster()
    attack.rogue(dask, code)
    attack.until_known(dask)
    words = ("check", "--cluster", dask.address, *with_files(attack.files))
    process = begun(attack.round, *words)
    told = "".join(process.communicate(timeout=120))
    assert process.returncode in (2, 70) and "Error" in told
    attack.nothing_ran()
    assert not (attack.round / "results").exists()


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(IN_MESSAGES, id="message"),
        pytest.param(IN_VALUES, id="value", marks=pytest.mark.thorough),
    ],
)
def test_a_scheduler_that_sends_programs_is_not_asked_again(attack: Attack, code: str) -> None:
    dask = attack.cluster(scheduler=code)
    dask.joined()
    process = begun(attack.round, "check", "--cluster", dask.address, *with_files(attack.files))
    told = "".join(process.communicate(timeout=120))
    attack.nothing_ran()
    if code is IN_MESSAGES:
        assert process.returncode == 2 and "sent a program instead of data" in told
        assert not (attack.round / "results").exists()
    else:  # is not looked at, and so nothing comes of it
        assert process.returncode in (0, 2)


def names_a_function(tell: Callable[..., None], stop: object) -> str:
    import pickle

    return str(pickle.loads(b"cos\nsystem\n(S'true'\ntR."))


def plain_values(tell: Callable[..., None], stop: object) -> object:
    import pickle

    return pickle.loads(pickle.dumps({"a": [1, "b", None, 2.5]}))


def says_too_much(tell: Callable[..., None], stop: object) -> None:
    import os

    os.write(1, b"to the terminal")
    tell("x", "y" * 300_000_000)


def knows_the_key(tell: Callable[..., None], stop: object) -> object:
    import os

    names = [str(one.resolve()) for one in Path("/proc/self/fd").iterdir()]
    return [os.environ.get("GOVAH_KEY"), [name for name in names if name.endswith("signer.key")]]


def test_the_process_that_speaks_with_a_cluster_looks_up_no_name_for_a_pickle(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ClusterUnusable, match=r"PickleRefused: os\.system"):
        run_without_key(names_a_function)
    assert run_without_key(plain_values) == {"a": [1, "b", None, 2.5]}
    monkeypatch.setenv("GOVAH_KEY", str(tmp_path / "signer.key"))
    with stored.key(tmp_path / "signer.key").open("rb"):
        assert run_without_key(knows_the_key) == [None, []]


@pytest.mark.thorough
def test_what_it_says_is_bounded(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ClusterUnusable) as refused:
        run_without_key(says_too_much)
    assert refused.value.code == "client_died" and capfd.readouterr().out == ""


def waits_for_a_worker(tell: Callable[..., None], stop: object, address: str, *files: str) -> None:
    async def known() -> None:
        ca, cert, key = map(Path, files)
        async with DaskScheduler(address, ca, cert, key).connected() as client:
            while not await workers(client):
                await asyncio.sleep(0.05)

    asyncio.run(asyncio.wait_for(known(), 60))


def test_the_command_itself_never_loads_what_unpickles() -> None:
    """Not even with the options of a cluster."""
    assert "distributed" not in sys.modules
