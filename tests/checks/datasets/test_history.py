"""One dataset over consecutive rounds, each sealed in its folder or handed on as a sealed summary."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json
import random
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from checks.datasets.history import CHECK
from checks.finding import Finding
from claims.model import Dataset
from claims.period import parse_period
from evidence.errors import SealError
from evidence.signing.keys import Signer
from evidence.verify import round_summary
from tests.checks.selection import checks_called

URL = "http://portal.test/data/x"
AS_OF = dt.date(2025, 12, 1)
CSV = (("Content-Type", "text/csv; charset=utf-8"),)
KEY = Signer.generate()
UNDATED = "نام,تعداد\nالف,3\nب,4\nپ,5\n"
MORE = UNDATED + "ت,6\n"
OLD = "نام,تاریخ\nالف,1402/05/01\nب,1402/06/31\n"
HTML = (("Content-Type", "text/html; charset=utf-8"),)

Show = Callable[[Any], None]


class Rounds:
    """Consecutive rounds of one dataset, each naming the one before."""

    def __init__(self, folder: Path, make: Callable[..., Any]) -> None:
        self.folder = folder
        self._make = make
        self._number = itertools.count(1)
        self.previous: Path | None = None
        self.previous_key: str | None = None

    def hold(
        self,
        day: dt.date,
        body: str | bytes | Show,
        modified: dt.date | None = None,
        *,
        key: Signer = KEY,
        headers: Sequence[tuple[str, str]] = CSV,
        hour: int = 8,
        **claim: Any,
    ) -> dict[str, Finding]:
        """One round. body: of the file, or what writes down what was seen."""
        id = f"round{next(self._number)}"
        folder = self.folder / id
        seen = self._make(folder, opened=dt.datetime.combine(day, dt.time(hour), dt.UTC))
        seen.id, seen.previous, seen.previous_key = id, self.previous, self.previous_key
        values = {"title": "داده‌ها", "period": parse_period("monthly"), "url": URL, **claim}
        seen.datasets = (Dataset("portal", "d1", modified=modified, **values),)
        if callable(body):
            body(seen)
        else:
            seen.twice(values["url"], body, headers=headers, purpose="dataset")
        findings = seen.sealed(key, checks=checks_called("datasets."))
        self.previous = folder
        return {f.check.removeprefix("datasets."): f for f in findings}


@pytest.fixture
def rounds(tmp_path: Path, seen: Any) -> Rounds:
    return Rounds(tmp_path, type(seen))


def outcomes(findings: dict[str, Finding]) -> dict[str, str | None]:
    return {name: f.reason for name, f in findings.items() if name != "usability"}


def days_before(*days: int) -> list[dt.date]:
    return [AS_OF - dt.timedelta(days=n) for n in days]


def test_content_that_stays_the_same_is_stale_whatever_its_date(rounds: Rounds) -> None:
    first, second, third = (rounds.hold(day, UNDATED, modified=day) for day in days_before(80, 40, 0))
    assert outcomes(first) == {"freshness": "claimed_fresh"}
    # the date that was renewed is contradicted, so that it speaks for the agency no more
    assert outcomes(second) == {"freshness": "claimed_fresh", "touched": "touched_unchanged"}
    assert second["freshness"].observed["age_days"] is None
    assert outcomes(third) == {"freshness": "stale_proven", "touched": "touched_unchanged"}


def test_a_touch_names_both_copies(rounds: Rounds) -> None:
    for day in days_before(80, 40, 0):
        found = rounds.hold(day, UNDATED, modified=day)
    touched = found["touched"]
    first, now = touched.observed["copies"]
    assert (first["round"], now["round"]) == ("round1", "round3")
    assert first["sha256"] == now["sha256"]
    assert now["capture"] in touched.captures
    kept = {line["id"]: line for line in _captures(rounds.folder / "round1")}
    assert kept[first["capture"]]["sha256"] == first["sha256"]


def _captures(folder: Path) -> list[dict[str, Any]]:
    from evidence.store import EvidenceStore

    store = EvidenceStore.open(folder / "evidence")
    return [{"id": capture.id, "sha256": capture.sha256} for capture in store.captures()]


def test_three_rounds_in_too_short_a_time_prove_nothing(rounds: Rounds) -> None:
    for day in days_before(40, 20, 0):
        found = rounds.hold(day, UNDATED, modified=AS_OF - dt.timedelta(days=45))
    assert outcomes(found) == {"freshness": "overdue"}


def test_between_rounds_far_apart_the_content_may_have_come_and_gone(rounds: Rounds) -> None:
    for day in days_before(200, 100, 0):  # more than two months each
        found = rounds.hold(day, UNDATED, modified=day)
    assert outcomes(found)["freshness"] == "inconclusive_unconfirmed"
    assert found["freshness"].observed["content_gap_days"] == 100


def test_old_rows_are_old_however_far_apart_the_rounds_are(rounds: Rounds) -> None:
    for day in days_before(200, 100, 0):
        found = rounds.hold(day, OLD, modified=day)
    # the new date is contradicted; what is left of the agency's own dates is old
    assert outcomes(found) == {"freshness": "stale_admitted", "touched": "touched_unchanged"}


def test_content_that_changed_since_the_last_round_is_fresh(rounds: Rounds) -> None:
    rounds.hold(AS_OF - dt.timedelta(days=20), UNDATED, modified=AS_OF - dt.timedelta(days=25))
    again = rounds.hold(AS_OF, MORE, modified=AS_OF)
    assert outcomes(again) == {"freshness": "fresh"}


def test_content_that_changed_belies_the_old_date(rounds: Rounds) -> None:
    """The agency forgot to renew its date: nothing is admitted by that."""
    old = AS_OF - dt.timedelta(days=900)
    rounds.hold(AS_OF - dt.timedelta(days=20), UNDATED, modified=old)
    assert outcomes(rounds.hold(AS_OF, MORE, modified=old)) == {"freshness": "fresh"}


def test_content_that_changed_long_before_is_due(rounds: Rounds) -> None:
    for day, body in zip(days_before(70, 40, 5), (UNDATED, MORE, MORE), strict=True):
        found = rounds.hold(day, body)
    # between day 70 and day 40: for the agency, on the last of them; as proof of freshness, on the first
    assert found["freshness"].observed["newest_source"] == "content"
    assert found["freshness"].observed["age_days"] == 35
    assert outcomes(found) == {"freshness": "due"}


def test_a_change_between_rounds_further_apart_than_the_period_proves_no_day(rounds: Rounds) -> None:
    for day, body in zip(days_before(40, 0), (UNDATED, MORE), strict=True):
        found = rounds.hold(day, body)
    assert found["freshness"].observed["newest_source"] == "content"
    assert outcomes(found) == {"freshness": "inconclusive_no_date"}


def test_another_address_is_no_renewal(rounds: Rounds) -> None:
    rounds.hold(AS_OF - dt.timedelta(days=20), UNDATED, modified=AS_OF - dt.timedelta(days=5))
    moved = rounds.hold(AS_OF, MORE, modified=AS_OF - dt.timedelta(days=5), url=URL + "2")
    assert outcomes(moved) == {"freshness": "claimed_fresh"}


def test_a_date_before_the_content_is_no_touch(rounds: Rounds) -> None:
    modified = AS_OF - dt.timedelta(days=50)
    rounds.hold(AS_OF - dt.timedelta(days=40), UNDATED, modified=modified)
    assert "touched" not in rounds.hold(AS_OF, UNDATED, modified=modified)


@pytest.mark.parametrize(("later", "touch"), [(0, False), (1, False), (2, True)])
def test_a_day_of_tehran_may_be_the_next_of_greenwich(rounds: Rounds, later: int, touch: bool) -> None:
    first = AS_OF - dt.timedelta(days=40)
    rounds.hold(first, UNDATED)
    found = rounds.hold(AS_OF, UNDATED, modified=first + dt.timedelta(days=later))
    assert ("touched" in found) == touch


def test_a_date_between_the_clock_of_a_round_and_its_visit_is_no_touch(rounds: Rounds) -> None:
    """What was published after `as_of` and before the crawl came is content of that day."""

    def late(seen: Any) -> None:
        seen.as_of -= dt.timedelta(days=20)
        seen.twice(URL, UNDATED, headers=CSV, purpose="dataset")

    first, second = days_before(60, 0)
    rounds.hold(first, late)
    assert "touched" not in rounds.hold(second, UNDATED, modified=first - dt.timedelta(days=10))


def test_a_server_that_sends_the_hour_of_the_visit_touches_nothing(rounds: Rounds) -> None:
    def stamped(seen: Any) -> None:
        for attempt, at in ((1, 10), (2, 100)):
            stamp = (seen.as_of + dt.timedelta(hours=-4, seconds=at)).strftime("%a, %d %b %Y %H:%M:%S GMT")
            headers = (*CSV, ("Last-Modified", stamp))
            seen.http(URL, UNDATED, at=at, attempt=attempt, headers=headers, purpose="dataset")

    for day in days_before(60, 30, 0):
        found = rounds.hold(day, stamped)
    assert "touched" not in found


def test_a_file_with_a_new_day_and_the_old_content_is_touched(rounds: Rounds) -> None:
    for day in days_before(60, 30, 0):
        headers = (
            *CSV,
            ("Last-Modified", (day - dt.timedelta(days=1)).strftime("%a, %d %b %Y 10:00:00 GMT")),
        )
        found = rounds.hold(day, UNDATED, headers=headers)
    assert found["touched"].observed["http"] == (AS_OF - dt.timedelta(days=1)).isoformat()


def test_a_day_that_is_yet_to_come_touches_nothing(rounds: Rounds) -> None:
    for day in days_before(60, 30, 0):
        found = rounds.hold(day, UNDATED, headers=(*CSV, ("Last-Modified", "Sun, 30 Nov 2031 10:00:00 GMT")))
    assert "touched" not in found


def test_finished_data_may_be_copied_to_another_server(rounds: Rounds) -> None:
    for day in days_before(60, 30, 0):
        headers = (
            *CSV,
            ("Last-Modified", (day - dt.timedelta(days=1)).strftime("%a, %d %b %Y 10:00:00 GMT")),
        )
        found = rounds.hold(day, UNDATED, headers=headers, title="سرشماری ۱۳۹۵")
    assert outcomes(found) == {"freshness": "static"}


def test_a_round_in_which_nothing_was_had_hands_on_what_was_known(rounds: Rounds) -> None:
    def lost(seen: Any) -> None:
        for attempt, at in ((1, 10), (2, 100)):
            seen.http(URL, status=None, failure="timeout", at=at, attempt=attempt, purpose="dataset")

    bodies: tuple[str | Show, ...] = (UNDATED, UNDATED, lost, UNDATED)
    found = [rounds.hold(day, body) for day, body in zip(days_before(75, 50, 25, 0), bodies, strict=True)]
    assert [outcomes(each)["freshness"] for each in found[2:]] == [
        "inconclusive_not_obtained",
        "stale_proven",
    ]
    assert found[3]["freshness"].observed["content_rounds"] == 3


def test_what_was_compared_is_named_by_captures_and_times(rounds: Rounds) -> None:
    first, second = (rounds.hold(day, UNDATED)["freshness"] for day in days_before(30, 0))
    (alone,) = first.observed["content_sightings"]
    before, now = second.observed["content_sightings"]
    assert before == alone and before["capture"] in first.captures
    assert now["capture"] in second.captures
    assert (before["round"], now["round"]) == ("round1", "round2")
    days = [dt.datetime.fromisoformat(one["time"]).date() for one in (before, now)]
    assert days == days_before(30, 0)


@pytest.mark.parametrize(
    ("body", "rounds_seen", "reason"), [(UNDATED, 2, "claimed_fresh"), (MORE, 1, "fresh")]
)
def test_two_crawls_of_one_day_are_two_rounds(
    rounds: Rounds, body: str, rounds_seen: int, reason: str
) -> None:
    rounds.hold(AS_OF, UNDATED, modified=AS_OF)
    found = rounds.hold(AS_OF, body, modified=AS_OF, hour=15)["freshness"]
    assert (found.reason, found.observed["content_rounds"]) == (reason, rounds_seen)
    before, now = found.observed["content_sightings"]
    assert before["time"] < now["time"] and before["time"][:10] == now["time"][:10]


def test_a_round_that_was_crawled_before_the_one_it_names_compares_nothing(rounds: Rounds) -> None:
    rounds.hold(AS_OF, UNDATED, hour=15)
    found = rounds.hold(AS_OF, MORE)["freshness"]
    assert (found.reason, found.observed["content_rounds"]) == ("inconclusive_no_date", 1)
    assert len(found.observed["content_sightings"]) == 1


def test_two_crawls_of_one_day_prove_no_more_than_one(rounds: Rounds) -> None:
    rounds.hold(AS_OF - dt.timedelta(days=61), UNDATED)
    rounds.hold(AS_OF, UNDATED)
    found = rounds.hold(AS_OF, UNDATED, hour=15)["freshness"]
    assert (found.observed["content_rounds"], found.observed["content_same_day"]) == (3, 1)
    assert found.verdict == "inconclusive"


def test_a_round_before_that_names_no_capture_is_compared_by_its_day(
    rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As rounds of earlier versions are."""
    monkeypatch.setattr("checks.datasets.history._last_sighting", lambda known: None)
    rounds.hold(AS_OF, UNDATED)
    found = rounds.hold(AS_OF, UNDATED, hour=15)["freshness"]
    assert found.observed["content_rounds"] == 1


