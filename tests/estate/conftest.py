"""One whole audit of the estate, by the command line, shared by the tests of this folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fixtures.estate import Estate
from fixtures.stage import Stage

CRAWL_SECONDS = 600


@dataclass(frozen=True)
class Audit:
    """A round that was crawled, checked, scored and reported, with the servers' own log."""

    round: Path
    findings: tuple[dict[str, Any], ...]
    results: dict[str, Any]
    requests: tuple[dict[str, Any], ...]
    key: Path
    crawl_output: str


def govah(
    *arguments: object, key: Path, status: int | None = 0, timeout: int = CRAWL_SECONDS
) -> subprocess.CompletedProcess[str]:
    """Runs the command line in a process of its own, with a key that is nobody's."""
    command = [sys.executable, "-m", "govah", *map(str, arguments)]
    environment = {**os.environ, "GOVAH_KEY": str(key), "GOVAH_LANG": "en", "NO_COLOR": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout)
    if status is not None:
        assert done.returncode == status, (
            f"status {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
        )
    return done


def findings_of(round_folder: Path) -> tuple[dict[str, Any], ...]:
    lines = (round_folder / "results" / "findings.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


def outcomes(findings: Sequence[dict[str, Any]]) -> dict[str, tuple[str, str | None]]:
    """Verdict and reason by finding, whose ids do not depend on the crawl."""
    return {finding["id"]: (finding["verdict"], finding["reason"]) for finding in findings}


def audited(stage_of: Callable[[Path], Stage], folder: Path) -> dict[str, Any]:
    """Results of a set of portals, crawled and judged."""
    key = folder / "signer.key"
    with stage_of(folder) as stage:
        round_folder = stage.round_folder
        govah("crawl", round_folder, key=key)
    govah("check", round_folder, key=key)
    govah("score", round_folder, key=key)
    results: dict[str, Any] = json.loads(
        (round_folder / "results" / "results.json").read_text(encoding="utf-8")
    )
    return results


@pytest.fixture(scope="session")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audit]:
    folder = tmp_path_factory.mktemp("estate")
    key = folder / "signer.key"
    with Estate(folder, log=folder / "requests.jsonl") as estate:
        crawl = govah("crawl", estate.round_folder, key=key)
        requests = tuple(estate.requests())
        # from here on nothing needs the network: the servers are taken away
    govah("check", estate.round_folder, key=key)
    govah("score", estate.round_folder, key=key)
    govah("report", estate.round_folder, key=key)
    results = json.loads((estate.round_folder / "results" / "results.json").read_text(encoding="utf-8"))
    yield Audit(
        round=estate.round_folder,
        findings=findings_of(estate.round_folder),
        results=results,
        requests=requests,
        key=key,
        crawl_output=crawl.stdout + crawl.stderr,
    )
