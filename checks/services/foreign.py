"""Whose host is it, and whose page? Other bodies of the round, by host and by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.case import Case
from checks.page.content import PageContent
from checks.page.lines import selector
from checks.page.wordlist import closed
from checks.services.duplicates import Twin, nearest
from checks.services.wording import Said, unfilled
from claims.model import Agency, Service
from claims.persian import tight

_MENTIONS = 3  # How often a page must name another body to be about it. Fewer may be news or a link. By hand.
# Where a page has nothing else to go by.
_FEW_MENTIONS = 2
# Characters of a line that may be a path of links («خانه › …»), which says nothing of its own. By hand.
_PATH = 160
_STEP = re.compile(r"\s[›>/\\|]\s*\S")
# Letters of a body's name, without spaces. A shorter one may stand inside other words. By hand.
_LEAST_NAME = 8


def other_body(
    case: Case,
    service: Service | None,
    page: PageContent,
    *,
    headings_only: bool = False,
    mentions: bool = True,
) -> Said | None:
    """The line that names another body of the round as the one whose page this is; None when none does.

    A heading that names it, or its name again and again, or a page that is the same as one of its own; and
    the agency's own name nowhere. A parent or a daughter of the agency is no other body. mentions: whether
    its name again and again is enough.
    """
    own = tight(case.agency.name)
    told = page.derived("text without spaces", lambda: tight(page.text))
    if len(own) >= _LEAST_NAME and own in told:
        return None
    claimed = tight(service.title) if service is not None else ""
    for agency in _others(case):
        name = closed(agency.name)
        if name not in told or name in claimed:
            continue
        for line in page.headings:
            if name in closed(line.text):
                return Said(line.text[:300], selector(line.node))
        if headings_only:
            continue
        said = _line(page, name)
        if said is not None and (
            (mentions and told.count(name) >= _MENTIONS)
            or nearest(case, page, [agency], claimed=False) is not None
        ):
            return said
    return None


def about_other_body(case: Case, service: Service, page: PageContent) -> Said | None:
    """The line of a page of mere information that speaks of another body of the round, and never of the agency."""
    own = tight(case.agency.name)
    told = tight(" ".join(_said(page)))
    if len(own) < _LEAST_NAME or own in told:
        return None
    for agency in _others(case):
        name = closed(agency.name)
        if told.count(name) >= _FEW_MENTIONS and name not in tight(service.title):
            return _line(page, name)
    return None


def _line(page: PageContent, name: str) -> Said | None:
    """The first line of the page's own that names a body."""
    line = next((line for line in page.own if name in closed(line.text)), None)
    return None if line is None else Said(line.text[:300], selector(line.node))


def _others(case: Case) -> Iterator[Agency]:
    for agency in case.round.agencies:
        if agency.id == case.agency.id or agency.id == case.agency.parent or agency.parent == case.agency.id:
            continue
        if len(name := closed(agency.name)) >= _LEAST_NAME and name not in closed(case.agency.name):
            yield agency


@dataclass(frozen=True, slots=True)
class Copied:
    """A page that is another agency's: the line that gives it away, and the page that it is the same as."""

    said: Said
    twin: Twin


def copied(case: Case, service: Service, page: PageContent) -> Copied | None:
    """The page is the same as one of another agency, and names that agency or was never filled in.

    The same text at two agencies is no fault by itself, and neither is a page with the agency's own name.
    """
    own = tight(case.agency.name)
    told = page.derived("text without spaces", lambda: tight(page.text))
    if len(own) >= _LEAST_NAME and own in tight(" ".join(_said(page))):
        return None
    claimed = tight(service.title)
    for agency in _others(case):
        name = closed(agency.name)
        if name not in told or name in claimed or (twin := nearest(case, page, [agency])) is None:
            continue
        if (said := _line(page, name)) is not None:
            return Copied(said, twin)
    if (mark := unfilled(page)) is not None:
        related = {case.agency.id, case.agency.parent}
        others = [a for a in case.round.agencies if a.id not in related and a.parent != case.agency.id]
        if (twin := nearest(case, page, others)) is not None:
            return Copied(mark, twin)
    return None


def _said(page: PageContent) -> Iterator[str]:
    """Lines of the page without the path to it, which names the portal on every page: «سازمان » خدمات »»."""
    return (line.text for line in page.own if not is_path(line.text))


def is_path(text: str) -> bool:
    """Whether a line is the path to the page. «»» parts steps where it closes nothing."""
    return len(text) < _PATH and (text.count("»") > text.count("«") or _STEP.search(text) is not None)