def test_a_format_without_a_table_is_compared_by_its_bytes(rounds: Rounds) -> None:
    parquet = b"PAR1" + bytes(range(40)) + b"PAR1"
    octets = (("Content-Type", "application/octet-stream"),)
    for day in days_before(80, 40, 0):
        found = rounds.hold(day, b"%PDF-1.7\n1 0 obj", headers=octets, modified=day)
    assert outcomes(found)["freshness"] == "stale_proven"
    assert found["freshness"].observed["fingerprint"].startswith("sha256:")
    changed = rounds.hold(AS_OF + dt.timedelta(days=20), parquet, headers=octets)
    # other bytes need not be other content
    assert outcomes(changed) == {"freshness": "inconclusive_no_date"}


def test_the_day_of_the_export_in_each_row_is_no_change(rounds: Rounds) -> None:
    for number, day in enumerate(days_before(20, 0), start=1):
        rows = "".join(f"شهر {n},{n},1404/08/{number:02}\n" for n in range(5))
        last = rounds.hold(day, f"نام,تعداد,تاریخ استخراج\n{rows}")["freshness"]
    assert (last.reason, last.observed["content_rounds"]) == ("inconclusive_no_date", 1)


def _with_report(year: int) -> Show:
    def show(seen: Any) -> None:
        seen.twice(
            URL,
            f'<h1>داده</h1><a href="/a.csv">داده</a> <a href="/{year}.pdf">گزارش</a>',
            headers=HTML,
            purpose="dataset",
        )
        seen.twice("http://portal.test/a.csv", UNDATED, headers=CSV)
        body = f"%PDF-1.4 /Font {year} %%EOF".encode()
        seen.twice(f"http://portal.test/{year}.pdf", body, headers=(("Content-Type", "application/pdf"),))

    return show


