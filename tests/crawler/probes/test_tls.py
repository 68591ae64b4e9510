"""The TLS prober against real servers on loopback: what it records of each kind of server."""

from __future__ import annotations

import base64
import datetime as dt
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from claims.model import NetworkSettings
from crawler.politeness.policy import AddressPolicy
from crawler.probes import tls
from crawler.probes.tls import probe
from tests.crawler.pairs import self_signed

pytestmark = pytest.mark.sockets

# The 1,024-bit group of RFC 2409: smaller than is wise today, and what old servers use.
SMALL_PRIME = bytes.fromhex(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF"
)
SMALL_GROUP = (
    b"\x30\x81\x87\x02\x81\x81\x00" + SMALL_PRIME + b"\x02\x01\x02"
)  # SEQUENCE of prime and generator
ADDRESS = "127.61.0.1"
TCP_ESTABLISHED = 1  # of Linux: neither side has hung up
HOST = "portal.agency.test"


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of these tests that is slow is one on a busy machine."""
    for name in ("_LEAST_SECONDS", "_MOST_SECONDS", "_OVERALL_SECONDS"):
        monkeypatch.setattr(tls, name, 60.0)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def result(port: int, *, full: bool = True, address: str = ADDRESS) -> dict[str, Any]:
    policy = AddressPolicy(NetworkSettings(allow_private=True, hosts={HOST: address}))
    found = probe(HOST, port, policy, now=now, full=full)
    body: dict[str, Any] = json.loads(found.body)
    assert found.facts.connections == len(body["connections"]) <= 15
    assert (body["host"], body["port"]) == (found.facts.host, found.facts.port) == (HOST, port)
    return body


def by_tag(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {connection["tag"]: connection for connection in body["connections"]}


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory, key: rsa.RSAPrivateKey) -> Path:
    """A self-signed certificate that expired in 2021, with its key."""
    path, _ = self_signed(tmp_path_factory.mktemp("tls"), HOST, key, ends=2021)
    path.with_name("dh.pem").write_text(
        ssl.DER_cert_to_PEM_cert(SMALL_GROUP).replace("CERTIFICATE", "DH PARAMETERS")
    )
    return path


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that hands each accepted connection to `serve` in a thread of its own."""
    listener = socket.create_server((ADDRESS, 0))
    held = ExitStack()

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            held.callback(connection.close)
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.close()
        held.close()


def speaking(
    certificate: Path,
    low: ssl.TLSVersion,
    high: ssl.TLSVersion,
    ciphers: str = "ALL:@SECLEVEL=0",
    names: list[str | None] | None = None,
) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_ciphers(ciphers)
    context.load_dh_params(str(certificate.with_name("dh.pem")))
    context.minimum_version, context.maximum_version = low, high
    if names is not None:
        context.sni_callback = lambda _sock, name, _context: names.append(name)

    def serve(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) as wrapped:
                wrapped.recv(1)
        except OSError:
            connection.close()

    return serve


def hanging_up(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def answering(data: bytes) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(data)
        connection.close()

    return serve


VERSIONS = {
    "tls1.0": ssl.TLSVersion.TLSv1,
    "tls1.1": ssl.TLSVersion.TLSv1_1,
    "tls1.2": ssl.TLSVersion.TLSv1_2,
    "tls1.3": ssl.TLSVersion.TLSv1_3,
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("tls1.0", "tls1.0"),
        ("tls1.1", "tls1.1"),
        ("tls1.2", "tls1.2"),
        ("tls1.3", "tls1.3"),
        ("tls1.0", "tls1.1"),
        ("tls1.2", "tls1.3"),
        ("tls1.0", "tls1.3"),
    ],
)
def test_versions_are_found_one_by_one_and_the_chain_always(certificate: Path, low: str, high: str) -> None:
    names: list[str | None] = []
    with listening(speaking(certificate, VERSIONS[low], VERSIONS[high], names=names)) as port:
        body = result(port)
    tags = by_tag(body)
    order = list(VERSIONS)
    spoken = order[order.index(low) : order.index(high) + 1]
    accepted = [tag for tag in order if tags[tag]["result"] == "accepted"]
    assert accepted == spoken
    assert tags["ssl3"]["result"] == "refused"
    assert tags["default"]["result"] == "accepted"
    assert tags["default"]["version"] == {"tls1.0": "TLSv1", "tls1.1": "TLSv1.1"}.get(
        high, high.replace("tls", "TLSv")
    )
    assert body["failure"] is None
    assert body["address"] == ADDRESS
    (sent,) = body["chain"]
    leaf = x509.load_der_x509_certificate(base64.b64decode(sent))
    assert leaf.not_valid_after_utc.year == 2021
    assert set(names) == {HOST, None}  # once more without a name
    assert tags["no_sni"]["result"] == "accepted"
    assert base64.b64decode(tags["default"]["received"])[:2] == b"\x16\x03"


