"""The documents that a page links to, and whether those that were fetched opened.

A document is a file, or a page of its own under words that name one. Its content is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from checks.case import Case, Visit
from checks.outcome import received, unattempted
from checks.page.boilerplate import best_view
from checks.page.content import PageContent
from checks.page.soft404 import answered_alike, error_answer
from checks.page.wordlist import Phrases
from checks.services.visit.seen import homes
from evidence.kinds.http import HttpFacts
from web.urls import identity, path

State = Literal["opened", "dead", "open"]
_MOST = 80  # Files of a page that are looked at. Later ones are not. By hand.
_FILE = re.compile(r"\.(?:pdf|docx?|rtf|odt|xlsx?|ods|csv|pptx?|zip|rar|7z|tiff?)$", re.IGNORECASE)
_DOWNLOADS = re.compile(
    r"(?:^|[/_.?&=-])(?:download|getfile|get_file|attachments?|filehandler|dl|fileid|showfile)(?:$|[/_.?&=-])",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|\?xml[^>]*>\s*<(?:!doctype\s+html|html))",
    re.IGNORECASE,
)
_GLANCE = 1_000  # Bytes by which a file is told from an error page


@dataclass(frozen=True, slots=True)
class LinkedDocument:
    """One document. words: of the link and the line it stands in. state: `open` where nobody can tell whether it opens.

    why: for `open` the reason. captures: those that it rests on.
    """

    url: str
    words: str
    state: State
    why: str | None = None
    captures: tuple[str, ...] = ()


def linked_documents(
    case: Case, page: PageContent, about: Phrases, leads: Phrases
) -> Iterator[LinkedDocument]:
    """Documents of the page's own lines, each once. about: words that name one; leads: of pages that only list them."""
    met = {identity(page.document.url)} | set(homes(case))
    for line in page.own:
        for anchor in line.anchors:
            href = (anchor.attributes.get("href") or "").strip()
            url = page.target(anchor) if href and not href.startswith("#") else None
            if url is None or identity(url) in met:
                continue
            words = " ".join(anchor.text(deep=True, separator=" ").split())
            filed = _is_file(case, url, "download" in anchor.attributes)
            if not filed and (leads.is_whole(words) or not about.find(words)):
                continue
            met.add(identity(url))
            yield followed(case, url, f"{words} {line.text}"[:600], is_file=filed)
            if len(met) > _MOST:
                return


def _is_file(case: Case, url: str, marked: bool) -> bool:
    if marked or _FILE.search(path(url)) or _DOWNLOADS.search(url.partition("://")[2].partition("/")[2]):
        return True
    return any(received(case, visit) is None and not case.is_html(visit.final) for visit in case.visits(url))


def followed(case: Case, url: str, words: str = "", *, is_file: bool = True) -> LinkedDocument:
    """What came of the visits of one document: dead only on two of them, opened on one."""
    visits = case.visits(url)
    ids = tuple(dict.fromkeys(id for visit in visits for id in visit.ids))
    if not visits:
        return LinkedDocument(url, words, "open", unattempted(case, url))
    looks = [_look(case, visit, is_file) for visit in visits]
    if ("opened", None) in looks:
        return LinkedDocument(url, words, "opened", None, ids)
    if all(state == "dead" for state, _ in looks):
        if case.proven(visits):
            return LinkedDocument(url, words, "dead", None, ids)
        return LinkedDocument(url, words, "open", "not_attempted", ids)
    why = next(why for state, why in looks if state == "open")
    return LinkedDocument(url, words, "open", why, ids)


def _look(case: Case, visit: Visit, filed: bool) -> tuple[State, str | None]:
    outcome = received(case, visit)
    if outcome is not None:
        return ("dead", None) if outcome[0] == "contradicted" else ("open", outcome[1])
    facts = visit.final.facts
    assert isinstance(facts, HttpFacts)
    if facts.size == 0:
        return "dead", None
    start = case.evidence.body(visit.final.id)[:_GLANCE]
    if not (_MARKUP.match(start) or (not filed and case.is_html(visit.final))):
        return "opened", None
    view = best_view(case, visit.final)
    error = error_answer(case, view)
    if identity(visit.final.url) in homes(case) or (error is not None and error.reason == "soft_404"):
        return "dead", None
    if error is not None or answered_alike(case, view):
        return "open", "ambiguous" if error is None else error.reason
    # a page in place of a file may be a login, or lead on to it
    return ("open", "ambiguous") if filed else ("opened", None)
