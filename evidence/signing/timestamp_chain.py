"""Whether a token's certificate chains to the roots that the auditor named, at the token's own time.

Chains are built by OpenSSL, as `openssl ts -verify` does. Revocation is not asked about: that needs a network.
"""

from __future__ import annotations

import hashlib

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from OpenSSL import crypto

from evidence.errors import EvidenceError
from evidence.signing.timestamp_token import TimestampToken

Roots = tuple[x509.Certificate, ...]


def parse_roots(pem: bytes) -> Roots:
    """Raises EvidenceError when it holds no certificate, or one that cannot be read."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError as error:
        raise EvidenceError(f"roots of time-stamping authorities: {error}") from None


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of its key: the same after the certificate was renewed."""
    key = certificate.public_key()
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def why_untrusted(token: TimestampToken, roots: Roots) -> str:
    """Why it chains to none of the roots; "" when it does."""
    store = crypto.X509Store()
    for root in roots:
        store.add_cert(crypto.X509.from_cryptography(root))
    store.set_time(token.time)
    try:
        others = [crypto.X509.from_cryptography(certificate) for certificate in token.others]
        signer = crypto.X509.from_cryptography(token.signer)
        crypto.X509StoreContext(store, signer, others).verify_certificate()
    except crypto.X509StoreContextError as error:
        return str(error)
    except crypto.Error as error:
        return f"the chain cannot be built: {error}"
    return ""
