"""`hosts.domain` (S07): does a host that the agency declares have an official name?

Looked at: the name alone, once something answered under it. Official are names under a second-level domain that the
registry gives to such bodies only, and those on a list (`checks/smart/hosts_domain/domains.toml`). Not looked at: who the holder is.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.case import Case
from checks.finding import Finding, Subject, Verdict
from checks.outcome import unattempted
from checks.page.wordlist import table
from checks.reasons import HOSTS
from claims.hosts import declared_hosts
from evidence.kinds.http import HttpFacts
from web.urls import host


class OfficialDomain:
    """One finding for each declared host."""

    id = "hosts.domain"
    version = 2
    reasons = HOSTS
    words = ("smart/hosts_domain/domains.toml",)

    def judge(self, case: Case) -> Iterator[Finding]:
        for name in declared_hosts(case.agency):
            by = official(name)
            seen = _answers(case).get(name)
            verdict: Verdict = "inconclusive"
            reason: str | None = None
            if seen is None:
                reason = unattempted(case, f"https://{name}/")
                reason = "unreachable" if reason == "not_attempted" and _asked(case, name) else reason
            else:
                verdict = "verified" if by is not None else "partial"
            about = Subject("host", name, f"https://{name}/")
            codes = {
                "criterion": "host_is_official",
                "effect": "host_is_official" if verdict == "partial" else "",
            }
            rests = () if seen is None else (seen,)
            told = {"official_by": by} if rests else {}
            yield case.finding(self, about, verdict, reason, told, rests, len(rests), **codes)


def official(name: str) -> str | None:
    """The reserved domain it lies under, or the listed name it is or lies below; None for any other name."""
    known = table("smart/hosts_domain/domains.toml")
    below = (end for end in known["reserved"] if name.endswith(f".{end}"))
    listed = (one for one in known["listed"] if name == one or name.endswith(f".{one}"))
    return next(below, None) or next(listed, None)


def _answers(case: Case) -> dict[str, str]:
    """Id of the first answer under each name; that of robots.txt, which another agency may have asked for, where there is no other."""

    def make() -> dict[str, str]:
        found: dict[str, str] = {}
        for capture in sorted(case.captures, key=lambda capture: capture.purpose == "robots"):
            if isinstance(capture.facts, HttpFacts) and capture.facts.status is not None:
                found.setdefault(host(capture.url), capture.id)
        return found

    return case.derived("hosts.domain answers", make)


def _asked(case: Case, name: str) -> bool:
    return any(case.exchanges(f"{scheme}://{name}/") for scheme in ("https", "http"))


CHECK = OfficialDomain()
