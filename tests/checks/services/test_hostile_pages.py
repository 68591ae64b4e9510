"""Honest pages that a rule could misread, in three looks, usually each in one. The rows are in `hostile_pages`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from claims.model import Service
from tests.checks.service_pages import LOOKS, PORTAL
from tests.checks.services.hostile_pages import ROWS, Hostile


def _cases() -> Iterator[Any]:
    for number, (name, row) in enumerate(ROWS.items()):
        for turn, look in enumerate(LOOKS):
            marks = [] if number % len(LOOKS) == turn else [pytest.mark.thorough]
            yield pytest.param(row, look, id=f"{name}, {look}", marks=marks)


@pytest.mark.parametrize(("row", "look"), list(_cases()))
def test_a_hostile_page(seen: Any, row: Hostile, look: str) -> None:
    def page(heading: str, body: str, *, home: bool = False) -> str:
        return LOOKS[look](heading, body + ("" if home and row.hidden_at_home else row.side))

    seen.services = (
        Service("portal", "claim", row.title, True, f"{PORTAL}s/7", level="transaction"),
        *(Service("portal", f"other{n}", title, True) for n, title in enumerate(row.others)),
    )
    seen.http(PORTAL, page("سازمان", "به درگاه سازمان خوش آمدید", home=True), purpose="home", at=1)
    for at, (where, heading) in enumerate(
        (("news", "اخبار"), ("about", "درباره سازمان"), ("rules", "قوانین"))
    ):
        seen.http(
            PORTAL + where,
            page(heading, f"<p>نوشته شماره {at} درباره کارهای سازمان در استان‌ها.</p>"),
            at=2 + at,
        )
    for where, heading, body in row.also:
        seen.http(PORTAL + where.lstrip("/"), page(heading, body), at=8)
    claimed = row.body if row.bare else page(row.heading or row.title, row.body)
    seen.twice(f"{PORTAL}s/7", claimed, purpose="claim")
    seen.account()
    finding = seen.of("services.entry")["claim"]
    said = {finding.verdict, f"{finding.verdict}/{finding.reason}"}
    assert not said & set(row.never), f"{finding.verdict}/{finding.reason}: {finding.observed}"
