"""Plans and progress that somebody altered: told as damage or passed over, never followed and never an error of ours."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from crawler.fleet import one_shard
from crawler.fleet.sharding import shards_before
from evidence import layout, opening
from evidence.canonical import canonical_line
from evidence.errors import EvidenceDamaged
from evidence.signing.keys import load_or_create
from evidence.store.lease import closed, process_started
from govah.cli import app
from tests.keys import made_key

NOW = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "plan",
    [
        {"shards": 5},
        {"shards": None},
        {"shards": "ab"},
        {"shards": {"a": 1}},
        {"shards": ["ab", "c"]},
        {"shards": [5]},
        {"shards": [[{"a": 1}]]},
        {"shards": [[None]]},
        {"shards": [["a", "b"], ["b"]]},
        {"shards": [["a", "a"]]},
        {"agencies": 5},
        {"agencies": "ab"},
    ],
)
def test_shards_that_are_none_are_damage(plan: dict[str, Any]) -> None:
    with pytest.raises(EvidenceDamaged):
        shards_before(plan)


@pytest.mark.parametrize("shards", [[], [[]], [["a"], [], ["b"]]])
def test_an_empty_shard_is_one(shards: list[list[str]]) -> None:
    assert shards_before({"shards": shards}) == tuple(map(tuple, shards))


def made(folder: Path, plan: dict[str, Any]) -> Path:
    """The evidence folder of a round in which somebody seems to crawl the first shard."""
    shard = folder / "evidence" / layout.shard_name(1)
    shard.mkdir(parents=True)
    (folder / "round.toml").write_text('[round]\nid = "r"\n', encoding="utf-8")
    (folder / "agencies.csv").write_text(
        "agency,name,kind,portal\na,n,main,http://a.test/\n", encoding="utf-8"
    )
    services = "agency,service,title,electronic,url\na,s,t,yes,http://a.test/1\n"
    (folder / "services.csv").write_text(services, encoding="utf-8")
    opened = {"format": "govah-plan/1", "opened": "2025-12-01T00:00:00Z", "plan": plan, "vantage": "v"}
    (folder / "evidence" / layout.PLAN).write_bytes(canonical_line(opened))
    holder = {"host": socket.gethostname(), "pid": os.getpid(), "started": process_started(os.getpid())}
    (shard / layout.epoch_name(1)).write_bytes(canonical_line(holder))
    return shard


@pytest.mark.parametrize(
    "value",
    ['"x"', "1e999", "NaN", "-1", "[1]", "{}", "null", "true", "9" * 400],
    ids=lambda value: value[:6],
)
@pytest.mark.parametrize("language", ["fa", "en"])
def test_progress_that_is_none_is_passed_over(tmp_path: Path, value: str, language: str) -> None:
    shard = made(tmp_path, {"shards": [["a"], ["b"]], "critical": {"place": "p"}})
    names = ("done", "fetched", "errors", "queued", "held", "rate", "lag", "elapsed", "held_back")
    told = ", ".join(f'"{name}": {value}' for name in names)
    (shard / layout.PROGRESS).write_text(
        f'{{{told}, "state": {value}, "host": "\\u001b]0;x\\u0007[red]\\u202e", "pid": {value}}}',
        encoding="utf-8",
    )
    plan = (tmp_path / "evidence" / layout.PLAN).read_text(encoding="utf-8")
    altered = plan.replace('{"place":"p"}', f'{{"place": "\\u001b[31m", "seconds": {value}}}')
    (tmp_path / "evidence" / layout.PLAN).write_text(altered, encoding="utf-8")
    done = CliRunner().invoke(app, ["status", str(tmp_path)], env={"GOVAH_LANG": language, "COLUMNS": "300"})
    assert done.exit_code == 0, done.output
    assert "\x1b]" not in done.output and "\x1b[31m" not in done.output and "\u202e" not in done.output
    assert "[red]" in done.output


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Shard 1 admits no further agency: the disk of the evidence is nearly full"),
        ("fa", "بخش 1 دستگاه تازه نمی‌پذیرد"),
    ],
)
def test_why_nobody_is_let_in_is_said(tmp_path: Path, language: str, words: str) -> None:
    shard = made(tmp_path, {"shards": [["a"], ["b"]]})
    (shard / layout.PROGRESS).write_text('{"held_back": "disk", "state": "running"}', encoding="utf-8")
    runner, environment = CliRunner(), {"GOVAH_LANG": language, "COLUMNS": "300"}
    assert words in runner.invoke(app, ["status", str(tmp_path)], env=environment).output
    told = json.loads(runner.invoke(app, ["status", str(tmp_path), "--json"], env=environment).stdout)
    assert [shard["held_back"] for shard in told["shards"]] == ["disk", None]


@pytest.mark.parametrize("told", [b"", b"[]", b"{}", b'{"records":"x","root":""}', b'{"records":1,"root":5}'])
def test_a_head_that_is_none_is_damage(tmp_path: Path, told: bytes) -> None:
    evidence = made(tmp_path, {}).parent
    (evidence / layout.shard_name(1) / layout.HEAD).write_bytes(told)
    signer = load_or_create(tmp_path / "signer.key")
    with pytest.raises(EvidenceDamaged, match=layout.HEAD):
        opening.sign_heads(evidence, signer, plan="0" * 64, now=lambda: NOW)


@pytest.mark.parametrize("line", [b"[]\n", b"{}\n", b"x\n", b'{"checkpoint":{"shard":"s","records":[]}}\n'])
def test_a_checkpoint_that_is_none_is_damage(tmp_path: Path, line: bytes) -> None:
    evidence = made(tmp_path, {}).parent
    (evidence / layout.CHECKPOINTS).write_bytes(line)
    signer = load_or_create(tmp_path / "signer.key")
    with pytest.raises(EvidenceDamaged, match=layout.CHECKPOINTS):
        opening.sign_heads(evidence, signer, plan="0" * 64, now=lambda: NOW)


@pytest.mark.parametrize("command", ["plan", "status"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"plan": 5}'])
def test_a_plan_that_is_none_is_told_as_damage(tmp_path: Path, command: str, content: bytes) -> None:
    evidence = made(tmp_path, {}).parent
    (evidence / layout.PLAN).write_bytes(content)
    done = CliRunner().invoke(app, [command, str(tmp_path)], env={"GOVAH_LANG": "en", "COLUMNS": "300"})
    assert done.exit_code == 4, done.output
    assert layout.PLAN in done.output and "Traceback" not in done.output


def test_a_plan_that_cannot_be_written_leaves_the_round_incomplete(tmp_path: Path) -> None:
    shutil.rmtree(made(tmp_path / "round", {}).parent)
    (tmp_path / "round" / "evidence").write_bytes(b"")
    environment = {"GOVAH_LANG": "en", "COLUMNS": "300", "GOVAH_KEY": str(made_key(tmp_path / "signer.key"))}
    done = CliRunner().invoke(app, ["plan", str(tmp_path / "round")], env=environment)
    assert done.exit_code == 3, done.output
    assert "could not be written" in done.output and "whether the disk is full" in done.output


@pytest.mark.parametrize("content", [b"[1]", b"5", b"null", b"[" * 9_999, None])
def test_a_lease_that_is_none_is_no_run_that_ended_well(tmp_path: Path, content: bytes | None) -> None:
    lease = tmp_path / layout.epoch_name(1)
    if content is None:
        os.mkfifo(lease)  # whoever opens it waits for ever
    else:
        lease.write_bytes(content)
    assert not closed(lease)


def test_a_pipe_in_place_of_the_lock_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / layout.COORDINATOR)
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(one_shard._is_coordinated(tmp_path)), daemon=True)
    thread.start()
    thread.join(10)
    assert found == [False]


def test_planning_follows_no_link(tmp_path: Path) -> None:
    evidence = made(tmp_path, {}).parent
    (evidence / layout.lock_name("plan")).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Exception, match="gate-"), opening.planning(evidence):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_the_plan_of_a_whole_round_is_one_shard() -> None:
    assert shards_before(json.loads('{"agencies": {"a": {}, "b": {}}}')) == (("a", "b"),)
    assert shards_before({}) == ()
