"""Is a claimed page the copy of a claimed page of another agency?

Compared is a page's own text: without menus and frame, without its title, and without lines that stand on most
claimed pages of both agencies, for one shop of programs sells one portal to many. Every agency of the round can be
compared with, whichever are judged; an agency's pages are read once, and only when something points to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from checks.case import Case
from checks.outcome import received
from checks.page.boilerplate import best_view, reading
from checks.page.content import PageContent
from checks.page.similarity import Print, masked
from claims.model import Agency
from evidence.kinds.http import HttpFacts
from web.urls import identity

_MOST_CLAIMS = 60  # Claims of another agency that are compared. Later ones are not: it bounds the time.
_MOST_PAGES = 200  # Pages from which another portal's boilerplate is learned. More say the same.
# Lines of a page that are compared. Later ones are not; copies are alike from their beginning.
_MOST_LINES = 400
_MOST_TEXT = 20_000  # Characters of a page that are compared. The rest is not.
# Words of its own that a page needs to be compared: a sentence or two are alike by chance.
_LEAST = 30
# With so many claimed pages it can be told which lines are the portal's.
_LEARNED = 3
_CONTROLS = frozenset({"option", "button", "label", "select"})


@dataclass(frozen=True, slots=True)
class Twin:
    """A page of another agency that is the same. distance: bits of SimHash; shared: share of the runs of three words."""

    agency: str
    service: str
    url: str
    capture: str
    distance: int
    shared: float

    def observed(self) -> dict[str, object]:
        return {
            "agency": self.agency,
            "service": self.service,
            "url": self.url,
            "distance": self.distance,
            "shared": round(self.shared, 2),
        }


@dataclass(frozen=True, slots=True)
class _Page:
    service: str
    url: str
    capture: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Texts:
    """Pages of one agency. common: keys of lines that stand on most of them; learned: whether that can be told."""

    pages: tuple[_Page, ...]
    common: frozenset[str]
    learned: bool


def nearest(
    case: Case, page: PageContent, agencies: Iterable[Agency], *, claimed: bool = True
) -> Twin | None:
    """The page of one of these agencies that is most like this one, if it is a copy; None when none is.

    claimed: compared with the pages of claimed services alone; else with any of the agency's pages.
    """
    mine = _lines(page)
    if sum(len(text.split()) for _, text in mine) < _LEAST:
        return None
    own = _texts_of(case, case.agency, claimed=True)
    found: list[Twin] = []
    for agency in agencies:
        theirs = _texts_of(case, agency, claimed=claimed)
        removed = _removed(own, theirs)
        here = _print(mine, removed)
        if here is None:
            continue
        key = ("prints", agency.id, claimed)
        prints = case.derived(key, lambda texts=theirs, cut=removed: _prints(texts, cut))  # type: ignore[misc]
        for other, there in prints:
            bits = here.bits(there)
            if bits is not None and here.near(there) and identity(other.url) != identity(page.document.url):
                shared = here.shared(there)
                found.append(Twin(agency.id, other.service, other.url, other.capture, bits, shared))
    return min(
        found,
        key=lambda twin: (twin.distance, -twin.shared, twin.agency, twin.service, twin.url),
        default=None,
    )


def _removed(own: _Texts, theirs: _Texts) -> frozenset[str]:
    """Lines of the portal at both; where one has too few pages to tell, the other tells for both."""
    if own.learned and theirs.learned:
        return own.common & theirs.common
    return own.common | theirs.common


def _print(lines: tuple[tuple[str, str], ...], removed: frozenset[str]) -> Print | None:
    kept = [text for key, text in lines if key not in removed]
    text = " ".join(kept)
    return Print.of(text) if len(text.split()) >= _LEAST else None


def _prints(texts: _Texts, removed: frozenset[str]) -> tuple[tuple[_Page, Print], ...]:
    made = ((page, _print(page.lines, removed)) for page in texts.pages)
    return tuple((page, print_) for page, print_ in made if print_ is not None)


def _texts_of(case: Case, agency: Agency, *, claimed: bool) -> _Texts:
    return case.shared.derived(("texts", agency.id, claimed), lambda: _texts(case, agency, claimed=claimed))


def _texts(case: Case, agency: Agency, *, claimed: bool) -> _Texts:
    same = agency.id == case.agency.id
    theirs = case if same else Case(case.round, agency, case.evidence, case.as_of, case.shared)
    pages = tuple(_claimed(theirs) if claimed else _any(theirs))
    shown = Counter(key for page in pages for key in {key for key, _ in page.lines})
    learned = len(pages) >= _LEARNED
    common = frozenset(key for key, count in shown.items() if learned and count * 2 >= len(pages))
    return _Texts(pages, common, learned)


def _claimed(theirs: Case) -> Iterable[_Page]:
    """The first good answer at the claimed address of each service, an address once."""
    seen = set[str]()
    for service in theirs.round.services_of(theirs.agency.id)[:_MOST_CLAIMS]:
        if service.url is None or identity(service.url) in seen:
            continue
        seen.add(identity(service.url))
        visit = next((v for v in theirs.visits(service.url) if received(theirs, v) is None), None)
        if visit is not None and theirs.is_html(visit.final):
            view = best_view(theirs, visit.final)
            yield _Page(service.id, visit.final.url, view.id, _lines(reading(theirs, view)))


def _any(theirs: Case) -> Iterable[_Page]:
    for capture in theirs.pages[:_MOST_PAGES]:
        if isinstance(capture.facts, HttpFacts) and capture.purpose in ("claim", "page"):
            yield _Page("", capture.url, capture.id, _lines(reading(theirs, capture)))


def _lines(page: PageContent) -> tuple[tuple[str, str], ...]:
    """(key, text) of the lines that a page says, without its title and its controls. Bounded."""
    main = page.main_heading
    found: list[tuple[str, str]] = []
    room = _MOST_TEXT
    for line in page.own:
        if line is main or line.tag in _CONTROLS or (line.linked and not line.heading):
            continue
        text = line.text[:room]
        room -= len(text)
        found.append((masked(text), text))
        if room <= 0 or len(found) >= _MOST_LINES:
            break
    return tuple(found)
