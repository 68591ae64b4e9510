"""Secrets of visitors in no output: a crawl of a portal that gives them away in every place, every command, every byte.

The evidence keeps them, for it is what came. Everything that is derived from it has been looked through here: what commands
print, in both languages and as JSON, and every file that they write, packed files unpacked.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.browser.renderer import find_browser
from evidence.signing.keys import load_or_create
from govah.cli import app
from tests import command_server
from tests.crawler.conftest import ENOUGH_TEXT, Site, answer
from tests.reports.desk.rounds import served

pytestmark = [pytest.mark.sockets, pytest.mark.processes]

NUMBERS = iter(range(1000))


def mark() -> str:
    """A secret that is found again: letters and digits, as sessions have."""
    return f"s3cretMARK{next(NUMBERS):03d}x9"


MARK = re.compile(rb"s3cretMARK\d{3}x9")
HEADERS = (
    f"Set-Cookie: JSESSIONID={mark()}; Path=/; HttpOnly",
    f"Set-Cookie: theme={mark()}",
    f"X-CSRF-Token: {mark()}",
    f"Authorization: Bearer {mark()}",
    f"Proxy-Authorization: Basic {mark()}",
)
LINKS = [
    f"/dead;jsessionid={mark()}?x=1",
    f"/dead?token={mark()}",
    f"/dead?access_token={mark()}&sid={mark()}",
    f"/dead?PHPSESSID={mark()}",
    f"/dead?next=%2Fa%3Ftoken%3D{mark()}",
    f"http://visitor:{mark()}@a.test/dead-2",
    f"http://{mark()}@a.test/dead-3",
    f"//:{mark()}@a.test/dead-4",
    f"ftp://visitor:{mark()}@a.test/file",
    f"http://visitor:{mark()}@elsewhere.test/",
    f"/moved?token={mark()}",
]
QUOTED = f"""<pre>GET / HTTP/1.1
Cookie: a={mark()}; b={mark()}
Authorization: Basic {mark()}
Set-Cookie: SESSION={mark()}; Secure
X-CSRF-Token: {mark()}</pre>"""


def page(title: str, body: str = "") -> str:
    links = "".join(f"<a href='{link}'>{link}</a> " for link in LINKS)
    return (
        f"<!doctype html><html lang=fa dir=rtl><meta charset=utf-8><title>{title}</title><h1>{title}</h1>"
        f"{ENOUGH_TEXT}{links}{QUOTED}<script>console.error('token={mark()} http://u:{mark()}@a.test/')</script>{body}"
    )


CLAIMS = {
    "s1": f"/apply;jsessionid={mark()}?sid={mark()}",
    "s2": f"/dead?token={mark()}",
    "s3": f"/moved?token={mark()}",
    "s4": f"/login?token={mark()}",
}
FORM = (
    f"<form action='/send;jsessionid={mark()}'><input name=csrf_token type=hidden value={mark()}>"
    "<label>کد ملی <input name=nin></label><label>نام <input name=n></label><button>ثبت درخواست</button></form>"
    f"<img src='/pic.png?token={mark()}'><link rel=stylesheet href='/style.css?token={mark()}'>"
)


def portal(path: str) -> bytes:
    bare = path.partition("?")[0].partition(";")[0]
    if bare == "/":
        return answer(page("درگاه", "<link rel=stylesheet href=/plain.css>"), headers=HEADERS)
    if bare == "/apply":
        return answer(page("صدور پروانه نمونه", FORM), headers=HEADERS)
    if bare == "/moved":
        where = f"Location: /dead?token={mark()}"
        return answer("moved", "302 Found", headers=(where, *HEADERS))
    if bare == "/login":
        return answer(page(f"ورود token={mark()}"), "403 Forbidden", headers=HEADERS)
    if bare == "/plain.css":
        return answer(f"p {{ background: url(/b.png?token={mark()}) }}", kind="text/css", headers=HEADERS)
    if bare == "/style.css":
        return answer("p { color: red }", kind="text/css", headers=HEADERS)
    if bare == "/data.csv":
        return answer("سال,مقدار\n1403,1\n1404,2\n", kind="text/csv", headers=HEADERS)
    return answer(page("یافت نشد"), "404 Not Found", headers=HEADERS)


@dataclass
class World:
    """A crawled round. said: what commands printed, by the command."""

    folder: Path
    environment: dict[str, str]
    said: dict[str, bytes]

    def govah(self, *words: object, language: str = "en") -> str:
        environment = {**self.environment, "GOVAH_LANG": language}
        done = command_server.govah(*words, env=environment)
        self.said[" ".join(map(str, words))] = (done.stdout + done.stderr).encode()
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout

    @property
    def findings(self) -> list[dict[str, object]]:
        lines = (self.folder / "results" / "findings.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


def write_round(folder: Path, site: Site) -> None:
    folder.mkdir()
    (folder / "round.toml").write_text(
        f"""[round]
