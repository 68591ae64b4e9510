"""A code that is promised to whoever applies or complains: «کد رهگیری به شما داده می‌شود», "you will receive a tracking code"."""

from __future__ import annotations

from itertools import pairwise

from checks.page.content import PageContent
from checks.page.wordlist import Phrases, pattern, spread, table
from checks.services.wording import denies, sentences

FILE = "tracking_codes.toml"
_NAMED = pattern(FILE, "<codes>")
_PROMISED = pattern(
    FILE, r"<codes>\W+(?:\w+\W+){0,8}?<promises>|<promises>\W+(?:\w+\W+){0,6}?<codes>|<stated>"
)


def names_code(label: str) -> bool:
    """Whether the label of a field asks for such a code."""
    return _NAMED.search(spread(label)) is not None


def without_code(text: str) -> str:
    """A text without the words for such a code, spread: what else does it name?"""
    return _NAMED.sub(" ", spread(text))


def promises_code(text: str) -> bool:
    """Whether a sentence promises a code; «ارائه نمی‌شود» promises none."""
    return _PROMISED.search(spread(text)) is not None and not denies(text)


def promise_on(page: PageContent) -> str | None:
    """The sentence of a page that promises a code, or the field of its card that says yes to one: «کد رهگیری | دارد»."""
    for text, _ in sentences(page):
        if promises_code(text):
            return text[:300]
    yes = Phrases(table("page/words/pages.toml")["card"]["yes_words"])
    for label, value in pairwise(page.own):
        if label.tag not in ("th", "td", "dt") or _NAMED.fullmatch(spread(label.text)) is None:
            continue
        said = f"{label.text} {value.text}"[:300]
        if yes.is_whole(value.text) or promises_code(said):
            return said
    return None
