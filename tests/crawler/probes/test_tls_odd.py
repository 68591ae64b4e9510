"""Handshakes of servers that want to cost: endless ones, tiny records, huge certificates. Time and memory of a probe stay
bounded, and what we cut is not told as the server's refusal."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from checks.engine import run_checks
from checks.hosts.security.check import HostsSecurity
from claims.model import Agency, CrawlSettings, NetworkSettings, Round, Settings
from crawler.crawl import crawl
from crawler.crawl_context import CrawlContext
from crawler.politeness.policy import AddressPolicy
from crawler.probes import tls
from crawler.probes.tls import probe
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore

pytestmark = pytest.mark.sockets

HOST = "odd.agency.test"
ADDRESS = "127.61.7.1"
MEGABYTE = 1 << 20
Talk = Callable[[socket.socket], None]


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def record(kind: int, body: bytes) -> bytes:
    return bytes([kind, 3, 3]) + len(body).to_bytes(2, "big") + body


def in_tiny_records(client: socket.socket) -> None:
    """A handshake message of 16 MB, a byte a record."""
    message = b"\x0b" + (16 * MEGABYTE - 1).to_bytes(3, "big")
    client.sendall(b"".join(record(22, bytes([one])) for one in message))
    while True:
        client.sendall(record(22, b"\0") * 4000)


def hello_requests(client: socket.socket) -> None:
    while True:
        client.sendall(record(22, b"\0\0\0\0") * 2000)


def warnings(client: socket.socket) -> None:
    """Alerts that end nothing (unrecognized_name)."""
    while True:
        client.sendall(record(21, b"\1\x70") * 2000)


def empty_records(client: socket.socket) -> None:
    while True:
        client.sendall(record(22, b"") * 4000)


def always_a_byte(client: socket.socket) -> None:
    """A handshake that never ends and is never silent."""
    client.sendall(record(22, b"\x02\0\x40\0")[:5])
    while True:
        client.sendall(b"\2")
        time.sleep(0.05)


@contextmanager
def serving(talk: Talk, *, first: int = 4096) -> Iterator[int]:
    """A server that says this to everybody, whatever they say."""
    listening = socket.create_server((ADDRESS, 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                threading.Thread(target=answer, args=(client,), daemon=True).start()

    def answer(client: socket.socket) -> None:
        with client, suppress(OSError):
            if first:
                client.recv(first)
            talk(client)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        listening.close()


def probed(port: int) -> dict[str, Any]:
    """The body of the capture."""
    policy = AddressPolicy(NetworkSettings(allow_private=True, hosts={HOST: ADDRESS}))
    found = probe(HOST, port, policy, now=now, full=True)
    body: dict[str, Any] = json.loads(found.body)
    return body


@pytest.mark.parametrize(
    "talk",
    [in_tiny_records, hello_requests, warnings, empty_records, always_a_byte],
    ids=lambda talk: talk.__name__,
)
def test_a_handshake_without_an_end_costs_little(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "_OVERALL_SECONDS", 1.0)
    began, cpu = time.monotonic(), time.thread_time()
    tracemalloc.start()
    with serving(talk) as port:
        body = probed(port)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert time.monotonic() - began < 20 and time.thread_time() - cpu < 5
    assert peak < 10 * MEGABYTE and len(json.dumps(body)) < MEGABYTE
    assert {one["result"] for one in body["connections"]} <= {"error", "timeout"}  # and never a refusal


def certificate(
    names: int = 1, padding: int = 0, days: int = 90
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    today = now()
    alternatives = [
        x509.DNSName(HOST),
        *(x509.DNSName(f"n{n:06}.agency-of-odd.test") for n in range(names - 1)),
    ]
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(100))
        .not_valid_after(today + dt.timedelta(days))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    )
    if padding:
        oid = x509.ObjectIdentifier("1.3.6.1.4.1.99999.1")
        made = made.add_extension(x509.UnrecognizedExtension(oid, b"\0" * padding), critical=False)
    return key, made.sign(key, hashes.SHA256())


@contextmanager
def presenting(
    folder: Path,
    names: int = 1,
    padding: int = 0,
    days: int = 90,
    members: int = 1,
    version: ssl.TLSVersion | None = None,
) -> Iterator[int]:
    """A real server with such a certificate, and as many others behind it."""
    key, leaf = certificate(names, padding, days)
    others = [certificate()[1] for _ in range(members - 1)]
    pem = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (leaf, *others))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "pem").write_bytes(private + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if version:
        context.maximum_version = version
    context.load_cert_chain(folder / "pem")

    def talk(client: socket.socket) -> None:
        client.settimeout(10)
        with suppress(OSError), context.wrap_socket(client, server_side=True) as secured:
            secured.recv(1)

    with serving(talk, first=0) as port:
        yield port


@pytest.mark.parametrize("version", [None, ssl.TLSVersion.TLSv1_2], ids=["tls1.3", "tls1.2"])
@pytest.mark.parametrize(
    ("what", "result", "certificates"),
    [
        ({"names": 1000}, "accepted", 1),
        ({"names": 3000}, "accepted", 1),  # 80 KB, which browsers take
        ({"members": 100}, "accepted", 20),
        ({"names": 5000}, "error", 0),  # past the 100 KB of OpenSSL
        ({"padding": 10 * MEGABYTE}, "error", 0),
    ],
    ids=["1,000 names", "3,000 names", "100 members", "5,000 names", "10 MB"],
)
def test_a_huge_certificate_is_read_or_told_as_a_limit_of_ours(
    what: Any, result: str, certificates: int, tmp_path: Path, version: ssl.TLSVersion | None
) -> None:
    with presenting(tmp_path, **what, version=version) as port:
        body = probed(port)
    whole = [one["result"] for one in body["connections"] if one["tag"] in ("default", "no_sni")]
    assert whole == [result, result]
    assert len(body["certificates"]) == certificates
    assert body["failure"] is None  # hellos were answered: TLS is spoken there
    assert len(json.dumps(body)) < 2 * MEGABYTE


@pytest.mark.parametrize("names", [2, 3000, 5000])
def test_a_certificate_that_ran_out_is_not_hidden_by_its_size(names: int, tmp_path: Path) -> None:
    """The whole way: crawled twice, and judged."""
    ids = itertools.count(1)
    with presenting(tmp_path, names=names, days=-1) as port:
        round = Round(
            tmp_path,
            Settings(
                "r1",
                crawl=CrawlSettings(delay=0.0, retry_after=0.2, render="never"),
                network=NetworkSettings(allow_private=True, hosts={HOST: f"{ADDRESS}:{port}"}, resolvers=()),
            ),
            (Agency("odd", "سازمان", "main", f"https://{HOST}/"),),
        )
        means = CrawlContext(now, lambda: f"c{next(ids):06d}")
        outcome = crawl(
            round, tmp_path / "evidence", means, agencies=None, progress=lambda _: None, signer=Signer.generate(),
            stop=threading.Event(),
        )  # fmt: skip
    assert outcome.state == "complete", outcome
    with EvidenceStore.open(tmp_path / "evidence") as store:
        (finding,) = run_checks(round, store, as_of=now(), checks=(HostsSecurity(),))
    told = (finding.verdict, finding.reason)
    assert told == (("contradicted", "expired") if names < 5000 else ("inconclusive", "own_error"))
