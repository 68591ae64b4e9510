"""One round over several machines: planned where the key is, crawled where there is none, sealed where the key is."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from evidence import layout
from evidence.opening import coordinating
from tests import command_server
from tests.crawler.conftest import Kit, answer
from tests.depth import some
from tests.fork_server import Forked
from tests.keys import made_key

pytestmark = pytest.mark.sockets

AGENCIES = 4
_ROUND = """[round]
id = "spread"
as_of = 2025-12-01T00:00:00Z
[crawl]
delay = {delay}
retry_after = 0.2
render = "never"
[network]
allow_private = true
controls = []
resolver = []
hosts = {{ {hosts} }}
"""


@pytest.fixture
def sites(tmp_path: Path) -> Any:
    """Four portals; the last two at one address."""
    kit = Kit(tmp_path)
    for number in range(AGENCIES):
        site = kit.site({}, address=f"127.9.1.{min(number, AGENCIES - 2) + 1}")
        site.fallback = _page(number)
    yield kit.sites
    for site in kit.sites:
        site.close()


@pytest.fixture
def portals(sites: Any) -> dict[str, str]:
    """Their targets by host."""
    return {f"p{number}.test:80": site.target for number, site in enumerate(sites)}


def _page(number: int) -> Any:
    def page(path: str, visit: int) -> bytes:
        if path == "/":
            links = "".join(f'<a href="/{n}">برگ {n}</a>' for n in range(8))
            return answer(
                f'<meta charset="utf-8">{links}<a href="http://p{(number + 1) % AGENCIES}.test/">همسایه</a>'
            )
        if path == "/1":
            return answer("gone", "410 Gone")
        own = path.removeprefix("/")
        words = " ".join(f"{letter}{number}{own}" for letter in "qrstvwxzkl")
        return answer(f"<p>{words}") if own.isdecimal() else answer("no", "404 Not Found")

    return page


def made(folder: Path, targets: dict[str, str], delay: float = 0.02) -> Path:
    folder.mkdir()
    hosts = ", ".join(f'"{name}" = "{target}"' for name, target in targets.items())
    agencies = "".join(f"p{n},دستگاه {n},main,http://p{n}.test/\n" for n in range(AGENCIES))
    services = "".join(f"p{n},s{n},خدمت {n},yes,http://p{n}.test/1\n" for n in range(AGENCIES))
    (folder / "round.toml").write_text(_ROUND.format(hosts=hosts, delay=delay), encoding="utf-8")
    (folder / "agencies.csv").write_text("agency,name,kind,portal\n" + agencies, encoding="utf-8")
    (folder / "services.csv").write_text("agency,service,title,electronic,url\n" + services, encoding="utf-8")
    return folder


def begun(folder: Path, key: Path | None, *arguments: str) -> Forked:
    environment = {
        **os.environ,
        "GOVAH_LANG": "en",
        "COLUMNS": "200",
        "NO_COLOR": "1",
        "HOME": str(folder.parent),
    }
    environment |= {
        "XDG_DATA_HOME": str(folder.parent / "data"),
        "GOVAH_KEY": "" if key is None else str(key),
    }
    return command_server.started(arguments[0], str(folder), *arguments[1:], env=environment)


def said(folder: Path, key: Path | None, *arguments: str, status: int = 0) -> str:
    process = begun(folder, key, *arguments)
    out, err = process.communicate(timeout=300)
    assert process.returncode == status, out + err
    return out if "--json" in arguments else out + err


def findings(folder: Path) -> list[dict[str, Any]]:
    """Without what differs between any two crawls: the ids of captures."""
    lines = (folder / "results" / "findings.jsonl").read_text(encoding="utf-8").splitlines()
    return [_without_ids(json.loads(line)) for line in lines]


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: None if key == "captures" else _without_ids(one) for key, one in value.items()}
    return [_without_ids(one) for one in value] if isinstance(value, list) else value


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in (folder / "evidence").rglob("*") if path.is_file()}


@pytest.mark.thorough
def test_shards_crawled_without_a_key_come_to_what_one_process_finds(portals: Any, tmp_path: Path) -> None:
    key = made_key(tmp_path / "signer.key")
    alone, spread = made(tmp_path / "alone", portals), made(tmp_path / "spread", portals)
    said(alone, key, "crawl")
    assert "Shards: 2." in said(spread, key, "plan", "--shards", "2")
    sealed_plan = (spread / "evidence" / layout.PLAN).read_bytes()
    both = [begun(spread, None, "crawl", "--shard", f"{n}/2") for n in (1, 2)]
    for process in both:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, out + err
    assert (spread / "evidence" / layout.PLAN).read_bytes() == sealed_plan
    assert not (spread / "evidence" / layout.MANIFEST).exists()
    crawled = contents(spread)
    assert "Shard 1 of 2 is complete" in said(spread, None, "crawl", "--shard", "1/2")
    assert contents(spread) == crawled, "what is done is not begun anew"
    assert not (tmp_path / "data").exists(), "a machine that crawls a shard makes no key"
    with coordinating(spread / "evidence"):  # as while the round is being sealed
        before = contents(spread)
        late = said(spread, None, "crawl", "--shard", "1/2", status=3)
        assert "coordinator.lock" in late and contents(spread) == before
    assert "complete and sealed" in said(spread, key, "crawl")
    shards = [spread / "evidence" / layout.shard_name(n) for n in (1, 2)]
    assert [layout.epochs(shard) for shard in shards] == [[1], [1]], "the seal asks nobody for anything"
    assert json.loads(said(spread, key, "verify", "--json"))["intact"]
    assert "complete and sealed" in said(spread, key, "plan", "--shards", "3"), (
        "there is nothing left to plan"
    )
    assert json.loads(said(spread, key, "verify", "--json"))["intact"]
    sealed = contents(spread)
    late = said(spread, None, "crawl", "--shard", "1/2")
    assert "Shard 1 of 2 is complete" in late
    assert "a plan with 2 shards" in said(spread, None, "crawl", "--shard", "1/3", status=2)
    assert contents(spread) == sealed, "who comes late leaves the seal as it is"
    for folder in (alone, spread):
        said(folder, key, "check")
    assert findings(spread) == findings(alone)
    assert len(findings(alone)) > AGENCIES
    with (spread / "agencies.csv").open("a", encoding="utf-8") as sheet:
        sheet.write("p9,دستگاه نو,main,http://p9.test/\n")
    assert "already has a plan" in said(spread, key, "plan")
    now = json.loads(said(spread, None, "status", "--json"))["shards"]
    assert sorted(shard["state"] for shard in now) == ["complete", "interrupted"], "nobody's process died"
    assert f"{AGENCIES} of {AGENCIES + 1} agencies" in said(spread, None, "status")


def test_machines_that_begin_at_once_without_a_plan_have_one(portals: Any, tmp_path: Path) -> None:
    folder = made(tmp_path / "round", portals)
    both = [begun(folder, None, "crawl", "--shard", f"{n}/3") for n in (1, 2, 3)]
    for process in both:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, out + err
    plan = json.loads((folder / "evidence" / layout.PLAN).read_text(encoding="utf-8"))["plan"]
    assert sorted(agency for shard in plan["shards"] for agency in shard) == [
        f"p{n}" for n in range(AGENCIES)
    ]
    assert not list((folder / "evidence").glob("plan-*.json"))
    at = {agency: n for n, shard in enumerate(plan["shards"]) for agency in shard}
    assert at["p2"] == at["p3"], "they share an address"
    # eight hosts of an address are asked at once: two portals there take no longer than one
    assert (plan["critical"]["agencies"], plan["critical"]["seconds"]) == (1, 40)
    wrong = said(folder, None, "crawl", "--shard", "1/2", status=2)
    assert "a plan with 3 shards" in wrong


@pytest.mark.parametrize("given", some(["0/2", "3/2", "2", "a/b", "1/", "-1/2", "1/2/3"], 3))
def test_what_is_no_shard_is_wrong_usage(portals: Any, tmp_path: Path, given: str) -> None:
    folder = made(tmp_path / "round", portals)
    assert "--shard" in said(folder, None, "crawl", f"--shard={given}", status=2)
    assert not (folder / "evidence").exists()


@pytest.mark.thorough
def test_how_far_it_is_can_be_asked_from_outside(sites: Any, portals: Any, tmp_path: Path) -> None:
    key = made_key(tmp_path / "signer.key")
    folder = made(tmp_path / "round", portals)
    for site in sites:
        site.hold(after=6)  # nobody is done before it was asked how far they are
    assert "has not begun" in said(folder, None, "status")
    said(folder, key, "plan", "--shards", "2")
    waiting = json.loads(said(folder, None, "status", "--json"))
    assert [shard["state"] for shard in waiting["shards"]] == ["waiting", "waiting"]
    process = begun(folder, None, "crawl", "--shard", "1/2")
    try:
        while True:
            now = json.loads(said(folder, None, "status", "--json"))["shards"]
            if now[0]["progress"] and now[0]["progress"]["fetched"]:
                break
            assert process.poll() is None
        assert now[0]["state"] == "running"
        assert now[1]["state"] == "waiting"
        assert "running" in said(folder, None, "status")
        told = json.loads(said(folder, None, "status", "--json"))
        assert told["left"] is None or told["left"] >= (told["shards"][0]["left"] or 0)
    finally:
        process.kill()
        process.communicate()
    assert json.loads(said(folder, None, "status", "--json"))["shards"][0]["state"] == "ended_early"


@pytest.mark.thorough
def test_a_round_is_signed_with_one_key_and_another_changes_nothing(portals: Any, tmp_path: Path) -> None:
    mine, other = made_key(tmp_path / "mine.key"), made_key(tmp_path / "other.key")
    round = made(tmp_path / "round", portals)
    said(round, mine, "plan", "--shards", "2")
    said(round, None, "crawl", "--shard", "1/2")
    before = contents(round)
    for command in ("crawl", "plan", "run"):
        assert "is signed with the key" in said(round, other, command, status=2)
    assert contents(round) == before
    assert "complete and sealed" in said(round, mine, "crawl")
    assert json.loads(said(round, mine, "verify", "--json"))["intact"]
    assert json.loads(said(round, other, "crawl", "--json"))["state"] == "complete", "nothing is left to sign"


@pytest.mark.thorough
def test_progress_counts_what_earlier_runs_have_seen(portals: Any, tmp_path: Path) -> None:
    key, round = made_key(tmp_path / "signer.key"), made(tmp_path / "round", portals)
    said(round, key, "plan")

    def fetched() -> int:
        [shard] = json.loads(said(round, key, "status", "--json"))["shards"]
        return int(shard["progress"]["fetched"])

    said(round, None, "crawl", "--shard", "1/1", "--agency", "p0")
    first = fetched()
    said(round, None, "crawl", "--shard", "1/1")
    both = fetched()
    assert both > first > 0
    assert json.loads(said(round, key, "crawl", "--json"))["coverage"]["exchanges"] == both


def test_a_shard_that_is_asked_to_stop_before_it_begins_asks_nobody(portals: Any, tmp_path: Path) -> None:
    key, round = made_key(tmp_path / "signer.key"), made(tmp_path / "round", portals)
    said(round, key, "plan", "--shards", "2")
    (round / "evidence" / layout.STOP).touch()
    assert "evidence/stop" in said(round, None, "crawl", "--shard", "1/2", status=3)
    assert layout.shards(round / "evidence") == []
    said(round, key, "plan")
    said(round, None, "crawl", "--shard", "1/2")
