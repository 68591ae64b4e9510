"""Several processes crawl one round: they find what one finds, meet nowhere, and may die at any moment."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from multiprocessing import Pipe
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crawler.engine.progress import Progress
from crawler.fleet import process_pool, shard_process
from crawler.fleet.shard_run import ShardOutcome
from evidence import layout
from evidence.canonical import canonical_line
from evidence.store.lease import process_started
from evidence.verify.folder import verify
from tests.crawler.country import AGENCIES, DELAY, SHARDS, account, accounts, meetings

pytestmark = pytest.mark.sockets


def _in_the_midst(kit: Any, sites: Any) -> None:
    """Waits until every portal holds somebody, so that nobody is done, whoever of them began last."""
    kit.wait_for(lambda: all(site.holds for site in sites.values()))


def _lanes(process: subprocess.Popen[str]) -> list[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
    return [
        int(pid)
        for pid in children
        if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    ]


def test_three_processes_find_what_one_finds_and_never_meet(country: Any, kit: Any) -> None:
    crawl, gateway, sites = country
    alone = crawl.run()
    assert alone["state"] == "complete"
    one, told = account(crawl), accounts(crawl)
    for site in (gateway, *sites.values()):
        site.asked.clear()
        site.visits.clear()
    several = kit.crawl(gateway, name="several", **crawl.options)
    said = several.run(lanes=SHARDS)
    assert said["state"] == "complete", said
    assert said["progress"]["done"] == said["progress"]["agencies"] == AGENCIES
    assert account(several) == one
    assert accounts(several) == told
    evidence = several.folder / "evidence"
    assert [shard.name for shard in layout.shards(evidence)] == [
        layout.shard_name(n + 1) for n in range(SHARDS)
    ]
    assert verify(evidence) == []
    assert not list(evidence.glob("gate-*")) and not list(evidence.rglob(layout.PROGRESS))
    assert len(gateway.asked) >= AGENCIES
    for site in (gateway, *sites.values()):
        assert meetings(site) == []
    # the sign-on was asked by every process, and never faster than by one
    assert min(gateway.gaps()) >= DELAY * 0.9


# Both leave the same to whoever follows, which the first of them shows.
@pytest.mark.parametrize("whom", ["lane", pytest.param("coordinator", marks=pytest.mark.thorough)])
def test_one_that_is_killed_is_followed_and_nothing_is_lost_or_seen_twice(
    country: Any, kit: Any, whom: str
) -> None:
    crawl, _, sites = country
    for site in sites.values():
        site.hold(after=6)
    process = crawl.start(lanes=SHARDS)
    try:
        _in_the_midst(kit, sites)
        lanes = _lanes(process)
        assert len(lanes) == SHARDS
        victim = lanes[0] if whom == "lane" else process.pid
        kit.wait_for(lambda: bool(account(crawl)))
        before = account(crawl)
        subprocess.run(["kill", "-9", str(victim)], check=True)
        for site in sites.values():
            site.go_on()
        if whom == "coordinator":
            process.communicate()
            kit.wait_for(lambda: not any(process_started(pid) for pid in lanes))
            said = crawl.run(lanes=SHARDS)
        else:
            said = crawl.finish(process)
    finally:
        process.kill()
        process.communicate()
    assert said["state"] == "complete", said
    found = account(crawl)
    assert before <= found
    assert max(found.values()) == 1
    assert {state for state, *_ in accounts(crawl).values()} == {"complete"}
    assert len(accounts(crawl)) == AGENCIES
    assert verify(crawl.folder / "evidence") == []


def _holders(shard: Path) -> list[int]:
    """Processes that have a shard, alive or not."""
    found = []
    for lease in shard.glob("epoch-*") if shard.is_dir() else ():
        with contextlib.suppress(FileNotFoundError, ValueError):
            found += [json.loads(lease.read_bytes()).get("pid")]
    return [pid for pid in found if pid and Path(f"/proc/{pid}").exists()]


def test_a_shard_is_given_up_after_so_many_deaths_and_the_others_are_visited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: Counter[int] = Counter()

    def start(evidence: Path, shard: int, visiting: Any) -> Any:
        begun[shard] += 1
        outcome = None if shard == 1 else ShardOutcome("complete")
        process = SimpleNamespace(exitcode=-9)
        return SimpleNamespace(
            shard=shard, outcome=outcome, progress=None, process=process, ended=lambda: True
        )

    monkeypatch.setattr(process_pool, "ShardProcess", SimpleNamespace(start=start))
    monkeypatch.setattr(process_pool, "TICK", 0.0)
    visiting: Any = SimpleNamespace(folder=tmp_path, agencies_of=lambda shard: frozenset({f"a{shard}"}))
    monkeypatch.setattr(process_pool, "is_over", lambda visiting, shard: False)
    visited = process_pool.ProcessPool(visiting, 2, lambda progress: None, threading.Event()).run([1, 2, 3])
    assert begun == {1: process_pool.ATTEMPTS, 2: 1, 3: 1}
    assert visited.state == "failed" and "shard 1 ended 5 times, last with -9" in visited.detail


# The same with real processes.
@pytest.mark.thorough
def test_a_shard_over_which_processes_die_is_given_up_and_the_others_are_visited(
    country: Any, kit: Any
) -> None:
    crawl, _, _ = country
    evidence = crawl.folder / "evidence"
    process = crawl.start(lanes=2)
    killed = set()
    try:
        while process.poll() is None:
            for pid in _holders(evidence / "shard-0001"):
                killed.add(pid)
                subprocess.run(["kill", "-9", str(pid)], check=False)
            time.sleep(0.02)
        said = crawl.finish(process)
    finally:
        process.kill()
        process.communicate()
    assert len(killed) == process_pool.ATTEMPTS
    assert said["state"] == "failed" and "shard 1 ended 5 times" in said["detail"]
    shards = json.loads((evidence / "plan.json").read_bytes())["plan"]["shards"]
    assert set(accounts(crawl)) == {agency for shard in shards[1:] for agency in shard}
    assert crawl.run(lanes=2)["state"] == "complete"
    assert verify(evidence) == []


def _stopped(pid: int) -> None:
    subprocess.run(["kill", "-STOP", str(pid)], check=True)


def test_one_that_gives_no_sign_of_life_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when it is stopped, by our own clock: a clock that stood still meanwhile was ours, and kills nobody."""
    now, killed = 0.0, []
    monkeypatch.setattr(shard_process, "time", SimpleNamespace(monotonic=lambda: now))
    process = SimpleNamespace(is_alive=lambda: True, kill=lambda: killed.append(now))
    listening, _told = Pipe(duplex=False)
    lease = tmp_path / layout.epoch_name(1)
    lease.touch()
    lane = shard_process.ShardProcess(1, process, tmp_path, listening, _signed=now, _looked=now)  # type: ignore[arg-type]

    def pass_by(seconds: int, *, living: bool) -> None:
        nonlocal now
        for _ in range(seconds):
            now += 1.0
            if living:
                os.utime(lease, (now, now))
            assert not lane.ended()

    pass_by(int(shard_process.SILENT) * 2, living=True)
    now += shard_process.SILENT * 2  # we were stopped
    pass_by(int(shard_process.SILENT) - 1, living=False)
    assert not killed
    pass_by(4, living=False)
    assert killed


