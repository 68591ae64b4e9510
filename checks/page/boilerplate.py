"""What most pages of a portal show: menus, headers, footers, boxes. Removed before a page is read.

Learned by frequency over a sample of the pages of each host, never from one page alone. A line counts as frame
only when the home page, or most pages that no service claims, show it too: a sentence on every service page
is content.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.case import Case
from checks.derivations import once
from checks.page.content import PageContent
from checks.recent import Recent
from evidence.kinds.page import PageFacts
from evidence.records import Capture
from web.urls import host, identity, path

_SAMPLE = 40  # Pages of a host from which its boilerplate is learned, spread evenly. More say the same.
_KEPT = 128  # Pages kept as read. One beyond them is read again: slower, the same finding.
READINGS = "readings"

Keys = dict[tuple[str, str, str], int]


@dataclass(frozen=True, slots=True)
class Sample:
    """Pages of one host, taken evenly. free: those at no address that a service claims."""

    home: Capture | None
    free: tuple[Capture, ...]
    claimed: tuple[Capture, ...]


def reading(case: Case, capture: Capture) -> PageContent:
    """The page of a capture (an exchange or a rendered page), its frame removed."""
    kept = case.derived(READINGS, lambda: Recent[PageContent](_KEPT))
    page = kept.get(capture.id)
    if page is None:
        page = _read(case, capture)
        kept.keep(capture.id, page, page.document.weight)
    return page


def _read(case: Case, capture: Capture) -> PageContent:
    facts = capture.facts
    url = facts.final_url if isinstance(facts, PageFacts) else capture.url
    return PageContent(case.document(capture), frames(case).get(host(url), {}))


@once
def frames(case: Case) -> Mapping[str, Keys]:
    """By host: how often each line of the frame stands on a page."""
    return {name: _frame(case, pages) for name, pages in _samples(case).items()}


def best_view(case: Case, capture: Capture) -> Capture:
    """The finished rendered page of the same URL when there is one, else the exchange itself."""
    for page in case.rendered(capture.url):
        if isinstance(page.facts, PageFacts) and page.facts.finished:
            return page
    return capture


def sample(case: Case, name: str) -> Sample:
    """Of the pages of a host, what is looked at to learn what most of them show."""
    return _samples(case).get(name, Sample(None, (), ()))


def _samples(case: Case) -> Mapping[str, Sample]:
    return case.derived("samples of pages", lambda: dict(_sampled(case)))


def _sampled(case: Case) -> Iterator[tuple[str, Sample]]:
    claimed = {identity(service.url) for service in case.round.services_of(case.agency.id) if service.url}
    by_host: dict[str, list[Capture]] = {}
    for capture in case.pages:
        by_host.setdefault(host(capture.url), []).append(capture)
    for name, pages in by_host.items():
        homes = [page for page in pages if page.purpose == "home" or path(page.url) in ("/", "")]
        others = [page for page in pages if page not in homes]
        taken = others[:: max(1, len(others) // _SAMPLE)][:_SAMPLE]
        free = tuple(page for page in taken if identity(page.url) not in claimed)
        rest = tuple(page for page in taken if identity(page.url) in claimed)
        yield name, Sample(homes[0] if homes else None, free, rest)


def _frame(case: Case, pages: Sample) -> Keys:
    if (pages.home is not None) + len(pages.free) + len(pages.claimed) < 2:
        return {}
    home = _counts(case, pages.home) if pages.home is not None else Counter()
    free = [_counts(case, page) for page in pages.free]
    shown = [*([home] if pages.home is not None else []), *free, *(_counts(case, p) for p in pages.claimed)]
    total = Counter(key for counts in shown for key in counts)
    of_free = Counter(key for counts in free for key in counts)
    frame: Keys = {}
    for key, number in total.items():
        if number < max(2, (len(shown) + 1) // 2):
            continue
        if key in home or (of_free[key] >= 3 and of_free[key] * 2 >= len(free)):
            frame[key] = sorted(counts[key] for counts in shown if key in counts)[number // 4]
    return frame


def _counts(case: Case, page: Capture) -> Counter[tuple[str, str, str]]:
    document = case.document(best_view(case, page))
    return Counter(line.key for line in PageContent(document).lines)
