"""No browser on the machine: the audit runs, and what needs one stays open. Nobody is blamed."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.portals.estate import Estate, truth
from tests.keys import made_key
from tests.rounds import findings_of, govah

AGENCIES = ("barg", "kabutar")


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str | None]]:
    """Verdict and reason of each service of two agencies, crawled where no browser can be found."""
    folder = tmp_path_factory.mktemp("bare")
    key = made_key(folder / "signer.key")
    limits = [part for agency in AGENCIES for part in ("--agency", agency)]
    with Estate(folder) as estate:
        command = [sys.executable, "-m", "govah", "crawl", str(estate.round_folder), *limits]
        bare = {
            "PATH": str(folder),
            "HOME": str(folder),
            "GOVAH_KEY": str(key),
            "GOVAH_LANG": "en",
            "NO_COLOR": "1",
        }
        kept = {name: os.environ[name] for name in ("PYTHONPATH", "LANG") if name in os.environ}
        done = subprocess.run(
            command, env={**kept, **bare}, cwd=Path.cwd(), capture_output=True, text=True, timeout=240
        )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "browser" in done.stderr.lower()
    govah("check", estate.round_folder, *limits, key=key)
    found = [f for f in findings_of(estate.round_folder) if f["check"] == "services.entry"]
    return {f["subject"]["id"]: (f["verdict"], f["reason"]) for f in found}


def expected() -> dict[str, tuple[str, str, str]]:
    with (truth.FOLDER / "services.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["subject"]: (row["verdict"], row["reason"], row["case"])
            for row in csv.DictReader(file)
            if row["agency"] in AGENCIES
        }


@pytest.mark.thorough
def test_what_needs_a_browser_stays_open(outcomes: dict[str, tuple[str, str | None]]) -> None:
    made_by_scripts = ("single_page_app", "hash_route", "menu_opened")
    shown = {name: outcomes[name] for name, (_, _, case) in expected().items() if case in made_by_scripts}
    assert len(shown) >= 6
    assert set(shown.values()) == {("inconclusive", "needs_browser")}


def test_what_needs_none_is_judged_as_ever(outcomes: dict[str, tuple[str, str | None]]) -> None:
    """Nothing is verified or contradicted that is not so; nothing else is lost than what scripts make."""
    wrong = {
        name: (outcomes[name], verdict)
        for name, (verdict, _, _) in expected().items()
        if outcomes[name][0] not in (verdict, "inconclusive")
    }
    assert wrong == {}
    kept = [
        n for n, (verdict, _, _) in expected().items() if verdict == "verified" and outcomes[n][0] == verdict
    ]
    assert len(kept) >= 12
