"""What the values of a card say: electronic or not, a fee or none, how many visits, which level, which code.

Pure text in, values out. Nothing is guessed: what says both or neither is None.
"""

from __future__ import annotations

import re
from functools import cache

from checks.page.wordlist import Phrases, folded, spread, table
from claims.model import LEVELS, Level
from claims.persian import NON_JOINER, PERCENT, THOUSANDS, digits

CODE = re.compile(r"(?<!\d)\d{11}(?!\d)")
_SEPARATED = re.compile(rf"(?<=\d)[\s\-_/.,·\u200e\u200f{THOUSANDS}{NON_JOINER}]{{1,3}}(?=\d)")
_TICKS = "✓✔√✅🗸☑🗹"
_CROSSES = "✗✘✖❌×🗴"
# These two stand for a choice only beside boxes that were left empty.
_FILLED = "☒■●◉⬛◼"
_EMPTY = "☐□◻○▢⬜◯❏❑"
_MARKS = re.compile(f"[{_TICKS}{_CROSSES}{_FILLED}{_EMPTY}]\ufe0f?")
_NUMBER = re.compile(rf"\d[\d,.{THOUSANDS}]*")
_BLANK = re.compile(r"^(?:[\s\-–—_.…·:*/\\|]*|[xX×#*\s\-]{3,})$")
_UNFILLED = re.compile(r"^\s*[\[({<«].{0,80}[\])}>»]\s*$|\.{5,}|…{2,}|_{4,}|\{\{")
_COUNTER = re.compile(r"^\W*\d{1,2}\W*$")
_NUMERIC = frozenset(("fee", "time", "visits"))
_WORDED = frozenset(("title", "sub_title", "code", "sub_code", "documents", "fee", "time", "visits", "level"))
_LONGEST = 160  # Characters of a value that can say yes, no or a number. Longer is prose.


def blank(value: str, *, prose: bool = True) -> bool:
    """Nothing was filled in: dashes, dots, a name in brackets; in a short field also words that tell what to write."""
    if _BLANK.match(value) is not None or _UNFILLED.search(value) is not None:
        return True
    return not prose and _phrases("unfilled").find(value) is not None


def code_of(value: str) -> str:
    """The 11-digit code in a value, whatever digits and separators it is written with; "" for none."""
    plain = digits(value)
    found = CODE.search(plain) or CODE.search(_SEPARATED.sub("", plain))
    return found.group() if found else ""


def ornament(name: str, text: str, rest: str) -> bool:
    """Whether the first piece of a value is none of it: an icon or the number of a row, before what the field says.

    A number may be the beginning of a fee, a time or a count; a mark may be the answer where it is asked for one.
    """
    if not rest or any(char.isalpha() for char in text):
        return False
    if _MARKS.search(text):
        return name in _WORDED
    return _COUNTER.match(text) is not None and (name not in _NUMERIC or any(char.isdigit() for char in rest))


def says_electronic(value: str) -> bool | None:
    """What a short value says of the way a service is given; None when it says both or nothing."""
    if _MARKS.search(value):
        return _chosen(value)
    if (percent := _percent().match(digits(value))) is not None:
        return {"0": False, "100": True}.get(percent.group(1) or percent.group(2))
    return _plain(value)


@cache
def _percent() -> re.Pattern[str]:
    words = "|".join(map(re.escape, table("page/words/cards.toml")["percent"]))
    sign = f"[%{PERCENT}]"
    return re.compile(rf"^\D{{0,30}}?(?:{sign}\s*(\d{{1,3}})|(\d{{1,3}})\s*(?:{sign}|{words}))\D{{0,40}}$")


def has_mark(value: str) -> bool:
    """Whether a tick, a cross or a box stands in the value."""
    return _MARKS.search(value) is not None


def only_mark(value: str) -> bool:
    """Whether a tick, a cross or a box is all that the value says."""
    return has_mark(value) and not spread(value)


def unticked(value: str) -> bool:
    """Nothing but a box that was left empty, which says no only where others were filled in."""
    marks = _MARKS.findall(value)
    return bool(marks) and all(mark[0] in _EMPTY for mark in marks) and not spread(value)


def unchosen(value: str) -> bool:
    """A row of boxes of which none was ticked, whatever stands beside them."""
    marks = {mark[0] for mark in _MARKS.findall(value)}
    return bool(marks) and marks <= set(_EMPTY)


