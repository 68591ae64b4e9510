"""`documents.published` (T08): are rules, fees and forms published, as documents that open, with a date? One finding a kind.

Looked at: the pages of each kind, the documents linked there, and dates beside them. Not looked at: what the documents
say, whether all are there, and documents that were not fetched, which are open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from checks.case import Case
from checks.dated import newest
from checks.elements.sections import section
from checks.elements.words import names
from checks.finding import Finding, Verdict
from checks.page.content import PageContent
from checks.page.forms.kinds import forms
from checks.page.page import Page
from checks.page.wordlist import pattern, phrases, spread
from checks.reasons import PORTAL
from checks.transparent.linked_files import LinkedDocument, linked_documents
from checks.transparent.no_match import no_match_finding
from checks.transparent.rows import rows
from checks.word_sets import OF_DATES, OF_SECTIONS
from claims.persian import digits, ungrouped

KINDS = ("rules", "fees", "forms")
_TEXTS = {"criterion": "documents_are_published", "effect": "third_of_documents"}
FILE = "transparent/documents_published/words.toml"
_AMOUNT = pattern(FILE, r"(?<!\d)\d{3,12}(?: <scales>)? <currencies>(?!\w)|<free>")
_FEE_HEAD = pattern(FILE, r"(?<!\w)<fee_heads>(?!\w)")
_ARTICLE = pattern(FILE, r"(?<!\w)<articles> \d{1,3}(?!\d)")
_YEAR = re.compile(r"(?<!\d)(?:1[34]\d\d|20[012]\d)(?!\d)")
_LEAST = 2  # amounts or articles that make a page itself the document


@dataclass(frozen=True, slots=True)
class _PublishedPage:
    """One page of a kind. written: the page itself is the document."""

    page: Page
    documents: tuple[LinkedDocument, ...]
    written: bool
    dated: bool

    def number(self, state: str) -> int:
        return sum(one.state == state for one in self.documents)

    @property
    def verdict(self) -> tuple[Verdict, str | None]:
        there = self.number("opened") > 0 or self.written
        if there:
            mostly_dead = 2 * self.number("dead") > len(self.documents)
            return ("verified", None) if self.dated and not mostly_dead else ("partial", None)
        if self.number("open"):
            whys = [one.why for one in self.documents if one.state == "open" and one.why]
            return "inconclusive", whys[0] if whys else "not_attempted"
        if self.documents:
            return "contradicted", "dead_link"
        return "inconclusive", "no_match"


class PublishedDocuments:
    """Rules, fees and forms: documents that open, and a date."""

    id = "documents.published"
    version = 2
    reasons = PORTAL
    words = (*OF_SECTIONS, *OF_DATES)

    def judge(self, case: Case) -> Iterator[Finding]:
        for kind in KINDS:
            yield self._finding(case, kind)

    def _finding(self, case: Case, kind: str) -> Finding:
        found = section(case, kind)
        if not found.pages:
            return found.missing(self, case, **_TEXTS)
        looks = [_looked(case, kind, page) for page in found.pages]
        best = min(looks, key=_rank)
        verdict, reason = best.verdict
        if reason == "no_match":
            return no_match_finding(self, case, found, whole=False, **_TEXTS)
        if verdict == "contradicted" and any(look.verdict[0] == "inconclusive" for look in looks):
            best = next(look for look in looks if look.verdict[0] == "inconclusive")
            verdict, reason = best.verdict
        return found.about(self, case, _resting(best), verdict, reason, _observed(best), **_TEXTS)


def _rank(look: _PublishedPage) -> tuple[int, int]:
    order = {"verified": 0, "partial": 1, "contradicted": 3}
    verdict, reason = look.verdict
    return order.get(verdict, 4 if reason == "no_match" else 2), -look.number("opened")


def _looked(case: Case, kind: str, page: Page) -> _PublishedPage:
    documents = tuple(linked_documents(case, page.reading, phrases(FILE, kind), names(kind)))
    dated = newest(case, [page]) is not None or _years_beside(documents)
    return _PublishedPage(page, documents, _is_written(kind, page.reading), dated)


def _years_beside(documents: Sequence[LinkedDocument]) -> bool:
    """A document is called by its year: «آیین‌نامهٔ مصوب ۱۳۹۹»."""
    return any(one.state == "opened" and _YEAR.search(digits(one.words)) for one in documents)


def _is_written(kind: str, page: PageContent) -> bool:
    """The page itself holds the matter: amounts of fees, articles of a rule, a form to fill in."""
    if kind == "forms":
        return any(form.kind == "service" for form in forms(page))
    text = spread(ungrouped(digits(page.text)))
    if kind == "rules":
        return len(set(_ARTICLE.findall(text))) >= _LEAST
    if len(set(_AMOUNT.findall(text))) >= _LEAST:
        return True
    return sum(_is_fee(row.heads, row.cells) for row in rows(page)) >= _LEAST


def _is_fee(heads: Sequence[str], cells: Sequence[str]) -> bool:
    return any(
        position < len(heads)
        and _FEE_HEAD.search(spread(heads[position]))
        and any(c.isdigit() for c in digits(cell))
        for position, cell in enumerate(cells)
    )


def _resting(look: _PublishedPage) -> Page:
    rests = [*look.page.rests, *(id for one in look.documents for id in one.captures)]
    return Page(
        look.page.capture,
        look.page.reading,
        look.page.url,
        tuple(dict.fromkeys(rests))[:60],
        look.page.attempts,
    )


def _observed(look: _PublishedPage) -> dict[str, Any]:
    return {
        "documents": len(look.documents),
        "opened": look.number("opened"),
        "dead": look.number("dead"),
        "open": look.number("open"),
        "dated": look.dated,
        "written": look.written,
        "dead_documents": [one.url[:500] for one in look.documents if one.state == "dead"][:10],
    }


CHECK = PublishedDocuments()
