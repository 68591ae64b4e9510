"""A row is added to a sheet, and every byte that stood there stays."""

from __future__ import annotations

import csv
import fcntl
import io
import multiprocessing
import os
import re
from pathlib import Path

import pytest

from claims import records
from claims.columns import OPTIONAL, REQUIRED
from reports.desk.append import RowRefused, append
from tests.hostile import HOSTILE
from tests.reports.desk.rounds import verdicts_in

ROW = {"subject": "s1", "verdict": "verified", "auditor": "زهرا", "date": "2025-11-26"}
HEADING = "subject,verdict,auditor,date"


def add(folder: Path, **more: str) -> None:
    append(folder, "verdicts", [{**ROW, **more}], records.verdict)


def test_a_sheet_that_is_not_there_is_made_with_all_columns(tmp_path: Path) -> None:
    add(tmp_path, note="دید، شد", design="targeted")
    raw = (tmp_path / "verdicts.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and raw.endswith(b"\r\n")
    heading, row = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    assert tuple(heading) == REQUIRED["verdicts"] + OPTIONAL["verdicts"]
    assert dict(zip(heading, row, strict=True))["note"] == "دید، شد"
    (verdict,) = verdicts_in(tmp_path)
    assert (verdict.subject, verdict.auditor, verdict.note) == ("s1", "زهرا", "دید، شد")


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("last", [True, False])
def test_what_stood_there_stays(tmp_path: Path, end: str, delimiter: str, encoding: str, last: bool) -> None:
    heading = ["date", "mine", "auditor", "subject", "verdict", "note"]
    rows = [heading, ["1404/08/20", "ستون من", "آ", "s0", "partial", f'"a{delimiter} ""b"""']]
    before = (end.join(delimiter.join(row) for row in rows) + (end if last else "")).encode(encoding)
    path = tmp_path / "verdicts.csv"
    path.write_bytes(before)
    path.chmod(0o640)
    add(tmp_path, note="x")
    after = path.read_bytes()
    assert after.startswith(before) and path.stat().st_mode & 0o777 == 0o640
    added = after[len(before) :].decode("utf-16-le" if encoding == "utf-16" else "utf-8")
    assert (
        added
        == ("" if last else end) + delimiter.join(("2025-11-26", "", "زهرا", "s1", "verified", "x")) + end
    )
    assert [v.subject for v in verdicts_in(tmp_path)] == ["s0", "s1"]


def test_a_line_of_excel_s_and_a_quoted_heading_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.csv"
    before = (
        'sep=;\r\n"subject";"ver' + 'dict";"auditor";"date";"my\r\ncolumn"\r\ns0;partial;a;1404/08/20;1\r\n'
    )
    path.write_text(before, encoding="utf-8", newline="")
    add(tmp_path, batch="b1", note="n")
    raw = path.read_bytes().decode()
    assert (
        raw
        == before.replace('column"\r\n', 'column";batch;note\r\n') + "s1;verified;زهرا;2025-11-26;;b1;n\r\n"
    )
    assert [(v.subject, v.batch) for v in verdicts_in(tmp_path)] == [("s0", None), ("s1", "b1")]


def test_columns_that_are_lacking_come_last_and_only_when_needed(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.csv"
    path.write_text(f"{HEADING}\ns0,partial,a,1404/08/20\n", encoding="utf-8")
    add(tmp_path, batch="")
    assert path.read_text(encoding="utf-8").splitlines()[0] == HEADING
    add(tmp_path, batch="b1")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert (
        lines[0] == f"{HEADING},batch" and lines[1] == "s0,partial,a,1404/08/20" and lines[3].endswith(",b1")
    )


@pytest.mark.parametrize("name", sorted(HOSTILE.keys() - {"credentials"}))
def test_hostile_texts_are_one_cell_that_acts_nowhere(tmp_path: Path, name: str) -> None:
    add(tmp_path, note=f"a {HOSTILE[name]}")
    add(tmp_path, note=HOSTILE[name])
    text = (tmp_path / "verdicts.csv").read_text(encoding="utf-8-sig")
    heading, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert len(rows) == 2 and all(len(row) == len(heading) for row in rows)
    for row in rows:
        assert not row[-1].startswith(("=", "+", "-", "@", "＝"))
        assert not any(ord(c) < 32 or 0x202A <= ord(c) <= 0x202E for c in row[-1])
    assert len(verdicts_in(tmp_path)) == 2


def test_an_address_with_a_users_name_is_not_added(tmp_path: Path) -> None:
    with pytest.raises(RowRefused, match="credentials"):
        add(tmp_path, note=HOSTILE["credentials"])


@pytest.mark.parametrize("text", ["x;=1+1", "x; +1", 'x,"@A1', "x\n;\t=cmd|' /C calc'!A0", ";;=1", "=1,-1"])
def test_no_part_of_a_name_or_note_acts_whatever_parts_the_cells(tmp_path: Path, text: str) -> None:
    add(tmp_path, auditor=text, note=text)
    raw = (tmp_path / "verdicts.csv").read_text(encoding="utf-8-sig")
    for part in re.split(r"[,;\r\n]", raw):
        assert not part.strip(' "').startswith(("=", "+", "-", "@")), raw
    (verdict,) = verdicts_in(tmp_path)
    assert verdict.auditor.replace("'", "") == " ".join(text.split()).replace("'", "")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"verdict": "perhaps"}, "choice"),
        ({"verdict": ""}, "empty"),
        ({"auditor": "\u202e\x07"}, "empty"),
        ({"probability": "2"}, "share"),
        ({"subject": "../x"}, "id"),
    ],
)
def test_a_row_that_could_not_be_read_is_refused(tmp_path: Path, given: dict[str, str], code: str) -> None:
    add(tmp_path)
    before = (tmp_path / "verdicts.csv").read_bytes()
    with pytest.raises(RowRefused) as refused:
        add(tmp_path, **given)
    assert [problem.code for problem in refused.value.problems] == [code]
    assert (tmp_path / "verdicts.csv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["verdicts.csv"], "no draft is left"


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe\x00", b"subject,subject\n", b'subject,"verdict\n', b"subject,auditor,date\n"]
)
def test_nothing_is_added_to_a_sheet_that_cannot_be_read(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "verdicts.csv").write_bytes(raw)
    with pytest.raises(RowRefused):
        add(tmp_path)
    assert (tmp_path / "verdicts.csv").read_bytes() == raw


