"""The measured pages of an agency as a table: a row for each rule, a column for each page. Holds no rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from checks.finding import Finding
from checks.registry import of_family
from web.urls import identity

_ORDER = [check.id for check in of_family("accessibility")]


@dataclass(frozen=True, slots=True)
class MeasurementCell:
    """What one rule says of one page. found, of: None when it says nothing in figures."""

    finding: Finding
    found: int | None
    of: int | None


@dataclass(frozen=True, slots=True)
class PageTable:
    """urls: of the columns. rows: (check, a cell for each column or None). pictures: file of each page's, or None.

    unmeasured: no page was looked at; the only column then tells why.
    """

    urls: tuple[str, ...]
    rows: tuple[tuple[str, tuple[MeasurementCell | None, ...]], ...]
    pictures: tuple[str | None, ...]
    unmeasured: bool


def page_table(
    findings: Iterable[Finding], home: str, picture: Callable[[str], str | None]
) -> PageTable | None:
    """None when the findings are of a version without these checks.

    home: address of the first column. picture: file for the id of a capture.
    """
    by_place = {
        (f.check, f.subject.id): f for f in findings if f.subject.kind == "page" and f.check in _ORDER
    }
    if not by_place:
        return None
    urls = sorted(
        {url for _, url in by_place}, key=lambda url: (identity(url) != identity(home), len(url), url)
    )
    rows = tuple((check, tuple(_cell(by_place.get((check, url))) for url in urls)) for check in _ORDER)
    captures = {f.subject.id: f.captures[0] for f in by_place.values() if f.captures}
    pictures = tuple(picture(captures[url]) if url in captures else None for url in urls)
    return PageTable(tuple(urls), rows, pictures, not captures)


def _cell(finding: Finding | None) -> MeasurementCell | None:
    if finding is None:
        return None
    told = finding.observed if finding.verdict in ("verified", "partial") else {}
    return MeasurementCell(finding, told.get("found"), told.get("looked_at"))
