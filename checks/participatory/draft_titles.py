"""How drafts are called, and which lines of a page are their titles. What stands below a title is for `drafts`."""

from __future__ import annotations

from checks.dated import dates_of
from checks.elements.words import names
from checks.page.lines import TextBlock
from checks.page.wordlist import pattern, phrases, single_words, spread
from claims.persian import QUESTION_MARK, SEMICOLON

SECTION = "consultations"

FILE = "participatory/words.toml"
_NAMES = phrases(FILE, "draft_names")
# a link or heading within a consultation, or over several
_NO_TITLE = pattern(FILE, r"^<inner_openings>(?!\w)|(?<!\w)<several_drafts>(?!\w)")
_COMMON = single_words(FILE, "title_words")
_OF_ALL = single_words(FILE, "section_words")
_TITLE_LENGTH = range(12, 260)
_LEAST_WORDS = 3  # Words of a title. Fewer name a section, such as "Drafts". By hand.
_MOST_WORDS = 0.75  # a heading may leave one word of four out; two drafts of a list often share two
_SHORT_TITLE = 160  # Characters of a heading that names a draft by itself. Longer is a sentence. By hand.
_TITLE_TAGS = frozenset("td th li summary dt a strong b".split())


def subject(title: str) -> tuple[str, ...]:
    """The words of a title that tell it from others."""
    return tuple(word for word in spread(title).split() if word not in _COMMON)


def names_title(title: str, text: str) -> bool:
    """Whether a text has most of the words that tell a title from others."""
    wanted, told = set(subject(title)), set(spread(text).split())
    return bool(wanted) and len(wanted & told) >= _MOST_WORDS * len(wanted)


def _of_all(text: str) -> bool:
    """Whether a wording names drafts in general: nothing in it tells one from another."""
    return _OF_ALL.issuperset(subject(text))


def is_title(line: TextBlock) -> bool:
    """Whether a line names a draft: a heading, link or cell, with the words of one and more than those."""
    text = line.text
    if len(text) not in _TITLE_LENGTH or not (
        line.heading or line.linked or line.tag in _TITLE_TAGS or _stands_alone(line)
    ):
        return False
    if line.tag in ("li", "td") and not line.linked and text.rstrip().endswith((".", QUESTION_MARK, "?")):
        return False
    told = spread(text)
    if _NO_TITLE.search(told) or len(told.split()) < _LEAST_WORDS or _of_all(text):
        return False
    return _NAMES.find(text) is not None and not names(SECTION).is_whole(text)


def _stands_alone(line: TextBlock) -> bool:
    """A box with the name of a draft, no sentence and no date."""
    if (
        line.tag not in ("div", "p", "span")
        or len(line.text) > _SHORT_TITLE
        or line.text.rstrip().endswith((".", ":", SEMICOLON))
    ):
        return False
    opens = _NAMES.find(" ".join(line.text.split()[:3]))
    return opens is not None and not any(dates_of(line.text))


def is_inner(heading: str) -> bool:
    """Whether a heading names a part of a consultation: its text, its outcome, the form."""
    return _NO_TITLE.match(spread(heading)) is not None


def may_title(line: TextBlock) -> bool:
    """Whether a heading or link of a list of consultations may name one without saying that it is a draft."""
    shaped = len(line.text) in _TITLE_LENGTH and len(line.text.split()) >= _LEAST_WORDS
    return shaped and bool(line.heading or line.linked) and _NO_TITLE.search(spread(line.text)) is None
