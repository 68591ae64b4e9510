"""Datasets at a glance: groups and their order, ages in words, and copies under names that run nothing."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import pytest

from checks.finding import Finding, Subject
from checks.reasons import FRESHNESS
from claims.model import Round, Settings
from evidence.kinds.http import HttpFacts
from reports.catalogue import LANGUAGES, TextCatalogue
from reports.html.dataset_copies import DatasetCopies
from reports.html.dataset_table import GROUPS, dataset_table

BODIES = {
    "txt": "شهر,تعداد\nتهران,=HYPERLINK(1)\n".encode(),
    "txt (markup)": b"<script>alert(1)</script>",
    "pdf": b"%PDF-1.7 \xff",
    "bin": b"PK\x03\x04\xff\x00",
    "bin (NUL)": b"a\x00b",
}


class Store:
    """Of an evidence store, what copies ask for."""

    def __init__(self, bodies: dict[str, bytes]) -> None:
        self._bodies = bodies

    def body(self, capture: str) -> bytes:
        return self._bodies[capture]

    def get(self, capture: str) -> Any:
        facts = HttpFacts("GET", 200, "OK", (), None, size=len(self._bodies[capture]))
        return type("Seen", (), {"facts": facts})

    def location(self, capture: str) -> Any:
        return type("Place", (), {"file": "shard-0001/seg-1-00001.warc.gz", "offset": 7, "length": 9})


def dataset(id: str, reason: str, age: int | None = None) -> dict[str, Any]:
    fresh = {"verdict": "x", "reason": reason, "age_days": age, "period_days": 31, "newest": None}
    return {
        "id": id,
        "title": id,
        "freshness": fresh,
        "usability": {"verdict": "verified", "reason": "usable"},
    }


def fresh(id: str, **observed: Any) -> Finding:
    return Finding("a", Subject("dataset", id), "datasets.freshness", 2, "verified", "fresh", observed)


def touched(*copies: dict[str, Any]) -> Finding:
    observed = {"copies": list(copies)}
    return Finding(
        "a", Subject("dataset", "d"), "datasets.touched", 2, "contradicted", "touched_unchanged", observed
    )


def copy_of(body: bytes, capture: str = "c1", round: str = "now") -> dict[str, Any]:
    time = "2025-12-01T08:00:00+00:00"
    sha256 = hashlib.sha256(body).hexdigest()
    return {
        "round": round,
        "capture": capture,
        "url": "http://a.test/",
        "time": time,
        "sha256": sha256,
        "files": 1,
    }


def copies(folder: Path, bodies: dict[str, bytes], previous: Path | None = None) -> DatasetCopies:
    round = Round(folder, Settings("now", previous=previous), ())
    return DatasetCopies(round, Store(bodies), folder / "report")  # type: ignore[arg-type]


def test_the_dead_come_first_and_the_oldest_of_them(tmp_path: Path) -> None:
    reasons = sorted(code for codes in FRESHNESS.values() for code in codes if code != "touched_unchanged")
    data = dataset_table(
        [dataset(f"d{n}", reason, n) for n, reason in enumerate(reasons)], [], copies(tmp_path, {})
    )
    order = [GROUPS.index(row.group) for row in data.rows]
    assert order == sorted(order)
    dead = [row.reason for row in data.of("dead")]
    assert set(dead) == {"stale_admitted", "stale_proven", "no_update_2y"}
    assert dead == sorted(dead, key=reasons.index, reverse=True)
    assert dict(data.counts) == {"dead": 3, "late": 2, "alive": 1, "open": len(reasons) - 7, "done": 1}


@pytest.mark.parametrize(
    ("days", "age"),
    [(0, ("today", 0)), (1, ("day", 1)), (61, ("days", 61)), (62, ("months", 2)), (730, ("months", 23)), (731, ("years", 2)), (1095, ("years", 2)), (1096, ("years", 3))],
)  # fmt: skip
def test_an_age_is_never_told_longer_than_it_is(tmp_path: Path, days: int, age: tuple[str, int]) -> None:
    row = dataset_table([dataset("d", "due", days)], [], copies(tmp_path, {})).row("d")
    assert row.age == age
    for language in LANGUAGES:
        assert TextCatalogue(language).text(f"open_data.age_{age[0]}", n=age[1])


def test_content_that_stays_is_told_from_the_second_round_on(tmp_path: Path) -> None:
    observed = {"content_since": "2025-08-20", "content_rounds": 2}
    rows = [dataset("d", "claimed_fresh"), dataset("e", "claimed_fresh")]
    found = [fresh("d", **observed), fresh("e", **{**observed, "content_rounds": 1})]
    data = dataset_table(rows, found, copies(tmp_path, {}))
    assert (data.row("d").unchanged, data.row("e").unchanged) == (("2025-08-20", 2), None)


def test_the_first_sighting_is_shown_where_it_decides(tmp_path: Path) -> None:
    observed = {"content_since": "2025-08-20", "content_rounds": 3}
    for newest, unchanged in (("2025-08-20", ("2025-08-20", 3)), ("2023-01-01", None)):
        record = dataset("d", "stale_proven", 103)
        record["freshness"]["newest"] = newest
        data = dataset_table([record], [fresh("d", **observed)], copies(tmp_path, {}))
        assert data.row("d").unchanged == unchanged


@pytest.mark.parametrize("state", ["used", "foreign", "edited", "unsealed", "unreadable", "no_key"])
def test_a_history_that_was_not_used_is_told(tmp_path: Path, state: str) -> None:
    found = [fresh("d", history={"state": state, "round": "r"})]
    data = dataset_table([dataset("d", "fresh", 1)], found, copies(tmp_path, {}))
    assert data.history == (None if state == "used" else state)
    for language in LANGUAGES:
        assert TextCatalogue(language).text(f"history.{state}", round="r", path="p", signer="k", count=1)
        assert state == "used" or TextCatalogue(language).has(f"open_data.history_why_{state}")


@pytest.mark.parametrize("kind", BODIES)
def test_a_copy_has_its_bytes_and_a_name_that_runs_nothing(tmp_path: Path, kind: str) -> None:
    body = BODIES[kind]
    (copy,) = copies(tmp_path, {"c1": body}).of([touched(copy_of(body))], "d")
    assert copy.file == f"copies/{hashlib.sha256(body).hexdigest()}.{kind.partition(' ')[0]}"
    assert (tmp_path / "report" / copy.file).read_bytes() == body
    assert copy.place == ("shard-0001/seg-1-00001.warc.gz", 7)


def test_other_bytes_than_the_finding_names_are_no_copy(tmp_path: Path) -> None:
    (copy,) = copies(tmp_path, {"c1": b"other"}).of([touched(copy_of(b"these"))], "d")
    assert copy.file is None
    assert not (tmp_path / "report").exists()


def test_a_round_that_is_not_at_hand_gives_no_copy(tmp_path: Path) -> None:
    summary = tmp_path / "before.summary"
    summary.write_text("{}")
    told = copy_of(b"x", capture="gone", round="before")
    for previous in (None, summary, tmp_path):
        (copy,) = copies(tmp_path, {}, previous).of([touched(told)], "d")
        assert (copy.file, copy.place, copy.round) == (None, None, "before")


def test_a_capture_that_is_gone_gives_no_copy(tmp_path: Path) -> None:
    (copy,) = copies(tmp_path, {}).of([touched(copy_of(b"x"))], "d")
    assert (copy.file, copy.place) == (None, None)


def test_large_copies_stay_in_the_archive(tmp_path: Path) -> None:
    body = b"1,2\n" * (1 << 20)
    (copy,) = copies(tmp_path, {"c1": body}).of([touched(copy_of(body))], "d")
    assert (copy.file, copy.place is not None) == (None, True)


def test_only_a_touch_has_copies(tmp_path: Path) -> None:
    other = dataclasses.replace(touched(copy_of(b"x")), check="datasets.freshness")
    assert copies(tmp_path, {"c1": b"x"}).of([other], "d") == ()
