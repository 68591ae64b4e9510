"""Evidence of other vantage points: joined as it lies, each under its own key, and refused where it is none of the round."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import itertools
import json
import os
import pickle
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from evidence.canonical import canonical_line
from evidence.errors import EvidenceMissing
from evidence.fault import Fault
from evidence.kinds.http import HttpFacts
from evidence.seal import seal, sums
from evidence.signing.findings_seal import seal_findings
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore, EvidenceWriter
from evidence.vantages import VantageRefused, joined
from evidence.verify.folder import verify

Change = Callable[[Path], None]
OPENED = dt.datetime(2025, 12, 1, 8, 0, tzinfo=dt.UTC)
ROUND, KEY, THEIRS = "1404-1", Signer.generate(), Signer.generate()


def crawled(
    folder: Path,
    vantage: str,
    *,
    signer: Signer = THEIRS,
    opened: dt.datetime = OPENED,
    round_id: str = ROUND,
    ids: str | None = None,
) -> Path:
    """Two exchanges of an agency, sealed. ids: what those of the captures begin with."""
    evidence = folder / "evidence"
    write(evidence, vantage, ("a", "b"), opened, signer=signer, ids=ids)
    seal_by(signer, evidence, round_id, opened)
    return evidence


def write(
    evidence: Path,
    vantage: str,
    pages: Sequence[str],
    opened: dt.datetime,
    *,
    signer: Signer = THEIRS,
    ids: str | None = None,
) -> None:
    """One run of a crawl."""
    numbers = itertools.count(1)
    with EvidenceWriter.open(
        evidence,
        vantage=vantage,
        now=lambda: opened,
        new_id=lambda: f"{ids or vantage}-{next(numbers)}",
        plan={},
        signer=signer,
    ) as writer:
        for page in pages:
            writer.add(
                kind="http", agency="a", url=f"http://a.test/{page}", purpose="page", attempt=1, time=opened,
                facts=HttpFacts("GET", 200, "OK", (), None),
                request=b"GET / HTTP/1.1\r\n\r\n", response=f"HTTP/1.1 200 OK\r\n\r\n{vantage}".encode(),
            )  # fmt: skip


def faults_of(path: Path, key: str) -> list[Fault]:
    """As `govah check` asks."""
    return verify(path, trusted_key=key)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return crawled(tmp_path / "own", "tehran", signer=KEY)


def test_captures_of_all_are_found_and_each_place_lists_its_own(own: Path, tmp_path: Path) -> None:
    also = [(crawled(tmp_path / name, name), THEIRS.fingerprint) for name in ("tabriz", "abroad")]
    before = [
        sorted((path, path.read_bytes()) for path in folder.rglob("*") if path.is_file())
        for folder, _ in also
    ]
    with joined(own, ROUND, also, faults_of=faults_of) as store:
        assert [store.vantage, *(one.vantage for one in store.also)] == ["tehran", "tabriz", "abroad"]
        assert [capture.id for capture in store.captures("a")] == ["tehran-1", "tehran-2"]
        assert [capture.id for capture in store.also[1].captures("a")] == ["abroad-1", "abroad-2"]
        assert store.exchanges() == (2, 0)
        for id in ("abroad-2", "tehran-1", "tabriz-2", "abroad-1"):
            place = id.partition("-")[0]
            assert (store.get(id).vantage, store.body(id)) == (place, place.encode())
            assert store.request(id).startswith(b"GET") and store.member(id)
        with pytest.raises(KeyError):
            store.get("tabriz-3")
    after = [
        sorted((path, path.read_bytes()) for path in folder.rglob("*") if path.is_file())
        for folder, _ in also
    ]
    assert after == before


def edited(evidence: Path) -> None:
    path = next(evidence.glob("shard-*/seg-*"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def relabelled(evidence: Path) -> None:
    """The manifest says another vantage point's capture count; nobody signed that."""
    path = evidence / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"captures":2', b'"captures":3'))


def listed_anew(evidence: Path) -> None:
    path = evidence / "SHA256SUMS"
    path.write_bytes(path.read_bytes().replace(b"0", b"1", 1))


def unsealed(evidence: Path) -> None:
    (evidence / "manifest.json").unlink()


def unsigned(evidence: Path) -> None:
    (evidence / "manifest.sig").unlink()


def piped(evidence: Path) -> None:
    (evidence / "SHA256SUMS").unlink()
    os.mkfifo(evidence / "SHA256SUMS")


