"""`foi.officer` (T07): who answers requests for information?

Looked at: the text and tables of the agency's own pages on access to information, and its pages of contact and managers.
Not looked at: how requests are answered. That the system can be reached is for `foi.system`. Findings never hold the person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.case import Case
from checks.elements.sections import section
from checks.finding import Finding
from checks.page.content import PageContent
from checks.page.lines import TextBlock, ancestry
from checks.page.page import Page
from checks.page.wordlist import pattern, phrases, spread
from checks.reasons import PORTAL
from checks.transparent.no_match import no_match_finding, read_whole
from checks.transparent.people import addressed, bare_name, is_label, labelled, person, post, reachable
from checks.transparent.rows import LONGEST_ROW, row_of, rows
from checks.word_sets import OF_SECTIONS
from claims.persian import COMMA, SEMICOLON

FILE = "transparent/foi_officer/words.toml"
_OFFICE = pattern(FILE, "<offices>")
# on a page about access to information, whoever informs is the officer of it
_INFORMS = pattern(FILE, "<offices>|<informants>")
_PARTS = re.compile(rf"[{COMMA},:：{SEMICOLON};|()\n]|\s[-–—]\s")
_BLOCK = 6  # lines below the office that may say who it is

_OFFICER = {"criterion": "foi_officer_is_named", "effect": "third_of_access"}


class FoiOfficer:
    """A person's name, with a post or a way to reach them, beside the office."""

    id = "foi.officer"
    version = 4
    reasons = PORTAL
    words = (*OF_SECTIONS, "transparent/words.toml")

    def judge(self, case: Case) -> Iterator[Finding]:
        found = section(case, "foi")
        others = [
            page for name in ("foi_statistics", "contact", "managers") for page in section(case, name).pages
        ]
        named: Page | None = None
        for page, office in (*((one, _INFORMS) for one in found.pages), *((one, _OFFICE) for one in others)):
            for whole in _offices(page.reading, office):
                if whole:
                    yield found.about(self, case, page, "verified", None, {"reachable": True}, **_OFFICER)
                    return
                named = named or page
        if named is not None:
            yield found.about(self, case, named, "partial", None, {"reachable": False}, **_OFFICER)
        elif found.pages:
            looked_at = [found, *(section(case, name) for name in ("foi_statistics", "contact", "managers"))]
            whole = read_whole(case, looked_at, phrases(FILE, "leads")) and not any(
                _INFORMS.search(spread(line.text))
                for one in looked_at
                for page in one.pages
                for line in page.reading.own
            )
            yield no_match_finding(self, case, found, whole=whole, **_OFFICER)
        else:
            yield found.missing(self, case, **_OFFICER)


def _offices(page: PageContent, office: re.Pattern[str]) -> Iterator[bool]:
    """For each time that somebody is named beside the office, whether a post or a way to reach them is told too."""
    tabled: set[int] = set()
    for row in rows(page):
        if len(row.text) > LONGEST_ROW:
            continue
        tabled.add(row.ident)
        if office.search(spread(row.text)) is not None:
            cells = [cell for cell in row.cells if not office.search(spread(cell))]
            rest = [part for cell in row.cells if cell not in cells for part in _beside(cell, office)]
            yield from _named([*rest, *cells])
    lines = page.own
    for position, line in enumerate(lines):
        row_node = row_of(line)
        if (row_node is not None and row_node.mem_id in tabled) or len(line.text) > 400:
            continue
        if office.search(spread(line.text)) is not None:
            below = [one.text for one in _below(lines, position)]
            yield from _named([*_beside(line.text, office), *below])


def _beside(text: str, office: re.Pattern[str]) -> list[str]:
    """The parts of a text without the one that names the office, but for somebody named in the same breath."""
    found: list[str] = []
    for part in map(str.strip, _PARTS.split(text)):
        at = office.search(spread(part))
        if at is None:
            found += [part] if part else []
        elif addressed(rest := spread(part)[at.end() :]):
            found.append(rest)
    return found


def _below(lines: tuple[TextBlock, ...], position: int) -> list[TextBlock]:
    """Lines of the same element, or the next ones up to a heading of the same level."""
    line = lines[position]
    found: list[TextBlock] = []
    for one in lines[position + 1 : position + 1 + _BLOCK]:
        if 0 < one.heading <= (line.heading or 6) or len(one.text) > 300:
            break
        if line.node.tag == "li" and not any(up.mem_id == line.node.mem_id for up in ancestry(one.node, 6)):
            break
        found.append(one)
    return found


def _named(parts: list[str]) -> Iterator[bool]:
    named = False
    for position, part in enumerate(parts):
        after_label = position > 0 and is_label(parts[position - 1], "name")
        if person(part) or labelled(part, "name") is not None or (after_label and bare_name(part)):
            named = True
    if named:
        yield any(reachable(part) or post(part) is not None for part in [" ".join(parts), *parts])


CHECK = FoiOfficer()
