"""The shipped model, and what is said of a broken one."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.hosts.problems import PROBLEMS
from scoring.load import MAX_BYTES, load_model, parse, shipped
from scoring.model import Deductions, Model
from scoring.problems import CODES, ModelError, ModelProblem

SHIPPED = Path(__file__).parents[2] / "scoring" / "models" / "ir-portals.toml"


@pytest.fixture(scope="module")
def text() -> str:
    return SHIPPED.read_text(encoding="utf-8")


def problems(text: str, checks: frozenset[str] | None = None) -> list[ModelProblem]:
    with pytest.raises(ModelError) as caught:
        parse(text.encode(), "model.toml", checks)
    assert {problem.code for problem in caught.value.problems} <= CODES
    return list(caught.value.problems)


def line_with(text: str, words: str, after: str = "") -> int:
    start = text.index(after) if after else 0
    return text[: text.index(words, start)].count("\n") + 1


def test_the_shipped_model_has_four_axes_and_thirty_seven_indicators(shipped_model: Model) -> None:
    contents = shipped_model.contents
    assert "ir-portals" in shipped()
    assert [(axis.id, axis.weight) for axis in contents.axis] == [
        ("user", 33),
        ("transparent", 25),
        ("smart", 25),
        ("participatory", 17),
    ]
    assert len(contents.indicator) == len(shipped_model.indicator_ids) == 37
    assert sum(indicator.weight for indicator in contents.indicator) == 100
    by_class = {"A": 0.0, "B": 0.0, "C": 0.0, "D": 0.0}
    for indicator in contents.indicator:
        by_class[indicator.evidence_class] += indicator.weight
    assert by_class["A"] == 59 and by_class["B"] == 32 and by_class["C"] + by_class["D"] == 9


def test_the_shipped_model_says_that_it_is_a_reconstruction(shipped_model: Model) -> None:
    header = shipped_model.contents.model
    assert header.reconstruction
    assert "بازسازی" in header.title.fa and "reconstruction" in header.title.en


def test_documents_and_claims_are_never_fed_by_a_check(shipped_model: Model) -> None:
    kinds = {i.id: [part.kind for part in i.part] for i in shipped_model.contents.indicator}
    expected = {"C": ["claim"], "D": ["attested"]}
    for indicator in shipped_model.contents.indicator:
        if indicator.evidence_class in expected:
            assert kinds[indicator.id] == expected[indicator.evidence_class]
        else:
            assert not {"claim", "attested"} & set(kinds[indicator.id])


def test_a_file_of_the_round_folder(tmp_path: Path, text: str) -> None:
    (tmp_path / "ours.toml").write_text(text.replace('id = "ir-portals"', 'id = "ours"'), encoding="utf-8")
    model = load_model("ours.toml", tmp_path)
    assert model.id == "ours"
    assert model.sha256 != load_model("ir-portals", tmp_path).sha256


@pytest.mark.parametrize("name", ["missing.toml", "../outside.toml", "/etc/hostname", "no-such-model", ""])
def test_what_is_not_in_the_folder_is_not_read(tmp_path: Path, name: str, text: str) -> None:
    inside = tmp_path / "round"
    inside.mkdir()
    (tmp_path / "outside.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        load_model(name, inside)
    assert [problem.code for problem in caught.value.problems] == ["not_found"]


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.toml").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ModelError) as caught:
        load_model("huge.toml", tmp_path)
    assert [problem.code for problem in caught.value.problems] == ["too_large"]


def test_broken_toml_names_the_line(text: str) -> None:
    broken = text.replace("decimals = 2", "decimals = = 2")
    assert [(p.code, p.line) for p in problems(broken)] == [("not_toml", line_with(broken, "decimals"))]


def test_every_error_comes_at_once_with_id_and_line(text: str) -> None:
    broken = (
        text.replace("[rules]", "[rules]\nseed = 3")
        .replace("verified = 1, partial = 0.25, contradicted = 0", "verified = 2, partial = 0.25", 1)
        .replace('axis = "user"\nweight = 3\nclass = "A"', 'axis = "user"\nweight = "heavy"\nclass = "Z"', 1)
        .replace("worst = 0.05\n", "")
        .replace("target = 4", "target = 0")
        .replace('kind = "claim"', 'kind = "wish"')
    )
    said = {(p.where, p.code, p.line) for p in problems(broken)}
    desk = 'id = "U03"'
    assert said == {
        ("rules.seed", "extra_forbidden", line_with(broken, "seed = 3")),
        (
            "indicator[U01].part[1].credit.verified",
            "invalid",
            line_with(broken, "credit = { verified = 2"),
        ),
        ("indicator[U03].weight", "invalid", line_with(broken, "weight", desk)),
        ("indicator[U03].class", "invalid", line_with(broken, "class", desk)),
        ("indicator[U06].part[1].worst", "missing", line_with(broken, "[[indicator.part]]", 'id = "U06"')),
        ("indicator[P02].part[1].target", "invalid", line_with(broken, "target = 0")),
        (
            "indicator[S05].part[1]",
            "union_tag_invalid",
            line_with(broken, "[[indicator.part]]", 'id = "S05"'),
        ),
    }


def test_cross_checks_come_at_once(text: str) -> None:
    broken = (
        text.replace('id = "U03"', 'id = "U02"')
        .replace('id = "T02"\naxis = "transparent"', 'id = "T02"\naxis = "shine"')
        .replace("weight = 17", "weight = 18")
        .replace('assumed = "transaction"', 'assumed = "magic"')
        .replace('electronic = "U01"', 'electronic = "U02"')
        .replace("worst = 0.05\nbest = 0", "worst = 0\nbest = 0")
        .replace("upto = 184, points = 0.75", "upto = 84, points = 0.75", 1)
    )
    checks = frozenset({"services.entry", "links.summary", "hosts.security", "datasets.freshness"})
    found = problems(broken, checks)
    said = {(p.where, p.code, p.value) for p in found if p.code != "unknown_check"}
    assert said == {
        ("indicator[U02].id", "duplicate_id", "U02"),
        ("indicator[T02].axis", "unknown_axis", "shine"),
        ("axis[transparent].weight", "axis_weights_sum", "22"),
        ("axis[participatory].weight", "axis_weights_sum", "17"),
        ("model.total", "weights_sum", "101"),
        ("indicator[U02].part[1].assumed", "unknown_level", "magic"),
        ("model.electronic", "not_electronic", "U02"),
        ("indicator[U06].part[1].best", "equal_goalposts", "0.0"),
        ("indicator[T10].part[1].steps", "unordered_steps", ""),
    }
    unknown = {p.value for p in found if p.code == "unknown_check"}
    assert "elements.sla" in unknown and "datasets.usability" in unknown
    # a planned part names a check that does not exist yet
    assert "pages.browsers" not in unknown
    assert all(p.line for p in found)


def test_an_axis_without_indicators(text: str) -> None:
    extra = '\n[[axis]]\nid = "empty"\nweight = 1\nname = { fa = "تهی", en = "Empty" }\n'
    assert {p.code for p in problems(text.replace("total = 100", "total = 101") + extra)} == {"empty_axis"}


GROUPED = """
[model]
id = "small"
version = "1"
title = { fa = "کوچک", en = "Small" }
note = { fa = "کوچک", en = "Small" }
total = 3
[[axis]]
id = "a"
weight = 2
name = { fa = "الف", en = "A" }
[[axis]]
id = "b"
weight = 1
name = { fa = "ب", en = "B" }
[[group]]
id = "outer"
axis = "a"
weight = 2
name = { fa = "بیرونی", en = "Outer" }
[[group]]
id = "inner"
axis = "a"
group = "outer"
weight = 5
name = { fa = "درونی", en = "Inner" }
[[indicator]]
id = "I1"
axis = "a"
group = "inner"
weight = 7
class = "C"
name = { fa = "یک", en = "One" }
part = [{ kind = "claim" }]
[[indicator]]
id = "I2"
axis = "b"
weight = 1
class = "C"
name = { fa = "دو", en = "Two" }
part = [{ kind = "claim" }]
"""


def test_groups_that_do_not_fit_are_told_at_once() -> None:
    assert parse(GROUPED.encode(), "small.toml").id == "small"
    lost = 'id = "outer"\naxis = "a"\n'
    assert lost in GROUPED
    found = problems(
        GROUPED.replace(lost, lost + 'group = "inner"\n').replace('axis = "b"', 'axis = "b"\ngroup = "inner"')
    )
    assert {(p.where, p.code, p.value) for p in found} == {
        ("group[outer].group", "group_in_itself", "outer"),
        ("group[inner].group", "group_in_itself", "inner"),
        ("axis[a].id", "empty_axis", "a"),
        ("axis[b].id", "empty_axis", "b"),
        ("indicator[I2].group", "unknown_group", "inner"),
    }
    assert all(p.line for p in found)
    bare = GROUPED.replace('group = "inner"\nweight = 7', 'group = "outer"\nweight = 7')
    assert {(p.where, p.code, p.value) for p in problems(bare)} == {
        ("group[inner].id", "empty_group", "inner")
    }


def test_indicators_are_those_of_the_reconstruction(shipped_model: Model) -> None:
    """Ids, weights and classes by axis, so that no row is lost in an edit."""
    rows = [f"{i.id}:{i.weight:g}{i.evidence_class}" for i in shipped_model.contents.indicator]
    assert (
        rows
        == (
            "U01:5B U02:5B U03:3A U04:2B U05:2A U06:4A U07:3A U08:3B U09:1A U10:2A U11:1A U12:2B "
            "T01:4A T02:3B T03:2B T04:3A T05:4A T06:3A T07:2B T08:1A T09:1A T10:2A "
            "S01:4A S02:3A S03:3D S04:2B S05:2C S06:4A S07:3A S08:2D S09:2D "
            "P01:2A P02:4A P03:3A P04:3B P05:3B P06:2A"
        ).split()
    )


def test_every_problem_of_a_host_has_its_price(shipped_model: Model) -> None:
    priced: list[str] = []
    for indicator in shipped_model.contents.indicator:
        for part in indicator.part:
            if isinstance(part, Deductions):
                priced += part.points
    assert sorted(priced) == sorted(PROBLEMS)


@pytest.mark.parametrize("line", [f"x = {'9' * 5000}", "x = " + "[" * 20_000 + "]" * 20_000])
def test_what_python_does_not_read_is_no_toml(line: str) -> None:
    assert [p.code for p in problems(f"{line}\n")] == ["not_toml"]
