"""Sheets whose rows are made while they are read, and records that share what their rows repeat."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from claims import tables
from claims.problems import Problems, RoundError
from claims.read import load_round
from claims.tables import SheetRow, csv_table
from tests.claims.test_read import AGENCIES, write

ROWS = 3_000


def _services(count: int, electronic: str = "yes") -> str:
    rows = (
        f"a1,s{n},صدور پروانهٔ {n},{electronic},https://a1.test/s{n},interaction,request production\n"
        for n in range(count)
    )
    return "agency,service,title,electronic,url,level,phases\n" + "".join(rows)


def test_reading_holds_little_besides_the_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the rows held as well it takes three times as much."""
    monkeypatch.setattr(tables, "MOST_BYTES", 1_000_000)  # Python sets aside what it may read
    write(tmp_path, services_csv=_services(ROWS))
    tracemalloc.start()
    try:
        reading = load_round(tmp_path)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(reading.round.services) == ROWS
    assert peak < 2 * kept


def test_records_share_what_rows_repeat(tmp_path: Path) -> None:
    datasets = "agency,dataset,title,url,period,licence\n" + "".join(
        f"a1,d{n},آمار,https://a1.test/d{n},P1M,آزاد\n" for n in range(2)
    )
    read = load_round(write(tmp_path, services_csv=_services(2), datasets_csv=datasets)).round
    agency = read.agencies[0].id
    assert all(one.agency is agency for one in read.services)
    assert all(one.agency is agency for one in read.datasets)
    assert read.services[0].phases is read.services[1].phases
    assert read.datasets[0].period is read.datasets[1].period
    assert read.datasets[0].licence is read.datasets[1].licence


def test_a_cell_that_repeats_is_told_in_each_row(tmp_path: Path) -> None:
    """Only what can be read is shared."""
    with pytest.raises(RoundError) as caught:
        load_round(write(tmp_path, agencies_csv=AGENCIES, services_csv=_services(3, "maybe")))
    assert [(p.row, p.column, p.value) for p in caught.value.problems] == [
        (row, "electronic", "maybe") for row in (2, 3, 4)
    ]


@pytest.mark.parametrize(
    "raw",
    [
        b"sep=;\r\nA; B \r\n\r\n1;\" x\r\ny\"\r\n ;\r\n2;\r\n",
        "\ufeffa\tb\r\r1\t\" x\ry\"\r \t\r2\t\r".encode("utf-16-le"),
    ],
)  # fmt: skip
def test_rows_can_be_read_again(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(raw)
    sheet = csv_table(path, Problems(), 10)
    path.unlink()  # they are those of the file as it was
    assert sheet is not None
    first = 1 + raw.startswith(b"sep=")
    rows = [SheetRow(3, {"a": "1", "b": "x y"}, first + 2), SheetRow(5, {"a": "2"}, first + 5)]
    assert (sheet.columns, list(sheet.rows), len(sheet.rows)) == (("a", "b"), rows, 2)
    assert list(sheet.rows) == rows and rows[1] in sheet.rows
