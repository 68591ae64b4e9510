"""A sealed round with pages of every kind, written by the real writer, and what is exported of it."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import itertools
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.records import Capture
from evidence.seal import seal
from evidence.signing.keys import Signer, load_or_create
from evidence.store import EvidenceWriter, WriteLimits
from reports.export import wacz

START = dt.datetime(2025, 12, 1, 8, 0, 0, 250_000, tzinfo=dt.UTC)
SECRET = "s3cr3t-of-a-visitor"
HOSTILE = "<script>alert(1)</script> \u202eترا‌بری\u0000\u2028{tail} \ud800 'q' \"z\""
ROUND_TOML = '[round]\nid = "1404-1"\ntitle = "دور آزمایشی"\n[network]\ncontrols = []\n'
AGENCIES_CSV = "agency,name,kind,portal\na,الف,main,https://a.test/\nb,ب,main,https://b.test/\nc,ج,executive,https://c.test/\n"


class Scene:
    """A round folder; its clock moves a second a capture."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self.folder = folder
        self.evidence = folder / "evidence"
        self.signer = signer
        self.time = START
        self._ids = itertools.count(1)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "round.toml").write_text(ROUND_TOML, encoding="utf-8")
        (folder / "agencies.csv").write_text(AGENCIES_CSV, encoding="utf-8")
        (folder / "services.csv").write_text("agency,service,title,electronic\n", encoding="utf-8")

    def now(self) -> dt.datetime:
        return self.time

    def open(self) -> EvidenceWriter:
        return EvidenceWriter.open(
            self.evidence,
            vantage="tehran-1",
            now=self.now,
            new_id=lambda: f"c{next(self._ids):05d}",
            plan={},
            signer=self.signer,
            limits=WriteLimits(segment_bytes=200_000),
        )

    def add(
        self, writer: EvidenceWriter, kind: Any, agency: str, url: str, facts: Any, **bodies: bytes
    ) -> Capture:
        self.time += dt.timedelta(seconds=1)
        return writer.add(
            kind=kind,
            agency=agency,
            url=url,
            purpose="page",
            attempt=1,
            time=self.time,
            facts=facts,
            **bodies,
        )

    def answer(
        self, writer: EvidenceWriter, agency: str, url: str, kind: str, body: bytes, *more: str, **facts: Any
    ) -> Capture:
        """more: further lines of the head."""
        lines = [f"Content-Type: {kind}", *more]
        status = facts.get("status", 200)
        head = "\r\n".join([f"HTTP/1.1 {status} OK", *lines, "", ""]).encode("latin-1")
        values = {
            "status": status,
            "reason": "OK",
            "headers": tuple(tuple(line.split(": ", 1)) for line in lines),
            "failure": None,
            "address": "127.0.0.9",
            **facts,
        }
        request = f"GET / HTTP/1.1\r\nCookie: session={SECRET}\r\n\r\n".encode()
        return self.add(
            writer, "http", agency, url, HttpFacts("GET", **values), request=request, response=head + body
        )

    def page(self, writer: EvidenceWriter, agency: str, url: str, dom: str, **facts: Any) -> Capture:
        values = {
            "status": 200,
            "final_url": url,
            "title": "صفحه",
            "finished": True,
            "failure": None,
            **facts,
        }
        return self.add(
            writer, "page", agency, url, PageFacts(**values), body=dom.encode("utf-8", "surrogatepass")
        )

    def picture(self, writer: EvidenceWriter, page: Capture) -> Capture:
        facts = ScreenshotFacts(page.id, "image/jpeg", 1366, 900, True)
        return self.add(
            writer, "screenshot", page.agency, page.url, facts, body=b"\xff\xd8\xff" + bytes(3000)
        )

    def seal(self) -> None:
        seal(
            self.evidence,
            signer=self.signer,
            now=self.now,
            round_id="1404-1",
            software={"govah": "0"},
            coverage={},
        )

    def about(self, *agencies: str) -> wacz.RoundInfo:
        return wacz.RoundInfo(
            "1404-1", "دور", "fa", tuple((agency, agency.upper()) for agency in agencies), "0"
        )


