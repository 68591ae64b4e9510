"""Codes that are named and promised: in sentences, and in the fields of a card."""

from __future__ import annotations

import pytest

from checks.page.content import PageContent
from checks.tracking_codes import names_code, promise_on, promises_code, without_code
from web.document import Document


def page(body: str) -> PageContent:
    return PageContent(
        Document(f"<html><body>{body}</body></html>".encode(), "http://a.test/", "text/html; charset=utf-8")
    )


@pytest.mark.parametrize(
    ("label", "named"),
    [("کد رهگیری", True), ("شماره پیگیری درخواست", True), ("Tracking number", True), ("کد پستی", False), ("", False)],
)  # fmt: skip
def test_a_label_names_a_code_or_not(label: str, named: bool) -> None:
    assert names_code(label) is named


def test_a_text_without_its_code() -> None:
    assert without_code("کد رهگیری مرسوله").split() == ["مرسوله"]


@pytest.mark.parametrize(
    ("text", "promised"),
    [
        ("پس از ثبت، کد رهگیری به شما داده می‌شود", True),
        ("You will receive a tracking code", True),
        ("کد رهگیری ارائه نمی‌شود", False),
        ("کد رهگیری را وارد کنید", False),
    ],
)
def test_a_sentence_promises_a_code_or_not(text: str, promised: bool) -> None:
    assert promises_code(text) is promised


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<p>پس از ثبت، کد رهگیری به شما داده می‌شود.</p>", "پس از ثبت، کد رهگیری به شما داده می‌شود"),
        ("<table><tr><th>کد رهگیری</th><td>دارد</td></tr></table>", "کد رهگیری دارد"),
        ("<table><tr><td>شماره پیگیری</td><td>بله</td></tr></table>", "شماره پیگیری بله"),
        ("<dl><dt>کد رهگیری</dt><dd>بله</dd></dl>", "کد رهگیری بله"),
        ("<table><tr><th>کد رهگیری</th><td>ندارد</td></tr></table>", None),
        ("<table><tr><th>کد رهگیری مرسوله</th><td>بله</td></tr></table>", None),
        ("<table><tr><th>مدت</th><td>بله</td></tr></table>", None),
        ("<ul><li>کد رهگیری</li><li>بله</li></ul>", None),
        ("<p>خوش آمدید</p>", None),
    ],
)
def test_what_a_page_promises(body: str, said: str | None) -> None:
    assert promise_on(page(body)) == said
