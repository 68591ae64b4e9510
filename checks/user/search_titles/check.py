"""`search.titles` (U10): does the portal's own search find what it claims? One finding an agency.

Looked at: three claimed titles, drawn by the round's seed, and a word that names nothing, put to the search box of the home
page by GET. A title is found when the answer has a link that the answer to the other word lacks, to the claimed address
or with the title in its words. Not looked at: searches that need POST or a script, which stay open, and the further pages
of an answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qs, unquote_plus, urlsplit

from checks.case import Case, Visit
from checks.elements.absence import complete_look, not_found
from checks.elements.leads import home_pages
from checks.finding import Finding, Subject, Verdict
from checks.outcome import received, unattempted
from checks.reasons import PORTAL
from checks.services.matching.titles import MARGIN, MATCH
from checks.services.own_pages import titles_of
from checks.user.search_results import SearchResult, search_results
from checks.word_sets import OF_SECTIONS
from claims.model import Service
from claims.searches import control_word, query_of, searched
from web.document import Document
from web.search_forms import SearchBox, search_box
from web.urls import host, identity

_TEXTS = {"criterion": "search_finds_services", "effect": "half_of_search"}

Outcome = Literal["found", "not_found", "open"]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of one query. visit: None with the reason why nothing can be read."""

    visit: Visit | None
    reason: str | None
    ids: tuple[str, ...]
    document: Document | None = None


class SearchTitles:
    """One finding about the agency."""

    id = "search.titles"
    version = 3
    reasons = PORTAL
    words = OF_SECTIONS

    def judge(self, case: Case) -> Iterator[Finding]:
        yield self._finding(case)

    def _finding(self, case: Case) -> Finding:
        wanted = searched(case.agency.id, case.services, case.settings.crawl.seed)
        if not wanted:
            return self._about(case, "not_applicable", None, {}, (), 0)
        home = home_pages(case)
        if not home:
            seen = not_found(case)
            return self._about(case, "inconclusive", seen.reason, {}, seen.captures, seen.attempts)
        ids = tuple(capture.id for capture in home)
        box = _box([case.document(capture) for capture in reversed(home)])
        if box is None:
            observed = {"complete_look": complete_look(case)}
            return self._about(case, "inconclusive", "no_match", observed, ids, 1)
        told: dict[str, Any] = {"search_box": box.kind, "url": box.action or None}
        if box.kind != "get":
            reason = "needs_post" if box.kind == "post" else "needs_browser"
            return self._about(case, "inconclusive", reason, told, ids, 1)
        if not case.owns(host(box.action)):
            return self._about(
                case, "inconclusive", "not_attempted", {**told, "search_box": "foreign"}, ids, 1
            )
        return self._asked(case, wanted, box, told, ids)

    def _asked(
        self,
        case: Case,
        wanted: tuple[Service, ...],
        box: SearchBox,
        told: dict[str, Any],
        ids: tuple[str, ...],
    ) -> Finding:
        seed = case.settings.crawl.seed
        word = control_word(case.agency.id, seed)
        control = _answer(case, box.url(word))
        told |= {"seed": seed, "control": word, "searched": len(wanted)}
        if control.document is None:
            rests = (*ids, *control.ids)
            told["titles"] = [_row(service, "open", None) for service in wanted]
            return self._about(case, "inconclusive", control.reason, told, rests, 1)
        home = case.document(home_pages(case)[-1])
        rows: list[dict[str, Any]] = []
        reasons: list[str] = []
        seen = [*ids, *control.ids]
        for service in wanted:
            answer = _answer(case, box.url(query_of(service)))
            outcome, url, reason = _outcome(case, service, box, answer, control, home)
            rows.append(_row(service, outcome, url))
            seen.extend(answer.ids)
            reasons += [reason] if reason else []
        found, left = (sum(row["outcome"] == name for row in rows) for name in ("found", "open"))
        told |= {"titles": rows, "found": found, "unsettled": left}
        if found:
            verdict: Verdict = "verified" if found == len(wanted) else "partial"
            return self._about(case, verdict, None, told, seen, 1)
        if left:
            return self._about(case, "inconclusive", reasons[0], told, seen, 1)
        return self._about(case, "inconclusive", "no_match", {**told, "complete_look": True}, seen, 1)

    def _about(
        self,
        case: Case,
        verdict: Verdict,
        reason: str | None,
        observed: dict[str, Any],
        captures: Sequence[str],
        attempts: int,
    ) -> Finding:
        about = Subject("agency", case.agency.id, observed.get("url") or case.agency.portal)
        return case.finding(self, about, verdict, reason, observed, captures, attempts, **_TEXTS)


