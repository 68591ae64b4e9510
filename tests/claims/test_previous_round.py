"""`round.previous` and `round.previous_key`: where the round before lies, and who sealed it."""

from __future__ import annotations

from pathlib import Path

import pytest

from claims.model import Settings
from claims.problems import RoundError
from claims.read import load_round

KEY = "0123456789abcdef" * 4


def settings(folder: Path, lines: str) -> Settings:
    folder.mkdir(exist_ok=True)
    (folder / "round.toml").write_text(f'[round]\nid = "1404-2"\n{lines}', encoding="utf-8")
    (folder / "agencies.csv").write_text("agency,name,kind,portal\na,n,main,http://a.test/\n")
    (folder / "services.csv").write_text("agency,service,title,electronic\n")
    return load_round(folder).round.settings


def test_there_is_none_by_default(tmp_path: Path) -> None:
    found = settings(tmp_path / "now", "")
    assert (found.previous, found.previous_key) == (None, None)


@pytest.mark.parametrize("name", ["before", "before.summary"])
def test_it_is_a_folder_or_a_file_relative_to_the_round(tmp_path: Path, name: str) -> None:
    place = tmp_path / name
    place.mkdir() if name == "before" else place.write_text("{}")
    found = settings(tmp_path / "now", f'previous = "../{name}"\nprevious_key = "{KEY}"\n')
    assert found.previous is not None
    assert found.previous.resolve() == place
    assert found.previous_key == KEY


@pytest.mark.parametrize(
    ("lines", "column", "code"),
    [
        ('previous = "../nowhere"\n', "round.previous", "no_such_path"),
        ('previous_key = "abc"\n', "round.previous_key", "setting_round_previous_key"),
        (f'previous_key = "{KEY.upper()}"\n', "round.previous_key", "setting_round_previous_key"),
        ("previous_key = 7\n", "round.previous_key", "setting_round_previous_key"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, lines: str, column: str, code: str) -> None:
    with pytest.raises(RoundError) as caught:
        settings(tmp_path / "now", lines)
    assert [(p.row, p.column, p.code) for p in caught.value.problems] == [(3, column, code)]
