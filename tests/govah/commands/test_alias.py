"""Candidates and aliases over the command line and real sockets: chosen, judged, forged, carried into the next round, named by a reply."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from evidence.reply_ledger import FILE, HEAD
from tests.crawler.conftest import answer
from tests.govah.replying import HEADER, HOME, MENDED, Audit
from tests.keys import made_key

pytestmark = pytest.mark.sockets

ENTRY = ("services.entry", "s3")
HEADING = "پروانه هرس و حذف سرو و چنار"
PAGE = "http://a1.test/ashjar"
LATER = "http://a1.test/later"
SHOWN = answer(MENDED.replace("صدور پروانه کسب", HEADING))


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """A portal that calls the claimed service by other words."""
    audit = Audit(tmp_path_factory.mktemp("audit"))
    audit.site.answers["/"] = answer(HOME + f" <a href=/ashjar>{HEADING}</a>")
    audit.site.answers["/ashjar"] = SHOWN
    services = (audit.folder / "services.csv").read_text(encoding="utf-8")
    audit.write("services.csv", services + "a1,s3,صدور مجوز قطع درخت,yes,,transaction\n")
    return audit.audited()


@pytest.fixture
def audit(audited: Audit, tmp_path: Path) -> Audit:
    copy = Audit.__new__(Audit)
    copy.folder, copy.key, copy.site = tmp_path / "round", audited.key, audited.site
    shutil.copytree(audited.folder, copy.folder)
    copy.site.answers["/ashjar"] = SHOWN
    copy.site.answers.pop("/later", None)
    return copy


def chosen(audit: Audit, *how: str) -> Any:
    return audit.good("alias", "s3", *(how or ("1",)), "--auditor", "مریم", "--json").json


def entry(audit: Audit) -> Any:
    return audit.findings()[ENTRY]


def test_candidates_are_listed_and_one_is_chosen_by_its_number(audit: Audit) -> None:
    (one,) = audit.good("candidates", "--json").json["services"]
    assert (one["service"], one["reason"], one["choice"]) == ("s3", "no_match", None)
    assert one["candidates"][0]["url"] == PAGE
    before = entry(audit)
    said = chosen(audit)
    assert (said["choice"], said["alias"]["address"], said["by"]) == ("page", PAGE, "مریم")
    assert said["alias"]["capture"] == one["candidates"][0]["capture"]
    assert entry(audit) == before  # nothing moves before it is judged
    assert audit.faults() == []
    audit.good("check")
    after = entry(audit)
    assert (after["verdict"], after["observed"]["matched"]["how"]) == ("verified", "alias")
    assert audit.faults() == []
    audit.good("score")
    results = json.loads((audit.results / "results.json").read_text(encoding="utf-8"))
    how = {s["id"]: s["how"] for agency in results["agencies"] for s in agency["services"]}
    assert how == {"s1": None, "s2": "heading", "s3": "alias", "t1": None}


@pytest.mark.parametrize("language", ["en", "fa"])
def test_people_are_told_all_of_it(audit: Audit, language: str) -> None:
    told = audit.good("candidates", "s3", language=language).out
    assert HEADING in told and PAGE in told
    listed = audit.good("candidates", language=language).out
    assert "s3" in listed
    assert PAGE in audit.good("explain", "a1/s3", language=language).out
    chosen(audit)
    audit.good("check")
    explained = audit.good("explain", "a1/s3", language=language).out
    assert "مریم" in explained and PAGE in explained
    assert "مریم" in audit.good("candidates", "s3", language=language).out


@pytest.mark.parametrize(("option", "choice"), [("--none", "none"), ("--cannot-tell", "cannot_tell")])
def test_other_words_are_recorded_and_take_a_page_back(audit: Audit, option: str, choice: str) -> None:
    chosen(audit)
    assert chosen(audit, option)["choice"] == choice
    audit.good("check")
    assert entry(audit)["verdict"] == "inconclusive"
    (one,) = audit.good("candidates", "--json").json["services"]
    assert one["choice"]["choice"] == choice
    assert len(audit.ledger()) == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("s3", "9"), "alias.no_such_candidate"),
        (("s3", "http://elsewhere.test/"), "alias.other_host"),
        (("s3", "javascript:alert(1)"), "alias.no_address"),
        (("s3", "=1+1"), "alias.no_address"),
        (("s3", "http://a1.test/nowhere"), "alias.no_page"),
        (("s2", PAGE), "alias.not_open"),
        (("s9", PAGE), "alias.no_such_service"),
        (("s3", "--confirm"), "alias.nothing_carried"),
        (("s3",), "alias.one_choice"),
        (("s3", PAGE, "--none"), "alias.one_choice"),
        (("s3", "--reply", "r9"), "alias.no_such_reply"),
    ],
)
def test_what_cannot_be_chosen_is_refused(audit: Audit, arguments: tuple[str, ...], code: str) -> None:
    told = audit.govah("alias", *arguments, "--auditor", "مریم", "--json")
    assert (told.status, told.json["error"]["code"]) == (2, code)
    assert not (audit.folder / FILE).exists()


def test_another_key_and_a_broken_ledger_record_nothing(audit: Audit, tmp_path: Path) -> None:
    told = audit.govah("alias", "s3", "1", "--auditor", "x", key=made_key(tmp_path / "other.key"))
    assert told.status == 2
    chosen(audit)
    path = audit.folder / FILE
    path.write_text(path.read_text(encoding="utf-8").replace("ashjar", "ashjaR"), encoding="utf-8")
    assert audit.govah("alias", "s3", "--none", "--auditor", "x").status == 4
    assert {(file, problem) for file, _, problem in audit.faults()} == {(FILE, "changed_reply")}
    audit.good("check")
    assert entry(audit)["verdict"] == "inconclusive"  # a forged choice ties nothing


def test_a_ledger_of_another_round_ties_nothing(audit: Audit, tmp_path: Path) -> None:
    chosen(audit)
    other = tmp_path / "other"
    shutil.copytree(audit.folder, other, ignore=shutil.ignore_patterns("evidence", "results", "replies.*"))
    audit.site.answers["/ashjar"] = SHOWN
    second = Audit.__new__(Audit)
    second.folder, second.key, second.site = other, audit.key, audit.site
    second.write(
        "round.toml", (other / "round.toml").read_text(encoding="utf-8").replace('id = "r"', 'id = "r2"')
    )
    second.good("run", "--jobs", "1")
    for name in (FILE, HEAD):
        shutil.copy(audit.folder / name, other / name)
    second.good("check")
    assert entry(second)["verdict"] == "inconclusive"
    assert second.good("candidates", "--json").json["ignored_entries"] == 1


def test_the_next_round_proposes_and_one_key_confirms(audit: Audit, tmp_path: Path) -> None:
    chosen(audit)
    following = Audit.__new__(Audit)
    following.folder, following.key, following.site = tmp_path / "next", audit.key, audit.site
    shutil.copytree(
        audit.folder, following.folder, ignore=shutil.ignore_patterns("evidence", "results", "replies.*")
    )
    settings = (audit.folder / "round.toml").read_text(encoding="utf-8")
    following.write("round.toml", settings.replace('id = "r"', f'id = "r2"\nprevious = "{audit.folder}"'))
    following.good("run", "--jobs", "1")
    assert entry(following)["verdict"] == "inconclusive"  # never applied silently
    (one,) = following.good("candidates", "--json").json["services"]
    assert (one["carried"]["round"], one["carried"]["address"]) == ("r", PAGE)
    said = following.good("alias", "s3", "--confirm", "--auditor", "زهرا", "--json").json
    assert (said["carried"], said["by"]) == ("r", "زهرا")
    following.good("check")
    assert entry(following)["observed"]["matched"]["how"] == "alias"
    (pair, *_) = following.good("alias", "--words", "--json").json["pairs"]
    assert pair["count"] == 1 and pair["services"] == ["s3"]
    assert "[" in following.good("alias", "--words").out


def test_a_page_under_another_heading_is_not_confirmed(audit: Audit, tmp_path: Path) -> None:
    chosen(audit)
    following = Audit.__new__(Audit)
    following.folder, following.key, following.site = tmp_path / "next", audit.key, audit.site
    shutil.copytree(
        audit.folder, following.folder, ignore=shutil.ignore_patterns("evidence", "results", "replies.*")
    )
    settings = (audit.folder / "round.toml").read_text(encoding="utf-8")
    following.write("round.toml", settings.replace('id = "r"', f'id = "r2"\nprevious = "{audit.folder}"'))
    audit.site.answers["/ashjar"] = answer(MENDED.replace("صدور پروانه کسب", "پروانه دیگری"))
    following.good("run", "--jobs", "1")
    told = following.govah("alias", "s3", "--confirm", "--auditor", "زهرا", "--json")
    assert (told.status, told.json["error"]["code"]) == (2, "alias.carried_void")


def test_a_reply_names_an_address_that_the_next_re_test_visits(audit: Audit) -> None:
    text = f"خدمت در نشانی {LATER}، آماده است."
    audit.write("replies.csv", HEADER + f"r1,a1,s3,2026-01-10,مدیر فناوری,explains,{text},\n")
    audit.good("replies")
    told = audit.govah("alias", "s3", PAGE, "--reply", "r1", "--auditor", "مریم", "--json")
    assert told.json["error"]["code"] == "alias.not_in_reply"
    said = audit.good("alias", "s3", "--reply", "r1", "--auditor", "مریم", "--json").json
    assert said["alias"] == {
        "address": LATER, "heading": None, "portal": "http://a1.test/", "capture": None, "reply": "r1",
    }  # fmt: skip
    audit.site.answers["/later"] = answer(MENDED.replace("صدور پروانه کسب", "خدمات فضای سبز"))
    audit.good("retest", "s3", "--by", "مریم")
    after = entry(audit)
    assert (after["verdict"], after["observed"]["retest"]) == ("verified", 1)
    assert after["observed"]["matched"]["how"] == "alias"
    assert audit.faults() == []


def test_the_same_evidence_and_choices_give_the_same_bytes(audit: Audit) -> None:
    chosen(audit)
    audit.good("check")
    first = (audit.results / "findings.jsonl").read_bytes()
    audit.good("check", "--jobs", "2")
    assert (audit.results / "findings.jsonl").read_bytes() == first
