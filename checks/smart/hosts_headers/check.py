"""`hosts.headers` (S07): does a host tell browsers what they may do, and keep its programs' versions to itself?

Looked at: five things in the heads of the page that each https host's own address leads to, as its visits recorded them.
HSTS is left out, for it counts as transport security. Not looked at: other pages of the host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from checks.case import Case
from checks.finding import Finding, Subject, Verdict
from checks.hosts.http import policy_looks
from checks.outcome import in_time, received, unattempted
from checks.reasons import HOSTS
from claims.hosts import tls_services

_LEAKS = frozenset({"unsafe-url", "no-referrer-when-downgrade"})
# A policy counts when a script that was smuggled into the page does not run under it.
_TESTS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "content_policy": lambda told: told["content_policy"] is not None and told["content_policy"]["protects"],
    "framing": lambda told: told["framing"] != "anybody",
    "sniffing_off": lambda told: told["sniffing_off"],
    "referrer_policy": lambda told: told["referrer_policy"] not in (None, *_LEAKS),
    "no_version": lambda told: not any(banner["version"] for banner in told["banners"]),
}


class HostHeaders:
    """One finding for each declared https host: how many of the five it does."""

    id = "hosts.headers"
    version = 3
    reasons = HOSTS
    words: tuple[str, ...] = ()

    def judge(self, case: Case) -> Iterator[Finding]:
        for name, port in tls_services(case.agency):
            yield self._finding(case, name, port)

    def _finding(self, case: Case, name: str, port: int) -> Finding:
        url = f"https://{name}/" if port == 443 else f"https://{name}:{port}/"
        looks = policy_looks(case, name, port)
        verdict: Verdict = "inconclusive"
        reason: str | None = None
        observed: dict[str, Any] = {}
        if not looks.answered:
            reason = _unanswered(case, url)
        elif not looks.pages:
            # another host's page, or an error's: no page of this host that could be read
            verdict = "not_applicable"
        else:
            observed = _counted(looks.pages)
            verdict = "verified" if observed["passed"] == observed["checked"] else "partial"
        about, rests = Subject("host", f"{name}:{port}", url), in_time(case, looks.captures)
        code = "host_guards_its_pages"
        codes = {"criterion": code, "effect": code if verdict == "partial" else ""}
        return case.finding(self, about, verdict, reason, observed, rests, len(looks.pages), **codes)


def _unanswered(case: Case, url: str) -> str:
    visits = case.visits(url)
    if not visits:
        return unattempted(case, url)
    outcome = received(case, visits[-1])
    return outcome[1] if outcome is not None and outcome[0] == "inconclusive" else "no_match"


def _counted(pages: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
    """Passed is what every visit showed; what one showed and another did not, nobody can tell."""
    shown = {name: {bool(test(page)) for page in pages} for name, test in _TESTS.items()}
    return {
        "passed": sum(1 for seen in shown.values() if seen == {True}),
        "checked": len(_TESTS),
        "unsettled": sum(1 for seen in shown.values() if len(seen) > 1),
        "header_missing": [name for name, seen in shown.items() if seen == {False}],
        "header_changing": [name for name, seen in shown.items() if len(seen) > 1],
    }


CHECK = HostHeaders()
