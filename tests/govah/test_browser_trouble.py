"""A browser without its sandbox and one that does not start, as every command tells of them: before, after, and in JSON."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from crawler.browser.launch import binary_of
from crawler.browser.renderer import find_browser
from evidence.signing.keys import load_or_create
from tests import command_server

pytestmark = [pytest.mark.processes, pytest.mark.sockets]

APPLICATION = b"<!doctype html><title>portal</title><div id=root></div><script>document.title += '!'</script>"
ROUND = """[round]
id = "trouble"
language = "en"
[crawl]
delay = 0
retry_after = 0
robots = false
{more}[network]
allow_private = true
hosts = {{ "portal.test" = "127.0.0.1:{port}" }}
"""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(APPLICATION)))
        self.end_headers()
        self.wfile.write(APPLICATION)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browsers() -> Iterator[dict[str, Path]]:
    """Browsers by what they lack, where the user that runs them may read: `bare` has no sandbox, `broken` does not start."""
    found = find_browser()
    assert found is not None
    folder = Path(tempfile.mkdtemp(prefix="govah-test-"))
    folder.chmod(0o755)
    scripts = {
        "bare": f'exec "{binary_of(found)}" --no-sandbox "$@"',
        "broken": "echo libnss3.so: cannot open shared object file >&2; exit 127",
    }
    for name, line in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)
    yield {name: folder / name for name in scripts}
    shutil.rmtree(folder)


@dataclass(frozen=True, slots=True)
class Command:
    """Runs govah with keys of its own."""

    home: Path

    def __call__(self, *words: object, language: str = "en") -> subprocess.CompletedProcess[str]:
        own = {"HOME": str(self.home), "GOVAH_KEY": str(self.home / "signer.key"), "GOVAH_LANG": language}
        return command_server.govah(*words, env={**os.environ, **own, "NO_COLOR": "1", "COLUMNS": "400"})


@pytest.fixture(scope="module")
def govah(tmp_path_factory: pytest.TempPathFactory) -> Command:
    home = tmp_path_factory.mktemp("key")
    load_or_create(home / "signer.key")
    return Command(home)


def written(folder: Path, port: int, more: str = "") -> Path:
    folder.mkdir()
    (folder / "round.toml").write_text(ROUND.format(port=port, more=more))
    (folder / "agencies.csv").write_text("agency,name,kind,portal\nbody,Body,main,http://portal.test/\n")
    (folder / "services.csv").write_text(
        "agency,service,title,electronic,url\nbody,body-1,Permit,yes,http://portal.test/permit\n",
        encoding="utf-8",
    )
    return folder


def said_first(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The lines before the first one about its progress."""
    lines = done.stderr.splitlines()
    return lines[: next(n for n, line in enumerate(lines) if line.startswith("Crawl:"))]


def item(doctor: subprocess.CompletedProcess[str], name: str) -> dict[str, str]:
    items: list[dict[str, str]] = json.loads(doctor.stdout)["items"]
    return next(one for one in items if one["name"] == name)


@pytest.fixture(scope="module")
def bare(
    tmp_path_factory: pytest.TempPathFactory, port: int, browsers: dict[str, Path], govah: Command
) -> Any:
    """A crawl with the browser that has no sandbox."""
    return govah(
        "crawl",
        written(tmp_path_factory.mktemp("bare") / "round", port),
        "--browser",
        browsers["bare"],
        "--json",
    )


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, port: int) -> Path:
    """A round that requires the sandbox, which hinders nobody where no browser opens anything."""
    return written(tmp_path_factory.mktemp("broken") / "round", port, 'sandbox = "required"\n')


def test_doctor_tells_that_the_sandbox_does_not_hold_whatever_the_command_line_says(
    browsers: dict[str, Path], govah: Command
) -> None:
    told = govah("doctor", "--json", "--browser", browsers["bare"])
    assert item(told, "browser")["state"] == "ok"
    assert item(told, "sandbox")["state"] == "missing"
    assert "max_user_namespaces" in item(told, "sandbox")["advice"]


