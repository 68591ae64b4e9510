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
from checks.certificates import Trust, judge_chain
from checks.protocols import judge_protocols
from checks.stapling import revoked_by_staple
from checks.trust import Bundle, Verifier
from evidence.records import Capture, HttpFacts
from evidence.urls import host_port

# What browsers stop a visitor for, the plainest first.
STOPS = (
    "revoked", "expired", "not_yet_valid", "name_mismatch", "cn_only", "self_signed", "untrusted",
    "intermediate_expired",
)  # fmt: skip
_MOST_POOLED = 1_000


@dataclass(frozen=True, slots=True)
class Probe:
    """One `tls` capture, judged.

    spoken: TLS was spoken. failure: of the transport, when it was not. leaf_sha256: None without a chain.
    readable: False when a certificate came that cannot be parsed.
    """

    capture: Capture
    spoken: bool
    failure: str | None
    problems: frozenset[str]
    facts: Mapping[str, Any]
    leaf_sha256: str | None
    readable: bool = True


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
        Verifier(Bundle.read([public.read_bytes()]), as_of),
        Verifier(Bundle.read(path.read_bytes() for path in network.national_roots), as_of),
        _pool(shared),
    )


def _bodies(shared: Shared) -> dict[str, dict[str, Any]]:
    """Bodies of all probes of the round, by capture id."""
    return shared.derived(
        "host_evidence.bodies",
        lambda: {
            capture.id: json.loads(shared.evidence.body(capture.id))
            for capture in shared.evidence.captures(None, "tls")
        },
    )


def _pool(shared: Shared) -> tuple[bytes, ...]:
    """Every certificate that any host of the round sent above its own."""
    sent = {der for body in _bodies(shared).values() for der in _chain(body)[1:]}
    return tuple(sorted(sent)[:_MOST_POOLED])


def _chain(body: Mapping[str, Any]) -> list[bytes]:
    try:
        return [base64.b64decode(der) for der in body["chain"]]
    except binascii.Error:
        return []


def probes(case: Case, name: str, port: int) -> tuple[Probe, ...]:
    """Probes of a host for this agency, by time; another agency's where it has none."""
    return case.derived(("host_evidence.probes", name, port), lambda: _probes(case, name, port))


def _probes(case: Case, name: str, port: int) -> tuple[Probe, ...]:
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
    protocols = judge_protocols(body["connections"])
    facts: dict[str, Any] = {"address": body["address"], "alpn": body.get("alpn"), **protocols.facts}
    chain = _chain(body)
    if not protocols.spoken:
        return Probe(capture, False, body["failure"] or "own_error", frozenset(), facts, None)
    problems = set(protocols.problems)
    leaf = None
    readable = True
    if chain:
        judgement = judge_chain(chain, name, trust(case), case.as_of)
        readable = judgement.readable
        problems |= judgement.problems
        facts |= judgement.facts
        if readable:
            leaf = judgement.facts["chain"][0]["sha256"]
            if body.get("ocsp") and revoked_by_staple(chain, body["ocsp"], capture.time):
                problems.add("revoked")
    return Probe(capture, True, None, frozenset(problems), facts, leaf, readable)


def looks(case: Case, name: str, port: int, leaf_sha256: str | None) -> tuple[Capture, ...]:
    """Who saw this certificate at this host, by time: probes, and the exchanges of the crawl itself."""
    captures = [probe.capture for probe in probes(case, name, port) if probe.leaf_sha256 == leaf_sha256]
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
    if len(captures) < 2:
        return False
    span = (captures[-1].time - captures[0].time).total_seconds()
    return span >= case.settings.crawl.retry_after * 0.95 and case.controlled((captures[0], captures[-1]))


def certificate_problem(case: Case, name: str, port: int) -> CertificateProblem | None:
    """The certificate that stops a visitor on the way to a host; None when none does, or nothing was seen."""
    spoken = [probe for probe in probes(case, name, port) if probe.spoken and probe.leaf_sha256]
    if not spoken:
        return None
    shared = frozenset.intersection(*(probe.problems for probe in spoken))
    code = next((code for code in STOPS if code in shared), None)
    if code is None:
        return None
    seen = looks(case, name, port, spoken[-1].leaf_sha256)
    ends = tuple(dict.fromkeys((seen[0], seen[-1])))
    # A certificate is no passing mood of a network: two connections that saw the same one are enough here.
    proven = len(seen) > 1 and case.controlled(ends)
    reason = "limit" if len(seen) < 2 else "own_error"
    return CertificateProblem(code, proven, reason, tuple(capture.id for capture in ends))