def _archive(year: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("codes.csv", UNDATED)
        archive.writestr("data.ods", str(year))
    return out.getvalue()


@pytest.mark.processes
@pytest.mark.parametrize("body", [_with_report, _archive])
def test_another_file_beside_the_same_table_is_no_mere_touch(
    rounds: Rounds, body: Callable[[int], Any]
) -> None:
    for year, day in zip((1402, 1403, 1404), days_before(80, 40, 0), strict=True):
        last = rounds.hold(day, body(year), modified=day)
    assert outcomes(last) == {"freshness": "claimed_fresh"}


def test_the_same_files_beside_the_same_table_are_the_same_content(rounds: Rounds) -> None:
    for day in days_before(80, 40, 0):
        last = rounds.hold(day, _with_report(1402), modified=day)
    assert outcomes(last) == {"freshness": "stale_proven", "touched": "touched_unchanged"}


def _beside(year: int, price: int) -> str:
    stations = [{"id": number, "since": "1395/01/01"} for number in range(9)]
    return json.dumps(
        {"price": price, "stations": stations, "readings": [{"day": f"{year}/08/0{d}"} for d in (1, 2)]}
    )


def _prices(price: int) -> str:
    return json.dumps({"count": 2, "price": price, "rows": [{"a": 1}, {"a": 2}]})


JSON = (("Content-Type", "application/json"),)


@pytest.mark.parametrize("body", [lambda n: _beside(1404, n), _prices], ids=["records", "values"])
def test_what_stands_beside_the_table_may_have_changed(rounds: Rounds, body: Callable[[int], str]) -> None:
    days = days_before(80, 40, 0)
    for number, day in enumerate(days):
        last = rounds.hold(day, body(number), modified=day, headers=JSON)
    assert outcomes(last) == {"freshness": "claimed_fresh"}
    assert last["freshness"].observed["content_rounds"] == 1


def test_the_same_bytes_are_the_same_whatever_stands_beside_the_table(rounds: Rounds) -> None:
    for day in days_before(80, 40, 0):
        last = rounds.hold(day, _prices(1), modified=day, headers=JSON)
    assert outcomes(last) == {"freshness": "stale_proven", "touched": "touched_unchanged"}


def test_records_beside_the_table_may_be_the_new_ones(rounds: Rounds) -> None:
    assert (
        rounds.hold(AS_OF, _beside(1404, 1), headers=JSON)["freshness"].reason == "inconclusive_unconfirmed"
    )


def page(*years: int, had: Sequence[int] | None = None) -> Show:
    """A page with a link to a file for each year; had: those that were fetched, by default all."""

    def show(seen: Any) -> None:
        links = "".join(f'<a href="/f/{year}.csv">{year}</a> ' for year in years)
        body = f"<html><title>داده</title><body><h1>داده</h1>{links}</body></html>"
        seen.twice(URL, body, headers=HTML, purpose="dataset")
        for year in years if had is None else had:
            seen.twice(f"http://portal.test/f/{year}.csv", f"نام,تعداد\nالف,{year}\nب,4\n", headers=CSV)

    return show


def test_a_file_that_was_not_had_is_no_change(rounds: Rounds) -> None:
    first, second = days_before(20, 0)
    rounds.hold(first, page(1, 2))
    found = rounds.hold(second, page(1, 2, had=(1,)))
    assert found["freshness"].reason != "fresh"
    assert found["freshness"].observed["content_seen"] == first.isoformat()


def test_a_new_file_on_the_page_is_a_change(rounds: Rounds) -> None:
    bodies = (page(1), page(1), page(1, 2))
    found = [rounds.hold(day, body) for day, body in zip(days_before(50, 25, 0), bodies, strict=True)]
    assert found[1]["freshness"].observed["content_rounds"] == 2
    assert outcomes(found[2]) == {"freshness": "fresh"}
    assert found[2]["freshness"].observed["content_copy"]["files"] == 2


def test_no_period_and_two_years_of_the_same_content(rounds: Rounds) -> None:
    for day in days_before(800, 400, 0):
        found = rounds.hold(day, UNDATED, modified=day, period=None)
    assert outcomes(found)["freshness"] == "no_update_2y"


# --- whose history it is


def _summary(rounds: Rounds) -> Path:
    assert rounds.previous is not None
    target = rounds.folder / f"{rounds.previous.name}.summary"
    round_summary.write(rounds.previous, target, lambda line: f'"check":"{CHECK}"'.encode() in line)
    return target


def _held(rounds: Rounds, change: Callable[[Rounds], None]) -> dict[str, Finding]:
    for day in days_before(80, 40):
        rounds.hold(day, UNDATED, modified=day)
    change(rounds)
    return rounds.hold(AS_OF, UNDATED, modified=AS_OF)


def _as_summary(rounds: Rounds) -> None:
    rounds.previous = _summary(rounds)


def test_a_sealed_summary_does_as_well_as_the_folder(rounds: Rounds) -> None:
    found = _held(rounds, _as_summary)
    assert outcomes(found) == {"freshness": "stale_proven", "touched": "touched_unchanged"}
    assert found["freshness"].observed["history"] == {"state": "used", "round": "round2"}


def test_a_summary_of_the_same_round_is_the_same_bytes(rounds: Rounds) -> None:
    rounds.hold(AS_OF, UNDATED)
    assert _summary(rounds).read_bytes() == _summary(rounds).read_bytes()


def _edited(rounds: Rounds) -> None:
    assert rounds.previous is not None
    file = rounds.previous / "results" / "findings.jsonl"
    file.write_text(file.read_text(encoding="utf-8").replace("2025-09-12", "2021-09-12"), encoding="utf-8")


def _edited_summary(rounds: Rounds) -> None:
    rounds.previous = file = _summary(rounds)
    file.write_text(file.read_text(encoding="utf-8").replace("2025-09-12", "2021-09-12"), encoding="utf-8")


def _edited_head(rounds: Rounds) -> None:
    rounds.previous = file = _summary(rounds)
    head, _, rest = file.read_text(encoding="utf-8").partition("\n")
    values = json.loads(head)
    values["signature"] = values["signature"][:-8] + "AAAAAAA="
    file.write_text(json.dumps(values) + "\n" + rest, encoding="utf-8")


def _unsealed(rounds: Rounds) -> None:
    assert rounds.previous is not None
    (rounds.previous / "results" / "findings.manifest.sig").unlink()


def _other_evidence(rounds: Rounds) -> None:
    assert rounds.previous is not None
    manifest = rounds.previous / "evidence" / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"round2", b"round7"))


