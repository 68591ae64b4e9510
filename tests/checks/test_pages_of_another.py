"""Pages that another body's name heads, and pages that hold nothing but the portal's frame: no check takes them for the agency's own word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from claims.model import Agency
from tests.checks.participatory.test_surveys import SURVEY
from tests.checks.service_pages import FORM, LOGIN, LOOKS, PORTAL, PROSE, TITLES, TRACK, World, dead, moved
from tests.checks.transparent.test_card_fields import ROWS, table

OTHER = "شرکت کشتیرانی دریای دور"
SSO = "https://sso.my.gov.ir/login?redirect_uri=http%3A%2F%2Fportal.test%2F"
GATE = "https://pec.shaparak.ir/NewPG/?token=1"
PAY = f'<p><a href="{GATE}">پرداخت آنلاین هزینه</a></p>'
NATIONAL = f'<p><a href="{SSO}">ورود با پنجره ملی خدمات دولت هوشمند</a></p>'
MAIL = "<p>مدارک خود را اسکن کنید و به نشانی bees@portal.test بفرستید.</p>"
PROMISE = "<p>پس از ثبت، کد رهگیری به متقاضی داده می‌شود.</p>"
DEEP = "https://my.gov.ir/services/bees"
HEADED = f"<h2>{TITLES['bees']} {OTHER}</h2><p>{OTHER} این صفحه را برای مراجعان خود منتشر کرده است.</p>"

# name: check, what stands on the service's page, what is said of it, and where another body heads it
PAGES: dict[str, tuple[str, str, tuple[str, str | None], tuple[str, str | None]]] = {
    "form": ("services.entry", FORM, ("verified", "transaction_entry"), ("inconclusive", "ambiguous")),
    "way to a gateway": ("services.entry", PAY, ("verified", "transaction_entry"), ("inconclusive", "ambiguous")),
    "login": ("services.entry", LOGIN, ("partial", "login_wall"), ("inconclusive", "ambiguous")),
    "papers by mail": ("services.entry", MAIL, ("partial", "interaction_only"), ("inconclusive", "ambiguous")),
    "step to pay": ("services.payment", FORM + PAY, ("verified", None), ("inconclusive", "ambiguous")),
    "sign-on": ("services.login", FORM + NATIONAL, ("verified", None), ("inconclusive", "not_attempted")),
    "one entry": ("services.parallel", FORM, ("verified", None), ("inconclusive", "ambiguous")),
    "tracking": ("services.tracking", FORM + PROMISE + TRACK, ("verified", None), ("not_applicable", None)),
    "survey": ("services.survey", FORM + SURVEY, ("verified", None), ("inconclusive", "not_found_anywhere")),
    "deep link": ("services.window", FORM, ("verified", None), ("inconclusive", "ambiguous")),
    "card": ("services.card_fields", table(ROWS), ("partial", None), ("contradicted", "hollow")),
}  # fmt: skip


def judged(seen: Any, look: str, check: str, body: str) -> tuple[str, str | None]:
    seen.agency = replace(seen.agency, name="سازمان دام و زنبور کشور")
    world = World(seen, LOOKS[look])
    world.service("bees", "/s/bees", fee=True, window=(DEEP,))
    world.own("bees", f"<p>{PROSE}</p>{body}")
    world.page(GATE, "پرداخت", "<p>درگاه پرداخت اینترنتی</p>", purpose="link")
    world.page(DEEP, "", moved(f"{PORTAL}s/bees"), purpose="claim")
    plain = seen.round
    other = Agency("other", OTHER, "main", "http://other.test/")
    seen.round = lambda: replace(plain(), agencies=(seen.agency, other), window_given=True)
    found = world.judged(check)["bees"]
    return found.verdict, found.reason


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_as_it_should_be(seen: Any, name: str, look: str) -> None:
    check, body, told, _ = PAGES[name]
    assert judged(seen, look, check, body) == told


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_another_body_heads(seen: Any, name: str, look: str) -> None:
    check, body, _, told = PAGES[name]
    assert judged(seen, look, check, HEADED + body) == told


@pytest.mark.parametrize("visits", [1, 2])
def test_nobody_logs_in_behind_a_dead_link(seen: Any, visits: int) -> None:
    """Not proven by one visit, which is enough to promise nothing, and nothing is held against anybody."""
    world = World(seen, LOOKS["cards"])
    world.menu = f'<a href="{SSO}">ورود با پنجره ملی</a>'
    world.pages[SSO] = ("", [dead()] * visits, "page")
    assert [f for f in world.judged("services.login").values() if f.verdict == "verified"] == []


POLL = "<form class=poll method=post><h3>نظرسنجی</h3><label><input type=radio name=v value=1>خوب</label><button>ثبت رأی</button></form>"
MENU = "".join(
    f'<td><a href="/m/{n}">{words}</a></td>'
    for n, words in enumerate(("خدمات ما", "اخبار روز", "گزارش‌ها", "نگارخانه"))
)
BARE = "<!doctype html><html dir=rtl><head><title>{0}</title></head><body><table><tr>" + MENU + "</tr></table><h1>{0}</h1>{1}<div>" + POLL + "</div></body></html>"  # fmt: skip


@pytest.mark.parametrize(("element", "words", "text"), [
    ("complaints", "ثبت شکایت", "شکایت"), ("rules", "قوانین و مقررات", "قانون"), ("service_desk", "میز خدمت", "خدمت"),
])  # fmt: skip
def test_what_every_page_shows_is_no_substance(seen: Any, element: str, words: str, text: str) -> None:
    """A poll beside the page, and a menu that nothing marks as one, stand on an empty page too."""
    lead = f'<p><a href="/there">{words}</a></p>'
    seen.http(PORTAL, BARE.format("سازمان", lead), purpose="home")
    for number in range(6):
        seen.http(
            f"{PORTAL}m/{number}",
            BARE.format(f"صفحه {number}", f"<p>مطلب شماره {number} از کارهای سازمان.</p>"),
        )
    seen.twice(f"{PORTAL}there", BARE.format(words, ""))
    found = seen.of(f"elements.{element}")[element]
    assert (found.verdict, found.reason) == ("contradicted", "hollow"), found.observed
