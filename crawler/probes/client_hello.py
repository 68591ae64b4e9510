"""ClientHellos as bytes, those that OpenSSL no longer sends among them.

Written out because OpenSSL 3 has no SSLv2, SSLv3, RC4, 3DES or EXPORT any more, and hides the size of a DH group.
Not here: what servers answer (`web.tls_flight`), sockets (`crawler.probes.tls_connection`), key exchange.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from web.tls_flight import SSL2, SSL3, TLS10, TLS12, TLS13

_HANDSHAKE, _CLIENT_HELLO = 22, 1
_SERVER_NAME, _GROUPS, _POINT_FORMATS, _SIGNATURES, _ALPN, _VERSIONS, _KEY_SHARE = 0, 10, 11, 13, 16, 43, 51
_MASTER_SECRET, _COOKIE, _RENEGOTIATION = 23, 44, 0xFF01
_X25519 = 29
_GROUPS_OFFERED = (_X25519, 23, 24, 25, 30)
_SIGNATURES_OFFERED = (
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B,
    0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0202, 0x0101,
)  # fmt: skip
_NO_COMPRESSION, _DEFLATE_OR_NONE = b"\x01\x00", b"\x02\x01\x00"


def _sized(data: bytes, width: int = 2) -> bytes:
    return len(data).to_bytes(width, "big") + data


def _shorts(values: tuple[int, ...]) -> bytes:
    return _sized(struct.pack(f">{len(values)}H", *values))


def _extension(kind: int, data: bytes) -> bytes:
    return struct.pack(">H", kind) + _sized(data)


def build(
    version: int,
    suites: tuple[int, ...],
    server_name: str | None,
    random: bytes,
    *,
    share: tuple[int, bytes] | None = None,
    cookie: bytes = b"",
) -> bytes:
    """A ClientHello record that offers `version` as the highest (SSL 2.0, TLS 1.3: as the only one).

    `random`: 64 fresh bytes, for the random, and for session id and key share. share: group and public key in place of
    those bytes. cookie: as a HelloRetryRequest gave it (its extension's content).
    """
    if version == SSL2:
        return _build_ssl2(suites, random[:16])
    extensions = b"".join(_extensions(version, server_name, share or (_X25519, random[32:]), cookie))
    session = _sized(random[32:] if version == TLS13 else b"", 1)
    compression = _NO_COMPRESSION if version == TLS13 else _DEFLATE_OR_NONE
    body = struct.pack(">H", min(version, TLS12)) + random[:32] + session + _shorts(suites) + compression
    if version > SSL3:
        body += _sized(extensions)
    message = bytes([_CLIENT_HELLO]) + _sized(body, 3)
    return bytes([_HANDSHAKE]) + struct.pack(">H", min(version, TLS10)) + _sized(message)


def _build_ssl2(suites: tuple[int, ...], challenge: bytes) -> bytes:
    codes = b"".join(code.to_bytes(3, "big") for code in suites)
    sizes = struct.pack(">HHH", len(codes), 0, len(challenge))
    message = bytes([_CLIENT_HELLO]) + struct.pack(">H", SSL2) + sizes + codes + challenge
    return struct.pack(">H", 0x8000 | len(message)) + message


def _extensions(
    version: int, server_name: str | None, share: tuple[int, bytes], cookie: bytes
) -> Iterator[bytes]:
    if server_name is not None:
        yield _extension(_SERVER_NAME, _sized(b"\x00" + _sized(server_name.encode("ascii", "replace"))))
    yield _extension(_GROUPS, _shorts(_GROUPS_OFFERED))
    yield _extension(_POINT_FORMATS, b"\x01\x00")
    if version >= TLS12:
        yield _extension(_SIGNATURES, _shorts(_SIGNATURES_OFFERED))
    if version == TLS13:
        yield _extension(_VERSIONS, _sized(struct.pack(">H", TLS13), 1))
        group, public = share
        yield _extension(_KEY_SHARE, _sized(struct.pack(">H", group) + _sized(public)))
        if cookie:
            yield _extension(_COOKIE, cookie)
    else:
        yield _extension(_MASTER_SECRET, b"")
        yield _extension(_RENEGOTIATION, b"\x00")


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
