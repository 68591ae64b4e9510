"""results.db is of the files that lie beside it, whole or not there, and moves nothing that is sealed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from checks.finding import Finding
from evidence.canonical import canonical
from evidence.store import EvidenceStore
from govah.replies import replies_of
from reports.results_db import current, schema
from reports.results_db.findings_file import FindingsBroken
from tests.reports.desk.rounds import findings, id_of
from tests.reports.results_db.conftest import DatabaseRound


def _refresh(one: DatabaseRound) -> bool:
    with EvidenceStore.open(one.round.folder / "evidence") as store:
        return current.refresh(one.round, store, replies_of(one.round), one.results)


def test_it_is_made_once_and_again_when_a_file_differs(own: DatabaseRound) -> None:
    assert _refresh(own) and not _refresh(own)
    for name in ("findings.jsonl", "results.json"):
        path = own.results / name
        shutil.copy(path, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)
        assert _refresh(own) and not _refresh(own), name
    (own.results / "results.json").unlink()
    assert _refresh(own)
    assert own.rows("SELECT value FROM meta WHERE name = 'scored'") == [("no",)]


def test_a_database_that_came_with_a_round_is_not_believed(own: DatabaseRound, tmp_path: Path) -> None:
    own.open().close()
    forged = tmp_path / "forged.db"
    shutil.copy(own.results / "results.db", forged)
    with sqlite3.connect(forged) as connection:
        connection.execute("UPDATE findings SET verdict = 'verified', severity = 3")
    # as unpacked from an archive: all times and names as they were
    for name in ("findings.jsonl", "results.json"):
        path = own.results / name
        shutil.copy2(path, path.with_suffix(".copy"))
        path.with_suffix(".copy").replace(path)
    forged.replace(own.results / "results.db")
    opened = own.open()
    assert opened.facets()["verdict"]["contradicted"] == sum(f.verdict == "contradicted" for f in findings())


def test_where_nothing_can_be_written_the_database_ends_with_whoever_opened_it(
    own: DatabaseRound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    (own.results / "results.db").unlink(missing_ok=True)
    (own.results / "results.db").mkdir()  # as for root, whom no mode of a folder keeps from writing
    before = sorted(own.results.rglob("*"))
    with pytest.raises(OSError):
        own.open()
    told: list[str] = []
    opened = own.open(lambda: told.append("elsewhere"))
    assert told == ["elsewhere"] and sorted(own.results.rglob("*")) == before and not [*temporary.iterdir()]
    assert {f.id for f in opened.find(limit=1000)} == {f.id for f in findings()}


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + bytes(4096)])
def test_a_broken_database_is_made_anew(own: DatabaseRound, content: bytes) -> None:
    (own.results / "results.db").write_bytes(content)
    assert own.open().count() == len(findings())


def test_a_build_that_dies_leaves_the_old_one(own: DatabaseRound, monkeypatch: pytest.MonkeyPatch) -> None:
    own.open().close()
    before = (own.results / "results.db").read_bytes()
    os.utime(own.results / "findings.jsonl")

    def dies(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(schema, "create_indices", dies)
    with pytest.raises(OSError, match="no room"):
        _refresh(own)
    assert (own.results / "results.db").read_bytes() == before
    assert not [path.name for path in own.results.iterdir() if path.name.startswith(".results.db")]


@pytest.mark.processes
def test_what_a_killed_build_left_is_removed_and_what_another_writes_is_not(
    own: DatabaseRound, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, wrote = os.pipe()
    create_indices = schema.create_indices

    def waits(*_: object) -> None:
        os.write(wrote, b"written\n")
        signal.pause()

    def drafts() -> list[Path]:
        return list(own.results.glob(".results.db*"))

    with monkeypatch.context() as patched:
        patched.setattr(schema, "create_indices", waits)
        child = os.fork()
        if child == 0:
            try:
                _refresh(own)
            finally:
                os._exit(1)
    os.close(wrote)
    try:
        assert os.read(told, 100) == b"written\n" and schema.create_indices is create_indices
        left = drafts()
        assert [path.stat().st_size > 0 for path in left] == [True]
        assert _refresh(own) and drafts() == left
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(told)
    os.utime(own.results / "findings.jsonl")
    assert drafts() == left and _refresh(own) and not drafts()


def test_the_same_round_gives_the_same_bytes(own: DatabaseRound) -> None:
    own.open().close()
    before = (own.results / "results.db").read_bytes()
    (own.results / "results.db").unlink()
    own.open().close()
    assert (own.results / "results.db").read_bytes() == before


def test_the_same_round_elsewhere_differs_in_what_names_the_place(own: DatabaseRound, tmp_path: Path) -> None:
    own.open().close()
    other = replace(own.round, folder=Path(shutil.copytree(own.round.folder, tmp_path / "other")))
    there = DatabaseRound(other, other.folder / "results")
    there.open().close()
    for table in schema.tables():
        wanted = f"SELECT * FROM {table}" + (" WHERE name <> 'made_of'" if table == "meta" else "")
        assert own.rows(wanted) == there.rows(wanted), table


def test_a_withdrawn_finding_is_our_own_error(own: DatabaseRound) -> None:
    from reports.replies import replies_report

    entry = {
        "event": "received",
        "time": "2025-12-02T00:00:00Z",
        "by": "auditor",
        "reply": {
            "reply": "r1", "agency": "a1", "subject": id_of("s2"), "date": "2025-12-02", "by": "x",
            "stance": "disputes", "text": "\0بد\ud800",
        },
        "findings": [{"id": id_of("s2"), "check": "services.entry", "before": ["contradicted", "dead_link"]}],
    }  # fmt: skip
    withdrawn = entry | {"event": "withdrawn", "reply": "r1", "text": "so"}
    replies = replies_report([entry, withdrawn], None, None)
    with EvidenceStore.open(own.round.folder / "evidence") as store:
        opened = current.open_for(own.round, store, replies)
    found = opened.one(id_of("s2"))
    assert found is not None and (found.verdict, found.reason) == ("inconclusive", "own_error")
    assert own.rows("SELECT verdict, reason FROM services WHERE id = 's2'") == [("inconclusive", "own_error")]
    assert own.rows("SELECT state, subject FROM replies") == [("withdrawn", id_of("s2"))]
    assert own.rows("SELECT findings.id FROM reply_findings JOIN findings ON number = finding") == [
        (id_of("s2"),)
    ]


@pytest.mark.parametrize("change", ["twice", "attempts"])
def test_findings_that_are_none_of_ours_are_refused(own: DatabaseRound, change: str) -> None:
    lines = (own.results / "findings.jsonl").read_text(encoding="utf-8").splitlines()
    if change == "twice":
        lines.append(lines[0])
    else:
        lines[0] = canonical({**json.loads(lines[0]), "attempts": 1 << 70})
    (own.results / "findings.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(FindingsBroken):
        _refresh(own)


def test_no_findings_are_no_error(own: DatabaseRound) -> None:
    (own.results / "findings.jsonl").write_bytes(b"")
    (own.results / "results.json").unlink()
    opened = own.open()
    opened.tell([("s1", ("services.entry",))], [("received", "x")])
    assert opened.count() == 0 and opened.find() == [] and opened.one("x") is None
    assert opened.facets() == {"verdict": {}, "reason": {}, "check": {}, "agency": {}}


def test_an_agency_that_left_the_round_keeps_its_findings(own: DatabaseRound) -> None:
    from checks.finding import Subject

    stray = Finding("zz", Subject("service", "x"), "services.entry", 1, "verified", None)
    path = own.results / "findings.jsonl"
    path.write_text(path.read_text(encoding="utf-8") + canonical(stray.to_json()) + "\n", encoding="utf-8")
    assert own.open().one(stray.id) == stray
    assert own.rows("SELECT id FROM agencies ORDER BY id") == [("a1",), ("a2",)]


def test_no_key_of_a_sheet_is_in_it(own: DatabaseRound) -> None:
    """What agencies declare may hold what opens an account; findings are judged without."""
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
    one, *others = own.round.services
    named = replace(one, url=f"http://a1.test/s1?access_token={token}", title=f"access_token={token}")
    round = replace(own.round, services=(named, *others))
    with EvidenceStore.open(round.folder / "evidence") as store:
        current.refresh(round, store, replies_of(round), own.results)
    content = (own.results / "results.db").read_bytes().lower()
    assert token.encode().lower() not in content and token.encode().lower()[40:60] not in content
    ((url,),) = own.rows("SELECT url FROM services WHERE id = 's1'")
    assert "redacted" in str(url)