def _nothing(rounds: Rounds) -> None:
    rounds.previous = rounds.folder / "nothing"
    rounds.previous.mkdir()


def _rubbish(rounds: Rounds) -> None:
    rounds.previous = rounds.folder / "rubbish"
    rounds.previous.write_bytes(b"\x00\xff" * 999)


DOUBTS: dict[str, tuple[Callable[[Rounds], None], str]] = {
    "a finding was changed": (_edited, "edited"),
    "a finding of the summary was changed": (_edited_summary, "edited"),
    "the signature was changed": (_edited_head, "edited"),
    "it rests on other evidence": (_other_evidence, "edited"),
    "the signature is gone": (_unsealed, "unsealed"),
    "an empty folder": (_nothing, "unsealed"),
    "no summary at all": (_rubbish, "unreadable"),
}


@pytest.mark.parametrize("name", DOUBTS)
def test_a_history_in_doubt_is_told_and_not_used(rounds: Rounds, name: str) -> None:
    change, state = DOUBTS[name]
    found = _held(rounds, change)
    assert outcomes(found) == {"freshness": "claimed_fresh"}
    assert found["freshness"].observed["history"]["state"] == state


@pytest.mark.parametrize("form", ["folder", "summary"])
def test_a_foreign_history_is_used_only_when_its_key_is_named(rounds: Rounds, form: str) -> None:
    stranger = Signer.generate()
    for day in days_before(80, 40):
        rounds.hold(day, UNDATED, modified=day, key=stranger)
    if form == "summary":
        _as_summary(rounds)
    before = rounds.previous
    found = rounds.hold(AS_OF, UNDATED, modified=AS_OF)
    assert found["freshness"].observed["history"] == {"state": "foreign", "round": "round2"}
    assert outcomes(found) == {"freshness": "claimed_fresh"}
    rounds.previous, rounds.previous_key = before, stranger.fingerprint
    assert outcomes(rounds.hold(AS_OF, UNDATED, modified=AS_OF))["freshness"] == "stale_proven"


