"""What a crawl waits for, in words, in events and in `govah status`; the schema of events is that of docs/commands.md."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from crawler.engine.progress import WAIT_KINDS, CrawlCounters, Progress, Wait, total
from crawler.fleet.shard_progress import progress_of
from govah.terminal import console
from govah.terminal.console import Speaker
from govah.terminal.progress import CrawlDisplay, Stage
from govah.terminal.waits import wait_text

ROOT = Path(__file__).resolve().parents[3]
HOSTILE = "https://evil\x1b]0;owned\x07\u202e.test/[bold]x[/bold]\r\n\x9b2J"
WAITS = {
    "controls": Wait("controls"),
    "rendering": Wait("rendering", "https://portal.shahrak.test/services/taxi", 3, 15),
    "second_visits": Wait("second_visits", total=12, seconds=40.2),
    "response": Wait("response", "ab.test", seconds=22.9),
    "sealing": Wait("sealing"),
    "timestamp": Wait("timestamp", "http://tsa.test/tsr"),
}
ENGLISH = {
    "controls": "waiting for the controls",
    "rendering": "rendering 3 of 15, now portal.…/taxi",
    "second_visits": "second visit to 12 pages, the next in 0:40",
    "response": "waiting for ab.test (22 s)",
    "sealing": "sealing",
    "timestamp": "time stamp from tsa.test/tsr",
}


def moment(**changes: Any) -> Progress:
    report = dataclasses.replace(
        CrawlCounters(agencies=3, claims=20).progress(), active=1, queued=2, settled=5
    )
    return dataclasses.replace(report, **changes)


@pytest.fixture
def in_language(monkeypatch: pytest.MonkeyPatch) -> Any:
    def choose(language: str) -> None:
        monkeypatch.setenv("GOVAH_LANG", language)

    return choose


@pytest.fixture
def as_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(console.PROGRESS, "json")


def documented() -> tuple[dict[str, set[str]], set[str]]:
    """Fields by event, and the kinds of waits."""
    section = (ROOT / "docs/commands.md").read_text(encoding="utf-8").partition("\n## Progress\n")[2]
    events, waits = section.split("\n| `kind` of a wait")
    fields: dict[str, set[str]] = {}
    event = ""
    for first, names in re.findall(r"^\|([^|]*)\|([^|]*)\|[^|]*\|$", events, re.MULTILINE):
        if found := re.match(r" `(\w+)`(?: of `(\w+)`)?", first):
            event = " ".join(filter(None, found.groups()))
        if event and "`" in names:
            fields.setdefault(event, set()).update(re.findall(r"`(\w+)`", names))
    return fields, set(re.findall(r"^\| `(\w+)` \|", waits, re.MULTILINE))


FIELDS, KINDS = documented()


def fields_of(event: dict[str, Any]) -> set[str]:
    """As the documentation has them."""
    name = event["event"]
    more = FIELDS.get(f"{name} {event.get('stage')}", set()) if name == "progress" else set()
    return {"event"} | FIELDS[name] | more


def events(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_every_wait_is_documented() -> None:
    assert set(WAIT_KINDS) == KINDS == set(WAITS)


@pytest.mark.parametrize("kind", WAIT_KINDS)
@pytest.mark.parametrize("language", ["en", "fa"])
def test_what_is_waited_for_is_said_in_both_languages(kind: str, language: str, in_language: Any) -> None:
    in_language(language)
    said = wait_text(WAITS[kind])
    if language == "en":
        assert said == ENGLISH[kind]
    else:
        assert re.search("[آ-ی]", said) and not re.search("[0-9]", said)


@pytest.mark.parametrize("kind", ["rendering", "response", "timestamp"])
def test_no_name_of_a_portal_reaches_the_terminal_raw(
    kind: Any, in_language: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    in_language("en")
    with CrawlDisplay(Speaker()) as display:
        display(moment(waits=(Wait(kind, HOSTILE, 1, 2, 30.0),)))
    said = capsys.readouterr().err
    assert "evil" in said
    assert not set(said) & set("\x1b\x07\x9b\u202e\r")


def test_a_line_on_a_pipe_says_claims_and_waits(in_language: Any, capsys: pytest.CaptureFixture[str]) -> None:
    in_language("en")
    with CrawlDisplay(Speaker()) as display:
        display(moment(waits=(WAITS["rendering"], WAITS["response"])))
    line = capsys.readouterr().err
    assert line.startswith("Crawl: claims settled 5/20 · agencies 0/3")
    assert "rendering 3 of 15, now portal.…/taxi · waiting for ab.test (22 s)" in line


@pytest.mark.usefixtures("as_events")
def test_events_have_the_documented_fields(capsys: pytest.CaptureFixture[str]) -> None:
    speaker = Speaker()
    with pytest.raises(SystemExit), CrawlDisplay(speaker) as display:
        display(moment(waits=tuple(WAITS.values()), paused=True))
        speaker.fail(2, "cli.no_key", path=HOSTILE)  # type: ignore[arg-type]
    told = events(capsys)
    assert [event["event"] for event in told] == ["stage", "progress", "note", "error", "stage"]
    assert [set(event) for event in told] == [fields_of(event) for event in told]
    begun, progress, note, error, ended = told
    assert (begun["state"], ended["state"]) == ("begun", "failed")
    assert progress["share"] == 0.25 and progress["claims"] == {"settled": 5, "total": 20}
    assert {wait["kind"] for wait in progress["waits"]} == KINDS
    assert all(set(wait) == {"kind", "where", "number", "total", "seconds"} for wait in progress["waits"])
    assert (note["code"], error["code"], error["status"]) == ("cli.paused", "cli.no_key", 2)


@pytest.mark.usefixtures("as_events")
def test_hostile_names_stay_inside_their_line(capsys: pytest.CaptureFixture[str]) -> None:
    with CrawlDisplay(Speaker()) as display:
        display(moment(waits=(Wait("response", HOSTILE),)))
    raw = capsys.readouterr().err
    assert not set(raw) & set("\x1b\x07\x9b\u202e\r") and raw.isascii()
    progress = json.loads(raw.splitlines()[1])
    assert progress["waits"][0]["where"] == HOSTILE


def test_every_stage_is_documented() -> None:
    text = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.startswith("| `stage` |"))
    assert set(re.findall(r"`(\w+)`", row.partition("Stages:")[2].partition(". ")[0])) == set(get_args(Stage))


def test_waits_of_several_processes_are_one_of_each_kind() -> None:
    parts = [
        moment(waits=(Wait("rendering", "a", 2, 5), Wait("second_visits", total=3, seconds=50))),
        moment(waits=(Wait("rendering", "b", 1, 4), Wait("second_visits", total=1, seconds=9))),
    ]
    whole = total(parts, 3, 1.0)
    assert [(wait.kind, wait.number, wait.total) for wait in whole.waits] == [
        ("rendering", 3, 9),
        ("second_visits", 0, 4),
    ]
    assert whole.waits[1].seconds == 9
    assert (whole.claims, whole.settled) == (40, 10)


def test_what_a_file_says_of_waiting_is_read_with_care() -> None:
    told = {"waits": [{"kind": "response", "where": "x" * 9_999, "seconds": -1}, {"kind": "nothing"}, 7, {}]}
    read = progress_of(told | {"claims": 3, "settled": 1e300})
    assert read is not None
    assert [(wait.kind, len(wait.where), wait.seconds) for wait in read.waits] == [("response", 120, 0.0)]
    assert (read.claims, read.settled) == (3, 0)
    odds: tuple[object, ...] = (None, "x", {"kind": "response"}, [[]])
    for odd in odds:
        assert progress_of({"waits": odd}).waits == ()  # type: ignore[union-attr]
