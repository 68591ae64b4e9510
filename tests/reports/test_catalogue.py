"""The texts: the same keys and fields in both languages, and none missing for a code of the program."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import get_args

import pytest

from checks.services.kinds import Kind
from reports.catalogue import LANGUAGES, MissingText, TextCatalogue
from scoring.load import load_model
from scoring.model import Aggregation, Boolean, Indicator, Part
from scoring.parts import State
from scoring.problems import CODES
from scoring.score import NotRanked

PERSIAN = re.compile(r"[\u0600-\u06ff]")


@pytest.fixture(scope="module")
def catalogues() -> dict[str, TextCatalogue]:
    return {language: TextCatalogue(language) for language in LANGUAGES}


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def raw(catalogue: TextCatalogue) -> dict[str, str]:
    texts = {}
    for key in catalogue.keys():  # noqa: SIM118 — a method of the catalogue, which is no mapping
        table, _, rest = key.partition(".")
        texts[key] = catalogue.table(table)[rest]
    return texts


def test_both_languages_hold_the_same_keys(catalogues: dict[str, TextCatalogue]) -> None:
    fa, en = set(catalogues["fa"].keys()), set(catalogues["en"].keys())
    assert sorted(fa - en) == [] and sorted(en - fa) == []


def test_both_languages_hold_the_same_files() -> None:
    folder = Path(__file__).parents[2] / "reports" / "texts"
    names = {language: {path.name for path in (folder / language).iterdir()} for language in LANGUAGES}
    assert names["fa"] == names["en"]


def test_both_languages_fill_the_same_fields(catalogues: dict[str, TextCatalogue]) -> None:
    fa, en = raw(catalogues["fa"]), raw(catalogues["en"])
    assert [key for key in fa if key in en and fields(fa[key]) != fields(en[key])] == []


def test_what_is_not_settled_has_one_word_in_each_language(catalogues: dict[str, TextCatalogue]) -> None:
    options = {"help.fail_on", "help.export_at_least"}  # their values are codes
    other = {
        "en": r"(?i)\b(inconclusive|undecided|undetermined|unsettled)\b",
        "fa": r"روشن[ \u200c]ن(شد|می\u200cشو)",
    }
    for language, catalogue in catalogues.items():
        found = {
            key: text
            for key, text in raw(catalogue).items()
            if re.search(other[language], re.sub(r"\{\w+\}", "", text)) and key not in options
        }
        assert found == {}
    assert catalogues["en"].text("verdict.inconclusive") == "not settled"
    assert catalogues["fa"].text("verdict.inconclusive") == "نامعلوم"


def test_no_text_is_empty_or_in_the_other_language(catalogues: dict[str, TextCatalogue]) -> None:
    for language, catalogue in catalogues.items():
        for key, text in raw(catalogue).items():
            assert text.strip(), f"{language}: {key}"
    notes = catalogues["fa"].table("indicator_note").values()
    assert all(PERSIAN.search(note) for note in notes)
    assert not any(PERSIAN.search(note) for note in catalogues["en"].table("indicator_note").values())


def test_every_code_has_its_text(catalogues: dict[str, TextCatalogue]) -> None:
    model = load_model("ir-portals", Path())
    union, *_ = get_args(Part)
    kinds = {get_args(kind.model_fields["kind"].annotation)[0] for kind in get_args(union)}
    assert "boolean" in kinds and Boolean in get_args(union)
    wanted = {
        "not_ranked": set(get_args(NotRanked)),
        "state": set(get_args(State)),
        "rule": kinds
        | set(get_args(Aggregation))
        | set(get_args(Indicator.model_fields["aggregation"].annotation)),
        "indicator_note": set(model.indicator_ids),
        "model_problem": set(CODES),
        "page_kind": {*get_args(Kind), "register", "fetch", "nothing"},
    }
    for catalogue in catalogues.values():
        for table, keys in wanted.items():
            assert set(catalogue.table(table)) == keys, table


def test_a_text_with_fields(catalogues: dict[str, TextCatalogue]) -> None:
    assert "<U7>" in catalogues["en"].text("model_problem.duplicate_id", value="<U7>")
    with pytest.raises(KeyError):
        catalogues["en"].text("model_problem.duplicate_id")


@pytest.mark.parametrize("key", ["state.none_such", "nothing", "", "state", "no_table.measured"])
def test_a_missing_key_raises(catalogues: dict[str, TextCatalogue], key: str) -> None:
    assert not catalogues["fa"].has(key)
    with pytest.raises(MissingText):
        catalogues["fa"].text(key)


def test_keys_may_hold_dots(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "room.toml").write_text('[check]\n"services.entry" = "Entry"\n', encoding="utf-8")
    assert TextCatalogue("en", tmp_path).text("check.services.entry") == "Entry"


def test_a_key_in_two_files_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    for name in ("a.toml", "b.toml"):
        (tmp_path / "en" / name).write_text('[reason]\nblocked = "no"\n', encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape("reason.blocked")):
        TextCatalogue("en", tmp_path)


def test_a_table_in_a_table_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "a.toml").write_text('[reason.deep]\nblocked = "no"\n', encoding="utf-8")
    with pytest.raises(TypeError, match="deep"):
        TextCatalogue("en", tmp_path)
