"""Reading dates, measured on labelled cells: half of them to tune by, half held out."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from checks.datasets.files.columns import Column, summed

FILE = Path(__file__).parent / "data" / "date_cells.tsv"
PAGE = Path(__file__).parents[3] / "docs" / "performance.md"
# Nothing is in the future, so that only the cell decides.
AS_OF = dt.date(2100, 1, 1)


@dataclass(frozen=True)
class Cell:
    half: str
    notation: str
    heading: str
    text: str
    label: str

    @property
    def read(self) -> str:
        """As the label is written: the days that a column of this cell alone is taken to name."""
        column = Column(self.heading, AS_OF)
        column.add(self.text.strip())
        moment = column.newest
        if summed([column]).newest is None or moment is None:
            return "-"
        start, end = moment.start.isoformat(), moment.end.isoformat()
        return start if start == end else f"{start}..{end}"


def cells() -> list[Cell]:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return [Cell(*line.split("\t")) for line in lines if not line.startswith("#")]


def measured(half: str) -> tuple[float, float]:
    """Precision and recall over a half."""
    counts = Counter[str]()
    for cell in cells():
        if cell.half == half:
            read = cell.read
            counts["read"] += read != "-"
            counts["dates"] += cell.label != "-"
            counts["right"] += read == cell.label != "-"
    return counts["right"] / counts["read"], counts["right"] / counts["dates"]


def test_the_set_is_what_it_is_said_to_be() -> None:
    found = cells()
    assert len(found) >= 400
    assert len({(cell.heading, cell.text) for cell in found}) == len(found)
    dates = [cell for cell in found if cell.label != "-"]
    assert len({cell.notation for cell in dates}) >= 10
    assert min(Counter(cell.half for cell in found).values()) > 0.4 * len(found)
    assert len(found) - len(dates) >= 150


@pytest.mark.parametrize("half", ["tune", "held"])
def test_dates_are_read_as_people_read_them(half: str) -> None:
    precision, recall = measured(half)
    assert precision >= 0.99
    assert recall >= 0.97
    chosen = [cell for cell in cells() if cell.half == half]
    dates = sum(cell.label != "-" for cell in chosen)
    row = f"| {len(chosen)} | {dates} | {precision:.1%} | {recall:.1%} |".replace("%", " %")
    assert row in PAGE.read_text(encoding="utf-8")
