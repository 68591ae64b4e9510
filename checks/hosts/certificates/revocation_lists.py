"""What lists of revoked certificates say of one certificate. Signature and scope checked. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from web.certificate_files import MALFORMED, revocation_addresses

_KNOWN_CRITICAL = (x509.IssuingDistributionPoint, x509.CRLNumber, x509.AuthorityKeyIdentifier)
_ON_HOLD = x509.ReasonFlags.certificate_hold.value


@dataclass(frozen=True, slots=True)
class Word:
    """What one source says of one certificate. state: "good", "revoked", or why it says nothing."""

    state: str
    source: str
    updated: dt.datetime
    revoked_at: dt.datetime | None = None
    reason: str | None = None

    def at(self, until: dt.datetime | None, as_of: dt.datetime) -> Word:
        """The same when it is read at `as_of` and speaks till `until` (None: no day is told). What was revoked stays
        revoked for ever, what was put on hold may have been let go since.
        """
        lasts = self.state == "revoked" and self.reason != _ON_HOLD
        over = self.state in ("good", "revoked") and (until is None or until < as_of)
        return replace(self, state="stale") if over and not lasts else self


def read_list(body: bytes) -> x509.CertificateRevocationList | None:
    try:
        read = x509.load_pem_x509_crl if body.startswith(b"-----BEGIN") else x509.load_der_x509_crl
        found = read(body)
        _ = (found.issuer, found.extensions, found.last_update_utc, found.next_update_utc)
        return found
    except MALFORMED:
        return None


def list_words(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    lists: Sequence[x509.CertificateRevocationList],
    limit: dt.datetime,
    as_of: dt.datetime,
) -> Iterator[Word]:
    for one in lists:
        if (
            one.issuer != certificate.issuer
            or one.last_update_utc > limit
            or not _meant_for(one, certificate)
        ):
            continue
        if not _signed_by(one, issuer):
            yield Word("bad_signature", "crl", one.last_update_utc)
            continue
        try:
            entry = one.get_revoked_certificate_by_serial_number(certificate.serial_number)
            reason = _reason(entry) if entry is not None else None
        except MALFORMED:
            continue
        if entry is not None:
            word = Word("revoked", "crl", one.last_update_utc, entry.revocation_date_utc, reason)
        else:
            word = Word("good", "crl", one.last_update_utc)
        yield word.at(one.next_update_utc, as_of)


def _reason(entry: x509.RevokedCertificate) -> str | None:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
    except x509.ExtensionNotFound:
        return None


def _meant_for(one: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """A whole list, or that part of one which the certificate points at; parts by reason or issuer are not read."""
    for extension in one.extensions:
        value = extension.value
        if isinstance(value, x509.IssuingDistributionPoint):
            if value.only_some_reasons or value.indirect_crl or value.only_contains_attribute_certs:
                return False
            if (
                value.only_contains_ca_certs
                if not _is_authority(certificate)
                else value.only_contains_user_certs
            ):
                return False
            if value.relative_name is not None:
                return False
            names = {
                str(name.value)
                for name in value.full_name or ()
                if isinstance(name, x509.UniformResourceIdentifier)
            }
            if value.full_name is not None and not names & set(revocation_addresses(certificate)):
                return False
        elif isinstance(value, x509.DeltaCRLIndicator) or (
            extension.critical and not isinstance(value, _KNOWN_CRITICAL)
        ):
            return False
    return True


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _signed_by(one: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        if not usage.crl_sign:
            return False
    except x509.ExtensionNotFound:
        pass
    try:
        return one.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # keys that cannot sign raise
    except (InvalidSignature, *MALFORMED):
        return False
