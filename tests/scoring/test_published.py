"""The arithmetic of the published round: 107 + 26 + 7 + 4 = 144 = 167 − 23."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checks.finding import Finding
from claims.model import Agency, Round, Service
from scoring.electronic import band, bands
from scoring.model import Model
from scoring.score import score

PUBLISHED = {"100": 107, "80-100": 26, "50-80": 7, "0-50": 4}
# electronic services of ten that put an agency into the band
OF_TEN = {"100": 10, "80-100": 8, "50-80": 5, "0-50": 4}


@pytest.fixture(scope="module")
def published(make_round: Callable[..., Round]) -> Round:
    agencies: list[Agency] = []
    services: list[Service] = []
    for name, count in PUBLISHED.items():
        for _ in range(count):
            agency = Agency(f"a{len(agencies)}", "A", "main", "https://a.test/")
            agencies.append(agency)
            services += [
                Service(agency.id, f"{agency.id}-{n}", "t", electronic=n < OF_TEN[name]) for n in range(10)
            ]
    silent = [Agency(f"n{n}", "N", "executive", "https://n.test/", cooperated=False) for n in range(23)]
    # one of those that did not cooperate is known to have services all the same
    services.append(Service("n0", "n0-0", "t", electronic=True))
    return make_round([*agencies, *silent], services)


@pytest.mark.slow
def test_the_published_round(published: Round, model: Model) -> None:
    national = score(published, (), model).national
    assert (national.agencies, national.cooperated) == (167, 144)
    assert national.bands == PUBLISHED
    assert sum(national.bands.values()) == 144 == 167 - 23
    assert national.electronic.services == 1440
    assert national.electronic.ratio(national.electronic.declared) == pytest.approx(
        (107 * 10 + 26 * 8 + 7 * 5 + 4 * 4) / 1440
    )
    # nothing was seen, so nothing is verified and everything is possible
    assert national.bands_verified == {"100": 0, "80-100": 0, "50-80": 0, "0-50": 144}
    assert national.electronic.verified == 0 and national.electronic.possible == national.electronic.declared


@pytest.mark.slow
def test_those_that_did_not_cooperate_stand_apart(
    published: Round, model: Model, find: Callable[..., Finding]
) -> None:
    seen = find(
        "n0", "services.entry", "service", "n0-0", "verified", "transaction_entry", level="transaction"
    )
    scores = score(published, (seen,), model)
    silent = scores.of("n0")
    assert silent.not_ranked == "did_not_cooperate" and silent.rank is None
    assert silent.electronic.verified == 1 and silent.score.verified is not None and silent.score.verified > 0
    assert scores.national == score(published, (), model).national


@pytest.mark.parametrize(
    ("ratio", "name"),
    [(1.0, "100"), (0.999, "80-100"), (0.8, "80-100"), (4 / 5, "80-100"), (0.7999, "50-80"), (0.5, "50-80"),
     (0.4999, "0-50"), (0.0, "0-50"), (sum([0.1] * 8), "80-100"), (sum([0.1] * 10), "100")],
)  # fmt: skip
def test_bands_are_half_open(ratio: float, name: str) -> None:
    assert band(ratio) == name


def test_band_counts_add_up() -> None:
    assert sum(bands(n / 100 for n in range(101)).values()) == 101


def test_a_service_that_the_question_does_not_apply_to_is_in_no_sum(
    make_round: Callable[..., Round], model: Model, find: Callable[..., Finding]
) -> None:
    agency = Agency("a", "A", "main", "https://a.test/")
    services = [Service("a", f"a-{n}", "t", electronic=n < 3) for n in range(4)]
    apart = find("a", "services.entry", "service", "a-0", "not_applicable")
    electronic = score(make_round([agency], services), (apart,), model).of("a").electronic
    assert (electronic.services, electronic.declared, electronic.possible) == (3, 2, 2)
