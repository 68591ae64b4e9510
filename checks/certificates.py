"""What is wrong with a certificate chain, as a pure function of (chain, name, trust, time).

Facts are kept apart (path, order, time, name, strength), never folded into one letter. Revocation is judged
from a stapled answer only.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from checks.host_names import name_problems
from checks.trust import Path, Verifier, read_certificate

SOON = dt.timedelta(days=14)
_WEAK_HASHES = frozenset({"md2", "md4", "md5", "sha1"})
# What a malformed certificate may raise out of a lazily parsed field.
_MALFORMED = (ValueError, UnsupportedAlgorithm, TypeError, x509.DuplicateExtension)


@dataclass(frozen=True, slots=True)
class Trust:
    """What chains are held against. pool: issuing CAs seen anywhere in the round (DER), to fill gaps with."""

    public: Verifier
    national: Verifier
    pool: tuple[bytes, ...] = ()


@dataclass(slots=True)
class ChainJudgement:
    """problems: codes of the contract. facts: JSON values. readable: False when the leaf cannot be parsed."""

    problems: set[str] = field(default_factory=set)
    facts: dict[str, Any] = field(default_factory=dict)
    readable: bool = True


def judge_chain(chain: Sequence[bytes], name: str, trust: Trust, as_of: dt.datetime) -> ChainJudgement:
    """chain: DER in the order sent, leaf first. name: host name as the URL carries it."""
    judgement = ChainJudgement()
    parsed = [certificate for der in chain if (certificate := _parse(der)) is not None]
    if not chain or _parse(chain[0]) is None:
        judgement.readable = False
        return judgement
    leaf = parsed[0]
    judgement.facts["chain"] = [_summary(certificate) for certificate in parsed]
    judgement.problems |= name_problems(leaf, name, judgement.facts)
    judgement.problems |= _time_problems(leaf, as_of, judgement.facts)
    path = _path_problems(chain, parsed, trust, judgement)
    above = _sent_issuers(leaf, parsed)
    used = path.chain[1:-1] if path.found else [c for c in above if not _self_issued(c)]
    judgement.problems |= _strength_problems([leaf, *(c for c in used if not _self_issued(c))])
    judgement.problems |= _usage_problems(leaf)
    if not path.found and any(_out_of_date(certificate, as_of) for certificate in used):
        judgement.problems.add("intermediate_expired")
    return judgement


def _parse(der: bytes) -> x509.Certificate | None:
    try:
        certificate = read_certificate(der)
        # Fields are parsed when they are first asked for: ask now.
        _ = (certificate.subject, certificate.issuer, certificate.extensions, certificate.public_key())
        return certificate
    except _MALFORMED:
        return None


def _summary(certificate: x509.Certificate) -> dict[str, Any]:
    key = certificate.public_key()
    algorithm = certificate.signature_hash_algorithm if _has_hash(certificate) else None
    return {
        "subject": certificate.subject.rfc4514_string()[:300],
        "issuer": certificate.issuer.rfc4514_string()[:300],
        "not_before": certificate.not_valid_before_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "not_after": certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "key": f"{type(key).__name__.strip('_').removesuffix('PublicKey')} {getattr(key, 'key_size', '')}".strip(),
        "signature": algorithm.name if algorithm is not None else None,
        "sha256": hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest(),
    }


# Time


def _time_problems(leaf: x509.Certificate, as_of: dt.datetime, facts: dict[str, Any]) -> set[str]:
    facts["days_left"] = (leaf.not_valid_after_utc - as_of).days
    if leaf.not_valid_before_utc > as_of:
        return {"not_yet_valid"}
    if leaf.not_valid_after_utc < as_of:
        return {"expired"}
    return {"expires_soon"} if leaf.not_valid_after_utc - as_of < SOON else set()


def _out_of_date(certificate: x509.Certificate, as_of: dt.datetime) -> bool:
    return not certificate.not_valid_before_utc <= as_of <= certificate.not_valid_after_utc


# Path


def _path_problems(
    chain: Sequence[bytes], parsed: Sequence[x509.Certificate], trust: Trust, judgement: ChainJudgement
) -> Path:
    leaf, others = chain[0], chain[1:]
    problems, facts = judgement.problems, judgement.facts
    facts["bundles"] = {"public": trust.public.bundle.sha256, "national": trust.national.bundle.sha256}
    for kind, verifier in (("public", trust.public), ("national_only", trust.national)):
        for sent, extra in ((True, ()), (False, trust.pool)):
            path = verifier.path(leaf, [*others, *extra])
            if not path.found:
                continue
            facts["path"] = kind
            facts["complete"] = sent
            if kind == "national_only":
                problems.add(kind)
            if not sent:
                problems.add("incomplete_chain")
            elif _misordered(parsed, path):
                problems.add("misordered_chain")
            if verifier.intermediate_out_of_date(leaf, [*others, *extra]):
                problems.add("intermediate_expired")
            return path
    path = trust.public.path(leaf, others)
    facts["path_error"] = path.error
    facts["complete"] = None
    if _self_issued(parsed[0]):
        facts["path"] = "self_signed"
        problems.add("self_signed")
    elif _lacks_issuers(parsed):
        facts["path"] = "none"
        facts["complete"] = False
        problems.add("incomplete_chain")
    else:
        facts["path"] = "untrusted"
        problems.add("untrusted")
    return path


def _lacks_issuers(parsed: Sequence[x509.Certificate]) -> bool:
    """Whether the chain stops short of an issuer that the leaf says can be had.

    A root need not be sent, so an absent issuer alone does not tell an incomplete chain from an unknown root.
    """
    return not _sent_issuers(parsed[0], parsed) and _names_issuer_address(parsed[0])


def _names_issuer_address(certificate: x509.Certificate) -> bool:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return False
    return any(entry.access_method == AuthorityInformationAccessOID.CA_ISSUERS for entry in access)


def _sent_issuers(leaf: x509.Certificate, parsed: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """The certificates sent that sign one another upwards from the leaf, nearest first."""
    above: list[x509.Certificate] = []
    current = leaf
    while not _self_issued(current):
        issuer = next((c for c in parsed if c not in above and c != leaf and _issued(current, c)), None)
        if issuer is None:
            break
        above.append(issuer)
        current = issuer
    return above


def _issued(child: x509.Certificate, issuer: x509.Certificate) -> bool:
    if child.issuer != issuer.subject:
        return False
    try:
        child.verify_directly_issued_by(issuer)
    except InvalidSignature:
        return False
    except _MALFORMED:
        pass  # a signature too weak for the library to check: the names have to do
    return True


def _self_issued(certificate: x509.Certificate) -> bool:
    return certificate.issuer == certificate.subject and _issued(certificate, certificate)


def _misordered(parsed: Sequence[x509.Certificate], path: Path) -> bool:
    """Whether the certificates of the path were sent in another order than each one after what it issued."""
    places = [parsed.index(certificate) for certificate in path.chain if certificate in parsed]
    return places != sorted(places)


# Strength and usage


def _strength_problems(certificates: Sequence[x509.Certificate]) -> set[str]:
    """Of the leaf and what issued it; a root's own signature protects nothing."""
    problems: set[str] = set()
    for certificate in certificates:
        key = certificate.public_key()
        if (isinstance(key, rsa.RSAPublicKey | dsa.DSAPublicKey) and key.key_size < 2048) or (
            isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < 256
        ):
            problems.add("weak_key")
        if _has_hash(certificate):
            algorithm = certificate.signature_hash_algorithm
            if algorithm is not None and algorithm.name in _WEAK_HASHES and not _self_issued(certificate):
                problems.add("weak_signature")
    return problems


def _has_hash(certificate: x509.Certificate) -> bool:
    try:
        return certificate.signature_hash_algorithm is not None
    except _MALFORMED:
        return False


def _usage_problems(leaf: x509.Certificate) -> set[str]:
    """A server's certificate is no CA, and is for servers when it says what it is for."""
    extensions = leaf.extensions
    try:
        purposes = set(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        if not purposes & {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}:
            return {"wrong_usage"}
    except x509.ExtensionNotFound:
        pass
    try:
        if extensions.get_extension_for_class(x509.BasicConstraints).value.ca and not _self_issued(leaf):
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
