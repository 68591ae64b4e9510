"""A TLS handshake, from the client's hello to the server's signature, read from its messages alone (RFC 8446, RFC 5246).

Strict: every byte of a message that is read has its place, and nothing follows. Not here: whether the signature is good
(`evidence.witness.signature`), what the hello is bound to (`evidence.witness.proof`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

LARGEST = 256 * 1024  # bytes of messages: several times the largest flight that is recorded

_HELLO, _SERVER_HELLO, _EXTENSIONS, _CERTIFICATE, _KEY_EXCHANGE = 1, 2, 8, 11, 12
_REQUEST, _VERIFY, _STATUS = 13, 15, 22
_ORDER_13 = ((_EXTENSIONS, _CERTIFICATE, _VERIFY), (_EXTENSIONS, _REQUEST, _CERTIFICATE, _VERIFY))
_ORDER_12 = ((_CERTIFICATE, _KEY_EXCHANGE), (_CERTIFICATE, _STATUS, _KEY_EXCHANGE))
_HASHES = {0x1301: "sha256", 0x1302: "sha384", 0x1303: "sha256", 0x1304: "sha256", 0x1305: "sha256"}
_RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
_SERVER_NAME, _SUPPORTED_VERSIONS = 0, 43
_NAMED_CURVE = 3
_CONTEXT = b" " * 64 + b"TLS 1.3, server CertificateVerify\x00"

Version = Literal["TLSv1.3", "TLSv1.2"]


class BadTranscript(ValueError):
    """The messages are no handshake that a server signed."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """random: of the hello. hello: the message with zeros in place of the random. server_name: "" where it names none.

    leaf: the server's certificate (DER). signed: the bytes that the signature is over. scheme: SignatureScheme's number.
    """

    version: Version
    random: bytes
    hello: bytes
    server_name: str
    leaf: bytes
    signed: bytes
    scheme: int
    signature: bytes


class _Reader:
    """Fields of a message, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        found = self._data[self._at : self._at + size]
        if len(found) < size:
            raise BadTranscript("it ends inside a field")
        self._at += size
        return found

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def sized(self, width: int) -> bytes:
        return self.take(self.number(width))

    @property
    def at(self) -> int:
        return self._at

    @property
    def more(self) -> bool:
        return self._at < len(self._data)

    def end(self) -> None:
        if self.more:
            raise BadTranscript("bytes behind the last field")


@dataclass(frozen=True, slots=True)
class _ClientHello:
    random: bytes
    server_name: str


@dataclass(frozen=True, slots=True)
class _ServerHello:
    random: bytes
    suite: int
    version: int


def read_transcript(messages: bytes) -> Transcript:
    """Raises BadTranscript."""
    if len(messages) > LARGEST:
        raise BadTranscript(f"more than {LARGEST} bytes")
    parts = list(_split(messages))
    kinds = tuple(part[0] for part in parts)
    if kinds[:2] != (_HELLO, _SERVER_HELLO):
        raise BadTranscript("no hello and answer at its beginning")
    hello, answer = _client_hello(parts[0]), _server_hello(parts[1])
    before = messages[: len(messages) - len(parts[-1])]
    if answer.version == 0x0303:
        if kinds[2:] not in _ORDER_12:
            raise BadTranscript(f"messages {kinds} in this order")
        params, scheme, signature = _key_exchange(parts[-1])
        leaf = _leaf_12(parts[2])
        signed = hello.random + answer.random + params
        return _transcript("TLSv1.2", parts[0], hello, leaf, signed, scheme, signature)
    if answer.version != 0x0304 or answer.suite not in _HASHES:
        raise BadTranscript(f"version {answer.version:04x}, suite {answer.suite:04x}")
    name = _HASHES[answer.suite]
    rest = kinds[2:]
    if answer.random == _RETRY_RANDOM:
        if rest[:2] != (_HELLO, _SERVER_HELLO) or _client_hello(parts[2]) != hello:
            raise BadTranscript("another hello after the one that was asked for")
        again = _server_hello(parts[3])
        if (again.version, again.suite) != (0x0304, answer.suite) or again.random == _RETRY_RANDOM:
            raise BadTranscript("another answer after the one that was asked for")
        digest = hashlib.new(name, parts[0]).digest()
        before = bytes([254, 0, 0, len(digest)]) + digest + before[len(parts[0]) :]
        rest = rest[2:]
    if rest not in _ORDER_13:
        raise BadTranscript(f"messages {kinds} in this order")
    signed = _CONTEXT + hashlib.new(name, before).digest()
    scheme, signature = _certificate_verify(parts[-1])
    return _transcript("TLSv1.3", parts[0], hello, _leaf_13(parts[-2]), signed, scheme, signature)


