"""A server's handshake as far as its signature, in plain messages: of TLS 1.3 by agreeing keys and decrypting, of TLS 1.2 as it came.

OpenSSL does not give out what a server signs, and in TLS 1.3 the certificate and the signature are encrypted.
Nothing is verified here (`evidence.witness` does, with no code of this module). Not here: sockets, hellos.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x448 import X448PrivateKey, X448PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from web.tls_flight import RETRY, extensions, handshake_messages

X25519 = 29
_X448 = 30
_CURVES: dict[int, ec.EllipticCurve] = {23: ec.SECP256R1(), 24: ec.SECP384R1(), 25: ec.SECP521R1()}

_CHANGE_CIPHER, _ALERT, _HANDSHAKE, _ENCRYPTED = 20, 21, 22, 23
_SERVER_HELLO, _ENCRYPTED_EXTENSIONS, _CERTIFICATE, _KEY_EXCHANGE = 2, 8, 11, 12
_CERTIFICATE_REQUEST, _CERTIFICATE_VERIFY, _CERTIFICATE_STATUS = 13, 15, 22
_KEY_SHARE, _COOKIE = 51, 44
_LARGEST_RECORD = 2**14 + 256
_CLEAR_PART = (_SERVER_HELLO, _CERTIFICATE, _CERTIFICATE_STATUS, _KEY_EXCHANGE)
_ENCRYPTED_PART = (_ENCRYPTED_EXTENSIONS, _CERTIFICATE_REQUEST, _CERTIFICATE, _CERTIFICATE_VERIFY)
# Before a second hello, for middleboxes that know TLS 1.2 alone (RFC 8446, appendix D.4).
_COMPATIBILITY = b"\x14\x03\x03\x00\x01\x01"


class HandshakeBroken(Exception):
    """What came leads to no signature that we can read."""


Aead = AESGCM | AESCCM | ChaCha20Poly1305


@dataclass(frozen=True, slots=True)
class _Suite:
    hash: str
    key_size: int
    aead: Callable[[bytes], Aead]


_SUITES = {
    0x1301: _Suite("sha256", 16, AESGCM),
    0x1302: _Suite("sha384", 32, AESGCM),
    0x1303: _Suite("sha256", 32, ChaCha20Poly1305),
    0x1304: _Suite("sha256", 16, AESCCM),
    0x1305: _Suite("sha256", 16, lambda key: AESCCM(key, tag_length=8)),
}


class KeyShare:
    """A key of ours for one group. Raises HandshakeBroken for a group that we have no keys of."""

    def __init__(self, group: int) -> None:
        self.group = group
        self._key: X25519PrivateKey | X448PrivateKey | ec.EllipticCurvePrivateKey
        try:
            if group == X25519:
                self._key = X25519PrivateKey.generate()
            elif group == _X448:
                self._key = X448PrivateKey.generate()
            else:
                self._key = ec.generate_private_key(_CURVES[group])
        except (KeyError, UnsupportedAlgorithm):
            raise HandshakeBroken(f"group {group}") from None

    @property
    def public(self) -> bytes:
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return self._key.public_key().public_bytes_raw()

    def agreed(self, public: bytes) -> bytes:
        """Raises ValueError for what is no point of the group."""
        if isinstance(self._key, X25519PrivateKey):
            return self._key.exchange(X25519PublicKey.from_public_bytes(public))
        if isinstance(self._key, X448PrivateKey):
            return self._key.exchange(X448PublicKey.from_public_bytes(public))
        curve = self._key.curve
        return self._key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(curve, public))


class ServerHandshake:
    """Follows a handshake of TLS 1.3 from the record of our hello to the server's CertificateVerify.

    again: the record of a second hello, given a share of the group that the server asks for and its cookie.
    messages: what both sides said, in plain, with the hello. done: the last of them is the CertificateVerify.
    """

    def __init__(self, hello: bytes, share: KeyShare, again: Callable[[KeyShare, bytes], bytes]) -> None:
        self.messages = hello[5:]
        self.done = False
        self._share = share
        self._again = again
        self._records = b""
        self._pending = b""  # of a message that further records complete
        self._keys: _RecordKeys | None = None
        self._hash = ""  # that the server chose as it asked for a second hello

    def feed(self, data: bytes) -> bytes:
        """Bytes to send in answer; mostly none. Raises HandshakeBroken."""
        self._records += data
        reply = b""
        try:
            for kind, header, fragment in self._whole_records():
                reply += self._record(kind, header, fragment)
                if self.done:
                    break
        except (ValueError, IndexError, struct.error, InvalidTag, OverflowError) as error:
            raise HandshakeBroken(f"{type(error).__name__}: {error}") from None
        return reply

    def _whole_records(self) -> Iterator[tuple[int, bytes, bytes]]:
        while len(self._records) >= 5:
            length = int.from_bytes(self._records[3:5], "big")
            if length > _LARGEST_RECORD:
                raise HandshakeBroken("a record that is too large")
            if len(self._records) < 5 + length:
                return
            header, fragment = self._records[:5], self._records[5 : 5 + length]
            self._records = self._records[5 + length :]
            yield header[0], header, fragment

    def _record(self, kind: int, header: bytes, fragment: bytes) -> bytes:
        if kind == _CHANGE_CIPHER:
            return b""
        if kind == _ENCRYPTED and self._keys is not None:
            kind, fragment = self._keys.opened(header, fragment)
        elif self._keys is not None:
            raise HandshakeBroken("in clear text where it has to be encrypted")
        if kind != _HANDSHAKE:
            raise HandshakeBroken(f"a record of kind {kind}")
        self._pending += fragment
        reply = b""
        while not self.done and len(self._pending) >= 4:
            end = 4 + int.from_bytes(self._pending[1:4], "big")
            if len(self._pending) < end:
                break
            message, self._pending = self._pending[:end], self._pending[end:]
            reply += self._message(message)
        return reply

    def _message(self, message: bytes) -> bytes:
        self.messages += message
        if self._keys is None:
            if message[0] != _SERVER_HELLO:
                raise HandshakeBroken(f"message {message[0]} before the hello")
            return self._server_hello(message[4:])
        if message[0] not in _ENCRYPTED_PART:
            raise HandshakeBroken(f"message {message[0]} before the signature")
        self.done = message[0] == _CERTIFICATE_VERIFY
        return b""

    def _server_hello(self, body: bytes) -> bytes:
        if self._pending:
            raise HandshakeBroken("a message across a change of keys")
        at = 35 + body[34]
        suite = _SUITES.get(int.from_bytes(body[at : at + 2], "big"))
        told = dict(extensions(body, at + 3))
        share = told.get(_KEY_SHARE, b"")
        if suite is None or len(share) < 2:
            raise HandshakeBroken("no suite or no share of TLS 1.3")
        group = int.from_bytes(share[:2], "big")
        if body[2:34] == RETRY:
            return self._second_hello(suite, group, told.get(_COOKIE, b""))
        if group != self._share.group:
            raise HandshakeBroken(f"a share of group {group}")
        shared = self._share.agreed(share[4:])
        self._keys = _RecordKeys(suite, shared, hashlib.new(suite.hash, self._hashed()).digest())
        return b""

    def _second_hello(self, suite: _Suite, group: int, cookie: bytes) -> bytes:
        if self._hash:
            raise HandshakeBroken("a second request for another share")
        self._share = KeyShare(group)
        self._hash = suite.hash
        record = self._again(self._share, cookie)
        self.messages += record[5:]
        return _COMPATIBILITY + record

    def _hashed(self) -> bytes:
        """What the transcript hash is over: of a hello that was followed by another, only its hash (RFC 8446, 4.4.1)."""
        if not self._hash:
            return self.messages
        end = 4 + int.from_bytes(self.messages[1:4], "big")
        digest = hashlib.new(self._hash, self.messages[:end]).digest()
        return bytes([254, 0, 0, len(digest)]) + digest + self.messages[end:]


class _RecordKeys:
    """Opens the server's records of the handshake (RFC 8446, 5.2 and 7.1)."""

    def __init__(self, suite: _Suite, shared: bytes, transcript: bytes) -> None:
        size = hashlib.new(suite.hash).digest_size
        early = hmac.digest(bytes(size), bytes(size), suite.hash)
        derived = _expand(suite, early, b"derived", hashlib.new(suite.hash).digest(), size)
        secret = _expand(suite, hmac.digest(derived, shared, suite.hash), b"s hs traffic", transcript, size)
        self._aead = suite.aead(_expand(suite, secret, b"key", b"", suite.key_size))
        self._nonce = int.from_bytes(_expand(suite, secret, b"iv", b"", 12), "big")
        self._number = 0

    def opened(self, header: bytes, fragment: bytes) -> tuple[int, bytes]:
        """(kind of content, content). Raises InvalidTag, ValueError."""
        nonce = (self._nonce ^ self._number).to_bytes(12, "big")
        self._number += 1
        inner = self._aead.decrypt(nonce, fragment, header).rstrip(b"\x00")
        return inner[-1], inner[:-1]


def _expand(suite: _Suite, secret: bytes, label: bytes, context: bytes, size: int) -> bytes:
    """HKDF-Expand-Label; one block is as much as any key here takes."""
    label = b"tls13 " + label
    info = struct.pack(">HB", size, len(label)) + label + bytes([len(context)]) + context
    return hmac.digest(secret, info + b"\x01", suite.hash)[:size]


def clear_messages(hello: bytes, received: bytes) -> bytes:
    """Our hello and what a server of TLS 1.2 said to it, to its ServerKeyExchange; b"" where that did not come: with RSA key
    exchange a server signs nothing.
    """
    kept = hello[5:]
    for kind, body in handshake_messages(received):
        if kind not in _CLEAR_PART:
            break
        kept += bytes([kind]) + len(body).to_bytes(3, "big") + body
        if kind == _KEY_EXCHANGE:
            return kept
    return b""
