"""Names of the version before work, and say the new one; names of today say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer.main

from govah.cli import app
from govah.terminal.renamed import COMMANDS, OPTIONS, command_of_today, options_of_today

KNOWN = ("--control-timeout", "--no-redact")


@pytest.mark.parametrize(
    ("words", "today"),
    [
        (["--patience", "3"], ["--control-timeout", "3"]),
        (["--patience=3", "round"], ["--control-timeout=3", "round"]),
        (["--keep", "cookie", "--keep=card"], ["--no-redact", "cookie", "--no-redact=card"]),
    ],
)
def test_an_old_option_is_taken_and_the_new_one_is_said(
    words: list[str], today: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVAH_LANG", "en")
    assert options_of_today(words, KNOWN) == today
    said = capsys.readouterr()
    assert (
        said.out == ""
        and f"{words[0].partition('=')[0]} is now called {today[0].partition('=')[0]}." in said.err
    )


def test_names_of_today_say_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["round", "--control-timeout", "3", "--no-redact", "cookie"]
    assert options_of_today(words, KNOWN) == words
    assert command_of_today("decide") == "decide"
    assert capsys.readouterr() == ("", "")


def test_an_option_that_the_command_never_had_is_left_to_it() -> None:
    assert options_of_today(["--keep", "x"], ("--control-timeout",)) == ["--keep", "x"]


@pytest.mark.parametrize("lang", ["en", "fa"])
def test_an_old_command_is_taken(
    lang: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVAH_LANG", lang)
    with pytest.raises(SystemExit) as ended:
        app(["answer", str(tmp_path / "none"), "r1", "upheld", "--by", "x", "--text", "y"])
    assert ended.value.code == 2
    assert "answer" in capsys.readouterr().err.partition("\n")[0]


def test_the_new_names_are_there_and_the_old_ones_are_not() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    options = {name for command in commands.values() for param in command.params for name in param.opts}
    assert set(COMMANDS.values()) <= commands.keys() and not COMMANDS.keys() & commands.keys()
    assert set(OPTIONS.values()) <= options and not OPTIONS.keys() & options
