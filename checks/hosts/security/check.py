"""`hosts.security`: is each host of an agency safe to visit? One finding a host.

Looked at: certificate, protocol, redirects, HSTS, cookies, and what its pages load and send over open connections. Problem
codes are facts about the host, seen in every look that was not a firewall's. Not looked at: other ports than those declared,
and weaknesses behind the connection. What cannot be told is inconclusive; a port that stays silent is never called unsafe.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from checks.case import Case
from checks.finding import Finding, Subject, Verdict
from checks.hosts.evidence import TIMED, Probe, apart, clock_unknown, looks, probes
from checks.hosts.http import HttpLook, http_look
from checks.hosts.problems import PROBLEMS, SERIOUS
from checks.outcome import in_time, own_error, unattempted
from checks.reasons import HOSTS
from claims.hosts import tls_services

_REACH = {
    "private_address": "own_error",
    "own_error": "own_error",
    "too_large": "limit",
    "bad_port": "limit",
}


@dataclass(slots=True)
class _Look:
    """problems: seen. unproven: those of them that wait for a second look.

    once: problems that stand, but were seen on one visit only and so contradict nothing.
    near: for some of those that wait, the looks that there were lay too close together.
    """

    problems: set[str] = field(default_factory=set)
    unproven: set[str] = field(default_factory=set)
    once: set[str] = field(default_factory=set)
    facts: dict[str, Any] = field(default_factory=dict)
    captures: list[str] = field(default_factory=list)
    attempts: int = 0
    near: bool = False
    unknown: str | None = None


class HostsSecurity:
    """Each host that the agency declares, on 443 and on a port of its own."""

    id = "hosts.security"
    version = 7
    reasons = HOSTS
    words: tuple[str, ...] = ()

    def judge(self, case: Case) -> Iterator[Finding]:
        for name, port in tls_services(case.agency):
            subject = Subject("host", f"{name}:{port}", f"https://{name}{'' if port == 443 else f':{port}'}/")
            try:
                yield self._finding(case, subject, _look(case, name, port))
            except Exception as error:
                yield own_error(self, case, subject, error)

    def _finding(self, case: Case, subject: Subject, look: _Look) -> Finding:
        told = sorted(look.problems - look.unproven, key=PROBLEMS.index)
        verdict, reason = _verdict(look, told)
        unproven = sorted(look.unproven, key=PROBLEMS.index)
        observed = {"problems": told, "unproven": unproven, "facts": look.facts}
        rests = in_time(case, look.captures)
        codes = {"criterion": "host_is_safe", "effect": _effect(look, told)}
        return case.finding(self, subject, verdict, reason, observed, rests, look.attempts, **codes)


def _effect(look: _Look, told: list[str]) -> str:
    if told:
        return f"host_{told[0]}"
    return "host_unanswered" if look.facts.get("open") and look.unknown == "blocked" else ""


def _verdict(look: _Look, told: list[str]) -> tuple[Verdict, str | None]:
    if any(code in SERIOUS and code not in look.once for code in told):
        return "contradicted", told[0]
    if look.unknown is not None:
        return "inconclusive", look.unknown
    if look.unproven:
        return "inconclusive", "not_attempted" if look.attempts < 2 or look.near else "own_error"
    return ("partial", told[0]) if told else ("verified", None)


def _look(case: Case, name: str, port: int) -> _Look:
    look = _Look()
    seen = probes(case, name, port)
    http = http_look(case, name, port)
    look.captures += [probe.capture.id for probe in seen] + list(http.captures)
    spoken = [probe for probe in seen if probe.judgement.spoken]
    look.attempts = len(spoken) or len(seen)
    look.facts = {"http": http.facts}
    if seen:
        look.facts |= (spoken or seen)[-1].judgement.facts
    if spoken:
        _spoken(case, name, port, spoken, http, look)
    else:
        _silent(case, name, port, seen, http, look)
    return look


def _spoken(case: Case, name: str, port: int, spoken: list[Probe], http: HttpLook, look: _Look) -> None:
    ours = set(frozenset.intersection(*(probe.judgement.problems for probe in spoken)))
    seen = looks(case, name, port, spoken[-1].judgement.leaf_sha256)
    probed = [probe.capture for probe in spoken]
    if not apart(case, seen) and not apart(case, probed) and ours & set(SERIOUS):
        look.unproven |= ours & set(SERIOUS)
        look.near = not case.spaced(seen) and not case.spaced(probed)
    waiting = http.problems & set(SERIOUS) - ours - {"form_to_http"}
    if not http.proven and waiting:
        look.unproven |= waiting
        look.near |= not http.spaced
    look.once = set(http.once)
    look.problems = ours | http.problems
    if still := frozenset.intersection(*(probe.judgement.open for probe in spoken)):
        # Never "safe" on the word of a firewall that drops odd hellos.
        look.facts["open"] = sorted(still)
        asked = set(look.facts["unsettled"])
        look.unknown = "blocked" if still & asked else "not_attempted"
    if clock_unknown(case, probed):
        look.unproven |= ours & TIMED
        look.unknown = "own_error"
    if not all(probe.judgement.readable for probe in spoken):
        look.unknown = "own_error"


def _silent(case: Case, name: str, port: int, seen: tuple[Probe, ...], http: HttpLook, look: _Look) -> None:
    """No TLS was spoken: no_https when 80 answers and 443 refuses twice, else nothing can be told."""
    if not seen:
        look.unknown = unattempted(case, f"https://{name}/")
        return
    refused = all(probe.judgement.failure == "refused" for probe in seen)
    if port == 443 and refused and http.plain_answered:
        look.problems = {"no_https"}
        refusals = [probe.capture for probe in seen]
        if not apart(case, refusals):
            look.unproven = {"no_https"}
            look.near = not case.spaced(refusals)
        return
    failures = [probe.judgement.failure or "own_error" for probe in seen]
    look.unknown = _REACH.get(failures[-1], "unreachable")


CHECK = HostsSecurity()
