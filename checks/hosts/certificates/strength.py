"""How strong a certificate is, what it may be used for, and how long it lives. Of single certificates, pure.

Lifetime limits bind public CAs alone and depend on the day of issue (CA/Browser Forum, ballots SC-031 and
SC-081v3): they are facts, and no problem of the host's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from checks.hosts.certificates.issuing import self_issued
from web.certificate_files import MALFORMED

_WEAK_HASHES = frozenset({"md2", "md4", "md5", "sha1"})
# Bits of a key. Shorter is weak for browsers' root programs (CA/Browser Forum, 6.1.5).
_SHORTEST_RSA, _SHORTEST_CURVE = 2048, 256
_FOR_SERVERS = {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
# Old marks of issuers that stand for servers too: step-up encryption of Netscape and of Microsoft.
_STEP_UP = {x509.ObjectIdentifier("2.16.840.1.113730.4.1"), x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.3")}

# The longest life in days of what public CAs issue from a day on; the newest rule first.
LIFETIMES = (
    (dt.datetime(2029, 3, 15, tzinfo=dt.UTC), 47),
    (dt.datetime(2027, 3, 15, tzinfo=dt.UTC), 100),
    (dt.datetime(2026, 3, 15, tzinfo=dt.UTC), 200),
    (dt.datetime(2020, 9, 1, tzinfo=dt.UTC), 398),
)


def strength_problems(certificates: Sequence[x509.Certificate]) -> set[str]:
    """Of the leaf and what issued it, roots left out: a root's own signature protects nothing."""
    problems: set[str] = set()
    for certificate in certificates:
        key = certificate.public_key()
        if (isinstance(key, rsa.RSAPublicKey | dsa.DSAPublicKey) and key.key_size < _SHORTEST_RSA) or (
            isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < _SHORTEST_CURVE
        ):
            problems.add("weak_key")
        if signature_hash(certificate) in _WEAK_HASHES and not self_issued(certificate):
            problems.add("weak_signature")
    return problems


def signature_hash(certificate: x509.Certificate) -> str | None:
    """None for signatures that need none (Ed25519), and for those that the library does not know."""
    try:
        algorithm = certificate.signature_hash_algorithm
    except MALFORMED:
        return None
    return algorithm.name if algorithm is not None else None


def key_name(certificate: x509.Certificate) -> str:
    """Kind and size, as in "RSA 2048"."""
    key = certificate.public_key()
    kind = type(key).__name__.strip("_").removesuffix("PublicKey")
    return f"{kind} {getattr(key, 'key_size', '')}".strip()


def usage_problems(leaf: x509.Certificate, issuers: Sequence[x509.Certificate]) -> set[str]:
    """A server's certificate is no CA, and is for servers when it says what it is for; so do its issuers."""
    if not _serves(leaf, _FOR_SERVERS) or not all(_serves(c, _FOR_SERVERS | _STEP_UP) for c in issuers):
        return {"wrong_usage"}
    extensions = leaf.extensions
    try:
        if extensions.get_extension_for_class(x509.BasicConstraints).value.ca and not self_issued(leaf):
            return {"wrong_usage"}
    except x509.ExtensionNotFound:
        pass
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        if not (usage.digital_signature or usage.key_encipherment or usage.key_agreement):
            return {"wrong_usage"}
    except x509.ExtensionNotFound:
        pass
    return set()


def _serves(certificate: x509.Certificate, allowed: set[x509.ObjectIdentifier]) -> bool:
    try:
        purposes = set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return True
    return bool(purposes & allowed)


def lifetime(leaf: x509.Certificate, *, public: bool) -> dict[str, Any]:
    """days: of validity, begun ones counted. limit: of public CAs on the day of issue; None where none binds."""
    span = leaf.not_valid_after_utc - leaf.not_valid_before_utc + dt.timedelta(seconds=1)
    days = -(-span // dt.timedelta(days=1))
    limit = next((most for start, most in LIFETIMES if leaf.not_valid_before_utc >= start), None)
    if not public or limit is None:
        return {"days": days, "limit": None, "over": None}
    return {"days": days, "limit": limit, "over": days > limit}


def must_staple(leaf: x509.Certificate) -> bool:
    """Whether the certificate binds its server to staple an answer on its revocation."""
    try:
        feature = leaf.extensions.get_extension_for_class(x509.TLSFeature).value
    except x509.ExtensionNotFound:
        return False
    return x509.TLSFeatureType.status_request in feature
