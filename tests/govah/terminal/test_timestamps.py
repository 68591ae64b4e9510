"""What is said of time stamps, whatever the files of a round say."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from evidence.errors import EvidenceError
from evidence.timestamps import StampAttempt, Timestamp
from govah.terminal.console import Speaker
from govah.terminal.timestamps import (
    RoundTimestamps,
    attempts_json,
    roots_of,
    round_timestamps,
    round_timestamps_json,
    tell_attempts,
    tell_round_timestamps,
)

THEN = dt.datetime(2025, 12, 1, 8, 0, tzinfo=dt.UTC)


def plan(folder: Path, authorities: Any) -> Path:
    content = {"format": "govah-plan/1", "opened": "2025-12-01T08:00:00.000000Z", "vantage": "x"}
    (folder / "plan.json").write_text(json.dumps({**content, "plan": {"authorities": authorities}}))
    return folder


@pytest.mark.parametrize(
    ("authorities", "found"),
    [
        ([], []),
        (None, []),
        ("http://tsa.example/", []),
        ({"http://tsa.example/": 1}, []),
        (["http://tsa.example/", 7, None, ["x"], "\ud800", "http://تمبر/"], ["http://tsa.example/"]),
    ],
)
def test_any_plan_is_survived(tmp_path: Path, authorities: Any, found: list[str]) -> None:
    missing = round_timestamps(plan(tmp_path, authorities), None).missing
    assert missing == tuple((over, address) for over in ("opening", "manifest") for address in found)


@pytest.mark.parametrize("content", ["", "[]", "[" * 100_000, "{}", '{"plan":[]}'])
def test_what_is_no_plan_names_nobody(tmp_path: Path, content: str) -> None:
    (tmp_path / "plan.json").write_text(content)
    assert round_timestamps(tmp_path, None).missing == ()


def test_a_plan_does_not_reach_the_terminal_and_asks_no_more_than_it_may(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = round_timestamps(plan(tmp_path, [f"\x1b[31m{number}" for number in range(1000)]), None)
    assert len(found.missing) == 200
    tell_round_timestamps(Speaker(), tmp_path, found)
    assert "\x1b" not in capsys.readouterr().out
    assert len(round_timestamps_json(found)["missing_timestamps"]) == 200


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("over", ["opening", "manifest"])
def test_every_outcome_is_said_in_both_languages(
    over: str,
    language: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("GOVAH_LANG", language)
    asked = [
        StampAttempt(over, "http://one.example/", "stamped", THEN, ""),
        StampAttempt(over, "http://two.example/", "untrusted", THEN, "no roots are named"),
        StampAttempt(over, "http://three.example/", "failed", None, "no reply within 10 s"),
    ]
    tell_attempts(Speaker(), tmp_path, asked)
    said = capsys.readouterr()
    assert "http://one.example/" in said.out and "2025-12-01 08:00:00 UTC" in said.out
    assert "http://two.example/" in said.err and "no roots are named" in said.err
    assert "http://three.example/" in said.err and "no reply within 10 s" in said.err
    assert ("مهر زمان" in said.out) == (language == "fa")
    assert [one["time"] for one in attempts_json(asked)] == ["2025-12-01T08:00:00.000000Z"] * 2 + [None]


@pytest.mark.parametrize("language", ["fa", "en"])
def test_one_witness_under_two_names_is_told_as_one(
    language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("GOVAH_LANG", language)
    names = ("a" * 16, "b" * 16)
    both = RoundTimestamps(
        tuple(Timestamp("manifest", name, THEN, "CN=one", "k", True, "") for name in names), ()
    )
    said = round_timestamps_json(both)
    assert (len(said["timestamps"]), len(said["duplicate_timestamps"])) == (1, 1)
    tell_round_timestamps(Speaker(), tmp_path, both)
    assert f"manifest.{'b' * 16}.tsr" in capsys.readouterr().out


def test_roots_are_those_that_are_given_or_none(tmp_path: Path) -> None:
    assert roots_of(tmp_path, None) is None
    (tmp_path / "round.toml").write_text("[round\n")
    assert roots_of(tmp_path, None) is None
    with pytest.raises(EvidenceError, match=r"none\.pem"):
        roots_of(tmp_path, tmp_path / "none.pem")
