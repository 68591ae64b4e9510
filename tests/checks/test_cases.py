"""Every check is held to the cases of its own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checks.folders import CheckFolder, IncompleteCheck, check_folders
from checks.page.wordlist import table
from checks.registry import load
from fixtures.check_cases import CaseFileError, CheckCase, cases_of, judged, unlike
from reports.catalogue import LANGUAGES, TextCatalogue
from tests.checks.selection import allowed

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
    said = {f"check.{load(folder).id}"} | {f"criterion.{one.criterion}" for one in found}
    said |= {f"effect.{one.effect}" for one in found if one.effect}
    for language in LANGUAGES:
        texts = TextCatalogue(language)
        assert [code for code in sorted(said) if not texts.has(code)] == [], f"texts.toml: [{language}]"


@pytest.mark.parametrize("name", FOLDERS)
def test_cases_show_a_check_that_passes_one_that_fails_and_one_left_open(name: str) -> None:
    """A check that speaks of faults alone passes what it makes no finding about, and may have no reason to leave one open."""
    cases = cases_of(FOLDERS[name]).case
    assert len({case.name for case in cases}) == len(cases), "two cases of one name"
    shown = {case.verdict for case in cases}
    assert shown & {"verified", "no_finding"}, "no case that passes"
    assert "inconclusive" in shown or "inconclusive" not in load(FOLDERS[name]).reasons, "no case left open"
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


FAULTS = {
    'case = "none"': "case: Input should be a valid list ('none')",
    '[[case]]\nname = "a page"': "case a page: verdict: Field required",
    '[[case]]\nname = "a page"\nverdict = "good"': "case a page: verdict: Input should be 'verified'",
    '[[case]]\nverdict = "verified"': "case 0: name: Field required",
    '[[case]]\nname = "a page"\nverdict = "verified"\npage = [{ boddy = "x" }]': (
        "case a page: page.0.boddy: Extra inputs are not permitted ('x')"
    ),
    'case = []\n[unmoved]\nburnt = "x"': "unmoved.burnt.[key]: Value error, one of removed, emptied",
    "[[case": "Expected",
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_of_a_case_file_is_told_with_file_case_and_value(text: str, tmp_path: Path) -> None:
    (tmp_path / "cases.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CaseFileError) as told:
        cases_of(CheckFolder("smart", "one", tmp_path))
    assert str(told.value).startswith(f"{tmp_path}/cases.toml: {FAULTS[text]}")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"service": [{"titel": "x"}]}, "titel"),
        ({"captures": {"tsl": [{}]}}, "KeyError('tsl')"),
        (
            {"captures": {"tls": [{"leaf": {"end": 3}}]}},
            "Probe: leaf.end: Extra inputs are not permitted (3)",
        ),
        ({"captures": {"tls": [{"answers": {"tls9": {"result": "accepted"}}}]}}, "answers.tls9"),
        (
            {"captures": {"dns": [{"records": ["www A nowhere"]}]}},
            "records.0: Value error, `owner TYPE rdata`",
        ),
        ({"captures": {"measured": [{"changes": {"wide.colour": 3}}]}}, "KeyError('wide.colour')"),
    ],
)
def test_a_value_that_no_claim_or_capture_has_is_told_with_file_and_case(
    values: dict[str, Any], said: str, tmp_path: Path
) -> None:
    folder = FOLDERS["smart/hosts_domain"]
    case = CheckCase(name="a page", verdict="no_finding", **values)
    with pytest.raises(CaseFileError, match="case a page: ") as told:
        judged(folder, case, tmp_path)
    assert said in str(told.value)


@pytest.mark.parametrize("name", [name for name, folder in FOLDERS.items() if folder.words is not None])
def test_every_list_of_words_is_read(name: str) -> None:
    """A list that no code of the family names is misspelt, or left over."""
    folder = FOLDERS[name]
    code = "".join(path.read_text(encoding="utf-8") for path in folder.path.parent.rglob("*.py"))
    words = f"{name}/words.toml"
    patterns = (folder.path / "words.toml").read_text(encoding="utf-8")
    assert [key for key in table(words) if f'"{key}"' not in code and f"<{key}>" not in code + patterns] == []