def crawled_on(evidence: Path) -> None:
    """A run came after the seal."""
    epoch = next(evidence.glob("shard-*/epoch-1"))
    shutil.copy(epoch, epoch.with_name("epoch-2"))


def kept_pipe(evidence: Path) -> None:
    """What an earlier seal would have left is a pipe that never ends."""
    os.mkfifo(evidence / "manifest-1.json")


def crawled_elsewhere(evidence: Path) -> None:
    """A run with the round's own name, and one with another again. All is sealed."""
    for vantage in ("tehran", "tabriz"):
        write(evidence, vantage, (), OPENED)
    seal_by(THEIRS, evidence)


def seal_by(signer: Signer, evidence: Path, round_id: str = ROUND, opened: dt.datetime = OPENED) -> None:
    seal(evidence, signer=signer, now=lambda: opened, round_id=round_id, software={}, coverage={})


def sealed_late(evidence: Path) -> None:
    """It began in time, and visited portals three weeks later."""
    write(evidence, "tabriz", ("c",), OPENED, ids="later")
    seal_by(THEIRS, evidence, opened=OPENED + dt.timedelta(days=21))


def timeless(evidence: Path) -> None:
    """The manifest has a time without a zone, and is signed."""
    path = evidence / "manifest.json"
    manifest = json.loads(path.read_bytes()) | {"opened": "2025-12-01"}
    path.write_bytes(canonical_line(manifest))
    (evidence / "manifest.sig").write_bytes(THEIRS.sign(path.read_bytes()))


def spaced(evidence: Path) -> None:
    """The manifest is signed in a form that no pack can hold."""
    path = evidence / "manifest.json"
    path.write_bytes(json.dumps(json.loads(path.read_bytes()), indent=1).encode())
    (evidence / "manifest.sig").write_bytes(THEIRS.sign(path.read_bytes()))


def beside_the_key(evidence: Path) -> None:
    """More than the key lies in its file, and is sealed."""
    path = evidence / "signer.pem"
    path.write_bytes(b"hello\n" + path.read_bytes())
    listed_and_signed(evidence)


def listed_and_signed(evidence: Path) -> None:
    """By the holder of the place's key, of whatever lies there."""
    listed = sums(evidence)
    (evidence / "SHA256SUMS").write_bytes(listed)
    manifest = json.loads((evidence / "manifest.json").read_bytes())
    manifest["sha256sums"] = hashlib.sha256(listed).hexdigest()
    (evidence / "manifest.json").write_bytes(canonical_line(manifest))
    (evidence / "manifest.sig").write_bytes(THEIRS.sign(canonical_line(manifest)))


def with_index(statement: str) -> Change:
    """The index, which is read in place of the records, says otherwise than they do."""

    def change(evidence: Path) -> None:
        path = next(evidence.glob("shard-*/index-*.sqlite"))
        path.chmod(0o600)
        with contextlib.closing(sqlite3.connect(path)) as index:
            index.executescript(statement)
        listed_and_signed(evidence)

    return change


def with_segment(change: Callable[[bytes], bytes]) -> Change:
    def changed(evidence: Path) -> None:
        path = next(evidence.glob("shard-*/seg-*"))
        path.write_bytes(change(path.read_bytes()))
        listed_and_signed(evidence)

    return changed


def without_index(evidence: Path) -> None:
    next(evidence.glob("shard-*/index-*.sqlite")).write_bytes(b"")
    listed_and_signed(evidence)


def untouched(evidence: Path) -> None:
    """It is another folder altogether."""


