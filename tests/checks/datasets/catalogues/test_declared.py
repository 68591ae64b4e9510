"""What a catalogue declares of a dataset counts for the agency, and never against it."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from typing import Any

import pytest

from checks.datasets.catalogues.declared import Declared, declared_of, softened
from checks.datasets.freshness_rules import Signs, decide
from checks.datasets.history import ContentHistory
from claims.model import Agency, Dataset, Period
from claims.period import parse_period
from fixtures.catalogues import truth, written

AS_OF = dt.date(2025, 12, 1)
DAYS = (None, dt.date(2015, 1, 1), dt.date(2024, 6, 1), dt.date(2025, 10, 20), dt.date(2025, 11, 28))
PERIODS = (None, 1, 31, 366)
CYCLES = (None, Period("monthly", 31), Period("never", None, static=True), Period("irregular", None))
RANK = {"verified": 4, "not_applicable": 3, "partial": 2, "inconclusive": 1, "contradicted": 0}


def test_nothing_that_a_catalogue_says_makes_a_verdict_worse() -> None:
    """Over every combination of dates, periods, obstacles and proofs."""
    tried = 0
    for declared, data, period, obstacle, proven, day, cycle in itertools.product(
        DAYS, DAYS, PERIODS, (None, "inconclusive_not_obtained"), (True, False), DAYS, CYCLES
    ):
        signs = Signs(
            AS_OF, period=period, declared=declared, data=data, sure=data, obstacle=obstacle, proven=proven
        )
        before = decide(signs)[0]
        after = decide(softened(signs, Declared(day, cycle)))[0]
        assert RANK[after] >= RANK[before], (signs, day, cycle)
        tried += 1
    assert tried == 5 * 5 * 4 * 2 * 2 * 5 * 4


ROWS: dict[str, tuple[Signs, Declared, tuple[str, str]]] = {
    "an old date would admit what a newer one in the catalogue denies": (
        Signs(AS_OF, period=31, declared=dt.date(2025, 1, 1), proven=True),
        Declared(dt.date(2025, 11, 20)),
        ("inconclusive", "claimed_fresh"),
    ),
    "an older date changes nothing": (
        Signs(AS_OF, period=31, declared=dt.date(2025, 11, 20), proven=True),
        Declared(dt.date(2020, 1, 1)),
        ("inconclusive", "claimed_fresh"),
    ),
    "an old date alone condemns nobody": (
        Signs(AS_OF, period=31, proven=True),
        Declared(dt.date(2020, 1, 1)),
        ("inconclusive", "inconclusive_no_date"),
    ),
    "it never proves": (
        Signs(AS_OF, period=31, proven=True),
        Declared(dt.date(2025, 11, 30)),
        ("inconclusive", "claimed_fresh"),
    ),
    "a period where none was declared, and the content keeps it": (
        Signs(AS_OF, data=dt.date(2025, 11, 20), sure=dt.date(2025, 11, 20), proven=True),
        Declared(cycle=Period("monthly", 31)),
        ("verified", "fresh"),
    ),
    "a period that would make it stale": (
        Signs(AS_OF, data=dt.date(2025, 1, 20), proven=True),
        Declared(cycle=Period("monthly", 31)),
        ("partial", "undeclared"),
    ),
    "a period beside a declared one": (
        Signs(AS_OF, period=31, data=dt.date(2025, 1, 20), proven=True),
        Declared(cycle=Period("annual", 366)),
        ("contradicted", "stale_admitted"),
    ),
    "finished data": (
        Signs(AS_OF, declared=dt.date(2015, 1, 1), proven=True),
        Declared(cycle=Period("never", None, static=True)),
        ("not_applicable", "static"),
    ),
}


@pytest.mark.parametrize("case", ROWS)
def test_what_a_catalogue_adds(case: str) -> None:
    signs, said, outcome = ROWS[case]
    assert decide(softened(signs, said)) == outcome


def test_a_date_that_the_content_contradicts_adds_nothing() -> None:
    past = ContentHistory(dt.date(2025, 6, 1), AS_OF, 3)
    signs = Signs(AS_OF, period=31, declared=dt.date(2025, 5, 1), proven=True, past=past)
    assert softened(signs, Declared(dt.date(2025, 11, 20))) == signs
    contradicted = replace(signs, touched=("declared",))
    assert softened(contradicted, Declared(dt.date(2025, 5, 20))) == contradicted


SITE = "http://data.gandom.test"
ROW = truth.datasets()[0]


def said(seen: Any, rows: list[truth.Dataset], claim: Dataset, host: str = "data.gandom.test") -> Declared:
    from checks.case import Case, Shared
    from evidence.store import EvidenceStore

    seen.agency = Agency("portal", "سازمان", "main", "http://portal.test/", hosts=(host,))
    seen.datasets = (claim,)
    seen.http(f"{SITE}/data.json", written.data_json(rows), purpose="listing", headers=(("Content-Type", "application/json"),))  # fmt: skip
    seen.writer.close()
    store = EvidenceStore.open(seen.folder / "evidence")
    round_ = seen.round()
    return declared_of(Case(round_, round_.agencies[0], store, seen.as_of, Shared(round_, store)), claim)


def test_what_the_record_of_a_claimed_dataset_says(seen: Any) -> None:
    found = said(seen, [ROW], Dataset("portal", "d1", ROW.title, ROW.files[1].url))
    assert (found.modified, found.cycle and found.cycle.days) == (ROW.modified, 31)
    assert found.licence == ROW.licence and len(found.captures) == 1
    assert found.told["listed_date"] == "2025-11-20"


def test_a_date_to_come_is_none(seen: Any) -> None:
    row = replace(ROW, modified=dt.date(2030, 1, 1), files=())
    assert said(seen, [row], Dataset("portal", "d1", row.title, row.page)).modified is None


def test_two_records_of_one_title_say_nothing(seen: Any) -> None:
    twins = [replace(ROW, id=f"x{n}", page=f"{SITE}/dataset/x{n}", files=()) for n in range(2)]
    assert said(seen, twins, Dataset("portal", "d1", ROW.title, "http://portal.test/elsewhere")) == Declared()


def test_others_say_nothing_of_it(seen: Any) -> None:
    assert said(seen, [ROW], Dataset("portal", "d1", ROW.title, ROW.page), host="other.test") == Declared()


def test_a_claim_that_is_in_no_list(seen: Any) -> None:
    assert said(seen, [ROW], Dataset("portal", "d1", "دیگر", "http://portal.test/x")) == Declared()


def test_every_period_of_the_fixtures_is_read() -> None:
    assert [row.id for row in truth.datasets() if row.period and parse_period(row.period) is None] == []
