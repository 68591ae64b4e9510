"""Search boxes of pages: which can be asked by GET, at which address, and which cannot."""

from __future__ import annotations

import pytest

from web.document import Document
from web.search_forms import search_box

HERE = "http://portal.test/home/"
# the page's form: address of the query «آب», or the kind that cannot be asked, or None for no search
FORMS: dict[str, str | None] = {
    '<form action="/search"><input name=q></form>': "http://portal.test/search?q=%D8%A2%D8%A8",
    '<form><input type=search name=text></form>': "http://portal.test/home/?text=%D8%A2%D8%A8",
    '<form method=GET action="find?lang=fa#top"><input name=word placeholder="جست‌وجو"></form>': "http://portal.test/home/find?word=%D8%A2%D8%A8",
    '<form action="/s"><input type=hidden name=scope value=all><input name=s><button>برو</button></form>': "http://portal.test/s?scope=all&s=%D8%A2%D8%A8",
    '<form action="/s"><select name=in><option value=1>خدمات<option value=2 selected>اخبار</select><input name=s></form>': "http://portal.test/s?in=2&s=%D8%A2%D8%A8",
    '<form action="/s"><input name=x1><button>جستجو</button></form>': "http://portal.test/s?x1=%D8%A2%D8%A8",
    '<form role=search action="/s"><input name=x1></form>': "http://portal.test/s?x1=%D8%A2%D8%A8",
    '<form method=post><input name=a><input name=q></form><form action="/s"><input name=q></form>': "http://portal.test/s?q=%D8%A2%D8%A8",
    '<table><form action="/s"><tr><td><input name=q><td><input type=submit></form></table>': "http://portal.test/s?q=%D8%A2%D8%A8",
    '<table><tr><form action="/s"><td><input name=q></form><form action="/t"><td><input type=password></form></table>': "http://portal.test/s?q=%D8%A2%D8%A8",
    '<table><form action="/login"><tr><td><input name=user><td><input type=password name=p></form></table><input name=q>': "script",
    '<form id=f action="/s"></form><input form=f name=q>': "http://portal.test/s?q=%D8%A2%D8%A8",
    '<form id=f action="/s"><input name=q><input form=g name=r></form>': "http://portal.test/s?q=%D8%A2%D8%A8",
    '<form id=f action="/s"><input name=q></form><input type=email form=f name=mail>': None,
    '<form action="https://engine.test/find"><input name=q></form>': "https://engine.test/find?q=%D8%A2%D8%A8",
    '<form method=post action="/s"><input name=q><button>جستجو</button></form>': "post",
    '<form method=post><input name=__VIEWSTATE type=hidden><input name="ctl00$txtSearch"><input name=a></form>': "post",
    '<form action="/s" onsubmit="go(); return false"><input name=q></form>': "script",
    '<form action="javascript:go()"><input name=q></form>': "script",
    '<form action="#"><input name=q></form>': "script",
    '<form action="/s"><input id=search></form>': "script",
    "<div><input type=search placeholder=جستجو></div>": "script",
    "": None,
    '<form action="/track"><input name=code><button>پیگیری درخواست</button></form>': None,
    '<form action="/track"><input name=q placeholder="کد رهگیری"></form>': None,
    '<form action="/login"><input name=user><input type=password name=p></form>': None,
    '<form action="/s"><input name=q><input type=email name=mail></form>': None,
    '<form action="/s"><input name=q><input name=r></form>': None,
    '<form action="/news"><input name=mail><button>عضویت در خبرنامه</button></form>': None,
    "<input name=city>": None,
}  # fmt: skip


@pytest.mark.parametrize("page", FORMS)
def test_boxes(page: str) -> None:
    box = search_box(Document(f"<html><body>{page}</body></html>".encode(), HERE, "text/html; charset=utf-8"))
    told = None if box is None else box.url("آب") if box.kind == "get" else box.kind
    assert told == FORMS[page]


def test_a_query_is_written_in_the_characters_of_the_page() -> None:
    page = b'<form action="/s"><input name=q></form>'
    box = search_box(Document(page, HERE, "text/html; charset=windows-1256"))
    assert box is not None
    assert box.url("آب ژرف") == "http://portal.test/s?q=%C2%C8+%8E%D1%DD"


def test_hostile_forms_are_bounded() -> None:
    page = "<form>" * 500 + "<input name=q>" * 5000
    assert search_box(Document(page.encode(), HERE, "text/html")) is None
