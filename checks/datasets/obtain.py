"""What came of asking for a dataset: every visit judged, the visits held against each other, the best kept.

A contradiction needs two visits with the same outcome and a live control; until then it is inconclusive. A
page that stands for the dataset is followed one hop, to the files it links to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from checks.allowance import usual_seconds
from checks.case import Case, Visit
from checks.datasets import formats
from checks.datasets.files.read import Content
from checks.datasets.files.sniff import FAMILIES, Hints
from checks.datasets.offers import Offer, of_title, offers
from checks.datasets.page import judge_page, may_offer
from checks.datasets.sandbox import examine
from checks.datasets.worth import Worth, worth
from checks.finding import Verdict
from checks.outcome import received, unattempted
from claims.model import Dataset
from evidence.kinds.http import HttpFacts
from evidence.records import Capture
from web.listed_datasets import MOST_FILES
from web.urls import identity, path

_RANK: dict[Verdict, int] = {
    "verified": 3,
    "partial": 2,
    "inconclusive": 1,
    "contradicted": 0,
    "not_applicable": 0,
}
_REASONS = {"dead_link": "not_obtainable", "robots": "not_attempted"}
_MOST_OFFERS = 24  # Files of one page that are judged. With more, "no file is good" is not said.


@dataclass(frozen=True, slots=True)
class JudgedVisit:
    """One visit and what it was worth. content: None when no body was read."""

    visit: Visit
    worth: Worth
    content: Content | None = None

    @property
    def brought_data(self) -> bool:
        """Whether it brought a file, whatever that is worth."""
        content = self.content
        return content is not None and not (
            content.is_page or content.kind == "empty" or content.fault == "error"
        )


@dataclass(frozen=True, slots=True)
class Obtained:
    """What all visits of a dataset together say.

    url: of what was judged: the claimed one, or a file that its page links to. seen: visits of that URL,
    in order; those with this outcome carry it. through: ids of the page's captures, when there was one.
    others: further files of the same page with rows. documents: those of its files that are no data. whole: nothing that the page offers was left out. names: what the
    page calls the files that are there, documents too.
    """

    url: str
    worth: Worth
    seen: tuple[JudgedVisit, ...] = ()
    through: tuple[str, ...] = ()
    others: tuple[Obtained, ...] = ()
    documents: tuple[Obtained, ...] = ()
    whole: bool = True
    names: tuple[str, ...] = ()

    @property
    def carrying(self) -> tuple[JudgedVisit, ...]:
        """Visits that had the outcome."""
        same = tuple(
            s
            for s in self.seen
            if (s.worth.verdict, s.worth.reason) == (self.worth.verdict, self.worth.reason)
        )
        return same or self.seen

    @property
    def content(self) -> Content | None:
        return next((seen.content for seen in self.carrying if seen.content is not None), None)

    @property
    def captures(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.through, *(id for seen in self.carrying for id in seen.visit.ids))))


def obtain(case: Case, dataset: Dataset, files: Sequence[Offer] = ()) -> Obtained:
    """What came of the dataset's URL; made once for all checks. files: all of its files, where a catalogue lists several."""
    return case.derived(("datasets.obtained", dataset.id), lambda: _obtain(case, dataset, files))


def _obtain(case: Case, dataset: Dataset, files: Sequence[Offer]) -> Obtained:
    if len(files) > 1 and (best := _best(case, dataset, files, MOST_FILES)) is not None:
        return best
    visits = case.visits(dataset.url)
    if not visits:
        reason = unattempted(case, dataset.url)
        return Obtained(dataset.url, Worth("inconclusive", _REASONS.get(reason, reason), detail=reason))
    seen = tuple(_judged(case, dataset, visit) for visit in visits)
    direct = Obtained(dataset.url, _together(case, seen), seen)
    pages = [s for s in seen if s.content is not None and s.content.is_page and may_offer(dataset, s.worth)]
    if pages and direct.worth.verdict not in ("verified", "partial"):
        linked = _followed(case, dataset, pages)
        if linked is not None:
            return linked
    return direct


def _judged(case: Case, dataset: Dataset, visit: Visit) -> JudgedVisit:
    outcome = received(case, visit)
    if outcome is not None:
        verdict, reason = outcome
        detail = "robots" if reason == "robots" else visit.facts.failure or ""
        stars = 0 if verdict == "contradicted" else None
        return JudgedVisit(visit, Worth(verdict, _REASONS.get(reason, reason), stars, detail))
    content = content_of(case, dataset, visit)
    if content.kind == "html" and content.package is None:
        page = judge_page(case, dataset, visit, content)
        if page is not None:  # the tables of an error page, or of the portal's own, are rows of nothing
            return JudgedVisit(visit, page, replace(content, table=None))
    return JudgedVisit(visit, worth(content, dataset), content)


