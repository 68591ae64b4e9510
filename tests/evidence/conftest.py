"""Small rounds of evidence, written by the real writer, with a clock that ticks."""

from __future__ import annotations

import datetime as dt
import gzip
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evidence.errors import EvidenceMissing
from evidence.kinds.accessibility import AccessibilityFacts
from evidence.kinds.crawl import CrawlFacts
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.kinds.tls import TlsFacts
from evidence.records import Capture
from evidence.seal import seal
from evidence.signing.findings_seal import seal_findings
from evidence.signing.keys import Signer, load_or_create
from evidence.store import EvidenceStore, EvidenceWriter, WriteLimits
from tests.evidence import disk_log, power_cut

OPENED = dt.datetime(2025, 12, 1, 8, 0, tzinfo=dt.UTC)


class Round:
    """Writes captures of every kind. `time` is what the clock says; it moves a second a capture."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self.folder = folder
        self.evidence = folder / "evidence"
        self.results = folder / "results"
        self.signer = signer
        self.time = OPENED
        self._ids = itertools.count(1)

    def now(self) -> dt.datetime:
        return self.time

    def skip_ids(self, to: int) -> None:
        """As new identifiers would be in another process."""
        self._ids = itertools.count(to)

    def open(self, **options: Any) -> EvidenceWriter:
        """options: of the writer, or of its limits."""
        limits = {
            field.name: options.pop(field.name) for field in fields(WriteLimits) if field.name in options
        }
        options = {"plan": {"seeds": ["http://a.test/"]}, "signer": self.signer, **options}
        return EvidenceWriter.open(
            self.evidence,
            vantage="tehran-1",
            now=self.now,
            new_id=lambda: f"c{next(self._ids):05d}",
            limits=WriteLimits(**limits),
            **options,
        )

    def exchange(
        self, writer: EvidenceWriter, url: str, response: bytes, *, agency: str = "a", **facts: Any
    ) -> Capture:
        self.time += dt.timedelta(seconds=1)
        values = {"status": 200, "reason": "OK", "headers": (), "failure": None, **facts}
        return writer.add(
            kind="http",
            agency=agency,
            url=url,
            purpose="page",
            attempt=1,
            time=self.time,
            facts=HttpFacts("GET", **values),
            request=b"GET / HTTP/1.1\r\nHost: a.test\r\nUser-Agent: govah\r\n\r\n",
            response=response,
        )

    def other(self, writer: EvidenceWriter, kind: Any, facts: Any, body: bytes, url: str) -> Capture:
        self.time += dt.timedelta(seconds=1)
        return writer.add(
            kind=kind,
            agency="a",
            url=url,
            purpose="page",
            attempt=1,
            time=self.time,
            facts=facts,
            body=body,
        )

    def fill(self, writer: EvidenceWriter, pages: int = 6) -> list[Capture]:
        """Captures of every kind."""
        found = []
        for number in range(pages):
            body = gzip.compress(f"<h1>خدمت {number}</h1>".encode() * 50, mtime=0)
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n"
            found.append(self.exchange(writer, f"http://a.test/{number}", head + body))
        found.append(self.exchange(writer, "http://b.test/", b"", agency="b", status=None, failure="timeout"))
        page = PageFacts(200, "http://a.test/", "صفحه", True, None, requests=(("GET", "u", "document", 200),))
        found.append(self.other(writer, "page", page, "<p>سلام</p>".encode(), "http://a.test/"))
        for byte in (b"\x01", b"\x02"):
            shot = ScreenshotFacts(found[-1].id, "image/webp", 1366, 768, False)
            found.append(self.other(writer, "screenshot", shot, byte * 700, "http://a.test/"))
        look = AccessibilityFacts(200, "http://a.test/", True, None, axe="done", axe_version="4.12.1")
        found.append(self.other(writer, "accessibility", look, b'{"wide":{}}', "http://a.test/"))
        found.append(
            self.other(writer, "tls", TlsFacts("a.test", 443, None, 2), b'{"chain":[]}', "a.test:443")
        )
        found.append(self.other(writer, "crawl", CrawlFacts("complete", 9, 9, True), b"{}", "a"))
        return found

    def go_on(self, promised: int) -> list[Capture]:
        """After whatever befell it: what was promised can be read, a writer finds it in order, and takes one more.

        Returns what was found.
        """
        try:
            with EvidenceStore.open(self.evidence) as store:
                assert len([store.wire(c.id) for c in store.captures()]) >= promised
        except EvidenceMissing:
            assert promised == 0
        self.skip_ids(2000)
        with self.open() as writer:
            found = list(writer.done())
            assert [c.sequence for c in found] == list(range(1, len(found) + 1))
            assert len(found) >= promised
            self.exchange(writer, "http://a.test/last", b"HTTP/1.1 200 OK\r\n\r\n")
        return found

    def seal(self, **options: Any) -> Any:
        options = {"round_id": "1404-1", "software": {"govah": "0.1"}, "coverage": {"visited": 6}, **options}
        return seal(self.evidence, signer=self.signer, now=self.now, **options)

    def judge(self, captures: list[Capture]) -> Path:
        """Writes and seals some findings that rest on the captures."""
        self.results.mkdir(exist_ok=True)
        lines = [
            {"id": f"f{number:03d}", "verdict": "verified", "captures": [capture.id]}
            for number, capture in enumerate(captures)
        ]
        path = self.results / "findings.jsonl"
        path.write_text("".join(json.dumps(line, sort_keys=True) + "\n" for line in lines))
        assert seal_findings(self.results, self.evidence, self.signer)
        return path


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return load_or_create(tmp_path_factory.mktemp("key") / "signer.key")


@pytest.fixture
def round_(tmp_path: Path, signer: Signer) -> Round:
    return Round(tmp_path, signer)


@pytest.fixture(scope="session")
def sealed_origin(tmp_path_factory: pytest.TempPathFactory, signer: Signer) -> Path:
    """A sealed round of two epochs and three segments, with findings. To be copied, not written to."""
    made = Round(tmp_path_factory.mktemp("sealed"), signer)
    with made.open(segment_bytes=4000, checkpoint_every=8) as writer:
        captures = made.fill(writer)
    with made.open(checkpoint_every=8) as writer:
        captures += made.fill(writer, 2)
    made.seal()
    made.judge(captures)
    return made.folder


@pytest.fixture(scope="session")
def new_round(signer: Signer) -> Iterator[Callable[[Path], Round]]:
    yield lambda folder: Round(folder, signer)


@pytest.fixture(scope="session")
def disk() -> SimpleNamespace:
    """The log of changes to a disk, and what a power cut leaves of it."""
    return SimpleNamespace(**vars(disk_log), cuts=power_cut.cuts, put=power_cut.put)


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder, in memory where that can be had: what is synced a thousand times need not reach a disk."""
    place = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=place if os.access(place, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture
def only_tools(tmp_path: Path) -> Callable[[Iterable[str]], Path]:
    """Makes a folder with the tools of these names and no other, to be the PATH of what a page says to run."""

    def make(names: Iterable[str]) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        for name in names:
            found = shutil.which(name)
            assert found, f"{name} is part of every Debian"
            (folder / name).symlink_to(found)
        return folder

    return make
