"""Which wording names which service? Pairs with their truth in data/title_pairs.csv."""

import csv
from pathlib import Path

import pytest

from checks.services.matching.titles import MATCH, Titles
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


@pytest.mark.parametrize(
    ("text", "tied"),
    [
        ("صدور و تمدید پروانه کسب", True),  # one page for both acts
        ("۳- صدور پروانه کسب | اتاق اصناف", True),
        ("صدور پروانه كسب (جواز)", True),
        ("صدور پروانه کسب آسان شد", False),  # a sentence is news
        ("تمدید پروانه کسب", False),
        ("نمایشگاه پروانه کسب", False),
        ("صدور پروانه غیرکسب", False),
    ],
)
def test_what_stands_around_a_title(text: str, tied: bool) -> None:
    assert (TITLES.score(BY_TITLE["صدور پروانه کسب"], text) >= MATCH) == tied


def test_a_title_with_an_aside_that_says_nothing_more() -> None:
    titles = Titles([Service("a", "s", "صدور پروانه کسب (برای)", True)])
    assert titles.score(titles.services[0], "صدور پروانه کسب") == 1.0
