"""The way of a chain to a root: whether there is one, whose, and what the host left out or sent in disorder.

Path and completeness are facts of their own: a chain can be incomplete and trusted, and untrusted and complete.
Not here: dates, names, strength (`checks.hosts.certificates.faults`), the verification itself (`checks.hosts.certificates.trust`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cryptography import x509

from checks.hosts.certificates.issuing import issued, self_issued
from checks.hosts.certificates.trust import ChainVerifier, Path, Pool
from web.certificate_files import issuer_addresses, parsed


@dataclass(frozen=True, slots=True)
class Trust:
    """What chains are held against. pool: issuing CAs seen anywhere in the round, to fill gaps with."""

    public: ChainVerifier
    national: ChainVerifier
    pool: Pool = field(default_factory=Pool)


@dataclass(frozen=True, slots=True)
class Way:
    """How far a chain leads.

    kind: "public", "national_only", "self_signed", "untrusted" or "none" (its issuer is missing).
    completeness: "complete", "misordered", "incomplete_aia_ok" (whole with what its certificates name),
    "incomplete"; None where there is no telling. path: as verified, or with the error that ended the search.
    used: the certificates on the way, leaf first, the root left out where it is a trusted one.
    problems: codes of the contract.
    """

    kind: str
    completeness: str | None
    path: Path
    used: tuple[x509.Certificate, ...]
    problems: frozenset[str]


def find_way(
    chain: Sequence[bytes],
    certificates: Sequence[x509.Certificate],
    fetched: Sequence[bytes],
    trust: Trust,
    begun: dt.datetime,
) -> Way:
    """chain: DER as sent, leaf first. certificates: those of it that can be read, the leaf among them. fetched: DER
    of the issuers that certificates named. begun: what begins by then has begun.
    """
    for kind, verifier in (("public", trust.public), ("national_only", trust.national)):
        for completeness, extra in _fillings(certificates, fetched, trust.pool):
            others = [*chain[1:], *extra]
            path = verifier.path(chain[0], others)
            if path.unreadable:
                return Way("none", None, path, (certificates[0],), frozenset())
            if path.found:
                in_time = verifier.in_time(chain[0], others, path, begun)
                return _trusted(kind, completeness, in_time or path, certificates, expired=in_time is None)
    return _untrusted(chain, certificates, fetched, trust)


def _fillings(
    certificates: Sequence[x509.Certificate], fetched: Sequence[bytes], pool: Pool
) -> Iterator[tuple[str, tuple[bytes, ...]]]:
    """What to fill the gaps of a chain with, the host's own first."""
    yield "complete", ()
    if fetched:
        yield "incomplete_aia_ok", tuple(fetched)
    if seen := pool.above(certificates):
        yield "incomplete", (*fetched, *seen)


def _trusted(
    kind: str, completeness: str, path: Path, certificates: Sequence[x509.Certificate], *, expired: bool
) -> Way:
    problems: set[str] = set()
    if kind == "national_only":
        problems.add(kind)
    if completeness != "complete":
        problems.add("incomplete_chain")
    elif _misordered(certificates, path):
        completeness = "misordered"
        problems.add("misordered_chain")
    if expired:
        problems.add("intermediate_expired")
    return Way(kind, completeness, path, path.chain[:-1] or path.chain, frozenset(problems))


def _untrusted(
    chain: Sequence[bytes],
    certificates: Sequence[x509.Certificate],
    fetched: Sequence[bytes],
    trust: Trust,
) -> Way:
    leaf = certificates[0]
    path = trust.public.path(chain[0], chain[1:])
    above = sent_issuers(leaf, certificates)
    if self_issued(leaf):
        return Way("self_signed", None, path, (leaf,), frozenset({"self_signed"}))
    if issuer_addresses((leaf, *above)[-1]) and not (above and _leads_to_a_root(above[-1], fetched)):
        # A root need not be sent, so an absent issuer alone does not tell an incomplete chain from an unknown
        # root; a certificate that says where its issuer can be had tells it, unless what came from there is a root.
        # What came from there over plain http and leads nowhere proves nothing more: it may have been changed on
        # the way.
        return Way("none", "incomplete", path, (leaf, *above), frozenset({"incomplete_chain"}))
    return Way("untrusted", None, path, (leaf, *above), frozenset({"untrusted"}))


def _leads_to_a_root(certificate: x509.Certificate, fetched: Sequence[bytes]) -> bool:
    """Whether what was fetched signed a certificate, all the way up to one that signed itself; or it did so."""
    known = [one for der in fetched if (one := parsed(der)) is not None]
    return self_issued((certificate, *sent_issuers(certificate, known))[-1])


def _misordered(certificates: Sequence[x509.Certificate], path: Path) -> bool:
    """Whether the certificates of the path were sent in another order than each one after what it issued."""
    places = [certificates.index(certificate) for certificate in path.chain if certificate in certificates]
    return places != sorted(places)


def sent_issuers(leaf: x509.Certificate, certificates: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Those that sign one another upwards from the leaf, nearest first."""
    above: list[x509.Certificate] = []
    current = leaf
    while not self_issued(current):
        issuer = next((c for c in certificates if c not in above and c != leaf and issued(current, c)), None)
        if issuer is None:
            break
        above.append(issuer)
        current = issuer
    return above
