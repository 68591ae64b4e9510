"""Frequencies as people write them."""

from __future__ import annotations

import pytest

from claims.period import parse_period

DAYS = """
P1D 1|P1W 7|P7D 7|P14D 14|P1M 31|P2M 62|P3M 92|P6M 184|P12M 366|P1Y 366|P2Y 731|P1Y6M 550|p1m 31|PT1H 1|PT36H 2
R/P1M 31|R/P1D 1|R12/P1W 7|R/2020-01-01/P1Y 366|P۱M 31|P٣M 92|P0.5M 16|P10Y 3653
daily 1|Daily 1|weekly 7|WEEKLY 7|biweekly 14|bi-weekly 14|fortnightly 14|monthly 31|bimonthly 62|quarterly 92
semi-annual 184|semiannual 184|half-yearly 184|annual 366|Annually 366|yearly 366|biennial 731|triennial 1096
quinquennial 1827|decennial 3653|continuous 1|real-time 1|hourly 1|UPDATE_CONT 1|MONTHLY_2 16|ANNUAL_2 184
http://publications.europa.eu/resource/authority/frequency/MONTHLY 31
http://publications.europa.eu/resource/authority/frequency/ANNUAL_3 123
http://purl.org/cld/freq/quarterly 92|every 3 months 92|every two weeks 14|every six months 184|once a year 366
twice a year 184|4 times a year 92|every day 1|each month 31|6 months 184|every other week 14|every 5 years 1827
روزانه 1|هفتگی 7|ماهانه 31|ماهیانه 31|فصلی 92|سه ماهه 92|سه‌ماهه 92|۳ ماهه 92|٣ ماهه 92|3ماهه 92|شش ماهه 184
شش‌ماهه 184|۶ ماهه 184|سالانه 366|سالیانه 366|دو سالانه 731|دوسالانه 731|پنج ساله 1827|هر روز 1|هر ماه 31
هر سه ماه یکبار 92|هر سه ماه یک بار 92|هر 2 هفته 14|دو هفته یکبار 14|ماهی یکبار 31|ماهی یک‌بار 31|سالی یک بار 366
سالی دو بار 184|هفته‌ای یک بار 7|لحظه‌ای 1|برخط 1|هفتگي 7|ماهانه‌ 31|  ماهانه  31|هر سال 366|نیم‌سالانه 184
به صورت ماهانه 31|۱۵ روزه 15|پانزده روزه 16|دو ماهه 62|چهار ماهه 123|ده ساله 3653|هر ۶ ماه 184|روزي 1
دو ماه یک بار 62|سالیانه یک بار 366|هر هفته یک بار 7
"""
STATIC = (
    "never|NEVER|historical|static|archived|one-off|not planned|NOT_PLANNED|ثابت|تاریخی|ثابت/تاریخی|هرگز|آرشیوی|یک‌بار"
    "|یکبار|بدون به‌روزرسانی|به‌روز نمی‌شود|تاريخي"
)
UNUSABLE = (
    "irregular|IRREG|as needed|as-needed|ad hoc|unknown|other|OTHER|on demand|موردی|نامنظم|بر حسب نیاز|در صورت تغییر"
    "|نامشخص|موردي|حسب مورد|ادواری|سایر"
)
REFUSED = (
    "|   |soon|P|PT|P0D|P1X|R/|1403|M1P|P1M2|P-1M|هست|ماهانه نیست شاید|P999999Y|P200Y|monthlyish|<script>"
)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        (row.rpartition(" ")[0], int(row.rpartition(" ")[2]))
        for row in DAYS.strip().replace("\n", "|").split("|")
    ],
)
def test_a_cycle_has_the_days_of_its_upper_end(text: str, days: int) -> None:
    period = parse_period(text)
    assert (period.days, period.static) == (days, False)
    assert period.text == text.strip()


@pytest.mark.parametrize("text", STATIC.split("|"))
def test_what_is_never_updated_is_static(text: str) -> None:
    period = parse_period(text)
    assert (period.days, period.static) == (None, True)


@pytest.mark.parametrize("text", UNUSABLE.split("|"))
def test_an_irregular_cycle_has_no_days(text: str) -> None:
    period = parse_period(text)
    assert (period.days, period.static) == (None, False)


@pytest.mark.parametrize("text", REFUSED.split("|"))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_period(text)