def test_a_round_without_a_key_trusts_nobody(rounds: Rounds, seen: Any) -> None:
    rounds.hold(AS_OF - dt.timedelta(days=40), UNDATED)
    seen.datasets = (Dataset("portal", "d1", "داده‌ها", URL, period=parse_period("monthly")),)
    seen.twice(URL, UNDATED, headers=CSV, purpose="dataset")
    seen.previous = rounds.previous
    found = seen.of(CHECK, checks=checks_called("datasets."))["d1"]
    assert found.observed["history"]["state"] == "no_key"
    assert "content_rounds" in found.observed and found.observed["content_rounds"] == 1


def test_no_change_of_a_byte_makes_a_line(rounds: Rounds) -> None:
    """A summary from which something was taken, or in which something was changed, gives sealed lines or none."""
    for day in days_before(80, 40):
        rounds.hold(day, UNDATED, modified=day)
    assert rounds.previous is not None
    file = _summary(rounds)
    whole = file.read_bytes()
    sealed = set((rounds.previous / "results" / "findings.jsonl").read_bytes().split(b"\n"))
    chance = random.Random(7)
    states = set()
    for _ in range(400):
        broken = bytearray(whole)
        for _ in range(chance.choice((1, 1, 3))):
            at = chance.randrange(len(broken))
            if chance.random() < 0.5:
                broken[at] ^= 1 << chance.randrange(8)
            else:
                del broken[at : at + chance.choice((1, 40, 4000))]
        file.write_bytes(bytes(broken))
        found = round_summary.read(file, lambda _: True, {KEY.fingerprint})
        assert set(found.lines) <= sealed
        states.add(found.state)
    assert {"edited", "unreadable"} <= states


def test_nothing_unsealed_is_handed_on(rounds: Rounds) -> None:
    rounds.hold(AS_OF, UNDATED)
    _unsealed(rounds)
    with pytest.raises(SealError):
        _summary(rounds)
