"""What most pages of a portal show: menus, headers, footers, boxes. Removed before a page is read.

Learned by frequency over a sample of the pages of each host, never from one page alone. A line counts as frame
only when the home page, or most pages that no service claims, show it too: a sentence on every service page
is content.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping

from checks.case import Case
from checks.reading import Reading
from evidence.document import Document
from evidence.records import Capture, PageFacts
from evidence.urls import host, identity, path

_SAMPLE = 40
_KEPT = 128

Keys = dict[tuple[str, str, str], int]


def reading(case: Case, capture: Capture) -> Reading:
    """The page of a capture (an exchange or a rendered page), its frame removed."""
    kept = case.derived("readings", OrderedDict[str, Reading])
    if capture.id in kept:
        kept.move_to_end(capture.id)
        return kept[capture.id]
    kept[capture.id] = page = _read(case, capture)
    if len(kept) > _KEPT:
        kept.popitem(last=False)
    return page


def _read(case: Case, capture: Capture) -> Reading:
    facts = capture.facts
    url = facts.final_url if isinstance(facts, PageFacts) else capture.url
    return Reading(case.document(capture), frames(case).get(host(url), {}))


def frames(case: Case) -> Mapping[str, Keys]:
    """By host: how often each line of the frame stands on a page."""
    return case.derived("frames", lambda: _frames(case))


def best_view(case: Case, capture: Capture) -> Capture:
    """The finished rendered page of the same URL when there is one, else the exchange itself."""
    for page in case.rendered(capture.url):
        if isinstance(page.facts, PageFacts) and page.facts.finished:
            return page
    return capture


def _frames(case: Case) -> dict[str, Keys]:
    claimed = {identity(service.url) for service in case.round.services_of(case.agency.id) if service.url}
    by_host: dict[str, list[Capture]] = {}
    for capture in case.pages:
        by_host.setdefault(host(capture.url), []).append(capture)
    return {name: _frame(case, pages, claimed) for name, pages in by_host.items()}


def _frame(case: Case, pages: list[Capture], claimed: set[str]) -> Keys:
    homes = [page for page in pages if page.purpose == "home" or path(page.url) in ("/", "")]
    others = [page for page in pages if page not in homes]
    stride = max(1, len(others) // _SAMPLE)
    sample = homes[:1] + others[::stride][:_SAMPLE]
    if len(sample) < 2:
        return {}
    shown = [_counts(case.document(best_view(case, page))) for page in sample]
    free = [
        counts
        for page, counts in zip(sample, shown, strict=True)
        if identity(page.url) not in claimed and page not in homes
    ]
    total = Counter(key for counts in shown for key in counts)
    of_free = Counter(key for counts in free for key in counts)
    home = shown[0] if homes else {}
    frame: Keys = {}
    for key, number in total.items():
        if number < max(2, (len(sample) + 1) // 2):
            continue
        if key in home or (of_free[key] >= 3 and of_free[key] * 2 >= len(free)):
            frame[key] = sorted(counts[key] for counts in shown if key in counts)[number // 4]
    return frame


def _counts(document: Document) -> Counter[tuple[str, str, str]]:
    return Counter(line.key for line in Reading(document).lines)
