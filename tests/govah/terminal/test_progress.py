"""What the progress of a crawl says of its waiting, and that it says it once."""

from __future__ import annotations

import dataclasses
import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from crawler.engine.progress import CrawlCounters, Progress, total
from govah.terminal.console import Speaker
from govah.terminal.progress import CrawlDisplay

OPENS = dt.datetime(2026, 5, 1, 20, 0, tzinfo=ZoneInfo("Asia/Tehran"))


def moment(**changes: object) -> Progress:
    report = dataclasses.replace(CrawlCounters(agencies=3).progress(), active=1, queued=2)
    return dataclasses.replace(report, **changes)  # type: ignore[arg-type]


def said(capsys: pytest.CaptureFixture[str], *reports: Progress) -> list[str]:
    speaker = Speaker(quiet=False, as_json=False)
    with CrawlDisplay(speaker) as display:
        for report in reports:
            display(report)
    return capsys.readouterr().err.splitlines()


def test_waiting_for_the_working_hours_is_said_once_with_their_beginning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = said(capsys, moment(), moment(opens=OPENS), moment(opens=OPENS), moment(), moment(opens=OPENS))
    about = [line for line in lines if "2026-05-01 20:00" in line]
    assert len(about) == 2  # it had opened in between
    assert "Asia/Tehran" in about[0]


def test_what_holds_agencies_back_is_said_once_where_somebody_can_mend_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    held = [moment(held_back=why) for why in ("disk", "disk", "lag", "disk", None, "store")]
    lines = [line for line in said(capsys, *held) if "No further agency" in line]
    assert ["disk of the evidence is nearly full" in line for line in lines] == [True, True, False]
    assert "takes longer than seeing it" in lines[2]


def test_of_several_processes_the_gravest_hold_is_told() -> None:
    parts = [moment(held_back=why) for why in (None, "lag", "disk", "store")]
    assert [total(parts[:n], 3, 1.0).held_back for n in (1, 2, 3, 4)] == [None, "lag", "disk", "disk"]


def test_a_full_day_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, moment(full=2), moment(full=3), moment(full=0), moment(full=1))
    assert len([line for line in lines if "per_day" in line]) == 2
