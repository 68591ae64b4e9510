"""A code that is promised to whoever applies or complains: «کد رهگیری به شما داده می‌شود», "you will receive a tracking code"."""

from __future__ import annotations

import re
from itertools import pairwise

from checks.page.content import Reading
from checks.page.wordlist import Phrases, folded, spread, table
from checks.services.wording import denies, sentences

_CODE = r"(?:کد|شماره|شناسه|رمز) ?(?:ی )?(?:رهگیری|پیگیری|شکایت|پرونده)|tracking (?:code|number)|reference (?:code|number)|case number"
_PROMISE = r"دریافت|ارائه|ارایه|داده|اعلام|ارسال|پیامک|صادر|تخصیص|اختصاص|نمایش|یادداشت|نگه|receive|given|get|issued|sent|shown|assigned"
_PROMISED = re.compile(
    folded(
        rf"(?:{_CODE})\W+(?:\w+\W+){{0,8}}?(?:{_PROMISE})|(?:{_PROMISE})\W+(?:\w+\W+){{0,6}}?(?:{_CODE})"
        r"|(?:کد|شماره|شناسه) ?(?:ی )?(?:رهگیری|پیگیری)\W+(?:\w+\W+){0,2}?دارد(?!\w)"
    )
)
_NAMED = re.compile(folded(_CODE))


def names_code(label: str) -> bool:
    """Whether the label of a field asks for such a code."""
    return _NAMED.search(spread(label)) is not None


def without_code(text: str) -> str:
    """A text without the words for such a code, spread: what else does it name?"""
    return _NAMED.sub(" ", spread(text))


def promises_code(text: str) -> bool:
    """Whether a sentence promises a code; «ارائه نمی‌شود» promises none."""
    return _PROMISED.search(spread(text)) is not None and not denies(text)


def promise_on(page: Reading) -> str | None:
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
