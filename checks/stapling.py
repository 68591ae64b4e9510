"""Does the answer stapled to a handshake say that the certificate was revoked? Signature checked. Pure."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from checks.trust import read_certificate


def revoked_by_staple(chain: Sequence[bytes], staple: str, seen: dt.datetime) -> bool:
    """chain: DER, leaf first. staple: base64. seen: when it came. Anything doubtful is no revocation."""
    try:
        answer = ocsp.load_der_ocsp_response(base64.b64decode(staple))
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return False
        leaf, *issuers = (read_certificate(der) for der in chain)
        return (
            answer.certificate_status is ocsp.OCSPCertStatus.REVOKED
            and answer.serial_number == leaf.serial_number
            and answer.this_update_utc <= seen
            and any(_signed_for(answer, leaf, issuer) for issuer in issuers)
        )
    except (ValueError, TypeError, UnsupportedAlgorithm, binascii.Error, x509.DuplicateExtension):
        return False


def _signed_for(answer: ocsp.OCSPResponse, leaf: x509.Certificate, issuer: x509.Certificate) -> bool:
    """By the certificate's issuer, or by a responder that the issuer named for it."""
    try:
        leaf.verify_directly_issued_by(issuer)
        if _signed_by(answer, issuer):
            return True
        for responder in answer.certificates:
            purposes = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            if ExtendedKeyUsageOID.OCSP_SIGNING in purposes:
                responder.verify_directly_issued_by(issuer)
                if _signed_by(answer, responder):
                    return True
    except (InvalidSignature, x509.ExtensionNotFound, ValueError, TypeError):
        return False
    return False


def _signed_by(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key, algorithm = signer.public_key(), answer.signature_hash_algorithm
    if algorithm is None:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True
