"""Whatever is done to a sealed round, verification says so and names it."""

from __future__ import annotations

import base64
import gzip
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence import layout
from evidence.canonical import canonical_line
from evidence.fault import Fault
from evidence.signing.keys import Signer
from evidence.store import warc
from evidence.verify.folder import PROBLEMS, verify
from reports.catalogue import TextCatalogue
from tests.evidence.warc_records import read_all

SEGMENT = "shard-0001/seg-1-00001.warc.gz"
INDEX = "shard-0001/index-1.sqlite"


class Copy:
    """A copy of the sealed round, to be tampered with."""

    def __init__(self, folder: Path) -> None:
        self.evidence = folder / "evidence"
        self.findings = folder / "results" / "findings.jsonl"

    def verify(self, **options: Any) -> list[Fault]:
        return verify(self.evidence, findings=self.findings, **options)

    def problems(self, file: str) -> set[tuple[str, str]]:
        return {(fault.problem, fault.item) for fault in self.verify() if fault.file == file}

    @property
    def members(self) -> list[bytes]:
        path = self.evidence / SEGMENT
        with path.open("rb") as file:
            records = list(read_all(file))
        content = path.read_bytes()
        return [content[r.offset : r.offset + r.length] for r in records]

    @members.setter
    def members(self, members: list[bytes]) -> None:
        (self.evidence / SEGMENT).write_bytes(b"".join(members))

    def sql(self, statement: str) -> None:
        connection = sqlite3.connect(self.evidence / INDEX)
        with connection:
            connection.execute(statement)
        connection.close()

    def edit_manifest(self, signer: Signer | None = None, **values: Any) -> None:
        path = self.evidence / layout.MANIFEST
        manifest = {**json.loads(path.read_bytes()), **values}
        path.write_bytes(canonical_line(manifest))
        if signer is not None:
            (self.evidence / layout.SIGNATURE).write_bytes(signer.sign(path.read_bytes()))

    def lines(self, name: str = "") -> list[str]:
        path = self.evidence / name if name else self.findings
        return path.read_text().splitlines(keepends=True)

    def write_lines(self, lines: list[str], name: str = "") -> None:
        (self.evidence / name if name else self.findings).write_text("".join(lines))


@pytest.fixture
def copy(sealed_origin: Path, tmp_path: Path) -> Copy:
    shutil.copytree(sealed_origin, tmp_path / "round")
    return Copy(tmp_path / "round")


def test_an_untouched_round_has_no_fault(copy: Copy, signer: Signer) -> None:
    assert copy.verify() == []
    assert copy.verify(trusted_key=signer.fingerprint) == []
    assert verify(copy.evidence) == []


def test_an_unsealed_folder(copy: Copy) -> None:
    (copy.evidence / layout.MANIFEST).unlink()
    assert [(f.file, f.problem) for f in copy.verify()] == [("manifest.json", "unsealed")]


