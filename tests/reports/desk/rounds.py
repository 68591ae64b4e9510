"""A small sealed round whose every text is hostile somewhere, and the desk over it as a program of its own."""

from __future__ import annotations

import datetime as dt
import http.client
import itertools
import json
import os
import re
import signal
import socket
import struct
import tempfile
import urllib.parse
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from checks.finding import Finding, Subject
from claims.audits import standing_rows, verdicts_of
from claims.model import AuditorVerdict
from claims.read import read_draws, read_verdicts
from evidence.canonical import canonical
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.seal import seal
from evidence.signing.findings_seal import seal_findings
from evidence.signing.findings_seal_state import seal_state
from evidence.signing.keys import Signer, load_or_create
from evidence.store import EvidenceStore, EvidenceWriter
from govah import stages
from reports.results_db.findings_file import FindingsFile
from tests import command_server
from tests.fork_server import Forked
from tests.hostile import HOSTILE

OPENED = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
EXCERPT = "صدور پروانهٔ کسب و کار"
BODY = (
    "<!doctype html><html lang=fa><title>درگاه</title>\r\n<script>alert('page')</script>\r\n"
    "<main><h1>صدور <b>پروانهٔ</b>\n   کسب&nbsp;و&#32;کار</h1>\u202e{{7*7}}\x1b[31m</main>\r\n"
    + "".join(f"<p>سطر {n}</p>\r\n" for n in range(500))
    + "<p>"
    + "ب" * 5000
    + "</p>"
)
TITLES = {"s1": "صدور پروانه کسب", "s2": HOSTILE["script"] + "\u202e{{7*7}}", "s3": "تمدید " + "ی" * 100_000}


def png(width: int = 80, height: int = 60) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + b"\x30\x80\xa0" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def made(
    folder: Path,
    archive: Callable[[Path, Signer], None] | None = None,
    found: Sequence[Finding] | None = None,
) -> Path:
    """The folder of the round; beside it lies the key that sealed it, `signer.key`. archive, found: in place of its own."""
    round = folder / "round"
    round.mkdir(parents=True)
    (round / "round.toml").write_text(
        '[round]\nid = "r"\ntitle = "دور <b>آزمون</b>"\nvantage = "v"\nlanguage = "fa"\n[replies]\ndays = 30\nsince = 2025-12-01\n',
        encoding="utf-8",
    )
    (round / "agencies.csv").write_text(
        "agency,name,name_en,kind,portal\na1,سازمان پروانه‌ها,Permits,main,http://a1.test/\n"
        "a2,<i>اداره</i> {{7*7}},<i>Office</i> {{7*7}},executive,http://a2.test/\n",
        encoding="utf-8",
    )
    services = "".join(
        f'{"a2" if id == "s3" else "a1"},{id},"{title}",yes,http://a1.test/{id},transaction\n'
        for id, title in TITLES.items()
    )
    (round / "services.csv").write_text(
        "agency,service,title,electronic,url,level\n" + services, encoding="utf-8"
    )
    signer = load_or_create(folder / "signer.key")
    (archive or evidence)(round / "evidence", signer)
    results = round / "results"
    results.mkdir()
    lines = "".join(canonical(f.to_json()) + "\n" for f in sorted(found or findings(), key=lambda f: f.id))
    (results / "findings.jsonl").write_text(lines, encoding="utf-8")
    seal_findings(results, round / "evidence", signer)
    score(round)
    return round


def score(round: Path) -> None:
    findings = FindingsFile(round / "results" / "findings.jsonl", {})
    stand = seal_state(round / "results", round / "evidence", findings.sha256)
    with EvidenceStore.open(round / "evidence") as store:
        stages.weigh(stages.read_round(round).round, store, findings, stand)


def evidence(folder: Path, signer: Signer) -> None:
    """c0: an exchange; c1: its page as the browser had it; c2: the picture of that; c3: an exchange in windows-1256."""
    ids = itertools.count()
    body = BODY.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Evil: {HOSTILE['script']}\r\nContent-Length: {len(body)}\r\n\r\n"
    old = "<title>قديمى</title>گچ".encode("cp1256")
    with EvidenceWriter.open(
        folder, vantage="v", now=lambda: OPENED, new_id=lambda: f"c{next(ids)}", plan={}, signer=signer
    ) as writer:

        def add(kind: str, facts: object, **more: bytes) -> None:
            writer.add(
                kind=kind,
                agency="a1",
                url="http://a1.test/s1",
                purpose="claim",
                attempt=1,
                time=OPENED,
                facts=facts,  # type: ignore[arg-type]
                **more,
            )

        ok = HttpFacts("GET", 200, "OK", (("Content-Type", "text/html"),), None, size=len(body))
        add("http", ok, request=b"GET /s1 HTTP/1.1\r\n\r\n", response=head.encode("latin-1") + body)
        add("page", PageFacts(200, "http://a1.test/s1", "t", True, None), body=body)
        add("screenshot", ScreenshotFacts("c1", "image/png", 80, 60, True), body=png())
        declared = (("Content-Type", "text/html; charset=windows-1256"),)
        wire = b"HTTP/1.1 404 Gone\r\nContent-Type: text/html; charset=windows-1256\r\n\r\n" + old
        add("http", HttpFacts("GET", 404, "Gone", declared, None, size=len(old)), response=wire)
    seal(folder, signer=signer, now=lambda: OPENED, round_id="r", software={}, coverage={})


