"""Whoever holds the key, or makes the whole folder up; and files that are meant to hurt who reads them."""

from __future__ import annotations

import gc
import hashlib
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from evidence import layout, seal
from evidence.signing.keys import Signer
from evidence.store import warc
from evidence.store.derived_index import write_derived
from evidence.verify import archive as verify_archive
from evidence.verify.folder import verify
from tests.evidence.tampering import members_of, sign_anew

SEGMENT = "shard-0001/seg-1-00001.warc.gz"
INDEX = "shard-0001/index-1.sqlite"
Named = set[tuple[str, str, str]]


@pytest.fixture
def folder(sealed_origin: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sealed_origin, tmp_path / "round")


def _named(folder: Path, **options: Any) -> Named:
    found = verify(folder / "evidence", findings=folder / "results" / "findings.jsonl", **options)
    return {(fault.file, fault.item, fault.problem) for fault in found}


def _seal_anew(round_: Any, *, history: bool) -> None:
    """A seal over whatever the segments hold now, with indexes made of them. history: earlier seals stay."""
    for path in round_.evidence.iterdir():
        if path.name.startswith(("manifest", "SHA256SUMS")) and not history:
            path.unlink()
    shard, position = round_.evidence / layout.FIRST_SHARD, 0
    for epoch in layout.epochs(shard):
        write_derived(shard, epoch, position, shard / layout.index_name(epoch))
        position += sum(len(members_of(path)) for path in layout.segments(shard, epoch))
    round_.seal()


@pytest.mark.parametrize("history", [False, True])
def test_a_key_holder_who_drops_records_contradicts_the_checkpoints(
    folder: Path, new_round: Callable[[Path], Any], history: bool
) -> None:
    forged = new_round(folder)
    path = forged.evidence / SEGMENT
    members = members_of(path)
    path.write_bytes(b"".join(members[:1] + members[3:]))  # without the first exchange
    _seal_anew(forged, history=history)
    faults = verify(forged.evidence)
    assert ("checkpoint 1", "changed_checkpoint") not in {
        (f.item, f.problem) for f in faults
    }  # over no record
    assert ("checkpoint 2", "changed_checkpoint") in {(f.item, f.problem) for f in faults}
    assert (("manifest-1.json", "changed_history") in {(f.file, f.problem) for f in faults}) == history


def test_a_key_holder_who_drops_the_last_records_is_told_how_many_there_were(
    folder: Path, new_round: Callable[[Path], Any]
) -> None:
    forged = new_round(folder)
    last = layout.segments(forged.evidence / layout.FIRST_SHARD)[-1]
    last.write_bytes(b"".join(members_of(last)[:1]))
    _seal_anew(forged, history=False)
    details = {fault.detail for fault in verify(forged.evidence) if fault.problem == "changed_checkpoint"}
    assert any(detail.startswith("there are no ") for detail in details)


def test_a_key_holder_who_removes_a_finding_is_seen_by_who_has_the_earlier_seal_or_judges_again(
    folder: Path, new_round: Callable[[Path], Any]
) -> None:
    """The folder alone cannot show it, and verification does not claim to: docs/evidence.md says what does."""
    results = folder / "results"
    published = hashlib.sha256((results / "findings.manifest.json").read_bytes()).hexdigest()
    findings = (results / "findings.jsonl").read_bytes()
    (results / "findings.jsonl").write_bytes(b"".join(findings.splitlines(keepends=True)[1:]))
    assert {item for _, item, problem in _named(folder) if problem == "missing_finding"} == {"f000"}
    forged = new_round(folder)
    assert seal.seal_findings(results, forged.evidence, forged.signer)
    assert _named(folder) == set()
    assert hashlib.sha256((results / "findings.manifest.json").read_bytes()).hexdigest() != published
    (results / "findings.jsonl").write_bytes(findings)  # as judging the same evidence again gives them
    assert {item for _, item, problem in _named(folder) if problem == "added_finding"} == {"f000"}