@pytest.mark.parametrize(
    ("ciphers", "accepted"),
    [
        ("AES128-SHA:@SECLEVEL=0", set()),
        ("NULL-SHA256:@SECLEVEL=0", {"null"}),
        ("ADH-AES128-SHA:@SECLEVEL=0", {"anon"}),
        ("DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0", {"dhe"}),
    ],
)
def test_families_of_suites_are_offered_alone(certificate: Path, ciphers: str, accepted: set[str]) -> None:
    with listening(speaking(certificate, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2, ciphers)) as port:
        body = result(port)
    tags = by_tag(body)
    families = ("rc4", "3des", "null", "anon", "export", "dhe")
    assert tags["ssl2"]["result"] == "refused"
    assert {tag for tag in families if tags[tag]["result"] == "accepted"} == accepted
    assert body["failure"] is None
    if accepted == {"dhe"}:
        assert tags["dhe"]["group_bits"] == 1024
        assert tags["dhe"]["cipher"] == "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"
    if accepted == {"null"}:
        assert tags["default"]["result"] == "refused"
        assert len(body["chain"]) == 1


def test_a_client_certificate_asked_for_does_not_hide_the_chain(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificate)
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    def serve(connection: socket.socket) -> None:
        try:
            context.wrap_socket(connection, server_side=True).close()
        except OSError:
            connection.close()

    with listening(serve) as port:
        body = result(port, full=False)
    assert len(body["chain"]) == 1
    assert body["connections"][0]["result"] == "refused"


def test_one_handshake_alone_for_foreign_hosts(certificate: Path) -> None:
    with listening(speaking(certificate, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)) as port:
        body = result(port, full=False)
    assert [connection["tag"] for connection in body["connections"]] == ["default"]
    assert len(body["chain"]) == 1
    assert body["alpn"] is None


@pytest.mark.parametrize(
    ("serve", "failure", "first"),
    [
        (hanging_up, "reset", "reset"),
        (answering(b"HTTP/1.1 400 Bad Request\r\n\r\nplain http"), "protocol", "not_tls"),
        (answering(b""), "tls", "refused"),
        (answering(b"\x15\x03\x01\x00\x02\x02\x28"), "tls", "refused"),
        (answering(b"\x16\x03\x03\xff\xff" + b"\xff" * 9000), "tls", "error"),
        (answering(b"\x16"), "tls", "error"),
    ],
)
def test_servers_that_speak_no_tls_leave_an_empty_chain_and_a_failure(
    serve: Callable[[socket.socket], None], failure: str, first: str
) -> None:
    with listening(serve) as port:
        body = result(port)
    assert body["chain"] == []
    assert body["failure"] == failure
    assert body["connections"][0]["result"] == first


def test_an_alert_keeps_its_number() -> None:
    with listening(answering(b"\x15\x03\x01\x00\x02\x02\x28")) as port:
        tags = by_tag(result(port))
    assert {connection["alert"] for connection in tags.values()} == {40}


def test_a_silent_server_is_left_after_two_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "_MOST_SECONDS", 1.0)
    with listening(lambda connection: None) as port:
        body = result(port)
    assert body["failure"] == "timeout"
    assert len(body["connections"]) == 2


def test_a_closed_port_and_a_name_that_is_not_there() -> None:
    with socket.create_server((ADDRESS, 0)) as listener:
        port = int(listener.getsockname()[1])
    body = result(port)
    assert (body["failure"], len(body["connections"]), body["chain"]) == ("refused", 1, [])
    nowhere = json.loads(probe("gone.test", 443, AddressPolicy(NetworkSettings()), now=now, full=True).body)
    assert (nowhere["failure"], nowhere["connections"], nowhere["address"]) == ("dns", [], None)
    inside = json.loads(probe("127.0.0.1", 443, AddressPolicy(NetworkSettings()), now=now, full=True).body)
    assert inside["failure"] == "private_address"


def test_at_most_two_connections_at_a_time(certificate: Path) -> None:
    """By the kernel's word: the threads of a server learn of a hang-up late on a busy machine."""
    lock = threading.Lock()
    held: list[socket.socket] = []
    most: list[int] = []
    speak = speaking(certificate, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)

    def serve(connection: socket.socket) -> None:
        mine = connection.dup()  # stays open here, whatever the conversation does with the other
        with lock:
            held.append(mine)
            states = [one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] for one in held]
            most.append(states.count(TCP_ESTABLISHED))
        speak(connection)

    with listening(serve) as port:
        result(port)
    for mine in held:
        mine.close()
    assert len(most) > 5
    assert max(most) <= 2
