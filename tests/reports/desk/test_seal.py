"""The desk shows findings as they were sealed; others only when it was asked to, and marked on every page."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import command_server
from tests.reports.desk.rounds import id_of, made, served

pytestmark = [pytest.mark.sockets, pytest.mark.processes]

PAGES = ("/", "/findings", "/worklist", "/agency/a1", f"/finding/{id_of('s1')}")


def edit(round: Path) -> None:
    """In place, without a change of length."""
    path = round / "results" / "findings.jsonl"
    edited = path.read_bytes().replace(b'"verdict":"contradicted"', b'"verdict":"inconclusive"')
    assert edited != path.read_bytes()
    path.write_bytes(edited)


def test_findings_that_are_changed_while_the_desk_is_open_are_not_shown(tmp_path: Path) -> None:
    round = made(tmp_path)
    with served(round) as desk:
        assert desk.get("/").status == 200 and "UNSEALED" not in desk.get("/?lang=en").text
        edit(round)
        for path in PAGES:
            answer = desk.get(path)
            assert answer.status == 500 or "findings.jsonl" in answer.text, path


def test_every_page_of_unsealed_findings_is_marked_in_both_languages(tmp_path: Path) -> None:
    round = made(tmp_path)
    edit(round)
    with served(round, "--unsealed") as desk:
        for path in PAGES:
            for language, mark in (("en", "UNSEALED: made from"), ("fa", "بدون مهر: از")):
                assert mark in desk.get(f"{path}?lang={language}").text, (path, language)


def test_scores_that_were_made_of_unsealed_findings_are_not_shown_for_sealed_ones(tmp_path: Path) -> None:
    round = made(tmp_path)
    sealed = (round / "results" / "findings.jsonl").read_bytes()
    edit(round)
    environment = {**os.environ, "GOVAH_LANG": "en", "NO_COLOR": "1", "COLUMNS": "300"}
    assert command_server.govah("score", round, "--unsealed", env=environment).returncode == 0
    (round / "results" / "findings.jsonl").write_bytes(sealed)
    done = command_server.govah("serve", round, "--port", "0", env=environment, timeout=60)
    assert done.returncode == 4 and f"govah score {round}" in done.stderr
    with served(round, "--unsealed") as desk:
        assert "UNSEALED" in desk.get("/?lang=en").text
