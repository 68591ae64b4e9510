"""One TLS connection of the probe: a hello of our own as raw bytes, or a real handshake through pyOpenSSL.

Both keep the bytes of both sides and say what became of it in one word. Not here: which connections are
made (`crawler.probes.tls`), and whether a certificate is any good (nothing is verified).
"""

from __future__ import annotations

import errno
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from OpenSSL import SSL, crypto

from crawler.politeness.policy import Endpoint
from crawler.probes.client_hello import build
from crawler.probes.handshake_witness import HandshakeWitness, HelloBinding
from crawler.probes.server_handshake import (
    X25519,
    HandshakeBroken,
    KeyShare,
    ServerHandshake,
    clear_messages,
)
from web.tls_flight import (
    SSL2,
    TLS12,
    TLS13,
    VERSION_NAMES,
    ServerFlight,
    outcome,
    read_flight,
    read_offer,
    read_ssl2_flight,
)

CONNECT_SECONDS = 5.0
_READ_LIMIT = 64 * 1024
_WHOLE_LIMIT = 160 * 1024  # of a whole handshake: OpenSSL, as browsers, takes certificates of 100 KB
_PAST_THE_LIMIT = "excessive message size"  # as OpenSSL says it
_MOST_READS = 256  # a flight that drips in byte by byte is read anew for each
_CHAIN_LIMIT = 20
# For all that follows a hello that was answered: it comes with it, or after one round trip. A host that lets it drip in
# would take the time of the other hellos.
_SIGNATURE_SECONDS = 2.0

# Everything OpenSSL still has that proves an identity; anonymous and NULL suites are asked for one by one.
_ALL_SUITES = b"ALL:!aNULL:!eNULL:@SECLEVEL=0"
_LEGACY_SERVER_CONNECT = 0x4
_APPLICATION_PROTOCOLS = [b"h2", b"http/1.1"]


@dataclass(slots=True)
class TlsConnection:
    """What became of one connection.

    result: "accepted", "refused" (an alert, a close, or another version than the one offered),
    "connect_refused", "reset", "timeout", "not_tls" or "error". sent, received: bytes on the wire.
    connected: the TCP connection stood. chain: DER, in the order sent.
    flight: the first flight, as far as it can be read. witness: the handshake to the server's signature, of a hello that was
    bound to the probe; None where it signed nothing, or in a way that proves nothing. What came for it after the first flight is there alone.
    """

    tag: str
    offered: str
    result: str = "error"
    alert: int | None = None
    version: str | None = None
    cipher: str | None = None
    group_bits: int | None = None
    sent: bytes = b""
    received: bytes = b""
    connected: bool = False
    chain: tuple[bytes, ...] = ()
    ocsp: bytes = b""
    alpn: str | None = None
    flight: ServerFlight = field(default=ServerFlight("partial"))
    detail: str = field(default="")
    witness: HandshakeWitness | None = None


def say_hello(
    tag: str,
    version: int,
    suites: tuple[int, ...],
    *,
    endpoint: Endpoint,
    server_name: str | None,
    remaining: Callable[[], float],
    exactly: bool,
    binding: HelloBinding | None = None,
) -> TlsConnection:
    """Send one ClientHello, read the server's first flight, hang up. exactly: a lower version is a refusal.

    binding: of the hello's random (TLS 1.2 and 1.3); the server's answer is then read to its signature.
    """
    connection = TlsConnection(tag, VERSION_NAMES[version])
    fresh = secrets.token_bytes(64)
    key = KeyShare(X25519) if version == TLS13 and binding is not None else None
    share = None if key is None else (key.group, key.public)
    hello = build(version, suites, server_name, fresh, share=share)
    witness: HandshakeWitness | None = None
    if binding is not None:
        hello, witness = binding.bind(tag, hello)
    read = read_ssl2_flight if version == SSL2 else read_flight

    def talk(sock: socket.socket) -> None:
        sock.sendall(hello)
        connection.sent = hello
        for _ in range(_MOST_READS):
            if connection.flight.complete or len(connection.received) >= _READ_LIMIT:
                break
            chunk = _receive(sock, remaining())
            if not chunk:
                break
            connection.received += chunk
            connection.flight = read(connection.received)
        if witness is None:
            return
        if key is not None and connection.flight.version == TLS13:
            handshake = ServerHandshake(hello, key, again)
            witness.messages = _signed(sock, handshake, connection.received, remaining)
        elif connection.flight.version == version == TLS12:
            witness.messages = clear_messages(hello, connection.received)

    def again(share: KeyShare, cookie: bytes) -> bytes:
        random = hello[11:43] + fresh[32:]
        return build(version, suites, server_name, random, share=(share.group, share.public), cookie=cookie)

    failure = _with_socket(connection, endpoint, remaining, talk)
    offer = read_offer(hello)
    said = outcome(offer, connection.flight, exactly=exactly) if offer is not None else None
    connection.result = said or _socket_result(failure, connection.received)
    _take(connection, connection.flight)
    connection.chain = connection.flight.chain[:_CHAIN_LIMIT]
    if witness is not None and witness.messages and connection.result == "accepted" and witness.proves:
        connection.witness = witness
    return connection


