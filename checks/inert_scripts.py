"""Whether the scripts of a page had their say: in the browser's picture, or because they are known to add nothing.

A portal's pages carry the same few scripts. Where the browser saw many of them and each time showed what the server had
sent, a page with those scripts alone is whole as it came. A script that once added something is known to no longer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from checks.case import Case
from checks.derivations import once
from checks.outcome import received
from checks.page.boilerplate import reading
from checks.services.visit.browsed import view_of
from evidence.kinds.page import PageFacts
from evidence.records import Capture
from web.document import Document

_LEAST = 5  # pages that a script left as they were
_PARTS = "form, input, select, textarea, button, a[href], iframe, table"


def settled(case: Case, capture: Capture) -> bool:
    """Whether what a capture shows is what visitors see: nothing that a script may add is missing."""
    if isinstance(capture.facts, PageFacts):
        return True
    marks = case.document(capture).script_marks
    return not marks or marks <= quiet_scripts(case)


def read_to_its_end(case: Case, capture: Capture) -> bool:
    """Whether nothing of a page is missing: neither what a script may add, nor what lies beyond our limits."""
    return not reading(case, capture).document.cut and settled(case, capture)


@once
def quiet_scripts(case: Case) -> frozenset[str]:
    """Marks (`Document.script_marks`) of the scripts that added nothing wherever the browser saw them."""
    kept: Counter[str] = Counter()
    loud = set[str]()
    for sent, shown in _pairs(case):
        if _alike(sent, shown):
            kept.update(sent.script_marks)
        else:
            loud |= sent.script_marks
    return frozenset(mark for mark, count in kept.items() if count >= _LEAST and mark not in loud)


def _pairs(case: Case) -> Iterator[tuple[Document, Document]]:
    """Pages as they were sent and as the browser showed them, where all that makes them came."""
    for capture in case.pages:
        if not case.rendered(capture.url):
            continue
        for visit in case.visits(capture.url)[:1]:
            if received(case, visit) is not None or not case.is_html(visit.final):
                continue
            view = view_of(case, capture.url, visit)
            if view.page is not None and not view.lost:
                yield case.document(visit.final), case.document(view.page)


def _alike(sent: Document, shown: Document) -> bool:
    if sent.cut or shown.cut or sent.text != shown.text:
        return False
    return all(len(sent.tree.css(part)) == len(shown.tree.css(part)) for part in _PARTS.split(", "))
