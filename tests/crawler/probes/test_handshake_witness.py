"""Handshakes that prove themselves, with real servers on loopback: versions, keys, suites, groups, chains, and hostile ones."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from claims.model import NetworkSettings
from crawler.politeness.policy import AddressPolicy, Endpoint
from crawler.probes import client_hello, tls_connection
from crawler.probes.cipher_suites import TLS12_SUITES, TLS13_SUITES
from crawler.probes.client_hello import build
from crawler.probes.handshake_witness import HandshakeWitness, HelloBinding
from crawler.probes.server_handshake import (
    X25519,
    HandshakeBroken,
    KeyShare,
    ServerHandshake,
    clear_messages,
)
from crawler.probes.tls import probe
from crawler.probes.tls_connection import TlsConnection, say_hello
from evidence.witness.proof import BadWitness, WitnessProof, prove
from tests.crawler.probes.test_tls import SMALL_GROUP
from tests.depth import tries
from web.cipher_suites import NAMES
from web.tls_flight import TLS12, TLS13

pytestmark = pytest.mark.sockets

ADDRESS = "127.61.0.9"
HOST = "portal.agency.test"
TIME = "2026-12-01T10:00:00.000000Z"
OPENING = ("0" * 64,)
CODES = {name: code for code, name in NAMES.items()}
PrivateKey = (
    rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
)


@dataclass(frozen=True, slots=True)
class Keys:
    """dh: a file with a group."""

    private: dict[str, PrivateKey]
    dh: Path


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return new_keys(tmp_path_factory.mktemp("witness") / "dh.pem")


def new_keys(dh: Path) -> Keys:
    dh.write_text(ssl.DER_cert_to_PEM_cert(SMALL_GROUP).replace("CERTIFICATE", "DH PARAMETERS"))
    made: dict[str, PrivateKey] = {
        "rsa": rsa.generate_private_key(65537, 2048),
        "p256": ec.generate_private_key(ec.SECP256R1()),
        "p384": ec.generate_private_key(ec.SECP384R1()),
        "p521": ec.generate_private_key(ec.SECP521R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
        "ed448": ed448.Ed448PrivateKey.generate(),
    }
    return Keys(made, dh)


def certificate(private: PrivateKey, name: str = HOST, padding: int = 0) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    algorithm = (
        None if isinstance(private, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey) else hashes.SHA256()
    )
    names = [x509.DNSName(name), *(x509.DNSName(f"n{at}.{'x' * 50}.test") for at in range(padding))]
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(7)
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2040, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(private, algorithm)
    )


@contextmanager
def serving(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server((ADDRESS, 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    quiet(serve, connection)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


@dataclass(frozen=True, slots=True)
class Server:
    """key: its name. suite: the only one that is offered to it. groups: of OpenSSL, that it takes."""

    key: str
    version: str = "1.3"
    suite: str = ""
    group: str = ""
    asks_certificate: bool = False
    chain: int = 0
    padding: int = 0

    def __str__(self) -> str:
        return "-".join(str(part) for part in (self.version, self.key, self.suite, self.group) if part) + (
            f"-chain{self.chain}-{self.padding}" * bool(self.chain + self.padding)
            + "-asks" * self.asks_certificate
        )

    def speak(self, keys: Keys) -> Callable[[socket.socket], None]:
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_cipher_list(b"ALL:@SECLEVEL=0")
        context.set_tls13_ciphersuites(
            b"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
            b":TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256"
        )
        version = {"1.3": SSL.TLS1_3_VERSION, "1.2": SSL.TLS1_2_VERSION}[self.version]
        context.set_min_proto_version(version)
        context.set_max_proto_version(version)
        if self.group:
            context.set_tmp_ecdh(
                {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}[self.group]
            )
        context.use_privatekey(keys.private[self.key])
        own = certificate(keys.private[self.key], padding=self.padding)
        context.use_certificate(own)
        for at in range(self.chain):
            context.add_extra_chain_cert(certificate(keys.private["rsa"], f"ca{at}.test", padding=20))
        if self.asks_certificate:
            context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        context.load_tmp_dh(str(keys.dh))

        def serve(sock: socket.socket) -> None:
            connection = SSL.Connection(context, sock)
            connection.set_accept_state()
            connection.do_handshake()

        return serve


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of these tests that is slow is one on a busy machine."""
    monkeypatch.setattr(tls_connection, "_SIGNATURE_SECONDS", 60.0)


