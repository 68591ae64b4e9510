"""How values look on a page: numbers, dates, verdicts, and crawled text made harmless and visible."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from markupsafe import Markup, escape

from claims.persian import persian_digits
from evidence.redaction import personal
from reports.catalogue import TextCatalogue
from reports.dates import in_tehran, jalali
from reports.hosts.report_lines import (
    CodeText,
    ReportLine,
    TimeValue,
    UntrustedAddress,
    UntrustedText,
    Value,
    Values,
)
from reports.visible import visible

_NEVER = frozenset(
    chr(code)
    for first, last in (
        (0x00, 0x08),
        (0x0B, 0x0C),
        (0x0E, 0x1F),
        (0x7F, 0x9F),
        (0x202A, 0x202E),
        (0xD800, 0xDFFF),
        (0xFDD0, 0xFDEF),
        *((plane << 16 | 0xFFFE, plane << 16 | 0xFFFF) for plane in range(17)),
    )
    for code in range(first, last + 1)
)
_PERHAPS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U00010000-\U0010ffff]"
)
# Marks over and under one letter: more than any language writes stand in the way of what is beside them.
_STACKED = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{9,}"
)
_MOST_TEXT = 4_000  # characters of one text from outside on a page, as many as a reply may have
_MOST_RAW = 20_000  # characters of nested values; findings.jsonl has all of them
_MONTHS = "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند".split()
# Observed values that are codes with a text in a table of another name.
_CODES = {
    "claimed_level": "level",
    "level_at_least": "level",
    "shows": "level",
    "sign": "page_kind",
    "problems": "reason",
    "unproven": "reason",
    "card_disagrees": "card_field",
    "page_test_failed": "page_test",
    "page_test_open": "page_test",
    "header_changing": "header_missing",
    "how": "story_how",
    "part": "story_part",
    "void": "alias_void",
    "why_not": "why_not",
    "notes": "note",
    "missing": "story_card",
    "lacking": "field",
    "newest_source": "field",
}
# Tables that name the parts of an observed value; `field` names those of all others.
_PARTS = {"card": "story_card"}
_MOST_DEPTH = (
    3  # records of records are read, as the parts of a candidate; what goes deeper are measurements, and data
)
_MOST_ITEMS = 20
_OFTEN = 300  # characters; what is shorter is worth remembering
_BDI, _BDI_LTR, _BDI_URL = Markup("<bdi>"), Markup('<bdi dir="ltr">'), Markup('<bdi class="url" dir="ltr">')
_BDI_END = Markup("</bdi>")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?")
# Shown by parts of the page that are made for them.
_SHOWN_APART = frozenset({"excerpt", "sample", "fix", "lists", "unclaimed", "elsewhere", "compared"})


def brief(value: object, most: int = _MOST_TEXT) -> str:
    """Visible, and no longer than a page has room for."""
    text = str(value)
    if len(text) <= _OFTEN:
        return _brief(text)
    text = text if len(text) <= most else f"{text[:most]}…"
    return _shown(text)


@lru_cache(8_192)
def _brief(text: str) -> str:
    """Of a short text; most of them stand on many pages."""
    return _shown(text)


def _shown(text: str) -> str:
    return visible(_STACKED.sub(lambda found: f"{found.group()[:8]}…", text))


def writable(page: str) -> str:
    """A finished page without what no page may hold, whichever way it came in: controls, overrides, half characters."""
    if _PERHAPS.search(page) is None:  # twelve times as quick as a look at each character
        return page
    return "".join(f"⟦U+{ord(char):04X}⟧" if char in _NEVER else char for char in page)


def _for_html(when: dt.datetime) -> str:
    """Of a second, an attribute may hold thousandths at most."""
    return when.isoformat(timespec="milliseconds") if when.microsecond else when.isoformat()


class Formatter:
    """Formatting in one language; its methods are the filters of the templates."""

    def __init__(self, catalogue: TextCatalogue, language: str, *, published: bool = False) -> None:
        """published: for everybody to read, so that texts of others are quoted without personal data."""
        self.catalogue = catalogue
        self._published = published
        self.language = language
        self.rtl = language == "fa"
        # asked for hundreds of times a page
        self._plain = cache(catalogue.text)
        self.verdict = cache(self._verdict)
        self.number = lru_cache(8_192)(self._number)

    def text(self, key: str, **params: object) -> str:
        """A text of the catalogue; numbers among the parameters in the page's digits."""
        if not params:
            return self._plain(key)
        return self.catalogue.text(
            key, **{k: self.number(v) if isinstance(v, int | float) else v for k, v in params.items()}
        )

    def _number(self, value: float | int | None, digits: int = 0) -> str:
        """With thousands signs; «–» for none."""
        if value is None:
            return "–"
        if isinstance(value, float) and digits == 0 and not value.is_integer():
            digits = 1
        shown = f"{value:,.{digits}f}"
        if not self.rtl:
            return shown
        return persian_digits(shown.replace(",", "٬").replace(".", "٫"))

    def score(self, value: float | None) -> str:
        return self.number(value, 1)

    def percent(self, share: float | None, digits: int = 1) -> str:
        """A share of 0 to 1."""
        if share is None:
            return "–"
        shown = self.number(round(share * 100, 6), digits)
        # isolated, so that the sign stays on one side of the number whatever stands around it
        return f"\u2066{shown}٪\u2069" if self.rtl else f"{shown}%"

    def whole(self, share: float | None) -> str:
        """A share of 0 to 1 in whole percents, for figures that are no surer than that."""
        return "–" if share is None else self.percent(round(share * 100) / 100, 0)

    def date(self, value: dt.datetime | str | None) -> Markup:
        """An instant: UTC by ISO 8601, and the time in Tehran, in Persian by the Jalali calendar."""
        if value is None:
            return Markup("–")
        when = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
        utc, local = when.astimezone(dt.UTC), in_tehran(when)
        iso = utc.strftime("%Y-%m-%d %H:%M:%SZ")
        if local is None:
            return self._dated(when, iso)
        shown = local.strftime("%H:%M:%S")
        if self.rtl:
            return self._dated(when, iso, self.text("report.tehran", time=persian_digits(shown)))
        if local.date() != utc.date():
            shown = f"{local.date()} {shown}"
        return Markup('{} <span class="meta">({})</span>').format(
            self._dated(when, iso), self.text("report.tehran", time=shown)
        )

    def day(self, value: str) -> Markup:
        """A date of outside, without its time of day; what is no date, as crawled text."""
        try:
            when = dt.datetime.fromisoformat(value)
        except ValueError:
            return self.crawled(value)
        return self._dated(when, when.date().isoformat())

    def _dated(self, when: dt.datetime, iso: str, clock: str = "") -> Markup:
        """clock: the time of the day, behind the day in Persian."""
        stamp = Markup('<time datetime="{}" dir="ltr">{}</time>').format(_for_html(when), iso)
        if not self.rtl:
            return stamp
        day = jalali(when)
        if day is None:
            return stamp
        prose = persian_digits(f"{day.day} {_MONTHS[day.month - 1]} {day.year}")
        return Markup('{}{} <span class="meta">({})</span>').format(prose, clock and f"، {clock}", stamp)

    def line(self, line: ReportLine) -> Markup:
        """A sentence with its values in it, each harmless and in a direction of its own."""
        return self.fill(line.key, **line.values)

    def fill(self, key: str, /, **values: Value | Values) -> Markup:
        """A text of the catalogue, escaped, with dressed values in its fields."""
        return escape(self.catalogue.template(key)).format_map(
            {name: self.value(value) for name, value in values.items()}
        )

    def value(self, value: Value | Values) -> Markup:
        match value:
            case tuple():
                return escape(self.catalogue.text("host_words.comma")).join(self.value(one) for one in value)
            case UntrustedText(text, latin):
                return _BDI_LTR + self.brief(text) + _BDI_END if latin else self.crawled(text)
            case UntrustedAddress(text):
                return self.url(text)
            case TimeValue(iso):
                return self.day(iso)
            case CodeText(key, otherwise):
                return escape(self.text(key)) if self.catalogue.has(key) else self.crawled(otherwise)
            case str():
                return _BDI_LTR + self.brief(value) + _BDI_END
            case _:
                return escape(self.number(value))

    def brief(self, value: object, most: int = _MOST_TEXT, before: str = "") -> str:
        """Text of others, visible, as long as a page has room for, and fit for those who read it. before: what says what it is."""
        text = str(value)
        if self._published:
            # before it is cut: half a number is one too
            text = personal.text(text[: 2 * most], lambda kind: self.text(f"personal.{kind}"), before)
        return brief(text, most)

    def crawled(self, value: object, before: str = "") -> Markup:
        """Text that came from outside: isolated in direction, invisible characters shown. before: as in `brief`."""
        return _BDI + self.brief(value, before=before) + _BDI_END

    def url(self, value: object) -> Markup:
        """An address as text; never a link."""
        return _BDI_URL + brief(value) + _BDI_END if value else Markup("–")

    def _verdict(self, word: str, reason: str | None = None) -> Markup:
        mark = self.mark(word, reason)
        if reason is None:
            return mark
        return mark + Markup(' <span class="reason">{} <code>{}</code></span>').format(
            self.reason(reason), reason
        )

    def mark(self, word: str, reason: str | None = None) -> Markup:
        """A verdict alone. What was searched everywhere is not unsettled: it counts as missing."""
        if reason == "not_found_anywhere":
            return Markup('<span class="v v-not_found">{}</span>').format(self.text("gains.not_found"))
        return Markup('<span class="v v-{}">{}</span>').format(word, self.text(f"verdict.{word}"))

    def reason(self, code: str) -> str:
        return self.text(f"reason.{code}")

    def named(self, prefix: str, code: str) -> Markup:
        """The text of a code; the code itself, as code, when the catalogue has no text for it."""
        try:
            return escape(self.text(f"{prefix}.{code}"))
        except KeyError:
            return Markup("<code>{}</code>").format(brief(code))

    def observed(self, values: Mapping[str, Any]) -> list[tuple[Markup, Markup]]:
        """Observed values as (name, value); what has parts is a list of them, what is nested deeper is data."""
        return [
            (self.named("observed", name), self._value(name, value))
            for name, value in sorted(values.items())
            if value not in (None, "", [], {}) and name not in _SHOWN_APART
        ]

    def _value(self, name: str, value: Any) -> Markup:
        if isinstance(value, bool):
            return escape(self.text("report.yes" if value else "report.no"))
        if value is None:
            return Markup("–")
        if isinstance(value, int):
            return escape(self.number(value))
        if isinstance(value, float):
            return escape(self.number(value, 1 if round(value, 1) == round(value, 2) else 2))
        if isinstance(value, Mapping):
            return self._parts(name, value)
        if isinstance(value, list):
            shown = [self._value(name, item) for item in value[:_MOST_ITEMS]]
            more = Markup(" …") if len(value) > _MOST_ITEMS else Markup("")
            if any(isinstance(item, Mapping) for item in value):
                return Markup('<ul class="parts">{}</ul>{}').format(
                    Markup("").join(Markup("<li>{}</li>").format(item) for item in shown), more
                )
            return Markup(" · ").join(shown) + more
        if isinstance(value, str) and _DATE.fullmatch(value):
            return self.day(value)
        if isinstance(value, str) and value.startswith(("http://", "https://")):
            return self.url(value)
        if name == "via":
            return self._way(value)
        key = f"{_CODES.get(name, name)}.{value}"
        return escape(self.text(key)) if self.catalogue.has(key) else self.crawled(value)

    def _way(self, value: str) -> Markup:
        """«heading, action: ثبت درخواست»: what led to a page, and the link that was followed from there."""
        led, _, link = value.partition("action: ")
        codes = [code for code in led.split(", ") if code]
        if not all(self.catalogue.has(f"story_via.{code}") for code in codes):
            return self.crawled(value)
        steps = [escape(self.text(f"story_via.{code}")) for code in codes]
        if link:
            steps.append(Markup("{} {}").format(self.text("story_via.action"), self.crawled(link)))
        return Markup(" · ").join(steps)

    def _parts(self, name: str, value: Mapping[str, Any]) -> Markup:
        """The parts of a value by their names; as data, left to right, where there are too many for reading."""
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1)
        if _depth(value) > _MOST_DEPTH or len(text) > _MOST_RAW:
            return Markup('<details class="plain"><summary>{}</summary><pre>{}</pre></details>').format(
                self.text("report.as_data"), self.brief(text, _MOST_RAW)
            )
        table = _PARTS.get(name, "field")
        rows = (
            Markup("<dt>{}</dt><dd>{}</dd>").format(self.named(table, part), self._value(part, item))
            for part, item in sorted(value.items())
            if item not in ("", [], {})
        )
        return Markup('<dl class="facts parts">{}</dl>').format(Markup("").join(rows))


def _depth(value: Any) -> int:
    """How many records and lists stand inside each other."""
    if isinstance(value, Mapping):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0
