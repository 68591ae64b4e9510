"""Several processes crawl one round: they find what one finds, meet nowhere, and may die at any moment."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import threading
import time
from collections import Counter
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import pytest

from crawler import child
from crawler.progress import Progress
from evidence import layout
from evidence.store import EvidenceStore
from evidence.verify import verify

AGENCIES, SHARDS, PAGES, DELAY = 6, 3, 12, 0.03


@pytest.fixture
def country(kit: Any) -> Any:
    """Portals at addresses of their own that link to each other and to one sign-on; two share an address."""
    names: dict[str, str] = {}
    sites = {}
    gateway = kit.site({"/": kit.answer("<p>sign on</p>")}, address="127.9.0.99", wait=0.005)
    gateway.fallback = lambda path, visit: kit.answer(f"<p>sign on {path}</p>")
    names["sso.test:80"] = gateway.target
    for number in range(AGENCIES):
        # the last two live at one address
        address = f"127.9.0.{min(number, AGENCIES - 2) + 1}"
        site = kit.site({}, address=address, wait=0.005)
        site.fallback = _portal(kit, number)
        sites[f"p{number}"] = site
        names[f"p{number}.test:80"] = site.target
    crawl = kit.crawl(
        gateway,
        agencies=[{"id": f"p{n}", "portal": f"http://p{n}.test/"} for n in range(AGENCIES)],
        services=[
            {"agency": f"p{n}", "url": f"http://sso.test/?client=p{n}", "title": f"خدمت {n}"}
            for n in range(AGENCIES)
        ],
        hosts=names,
        crawl={"delay": DELAY, "per_host": 1, "retry_after": 0.2, "render": "never"},
        shards=SHARDS,
        key=str(kit.folder / "signer.key"),
    )
    return crawl, gateway, sites


def _portal(kit: Any, number: int) -> Any:
    def page(path: str, visit: int) -> Any:
        if path == "/":
            links = "".join(f'<a href="/{n}">page {n}</a>' for n in range(PAGES))
            other = f'<a href="http://p{(number + 1) % AGENCIES}.test/">a neighbour</a>'
            return kit.answer(links + other + f'<a href="http://sso.test/?client=p{number}">sign on</a>')
        own = path.removeprefix("/")
        words = " ".join(f"{letter}{number}{own}" for letter in "qrstvwxzkl")
        return kit.answer(f"<p>{words}") if own.isdecimal() else kit.answer("no", "404 Not Found")

    return page


def _account(crawl: Any) -> Counter[tuple[str, str, str, int]]:
    """What was seen of whom, by agency, kind, address and attempt."""
    with EvidenceStore.open(crawl.folder / "evidence") as store:
        return Counter(
            (c.agency, c.kind, c.url, c.attempt)
            for c in store.captures()
            if c.agency and c.kind in ("http", "tls") and c.purpose != "robots"
        )


def _accounts(crawl: Any) -> dict[str, tuple[Any, ...]]:
    found = {}
    for capture in crawl.captures(kind="crawl"):
        found[capture.agency] = (capture.facts.state, capture.facts.eligible, capture.facts.fetched)
    return found


def _meetings(site: Any) -> list[float]:
    """Seconds by which a request came before the one before it was answered, of all at an address."""
    asked = sorted(site.asked, key=lambda one: one.time)
    return [
        before.done - after.time for before, after in itertools.pairwise(asked) if after.time < before.done
    ]


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
    one, accounts = _account(crawl), _accounts(crawl)
    for site in (gateway, *sites.values()):
        site.asked.clear()
        site.visits.clear()
    several = kit.crawl(gateway, name="several", **crawl.options)
    said = several.run(lanes=SHARDS)
    assert said["state"] == "complete", said
    assert said["progress"]["done"] == said["progress"]["agencies"] == AGENCIES
    assert _account(several) == one
    assert _accounts(several) == accounts
    evidence = several.folder / "evidence"
    assert [shard.name for shard in layout.shards(evidence)] == [
        layout.shard_name(n + 1) for n in range(SHARDS)
    ]
    assert verify(evidence) == []
    assert not list(evidence.glob("gate-*")) and not list(evidence.rglob(layout.PROGRESS))
    assert len(gateway.asked) >= AGENCIES
    for site in (gateway, *sites.values()):
        assert _meetings(site) == []
    # the sign-on was asked by every process, and never faster than by one
    assert min(gateway.gaps()) >= DELAY * 0.9


@pytest.mark.parametrize("whom", ["lane", "coordinator"])
def test_one_that_is_killed_is_followed_and_nothing_is_lost_or_seen_twice(
    country: Any, kit: Any, whom: str
) -> None:
    crawl, _, sites = country
    process = crawl.start(lanes=SHARDS)
    try:
        kit.wait_for(lambda: sum(len(site.asked) for site in sites.values()) > 25)
        lanes = _lanes(process)
        assert len(lanes) == SHARDS
        victim = lanes[0] if whom == "lane" else process.pid
        time.sleep(0.6)  # something is committed by now
        before = _account(crawl)
        subprocess.run(["kill", "-9", str(victim)], check=True)
        if whom == "coordinator":
            process.communicate()
            kit.wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in lanes))
            said = crawl.run(lanes=SHARDS)
        else:
            said = crawl.finish(process)
    finally:
        process.kill()
        process.communicate()
    assert said["state"] == "complete", said
    found = _account(crawl)
    assert before <= found
    assert max(found.values()) == 1
    assert {state for state, *_ in _accounts(crawl).values()} == {"complete"}
    assert len(_accounts(crawl)) == AGENCIES
    assert verify(crawl.folder / "evidence") == []


def _stopped(pid: int) -> None:
    subprocess.run(["kill", "-STOP", str(pid)], check=True)


def test_one_that_is_stopped_is_ended_and_followed(country: Any, kit: Any) -> None:
    crawl, _, sites = country
    process = crawl.start(lanes=SHARDS, silent=7.0)  # a sign of life comes every five seconds
    try:
        kit.wait_for(lambda: sum(len(site.asked) for site in sites.values()) > 25)
        victim = _lanes(process)[0]
        _stopped(victim)
        before = _account(crawl)
        said = crawl.finish(process)
    finally:
        process.kill()
        process.communicate()
    assert not Path(f"/proc/{victim}").exists()
    assert said["state"] == "complete", said
    found = _account(crawl)
    assert before <= found
    assert max(found.values()) == 1
    assert verify(crawl.folder / "evidence") == []


def test_one_elsewhere_that_slept_past_its_time_finds_itself_succeeded(country: Any, kit: Any) -> None:
    """It holds addresses that others want; woken, it asks nobody for anything."""
    crawl, gateway, sites = country

    def own(shard: int) -> int:
        """Requests of the portals of a shard."""
        return sum(len(sites[agency].asked) for agency in shards[shard - 1])

    first = crawl.start(machine="one", shard=(1, SHARDS))
    try:
        kit.wait_for(lambda: sum(len(site.asked) for site in sites.values()) > 8)
        shards = json.loads((crawl.folder / "evidence" / "plan.json").read_bytes())["plan"]["shards"]
        _stopped(first.pid)
        before = _account(crawl)
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
    found = _account(crawl)
    assert before <= found
    assert max(found.values()) == 1
    assert verify(crawl.folder / "evidence") == []


def test_a_key_pressed_ends_all_of_them_and_they_go_on_from_there(country: Any, kit: Any) -> None:
    crawl, _, sites = country
    process = crawl.start(lanes=2)
    kit.wait_for(lambda: sum(len(site.asked) for site in sites.values()) > 15)
    process.send_signal(signal.SIGINT)
    assert crawl.finish(process)["state"] == "interrupted"
    before = _account(crawl)
    assert crawl.run(lanes=SHARDS)["state"] == "complete"
    found = _account(crawl)
    assert before <= found
    assert max(found.values()) == 1


def test_another_crawl_of_the_round_is_refused_meanwhile(country: Any, kit: Any) -> None:
    crawl, _, sites = country
    slow = {**crawl.options["crawl"], "delay": 2.0}
    process = crawl.start(lanes=SHARDS, crawl=slow)
    try:
        kit.wait_for(lambda: sum(len(site.asked) for site in sites.values()) > 5)
        second = crawl.start(lanes=SHARDS, crawl=slow)
        _, err = second.communicate(timeout=60)
        assert second.returncode != 0
        assert "EvidenceBusy" in err
        process.send_signal(signal.SIGINT)
        assert crawl.finish(process)["state"] == "interrupted"
    finally:
        process.kill()
        process.communicate()


def test_nobody_who_crawls_waits_for_one_that_does_not_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when it was stopped at the terminal."""
    monkeypatch.setattr(child, "TICK", 0.0)
    listening, told = Pipe(duplex=False)
    telling = child._Telling(told)
    saying = [Progress(1, 0, 1, n, 5, 1, 0, 0, 1.0, False, n / 10) for n in range(3_000)]
    thread = threading.Thread(target=lambda: [telling(one) for one in saying], daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive() and telling.latest == saying[-1]
    heard = [listening.recv() for _ in iter(listening.poll, False)]
    assert 10 < len(heard) < len(saying) and heard == saying[: len(heard)]
