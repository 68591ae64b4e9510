"""From when until when something is open for comment, as a page says it: «از … تا …», «مهلت ارسال نظر», «به مدت ۲۰ روز».

A date counts for what is said nearest before it, or by its column. When a law was passed or results came is neither.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from checks.datasets.files.dates import Moment, parse
from checks.dated import placed
from checks.page.durations import spans
from checks.page.wordlist import pattern, phrases, spread
from checks.participatory.labelled import Labelled
from claims.persian import digits, fold

Role = Literal["opening", "closing", "other"]

FILE = "participatory/words.toml"
_WORDS = pattern(FILE, r"(?<!\w)(?:(?P<other><other>)|(?P<closing><closing>)|(?P<opening><opening>))(?!\w)")
# nothing else stands between the two dates of a pair
_PAIR = pattern(FILE, r"^\W*(?:(?:<up_to>|<between>)(?: <end_words>)?|[-–—])?\W*$")
_TO = pattern(FILE, r"(?<!\w)<up_to>(?!\w)")
_SINCE = pattern(FILE, r"(?<!\w)<since>(?: <day_words>)?$")
# «از ۱۰ تا ۲۵ آبان ۱۴۰۴», «از ۱۰ مهر تا ۲۵ آبان ۱۴۰۴»: the year, or year and month, stand once
_SHORT = pattern(
    FILE,
    r"(?<!\w)<since>\s+(?:<day_words>\s+)?(\d{1,2})(?:\s+([^\W\d_]{2,12}))?\s+(?:<up_to>|<between>)\s+(?:\S+\s+)?$",
)
_NAMED = re.compile(r"(\d{1,2})\s++([^\W\d_]++)\D*+(\d{4})")
# what may stand before the text of a law on the same page: its own dates are none of ours
_ARTICLE = pattern(FILE, r"^<articles>\s*(?:\d|<sole_article>|\w+\s*[-–:])")
# Characters of a line that states a period. Longer is an article of a draft or a whole page.
_LONGEST_LINE = 600
_SHORT_LINE = 60  # Characters of a line whose two dates are about nothing else. By hand.


@dataclass(frozen=True, slots=True)
class OpenPeriod:
    """opening, closing: days, None where none is told. excerpt: the lines that told them."""

    opening: dt.date | None = None
    closing: dt.date | None = None
    excerpt: str = ""

    @property
    def days(self) -> int | None:
        """From the first day to the last."""
        if self.opening is None or self.closing is None:
            return None
        return (self.closing - self.opening).days

    def filled(self, other: OpenPeriod) -> OpenPeriod:
        """With what the other tells and this one does not."""
        return OpenPeriod(
            self.opening or other.opening,
            self.closing or other.closing,
            " … ".join(filter(None, (self.excerpt, other.excerpt)))[:300],
        )


def period(lines: Iterable[Labelled]) -> OpenPeriod:
    """What the lines tell: the first opening, the last closing (a deadline may have been put off)."""
    opened: list[dt.date] = []
    closed: list[dt.date] = []
    lasting: list[float] = []
    said: list[str] = []
    for one in lines:
        text = one.line.text
        if len(text) > _LONGEST_LINE or _ARTICLE.match(fold(text)):
            continue
        found = list(roles(one))
        for role, moment in found:
            if role == "closing":
                closed.append(moment.end)
            elif role == "opening" and moment.precision == "day":
                opened.append(moment.start)
        days = [span.days for span in spans(text) if phrases(FILE, "about").find(f"{one.label} {text}")]
        lasting.extend(days)
        if found or days:
            said.append(f"{one.label}: {text}" if one.label else text)
    opening = min(opened, default=None)
    closing = max(closed, default=None)
    if opening is not None and closing is None and lasting:
        closing = opening + dt.timedelta(days=max(lasting))
    return OpenPeriod(opening, closing, " … ".join(said)[:300])


def roles(one: Labelled) -> Iterator[tuple[Role, Moment]]:
    """The dates of a line, and what each of them is; those that nobody says anything of are left out."""
    text = digits(one.line.text)
    found = list(placed(text))
    about = phrases(FILE, "about").find(f"{one.label} {text}") is not None
    for number, (moment, start, end) in enumerate(found):
        before = text[found[number - 1][2] if number else 0 : start]
        after = text[end : found[number + 1][1] if number + 1 < len(found) else len(text)]
        short = _short(before, text[start:end])
        if short is not None and about:
            yield "opening", short
            yield "closing", moment
            continue
        near = about or len(text) <= _SHORT_LINE  # a pair that stands alone is about nothing else
        role = _pair(before, after, number, len(found)) if near else None
        role = role or _said(before) or (_alone(before) if about else None) or _said(one.label)
        role = role or (_said(after) if number + 1 == len(found) else None)
        if role is not None:
            yield role, moment


def _said(text: str) -> Role | None:
    """The role that the last word of the text gives; results and laws go before."""
    told = spread(text)
    last: Role | None = None
    for match in _WORDS.finditer(told):
        last = "other" if match["other"] else "closing" if match["closing"] else "opening"
    return last


def _pair(before: str, after: str, number: int, count: int) -> Role | None:
    """«از A تا B», «A – B»; not where a meeting, or the making of a law, lasts so long."""
    if number and _between(before):
        return "closing"
    if number + 1 < count and _between(after):
        return "other" if _said(before) == "other" else "opening"
    return None


def _between(text: str) -> bool:
    return bool(text.strip()) and _PAIR.match(" ".join(fold(text).split())) is not None


def _alone(before: str) -> Role | None:
    told = spread(before)
    if _TO.search(told):
        return "closing"
    return "opening" if _SINCE.search(told) else None


def _short(before: str, date: str) -> Moment | None:
    """The opening of a pair that names month or year once."""
    match, closing = _SHORT.search(before), _NAMED.search(date)
    if match is None or closing is None:
        return None
    day, month = match.groups()
    found = parse(f"{day} {month or closing[2]} {closing[3]}")
    return found if found is not None and found.precision == "day" and not found.ambiguous else None
