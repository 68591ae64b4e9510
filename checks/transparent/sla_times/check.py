"""`sla.times` (T02): does the service level agreement state times that somebody could measure?

Looked at: spans of time in the text and tables of the pages on service levels, told of an answer or a deed, and rows of
a column of times that state none. Not looked at: whether they are kept, and agreements that are files. Whether there is
an agreement of the agency's own, and no template or contract, is the element's question (`elements.sla`).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.case import Case
from checks.elements.sections import section
from checks.finding import Finding, Verdict
from checks.page.content import PageContent
from checks.page.durations import Span, spans
from checks.page.page import Page
from checks.page.wordlist import phrases
from checks.reasons import PORTAL
from checks.services.wording import sentences
from checks.transparent.no_match import no_match_finding, read_whole
from checks.transparent.rows import TableRow, row_of, rows
from checks.word_sets import OF_SECTIONS

SECTION = "sla"
_TEXTS = {"criterion": "sla_states_times", "effect": "half_of_sla"}
_LONGEST_DAYS = 372  # a year of twelve long months; whoever names more promises no time
FILE = "transparent/sla_times/words.toml"
_DEEDS, _TIMES, _OTHERS = (phrases(FILE, key) for key in ("deeds", "times", "others"))


class ServiceLevelTimes:
    """Times for answers and deeds, in days."""

    id = "sla.times"
    version = 4
    reasons = PORTAL
    words = (*OF_SECTIONS, "page/words/durations.toml")

    def judge(self, case: Case) -> Iterator[Finding]:
        found = section(case, SECTION)
        if not found.pages:
            yield found.missing(self, case, **_TEXTS)
            return
        looks = [(page, list(times(page.reading)), len(_vague_rows(page.reading))) for page in found.pages]
        if not any(stated for _, stated, _ in looks):
            whole = read_whole(case, [found], None) and not any(
                _may_state(page.reading) for page in found.pages
            )
            yield no_match_finding(self, case, found, whole=whole, **_TEXTS)
            return
        # the page that states most of its times, of those alike the first
        page, stated, vague = max((look for look in looks if look[1]), key=_share)
        text, span = stated[0]
        days = sorted(one.days for _, one in stated)
        measured = len({row for row, _ in stated})
        observed = {
            "times": len(stated),
            "measured": measured,
            "promised": measured + vague,
            "shortest_days": round(days[0], 4),
            "longest_days": round(days[-1], 4),
            "working": span.working,
            "excerpt": text[:300],
        }
        verdict: Verdict = "partial" if vague else "verified"
        yield found.about(self, case, page, verdict, None, observed, **_TEXTS)


def _may_state(page: PageContent) -> bool:
    """A number beside words of time, in a wording that is not read here."""
    return any(_TIMES.find(line.text) and any(c.isdigit() for c in line.text) for line in page.own)


def _share(look: tuple[Page, list[tuple[str, Span]], int]) -> float:
    _, stated, vague = look
    return len({row for row, _ in stated}) / (len({row for row, _ in stated}) + vague)


def _vague_rows(page: PageContent) -> list[str]:
    """Rows of tables with a column of times whose time nobody can measure: «در اسرع وقت», a dash, nothing at all."""
    by_table: dict[int, list[TableRow]] = {}
    for row in rows(page):
        by_table.setdefault(row.table, []).append(row)
    found: list[str] = []
    for table in by_table.values():
        columns = {
            position for row in table for position, cell in enumerate(row.cells)
            if _TIMES.find(row.head(position)) and any(_promised(cell, f"{row.head(position)} {row.text}"))
        }  # fmt: skip
        found += [
            row.text
            for row in table
            if columns
            and len(row.cells) >= len(row.heads)
            and not any(any(spans(cell)) for position, cell in enumerate(row.cells) if position in columns)
        ]
    return found


def times(page: PageContent) -> Iterator[tuple[str, Span]]:
    """Each time with the words it stands in: the rows of tables first, then sentences outside of them."""
    tabled: set[int] = set()
    for row in rows(page):
        tabled.add(row.ident)
        for position, cell in enumerate(row.cells):
            about = f"{row.head(position)} {row.text}"
            yield from ((row.text, span) for span in _promised(cell, about))
    for text, line in sentences(page):
        row_node = row_of(line)
        if row_node is None or row_node.mem_id not in tabled:
            yield from ((text, span) for span in _promised(text, text))


def _promised(text: str, about: str) -> Iterator[Span]:
    if _OTHERS.find(about) or not _DEEDS.find(about):
        return
    yield from (span for span in spans(text) if span.days <= _LONGEST_DAYS)


CHECK = ServiceLevelTimes()