def test_an_index_of_a_run_without_records_is_all_additions(folder: Path, signer: Signer) -> None:
    shutil.copyfile(folder / "evidence" / INDEX, folder / "evidence" / "shard-0001" / "index-9.sqlite")
    sign_anew(folder, signer)
    assert ("shard-0001/index-9.sqlite", "capture c00001", "added_row") in _named(folder)


def test_an_index_whose_look_ups_leave_rows_out_is_damaged(folder: Path, signer: Signer) -> None:
    name = "idx_capture_agency_kind_sequence"
    with closing(sqlite3.connect(folder / "evidence" / INDEX, isolation_level=None)) as connection:
        (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        connection.execute(f"DROP INDEX {name}")
        connection.execute(f"{sql} WHERE kind <> 'http'")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (sql, name))
    sign_anew(folder, signer)
    assert _named(folder) - {("findings.manifest.json", "evidence", "stale_findings")} == {
        (INDEX, "", "damaged_index")
    }


def test_segments_that_changed_places_are_named(folder: Path) -> None:
    first, second = (folder / "evidence" / f"shard-0001/seg-1-0000{number}.warc.gz" for number in (1, 2))
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    named = _named(folder)
    for path in (first, second):
        problems = {problem for file, _, problem in named if file.endswith(path.name)}
        assert "changed_file" in problems and problems & {"changed_record", "missing_record"}


def _lengths(evidence: Path) -> None:
    path = evidence / "records.txt"
    path.write_bytes(path.read_bytes().replace(b" 0 ", b" 0 9999999999999999", 1))


def _twice(evidence: Path) -> None:
    path = evidence / "records.txt"
    path.write_bytes(path.read_bytes() + path.read_bytes())


def _elsewhere(evidence: Path) -> None:
    path = evidence / "records.txt"
    path.write_bytes(path.read_bytes().replace(b"seg-1-00001", b"seg-1-00077"))


def _a_long_line(evidence: Path) -> None:
    path = evidence / "records.txt"
    path.write_bytes(b"0" * 5_000_000 + b"\n" + path.read_bytes())


def _a_checkpoint_of_no_number(evidence: Path) -> None:
    path = evidence / "checkpoints.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"records":0', b'"records":NaN', 1))


def _a_checkpoint_of_no_text(evidence: Path) -> None:
    path = evidence / "checkpoints.jsonl"
    path.write_bytes(path.read_bytes().replace(b"shard-0001", b"\\ud800", 1))


def _a_deep_plan(evidence: Path) -> None:
    (evidence / "plan.json").write_bytes(b"[" * 200_000)


def _a_head_of_no_object(evidence: Path) -> None:
    (evidence / "shard-0001" / "head.json").write_bytes(b"[1]")


@pytest.mark.parametrize(
    ("change", "file"),
    [
        (_lengths, SEGMENT),
        (_twice, "records.txt"),
        (_elsewhere, "shard-0001/seg-1-00077.warc.gz"),
        (_a_long_line, "records.txt"),
        (_a_checkpoint_of_no_number, "checkpoints.jsonl"),
        (_a_checkpoint_of_no_text, "checkpoints.jsonl"),
        (_a_deep_plan, "plan.json"),
        (_a_head_of_no_object, "shard-0001/head.json"),
    ],
)
def test_what_a_dishonest_sealer_signs_is_survived_and_named(
    folder: Path, signer: Signer, change: Callable[[Path], None], file: str
) -> None:
    change(folder / "evidence")
    sign_anew(folder, signer)
    assert file in {name for name, _, _ in _named(folder)}


