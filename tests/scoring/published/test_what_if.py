"""What a rank needs, against a ranking of its own: the mean of three, rounded to four places, in plain Python."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from claims.problems import RoundError
from scoring.load import load_model
from scoring.model import Contents
from scoring.published.table import PublishedTable, read_table, shipped_table
from scoring.published.what_if import STEP, what_if
from tests.depth import tries

IRAN = "Iran (Islamic Republic of)"
HEAD = "Survey Year,Country Name,Online Service Index,Human Capital Index,Telecommunication Infrastructure Index\n"
MODEL = load_model("un-egdi", Path())
CONTENTS: Contents = MODEL.contents


@pytest.fixture(scope="module")
def table() -> PublishedTable:
    shipped = shipped_table(MODEL)
    assert shipped is not None
    return shipped


def place(rows: Mapping[str, Mapping[str, float]], country: str, own: Mapping[str, float]) -> int:
    def index(figures: Mapping[str, float]) -> float:
        return round(round(100 * sum(figures.values()) / 3, 9), 2)

    return 1 + sum(index(figures) > index(own) for name, figures in rows.items() if name != country)


def test_iran_of_2022(table: PublishedTable) -> None:
    found = what_if(CONTENTS, table, IRAN, 75)
    assert (found.survey, found.rank, found.value, found.of) == (2022, 91, 64.33, 193)
    (still,) = found.scenarios
    assert still.needed == 72.01
    rises = {rise.indicators: rise for rise in still.rises}
    assert rises[("OSI",)].rise == pytest.approx(0.2302)
    assert rises[("HCI",)].rise is None and rises[("HCI",)].rank == 77
    assert rises[("OSI", "HCI", "TII")].rise == pytest.approx(0.0768)


def test_a_rise_reaches_the_place_and_one_step_less_does_not(table: PublishedTable) -> None:
    draw = random.Random(1404)
    rows = table.surveys[2022]
    for _ in range(tries(20, 400)):
        country, wanted = draw.choice(sorted(rows)), draw.randint(1, len(rows))
        found = what_if(CONTENTS, table, country, wanted)
        assert found.rank == place(rows, country, rows[country])
        for rise in found.scenarios[0].rises:
            assert place(rows, country, rise.after) == rise.rank
            if rise.rise is None:
                assert rise.rank > wanted and all(rise.after[id] == 1.0 for id in rise.indicators)
                continue
            assert rise.rank <= wanted
            less = {
                id: min(1.0, value + rise.rise - STEP) if id in rise.indicators else value
                for id, value in rows[country].items()
            }
            assert rise.rise == 0.0 or place(rows, country, less) > wanted


def test_only_what_may_rise_is_asked(table: PublishedTable) -> None:
    found = what_if(CONTENTS, table, IRAN, 75, ["OSI"])
    assert [rise.indicators for rise in found.scenarios[0].rises] == [("OSI",)]


def test_the_first_place_and_the_last(table: PublishedTable) -> None:
    first = what_if(CONTENTS, table, IRAN, 1).scenarios[0].rises[-1]
    assert first.rise is not None and first.rank == 1
    assert what_if(CONTENTS, table, IRAN, 193).scenarios[0].rises[0].rise == 0.0


def written(tmp_path: Path, rows: str) -> Path:
    path = tmp_path / "figures.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    return path


def test_others_repeat_their_last_two_changes(tmp_path: Path) -> None:
    """Of three countries one rises by .1 and then by .3; a new one and one that was away stand still."""
    rows = "".join(
        f"{year},{name},{value},{value},{value}\n"
        for year, name, value in (
            (2018, "Sample A", 0.2),
            (2018, "Sample B", 0.4),
            (2020, "Sample A", 0.3),
            (2020, "Sample B", 0.4),
            (2022, "Sample A", 0.6),
            (2022, "Sample B", 0.4),
            (2022, "New C", 0.9),
        )
    )
    found = what_if(CONTENTS, read_table(written(tmp_path, rows), CONTENTS), "Sample B", 2)
    assert [one.repeats for one in found.scenarios] == [None, (2020, 2022), (2018, 2020)]
    assert [one.needed for one in found.scenarios] == [60.0, 90.0, 70.0]
    together = [one.rises[-1].rise for one in found.scenarios]
    assert together == pytest.approx([0.2, 0.5, 0.3])


def test_all_problems_of_a_table_are_told_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "2022,Sample A,0.5,x,1.5\n2022,Sample B,0.1,0.1,0.1\n2022,Sample B,0.2,0.2,0.2\n,Sample C,,0.1,0.1\n",
    )
    with pytest.raises(RoundError) as raised:
        read_table(path, CONTENTS)
    assert [(p.row, p.column, p.code) for p in raised.value.problems] == [
        (2, "human capital index", "share"),
        (2, "telecommunication infrastructure index", "share"),
        (4, "country name", "country_twice"),
        (5, "online service index", "empty"),
        (5, "survey year", "empty"),
    ]


@pytest.mark.parametrize(
    "content", ["", HEAD, "Country Name\nSample\n"], ids=["empty", "no rows", "no columns"]
)
def test_a_table_without_what_is_needed_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "figures.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RoundError):
        read_table(path, CONTENTS)
