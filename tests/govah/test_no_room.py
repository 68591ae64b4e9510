"""A disk without room, a folder without rights: `govah crawl` ends with status 3, says why, and goes on later."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crawler.engine.admission import DISK_FLOOR
from crawler.fleet import shard_run
from govah.cli import app
from tests import command_server
from tests.keys import made_key
from tests.rights import WITHOUT_RIGHTS

pytestmark = pytest.mark.sockets

PAGES = 30


class Portal(BaseHTTPRequestHandler):
    """A home page that leads to pages which hardly pack."""

    def do_GET(self) -> None:
        body = b"".join(b'<a href="/%d">page</a>' % n for n in range(PAGES))
        if self.path != "/":
            body = f"<title>{self.path}</title>{os.urandom(6_000).hex()}".encode()
        self.send_response(404 if self.path == "/robots.txt" else 200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Not on the terminal of the tests."""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A round of one agency, whose portal is served."""
    server = ThreadingHTTPServer(("127.0.0.51", 0), Portal)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder = tmp_path / "round"
    folder.mkdir()
    (folder / "round.toml").write_text(
        f"""
        [round]
        id = "no-room"
        [crawl]
        delay = 0.0
        retry_after = 0.2
        render = "never"
        contact = "http://audit.test/"
        [network]
        allow_private = true
        [network.hosts]
        "a.test:80" = "127.0.0.51:{server.server_port}"
        """
    )
    (folder / "agencies.csv").write_text("agency,name,kind,portal\na,A,main,http://a.test/\n")
    (folder / "services.csv").write_text("agency,service,title,electronic\na,s,خدمت,no\n")
    yield folder
    server.shutdown()
    server.server_close()


# A file that grows past this is refused, as on a full disk.
LITTLE_ROOM = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))"


def crawl(folder: Path, status: int, before: str = "", lang: str = "en") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GOVAH_LANG": lang, "NO_COLOR": "1", "COLUMNS": "300"}
    environment |= {"GOVAH_KEY": str(made_key(folder.parent / "signer.key"))}
    done = command_server.govah("crawl", folder, env=environment, before=before)
    assert done.returncode == status, f"{done.stdout}\n{done.stderr}"
    return done


def verified(folder: Path) -> bool:
    done = command_server.govah("verify", folder, "--json", env=os.environ)
    missing = {(fault["file"], fault["problem"]) for fault in json.loads(done.stdout)["faults"]}
    return missing <= {("findings.jsonl", "missing_file")}


@pytest.mark.parametrize(("lang", "words"), [("en", "whether the disk is full"), ("fa", "دیسک پر نباشد")])
def test_a_full_disk(folder: Path, lang: str, words: str) -> None:
    said = crawl(folder, 3, LITTLE_ROOM, lang).stderr
    assert words in said
    assert f"govah crawl {folder}" in said
    assert "Traceback" not in said
    crawl(folder, 0)
    assert verified(folder)


def test_a_folder_without_the_right_to_write(folder: Path) -> None:
    crawl(folder, 3, LITTLE_ROOM)  # leaves an unfinished round
    places = [folder, *folder.rglob("*")]
    for path in places:
        path.chmod(0o555 if path.is_dir() else 0o444)
    said = crawl(folder, 3, WITHOUT_RIGHTS).stderr
    assert "whether you may write there" in said
    assert "Traceback" not in said
    for path in places:
        path.chmod(0o755 if path.is_dir() else 0o644)
    crawl(folder, 0)
    assert verified(folder)


def test_a_folder_without_the_right_to_begin(folder: Path) -> None:
    folder.chmod(0o555)
    said = crawl(folder, 3, WITHOUT_RIGHTS).stderr
    folder.chmod(0o755)
    assert "whether you may write there" in said
    assert not (folder / "evidence").exists()


def test_a_nearly_full_disk_is_told_before_anything_is_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard_run, "free_bytes", lambda evidence: DISK_FLOOR)
    environment = {
        "GOVAH_LANG": "en",
        "COLUMNS": "300",
        "GOVAH_KEY": str(made_key(folder.parent / "signer.key")),
    }
    done = CliRunner().invoke(app, ["crawl", str(folder)], env=environment)
    assert done.exit_code == 3, done.output
    assert f"{DISK_FLOOR} bytes are free" in done.output
    assert "whether the disk is full" in done.output
    assert f"govah crawl {folder}" in done.output
    crawl(folder, 0)
    assert verified(folder)
