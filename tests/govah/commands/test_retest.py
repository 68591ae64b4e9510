"""The right of reply over real sockets: received, answered, tested again; what moves, what stays, and what is seen of tampering."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from crawler.browser.renderer import find_browser
from evidence.reply_ledger import FILE, HEAD
from tests.crawler.conftest import answer
from tests.govah.replying import HEADER, MENDED, REPLY, Audit
from tests.keys import made_key
from tests.schema import faults

pytestmark = pytest.mark.sockets

ENTRY = ("services.entry", "s1")


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    return Audit(tmp_path_factory.mktemp("audit")).audited()


@pytest.fixture
def audit(audited: Audit, tmp_path: Path) -> Audit:
    """A copy of the audited round with the same portal, whose claimed page is gone."""
    copy = Audit.__new__(Audit)
    copy.folder, copy.key, copy.site = tmp_path / "round", audited.key, audited.site
    shutil.copytree(audited.folder, copy.folder)
    copy.site.answers.pop("/s1", None)
    copy.site.answers.pop("/robots.txt", None)
    copy.site.asked.clear()
    return copy


def replied(audit: Audit, rows: str = REPLY) -> Audit:
    audit.write("replies.csv", HEADER + rows)
    audit.good("replies")
    return audit


def test_a_reply_moves_no_number_and_touches_no_evidence(audit: Audit) -> None:
    before = {path: path.read_bytes() for path in audit.folder.rglob("*") if path.is_file()}
    audit.write("replies.csv", HEADER + REPLY)
    told = audit.good("replies", "--json").json
    assert (told["received_now"], told["until"]) == (1, "2026-01-31")
    (reply,) = told["replies"]
    assert (reply["state"], reply["late"], "contact" in reply) == ("received", False, False)
    held = {row["check"]: row["before"] for row in reply["findings"]}
    assert held["services.entry"] == ["contradicted", "dead_link"]
    assert b"it@a1.test" not in (audit.folder / FILE).read_bytes()
    audit.good("check", "--jobs", "1")
    audit.good("score")
    changed = {path.name for path, content in before.items() if path.read_bytes() != content}
    assert changed <= {"results.json", "results.db"}
    assert audit.good("replies", "--json").json["received_now"] == 0
    assert audit.faults() == []


def test_what_is_mended_is_amended_and_both_versions_are_kept(audit: Audit) -> None:
    replied(audit)
    first = audit.findings()
    audit.mend()
    entry = audit.good("retest", "s1", "--by", "Auditor One", "--json").json["retest"]
    assert (entry["retest"], entry["replies"], entry["subject"]["id"]) == (1, ["r1"], "s1")
    moved = {row["check"]: (row["before"], row["after"]) for row in entry["findings"]}
    assert moved["services.entry"] == (["contradicted", "dead_link"], ["verified", "transaction_entry"])
    assert entry["score"]["before"] < entry["score"]["after"]
    asked = {request.path for request in audit.site.asked if request.host == "a1.test"}
    assert "/s1" in asked and not {"/", "/s2", "/sitemap.xml"} & asked
    assert not [request for request in audit.site.asked if request.host == "a2.test"]
    now = audit.findings()
    assert now[ENTRY]["verdict"] == "verified" and now[ENTRY]["id"] == first[ENTRY]["id"]
    others = [key for key in first if key[1] != "s1"]
    assert all(now[key] == first[key] for key in others)
    assert audit.findings(audit.results / "earlier" / "1") == first
    assert audit.faults() == []
    (told,) = audit.good("replies", "--json").json["replies"]
    assert (told["state"], told["steps"][0]["by"]) == ("amended", "Auditor One")
    # judged once more, from the files alone, it is what it is
    sealed = (audit.results / "findings.jsonl").read_bytes()
    audit.good("check", "--jobs", "2")
    assert (audit.results / "findings.jsonl").read_bytes() == sealed


def test_what_is_gone_still_is_upheld(audit: Audit) -> None:
    replied(audit)
    finding = audit.findings()[ENTRY]["id"]
    audit.good("retest", finding, "--by", "A")
    assert audit.findings()[ENTRY]["verdict"] == "contradicted"
    assert audit.findings()[ENTRY]["observed"]["retest"] == 1
    assert audit.good("replies", "--json").json["replies"][0]["state"] == "upheld"
    assert audit.faults() == []


@pytest.mark.thorough
def test_what_lets_us_in_nowhere_settles_nothing(audit: Audit) -> None:
    replied(audit)
    first = audit.findings()
    audit.site.answers["/s1"] = answer("no", "403 Forbidden")
    told = audit.good("retest", "s1", "--by", "A")
    assert "The earlier findings remain" in told.out
    assert audit.findings() == first
    assert audit.good("replies", "--json").json["replies"][0]["state"] == "unsettled"
    # there is a second time, which sees what is there by then
    audit.mend()
    audit.good("retest", "s1", "--by", "A")
    assert audit.findings()[ENTRY]["observed"]["retest"] == 2
    states = [step["state"] for step in audit.good("replies", "--json").json["replies"][0]["steps"]]
    assert states == ["unsettled", "amended"]
    assert audit.faults() == []


def test_a_withdrawn_finding_stays_on_record_and_counts_for_nothing(audit: Audit) -> None:
    replied(audit)
    before = json.loads((audit.results / "results.json").read_bytes())
    findings = (audit.results / "findings.jsonl").read_bytes()
    audit.good("decide", "r1", "answered", "--by", "A", "--text", "We look at it.")
    audit.good(
        "decide", "r1", "withdrawn", "--by", "B", "--text", "The form is in a frame that we did not read."
    )
    audit.good("score")
    assert (audit.results / "findings.jsonl").read_bytes() == findings
    after = json.loads((audit.results / "results.json").read_bytes())
    assert faults("results", after) == []
    then, now = (
        next(s for a in each["agencies"] for s in a["services"] if s["id"] == "s1")
        for each in (before, after)
    )
    assert (then["verdict"], now["verdict"], now["reason"]) == ("contradicted", "inconclusive", "own_error")
    possible = [each["agencies"][0]["score"]["possible"] for each in (before, after)]
    assert possible[0] < possible[1]
    (agency,) = (a for a in after["agencies"] if a["id"] == "a1")
    assert [step["state"] for step in agency["replies"][0]["steps"]] == ["answered", "withdrawn"]
    assert after["replies"]["checks"]["services.entry"]["withdrawn"] == 1
    told = audit.good("explain", "a1/s1")
    assert "withdrawn on" in told.out and "changed since the check" not in told.err
    audit.good("report", "--agency", "a1")
    page = (audit.results / "report" / "a1.html").read_text(encoding="utf-8")
    assert "The form is in a frame that we did not read." in page and "contradicted dead_link" in page
    # whoever upholds it after all takes that back
    audit.good("decide", "r1", "upheld", "--by", "C", "--text", "There is no frame.")
    audit.good("score")
    again = json.loads((audit.results / "results.json").read_bytes())
    assert again["agencies"][0]["score"] == before["agencies"][0]["score"]
    assert audit.faults() == []


@pytest.mark.thorough
def test_the_story_is_told(audit: Audit) -> None:
    replied(
        audit, REPLY + f"r2,a1,{audit.findings()[ENTRY]['id']},2026-02-10,x,disputes,=1+1 <b>never</b>,\n"
    )
    audit.mend()
    audit.good("retest", "s1", "--by", "Auditor One")
    audit.good("report")
    for language, folder in (("en", ""), ("fa", "fa/")):
        page = (audit.results / "report" / f"{folder}a1.html").read_text(encoding="utf-8")
        assert "The form is back at the same address." in page and "Auditor One" in page
        assert "<b>never</b>" not in page and "=1+1 &lt;b&gt;never&lt;/b&gt;" in page
        assert "it@a1.test" not in page
        told = audit.good("explain", "a1/s1", language=language).out
        assert "The form is back at the same address." in told and "Auditor One" in told
    english = (audit.results / "report" / "a1.html").read_text(encoding="utf-8")
    overview = (audit.results / "report" / "index.html").read_text(encoding="utf-8")
    assert "amended</dt><dd>2</dd>" in overview and "Replies are accepted until" in overview
    assert "Replies are accepted until" in english and "after the deadline" in english
    assert "Replies are accepted until" in (audit.results / "report" / "a2.html").read_text(encoding="utf-8")


VERDICTS = "subject,verdict,auditor,date,design,probability\n"


def rates(audit: Audit) -> Any:
    """What the program says of its own errors on services."""
    audit.good("score")
    told = json.loads((audit.results / "results.json").read_bytes())
    rates = {rate["check"]: rate for rate in told["national"].get("error_rates", [])}
    return rates.get("services.entry")


def day(offset: int) -> str:
    return (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=offset)).isoformat()


def test_a_portal_that_was_mended_is_no_error_of_the_program(audit: Audit) -> None:
    """An auditor saw that the page was gone, as the crawl did; then it came back, and a re-test saw that."""
    audit.write("verdicts.csv", VERDICTS + f"s1,contradicted,x,{day(-3)},random,1\n")
    replied(audit)
    before = rates(audit)
    assert (before["known_errors"], before["random"]["agreeing"]) == (0, 1)
    audit.mend()
    audit.good("retest", "s1", "--by", "A")
    assert audit.findings()[ENTRY]["verdict"] == "verified"
    after = rates(audit)
    assert (after["known_errors"], after["random"]["agreeing"]) == (0, 1)
    assert after["random"]["contradicted"] == 1 and after["random"]["verified"] == 0
    # who looks on the day of the re-test sees what it saw
    audit.write("verdicts.csv", VERDICTS + f"s1,verified,x,{day(0)},random,1\n")
    again = rates(audit)
    assert (again["known_errors"], again["random"]["verified"]) == (0, 1)


def test_what_was_wrong_at_the_crawl_stays_an_error_after_a_retest(audit: Audit) -> None:
    audit.write("verdicts.csv", VERDICTS + f"s1,verified,x,{day(-3)},random,1\n")
    replied(audit)
    audit.mend()
    audit.good("retest", "s1", "--by", "A")
    told = rates(audit)
    assert (told["known_errors"], told["random"]["false_contradictions"]) == (1, 1)


@pytest.mark.parametrize("withdrawn_first", [True, False])
def test_a_withdrawal_of_what_the_crawl_found_outlives_the_retest(
    audit: Audit, withdrawn_first: bool
) -> None:
    replied(audit)
    words = ("r1", "withdrawn", "--by", "B", "--text", "A frame that we did not read.")
    if withdrawn_first:
        audit.good("decide", *words)
    audit.mend()
    audit.good("retest", "s1", "--by", "A")
    if not withdrawn_first:
        audit.good("decide", *words)
    told = rates(audit)
    assert (told["withdrawn"], told["known_errors"]) == (1, 1)
    results = json.loads((audit.results / "results.json").read_bytes())
    (service,) = (s for a in results["agencies"] for s in a["services"] if s["id"] == "s1")
    assert service["verdict"] == "verified"  # what the re-test found stands
    assert audit.faults() == []


def test_a_reply_that_a_retest_settled_has_a_word_of_its_own(audit: Audit) -> None:
    replied(audit)
    words = ("r1", "settled_by_retest", "--by", "B", "--text", "The page was gone, and is back.")
    early = audit.govah("decide", *words)
    assert (early.status, "Re-test first" in early.err) == (2, True)
    audit.mend()
    audit.good("retest", "s1", "--by", "A")
    scored = rates(audit)
    moved = (audit.results / "findings.jsonl").read_bytes()
    told = audit.good("decide", *words, "--json").json["reply"]
    assert told["state"] == "settled_by_retest"
    assert [step["state"] for step in told["steps"]] == ["amended", "settled_by_retest"]
    assert audit.ledger()[-1]["event"] == "settled_by_retest"
    assert (rates(audit), (audit.results / "findings.jsonl").read_bytes()) == (scored, moved)
    results = json.loads((audit.results / "results.json").read_bytes())
    assert faults("results", results) == []
    counted = results["replies"]["checks"]["services.entry"]
    assert counted == {"replied": 1, "amended": 1, "withdrawn": 0}
    assert "settled by the re-test" in audit.good("replies").out
    audit.good("report", "--agency", "a1")
    for folder, state in (("", "settled by the re-test"), ("fa/", "با آزمون دوباره روشن شد")):
        assert state in (audit.results / "report" / f"{folder}a1.html").read_text(encoding="utf-8")
    assert audit.faults() == []


def test_two_judgements_can_be_compared(audit: Audit) -> None:
    replied(audit)
    audit.mend()
    audit.good("retest", "s1", "--by", "A")
    old = Audit.__new__(Audit)
    old.folder, old.key, old.site = audit.results / "earlier" / "1", audit.key, audit.site
    changes = old.good("diff", str(audit.folder), "--json").json["changed"]
    entry = next(change for change in changes if change["check"] == "services.entry")
    assert (entry["kind"], entry["causes"][0]) == ("cleared", "portal")
    assert {change["subject"]["id"] for change in changes} == {"s1"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("r1,a2,f" + "0" * 20 + ",2026-01-10,x,disputes,y,\n", "match no finding"),
        ("", ""),
    ],
    ids=["no-such-finding", "no-replies"],
)
def test_replies_that_are_about_nothing(audit: Audit, rows: str, message: str) -> None:
    audit.write("replies.csv", HEADER + rows)
    told = audit.govah("replies")
    assert (told.status, message in told.err) == (2 if message else 0, True)
    assert not (audit.folder / FILE).exists()


def test_only_the_key_of_the_round_speaks(audit: Audit, tmp_path: Path) -> None:
    audit.write("replies.csv", HEADER + REPLY)
    for command in (["replies"], ["retest", "s1", "--by", "x"]):
        told = audit.govah(*command, key=made_key(tmp_path / "other.key"))
        assert told.status == 2 and "sealed with the key" in told.err
    assert not (audit.folder / FILE).exists() and audit.site.asked == []


@pytest.mark.thorough
def test_what_cannot_be_tested_again(audit: Audit) -> None:
    replied(audit)
    host = next(row["id"] for (check, _), row in audit.findings().items() if check == "reach.portal")
    for name in (host, "nobody"):
        assert audit.govah("retest", name, "--by", "x").status == 2
    assert audit.govah("decide", "r9", "upheld", "--by", "x", "--text", "y").status == 2
    assert audit.govah("decide", "r1", "denied", "--by", "x", "--text", "y").status == 2
    assert audit.govah("decide", "r1", "upheld", "--by", "\u202e", "--text", "y").status == 2
    for name, old, new in (
        ("round.toml", "retry_after = 0.5", "retry_after = 0.6"),
        ("services.csv", "http://a1.test/s1", "http://a1.test/elsewhere"),
    ):
        content = (audit.folder / name).read_text(encoding="utf-8")
        audit.write(name, content.replace(old, new))
        told = audit.govah("retest", "s1", "--by", "x")
        assert told.status == 2 and "Judge first" in told.err
        audit.write(name, content)
    assert audit.site.asked == []


@pytest.mark.thorough
def test_verification_names_what_was_changed(audit: Audit) -> None:
    replied(audit)
    audit.mend()
    audit.good("retest", "s1", "--by", "Auditor")
    audit.good("decide", "r1", "answered", "--by", "Auditor", "--text", "Done.")
    ledger, sheet = ((audit.folder / name).read_bytes() for name in (FILE, "replies.csv"))
    lines = ledger.splitlines(keepends=True)

    def faults(content: bytes = ledger, rows: bytes = sheet) -> list[tuple[str, str, str]]:
        (audit.folder / FILE).write_bytes(content)
        (audit.folder / "replies.csv").write_bytes(rows)
        return audit.faults()

    edit = ledger.replace(b'"verified","transaction_entry"', b'"contradicted","dead_link"')
    # the signature is gone with the edit, and with it the place in the chain of the line behind
    assert faults(edit) == [
        (FILE, "entry 2", "changed_reply"),
        (FILE, "entry 3", "changed_reply"),
        (FILE, "re-test 1", "missing_reply"),
    ]
    assert (FILE, "entry 1", "changed_reply") in faults(b"".join(lines[1:]))
    assert (FILE, "re-test 1", "changed_reply") in faults(b"".join(lines[1:]))
    assert (FILE, "re-test 1", "missing_reply") in faults(lines[0])
    assert (FILE, "re-test 1", "changed_reply") in faults(b"")
    assert faults(lines[0] + lines[2] + lines[1]) != []
    assert faults(rows=sheet.replace(b"is back", b"was never gone")) == [
        ("replies.csv", "r1", "changed_reply")
    ]
    assert faults(rows=HEADER.encode()) == [("replies.csv", "r1", "missing_reply")]
    # a line that a crash cut short is none yet; one off the end that no re-test names is missed by the head
    assert faults(ledger + b'{"entry":{') == []
    assert faults(b"".join(lines[:2])) == [(FILE, "entry 3", "missing_reply")]
    # and nothing is built on what was changed
    faults(rows=sheet.replace(b"is back", b"was never gone"))
    assert audit.govah("decide", "r1", "upheld", "--by", "x", "--text", "y").status == 4
    faults(edit)
    assert audit.govah("retest", "s1", "--by", "x").status == 4


@pytest.mark.thorough
def test_a_ledger_that_was_deleted_is_named_and_withdraws_nothing(audit: Audit) -> None:
    replied(audit)
    (audit.folder / FILE).unlink()
    assert audit.faults() == [(FILE, "", "missing_file")]
    assert audit.govah("verify").status == 4
    assert audit.govah("decide", "r1", "upheld", "--by", "x", "--text", "y").status == 4
    assert not (audit.folder / FILE).exists()


def test_a_retest_that_died_before_its_entry_is_finished_by_the_same_command(audit: Audit) -> None:
    replied(audit)
    first = audit.findings()
    before = {name: (audit.folder / name).read_bytes() for name in (FILE, HEAD)}
    audit.mend()
    audit.good("retest", "s1", "--by", "A")
    for name, content in before.items():
        (audit.folder / name).write_bytes(content)
    asked = len(audit.site.asked)
    assert audit.govah("retest", "s2", "--by", "A").status == 2
    entry = audit.good("retest", "s1", "--by", "A", "--json").json["retest"]
    assert len(audit.site.asked) == asked
    then = {row["id"]: row["before"] for row in entry["findings"]}
    assert then[first[ENTRY]["id"]] == ["contradicted", "dead_link"]
    assert audit.faults() == []


def test_a_sealed_archive_that_was_changed_is_not_extended(audit: Audit) -> None:
    replied(audit)
    path = audit.evidence / "records.txt"
    path.write_bytes(path.read_bytes() + b"x\n")
    assert audit.govah("retest", "s1", "--by", "x").status == 4
    assert audit.site.asked == []


def test_a_line_of_the_ledger_can_be_verified_without_govah(audit: Audit, tmp_path: Path) -> None:
    replied(audit)
    audit.good("decide", "r1", "answered", "--by", "A", "--text", "ما «می‌بینیم».")
    page = (Path(__file__).parents[3] / "docs" / "replies.md").read_text(encoding="utf-8")
    block = re.search(r"```sh\n(.*?)```", page, re.DOTALL)
    assert block is not None
    for line in (1, 2):
        commands = block.group(1).replace("line=1", f"line={line}")
        done = subprocess.run(
            ["sh", "-e", "-c", commands], cwd=audit.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0 and "Verified Successfully" in done.stdout, done.stderr
        if line == 1:
            assert audit.ledger()[1]["prev"] in done.stdout


@pytest.mark.thorough
def test_a_retest_that_nobody_asked_for_is_told_and_can_be_packed(audit: Audit, tmp_path: Path) -> None:
    audit.mend()
    audit.good("retest", "s1", "--by", "Auditor One")
    audit.good("report", "--agency", "a1")
    page = (audit.results / "report" / "a1.html").read_text(encoding="utf-8")
    assert "Re-tested without a reply" in page and "Auditor One" in page
    pack = tmp_path / "pack.zip"
    audit.good("pack", audit.findings()[ENTRY]["id"], "--output", str(pack), "--no-redact", "cookie")
    told = audit.good("verify", "--json").json
    assert told["replies"] is not None and told["earlier"] == 1
    elsewhere = Audit.__new__(Audit)
    elsewhere.folder, elsewhere.key, elsewhere.site = pack, audit.key, audit.site
    assert elsewhere.good("verify", "--json").json["intact"] is True


SCRIPTED = (
    "<title>صدور پروانه کسب</title><h1>صدور پروانه کسب</h1><div id=app></div><script>"
    "document.getElementById('app').innerHTML = {inner}</script>"
)
FORM = MENDED.partition("</h1>")[2]


@pytest.mark.thorough
@pytest.mark.skipif(find_browser(None) is None, reason="no browser")
def test_what_only_a_browser_shows_and_a_dataset_are_tested_again_too(tmp_path: Path) -> None:
    audit = Audit(tmp_path)
    settings = (audit.folder / "round.toml").read_text(encoding="utf-8")
    audit.write("round.toml", settings.replace('render = "never"', 'render = "auto"'))
    audit.write(
        "datasets.csv", "agency,dataset,title,url,format\na1,d1,آمار پروانه‌ها,http://a1.test/d1.csv,csv\n"
    )
    soon = json.dumps("<p>این خدمت به زودی راه‌اندازی می‌شود. صفحه در دست ساخت است.</p>", ensure_ascii=False)
    audit.site.answers["/s1"] = answer(SCRIPTED.format(inner=soon))
    audit.audited()
    first = audit.findings()
    assert (first[ENTRY]["verdict"], first["datasets.usability", "d1"]["reason"]) == (
        "contradicted",
        "not_obtainable",
    )
    replied(audit, REPLY + "r2,a1,d1,2026-01-10,x,mended,the file is back,\n")
    audit.site.answers["/s1"] = answer(SCRIPTED.format(inner=json.dumps(FORM, ensure_ascii=False)))
    table = "سال,تعداد\n" + "".join(f"{year},{year * 7}\n" for year in range(1380, 1404))
    audit.site.answers["/d1.csv"] = answer(table, kind="text/csv; charset=utf-8")
    audit.good("retest", "s1", "--by", "A")
    audit.good("retest", "d1", "--by", "A")
    now = audit.findings()
    assert (now[ENTRY]["verdict"], now[ENTRY]["observed"]["retest"]) == ("verified", 1)
    usable = now["datasets.usability", "d1"]
    assert (usable["verdict"], usable["observed"]["retest"]) == ("verified", 2)
    assert [one["state"] for one in audit.good("replies", "--json").json["replies"]] == ["amended", "amended"]
    audit.good("report", "--agency", "a1")
    assert len(list((audit.results / "earlier").iterdir())) == 2
    assert audit.faults() == []


@pytest.mark.thorough
def test_one_that_is_interrupted_goes_on_with_the_same_command(audit: Audit) -> None:
    replied(audit)
    audit.mend()
    asked = threading.Event()

    def once(connection: socket.socket) -> None:
        asked.set()
        connection.sendall(answer(MENDED))

    settings = (audit.folder / "round.toml").read_text(encoding="utf-8")
    audit.write("round.toml", settings.replace("retry_after = 0.5", "retry_after = 5.0"))
    audit.good("check", "--jobs", "1")
    audit.site.answers["/s1"] = once
    process = audit.start("retest", "s1", "--by", "A", "--quiet")
    assert asked.wait(60)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 3, said
    assert len(audit.ledger()) == 1
    told = audit.govah("retest", "s2", "--by", "A")
    assert told.status == 2 and "Finish it first" in told.err
    audit.good("retest", "s1", "--by", "A")
    assert [row["event"] for row in audit.ledger()] == ["received", "retested"]
    assert audit.findings()[ENTRY]["verdict"] == "verified"
    assert audit.faults() == []
