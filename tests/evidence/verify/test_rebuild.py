"""Indexes made anew from the WARC files: the same bytes as the sealed ones, and nothing else is ever hidden."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.canonical import canonical_line
from evidence.errors import EvidenceBusy, EvidenceDamaged
from evidence.store import EvidenceStore
from evidence.store.derived_index import as_derived
from evidence.verify.folder import verify
from evidence.verify.rebuild import RebuildRefused, rebuild

FIRST, SECOND = "shard-0001/index-1.sqlite", "shard-0001/index-2.sqlite"


@pytest.fixture
def folder(sealed_origin: Path, tmp_path: Path) -> Path:
    """A sealed round of two runs, to be damaged."""
    shutil.copytree(sealed_origin, tmp_path / "round")
    return tmp_path / "round"


def faults(folder: Path) -> list[Any]:
    return verify(folder / "evidence", findings=folder / "results" / "findings.jsonl")


def deleted(path: Path, origin: Path) -> None:
    path.unlink()


def cut_off(path: Path, origin: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 + 100)


def emptied(path: Path, origin: Path) -> None:
    path.write_bytes(b"")


def junk(path: Path, origin: Path) -> None:
    path.write_bytes(bytes(range(256)) * 300)


def edited(path: Path, origin: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE capture SET agency = 'b', facts = '{}' WHERE sequence > 1")
        connection.execute("DELETE FROM record WHERE position = 2")
    connection.close()


def one_bit(path: Path, origin: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def of_another_run(path: Path, origin: Path) -> None:
    shutil.copy(path.with_name("index-2.sqlite"), path)


def of_another_round(path: Path, origin: Path) -> None:
    shutil.copy(origin, path)


def a_link(path: Path, origin: Path) -> None:
    path.unlink()
    path.symlink_to(origin)


def with_a_journal(path: Path, origin: Path) -> None:
    path.with_name(path.name + "-wal").write_bytes(b"left by somebody")
    path.with_name(path.name + ".part").write_bytes(b"of a rebuild that was killed")


DAMAGES = [deleted, cut_off, emptied, junk, edited, one_bit, of_another_run, of_another_round, a_link]


@pytest.fixture(scope="module")
def other_index(tmp_path_factory: pytest.TempPathFactory, signer: Any) -> Path:
    """An index of a round that has nothing to do with it."""
    from tests.evidence.conftest import Round

    made = Round(tmp_path_factory.mktemp("other"), signer)
    with made.open() as writer:
        made.fill(writer, 9)
    path: Path = made.evidence / FIRST
    return path


@pytest.mark.parametrize("damage", [*DAMAGES, with_a_journal])
def test_an_index_that_is_not_what_was_sealed(
    folder: Path, other_index: Path, damage: Callable[[Path, Path], None]
) -> None:
    path = folder / "evidence" / FIRST
    sealed = path.read_bytes()
    damage(path, other_index)
    present = path.read_bytes() if path.exists() else None
    assert faults(folder)
    first, second = rebuild(folder / "evidence")
    assert path.read_bytes() == sealed
    assert not path.is_symlink()
    assert faults(folder) == []
    assert (first.file, first.was == "sound") == (FIRST, damage is with_a_journal)
    assert (second.file, second.was, second.kept) == (SECOND, "sound", None)
    with sqlite3.connect(path) as connection:
        for table, count in (("record", first.records), ("capture", first.captures)):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (count,)
    connection.close()
    if damage is deleted:
        assert first.kept is None
    elif damage is with_a_journal:
        assert first.kept == "evidence.damaged/shard-0001/index-1.sqlite-wal"
        assert (folder / first.kept).read_bytes() == b"left by somebody"
    else:
        assert first.kept == "evidence.damaged/shard-0001/index-1.sqlite"
        assert (folder / first.kept).read_bytes() == present


def test_all_indexes_are_gone(folder: Path) -> None:
    before = {name: (folder / "evidence" / name).read_bytes() for name in (FIRST, SECOND)}
    for name in before:
        (folder / "evidence" / name).unlink()
    assert {state.was for state in rebuild(folder / "evidence")} == {"missing"}
    assert {name: (folder / "evidence" / name).read_bytes() for name in before} == before
    assert faults(folder) == []


def test_sound_indexes_are_left_alone(folder: Path) -> None:
    before = {path: path.stat().st_ino for path in folder.rglob("*")}
    assert {state.was for state in rebuild(folder / "evidence")} == {"sound"}
    assert {path: path.stat().st_ino for path in folder.rglob("*")} == before


def test_old_ones_are_kept_each_under_a_name_of_its_own(folder: Path) -> None:
    path = folder / "evidence" / FIRST
    for content in (b"one", b"two", b"three"):
        path.write_bytes(content)
        rebuild(folder / "evidence")
    aside = folder / "evidence.damaged" / "shard-0001"
    assert {p.name: p.read_bytes() for p in aside.iterdir()} == {
        "index-1.sqlite": b"one",
        "index-1.sqlite.2": b"two",
        "index-1.sqlite.3": b"three",
    }
    assert faults(folder) == []


@pytest.mark.parametrize(
    "name", ["shard-0001/seg-1-00001.warc.gz", "records.txt", "SHA256SUMS", "manifest.json", "plan.json"]
)
def test_what_is_wrong_besides_an_index_is_never_hidden(folder: Path, name: str) -> None:
    """The index may be the last that tells what a record said."""
    (folder / "evidence" / FIRST).write_bytes(b"junk")
    path = folder / "evidence" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(RebuildRefused) as refused:
        rebuild(folder / "evidence")
    assert any(fault.file == name for fault in refused.value.faults)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert any(fault.file == name for fault in faults(folder))


def test_a_record_dropped_with_its_rows_is_not_hidden_by_thousands_of_faults(
    tmp_path: Path, new_round: Callable[[Path], Any]
) -> None:
    made = new_round(tmp_path)
    with made.open() as writer:
        made.fill(writer, 700)
    made.seal()
    with sqlite3.connect(made.evidence / FIRST) as connection:
        connection.execute("UPDATE capture SET agency = 'x'")
        connection.execute("UPDATE record SET type = 'x'")
    connection.close()
    assert rebuild(made.evidence)[0].was == "altered"
    assert verify(made.evidence) == []
    with sqlite3.connect(made.evidence / FIRST) as connection:
        connection.execute("UPDATE capture SET agency = 'x'")
        connection.execute("UPDATE record SET type = 'x'")
    connection.close()
    (made.evidence / "shard-0001" / "stranger").write_bytes(b"")
    with pytest.raises(RebuildRefused):
        rebuild(made.evidence)


def test_a_foreign_key_is_refused(folder: Path) -> None:
    (folder / "evidence" / FIRST).unlink()
    with pytest.raises(RebuildRefused):
        rebuild(folder / "evidence", trusted_key="00" * 32)


def test_of_a_seal_from_before_the_bytes_were_determined(
    tmp_path: Path, new_round: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such an index has the sealed rows in other pages. Made anew it is what its records give, and so it stands."""
    made = new_round(tmp_path)
    with made.open() as writer:
        made.fill(writer)
    path = made.evidence / FIRST
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("CREATE TABLE t (x)")
        connection.execute("DROP TABLE t")
    connection.close()
    made.seal()
    sealed = path.read_bytes()
    assert verify(made.evidence) == []
    path.unlink()
    assert rebuild(made.evidence)[0].was == "missing"
    assert path.read_bytes() != sealed
    assert as_derived(made.evidence, FIRST)
    assert verify(made.evidence) == []
    one_bit(path, path)
    assert verify(made.evidence) != []


