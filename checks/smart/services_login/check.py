"""`services.login` (S02): is it the national sign-on that people log in by? One finding for each claimed service.

And one for each login of the portal itself that no service leads to. Looked at: where the pages of services and the home
page lead people to log in. A step is the national sign-on, a login form of the portal's own, or both beside each other.
Not looked at: logins behind other logins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from checks.case import Case
from checks.finding import Finding, Subject, Verdict
from checks.reasons import PORTAL
from checks.services.own_pages import looked_through, own_of, own_pages
from checks.smart.login_steps import LoginStep, steps_of, steps_of_portal, unread_leads
from checks.word_sets import OF_NAMES
from claims.model import Service
from web.urls import host

_TEXTS = {"criterion": "login_is_national", "effect": "share_of_logins"}


class ServiceLogin:
    """One finding for each claimed service, and for each login that none leads to."""

    id = "services.login"
    version = 4
    reasons = PORTAL
    words = OF_NAMES

    def judge(self, case: Case) -> Iterator[Finding]:
        met = {s.id: steps_of(case, s) if s.electronic else () for s in case.services}
        known = {step.key for steps in met.values() for step in steps}
        beside = {step.key: step for step in reversed(steps_of_portal(case)) if step.key not in known}
        seen = bool(known or beside)
        for service in case.services:
            subject = Subject("service", service.id, service.url)
            steps = met[service.id]
            yield (
                self._about(case, subject, steps) if steps else self._none(case, service, subject, seen=seen)
            )
        for step in beside.values():
            yield self._about(case, Subject("page", step.key, step.url), (step,))

    def _about(self, case: Case, subject: Subject, steps: Sequence[LoginStep]) -> Finding:
        local = [step for step in steps if step.local]
        national = any(step.national for step in steps)
        verdict: Verdict = "partial" if local else "verified"
        reason: str | None = None
        if not national:
            verdict, reason = "contradicted", "local_login"
            if any(step.scripted for step in steps):
                verdict, reason = "inconclusive", "needs_browser"
            elif any(step.named for step in local):
                verdict, reason = (
                    "inconclusive",
                    "ambiguous",
                )  # a button of which nobody can say where it leads
            elif not all(case.owns(host(step.url)) for step in local):
                verdict, reason = (
                    "inconclusive",
                    "ambiguous",
                )  # another body's login is not the agency's to change
            elif not all(step.proven for step in local):
                verdict, reason = "inconclusive", "not_attempted"
        observed: dict[str, Any] = {
            "national": national,
            "local": bool(local),
            "gateway": next((s.gateway.partition("?")[0][:300] for s in steps if s.gateway), None),
            "urls": [step.url for step in steps][:5],
        }
        captures = [id for step in steps for id in step.ids]
        visits = min(step.visits for step in (local or steps))
        return case.finding(self, subject, verdict, reason, observed, captures, visits, **_TEXTS)

    def _none(self, case: Case, service: Service, subject: Subject, *, seen: bool) -> Finding:
        """No login was seen: there is none, or the place where it may be was not. seen: the agency has other logins.

        Of the logins that were seen it is asked which are national: a service that nobody could look at is none of them.
        """
        own = own_of(case, service)
        reason: str | None = None
        observed: dict[str, Any] = {}
        if service.electronic and own.verdict == "inconclusive":
            if seen:
                observed["unread"] = own.reason
            else:
                reason = own.reason
        elif service.electronic and own.verdict != "contradicted":
            pages = own_pages(case, service)
            if not looked_through(own, pages) or unread_leads(case, service):
                reason = "not_attempted"
        verdict: Verdict = "not_applicable" if reason is None else "inconclusive"
        return case.finding(self, subject, verdict, reason, observed, own.captures, own.attempts, **_TEXTS)


CHECK = ServiceLogin()
