"""`govah model whatif` as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.govah.test_cli import govah

pytestmark = pytest.mark.processes
IRAN = ("--country", "Iran (Islamic Republic of)")


def ask(home: Path, *arguments: str, status: int = 0) -> str:
    done = govah("model", "whatif", *arguments, home=home, status=status)
    return done.stdout + done.stderr


def test_the_answer_as_values_and_as_a_plot(tmp_path: Path) -> None:
    plot = tmp_path / "rise.svg"
    said = ask(tmp_path, *IRAN, "--rank", "75", "--only", "osi", "--json", "--plot", str(plot))
    told = json.loads(said)
    assert (told["survey"], told["rank"], told["wanted"]) == (2022, 91, 75)
    assert [rise["indicators"] for rise in told["scenarios"][0]["rises"]] == [["OSI"]]
    assert plot.read_text(encoding="utf-8").startswith("<svg xmlns=")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--country", "Iran", "--rank", "75"), "Iran (Islamic Republic of)"),
        ((*IRAN, "--rank", "194"), "193"),
        ((*IRAN, "--rank", "75", "--only", "OSJ"), "OSI"),
        ((*IRAN, "--rank", "75", "--table", "none.csv"), "none.csv"),
        (("ir-portals", *IRAN, "--rank", "75"), "un-egdi"),
        (("eu-egov-2023", *IRAN, "--rank", "75"), "--table"),
        ((*IRAN, "--rank", "75", "--plot", "no/such/folder.svg"), "folder.svg"),
    ],
)
def test_what_cannot_be_answered_says_what_to_give(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    assert words in ask(tmp_path, *arguments, status=2)