def _transcript(
    version: Version,
    message: bytes,
    hello: _ClientHello,
    leaf: bytes,
    signed: bytes,
    scheme: int,
    signature: bytes,
) -> Transcript:
    blank = message[:6] + bytes(32) + message[38:]
    return Transcript(version, hello.random, blank, hello.server_name, leaf, signed, scheme, signature)


def _split(messages: bytes) -> list[bytes]:
    parts: list[bytes] = []
    at = 0
    while at < len(messages):
        end = at + 4 + int.from_bytes(messages[at + 1 : at + 4], "big")
        if end > len(messages) or end - at < 4:
            raise BadTranscript("it ends inside a message")
        parts.append(messages[at:end])
        at = end
    return parts


def _client_hello(message: bytes) -> _ClientHello:
    reader = _Reader(message[4:])
    if reader.number(2) != 0x0303:
        raise BadTranscript("a hello of another version")
    random = reader.take(32)
    reader.sized(1)  # session
    reader.sized(2)  # suites
    reader.sized(1)  # compression
    extensions = _extensions(reader)
    return _ClientHello(random, _named(extensions[_SERVER_NAME]) if _SERVER_NAME in extensions else "")


def _named(content: bytes) -> str:
    outer = _Reader(content)
    names = _Reader(outer.sized(2))
    outer.end()
    kind, name = names.number(1), names.sized(2)
    names.end()
    if kind != 0 or not name.isascii():
        raise BadTranscript("no host name in the server name")
    return name.decode("ascii")


def _server_hello(message: bytes) -> _ServerHello:
    reader = _Reader(message[4:])
    version = reader.number(2)
    random = reader.take(32)
    reader.sized(1)  # session
    suite = reader.number(2)
    if reader.number(1) != 0:
        raise BadTranscript("compression")
    extensions = _extensions(reader) if reader.more else {}
    chosen = extensions.get(_SUPPORTED_VERSIONS)
    if chosen is not None:
        if version != 0x0303 or len(chosen) != 2:
            raise BadTranscript("no version in the answer")
        version = int.from_bytes(chosen, "big")
        if version < 0x0304:  # of TLS 1.2 nobody may say so here
            raise BadTranscript("an older version where none may stand")
    return _ServerHello(random, suite, version)


def _extensions(reader: _Reader) -> dict[int, bytes]:
    """To the end of the message."""
    block = _Reader(reader.sized(2))
    reader.end()
    found: dict[int, bytes] = {}
    while block.more:
        kind = block.number(2)
        if kind in found:
            raise BadTranscript(f"extension {kind} twice")
        found[kind] = block.sized(2)
    return found


def _leaf_13(message: bytes) -> bytes:
    reader = _Reader(message[4:])
    if reader.sized(1):
        raise BadTranscript("a certificate in answer to a request")
    entries = _Reader(reader.sized(3))
    reader.end()
    leaf = b""
    while entries.more:
        certificate = entries.sized(3)
        leaf = leaf or certificate
        entries.sized(2)  # extensions of this certificate
    return _some(leaf)


def _leaf_12(message: bytes) -> bytes:
    reader = _Reader(message[4:])
    entries = _Reader(reader.sized(3))
    reader.end()
    leaf = b""
    while entries.more:
        certificate = entries.sized(3)
        leaf = leaf or certificate
    return _some(leaf)


def _some(leaf: bytes) -> bytes:
    if not leaf:
        raise BadTranscript("no certificate")
    return leaf


def _certificate_verify(message: bytes) -> tuple[int, bytes]:
    reader = _Reader(message[4:])
    scheme, signature = reader.number(2), reader.sized(2)
    reader.end()
    return scheme, signature


def _key_exchange(message: bytes) -> tuple[bytes, int, bytes]:
    """(parameters, scheme, signature). A point of a named curve, or three numbers of a finite field."""
    body = message[4:]
    for read in (_point, _finite_field):
        reader = _Reader(body)
        try:
            read(reader)
            params = body[: reader.at]
            scheme, signature = reader.number(2), reader.sized(2)
            reader.end()
        except BadTranscript:
            continue
        return params, scheme, signature
    raise BadTranscript("no key exchange with a signature")


def _point(reader: _Reader) -> None:
    if reader.number(1) != _NAMED_CURVE:
        raise BadTranscript("no named curve")
    reader.number(2)
    reader.sized(1)


def _finite_field(reader: _Reader) -> None:
    for _ in range(3):
        reader.sized(2)
