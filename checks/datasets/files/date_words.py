"""The words of dates: months, seasons, halves and week days, as `claims.persian.fold` leaves them.

Data only; `checks.datasets.files.dates` reads dates with it.
"""

from __future__ import annotations

from claims.persian import fold

Calendar = str  # "jalali" or "gregorian"


def _months(calendar: Calendar, *rows: str) -> dict[str, tuple[Calendar, int]]:
    return {
        fold(word): (calendar, month)
        for row in rows
        for month, words in enumerate(row.split("|"), start=1)
        for word in words.split()
    }


# Word → (calendar, month).
MONTHS: dict[str, tuple[Calendar, int]] = {
    **_months(
        "jalali",
        "فروردین|اردیبهشت|خرداد|تیر|مرداد امرداد|شهریور|مهر|آبان|آذر|دی|بهمن|اسفند",
        "farvardin|ordibehesht|khordad|tir|mordad amordad|shahrivar|mehr|aban|azar|dey|bahman|esfand",
    ),
    **_months(
        "gregorian",
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sep sept"
        "|october oct|november nov|december dec",
        "ژانویه ژانویهٔ|فوریه|مارس|آوریل آپریل|مه می|ژوئن جون|ژوئیه جولای ژوییه|اوت آگوست اوگوست|سپتامبر|اکتبر|نوامبر|دسامبر",
        "يناير|فبراير|مارس|أبريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر",
    ),
}

# Seasons are read in the Jalali year alone: "winter 2024" names no year for certain.
SEASONS: dict[str, int] = {
    fold(word): number
    for number, words in enumerate(("بهار", "تابستان", "پاییز پائیز", "زمستان"), start=1)
    for word in words.split()
}

ORDINALS: dict[str, int] = {
    fold(word): number
    for number, words in enumerate(
        (
            "اول یکم نخست 1 first i",
            "دوم 2 second ii",
            "سوم 3 third iii",
            "چهارم 4 fourth iv",
        ),
        start=1,
    )
    for word in words.split()
}

# Word → Python's week day (Monday is 0).
WEEKDAYS: dict[str, int] = {
    fold(word).replace(" ", ""): day
    for day, words in enumerate(
        (
            "دوشنبه|monday|mon",
            "سه شنبه|tuesday|tue|tues",
            "چهارشنبه|چهار شنبه|wednesday|wed",
            "پنجشنبه|پنج شنبه|thursday|thu|thur|thurs",
            "جمعه|آدینه|friday|fri",
            "شنبه|saturday|sat",
            "یکشنبه|یک شنبه|sunday|sun",
        )
    )
    for word in words.split("|")
}

# Words that stand beside a date and say nothing of it.
NOISE = frozenset(
    fold(word)
    for word in "تاریخ مورخ مورخه روز در سال ماه ماهه of the شمسی خورشیدی هجری میلادی year date on as"
    " مالی تحصیلی زراعی آبی".split()
)

# Lunar months: such a date is neither Jalali nor Gregorian and is left alone.
LUNAR = frozenset(
    fold(word)
    for word in "محرم صفر ربیع رجب شعبان رمضان شوال ذیقعده ذی‌قعده ذوالقعده ذیحجه ذی‌حجه ذوالحجه جمادی قمری".split()
)