def test_a_flipped_bit_in_a_record_names_the_record(copy: Copy) -> None:
    members = copy.members
    damaged = bytearray(members[3])
    damaged[len(damaged) // 2] ^= 1
    copy.members = [*members[:3], bytes(damaged), *members[4:]]
    assert ("changed_record", "record 3") in copy.problems(SEGMENT)
    assert ("changed_file", "") in copy.problems(SEGMENT)


def test_a_flipped_bit_in_a_gzip_header_is_seen(copy: Copy) -> None:
    path = copy.evidence / SEGMENT
    content = bytearray(path.read_bytes())
    content[5] ^= 1  # its time, which no reader looks at
    path.write_bytes(content)
    assert ("changed_file", "") in copy.problems(SEGMENT)


def test_a_rewritten_record_is_named(copy: Copy) -> None:
    members = copy.members
    record = gzip.decompress(members[2]).replace(b"tehran-1", b"tehran-2")
    copy.members = [*members[:2], warc.member(record, 2), *members[3:]]
    assert ("changed_record", "record 2 (c00001)") in copy.problems(SEGMENT)


def test_a_recompressed_record_is_seen(copy: Copy) -> None:
    members = copy.members
    copy.members = [warc.member(gzip.decompress(member), 1) for member in members]
    assert ("changed_file", "") in copy.problems(SEGMENT)


def test_reordered_records_are_named(copy: Copy) -> None:
    members = copy.members
    copy.members = [*members[:3], members[5], members[6], members[3], members[4], *members[7:]]
    problems = copy.problems(SEGMENT)
    assert {item for problem, item in problems if problem == "reordered_record"} == {"record 3", "record 4"}


def test_a_dropped_record_is_named(copy: Copy) -> None:
    copy.members = copy.members[:-1]
    assert ("missing_record", f"record {len(copy.members)}") in copy.problems(SEGMENT)


def test_a_record_dropped_in_the_middle_is_named(copy: Copy) -> None:
    members = copy.members
    copy.members = [*members[:4], *members[5:]]
    assert ("missing_record", "record 4") in copy.problems(SEGMENT)


def test_an_appended_record_is_named(copy: Copy) -> None:
    record = gzip.decompress(copy.members[2]).replace(b"c00001", b"c99999")
    copy.members = [*copy.members, warc.member(record, 2)]
    assert ("added_record", "c99999") in copy.problems(SEGMENT)


def test_a_repeated_record_is_named(copy: Copy) -> None:
    copy.members = [*copy.members, copy.members[2]]
    assert ("added_record", "record 2") in copy.problems(SEGMENT)


def test_appended_bytes_are_seen(copy: Copy) -> None:
    copy.members = [*copy.members, b"\x00" * 10]
    assert ("added_record", "10 bytes") in copy.problems(SEGMENT)


def test_a_torn_file_names_where(copy: Copy) -> None:
    path = copy.evidence / SEGMENT
    path.write_bytes(path.read_bytes()[:-5])
    assert any(problem == "torn_file" for problem, _ in copy.problems(SEGMENT))


def test_a_missing_and_an_extra_segment_are_named(copy: Copy) -> None:
    (copy.evidence / SEGMENT).rename(copy.evidence / "shard-0001/seg-9-00001.warc.gz")
    assert ("missing_file", "") in copy.problems(SEGMENT)
    assert ("extra_file", "") in copy.problems("shard-0001/seg-9-00001.warc.gz")


def test_an_extra_file_and_a_link_are_named(copy: Copy) -> None:
    (copy.evidence / "note.txt").write_text("hello")
    (copy.evidence / "link").symlink_to("/etc/hostname")
    assert ("extra_file", "") in copy.problems("note.txt")
    assert ("extra_file", "") in copy.problems("link")


@pytest.mark.parametrize(
    "name", ["plan.json", "records.txt", "SHA256SUMS", "signer.pem", "checkpoints.jsonl", INDEX]
)
def test_a_missing_file_is_named(copy: Copy, name: str) -> None:
    (copy.evidence / name).unlink()
    assert ("missing_file", "") in copy.problems(name)


def test_swapped_screenshots_are_named(copy: Copy) -> None:
    swap = {b"\x01" * 700: b"\x02" * 700, b"\x02" * 700: b"\x01" * 700}
    for path in layout.segments(copy.evidence / "shard-0001", 1):
        with path.open("rb") as file:
            records = list(read_all(file))
        swapped = [r.content.replace(r.block, swap.get(r.block, r.block)) for r in records]
        path.write_bytes(b"".join(warc.member(content, 2) for content in swapped))
    problems = {(f.problem, f.item.partition("(")[2]) for f in copy.verify()}
    assert {("changed_record", "c00009)"), ("changed_record", "c00010)")} <= problems


def test_an_edited_row_names_capture_and_field(copy: Copy) -> None:
    copy.sql(
        "UPDATE capture SET facts = replace(facts, ':200,', ':404,'), url = 'http://x/' WHERE id = 'c00002'"
    )
    details = {f.detail for f in copy.verify() if (f.file, f.item) == (INDEX, "capture c00002")}
    assert details == {"url, facts"}


def test_an_edited_record_row_is_named(copy: Copy) -> None:
    copy.sql("UPDATE record SET offset = offset + 1 WHERE position = 4")
    assert ("changed_row", "record 4") in copy.problems(INDEX)


def test_removed_and_added_rows_are_named(copy: Copy) -> None:
    copy.sql("DELETE FROM capture WHERE id = 'c00003'")
    copy.sql(
        "INSERT INTO capture SELECT 900, 'forged', kind, agency, url, time, vantage, purpose, attempt,"
        " sha256, facts, record, request FROM capture WHERE id = 'c00004'"
    )
    copy.sql("INSERT INTO record SELECT 900, type, segment, offset, length, leaf FROM record LIMIT 1")
    problems = copy.problems(INDEX)
    assert {
        ("missing_row", "capture c00003"),
        ("added_row", "capture forged"),
        ("added_row", "record 900"),
    } <= problems


def test_a_damaged_index_is_named(copy: Copy) -> None:
    path = copy.evidence / INDEX
    content = path.read_bytes()
    path.write_bytes(content[:4096] + bytes(len(content) - 4096))
    assert {problem for problem, _ in copy.problems(INDEX)} & {"damaged_index", "missing_row"}
    path.write_bytes(b"no database" * 1000)
    assert ("damaged_index", "") in copy.problems(INDEX)


def test_an_index_made_of_views_is_refused(copy: Copy) -> None:
    copy.sql("ALTER TABLE record RENAME TO hidden")
    copy.sql("CREATE VIEW record AS SELECT * FROM hidden")
    assert ("damaged_index", "") in copy.problems(INDEX)


def test_a_journal_beside_an_index_is_not_read_and_named(copy: Copy) -> None:
    (copy.evidence / (INDEX + "-wal")).write_bytes(b"\x37\x7f\x06\x82" * 100)
    assert {(f.problem, f.file) for f in copy.verify()} == {("extra_file", INDEX + "-wal")}
    assert not (copy.evidence / (INDEX + "-shm")).exists()


def test_an_edited_manifest_names_the_field(copy: Copy) -> None:
    copy.edit_manifest(captures=99)
    assert {("invalid_signature", "manifest.sig"), ("changed_field", "captures")} <= copy.problems(
        "manifest.json"
    )


def test_edited_coverage_breaks_the_signature(copy: Copy) -> None:
    copy.edit_manifest(coverage={"visited": 7})
    assert ("invalid_signature", "manifest.sig") in copy.problems("manifest.json")


def test_a_missing_signature(copy: Copy) -> None:
    (copy.evidence / layout.SIGNATURE).unlink()
    assert ("missing_signature", "") in copy.problems("manifest.sig")


@pytest.mark.parametrize("null", [None, "", "0" * 64, 0])
def test_a_null_hash_names_the_field_even_when_signed(copy: Copy, signer: Signer, null: Any) -> None:
    copy.edit_manifest(signer, sha256sums=null)
    assert ("null_hash", "sha256sums") in copy.problems("manifest.json")


def test_a_foreign_signature(copy: Copy, signer: Signer) -> None:
    foreign = Signer.generate()
    (copy.evidence / layout.SIGNER).write_bytes(foreign.public_pem)
    copy.edit_manifest(foreign, key=foreign.fingerprint)
    problems = {(f.problem, f.file) for f in copy.verify(trusted_key=signer.fingerprint)}
    assert ("foreign_signature", "signer.pem") in problems
    assert ("foreign_signature", "checkpoints.jsonl") in problems
    (copy.evidence / layout.CHECKPOINTS).unlink()
    assert ("foreign_signature", "signer.pem") in {
        (f.problem, f.file) for f in copy.verify(trusted_key=signer.fingerprint)
    }


def test_another_key_beside_the_old_manifest(copy: Copy) -> None:
    (copy.evidence / layout.SIGNER).write_bytes(Signer.generate().public_pem)
    assert ("foreign_signature", "") in copy.problems("signer.pem")


def test_a_trusted_fingerprint_may_be_written_with_colons(copy: Copy, signer: Signer) -> None:
    text = signer.fingerprint.upper()
    assert copy.verify(trusted_key=":".join(text[i : i + 2] for i in range(0, 64, 2))) == []


def test_an_edited_checkpoint_is_named(copy: Copy) -> None:
    lines = copy.lines("checkpoints.jsonl")
    assert len(lines) >= 3
    values = json.loads(lines[1])
    values["checkpoint"]["records"] += 1
    copy.write_lines([lines[0], json.dumps(values) + "\n", *lines[2:]], "checkpoints.jsonl")
    assert {("changed_checkpoint", "checkpoint 2"), ("changed_checkpoint", "checkpoint 3")} <= copy.problems(
        "checkpoints.jsonl"
    )


def test_the_key_holder_cannot_drop_records_that_a_checkpoint_saw(copy: Copy, signer: Signer) -> None:
    lines = copy.lines("checkpoints.jsonl")
    checkpoint = json.loads(lines[-1])["checkpoint"]
    checkpoint["root"] = "1" * 64  # what a forged archive's root would look like
    signature = base64.b64encode(signer.sign(canonical_line(checkpoint))).decode()
    forged = canonical_line({"checkpoint": checkpoint, "signature": signature}).decode()
    copy.write_lines([*lines[:-1], forged], "checkpoints.jsonl")
    faults = [f for f in copy.verify() if f.problem == "changed_checkpoint"]
    assert [f.item for f in faults] == [f"checkpoint {len(lines)}"] and "root" in faults[0].detail


def test_an_edited_finding_is_named(copy: Copy) -> None:
    lines = copy.lines()
    lines[4] = lines[4].replace("verified", "contradicted")
    copy.write_lines(lines)
    assert copy.problems("findings.jsonl") == {("changed_file", ""), ("changed_finding", "f004")}


def test_removed_added_and_moved_findings_are_named(copy: Copy) -> None:
    lines = copy.lines()
    copy.write_lines([lines[1], lines[0], *lines[3:], lines[5].replace("f005", "g005")])
    assert copy.problems("findings.jsonl") == {
        ("changed_file", ""),
        ("missing_finding", "f002"),
        ("added_finding", "g005"),
        ("reordered_finding", "f000"),
    }


def test_a_finding_on_a_capture_that_is_not_there_is_named(copy: Copy) -> None:
    lines = copy.lines()
    lines[0] = lines[0].replace("c00001", "c77777")
    copy.write_lines(lines)
    assert ("unknown_capture", "f000") in copy.problems("findings.jsonl")


@pytest.mark.parametrize("name", ["findings.manifest.json", "findings.manifest.sig"])
def test_findings_without_their_seal(copy: Copy, name: str) -> None:
    (copy.findings.parent / name).unlink()
    assert ("missing_signature", "") in copy.problems(name)


def test_findings_removed_with_their_seal_left(copy: Copy) -> None:
    copy.findings.unlink()
    assert ("missing_file", "") in copy.problems("findings.jsonl")


def test_findings_sealed_by_another_key(copy: Copy) -> None:
    foreign = Signer.generate()
    path = copy.findings.parent / "findings.manifest.json"
    content = canonical_line({**json.loads(path.read_bytes()), "key": foreign.fingerprint})
    path.write_bytes(content)
    path.with_name("findings.manifest.sig").write_bytes(foreign.sign(content))
    assert ("foreign_signature", "key") in copy.problems("findings.manifest.json")


def test_findings_of_another_state_of_the_evidence(copy: Copy, signer: Signer) -> None:
    copy.edit_manifest(signer, coverage={})
    assert ("stale_findings", "evidence") in copy.problems("findings.manifest.json")


def test_recording_after_the_seal_is_seen(copy: Copy, new_round: Callable[[Path], Any]) -> None:
    extended = new_round(copy.evidence.parent)
    with extended.open() as writer:
        extended.fill(writer)
    assert ("extra_file", "") in copy.problems("shard-0001/epoch-3")


@pytest.mark.parametrize(
    "content",
    [b"", b"null", b"[]", b"{", b"[" * 100_000, b'{"format":"govah-evidence-manifest/1"}', b"\xff\xfe",
     b'{"format":"govah-evidence-manifest/1","prev":"x","records":[],"key":7,"plan":{},"sha256sums":[]}'],
)  # fmt: skip
def test_any_manifest_is_survived(copy: Copy, content: bytes) -> None:
    for path in (copy.evidence / "manifest.json", copy.findings.parent / "findings.manifest.json"):
        original = path.read_bytes()
        path.write_bytes(content)
        assert copy.verify()
        path.write_bytes(original)


def test_a_listing_that_points_outside_reads_nothing_there(copy: Copy) -> None:
    path = copy.evidence / "SHA256SUMS"
    path.write_bytes(path.read_bytes() + b"0" * 64 + b"  ../../../etc/passwd\n")
    assert ("missing_file", "") in copy.problems("../../../etc/passwd")


@pytest.mark.parametrize("language", ["fa", "en"])
def test_every_problem_has_a_text(language: Any) -> None:
    catalogue = TextCatalogue(language)
    assert {f"fault.{problem}" for problem in PROBLEMS} <= set(catalogue.keys())
    told = {"item": "7", "detail": "7", "count": 7}  # what govah/terminal/faults.py gives
    assert all(catalogue.text(f"fault.{problem}", **told) for problem in PROBLEMS)


def test_every_problem_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "evidence.md").read_text(encoding="utf-8")
    assert [problem for problem in PROBLEMS if f"`{problem}`" not in page] == []
