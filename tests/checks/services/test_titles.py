"""Which wording names which service? Pairs with their truth in data/title_pairs.csv."""

import csv
import random
from dataclasses import replace
from pathlib import Path

import pytest

from checks.services.matching.titles import MATCH, Titles
from claims.model import Service
from claims.packed import PackedRecords, packed

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


@pytest.mark.parametrize("few", [0, 1_000])
def test_titles_of_a_country_are_those_of_its_services(few: int) -> None:
    """Titles that several agencies claim, packed or not; and one of their services under the name that an auditor chose."""
    chance = random.Random(1404)
    every = [service.title for service in TITLES.services]
    services = [
        Service(f"a{n // 5}", f"s{chance.random()}", chance.choice(every), True, code=chance.choice(["1", "2", None]))
        for n in range(500)
    ]  # fmt: skip
    titles = Titles(packed(services, few))
    assert isinstance(titles.services, PackedRecords) == (few == 0)
    chosen = replace(services[7], title=services[70].title)
    for table, own in ((titles, services), (titles.called(chosen), [*services[:7], chosen, *services[8:]])):
        assert list(table.own(chosen)) == own[5:10]
        for text in chance.sample(every, 40):
            best = table.best(text)
            scores = [(table.score(service, text), service.id) for service in own]
            assert (best.score, best.service) == max(scores) if best else max(scores)[0] == 0
    assert list(titles.with_code("1")) == [service for service in services if service.code == "1"]
    assert titles.is_code_of_another(services[0], ["3", "2"]) and not titles.is_code_of_another(
        services[0], ["3"]
    )
    assert (titles.title_of(services[9].id), titles.title_of("nobody")) == (services[9].title, "")
