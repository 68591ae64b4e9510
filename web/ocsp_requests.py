"""Requests for an answer on one certificate's revocation (OCSP), as they stand in an address.

RFC 6960 appendix A.1: a request of at most 255 bytes, address and all, goes by GET, with its DER in Base64 as the last part
of the path. Made by the prober, and read by the checks, which so know what an answer answers. Pure.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import quote, unquote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from web.certificate_files import MALFORMED

MOST_BYTES = 255


def request_address(
    responder: str, certificate: x509.Certificate, issuer: x509.Certificate | None
) -> str | None:
    """responder: an http address, as the certificate names it. issuer: None when nobody sent its certificate, as with roots.

    None when the request is too long for GET, when the address has a query, after which nothing can stand, or when nothing
    tells the issuer's key.
    """
    if "?" in responder or "#" in responder:
        return None
    try:
        request = _built(certificate, issuer).public_bytes(Encoding.DER)
    except (x509.ExtensionNotFound, *MALFORMED):
        return None
    address = f"{responder.removesuffix('/')}/{quote(base64.b64encode(request), safe='')}"
    return address if len(address) <= MOST_BYTES else None


def _built(certificate: x509.Certificate, issuer: x509.Certificate | None) -> ocsp.OCSPRequest:
    # Not every responder knows a longer hash (RFC 5019 asks for this one); it proves nothing here.
    algorithm = hashes.SHA1()  # noqa: S303
    builder = ocsp.OCSPRequestBuilder()
    if issuer is not None:
        return builder.add_certificate(certificate, issuer, algorithm).build()
    hashed = hashes.Hash(algorithm)
    hashed.update(certificate.issuer.public_bytes())
    # Of most issuers the hash of their key (RFC 5280 4.2.1.2); another one is answered with "unauthorized".
    named = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    if named is None:
        raise ValueError("names no key of its issuer")
    return builder.add_certificate_by_hash(
        hashed.finalize(), named, certificate.serial_number, algorithm
    ).build()


def asked_serial(address: str) -> int | None:
    """The serial number of the certificate that a request asks about; None when it is no such request."""
    try:
        der = base64.b64decode(unquote(address.rpartition("/")[2]), validate=True)
        return ocsp.load_der_ocsp_request(der).serial_number
    except (binascii.Error, *MALFORMED):
        return None
