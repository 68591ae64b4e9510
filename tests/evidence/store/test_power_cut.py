"""The power goes at some change of the disk, thoroughly at any: what was promised is there, and the rest can go on.

A run is recorded once, with all that SQLite does by itself. Then, for each change, the disk is laid out as it may
look after a cut there: all kept (the process alone was killed), all that was not synced lost, or torn by sectors.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import pickle
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence import layout
from evidence.canonical import canonical_line
from evidence.signing.evidence_manifests import manifest_in_force
from evidence.signing.findings_seal import seal_findings
from evidence.store import EvidenceStore
from evidence.store.derived_index import write_derived
from evidence.store.index import RunIndex
from evidence.verify.folder import verify
from evidence.verify.rebuild import rebuild
from tests.depth import tries
from tests.evidence.sampling import spread

pytestmark = pytest.mark.processes

Run = Callable[[Any, Any], None]
Check = Callable[[Any, int, set[str]], None]


def first_run(made: Any, log: Any) -> None:
    """Three segments, checkpoints, a seal, findings with their seal."""
    draw = random.Random(1404)
    with made.open(batch=100, segment_bytes=2500, checkpoint_every=6) as writer:
        for number in range(7):
            wire = b"HTTP/1.1 200 OK\r\n\r\n" + draw.randbytes(700)
            capture = made.exchange(writer, f"http://a.test/{number}", wire)
            if number % 2:
                writer.commit()
                log.note("mark", path="committed", offset=capture.sequence)
    log.note("mark", path="committed", offset=7)
    _seal_and_judge(made, log)


def next_run(made: Any, log: Any) -> None:
    """Goes on where another one ended, by itself or by force, with another plan."""
    made.skip_ids(1000)
    with made.open(plan={"seeds": []}, batch=100, checkpoint_every=6) as writer:
        before = len(list(writer.done()))
        made.exchange(writer, "http://a.test/more", b"HTTP/1.1 200 OK\r\n\r\n" + bytes(900))
        writer.commit()
        log.note("mark", path="committed", offset=before + 1)
    _seal_and_judge(made, log)


def _seal_and_judge(made: Any, log: Any) -> None:
    made.seal()
    log.note("mark", path="sealed")
    _judge(made)
    log.note("mark", path="judged")


def _judge(made: Any) -> None:
    made.results.mkdir(exist_ok=True)
    layout.sync_folder(made.results.parent)
    with EvidenceStore.open(made.evidence) as store:
        lines = [canonical_line({"captures": [c.id], "id": f"f{c.sequence}"}) for c in store.captures()]
    layout.write_whole(made.results / "findings.jsonl", b"".join(lines))
    assert seal_findings(made.results, made.evidence, made.signer)


def recorded(disk: Any, made: Any, run: Run) -> Any:
    """The log of a run in a process of its own. All of it kept is what lies there now, to the byte."""
    answer = made.folder.with_name(f"{made.folder.name}.log")
    child = os.fork()
    if child == 0:
        try:
            log = disk.Log(str(made.folder))
            log.begin()
            disk.watch_os(log)
            disk.watch_sqlite(log)
            run(made, log)
            answer.write_bytes(pickle.dumps(log))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    log = pickle.loads(answer.read_bytes())
    ((_, _, image),) = disk.cuts(log, [len(log.changes)], 0, ("kept",))
    lies = {
        str(path.relative_to(made.folder)) + "/" * path.is_dir(): b"" if path.is_dir() else path.read_bytes()
        for path in made.folder.rglob("*")
    }
    assert image == lies
    return log


def check_run(made: Any, promised: int, marks: set[str]) -> None:
    """Opens, recovers, goes on, seals and judges, and holds every promise."""
    evidence = made.evidence
    if manifest_in_force(evidence) is not None:
        assert verify(evidence) == []
    if "sealed" in marks:
        assert manifest_in_force(evidence) is not None
    if "judged" in marks:
        assert verify(evidence, findings=made.results / "findings.jsonl") == []
    found = made.go_on(promised)
    with EvidenceStore.open(evidence) as store:
        for capture in found:
            assert hashlib.sha256(store.body(capture.id)).hexdigest() == capture.sha256
    _check_tails(evidence / "shard-0001")
    _check_indexes(evidence / "shard-0001")
    made.seal()
    _judge(made)
    assert verify(evidence, findings=made.results / "findings.jsonl") == []


def _check_tails(shard: Path) -> None:
    log = shard / "recovery.jsonl"
    told = (
        {line["torn"]: line for line in map(json.loads, log.read_bytes().splitlines())}
        if log.exists()
        else {}
    )
    for torn in shard.glob("*.torn"):
        content = torn.read_bytes()
        assert told[torn.name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert told[torn.name]["bytes"] == len(content)


def _check_indexes(shard: Path) -> None:
    """Made anew from the segments alone, each index is the same, to the byte."""
    position = 0
    for epoch in layout.epochs(shard):
        if layout.segments(shard, epoch):
            derived = shard.parent.parent / "derived.sqlite"
            assert write_derived(shard, epoch, position, derived)
            assert derived.read_bytes() == (shard / layout.index_name(epoch)).read_bytes()
            index = RunIndex.read(derived, finished=True)
            position += index.counts()[0]
            index.close()
            derived.unlink()


def everywhere(disk: Any, log: Any, folder: Path, new_round: Any, check: Check = check_run) -> int:
    """Number of different images that were held against the promises."""
    seen: set[tuple[Any, ...]] = set()
    points = spread(range(len(log.changes) + 1), 13)
    left = [
        disk.cuts(log, points, 0, ("kept", "lost")),
        *(disk.cuts(log, points, n, ("torn",)) for n in range(tries(1, 8))),
    ]
    for what, point, image in itertools.chain.from_iterable(left):
        marks = [change for change in log.changes[:point] if change.what == "mark"]
        promised = max((mark.offset for mark in marks if mark.path == "committed"), default=0)
        since = {mark.path for mark in marks}
        key = (promised, *sorted(since), *sorted(image.items()))
        if key in seen:
            continue
        seen.add(key)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        disk.put(image, folder)
        try:
            check(new_round(folder), promised, since)
        except BaseException as error:
            error.add_note(f"{what}: {log.changes[point - 1] if point else None}")
            raise
    return len(seen)


def test_in_a_first_run_its_seal_and_that_of_the_findings(disk: Any, memory: Path, new_round: Any) -> None:
    made = new_round(memory / "made")
    made.folder.mkdir()
    log = recorded(disk, made, first_run)
    assert everywhere(disk, log, memory / "cut", new_round) > tries(15, 300)


@pytest.mark.thorough
def test_in_a_run_that_recovers(disk: Any, memory: Path, new_round: Any) -> None:
    """A killed run whose index is lost, whose tail is torn, and whose lease is empty."""
    made = new_round(memory / "made")
    made.folder.mkdir()
    first = recorded(disk, made, first_run)
    committed = next(
        n for n, change in enumerate(first.changes) if (change.path, change.offset) == ("committed", 6)
    )
    ((_, _, image),) = disk.cuts(first, [committed], 0, ("kept",))
    for name in sorted(image):
        if ".sqlite" in name:
            del image[name]
        elif name.endswith("seg-1-00003.warc.gz"):
            image[name] += image[name][:700]
        elif name.endswith("epoch-1"):
            image[name] = b""
    again = new_round(memory / "again")
    disk.put(image, again.folder)
    log = recorded(disk, again, next_run)
    assert any(change.target.endswith(".torn") for change in log.changes)
    assert everywhere(disk, log, memory / "cut", new_round) > tries(12, 200)


@pytest.mark.thorough
def test_in_a_run_that_extends_a_sealed_round(disk: Any, memory: Path, new_round: Any) -> None:
    made = new_round(memory / "made")
    made.folder.mkdir()
    recorded(disk, made, first_run)
    log = recorded(disk, made, next_run)
    assert everywhere(disk, log, memory / "cut", new_round) > tries(12, 200)


def test_while_an_index_is_made_anew(disk: Any, memory: Path, new_round: Any) -> None:
    """The next attempt ends it; the old index is never lost."""
    made = new_round(memory / "made")
    made.folder.mkdir()
    recorded(disk, made, first_run)
    index = made.evidence / "shard-0001" / "index-1.sqlite"
    sealed = index.read_bytes()
    index.write_bytes(b"not it")

    def run(made: Any, log: Any) -> None:
        rebuild(made.evidence)
        log.note("mark", path="sealed")

    log = recorded(disk, made, run)

    def check(cut: Any, promised: int, marks: set[str]) -> None:
        if "sealed" in marks:
            assert verify(cut.evidence) == []
        rebuild(cut.evidence)
        assert verify(cut.evidence) == []
        assert (cut.evidence / "shard-0001" / "index-1.sqlite").read_bytes() == sealed
        aside = cut.folder / "evidence.damaged" / "shard-0001" / "index-1.sqlite"
        assert aside.read_bytes() == b"not it"

    assert everywhere(disk, log, memory / "cut", new_round, check) > tries(5, 30)
