"""What a catalogue says of one dataset: claims, cleaned and bounded. Pure; believes nothing and fetches nothing."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from checks.datasets.files.dates import parse
from claims.model import Period
from claims.period import parse_period
from claims.persian import digits
from web.urls import absolute, is_web, split_fragment

MOST_FILES = 60  # Files of one data set. Later ones are dropped. By hand.
LONGEST_TEXT = 500  # Characters of a title or licence. The rest is cut; a finding only quotes it.
LONGEST_URL = 2_000  # Characters of an address. Longer is no address; web.urls has the same bound for links.
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ]\d\d:\d\d.*)?", re.DOTALL)
_INTERVAL = re.compile(r"[/;]")
_FORMAT = re.compile(r"[\w.+/-]{1,100}")
# Years of a date in ISO form. Outside them it is a typing error, and no date is known.
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


@dataclass(frozen=True, slots=True)
class File:
    """A distribution. url: absolute, of the web. format: as declared, a media type when there is nothing else.

    size: bytes, None when none are declared.
    """

    url: str
    title: str = ""
    format: str | None = None
    size: int | None = None
    modified: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A dataset as a catalogue lists it.

    id: the catalogue's own name for it. page: where people read of it, None when nowhere. period: as declared, ""
    for none. refused: addresses it gave that no browser would fetch (javascript:, data:, file: and the like).
    """

    id: str
    title: str
    description: str = ""
    licence: str = ""
    period: str = ""
    modified: dt.date | None = None
    issued: dt.date | None = None
    page: str | None = None
    files: tuple[File, ...] = ()
    refused: int = 0

    @property
    def urls(self) -> tuple[str, ...]:
        """Its addresses: the files', then the page's."""
        return (*(file.url for file in self.files), *((self.page,) if self.page else ()))

    @property
    def newest(self) -> dt.date | None:
        """The newest date of change that it declares, of itself or of a file."""
        days = [self.modified, *(file.modified for file in self.files)]
        return max((day for day in days if day is not None), default=None)

    @property
    def cycle(self) -> Period | None:
        """The period, read; None when there is none or nobody knows what it means."""
        if not self.period:
            return None
        try:
            return parse_period(self.period)
        except ValueError:
            return None


def text_of(value: object, longest: int = LONGEST_TEXT) -> str:
    """A text on one line, without what would turn a line round or hide in it; "" for what is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = "".join(
        " " if char.isspace() else char
        for char in str(value)[: 4 * longest]
        if char.isspace() or (unicodedata.category(char) not in ("Cc", "Cs", "Co") and not _turns(char))
    )
    return " ".join(text.split())[:longest].strip()


def _turns(char: str) -> bool:
    return "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069" or char in "\u200e\u200f\ufeff\u061c"


def web_url(base: str, value: object) -> str | None:
    """An address that a browser would fetch, absolute, without its fragment; None when it is none."""
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_URL:
        return None
    target = absolute(base, value.strip())
    if target is None or not is_web(target):
        return None
    return split_fragment(target)[0]


def size_of(value: object) -> int | None:
    """Bytes, from a number or its text."""
    if isinstance(value, bool):
        return None
    text = digits(str(value)).strip()[:30] if isinstance(value, str | int | float) else ""
    match = re.fullmatch(r"(\d{1,15})(?:\.0+)?", text)
    return int(match.group(1)) if match else None


def day_of(value: object) -> dt.date | None:
    """A declared day: ISO 8601 as catalogues write it, or any date that a cell of data may hold.

    The end of an interval. None for what may be read in two ways.
    """
    text = digits(value).strip()[:100] if isinstance(value, str) else ""
    if not text:
        return None
    if (iso := _ISO.fullmatch(text)) is not None:
        if _FIRST_YEAR <= int(iso.group(1)) <= _LAST_YEAR:
            try:
                return dt.date(*map(int, iso.groups()))
            except ValueError:
                return None
        text = "-".join(iso.groups())
    elif (
        "/" in text and len(ends := [end.strip() for end in _INTERVAL.split(text)]) == 2 and len(ends[0]) > 4
    ):
        return day_of(ends[1]) or (day_of(ends[0]) if not ends[1] else None)
    moment = parse(text)
    if moment is None or moment.ambiguous or moment.order == "either":
        return None
    return moment.end


def format_of(*values: object) -> str | None:
    """The first that names a format: a word, a media type, or the last part of an address that stands for one."""
    for value in values:
        text = text_of(value, 200)
        if "://" in text:
            head, _, tail = text.rstrip("/").rpartition("/")
            text = f"{head.rpartition('/')[2]}/{tail}" if "media-types" in head else tail.rpartition("#")[2]
        if text and _FORMAT.fullmatch(text):
            return text
    return None


def whole(entry: Entry, files: Iterable[File], refused: int = 0) -> Entry:
    """The entry with its files: each address once, bounded."""
    kept: dict[str, File] = {}
    for file in files:
        if len(kept) < MOST_FILES:
            kept.setdefault(file.url, file)
    return replace(entry, files=tuple(kept.values()), refused=refused)
