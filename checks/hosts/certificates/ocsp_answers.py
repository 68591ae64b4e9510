"""What an answer on one certificate's revocation (OCSP, RFC 6960) says: stapled by its host, or a responder's. Pure.

It counts when it is about this certificate and the certificate's own issuer signed it, or a delegate whom that issuer named for
answering and whose own time had not ended. A nonce is not looked at: nobody asked for one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from web.certificate_files import MALFORMED

_MOST_DELEGATES = 5  # that an answer may bring along
_ALWAYS = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class OcspAnswer:
    """state: "good", "revoked" or "unknown". updated, until: the days it speaks for, by a delegate no longer than till its
    own last day. revoked_at, reason: of a revocation.
    """

    state: str
    updated: dt.datetime
    until: dt.datetime | None
    revoked_at: dt.datetime | None = None
    reason: str | None = None


def read_answer(data: bytes, certificate: x509.Certificate, issuer: x509.Certificate) -> OcspAnswer | str:
    """data: DER. Why it says nothing otherwise: "unusable", "no_answer" (the responder had none to give),
    "other_certificate" or "bad_signature".
    """
    try:
        answer = ocsp.load_der_ocsp_response(data)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return "no_answer"
        about = [one for one in answer.responses if _is_about(one, certificate, issuer)]
        if not about:
            return "other_certificate"
        until = _signed_until(answer, certificate, issuer)
        if until is None:
            return "bad_signature"
        said = [_read(one, until) for one in about]
        return next((one for one in said if one.state == "revoked"), said[0])
    except MALFORMED:
        return "unusable"


def _is_about(
    single: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate
) -> bool:
    if single.serial_number != certificate.serial_number:
        return False
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, single.hash_algorithm)
    own = builder.build()
    return (single.issuer_name_hash, single.issuer_key_hash) == (own.issuer_name_hash, own.issuer_key_hash)


def _read(single: ocsp.OCSPSingleResponse, signed_until: dt.datetime) -> OcspAnswer:
    state = {ocsp.OCSPCertStatus.GOOD: "good", ocsp.OCSPCertStatus.REVOKED: "revoked"}
    reason, until = single.revocation_reason, single.next_update_utc
    return OcspAnswer(
        state.get(single.certificate_status, "unknown"),
        single.this_update_utc,
        min(until, signed_until) if until is not None else None,
        single.revocation_time_utc,
        reason.value if reason is not None else None,
    )


def _signed_until(
    answer: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate
) -> dt.datetime | None:
    """Until when that counts: for good by the certificate's issuer, till its last day by a delegate of the issuer's; None for
    anybody else.
    """
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *MALFORMED):
        return None
    if _signed_by(answer, issuer):
        return _ALWAYS
    for delegate in answer.certificates[:_MOST_DELEGATES]:
        if _is_delegate(delegate, issuer, answer.produced_at_utc) and _signed_by(answer, delegate):
            return delegate.not_valid_after_utc
    return None


def _is_delegate(delegate: x509.Certificate, issuer: x509.Certificate, when: dt.datetime) -> bool:
    try:
        purposes = delegate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        delegate.verify_directly_issued_by(issuer)
    except (InvalidSignature, x509.ExtensionNotFound, *MALFORMED):
        return False
    in_time = delegate.not_valid_before_utc <= when <= delegate.not_valid_after_utc
    return in_time and ExtendedKeyUsageOID.OCSP_SIGNING in purposes


def _signed_by(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    try:
        key, algorithm = signer.public_key(), answer.signature_hash_algorithm
        signature, signed = answer.signature, answer.tbs_response_bytes
        if isinstance(key, rsa.RSAPublicKey) and algorithm is not None:
            key.verify(signature, signed, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm is not None:
            key.verify(signature, signed, ec.ECDSA(algorithm))
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(signature, signed)
        else:
            return False
    except (InvalidSignature, *MALFORMED):
        return False
    return True
