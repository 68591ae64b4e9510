"""A kind of evidence is one module, and nothing else names it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evidence.kind import kinds

ROOT = Path(__file__).parents[2]
WHOIS = '''
"""What a registry says of a name."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.kind import EvidenceKind, Facts


@dataclass(frozen=True, slots=True)
class WhoisFacts(Facts):
    """server: who answered. fields: (name, value) pairs, in order."""

    server: str
    fields: tuple[tuple[str, str], ...] = ()


KIND = EvidenceKind("whois", WhoisFacts, "text/plain; charset=utf-8", fidelity="wire")
'''
PROGRAM = """
import datetime as dt, itertools, sys
from pathlib import Path

from evidence.kinds.whois import WhoisFacts
from evidence.redaction.records import redact_record
from evidence.redaction.text import load_rules
from evidence.seal import seal
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore, EvidenceWriter
from evidence.store.recording import resource
from evidence.verify.folder import verify

now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
folder, signer = Path(sys.argv[1]) / "evidence", Signer.generate()
ids = (f"c{number}" for number in itertools.count())
facts = WhoisFacts("whois.test", (("holder", "Organisation"),))
body = b"holder: Organisation\\nmobile: 09123456789\\n"
writer = EvidenceWriter.open(
    folder, vantage="here", now=lambda: now, new_id=lambda: next(ids), plan={}, signer=signer
)
capture = writer.add(
    kind="whois", agency="a", url="agency.test", purpose="host", attempt=1, time=now, facts=facts, body=body
)
writer.close()
seal(folder, signer=signer, now=lambda: now, round_id="r", software={"govah": "0"}, coverage={"visited": 1})
with EvidenceStore.open(folder) as store:
    (read,) = store.captures(kind="whois")
    print(read == capture, read.fidelity, store.body(read.id) == body)
print([fault.code for fault in verify(folder)])
(record,) = resource(capture, body)
redacted = redact_record(record.record, load_rules(), None)
print(dict(redacted.redactions), b"09123456789" in (redacted.text or b""))
segment = next(folder.rglob("*.warc.gz"))
data = bytearray(segment.read_bytes())
data[len(data) // 2] ^= 1
segment.write_bytes(data)
print(bool(verify(folder)))
"""


def test_the_kinds_of_evidence() -> None:
    assert sorted(kinds()) == ["accessibility", "crawl", "dns", "http", "page", "screenshot", "tls"]
    page = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
    assert [name for name in kinds() if f"`{name}`" not in page] == []


@pytest.mark.processes
def test_a_new_kind_is_one_module(tmp_path: Path) -> None:
    for room in ("evidence", "web", "claims"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "evidence" / "kinds" / "whois.py").write_text(WHOIS, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "round")],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["True wire True", "[]", "{'mobile': 1} False", "True"]