def test_doctor_tells_that_it_holds(govah: Command) -> None:
    if subprocess.run(["unshare", "--user", "true"], capture_output=True).returncode:
        pytest.skip("no user namespaces here")
    assert item(govah("doctor", "--json"), "sandbox")["state"] == "ok"


def test_without_user_namespaces_the_real_browser_is_told_to_run_without() -> None:
    """In a user namespace whose own limit of namespaces is none, as on machines that forbid them."""
    mapped = (
        ["--map-users", "0:0:65536", "--map-groups", "0:0:65536"]
        if os.geteuid() == 0
        else ["--map-root-user"]
    )
    inside = ["unshare", "--user", *mapped, "sh", "-c"]
    forbid = "echo 0 > /proc/sys/user/max_user_namespaces"
    if os.geteuid() != 0 or subprocess.run([*inside, forbid], capture_output=True).returncode:
        pytest.skip("no namespace in which to forbid others")
    told = subprocess.run(
        [*inside, f'{forbid} && exec "$0" -m govah doctor --json', sys.executable],
        capture_output=True,
        text=True,
    )
    assert item(told, "browser")["state"] == "ok", told.stderr
    assert item(told, "sandbox")["state"] == "missing"
    assert item(told, "sandbox")["found"] == "Chromium sandboxing failed"


def test_doctor_tells_of_a_browser_that_does_not_start(browsers: dict[str, Path], govah: Command) -> None:
    told = item(govah("doctor", "--json", "--browser", browsers["broken"]), "browser")
    assert told["state"] == "missing"
    assert "libnss3.so" in told["found"]


def test_the_first_and_the_last_line_of_a_crawl_tell_of_the_missing_sandbox(bare: Any) -> None:
    lines = bare.stderr.splitlines()
    assert bare.returncode == 0
    assert any("without its sandbox" in line for line in said_first(bare))
    assert "opened without its sandbox: " in lines[-1]


def test_json_tells_of_the_missing_sandbox(bare: Any) -> None:
    told = json.loads(bare.stdout)
    assert told["browser"]["started"] and not told["browser"]["sandboxed"]
    assert told["browser"]["browser"].endswith(", no-sandbox")
    assert told["coverage"]["unsandboxed"] == told["coverage"]["rendered"] == 2
    assert "unrendered" not in told["coverage"]


def test_a_round_that_requires_the_sandbox_is_not_crawled_without(
    tmp_path: Path, port: int, browsers: dict[str, Path], govah: Command
) -> None:
    folder = written(tmp_path / "round", port, 'sandbox = "required"\n')
    done = govah("crawl", folder, "--browser", browsers["bare"])
    assert done.returncode == 2
    assert "requires the browser's sandbox" in done.stderr
    assert not (folder / "evidence").exists()
    persian = govah("crawl", folder, "--browser", browsers["bare"], language="fa")
    assert "جعبهٔ شنی مرورگر را لازم دارد" in persian.stderr


@pytest.mark.thorough
def test_a_browser_that_does_not_start_is_told_with_what_it_cost(
    broken: Path, browsers: dict[str, Path], govah: Command
) -> None:
    done = govah("crawl", broken, "--browser", browsers["broken"], "--json")
    told, lines = json.loads(done.stdout), done.stderr.splitlines()
    assert done.returncode == 0
    assert any("does not start (libnss3.so: cannot open shared object" in line for line in said_first(done))
    assert "needs_browser" in lines[-1] and ": 2." in lines[-1]
    assert told["coverage"]["unrendered"] == 2
    assert told["browser"] == {
        "browser": "",
        "started": False,
        "sandboxed": False,
        "reason": "libnss3.so: cannot open shared object file",
    }
    judged = govah("check", broken, "--json")
    findings = json.loads(judged.stdout)["needs_browser"]
    assert findings > 0
    assert f"had no browser (needs_browser): {findings}. Claims among them: 1." in judged.stderr
    persian = govah("check", broken, language="fa")
    assert "نامعلوم می‌ماند، چون خزش مرورگر نداشت" in persian.stderr
    again = govah("crawl", broken, "--browser", browsers["broken"], language="fa")
    assert "اجرا نمی‌شود" in again.stderr
    assert "مرورگر می‌خواستند و نداشتند: ۲." in again.stderr.splitlines()[-1]
