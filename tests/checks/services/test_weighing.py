"""The page at the declared address: what speaks for it being the service's, against all that else the agency claims."""

from __future__ import annotations

from typing import Any

import pytest

from claims.model import Agency, Service

PORTAL = "http://www.karafza.test/"
TITLE = "محاسبه و تأیید حق سنوات کارگران فصلی"
OTHERS = ("صدور کارت کارگاه", "ثبت شکایت از کارفرما")
FORM = (
    '<form method="post"><label>نام <input name="a"></label><label>کد ملی <input name="b"></label>'
    '<label>شماره کارگاه <input name="c"></label><button>ثبت درخواست</button></form>'
)
ENTRY = "verified/transaction_entry"
NONE = "inconclusive/no_match"


def page(heading: str, body: str, title: str = "") -> str:
    return (
        f"<!doctype html><html lang=fa><head><title>{title or heading} | اداره کار</title></head><body>"
        f"<header><nav><a href='/'>خانه</a></nav></header><main><h1>{heading}</h1>{body}</main>"
        "<footer>نشانی: خیابان کار</footer></body></html>"
    )


def judged(
    seen: Any,
    heading: str,
    body: str,
    *,
    link: str = "سنوات فصلی",
    others: tuple[str, ...] = OTHERS,
    same: bool = False,
) -> str:
    """The claim at its address, to which the home page leads with the words of `link`. same: all declare that address."""
    seen.agency = Agency("kar", "اداره کار نمونه", "main", PORTAL)
    url = f"{PORTAL}s/4"
    seen.services = (
        Service("kar", "x", TITLE, True, url=url, level="transaction"),
        *(Service("kar", f"o{n}", title, True, url=url if same else None) for n, title in enumerate(others)),
    )
    seen.http(
        PORTAL,
        page("اداره کار", f'<p>خوش آمدید</p><ul><li><a href="/s/4">{link}</a></li></ul>', "اداره کار"),
        purpose="home",
        at=1,
    )
    for name in ("news", "about", "people"):
        seen.http(f"{PORTAL}{name}", page(name, f"<p>متن {name}</p>"), at=2)
    seen.twice(url, page(heading, body), purpose="claim")
    seen.account()
    finding = seen.of("services.entry")["x"]
    if finding.verdict == "verified":
        assert finding.observed["matched"]["how"] == "declared"
    return f"{finding.verdict}/{finding.reason}"


SOME = "حق سنوات پایان کار فصلی"  # says most of the title, and something besides
TOLD = "<p>سنوات کارگران فصلی هر سال یک بار حساب و تأیید می‌شود.</p>"
# name: (heading, body, further, what is said)
PAGES: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "a name of its own that says most of the title": (SOME, TOLD + FORM, {}, ENTRY),
    "the same without an entry": (SOME, TOLD, {}, NONE),
    "nothing that leads there names it": (SOME, FORM, {"link": "این جا"}, NONE),
    "a sibling is named as well": (SOME, TOLD + FORM, {"others": (*OTHERS, "محاسبه حق سنوات پایان کار")}, NONE),
    "about something else": ("رزرو سالن ورزشی کارگران", TOLD + FORM, {"link": TITLE}, NONE),
    "a general form": ("ثبت درخواست", FORM, {"link": "ثبت درخواست"}, NONE),
    "a general form that all declare": ("ثبت درخواست", FORM, {"link": TITLE, "same": True}, NONE),
    "a course about it": ("دوره آموزشی محاسبه حق سنوات فصلی", TOLD + FORM, {}, NONE),
    "the form of a sibling": ("محاسبه حق بیمه فصلی", f"<p>حق بیمه کارگران فصلی.</p>{FORM}", {"link": "حق بیمه فصلی"}, NONE),
}  # fmt: skip


@pytest.mark.parametrize(("heading", "body", "more", "truth"), PAGES.values(), ids=PAGES)
def test_a_page_at_the_declared_address(
    seen: Any, heading: str, body: str, more: dict[str, Any], truth: str
) -> None:
    assert judged(seen, heading, body, **more) == truth
