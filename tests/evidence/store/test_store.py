"""The contract of the store: what goes in comes out, to the byte, in order, from the archive alone."""

from __future__ import annotations

import datetime as dt
import gzip
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from evidence.kinds.http import HttpFacts
from evidence.store import EvidenceMissing, EvidenceStore, EvidenceWriter, recovery
from tests.depth import tries

WIRE = [
    b"HTTP/1.1 200 OK\r\ncOnTent-TyPe: text/html\r\nX-A: 1\r\nX-A: 2\r\n folded\r\nno colon here\r\n\r\n<p>",
    b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n0\r\nTrailer: x\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 4\r\n\r\nbody",
    b"HTTP/1.0 200 OK\nX: bare line ends\n\nbody",
    b"an answer of HTTP/0.9\r\n\r\nwith a blank line",
    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut sho",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nfinal",
    b"HTTP/1.1 200 OK\r\nX-Bytes: \xff\xfe\x00\r\n\r\n\x00\x01WARC/1.1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"packed" * 100, mtime=0),
    b"\r\n\r\n\r\n",
    b"H",
]


def test_the_bytes_of_the_wire_come_back_exactly(round_: Any) -> None:
    with round_.open() as writer:
        captures = [round_.exchange(writer, f"http://a.test/{n}", wire) for n, wire in enumerate(WIRE)]
    with EvidenceStore.open(round_.evidence) as store:
        for capture, wire in zip(captures, WIRE, strict=True):
            assert store.wire(capture.id) == wire
            assert store.request(capture.id).startswith(b"GET / HTTP/1.1\r\nHost: a.test\r\n")
            assert store.get(capture.id) == capture


def test_captures_of_every_kind_come_back_in_order(round_: Any) -> None:
    with round_.open() as writer:
        captures = round_.fill(writer)
    with EvidenceStore.open(round_.evidence) as store:
        assert list(store.captures()) == captures
        assert [c.sequence for c in captures] == list(range(1, len(captures) + 1))
        assert [c.id for c in store.captures("b")] == [c.id for c in captures if c.agency == "b"]
        assert [c.kind for c in store.captures("a", "screenshot")] == ["screenshot", "screenshot"]
        assert list(store.captures("")) == []
        page = next(store.captures(kind="page"))
        assert store.body(page.id) == "<p>سلام</p>".encode()
        assert store.request(page.id) == b""
        with pytest.raises(KeyError):
            store.body("nothing")
        with pytest.raises(KeyError):
            store.request("nothing")


def test_a_failed_exchange_keeps_its_request_and_its_failure(round_: Any) -> None:
    with round_.open() as writer:
        capture = round_.exchange(
            writer, "http://a.test/", b"", status=None, failure="reset", detail="بد\r\nX: y"
        )
    with EvidenceStore.open(round_.evidence) as store:
        assert store.get(capture.id) == capture
        assert store.body(capture.id) == store.wire(capture.id) == b""
        assert store.request(capture.id).startswith(b"GET /")


def test_hostile_values_stay_inside_their_header(round_: Any) -> None:
    headers = (("X\r\nWARC-Type: warcinfo", 'a"\\\x00\u202e'),)
    url = "http://a.test/\r\nGovah-Capture: {}\r\n\u202e "
    with round_.open() as writer:
        capture = round_.exchange(writer, url, b"HTTP/1.1 200 OK\r\n\r\n", headers=headers)
    with EvidenceStore.open(round_.evidence) as store:
        assert store.get(capture.id) == capture
    recovery.rebuild(round_.evidence / "shard-0001", 1, 0)
    with EvidenceStore.open(round_.evidence) as store:
        assert list(store.captures()) == [capture]


def test_a_very_long_header_section_is_kept(round_: Any) -> None:
    headers = tuple((f"X-{n}", "é" * 1000) for n in range(200))
    with round_.open() as writer:
        capture = round_.exchange(writer, "http://a.test/", b"HTTP/1.1 200 OK\r\n\r\n", headers=headers)
    with EvidenceStore.open(round_.evidence) as store:
        assert store.get(capture.id) == capture
    assert len(_warcio_types(round_.evidence)) == 3


