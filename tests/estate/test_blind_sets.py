"""Sets of portals written from the contract alone, each run once before any rule was made with it in view.

An honest `inconclusive` is allowed where a person would know more; a false contradiction or a false verification is
not. How many of their verdicts were right at first sight stands in docs/performance.md. What those of plain data
miss is titles in other words, addresses from which the entry is two clicks away, and the habits of real pages.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import Any

import pytest

from claims.model import LEVELS
from fixtures.portals.registry import LIVING, SETS
from tests.estate.conftest import Audit
from tests.rounds import judged, parameter


@dataclass(frozen=True, slots=True)
class Unseen:
    """right: share of services with the truth's verdict. reason: and with one of the reasons that it allows. A crawl on a loaded
    machine may leave a row or two open that are right, so both are two rows lower than what was measured.

    levels: services with a level of the truth's, of those for which it has one, less a few.
    """

    name: str
    right: float
    reason: float
    levels: int

    @property
    def truth(self) -> dict[str, dict[str, str]]:
        with (SETS[self.name].truth / "services.csv").open(encoding="utf-8", newline="") as file:
            return {row["subject"]: row for row in csv.DictReader(file)}


UNSEEN = {
    one.name: one
    for one in (
        Unseen("content_systems", 0.975, 0.96, 96),
        Unseen("homemade_systems", 0.975, 0.975, 60),
        Unseen("usual_day", 0.92, 0.91, 45),
        Unseen("two_clicks", 0.76, 0.73, 41),
        Unseen("city_and_licences", 0.78, 0.77, 36),
        Unseen("land_and_farming", 0.84, 0.81, 31),
        Unseen("customs_and_notaries", 0.89, 0.86, 52),
        Unseen("guilds_and_post", 0.83, 0.80, 40),
        Unseen("forecasts_and_pilgrims", 0.84, 0.81, 43),
        Unseen("forests_and_books", 0.86, 0.86, 47),
        Unseen("taxes_and_trains", 0.83, 0.79, 43),
        Unseen("meters_and_plates", 0.84, 0.84, 54),
        Unseen("consulates_and_metros", 0.76, 0.73, 41),
        Unseen("fires_and_archives", 0.86, 0.84, 50),
        Unseen("films_and_taxis", 0.85, 0.83, 43),
        Unseen("taxis_and_nomads", 0.85, 0.84, 46),
        Unseen("wells_and_cemeteries", 0.85, 0.85, 44),
    )
}


# A level above the truth's. Two services are claimed as not electronic, and their pages inform, which their author calls none.
ABOVE = {"ns12", "pp11"}
# Bookings, reports and complaints that are claimed as interactions: their authors give them the level that is claimed.
ABOVE |= {
    "pdamhooran-s09",
    "b1-105",
    "q5-504",
    "f7-702",
    "t1-101",
    "p4-403",
    "x4-402",
    "n8-801",
    "k1-102",
    "k10-1006",
}


@pytest.fixture(scope="module", params=[*map(parameter, UNSEEN)])
def unseen(request: pytest.FixtureRequest) -> Unseen:
    return UNSEEN[request.param]


@pytest.fixture(scope="module")
def results(unseen: Unseen) -> dict[str, Any]:
    return Audit.of(judged(unseen.name)).results


@pytest.fixture(scope="module")
def services(results: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {service["id"]: service for agency in results["agencies"] for service in agency["services"]}


def test_no_false_verdict(services: dict[str, dict[str, Any]], unseen: Unseen) -> None:
    truth = unseen.truth
    assert services.keys() == truth.keys()
    wrong = {
        key: (service["verdict"], service["reason"], truth[key]["verdict"], truth[key]["note"])
        for key, service in services.items()
        if service["verdict"] in ("contradicted", "verified") and service["verdict"] != truth[key]["verdict"]
    }
    assert wrong == {}


def test_verdicts(services: dict[str, dict[str, Any]], unseen: Unseen) -> None:
    truth = unseen.truth
    missed = {
        key: (service["verdict"], truth[key]["verdict"], truth[key]["note"])
        for key, service in services.items()
        if service["verdict"] != truth[key]["verdict"]
    }
    assert len(truth) - len(missed) >= unseen.right * len(truth), missed


def test_reasons(services: dict[str, dict[str, Any]], unseen: Unseen) -> None:
    truth = unseen.truth
    missed = {
        key: (service["reason"], truth[key]["reason"], truth[key]["note"])
        for key, service in services.items()
        if service["verdict"] != truth[key]["verdict"]
        or (service["reason"] or "") not in truth[key]["reason"].split("|")
    }
    assert len(truth) - len(missed) >= unseen.reason * len(truth), missed


def test_levels(services: dict[str, dict[str, Any]], unseen: Unseen) -> None:
    wanted = {key: row["level"].split("|") for key, row in unseen.truth.items() if row["level"]}
    found = {key: services[key]["level"] for key in wanted}
    missed = {key: (found[key], levels) for key, levels in wanted.items() if found[key] not in levels}
    assert len(wanted) - len(missed) >= unseen.levels, missed
    above = {
        key
        for key, (level, levels) in missed.items()
        if level is not None and LEVELS.index(level) > max(map(LEVELS.index, levels))
    }
    assert above <= ABOVE


def test_every_portal_was_reached(results: dict[str, Any]) -> None:
    assert {agency["id"]: agency["reach"]["verdict"] for agency in results["agencies"]} == {
        agency["id"]: "verified" for agency in results["agencies"]
    }


@pytest.mark.thorough
@pytest.mark.parametrize("name", LIVING)
def test_links_that_look_broken_are_not_called_so(name: str) -> None:
    chosen = SETS[name]
    with (chosen.truth / "living.csv").open(encoding="utf-8", newline="") as file:
        living = {row["subject"] for row in csv.DictReader(file)}
    results = Audit.of(judged(chosen.name)).results
    broken = {link["url"] for agency in results["agencies"] for link in agency["links"]["broken"]}
    assert living & broken == set()
