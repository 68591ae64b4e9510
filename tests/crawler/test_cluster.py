"""Workers of a real Dask cluster crawl a round: they find what one process finds, and any of its parts may die."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evidence import layout
from evidence.verify import verify
from tests.crawler.conftest import Crawl
from tests.crawler.country import AGENCIES, SHARDS, account, accounts, meetings

WORKERS = 3


class Dask:
    """A scheduler and workers on loopback, each started again when it ends, as a supervisor does."""

    def __init__(self, folder: Path, *, workers: int, tls: tuple[str, ...] = ()) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"{'tls' if tls else 'tcp'}://127.0.0.1:{port}"
        self._loops: list[subprocess.Popen[bytes]] = []
        self._environment = {
            **os.environ,
            "DASK_TEMPORARY_DIRECTORY": str(folder),
            "DASK_LOGGING__DISTRIBUTED": "error",
        }
        listening = ("--host", self.address.replace(f":{port}", ""), "--port", str(port))
        self.scheduler = self._kept("scheduler", *listening, "--no-dashboard", *tls)
        offering = ("--nthreads", "1", "--no-nanny", "--resources", "shard=1", "--no-dashboard")
        self.workers = [
            self._kept("worker", self.address, *offering, "--host", "127.0.0.1", *tls) for _ in range(workers)
        ]

    def _kept(self, *arguments: str) -> subprocess.Popen[bytes]:
        again = ["sh", "-c", 'while true; do "$@"; sleep 0.1; done', "loop"]
        self._loops.append(
            subprocess.Popen(
                [*again, sys.executable, "-m", "dask", *arguments],
                env=self._environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
        return self._loops[-1]

    def close(self) -> None:
        for loop in self._loops:
            os.killpg(loop.pid, signal.SIGKILL)
            loop.wait()


def children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def kept(loop: subprocess.Popen[bytes]) -> int:
    """The process that a loop has started last."""
    return children(loop.pid)[0]


def visiting(loop: subprocess.Popen[bytes]) -> list[int]:
    """Processes of a worker that visit a shard, whichever of its threads started them."""
    found = []
    for worker in children(loop.pid):
        for task in Path(f"/proc/{worker}/task").iterdir():
            found += [
                int(pid)
                for pid in (task / "children").read_text().split()
                if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()
            ]
    return found


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    running = Dask(tmp_path_factory.mktemp("dask"), workers=WORKERS)
    yield running
    running.close()


def as_files(crawl: Crawl, folder: Path, *, delay: float) -> Crawl:
    """The same round as a folder of files, for the command line."""
    folder.mkdir()
    options = crawl.options
    hosts = ", ".join(f'"{name}" = "{target}"' for name, target in options["hosts"].items())
    settings = {**options["crawl"], "delay": delay}
    (folder / "round.toml").write_text(
        '[round]\nid = "country"\n[crawl]\n'
        + "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
        + f"[network]\nallow_private = true\ncontrols = []\nresolver = []\nhosts = {{ {hosts} }}\n"
    )
    agencies = "".join(f"{a['id']},{a['id']},main,{a['portal']}\n" for a in options["agencies"])
    services = "".join(
        f"{s['agency']},s{n},{s['title']},yes,{s['url']}\n" for n, s in enumerate(options["services"])
    )
    (folder / "agencies.csv").write_text("agency,name,kind,portal\n" + agencies)
    (folder / "services.csv").write_text("agency,service,title,electronic,url\n" + services)
    return Crawl(folder)


def begun(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "GOVAH_LANG": "en", "COLUMNS": "200", "NO_COLOR": "1"}
    environment["GOVAH_KEY"] = str(folder.parent / "signer.key")
    return subprocess.Popen(
        [sys.executable, "-m", "govah", arguments[0], str(folder), *arguments[1:]],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen[str], status: int = 0) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == status, out + err
    return out + err


@pytest.fixture
def planned(country: Any, tmp_path: Path) -> Any:
    """A round in shards, not begun, its portals, and the options that its crawl of one process has."""
    crawl, gateway, sites = country
    spread = as_files(crawl, tmp_path / "spread", delay=0.05)
    said(begun(spread.folder, "plan", "--shards", str(SHARDS)))
    return spread, crawl, (gateway, *sites.values())


def asked(sites: Any) -> int:
    return sum(len(site.asked) for site in sites)


def whole(spread: Crawl, before: Any) -> None:
    """Nothing committed was lost or fetched twice, and every agency is over."""
    found = account(spread)
    assert before <= found
    assert max(found.values()) == 1
    assert {state for state, *_ in accounts(spread).values()} == {"complete"}
    assert len(accounts(spread)) == AGENCIES
    assert verify(spread.folder / "evidence") == []
    assert not (spread.folder / "evidence" / layout.COORDINATOR).exists()


def results(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "results").iterdir()}


def test_workers_find_what_one_process_finds_and_never_meet(dask: Dask, planned: Any, kit: Any) -> None:
    spread, crawl, sites = planned
    assert crawl.run()["state"] == "complete"
    for site in sites:
        site.asked.clear()
        site.visits.clear()
    process = begun(spread.folder, "crawl", "--cluster", dask.address)
    kit.wait_for(lambda: sum(len(visiting(loop)) for loop in dask.workers) == SHARDS, 60)
    assert "complete" in said(process)
    assert account(spread) == account(crawl)
    assert accounts(spread) == accounts(crawl)
    for site in sites:
        assert meetings(site) == []
    whole(spread, account(crawl))
    here, elsewhere = (Path(f"{spread.folder}-{name}") for name in ("here", "elsewhere"))
    for copy, options in ((here, ()), (elsewhere, ("--cluster", dask.address))):
        subprocess.run(["cp", "-a", str(spread.folder), str(copy)], check=True)
        said(begun(copy, "check", *options))
        assert verify(copy / "evidence", findings=copy / "results" / "findings.jsonl") == []
    assert results(elsewhere) == results(here)


@pytest.mark.parametrize("whom", ["worker", "scheduler", "coordinator"])
def test_whoever_is_killed_nothing_is_lost_or_seen_twice(
    dask: Dask, planned: Any, kit: Any, whom: str
) -> None:
    spread, _, sites = planned
    process = begun(spread.folder, "crawl", "--cluster", dask.address)
    try:
        kit.wait_for(lambda: sum(len(visiting(loop)) for loop in dask.workers) == SHARDS, 60)
        kit.wait_for(lambda: asked(sites) > 20)
        time.sleep(0.6)  # something is committed by now
        before = account(spread)
        loop = dask.scheduler if whom == "scheduler" else dask.workers[0]
        victim = process.pid if whom == "coordinator" else kept(loop)
        orphans = visiting(dask.workers[0]) if whom == "worker" else []
        os.kill(victim, signal.SIGKILL)
        kit.wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in orphans), 2)
        if whom == "coordinator":
            process.communicate()
            process = begun(spread.folder, "crawl", "--cluster", dask.address)
        told = said(process)
    finally:
        process.kill()
        process.communicate()
    assert "complete" in told and ("is back" in told) == (whom == "scheduler")
    whole(spread, before)
