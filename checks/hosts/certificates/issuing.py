"""Who issued a certificate, by name and signature, and every way up from one that signatures allow. Pure, within bounds.

The library that walks a chain takes the first issuer whose name fits and looks at no other. Where two have one name (an issuer
that two roots signed, one that got a new key) that may be the one that leads nowhere; browsers try them all.
Not here: whether a way is good (`checks.hosts.certificates.trust`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from web.certificate_files import MALFORMED

_LONGEST = 10  # certificates of a way
_MOST_TRIED = 200  # signatures

Way = tuple[x509.Certificate, ...]
Roots = Mapping[bytes, Sequence[x509.Certificate]]


def issued(child: x509.Certificate, issuer: x509.Certificate, *, surely: bool = False) -> bool:
    """surely: False for a signature that the library cannot check, where the names have to do otherwise."""
    if child.issuer != issuer.subject:
        return False
    try:
        child.verify_directly_issued_by(issuer)
    except InvalidSignature:
        return False
    except MALFORMED:
        return not surely
    return True


def self_issued(certificate: x509.Certificate) -> bool:
    return certificate.issuer == certificate.subject and issued(certificate, certificate)


def ways_up(leaf: x509.Certificate, others: Sequence[x509.Certificate], roots: Roots) -> Iterator[Way]:
    """Leaf first, root last. roots: by subject (DER)."""
    between = [one for one in dict.fromkeys(others) if one != leaf and not self_issued(one)]
    tried = 0

    def signs(issuer: x509.Certificate, child: x509.Certificate) -> bool:
        nonlocal tried
        tried += 1
        return tried <= _MOST_TRIED and issued(child, issuer, surely=True)

    def climb(way: Way) -> Iterator[Way]:
        top = way[-1]
        for root in roots.get(top.issuer.public_bytes(), ()):
            if signs(root, top):
                yield (*way, root)
        if len(way) < _LONGEST:
            for one in between:
                if one.subject == top.issuer and one not in way and signs(one, top):
                    yield from climb((*way, one))

    return climb((leaf,))
