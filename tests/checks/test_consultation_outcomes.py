"""Outcomes of consultations (P03): each row is what followed a closed consultation, and whether it names what changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.checks.consultation_pages import (
    CLOSED,
    LOOKS,
    OPEN,
    shown,
)

# what is said under «نتیجهٔ نظرخواهی»: whether it names what changed
SAID: dict[str, bool] = {
    "بر اساس نظرهای رسیده، مهلت ماده ۳ از ده روز به پنج روز کاهش یافت.": True,
    "تبصرهٔ ماده ۲ حذف شد و بند «ب» به ماده ۵ اضافه شد.": True,
    "پیشنهاد حذف مدرک تحصیلی پذیرفته شد.": True,
    "متن بدون تغییر تصویب شد، زیرا همهٔ پیشنهادها با قانون مغایر بود.": True,
    "Following the comments, article 3 was amended.": True,
    "از مشارکت شما سپاسگزاریم.": False,
    "در مجموع ۵۶ نظر دریافت شد.": False,
    "نظرهای رسیده در متن نهایی اعمال شد.": False,
    "نتیجه پس از جمع‌بندی اعلام خواهد شد.": False,
    "ماده ۳ پس از بررسی اصلاح خواهد شد.": False,
    "متن بدون تغییر تصویب شد.": False,
    "هیچ ماده‌ای اصلاح نشد.": False,
    "": False,
}


def judged(seen: Any) -> Any:
    return seen.of("consultations.outcome")["consultations"]


def outcome(text: str) -> str:
    return f"<h2>نتیجهٔ نظرخواهی</h2><p>{text}</p>"


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("words", SAID)
def test_what_follows_a_consultation(seen: Any, words: str, look: str) -> None:
    shown(seen, LOOKS[look], [CLOSED.but(extra=outcome(words)), OPEN])
    found = judged(seen)
    assert found.observed["closed"] == 1
    assert found.observed["answered"] == SAID[words], found.observed
    if SAID[words]:
        assert (found.verdict, found.reason) == ("verified", None)
        assert found.observed["consultations"][0]["excerpt"]
    else:
        assert (found.verdict, found.reason) == ("inconclusive", "no_match")
        assert found.observed["complete_look"] is True
    assert found.observed["look_back_days"] == 730