@pytest.mark.parametrize("said", ["[" * 200_000, "{}", '{"kind":"http","facts":7}', '"\\ud800"'])
def test_a_signed_record_without_a_readable_capture_is_named(
    folder: Path, new_round: Callable[[Path], Any], said: str
) -> None:
    forged = new_round(folder)
    path = forged.evidence / SEGMENT
    members = members_of(path)
    record = zlib.decompress(members[2], 31)
    start = record.index(b"Govah-Capture: ") + len(b"Govah-Capture: ")
    record = record[:start] + said.encode() + record[record.index(b"\r\n", start) :]
    path.write_bytes(b"".join([*members[:2], warc.member(record), *members[3:]]))
    at = len(b"".join(members[:2]))
    lines = (forged.evidence / "records.txt").read_text().splitlines(keepends=True)
    leaf = hashlib.sha256(b"\x00" + record).hexdigest()
    lines[2] = f"{leaf} {SEGMENT} {at} {len(warc.member(record))}\n"
    shift = len(warc.member(record)) - len(members[2])
    for number, line in enumerate(lines[3:], 3):
        leaf, name, offset, length = line.split()
        lines[number] = f"{leaf} {name} {int(offset) + (shift if name == SEGMENT else 0)} {length}\n"
    (forged.evidence / "records.txt").write_text("".join(lines))
    sign_anew(folder, forged.signer)
    assert (SEGMENT, "record 2", "changed_record") in _named(folder)


@pytest.mark.parametrize(
    "name",
    ["manifest.json", "manifest.sig", "signer.pem", "SHA256SUMS", "records.txt", "plan.json", "checkpoints.jsonl",
     SEGMENT, INDEX, "shard-0001/head.json", "../results/findings.jsonl", "../results/findings.leaves.txt",
     "../results/findings.manifest.json", "../results/findings.manifest.sig"],
)  # fmt: skip
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_a_pipe_or_a_folder_in_place_of_a_file_is_not_opened(
    folder: Path, name: str, make: Callable[[Path], None]
) -> None:
    path = folder / "evidence" / name
    path.unlink()
    make(path)
    assert any(name.endswith(part) for file, item, _ in _named(folder) for part in (file, item) if part)


def test_names_and_findings_that_are_no_text_can_be_told(folder: Path) -> None:
    os.close(os.open(os.fsencode(folder / "evidence") + b"/\xff\xfe", os.O_CREAT))
    findings = folder / "results" / "findings.jsonl"
    findings.write_bytes(findings.read_bytes() + b'{"id": "\\ud800", "captures": ["\\udfff"]}\n')
    named = _named(folder)
    assert "\n".join(part for fault in named for part in fault).encode("utf-8")
    assert ("findings.jsonl", "\\ud800", "added_finding") in named


def _bomb(size: int) -> bytes:
    """A well-formed record of zeros as one gzip member, a thousandth of its size."""
    head = b"WARC/1.1\r\nWARC-Type: resource\r\nContent-Length: %d\r\n\r\n" % size
    stream = zlib.compressobj(1, zlib.DEFLATED, 31)
    parts = [stream.compress(head), *(stream.compress(bytes(1 << 20)) for _ in range(size >> 20))]
    return b"".join([*parts, stream.compress(warc.RECORD_END), stream.flush()])


@pytest.mark.processes
def test_a_record_that_unfolds_to_very_much_takes_no_memory(folder: Path) -> None:
    path = folder / "evidence" / SEGMENT
    path.write_bytes(path.read_bytes() + _bomb(160 << 20))
    program = (
        "import sys; from pathlib import Path; from evidence.verify.folder import verify;"
        "print(*{(f.file, f.problem) for f in verify(Path(sys.argv[1]))});"
        "print(Path('/proc/self/status').read_text())"  # getrusage would count what this process had before
    )
    arguments = [sys.executable, "-c", program, str(folder / "evidence")]
    root = Path(__file__).parents[3]
    told = subprocess.run(arguments, capture_output=True, text=True, check=True, cwd=root).stdout
    assert "added_record" in told
    peak = re.search(r"VmHWM:\s*(\d+) kB", told)
    assert peak is not None and int(peak.group(1)) < 80 << 10  # with the interpreter and its libraries