id = "r"
[crawl]
delay = 0.0
retry_after = 0.1
max_pages = 12
[network]
allow_private = true
resolver = []
hosts = {{ "a.test:80" = "{site.target}", "a.test:443" = "{site.address}:9" }}
[replies]
days = 30
""",
        encoding="utf-8",
    )
    rows = "".join(
        f"a,{id},خدمت {id} صدور پروانه نمونه,yes,http://a.test{url},transaction\n"
        for id, url in CLAIMS.items()
    )
    sheets = {
        "agencies": "agency,name,kind,portal\na,سازمان نمونه,main,http://a.test/\n",
        "services": "agency,service,title,electronic,url,level\n" + rows,
        "datasets": f"agency,dataset,title,url,format\na,d1,داده,http://a.test/data.csv?api_key={mark()},csv\n",
        "replies": f"reply,agency,subject,date,by,stance,text\nn1,a,s1,2025-01-01,who,explains,our page is http://a.test/?token={mark()}\n",
    }
    for name, text in sheets.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    base = tmp_path_factory.mktemp("secrets")
    site = Site({"/robots.txt": answer("User-agent: *\nDisallow:\n", kind="text/plain")}, address="127.0.7.3")
    site.fallback = lambda path, visit: portal(path)
    folder = base / "round"
    write_round(folder, site)
    load_or_create(base / "signer.key")
    own = {"HOME": str(base), "GOVAH_KEY": str(base / "signer.key")}
    environment = {**os.environ, **own, "NO_COLOR": "1", "COLUMNS": "400"}
    made = World(folder, environment, {})
    try:
        made.govah("run", folder)
        made.govah("replies", folder)
        site_is_asked = len(site.asked)
        assert site_is_asked > 20
        yield made
    finally:
        site.close()


def opened(content: bytes, depth: int = 3) -> Iterator[bytes]:
    """Bytes, and those that they hold packed: members of a zip, members of gzip one after another, streams of a PDF."""
    yield content
    if depth and content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from opened(archive.read(name), depth - 1)
    elif depth and content.startswith(b"\x1f\x8b"):
        yield from opened(gzip.decompress(content), depth - 1)
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        try:
            yield zlib.decompressobj().decompress(stream)
        except zlib.error:
            continue


def leaks(content: bytes) -> set[bytes]:
    return {found for part in opened(content) for found in MARK.findall(part)}


# What each command is asked for; those that print nothing of a round, or need a crawl, are named with why not.
COMMANDS: dict[str, list[list[str]]] = {
    "check": [[]],
    "score": [["--json"]],
    "report": [[]],
    "verify": [["--witness"], ["--json", "--witness"]],
    "explain": [
        *([words] for words in ("a", "a/s1", "a/s2", "a/s3", "a/s4", "a/d1", "a/a.test:80", "LINK")),
        *([words, "--json"] for words in ("a", "a/s1", "LINK")),
    ],
    "replies": [[], ["--json"]],
    "worklist": [[], ["--json"], ["--csv"], ["--pages"]],
    "candidates": [[], ["--json"], ["s1"]],
    "validate": [[], ["--json"]],
    "diff": [["ROUND"], ["ROUND", "--json"]],
    "trend": [[], ["--json"]],
    "export": [
        [format]
        for format in ("xlsx", "csv", "rankings", "sqlite", "sarif", "junit", "earl", "wacz", "summary")
    ],
    "pack": [["LINK"], ["SERVICE"], ["SERVICE", "--json"]],
    "status": [[], ["--json"]],
    "plan": [["--json"]],
}
LEFT_OUT = {
    "run": "the fixture runs it",
    "crawl": "run crawls",
    "decide": "takes words of the auditor, which replies prints",
    "alias": "takes an address, which candidates prints",
    "retest": "crawls, and prints what explain does",
    "serve": "has a test of its own below",
    "init": "of no round",
    "demo": "of no round",
    "doctor": "of no round",
    "model": "of no round",
}


def test_every_command_is_among_these() -> None:
    import typer

    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert set(known) == COMMANDS.keys() | LEFT_OUT.keys()


def test_the_evidence_holds_what_came(world: World) -> None:
    kept = set()
    for path in (world.folder / "evidence").rglob("*.warc.gz"):
        kept |= set(MARK.findall(gzip.decompress(path.read_bytes())))
    assert len(kept) > 30


@pytest.mark.thorough
def test_no_command_prints_or_writes_one(world: World) -> None:
    names = {
        "LINK": next(str(f["id"]) for f in world.findings if f["check"] == "links.target"),
        "SERVICE": next(
            str(f["id"]) for f in world.findings if f["check"] == "services.entry" and f["captures"]
        ),
        "ROUND": str(world.folder),
    }
    for command, calls in COMMANDS.items():
        for number, words in enumerate(calls):
            more = [names.get(word, word) for word in words]
            if command == "pack":
                more += ["--output", str(world.folder.parent / f"{number}.zip")]
            world.govah(command, world.folder, *more, language=("en", "fa")[number % 2])
    found = {command: leaks(said) for command, said in world.said.items()}
    assert not {command: marks for command, marks in found.items() if marks}
    written = [
        path
        for path in (*(world.folder / "results").rglob("*"), *world.folder.parent.glob("*.zip"))
        if path.is_file()
    ]
    assert {path.suffix for path in written} >= {
        ".html",
        ".json",
        ".jsonl",
        ".wacz",
        ".xlsx",
        ".sarif",
        ".xml",
        ".zip",
    }
    leaking = {str(path): marks for path in written if (marks := leaks(path.read_bytes()))}
    assert not leaking


def test_names_and_attributes_of_cookies_are_still_told(world: World) -> None:
    pages = "".join(
        path.read_text(encoding="utf-8") for path in (world.folder / "results" / "report").glob("*.html")
    )
    assert "JSESSIONID=sha256:" in pages and "HttpOnly" in pages
    assert "[redacted:token:" in pages


@pytest.mark.skipif(find_browser() is None, reason="pages for replay are those that a browser captured")
def test_pages_for_replay_are_still_there(world: World) -> None:
    world.govah("export", world.folder, "wacz", "--output", world.folder.parent / "own.wacz")
    with zipfile.ZipFile(world.folder.parent / "own.wacz") as archive:
        assert archive.read("pages/pages.jsonl").count(b"\n") > 1
    assert not leaks((world.folder.parent / "own.wacz").read_bytes())


def test_the_desk_shows_none(world: World) -> None:
    with served(world.folder) as client:
        chosen = [
            f["id"]
            for f in world.findings
            if f["check"] in ("services.entry", "links.target", "hosts.security")
        ]
        assert len(chosen) > 6
        for path in ("/", "/agency/a", *(f"/finding/{id}" for id in chosen[:12])):
            answer = client.get(path)
            # what is found of a drawn service is withheld until it is judged
            assert answer.status == 200 or (answer.status == 404 and path.startswith("/finding/")), path
            assert not leaks(answer.text.encode()), path
