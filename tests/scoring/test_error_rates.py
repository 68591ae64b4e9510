"""How often the program is wrong: findings held against auditors' verdicts."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import statistics
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.finding import Finding, Subject, judgement_digest
from claims.model import Agency, AuditorVerdict, Dataset, Round, Service, Settings
from scoring.error_rates import CRAWL_WITHDRAWN, ErrorRate, error_rates, without_finding
from scoring.open_data import wilson

ENTRY, FRESH, USABLE = "services.entry", "datasets.freshness", "datasets.usability"
Made = tuple[Round, list[Finding]]


def audit(subject: str, verdict: Any, design: Any = "random", **more: Any) -> AuditorVerdict:
    return AuditorVerdict(subject, verdict, more.pop("auditor", "x"), dt.date(2025, 12, 3), design, **more)


@pytest.fixture
def made(make_round: Callable[..., Round], find: Callable[..., Finding]) -> Callable[..., Made]:
    """(a round with services `s0`, `s1`, … and the findings of these words; verdicts)"""

    def of(words: Sequence[str], verdicts: Iterable[AuditorVerdict], version: int = 1) -> Made:
        services = [Service("a", f"s{n}", "t", True) for n in range(len(words))]
        found = [
            dataclasses.replace(find("a", ENTRY, "service", f"s{n}", word, None), check_version=version)
            for n, word in enumerate(words)
        ]
        agency = Agency("a", "a", "main", "https://a.test/")
        return make_round([agency], services, verdicts=tuple(verdicts)), found

    return of


def one(rates: list[ErrorRate]) -> ErrorRate:
    (rate,) = rates
    return rate


def test_counts_by_hand(made: Callable[..., Made]) -> None:
    words = (
        ["contradicted"] * 4 + ["verified"] * 4 + ["partial"] * 2 + ["inconclusive"] * 2 + ["not_applicable"]
    )
    verdicts = [
        audit("s0", "contradicted"), audit("s1", "contradicted"), audit("s2", "partial"),
        audit("s4", "verified"), audit("s5", "contradicted"),
        audit("s8", "partial"), audit("s9", "verified"),
        audit("s10", "verified"), audit("s11", "contradicted"),
        audit("s12", "verified"),  # nothing was said of it
        audit("s3", "verified", "targeted"), audit("s6", "verified", "targeted"),
    ]  # fmt: skip
    rate = one(error_rates(*made(words, verdicts, version=7)))
    assert (rate.check, rate.version) == (ENTRY, 7)
    drawn = rate.random
    assert (drawn.audited, drawn.settled, drawn.agreeing, drawn.open) == (9, 7, 4, 2)
    assert (drawn.wrong("contradicted"), drawn.wrong("verified"), drawn.wrong("partial")) == (1, 1, 1)
    assert (drawn.cases["open", "verified"], drawn.cases["open", "contradicted"]) == (1, 1)
    targeted = rate.targeted
    assert (targeted.audited, targeted.agreeing, targeted.wrong("contradicted")) == (2, 1, 1)
    assert rate.wrong_contradictions is not None and rate.wrong_verifications is not None
    assert rate.wrong_contradictions.value == pytest.approx(1 / 3)
    assert rate.wrong_contradictions.of == 3
    assert (rate.wrong_contradictions.low, rate.wrong_contradictions.high) == pytest.approx(wilson(1, 3))
    assert (rate.wrong_verifications.value, rate.wrong_verifications.of) == (0.5, 2)
    # 4 contradictions: 2 of 3 and one to go; 4 verifications: 1 of 2 and two to go; both partial ones were seen
    assert rate.agreement is not None
    assert rate.agreement.value == pytest.approx((2 + 1 * 3 / 5 + 1 + 2 * 2 / 4 + 1) / 10)
    assert (rate.judged_twice, rate.auditors_differ, rate.withdrawn, rate.known_errors) == (0, 0, 0, 4)


def test_chosen_cases_alone_tell_nothing_of_all(made: Callable[..., Made]) -> None:
    rate = one(error_rates(*made(["contradicted"] * 9, [audit("s0", "verified", "targeted")])))
    assert rate.agreement is rate.wrong_contradictions is rate.wrong_verifications is None
    assert rate.random.audited == 0 and rate.targeted.wrong("contradicted") == rate.known_errors == 1


def test_an_outcome_that_nobody_was_drawn_from_may_hold_anything(made: Callable[..., Made]) -> None:
    rate = one(error_rates(*made(["contradicted", "verified"], [audit("s0", "contradicted")])))
    assert rate.agreement is None and rate.wrong_contradictions is not None


def test_without_verdicts_there_is_nothing_to_publish(made: Callable[..., Made]) -> None:
    assert error_rates(*made(["contradicted"], [])) == []


def test_auditors_who_differ_are_no_measure(made: Callable[..., Made]) -> None:
    verdicts = [
        audit("s0", "verified"), audit("s0", "contradicted", auditor="y"),
        audit("s1", "verified"), audit("s1", "verified", auditor="y"),
        audit("s2", "verified"), audit("s2", "contradicted", "targeted", auditor="y"),
    ]  # fmt: skip
    rate = one(error_rates(*made(["verified"] * 3, verdicts)))
    # what was drawn is judged by who judged the draw
    assert (rate.judged_twice, rate.auditors_differ, rate.random.audited) == (2, 1, 2)
    assert rate.random.agreeing == 2


def test_withdrawn_findings_are_errors_of_ours(made: Callable[..., Made]) -> None:
    round, found = made(["contradicted"] * 3, [audit("s0", "verified"), audit("s1", "contradicted")])
    was = {"withdrawn": "contradicted dead_link"}
    mine = [dataclasses.replace(f, verdict="inconclusive", reason="own_error", observed=was) for f in found]
    taken_back = [mine[0], found[1], mine[2]]
    rate = one(error_rates(round, taken_back))
    # s0 was found wrong in both ways; auditors are held against what was published
    assert (rate.withdrawn, rate.known_errors, rate.random.wrong("contradicted"), rate.random.open) == (
        2,
        2,
        1,
        0,
    )
    unaudited = one(error_rates(dataclasses.replace(round, verdicts=()), taken_back))
    assert (unaudited.withdrawn, unaudited.known_errors, unaudited.random.audited) == (2, 2, 0)


@pytest.mark.parametrize(
    ("fresh", "usable", "verdict", "check", "counted"),
    [
        ("verified", "verified", "verified", None, {FRESH: 1, USABLE: 1}),
        ("verified", "contradicted", "contradicted", None, {USABLE: 1}),
        ("contradicted", "contradicted", "contradicted", None, {FRESH: 1, USABLE: 1}),
        ("verified", "verified", "contradicted", None, {FRESH: 0, USABLE: 0}),
        ("verified", "inconclusive", "contradicted", USABLE, {USABLE: 0}),
        ("not_applicable", "verified", "verified", None, {USABLE: 1}),
        ("verified", "partial", "partial", None, {USABLE: 1}),
    ],
)
def test_a_verdict_on_a_dataset(
    make_round: Callable[..., Round], find: Callable[..., Finding],
    fresh: str, usable: str, verdict: str, check: str | None, counted: dict[str, int],
) -> None:  # fmt: skip
    found = [find("a", FRESH, "dataset", "d", fresh), find("a", USABLE, "dataset", "d", usable)]
    round = make_round(
        [Agency("a", "a", "main", "https://a.test/")],
        datasets=[Dataset("a", "d", "t", "https://a.test/d.csv")],
        verdicts=(audit("d", verdict, check=check),),
    )
    assert {rate.check: rate.random.agreeing for rate in error_rates(round, found)} == counted


def test_a_verdict_on_a_check_that_says_nothing_is_told(made: Callable[..., Made]) -> None:
    round, found = made(["verified"], [audit("s0", "verified", check="services.entri")])
    assert error_rates(round, found) == [] and [v.subject for v in without_finding(round, found)] == ["s0"]


@pytest.mark.slow
def test_random_cases_tell_of_all_findings(made: Callable[..., Made]) -> None:
    """One in five contradictions and one in ten verifications is wrong, and contradictions are looked at nine times as often."""
    words = ["contradicted"] * 100 + ["verified"] * 300
    wrong = {n for n in range(400) if (n % 5 == 0 if n < 100 else n % 10 == 0)}
    source = random.Random(1404)
    agreement, refuted, held = [], [], 0
    for _ in range(120):
        picks = [(n, 0.45) for n in source.sample(range(100), 45)] + [
            (n, 0.05) for n in source.sample(range(100, 400), 15)
        ]
        verdicts = [
            audit(
                f"s{n}",
                ("verified" if n < 100 else "contradicted") if n in wrong else words[n],
                probability=p,
            )
            for n, p in picks
        ]
        rate = one(error_rates(*made(words, verdicts)))
        assert rate.agreement is not None and rate.wrong_contradictions is not None
        agreement.append(rate.agreement.value)
        refuted.append(rate.wrong_contradictions.value)
        held += rate.agreement.low <= 1 - 50 / 400 <= rate.agreement.high
    assert statistics.fmean(agreement) == pytest.approx(1 - 50 / 400, abs=0.05)  # leans to one half
    assert statistics.fmean(refuted) == pytest.approx(0.2, abs=0.02)
    assert held >= 108


@given(st.lists(st.tuples(st.sampled_from(["verified", "partial", "contradicted", "inconclusive"]), st.sampled_from([None, "verified", "partial", "contradicted"]), st.booleans()), max_size=12))  # fmt: skip
def test_counts_add_up_and_no_order_matters(cases: list[tuple[str, Any, bool]]) -> None:
    agency = Agency("a", "a", "main", "https://a.test/")
    services = tuple(Service("a", f"s{n}", "t", True) for n in range(len(cases)))
    found = [Finding("a", _service(n), ENTRY, 1, word, None) for n, (word, _, _) in enumerate(cases)]  # type: ignore[arg-type]
    verdicts = tuple(
        audit(f"s{n}", verdict, "random" if drawn else "targeted")
        for n, (_, verdict, drawn) in enumerate(cases)
        if verdict is not None
    )
    round = _round(agency, services, verdicts)
    rates = error_rates(round, found)
    assert rates == error_rates(_round(agency, services[::-1], verdicts[::-1]), found[::-1])
    assert sum(r.random.audited + r.targeted.audited for r in rates) == len(verdicts)
    for rate in rates:
        for tally in (rate.random, rate.targeted):
            wrong = sum(tally.wrong(word) for word in ("verified", "partial", "contradicted"))
            assert tally.agreeing + wrong + tally.open == tally.audited
        for share in (rate.agreement, rate.wrong_contradictions, rate.wrong_verifications):
            assert share is None or 0 <= share.low <= share.value <= share.high <= 1


def _service(number: int) -> Subject:
    return Subject("service", f"s{number}")


def _round(agency: Agency, services: tuple[Service, ...], verdicts: tuple[AuditorVerdict, ...]) -> Round:
    return Round(Path("round"), Settings("r"), (agency,), services, verdicts=verdicts)


@pytest.mark.parametrize(
    ("day", "found", "wrong"),
    [
        (2, "contradicted", 0),
        (2, "verified", 1),
        (3, "contradicted", 0),
        (3, "verified", 0),
        (3, "partial", 1),
        (4, "verified", 0),
        (4, "contradicted", 1),
    ],
)
def test_a_verdict_is_held_against_what_was_found_when_the_auditor_looked(
    made: Callable[..., Made], day: int, found: Any, wrong: int
) -> None:
    """Contradicted at the crawl, verified by a re-test on the third."""
    round, (finding,) = made(["verified"], [])
    at_crawl = {"verdict": "contradicted", "reason": "dead_link", "until": "2025-12-03"}
    retested = dataclasses.replace(finding, observed={"retest": 1, "at_crawl": at_crawl})
    verdict = AuditorVerdict("s0", found, "x", dt.date(2025, 12, day), "random", probability=1.0)
    rate = one(error_rates(dataclasses.replace(round, verdicts=(verdict,)), [retested]))
    assert (rate.known_errors, rate.random.audited) == (wrong, 1)


@pytest.mark.parametrize(
    ("seen", "day", "counted", "earlier", "wrong"),
    [
        (
            "now",
            3,
            "verified",
            0,
            1,
        ),  # an agreement with the crawl, by the words; but the row says what was seen
        ("now", 2, "verified", 0, 1),
        ("then", 3, "contradicted", 0, 0),
        (
            "then",
            4,
            None,
            1,
            0,
        ),  # seen after the re-test, and not what it found: another re-test came between
    ],
)
def test_a_verdict_counts_against_the_judgement_that_was_seen(
    made: Callable[..., Made], seen: str, day: int, counted: str | None, earlier: int, wrong: int
) -> None:
    """Contradicted at the crawl, verified by a re-test on the third; the auditor says contradicted."""
    round, (finding,) = made(["verified"], [])
    at_crawl = {"verdict": "contradicted", "reason": "dead_link", "until": "2025-12-03"}
    retested = dataclasses.replace(finding, observed={"retest": 1, "at_crawl": at_crawl})
    crawled = dataclasses.replace(finding, verdict="contradicted", reason="dead_link")
    digest = judgement_digest([retested if seen == "now" else crawled])
    verdict = AuditorVerdict(
        "s0", "contradicted", "x", dt.date(2025, 12, day), "random", probability=1.0, judged=digest
    )
    rate = one(error_rates(dataclasses.replace(round, verdicts=(verdict,)), [retested]))
    assert (rate.random.audited, rate.earlier_judgement, rate.known_errors) == (1 - earlier, earlier, wrong)
    if counted is not None:
        assert rate.random.cases == {(counted, "contradicted"): 1}


def test_a_verdict_on_other_rules_is_counted_apart_and_one_without_digest_as_ever(
    made: Callable[..., Made],
) -> None:
    round, (finding,) = made(["verified"], [])
    before = dataclasses.replace(finding, check_version=0)
    bound = audit("s0", "contradicted", judged=judgement_digest([before]))
    rate = one(error_rates(dataclasses.replace(round, verdicts=(bound,)), [finding]))
    assert (rate.random.audited, rate.earlier_judgement, rate.known_errors) == (0, 1, 0)
    rate = one(error_rates(dataclasses.replace(round, verdicts=(audit("s0", "contradicted"),)), [finding]))
    assert (rate.random.audited, rate.earlier_judgement, rate.known_errors) == (1, 0, 1)


@pytest.mark.parametrize("mark", ["withdrawn", CRAWL_WITHDRAWN])
def test_what_the_ledger_adds_to_a_finding_makes_it_no_other_judgement(
    made: Callable[..., Made], mark: str
) -> None:
    round, (finding,) = made(["contradicted"], [])
    bound = audit("s0", "verified", judged=judgement_digest([finding]))
    if mark == "withdrawn":
        told = {"withdrawn": "contradicted"}
        now = dataclasses.replace(finding, verdict="inconclusive", reason="own_error", observed=told)
    else:
        now = dataclasses.replace(finding, observed={mark: True})
    rate = one(error_rates(dataclasses.replace(round, verdicts=(bound,)), [now]))
    assert (rate.random.audited, rate.earlier_judgement, rate.known_errors) == (1, 0, 1)


def test_ties_by_alias_are_counted_apart(made: Callable[..., Made]) -> None:
    verdicts = [audit(f"s{n}", "verified", probability=1.0) for n in range(3)]
    round, found = made(["verified"] * 3, verdicts)
    chosen = dataclasses.replace(found[0], observed={"matched": {"how": "alias"}})
    rate = one(error_rates(round, [chosen, *found[1:]]))
    assert rate.random.audited == 2
    assert rate.by_alias.cases == {("verified", "verified"): 1}
    assert rate.agreement is not None and rate.agreement.of == 2
    wrong = dataclasses.replace(round, verdicts=(audit("s0", "contradicted"),))
    rate = one(error_rates(wrong, [chosen, *found[1:]]))
    assert (rate.by_alias.wrong("verified"), rate.known_errors) == (1, 0)