def test_a_round_that_is_not_sealed_yet(round_: Any) -> None:
    """Its lost index is made anew, and the crawl goes on; a tampered one is not without a seal that says who is right."""
    with round_.open() as writer:
        captures = round_.fill(writer)
    path = round_.evidence / FIRST
    whole = path.read_bytes()
    path.unlink()
    assert [state.was for state in rebuild(round_.evidence)] == ["missing"]
    assert path.read_bytes() == whole
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE capture SET agency = 'x'")
    connection.close()
    assert [state.was for state in rebuild(round_.evidence)] == ["altered"]
    assert path.read_bytes() == whole
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE record SET leaf = x'00' WHERE position = 1")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(EvidenceDamaged):
        rebuild(round_.evidence)
    assert path.read_bytes() == before
    path.write_bytes(whole)
    with round_.open() as writer:
        assert list(writer.done()) == captures
    round_.seal()
    assert verify(round_.evidence) == []


def test_a_lost_index_of_a_closed_run_is_made_anew_by_the_next(round_: Any) -> None:
    with round_.open() as writer:
        captures = round_.fill(writer)
    path = round_.evidence / FIRST
    whole = path.read_bytes()
    for content in (None, b"junk"):
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        with round_.open() as writer:
            assert list(writer.done()) == captures
        assert path.read_bytes() == whole


def test_while_a_crawl_writes_nothing_is_made_anew(round_: Any) -> None:
    with round_.open() as writer:
        round_.fill(writer)
        writer.commit()
        with pytest.raises(EvidenceBusy):
            rebuild(round_.evidence)
        (round_.evidence / "shard-0001" / "epoch-1").write_bytes(canonical_line({"host": "elsewhere"}))
        with pytest.raises(EvidenceBusy):
            rebuild(round_.evidence)


def test_a_killed_run_is_left_to_the_crawl(round_: Any) -> None:
    writer = round_.open()
    captures = round_.fill(writer)
    writer.commit()
    lease = round_.evidence / "shard-0001" / "epoch-1"
    lease.write_bytes(canonical_line({**json.loads(lease.read_bytes()), "pid": 2**22 + 1}))
    assert rebuild(round_.evidence) == []
    with round_.open() as successor:
        assert list(successor.done()) == captures


def test_the_bytes_do_not_depend_on_how_the_rows_came(
    tmp_path: Path, new_round: Callable[[Path], Any], signer: Any
) -> None:
    """One by one, in batches, all at once, in a run that was killed, with a reader in the way."""
    found = set()
    for number, batch in enumerate((1, 3, 1000)):
        made = new_round(tmp_path / str(number))
        with made.open(batch=batch, segment_bytes=4000) as writer:
            made.fill(writer, 40)
            reader = EvidenceStore.open(made.evidence) if batch == 3 else None
            rows = iter(reader.captures()) if reader else iter(())
            next(rows, None)
        assert (len(list(rows)) > 30) == (reader is not None)
        if reader is not None:
            reader.close()
        found.add((made.evidence / FIRST).read_bytes())
        assert {p.name for p in (made.evidence / "shard-0001").glob("index-*")} == {"index-1.sqlite"}
    assert len(found) == 1
