"""`window.csv`: deep links of the national window, with every problem in one go."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from checks import basis
from claims.problems import RoundError
from claims.read import load_round

ROUND = '[round]\nid = "1404-1"\n'
AGENCIES = "agency,name,kind,portal\na1,سازمان نمونه,main,https://a1.test/\n"
SERVICES = (
    "agency,service,title,electronic,url\na1,s1,صدور پروانه,yes,https://a1.test/s1\na1,s2,تمدید پروانه,yes,\n"
)


def write(folder: Path, window: str | None) -> Path:
    (folder / "round.toml").write_text(ROUND, encoding="utf-8")
    (folder / "agencies.csv").write_text(AGENCIES, encoding="utf-8")
    (folder / "services.csv").write_text(SERVICES, encoding="utf-8")
    if window is not None:
        (folder / "window.csv").write_text(window, encoding="utf-8")
    return folder


def test_a_round_without_the_list(tmp_path: Path) -> None:
    round = load_round(write(tmp_path, None)).round
    assert not round.window_given and all(service.window == () for service in round.services)
    # its claims are sealed as those of rounds before there was such a list
    assert all("window" not in claim["claim"] for claim in basis.claims_of(round)("a1"))


def test_links_stand_with_their_services_and_are_sealed_with_them(tmp_path: Path) -> None:
    rows = "service,url\ns1,https://my.gov.ir/s/1\ns2,https://my.gov.ir/s/2\ns1,https://a1.test/from-window\n"
    reading = load_round(write(tmp_path, rows))
    round = reading.round
    assert reading.warnings == () and round.window_given
    assert [service.window for service in round.services] == [
        ("https://my.gov.ir/s/1", "https://a1.test/from-window"),
        ("https://my.gov.ir/s/2",),
    ]
    sealed = {claim["id"]: claim["claim"].get("window") for claim in basis.claims_of(round)("a1")}
    assert sealed["s2"] == ["https://my.gov.ir/s/2"]


def test_an_empty_list_is_a_list(tmp_path: Path) -> None:
    assert load_round(write(tmp_path, "service,url\n")).round.window_given


@pytest.mark.processes
def test_the_list_may_stand_in_the_workbook(tmp_path: Path) -> None:
    write(tmp_path, None)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "window"
    sheet.append(["service", "url"])
    sheet.append(["s1", "https://my.gov.ir/s/1"])
    book.save(tmp_path / "round.xlsx")
    assert load_round(tmp_path).round.services[0].window == ("https://my.gov.ir/s/1",)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("service,url\ns11,https://my.gov.ir/s/1\n", [(2, "service", "unknown_service_near")]),
        ("service,url\nnothing-like-it,https://my.gov.ir/s/1\n", [(2, "service", "unknown_service")]),
        ("service,url\ns1,my.gov.ir\n", [(2, "url", "url")]),
        ("service,url\n,https://my.gov.ir/s/1\ns1,\n", [(2, "service", "empty"), (3, "url", "empty")]),
        ("service\ns1\n", [(1, "url", "missing_column")]),
    ],
)
def test_every_problem_is_told(tmp_path: Path, rows: str, told: list[tuple[int, str, str]]) -> None:
    with pytest.raises(RoundError) as caught:
        load_round(write(tmp_path, rows))
    found = [p for p in caught.value.problems if p.severity == "error"]
    assert [(p.row, p.column, p.code) for p in found] == told
    assert {p.file for p in found} == {"window.csv"}


def test_a_link_that_is_there_twice_is_a_warning(tmp_path: Path) -> None:
    rows = "service,url\ns1,https://my.gov.ir/s/1\ns1,https://my.gov.ir/s/1\n"
    reading = load_round(write(tmp_path, rows))
    assert [(p.row, p.code, p.severity) for p in reading.warnings] == [(3, "same_link", "warning")]
    assert reading.round.services[0].window == ("https://my.gov.ir/s/1",)
