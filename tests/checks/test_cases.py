"""Every check is held to the cases of its own folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.folders import CheckFolder, IncompleteCheck, check_folders
from checks.registry import allowed, load
from fixtures.check_cases import CheckCase, cases_of, judged, unlike

FOLDERS = {f"{folder.family}/{folder.name}": folder for folder in check_folders()}
CASES = [
    pytest.param(folder, case, id=f"{name}: {case.name}")
    for name, folder in FOLDERS.items()
    for case in cases_of(folder).case
]


@pytest.mark.parametrize(("folder", "case"), CASES)
def test_a_case_gets_its_finding(folder: CheckFolder, case: CheckCase, tmp_path: Path) -> None:
    found = judged(folder, case, tmp_path)
    assert (difference := unlike(case, found)) is None, difference
    assert all(allowed(one.check, one.verdict, one.reason) for one in found)


@pytest.mark.parametrize("name", FOLDERS)
def test_cases_show_a_check_that_passes_one_that_fails_and_one_left_open(name: str) -> None:
    """A check that is never against anybody has none that fails; its reasons say so."""
    cases = cases_of(FOLDERS[name]).case
    assert len({case.name for case in cases}) == len(cases), "two cases of one name"
    shown = {case.verdict for case in cases}
    assert "verified" in shown and "inconclusive" in shown
    assert shown & {"partial", "contradicted"}, "no case that fails"


def test_a_folder_that_is_not_whole_says_what_is_missing(tmp_path: Path) -> None:
    for path in ("hosts/one/check.py", "hosts/one/texts.toml", "hosts/two/cases.toml", "hosts/words.toml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    with pytest.raises(IncompleteCheck) as told:
        check_folders(tmp_path)
    lines = str(told.value).splitlines()
    assert lines == [
        f"{tmp_path}/hosts/one/__init__.py is missing",
        f"{tmp_path}/hosts/one/cases.toml is missing",
        f"{tmp_path}/hosts/two/__init__.py is missing",
        f"{tmp_path}/hosts/two/check.py is missing",
        f"{tmp_path}/hosts/two/texts.toml is missing",
    ]


def test_a_module_without_a_check_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = FOLDERS["smart/hosts_domain"]
    monkeypatch.setattr("checks.smart.hosts_domain.check.CHECK", object())
    with pytest.raises(IncompleteCheck, match="needs id, version, reasons, words and judge"):
        load(folder)
