"""What a TLS server's first flight says, and what the hello before it had offered: read from recorded bytes.

The prober reads a flight to know when it is whole, the checks read the same bytes anew to judge them. Hostile
bytes never raise. Not here: hellos as they are built (`crawler.probes.client_hello`), judgement.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from web.cipher_suites import DH_SUITES, ECDH_SUITES, group_name, name_of

SSL2, SSL3, TLS10, TLS11, TLS12, TLS13 = 0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
VERSION_NAMES = {
    SSL2: "SSLv2", SSL3: "SSLv3", TLS10: "TLSv1", TLS11: "TLSv1.1", TLS12: "TLSv1.2", TLS13: "TLSv1.3",
}  # fmt: skip

_ALERT, _HANDSHAKE = 21, 22
_CLIENT_HELLO, _SERVER_HELLO, _CERTIFICATE, _SERVER_KEY_EXCHANGE, _CERTIFICATE_REQUEST, _DONE = (
    1,
    2,
    11,
    12,
    13,
    14,
)
_FATAL = 2
_MASTER_SECRET, _VERSIONS, _KEY_SHARE, _RENEGOTIATION = 23, 43, 51, 0xFF01
_NAMED_CURVE = 3
# SHA-256 of "HelloRetryRequest": the random of a ServerHello that asks for another key share (RFC 8446, 4.1.3).
RETRY = bytes.fromhex("CF21AD74E59A6111BE1D8C021E65B891C2A211167ABB8C5E079E09E2C8A8339C")
_SSL2_SERVER_HELLO = 4
_MOST_CERTIFICATES = 20


@dataclass(frozen=True, slots=True)
class ServerFlight:
    """What the first flight of a server says.

    kind: "hello", "alert", "partial" (nothing is known yet; complete: nor ever will be), or "other" (no TLS).
    version, cipher: as the ServerHello chose them; None without one. alert: number of a fatal alert.
    group_bits: size of the prime of a finite-field Diffie-Hellman group; None for any other key exchange.
    group: number of the named group of an elliptic-curve or TLS 1.3 key exchange. chain: certificates in the
    order sent (DER); empty in TLS 1.3, where they are encrypted. compression: method chosen (0: none).
    extensions: of the ServerHello. asks_certificate: it wants one of ours.
    complete: nothing more is to be expected before we answer.
    """

    kind: str
    version: int | None = None
    cipher: int | None = None
    alert: int | None = None
    group_bits: int | None = None
    group: int | None = None
    chain: tuple[bytes, ...] = ()
    compression: int | None = None
    extensions: frozenset[int] = frozenset()
    asks_certificate: bool = False
    complete: bool = False

    @property
    def version_name(self) -> str | None:
        return None if self.version is None else VERSION_NAMES.get(self.version, f"0x{self.version:04X}")

    @property
    def cipher_name(self) -> str | None:
        return None if self.cipher is None else name_of(self.cipher)

    @property
    def group_name(self) -> str | None:
        return None if self.group is None else group_name(self.group)

    @property
    def secure_renegotiation(self) -> bool:
        return _RENEGOTIATION in self.extensions or self.version == TLS13

    @property
    def extended_master_secret(self) -> bool:
        return _MASTER_SECRET in self.extensions or self.version == TLS13


@dataclass(frozen=True, slots=True)
class ClientOffer:
    """What a recorded ClientHello offered. version: the highest. compression: some, beside none."""

    version: int
    suites: frozenset[int]
    extensions: frozenset[int] = frozenset()
    compression: bool = False

    @property
    def secure_renegotiation(self) -> bool:
        return _RENEGOTIATION in self.extensions

    @property
    def extended_master_secret(self) -> bool:
        return _MASTER_SECRET in self.extensions


_GARBLED = ServerFlight("partial", complete=True)


def outcome(offer: ClientOffer, flight: ServerFlight, *, exactly: bool) -> str | None:
    """What a flight says to an offer: "accepted", "refused", "not_tls" or "error"; None when only the socket knows.

    exactly: the version offered is what was asked for, so that a lower one refuses it. A server that chooses what
    was never offered has not accepted anything.
    """
    if flight.kind == "other":
        return "not_tls"
    if flight.kind == "alert" or (flight.kind == "hello" and flight.alert is not None):
        return "refused"
    if flight.kind != "hello":
        return None
    version = flight.version or 0
    if version not in VERSION_NAMES or version > offer.version or flight.cipher not in offer.suites:
        return "error"
    return "refused" if exactly and version != offer.version else "accepted"


def read_offer(sent: bytes) -> ClientOffer | None:
    """The offer of a ClientHello of ours, SSL 2.0's included; None when the bytes are none."""
    try:
        if sent[:1] == b"\x80" and sent[2] == 1:
            count = int(struct.unpack_from(">H", sent, 5)[0])
            codes = [int.from_bytes(sent[at : at + 3], "big") for at in range(11, 11 + count, 3)]
            return ClientOffer(SSL2, frozenset(codes)) if len(sent) >= 11 + count else None
        if sent[0] != _HANDSHAKE or sent[5] != _CLIENT_HELLO:
            return None
        body = sent[9:]
        version = int(struct.unpack_from(">H", body)[0])
        at = 35 + body[34]
        length = int(struct.unpack_from(">H", body, at)[0])
        suites = struct.unpack_from(f">{length // 2}H", body, at + 2)
        at += 2 + length
        compression = any(body[at + 1 : at + 1 + body[at]])
        found = dict(extensions(body, at + 1 + body[at]))
        if _VERSIONS in found:
            versions = found[_VERSIONS]
            version = max(struct.unpack_from(f">{versions[0] // 2}H", versions, 1))
        return ClientOffer(version, frozenset(suites), frozenset(found), compression)
    except (IndexError, struct.error, ValueError):
        return None