def _row(service: Service, outcome: Outcome, url: str | None) -> dict[str, Any]:
    return {"service": service.id, "title": service.title[:200], "outcome": outcome, "url": url}


def _box(documents: list[Document]) -> SearchBox | None:
    """As the crawl chose it: the first box that can be asked, of the page as sent before the page as shown."""
    boxes = [box for document in documents if (box := search_box(document)) is not None]
    return next((box for box in boxes if box.kind == "get"), boxes[0] if boxes else None)


def _answer(case: Case, url: str) -> _Answer:
    visits = case.visits(url)
    if not visits:
        return _Answer(None, unattempted(case, url), ())
    visit = visits[0]
    outcome = received(case, visit)
    if outcome is not None:
        # an error page on one visit refutes no search
        return _Answer(None, outcome[1] if outcome[0] == "inconclusive" else "ambiguous", visit.ids)
    if not case.is_html(visit.final):
        return _Answer(None, "needs_browser", visit.ids)
    return _Answer(visit, None, visit.ids, case.document(visit.final))


def _outcome(
    case: Case, service: Service, box: SearchBox, answer: _Answer, control: _Answer, home: Document
) -> tuple[Outcome, str | None, str | None]:
    """What became of one title, where it was found, and why it stays open."""
    if answer.document is None or answer.visit is None or control.document is None or control.visit is None:
        return "open", None, answer.reason
    claimed = identity(service.url) if service.url else None
    landed = identity(answer.visit.final.url)
    if claimed == landed and landed != identity(control.visit.final.url):
        return "found", answer.visit.final.url, None
    here = _listed(case, answer.document, box, query_of(service))
    other, first = (_listed(case, page, box, query_of(service)) for page in (control.document, home))
    told, idle, usual = (Counter(one.key for one in each) for each in (here, other, first))
    mine = [one for one in here if one.key == claimed or _names(case, service, one)]
    new = [one for one in mine if told[one.key] > idle[one.key]]
    if new:
        return "found", new[0].url, None
    if any(idle[one.key] > usual[one.key] for one in mine):
        return "open", None, "ambiguous"  # it answers so to anything
    if answer.document.cut:
        return "open", None, "limit"
    if answer.document.scripts and not told - idle:
        return "open", None, "needs_browser"  # what it lists may come by a script
    return "not_found", None, None


def _listed(case: Case, page: Document, box: SearchBox, query: str) -> tuple[SearchResult, ...]:
    """Links of a page but those that put a query: they echo what was asked."""
    return tuple(
        one
        for one in search_results(page)
        if box.field not in parse_qs(urlsplit(one.url).query) and query not in unquote_plus(one.url)
        if case.owns(host(one.url)) or any(one.key == identity(s.url) for s in case.services if s.url)
    )


def _names(case: Case, service: Service, result: SearchResult) -> bool:
    """Whether a result carries the title, and no other claimed title as well as that."""
    titles = titles_of(case)
    for words in result.words:
        score = titles.score(service, words)
        rivals = [s for s in case.services if s.id != service.id and s.title != service.title]
        if score >= MATCH and all(titles.score(rival, words) < score - MARGIN for rival in rivals):
            return True
    return False


CHECK = SearchTitles()
