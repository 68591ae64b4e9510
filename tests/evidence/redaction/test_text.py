"""Personal data in text: a table of what goes and what stays, each row labelled by hand."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.redaction.number_checks import is_luhn, is_mod97, is_national_id
from evidence.redaction.text import MARKER, Redactor, load_rules

# What goes: (text, kinds in the order of the text).
GOES = [
    # national ids
    ("کد ملی: 0084575948", "national_id"),
    ("کد ملی: ۰۰۸۴۵۷۵۹۴۸", "national_id"),
    ("كد ملي: ٠٠٨٤٥٧٥٩٤٨", "national_id"),  # Arabic letters and digits
    ("کد‌ملی متقاضی 0018465986 است", "national_id"),
    ("شمارهٔ ملی ۱۵۸۳۲۵۰۶۸۹", "national_id"),
    ("0076229645", "national_id"),  # with no word at all
    ("شماره0076229645", "national_id"),  # a letter of Persian is no part of a number
    ("008-457594-8", "national_id"),  # as it is printed on cards
    ("<td>0959744487</td><td>1583250689</td>", "national_id national_id"),
    ('{"nationalCode":"0084575948"}', "national_id"),
    ('<input data-national-code="0084575948">', "national_id"),
    ("?national_id=0084575948&page=2", "national_id"),
    ("تلفن 2188776658 کد ملی 1411556674", "national_id"),  # the nearer name counts
    ("شناسه ملی فرد: 0084575948", "national_id"),
    (r'{"n":"\u06f0\u06f0\u06f8\u06f4\u06f5\u06f7\u06f5\u06f9\u06f4\u06f8"}', "national_id"),
    ("&#1776;&#1776;&#1784;&#1780;&#1781;&#1783;&#1781;&#1785;&#1780;&#1784;", "national_id"),
    ("q=%DB%B0%DB%B0%DB%B8%DB%B4%DB%B5%DB%B7%DB%B5%DB%B9%DB%B4%DB%B8", "national_id"),
    # mobile telephones
    ("09123456789", "mobile"),
    ("۰۹۱۲۳۴۵۶۷۸۹", "mobile"),
    ("٠٩٣٥١٢٣٤٥٦٧", "mobile"),
    ("همراه: 0912 345 67 89", "mobile"),
    ("0912-345-6789", "mobile"),
    ("(0912) 3456789", "mobile"),
    ("+989123456789", "mobile"),
    ("+98 (912) 345 6789", "mobile"),
    ("00989361234567", "mobile"),
    ("989123456789+", "mobile"),  # as right-to-left text shows it
    ("https://wa.me/989901234567", "mobile"),
    ('<a href="tel:+989123456789">تماس</a>', "mobile"),
    ("tel%3A%2B989123456789", "mobile"),
    ("mobile%2009123456789", "mobile"),
    (r'"text":"همراه\n09123456789"', "mobile"),
    ("0912&nbsp;345&nbsp;6789", "mobile"),
    ("\u200e0912\u200c3456789\u200f", "mobile"),
    ("تلفن 02188776655 همراه ۰۹۱۲۱۲۳۴۵۶۷ دورنگار", "mobile"),
    ("0912.345.6789", "mobile"),
    ("0912–345–67–89", "mobile"),
    ("موبایل: 9123456789", "mobile"),
    ('{"mobile":"9123456789"}', "mobile"),
    ("０９１２３４５６７８９", "mobile"),
    ("09123456789 و 09123456780 و 09123456789", "mobile mobile mobile"),
    # cards
    ("6037701689095443", "card"),
    ("6219-8610-3452-9007", "card"),
    ("شماره کارت ۶۲۲۱ ۰۶۱۱ ۰۶۴۹ ۸۶۷۰ به نام", "card"),
    ("4111111111111111 5555555555554444", "card card"),
    ("6037\u200c7016\u200c8909\u200c5443", "card"),
    # accounts
    ("IR062960000000100324200001", "sheba"),
    ("ir820540102680020817909002", "sheba"),
    ("شبا: IR06 2960 0000 0010 0324 2000 01", "sheba"),
    ("IR۸۲۰۵۴۰۱۰۲۶۸۰۰۲۰۸۱۷۹۰۹۰۰۲", "sheba"),
    ("IR-06-2960-0000-0010-0324-2000-01", "sheba"),
    ("شماره شبا 062960000000100324200001", "sheba"),
    ('{"iban": "820540102680020817909002"}', "sheba"),
    # addresses of persons
    ("ali.rezaei@gmail.com", "email"),
    ("m_ahmadi1360@shahrak.test", "email"),
    ("z.karimi%40yahoo.com", "email"),
    ("z.karimi&#64;yahoo.com", "email"),
    ("mailto:reza@a.gov.ir?subject=x", "email"),
    ("https://reza:geheim@portal.test/", "email"),
    ("نشانی: sara@a.ir، ۰۹۱۲۳۴۵۶۷۸۹", "email mobile"),
    # marks of our own that a page writes
    ("[redacted:mobile:1]", "marker"),
]
# What stays, and why.
STAYS = [
    ("0084575949", "wrong check digit"),
    ("1234567890", "wrong check digit"),
    ("۱۲۳۴۵۶۷۸۹۰", "wrong check digit"),
    ("1111111111", "one digit alone"),
    ("0000000000", "one digit alone"),
    ("0123456789", "the digits in order, whose check digit is right"),
    ("-2147483648", "the smallest number of 32 bits"),
    ("1230000003", "a serial of zeros is not given out, though its check digit is right"),
    ("کد پستی: 1939512344", "a post code"),
    ("کدپستی ۱۹۳۹۵۱۲۳۴۴", "a post code"),
    ("کد ملی: - کد پستی 1939512344", "a post code: the nearer name counts"),
    ("تلفن: 2188776658", "a telephone without its zero"),
    ("نمابر 2188776658", "a fax"),
    ('<a href="tel:2188776658">', "a telephone"),
    ("/assets/app.css?v=1730001238", "seconds since 1970"),
    ('{"timestamp": 1730001238}', "seconds since 1970"),
    ("expires=1701234564; path", "seconds since 1970"),
    ('<div data-time="1730001238">', "seconds since 1970"),
    ("https://a.test/news/1730001238/title", "a number of a page"),
    ("شماره نامه 1411556674", "a letter's number"),
    ("کد پیگیری: 1411556674", "a tracking number"),
    ("99966024000", "a service's code, eleven digits"),
    ("10101234567", "a company's number, eleven digits"),
    ("3.0084575948", "a fraction"),
    ("0084575948.5", "a fraction"),
    ("00845759481", "eleven digits"),
    ("a0084575948", "part of a name"),
    ("#0084575948", "a colour or an anchor"),
    ("021-2188776658", "a telephone with its city"),
    ("1404/0084575948", "a file's number"),
    ("02188776655", "a telephone of an office"),
    ("۰۲۱-۸۸۷۷۶۶۵۵", "a telephone of an office"),
    ("0951234567", "ten digits with a wrong check digit"),
    ("09812345678", "no operator begins so"),
    ("x09123456789", "part of a name"),
    ("9123456789", "without its zero, and nothing says that it is a telephone"),
    ("062960000000100324200001", "24 digits, and nothing says that it is an account"),
    ("شبا 062960000000100324200002", "wrong check digits"),
    ("0.09123456789", "a fraction"),
    ("209123456789", "twelve digits"),
    ("0912 3 4 5 6 7 8 9", "a row of a table"),
    ("84e801e2-a50a-4a06-a120-091234567890", "an identifier"),
    ("6037701689095444", "wrong check digit"),
    ("2000112233445567", "no card begins so"),
    ("1730001238123456", "microseconds since 1970"),
    ("5200 5300 5400 5502", "a row of a table"),
    ("1400 1401 1402 1403", "years"),
    ("6037 7016 8909 5443 1234", "five groups are no card"),
    ("IR062960000000100324200002", "wrong check digits"),
    ("DE89370400440532013000", "another country's account"),
    ("info@shahrak.test", "an office"),
    ("webmaster@a.gov.ir", "an office"),
    ("ravabet.omumi@a.gov.ir", "an office"),
    ("support2@a.ir", "an office"),
    ("logo@2x.png", "a picture"),
    ("@font-face", "no address"),
    ("jquery@3.7.1", "a version"),
    ("نشانی رایانامه نام@دامنه", "no address"),
    ("خدمات الکترونیکی در ۱۴۰۴/۰۹/۰۴ ساعت ۱۲:۳۰", "a date"),
    ("redacted:mobile:1", "no mark"),
]


def _redacted(text: str) -> tuple[str, list[str]]:
    redactor = Redactor(load_rules())
    shown = redactor.text(text)
    kinds = [match.group(1).decode() for match in MARKER.finditer(shown.encode())]
    assert redactor.counts == {kind: kinds.count(kind) for kind in kinds}
    return shown, kinds


@pytest.mark.parametrize(("text", "kinds"), GOES)
def test_goes(text: str, kinds: str) -> None:
    shown, found = _redacted(text)
    assert found == kinds.split()
    digits = re.sub(r"\[redacted:[a-z_]+:\d+\]", "", shown)
    assert not re.search(
        r"\d{7}|[۰-۹]{7}|[٠-٩]{7}", digits.replace("02188776655", "").replace("2188776658", "")
    )


@pytest.mark.parametrize(("text", "why"), STAYS)
def test_stays(text: str, why: str) -> None:
    assert _redacted(text) == (text, []), why


def test_the_same_value_has_the_same_number_however_it_is_written() -> None:
    shown, _ = _redacted("09123456789، 0912 345 6789، ۰۹۱۲۳۴۵۶۷۸۹، 09351234567، +989123456789")
    assert re.findall(r"mobile:(\d)", shown) == ["1", "1", "1", "2", "1"]


def test_what_overlaps_goes_as_one() -> None:
    assert _redacted("x ali-09123456789@x.test y") == ("x [redacted:mobile:1] y", ["mobile"])
    assert _redacted("0912 345 6789@x.test")[0] == "[redacted:mobile:1]"
    assert _redacted("IR06 2960 0000 0010 0324 2000 01 6037701689095443")[1] == ["sheba", "card"]


def test_what_surrounds_a_value_stays_as_it_was() -> None:
    shown, _ = _redacted("الف ۰۹۱۲۳۴۵۶۷۸۹ ب\r\n&nbsp;%20ali@x.test%0A پ")
    assert shown == "الف [redacted:mobile:1] ب\r\n&nbsp;%20[redacted:email:1]%0A پ"


@given(st.text(alphabet="0123456789۰۱٠۹ -.@aاIR/%&#;\\u[]:", max_size=120))
def test_redacted_text_holds_nothing_more_to_redact(text: str) -> None:
    shown = Redactor(load_rules()).text(text)
    again = Redactor(load_rules())
    assert set(again.counts) <= {"marker"}
    assert again.text(shown).count("[redacted:") == shown.count("[redacted:")


def test_check_digits() -> None:
    assert is_national_id("0084575948")
    assert not is_national_id("0084575984")
    assert is_luhn("6037701689095443")
    assert not is_luhn("6037701689095434")
    assert is_mod97("IR820540102680020817909002")
    assert not is_mod97("IR820540102680020817909020")


def test_one_number_in_ten_could_be_a_national_id() -> None:
    """Why a name before it that says otherwise counts."""
    assert sum(is_national_id(f"{number:010d}") for number in range(1_234_000_000, 1_234_010_000)) == 1_000
