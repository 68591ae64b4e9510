"""Handshakes as a server of any kind signs them, made without one: RFC 8446 and RFC 5246 from their messages alone."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import ipaddress
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509.oid import NameOID

from evidence.canonical import canonical_line

HOST, PORT, ROUND, TIME = "portal.agency.test", 443, "round-1", "2026-12-01T10:00:00.000000Z"
SHA256, SHA384, SHA512 = hashes.SHA256(), hashes.SHA384(), hashes.SHA512()
_DAY = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
_KINDS: dict[str, Callable[[], Any]] = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "another p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "k256": lambda: ec.generate_private_key(ec.SECP256K1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ed448": ed448.Ed448PrivateKey.generate,
}
SCHEMES: dict[int, Callable[[Any, bytes], bytes]] = {
    0x0403: lambda key, signed: key.sign(signed, ec.ECDSA(SHA256)),
    0x0503: lambda key, signed: key.sign(signed, ec.ECDSA(SHA384)),
    0x0603: lambda key, signed: key.sign(signed, ec.ECDSA(SHA512)),
    0x0203: lambda key, signed: key.sign(signed, ec.ECDSA(hashes.SHA1())),  # which proves nothing
    0x0401: lambda key, signed: key.sign(signed, padding.PKCS1v15(), SHA256),
    0x0601: lambda key, signed: key.sign(signed, padding.PKCS1v15(), SHA512),
    0x0804: lambda key, signed: key.sign(signed, padding.PSS(padding.MGF1(SHA256), 32), SHA256),
    0x0806: lambda key, signed: key.sign(signed, padding.PSS(padding.MGF1(SHA512), 64), SHA512),
    0x0807: lambda key, signed: key.sign(signed),
    0x0808: lambda key, signed: key.sign(signed),
}


@cache
def key_of(kind: str) -> Any:
    return _KINDS[kind]()


@cache
def certificate(
    kind: str,
    names: Sequence[str],
    *,
    issuer: str = "",
    authority: bool = False,
    until: dt.datetime = _DAY + dt.timedelta(days=90),
) -> bytes:
    """DER. issuer: kind of the key of an authority; "" for one that signs itself. authority: for such a key."""
    key = key_of(kind)
    signing = key_of(issuer or kind)
    known = [
        x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() or ":" in name else x509.DNSName(name)
        for name in names
    ]
    own = kind if authority else "host"
    subject, by = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in (own, issuer or own)
    )
    made = x509.CertificateBuilder(
        issuer_name=by, subject_name=subject, public_key=key.public_key(), serial_number=7,
        not_valid_before=_DAY - dt.timedelta(days=90), not_valid_after=until,
    )  # fmt: skip
    if authority:
        made = made.add_extension(x509.BasicConstraints(True, None), critical=True)
    if known:
        made = made.add_extension(x509.SubjectAlternativeName(known), critical=False)
    algorithm = None if isinstance(signing, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey) else SHA256
    return made.sign(signing, algorithm).public_bytes(serialization.Encoding.DER)


def _sized(width: int, content: bytes) -> bytes:
    return len(content).to_bytes(width, "big") + content


def message(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + _sized(3, content)


def _hello(host: str) -> bytes:
    name = _sized(2, b"\x00" + _sized(2, host.encode())) if host else b""
    extensions = (b"\x00\x00" + _sized(2, name) if host else b"") + b"\x00\x2b" + _sized(2, b"\x02\x03\x04")
    return message(
        1, b"\x03\x03" + bytes(32) + b"\x00" + _sized(2, b"\x13\x01") + b"\x01\x00" + _sized(2, extensions)
    )


def witness(
    kind: str = "p256",
    scheme: int = 0x0403,
    names: Sequence[str] = (HOST,),
    *,
    newer: bool = False,
    host: str = HOST,
    asked: str | None = None,
    leaf: bytes | None = None,
    signature: Callable[[bytes], bytes] = lambda made: made,
) -> dict[str, Any]:
    """A witness that a host's key signed, bound to `host`. asked: server name of the hello. signature: what becomes of it."""
    bound = {
        "connection": "tls1.3" if newer else "tls1.2", "format": "govah-witness/1", "host": host, "opening": ["1" * 64],
        "port": PORT, "round": ROUND, "salt": "2" * 64, "time": TIME,
    }  # fmt: skip
    blank = _hello(host if asked is None else asked)
    random = hashlib.sha256(canonical_line(bound) + blank).digest()
    hello = blank[:6] + random + blank[38:]
    versions = _sized(2, b"\x00\x2b" + _sized(2, b"\x03\x04")) if newer else b""
    answer = message(
        2,
        b"\x03\x03"
        + bytes(range(32))
        + b"\x00"
        + (b"\x13\x01" if newer else b"\xc0\x2b")
        + b"\x00"
        + versions,
    )
    entry = _sized(3, leaf or certificate(kind, tuple(names)))
    key = key_of(kind)

    def signed(content: bytes) -> bytes:
        return scheme.to_bytes(2, "big") + _sized(2, signature(SCHEMES[scheme](key, content)))

    if newer:
        flight = (
            hello + answer + message(8, b"\x00\x00") + message(11, b"\x00" + _sized(3, entry + b"\x00\x00"))
        )
        context = b" " * 64 + b"TLS 1.3, server CertificateVerify\x00"
        messages = flight + message(15, signed(context + hashlib.sha256(flight).digest()))
    else:
        params = b"\x03\x00\x1d" + _sized(1, bytes(32))
        last = message(12, params + signed(random + bytes(range(32)) + params))
        messages = hello + answer + message(11, _sized(3, entry)) + last
    return holding(bound, messages)


def holding(fields: dict[str, Any], messages: bytes) -> dict[str, Any]:
    text = base64.b64encode(messages).decode("ascii")
    return {**fields, "messages": text, "sha256": hashlib.sha256(messages).hexdigest()}


def messages_of(found: dict[str, Any]) -> bytes:
    return base64.b64decode(found["messages"])
