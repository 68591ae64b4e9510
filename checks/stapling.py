"""What an answer stapled to a handshake says of the certificate's revocation. Signature checked. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from evidence.certificate_files import MALFORMED


@dataclass(frozen=True, slots=True)
class Staple:
    """state: "good", "revoked" or "unknown". updated, until: the days it speaks for. revoked_at, reason: of a
    revocation.
    """

    state: str
    updated: dt.datetime
    until: dt.datetime | None
    revoked_at: dt.datetime | None = None
    reason: str | None = None


def read_staple(data: bytes, leaf: x509.Certificate, issuer: x509.Certificate) -> Staple | None:
    """data: DER. None unless the issuer, or a responder of the issuer's, signed it for this certificate."""
    try:
        answer = ocsp.load_der_ocsp_response(data)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return None
        if not _signed_for(answer, leaf, issuer):
            return None
        for single in answer.responses:
            if single.serial_number == leaf.serial_number:
                return _read(single)
    except MALFORMED:
        return None
    return None


def _read(single: ocsp.OCSPSingleResponse) -> Staple:
    state = {ocsp.OCSPCertStatus.GOOD: "good", ocsp.OCSPCertStatus.REVOKED: "revoked"}
    reason = single.revocation_reason
    return Staple(
        state.get(single.certificate_status, "unknown"),
        single.this_update_utc,
        single.next_update_utc,
        single.revocation_time_utc,
        reason.value if reason is not None else None,
    )


def _signed_for(answer: ocsp.OCSPResponse, leaf: x509.Certificate, issuer: x509.Certificate) -> bool:
    """By the certificate's issuer, or by a responder that the issuer named for it."""
    try:
        leaf.verify_directly_issued_by(issuer)
    except (InvalidSignature, *MALFORMED):
        return False
    return _signed_by(answer, issuer) or any(
        _is_responder(responder, issuer, answer.produced_at_utc) and _signed_by(answer, responder)
        for responder in answer.certificates
    )


def _is_responder(responder: x509.Certificate, issuer: x509.Certificate, when: dt.datetime) -> bool:
    try:
        purposes = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        responder.verify_directly_issued_by(issuer)
    except (InvalidSignature, x509.ExtensionNotFound, *MALFORMED):
        return False
    in_time = responder.not_valid_before_utc <= when <= responder.not_valid_after_utc
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
