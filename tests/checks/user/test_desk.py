"""`desk.entries`: lists of services in three looks of portals and five ways of listing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.service_pages import FORM, LOOKS, PROSE, TITLES, World, dead, silent

PAGE = f"<p>{PROSE}</p>{FORM}"
MORE = {
    "fish": "صدور مجوز صید صنعتی",
    "seeds": "تمدید پروانه تولید بذر",
    "milk": "ثبت واحد گاوداری صنعتی",
}
ALL = {**TITLES, **MORE}


def links(names: Any) -> str:
    return "<ul>" + "".join(f'<li><a href="/s/{name}">{ALL[name]}</a></li>' for name in names) + "</ul>"


def rows(names: Any) -> str:
    return "<table><tr><th>خدمت</th><th>دسترسی</th></tr>" + "".join(
        f'<tr><td>{ALL[name]}</td><td><a href="/g/{name}.pdf">راهنما</a> <a href="/s/{name}">ورود به خدمت</a></td></tr>'
        for name in names
    ) + "</table>"  # fmt: skip


def boxes(names: Any) -> str:
    return "".join(
        f'<div class="box"><h3>{ALL[name]}</h3><p>خدمتی برای تولیدکنندگان.</p><a href="/s/{name}">مشاهده</a></div>'
        for name in names
    )


def tabs(names: Any) -> str:
    half = list(names)
    return (
        '<ul class="tabs"><li><a href="#t1">مجوزها</a></li><li><a href="#t2">سایر</a></li></ul>'
        f'<div id="t1">{links(half[::2])}</div><div id="t2" style="display:none">{links(half[1::2])}</div>'
    )


def pressed(names: Any) -> str:
    return "".join(
        f"<div class=item><span>{ALL[name]}</span> <button onclick=\"location.href='/s/{name}'\">شروع</button></div>"
        for name in names
    )


WELCOME = (
    "خدمات الکترونیکی سازمان در این صفحه آمده است و متقاضیان می‌توانند از هر جای کشور از آن‌ها استفاده کنند. "
    * 3
)
LISTS = {"links": links, "rows": rows, "boxes": boxes, "tabs": tabs, "pressed": pressed}


def desk(world: World, body: str, *answers: Any) -> None:
    world.menu = '<a href="/desk">میز خدمت</a>'
    world.page("/desk", "میز خدمت الکترونیکی", *(answers or (f"<p>{WELCOME}</p>{body}",)))


def targets(world: World, names: Any = ALL, answer: Any = PAGE) -> None:
    for name in names:
        world.page(f"/s/{name}", ALL[name], answer)


def claims(world: World, count: int = 3) -> None:
    for name in list(TITLES)[:count]:
        world.service(name, f"/s/{name}")


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("kind", LISTS)
def test_every_way_of_listing(seen: Any, kind: str, look: str) -> None:
    world = World(seen, LOOKS[look])
    claims(world)
    desk(world, LISTS[kind](ALL))
    targets(world)
    found = world.judged("desk.entries")["service_desk"]
    told = tuple(found.observed[key] for key in ("entries", "resolving", "unsettled", "claims"))
    assert (found.verdict, told) == ("verified", (6, 6, 0, 3)), found.observed


def _built(
    body: str, names: Any = ALL, answer: Any = PAGE, claimed: int = 3, home: str | None = None
) -> Callable[[World], None]:
    def build(world: World) -> None:
        claims(world, claimed)
        desk(world, body)
        targets(world, names, answer)
        if home is not None:
            world.home = home

    return build


def _half_dead(world: World) -> None:
    _built(links(ALL), TITLES)(world)
    targets(world, MORE, dead())


def _paged(world: World) -> None:
    claims(world)
    desk(
        world, links(("bees", "fish")) + '<p><a href="/desk?page=2">۲</a> <a href="/desk?page=2">بعدی</a></p>'
    )
    world.page("/desk?page=2", "میز خدمت الکترونیکی", links(("wells", "exports", "milk")))
    targets(world)


def _paged_unfetched(world: World) -> None:
    claims(world)
    desk(world, links(("bees",)) + '<p><a href="/desk?page=2">بعدی</a></p>')
    world.unfetched = [("http://portal.test/desk?page=2", "max_pages")]
    targets(world)


def _no_desk(state: str) -> Callable[[World], None]:
    def build(world: World) -> None:
        claims(world)
        world.state = state

    return build


def _complaint(world: World) -> None:
    """Its words are those of an element; its address is a claim's."""
    _built(links(TITLES).replace(TITLES["bees"], "ثبت شکایت"), names=TITLES)(world)


def _home_is_desk(names: Any, claimed: int = 3) -> Callable[[World], None]:
    """The menu's «میز خدمت» leads to the home page, which lists services."""

    def build(world: World) -> None:
        claims(world, claimed)
        world.menu = '<a href="/">میز خدمت</a>'
        world.home = f"<p>{WELCOME}</p>{links(names)}"
        targets(world)

    return build


def _desk(*answers: Any) -> Callable[[World], None]:
    def build(world: World) -> None:
        claims(world)
        desk(world, "", *answers)

    return build


