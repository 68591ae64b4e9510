"""What stands behind a link of a section: a page to read, a document, nothing, or nobody saw.

A target that nobody fetched says nothing of the agency; one that is gone is told only by two visits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from selectolax.lexbor import LexborNode

from checks.case import Case
from checks.elements.leads import home_pages
from checks.inert_scripts import settled
from checks.outcome import received, unattempted
from checks.page.boilerplate import reading
from checks.page.content import PageContent
from checks.page.lines import TextBlock
from checks.page.soft404 import answered_alike, error_answer
from checks.services.visit.browsed import view_of
from web.urls import identity, path, split_fragment

_DOCUMENT = re.compile(r"\.(?:pdf|docx?|odt|rtf|zip|rar|xlsx?|ods)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LinkedTarget:
    """reading: of a page. reason: why nobody knows, as the contract has it. captures: ids it rests on."""

    kind: Literal["page", "document", "dead", "unread"]
    url: str
    captures: tuple[str, ...] = ()
    reading: PageContent | None = None
    reason: str | None = None
    rendered: bool = True


def target(case: Case, url: str) -> LinkedTarget:
    """What the visits of a URL brought, the best of them."""
    visits = case.visits(url)
    if not visits:
        return LinkedTarget("unread", url, reason=unattempted(case, url))
    outcomes = [received(case, visit) for visit in visits]
    ids = tuple(dict.fromkeys(id for visit in visits for id in visit.ids))
    good = next((visit for visit, outcome in zip(visits, outcomes, strict=True) if outcome is None), None)
    if good is None:
        dead = all(outcome == ("contradicted", "dead_link") for outcome in outcomes)
        if dead and case.proven(visits):
            return LinkedTarget("dead", url, ids)
        doubt = next((outcome[1] for outcome in outcomes if outcome and outcome[0] == "inconclusive"), None)
        return LinkedTarget("unread", url, ids, reason=doubt or "not_attempted")
    if not case.is_html(good.final):
        if good.facts.size == 0:
            return LinkedTarget("unread", url, good.ids, reason="no_match")
        return LinkedTarget("document", url, good.ids)
    view = view_of(case, url, good)
    rests = (*good.ids, *view.ids)
    if view.failure is not None:
        return LinkedTarget("unread", url, rests, reason=view.failure)
    capture = view.page or good.final
    if (error := error_answer(case, capture)) is None and answered_alike(case, capture):
        return LinkedTarget("unread", url, rests, reason="ambiguous")
    if error is not None and error.reason == "server_error":
        return LinkedTarget("unread", url, rests, reason="server_error")
    if error is not None:
        same = all(outcome is None for outcome in outcomes) and case.proven(visits)
        return LinkedTarget("dead" if same else "unread", url, ids, reason=None if same else "not_attempted")
    return LinkedTarget("page", url, rests, reading(case, capture), rendered=settled(case, capture))


def matter(case: Case) -> Callable[[PageContent], list[TextBlock]]:
    """The lines of a page that are not the portal's: not in its menus, and not on its home page.

    Not what most pages show: pages of drafts and answers are alike, and where they are many, «مهلت: …» would be a menu.
    """
    home = case.derived(
        "participation home",
        lambda: frozenset(line.key for shown in home_pages(case)[:1] for line in reading(case, shown).lines),
    )
    return lambda page: [line for line in page.lines if not line.framed and line.key not in home]


def href(page: PageContent, anchor: LexborNode) -> str | None:
    """Where a link of the page leads, without its fragment; None for the page itself and what is no page."""
    raw = (anchor.attributes.get("href") or "").strip()
    found = page.target(anchor) if raw and not raw.startswith("#") else None
    if found is None:
        return None
    found = split_fragment(found)[0]
    return None if identity(found) == identity(page.document.url) else found


def is_document(url: str) -> bool:
    """Whether the address is that of a document."""
    return _DOCUMENT.search(path(url)) is not None