def read_flight(data: bytes) -> ServerFlight:
    """Reads what has come so far in answer to a hello of SSL 3.0 or later."""
    if not data:
        return ServerFlight("partial")
    if data[0] not in (_ALERT, _HANDSHAKE) or (len(data) > 1 and data[1] != 3):
        return ServerFlight("other", complete=True)
    try:
        return _read_messages(*_records(data))
    except (IndexError, struct.error):
        return _GARBLED


def read_ssl2_flight(data: bytes) -> ServerFlight:
    """Reads what has come so far in answer to a hello of SSL 2.0: a hello of its own, or TLS's alert."""
    if len(data) < 3:
        return ServerFlight("partial")
    if data[0] in (_ALERT, _HANDSHAKE) and data[1] == 3:
        return read_flight(data)
    wide = bool(data[0] & 0x80)
    head = 2 if wide else 3
    length = (data[0] & (0x7F if wide else 0x3F)) << 8 | data[1]
    body = data[head : head + length]
    if not body or body[0] not in (0, _SSL2_SERVER_HELLO):
        return ServerFlight("other", complete=True)
    if body[0] == 0:  # an error message, which is all that the protocol has for a refusal
        return ServerFlight("alert", alert=int.from_bytes(body[1:3], "big"), complete=True)
    if len(body) < length:
        return ServerFlight("partial")
    try:
        version, certificate, suites = struct.unpack_from(">HHH", body, 3)
    except struct.error:
        return _GARBLED
    start = 11 + certificate
    codes = [int.from_bytes(body[at : at + 3], "big") for at in range(start, start + suites - 2, 3)]
    if not codes:  # no suite in common: nobody can connect this way
        return ServerFlight("alert", complete=True)
    chain = (body[11:start],) if certificate else ()
    return ServerFlight("hello", version, codes[0], chain=chain, complete=True)


def handshake_messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(kind, body) of each whole message in records that came in clear text."""
    return _messages(_records(data)[0])


def _records(data: bytes) -> tuple[bytes, int | None]:
    """(the handshake, a fatal alert)."""
    handshake = b""
    alert: int | None = None
    at = 0
    while at + 5 <= len(data):
        kind, _, length = struct.unpack_from(">BHH", data, at)
        fragment = data[at + 5 : at + 5 + length]
        if kind == _HANDSHAKE:
            handshake += fragment
        elif kind == _ALERT and length == 2 == len(fragment) and fragment[0] == _FATAL:
            alert = fragment[1]
        at += 5 + length
    return handshake, alert


def _read_messages(handshake: bytes, alert: int | None) -> ServerFlight:
    flight: ServerFlight | None = None
    done = False
    for kind, body in _messages(handshake):
        if kind == _SERVER_HELLO and flight is None:
            flight = _server_hello(body)
        elif flight is None:
            continue
        elif kind == _CERTIFICATE and flight.version != TLS13:
            flight = replace(flight, chain=tuple(_certificates(body)))
        elif kind == _SERVER_KEY_EXCHANGE:
            flight = _key_exchange(flight, body)
        elif kind == _CERTIFICATE_REQUEST:
            flight = replace(flight, asks_certificate=True)
        elif kind == _DONE:
            done = True
    if flight is None:
        known = "alert" if alert is not None else "partial"
        return ServerFlight(known, alert=alert, complete=alert is not None)
    complete = done or flight.version == TLS13 or alert is not None
    return replace(flight, alert=alert, complete=complete)


def _messages(handshake: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(handshake):
        length = int.from_bytes(handshake[at + 1 : at + 4], "big")
        if at + 4 + length > len(handshake):
            return
        yield handshake[at], handshake[at + 4 : at + 4 + length]
        at += 4 + length


def _server_hello(body: bytes) -> ServerFlight:
    version = int(struct.unpack_from(">H", body)[0])
    at = 35 + body[34]
    cipher, compression = struct.unpack_from(">HB", body, at)
    group: int | None = None
    found = dict(extensions(body, at + 3))
    if len(found.get(_VERSIONS, b"")) == 2:
        version = int.from_bytes(found[_VERSIONS], "big")
    if version == TLS13 and len(found.get(_KEY_SHARE, b"")) >= 2:
        group = int.from_bytes(found[_KEY_SHARE][:2], "big")
    return ServerFlight(
        "hello", version, cipher, group=group, compression=compression, extensions=frozenset(found)
    )


def extensions(body: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """From where their length stands; none when the message ends there."""
    at += 2
    while at + 4 <= len(body):
        kind, length = struct.unpack_from(">HH", body, at)
        yield kind, body[at + 4 : at + 4 + length]
        at += 4 + length


def _key_exchange(flight: ServerFlight, body: bytes) -> ServerFlight:
    if flight.cipher in DH_SUITES:
        prime = body[2 : 2 + struct.unpack_from(">H", body)[0]]
        return replace(flight, group_bits=int.from_bytes(prime, "big").bit_length())
    if flight.cipher in ECDH_SUITES and body[0] == _NAMED_CURVE:
        return replace(flight, group=int(struct.unpack_from(">H", body, 1)[0]))
    return flight


def _certificates(body: bytes) -> Iterator[bytes]:
    at = 3
    for _ in range(_MOST_CERTIFICATES):
        if at + 3 > len(body):
            return
        length = int.from_bytes(body[at : at + 3], "big")
        yield body[at + 3 : at + 3 + length]
        at += 3 + length
