"""Certificates and addresses as other files carry them: what issuers publish, and where a certificate points.

Read by the prober to know what to fetch, by the checks to judge what came. Hostile bytes never raise.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cryptography import x509
from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import AuthorityInformationAccessOID

# What a malformed certificate may raise out of a lazily parsed field.
MALFORMED = (
    ValueError, TypeError, OverflowError, UnsupportedAlgorithm, InternalError, x509.DuplicateExtension,
    x509.InvalidVersion, x509.UnsupportedGeneralNameType,
)  # fmt: skip
_MOST = 10
_BEGIN, _END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"


@contextmanager
def unremarked() -> Iterator[None]:
    """Reading hostile certificates without the library's remarks on standard error.

    It makes them about what merely breaks the profile, such as a name of more than 64 characters, and about names not only
    when they are read, but whenever they are asked for.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        warnings.filterwarnings("ignore", "Attribute's length must be", UserWarning)
        yield


def read_certificate(der: bytes) -> x509.Certificate:
    """Raises ValueError. What merely breaks the profile (a serial number of zero) is read without a word."""
    with unremarked():
        try:
            return x509.load_der_x509_certificate(der)
        except x509.InvalidVersion as error:
            raise ValueError(str(error)) from error


def parsed(der: bytes) -> x509.Certificate | None:
    """With the fields that are read lazily asked for, so that they raise nowhere else; None when one is malformed."""
    with unremarked():
        try:
            certificate = read_certificate(der)
            _ = (certificate.subject, certificate.issuer, certificate.extensions, certificate.public_key())
            _ = (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
            return certificate
        except MALFORMED:
            return None


def certificates_in(data: bytes) -> tuple[bytes, ...]:
    """DER of what an issuer published: one certificate, PEM, or PKCS #7 with a few; () when it is none of these."""
    found = [certificate for block in _blocks(data) for certificate in _attempt(_pem, block)]
    return tuple(map(_der, found or _attempt(_single, data) or _attempt(_several, data)))


def _blocks(data: bytes) -> Iterator[bytes]:
    """Of PEM, the first few. Not by a pattern: it would look for an end from every beginning anew."""
    at = 0
    for _ in range(_MOST):
        begin = data.find(_BEGIN, at)
        end = data.find(_END, begin) if begin >= 0 else -1
        if end < 0:
            return
        at = end + len(_END)
        yield data[begin:at]


def _pem(data: bytes) -> list[x509.Certificate]:
    return [x509.load_pem_x509_certificate(data)]


def _single(data: bytes) -> list[x509.Certificate]:
    return [read_certificate(data)]


def _several(data: bytes) -> list[x509.Certificate]:
    return pkcs7.load_der_pkcs7_certificates(data)[:_MOST]


def _attempt(read: Callable[[bytes], list[x509.Certificate]], data: bytes) -> list[x509.Certificate]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as that it was no strict DER
            return read(data)
    except MALFORMED:
        return []


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def issuer_addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where the certificate says that its issuer's can be had."""
    return _access(certificate, AuthorityInformationAccessOID.CA_ISSUERS)


def responder_addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where the certificate says that somebody answers whether it was revoked (OCSP)."""
    return _access(certificate, AuthorityInformationAccessOID.OCSP)


def _access(certificate: x509.Certificate, method: x509.ObjectIdentifier) -> tuple[str, ...]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, *MALFORMED):
        return ()
    return tuple(
        str(entry.access_location.value)
        for entry in access
        if entry.access_method == method and isinstance(entry.access_location, x509.UniformResourceIdentifier)
    )


def revocation_addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where the certificate says that its issuer's whole list of revoked certificates can be had."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, *MALFORMED):
        return ()
    return tuple(
        str(name.value)
        for point in points
        if point.full_name is not None and point.reasons is None and point.crl_issuer is None
        for name in point.full_name
        if isinstance(name, x509.UniformResourceIdentifier)
    )
