"""kill -9 in mid-crawl, a network that goes away: nothing lost, nothing twice, nobody blamed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from evidence.kinds.http import HttpFacts
from evidence.store.reader import EvidenceStore
from fixtures.portals.estate import Estate
from tests.estate.conftest import outcomes
from tests.keys import made_key
from tests.rounds import findings_of, govah

pytestmark = [pytest.mark.thorough, pytest.mark.alone]

# Enough of the estate to be interrupted in the middle, and quick enough to be crawled again.
AGENCIES = ("abnama", "shahrak", "kohan", "peyvand")


def start(round_folder: Path, key: Path, *more: str) -> subprocess.Popen[bytes]:
    limits = [part for agency in AGENCIES for part in ("--agency", agency)]
    command = [sys.executable, "-m", "govah", "crawl", str(round_folder), *limits, *more, "--quiet"]
    environment = {**os.environ, "GOVAH_KEY": str(key), "GOVAH_LANG": "en"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def asked_for(estate: Estate, process: subprocess.Popen[bytes], more: int) -> bool:
    """Waits for so many requests more; False when the crawl is over before."""
    wanted = len(estate.requests()) + more
    while len(estate.requests()) < wanted:
        if process.poll() is not None:
            return False
        time.sleep(0.1)
    return True


def of_these(findings: Any) -> dict[str, tuple[str, str | None]]:
    return outcomes([f for f in findings if f["agency"] in AGENCIES])


# Answers with an error to who comes first, and is fine then: what of these portals depends on the number of a visit.
ERROR_ONCE = "https://www.kohan.test/Services/Authentic.asp"


def undisturbed_outcomes(audit: Any, round_folder: Path) -> dict[str, tuple[str, str | None]]:
    """Those of the undisturbed crawl, of what the evidence holds.

    Where a kill took the one answer with an error before it was kept, nobody saw an entry fail.
    """
    expected = of_these(audit.findings)
    with EvidenceStore.open(round_folder / "evidence") as evidence:
        answers = [c.facts for c in evidence.captures("kohan", "http") if c.url == ERROR_ONCE]
    seen = [facts.status for facts in answers if isinstance(facts, HttpFacts)]
    if 500 not in seen:
        (entries,) = (
            f["id"] for f in audit.findings if f["agency"] == "kohan" and f["criterion"] == "entries_answer"
        )
        assert expected[entries] == ("partial", None)
        expected[entries] = ("verified", None)
    return expected


def test_killed_five_times(audit: Any, tmp_path: Path) -> None:
    """Ends with the findings of an undisturbed crawl; only what was in flight is asked for again."""
    key = made_key(tmp_path / "signer.key")
    moments = random.Random(1404)
    with Estate(tmp_path, log=tmp_path / "requests.jsonl") as estate:
        kills = 0
        while kills < 5:
            process = start(estate.round_folder, key)
            if not asked_for(estate, process, moments.randrange(10, 120)):
                break
            time.sleep(moments.uniform(0.0, 0.3))
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
        process = start(estate.round_folder, key)
        assert process.wait(timeout=400) == 0
        requests = estate.requests()
    assert kills >= 3
    govah("check", estate.round_folder, *(p for a in AGENCIES for p in ("--agency", a)), key=key)
    govah("verify", estate.round_folder, key=key)
    mine, theirs = (
        of_these(findings_of(estate.round_folder)),
        undisturbed_outcomes(audit, estate.round_folder),
    )
    assert {k: (mine.get(k), v) for k, v in theirs.items() if mine.get(k) != v} == {}
    assert mine.keys() == theirs.keys()

    def crawled(log: Any) -> Counter[tuple[str, str]]:
        hosts = {f"{r['host']}" for r in requests}
        return Counter(
            (r["host"], r["target"])
            for r in log
            if r["host"] in hosts
            and "br" not in str(r["headers"].get("accept-encoding", ""))
            and not r["host"].startswith("control.")
        )

    undisturbed, disturbed = crawled(audit.requests), crawled(requests)
    repeated = sum(
        max(0, count - undisturbed.get(where, 0))
        for where, count in disturbed.items()
        if where[1] not in ("/", "/robots.txt")
    )
    # at most half a second of work and what is in flight, for each kill: delay 0.02 s a host, a few hosts
    assert repeated <= kills * 120


@pytest.mark.parametrize("hang", [False, True])
def test_the_network_is_cut(tmp_path: Path, hang: bool) -> None:
    """The crawl pauses, says so, and stops with status 3; nothing is contradicted that was cut."""
    key = made_key(tmp_path / "signer.key")
    with Estate(tmp_path, log=tmp_path / "requests.jsonl") as estate:
        process = start(estate.round_folder, key, "--control-timeout", "4")
        assert asked_for(estate, process, 60)
        estate.cut(hang=hang)
        assert process.wait(timeout=400) == 3
        govah("check", estate.round_folder, *(p for a in AGENCIES for p in ("--agency", a)), key=key)
        cut = findings_of(estate.round_folder)
        estate.restore()
        process = start(estate.round_folder, key)
        assert process.wait(timeout=400) == 0
        govah("check", estate.round_folder, *(p for a in AGENCIES for p in ("--agency", a)), key=key)
        whole = outcomes(findings_of(estate.round_folder))
    blamed = [
        f
        for f in cut
        if f["verdict"] == "contradicted" and whole.get(f["id"], ("", None))[0] != "contradicted"
    ]
    assert blamed == []


def test_interrupted_by_hand(tmp_path: Path) -> None:
    key = made_key(tmp_path / "signer.key")
    with Estate(tmp_path, log=tmp_path / "requests.jsonl") as estate:
        process = start(estate.round_folder, key)
        assert asked_for(estate, process, 100)  # in the midst of it
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=400) == 3
        done = govah("verify", estate.round_folder, "--json", key=key, status=4)
        assert {fault["problem"] for fault in json.loads(done.stdout)["faults"]} == {"unsealed"}
        assert start(estate.round_folder, key).wait(timeout=400) == 0
        govah("verify", estate.round_folder, key=key)
