"""A batch from its draw to its end: who judges what, what opens next, what is taken back, and who was faster."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from checks.finding import Finding, Subject
from claims.read import load_round, read_draws, read_verdicts
from reports.blinding import withheld_of
from reports.catalogue import TextCatalogue
from scoring.worklist import batch_in_work
from tests import command_server
from tests.reports.desk.rounds import Client, id_of, made, score, served, verdicts_in

pytestmark = pytest.mark.sockets

FA = TextCatalogue("fa")


@pytest.fixture
def round(tmp_path: Path) -> Path:
    return made(tmp_path)


@pytest.fixture
def desk(round: Path) -> Iterator[Client]:
    with served(round, "--auditor", "زهرا") as client:
        yield client


def govah(round: Path, command: str, *arguments: str) -> str:
    environment = {**os.environ, "GOVAH_LANG": "en", "GOVAH_KEY": str(round.parent / "signer.key")}
    done = command_server.govah(command, round, *arguments, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def judge(desk: Client, service: str, verdict: str, auditor: str = "زهرا", **more: str) -> str:
    """Where it leads."""
    done = desk.send(f"/case/{service}/verdict", verdict=verdict, auditor=auditor, **more)
    assert done.status == 303, html.unescape(done.text)
    return done.headers["location"]


def refusal(desk: Client, path: str, key: str, **values: str) -> None:
    answer = desk.send(path, **values)
    assert answer.status == 422 and FA.text(f"desk.{key}", batch="b1") in html.unescape(answer.text)


def test_a_batch_is_drawn_once_judged_whole_and_numbered_alike_everywhere(round: Path, desk: Client) -> None:
    assert FA.text("desk.no_batch") in html.unescape(desk.get("/worklist").text)
    refusal(desk, "/worklist/draw", "no_number", size="many")
    refusal(desk, "/worklist/draw", "no_number", size="0")
    desk.draw()
    refusal(desk, "/worklist/draw", "batch_in_work", size="50")
    drawn = {case.subject: case for case in read_draws(round) or ()}
    assert set(drawn) == {"s1", "s2", "s3"}
    listed = json.loads(govah(round, "worklist", "--json"))
    assert listed["batch"] == "b1" and [case["service"] for case in listed["audit"]] == ["s1", "s2", "s3"]
    assert "/case/s2?" in judge(desk, "s1", "verified"), "the next case opens"
    assert "/case/s3?" in judge(desk, "s2", "could_not_tell")
    assert json.loads(govah(round, "worklist", "--json"))["batch"] == "b1"
    assert judge(desk, "s3", "partial").startswith("/worklist?")
    assert json.loads(govah(round, "worklist", "--json"))["batch"] == "b2"
    rows = {row.subject: row for row in verdicts_in(round)}
    assert {s: (r.design, r.probability, r.batch) for s, r in rows.items()} == {
        s: (drawn[s].design, drawn[s].probability, "b1") for s in ("s1", "s3")
    }
    sheet = (round / "verdicts.csv").read_text(encoding="utf-8-sig")
    assert not {row["probability"] for row in csv.DictReader(io.StringIO(sheet))} - {""}
    refusal(desk, "/worklist/draw", "nothing_to_draw", size="50")


def test_the_desk_draws_what_the_command_draws(tmp_path: Path) -> None:
    """Agencies where govah fails often come first, and often is by all of their findings: here by those of links."""

    def one(agency: str, kind: str, id: str, check: str, verdict: str, reason: str | None) -> Finding:
        return Finding(agency, Subject(kind, id, f"http://{agency}.test/{id}"), check, 1, verdict, reason)  # type: ignore[arg-type]

    services = [(agency, f"{agency}-{n:02}") for agency in ("a1", "a2") for n in range(12)]
    found = [
        one(
            agency,
            "link",
            f"{agency}/{n}",
            "links.target",
            "inconclusive",
            "own_error" if agency == "a1" else "timeout",
        )
        for agency in ("a1", "a2")
        for n in range(6)
    ]
    found += [
        one(
            agency,
            "service",
            id,
            "services.entry",
            "inconclusive",
            "own_error" if id == "a1-11" else "timeout",
        )
        for agency, id in services
    ]
    round = made(tmp_path, found=found)
    rows = "".join(
        f"{agency},{id},خدمت {id},yes,http://{agency}.test/{id},transaction\n" for agency, id in services
    )
    (round / "services.csv").write_text(
        "agency,service,title,electronic,url,level\n" + rows, encoding="utf-8"
    )
    score(round)
    govah(round, "worklist", "--csv", "--size", "5")
    by_command = (round / "batches.csv").read_bytes()
    (round / "batches.csv").unlink()
    with served(round, "--auditor", "x") as desk:
        desk.draw(5)
    assert (round / "batches.csv").read_bytes() == by_command
    assert "a1-11" in {case.subject for case in read_draws(round) or ()}, "who fails us often comes first"


def test_rows_that_were_handed_out_are_the_batch_of_the_desk(round: Path, desk: Client) -> None:
    printed = govah(round, "worklist", "--csv", "--size", "2")
    assert len(read_draws(round) or ()) == 2 and printed == govah(round, "worklist", "--csv", "--size", "3")
    assert "probability" not in printed and "design" not in printed
    assert "<code>b1</code>" in desk.get("/worklist").text
    judged = printed.replace(",,,,b1,", ",verified,x,1404/09/20,b1,")
    (round / "verdicts.csv").write_text(judged, encoding="utf-8")
    assert batch_in_work(load_round(round).round) is None
    draws = {case.subject: case.probability for case in read_draws(round) or ()}
    assert {row.subject: row.probability for row in verdicts_in(round)} == draws


def test_a_verdict_is_taken_back_by_a_further_row(round: Path, desk: Client) -> None:
    desk.draw()
    to = urlsplit(judge(desk, "s1", "contradicted"))
    page = html.unescape(desk.get(f"{to.path}?{to.query}").text)
    assert FA.text("desk.undo") in page and parse_qs(to.query)["of"] == ["s1"]
    undo = {"mark": desk.mark(), "subject": "s1", "check": "", "auditor": "زهرا", "seen": "1 b1"}
    done = desk.post("/undo", undo)
    assert done.status == 303 and done.headers["location"].startswith("/case/s1?")
    assert verdicts_in(round) == () and len(read_verdicts(round) or ()) == 2, "nothing is deleted"
    assert desk.get("/worklist").text.count(FA.text("desk.open")) >= 3
    judge(desk, "s1", "verified")
    assert [row.verdict for row in verdicts_in(round)] == ["verified"]
    assert desk.post("/undo", {**undo, "auditor": "other", "seen": "3 b1"}).status == 422
    assert desk.post("/undo", {**undo, "seen": "1 b1"}).status == 422, "it is not what stood there then"
    judge(desk, "s2", "verified")
    judge(desk, "s3", "verified")
    late = desk.post("/undo", {**undo, "seen": "3"})
    assert late.status == 422 and FA.text("desk.batch_ended", batch="b1") in html.unescape(late.text)
    assert len(verdicts_in(round)) == 3


def test_who_was_slower_is_told_and_overwrites_nothing(round: Path, desk: Client) -> None:
    desk.draw()
    other = desk.other()
    seen = other.seen("/case/s1/verdict")
    judge(desk, "s1", "verified")
    late = other.send("/case/s1/verdict", verdict="contradicted", auditor="B", note="یادداشت", seen=seen)
    page = html.unescape(late.text)
    assert late.status == 422 and FA.text("desk.changed_meanwhile") in page and "یادداشت" in page
    assert [row.auditor for row in verdicts_in(round)] == ["زهرا"]
    results: list[int] = []
    clients = [desk.other() for _ in range(6)]
    opened = [client.seen("/case/s2/verdict") for client in clients]
    marks = [client.mark() for client in clients]

    def send(number: int) -> None:
        values = {
            "mark": marks[number],
            "seen": opened[number],
            "verdict": "partial",
            "auditor": f"n{number}",
        }
        results.append(clients[number].post("/case/s2/verdict", values).status)

    threads = [threading.Thread(target=send, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [303] + [422] * 5
    assert len([row for row in verdicts_in(round) if row.subject == "s2"]) == 1


def test_cases_are_assigned_and_the_second_auditor_sees_nothing_of_the_first(
    round: Path, desk: Client
) -> None:
    desk.draw()
    refusal(desk, "/worklist/assign", "nothing_to_assign", names=" ; ", twice="0")
    refusal(desk, "/worklist/assign", "changed_meanwhile", names="A", twice="0", seen="1")
    assert desk.send("/worklist/assign", names="A\nB <b>", twice="3").status == 303
    assert [case.auditors for case in read_draws(round) or ()][3:] == [("A",), ("B <b>",), ("A", "B <b>")]
    page = desk.get("/worklist?auditor=A").text
    assert "/case/s1" in page and "/case/s2" not in page and "B &lt;b&gt;" in page and "<b>" not in page
    assert judge(desk, "s1", "verified", "A").startswith("/case/s3?"), "their own case comes next"
    assert judge(desk, "s3", "contradicted", "A", note="نوشتهٔ نخست").startswith("/worklist?")
    other = desk.other()
    assert judge(other, "s2", "verified", "B <b>").startswith("/case/s3?")
    assert "نوشتهٔ نخست" not in other.get("/case/s3").text and "نوشتهٔ نخست" in desk.get("/case/s3").text
    assert "نوشتهٔ نخست" not in other.get("/").text
    assert other.get(f"/finding/{id_of('s3')}").status == 404, "it waits for the second"
    judge(other, "s3", "contradicted", "B <b>")
    assert other.get(f"/finding/{id_of('s3')}").status == 200 and "نوشتهٔ نخست" in other.get("/case/s3").text


def test_cases_are_assigned_anew_and_a_form_of_before_the_draw_is_refused(round: Path, desk: Client) -> None:
    early = desk.seen("/case/s1/verdict")
    desk.draw()
    late = desk.send("/case/s1/verdict", verdict="verified", auditor="A", seen=early)
    assert late.status == 422 and FA.text("desk.changed_meanwhile") in html.unescape(late.text)
    assert verdicts_in(round) == (), "it was written with the program's finding in view"
    for names in ("A\nB", "B؛ C", "A  A ; B"):
        assert desk.send("/worklist/assign", names=names, twice=" ۲ ").status == 303
    assert [case.auditors for case in read_draws(round) or ()][-3:] == [("A A",), ("B", "A A"), ("A A",)]
    refusal(desk, "/worklist/assign", "no_whole_number", names="A", twice="two")
    assert judge(desk, "s1", "verified", " A  A ").startswith("/case/s2?"), "the name is known again"
    pages = {language: desk.get(f"/worklist?lang={language}").text for language in ("fa", "en")}
    assert "1 ended today" in pages["en"] and "days left at this pace: 2" in pages["en"]


def test_a_browser_that_recorded_nothing_sees_nobodys_verdicts(desk: Client) -> None:
    """Under whose name the desk was opened says nothing of who sits at it."""
    desk.draw()
    assert desk.send("/worklist/assign", names="زهرا\nB", twice="1").status == 303
    judge(desk, "s1", "contradicted", note="نوشتهٔ نخست")
    fresh = desk.other()
    page = fresh.get("/case/s1").text
    assert "نوشتهٔ نخست" not in page and 'name="verdict"' in page
    after = fresh.get("/worklist?done=verdict&of=s1").text
    assert 'action="/undo"' not in after and 'action="/undo"' in desk.get("/worklist?done=verdict&of=s1").text


def test_a_name_is_known_in_arabic_letters_and_none_is_a_formula(desk: Client) -> None:
    desk.draw()
    refused = desk.send("/worklist/assign", names="A\n@reza", twice="1")
    assert refused.status == 422 and FA.text("desk.name_acts", name="@reza") in html.unescape(refused.text)
    assert desk.send("/worklist/assign", names="علی", twice="0").status == 303
    assert judge(desk, "s1", "verified", "علي").startswith("/case/s2?"), "their own case comes next"
    assert "1 ended today" in desk.get("/worklist?lang=en").text


def test_an_address_that_everybody_knows_is_left_out_for_no_case_that_led_there(round: Path) -> None:
    """Its absence would tell that one did."""
    (round / "batches.csv").write_text(
        "batch,subject,design,probability\nb1,s1,targeted,\n", encoding="utf-8"
    )
    told = load_round(round).round
    claimed = withheld_of(told)
    assert claimed.whole == {"a1"} and "http://a1.test/s1" in claimed.addresses
    met = {"http://a2.test/", "http://a1.test/s3", "http://a2.test/entry"}
    assert claimed.having(met, told).addresses - claimed.addresses == {"http://a2.test/entry"}


def test_the_command_tells_nothing_of_a_verdict_on_a_case_in_work(round: Path, desk: Client) -> None:
    """A number of known errors that grows with one of three verdicts tells the program's."""
    desk.draw()
    said = set()
    for rows, word in ((1, "verified"), (3, "contradicted"), (5, "partial")):
        judge(desk, "s1", word)
        said.add(govah(round, "worklist"))
        undo = {"mark": desk.mark(), "subject": "s1", "check": "", "auditor": "زهرا", "seen": f"{rows} b1"}
        assert desk.post("/undo", undo).status == 303
    assert len(said) == 1