# Its parts: the test before this one, and that of one that is killed.
@pytest.mark.thorough
def test_one_that_is_stopped_is_ended_and_followed(country: Any, kit: Any) -> None:
    crawl, _, sites = country
    for site in sites.values():
        site.hold(after=6)
    process = crawl.start(lanes=SHARDS, silent=7.0)  # a sign of life comes every five seconds
    try:
        _in_the_midst(kit, sites)
        victim = _lanes(process)[0]
        _stopped(victim)
        for site in sites.values():
            site.go_on()
        before = account(crawl)
        said = crawl.finish(process)
    finally:
        process.kill()
        process.communicate()
    assert process_started(victim) is None
    assert said["state"] == "complete", said
    found = account(crawl)
    assert before <= found
    assert max(found.values()) == 1
    assert verify(crawl.folder / "evidence") == []


# Its parts: tests/evidence has leases that are lost, and test_address_locks.py has who is past its time.
@pytest.mark.thorough
def test_one_elsewhere_that_slept_past_its_time_finds_itself_succeeded(country: Any, kit: Any) -> None:
    """It holds addresses that others want; woken, it asks nobody for anything."""
    crawl, gateway, sites = country

    def own(shard: int) -> int:
        """Requests of the portals of a shard."""
        return sum(len(sites[agency].asked) for agency in shards[shard - 1])

    for site in sites.values():
        site.hold(after=6)
    first = crawl.start(machine="one", shard=(1, SHARDS))
    try:
        kit.wait_for(lambda: any(site.holds for site in sites.values()))
        shards = json.loads((crawl.folder / "evidence" / "plan.json").read_bytes())["plan"]["shards"]
        _stopped(first.pid)
        for site in sites.values():
            site.go_on()
        before = account(crawl)
        others = [crawl.start(machine="two", shard=(n, SHARDS)) for n in range(2, SHARDS + 1)]
        time.sleep(3.5)
        successor = crawl.run(machine="two", shard=(1, SHARDS))
        assert successor["state"] == "complete", successor
        for other in others:
            assert crawl.finish(other)["state"] == "complete"
        asked = own(1), len(gateway.asked)
        subprocess.run(["kill", "-CONT", str(first.pid)], check=True)
        woken = crawl.finish(first)
        assert woken["state"] == "interrupted" and "LeaseLost" in woken["detail"]
        # of what it had under way when it was stopped, one request a host at most goes out
        assert own(1) - asked[0] <= len(shards[0]) and len(gateway.asked) - asked[1] <= 1
    finally:
        first.kill()
        first.communicate()
    assert crawl.run()["state"] == "complete"
    found = account(crawl)
    assert before <= found
    assert max(found.values()) == 1
    assert verify(crawl.folder / "evidence") == []


