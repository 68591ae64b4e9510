"""Changes of a country do not fit the memory: many are told as few are, and none of them is held."""

from __future__ import annotations

import random
import tracemalloc
from collections import Counter
from collections.abc import Iterator

import pytest

from checks.finding import VERDICTS, Finding, Subject
from reports import changes_table
from reports.catalogue import TextCatalogue
from reports.causes import CAUSES, LoadedJudgement
from reports.changes import KINDS, FindingChange, JudgementComparison, StoredChanges, by_weight
from reports.changes_table import ChangeNames, tables
from reports.claim_lines import ClaimLines


def _changes(count: int, words: int = 3) -> Iterator[FindingChange]:
    chance = random.Random(25)
    for number in range(count):
        subject = Subject("service", f"s{chance.randrange(10**9)}", "https://a.test/é\udc80")
        observed = {"excerpt": [f"واژه {number}/{place}" for place in range(words)]}
        before, after = (
            Finding(f"a{number % 7}", subject, "services.entry", 1, verdict, None, observed)
            for verdict in chance.sample(VERDICTS, 2)
        )
        kind, cause = chance.choice(KINDS), chance.choice(CAUSES)
        yield FindingChange(before, after, kind, (cause,), {"url": (None, number)}, None)


def test_many_changes_come_in_the_order_of_few() -> None:
    few, many = by_weight(_changes(200)), by_weight(_changes(200), few=199)
    assert isinstance(few, tuple) and isinstance(many, StoredChanges)
    assert tuple(many) == few and many[-1] == few[-1] and many[3:5] == list(few[3:5])
    weights = [(KINDS.index(one.kind), CAUSES.index(one.causes[0])) for one in few]
    assert weights == sorted(weights) and len(set(weights)) > 20


def test_many_changes_are_not_held() -> None:
    tracemalloc.start()
    held = by_weight(_changes(1_500, words=40), few=1_500)
    objects = tracemalloc.get_traced_memory()[0]
    del held
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    stored = by_weight(_changes(1_500, words=40), few=10)
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert len(stored) == 1_500 and peak < objects / 8


@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_terminal_lists_some_and_counts_all(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes_table, "_MOST_SHOWN", 5)
    changes = by_weight(_changes(300), few=0)
    counts = Counter((one.kind, one.causes) for one in changes)
    comparison = JudgementComparison(changes, counts, 0, 0, False, (), True, (), ())
    side = LoadedJudgement((), ClaimLines(()), None, None, None, lambda _: (), lambda _: True)
    text = TextCatalogue(language).text  # type: ignore[arg-type]
    told = list(tables(comparison, ChangeNames(side, side, text), text, str))
    numbers, listed = told[0], [table for table in told if table.show_lines]
    assert numbers.row_count == len({one.causes for one in changes})
    assert [table.row_count for table in listed] == [5] * 6
    accused = sum(one.kind == "accused" for one in changes)
    assert f"({accused})" in str(listed[0].title) and str(accused - 5) in str(listed[0].caption)