SUITES_13 = tuple(NAMES[code] for code in TLS13_SUITES)
RSA_12 = (
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
    "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
    "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
)
ALL_KEYS = ("rsa", "p256", "p384", "p521", "ed25519", "ed448")
SERVERS = [
    *(Server(key) for key in ALL_KEYS),
    *(Server(key, suite=suite) for key in ("rsa", "p256") for suite in SUITES_13),
    *(Server(key, group=group) for key in ("rsa", "p384") for group in ("p256", "p384", "p521")),
    Server("ed448", suite="TLS_AES_256_GCM_SHA384", group="p521"),
    Server("rsa", asks_certificate=True),
    Server("p256", group="p384", asks_certificate=True),
    Server("rsa", chain=12),
    Server("p256", padding=400),  # a certificate past one record
    Server("ed25519", chain=3, padding=100, group="p521"),
    *(Server(key, "1.2") for key in ALL_KEYS),
    *(Server("rsa", "1.2", suite=suite) for suite in RSA_12),
    Server("rsa", "1.2", chain=12, asks_certificate=True),
    Server("p256", "1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", padding=400),
    Server("p384", "1.2", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", group="p384"),
    Server("rsa", "1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", group="p521"),
]  # fmt: skip


def test_there_are_forty_kinds_of_servers() -> None:
    assert len(set(SERVERS)) == len(SERVERS) >= 40


def greet(port: int, version: str, suite: str = "") -> HandshakeWitness | None:
    return say(port, version, suite).witness


def say(port: int, version: str, suite: str = "") -> TlsConnection:
    code, suites = {"1.3": (TLS13, TLS13_SUITES), "1.2": (TLS12, TLS12_SUITES)}[version]
    return say_hello(
        f"tls{version}",
        code,
        (CODES[suite],) if suite else suites,
        endpoint=Endpoint(ADDRESS, port),
        server_name=HOST,
        remaining=lambda: 60.0,
        exactly=True,
        binding=HelloBinding("round-1", OPENING, HOST, 443, TIME),
    )


def proof(witness: HandshakeWitness) -> WitnessProof:
    return prove(
        json.loads(json.dumps(witness.as_json())), host=HOST, port=443, time=TIME, round_id="round-1"
    )


@pytest.mark.parametrize("server", SERVERS, ids=str)
def test_the_key_of_every_kind_of_server_is_proved(server: Server, keys: Keys) -> None:
    with serving(server.speak(keys)) as port:
        witness = greet(port, server.version, server.suite)
    assert witness is not None
    found = proof(witness)
    assert found.version == f"TLSv{server.version}"
    own = keys.private[server.key].public_key()
    spki = own.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert found.key == hashlib.sha256(spki).hexdigest()
    assert found.names_host
    hellos = 2 if server.version == "1.3" and server.group else 1  # x25519 was refused
    assert kinds(witness.messages).count(1) == hellos


def test_a_host_that_is_an_address_is_asked_for_without_a_name(keys: Keys) -> None:
    with serving(Server("p256").speak(keys)) as port:
        said = say_hello(
            "tls1.3",
            TLS13,
            TLS13_SUITES,
            endpoint=Endpoint(ADDRESS, port),
            server_name=None,
            remaining=lambda: 60.0,
            exactly=True,
            binding=HelloBinding("round-1", OPENING, ADDRESS, port, TIME),
        )
    assert said.witness is not None
    found = prove(said.witness.as_json(), host=ADDRESS, port=port, time=TIME, round_id="round-1")
    assert not found.names_host
    with pytest.raises(BadWitness):  # a name is asked for by its name
        prove({**said.witness.as_json(), "host": HOST}, host=HOST, port=port, time=TIME, round_id="round-1")


def kinds(messages: bytes) -> list[int]:
    found, at = [], 0
    while at < len(messages):
        found.append(messages[at])
        at += 4 + int.from_bytes(messages[at + 1 : at + 4], "big")
    return found


def test_one_probe_makes_no_connection_for_it_and_keeps_the_newest(keys: Keys) -> None:
    policy = AddressPolicy(NetworkSettings(allow_private=True, hosts={HOST: ADDRESS}))
    with serving(Server("p256").speak(keys)) as port:
        binding = HelloBinding("round-1", OPENING, HOST, port, TIME)

        def body(*, full: bool, bound: HelloBinding | None) -> dict[str, object]:
            def now() -> dt.datetime:
                return dt.datetime.now(dt.UTC)

            found = probe(HOST, port, policy, now=now, full=full, binding=bound)
            return {**json.loads(found.body), "count": found.facts.connections}

        bound, free = body(full=True, bound=binding), body(full=True, bound=None)
        alone = body(full=False, bound=binding)
    assert bound["count"] == free["count"]
    assert prove(bound["witness"], host=HOST, port=port, time=TIME, round_id="round-1").version == "TLSv1.3"
    assert (free["witness"], alone["witness"]) == (None, None)


def test_messages_may_come_in_small_pieces(keys: Keys, tmp_path: Path) -> None:
    """Records of 512 bytes, in segments that end anywhere."""
    pair = tmp_path / "pair.pem"
    key = keys.private["rsa"].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    made = certificate(keys.private["rsa"], padding=60)
    pair.write_bytes(key + made.public_bytes(serialization.Encoding.PEM))
    with socket.create_server((ADDRESS, 0)) as free:
        port = free.getsockname()[1]
    command = ["openssl", "s_server", "-accept", f"{ADDRESS}:{port}", "-cert", str(pair), "-quiet"]
    with subprocess.Popen([*command, "-max_send_frag", "512"], stdin=subprocess.PIPE) as server:
        try:

            def relay(sock: socket.socket) -> None:
                with connected(port) as behind:
                    behind.sendall(sock.recv(4096))
                    while data := behind.recv(700):
                        sock.sendall(data)

            with serving(relay) as front:
                witness = greet(front, "1.3")
                server.kill()  # which ends the relay
        finally:
            server.kill()
    assert witness is not None
    assert proof(witness).scheme == "rsa_pss_sha256"


def connected(port: int) -> socket.socket:
    until = time.monotonic() + 20
    while True:
        try:
            return socket.create_connection((ADDRESS, port))
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


@pytest.mark.parametrize(
    ("suite", "offered", "seen"),
    [
        ("TLS_RSA_WITH_AES_128_CBC_SHA", None, b""),  # the server signs nothing
        ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", 0x0201, b"\x0c"),
    ],
)
def test_no_signature_or_one_with_sha1_is_no_witness(
    keys: Keys, suite: str, offered: int | None, seen: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    if offered is not None:
        monkeypatch.setattr(client_hello, "_SIGNATURES_OFFERED", (offered,))
    with serving(Server("rsa", "1.2").speak(keys)) as port:
        said = say(port, "1.2", suite)
    assert (said.result, said.cipher, said.witness) == ("accepted", suite, None)
    assert bytes(kinds(clear_messages(said.sent, said.received))[-1:]) == seen


def broken(kind: str, keys: Keys) -> Callable[[socket.socket], None]:
    """Servers of TLS 1.3 that stop, lie or never end after their hello."""
    honest = Server("p256", group="p256" if kind == "asks twice" else "").speak(keys)

    def serve(sock: socket.socket) -> None:
        mine, theirs = socket.socketpair()
        with mine, theirs:
            threading.Thread(target=lambda: quiet(honest, theirs), daemon=True).start()
            mine.sendall(sock.recv(4096))
            answer = mine.recv(16384)
            first = 5 + int.from_bytes(answer[3:5], "big")
            if kind == "silent":
                sock.sendall(answer[:first])
                sock.recv(1)
            elif kind == "drips":
                for at in range(first, len(answer)):
                    sock.sendall(answer[:first] if at == first else answer[at - 1 : at])
                    time.sleep(0.05)
            elif kind == "hangs up":
                sock.sendall(answer[:first])
            elif kind == "changed":
                at = first + 60  # in its certificate
                sock.sendall(answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :])
            elif kind == "in clear":
                sock.sendall(answer[:first] + b"\x16\x03\x03\x00\x04\x08\x00\x00\x00")
            elif kind == "too large":
                sock.sendall(answer[:first] + b"\x17\x03\x03\xff\xff" + bytes(70_000))
            elif kind == "without end":
                sock.sendall(answer[:first])
                while True:
                    sock.sendall(b"\x14\x03\x03\x00\x01\x01" * 1000)
            elif kind == "asks twice":
                sock.sendall(answer)
                sock.recv(4096)
                sock.sendall(answer)
            elif kind == "alert":
                sock.sendall(answer[:first] + b"\x15\x03\x03\x00\x02\x02\x28")

    return serve


def quiet(serve: Callable[[socket.socket], None], sock: socket.socket) -> None:
    with suppress(OSError, SSL.Error):
        serve(sock)


@pytest.mark.parametrize(
    "kind",
    ["silent", "drips", "hangs up", "changed", "in clear", "too large", "without end", "asks twice", "alert"],
)
def test_a_hostile_server_gets_no_witness_and_its_hello_counts_all_the_same(
    keys: Keys, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls_connection, "_SIGNATURE_SECONDS", 0.3)
    began = time.monotonic()
    with serving(broken(kind, keys)) as port:
        said = say(port, "1.3")
    assert said.witness is None
    assert (said.version, said.flight.kind) == ("TLSv1.3", "hello")
    assert said.result == ("refused" if kind == "alert" else "accepted")
    assert time.monotonic() - began < 10  # read by read, dripping would take longer


def test_whatever_a_server_says_is_a_signature_or_none() -> None:
    """Changed, cut and made-up answers end in HandshakeBroken and in nothing else."""
    seed = random.Random(2712)
    share = KeyShare(X25519)
    hello = build(TLS13, TLS13_SUITES, HOST, bytes(64), share=(share.group, share.public))
    session, public = bytes(32), KeyShare(X25519).public
    extensions = b"\x00\x2b\x00\x02\x03\x04" + b"\x00\x33\x00\x24\x00\x1d\x00\x20" + public
    body = b"\x03\x03" + bytes(32) + b"\x20" + session + b"\x13\x01\x00"
    body += len(extensions).to_bytes(2, "big") + extensions
    message = b"\x02" + len(body).to_bytes(3, "big") + body
    record = b"\x16\x03\x03" + len(message).to_bytes(2, "big") + message
    sealed = b"\x17\x03\x03\x00\x40" + bytes(64)
    ends = set()
    for _ in range(tries(1000, 20000)):
        data = bytearray(record + sealed)
        for _ in range(seed.randrange(4)):
            data[seed.randrange(len(data))] = seed.choice((0, 1, 2, 11, 15, 20, 21, 22, 23, 44, 51, 255))
        if seed.random() < 0.2:
            data[11:43] = hashlib.sha256(b"HelloRetryRequest").digest()
            data[91:93] = seed.choice((b"\x00\x17", b"\x00\x1e", b"\x00\x63"))
        del data[seed.randrange(len(data)) if seed.random() < 0.3 else len(data) :]
        handshake = ServerHandshake(hello, share, lambda again, cookie: hello + cookie)
        try:
            for at in range(0, len(data), 50):
                handshake.feed(bytes(data[at : at + 50]))
            ends.add("more")
        except HandshakeBroken as error:
            ends.add(str(error).partition(":")[0])
        assert not handshake.done
    assert {"more", "InvalidTag", "group 99"} <= ends