def _warcio_types(evidence: Path) -> list[str]:
    types = []
    for path in sorted(evidence.rglob("*.warc.gz")):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, check_digests="raise"):
                record.content_stream().read()
                types.append(record.rec_type)
    return types


def test_another_reader_reads_every_record(round_: Any) -> None:
    with round_.open(segment_bytes=4000) as writer:
        round_.fill(writer)
        for number, wire in enumerate(WIRE[:9]):
            round_.exchange(writer, f"http://a.test/w{number}", wire)
    types = _warcio_types(round_.evidence)
    segments = len(list(round_.evidence.rglob("*.warc.gz")))
    assert segments > 1
    assert types.count("warcinfo") == segments
    assert types.count("request") == 7 + 9
    assert types.count("response") == 6 + 9
    assert types.count("metadata") == 1
    assert types.count("resource") == 6


def test_the_index_is_rebuilt_from_the_archive_alone(round_: Any) -> None:
    with round_.open(segment_bytes=4000) as writer:
        round_.fill(writer)
    shard = round_.evidence / "shard-0001"
    with EvidenceStore.open(round_.evidence) as store:
        before = [(c, store.location(c.id), store.request(c.id)) for c in store.captures()]
    (shard / "index-1.sqlite").unlink()
    recovery.rebuild(shard, 1, 0)
    with EvidenceStore.open(round_.evidence) as store:
        assert [(c, store.location(c.id), store.request(c.id)) for c in store.captures()] == before


def test_locations_are_members_that_stand_alone(round_: Any) -> None:
    with round_.open() as writer:
        capture = round_.exchange(writer, "http://a.test/", WIRE[0])
    with EvidenceStore.open(round_.evidence) as store:
        place = store.location(capture.id)
    content = (round_.evidence / place.file).read_bytes()[place.offset : place.offset + place.length]
    assert WIRE[0] in gzip.decompress(content)


def test_epochs_continue_and_never_append(round_: Any) -> None:
    with round_.open() as writer:
        first = round_.fill(writer)
    with EvidenceStore.open(round_.evidence) as store:
        opened = store.opened
    before = {path: path.read_bytes() for path in (round_.evidence / "shard-0001").glob("*-1*")}
    round_.time += dt.timedelta(days=1)
    with round_.open() as writer:
        assert list(writer.done()) == first
        second = round_.fill(writer)
    assert {path: path.read_bytes() for path in before} == before
    with EvidenceStore.open(round_.evidence) as store:
        assert list(store.captures()) == first + second
        assert store.opened == opened


def test_an_agency_is_asked_of_the_runs_that_have_it_alone(round_: Any) -> None:
    """In a country each shard has few of the agencies."""
    found: dict[str, list[Any]] = {}
    for shard, agencies in enumerate((("a", "ب", "z"), ("b", ""), ("a", "y")), start=1):
        with round_.open(shard=shard) as writer:
            for agency in (*agencies, *agencies):
                found.setdefault(agency, []).append(
                    round_.exchange(
                        writer,
                        f"http://{shard}.test/",
                        b"HTTP/1.1 200 OK\r\n\r\n" + agency.encode(),
                        agency=agency,
                    )
                )
    with EvidenceStore.open(round_.evidence) as store:
        assert [index.agencies() for _, index in store._parts] == [{"a", "ب", "z"}, {"b", ""}, {"a", "y"}]
        asked: list[str] = []
        for number, (_, index) in enumerate(store._parts):

            def trace(query: str, number: int = number) -> None:
                asked.append(f"{number} {query[:6]}")

            index._connection.set_trace_callback(trace)
        assert {agency: list(store.captures(agency, "http")) for agency in found} == found
        assert list(store.captures("nobody")) == []
        asked.clear()
        assert list(store.captures("y")) == found["y"]
        assert {said[0] for said in asked} == {"2"}
        for agency, captures in found.items():
            for capture in captures:
                assert (store.get(capture.id), store.body(capture.id)) == (capture, agency.encode())
        assert store.body(found["b"][0].id) and len(found["b"]) == 2
        asked.clear()
        store.get(found["b"][1].id)
        store.get(found["b"][0].id)
        assert [said[0] for said in asked][-1:] == ["1"]
        with pytest.raises(KeyError):
            store.get("nothing")