Row = tuple[Callable[[World], None], str, str | None, tuple[Any, ...]]
# name: what stands there, verdict, reason, (entries, resolving, unsettled, unlisted)
ROWS: dict[str, Row] = {
    "as many as claimed": (_built(links(TITLES)), "verified", None, (3, 3, 0, 0)),
    "fewer than claimed": (_built(links(["bees", "wells"])), "partial", None, (2, 2, 0, 0)),
    "half of them dead": (_half_dead, "partial", None, (6, 3, 0, 0)),
    "all of them dead": (_built(links(ALL), answer=dead()), "contradicted", "dead_link", (6, 0, 0, 0)),
    "nobody went there": (_built(links(ALL), names=()), "inconclusive", "not_attempted", (6, 0, 6, 0)),
    "some are blocked": (_built(links(TITLES), answer={"status": 403}), "inconclusive", "not_attempted", (3, 0, 3, 0)),
    "the home page is the desk": (_home_is_desk(ALL), "verified", None, (6, 6, 0, 0)),
    "a complaint that is claimed as a service": (_complaint, "verified", None, (3, 3, 0, 0)),
    "a list of several pages": (_paged, "verified", None, (5, 5, 0, 0)),
    "a further page that was not visited": (_paged_unfetched, "partial", None, (1, 1, 0, 2)),
    "a desk without entries": (
        _built("<p>" + "خدمات سازمان به صورت الکترونیکی ارائه می‌شود. " * 8 + "</p>"), "inconclusive", "not_found_anywhere", (None,) * 4,
    ),
    "links that are no services": (
        _built('<p><a href="/a1">اخبار خدمت</a> <a href="/a2">تماس با ما</a> <a href="/a3">راهنمای خدمات</a> <a href="/">خانه</a></p>'
               + "<p>" + "خدمات سازمان به صورت الکترونیکی ارائه می‌شود. " * 8 + "</p>"),
        "inconclusive", "not_found_anywhere", (None,) * 4,
    ),
    "news and things of the portal are no entries": (
        _built(WELCOME + links(TITLES) + '<ul><li><a href="/news/9">تمدید مهلت ثبت نام آزمون استخدامی</a></li>'
               '<li><a href="/c">ثبت شکایت</a></li><li><a href="/t">پیگیری درخواست</a></li></ul>'),
        "verified", None, (3, 3, 0, 0),
    ),
    "names without an act, in a list of services": (
        _built(links(ALL).replace("</ul>", '<li><a href="/s/card">کارت عشایری</a></li><li><a href="/s/vet">دامپزشک سیار</a></li></ul>')),
        "partial", None, (8, 6, 2, 0),
    ),
    "names without an act, in boxes": (
        _built(boxes(ALL) + '<div class="box"><h3>کارت عشایری</h3><p>برای کوچ.</p><a href="/s/card">کارت عشایری</a></div>'),
        "partial", None, (7, 6, 1, 0),
    ),
    "a name without an act, in a list of four": (
        _built(links(TITLES).replace("</ul>", '<li><a href="/s/card">کارت عشایری</a></li></ul>')), "partial", None, (4, 3, 1, 0),
    ),
    "a name without an act, in a list of three": (
        _built(links(["bees", "wells"]).replace("</ul>", '<li><a href="/s/card">کارت عشایری</a></li></ul>'), claimed=2),
        "verified", None, (2, 2, 0, 0),
    ),
    "the home page leads to the two that are claimed": (
        _home_is_desk(TITLES, claimed=2), "inconclusive", "not_found_anywhere", (None,) * 4,
    ),
    "names without an act, in a list of their own": (
        _built(links(ALL) + '<ul><li><a href="/s/card">کارت عشایری</a></li><li><a href="/s/vet">دامپزشک سیار</a></li></ul>'),
        "verified", None, (6, 6, 0, 0),
    ),
    "the rest of a list of services that is none": (
        _built(links(ALL).replace("</ul>", '<li><a href="/help">راهنمای خدمات</a></li><li><a href="/faq">پرسش‌های متداول</a></li></ul>')),
        "verified", None, (6, 6, 0, 0),
    ),
    "a list of other things with a service among them": (
        _built(WELCOME + links(["bees"]).replace("</ul>", "".join(f'<li><a href="/p{n}">استان {n}</a></li>' for n in range(6)) + "</ul>")),
        "partial", None, (1, 1, 0, 0),
    ),
    "scripts may list them": (
        _built("<p>" + "خدمات سازمان به صورت الکترونیکی ارائه می‌شود. " * 8 + "</p><script src=/list.js></script>"),
        "inconclusive", "needs_browser", (None,) * 4,
    ),
    "no desk anywhere": (_no_desk("complete"), "inconclusive", "not_found_anywhere", (None,) * 4),
    "no desk so far": (_no_desk("time_budget"), "inconclusive", "no_match", (None,) * 4),
    "the desk is dead": (_desk(dead()), "contradicted", "dead_link", (None,) * 4),
    "the desk is silent": (_desk(silent()), "inconclusive", "unreachable", (None,) * 4),
    "the desk is an unfilled template": (_desk("<p>متن نمونه</p>" + links(TITLES)), "contradicted", "hollow", (None,) * 4),
}  # fmt: skip
COMPLETE = {
    "no desk anywhere": True,
    "no desk so far": False,
    "a desk without entries": True,
    "links that are no services": True,
    "the home page leads to the two that are claimed": True,
}


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ROWS)
def test_rows(seen: Any, name: str, look: str) -> None:
    build, verdict, reason, figures = ROWS[name]
    world = World(seen, LOOKS[look])
    build(world)
    found = world.judged("desk.entries")["service_desk"]
    told = tuple(found.observed.get(key) for key in ("entries", "resolving", "unsettled", "unlisted"))
    assert (found.verdict, found.reason, told) == (verdict, reason, figures), found.observed
    assert found.observed.get("complete_look") == COMPLETE.get(name)