def _signed(
    sock: socket.socket, handshake: ServerHandshake, received: bytes, remaining: Callable[[], float]
) -> bytes:
    """Messages to the server's signature; b"" where it does not come. The connection has its result already."""
    size, until = 0, time.monotonic() + _SIGNATURE_SECONDS
    try:
        for _ in range(_MOST_READS):
            if reply := handshake.feed(received):
                sock.sendall(reply)
            size += len(received)
            if handshake.done:
                return handshake.messages
            if size >= _READ_LIMIT:
                break
            received = _receive(sock, min(remaining(), until - time.monotonic()))
            if not received:
                break
    except (HandshakeBroken, OSError):
        pass
    return b""


def _take(connection: TlsConnection, flight: ServerFlight) -> None:
    connection.alert = flight.alert
    connection.version = flight.version_name
    connection.cipher = flight.cipher_name
    connection.group_bits = flight.group_bits


def _socket_result(failure: str | None, received: bytes) -> str:
    """What the socket alone tells: that nothing came is a refusal when the server closed in peace."""
    if failure is not None:
        return failure
    return "refused" if not received else "error"


def shake_hands(
    tag: str, *, endpoint: Endpoint, server_name: str | None, remaining: Callable[[], float]
) -> TlsConnection:
    """A whole handshake with everything OpenSSL has and nothing verified: for the chain as it is sent."""
    connection = TlsConnection(tag, "all")
    session = _session(connection, server_name)
    done = False

    def talk(sock: socket.socket) -> None:
        nonlocal done
        while not done:
            try:
                session.do_handshake()
                done = True
            except SSL.WantReadError:
                pass
            finally:
                _flush(session, sock, connection)
            if not done and not _feed(session, sock, connection, remaining()):
                return

    failure = _with_socket(connection, endpoint, remaining, talk)
    flight = connection.flight = read_flight(connection.received)
    _take(connection, flight)
    connection.chain = _chain_of(session) or flight.chain[:_CHAIN_LIMIT]
    if done:
        connection.result = "accepted"
        connection.version = str(session.get_protocol_version_name())
        connection.cipher = session.get_cipher_name()
        connection.alpn = session.get_alpn_proto_negotiated().decode("ascii", "replace") or None
    elif flight.kind == "other":
        connection.result = "not_tls"
    elif flight.kind == "hello" and _past_our_limit(connection):
        connection.result = "error"  # what came was too much for us, which is no refusal
    elif flight.kind in ("alert", "hello"):  # it said hello, and then the two could not agree
        connection.result = "refused"
    else:
        connection.result = _socket_result(failure, connection.received)
    return connection


def _past_our_limit(connection: TlsConnection) -> bool:
    return len(connection.received) > _WHOLE_LIMIT or _PAST_THE_LIMIT in connection.detail


def _session(connection: TlsConnection, server_name: str | None) -> SSL.Connection:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(0)
    context.set_cipher_list(_ALL_SUITES)
    context.set_options(_LEGACY_SERVER_CONNECT)
    context.set_verify(SSL.VERIFY_NONE, None)
    context.set_alpn_protos(_APPLICATION_PROTOCOLS)

    def keep_staple(_session: SSL.Connection, staple: bytes, _data: object) -> bool:
        connection.ocsp = staple[:_READ_LIMIT]
        return True

    context.set_ocsp_client_callback(keep_staple)
    session = SSL.Connection(context, None)
    session.request_ocsp()
    if server_name is not None:
        session.set_tlsext_host_name(server_name.encode("ascii", "replace"))
    session.set_connect_state()
    return session


def _flush(session: SSL.Connection, sock: socket.socket, connection: TlsConnection) -> None:
    try:
        while data := session.bio_read(_READ_LIMIT):
            sock.sendall(data)
            connection.sent += data
    except SSL.WantReadError:
        pass


def _feed(session: SSL.Connection, sock: socket.socket, connection: TlsConnection, seconds: float) -> bool:
    """More bytes from the server into the handshake; False when no more come."""
    data = _receive(sock, seconds)
    connection.received += data
    if not data or len(connection.received) > _WHOLE_LIMIT:
        return False
    session.bio_write(data)
    return True


def _chain_of(session: SSL.Connection) -> tuple[bytes, ...]:
    try:
        chain = session.get_peer_cert_chain() or []
        return tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, one) for one in chain[:_CHAIN_LIMIT])
    except (SSL.Error, crypto.Error):
        return ()


def _receive(sock: socket.socket, seconds: float) -> bytes:
    if seconds <= 0:
        raise TimeoutError
    sock.settimeout(min(seconds, CONNECT_SECONDS))
    return sock.recv(16384)


def _with_socket(
    connection: TlsConnection,
    endpoint: Endpoint,
    remaining: Callable[[], float],
    talk: Callable[[socket.socket], None],
) -> str | None:
    """Runs `talk` on a connected socket; returns the result that the socket alone explains, or None."""
    try:
        seconds = min(CONNECT_SECONDS, remaining())
        if seconds <= 0:
            return "timeout"
        with socket.create_connection((endpoint.address, endpoint.port), timeout=seconds) as sock:
            connection.connected = True
            talk(sock)
    except TimeoutError:
        return "timeout"
    except ConnectionRefusedError:
        return "connect_refused"
    except (ConnectionResetError, BrokenPipeError):
        return "reset" if connection.connected else "connect_refused"
    except SSL.Error as error:
        connection.detail = repr(error)[:300]
        return None
    except OSError as error:
        connection.detail = errno.errorcode.get(error.errno or 0, type(error).__name__)
        return "error"
    return None
