"""TLS hellos as bytes: ClientHellos that OpenSSL no longer sends, and what a server's first flight says.

Written out because OpenSSL 3 has no SSLv3, RC4, 3DES or EXPORT any more, and hides the size of a DH group.
Not here: sockets (`crawler.tls`), key exchange, judgement.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.cipher_suites import DH_SUITES, name_of

SSL3, TLS10, TLS11, TLS12, TLS13 = 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
VERSION_NAMES = {SSL3: "SSLv3", TLS10: "TLSv1", TLS11: "TLSv1.1", TLS12: "TLSv1.2", TLS13: "TLSv1.3"}

_ALERT, _HANDSHAKE = 21, 22
_CLIENT_HELLO, _SERVER_HELLO, _CERTIFICATE, _SERVER_KEY_EXCHANGE, _DONE = 1, 2, 11, 12, 14
_SERVER_NAME, _GROUPS, _POINT_FORMATS, _SIGNATURES, _ALPN, _VERSIONS, _KEY_SHARE = 0, 10, 11, 13, 16, 43, 51
_X25519 = 29
_GROUPS_OFFERED = (_X25519, 23, 24, 25, 30)
_SIGNATURES_OFFERED = (
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B,
    0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0202, 0x0101,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServerFlight:
    """What the first flight of a server says.

    kind: "hello", "alert", "partial" (more must come before anything is known), or "other" (no TLS).
    version, cipher: as the ServerHello chose them; None without one. alert: number of a fatal alert.
    group_bits: size of the prime of a finite-field Diffie-Hellman group; None for any other key exchange.
    chain: certificates in the order sent (DER); empty in TLS 1.3, where they are encrypted.
    complete: nothing more is to be expected before we answer.
    """

    kind: str
    version: int | None = None
    cipher: int | None = None
    alert: int | None = None
    group_bits: int | None = None
    chain: tuple[bytes, ...] = ()
    complete: bool = False

    @property
    def version_name(self) -> str | None:
        return None if self.version is None else VERSION_NAMES.get(self.version, f"0x{self.version:04X}")

    @property
    def cipher_name(self) -> str | None:
        return None if self.cipher is None else name_of(self.cipher)


def _sized(data: bytes, width: int = 2) -> bytes:
    return len(data).to_bytes(width, "big") + data


def _shorts(values: tuple[int, ...]) -> bytes:
    return _sized(struct.pack(f">{len(values)}H", *values))


def _extension(kind: int, data: bytes) -> bytes:
    return struct.pack(">H", kind) + _sized(data)


def build(version: int, suites: tuple[int, ...], server_name: str | None, random: bytes) -> bytes:
    """A ClientHello record that offers `version` as the highest (TLS 1.3: as the only one).

    `random`: 64 fresh bytes, for the random, and for session id or key share.
    """
    extensions = b"".join(_extensions(version, server_name, random[32:]))
    session = _sized(random[32:] if version == TLS13 else b"", 1)
    body = struct.pack(">H", min(version, TLS12)) + random[:32] + session + _shorts(suites) + b"\x01\x00"
    if version > SSL3:
        body += _sized(extensions)
    message = bytes([_CLIENT_HELLO]) + _sized(body, 3)
    return bytes([_HANDSHAKE]) + struct.pack(">H", min(version, TLS10)) + _sized(message)


def _extensions(version: int, server_name: str | None, share: bytes) -> Iterator[bytes]:
    if server_name is not None:
        yield _extension(_SERVER_NAME, _sized(b"\x00" + _sized(server_name.encode("ascii", "replace"))))
    yield _extension(_GROUPS, _shorts(_GROUPS_OFFERED))
    yield _extension(_POINT_FORMATS, b"\x01\x00")
    if version >= TLS12:
        yield _extension(_SIGNATURES, _shorts(_SIGNATURES_OFFERED))
    if version == TLS13:
        yield _extension(_VERSIONS, _sized(struct.pack(">H", TLS13), 1))
        yield _extension(_KEY_SHARE, _sized(struct.pack(">H", _X25519) + _sized(share)))


def read_flight(data: bytes) -> ServerFlight:
    """Reads what has come so far; never raises, whatever the bytes are."""
    if not data:
        return ServerFlight("partial")
    if data[0] not in (_ALERT, _HANDSHAKE) or (len(data) > 1 and data[1] != 3):
        return ServerFlight("other", complete=True)
    try:
        return _read_records(data)
    except (IndexError, struct.error):
        return ServerFlight("other", complete=True)


def _read_records(data: bytes) -> ServerFlight:
    handshake = b""
    alert: int | None = None
    at = 0
    while at + 5 <= len(data):
        kind, _, length = struct.unpack_from(">BHH", data, at)
        fragment = data[at + 5 : at + 5 + length]
        if kind == _HANDSHAKE:
            handshake += fragment
        elif kind == _ALERT and len(fragment) >= 2 and fragment[0] == 2:
            alert = fragment[1]
        at += 5 + length
    return _read_messages(handshake, alert)


def _read_messages(handshake: bytes, alert: int | None) -> ServerFlight:
    version = cipher = group_bits = None
    chain: tuple[bytes, ...] = ()
    done = False
    for kind, body in _messages(handshake):
        if kind == _SERVER_HELLO and version is None:
            version, cipher = _server_hello(body)
        elif kind == _CERTIFICATE:
            chain = tuple(_certificates(body))
        elif kind == _SERVER_KEY_EXCHANGE and cipher in DH_SUITES:
            group_bits = int.from_bytes(body[2 : 2 + struct.unpack_from(">H", body)[0]], "big").bit_length()
        elif kind == _DONE:
            done = True
    if version is None:
        known = "alert" if alert is not None else "partial"
        return ServerFlight(known, alert=alert, complete=alert is not None)
    complete = done or version == TLS13 or alert is not None
    return ServerFlight("hello", version, cipher, alert, group_bits, chain, complete)


def _messages(handshake: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(handshake):
        length = int.from_bytes(handshake[at + 1 : at + 4], "big")
        if at + 4 + length > len(handshake):
            return
        yield handshake[at], handshake[at + 4 : at + 4 + length]
        at += 4 + length


def _server_hello(body: bytes) -> tuple[int, int]:
    version = int(struct.unpack_from(">H", body)[0])
    at = 35 + body[34]
    cipher = int(struct.unpack_from(">H", body, at)[0])
    at += 5
    while at + 4 <= len(body):
        kind, length = struct.unpack_from(">HH", body, at)
        if kind == _VERSIONS and length == 2:
            version = int(struct.unpack_from(">H", body, at + 4)[0])
        at += 4 + length
    return version, cipher


def _certificates(body: bytes) -> Iterator[bytes]:
    at = 3
    while at + 3 <= len(body):
        length = int.from_bytes(body[at : at + 3], "big")
        yield body[at + 3 : at + 3 + length]
        at += 3 + length


def alpn_offered(record: bytes) -> tuple[bytes, ...]:
    """The application protocols that a ClientHello record offers; empty when it offers none or is no hello."""
    try:
        body = record[9:]
        at = 35 + body[34]
        at += 2 + int(struct.unpack_from(">H", body, at)[0])
        at += 1 + body[at] + 2
        while at + 4 <= len(body):
            kind, length = struct.unpack_from(">HH", body, at)
            if kind == _ALPN:
                return tuple(_names(body[at + 6 : at + 4 + length]))
            at += 4 + length
    except (IndexError, struct.error):
        pass
    return ()


def _names(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        yield data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
