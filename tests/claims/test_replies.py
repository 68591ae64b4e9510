"""`replies.csv`: what agencies answer, read with every problem in one go."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from claims.problems import RoundError
from claims.read import load_round, read_replies

FILES = {
    "round.toml": '[round]\nid = "1404-1"\n',
    "agencies.csv": "agency,name,kind,portal\na1,سازمان نمونه,main,https://a1.test/\na2,دیگری,main,https://a2.test/\n",
    "services.csv": "agency,service,title,electronic\na1,s1,صدور پروانه,yes\n",
    "datasets.csv": "agency,dataset,title,url\na2,d1,داده,https://a2.test/d\n",
}
HEADER = "reply,agency,subject,date,by,stance,text,contact\n"
FINDING = "f" + "0123456789" * 2


def write(folder: Path, rows: str, settings: str = "") -> Path:
    for name, content in FILES.items():
        (folder / name).write_text(content, encoding="utf-8")
    (folder / "round.toml").write_text(FILES["round.toml"] + settings, encoding="utf-8")
    (folder / "replies.csv").write_text(HEADER + rows, encoding="utf-8")
    return folder


def test_a_reply_to_a_claim_and_one_to_a_finding(tmp_path: Path) -> None:
    rows = (
        "r1,a1,s1,۱۴۰۴/۱۰/۰۱,مدیر فناوری,اعتراض دارد,فرم در همان نشانی است.,it@a1.test\n"
        f"r2,a2,{FINDING},2025-12-23,مدیر,mended,It works again.,\n"
    )
    first, second = load_round(write(tmp_path, rows)).round.replies
    assert (first.id, first.subject, first.stance, first.contact) == ("r1", "s1", "disputes", "it@a1.test")
    assert first.date == dt.date(2025, 12, 22)
    assert (second.subject, second.stance, second.contact) == (FINDING, "mended", None)
    assert read_replies(tmp_path) == (first, second)


@pytest.mark.parametrize(
    "word", ["می‌پذیرد", "اعتراض دارد", "برطرف شد", "توضیح می‌دهد", "accepts", "Disputes", "mended", "explains"]
)
def test_words_of_both_languages(tmp_path: Path, word: str) -> None:
    assert load_round(write(tmp_path, f"r1,a1,s1,1404/10/01,x,{word},y,\n")).round.replies


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    rows = (
        "r1,a1,d1,1404/10/01,x,mended,y,\n"  # a claim of another agency
        "r1,a1,s1,1404/10/01,x,mended,y,\n"  # the mark of another reply
        "r3,a1,s9,1404/10/01,x,mended,y,\n"  # of nothing
        f"r4,a1,s1,soon,x,angry,{'y' * 4001},\n"
        "r5,zz,s1,1404/10/01,\u202e,mended,\u200b,\n"  # nobody, signed by nothing that can be seen
    )
    with pytest.raises(RoundError) as error:
        load_round(write(tmp_path, rows))
    told = {(problem.row, problem.column, problem.code) for problem in error.value.problems}
    assert told == {
        (2, "subject", "claim_of_another"),
        (3, "reply", "duplicate"),
        (4, "subject", "unknown_subject"),
        (5, "date", "date"),
        (5, "stance", "choice"),
        (5, "text", "too_long"),
        (6, "agency", "unknown_agency"),
        (6, "by", "no_text"),
        (6, "text", "no_text"),
    }
    assert read_replies(tmp_path) is None


def test_hostile_text_keeps_its_letters_and_loses_what_acts(tmp_path: Path) -> None:
    rows = 'r1,a1,s1,1404/10/01,"x\u202ey\u0007",explains,"<script>=1+1\n\x1b[31mred\u2066",\n'
    (reply,) = load_round(write(tmp_path, rows)).round.replies
    assert (reply.by, reply.text) == ("xy", "<script>=1+1 [31mred")


def test_the_term_is_a_setting(tmp_path: Path) -> None:
    settings = load_round(write(tmp_path, "", "[replies]\ndays = 30\nsince = 2025-12-20\n")).round.settings
    assert (settings.replies.days, settings.replies.since) == (30, dt.date(2025, 12, 20))
    with pytest.raises(RoundError) as error:
        load_round(write(tmp_path, "", "[replies]\ndays = -1\n"))
    assert [problem.code for problem in error.value.problems] == ["setting_replies_days"]
