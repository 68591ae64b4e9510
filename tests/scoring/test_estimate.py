"""The national estimate and the list of what auditors look at next."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.finding import Finding
from claims.model import Agency, AuditorVerdict, Round, Service
from scoring.estimate import Stratum, StratumSample, allocate, posterior, strata_of, stratified
from scoring.worklist import AuditCase, for_rebuttal, priority, worklist
from tests.scoring.conftest import national_estimate

CHECK = "services.entry"
WORDS = ("verified", "contradicted", "inconclusive")


def audit(subject: str, verdict: Any, design: Any = "random") -> AuditorVerdict:
    return AuditorVerdict(subject, verdict, "auditor", dt.date(2025, 12, 3), design)


@pytest.fixture(scope="module")
def thirty(make_round: Callable[..., Round], find: Callable[..., Finding]) -> tuple[Round, list[Finding]]:
    """Three agencies with ten services each, one of them not cooperating; the last service is not electronic."""
    agencies = [Agency(id, id, "main", f"https://{id}.test/", cooperated=id != "c") for id in "abc"]
    services = [
        Service(id, f"{id}{n}", "t", electronic=n < 9, annual_requests=n) for id in "abc" for n in range(10)
    ]
    found = [
        find(s.agency, CHECK, "service", s.id, WORDS[int(s.id[1]) % 3], None)
        for s in services
        if s.electronic and s.id != "a8"
    ]
    return make_round(agencies, services), found


def test_strata_are_crawl_outcomes_of_cooperating_agencies(thirty: tuple[Round, list[Finding]]) -> None:
    strata = strata_of(*thirty, CHECK)
    assert Counter(strata.values()) == {"verified": 6, "contradicted": 6, "inconclusive": 6, "not_claimed": 2}
    assert strata["a8"] == "inconclusive" and strata["a9"] == "not_claimed" and "c0" not in strata


def test_no_random_verdicts_no_estimate(thirty: tuple[Round, list[Finding]]) -> None:
    round, found = thirty
    assert national_estimate(round, found, CHECK) is None
    targeted = dataclasses.replace(
        round, verdicts=(audit("a0", "verified", "targeted"), audit("zz", "verified"))
    )
    assert national_estimate(targeted, found, CHECK) is None


def test_the_estimate_by_hand(thirty: tuple[Round, list[Finding]]) -> None:
    round, found = thirty
    verdicts = (
        audit("a0", "verified"), audit("a3", "verified"), audit("b0", "contradicted"),
        audit("a1", "contradicted"), audit("b1", "contradicted"),
        audit("a2", "verified"), audit("b2", "partial"),
        audit("a9", "contradicted"), audit("b9", "contradicted"),
        audit("a6", "contradicted", "targeted"),
    )  # fmt: skip
    estimate = national_estimate(dataclasses.replace(round, verdicts=verdicts), found, CHECK)
    assert estimate is not None and estimate.audits == 9
    # verified 2 of 3 of 6, contradicted 0 of 2 of 6, inconclusive 1.5 of 2 of 6, not claimed 0 of 2 of 2
    value = (2 + 3 * 3 / 5) + (0 + 4 * 1 / 4) + (1.5 + 4 * 2.5 / 4) + 0
    assert estimate.value == pytest.approx(value / 20)
    shares = ((6, 3, 3 / 5), (6, 2, 1 / 4), (6, 2, 2.5 / 4))
    variance = sum((size / 20) ** 2 * p * (1 - p) / n * (1 - n / size) for size, n, p in shares)
    assert estimate.high - estimate.low == pytest.approx(2 * 1.96 * variance**0.5)


def test_a_stratum_without_audits_is_all_or_nothing(thirty: tuple[Round, list[Finding]]) -> None:
    round, found = thirty
    only = tuple(
        audit(s, "verified") for s, stratum in strata_of(round, found, CHECK).items() if stratum == "verified"
    )
    estimate = national_estimate(dataclasses.replace(round, verdicts=only), found, CHECK)
    assert estimate is not None
    assert (estimate.low, estimate.value, estimate.high) == pytest.approx((6 / 20, 13 / 20, 1.0))


@settings(deadline=None)
@given(truth=st.lists(st.booleans(), min_size=20, max_size=20))
def test_auditing_everything_gives_the_truth(truth: list[bool], thirty: tuple[Round, list[Finding]]) -> None:
    round, found = thirty
    subjects = sorted(strata_of(round, found, CHECK))
    verdicts = tuple(
        audit(subject, "verified" if real else "contradicted")
        for subject, real in zip(subjects, truth, strict=True)
    )
    estimate = national_estimate(dataclasses.replace(round, verdicts=verdicts), found, CHECK)
    assert estimate is not None and estimate.audits == 20
    assert (estimate.low, estimate.value, estimate.high) == pytest.approx((sum(truth) / 20,) * 3)


def test_two_auditors_of_one_service_count_once(thirty: tuple[Round, list[Finding]]) -> None:
    round, found = thirty
    twice = (audit("a0", "verified"), audit("a0", "contradicted"))
    estimate = national_estimate(dataclasses.replace(round, verdicts=twice), found, CHECK)
    assert estimate is not None and estimate.audits == 1


def test_priority_by_hand() -> None:
    assert priority(0.5, 10, 0) == pytest.approx(0.025)
    assert priority(0.5, 10, 1) == pytest.approx(0.0125)
    assert priority(0.5, 6000, 0) == pytest.approx(0.25 / 60)
    assert priority(1.0, 10, 0) == 0.0
    assert posterior(0, 0) == 0.5


def test_the_worklist(thirty: tuple[Round, list[Finding]]) -> None:
    round, found = thirty
    verdicts = (audit("a0", "verified"), audit("a3", "verified"), audit("a1", "verified", "targeted"))
    round = dataclasses.replace(round, verdicts=verdicts)
    cases = worklist(round, found, CHECK, size=10, seed=7)
    ids = [case.service.id for case in cases]
    assert len(set(ids)) == len(ids) and not {"a0", "a1", "a3"} & set(ids)
    assert not any(id.startswith("c") for id in ids)
    assert [case.design for case in cases].count("random") == 2
    targeted = [case for case in cases if case.design == "targeted"]
    assert max(Counter(case.service.agency for case in targeted).values()) <= 3
    assert [case.priority for case in targeted] == sorted((c.priority for c in targeted), reverse=True)
    # a was audited three times already, so b comes first, and inside b the services asked for most
    assert [case.service.agency for case in targeted[:3]] == ["b"] * 3
    # nobody was drawn from these two of the four outcomes yet, and they are larger than the third
    random = [case for case in cases if case.design == "random"]
    assert {case.stratum for case in random} == {"contradicted", "inconclusive"}
    assert all(case.probability == pytest.approx(1 / 6) for case in random)
    assert all(case.probability is None for case in targeted)


def test_what_was_audited_for_another_reason_is_drawn_like_the_rest(
    thirty: tuple[Round, list[Finding]],
) -> None:
    round, found = thirty
    everyone = tuple(audit(s.id, "verified", "targeted") for s in round.services)
    round = dataclasses.replace(round, verdicts=everyone)
    drawn = {c.service.id for seed in range(40) for c in worklist(round, found, CHECK, size=20, seed=seed)}
    assert drawn == {s.id for s in round.services if s.agency != "c"}


def test_the_next_audits_go_where_neyman_puts_them() -> None:
    samples: dict[Stratum, StratumSample] = {
        "verified": StratumSample(40_000, 200, 180.0),
        "contradicted": StratumSample(10_000, 200, 20.0),
        "inconclusive": StratumSample(50_000, 200, 100.0),
    }
    given = allocate(samples, 9_400)
    spread = {s: sample.size * (sample.share * (1 - sample.share)) ** 0.5 for s, sample in samples.items()}
    for stratum, sample in samples.items():
        wanted = 10_000 * spread[stratum] / sum(spread.values())
        assert sample.drawn + given[stratum] == pytest.approx(wanted, abs=1.5)
    assert sum(given.values()) == 9_400


def test_no_stratum_gives_more_than_it_has() -> None:
    samples: dict[Stratum, StratumSample] = {
        "verified": StratumSample(3, 1, 1.0),
        "partial": StratumSample(2, 0, 0.0),
    }
    assert allocate(samples, 100) == {"verified": 2, "partial": 2}
    assert allocate(samples, 1) == {"verified": 0, "partial": 1}
    assert allocate({}, 5) == {}


@given(st.lists(st.tuples(st.integers(1, 500), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=5))
def test_an_estimate_lies_in_its_interval_and_strata_that_tell_nothing_are_worth_nothing(
    drawn: list[tuple[int, float, float]],
) -> None:
    samples = [StratumSample(size, n := round(size * part), n * share) for size, part, share in drawn]
    estimate = stratified(samples)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    alike = stratified([StratumSample(1000, 100, 40.0)] * 4)
    assert alike.design_effect == pytest.approx(1.0, abs=0.03)
    apart = stratified([StratumSample(1000, 100, 5.0), StratumSample(1000, 100, 95.0)])
    assert apart.design_effect is not None and apart.design_effect < 0.3


def test_the_same_seed_draws_the_same_cases(thirty: tuple[Round, list[Finding]]) -> None:
    round, found = thirty
    reordered = dataclasses.replace(round, services=tuple(reversed(round.services)))

    def drawn(round: Round, seed: int) -> list[AuditCase]:
        return worklist(round, list(reversed(found)), CHECK, size=8, seed=seed)

    assert drawn(round, 1) == drawn(reordered, 1)
    assert {tuple(c.service.id for c in drawn(round, seed)) for seed in range(8)} != {
        tuple(c.service.id for c in drawn(round, 1))
    }
    assert worklist(round, found, CHECK, size=0, seed=1) == []


def test_contradictions_are_listed_apart(
    thirty: tuple[Round, list[Finding]], find: Callable[..., Finding]
) -> None:
    _, found = thirty
    link = find("a", "links.target", "link", "https://a.test/x", "contradicted", "not_found")
    listed = for_rebuttal([*found, link])
    assert len(listed) == 9 and all(f.verdict == "contradicted" for f in listed)
    assert [f.agency for f in listed] == sorted(f.agency for f in listed)
