"""Pages of consultations as portals have them, for the tests of two checks. The round's clock: 2025-12-01, ۱۰ آذر ۱۴۰۴."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

PORTAL = "http://portal.test/"
INTRO = (
    "پیش‌نویس مقررات این سازمان پیش از تصویب در این بخش منتشر می‌شود تا مردم و کارشناسان نظر خود را دربارهٔ آن بفرستند. "
    "نظرها گردآوری و در متن نهایی بررسی می‌شود. "
)
ARTICLES = (
    "<p>ماده ۱ - در این آیین‌نامه واژه‌ها در معنای زیر به کار می‌روند و برای همهٔ واحدهای سازمان لازم‌الرعایه‌اند.</p>"
    "<p>ماده ۲ - متقاضی درخواست خود را با مدارک کامل به واحد خدمت‌رسان می‌دهد و رسید دریافت می‌کند.</p>"
    "<p>ماده ۳ - واحد خدمت‌رسان درخواست را در مهلت مقرر بررسی و نتیجه را به متقاضی اعلام می‌کند.</p>"
)
FORM = (
    "<form method=post action=/send><label>نام <input name=n></label>"
    "<label>نظر شما <textarea name=t></textarea></label><button>ثبت نظر</button></form>"
)


@dataclass(frozen=True)
class Item:
    """A consultation. opening, closing: as written. page: on a page of its own."""

    title: str
    opening: str = "۱۴۰۴/۰۸/۲۰"
    closing: str = "۱۴۰۴/۰۹/۲۰"
    text: str = ARTICLES
    form: str = FORM
    extra: str = ""

    def but(self, **changes: Any) -> Item:
        return replace(self, **changes)


OPEN = Item("پیش‌نویس آیین‌نامه رسیدگی به درخواست‌های مردمی")
CLOSED = Item("پیش‌نویس دستورالعمل صدور مجوز فعالیت", "۱۴۰۴/۰۵/۰۱", "۱۴۰۴/۰۶/۰۱", form="")
THIRD = Item("پیش‌نویس ضوابط ارزیابی کارگزاران", "۱۴۰۴/۰۳/۰۱", "۱۴۰۴/۰۳/۲۵", form="")
FOURTH = Item("پیش‌نویس شیوه‌نامه انتشار داده‌ها", "۱۴۰۴/۰۱/۱۵", "۱۴۰۴/۰۲/۱۵", form="")
OLD = Item("پیش‌نویس آیین‌نامه بایگانی اسناد", "۱۴۰۱/۰۲/۰۱", "۱۴۰۱/۰۳/۰۱", form="")


def page(heading: str, body: str) -> str:
    return f"<html><head><title>{heading}</title></head><body><h1>{heading}</h1>{body}</body></html>"


def own(item: Item) -> str:
    """The page of one consultation."""
    return page(
        item.title,
        f"<p>تاریخ انتشار: {item.opening}</p><p>مهلت ارسال نظر: {item.closing}</p>{item.text}{item.form}{item.extra}",
    )


def table(items: list[Item]) -> tuple[str, dict[str, str]]:
    """A plain table whose rows lead to pages."""
    rows = "".join(
        f"<tr><td>{n}</td><td><a href='/c/{n}'>{i.title}</a></td><td>{i.opening}</td><td>{i.closing}</td></tr>"
        for n, i in enumerate(items, 1)
    )
    body = f"<p>{INTRO}</p><table><tr><th>ردیف</th><th>عنوان</th><th>شروع نظرخواهی</th><th>پایان مهلت</th></tr>{rows}</table>"
    return page("نظرخواهی عمومی", body), {f"c/{n}": own(i) for n, i in enumerate(items, 1)}


def cards(items: list[Item]) -> tuple[str, dict[str, str]]:
    """Cards; the dates stand on the pages they lead to."""
    body = "".join(
        f"<div class=card><h3>{i.title}</h3><p>از شما دعوت می‌کنیم نظر دهید.</p><a href='/c/{n}'>مشاهده و ثبت نظر</a></div>"
        for n, i in enumerate(items, 1)
    )
    return page("نظرخواهی‌ها", f"<p>{INTRO}</p><div class=row>{body}</div>"), {
        f"c/{n}": own(i) for n, i in enumerate(items, 1)
    }


def tabs(items: list[Item]) -> tuple[str, dict[str, str]]:
    """A panel for each, all on one page."""
    heads = "".join(f"<button data-target='#t{n}'>{i.title}</button>" for n, i in enumerate(items))
    panels = "".join(
        f"<div class=tab-pane id=t{n}><p>از {i.opening} تا {i.closing} می‌توانید نظر خود را بفرستید.</p>{i.text}{i.form}{i.extra}</div>"
        for n, i in enumerate(items)
    )
    return page("نظرخواهی از پیش‌نویس‌ها", f"<p>{INTRO}</p><div>{heads}</div><div>{panels}</div>"), {}


def flow(items: list[Item]) -> tuple[str, dict[str, str]]:
    """Headings one below the other."""
    body = "".join(
        f"<h2>{i.title}</h2><p>مهلت ارسال نظر از {i.opening} تا {i.closing}</p>{i.text}{i.form}{i.extra}"
        for i in items
    )
    return page("پیش‌نویس مقررات", f"<p>{INTRO}</p>{body}"), {}


def entries(items: list[Item]) -> tuple[str, dict[str, str]]:
    """An unordered list; days stand in a table on the page of each."""
    body = "".join(
        f"<li><a href='/c/{n}'>{i.title}</a> <span class=date>({n})</span></li>"
        for n, i in enumerate(items, 1)
    )
    return page("پیش‌نویس مقررات", f"<p>{INTRO}</p><ul>{body}</ul>"), {
        f"c/{n}": page(
            i.title,
            f"<table><tr><td>تاریخ شروع نظرخواهی</td><td>{i.opening}</td></tr>"
            f"<tr><td>تاریخ پایان نظرخواهی</td><td>{i.closing}</td></tr></table>{i.text}{i.form}{i.extra}",
        )
        for n, i in enumerate(items, 1)
    }


def columns(items: list[Item]) -> tuple[str, dict[str, str]]:
    """Rows of plain boxes, no heading and no table."""
    body = "".join(
        f"<div class=row><div class=col>{i.title}</div><div class=col>آغاز: {i.opening}</div><div class=col>پایان: {i.closing}</div>"
        f"<div class=col>{i.text}{i.form}{i.extra}</div></div>"
        for i in items
    )
    return page("نظرخواهی عمومی", f"<p>{INTRO}</p><div class=list>{body}</div>"), {}


Look = Callable[[list[Item]], tuple[str, dict[str, str]]]
LOOKS: dict[str, Look] = {
    "table": table,
    "cards": cards,
    "tabs": tabs,
    "flow": flow,
    "entries": entries,
    "columns": columns,
}


def shown(
    seen: Any,
    look: Look,
    items: list[Item],
    *,
    answers: Mapping[str, Any] | None = None,
    home: str = "",
    account: bool = True,
) -> None:
    """The portal as it was seen. answers: instead of a page of a path: a status, a body, None for never asked."""
    listed, pages = look(items)
    told: dict[str, Any] = {"list": listed, **pages, **(answers or {})}
    links = '<a href="/list">نظرخواهی عمومی</a> <a href="/news">اخبار</a>' + home
    for attempt, at in ((1, 1), (2, 100)):
        seen.http(PORTAL, page("سازمان", links), purpose="home", attempt=attempt, at=at)
        for number, (where, body) in enumerate(sorted(told.items()), 1):
            facts: dict[str, Any] = {"attempt": attempt, "at": at + number}
            if isinstance(body, int):
                seen.http(PORTAL + where, "", status=body, **facts)
            elif isinstance(body, bytes):
                seen.http(PORTAL + where, body, headers=(("Content-Type", "application/pdf"),), **facts)
            elif body is not None:
                seen.http(PORTAL + where, body, **facts)
    if account:
        seen.account()
