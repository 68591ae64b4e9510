"""Spans of time in running text."""

from __future__ import annotations

import pytest

from checks.page.durations import spans

# text: (days, working) of each span
TEXTS: dict[str, list[tuple[float, bool]]] = {
    "پاسخ شکایت شما ظرف ده روز کاری داده می‌شود": [(10, True)],
    "حداکثر ۱۵ روز": [(15, False)],
    "حداكثر ٣٠ روز": [(30, False)],
    "تا ۴۸ ساعت، و در موارد پیچیده سه روز": [(2, False), (3, False)],
    "within 5 working days": [(5, True)],
    "two weeks": [(14, False)],
    "سی روزه": [(30, False)],
    "سه روزکاری": [(3, True)],
    "چهل و پنج روز": [(45, False)],
    "۳۰روز": [(30, False)],
    "۵ روز اداری": [(5, True)],
    "یک ماه": [(31, False)],
    "ده ثانیه": [(10 / 86400, False)],
    "in 30 seconds": [(30 / 86400, False)],
    "از ساعت ۸ صبح تا ۱۴": [],
    "داشتن ۱۸ سال سن": [],
    "ماده ۱۰ قانون": [],
    "۱۴۰۴/۰۳/۱۵": [],
    "روزهای زوج": [],
    "شماره ۱۲۳۴ روزنامه": [],
    "0 روز": [],
}


@pytest.mark.parametrize("text", TEXTS)
def test_spans(text: str) -> None:
    found = list(spans(text))
    assert [span.days for span in found] == pytest.approx([days for days, _ in TEXTS[text]])
    assert [span.working for span in found] == [working for _, working in TEXTS[text]]
