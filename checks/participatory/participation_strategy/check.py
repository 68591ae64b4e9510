"""`participation.strategy` (P01): has the agency a strategy of participation that is specific, dated and its own?

Looked at: pages that a link calls so, and what the page on participation says of one. Not looked at: what documents
say, and whether anybody approved it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checks.case import Case
from checks.dated import dates_of, lasting
from checks.elements.pages import LeadResult, followed
from checks.elements.sections import section
from checks.elements.words import names
from checks.finding import Finding, Verdict
from checks.outcome import received
from checks.page.boilerplate import best_view, reading
from checks.page.content import PageContent
from checks.page.durations import spans
from checks.page.page import Page
from checks.page.wordlist import pattern, phrases, spread
from checks.participatory.targets import LinkedTarget, href, is_document, target
from checks.reasons import PORTAL
from checks.word_sets import OF_DATES, OF_SECTIONS
from claims.persian import digits, tight

_TEXTS = {"criterion": "strategy_is_own", "effect": "strategy_counted"}

SECTION, ELEMENT = "participation_strategy", "participation"
# Characters. Goals and deeds in less than half a dozen lines announce a strategy and are none.
_THIN = 500
FILE = "participatory/participation_strategy/words.toml"
_MEASURED = pattern(FILE, r"(?<!\d)\d++\s?<measures>|(?<!\w)<regular>(?!\w)")
_BODY = pattern(FILE, r"(?<!\w)<bodies>(?: \w+){1,5}")
_SHORTEST_NAME = 7  # letters: a name like «سازمان» alone stands on everybody's pages


@dataclass(frozen=True, slots=True)
class _PageVerdict:
    """One page: its verdict and what is said of it."""

    verdict: Verdict
    reason: str | None
    observed: dict[str, Any]


class ParticipationStrategy:
    """Whether there is such a strategy, and what it lacks."""

    id = "participation.strategy"
    version = 2
    reasons = PORTAL
    words = (*OF_SECTIONS, *OF_DATES, "page/words/durations.toml")

    def judge(self, case: Case) -> Iterator[Finding]:
        found = section(case, SECTION)
        known = {seen.url for seen in followed(case, SECTION)}  # read already, and perhaps found wanting
        beside = [page for page in section(case, ELEMENT).pages if page.url not in known]
        read = [(page, _read(case, page)) for page in found.pages]
        read += [(page, _read(case, page)) for page in beside if _is_called(page.reading)]
        read += [(page, said) for page in beside if (said := _in_passing(page)) is not None]
        url: str | None
        if read:
            order = ("verified", "partial", "inconclusive")
            page, said = min(read, key=lambda one: order.index(one[1].verdict))
            url, rests, attempts = page.url, page.rests, page.attempts
        elif (papers := _papers(case)) is not None:
            seen, at = papers
            if at is not None and at.kind == "unread":
                said = _PageVerdict("inconclusive", at.reason or "not_attempted", {"document": True})
            else:
                said = _PageVerdict("partial", None, {"document": True, "lacks": ["dated", "specific"]})
            url, rests, attempts = seen.url, seen.captures, seen.attempts
        else:
            yield found.missing(self, case, **_TEXTS)
            return
        yield found.finding(
            self, case, url, said.verdict, said.reason, said.observed, rests, attempts, **_TEXTS
        )


def _is_called(page: PageContent) -> bool:
    """Whether a heading, or the title, of a page says that it is a strategy of participation."""
    called = names(SECTION)
    return (
        any(called.find(line.text) for line in page.headings) or called.find(page.document.title) is not None
    )


def _in_passing(page: Page) -> _PageVerdict | None:
    """A sentence or two on the page about participation that tell the goals of a strategy: thin, and not dated by it."""
    if _is_called(page.reading):
        return None
    called = names(SECTION)
    for line in page.reading.own:
        if not line.linked and called.find(line.text) and phrases(FILE, "goals").find(line.text):
            observed = {
                "thin": True,
                "dated": None,
                "lacks": ["dated", "specific"],
                "excerpt": line.text[:300],
            }
            return _PageVerdict("partial", None, observed)
    return None


def _read(case: Case, page: Page) -> _PageVerdict:
    text = page.reading.prose
    goals, channels = phrases(FILE, "goals").find(text), phrases(FILE, "channels").find(text)
    measured = any(spans(text)) or _MEASURED.search(spread(digits(text))) is not None
    specific = sum(map(bool, (goals, channels, measured))) >= 2 and len(text) >= _THIN
    dated = _dated(case, page)
    lacks = [name for name, there in (("dated", dated), ("specific", specific)) if not there]
    observed: dict[str, Any] = {
        "thin": len(text) < _THIN,
        "dated": dated,
        "lacks": lacks,
        "excerpt": page.reading.text[:300],
    }
    if (other := _of_whom(case, page.reading)) is not None:
        return _PageVerdict("inconclusive", "ambiguous", {**observed, "of": other})
    return _PageVerdict("partial" if lacks else "verified", None, observed)


def _dated(case: Case, page: Page) -> str | None:
    """The newest day up to which the page tells a date that both visits show; what lies ahead is a plan."""
    today = case.as_of.date()
    shown = lasting(case, page)
    told = [
        moment
        for line in page.reading.own
        for moment in dates_of(line.text)
        if moment in shown and moment.start <= today
    ]
    newest = max(told, key=lambda moment: moment.start, default=None)
    return min(newest.end, today).isoformat() if newest is not None else None


def _of_whom(case: Case, page: PageContent) -> str | None:
    """The body that the page's title names, where it is not the agency and the agency stands nowhere."""
    own = tight(case.agency.name)
    if own in tight(page.text) and len(own) >= _SHORTEST_NAME:
        return None
    for text in (*(line.text for line in page.headings[:3]), page.document.title):
        for match in _BODY.finditer(spread(text)):
            named = tight(match.group())
            if own and own not in named and named not in own:
                return match.group()[:100]
    return None


def _papers(case: Case) -> tuple[LeadResult, LinkedTarget | None] | None:
    """A document by that name, or a short page that hands one out; the second where nobody opened it."""
    for seen in followed(case, SECTION):
        if seen.verdict == "partial" and seen.page is None and "document" in seen.notes:
            return seen, None
    for seen in followed(case, SECTION):
        if seen.reason != "hollow" or seen.lead is None:
            continue
        for visit in case.visits(seen.lead.link.url):
            if received(case, visit) is not None or not case.is_html(visit.final):
                continue
            page = reading(case, best_view(case, visit.final))
            for line in page.own:
                for url in (href(page, anchor) for anchor in line.anchors):
                    if url is None or not is_document(url):
                        continue
                    at = target(case, url)
                    if at.kind in ("document", "unread"):
                        return seen, at
    return None


CHECK = ParticipationStrategy()
