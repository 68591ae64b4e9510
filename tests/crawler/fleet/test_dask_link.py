"""What of a cluster is refused before anything is given to it; each refusal has its words."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from crawler.fleet import dask_link
from crawler.fleet.dask_link import ClusterUnusable, DaskScheduler, DaskWorker, describe_self, refuse_unfit
from reports.catalogue import LANGUAGES, TextCatalogue
from tests.crawler.fleet.test_cluster import certificates

FILE = Path(__file__)
WORKER = DaskWorker("tcp://127.0.0.1:1", "here")


@pytest.mark.parametrize(
    ("address", "files", "unsafe", "code"),
    [
        ("tcp://192.0.2.1:8786", 0, False, "plain"),
        ("tcp://scheduler.test:8786", 0, False, "plain"),
        ("tcp://127.0.0.1.test:8786", 0, False, "plain"),
        ("tcp://192.0.2.1:8786", 0, True, None),
        ("tcp://127.0.0.1:8786", 0, False, None),
        ("tcp://[::1]:8786", 0, False, None),
        ("tcp://localhost:8786", 0, False, None),
        ("tcp://127.0.0.1:8786", 3, False, "not_tls"),
        ("tls://192.0.2.1:8786", 3, False, None),
        ("tls://127.0.0.1:8786", 2, False, "no_certificates"),
        ("tls://127.0.0.1:8786", 0, True, "no_certificates"),
        ("tcp://127.0.0.1", 0, False, "bad_address"),
        ("tcp://127.0.0.1:x", 0, False, "bad_address"),
        ("ws://127.0.0.1:8786", 0, False, "bad_address"),
        ("127.0.0.1:8786", 0, False, "bad_address"),
        ("tcp://[::1:8786", 0, False, "bad_address"),
    ],
)
def test_what_cannot_be_right_is_refused_before_it_is_tried(
    address: str, files: int, unsafe: bool, code: str | None
) -> None:
    ca, cert, key = (FILE if n < files else None for n in range(3))
    scheduler = DaskScheduler(address, ca, cert, key, unsafe=unsafe)
    if code is None:
        scheduler.refuse_unusable()
        return
    with pytest.raises(ClusterUnusable) as refused:
        scheduler.refuse_unusable()
    assert refused.value.code == code


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone.pem"
    with pytest.raises(ClusterUnusable) as refused:
        DaskScheduler("tls://127.0.0.1:8786", FILE, FILE, gone).refuse_unusable()
    assert (refused.value.code, refused.value.params) == ("no_file", {"path": gone})


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterUnusable) as refused:
        DaskScheduler("tcp://127.0.0.1:8786").refuse_unusable()
    assert refused.value.code == "no_extra"
    for language in LANGUAGES:
        assert "govah[cluster]" in TextCatalogue(language).text("cluster.no_extra", **refused.value.params)


@pytest.mark.processes
def test_commands_do_without_it() -> None:
    told = "import sys, govah.cli, govah.commands.crawl, crawler.fleet.cluster, crawler.fleet.worker_task; print('distributed' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True).stdout == "False\n"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"govah": "0.0.9"}, "other_version"),
        ({"govah": None}, "other_version"),
        ({"python": "3.10"}, "other_version"),
        ({"distributed": "2025.1.0"}, "other_version"),
        ({"round": None}, "other_round"),
        ({"round": "another"}, "other_round"),
        ({"children": False}, "nanny"),
        ({"error": "ModuleNotFoundError: No module named 'crawler'"}, "mute"),
    ],
)
def test_a_worker_that_is_not_made_for_the_round_gets_nothing(
    change: dict[str, object], code: str | None, tmp_path: Path
) -> None:
    (tmp_path / "round.toml").write_text("[round]\n")
    seen = {**json.loads(describe_self(str(tmp_path))), **change}
    if code is None:
        refuse_unfit(WORKER, seen, tmp_path)
        return
    with pytest.raises(ClusterUnusable) as refused:
        refuse_unfit(WORKER, seen, tmp_path)
    assert refused.value.code == code
    for language in LANGUAGES:
        assert WORKER.address in TextCatalogue(language).text(f"cluster.{code}", **refused.value.params)


def test_every_refusal_has_its_words() -> None:
    codes = set(re.findall(r'ClusterUnusable\("(\w+)"', Path(dask_link.__file__).read_text()))
    assert len(codes) > 8
    for language in LANGUAGES:
        assert all(TextCatalogue(language).has(f"cluster.{code}") for code in codes)


class Port:
    """On loopback; whoever comes is told `greeting`, and nothing else."""

    def __init__(self, greeting: bytes) -> None:
        self._greeting = greeting
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._callers: list[socket.socket] = []
        self.address = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._callers.append(self._listener.accept()[0])
                self._callers[-1].sendall(self._greeting)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        for one in (self._listener, *self._callers):
            one.close()


@pytest.mark.sockets
@pytest.mark.parametrize(
    "greeting",
    [
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        (1).to_bytes(8, "little") + (3).to_bytes(8, "little") + b"abc",
        b"",
    ],
    ids=["http", "ssh", "cut short", "silent"],
)
def test_a_port_of_something_else_is_no_scheduler(
    greeting: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_link, "ANSWER", 1.0)
    port = Port(greeting)
    try:
        began = time.monotonic()
        with pytest.raises(ClusterUnusable) as refused:
            DaskScheduler(port.address).examine(tmp_path)
    finally:
        port.close()
    assert refused.value.code == "unreachable"
    assert time.monotonic() - began < 25  # Dask alone would wait for thirty


@pytest.mark.parametrize("broken", ["ca", "cert", "key", "other key", "locked key"])
def test_certificates_that_cannot_be_used_are_named(broken: str, tmp_path: Path) -> None:
    files = certificates(tmp_path / "ours")
    ca, cert, key = files.values()
    if broken == "other key":
        key = certificates(tmp_path / "others")["CERT_KEY"]
    elif broken == "locked key":
        private = serialization.load_pem_private_key(key.read_bytes(), None)
        locked = serialization.BestAvailableEncryption(b"secret")
        key.write_bytes(
            private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
        )
    else:
        {"ca": ca, "cert": cert, "key": key}[broken].write_text("no PEM\n")
    with pytest.raises(ClusterUnusable) as refused:
        DaskScheduler("tls://127.0.0.1:1", ca, cert, key).examine(tmp_path)
    assert refused.value.code == "bad_certificate"
    named = str(refused.value.params["path"])
    assert str(ca if broken == "ca" else cert) in named
    for language in LANGUAGES:
        assert named in TextCatalogue(language).text("cluster.bad_certificate", **refused.value.params)