@pytest.mark.thorough
def test_a_key_pressed_ends_all_of_them_and_they_go_on_from_there(country: Any, kit: Any) -> None:
    crawl, _, sites = country
    for site in sites.values():
        site.hold(after=6)
    process = crawl.start(lanes=2)
    kit.wait_for(lambda: any(site.holds for site in sites.values()))
    process.send_signal(signal.SIGINT)
    assert crawl.finish(process)["state"] == "interrupted"
    for site in sites.values():
        site.go_on()
    before = account(crawl)
    assert crawl.run(lanes=SHARDS)["state"] == "complete"
    found = account(crawl)
    assert before <= found
    assert max(found.values()) == 1


def test_another_crawl_of_the_round_is_refused_meanwhile(country: Any, kit: Any) -> None:
    crawl, _, sites = country
    slow = {**crawl.options["crawl"], "delay": 2.0}
    process = crawl.start(lanes=SHARDS, crawl=slow)
    try:
        kit.wait_for(lambda: sum(len(site.asked) for site in sites.values()) > 5)
        second = crawl.start(lanes=SHARDS, crawl=slow)
        _, err = second.communicate(timeout=300)
        assert second.returncode != 0
        assert "EvidenceBusy" in err
        process.send_signal(signal.SIGINT)
        assert crawl.finish(process)["state"] == "interrupted"
    finally:
        process.kill()
        process.communicate()


@pytest.mark.thorough
def test_a_shard_that_another_process_has_keeps_nobody_from_the_others(country: Any, kit: Any) -> None:
    crawl, _, _ = country
    evidence = crawl.folder / "evidence"
    lease = evidence / layout.shard_name(SHARDS) / layout.epoch_name(1)
    process = crawl.start(lanes=SHARDS)
    try:
        kit.wait_for((evidence / layout.CHECKPOINTS).exists)
        lease.parent.mkdir(exist_ok=True)
        own = {"host": socket.gethostname(), "pid": os.getpid(), "started": process_started(os.getpid())}
        lease.write_bytes(canonical_line(own))
        _, err = process.communicate(timeout=300)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode != 0 and "EvidenceBusy" in err
    shards = json.loads((evidence / "plan.json").read_bytes())["plan"]["shards"]
    assert {agency for agency, (state, *_) in accounts(crawl).items() if state == "complete"} == {
        agency for shard in shards[:-1] for agency in shard
    }
    lease.write_bytes(canonical_line({"closed": True}))
    assert crawl.run(lanes=SHARDS)["state"] == "complete"
    assert max(account(crawl).values()) == 1
    assert verify(evidence) == []


def test_nobody_who_crawls_waits_for_one_that_does_not_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when it was stopped at the terminal."""
    monkeypatch.setattr(shard_process, "TICK", 0.0)
    listening, told = Pipe(duplex=False)
    telling = shard_process._ProgressReporter(told)
    saying = [Progress(1, 0, 1, n, 5, 1, 0, 0, 1.0, False, n / 10) for n in range(3_000)]

    def tell() -> None:
        for one in saying:
            telling(one)

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive() and telling.latest == saying[-1]
    heard = [listening.recv() for _ in iter(listening.poll, False)]
    assert 10 < len(heard) < len(saying) and heard == saying[: len(heard)]
