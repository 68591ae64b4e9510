"""A worklist becomes verdicts.csv, and verdicts.csv an estimate: by their probabilities, and rightly."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.finding import Finding
from claims import records
from claims.model import Agency, AuditorVerdict, Round, Service
from claims.read import load_round
from reports.desk.append import append
from reports.desk.batches import batch_rows
from scoring.estimate import SubjectAudit, sample_of, stratified, weights_of
from scoring.worklist import COLUMNS, AuditCase, batch_of, draw_seed, drawn_cases, rows, worklist
from tests.scoring.conftest import national_estimate

CHECK = "services.entry"
OUTCOMES = ("verified", "contradicted", "inconclusive")


def true(service: Service) -> bool:
    """What an auditor would find: most of what the crawl verified, little of what it refuted, half of what it left open."""
    agency, _, number = service.id.partition("-")
    return int(number) % (10, 3, 2)[int(number) % 3] != 1 or agency == "a0"


@pytest.fixture(scope="module")
def country(make_round: Callable[..., Round], find: Callable[..., Finding]) -> tuple[Round, list[Finding]]:
    """Ten agencies with thirty services each, in three outcomes of equal size."""
    agencies = [Agency(f"a{n}", f"a{n}", "main", f"https://a{n}.test/") for n in range(10)]
    services = [Service(a.id, f"{a.id}-{n}", "title", True) for a in agencies for n in range(30)]
    found = [
        find(s.agency, CHECK, "service", s.id, OUTCOMES[int(s.id.partition("-")[2]) % 3], None)
        for s in services
    ]
    return make_round(agencies, services), found


def judged(round: Round, cases: Sequence[AuditCase], batch: str) -> Round:
    """The round after an auditor who is always right."""
    more = [
        AuditorVerdict(
            case.service.id,
            "verified" if true(case.service) else "contradicted",
            "auditor",
            dt.date(2025, 12, 3),
            case.design,
            case.probability,
            batch=batch,
        )
        for case in cases
    ]
    return dataclasses.replace(round, verdicts=(*round.verdicts, *more))


def truth(round: Round) -> float:
    return sum(map(true, round.services)) / len(round.services)


def test_the_rows_of_a_worklist_filled_in_are_read_and_estimated(
    tmp_path: Path, country: tuple[Round, list[Finding]]
) -> None:
    round, found = country
    lines = "".join(f"{a.id},{a.name},main,{a.portal}\n" for a in round.agencies)
    (tmp_path / "round.toml").write_text('[round]\nid = "r"\n', encoding="utf-8")
    (tmp_path / "agencies.csv").write_text("agency,name,kind,portal\n" + lines, encoding="utf-8")
    lines = "".join(f"{s.agency},{s.id},{s.title},yes\n" for s in round.services)
    (tmp_path / "services.csv").write_text("agency,service,title,electronic\n" + lines, encoding="utf-8")
    services = {s.id: s for s in round.services}
    filled = [list(COLUMNS)]
    here = load_round(tmp_path).round
    for size in (20, 40, 300, 1200):
        cases = worklist(here, found, CHECK, size=size, seed=1)
        drawn = drawn_cases(cases, batch_of(here))
        text = rows([case.subject for case in drawn], batch_of(here))
        append(tmp_path, "batches", batch_rows(drawn), records.drawn_case)
        assert text.startswith("\ufeff")
        given = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
        assert given[0] == list(COLUMNS) and len(given) == len(cases) + 1
        for subject, *_, batch, note in given[1:]:
            word = "verified" if true(services[subject]) else "contradicted"
            filled.append([subject, word, "auditor", "1404/09/12", batch, note])
        out = io.StringIO()
        csv.writer(out).writerows(filled)
        (tmp_path / "verdicts.csv").write_text("\ufeff" + out.getvalue(), encoding="utf-8")
        reading = load_round(tmp_path)
        assert reading.warnings == ()
        here = reading.round
        random = [v for v in here.verdicts if v.design == "random"]
        assert len({v.subject for v in random}) == len(random), "drawn twice"
        estimate = national_estimate(here, found, CHECK)
        assert estimate is not None and estimate.audits == len(random)
    assert {v.batch for v in here.verdicts} == {"b1", "b2", "b3", "b4"}
    # by then everything was drawn: the truth, and nothing to be unsure of
    assert estimate is not None
    assert (estimate.low, estimate.value, estimate.high) == pytest.approx((truth(round),) * 3)


@pytest.mark.slow
def test_batches_of_a_worklist_estimate_without_bias_and_their_intervals_hold(
    country: tuple[Round, list[Finding]],
) -> None:
    round, found = country
    values, held = [], 0
    for seed in range(150):
        here = round
        for size in (60, 100, 140):
            here = judged(here, worklist(here, found, CHECK, size=size, seed=seed), batch_of(here))
        estimate = national_estimate(here, found, CHECK)
        assert estimate is not None and estimate.audits == 60
        values.append(estimate.value)
        held += estimate.low <= truth(round) <= estimate.high
    assert statistics.fmean(values) == pytest.approx(
        truth(round), abs=0.02
    )  # leans to one half by (k+1)/(n+2)
    assert held >= 0.92 * len(values)


def test_services_drawn_by_size_are_weighed_by_their_probability(
    country: tuple[Round, list[Finding]],
) -> None:
    """An auditor's own sample, which takes large agencies ten times as often, and in large agencies nearly all is true."""
    random = np.random.default_rng(1404)
    real = np.arange(400) % 10 != 0
    real[100:] = np.arange(300) % 10 == 0
    chance = np.where(np.arange(400) < 100, 0.5, 0.05)
    weighed, plain = [], []
    for _ in range(300):
        taken = np.flatnonzero(random.random(400) < chance)
        audits = [SubjectAudit(float(real[i]), float(chance[i])) for i in taken]
        estimate = stratified([sample_of(400, audits)])
        weighed.append(estimate.value)
        plain.append(stratified([sample_of(400, [SubjectAudit(a.confirmed) for a in audits])]).value)
    assert real.mean() == pytest.approx(0.3)
    assert statistics.fmean(weighed) == pytest.approx(0.3, abs=0.03)
    assert statistics.fmean(plain) > 0.6