def test_a_run_that_saw_nothing_leaves_no_trace(round_: Any) -> None:
    with round_.open() as writer:
        round_.fill(writer)

    def files() -> dict[
        Path, tuple[int, int, bytes]
    ]:  # reading moves the time of access, nothing else may move
        found = [(path, path.stat()) for path in round_.evidence.rglob("*") if path.is_file()]
        return {path: (stat.st_ino, stat.st_mtime_ns, path.read_bytes()) for path, stat in found}

    before = files()
    with round_.open() as writer:
        assert len(list(writer.done())) == 13
    assert files() == before


def test_a_later_run_with_another_plan_keeps_both(round_: Any) -> None:
    with round_.open() as writer:
        round_.fill(writer)
    with round_.open(plan={"seeds": []}) as writer:
        round_.fill(writer)
    assert (round_.evidence / "plan-2.json").exists()
    with round_.open(plan={"seeds": []}) as writer:
        round_.fill(writer)
    assert not (round_.evidence / "plan-3.json").exists()


def test_what_is_not_committed_is_not_seen_and_tick_commits_in_time(round_: Any) -> None:
    writer: EvidenceWriter = round_.open(interval=0.5)
    round_.exchange(writer, "http://a.test/", WIRE[0])
    writer.tick()
    with EvidenceStore.open(round_.evidence) as store:
        assert list(store.captures()) == []
    round_.time += dt.timedelta(seconds=0.6)
    writer.tick()
    with EvidenceStore.open(round_.evidence) as store:
        assert len(list(store.captures())) == 1
    writer.close()


def test_a_full_batch_commits_by_itself(round_: Any) -> None:
    writer = round_.open(batch=3)
    for number in range(3):
        round_.exchange(writer, f"http://a.test/{number}", WIRE[0])
    with EvidenceStore.open(round_.evidence) as store:
        assert len(list(store.captures())) == 3
    writer.close()


def test_threads_that_share_a_store_get_what_each_asked_for(round_: Any) -> None:
    with round_.open() as writer:
        captures = [round_.exchange(writer, f"http://a.test/{n}", WIRE[n % len(WIRE)]) for n in range(40)]
    with EvidenceStore.open(round_.evidence) as store:
        places = [store.location(capture.id) for capture in captures]

        def ask(first: int) -> int:
            wrong = 0
            for number in range(tries(500, 5_000)):
                turn = (first * 13 + number * 7) % len(captures)
                wrong += store.get(captures[turn].id) != captures[turn]
                wrong += store.location(captures[turn].id) != places[turn]
            return wrong

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(ask, range(8))) == 0


def test_no_evidence_is_said(tmp_path: Path) -> None:
    with pytest.raises(EvidenceMissing):
        EvidenceStore.open(tmp_path)


def test_finished_evidence_is_read_from_a_folder_without_write_access(round_: Any) -> None:
    with round_.open() as writer:
        captures = round_.fill(writer)
    copy = round_.folder / "copy"
    shutil.copytree(round_.evidence, copy)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = {path.name for path in copy.rglob("*")}
    with EvidenceStore.open(copy) as store:
        assert [store.body(c.id) for c in store.captures()] and list(store.captures()) == captures
    assert {path.name for path in copy.rglob("*")} == before


def test_facts_of_another_kind_are_refused_and_nothing_is_kept(round_: Any) -> None:
    with round_.open() as writer:
        with pytest.raises(TypeError):
            round_.other(writer, "page", HttpFacts("GET", 200, "", (), None), b"", "http://a.test/")
        round_.exchange(writer, "http://a.test/", WIRE[0])
    with EvidenceStore.open(round_.evidence) as store:
        assert [c.sequence for c in store.captures()] == [1]


def test_a_time_without_zone_is_refused(round_: Any) -> None:
    with round_.open() as writer, pytest.raises(ValueError, match="zone"):
        writer.add(
            kind="http",
            agency="a",
            url="http://a.test/",
            purpose="page",
            attempt=1,
            time=dt.datetime(2025, 1, 1),  # noqa: DTZ001
            facts=HttpFacts("GET", 200, "", (), None),
        )
