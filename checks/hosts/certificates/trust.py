"""Does a chain lead to a root of a bundle? Path and time are asked apart, and paths are answered by error number.

The operating system's store and its policy are never asked: bundles are files, named by their hash.
Not here: what is wrong with a single certificate (`checks.hosts.certificates.faults`), who issued whom (`checks.hosts.certificates.issuing`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import crypto

from checks.hosts.certificates.issuing import ways_up
from web.certificate_files import parsed, read_certificate, unremarked

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")
# X509_V_FLAG_NO_CHECK_TIME. Never together with a time: the two disagree between versions of OpenSSL.
_NO_CHECK_TIME = 0x200000
_UNREADABLE = -1  # No number of OpenSSL's: a certificate on the path cannot be parsed
_MOST_WAYS = 16  # Paths to a root that are tried. Others are not tried: crafted chains have thousands.
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

    @property
    def found(self) -> bool:
        return bool(self.chain)

    @property
    def unreadable(self) -> bool:
        """Whether there may be a way, with a certificate in it that cannot be read."""
        return self.error == _UNREADABLE

    @property
    def reason(self) -> str:
        return REASONS.get(self.error, "other")


class ChainVerifier:
    """One bundle at one time. Built once for a round."""

    def __init__(self, bundle: Bundle, as_of: dt.datetime) -> None:
        self.bundle = bundle
        self._as_of = as_of
        self._store = _store(bundle.roots)

    def path(self, leaf: bytes, others: Sequence[bytes]) -> Path:
        """Whatever the dates say."""
        first = _verify(self._store, leaf, others)
        if first.found or first.unreadable:
            return first
        return next((path for path in self._others(leaf, others) if path.found), first)

    def in_time(self, leaf: bytes, others: Sequence[bytes], path: Path, begun: dt.datetime) -> Path | None:
        """A path whose certificates above the leaf are inside their dates at the time of judgement; None without one.

        path: the one that was found. begun: what begins by then has begun.
        """

        def holds(path: Path) -> bool:
            return path.found and all(
                one.not_valid_before_utc <= begun and self._as_of <= one.not_valid_after_utc
                for one in path.chain[1:]
            )

        return next(filter(holds, itertools.chain((path,), self._others(leaf, others))), None)

    def _others(self, leaf: bytes, others: Sequence[bytes]) -> Iterator[Path]:
        """Every way that signatures allow, each verified alone."""
        certificate = parsed(leaf)
        if certificate is None:
            return
        between = [one for der in others if (one := parsed(der)) is not None]
        for way in itertools.islice(ways_up(certificate, between, self._roots), _MOST_WAYS):
            root = crypto.X509.from_cryptography(way[-1])
            yield _verify(_store([root]), leaf, [one.public_bytes(Encoding.DER) for one in way[1:-1]])

    @cached_property
    def _roots(self) -> dict[bytes, list[x509.Certificate]]:
        found: dict[bytes, list[x509.Certificate]] = {}
        for root in self.bundle.roots:
            if (one := parsed(_der(root))) is not None:
                found.setdefault(one.subject.public_bytes(), []).append(one)
        return found


def _store(roots: Iterable[crypto.X509]) -> crypto.X509Store:
    store = crypto.X509Store()
    for root in roots:
        store.add_cert(root)
    store.set_flags(_NO_CHECK_TIME)
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
        return Path(error=int(error.errors[0]))
    *used, root = map(_der, verified)
    read = [one for der in used if (one := parsed(der)) is not None]
    try:
        return Path((*read, read_certificate(root))) if len(read) == len(used) else Path(error=_UNREADABLE)
    except ValueError:
        return Path(error=_UNREADABLE)
