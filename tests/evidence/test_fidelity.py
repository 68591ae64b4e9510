"""Every capture says how close it is to what was sent, in its facts and in the head of its record."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator

from evidence import layout
from evidence.records import CaptureKind
from evidence.store import EvidenceStore, warc
from evidence.store.recording import FIDELITY, HEADER, record_id
from evidence.verify.folder import verify
from tests.evidence.warc_records import read_all

WORDS: dict[CaptureKind, str] = {
    "http": "wire",
    "page": "dom-serialised",
    "screenshot": "rendered",
    "accessibility": "measured",
    "tls": "probe",
    "crawl": "account",
}
IN_FACTS = {"http", "page", "screenshot", "accessibility"}
PAGE = Path(__file__).parents[2] / "docs" / "evidence.md"


def heads(evidence: Path) -> dict[str, Any]:
    """By identifier, the headers of every record as another program reads them."""
    found = {}
    for segment in layout.segments(evidence / layout.FIRST_SHARD):
        with segment.open("rb") as file:
            for record in ArchiveIterator(file):
                found[record.rec_headers["WARC-Record-ID"]] = record.rec_headers
    return found


def test_each_kind_says_what_it_is(round_: Any) -> None:
    with round_.open() as writer:
        round_.fill(writer)
    records = heads(round_.evidence)
    with EvidenceStore.open(round_.evidence) as store:
        seen = set()
        for capture in store.captures():
            head = records[record_id(capture.id)]
            assert capture.fidelity == WORDS[capture.kind]
            assert ("fidelity" in json.loads(head[HEADER])["facts"]) == (capture.kind in IN_FACTS)
            if head["WARC-Type"] == "metadata":
                assert head[FIDELITY] is None  # nothing came, so that there is nothing to be true to
            else:
                assert head[FIDELITY] == capture.fidelity
            seen.add(capture.kind)
    assert seen == WORDS.keys()


def test_the_handbook_has_a_row_for_each_word() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert not [word for word in {*WORDS.values(), "cdp-decoded"} if f"| `{word}` |" not in page]


def as_written_before(segment: Path) -> None:
    """The segment as it was written before captures said so."""
    with segment.open("rb") as file:
        records = list(read_all(file))
    members = []
    for record in records:
        head = re.sub(rb"\r\nGovah-Fidelity: [^\r]*", b"", record.head)
        head = re.sub(rb'"fidelity":"(?:dom-serialised|measured|rendered)",', b"", head)
        members.append(warc.member(head + record.content[len(record.head) :], 2))
    assert len(b"".join(members)) != segment.stat().st_size
    segment.write_bytes(b"".join(members))


def test_a_round_from_before_opens_verifies_and_is_extended(round_: Any) -> None:
    with round_.open() as writer:
        captures = round_.fill(writer)
    shard = round_.evidence / layout.FIRST_SHARD
    (segment,) = layout.segments(shard)
    as_written_before(segment)
    (shard / layout.index_name(1)).unlink()  # rebuilt from the segment by the run that follows
    with round_.open() as writer:
        round_.fill(writer)
    round_.seal()
    assert not verify(round_.evidence)
    connection = sqlite3.connect(shard / layout.index_name(1))
    ((facts,),) = connection.execute("SELECT facts FROM capture WHERE kind = 'page'").fetchall()
    connection.close()
    assert "fidelity" not in facts
    with EvidenceStore.open(round_.evidence) as store:
        assert [store.get(capture.id) for capture in captures] == captures
