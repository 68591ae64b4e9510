"""Was a certificate withdrawn? From the lists and answers that the crawl fetched, and from what the host stapled. Pure.

A list or an answer counts when the certificate's own issuer signed it, or let a delegate sign it, and it is meant for this
certificate; a revocation in it stands however old it is, a clean record only until its next update. Where sources disagree the
certificate is revoked, and both are named. Anything doubtful is "unknown".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509

from checks.hosts.certificates.chain_path import Way
from checks.hosts.certificates.issuing import issued
from checks.hosts.certificates.ocsp_answers import read_answer
from checks.hosts.certificates.revocation_lists import Word, list_words, read_list
from web.certificate_files import responder_addresses, revocation_addresses

# What was made while the crawl ran is newer than the round's time of judgement.
_AHEAD = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RevocationEvidence:
    """What a probe saw beside the chain. time: when. issuers, lists: bodies of what certificates named. staple: DER.

    answers: of responders, each with the serial number that it was asked about. failures: why lists and answers that
    were asked for did not come.
    """

    time: dt.datetime
    issuers: tuple[bytes, ...] = ()
    lists: tuple[bytes, ...] = ()
    answers: tuple[tuple[int, bytes], ...] = ()
    staple: bytes = b""
    failures: tuple[str, ...] = ()


def judge_revocation(
    way: Way, certificates: Sequence[x509.Certificate], seen: RevocationEvidence, as_of: dt.datetime
) -> tuple[dict[str, Any], bool]:
    """(facts, whether the leaf or a certificate above it was revoked). certificates: those sent and those fetched."""
    limit = max(as_of, seen.time) + _AHEAD
    chain = way.path.chain or way.used
    lists = [one for body in seen.lists if (one := read_list(body)) is not None]
    words: list[Word] = []
    for place, certificate in enumerate(chain):
        verified = way.path.found and place + 1 < len(chain)
        issuer = chain[place + 1] if verified else _issuer_among(certificate, certificates)
        if issuer is None or issuer == certificate:
            continue
        answers = [("ocsp", body) for serial, body in seen.answers if serial == certificate.serial_number]
        if place == 0 and seen.staple:
            answers.insert(0, ("staple", seen.staple))
        said = [
            *_answer_words(certificate, issuer, answers, limit, as_of),
            *list_words(certificate, issuer, lists, limit, as_of),
        ]
        if place == 0:
            words = said
        if (revoked := next((word for word in said if word.state == "revoked"), None)) is not None:
            facts = _facts(revoked, as_of, of="leaf" if place == 0 else "issuer")
            if against := list(dict.fromkeys(word.source for word in said if word.state == "good")):
                facts["against"] = against
            return facts, True
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


def _facts(word: Word, as_of: dt.datetime, *, of: str) -> dict[str, Any]:
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


def _unknown(
    words: Sequence[Word], chain: Sequence[x509.Certificate], seen: RevocationEvidence
) -> dict[str, Any]:
    """detail: why nobody knows, the nearest cause first; that something says nothing of use comes last."""
    if words:
        detail = next((word.state for word in words if word.state != "unusable"), "unusable")
    elif seen.failures:
        detail = seen.failures[0]
    elif chain and (revocation_addresses(chain[0]) or responder_addresses(chain[0])):
        detail = "unusable" if seen.lists else "not_fetched"
    else:
        detail = "unusable" if seen.staple else "no_source"
    return {"state": "unknown", "source": None, "detail": detail}


def _answer_words(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    answers: Sequence[tuple[str, bytes]],
    limit: dt.datetime,
    as_of: dt.datetime,
) -> Iterator[Word]:
    """answers: with their source."""
    for source, body in answers:
        said = read_answer(body, certificate, issuer)
        if isinstance(said, str):
            yield Word(said, source, limit)
        elif said.updated > limit:
            yield Word("unusable", source, said.updated)
        else:
            word = Word(said.state, source, said.updated, said.revoked_at, said.reason)
            yield word.at(said.until, as_of)
