"""Does a chain lead to a root of a bundle? Path and time are asked apart, and answered by error number.

The operating system's store and its policy are never asked: bundles are files, named by their hash.
Not here: what is wrong with a single certificate (`checks.certificates`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cryptography import x509
from OpenSSL import crypto

from evidence.certificate_files import parsed, read_certificate, unremarked

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
# X509_V_FLAG_NO_CHECK_TIME. Never together with a time: the two disagree between versions of OpenSSL.
_NO_CHECK_TIME = 0x200000
_TOO_EARLY, _TOO_LATE = 9, 10
_UNREADABLE = -1
# Numbers that OpenSSL has kept; its words for them change between versions.
REASONS = {
    2: "issuer_unknown", 20: "issuer_unknown", 21: "issuer_unknown", 18: "self_signed", 19: "unknown_root",
    7: "bad_signature", 24: "issuer_no_authority", 79: "issuer_no_authority", 32: "issuer_no_authority",
    22: "path_too_long", 25: "path_too_long", 34: "unknown_critical", 47: "name_constraints",
    48: "name_constraints", 51: "name_constraints", 53: "name_constraints", _UNREADABLE: "unreadable",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bundle:
    """Trusted roots. sha256: of the files."""

    sha256: tuple[str, ...]
    roots: tuple[crypto.X509, ...]

    @classmethod
    def read(cls, files: Iterable[bytes]) -> Bundle:
        """From PEM files; a certificate that cannot be read is none."""
        roots: list[crypto.X509] = []
        hashes: list[str] = []
        for data in files:
            hashes.append(hashlib.sha256(data).hexdigest())
            for block in _PEM.findall(data):
                try:
                    roots.append(crypto.load_certificate(crypto.FILETYPE_PEM, block))
                except crypto.Error:
                    continue
        return cls(tuple(hashes), tuple(roots))


@dataclass(frozen=True, slots=True)
class Pool:
    """Issuing CAs seen anywhere in the round, by subject (DER), to fill gaps of chains with."""

    by_subject: Mapping[bytes, tuple[bytes, ...]] = field(default_factory=dict)

    @classmethod
    @unremarked()
    def of(cls, ders: Iterable[bytes]) -> Pool:
        found: dict[bytes, tuple[bytes, ...]] = {}
        for der in sorted(set(ders)):
            certificate = parsed(der)
            if certificate is not None:
                key = certificate.subject.public_bytes()
                found[key] = (*found.get(key, ()), der)
        return cls(found)

    def above(self, certificates: Sequence[x509.Certificate], most: int = 20) -> tuple[bytes, ...]:
        """Those that may have issued these, and what may have issued them."""
        found: dict[bytes, None] = {}
        names = [certificate.issuer.public_bytes() for certificate in certificates]
        while names and len(found) < most:
            for der in self.by_subject.get(names.pop(), ()):
                if der not in found:
                    found[der] = None
                    names.append(read_certificate(der).issuer.public_bytes())
        return tuple(found)


def _der(certificate: crypto.X509) -> bytes:
    return crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)


@dataclass(frozen=True, slots=True)
class Path:
    """The way from a leaf to a root. chain: leaf first; () when there is none. error: OpenSSL's number."""

    chain: tuple[x509.Certificate, ...] = ()
    error: int = 0
    depth: int = 0

    @property
    def found(self) -> bool:
        return bool(self.chain)

    @property
    def reason(self) -> str:
        return REASONS.get(self.error, "other")


class Verifier:
    """One bundle, with and without a clock. Built once for a round."""

    def __init__(self, bundle: Bundle, as_of: dt.datetime) -> None:
        self.bundle = bundle
        self._untimed = _store(bundle)
        self._untimed.set_flags(_NO_CHECK_TIME)
        self._timed = _store(bundle)
        self._timed.set_time(as_of.astimezone(dt.UTC).replace(tzinfo=None))

    def path(self, leaf: bytes, others: Sequence[bytes]) -> Path:
        """Whatever the dates say."""
        return _verify(self._untimed, leaf, others)

    def intermediate_out_of_date(self, leaf: bytes, others: Sequence[bytes]) -> bool:
        """Whether every path meets, above the leaf, a certificate outside its dates at the time of judgement."""
        path = _verify(self._timed, leaf, others)
        return path.error in (_TOO_EARLY, _TOO_LATE) and path.depth > 0


def _store(bundle: Bundle) -> crypto.X509Store:
    store = crypto.X509Store()
    for root in bundle.roots:
        store.add_cert(root)
    return store


def _load(der: bytes) -> crypto.X509 | None:
    try:
        return crypto.load_certificate(crypto.FILETYPE_ASN1, der)
    except crypto.Error:
        return None


def _verify(store: crypto.X509Store, leaf: bytes, others: Sequence[bytes]) -> Path:
    certificate = _load(leaf)
    if certificate is None:
        return Path(error=_UNREADABLE)
    chain = [other for der in others if (other := _load(der)) is not None]
    context = crypto.X509StoreContext(store, certificate, chain)
    try:
        verified = context.get_verified_chain()
    except crypto.X509StoreContextError as error:
        code, depth = int(error.errors[0]), int(error.errors[1])
        return Path(error=code, depth=depth)
    try:
        return Path(tuple(read_certificate(_der(one)) for one in verified))
    except ValueError:
        return Path(error=_UNREADABLE)
