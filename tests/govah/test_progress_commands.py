"""What long commands tell a program while they work, and people at their end, on a round that is really crawled."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from evidence.signing.keys import load_or_create
from tests import command_server
from tests.govah.terminal.test_progress_events import fields_of

pytestmark = [pytest.mark.processes, pytest.mark.sockets]

ROUND = """[round]
id = "progress"
language = "en"
[crawl]
delay = 0
retry_after = 3
robots = false
render = "never"
[network]
allow_private = true
resolvers = []
hosts = {{ "portal.test" = "127.0.0.1:{port}" }}
"""
SERVICES = """agency,service,title,electronic,url
body,body-1,Permit,yes,http://portal.test/permit
body,body-2,Licence,yes,http://portal.test/gone
body,body-3,Nowhere,yes,http://nowhere.invalid/
body,body-4,Unaddressed,yes,
"""
SILENT = 5.0  # seconds that the permit's page takes
MOST = 18.0  # a crawl waits for 20


class Handler(BaseHTTPRequestHandler):
    wait = staticmethod(lambda: time.sleep(SILENT))

    def do_GET(self) -> None:
        if self.path == "/permit":
            self.wait()
        body = b"<!doctype html><title>portal</title><h1>portal</h1>"
        self.send_response(404 if self.path == "/gone" else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@dataclass(frozen=True)
class Command:
    """Runs govah with a key of its own."""

    key: Path

    def __call__(self, *words: object, **env: str) -> subprocess.CompletedProcess[str]:
        own = {"GOVAH_KEY": str(self.key), "GOVAH_LANG": "en", "NO_COLOR": "1", "COLUMNS": "400"}
        return command_server.govah(*words, env={**os.environ, **own, **env})


def events(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """Every line of standard error, each of which is to be one."""
    return [json.loads(line) for line in done.stderr.splitlines()]


@pytest.fixture(scope="module")
def govah(tmp_path_factory: pytest.TempPathFactory) -> Command:
    key = tmp_path_factory.mktemp("key") / "signer.key"
    load_or_create(key)
    return Command(key)


@pytest.fixture(scope="module")
def round_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder = tmp_path_factory.mktemp("progress") / "round"
    folder.mkdir()
    (folder / "round.toml").write_text(ROUND.format(port=server.server_address[1]))
    (folder / "agencies.csv").write_text("agency,name,kind,portal\nbody,Body,main,http://portal.test/\n")
    (folder / "services.csv").write_text(SERVICES, encoding="utf-8")
    yield folder
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def first(round_folder: Path, govah: Command) -> subprocess.CompletedProcess[str]:
    return govah("run", round_folder, "--progress", "json")


def test_a_run_tells_its_stages_in_documented_events(first: subprocess.CompletedProcess[str]) -> None:
    assert first.returncode == 0, first.stderr
    told = events(first)
    assert [(one["stage"], one["state"]) for one in told if one["event"] == "stage"] == [
        (stage, state) for stage in ("crawl", "check", "report") for state in ("begun", "ended")
    ]
    assert [set(one) for one in told] == [fields_of(one) for one in told]


def test_claims_are_settled_one_by_one_up_to_the_last(first: subprocess.CompletedProcess[str]) -> None:
    crawled = [one for one in events(first) if one["event"] == "progress" and one["stage"] == "crawl"]
    settled = [one["claims"]["settled"] for one in crawled]
    assert settled == sorted(settled) and settled[0] == 0
    assert any(0 < count < 4 for count in settled), "the second visit of the slow one comes last"
    assert crawled[-1]["claims"] == {"settled": 4, "total": 4} and crawled[-1]["share"] == 1.0


def test_it_is_told_what_the_crawl_waits_for(first: subprocess.CompletedProcess[str]) -> None:
    waits = [wait for one in events(first) if one["event"] == "progress" for wait in one.get("waits", ())]
    silent = [wait["seconds"] for wait in waits if wait["kind"] == "response"]
    assert silent and all(seconds >= 3 for seconds in silent)
    assert {wait["where"] for wait in waits if wait["kind"] == "response"} == {"portal.test"}
    later = [wait for wait in waits if wait["kind"] == "second_visits"]
    assert any(wait["total"] >= 1 and 0 < wait["seconds"] <= 3.1 for wait in later)


def test_a_second_crawl_says_that_nothing_was_visited(
    first: subprocess.CompletedProcess[str], round_folder: Path, govah: Command
) -> None:
    assert first.returncode == 0
    again = govah("crawl", round_folder)
    assert "The crawl is complete since 20" in again.stdout and "Nothing was visited." in again.stdout
    assert "چیزی بازدید نشد" in govah("crawl", round_folder, GOVAH_LANG="fa").stdout
    sealed = json.loads((round_folder / "evidence/manifest.json").read_bytes())["created"]
    assert json.loads(govah("crawl", round_folder, "--json").stdout)["since"][:19] == sealed[:19]


@pytest.mark.parametrize(
    ("words", "stages"),
    [
        (("check",), ["check"]),
        (("score",), ["score"]),
        (("report",), ["report"]),
        (("export", "csv"), ["export"]),
        (("export", "wacz"), ["export"]),
        (("export", "summary"), ["export"]),
        (("verify",), ["verify"]),
        (("pack", "f"), ["verify", "pack"]),
        (("retest", "body-2", "--by", "Auditor"), ["crawl", "check", "score"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_other_long_commands_tell_their_stages_too(
    words: tuple[str, ...],
    stages: list[str],
    first: subprocess.CompletedProcess[str],
    round_folder: Path,
    govah: Command,
) -> None:
    assert first.returncode == 0
    name, *more = words
    if name == "pack":
        findings = (round_folder / "results/findings.jsonl").read_text(encoding="utf-8").splitlines()
        more = [json.loads(findings[0])["id"]]
    done = govah(name, round_folder, *more, "--progress", "json")
    assert done.returncode == 0, done.stderr
    told = [one for one in events(done) if one["event"] == "stage"]
    assert [one["stage"] for one in told] == [stage for stage in stages for _ in (1, 2)]
    assert [one["state"] for one in told] == ["begun", "ended"] * len(stages)


def test_status_says_from_outside_what_is_waited_for(
    tmp_path: Path, round_folder: Path, govah: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = threading.Event()  # until then the host is silent, however slow this machine is
    monkeypatch.setattr(Handler, "wait", lambda _: seen.wait(MOST))
    folder = tmp_path / "round"
    folder.mkdir()
    for name in ("round.toml", "agencies.csv", "services.csv"):
        (folder / name).write_bytes((round_folder / name).read_bytes())
    crawls: list[subprocess.CompletedProcess[str]] = []
    crawling = threading.Thread(target=lambda: crawls.append(govah("crawl", folder)))
    crawling.start()
    said, told = set[str](), list[dict[str, Any]]()
    while crawling.is_alive():
        said.update(govah("status", folder).stdout.splitlines())
        told += json.loads(govah("status", folder, "--json").stdout)["shards"]
        waits = [wait["kind"] for shard in told for wait in (shard["progress"] or {}).get("waits", ())]
        if "response" in waits and any("waiting for portal.test (" in line for line in said):
            seen.set()
    crawling.join()
    assert crawls[0].returncode == 0, crawls[0].stderr
    assert seen.is_set()
    assert any(line.startswith("Shard 1: ") and "waiting for portal.test (" in line for line in said)
    assert any(line.startswith("claims settled ") and line.endswith("/4") for line in said)


def test_an_error_is_an_event_as_well(tmp_path: Path, govah: Command) -> None:
    done = govah("crawl", tmp_path / "nowhere", "--progress", "json")
    (error,) = (one for one in events(done) if one["event"] == "error")
    assert (done.returncode, error["status"]) == (2, 2)
    usage = govah("crawl", tmp_path, "--progress", "jsn")
    assert usage.returncode == 2 and "auto and json" in usage.stderr and "json" in usage.stderr


def test_the_environment_asks_for_events_too(round_folder: Path, govah: Command) -> None:
    assert [one["event"] for one in events(govah("verify", round_folder, GOVAH_PROGRESS="json"))] == [
        "stage",
        "stage",
    ]