def test_who_holds_the_folder_and_stands_still_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.desk.append._PATIENCE", 0.05)
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(OSError, match="another program"):
        add(tmp_path)
    os.close(descriptor)
    add(tmp_path)
    assert len(verdicts_in(tmp_path)) == 1


@pytest.mark.processes
def test_no_second_sheet_is_made_beside_that_of_a_workbook(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "verdicts"
    book.active.append(HEADING.split(","))
    book.save(tmp_path / "round.xlsx")
    with pytest.raises(RowRefused) as refused:
        add(tmp_path)
    assert refused.value.problems[0].code == "in_workbook"
    assert not (tmp_path / "verdicts.csv").exists()


def _many(folder: Path, who: int) -> None:
    for number in range(20):
        add(folder, auditor=f"{who}-{number}")


@pytest.mark.slow
def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_many, args=(tmp_path, who)) for who in range(3)]
    for worker in workers:
        worker.start()
    _many(tmp_path, 9)
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    found = [verdict.auditor for verdict in verdicts_in(tmp_path)]
    assert sorted(found) == sorted(f"{who}-{n}" for who in (0, 1, 2, 9) for n in range(20))


def test_a_failure_leaves_the_sheet_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(tmp_path)
    before = (tmp_path / "verdicts.csv").read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        add(tmp_path)
    assert (tmp_path / "verdicts.csv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["verdicts.csv"]
