"""Is a page really about an element of a portal, and does it say something? Reads one page, knows no visits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from checks.case import Case
from checks.elements.leads import home_pages
from checks.elements.words import names, rules_of
from checks.page.content import PageContent
from checks.page.forms.kinds import forms
from checks.page.lines import TextBlock
from checks.page.wordlist import Phrases, patterns, spread
from checks.services import wording
from checks.services.foreign import is_path, other_body
from checks.services.visit.surroundings import repeated_forms
from claims.persian import digits
from evidence.records import Capture
from web.urls import identity, split_fragment

Worth = Literal["substance", "thin", "unclear", "hollow", "under_construction", "elsewhere"]

# Characters. Two sentences say that a thing matters to the agency, and not what it does about it.
_ENOUGH = 200
_HEADINGS = 4  # Headings that say what a page is about, with its title. Lower ones are about parts. By hand.
# So many different marks of another document, fewer where a heading is one of them.
_MARKS, _MARKS_HEADED = 3, 2
_WORDS = "elements/substance.toml"
_DATE_IN_DIGITS = re.compile(
    r"(?<!\d)(?:1[34]\d\d|20\d\d)[/\-.,](?:0?[1-9]|1[0-2])[/\-.,](?:0?[1-9]|[12]\d|3[01])(?!\d)"
    r"|(?<!\d)(?:0?[1-9]|[12]\d|3[01])[/\-.](?:0?[1-9]|1[0-2])[/\-.](?:1[34]\d\d|20\d\d)(?!\d)"
)
_CODE = re.compile(r"(?<!\d)\d{11}(?!\d)")


@dataclass(frozen=True, slots=True)
class Substance:
    """worth: `elsewhere` when the page is about something else, `unclear` when its text may be everybody's.

    excerpt: what decided. length: own characters.
    """

    worth: Worth
    excerpt: str
    length: int


def substance(case: Case, element: str, page: PageContent, fragment: str | None = None) -> Substance:
    """What the page, or the part of it that the fragment points at, is worth for the element."""
    rules = rules_of(element)
    part = page.section(fragment) if fragment else ""
    text = part or page.text
    length = len(text)
    if not part:
        if (said := wording.placeholder(page)) is not None:
            return Substance("hollow", said.text, length)
        if (said := wording.says_nothing(page)) is not None:
            return Substance("elsewhere", said.text, length)
        if (said := wording.under_construction(page)) is not None:
            return Substance("under_construction", said.text, length)
        if (said := other_body(case, None, page, mentions=False)) is not None:
            return Substance("hollow", said.text, length)
        if (line := another_document(element, rules, page)) is not None:
            return Substance("hollow", line[:300], length)
    if not _about(element, rules, page, text):
        return Substance("elsewhere", text[:300], length)
    if length >= _ENOUGH or _enough_otherwise(case, rules, page, part):
        return Substance("substance", text[:300], length)
    if not part and length + _repeated(case, page) >= _ENOUGH:
        return Substance("unclear", text[:300], length)
    # a few entries of what is a list of them: little, and no empty page
    few = not part and "links" in rules and _entries(case, page, page.own)
    return Substance("thin" if few else "hollow", text[:300], length)


def _repeated(case: Case, page: PageContent) -> int:
    """Characters of prose that other pages show too, and neither the home page nor a menu or footer.

    On a small portal the same introduction on most pages passes for its frame; whether it is this page's own word or
    everybody's, nobody can tell.
    """
    at_home = {line.key for home in home_pages(case) for line in PageContent(case.document(home)).lines}
    own = {id(line) for line in page.own}
    return sum(
        len(line.text)
        for line in page.lines
        if id(line) not in own and not line.framed and not line.linked and line.key not in at_home
    )


def another_document(element: str, rules: Mapping[str, Any], page: PageContent) -> str | None:
    """The line by which the page is a sample, or another kind of document under the element's name.

    A hosting contract posted as an agreement on service levels, a model text headed «نمونه …».
    """
    headed = [line.text for line in page.headings[:_HEADINGS]] + [page.document.title]
    if not rules.get("samples"):
        for text in headed:
            words = spread(text)
            openings = (pattern.match(words) for pattern in patterns(_WORDS, "sample_openings"))
            if any(opening and names(element).find(words[opening.end() :]) for opening in openings):
                return text
    if not (marks := rules.get("instead")):
        return None
    listed = Phrases(marks)
    told = listed.all(page.text)
    entitled = next((text for text in headed if listed.find(text)), None)
    if len(told) >= (_MARKS_HEADED if entitled else _MARKS):
        return entitled or next((line.text for line in page.own if listed.find(line.text)), page.text[:300])
    return None


def _about(element: str, rules: Mapping[str, object], page: PageContent, text: str) -> bool:
    about = rules["about"]
    assert isinstance(about, list)
    if not about:
        return True
    spoken = Phrases(about).all(text)
    called = names(element)
    titled = any(called.find(line.text) for line in page.headings) or bool(called.find(page.document.title))
    return bool(spoken) and (titled or len(spoken) >= 2 or bool(called.find(text)))


def _enough_otherwise(case: Case, rules: Mapping[str, object], page: PageContent, part: str) -> bool:
    if part:
        return False
    # a form that the home page shows too is the portal's, and stands on an empty page as well
    if rules.get("form") and any(
        form.kind not in ("search", "newsletter", "captcha", "bare")
        for form in forms(page, repeated_forms(case, page))
    ):
        return True
    wanted = rules.get("links")
    return isinstance(wanted, int) and len(_entries(case, page, page.own)) >= wanted


def _entries(case: Case, page: PageContent, lines: Iterable[TextBlock]) -> set[str]:
    """What lines outside menus lead on to: neither the path to the page, nor back home, nor the page itself."""
    here = {identity(split_fragment(url)[0]) for url in (page.document.url, case.agency.portal)}
    anchors = (
        anchor for line in lines if not line.framed and not is_path(line.text) for anchor in line.anchors
    )
    led = {page.target(anchor) for anchor in anchors}
    return {url for url in led if url is not None and identity(split_fragment(url)[0]) not in here}


def stated(
    element: str, captures: tuple[Capture, ...], readings: list[PageContent]
) -> tuple[str, str, str] | None:
    """(capture id, URL, line) where a page states the thing itself: an official code, a date of update."""
    states = {"service_code": _has_code, "updated": _has_date}.get(element)
    if states is None:
        return None
    called = names(element)
    for capture, page in zip(captures, readings, strict=True):
        for position, line in enumerate(page.lines):
            if len(line.text) > 200 or not called.find(line.text):
                continue
            following = page.lines[position + 1].text if position + 1 < len(page.lines) else ""
            told = digits(f"{line.text} {following[:80]}")
            if states(told):
                return capture.id, page.document.url, told[:300]
    return None


def _has_code(text: str) -> bool:
    return _CODE.search(text) is not None


def _has_date(text: str) -> bool:
    words = spread(text)
    return _DATE_IN_DIGITS.search(text) is not None or any(
        pattern.search(words) for pattern in patterns(_WORDS, "dates")
    )
