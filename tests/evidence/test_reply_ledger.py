"""The ledger of replies: added to and never altered, whole after a crash, and read to an end whatever lies there."""

from __future__ import annotations

import base64
import datetime as dt
import fcntl
import hashlib
import json
import os
from pathlib import Path

import pytest

from evidence.canonical import canonical_line
from evidence.errors import EvidenceBusy
from evidence.fault import MOST_FAULTS, Faults
from evidence.reply_ledger import FILE, FORMAT, HEAD, append, lines, read
from evidence.signing import keys
from evidence.signing.keys import Signer
from evidence.verify.replies import check_replies

NOW = dt.datetime(2026, 1, 10, 12, tzinfo=dt.UTC)
USER = "zahra (1000)"
SIGNER = Signer.generate()
KEY = keys.parse_public(SIGNER.public_pem)
REPLY = {"reply": "r1", "text": "«بله» <&>", "date": "2026-01-10"}


def filled(folder: Path) -> Path:
    append(folder, SIGNER, NOW, "received", "مدیر", USER, {"reply": REPLY, "findings": []})
    append(folder, SIGNER, NOW, "answered", "A", USER, {"reply": "r1", "text": "t", "findings": []})
    return folder / FILE


def test_entries_are_chained_and_signed(tmp_path: Path) -> None:
    path = filled(tmp_path)
    ledger = read(tmp_path, KEY)
    assert ledger.whole and [entry["event"] for entry in ledger.entries] == ["received", "answered"]
    first, second = path.read_bytes().splitlines(keepends=True)
    assert ledger.entries[1]["prev"] == hashlib.sha256(first).hexdigest()
    assert ledger.head == hashlib.sha256(second).hexdigest()
    assert ledger.entries[0]["time"] == "2026-01-10T12:00:00.000000Z"
    assert [(entry["by"], entry["recorded_by"]) for entry in ledger.entries] == [("مدیر", USER), ("A", USER)]


def test_entries_of_earlier_versions_are_read_and_added_to(tmp_path: Path) -> None:
    """They do not say which user of the operating system wrote them."""
    entry: dict[str, object] = {
        "by": "A",
        "event": "answered",
        "findings": [],
        "format": FORMAT,
        "key": SIGNER.fingerprint,
    }
    entry |= {"number": 1, "prev": None, "reply": "r1", "text": "t", "time": "2026-01-10T12:00:00.000000Z"}
    signature = base64.b64encode(SIGNER.sign(canonical_line(entry))).decode()
    (tmp_path / FILE).write_bytes(canonical_line({"entry": entry, "signature": signature}))
    append(tmp_path, SIGNER, NOW, "answered", "A", USER, {"reply": "r1", "text": "t", "findings": []})
    ledger = read(tmp_path, KEY)
    assert ledger.whole and [entry.get("recorded_by") for entry in ledger.entries] == [None, USER]


def test_without_a_ledger_there_is_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, KEY).whole and read(tmp_path, KEY).head is None
    assert read(tmp_path, None).whole


def test_a_line_that_a_crash_cut_short_gives_way(tmp_path: Path) -> None:
    path = filled(tmp_path)
    whole = path.read_bytes()
    for cut in (1, 20, len(whole) - len(whole.splitlines()[0]) - 1):
        path.write_bytes(whole[:-cut])
        assert len(read(tmp_path, KEY).entries) == 1
    append(tmp_path, SIGNER, NOW, "answered", "A", USER, {"reply": "r1", "text": "again", "findings": []})
    ledger = read(tmp_path, KEY)
    assert ledger.whole and [entry["number"] for entry in ledger.entries] == [1, 2]


def test_one_process_at_a_time_adds_to_it(tmp_path: Path) -> None:
    path = filled(tmp_path)
    before = path.read_bytes()
    with path.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(EvidenceBusy):
            append(tmp_path, SIGNER, NOW, "answered", "A", USER, {})
    assert path.read_bytes() == before


def respelt(line: bytes) -> bytes:
    """The same entry in other bytes."""
    return json.dumps(json.loads(line), ensure_ascii=True).encode() + b"\n"


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("how", ["edit", "drop", "respell", "foreign", "garbage"])
def test_whatever_is_changed_is_named_and_counts_for_nothing(tmp_path: Path, how: str, place: int) -> None:
    path = filled(tmp_path)
    rows = path.read_bytes().splitlines(keepends=True)
    if how == "edit":
        rows[place] = rows[place].replace(b"2026", b"2025")
    elif how == "drop":
        del rows[place]
    elif how == "respell":
        rows[place] = respelt(rows[place])
    elif how == "garbage":
        rows[place] = b"[]\n"
    else:
        other = tmp_path / "other"
        other.mkdir()
        append(other, Signer.generate(), NOW, "received", "x", USER, {"reply": REPLY, "findings": []})
        rows[place] = (other / FILE).read_bytes()
    path.write_bytes(b"".join(rows))
    ledger = read(tmp_path, KEY)
    cut = how == "drop" and place == 1  # the head alone shows it
    assert not ledger.whole and len(ledger.entries) == (0 if how == "drop" and not cut else place)
    faults = Faults()
    check_replies(tmp_path, tmp_path / "evidence", KEY, lambda: {"r1": REPLY}, faults)
    named = {(fault.item, fault.problem) for fault in faults.found() if fault.file == FILE}
    problem = "foreign_signature" if how == "foreign" else "missing_reply" if cut else "changed_reply"
    assert (f"entry {1 if how == 'drop' and not cut else place + 1}", problem) in named


