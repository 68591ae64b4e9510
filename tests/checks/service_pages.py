"""Portals of three looks with services on them, for the checks of what stands around an entry. Pages are written, not judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from claims.model import Service

PORTAL = "http://portal.test/"
SSO = "https://sso.my.gov.ir/login?client_id=portal"
TITLES = {
    "bees": "صدور پروانه پرورش زنبور عسل",
    "wells": "تمدید پروانه بهره‌برداری چاه آب کشاورزی",
    "exports": "ثبت اظهارنامه صادرات فرش دستباف",
}
PROSE = (
    "متقاضیان برای آغاز کار به این مجوز نیاز دارند. مجوز سه سال اعتبار دارد و به نام شخص حقیقی یا شرکت صادر می‌شود. "
    "کارشناسان محل را از نظر فاصله با جاده و مزرعه می‌بینند و گزارش خود را به کمیسیون می‌دهند. کمیسیون هر ماه یک بار تشکیل "
    "می‌شود و رأی آن برای همه استان‌ها یکسان است. مدارک هویتی از پایگاه ثبت احوال گرفته می‌شود."
)
FORM = (
    '<form method="post" action="/apply"><label>نام <input name="a"></label><label>کد ملی <input name="b"></label>'
    '<label>تلفن همراه <input name="c"></label><button>ثبت درخواست</button></form>'
)
TRACK = '<form method="post"><label>کد رهگیری <input name="t"></label><button>پیگیری</button></form>'
LOGIN = (
    '<form method="post"><label>نام کاربری <input name="user"></label>'
    '<label>رمز عبور <input type="password" name="p"></label><button>ورود</button></form>'
)
_MENU = '<a href="/">خانه</a> <a href="/news">اخبار</a> <a href="/about">درباره سازمان</a>'
_FOOT = "نشانی: تهران، خیابان آزادی، پلاک ۱۰ تلفن: ۰۲۱-۸۸۹۹۱۱۲۲ رایانامه: info@portal.test"


def plain(heading: str, body: str, menu: str = "") -> str:
    """Tables, as portals were made twenty years ago."""
    return (
        f"<!doctype html><html dir=rtl><head><title>{heading}</title></head><body>"
        f"<table id=menu><tr><td>{_MENU} {menu}</td></tr></table>"
        f"<table><tr><td><h1>{heading}</h1>{body}</td></tr></table><div class=footer>{_FOOT}</div></body></html>"
    )


def cards(heading: str, body: str, menu: str = "") -> str:
    """Sections and cards, as a template of today has them."""
    return (
        f"<!doctype html><html dir=rtl lang=fa><head><title>{heading} | درگاه</title></head><body>"
        f"<header><nav class=navbar>{_MENU} {menu}</nav></header>"
        f"<main class=container><h1>{heading}</h1><section class=card><div class=card-body>{body}</div></section></main>"
        f"<footer><p>{_FOOT}</p></footer></body></html>"
    )


def portlets(heading: str, body: str, menu: str = "") -> str:
    """Portlets of a portal server, a form around the whole page left out."""
    return (
        f"<!doctype html><html dir=rtl><head><title>درگاه - {heading}</title></head><body><div class=wrapper>"
        f'<div class="top-menu">{_MENU} {menu}</div><div class=portlet><div class=portlet-title><h2>{heading}</h2></div>'
        f"<div class=portlet-body>{body}</div></div><div class=site-footer>{_FOOT}</div></div></body></html>"
    )


Look = Callable[..., str]
LOOKS: Mapping[str, Look] = {"plain": plain, "cards": cards, "portlets": portlets}

# An answer of one visit: a body for the look to dress, or facts of the exchange. A list: one for each visit.
Answer = str | dict[str, Any]


class World:
    """One portal of a look. pages: by path, (heading, answers of the visits); the home page's body and menu beside."""

    def __init__(self, seen: Any, look: Look) -> None:
        self.seen = seen
        self.look = look
        self.services: list[Service] = []
        self.menu = ""
        self.home = "به درگاه سازمان خوش آمدید"
        self.pages: dict[str, tuple[str, list[Answer], str]] = {}
        self.unfetched: list[tuple[str, str]] = []
        self.state = "complete"

    def service(self, name: str, url: str | None = None, **rest: Any) -> None:
        target = url if url is None or "://" in url else PORTAL + url.lstrip("/")
        self.services.append(
            Service("portal", name, TITLES[name], rest.pop("electronic", True), target, **rest)
        )

    def page(self, where: str, heading: str, *answers: Answer, purpose: str = "page") -> None:
        """The same answer twice when one is given."""
        told = list(answers) if len(answers) != 1 else [*answers, *answers]
        self.pages[where] = (heading, told, purpose)

    def own(self, name: str, *answers: Answer, where: str | None = None) -> None:
        """The page of a service, claimed at its address."""
        where = where or f"/s/{name}"
        if all(service.id != name for service in self.services):
            self.service(name, where)
        self.page(where, TITLES[name], *answers, purpose="claim")

    def write(self) -> None:
        self.seen.services = tuple(self.services)
        fill = {"/news": "اخبار", "/about": "درباره سازمان", "/rules2": "انتشارات"}
        self.seen.http(PORTAL, self.look("سازمان", self.home, self.menu), purpose="home", at=1)
        for number, (where, heading) in enumerate(fill.items()):
            if where not in self.pages:
                body = f"<p>مطلب شماره {number} درباره کارهای سازمان در استان‌ها و شهرستان‌ها.</p>"
                self.seen.http(PORTAL + where[1:], self.look(heading, body, self.menu), at=2 + number)
        for where, (heading, answers, purpose) in self.pages.items():
            for attempt, answer in enumerate(answers, start=1):
                self._answer(where, heading, answer, attempt, purpose)
        self.seen.account(self.unfetched, state=self.state)

    def _answer(self, where: str, heading: str, answer: Answer, attempt: int, purpose: str) -> None:
        url = where if "://" in where else PORTAL + where.lstrip("/")
        rest: dict[str, Any] = {"attempt": attempt, "at": 10.0 + 90 * (attempt - 1), "purpose": purpose}
        if isinstance(answer, dict):
            self.seen.http(url, "", **rest, **answer)
        else:
            self.seen.http(url, self.look(heading, answer, self.menu), **rest)

    def judged(self, check: str) -> dict[str, Any]:
        self.write()
        found: dict[str, Any] = self.seen.of(check)
        return found


def dead() -> dict[str, Any]:
    return {"status": 404}


def silent(failure: str = "timeout") -> dict[str, Any]:
    return {"status": None, "failure": failure}


def moved(to: str) -> dict[str, Any]:
    return {"status": 302, "redirect": to}
