"""The desk keeps in mind who records, for one browser and as long as it is open, and writes down who runs it."""

from __future__ import annotations

import html
import json
import os
from pathlib import Path

import pytest

from govah.os_user import os_user
from tests.reports.desk.rounds import Client, id_of, made, served, verdicts_in

pytestmark = pytest.mark.sockets


def test_whoever_recorded_something_is_not_asked_for_the_name_again(tmp_path: Path) -> None:
    with served(made(tmp_path), "--auditor", "زهرا") as desk:
        remembered(desk)


def remembered(desk: Client) -> None:
    name = 'مریم "م" <b>; رضایی'
    other = desk.other()
    assert 'value="زهرا"' in desk.get("/case/s2").text
    refused = desk.send("/case/s1/verdict", verdict="", auditor=name)
    assert refused.status == 422 and 'value="زهرا"' in desk.get("/case/s2").text
    done = desk.send("/case/s1/verdict", verdict="verified", auditor=name)
    assert done.status == 303 and not done.cookies, (
        "a name in a cookie could come from another port of this host"
    )
    assert f'value="{html.escape(name)}"' in desk.get("/case/s2").text.replace("&#34;", "&quot;")
    assert 'value="زهرا"' in other.get("/case/s2").text
    desk.cookies["govah-auditor"] = "Chief%20Auditor"
    assert "Chief" not in desk.get("/case/s2").text


def test_who_runs_the_desk_stands_beside_the_name_that_was_typed(tmp_path: Path) -> None:
    """A form takes any name, and the key signs what comes of it: the operating system's user is not the form's to choose."""
    round, user = made(tmp_path), os_user()
    assert str(os.getuid()) in user
    with served(round) as desk:
        given = {"auditor": "Chief Auditor", "recorded_by": "chief (0)"}
        assert desk.send("/case/s1/verdict", verdict="verified", **given).status == 303
        path = f"/finding/{id_of('s2')}"
        reply = {
            "by": "m",
            "date": "1404/09/20",
            "stance": "disputes",
            "text": "t",
            "recorded_by": "chief (0)",
        }
        assert desk.send(f"{path}/reply", **reply).status == 303
        answer = {"reply": "r1", "decision": "withdrawn", "by": "Chief Auditor", "text": "t"}
        assert desk.send(f"{path}/answer", **answer).status == 303
        assert user in html.unescape(desk.get("/case/s1").text) + html.unescape(
            desk.get(f"/finding/{id_of('s1')}").text
        )
    (row,) = verdicts_in(round)
    assert (row.auditor, row.recorded_by) == ("Chief Auditor", user)
    ledger = [json.loads(line)["entry"] for line in (round / "replies.jsonl").read_text("utf-8").splitlines()]
    assert [(e["by"], e["recorded_by"]) for e in ledger] == [("m", user), ("Chief Auditor", user)]


def test_rows_and_entries_of_before_are_read_and_added_to(tmp_path: Path) -> None:
    round = made(tmp_path)
    sheet = round / "verdicts.csv"
    sheet.write_text("subject,verdict,auditor,date\ns1,verified,a,1404/08/20\n", encoding="utf-8")
    with served(round) as desk:
        assert desk.send("/case/s2/verdict", verdict="verified", auditor="b").status == 303
    rows = verdicts_in(round)
    assert [(row.auditor, row.recorded_by) for row in rows] == [("a", None), ("b", os_user())]