def test_what_was_drawn_from_one_outcome_and_judged_anew_weighs_by_its_draw() -> None:
    """Nine in ten of the services were `verified` and drawn at 0.1, one in ten `open` and drawn at 1; now all are one outcome."""
    audits = [SubjectAudit(1.0, 0.1, "b1")] * 9 + [SubjectAudit(0.0, 1.0, "b1")] * 10
    sample = sample_of(100, audits)
    assert sample.weighted == 1.0 and sample.effective == pytest.approx(9.0)
    # 90 of 100 are true; the rest of 81 is judged by the nine that stand for it
    assert stratified([sample]).value == pytest.approx((9 + 81 * 10 / 11) / 100)


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(1e-6, 0.9)), min_size=1, max_size=3), st.data())
def test_batches_that_were_each_drawn_alike_weigh_by_their_size(
    batches: list[tuple[int, float]], data: st.DataObject
) -> None:
    audits = [
        SubjectAudit(float(data.draw(st.booleans())), probability, f"b{number}")
        for number, (more, probability) in enumerate(batches)
        for _ in range(more + 1)
    ]
    assert weights_of(audits) == [1.0] * len(audits)
    assert sample_of(1000, audits) == sample_of(1000, [SubjectAudit(a.confirmed) for a in audits])


@pytest.mark.parametrize("probability", [None, 1.0, 5e-324])
def test_one_probability_and_none_weigh_alike(probability: float | None) -> None:
    assert weights_of([SubjectAudit(1.0, probability)] * 3) == [1.0] * 3
    assert weights_of([SubjectAudit(1.0, probability), SubjectAudit(1.0, None)]) == [1.0, 1.0]


def test_a_verdict_on_another_question_is_none_on_the_service(country: tuple[Round, list[Finding]]) -> None:
    round, found = country
    card: Any = AuditorVerdict(
        "a0-0", "contradicted", "x", dt.date(2025, 12, 3), "random", check="services.card"
    )
    assert national_estimate(dataclasses.replace(round, verdicts=(card,)), found, CHECK) is None


def test_nobody_knows_the_draw_before_the_crawl_and_anybody_can_repeat_it(
    country: tuple[Round, list[Finding]],
) -> None:
    round, found = country
    seeds = {draw_seed(1404, None), draw_seed(1404, "00"), draw_seed(1404, "01"), draw_seed(1405, "00")}
    assert len(seeds) == 4 and draw_seed(1404, "00") == draw_seed(1404, "00")
    lists = [worklist(round, found, CHECK, size=60, seed=seed) for seed in sorted(seeds)]
    assert len({tuple(c.service.id for c in cases) for cases in lists}) == 4
    assert lists[0] == worklist(round, found, CHECK, size=60, seed=min(seeds))


def test_a_batch_asks_no_agency_for_more_than_three_and_knows_the_odds(
    country: tuple[Round, list[Finding]],
) -> None:
    round, found = country
    cases = worklist(round, found, CHECK, size=20, seed=5)
    assert len(cases) == 20
    assert max(Counter(case.service.agency for case in cases).values()) <= 3
    random = [case for case in cases if case.design == "random"]
    per_stratum = Counter(case.stratum for case in random)
    assert all(case.probability == per_stratum[case.stratum] / 100 for case in random)
    assert all(case.probability is None for case in cases if case.design == "targeted")
