"""Which wording names which service? Pairs with their truth in data/title_pairs.csv."""

import csv
from pathlib import Path

import pytest

from checks.services.titles import MATCH, Titles
from claims.model import Service

ROWS = list(csv.DictReader((Path(__file__).parent / "data" / "title_pairs.csv").open(encoding="utf-8")))
TUNING = [
    (row["truth"], row["title"], row["text"], row["known_miss"]) for row in ROWS if row["half"] == "tuning"
]
TITLES = Titles(
    Service("a", f"s{number}", title, True)
    for number, title in enumerate(dict.fromkeys(row["title"] for row in ROWS))
)
BY_TITLE = {service.title: service for service in TITLES.services}


@pytest.mark.parametrize(("truth", "title", "text", "known_miss"), TUNING)
def test_a_pair(truth: str, title: str, text: str, known_miss: str) -> None:
    score = TITLES.score(BY_TITLE[title], text)
    right = (score >= MATCH) == (truth == "same")
    assert right != bool(known_miss), (score, title, text)


def test_every_title_names_itself_best() -> None:
    for service in TITLES.services:
        best = TITLES.best(service.title)
        assert best is not None
        assert (best.service, best.score) == (service.id, 1.0)


def test_digits_of_any_script_are_one() -> None:
    service = BY_TITLE["صدور مجوز تأسیس آموزشگاه پایه یک"]
    assert TITLES.score(service, "صدور مجوز تأسیس آموزشگاه پایه ١") == 1.0
    assert TITLES.score(service, "صدور مجوز تأسیس آموزشگاه پایه 3") == 0.0
