"""Rounds of the fixture portals: crawled once, kept under `out/rounds/`, judged many times.

What a crawl sees depends on the crawler, the evidence, the front door that starts it, and the portals. A round is kept
under the hash of all of these; when one of them changes, the portals are crawled anew. Judging depends on all of the
product, and is kept in the same way.

    python -m tests.rounds [NAME ...]     crawl and judge what is stale
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from crawler.browser.renderer import find_browser
from fixtures.portals.registry import SETS, Portals
from tests import command_server
from tests.keys import made_key

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "out" / "rounds"
SECONDS = 900  # for one command
# What a crawl does and keeps. The judges and the reports are not among it.
_CRAWL = ("claims", "web", "evidence", "crawler", "govah", "requirements/base.txt")
_JUDGE = ("claims", "web", "evidence", "checks", "scoring", "reports", "govah", "requirements/base.txt")
USUAL = "estate"  # reported too, and crawled by `make test` already; the others by `make test-thorough` alone


@dataclass(frozen=True, slots=True)
class KeptRound:
    """A crawled round, or one that was judged and reported as well. Nobody may change it: copy it first.

    requests: the servers' own log. said: what the crawl printed. key: with which it is sealed.
    """

    round: Path
    requests: Path
    said: Path
    key: Path


def crawled(name: str) -> KeptRound:
    """The portals' round as it was crawled; crawls when what is kept is stale or nothing is."""
    portals = SETS[name]
    digest = _digest((*_CRAWL, *_made_of(portals)), _browser())
    return _kept(KEPT / name / f"crawl-{digest}", lambda folder: _crawl(portals, folder))


def judged(name: str) -> KeptRound:
    """The same, with findings, scores and report."""
    digest = _digest((*_CRAWL, *_JUDGE, *_made_of(SETS[name])), _browser())
    return _kept(KEPT / name / f"judged-{digest}", lambda folder: _judge(name, crawled(name), folder))


def parameter(name: str) -> ParameterSet:
    """For tests over sets: those that are not usual are thorough."""
    return pytest.param(name, marks=() if name == USUAL else pytest.mark.thorough)


def govah(
    *arguments: object, key: Path, status: int | None = 0, started: bool = False
) -> subprocess.CompletedProcess[str]:
    """Runs a command with a key that is nobody's. started: by a Python that reads its environment as it starts."""
    environment = {**os.environ, "GOVAH_KEY": str(made_key(key)), "GOVAH_LANG": "en", "NO_COLOR": "1"}
    if started:
        command = [sys.executable, "-m", "govah", *map(str, arguments)]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    else:
        done = command_server.govah(*arguments, env=environment, timeout=SECONDS)
    if status is not None and done.returncode != status:
        raise AssertionError(f"status {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}")
    return done


def _crawl(portals: Portals, folder: Path) -> None:
    with portals.stage(folder) as stage:
        done = govah("crawl", stage.round_folder, key=folder / "signer.key")
        (folder / "said.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
        stage.round_folder.rename(folder / "round")


def _judge(name: str, crawl: KeptRound, folder: Path) -> None:
    shutil.copytree(crawl.round.parent, folder, dirs_exist_ok=True)
    for command in ("check", "score", *(("report",) if name == USUAL else ())):
        govah(command, folder / "round", key=folder / "signer.key")


def _kept(folder: Path, make: Callable[[Path], None]) -> KeptRound:
    """One process makes it, the others wait. What was kept for other states of the code goes."""
    with _alone(folder.with_name(f"{folder.name.partition('-')[0]}.lock")):
        if not folder.exists():
            for old in folder.parent.glob(f"{folder.name.partition('-')[0]}-*"):
                shutil.rmtree(old)
            making = folder.with_name(f".{folder.name}")
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir(parents=True)
            make(making)
            making.rename(folder)
    return KeptRound(folder / "round", folder / "requests.jsonl", folder / "said.txt", folder / "signer.key")


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _made_of(portals: Portals) -> tuple[str, ...]:
    return ("tests/rounds.py", *(str(path.relative_to(ROOT)) for path in portals.made_of))


@cache
def _digest(parts: tuple[str, ...], more: str) -> str:
    """Of the files below these folders, by name and content."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {more}".encode())
    for path in sorted(_files(parts)):
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _files(parts: Iterable[str]) -> Iterator[Path]:
    for part in parts:
        path = ROOT / part
        if path.is_file():
            yield path
        else:
            yield from (p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)


@cache
def _browser() -> str:
    """Which browser renders."""
    path = find_browser()
    return f"{path} {path.stat().st_size}" if path else "none"


def findings_of(round_folder: Path) -> tuple[dict[str, Any], ...]:
    lines = (round_folder / "results" / "findings.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


def main(names: list[str]) -> int:
    for name in names or SETS:
        print(f"{name}: {judged(name).round.relative_to(ROOT)}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
