"""`services.payment`: steps to pay in three looks of portals. Nothing is paid anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checks.user.imitations import imitates
from tests.checks.service_pages import FORM, LOGIN, LOOKS, PROSE, World, dead, moved, silent

INFO = f"<p>{PROSE}</p>"
GENUINE = "https://pec.shaparak.ir/NewPG/?token=1"
FALSE = "https://shaparak-pay.ir/pg"
CARD = (
    "<table><tr><th>عنوان خدمت</th><td>صدور پروانه پرورش زنبور عسل</td></tr><tr><th>شناسه خدمت</th><td>13091713000</td></tr>"
    "<tr><th>هزینه ارائه خدمت</th><td>{fee}</td></tr><tr><th>مدارک لازم</th><td>کارت ملی</td></tr></table>"
)


def link(url: str, text: str = "پرداخت آنلاین هزینه") -> str:
    return f'<p><a href="{url}">{text}</a></p>'


def form(url: str) -> str:
    return (
        f'<form method="post" action="{url}"><label>شماره پرونده <input name="n"></label><label>مبلغ <input name="m"></label>'
        "<button>پرداخت</button></form>"
    )


def _own(*answers: Any, fee: bool | None = True, **pages: Any) -> Callable[[World], None]:
    def build(world: World) -> None:
        world.service("bees", "/s/bees", fee=fee)
        world.own("bees", *answers)
        for where, told in pages.items():
            world.page(f"/{where}", "پرداخت هزینه", *(told if isinstance(told, list) else [told]))

    return build


def _behind_login(world: World) -> None:
    world.service("bees", "/s/bees", fee=True)
    world.own("bees", INFO + link("/enter", "ورود به سامانه"))
    world.page("/enter", "ورود به سامانه", LOGIN)


def _not_electronic(world: World) -> None:
    world.service("bees", "/s/bees", electronic=False, fee=True)
    world.own("bees", INFO)


def _once(world: World) -> None:
    world.service("bees", "/s/bees", fee=True)
    world.own("bees", INFO + FORM + link(FALSE))
    heading, told, purpose = world.pages["/s/bees"]
    world.pages["/s/bees"] = (heading, told[:1], purpose)


Row = tuple[Callable[[World], None], str, str | None]
ROWS: dict[str, Row] = {
    "a link to the gateway": (_own(INFO + FORM + link(GENUINE)), "verified", None),
    "a form that sends to the gateway": (_own(INFO + form(GENUINE)), "verified", None),
    "the link is sent on to the gateway": (_own(INFO + FORM + link("/pay"), pay=moved(GENUINE)), "verified", None),
    "a page behind the link has the form": (_own(INFO + FORM + link("/pay"), pay=form(GENUINE)), "verified", None),
    "a fee that the card alone names": (_own(INFO + CARD.format(fee="۵۰۰۰۰ ریال") + FORM + link(GENUINE), fee=None), "verified", None),
    "no fee is claimed, and a gateway is there": (_own(INFO + FORM + link(GENUINE), fee=None), "verified", None),
    "in Arabic": (
        _own(INFO + FORM + link("https://bankpay.example.ir/pay", "الدفع الإلكتروني"), fee=True), "inconclusive", "ambiguous",
    ),
    "a company that is called Sadad": (
        _own(INFO + FORM + link("https://sadad.example.ir/", "سداد"), fee=True), "inconclusive", "not_attempted",
    ),
    "the gateway without TLS": (_own(INFO + FORM + link(GENUINE.replace("https", "http"))), "partial", "plain_http"),
    "a host that imitates it": (_own(INFO + FORM + link(FALSE)), "contradicted", "foreign_gateway"),
    "a form to a host that imitates it": (_own(INFO + form("https://shaparakk.ir/pay")), "contradicted", "foreign_gateway"),
    "its name below another domain": (_own(INFO + FORM + link("https://bpm.shaparak.ir.pay-gate.com/")), "contradicted", "foreign_gateway"),
    "sent on to a host that imitates it": (_own(INFO + FORM + link("/pay"), pay=moved(FALSE)), "contradicted", "foreign_gateway"),
    "an imitation seen once": (_once, "inconclusive", "not_attempted"),
    "an imitation in one of two visits": (_own(INFO + FORM + link(FALSE), INFO + FORM), "inconclusive", "not_attempted"),
    "a gateway that nobody knows": (_own(INFO + FORM + link("https://bankpay.example.ir/pay")), "inconclusive", "ambiguous"),
    "behind a login": (_behind_login, "inconclusive", "not_attempted"),
    "behind the form": (_own(INFO + FORM), "inconclusive", "not_attempted"),
    "the page is dead": (_own(dead()), "contradicted", "dead_link"),
    "the page is silent": (_own(silent()), "inconclusive", "unreachable"),
    "the page is blocked": (_own({"status": 403}), "inconclusive", "blocked"),
    "information alone, no step": (_own(INFO * 3), "contradicted", "information_only"),
    "the card says it is free": (_own(INFO + CARD.format(fee="رایگان") + FORM), "inconclusive", "ambiguous"),
    "another body's till, of a service without a fee": (
        _own(INFO + FORM + link("https://bills.example.ir/pay", "پرداخت قبض"), fee=None), "not_applicable", None,
    ),
    "news of a gateway's namesake": (
        _own(INFO + FORM + link("https://shaparak-news.ir/1", "خبر روز")), "inconclusive", "not_attempted",
    ),
    "no fee": (_own(INFO + FORM, fee=False), "not_applicable", None),
    "nobody says that there is a fee": (_own(INFO + FORM, fee=None), "not_applicable", None),
    "a link about fees is no step": (_own(INFO + FORM + link("/fees", "تعرفه خدمات"), fee=None), "not_applicable", None),
    "not claimed electronic": (_not_electronic, "not_applicable", None),
}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ROWS)
def test_rows(seen: Any, name: str, look: str) -> None:
    build, verdict, reason = ROWS[name]
    world = World(seen, LOOKS[look])
    build(world)
    found = world.judged("services.payment")["bees"]
    assert (found.verdict, found.reason) == (verdict, reason), found.observed


@pytest.mark.parametrize("name", [
    "shaparak.com", "shaparakk.ir", "shaprak.ir", "shaparka.ir", "shaparak-ir.com", "pec-shaparak.net", "sh4parak.ir",
    "shaparak.ir.evil.test", "www.my-shaparak-gate.ir", "xn--shaprak-z1c.ir",
])  # fmt: skip
def test_hosts_that_imitate(name: str) -> None:
    assert imitates(name)


@pytest.mark.parametrize("name", [
    "shaparak.ir", "pec.shaparak.ir", "zarinpal.com", "sharak.ir", "parak.ir", "portal.test", "sso.my.gov.ir", "bank-mellat.ir",
    "tehran.ir",
])  # fmt: skip
def test_hosts_that_do_not(name: str) -> None:
    assert not imitates(name)
