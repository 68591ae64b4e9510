"""The desk keeps in mind who records, for one browser and as long as it is open."""

from __future__ import annotations

import html
from pathlib import Path

import pytest

from tests.reports.desk.rounds import Client, made, served

pytestmark = pytest.mark.sockets


def test_whoever_recorded_something_is_not_asked_for_the_name_again(tmp_path: Path) -> None:
    with served(made(tmp_path), "--auditor", "زهرا") as desk:
        remembered(desk)


def remembered(desk: Client) -> None:
    name = 'مریم "م" <b>; رضایی'
    other = Client(desk.port)
    assert 'value="زهرا"' in desk.get("/case/s2").text
    refused = desk.send("/case/s1/verdict", verdict="", auditor=name)
    assert refused.status == 422 and 'value="زهرا"' in desk.get("/case/s2").text
    done = desk.send("/case/s1/verdict", verdict="verified", auditor=name)
    (cookie,) = (one for one in done.cookies if one.startswith("govah-auditor="))
    assert done.status == 303 and "HttpOnly" in cookie and "samesite=strict" in cookie.lower()
    assert "expires" not in cookie.lower() and "max-age" not in cookie.lower(), (
        "gone when the browser is closed"
    )
    assert f'value="{html.escape(name)}"' in desk.get("/case/s2").text.replace("&#34;", "&quot;")
    assert 'value="زهرا"' in other.get("/case/s2").text
    desk.cookies["govah-auditor"] = "%FF" + "x" * 3_000
    assert desk.get("/case/s2").status == 200 and "x" * 201 not in desk.get("/case/s2").text
