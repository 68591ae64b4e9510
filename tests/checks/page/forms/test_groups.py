"""Groups of fields, and the forms made of them: found once of a page, whoever asks."""

from __future__ import annotations

from checks.page.cards.card import cards, unfilled_card
from checks.page.content import PageContent
from checks.page.forms.groups import groups_of
from checks.page.forms.kinds import forms
from checks.services.wording import on_paper
from web.document import Document

PAGE = """<!doctype html><html lang=fa><head><title>درخواست</title></head><body>
<header><form><input name="q" placeholder="جستجو"><button>جستجو</button></form></header>
<main><h1>درخواست پروانه</h1>
<form id="a"><label>کد ملی <input name="n"></label><label>نام <input name="m"></label><button>ثبت درخواست</button></form>
<div><label>شماره پیگیری <input name="t"></label><button>پیگیری</button>
<section><label>استان <select name="c"><option>یزد</option></select></label><button>نمایش</button></section></div>
<table><tr><th>عنوان خدمت</th><td>صدور پروانه</td></tr><tr><th>شناسه خدمت</th><td>10011234567</td></tr></table>
<p>فرم را چاپ و پس از امضا به اداره تحویل دهید.</p></main></body></html>"""


def page() -> PageContent:
    return PageContent(Document(PAGE.encode(), "http://portal.test/form", "text/html; charset=utf-8"))


def test_a_field_is_read_once_whatever_holds_it() -> None:
    read = page()
    found = groups_of(read)
    assert [[field.name for field in members] for _, members in found] == [
        ["q"],
        ["n", "m"],
        ["t", "c"],
        ["c"],
    ]
    assert found[2][1][1] is found[3][1][0], "two buttons send it"
    assert groups_of(read) is found


def test_a_form_is_told_apart_once_whatever_is_left_out() -> None:
    read = page()
    first = forms(read)
    assert [form.kind for form in first] == ["service", "tracking", "other"]
    rest = forms(read, frozenset({first[1].signature}))
    assert [form.kind for form in rest] == ["service", "other"]
    assert rest[0] is first[0] and rest[1] is first[2]
    assert [form.kind for form in forms(read, frame=True)] == ["search", "service", "tracking", "other"]


def test_cards_and_sentences_are_read_once_of_each_page() -> None:
    read, other = page(), page()
    assert cards(read) and cards(read) is cards(read) and cards(other) is not cards(read)
    assert unfilled_card(read) is None
    assert on_paper(read) is not None and on_paper(read) is on_paper(read)
