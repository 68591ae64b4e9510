"""What helps whoever uses a service, in the text of one page: a guide, questions, a telephone, an address, hours.

Reads one page, knows no visits. What a page of the portal's frame shows is no help of a service: only own text counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from checks.elements.words import names
from checks.page.content import PageContent
from checks.page.lines import TextBlock, ancestry
from checks.page.panels import panels
from checks.page.wordlist import patterns, phrases, spread
from checks.services.wording import denies, placeholder, says_nothing, under_construction
from claims.persian import QUESTION_MARKS, digits

Help = Literal["guide", "faq", "phone", "mail", "hours"]
HELPS: tuple[Help, ...] = ("guide", "faq", "phone", "mail", "hours")

WORDS = "user/services_support/words.toml"
_NEAR = 14  # Characters before a number in which a word says that it is a telephone. By hand.
_YEAR = re.compile(r"(?:13[89]\d|140\d|1410|20[12]\d)$")
# a number as people write it, with its area code; or a short number of a call centre, beside a word that says so
_PHONE = re.compile(r"(?<![\d/.-])(?:\+98[ -]?|0098[ -]?|0)\d{2,3}[ )-]{0,3}\d{3,4}[ -]?\d{2,5}(?![\d/])")
_LOCAL = re.compile(r"(?<![\d/.-])\d{8}(?![\d/])|(?<![\d/.-])[1-9]\d{2,4}(?![\d/])")
_SAME = re.compile(r"^(\d)\1*$")
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?P<host>[\w-]{1,63}(?:\.[\w-]{1,63}){1,6})")
_MADE_UP = re.compile(r"(?:^|\.)(?:example|domain|yourdomain|sample|site)\.|^(?:xxx|test)\.", re.IGNORECASE)
_QUESTIONS = 2  # one is a heading
_GUIDE = 80  # characters below a heading that says so; one sentence tells nobody how
_LONGEST_HEAD = 60  # Characters of a panel's name. Longer is a sentence.
_LABEL = re.compile(r"\s*+([^:：\n]{4,40})\s*+[:：]\s*+")


def helps_of(page: PageContent) -> dict[Help, str]:
    """What the page gives, each with the words that say so; nothing on a page that was not filled in."""
    if (
        placeholder(page) is not None
        or says_nothing(page) is not None
        or under_construction(page) is not None
    ):
        return {}
    found: dict[Help, str] = {}
    for line in page.own:
        text = digits(line.text)
        if "phone" not in found and (number := _phone(text)):
            found["phone"] = line.text[:200] if len(line.text) <= 200 else number
        if "mail" not in found and (mail := _mail(text)):
            found["mail"] = mail
        if "hours" not in found and _tells_hours(text):
            found["hours"] = line.text[:200]
    if (said := _guide(page)) is not None:
        found["guide"] = said
    if (said := questions(page)) is not None:
        found["faq"] = said
    return found


def _tells_hours(text: str) -> bool:
    words = f" {spread(text)}"
    return any(pattern.search(words) for pattern in patterns(WORDS, "hours")) and not denies(text)


def _phone(text: str) -> str | None:
    if phrases(WORDS, "fax").find(text) and not phrases(WORDS, "telephones").find(text):
        return None
    for match in _PHONE.finditer(text):
        postal = phrases(WORDS, "not_called").find(_before(text, match)) is not None
        if not postal and _real(match.group()):
            return match.group()
    if len(text) <= 200 and phrases(WORDS, "telephones").find(text) is not None:
        for match in _LOCAL.finditer(text):
            called = phrases(WORDS, "before_number").find(_before(text, match)) is not None
            if called and not _YEAR.match(match.group()) and _real(match.group()):
                return match.group()
    return None


def _before(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - _NEAR) : match.start()]


def _real(number: str) -> bool:
    """«۰۲۱-۰۰۰۰۰۰۰۰» and «12345678» fill a template."""
    plain = re.sub(r"\D", "", number)
    last = plain[-min(8, len(plain)) :]
    return _SAME.match(last[-7:]) is None and "12345678".find(last) < 0


def _mail(text: str) -> str | None:
    for match in _MAIL.finditer(text):
        if _MADE_UP.search(match["host"]) is None:
            return match.group()[:200]
    return None


def _guide(page: PageContent) -> str | None:
    """A heading, tab or label that says so, with text below it; the page's main heading names the service."""
    lines, main = page.own, page.main_heading
    guides = phrases(WORDS, "guides")
    for position, line in enumerate(lines):
        if line is main:
            continue
        label = _LABEL.match(line.text) if not line.linked else None
        if label is not None and guides.find(label.group(1)) and len(line.text) - label.end() >= _GUIDE:
            return line.text[:200]
        if not line.heading or guides.find(line.text) is None:
            continue
        below: list[str] = []
        for following in lines[position + 1 :]:
            if following.heading and following.heading <= line.heading:
                break
            below.append(following.text)
        if sum(map(len, below)) >= _GUIDE:
            return line.text[:200]
    return next(
        (
            said[:200]
            for said, inside in _panels(page)
            if guides.find(said) is not None
            and sum(len(one.text) for one in inside if not one.linked and not _contact(one.text)) >= _GUIDE
        ),
        None,
    )


def _panels(page: PageContent) -> Iterator[tuple[str, list[TextBlock]]]:
    """What tabs and heads of an accordion say, with the lines that they open."""
    for panel in panels(page.document.tree.body):
        if 2 <= len(panel.said) <= _LONGEST_HEAD:
            root = panel.roots[0].mem_id
            held = [line for line in page.own if any(one.mem_id == root for one in ancestry(line.node))]
            yield panel.said, [line for line in held if line.text != panel.said]


def _contact(text: str) -> bool:
    plain = digits(text)
    return _phone(plain) is not None or _mail(plain) is not None


def questions(page: PageContent) -> str | None:
    """The heading or tab of frequent questions with at least two of them below it."""
    called = names("faq")
    lines = page.own
    for position, line in enumerate(lines):
        if line.heading and called.find(line.text) is not None and _asks(lines[position + 1 : position + 80]):
            return line.text[:200]
    return next(
        (
            said[:200]
            for said, inside in _panels(page)
            if called.find(said) is not None and _asks(inside[:80])
        ),
        None,
    )


def _asks(lines: Sequence[TextBlock]) -> bool:
    asked = [line.text.rstrip().endswith(QUESTION_MARKS) for line in lines]
    told = any(not asks and len(line.text) > 20 for asks, line in zip(asked, lines, strict=True))
    return sum(asked) >= _QUESTIONS and told
