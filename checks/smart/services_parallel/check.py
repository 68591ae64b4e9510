"""`services.parallel` (S04): is there one entry to each service, or several beside one another?

Looked at: the distinct places where people log in for a service, and the distinct forms of it that the crawl met, by its
code or title. Systems are told apart by their hosts; a form that sends to the same address is the same form. The national
sign-on before a form is no entry of its own; beside another login it is one. Not looked at: systems that no page leads to.
"""

from __future__ import annotations

from typing import Any

from checks.case import Case
from checks.finding import Finding, Verdict
from checks.page.forms.kinds import Form, forms
from checks.reasons import PORTAL
from checks.services.candidates import candidates
from checks.services.each import OfEachService
from checks.services.own_pages import EntrySummary, arrive, own_of, titles_of
from checks.services.visit.look import look
from checks.smart.login_steps import steps_of, unread_leads
from checks.word_sets import OF_NAMES
from claims.model import Service
from web.urls import host, identity, path

_FORMS = ("service_form", "wizard")


class ParallelEntries(OfEachService):
    """One finding for each claimed service."""

    id = "services.parallel"
    version = 5
    reasons = PORTAL
    words = OF_NAMES
    criterion = "service_has_one_entry"
    effect = "share_of_one_entry"

    def _finding(self, case: Case, service: Service) -> Finding:
        own = own_of(case, service)
        if not service.electronic or own.verdict == "contradicted":
            return self._about(service, "not_applicable", None, {}, own.captures, own.attempts)
        steps = steps_of(case, service)
        shown, ids = _forms_of(case, service)
        local = {host(step.url) for step in steps if step.local}
        national = any(step.national for step in steps)
        hosts = {name for name, _ in shown} | local
        count = len(hosts) + (1 if national and (local or not hosts) else 0)
        count += len(shown) - len({name for name, _ in shown})
        captures = tuple(dict.fromkeys((*own.captures, *ids, *(id for step in steps for id in step.ids))))
        if count == 0 and own.verdict in ("verified", "partial"):
            count = 1  # reached by other than a form or a login: by tracking, a payment, by mail
        if count == 0:
            reason = own.reason if own.verdict == "inconclusive" else "not_attempted"
            return self._about(service, "inconclusive", reason, {}, captures, own.attempts)
        unread = unread_leads(case, service)
        observed: dict[str, Any] = {
            "entries": count,
            "share": round(1 / (count + unread), 6),
            "unsettled": round(1 / count - 1 / (count + unread), 6),
            "forms": sorted(f"{name}{where}" for name, where in shown),
            "logins": sorted(local) + (["national"] if national else []),
        }
        verdict: Verdict = "verified" if count + unread == 1 else "partial"
        return self._about(service, verdict, None, observed, captures, own.attempts)


def _forms_of(case: Case, service: Service) -> tuple[set[tuple[str, str]], tuple[str, ...]]:
    """(host, path) of the distinct forms of the service, the captures that show them."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    asked: list[frozenset[str]] = []
    urls: dict[str, str] = {}
    own = own_of(case, service)
    if own.kind in _FORMS:
        urls[identity(own.url)] = own.url
    for candidate in candidates(case, titles_of(case), service):
        # a copy in somebody else's cache is no entry of the agency's
        if candidate.firm and case.owns(host(candidate.url)):
            urls.setdefault(identity(candidate.url), candidate.url)
    framed = _framed(case, own) if own.kind in _FORMS else frozenset[str]()
    for number, url in enumerate(urls.values()):
        mine = number == 0 and own.kind in _FORMS
        form = _form(case, service, url, mine=mine)
        if form is None:
            # a form that stands in a frame of the page is met at the address of the frame
            if mine and not framed & urls.keys():
                found[(host(url), path(url))] = own.captures
            continue
        fields, target, ids = form
        key = (host(target), path(target))
        if key in found or any(
            fields and fields == known and host(url) == name for known in asked for name, _ in found
        ):
            continue  # the same form under another address of the same system
        found[key] = ids
        asked.append(fields)
    return set(found), tuple(id for ids in found.values() for id in ids)


def _framed(case: Case, own: EntrySummary) -> frozenset[str]:
    """Identities of what stands in frames of the page that the entry was found on."""
    came = arrive(case, own.url)
    if came.page is None:
        return frozenset()
    links = came.page.reading.document.links
    return frozenset(identity(link.url) for link in links if link.element in ("iframe", "frame"))


def _form(
    case: Case, service: Service, url: str, *, mine: bool
) -> tuple[frozenset[str], str, tuple[str, ...]] | None:
    """(names of its fields, where it sends to, captures) of the service's form at an address."""
    came = arrive(case, url)
    if came.page is None or not (filled := [form for form in forms(came.page.reading) if _takes(form)]):
        return None
    if not mine:
        at = look(case, titles_of(case), service, came.page.capture)
        if at.kind not in _FORMS or not at.tie.tied or at.form is None:
            return None
        filled = [at.form]
    form = filled[0]
    target = form.target or came.page.url
    return frozenset(field.name or field.label for field in form.fields), target, came.ids


def _takes(form: Form) -> bool:
    return form.kind in ("service", "lookup", "other", "contact", "join") and len(form.fields) >= 2


CHECK = ParallelEntries()
