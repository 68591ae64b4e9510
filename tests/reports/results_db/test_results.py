"""Findings by filter, order and folded search, held against a plain reading of the same findings."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.finding import Finding
from evidence.errors import EvidenceDamaged
from reports.results_db.finding_filter import FindingFilter
from reports.results_db.results import SORTS, Results
from reports.results_db.rows import ORDER
from tests.depth import tries
from tests.reports.desk.rounds import findings, id_of
from tests.reports.results_db.conftest import DatabaseRound


@pytest.fixture(scope="module")
def told(results: Results) -> Results:
    results.tell(
        [("s1", ("services.entry",)), ("gone", ("x",))], [("received", id_of("s2")), ("upheld", "gone")]
    )
    return results


def _worst_first(finding: Finding) -> tuple[object, ...]:
    return ORDER.index(finding.verdict), finding.agency, finding.check, finding.subject.id


@pytest.mark.parametrize(
    ("wanted", "keeps"),
    [
        (FindingFilter(), lambda f: True),
        (FindingFilter(verdict="contradicted"), lambda f: f.verdict == "contradicted"),
        (
            FindingFilter(agency="a1", reason="dead_link"),
            lambda f: f.agency == "a1" and f.reason == "dead_link",
        ),
        (FindingFilter(check="services.entry"), lambda f: f.check == "services.entry"),
        (FindingFilter(audited="yes"), lambda f: f.id == id_of("s1")),
        (FindingFilter(audited="no", agency="a1"), lambda f: f.agency == "a1" and f.id != id_of("s1")),
        (FindingFilter(reply="any"), lambda f: f.id == id_of("s2")),
        (FindingFilter(reply="received"), lambda f: f.id == id_of("s2")),
        (FindingFilter(reply="none", agency="a1"), lambda f: f.agency == "a1" and f.id != id_of("s2")),
        (FindingFilter(reply="upheld"), lambda f: False),
        (FindingFilter(agency="a1' OR '1'='1"), lambda f: False),
        (FindingFilter(indicator="none such"), lambda f: False),
    ],
)
def test_each_filter_keeps_what_it_says(
    told: Results, wanted: FindingFilter, keeps: Callable[[Finding], bool]
) -> None:
    expected = sorted((f for f in findings() if keeps(f)), key=_worst_first)
    assert [f.id for f in told.find(wanted, limit=1000)] == [f.id for f in expected]
    assert told.count(wanted) == sum(told.facets(wanted)["verdict"].values()) == len(expected)
    assert [f.to_json() for f in told.find(wanted, offset=1, limit=2)] == [f.to_json() for f in expected[1:3]]
    for number, finding in enumerate(expected, 1):
        around = told.neighbours(finding.id, wanted)
        assert (around.number, around.of) == (number, len(expected))
        assert around.before == (expected[number - 2].id if number > 1 else None)
        assert around.after == (expected[number].id if number < len(expected) else None)


@pytest.mark.parametrize("sort", SORTS)
def test_each_order_is_a_stable_sort_of_the_worst_first(results: Results, sort: str) -> None:
    keys: dict[str, Callable[[Finding], str]] = {
        "severity": lambda f: "",
        "agency": lambda f: f.agency,
        "check": lambda f: f.check,
        "reason": lambda f: f.reason or "",
    }
    expected = sorted(findings(), key=lambda f: (keys[sort](f), *_worst_first(f)))
    assert [f.id for f in results.find(sort=sort, limit=1000)] == [f.id for f in expected]
    wanted = FindingFilter(verdict="contradicted")
    shown = [f.id for f in results.find(wanted, sort=sort, limit=1000)]
    for before, here in itertools.pairwise(shown):
        assert results.neighbours(here, wanted, sort).before == before


def test_a_finding_outside_of_the_filter_has_neighbours_in_it(results: Results) -> None:
    wanted = FindingFilter(verdict="contradicted")
    around = results.neighbours(id_of("s1"), wanted)
    assert (around.number, around.of) == (0, results.count(wanted))
    assert around.before == results.find(wanted, limit=1000)[-1].id and around.after is None


def test_facets_count_what_the_filter_keeps(results: Results) -> None:
    facets = results.facets(FindingFilter(agency="a1"))
    own = [f for f in findings() if f.agency == "a1"]
    values: dict[str, Callable[[Finding], str]] = {
        "verdict": lambda f: f.verdict,
        "reason": lambda f: f.reason or "",
        "check": lambda f: f.check,
        "agency": lambda f: f.agency,
    }
    for name, value in values.items():
        assert facets[name] == {one: sum(value(f) == one for f in own) for one in {*map(value, own)}}
    assert list(facets["verdict"]) == [word for word in ORDER if word in facets["verdict"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("صدور پروانه", True),
        ("صدورپروانه", True),  # written together
        ("پروانة صدور", True),  # in any order, with another letter
        ("كسب", True),  # Arabic kaf
        ("صُدور", True),  # with a vowel mark
        ("ک‌سب", True),  # with a half-space inside
        ("کس", True),  # too short for trigrams
        (id_of("s1")[:9], True),
        ("HTTP://A1.test/S1", True),
        ("خدمت", True),  # what its check means
        ("صدور نیست", False),
        ("\0", True),  # nothing asked
        ("%", False),
        ("_", False),
        ('" OR text:s', False),
    ],
)
def test_search_is_folded(results: Results, query: str, found: bool) -> None:
    assert (id_of("s1") in {f.id for f in results.find(FindingFilter(q=query), limit=1000)}) is found


@settings(max_examples=tries(20, 400), deadline=None)
@given(query=st.text(max_size=30))
def test_any_text_may_be_searched(results: Results, query: str) -> None:
    wanted = FindingFilter.of({"q": query})
    assert len(results.find(wanted, limit=1000)) == results.count(wanted)


def test_one_and_about(results: Results) -> None:
    one = results.one(id_of("s1"))
    assert one is not None and one.subject.id == "s1" and results.one("f00000000000000000000") is None
    assert [f.check for f in results.about("service", "s1")] == ["services.entry", "services.login"]
    assert {f.id for f in results.of_check("services.entry")} == {id_of(s) for s in ("s1", "s2", "s3")}
    assert {f.id for f in results.disputed()} == {id_of("s1", "services.login"), id_of("s2")}


def test_threads_read_side_by_side(results: Results) -> None:
    expected = [f.id for f in results.find(FindingFilter(q="صدور"), limit=1000)]
    wrong: list[object] = []

    def read() -> None:
        for _ in range(20):
            found = [f.id for f in results.find(FindingFilter(q="صدور"), limit=1000)]
            if found != expected or results.facets()["verdict"] == {}:
                wrong.append(found)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_findings_that_change_meanwhile_are_not_shown(own: DatabaseRound) -> None:
    opened = own.open()
    path = own.results / "findings.jsonl"
    content = path.read_bytes()
    with path.open("r+b") as file:
        file.write(content.replace(b'"contradicted"', b'"verified"    '))
    with pytest.raises(EvidenceDamaged):
        opened.find()