ENDLESS = """
ALTER TABLE capture RENAME TO once;
CREATE VIEW capture AS WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more) SELECT once.* FROM once, more;
"""
HOSTILE: list[tuple[str, dict[str, object], Change, str]] = [
    ("another key", {"signer": Signer.generate()}, untouched, "foreign_signature"),
    ("the round's own key", {"signer": KEY}, untouched, "own_key"),
    ("a later crawl", {"opened": OPENED + dt.timedelta(days=2)}, untouched, "later_crawl"),
    ("a crawl that went on for weeks", {}, sealed_late, "later_crawl"),
    ("another round", {"round_id": "1403-4"}, untouched, "other_round"),
    ("an older crawl", {"opened": OPENED - dt.timedelta(days=2)}, untouched, "older_crawl"),
    ("the round's own name", {"vantage": "tehran", "ids": "x"}, untouched, "same_vantage"),
    ("no name", {"vantage": "", "ids": "x"}, untouched, "other_vantage"),
    ("a name that writes to terminals", {"vantage": "\x1b[2Jtabriz", "ids": "x"}, untouched, "other_vantage"),
    ("a name with a line of its own", {"vantage": "tabriz\u2028", "ids": "x"}, untouched, "other_vantage"),
    ("the round's own name in one run", {}, crawled_elsewhere, "same_vantage"),
    ("a manifest with spaces", {}, spaced, "invalid_manifest"),
    ("a key with more around it", {}, beside_the_key, "changed_file"),
    ("a time without a zone", {}, timeless, "invalid_manifest"),
    ("another status in its index", {}, with_index("UPDATE capture SET facts = replace(facts, '200', '404')"), "changed_row"),
    ("an index of no facts", {}, with_index("UPDATE capture SET facts = '{}'"), "changed_row"),
    ("an index of bytes for a time", {}, with_index("UPDATE capture SET time = x'ff00'"), "changed_row"),
    ("an index without end", {}, with_index(ENDLESS), "damaged_index"),
    ("an index that leads elsewhere", {}, with_index("UPDATE record SET segment = '../../../../etc/passwd'"), "changed_row"),
    ("an empty index", {}, without_index, "damaged_index"),
    ("a record that ends early", {}, with_segment(lambda content: content[:-7]), "torn_file"),
    ("records twice", {}, with_segment(lambda content: 2 * content), "added_record"),
    ("a pipe for an earlier manifest", {}, kept_pipe, "extra_file"),
    ("copied captures", {"ids": "tehran"}, untouched, "shared_capture"),
    ("an edited page", {}, edited, "changed_file"),
    ("an edited manifest", {}, relabelled, "invalid_signature"),
    ("an edited list of files", {}, listed_anew, "changed_file"),
    ("no seal", {}, unsealed, "unsealed"),
    ("no signature", {}, unsigned, "missing_signature"),
    ("a pipe for the list of files", {}, piped, "unsealed"),
    ("an unfinished crawl", {}, crawled_on, "unsealed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "change", "problem"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE]
)
def test_a_folder_that_is_none_of_the_round_is_refused(
    own: Path, tmp_path: Path, options: dict[str, object], change: Change, problem: str
) -> None:
    other = crawled(tmp_path / "other", **{"vantage": "tabriz", **options})  # type: ignore[arg-type]
    change(other)
    also = [(other, KEY.fingerprint if options.get("signer") is KEY else THEIRS.fingerprint)]
    with pytest.raises(VantageRefused) as refused:
        joined(own, ROUND, also, faults_of=faults_of)
    assert (refused.value.path, refused.value.fault.problem) == (other, problem)
    # who verifies is told the same, of this folder, and nothing against the round's own
    if change in (piped, kept_pipe):
        return  # named as a file that is none
    cited = own.parent / "results"
    cited.mkdir()
    line = {"id": "f1", "verdict": "verified", "captures": ["tehran-1", f"{options.get('ids', 'tabriz')}-1"]}
    (cited / "findings.jsonl").write_text(json.dumps(line, sort_keys=True) + "\n")
    seal_findings(cited, own, KEY)
    faults = verify(own, findings=cited / "findings.jsonl", trusted_key=KEY.fingerprint, also=also)
    told = {fault.problem for fault in faults if fault.file.startswith(f"{other}/")}
    assert told & {problem, "missing_file", "extra_file"}


def test_a_folder_that_is_not_there_is_said_to_be_missing(own: Path, tmp_path: Path) -> None:
    with pytest.raises(EvidenceMissing, match="nowhere"):
        joined(own, ROUND, [(tmp_path / "nowhere", THEIRS.fingerprint)])


def test_machines_that_start_on_one_day_are_of_one_crawl(own: Path, tmp_path: Path) -> None:
    early = crawled(tmp_path / "early", "tabriz", opened=OPENED - dt.timedelta(hours=20))
    late = crawled(tmp_path / "late", "abroad", opened=OPENED + dt.timedelta(hours=20))
    also = [(early, THEIRS.fingerprint), (late, THEIRS.fingerprint)]
    joined(own, ROUND, also, faults_of=faults_of).close()


def test_a_later_seal_of_the_round_lets_no_later_crawl_in(own: Path, tmp_path: Path) -> None:
    """As a re-test months later makes one. What was joined before stays so."""
    early = crawled(tmp_path / "early", "tabriz")
    late = crawled(tmp_path / "late", "abroad", opened=OPENED + dt.timedelta(days=60))
    write(own, "tehran", ("c",), OPENED, signer=KEY, ids="again")
    seal_by(KEY, own, opened=OPENED + dt.timedelta(days=60))
    joined(own, ROUND, [(early, THEIRS.fingerprint)], faults_of=faults_of).close()
    with pytest.raises(VantageRefused, match="later_crawl"):
        joined(own, ROUND, [(late, THEIRS.fingerprint)], faults_of=faults_of)


@pytest.fixture
def judged(own: Path, tmp_path: Path) -> tuple[Path, Path]:
    """(findings that rest on captures of two places, and say so under their seal; evidence of the second)."""
    other = crawled(tmp_path / "tabriz", "tabriz")
    with EvidenceStore.open(other) as store:
        also = [{"key": THEIRS.fingerprint, "manifest": store.manifest_sha256}]
    results = own.parent / "results"
    results.mkdir()
    line = {"id": "f1", "verdict": "verified", "captures": ["tehran-1", "tabriz-1"]}
    (results / "findings.jsonl").write_text(json.dumps(line, sort_keys=True) + "\n")
    (results / "findings.claims.jsonl").write_bytes(b"")
    seal_findings(results, own, KEY, judged={"rules": {}, "settings": {"also": also}})
    return results / "findings.jsonl", other


def test_findings_verify_with_the_evidence_of_all(own: Path, judged: tuple[Path, Path]) -> None:
    findings, other = judged
    assert verify(own, findings=findings, also=[(other, THEIRS.fingerprint)]) == []


def test_findings_do_not_verify_without_it_or_with_other_evidence_of_the_same_place(
    own: Path, judged: tuple[Path, Path], tmp_path: Path
) -> None:
    findings, other = judged
    problems = {fault.problem for fault in verify(own, findings=findings)}
    assert problems == {"unknown_capture", "changed_vantage"}
    again = crawled(tmp_path / "again", "tabriz", opened=OPENED + dt.timedelta(hours=1))
    faults = verify(own, findings=findings, also=[(again, THEIRS.fingerprint)])
    assert [fault.problem for fault in faults] == ["changed_vantage"]
    edited(other)
    faults = verify(own, findings=findings, also=[(other, THEIRS.fingerprint)])
    assert {fault.file for fault in faults if fault.problem in ("changed_file", "changed_record")} == {
        f"{other}/{next(other.glob('shard-*/seg-*')).relative_to(other)}"
    }


def test_captures_that_say_to_be_of_another_place_are_named(own: Path, judged: tuple[Path, Path]) -> None:
    """Whoever holds the other key may write any name into records: here into those of an earlier run, whose plan is forged."""
    findings, other = judged
    write(other, "abroad", ("c",), OPENED)
    for path in other.glob("plan-*.json"):
        path.write_bytes((other / "plan.json").read_bytes())
    seal_by(THEIRS, other)
    line = {"id": "f1", "verdict": "verified", "captures": ["tehran-1", "abroad-1"]}
    findings.write_text(json.dumps(line, sort_keys=True) + "\n")
    for name in ("findings.manifest.json", "findings.claims.jsonl"):
        (findings.parent / name).unlink()
    seal_findings(findings.parent, own, KEY)
    faults = verify(own, findings=findings, also=[(other, THEIRS.fingerprint)])
    assert [(fault.item, fault.problem) for fault in faults] == [("abroad-1", "other_vantage")]


def test_a_stranger_cannot_have_other_folders_gone_through(own: Path, tmp_path: Path) -> None:
    """round.toml may name any folder of whoever verifies."""
    private = tmp_path / "private"
    private.mkdir()
    (private / "secret").write_text("x")
    (private / "secret").chmod(0)
    faults = verify(own, also=[(private, THEIRS.fingerprint)])
    assert [(fault.file, fault.problem) for fault in faults] == [(f"{private}/manifest.json", "unsealed")]


def test_a_refusal_comes_from_other_processes_as_it_is(tmp_path: Path) -> None:
    refusal = VantageRefused(tmp_path, Fault("plan.json", "vantage", "same_vantage", "tehran"))
    again = pickle.loads(pickle.dumps(refusal))
    assert (again.path, again.fault, str(again)) == (refusal.path, refusal.fault, str(refusal))