@pytest.mark.processes
def test_the_answer_does_not_depend_on_the_number_of_processes(
    tmp_path: Path, new_round: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify_archive, "_WORTH_A_PROCESS", 32 << 10)  # a thousandth, as all sizes here
    made = new_round(tmp_path)
    draw = random.Random(7)
    with made.open(segment_bytes=9 << 10, checkpoint_every=20) as writer:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n"
        captures = [
            made.exchange(writer, f"http://a.test/{n}", head + draw.randbytes(1 << 10)) for n in range(75)
        ]
    made.seal()
    made.judge(captures)
    findings = made.results / "findings.jsonl"
    assert len(layout.segments(made.evidence / layout.FIRST_SHARD)) >= 8
    assert verify(made.evidence, findings=findings, jobs=2) == []
    for number, at in ((1, 100), (3, 5 << 10), (6, -20)):
        path = made.evidence / layout.FIRST_SHARD / layout.segment_name(1, number)
        content = bytearray(path.read_bytes())
        content[at] ^= 1
        path.write_bytes(content)
    alone = verify(made.evidence, findings=findings)
    assert len({fault.file for fault in alone if fault.problem == "changed_record"}) == 3
    assert verify(made.evidence, findings=findings, jobs=2) == alone


@pytest.mark.parametrize("kept", [slice(None), slice(1, 3)])
def test_published_checkpoints_outlive_those_that_the_key_holder_takes_away(
    folder: Path, tmp_path: Path, new_round: Callable[[Path], Any], kept: slice
) -> None:
    forged = new_round(folder)
    present = forged.evidence / layout.CHECKPOINTS
    published = tmp_path / "published.jsonl"
    lines = present.read_bytes().splitlines()[kept]
    published.write_bytes(b"\r\n".join(lines))
    assert _named(folder, published=published) == set()
    path = forged.evidence / SEGMENT
    members = members_of(path)
    path.write_bytes(b"".join(members[:1] + members[3:]))
    present.unlink()
    _seal_anew(forged, history=False)
    assert verify(forged.evidence) == []
    faults = verify(forged.evidence, published=published)
    assert {(fault.file, fault.problem) for fault in faults} == {("published.jsonl", "changed_checkpoint")}


@pytest.mark.parametrize("content", [b"", b"hello\n", b"{}\n"])
def test_a_file_of_checkpoints_that_holds_none_is_no_assurance(
    folder: Path, tmp_path: Path, content: bytes
) -> None:
    published = tmp_path / "published.jsonl"
    published.write_bytes(content)
    assert ("published.jsonl", "", "changed_checkpoint") in _named(folder, published=published)


def test_nothing_stays_open(folder: Path) -> None:
    """An index that stays open keeps a megabyte, and there is one for each segment."""

    def opened() -> list[str]:
        links = [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        return [str(target) for target in links if target.is_relative_to(folder)]

    (folder / "evidence" / "shard-0001" / "index-2.sqlite").write_bytes(b"no index")
    gc.disable()  # or what is forgotten would be closed by chance
    try:
        assert verify(folder / "evidence")
        assert opened() == []
    finally:
        gc.enable()


def test_another_spelling_of_a_signature_is_no_signature_of_a_writer(folder: Path, signer: Signer) -> None:
    path = folder / "evidence" / "checkpoints.jsonl"
    content = path.read_bytes()
    assert content.endswith(b'=="}\n')
    last = content[-6:-5]
    digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = digits[digits.index(last) ^ 1]  # the last four bits of 64 bytes in Base64 stand for nothing
    path.write_bytes(content[:-6] + bytes([other]) + content[-5:])
    sign_anew(folder, signer)
    lines = len(content.splitlines())
    assert ("checkpoints.jsonl", f"checkpoint {lines}", "changed_checkpoint") in _named(folder)


def test_a_file_that_is_listed_twice_is_named_with_both_lines(folder: Path) -> None:
    path = folder / "evidence" / layout.SUMS
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, lines[2]]))
    named = {item for file, item, _ in _named(folder) if file == layout.SUMS}
    assert {"line 3", f"line {len(lines) + 1}"} <= named
