"""A code that is promised to whoever applies or complains: «کد رهگیری به شما داده می‌شود», "you will receive a tracking code"."""

from __future__ import annotations

import re

from checks.services.wording import denies
from checks.wordlist import folded, spread

_CODE = r"(?:کد|شماره|شناسه|رمز) ?(?:ی )?(?:رهگیری|پیگیری|شکایت|پرونده)|tracking (?:code|number)|reference (?:code|number)|case number"
_PROMISE = r"دریافت|ارائه|ارایه|داده|اعلام|ارسال|پیامک|صادر|تخصیص|اختصاص|نمایش|یادداشت|نگه|receive|given|get|issued|sent|shown|assigned"
_PROMISED = re.compile(
    folded(rf"(?:{_CODE})\W+(?:\w+\W+){{0,8}}?(?:{_PROMISE})|(?:{_PROMISE})\W+(?:\w+\W+){{0,6}}?(?:{_CODE})")
)
_NAMED = re.compile(folded(_CODE))


def names_code(label: str) -> bool:
    """Whether the label of a field asks for such a code."""
    return _NAMED.search(spread(label)) is not None


def promises_code(text: str) -> bool:
    """Whether a sentence promises a code; «ارائه نمی‌شود» promises none."""
    return _PROMISED.search(spread(text)) is not None and not denies(text)
