"""Whether the key of a certificate made a signature of a TLS handshake, and whether the certificate names a host."""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

from evidence.witness.transcript import Transcript

_SHA256, _SHA384, _SHA512 = hashes.SHA256(), hashes.SHA384(), hashes.SHA512()
_ECDSA = {0x0403: (_SHA256, "secp256r1"), 0x0503: (_SHA384, "secp384r1"), 0x0603: (_SHA512, "secp521r1")}
_PSS = {
    0x0804: _SHA256, 0x0805: _SHA384, 0x0806: _SHA512,
    0x0809: _SHA256, 0x080A: _SHA384, 0x080B: _SHA512,
}  # fmt: skip
_PKCS1 = {0x0401: _SHA256, 0x0501: _SHA384, 0x0601: _SHA512}  # of TLS 1.2 alone
_NAMES = {
    0x0401: "rsa_pkcs1_sha256", 0x0501: "rsa_pkcs1_sha384", 0x0601: "rsa_pkcs1_sha512",
    0x0403: "ecdsa_sha256", 0x0503: "ecdsa_sha384", 0x0603: "ecdsa_sha512",
    0x0804: "rsa_pss_sha256", 0x0805: "rsa_pss_sha384", 0x0806: "rsa_pss_sha512",
    0x0809: "rsa_pss_sha256", 0x080A: "rsa_pss_sha384", 0x080B: "rsa_pss_sha512",
    0x0807: "ed25519", 0x0808: "ed448",
}  # fmt: skip

# What the library says of certificates that a host made up.
_UNREADABLE = (
    ValueError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


class BadSignature(ValueError):
    """The certificate's key did not make the signature, or made it in a way that proves nothing."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """scheme: how it signed. certificate, key: SHA-256 of the certificate and of its key (SubjectPublicKeyInfo), hex.

    names_host: the certificate names the host that the hello asked for.
    """

    scheme: str
    certificate: str
    key: str
    names_host: bool


def signing_key(transcript: Transcript, host: str) -> SigningKey:
    """Raises BadSignature. Whether a public authority issued the certificate is not asked."""
    try:
        certificate = x509.load_der_x509_certificate(transcript.leaf)
        key = certificate.public_key()
        _verify(key, transcript)
        spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    except InvalidSignature:
        raise BadSignature("the certificate's key did not sign this handshake") from None
    except (*_UNREADABLE, TypeError) as error:
        raise BadSignature(f"{type(error).__name__}: {error}") from None
    return SigningKey(
        _NAMES[transcript.scheme],
        sha256(transcript.leaf).hexdigest(),
        sha256(spki).hexdigest(),
        _names(certificate, host),
    )


def _verify(key: object, transcript: Transcript) -> None:
    """Schemes with MD5 or SHA-1 are none: who may choose a part of what is signed can find two texts with one hash."""
    scheme, signature, signed = transcript.scheme, transcript.signature, transcript.signed
    old = transcript.version == "TLSv1.2"
    if isinstance(key, ec.EllipticCurvePublicKey) and scheme in _ECDSA:
        algorithm, curve = _ECDSA[scheme]
        if not old and key.curve.name != curve:
            raise BadSignature("a curve that the scheme does not have")
        key.verify(signature, signed, ec.ECDSA(algorithm))
    elif isinstance(key, rsa.RSAPublicKey) and scheme in _PSS:
        algorithm = _PSS[scheme]
        pss = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
        key.verify(signature, signed, pss, algorithm)
    elif isinstance(key, rsa.RSAPublicKey) and scheme in _PKCS1 and old:
        key.verify(signature, signed, padding.PKCS1v15(), _PKCS1[scheme])
    elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey) and scheme == (
        0x0807 if isinstance(key, ed25519.Ed25519PublicKey) else 0x0808
    ):
        key.verify(signature, signed)
    else:
        raise BadSignature(f"scheme {struct.pack('>H', scheme).hex()} with a key of this kind proves nothing")


def _names(certificate: x509.Certificate, host: str) -> bool:
    """By its alternative names; a wildcard stands for the whole first label (RFC 9525)."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = [name.lower() for name in found.get_values_for_type(x509.DNSName)]
        addresses = found.get_values_for_type(x509.IPAddress)
    except (*_UNREADABLE, x509.ExtensionNotFound):
        return False
    try:
        return ipaddress.ip_address(host.strip("[]")) in addresses
    except ValueError:
        wanted = host.lower()
        _, dot, parent = wanted.partition(".")
        return wanted in names or bool(dot and parent and f"*.{parent}" in names)