def content_of(case: Case, dataset: Dataset, visit: Visit) -> Content:
    """What a visit's body holds; read once for all visits and checks that met the same bytes."""
    capture = visit.final
    facts = capture.facts
    assert isinstance(facts, HttpFacts)
    kind = facts.header("content-type")
    hints = Hints(
        content_type=kind[:200] if kind else None,
        table=formats.promises_text_table(dataset.format, capture.url, kind),
        sheet=formats.called_rows((dataset.url, capture.url), kind, facts.header("content-disposition")),
        whole=facts.truncated is None,
    )
    return case.derived(("datasets.content", capture.sha256, hints), lambda: _content(case, capture, hints))


def _content(case: Case, capture: Capture, hints: Hints) -> Content:
    body = case.evidence.body(capture.id)
    if case.child_time.over:
        return Content("binary", fault="limit", detail="time")
    with case.child_time.reading(usual_seconds(body)):
        return examine(body, hints, case.as_of.date())


def _together(case: Case, seen: Sequence[JudgedVisit]) -> Worth:
    """One outcome of several visits: the best that was seen, contradicted only when proven."""
    best = max(seen, key=lambda s: _RANK[s.worth.verdict])  # the first of equals
    if best.worth.verdict != "contradicted":
        return best.worth
    same = [s for s in seen if s.worth.reason == best.worth.reason]
    if len(same) < len(seen):
        return Worth("inconclusive", "not_attempted", detail="visits_differ")
    if not case.controlled([same[0].visit.final, same[-1].visit.final]):
        return Worth("inconclusive", "own_error", detail="no_control")
    if not case.proven([s.visit for s in same]):
        return Worth("inconclusive", "not_attempted", detail="second_visit")
    return best.worth


def _followed(case: Case, dataset: Dataset, pages: Sequence[JudgedVisit]) -> Obtained | None:
    """The best of the files that the page links to; None when it offers none."""
    through = tuple(id for page in pages for id in page.visit.ids)
    offered = offers(case, pages[0].visit)
    page = identity(dataset.url)
    if offered and sum(identity(other.url) == page for other in case.round.datasets_of(dataset.agency)) > 1:
        offered = of_title(offered, dataset.title)
        if not offered:  # which file is this dataset's, nothing says
            outcome = Worth("inconclusive", "not_attempted", detail="ambiguous_page")
            return Obtained(dataset.url, outcome, (), through)
    return _best(case, dataset, offered, _MOST_OFFERS, through)


def _best(
    case: Case, dataset: Dataset, offered: Sequence[Offer], most: int, through: tuple[str, ...] = ()
) -> Obtained | None:
    """The best of so many files at most; None when they are other pages. through: the captures that led to them."""
    found: list[Obtained] = []
    missing: list[Offer] = []
    names: list[str] = []
    for offer in offered[:most]:
        visits = case.visits(offer.url)
        file = replace(dataset, url=offer.url, format=offer.format or dataset.format)
        seen = tuple(_judged(case, file, visit) for visit in visits)
        is_page = any(s.content is not None and s.content.is_page for s in seen)
        if is_page and offer.sign == "answer":  # a link to another page, not to a file
            continue
        if not seen or (is_page and offer.sign == "words"):  # the file is a step further than we go
            missing.append(offer)
        else:
            obtained = Obtained(offer.url, _together(case, seen), seen, through)
            found.append(obtained)
            if obtained.worth.reason != "not_obtainable":
                names += [offer.text, path(offer.url).rpartition("/")[2]]
    best = max(found, key=_order, default=None)
    if best is not None and _RANK[best.worth.verdict] >= 2:
        others = tuple(other for other in found if other is not best and _holds_rows(other.worth))
        unread = any(
            other.worth.verdict == "inconclusive" or other.worth.reason == "undecodable" for other in found
        )
        whole = not missing and not unread and len(offered) <= most
        documents = tuple(other for other in found if other.worth.reason == "document_only")
        return replace(best, others=others, documents=documents, whole=whole, names=tuple(names))
    if missing:
        reason = unattempted(case, missing[0].url)
        outcome = Worth("inconclusive", _REASONS.get(reason, reason), detail="linked_file")
        return Obtained(missing[0].url, outcome, (), through)
    return best


def _holds_rows(worth: Worth) -> bool:
    """Rows of the dataset, whatever is wrong with their form."""
    return _RANK[worth.verdict] >= 2 or worth.reason in ("wrong_format", "broken_table")


def _order(obtained: Obtained) -> tuple[int, int, int]:
    # Of files that say nothing against the agency, a table before a document.
    kind = obtained.content.kind if obtained.content else "binary"
    return _RANK[obtained.worth.verdict], obtained.worth.stars or 0, FAMILIES[kind] in ("table", "sheet")
