"""What was recorded of a host's TLS, judged once: probes, trust bundles, and whether two looks agree.

Shared by the checks of hosts and of links, so that both call the same certificate invalid.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certifi

from checks.case import Case, Shared
from checks.clock_skew import clock_off
from checks.derivations import once
from checks.hosts.addresses import addresses
from checks.hosts.certificates.chain_path import Trust
from checks.hosts.certificates.faults import judge_chain
from checks.hosts.certificates.revocation import RevocationEvidence
from checks.hosts.certificates.trust import Bundle, ChainVerifier, Pool
from checks.hosts.handshakes import recorded_bytes
from checks.hosts.protocols import judge_protocols
from evidence.kinds.http import HttpFacts
from evidence.records import Capture
from web.entity import entity_chunks
from web.ocsp_requests import asked_serial
from web.urls import host_port

# What browsers stop a visitor for, the plainest first.
STOPS = (
    "revoked", "expired", "not_yet_valid", "name_mismatch", "cn_only", "self_signed", "untrusted",
    "intermediate_expired",
)  # fmt: skip
# What is told by the clock of the crawl, where the round names no other.
TIMED = frozenset({"expired", "not_yet_valid", "intermediate_expired", "expires_soon"})
# Intermediate certificates of a round that complete others' chains. It bounds the search for a path.
_MOST_POOLED = 1_000
_MOST_BYTES = 1 << 20  # of a fetched document, as the prober keeps it
# Words for a failure of the transport, as facts of the host.
_REACHES = {
    "refused": "refused", "reset": "reset", "timeout": "timeout", "protocol": "not_tls", "dns": "dns_fail",
    "tls": "refused",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProbeJudgement:
    """What the bytes of a probe say.

    spoken: TLS was spoken. failure: of the transport, when it was not. leaf_sha256: None without a chain.
    open: weaknesses of which nobody knows whether the host has them. readable: False when no certificate came that
    can be parsed: such a host is never called safe.
    """

    spoken: bool
    failure: str | None
    problems: frozenset[str]
    facts: Mapping[str, Any]
    leaf_sha256: str | None = None
    open: frozenset[str] = frozenset()
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Probe:
    """One `tls` capture, judged."""

    capture: Capture
    judgement: ProbeJudgement


@dataclass(frozen=True, slots=True)
class CertificateProblem:
    """Why browsers stop at a host. proven: seen often enough; else unproven_reason says whose lack that is."""

    code: str
    proven: bool
    unproven_reason: str
    captures: tuple[str, ...]


def trust(case: Case) -> Trust:
    """The round's bundles, at the round's time of judgement."""
    return case.shared.derived(("host_evidence.trust", case.as_of), lambda: _trust(case.shared, case.as_of))


def _trust(shared: Shared, as_of: dt.datetime) -> Trust:
    network = shared.round.settings.network
    public = network.public_roots or Path(certifi.where())
    return Trust(
        ChainVerifier(Bundle.read([public.read_bytes()]), as_of),
        ChainVerifier(Bundle.read(path.read_bytes() for path in network.national_roots), as_of),
        _pool(shared),
    )


@once
def _bodies(shared: Shared) -> dict[str, dict[str, Any]]:
    """Bodies of all probes of the round, by capture id."""
    return {
        capture.id: json.loads(shared.evidence.body(capture.id))
        for capture in shared.evidence.captures(None, "tls")
    }


def _pool(shared: Shared) -> Pool:
    """Every certificate that any host of the round sent above its own."""
    sent = {der for body in _bodies(shared).values() for der in _chain(body)[1:]}
    return Pool.of(sorted(sent)[:_MOST_POOLED])


def _chain(body: Mapping[str, Any]) -> list[bytes]:
    try:
        return [base64.b64decode(der) for der in body["chain"]]
    except (binascii.Error, ValueError):
        return []


@once
def probes(case: Case, name: str, port: int) -> tuple[Probe, ...]:
    """Probes of a host for this agency, by time; another agency's where it has none."""
    index = case.shared.derived("host_evidence.index", lambda: _index(case.shared))
    captures = index.get(f"{name}:{port}", [])
    own = [capture for capture in captures if capture.agency == case.agency.id] or captures
    return tuple(_judged(case, name, capture) for capture in sorted(own, key=lambda c: (c.time, c.sequence)))


def _index(shared: Shared) -> dict[str, list[Capture]]:
    found: dict[str, list[Capture]] = defaultdict(list)
    for capture in shared.evidence.captures(None, "tls"):
        found[capture.url].append(capture)
    return found


def _judged(case: Case, name: str, capture: Capture) -> Probe:
    body = _bodies(case.shared)[capture.id]
    return Probe(capture, judge_probe(body, name, trust(case), case.as_of, capture.time))


