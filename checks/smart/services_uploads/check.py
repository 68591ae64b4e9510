"""`services.uploads` (S03): does a form ask people for a picture of what the registers of the state hold?

One finding for each claimed service. Exchange of data between bodies cannot be seen from outside; that people are made to
carry papers from one body to another can. Looked at: fields for a file in forms of the service's own page and of the pages
that its actions lead to, by their labels. A signal, never a contradiction: the law may ask for the paper. Not looked at:
forms behind a login, and what an upload for «documents» in general is for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from checks.case import Case
from checks.finding import Finding, Verdict
from checks.page.content import PageContent
from checks.page.forms.kinds import Form, forms
from checks.page.page import Page
from checks.page.wordlist import Phrases, table
from checks.reasons import PORTAL
from checks.services.actions import names_other
from checks.services.each import OfEachService
from checks.services.foreign import other_body
from checks.services.own_pages import arrive, looked_through, own_of, own_pages
from checks.services.visit.surroundings import repeated_forms
from checks.services.wording import placeholder
from checks.word_sets import OF_SERVICES
from claims.model import Service

_MOST_ACTIONS = 6  # Links to forms that are followed. Later ones are not. By hand.
_MOST_SHOWN = 5  # Labels that a finding quotes
# Forms by which a thing is asked for; what is written to a body in general is none.
_KINDS = frozenset({"service", "join", "booking", "payment", "other"})


@dataclass(slots=True)
class _Uploads:
    """forms: those by which something is asked for. asked: label by kind of document. files: fields that take a file."""

    forms: int = 0
    files: int = 0
    asked: dict[str, str] = field(default_factory=dict)
    url: str | None = None


class RegisterUploads(OfEachService):
    """One finding for each claimed service."""

    id = "services.uploads"
    version = 3
    reasons = PORTAL
    words = OF_SERVICES
    criterion = "registers_are_asked"
    effect = ""

    def _finding(self, case: Case, service: Service) -> Finding:
        own = own_of(case, service)
        if not service.electronic or own.verdict == "contradicted":
            return self._told(service, "not_applicable", None, _Uploads(), own.captures, 0)
        pages = own_pages(case, service)
        looked = _on_own_pages(case, service, pages)
        rests = [id for page in pages for id in page.rests]
        for action in [a for a in own.actions if a.kind == "link" and not a.other][:_MOST_ACTIONS]:
            there = None if names_other(service.title, action.text) else arrive(case, action.url).page
            if there is not None and _read(case, service, there.reading, there.url, looked):
                rests.extend(there.rests)
        ids = tuple(dict.fromkeys(rests)) or own.captures
        if looked.asked:
            return self._told(service, "partial", None, looked, ids, max(1, len(pages)))
        if looked.forms:
            return self._told(service, "verified", None, looked, ids, max(1, len(pages)))
        reason = "no_match" if looked_through(own, pages) else "not_attempted"
        if own.verdict == "inconclusive":
            reason = own.reason
        return self._told(service, "inconclusive", reason, looked, ids, len(pages))

    def _told(
        self,
        service: Service,
        verdict: Verdict,
        reason: str | None,
        looked: _Uploads,
        captures: tuple[str, ...],
        attempts: int,
    ) -> Finding:
        observed = {
            "forms": looked.forms,
            "file_fields": looked.files,
            "register_documents": sorted(looked.asked),
            "labels": [looked.asked[kind] for kind in sorted(looked.asked)][:_MOST_SHOWN],
            "url": looked.url,
        }
        finding = self._about(service, verdict, reason, observed, captures, attempts)
        return replace(finding, effect="signal_of_uploads") if verdict == "partial" else finding


def _on_own_pages(case: Case, service: Service, pages: tuple[Page, ...]) -> _Uploads:
    """What every visit of the service's page saw: what one of them lacks is no signal."""
    found = [_Uploads() for _ in pages]
    for page, looked in zip(pages, found, strict=True):
        _read(case, service, page.reading, page.url, looked)
    if not found:
        return _Uploads()
    first = found[0]
    first.asked = {
        kind: label for kind, label in first.asked.items() if all(kind in one.asked for one in found)
    }
    if not first.asked:
        first.url = None
    return first


def _read(case: Case, service: Service, page: PageContent, url: str, looked: _Uploads) -> bool:
    """Adds what the forms of a page ask for; False where it has none, or is a template or another body's."""
    if placeholder(page) is not None or other_body(case, service, page) is not None:
        return False
    asking = [form for form in forms(page, repeated_forms(case, page)) if _asks(form)]
    for form in asking:
        looked.forms += 1
        for one in form.fields:
            if one.asks != "file" or one.locked:
                continue
            looked.files += 1
            for kind in document_kinds(one.label):
                looked.asked.setdefault(kind, one.label)
                looked.url = looked.url or url
    return bool(asking)


def _asks(form: Form) -> bool:
    return form.kind in _KINDS and not form.closed


def document_kinds(label: str) -> tuple[str, ...]:
    """Kinds of documents of registers that the words of a field name, sorted."""
    lists = table("smart/services_uploads/words.toml")
    rest = Phrases(lists["others"]).removed(label)
    return tuple(sorted(kind for kind, words in lists["documents"].items() if Phrases(words).find(rest)))


CHECK = RegisterUploads()