def furnish(scene: Scene) -> None:
    """Agency a in full, b with a page that speaks of cookies and another that broke; c was never rendered."""
    packed = gzip.compress(b"body{background:url(/in-css.png)}@font-face{src:url('/f.woff2')}", mtime=0)
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(packed), packed)
    cookie = f"Set-Cookie: session={SECRET}; Path=/; HttpOnly"
    with scene.open() as writer:
        scene.answer(writer, "a", "https://a.test/", "text/html", b"<p>never shown: nothing ran", cookie)
        scene.answer(
            writer, "a", "https://a.test/s.css", "text/css", chunked,
            "Content-Encoding: gzip", "Transfer-Encoding: chunked", cookie,
        )  # fmt: skip
        scene.answer(writer, "a", "https://a.test/logo.png", "image/png", b"\x89PNG logo")
        scene.answer(writer, "a", "https://a.test/in-css.png", "image/png", b"\x89PNG css")
        scene.answer(writer, "a", "https://a.test/f.woff2", "application/octet-stream", b"wOF2")
        scene.answer(
            writer, "a", "https://a.test/moved.png", "text/html", b"gone",
            "Location: https://cdn.test/x.png", cookie, status=302, redirect="https://cdn.test/x.png",
        )  # fmt: skip
        scene.answer(writer, "a", "https://cdn.test/x.png", "image/png", b"\x89PNG cdn")
        scene.answer(writer, "a", "https://a.test/unused.png", "image/png", b"\x89PNG unused")
        scene.answer(writer, "a", "https://a.test/cut.png", "image/png", b"\x89PN", truncated="length")
        scene.answer(
            writer, "a", "https://a.test/echo.svg", "image/svg+xml", f"<svg>{SECRET}</svg>".encode(), cookie
        )
        scene.answer(
            writer, "a", "https://a.test/old", "text/html", b"", "Location: /new", cookie,
            status=301, redirect="https://a.test/new",
        )  # fmt: skip
        home = scene.page(
            writer, "a", "https://a.test/",
            "<!DOCTYPE html><head><script>alert(1)</script><link rel=stylesheet href=s.css></head>"
            "<body onload='x()'><img src=/logo.png><img src=moved.png><img src=cut.png><img src=echo.svg>"
            "<div data-opened=\"1\"><p>behind a tab</p></div><p>متن</p>",
            title=HOSTILE, opened=(("tab", "a", "زبانه"),),
        )  # fmt: skip
        scene.picture(writer, home)
        scene.page(writer, "a", "https://a.test/old", "<p>تازه</p>", final_url="https://a.test/new", title="")
        scene.page(writer, "a", "https://a.test/app#/one", "<p>یک</p>", final_url="https://a.test/app#/one")
        scene.page(
            writer, "a", "https://a.test/slow", "<p>نیمه</p>", finished=False, failure="timeout",
            requests=(("GET", "https://a.test/logo.png", "image", 200),),
        )  # fmt: skip
        scene.page(writer, "b", "https://b.test/", f"<script>document.cookie='a={SECRET}'</script><p>ب</p>")
        scene.page(writer, "b", "https://b.test/said", "<p>گفت</p>", console=(f"error: cookie {SECRET}",))
        scene.page(writer, "b", "https://b.test/broken", "", finished=False, failure="crash")
        scene.page(writer, "b", "https://b.test/deep", "<b>" * 30_000)
        scene.answer(writer, "c", "https://c.test/", "text/html", b"<p>seen without a browser")
    scene.seal()


@dataclass(frozen=True)
class Opened:
    """An exported file, taken apart. lines: of the index, (key, time, values)."""

    files: dict[str, bytes]
    infos: dict[str, zipfile.ZipInfo] = field(repr=False)

    @classmethod
    def of(cls, path: Path) -> Opened:
        with zipfile.ZipFile(path) as file:
            return cls(
                {i.filename: file.read(i) for i in file.infolist()}, {i.filename: i for i in file.infolist()}
            )

    @property
    def package(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.files["datapackage.json"])
        return found

    @property
    def lines(self) -> list[tuple[str, str, dict[str, Any]]]:
        text = gzip.decompress(self.files["indexes/index.cdx.gz"]).decode("ascii")
        split = (line.split(" ", 2) for line in text.splitlines())
        return [(key, stamp, json.loads(values)) for key, stamp, values in split]

    @property
    def pages(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.files["pages/pages.jsonl"].splitlines()[1:]]

    def record(self, values: dict[str, Any]) -> bytes:
        """The record that a line of the index names, unpacked."""
        start, length = int(values["offset"]), int(values["length"])
        return gzip.decompress(self.files[f"archive/{values['filename']}"][start : start + length])

    def of_url(self, url: str) -> list[bytes]:
        return [self.record(values) for _, _, values in self.lines if values["url"] == url]

    @property
    def leaves(self) -> set[str]:
        return {line.split()[0].decode() for line in self.files["govah/records.txt"].splitlines()}


def leaf(record: bytes) -> str:
    return hashlib.sha256(b"\0" + record).hexdigest()


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return load_or_create(tmp_path_factory.mktemp("key") / "signer.key")


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory, signer: Signer) -> Scene:
    """Not to be written to."""
    made = Scene(tmp_path_factory.mktemp("scene") / "round", signer)
    furnish(made)
    return made


@pytest.fixture(scope="session")
def exported(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    target = tmp_path_factory.mktemp("exported") / "round.wacz"
    wacz.export(scene.evidence, target, scene.about("a", "b", "c"))
    yield target


@pytest.fixture(scope="session")
def opened(exported: Path) -> Opened:
    return Opened.of(exported)


@pytest.fixture
def take_apart() -> Callable[[Path], Opened]:
    return Opened.of


@pytest.fixture
def leaf_of() -> Callable[[bytes], str]:
    return leaf


@pytest.fixture(scope="session")
def secret() -> str:
    return SECRET


@pytest.fixture
def new_scene(tmp_path: Path, signer: Signer) -> Iterator[Any]:
    yield lambda name="round": Scene(tmp_path / name, signer)