def findings() -> list[Finding]:
    def one(
        agency: str, kind: str, id: str, check: str, verdict: str, reason: str | None, **more: object
    ) -> Finding:
        captures = more.pop("captures", ())
        subject = Subject(kind, id, f"http://a1.test/{id}")  # type: ignore[arg-type]
        return Finding(agency, subject, check, 1, verdict, reason, more, captures, 2, "service_entry")  # type: ignore[arg-type]

    shown = ("c0", "c1")
    found = [
        one("a1", "service", "s1", "services.entry", "verified", None, excerpt=EXCERPT, captures=shown),
        one("a1", "service", "s1", "services.login", "contradicted", "local_login", captures=("c3",)),
        one("a1", "service", "s2", "services.entry", "contradicted", "dead_link", captures=("c3", "c0")),
        one("a2", "service", "s3", "services.entry", "inconclusive", "timeout"),
    ]
    return found + [
        one(
            "a2",
            "link",
            f"http://a2.test/{name}",
            "links.target",
            "contradicted",
            "dead_link",
            text=text,
            excerpt=text,
        )
        for name, text in HOSTILE.items()
    ]


def verdicts_in(round: Path) -> tuple[AuditorVerdict, ...]:
    """Those that stand."""
    return verdicts_of(standing_rows(read_verdicts(round) or (), read_draws(round) or ()))


def id_of(subject: str, check: str = "services.entry") -> str:
    return next(f.id for f in findings() if f.subject.id == subject and f.check == check)


@dataclass(frozen=True)
class Answer:
    """What came back. cookies: by name, with what they were set with."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Client:
    """A browser of the barest kind: keeps its cookies, follows nothing. token: that the desk made; "" where it was chosen.
    socket: file that the desk listens on in place of a port. process: the desk.
    """

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    socket: str | None = None
    process: Forked | None = None

    def kill(self) -> None:
        """As a power cut ends it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)

    def other(self) -> Client:
        """Another browser, that opened the link too."""
        client = Client(self.port, token=self.token, socket=self.socket, process=self.process)
        assert client.get(f"/?token={client.token}").status == 303
        return client

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        if self.socket is not None:
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.connect(self.socket)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent.setdefault("Cookie", "; ".join(f"{k}={v}" for k, v in self.cookies.items()))
        try:
            connection.request(method, path, body, sent)
            came = connection.getresponse()
            cookies = tuple(came.headers.get_all("set-cookie") or ())
            for cookie in cookies:
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return Answer(came.status, {k.lower(): v for k, v in came.headers.items()}, came.read(), cookies)
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, None, **headers)

    def mark(self, path: str = "/") -> str:
        """Of a form of a page: every page has one that logs out."""
        page = self.get(path).text
        found = re.search(r'name="mark" value="([0-9a-f]{64})"', page)
        assert found is not None
        return found.group(1)

    def post(self, path: str, values: Mapping[str, str], **headers: str) -> Answer:
        body = urllib.parse.urlencode(values).encode()
        kind = headers.pop("Content_Type", "application/x-www-form-urlencoded")
        return self.ask("POST", path, body, Content_Type=kind, **headers)

    def send(self, path: str, **values: str) -> Answer:
        """A form as its page has it."""
        return self.post(path, {"mark": self.mark(), "seen": self.seen(path), **values})

    def seen(self, path: str) -> str:
        """What the page of a form says of the state that it was opened in."""
        of = "/worklist" if path.startswith("/worklist/") else path.partition("?")[0].rpartition("/")[0]
        found = re.search(r'name="seen" value="([^"]*)"', self.get(of).text)
        return found.group(1) if found else ""

    def draw(self, size: int = 50) -> None:
        assert self.send("/worklist/draw", size=str(size)).status == 303

    def raw(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            connection.sendall(request)
            came = b""
            while piece := connection.recv(1 << 16):
                came += piece
            return came


@contextmanager
def served(round: Path, *options: str, token: str | None = None) -> Iterator[Client]:
    """`govah serve` in a process of its own, on a free port. The client came by its link; with a token that was chosen,
    it has yet to show it.
    """
    environment = {**os.environ, "GOVAH_LANG": "en", "GOVAH_KEY": str(round.parent / "signer.key")}
    environment.pop("GOVAH_TOKEN", None)
    if token is not None:
        environment["GOVAH_TOKEN"] = token
    reader, out = os.pipe()
    with (
        os.fdopen(reader, encoding="utf-8") as saying,
        tempfile.TemporaryFile() as errors,
        Path(os.devnull).open("rb") as nothing,
    ):
        where = () if "--socket" in options else ("--port", "0")
        words = ("serve", str(round), *where, "--json", *options)
        files = (nothing.fileno(), out, errors.fileno())
        process = command_server.started(*words, env=environment, files=files)
        os.close(out)

        def complaints() -> str:
            errors.seek(0)
            return errors.read().decode()

        said = ""
        while not said.rstrip().endswith("}"):
            line = saying.readline()
            if not line:
                raise AssertionError(complaints())
            said += line
        opened = json.loads(said)
        number = urllib.parse.urlsplit(opened["url"]).port or 0
        client = Client(number, token=opened["token"] or "", socket=opened["socket"], process=process)
        try:
            yield client.other() if client.token else client
        finally:
            process.send_signal(signal.SIGINT)
            status = process.wait(timeout=120)
        assert status in (0, -signal.SIGKILL), complaints()
        assert "Traceback" not in complaints(), complaints()
