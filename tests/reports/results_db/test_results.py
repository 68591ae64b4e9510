"""Findings by filter, order and folded search, held against a plain reading of the same findings."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.finding import Finding, Subject
from evidence.errors import EvidenceDamaged
from evidence.store import EvidenceStore
from govah.replies import replies_of
from reports.blinding import Withheld, addresses_of
from reports.results_db.build import write
from reports.results_db.current import sources_of
from reports.results_db.finding_filter import SORTS, FindingFilter
from reports.results_db.findings_file import FindingsFile
from reports.results_db.results import Results
from reports.results_db.rows import ORDER
from reports.results_db.search_text import codes_of
from reports.results_file import stored_rest
from tests.depth import tries
from tests.reports.desk.rounds import findings, id_of
from tests.reports.results_db.conftest import DatabaseRound, database_round


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
    assert told.count(wanted) == sum(told.counts("agency", wanted).values()) == len(expected)
    assert [f.id for f in told.every(wanted)] == [f.id for f in expected]
    assert [f.to_json() for f in told.find(wanted, offset=1, limit=2)] == [f.to_json() for f in expected[1:3]]
    for number, finding in enumerate(expected, 1):
        around = told.neighbours(finding.id, wanted)
        assert (around.number, around.of) == (number, len(expected))
        assert around.before == (expected[number - 2].id if number > 1 else None)
        assert around.after == (expected[number].id if number < len(expected) else None)


@pytest.mark.parametrize("sort", ("", *SORTS))
def test_each_order_is_a_stable_sort_of_the_worst_first(results: Results, sort: str) -> None:
    keys: dict[str, Callable[[Finding], str]] = {
        "": lambda f: "",
        "agency": lambda f: f.agency,
        "check": lambda f: f.check,
        "reason": lambda f: f.reason or "",
        "subject": lambda f: f.subject.id.encode("utf-8", "replace").decode(),
    }
    expected = sorted(findings(), key=lambda f: (keys[sort](f), *_worst_first(f)))
    assert [f.id for f in results.find(FindingFilter(sort=sort), limit=1000)] == [f.id for f in expected]
    wanted = FindingFilter(verdict="contradicted", sort=sort)
    shown = [f.id for f in results.find(wanted, limit=1000)]
    for before, here in itertools.pairwise(shown):
        assert results.neighbours(here, wanted).before == before


def test_a_finding_outside_of_the_filter_has_neighbours_in_it(results: Results) -> None:
    wanted = FindingFilter(verdict="contradicted")
    around = results.neighbours(id_of("s1"), wanted)
    assert (around.number, around.of) == (0, results.count(wanted))
    assert around.before == results.find(wanted, limit=1000)[-1].id and around.after is None


def test_facets_count_what_the_other_filters_keep(results: Results) -> None:
    values: dict[str, Callable[[Finding], str]] = {
        "verdict": lambda f: f.verdict,
        "reason": lambda f: f.reason or "",
        "check": lambda f: f.check,
        "agency": lambda f: f.agency,
    }
    facets = results.facets(FindingFilter(agency="a1", verdict="contradicted"))
    for name, value in values.items():
        kept = [
            value(f)
            for f in findings()
            if (f.agency == "a1" or name == "agency") and (f.verdict == "contradicted" or name == "verdict")
        ]
        assert facets[name] == {one: kept.count(one) for one in kept}
    assert list(facets["verdict"]) == [word for word in ORDER if word in facets["verdict"]]
    assert results.facets(most=1)["agency"] == {"a2": sum(f.agency == "a2" for f in findings())}
    every = {"a1": results.counts("verdict", FindingFilter(agency="a1")), "gone": {}}
    assert results.by_agency(["a1", "gone"]) == every


def test_what_is_withheld_is_nowhere(own: DatabaseRound) -> None:
    results = own.open()
    (address, *_) = addresses_of(next(f for f in findings() if f.subject.kind == "link"))
    links = {f.id for f in findings() if f.subject.kind == "link" and address in addresses_of(f)}
    withheld = Withheld(
        frozenset({"s1"}),
        drawn=frozenset({"s1"}),
        agencies=frozenset({"a2"}),
        addresses=frozenset({address}),
    )
    hidden = {f.id for f in findings() if withheld.hides(f)}
    assert hidden > {id_of("s1"), id_of("s1", "services.login"), *links}
    everything = results.find(limit=1000), results.facets(), results.by_agency(["a1", "a2"])
    around = results.neighbours(id_of("s2"), FindingFilter())
    assert around.after in hidden or around.before in hidden
    results.tell([], [], withheld)
    shown = [f.id for f in results.find(limit=1000)]
    assert links and hidden.isdisjoint(shown) and len(shown) == len(findings()) - len(hidden)
    assert shown == [f.id for f in results.every(FindingFilter())] and results.count() == len(shown)
    assert sum(sum(of.values()) for of in results.by_agency(["a1", "a2"]).values()) == len(shown)
    for counts in results.facets().values():
        assert sum(counts.values()) == len(shown)
    assert all(results.one(id) is None for id in hidden) and results.about("service", "s1") == []
    assert [f.id for f in results.of_agency("a1", ("services.entry",))] == [id_of("s2")]
    assert results.find(FindingFilter(q=id_of("s1"))) == []
    for id in shown:
        near = results.neighbours(id, FindingFilter())
        assert hidden.isdisjoint({near.before, near.after})
    results.tell([], [])
    assert (results.find(limit=1000), results.facets(), results.by_agency(["a1", "a2"])) == everything


def test_of_an_agency_with_a_case_nothing_is_shown(own: DatabaseRound) -> None:
    results = own.open()
    withheld = Withheld(whole=frozenset({"a1"}), agencies=frozenset({"a1"}))
    results.tell([], [], withheld)
    shown = list(results.every(FindingFilter()))
    assert {f.agency for f in shown} == {"a2"} and all(map(withheld.hides, findings())) is False
    assert [f.id for f in shown if withheld.hides(f)] == []
    assert len(shown) == sum(f.agency == "a2" for f in findings())


def test_a_link_of_another_agency_to_what_is_withheld_is_not_shown(own: DatabaseRound) -> None:
    results = own.open()
    link = next(f for f in findings() if f.subject.kind == "link")
    withheld = Withheld(agencies=frozenset({"another"}), addresses=frozenset({link.subject.id}))
    assert results.one(link.id) is not None
    results.tell([], [], withheld)
    assert results.one(link.id) is None


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


@pytest.mark.parametrize("length", [1, 2, 3])
def test_short_words_are_found_wherever_they_stand(
    results: Results, shared: DatabaseRound, length: int
) -> None:
    texts = {number: str(text) for number, text in shared.rows("SELECT number, text FROM texts")}
    words = {text[at : at + length] for text in texts.values() for at in range(len(text) - length)}
    kept_otherwise = "\u0345ς\ufffe\uffff"  # the index folds two further, and replaces what is no character
    for word in sorted(words):
        if any(letter.isspace() or letter in kept_otherwise for letter in word):
            continue
        assert set(results._texts_with(word).tolist()) == {n for n, text in texts.items() if word in text}
    assert not len(results._texts_with("ꙮ" * length))


@pytest.mark.parametrize("letter", ["ک", "1", "s", "."])
def test_a_letter_beside_a_word_is_found_as_alone(results: Results, letter: str) -> None:
    def ids(query: str) -> set[str]:
        return {finding.id for finding in results.find(FindingFilter(q=query), limit=1000)}

    alone = ids(letter)
    for word in ("صدور", "http", "پروانه", "خدمت", "نیست"):
        assert ids(f"{letter} {word}") == ids(word) & alone


@settings(max_examples=tries(20, 400), deadline=None)
@given(query=st.text(max_size=30))
def test_any_text_may_be_searched(results: Results, query: str) -> None:
    wanted = FindingFilter.of({"q": query})
    assert len(results.find(wanted, limit=1000)) == results.count(wanted)


def test_one_and_about(results: Results) -> None:
    one = results.one(id_of("s1"))
    assert one is not None and one.subject.id == "s1" and results.one("f00000000000000000000") is None
    assert [f.check for f in results.about("service", "s1")] == ["services.entry", "services.login"]
    found = results.of_agency("a1", ("services.entry", "services.login"))
    assert [f.id for f in found] == [id_of("s2"), id_of("s1", "services.login"), id_of("s1")]


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


def test_an_indicator_keeps_what_it_rests_on(results: Results, shared: DatabaseRound) -> None:
    told = json.loads((shared.results / "results.json").read_text(encoding="utf-8"))
    every = [one for agency in told["agencies"] for one in agency["indicators"]]
    by: dict[str, set[str]] = {}
    for one in every:
        for name in (one["id"], one["axis"]):
            by.setdefault(name, set()).update(one["findings"])
    assert any(by.values())
    for name, ids in by.items():
        assert {f.id for f in results.find(FindingFilter(indicator=name), limit=1000)} == ids, name


def test_scores_are_those_of_results_json(results: Results, shared: DatabaseRound) -> None:
    path = shared.results / "results.json"
    told = json.loads(path.read_bytes())
    assert stored_rest(path) == {name: value for name, value in told.items() if name != "agencies"}
    entries = {entry["id"]: entry for entry in told["agencies"]}
    listed = results.scores.listed((), 0, 10)
    assert results.scores.count() == len(entries) and [one["id"] for one in listed] == [
        "a1",
        "a2",
    ]  # a1 is a main agency
    assert [one["id"] for one in results.scores.listed((), 1, 10)] == ["a2"]
    assert {one["id"]: one["score_verified"] for one in listed} == {
        id: entry["score"]["verified"] for id, entry in entries.items()
    }
    assert results.scores.one("a1") == listed[0] and results.scores.one("gone") is None
    for id, entry in entries.items():
        found = results.by_indicator(id)
        assert {one["id"]: len(one["findings"]) for one in entry["indicators"] if one["findings"]} == found
        assert [one["indicator"] for one in results.scores.indicators(id)] == [
            one["id"] for one in entry["indicators"]
        ]


def test_one_finding_ends_where_its_text_ends(tmp_path: Path) -> None:
    two = [
        Finding("a1", Subject("link", url), "links.target", 1, "verified", None) for url in ("x-one", "two-y")
    ]
    results = database_round(tmp_path, two).open()
    assert results.find(FindingFilter(q="onetwo")) == [] and results.count(FindingFilter(q="one")) == 1


@pytest.mark.parametrize("back", [False, True], ids=["withdrawn", "and upheld after all"])
def test_what_is_withdrawn_meanwhile_counts_as_in_a_new_database(own: DatabaseRound, back: bool) -> None:
    """One that was contradicted, one verified, one of a reason that nothing else has."""
    opened = own.open()
    taken = [one for one in findings() if one.subject.id in ("s1", "s2", "s3")]
    withdrawn = {one.id: (one.verdict, one.reason) for one in taken}
    opened.find(FindingFilter(q="own_error", sort="reason"))  # what was found before is not kept
    opened.withdraw(withdrawn)
    if back:
        withdrawn = {}
        opened.withdraw(withdrawn)
    opened.tell([], [])
    path = own.results / "findings.jsonl"
    with EvidenceStore.open(own.round.folder / "evidence") as store:
        told = replace(replies_of(own.round), withdrawn=withdrawn)
        write(
            own.results / "new.db",
            sources_of(own.round, store, told, own.results, FindingsFile(path, withdrawn)),
        )
    new = Results(own.results / "new.db", path, withdrawn, codes_of(own.round))
    assert (opened.counts("verdict").get("inconclusive", 0) > 2) is not back
    for wanted in (
        FindingFilter(), FindingFilter(reason="own_error"), FindingFilter(verdict="contradicted"),
        FindingFilter(q="own_error", sort="reason"), FindingFilter(reason="dead_link", sort="reason"),
    ):  # fmt: skip
        assert opened.facets(wanted) == new.facets(wanted)
        here, there = opened.find(wanted), new.find(wanted)
        assert sorted(here, key=_worst_first) == sorted(there, key=_worst_first)
        assert [(one.verdict, one.reason if wanted.sort else "") for one in here] == [
            (one.verdict, one.reason if wanted.sort else "") for one in there
        ]
    assert opened.by_agency(["a1", "a2"]) == new.by_agency(["a1", "a2"])
    worst = [ORDER.index(one.verdict) for one in opened.of_agency("a1", {"services.entry", "services.login"})]
    assert worst == sorted(worst) and len(worst) == 3


def test_no_findings_are_no_error(own: DatabaseRound) -> None:
    (own.results / "findings.jsonl").write_bytes(b"")
    results = own.open()
    results.tell(
        [("s1", ("services.entry",))],
        [("received", "x")],
        Withheld(frozenset({"s1"}), drawn=frozenset({"s1"}), addresses=frozenset("x")),
    )
    assert results.facets(FindingFilter(q="x", agency="a", audited="yes", reply="any"))["verdict"] == {}
    assert results.by_agency(["a1"]) == {"a1": {}} and results.find(FindingFilter(sort="subject")) == []
    assert results.neighbours("x", FindingFilter()).of == 0 and results.one("x") is None


def test_findings_that_change_meanwhile_are_not_shown(own: DatabaseRound) -> None:
    opened = own.open()
    path = own.results / "findings.jsonl"
    content = path.read_bytes()
    with path.open("r+b") as file:
        file.write(content.replace(b'"contradicted"', b'"verified"    '))
    with pytest.raises(EvidenceDamaged):
        opened.find()
