"""Findings by filter and folded search, held against a plain reading of the same findings."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.finding import Finding, Subject
from evidence.canonical import canonical
from reports.desk.index import ORDER, FindingFilter, FindingsIndex, squeezed
from tests.depth import tries
from tests.reports.desk.rounds import TITLES, findings, id_of

CODES = {
    "reason": {"dead_link": squeezed("نشانی مرده")},
    "check": {"services.entry": squeezed("the claimed service")},
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> FindingsIndex:
    path = tmp_path_factory.mktemp("index") / "findings.jsonl"
    path.write_text("".join(canonical(f.to_json()) + "\n" for f in findings()), encoding="utf-8")
    made = FindingsIndex(path, TITLES, {}, {"U01": [id_of("s1"), id_of("s2"), "unknown"]}, CODES)
    made.tell(
        [("s1", ("services.entry",)), ("gone", ("x",))], [("received", id_of("s2")), ("upheld", "gone")]
    )
    return made


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
        (FindingFilter(indicator="U01"), lambda f: f.id in (id_of("s1"), id_of("s2"))),
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
    index: FindingsIndex, wanted: FindingFilter, keeps: Callable[[Finding], bool]
) -> None:
    expected = sorted(
        (f for f in findings() if keeps(f)),
        key=lambda f: (ORDER.index(f.verdict), f.agency, f.check, f.subject.id),
    )
    assert [f.id for f in index.page(wanted, 0, 1000)] == [f.id for f in expected]
    assert sum(index.counts(wanted).values()) == len(expected)
    assert [f.to_json() for f in index.page(wanted, 1, 2)] == [f.to_json() for f in expected[1:3]]
    for number, finding in enumerate(expected, 1):
        around = index.neighbours(finding.id, wanted)
        assert (around.number, around.of) == (number, len(expected))
        assert around.before == (expected[number - 2].id if number > 1 else None)
        assert around.after == (expected[number].id if number < len(expected) else None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("صدور پروانه", True),
        ("صدورپروانه", True),  # written together
        ("پروانة صدور", True),  # in any order, with another letter
        ("كسب", True),  # Arabic kaf
        ("صُدور", True),  # with a vowel mark
        ("ک‌سب", True),  # with a half-space inside
        (id_of("s1")[:9], True),
        ("HTTP://A1.test/S1", True),
        ("claimed", True),  # what its check means
        ("صدور نیست", False),
        ("\0", True),  # nothing asked
        ("%", False),
        ("_", False),
    ],
)
def test_search_is_folded(index: FindingsIndex, query: str, found: bool) -> None:
    assert (id_of("s1") in {f.id for f in index.page(FindingFilter(q=query), 0, 1000)}) is found


def test_reasons_are_found_by_what_they_mean(index: FindingsIndex) -> None:
    found = index.page(FindingFilter(q="نشاني‌مرده"), 0, 1000)
    assert found and all(f.reason == "dead_link" for f in found)


@settings(
    max_examples=tries(20, 400), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.text(max_size=30))
def test_any_text_may_be_searched(index: FindingsIndex, query: str) -> None:
    wanted = FindingFilter.of({"q": query})
    assert len(index.page(wanted, 0, 1000)) == sum(index.counts(wanted).values())


def test_one_finding_ends_where_its_text_ends(tmp_path: Path) -> None:
    path = tmp_path / "findings.jsonl"
    two = [
        Finding("a", Subject("link", url), "links.target", 1, "verified", None) for url in ("x-one", "two-y")
    ]
    path.write_text("".join(json.dumps(f.to_json()) + "\n" for f in two), encoding="utf-8")
    index = FindingsIndex(path, {}, {}, {}, {})
    assert (
        not index.page(FindingFilter(q="onetwo"), 0, 9) and len(index.page(FindingFilter(q="one"), 0, 9)) == 1
    )


def test_no_findings_are_no_error(tmp_path: Path) -> None:
    (tmp_path / "findings.jsonl").write_bytes(b"")
    index = FindingsIndex(tmp_path / "findings.jsonl", {}, {}, {"U01": []}, CODES)
    index.tell([("s1", ("services.entry",))], [("received", "x")])
    assert index.counts(FindingFilter(q="x", agency="a", audited="yes", reply="any")) == {}
    assert index.neighbours("x", FindingFilter()).of == 0 and index.find("x") is None
