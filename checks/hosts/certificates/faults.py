"""What is wrong with a certificate chain, as a pure function of (chain, what was fetched, name, trust, time).

Facts are kept apart (path, completeness, time, name, strength, revocation), never folded into one letter. A byte
that was changed on the way changes what the certificate says, and is judged as it stands: that is all we saw.
Not here: the way to a root (`checks.hosts.certificates.chain_path`), strength and use of single certificates
(`checks.hosts.certificates.strength`), lists and answers on revocation (`checks.hosts.certificates.revocation`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from checks.hosts.certificates.chain_path import Trust, Way, find_way
from checks.hosts.certificates.issuing import self_issued
from checks.hosts.certificates.names import name_problems
from checks.hosts.certificates.revocation import RevocationEvidence, judge_revocation
from checks.hosts.certificates.strength import (
    key_name,
    lifetime,
    must_staple,
    signature_hash,
    strength_problems,
    usage_problems,
)
from web.certificate_files import certificates_in, parsed, unremarked

SOON = dt.timedelta(days=14)  # A fortnight: `expires_soon` (docs/checks.md). By hand.
# How much later than the round's time a look may be. Later, the round's time is taken.
_LONGEST_CRAWL = dt.timedelta(days=31)
_MOST_FETCHED = 20  # Certificates fetched from addresses that a chain names. Later ones are not tried.
_NAMES = {None: "match", "name_mismatch": "mismatch", "cn_only": "cn_only"}


@dataclass(slots=True)
class ChainJudgement:
    """problems: codes of the contract. facts: JSON values. readable: False when the leaf cannot be parsed."""

    problems: set[str] = field(default_factory=set)
    facts: dict[str, Any] = field(default_factory=dict)
    readable: bool = True


@unremarked()
def judge_chain(
    chain: Sequence[bytes],
    name: str,
    trust: Trust,
    as_of: dt.datetime,
    seen: RevocationEvidence | None = None,
) -> ChainJudgement:
    """chain: DER in the order sent, leaf first. name: host name as the URL carries it. seen: what else the crawl
    saw of these certificates; None for nothing.
    """
    judgement = ChainJudgement()
    leaf = parsed(chain[0]) if chain else None
    if leaf is None:
        judgement.readable = False
        return judgement
    seen = seen or RevocationEvidence(as_of)
    begun = seen.time if as_of < seen.time <= as_of + _LONGEST_CRAWL else as_of
    certificates = [leaf, *(c for der in chain[1:] if (c := parsed(der)) is not None)]
    named = [der for body in seen.issuers for der in certificates_in(body)][:_MOST_FETCHED]
    way = find_way(chain, certificates, named, trust, begun)
    if way.path.unreadable:
        judgement.readable = False
        return judgement
    above = [certificate for certificate in way.used[1:] if not self_issued(certificate)]
    judgement.facts["chain"] = [_summary(certificate) for certificate in certificates]
    judgement.facts["bundles"] = {
        "public": trust.public.bundle.sha256,
        "national": trust.national.bundle.sha256,
    }
    judgement.problems |= way.problems
    judgement.facts |= _way_facts(way)
    names = name_problems(leaf, name, judgement.facts)
    judgement.problems |= names
    judgement.problems |= _time_problems(leaf, above, way, as_of, begun, judgement.facts)
    judgement.problems |= strength_problems([leaf, *above])
    judgement.problems |= usage_problems(leaf, above)
    judgement.facts |= {
        "name": _NAMES[next(iter(names), None)],
        "key": key_name(leaf),
        "signature": signature_hash(leaf),
        "lifetime": lifetime(leaf, public=way.kind == "public"),
        "must_staple": must_staple(leaf),
    }
    known = [*certificates, *(c for der in named if (c := parsed(der)) is not None)]
    judgement.facts["revocation"], revoked = judge_revocation(way, known, seen, as_of)
    if revoked:
        judgement.problems.add("revoked")
    return judgement


def _way_facts(way: Way) -> dict[str, Any]:
    complete = {"complete": True, "misordered": True, "incomplete": False, "incomplete_aia_ok": False}
    facts: dict[str, Any] = {
        "path": way.kind,
        "completeness": way.completeness,
        "complete": complete.get(way.completeness or ""),
    }
    if not way.path.found:
        facts |= {"path_error": way.path.error, "path_reason": way.path.reason}
    return facts


def _summary(certificate: x509.Certificate) -> dict[str, Any]:
    return {
        "subject": certificate.subject.rfc4514_string()[:300],
        "issuer": certificate.issuer.rfc4514_string()[:300],
        "not_before": certificate.not_valid_before_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "not_after": certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "key": key_name(certificate),
        "signature": signature_hash(certificate),
        "sha256": hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest(),
    }


def _time_problems(
    leaf: x509.Certificate,
    above: Sequence[x509.Certificate],
    way: Way,
    as_of: dt.datetime,
    begun: dt.datetime,
    facts: dict[str, Any],
) -> set[str]:
    """Of the leaf, and of the certificates above it. facts: `time` says the leaf's own, where that is not valid.

    begun: what begins by then has begun. A round is judged for when its crawl opened, and certificates are renewed while it
    runs; one that is judged for another time altogether is judged for that.
    """
    facts["days_left"] = (leaf.not_valid_after_utc - as_of).days
    problems: set[str] = set()
    if not way.path.found and any(_out_of_date(certificate, as_of, begun) for certificate in above):
        problems.add("intermediate_expired")
    outdated = bool(problems) or "intermediate_expired" in way.problems
    facts["time"] = "intermediate_expired" if outdated else "valid"
    if leaf.not_valid_before_utc > begun:
        facts["time"] = "not_yet"
        problems.add("not_yet_valid")
    elif leaf.not_valid_after_utc < as_of:
        facts["time"] = "expired"
        problems.add("expired")
    elif leaf.not_valid_after_utc - as_of < SOON:
        problems.add("expires_soon")
    return problems


def _out_of_date(certificate: x509.Certificate, as_of: dt.datetime, begun: dt.datetime) -> bool:
    return certificate.not_valid_before_utc > begun or certificate.not_valid_after_utc < as_of
