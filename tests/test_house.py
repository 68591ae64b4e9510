"""The pictures of the house are those of its imports, and no folder is too full to keep in mind."""

from __future__ import annotations

import pytest

from tests import house


def test_the_pictures_are_those_of_the_imports() -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in house.FOLDER.glob("*.svg")}
    assert kept == house.pictures(), "`make house` draws them anew"


def test_no_folder_holds_more_modules_than_one_keeps_in_mind() -> None:
    assert house.crowded() == {}


def test_a_circle_has_no_floor() -> None:
    with pytest.raises(ValueError, match="a circle: a -> b -> a"):
        house.floors({"a": frozenset("b"), "b": frozenset("a")})


def test_an_arrow_that_follows_from_others_is_left_out() -> None:
    imports = {"a": frozenset("bc"), "b": frozenset("c"), "c": frozenset[str]()}
    assert house.needed(imports) == {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset()}
    assert house.floors(imports) == [["c"], ["b"], ["a"]]
