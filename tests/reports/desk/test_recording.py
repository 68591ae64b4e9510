"""What people say is recorded with who and when, shows at once, and is what the commands read."""

from __future__ import annotations

import fcntl
import html
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from claims.read import read_replies
from govah import stages
from reports.catalogue import TextCatalogue
from tests import command_server
from tests.hostile import HOSTILE
from tests.keys import made_key
from tests.reports.desk.rounds import Client, id_of, made, served, verdicts_in

pytestmark = pytest.mark.sockets

FA = TextCatalogue("fa")
VERDICT = f"/finding/{id_of('s1')}/verdict"


@pytest.fixture
def round(tmp_path: Path) -> Path:
    return made(tmp_path)


@pytest.fixture
def desk(round: Path) -> Iterator[Client]:
    with served(round, "--auditor", "زهرا") as client:
        yield client


def govah(round: Path, command: str, *arguments: str) -> str:
    environment = {**os.environ, "GOVAH_LANG": "en", "GOVAH_KEY": str(round.parent / "signer.key")}
    done = command_server.govah(command, round, "--json", *arguments, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_verdict_is_recorded_shown_and_counted(round: Path, desk: Client) -> None:
    before = stages.now().date()
    done = desk.send(VERDICT + "?verdict=verified", verdict="contradicted", auditor="زهرا", note="فرم نبود")
    assert done.status == 303
    to = urlsplit(done.headers["location"])
    assert to.path == f"/finding/{id_of('s1')}" and to.fragment == "recorded", "the filter has no other"
    assert parse_qs(to.query) == {"verdict": ["verified"], "done": ["verdict"], "of": ["s1"]}, (
        "the filter is kept"
    )
    page = html.unescape(desk.get(f"{to.path}?{to.query}").text)
    assert FA.text("desk.done_verdict") in page and FA.text("desk.undo") in page
    assert "فرم نبود" in page and FA.text("desk.recorded") in page
    (row,) = verdicts_in(round)
    assert (row.subject, row.verdict, row.auditor, row.note, row.check) == (
        "s1", "contradicted", "زهرا", "فرم نبود", None,
    )  # fmt: skip
    assert before <= row.date <= stages.now().date()
    assert (row.design, row.probability, row.batch) == ("targeted", None, None), "it was not drawn"
    listed = desk.get("/findings?audited=yes").text
    assert id_of("s1") in listed and id_of("s2") not in listed
    (rate,) = json.loads(govah(round, "score"))["national"]["error_rates"]
    assert rate["check"] == "services.entry" and rate["known_errors"] == 1


def test_a_verdict_on_another_check_is_on_its_question_alone(round: Path, desk: Client) -> None:
    path = f"/finding/{id_of('s1', 'services.login')}"
    assert (
        desk.send(f"{path}/verdict", verdict="verified", auditor="a", subject="s2", check="x").status == 303
    )
    (row,) = verdicts_in(round)
    assert (row.subject, row.check, row.design, row.probability, row.batch) == (
        "s1", "services.login", "targeted", None, None,
    )  # fmt: skip
    listed = desk.get("/findings?audited=yes").text
    assert id_of("s1", "services.login") in listed and id_of("s1") not in listed


@pytest.mark.parametrize(
    "given", [{"verdict": "perhaps"}, {"auditor": "  "}, {"note": "ن" * 4001}, {"verdict": ""}]
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(
    round: Path, desk: Client, given: dict[str, str]
) -> None:
    values = {"verdict": "partial", "auditor": "م. <b>رضایی</b>", "note": "یادداشت {{7*7}}", **given}
    answer = desk.send(VERDICT, **values)
    page = html.unescape(answer.text)
    assert answer.status == 422 and 'role="alert"' in page and FA.text("desk.not_recorded") in page
    assert "<b>رضایی" not in answer.text and values["note"] in page
    if values["verdict"] == "partial":
        assert 'value="partial" data-key="p" required checked' in answer.text
    assert not (round / "verdicts.csv").exists()


@pytest.mark.thorough
def test_two_browsers_and_a_command_lose_nothing(round: Path, desk: Client) -> None:
    (round / "verdicts.csv").write_bytes("﻿subject;mine;verdict;auditor;date\r\n".encode())
    others = [desk.other() for _ in range(4)]
    failed: list[int] = []

    def judge(client: Client, who: int) -> None:
        for number in range(5):
            values = {"verdict": "verified", "auditor": f"{who}-{number}"}
            while (status := client.send(VERDICT, **values).status) == 422:
                """Somebody was faster: the form is opened anew."""
            if status != 303:
                failed.append(status)

    threads = [threading.Thread(target=judge, args=(c, n)) for n, c in enumerate(others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    raw = (round / "verdicts.csv").read_bytes().decode()
    assert not failed and raw.startswith("﻿subject;mine;verdict;auditor;date;") and raw.count("\r\n") == 21
    assert sorted(v.auditor for v in verdicts_in(round)) == sorted(
        f"{w}-{n}" for w in range(4) for n in range(5)
    )
    json.loads(govah(round, "score"))


def test_what_others_write_meanwhile_shows_and_a_broken_sheet_is_told(round: Path, desk: Client) -> None:
    sheet = round / "verdicts.csv"
    heading = "subject,verdict,auditor,date\n"
    sheet.write_text(f"{heading}s1,verified,از بیرون,1404/08/20\n", encoding="utf-8")
    assert "از بیرون" in desk.get(f"/finding/{id_of('s1')}").text
    sheet.write_text(f"{heading}s1,perhaps,ناخوانا,1404/08/20\n", encoding="utf-8")
    page = desk.get(f"/finding/{id_of('s1')}").text
    assert "از بیرون" in page and "ناخوانا" not in page
    assert FA.text("desk.unread", file="verdicts.csv").partition("govah")[0] in page
    refused = desk.send(VERDICT, verdict="verified", auditor="x")
    assert refused.status == 422 and "ناخوانا" in sheet.read_text(encoding="utf-8")


def test_a_program_that_holds_the_folder_does_not_hold_those_who_read(round: Path, desk: Client) -> None:
    """More forms than there are threads wait for a lock that is not given."""
    mark, holding = desk.mark(), os.open(round, os.O_RDONLY)
    fcntl.flock(holding, fcntl.LOCK_EX)
    told: list[int] = []

    def judge() -> None:
        values = {"mark": mark, "verdict": "verified", "auditor": "x"}
        told.append(Client(desk.port, dict(desk.cookies)).post(VERDICT, values).status)

    threads = [threading.Thread(target=judge) for _ in range(45)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [422] * 45 and desk.get("/").status == 200
    os.close(holding)
    assert desk.send(VERDICT, verdict="verified", auditor="x").status == 303


def test_results_that_are_being_written_or_gone_are_told_and_nothing_stands_still(
    round: Path, desk: Client
) -> None:
    told = FA.text("desk.unread", file="results.json").partition("govah")[0]
    for name in ("results.json", "findings.jsonl"):
        path = round / "results" / name
        kept = path.read_bytes()
        for content in (None, b"[]\n", b'{"agencies": 5}\n', b"\xff\xfe", kept[:-50], b"[" * 100_000):
            path.unlink()
            if content is not None:
                path.write_bytes(content)
            for page in ("/", "/findings", f"/finding/{id_of('s1')}"):
                answer = desk.get(page)
                assert answer.status == 200 and told in answer.text, (name, content, page)
            path.write_bytes(kept)
            assert told not in desk.get("/").text
    assert desk.send(VERDICT, verdict="verified", auditor="پس از آن").status == 303
    assert "پس از آن" in desk.get(f"/finding/{id_of('s1')}").text


def test_a_reply_is_signed_into_the_ledger_and_answered(round: Path, desk: Client) -> None:
    path = f"/finding/{id_of('s2')}"
    values = {"by": "مدیر فناوری", "date": "۱۴۰۴/۰۹/۲۰", "stance": "disputes", "about": "finding"}
    bad = desk.send(f"{path}/reply", **{**values, "date": "دیروز"}, text="متن")
    assert bad.status == 422 and "دیروز" in bad.text and not (round / "replies.csv").exists()
    done = desk.send(f"{path}/reply", **values, text=f"فرم هست {HOSTILE['script']}", contact="a@a1.test")
    assert done.status == 303 and "done=reply" in done.headers["location"]
    page = desk.get(path).text
    assert "فرم هست &lt;script&gt;" in page and "a@a1.test" not in page, (
        "where to reach them is shown nowhere"
    )
    (reply,) = read_replies(round) or ()
    assert (reply.id, reply.agency, reply.subject, reply.stance) == ("r1", "a1", id_of("s2"), "disputes")
    said = json.loads(govah(round, "replies"))
    assert said["received_now"] == 0 and said["replies"][0]["state"] == "received"
    assert id_of("s2") in desk.get("/findings?reply=received").text
    wrong = desk.send(f"{path}/answer", reply="r9", decision="answered", by="زهرا", text="؟")
    assert wrong.status == 422 and "r9" in wrong.text
    withdrawn = desk.send(f"{path}/answer", reply="r1", decision="withdrawn", by="زهرا", text="خطای ما بود")
    assert withdrawn.status == 303
    page = html.unescape(desk.get(path).text)
    assert FA.text("reason.own_error") in page and "خطای ما بود" in page, "it counts as our own error at once"
    ledger = [json.loads(line)["entry"] for line in (round / "replies.jsonl").read_text("utf-8").splitlines()]
    assert [(e["event"], e["by"]) for e in ledger] == [("received", "مدیر فناوری"), ("withdrawn", "زهرا")]
    assert id_of("s2") not in desk.get("/findings?verdict=contradicted").text


def test_without_the_key_of_the_evidence_no_reply_is_written(round: Path, tmp_path: Path) -> None:
    with served(round, "--key", str(made_key(tmp_path / "other.key"))) as desk:
        answer = desk.send(
            f"/finding/{id_of('s2')}/reply", by="m", date="1404/09/20", stance="disputes", text="متن"
        )
    assert answer.status == 422 and "متن" in answer.text
    assert not (round / "replies.csv").exists() and not (round / "replies.jsonl").exists()


def test_the_evidence_and_the_results_are_left_alone(round: Path, desk: Client) -> None:
    def content(folder: Path) -> dict[str, bytes]:
        return {
            str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file() and not p.name.endswith("-shm")
        }

    before = content(round / "evidence") | content(round / "results")
    for path in (
        "/",
        "/findings",
        "/worklist",
        "/agency/a1",
        f"/finding/{id_of('s1')}",
        "/capture/c2/picture",
    ):
        assert desk.get(path).status == 200
    desk.send(VERDICT, verdict="verified", auditor="x")
    assert content(round / "evidence") | content(round / "results") == before


def test_behind_a_ledger_that_was_changed_nothing_is_written(round: Path, desk: Client) -> None:
    (round / "replies.jsonl").write_bytes(b'{"entry":{},"signature":""}\n')
    answer = desk.send(
        f"/finding/{id_of('s2')}/reply", by="m", date="1404/09/20", stance="disputes", text="متن"
    )
    assert answer.status == 422 and "govah verify" in answer.text
    assert not (round / "replies.csv").exists()
    assert (round / "replies.jsonl").read_bytes() == b'{"entry":{},"signature":""}\n'
