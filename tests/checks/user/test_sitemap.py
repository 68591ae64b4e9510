"""`sitemap.menu`: maps of portals in three looks, against the menus of their home pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.service_pages import LOOKS, PORTAL, World, dead, silent

PAGES = {
    "/news": "اخبار", "/about": "درباره سازمان", "/laws": "قوانین", "/desk": "میز خدمت", "/fees": "تعرفه‌ها",
    "/forms": "فرم‌ها", "/budget": "بودجه", "/complain": "شکایات", "/people": "مدیران", "/data": "داده باز",
}  # fmt: skip
NAMED = '<a href="/map">نقشه پورتال</a>'
INTRO = (
    "<p>بخش‌های پورتال در این صفحه کنار هم آمده است تا هر کس در یک نگاه ببیند که هر موضوع در کجاست. نام هر بخش به صفحه همان بخش "
    "پیوند دارد. اگر بخشی را نیافتید، از خانه جست‌وجوی بالای صفحه کمک بگیرید یا با روابط عمومی سازمان تماس بگیرید.</p>"
)


def links(*paths: str, **more: str) -> str:
    rows = {path: PAGES.get(path, path) for path in paths} | more
    return "".join(f'<li><a href="{path}">{words}</a></li>' for path, words in rows.items())


MENU = f"<ul>{links(*PAGES)}</ul>"
ALL = f"{INTRO}<ul>{links(*PAGES)}</ul>"


def _map(*answers: Any, menu: str = MENU, name: str = NAMED, foot: str = "") -> Callable[[World], None]:
    def build(world: World) -> None:
        world.menu = menu + name
        world.home = "به درگاه سازمان خوش آمدید" + foot
        for path, words in PAGES.items():
            world.page(path, words, f"<p>در بخش {words} کارهای سازمان در استان‌ها گزارش می‌شود.</p>")
        world.page("/map", "نقشه پورتال", *answers)

    return build


def _without(*paths: str) -> str:
    return f"{INTRO}<ul>{links(*(path for path in PAGES if path not in paths))}</ul>"


def _nowhere(world: World) -> None:
    _map(ALL, name="")(world)


Row = tuple[Callable[[World], None], str, str | None, int | None]
# name: what stands there, verdict, reason, entries of the menu that the map lists (None: not counted)
ROWS: dict[str, Row] = {
    "all of it": (_map(ALL), "verified", None, 10),
    "all of it, with other words": (
        _map(INTRO + "<ul>" + "".join(f'<li><a href="{path}">بخش {n}</a></li>' for n, path in enumerate(PAGES)) + "</ul>"),
        "verified", None, 10,
    ),
    "all of it and more": (_map(ALL + links("/a", "/b", "/c")), "verified", None, 10),
    "all but one of ten": (_map(_without("/data")), "verified", None, 9),
    "all but two": (_map(_without("/data", "/budget")), "partial", None, 8),
    "two of ten": (_map(f"{INTRO}<ul>{links('/news', '/about', '/a', '/b', '/c', '/d', '/e', '/f')}</ul>"), "partial", None, 2),
    "none of it": (_map(INTRO + links(*(f"/x{n}" for n in range(9)))), "partial", None, 0),
    "full addresses": (
        _map(INTRO + "<ul>" + "".join(f'<li><a href="{PORTAL}{path[1:]}">{words}</a></li>' for path, words in PAGES.items()) + "</ul>"),
        "verified", None, 10,
    ),
    "another language in the menu": (
        _map(ALL, menu=MENU.replace("</ul>", '<li><a href="/en" hreflang="en">English</a></li></ul>')), "verified", None, 10,
    ),
    "another host in the menu": (
        _map(ALL, menu=MENU.replace("</ul>", '<li><a href="http://ministry.test/">وزارتخانه</a></li></ul>')), "verified", None, 10,
    ),
    "a footer that the map lacks": (
        _map(ALL, foot='<div class="footer-links"><a href="/f1">یک</a><a href="/f2">دو</a><a href="/f3">سه</a></div>'),
        "verified", None, 10,
    ),
    "a side column of links": (
        _map(ALL, foot='<div class="sidebar"><a href="/s1">یک</a><a href="/s2">دو</a><a href="/s3">سه</a></div>'),
        "verified", None, 10,
    ),
    "a script may list the rest": (_map(_without("/data", "/fees") + "<script src=/m.js></script>"), "partial", None, 8),
    "no map": (_nowhere, "inconclusive", "not_found_anywhere", None),
    "dead": (_map(dead(), dead()), "contradicted", "dead_link", None),
    "silent": (_map(silent(), silent()), "inconclusive", "unreachable", None),
    "soon": (_map("<p>این صفحه در دست ساخت است.</p>"), "contradicted", "under_construction", None),
    "an unfilled template": (_map("<p>متن نمونه</p>" + ALL), "contradicted", "hollow", None),
}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ROWS)
def test_rows(seen: Any, name: str, look: str) -> None:
    build, verdict, reason, listed = ROWS[name]
    world = World(seen, LOOKS[look])
    build(world)
    found = world.judged("sitemap.menu")["sitemap"]
    assert (found.verdict, found.reason) == (verdict, reason), found.observed
    assert found.observed.get("menu_listed") == listed
    if listed is not None:
        assert found.observed["menu_links"] == len(PAGES)
        assert found.observed["unsettled"] == (2 if "script" in name else 0)