def test_nothing_is_signed_by_a_key_that_nobody_knows(tmp_path: Path) -> None:
    filled(tmp_path)
    assert not read(tmp_path, None).whole and read(tmp_path, None).entries == ()


def test_millions_of_lines_that_are_none_have_an_end(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\n" * 5_000_000)
    assert sum(1 for _ in lines(tmp_path, KEY)) == MOST_FAULTS + 1
    (tmp_path / FILE).write_bytes(b"[" * 200_000 + b"\n")
    assert not read(tmp_path, KEY).whole


def test_a_link_or_a_pipe_is_no_ledger(tmp_path: Path) -> None:
    folder = tmp_path / "round"
    folder.mkdir()
    filled(tmp_path)
    (folder / FILE).symlink_to(tmp_path / FILE)
    assert read(folder, KEY).entries == ()


def test_the_sheet_is_held_against_what_was_received(tmp_path: Path) -> None:
    filled(tmp_path)

    def faults(sheet: dict[str, dict[str, str]] | None) -> list[tuple[str, str, str, str]]:
        found = Faults()
        check_replies(tmp_path, tmp_path / "evidence", KEY, lambda: sheet, found)
        return [(fault.file, fault.item, fault.problem, fault.detail) for fault in found.found()]

    assert faults({"r1": REPLY, "r2": REPLY}) == []
    assert faults({"r1": {**REPLY, "text": "no", "date": "x"}}) == [
        ("replies.csv", "r1", "changed_reply", "date, text")
    ]
    assert faults({}) == faults(None) == [("replies.csv", "r1", "missing_reply", "entry 1")]


def test_the_sheet_is_not_opened_where_nothing_was_received(tmp_path: Path) -> None:
    def opened() -> None:
        raise AssertionError

    found = Faults()
    check_replies(tmp_path, tmp_path / "evidence", KEY, opened, found)
    append(tmp_path, SIGNER, NOW, "retested", "A", USER, {"retest": 1})
    check_replies(tmp_path, tmp_path / "evidence", KEY, opened, found)
    assert found.found() == []


def told(folder: Path) -> list[tuple[str, str, str]]:
    found = Faults()
    check_replies(folder, folder / "evidence", KEY, lambda: {"r1": REPLY}, found)
    return [(fault.file, fault.item, fault.problem) for fault in found.found()]


def test_a_ledger_that_is_gone_or_was_cut_is_named_and_nothing_more_counts(tmp_path: Path) -> None:
    path = filled(tmp_path)
    whole = path.read_bytes()
    assert told(tmp_path) == [] and read(tmp_path, KEY).whole
    path.write_bytes(whole.splitlines(keepends=True)[0])
    assert told(tmp_path) == [(FILE, "entry 2", "missing_reply")] and not read(tmp_path, KEY).whole
    path.write_bytes(b"")
    assert told(tmp_path) == [(FILE, "", "missing_file")] and not read(tmp_path, KEY).whole
    path.unlink()
    assert told(tmp_path) == [(FILE, "", "missing_file")] and not read(tmp_path, KEY).whole


def test_a_head_lags_behind_by_what_a_crash_kept_from_it(tmp_path: Path) -> None:
    path = filled(tmp_path)
    head = (tmp_path / HEAD).read_bytes()
    append(tmp_path, SIGNER, NOW, "answered", "A", USER, {"reply": "r1", "text": "t", "findings": []})
    (tmp_path / HEAD).write_bytes(head)
    assert told(tmp_path) == [] and read(tmp_path, KEY).whole
    assert len(path.read_bytes().splitlines()) == 3


def test_a_ledger_of_an_earlier_version_has_no_head(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / HEAD).unlink()
    assert told(tmp_path) == [] and read(tmp_path, KEY).whole


@pytest.mark.parametrize("how", ["garbage", "other key", "other hash", "pipe", "link"])
def test_a_head_that_nobody_signed_is_named(tmp_path: Path, how: str) -> None:
    filled(tmp_path)
    head = tmp_path / HEAD
    if how == "garbage":
        head.write_bytes(b"{}")
    elif how == "other key":
        other = tmp_path / "other"
        other.mkdir()
        append(other, Signer.generate(), NOW, "received", "x", USER, {"reply": REPLY, "findings": []})
        head.write_bytes((other / HEAD).read_bytes())
    elif how == "other hash":
        values = json.loads(head.read_bytes())
        values["entry"]["head"] = "0" * 64
        head.write_bytes(canonical_line(values))
    elif how == "pipe":
        head.unlink()
        os.mkfifo(head)
    else:
        head.rename(tmp_path / "moved")
        head.symlink_to(tmp_path / "moved")
    assert told(tmp_path) == [(HEAD, "", "changed_reply")] and not read(tmp_path, KEY).whole


def test_another_ledger_in_its_place_does_not_have_its_head(tmp_path: Path) -> None:
    """Of the same key, from a copy of the round that went another way."""
    filled(tmp_path)
    head = (tmp_path / HEAD).read_bytes()
    other = tmp_path / "other"
    other.mkdir()
    append(other, SIGNER, NOW, "received", "x", USER, {"reply": REPLY, "findings": []})
    append(other, SIGNER, NOW, "answered", "x", USER, {"reply": "r1", "text": "no", "findings": []})
    (other / HEAD).write_bytes(head)
    assert told(other) == [(FILE, "entry 2", "changed_reply")]
