"""The seal: RFC 6962 roots, the same bytes for the same evidence, history kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence import layout
from evidence import seal as seals
from evidence.canonical import canonical_line
from evidence.errors import EvidenceMissing, SealError
from evidence.seal import seal
from evidence.signing.findings_seal import seal_findings
from evidence.signing.keys import Signer
from evidence.signing.merkle import EMPTY_ROOT, MerkleTree, leaf_hash, node_hash
from evidence.store import EvidenceStore
from evidence.verify.folder import verify


def _reference(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word by word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(_reference(leaves[:split]), _reference(leaves[split:]))


def test_roots_are_those_of_the_rfc() -> None:
    draw = random.Random(1404)
    leaves = [leaf_hash(draw.randbytes(20)) for _ in range(130)]
    tree = MerkleTree()
    assert tree.root == EMPTY_ROOT
    for size, leaf in enumerate(leaves, 1):
        tree.add(leaf)
        assert tree.root == _reference(leaves[:size])


def test_the_known_root_of_certificate_transparency() -> None:
    inputs = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    tree = MerkleTree()
    for text in inputs:
        tree.add(leaf_hash(bytes.fromhex(text)))
    assert tree.root.hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_the_same_evidence_gives_the_same_seal(tmp_path: Path, new_round: Callable[[Path], Any]) -> None:
    content = []
    for name in ("one", "two"):
        made = new_round(tmp_path / name)
        with made.open() as writer:
            made.fill(writer)
        made.seal()
        content.append(
            {
                path.relative_to(made.evidence): path.read_bytes()
                for path in made.evidence.rglob("*")
                if path.is_file()
            }
        )
    assert content[0] == content[1]


def test_the_manifest_says_what_was_sealed(round_: Any, signer: Signer) -> None:
    with round_.open() as writer:
        captures = round_.fill(writer)
    manifest = round_.seal()
    values = json.loads((round_.evidence / layout.MANIFEST).read_bytes())
    assert values == manifest.values
    assert values["captures"] == len(captures)
    assert values["key"] == signer.fingerprint
    assert values["coverage"] == {"visited": 6}
    assert values["records"]["count"] == len((round_.evidence / layout.RECORDS).read_text().splitlines())
    plan = (round_.evidence / layout.PLAN).read_bytes()
    assert values["plan"] == hashlib.sha256(plan).hexdigest()
    assert "prev" not in values
    assert manifest.sha256 == hashlib.sha256((round_.evidence / layout.MANIFEST).read_bytes()).hexdigest()


@pytest.mark.processes
def test_shards_are_sealed_by_several_processes_to_the_same_bytes(
    tmp_path: Path, new_round: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    for name, worth in (("one", seals._WORTH_A_PROCESS), ("several", 1)):
        round_ = new_round(tmp_path / name)
        for shard in (1, 2, 3):
            with round_.open(shard=shard) as writer:
                round_.fill(writer)
        monkeypatch.setattr(seals, "_WORTH_A_PROCESS", worth)
        monkeypatch.setattr(seals, "_processors", lambda: 2)
        round_.seal()
        assert verify(round_.evidence) == []
        said.append({path.name: path.read_bytes() for path in round_.evidence.iterdir() if path.is_file()})
    assert said[0] == said[1]
    names = [line.split(b" ")[1].split(b"/")[0] for line in said[0]["records.txt"].splitlines()]
    assert names == sorted(names) and len(set(names)) == 3

    (round_.evidence / "shard-0002" / "index-1.sqlite").unlink()
    with pytest.raises(SealError, match="shard-0002"):
        round_.seal()


def test_sealing_again_what_is_sealed_changes_nothing(round_: Any) -> None:
    with round_.open() as writer:
        round_.fill(writer)
    first = round_.seal()
    before = {p: p.read_bytes() for p in round_.evidence.rglob("*") if p.is_file()}
    round_.time += dt.timedelta(days=3)
    assert round_.seal() == first
    assert {p: p.read_bytes() for p in round_.evidence.rglob("*") if p.is_file()} == before


def test_an_extended_round_keeps_its_earlier_seals(round_: Any) -> None:
    manifests = []
    for _ in range(3):
        with round_.open() as writer:
            round_.fill(writer, 2)
        manifests.append(round_.seal())
        assert verify(round_.evidence) == []
    assert manifests[2].values["prev"] == manifests[1].sha256
    assert manifests[1].values["prev"] == manifests[0].sha256
    first = (round_.evidence / "manifest-1.json").read_bytes()
    assert hashlib.sha256(first).hexdigest() == manifests[0].sha256
    assert (round_.evidence / "manifest-2.sig").exists()
    assert (round_.evidence / "SHA256SUMS-2").exists()


def test_a_key_holder_who_rewrites_what_an_earlier_seal_held_is_caught(
    round_: Any, tmp_path: Path, new_round: Callable[[Path], Any]
) -> None:
    for _ in range(2):
        with round_.open() as writer:
            round_.fill(writer, 2)
        round_.seal()
    forged = json.loads((round_.evidence / "manifest-1.json").read_bytes())
    forged["records"]["shards"]["shard-0001"]["root"] = "1" * 64
    content = canonical_line(forged)
    (round_.evidence / "manifest-1.json").write_bytes(content)
    (round_.evidence / "manifest-1.sig").write_bytes(round_.signer.sign(content))
    (round_.evidence / "manifest.json").write_bytes(
        canonical_line(
            {
                **json.loads((round_.evidence / "manifest.json").read_bytes()),
                "prev": hashlib.sha256(content).hexdigest(),
            }
        )
    )
    manifest = (round_.evidence / "manifest.json").read_bytes()
    (round_.evidence / "manifest.sig").write_bytes(round_.signer.sign(manifest))
    faults = {(f.file, f.item, f.problem) for f in verify(round_.evidence)}
    assert ("manifest-1.json", "records.root", "changed_history") in faults


def test_a_removed_history_is_seen(round_: Any) -> None:
    for _ in range(2):
        with round_.open() as writer:
            round_.fill(writer, 2)
        round_.seal()
    (round_.evidence / "manifest-1.json").unlink()
    problems = {f.problem for f in verify(round_.evidence)}
    assert {"missing_file", "changed_history"} <= problems


@pytest.mark.parametrize("last", ["SHA256SUMS", "manifest.sig", "manifest-1.sig", "manifest-1.json"])
def test_a_seal_that_was_interrupted_is_done_again(round_: Any, last: str) -> None:
    """A second seal that got no further than this file."""
    with round_.open() as writer:
        round_.fill(writer, 2)
    round_.seal()
    old = {p.name: p.read_bytes() for p in round_.evidence.iterdir() if p.is_file()}
    with round_.open() as writer:
        round_.fill(writer, 2)
    whole = round_.seal()
    steps = [
        "SHA256SUMS-1",
        "manifest-1.sig",
        "manifest-1.json",
        "SHA256SUMS",
        "manifest.sig",
        "manifest.json",
    ]
    for name in steps[steps.index(last) + 1 :]:
        (round_.evidence / name).unlink()
        if name in old:
            (round_.evidence / name).write_bytes(old[name])
    assert verify(round_.evidence) != []
    assert round_.seal() == whole
    assert verify(round_.evidence) == []


def test_checkpoints_come_before_the_first_request_and_as_it_grows(round_: Any) -> None:
    writer = round_.open(batch=1, checkpoint_every=5)
    path = round_.evidence / layout.CHECKPOINTS
    assert json.loads(path.read_bytes())["checkpoint"]["records"] == 0
    round_.fill(writer)
    writer.close()
    sizes = [json.loads(line)["checkpoint"]["records"] for line in path.read_bytes().splitlines()]
    assert sizes == sorted(sizes) and len(sizes) >= 4
    round_.seal()
    assert verify(round_.evidence) == []


def test_a_round_without_a_signer_during_the_crawl_has_no_checkpoints(round_: Any) -> None:
    with round_.open(signer=None) as writer:
        round_.fill(writer)
    assert round_.seal().values["checkpoints"] == 0
    assert verify(round_.evidence) == []


def test_an_open_run_cannot_be_sealed(round_: Any) -> None:
    writer = round_.open()
    round_.fill(writer)
    writer.commit()
    with pytest.raises(SealError, match="did not end"):
        round_.seal()
    writer.close()
    round_.seal()


def test_what_does_not_agree_with_its_index_is_not_sealed(round_: Any) -> None:
    with round_.open() as writer:
        round_.fill(writer)
    segment = round_.evidence / "shard-0001" / "seg-1-00001.warc.gz"
    content = segment.read_bytes()
    segment.write_bytes(content[:-10])
    with pytest.raises(SealError):
        round_.seal()
    segment.write_bytes(content)
    (round_.evidence / "shard-0001" / "index-1.sqlite").unlink()
    with pytest.raises(SealError, match="missing"):
        round_.seal()


def test_nothing_to_seal(tmp_path: Path, signer: Signer) -> None:
    with pytest.raises(EvidenceMissing):
        seal(
            tmp_path,
            signer=signer,
            now=lambda: dt.datetime.now(dt.UTC),
            round_id="x",
            software={},
            coverage={},
        )


def test_findings_may_be_part_of_the_evidence_manifest(round_: Any) -> None:
    with round_.open() as writer:
        captures = round_.fill(writer)
    round_.seal()
    findings = round_.judge(captures)
    manifest = round_.seal(findings=findings)
    assert manifest.values["findings"]["count"] == len(captures)
    assert manifest.values["findings"]["sha256"] == hashlib.sha256(findings.read_bytes()).hexdigest()


def test_judging_again_gives_the_same_seal_and_leaves_the_auditors_signature(round_: Any) -> None:
    with round_.open() as writer:
        captures = round_.fill(writer)
    round_.seal()
    round_.judge(captures)
    before = {p: p.read_bytes() for p in round_.results.iterdir()}
    assert len(before) == 4
    round_.time += dt.timedelta(days=1)
    round_.judge(captures)
    assert {p: p.read_bytes() for p in round_.results.iterdir()} == before
    assert seal_findings(round_.results, round_.evidence, Signer.generate())
    assert {p: p.read_bytes() for p in round_.results.iterdir()} == before


def test_findings_over_unsealed_evidence_are_not_sealed(round_: Any) -> None:
    with round_.open() as writer:
        round_.fill(writer)
    round_.results.mkdir()
    (round_.results / "findings.jsonl").write_text("")
    assert not seal_findings(round_.results, round_.evidence, round_.signer)
    assert [p.name for p in round_.results.iterdir()] == ["findings.jsonl"]


def test_no_findings_at_all_are_sealed_too(round_: Any) -> None:
    with round_.open() as writer:
        round_.fill(writer)
    round_.seal()
    path = round_.judge([])
    assert verify(round_.evidence, findings=path) == []


def test_a_seal_does_not_stand_over_what_came_after_it(round_: Any) -> None:
    with round_.open() as writer:
        captures = round_.fill(writer)
    manifest = round_.seal()
    with EvidenceStore.open(round_.evidence) as store:
        assert store.manifest_sha256 == manifest.sha256
    with round_.open() as writer:
        round_.fill(writer)
    with EvidenceStore.open(round_.evidence) as store:
        assert store.manifest_sha256 is None
    round_.results.mkdir()
    (round_.results / "findings.jsonl").write_text("")
    assert not seal_findings(round_.results, round_.evidence, round_.signer)
    round_.seal()
    round_.judge(captures)