def judge_probe(
    body: Mapping[str, Any], name: str, trust: Trust, as_of: dt.datetime, seen_at: dt.datetime
) -> ProbeJudgement:
    """The body of a `tls` capture, of this version of the prober or of an older one."""
    protocols = judge_protocols(body["connections"])
    seen = _seen(body, seen_at)
    facts: dict[str, Any] = {
        "address": body["address"],
        **addresses(body, name, trust, as_of, seen),
        "alpn": body.get("alpn"),
        **protocols.facts,
    }
    if not protocols.spoken:
        failure = body["failure"] or "own_error"
        facts["reach"] = _REACHES.get(failure)
        return ProbeJudgement(False, failure, frozenset(), facts)
    facts["reach"] = "ok"
    chain = _chain(body)
    if not chain:
        facts["path"] = "none"
        return ProbeJudgement(
            True, None, frozenset(protocols.problems), facts, None, protocols.open, readable=False
        )
    judgement = judge_chain(chain, name, trust, as_of, seen)
    facts |= judgement.facts
    leaf = judgement.facts["chain"][0]["sha256"] if judgement.readable else None
    problems = frozenset(protocols.problems | judgement.problems)
    return ProbeJudgement(True, None, problems, facts, leaf, protocols.open, judgement.readable)


def _seen(body: Mapping[str, Any], time: dt.datetime) -> RevocationEvidence:
    issuers: list[bytes] = []
    lists: list[bytes] = []
    answers: list[tuple[int, bytes]] = []
    failures: list[str] = []
    for document in body.get("fetched", ()):
        content = _content(document)
        if document["kind"] == "issuer":
            issuers.append(content)
        elif not content:
            failures.append(str(document["failure"] or document["status"]))
        elif document["kind"] == "crl":
            lists.append(content)
        elif (serial := asked_serial(document["url"])) is not None:
            answers.append((serial, content))
    staple = body.get("ocsp")
    return RevocationEvidence(
        time,
        issuers=tuple(issuers),
        lists=tuple(lists),
        answers=tuple(answers),
        staple=recorded_bytes(staple) if staple else b"",
        failures=tuple(failures),
    )


def _content(document: Mapping[str, Any]) -> bytes:
    """What a fetched document holds; nothing when it did not come whole and with status 200."""
    if document["failure"] is not None or document["status"] != 200 or not document["hops"]:
        return b""
    received = recorded_bytes(document["hops"][-1]["received"])
    return b"".join(entity_chunks(received, _MOST_BYTES))


def looks(case: Case, name: str, port: int, leaf_sha256: str | None) -> tuple[Capture, ...]:
    """Who saw this certificate at this host, by time: probes, and the exchanges of the crawl itself."""
    captures = [
        probe.capture for probe in probes(case, name, port) if probe.judgement.leaf_sha256 == leaf_sha256
    ]
    if leaf_sha256 is not None:
        seen = case.derived("host_evidence.leaves", lambda: _leaves(case.captures))
        captures += seen.get((name, port, leaf_sha256), [])
    return tuple(sorted(captures, key=lambda capture: (capture.time, capture.sequence)))


def _leaves(captures: Iterable[Capture]) -> dict[tuple[str, int, str], list[Capture]]:
    """First and last exchange with each certificate of each host."""
    found: dict[tuple[str, int, str], list[Capture]] = {}
    for capture in captures:
        facts = capture.facts
        if isinstance(facts, HttpFacts) and facts.tls_leaf_sha256 is not None:
            seen = found.setdefault((*host_port(capture.url), facts.tls_leaf_sha256), [])
            seen[1:] = [capture]
    return found


def apart(case: Case, captures: Sequence[Capture]) -> bool:
    """Whether captures span the time that a contradiction needs, with controls alive at both ends."""
    return case.spaced(captures) and case.controlled((captures[0], captures[-1]))


def clock_unknown(case: Case, captures: Iterable[Capture]) -> bool:
    """Whether certificates are judged for the time of a crawl whose clock was wrong."""
    return case.settings.as_of is None and any(clock_off(case, capture.time) for capture in captures)


def certificate_problem(case: Case, name: str, port: int) -> CertificateProblem | None:
    """The certificate that stops a visitor on the way to a host; None when none does, or nothing was seen."""
    spoken = [
        probe for probe in probes(case, name, port) if probe.judgement.spoken and probe.judgement.leaf_sha256
    ]
    if not spoken:
        return None
    shared = frozenset.intersection(*(probe.judgement.problems for probe in spoken))
    code = next((code for code in STOPS if code in shared), None)
    if code is None:
        return None
    seen = looks(case, name, port, spoken[-1].judgement.leaf_sha256)
    ends = tuple(dict.fromkeys((seen[0], seen[-1])))
    # A certificate is no passing mood of a network: two connections that saw the same one are enough here.
    proven = len(seen) > 1 and case.controlled(ends) and not (code in TIMED and clock_unknown(case, ends))
    reason = "limit" if len(seen) < 2 else "own_error"
    return CertificateProblem(code, proven, reason, tuple(capture.id for capture in ends))
