"""Was a certificate withdrawn? From the lists that the crawl fetched and the answer that the host stapled. Pure.

A list counts when the certificate's own issuer signed it and it is meant for such certificates; a revocation in it
stands however old it is, a clean record only until the list's next update. Anything doubtful is "unknown".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from checks.chain_path import Way, issued
from checks.stapling import read_staple
from evidence.certificate_files import MALFORMED, revocation_addresses

# A list made while the crawl ran is newer than the round's time of judgement.
_AHEAD = dt.timedelta(days=1)
_KNOWN_CRITICAL = (x509.IssuingDistributionPoint, x509.CRLNumber, x509.AuthorityKeyIdentifier)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a probe saw beside the chain. time: when. issuers, lists: bodies of what certificates named. staple: DER.

    failures: why lists that were asked for did not come.
    """

    time: dt.datetime
    issuers: tuple[bytes, ...] = ()
    lists: tuple[bytes, ...] = ()
    staple: bytes = b""
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Word:
    """What one source says of one certificate. state: "good", "revoked", or why it says nothing."""

    state: str
    source: str
    updated: dt.datetime
    revoked_at: dt.datetime | None = None
    reason: str | None = None


def judge_revocation(
    way: Way, certificates: Sequence[x509.Certificate], seen: Seen, as_of: dt.datetime
) -> tuple[dict[str, Any], bool]:
    """(facts, whether the leaf or a certificate above it was revoked). certificates: those sent and those fetched."""
    limit = max(as_of, seen.time) + _AHEAD
    chain = way.path.chain or way.used
    lists = [one for body in seen.lists if (one := _read_list(body)) is not None]
    words: list[_Word] = []
    for place, certificate in enumerate(chain):
        verified = way.path.found and place + 1 < len(chain)
        issuer = chain[place + 1] if verified else _issuer_among(certificate, certificates)
        if issuer is None or issuer == certificate:
            continue
        said = list(_words(certificate, issuer, lists, limit, as_of))
        if place == 0:
            said = [*_staple_words(certificate, issuer, seen, limit, as_of), *said]
            words = said
        if (revoked := next((word for word in said if word.state == "revoked"), None)) is not None:
            return _facts(revoked, as_of, of="leaf" if place == 0 else "issuer"), True
    good = next((word for word in words if word.state == "good"), None)
    if good is not None:
        return _facts(good, as_of, of="leaf"), False
    return _unknown(words, chain, seen), False


def _issuer_among(
    certificate: x509.Certificate, candidates: Sequence[x509.Certificate]
) -> x509.Certificate | None:
    return next(
        (one for one in candidates if one != certificate and issued(certificate, one, surely=True)), None
    )


def _facts(word: _Word, as_of: dt.datetime, *, of: str) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "state": word.state,
        "source": word.source,
        "of": of,
        "updated": word.updated.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "age_days": max(0, (as_of - word.updated).days),
    }
    if word.revoked_at is not None:
        facts |= {"revoked_at": word.revoked_at.strftime("%Y-%m-%dT%H:%M:%SZ"), "reason": word.reason}
    return facts


def _unknown(words: Sequence[_Word], chain: Sequence[x509.Certificate], seen: Seen) -> dict[str, Any]:
    """detail: why nobody knows, the nearest cause first."""
    if words:
        detail = words[0].state
    elif seen.failures:
        detail = seen.failures[0]
    elif chain and revocation_addresses(chain[0]):
        detail = "unusable" if seen.lists else "not_fetched"
    else:
        detail = "unusable" if seen.staple else "no_source"
    return {"state": "unknown", "source": None, "detail": detail}


# Lists


def _read_list(body: bytes) -> x509.CertificateRevocationList | None:
    try:
        read = x509.load_pem_x509_crl if body.startswith(b"-----BEGIN") else x509.load_der_x509_crl
        found = read(body)
        _ = (found.issuer, found.extensions, found.last_update_utc, found.next_update_utc)
        return found
    except MALFORMED:
        return None


def _words(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    lists: Sequence[x509.CertificateRevocationList],
    limit: dt.datetime,
    as_of: dt.datetime,
) -> Iterator[_Word]:
    for one in lists:
        if (
            one.issuer != certificate.issuer
            or one.last_update_utc > limit
            or not _meant_for(one, certificate)
        ):
            continue
        if not _signed_by(one, issuer):
            yield _Word("bad_signature", "crl", one.last_update_utc)
            continue
        try:
            entry = one.get_revoked_certificate_by_serial_number(certificate.serial_number)
            reason = _reason(entry) if entry is not None else None
        except MALFORMED:
            continue
        if entry is not None:
            yield _Word("revoked", "crl", one.last_update_utc, entry.revocation_date_utc, reason)
        elif one.next_update_utc is None or one.next_update_utc < as_of:
            yield _Word("stale", "crl", one.last_update_utc)
        else:
            yield _Word("good", "crl", one.last_update_utc)


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


# Staples


def _staple_words(
    leaf: x509.Certificate, issuer: x509.Certificate, seen: Seen, limit: dt.datetime, as_of: dt.datetime
) -> Iterator[_Word]:
    staple = read_staple(seen.staple, leaf, issuer) if seen.staple else None
    if staple is None or staple.updated > limit:
        return
    state = staple.state
    if state == "good" and (staple.until is None or staple.until < as_of):
        state = "stale"
    yield _Word(state, "staple", staple.updated, staple.revoked_at, staple.reason)