def test_what_cannot_be_taken_back_is_not_offered_so(desk: Client) -> None:
    desk.draw()
    for service in ("s1", "s2", "s3"):
        to = urlsplit(judge(desk, service, "verified"))
        offered = 'action="/undo"' in desk.get(f"{to.path}?{to.query}").text
        assert offered == (service != "s3"), "the batch has ended"


def test_could_not_tell_ends_a_case_and_is_counted_apart(round: Path, desk: Client) -> None:
    desk.draw()
    judge(desk, "s1", "could_not_tell")
    judge(desk, "s2", "could_not_tell")
    judge(desk, "s3", "could_not_tell")
    national = json.loads(govah(round, "score", "--json"))["national"]
    (rate,) = national["error_rates"]
    assert rate["could_not_tell"] == 3 and rate["random"]["audited"] == rate["targeted"]["audited"] == 0
    assert national["electronic_ratio"]["estimate"] is None
    assert json.loads(govah(round, "worklist", "--json"))["audit"] == [], "it is not drawn again"


def test_a_form_cannot_write_what_only_an_undo_writes(round: Path, desk: Client) -> None:
    desk.draw()
    judge(desk, "s1", "verified")
    answer = desk.send("/case/s1/verdict", verdict="undone", auditor="زهرا")
    assert answer.status == 422 and len(verdicts_in(round)) == 1
    assert (
        desk.post("/undo", {"mark": "0" * 64, "subject": "s1", "auditor": "زهرا", "seen": "1"}).status == 403
    )
    assert desk.post("/worklist/draw", {"size": "5"}).status == 403
    assert desk.post("/worklist/assign", {"names": "A"}).status == 403
