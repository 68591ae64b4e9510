"""How often a dataset is promised: ISO 8601 durations and frequency words, Persian and English, to days.

Days are the upper end of the cycle (a month 31, a quarter 92, a year 366), so that nobody is called late
for a short month. Not here: how long after its cycle a dataset is late (`checks.datasets.limits`).
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

from claims.model import Period
from claims.persian import fold

_MAX_DAYS = 36_600  # a hundred years; past it, it is no cycle

# Longest run of n months in any year, by n; twelve months hold a 29 February.
_MONTH_RUNS = (0, 31, 62, 92, 123, 153, 184, 215, 245, 276, 306, 337)

_ISO = re.compile(
    r"p(?:(\d+(?:[.,]\d+)?)y)?(?:(\d+(?:[.,]\d+)?)m)?(?:(\d+(?:[.,]\d+)?)w)?(?:(\d+(?:[.,]\d+)?)d)?"
    r"(?:t(?=\d)(?:(\d+(?:[.,]\d+)?)h)?(?:(\d+(?:[.,]\d+)?)m)?(?:(\d+(?:[.,]\d+)?)s)?)?"
)
_REPEATING = re.compile(r"r\d*/(?:[^/]*/)?(p[^/]+)|r\d*/(p[^/]+)/[^/]*")
_URI = re.compile(r"https?://\S*?/([^/#\s]+)/?")

_DAY, _WEEK, _MONTH, _YEAR = "day", "week", "month", "year"

# Folded, white space and punctuation removed. Value: (count, unit), or None where the word names no cycle.
_WORDS: dict[str, tuple[Fraction, str] | None] = {}
_STATIC: set[str] = set()


def _learn(count: int | Fraction, unit: str, words: str) -> None:
    _WORDS.update(dict.fromkeys((_key(word) for word in words.split("|")), (Fraction(count), unit)))


def _key(text: str) -> str:
    return "".join(char for char in fold(text) if char.isalnum())


_learn(
    1,
    _DAY,
    "daily|day|every day|each day|per day|business daily|weekdays|every business day|continuous|continuously"
    "|continual|cont|update cont|live|real time|near real time|hourly|bihourly|trihourly|minutely|secondly"
    "|twice a day|twice daily|daily 2|three times a day|12hrs|hourly 1|1min|5min|10min|15min|30min"
    "|روزانه|هر روز|هر روزه|هرروزه|روزی|روزمره|یومیه|روزهای کاری|روزانه کاری|ساعتی|هر ساعت|لحظه ای|آنی|برخط|آنلاین|پیوسته"
    "|مستمر|مداوم|به صورت مستمر|بلادرنگ|همزمان",
)
_learn(
    1,
    _WEEK,
    "weekly|week|per week|semiweekly|semi weekly|twice a week|weekly 2|three times a week|weekly 3|weekly 5"
    "|هفتگی|هر هفته|هفته ای|هفته|هفتهای",
)
_learn(2, _WEEK, "biweekly|bi weekly|fortnightly|fortnight|دو هفتگی|دوهفتگی")
_learn(
    Fraction(1, 2),
    _MONTH,
    "semimonthly|semi monthly|twice a month|monthly 2|پانزده روزه|نیم ماهه|نیمه ماهانه|ماهی دو بار",
)
_learn(
    1,
    _MONTH,
    "monthly|month|per month|monthly 3|three times a month|ماهانه|ماهیانه|هر ماه|ماهی|ماهه|ماه به ماه",
)
_learn(2, _MONTH, "bimonthly|bi monthly")
_learn(
    3,
    _MONTH,
    "quarterly|quarter|per quarter|trimestrial|trimonthly|four times a year|seasonal"
    "|فصلی|فصلانه|هر فصل|سه ماه|سه ماه یک بار|فصل",
)
_learn(4, _MONTH, "three times a year|annual 3|triannual|سالی سه بار")
_learn(
    6,
    _MONTH,
    "semiannual|semi annual|semiannually|semi annually|biannual|biannually|bi annual|half yearly|half year"
    "|twice a year|annual 2|نیم سالانه|نیمساله|نیم سال|نیمسال|نیم ساله|شش ماه|سالی دو بار|نیمسالانه",
)
_learn(
    1,
    _YEAR,
    "annual|annually|yearly|year|per year|per annum|once a year|school year|academic year|fiscal year"
    "|سالانه|سالیانه|هر سال|سالی|ساله|هر ساله|سال تحصیلی|سال مالی",
)
_learn(2, _YEAR, "biennial|biennially|bi ennial|دو سالانه|دوسالانه|دو سال")
_learn(3, _YEAR, "triennial|triennially|سه سالانه")
_learn(4, _YEAR, "quadrennial|چهار سالانه")
_learn(5, _YEAR, "quinquennial|پنج سالانه")
_learn(10, _YEAR, "decennial|ده سالانه|سرشماری ده ساله")
_learn(20, _YEAR, "bidecennial")
_learn(30, _YEAR, "tridecennial")

_STATIC.update(
    _key(word)
    for word in (
        "never|static|historical|historic|archive|archived|archival|not updated|no updates|not planned|notplanned"
        "|one time|one off|once|closed|frozen|final|completed|discontinued|no longer updated|will not be updated"
        "|fixed|r/p0d"
        "|ثابت|تاریخی|هرگز|هیچ وقت|هیچگاه|ایستا|راکد|آرشیو|آرشیوی|بایگانی|بایگانی شده|یک بار|یکباره|یک باره|یک مرتبه"
        "|فقط یک بار|یکبار برای همیشه|بدون به روز رسانی|بدون به روزرسانی|بدون بروزرسانی|به روز نمی شود|بروز نمی شود"
        "|بروزرسانی نمی شود|به روز رسانی نمی شود|بدون تغییر|ثابت/تاریخی|خاتمه یافته|متوقف|غیر قابل تغییر"
    ).split("|")
)
_WORDS.update(
    dict.fromkeys(
        (
            _key(word)
            for word in (
                "irregular|irregularly|irreg|as needed|as needed basis|asneeded|ad hoc|adhoc|on demand|on request"
                "|on change|when changed|as required|event driven|occasional|occasionally|sporadic|variable|varies"
                "|other|unknown|not specified|unspecified|unscheduled|periodic|periodically|none|n/a|na"
                "|موردی|نامنظم|نا منظم|غیر منظم|غیرمنظم|بر حسب نیاز|برحسب نیاز|در صورت نیاز|بنا به نیاز|حسب مورد"
                "|برحسب مورد|بر حسب مورد|در صورت تغییر|با تغییر|هنگام تغییر|به محض تغییر|پس از تغییر|در صورت لزوم"
                "|عنداللزوم|نامشخص|مشخص نیست|مشخص نشده|تعیین نشده|نامعلوم|متغیر|سایر|گاه به گاه|گهگاه|دوره ای|ادواری"
                "|بدون زمان بندی|فاقد زمان بندی|ندارد|درخواستی|بنا به درخواست|حسب درخواست"
            ).split("|")
        ),
        None,
    )
)

_NUMERALS = {
    **{str(number): number for number in range(1, 100)},
    **{
        _key(word): number
        for number, words in enumerate(
            (
                "one|a|an|یک|هر یک",
                "two|دو",
                "three|سه",
                "four|چهار",
                "five|پنج",
                "six|شش|شیش",
                "seven|هفت",
                "eight|هشت",
                "nine|نه",
                "ten|ده",
                "eleven|یازده",
                "twelve|دوازده",
            ),
            start=1,
        )
        for word in words.split("|")
    },
    _key("پانزده"): 15,
    _key("بیست"): 20,
    _key("سی"): 30,
    "other": 2,
    "second": 2,
    "third": 3,
}
_UNITS = {
    _key(word): unit
    for unit, words in {
        _DAY: "day|days|روز|روزه|روزانه|ساعت|ساعته|hour|hours|minute|minutes|دقیقه",
        _WEEK: "week|weeks|weekly|هفته|هفتگی",
        _MONTH: "month|months|monthly|ماه|ماهه|ماهانه",
        "quarter": "quarter|quarters|فصل",
        _YEAR: "year|years|yearly|سال|ساله|سالانه|سالیانه",
    }.items()
    for word in words.split("|")
}
_SUB_DAY = {_key(word) for word in "hour|hours|minute|minutes|ساعت|ساعته|دقیقه".split("|")}
_COUNT = "|".join(sorted(_NUMERALS, key=len, reverse=True))
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_ONCE = "یکبار|یکدفعه|یکمرتبه|باری|once"
# «هر سه ماه یک‌بار», «3 ماهه», "every 2 weeks", "once every two years": read without spaces.
_PHRASE = re.compile(rf"(?:onceevery|every|each|per|هر)?({_COUNT})?({_UNIT})(?:ای)?(?:{_ONCE})?")
# «سالی یک بار», «ماهی دو بار», "twice a year", "4 times per year".
_TIMES = re.compile(
    rf"(?:در|هر)?({_UNIT})(?:ی|ای)?({_COUNT})(?:بار|مرتبه|دفعه|نوبت)|(once|twice|(?:{_COUNT})times)(?:a|per|every|each)({_UNIT})"
)
_LEADS = re.compile(r"^(?:به صورت|بصورت|دوره|بازه|تناوب|هر)\s+(?=\S)")
_TAILS = re.compile(r"(?<!\s)\s++(?:یک\s?بار|یک\s?مرتبه|updates?|basis)$")


def parse_period(text: str) -> Period:
    """The cycle that a cell of `datasets.csv` promises. Raises ValueError when it says none we know."""
    folded = fold(text)
    if not folded:
        raise ValueError("empty")
    if (uri := _URI.fullmatch(folded)) is not None:
        folded = uri.group(1).replace("_", " ")
    if (repeating := _REPEATING.fullmatch(folded)) is not None:
        folded = repeating.group(1) or repeating.group(2)
    if re.match(r"p(?=[\dt])", folded):
        return Period(text.strip(), _iso(folded))
    key = _key(folded)
    if key in _STATIC:
        return Period(text.strip(), None, static=True)
    for candidate in dict.fromkeys((key, _key(_TAILS.sub("", folded)), _key(_LEADS.sub("", folded)))):
        if candidate in _WORDS:
            known = _WORDS[candidate]
            return Period(text.strip(), None if known is None else _days(*known))
        if (days := _phrase(candidate)) is not None:
            return Period(text.strip(), days)
    raise ValueError(f"no ISO 8601 duration and no known frequency word: {text[:80]!r}")


def _phrase(key: str) -> int | None:
    if (match := _PHRASE.fullmatch(key)) is not None:
        count = Fraction(_NUMERALS[match.group(1)] if match.group(1) else 1)
        if match.group(2) in _SUB_DAY:
            return max(1, math.ceil(count / (24 if "minute" not in match.group(2) else 1440)))
        return _days(count, _UNITS[match.group(2)])
    if (match := _TIMES.fullmatch(key)) is not None:
        unit = match.group(1) or match.group(4)
        times = match.group(2) or match.group(3).removesuffix("times")
        per = {"once": 1, "twice": 2}.get(times) or _NUMERALS[times]
        return _days(Fraction(1, per), _UNITS[unit])
    return None


def _iso(text: str) -> int:
    match = _ISO.fullmatch(text)
    if match is None or not any(match.groups()):
        raise ValueError(f"no ISO 8601 duration: {text[:80]!r}")
    years, months, weeks, days, hours, minutes, seconds = (
        Fraction(part.replace(",", ".")) if part else Fraction(0) for part in match.groups()
    )
    total = _months(years * 12 + months) + weeks * 7 + days
    total += hours / 24 + minutes / 1440 + seconds / 86_400
    return _bounded(total)


def _days(count: Fraction, unit: str) -> int:
    if unit == _YEAR:
        return _bounded(_months(count * 12))
    if unit in (_MONTH, "quarter"):
        return _bounded(_months(count * (3 if unit == "quarter" else 1)))
    return _bounded(count * (7 if unit == _WEEK else 1))


def _months(count: Fraction) -> Fraction:
    """Days of the longest run of so many months."""
    if count > 12 * 200:
        raise ValueError("longer than a hundred years")
    whole, part = divmod(count, 1)
    years, months = divmod(int(whole), 12)
    leap_days = -(-years // 4)
    days = years * 365 + leap_days + _MONTH_RUNS[months]
    return Fraction(days) + (part * 31 if months or years or part else 0)


def _bounded(days: Fraction) -> int:
    if days <= 0:
        raise ValueError("a cycle of no length")
    if days > _MAX_DAYS:
        raise ValueError("longer than a hundred years")
    return max(1, math.ceil(days))