def answers(value: str) -> bool:
    """Nothing but a yes, a no or a mark, as after a question."""
    return _yes_or_no(value) is not None or (bool(_MARKS.search(value)) and not spread(value))


def _plain(value: str) -> bool | None:
    answer = _yes_or_no(value)
    return _words(value) if answer is None else answer


def _words(value: str) -> bool | None:
    words = spread(value)
    if not words or len(words) > _LONGEST:
        return None
    yes = any(pattern.search(words) for pattern in _patterns("electronic"))
    no = any(pattern.search(words) for pattern in _patterns("not_electronic"))
    return None if yes == no else yes


def _chosen(value: str) -> bool | None:
    """Of a row of choices the ones that are ticked; of a lone mark what it says."""
    boxed = any(mark[0] in _EMPTY for mark in _MARKS.findall(value))
    marks = [mark[0] for mark in _MARKS.findall(value)]
    words = [part.strip() for part in _MARKS.split(value)]
    if not any(spread(word) for word in words):
        said = {_state(mark, boxed=boxed) for mark in marks} - {None}
        return said.pop() if len(said) == 1 else None
    # «☑ الکترونیکی ☐ غیرالکترونیکی» or «الکترونیکی ☑ غیرالکترونیکی ☐»
    choices = words[1:] if not spread(words[0]) else words[:-1]
    if len(marks) == 1 and (said_so := _words(" ".join(words))) is not None:
        state = _state(marks[0], boxed=boxed)
        return None if state is None else (said_so if state else None if boxed else not said_so)
    chosen = [word for mark, word in zip(marks, choices, strict=False) if _state(mark, boxed=boxed)]
    chose = {_plain(word) for word in chosen} - {None}
    return chose.pop() if len(chose) == 1 else None


def _state(mark: str, *, boxed: bool) -> bool | None:
    if mark in _TICKS:
        return True
    if mark in _CROSSES:
        return False
    return True if mark in _FILLED and boxed else None


def ticked(value: str) -> bool:
    """Whether a cell of a table of choices is marked."""
    marks = [mark[0] for mark in _MARKS.findall(value)]
    if marks:
        return any(mark in _TICKS or mark in _FILLED for mark in marks)
    return value.strip() in ("*", "+", "x", "X") or _yes_or_no(value) is True


def _yes_or_no(value: str) -> bool | None:
    yes, no = _phrases("yes_words").is_whole(value), _phrases("no_words").is_whole(value)
    return None if yes == no else yes


def fee_of(value: str) -> bool | None:
    """Whether there is a fee; None when the value does not say."""
    if _MARKS.search(value):
        return _chosen(value)
    if _phrases("free").find(value) or _phrases("no_words").is_whole(value):
        return False
    numbers = [_whole(number) for number in _NUMBER.findall(digits(value))]
    if numbers:
        return any(numbers)
    return True if _phrases("charged").find(value) or _phrases("yes_words").is_whole(value) else None


def visits_of(value: str) -> int | None:
    """How often people have to come in person; None when the value does not say."""
    numbers = _NUMBER.findall(digits(value))
    if numbers:
        return min(_whole(numbers[0]), 999)
    if _phrases("no_visits").find(value) or _phrases("no_words").is_whole(value):
        return 0
    counts: dict[str, int] = table("page/words/pages.toml")["card"]["counts"]
    words = spread(value).split()
    return next((number for name, number in counts.items() if spread(name) in words), None)


def _whole(number: str) -> int:
    plain = re.sub(r"\D", "", number)[:15]
    return int(plain) if plain else 0


def level_of(value: str) -> Level | None:
    """The level that the card gives the service; None when it names none or several."""
    levels: dict[str, list[str]] = table("page/words/pages.toml")["card"]["levels"]
    found = [level for level in LEVELS if level in levels and _listed(level).find(value)]
    return found[0] if len(found) == 1 else None


@cache
def _listed(level: str) -> Phrases:
    return Phrases(table("page/words/pages.toml")["card"]["levels"][level])


@cache
def _phrases(key: str) -> Phrases:
    return Phrases(table("page/words/pages.toml")["card"][key])


@cache
def _patterns(key: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(folded(pattern)) for pattern in table("page/words/pages.toml")["card"][key])
