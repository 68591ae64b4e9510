"""`search.titles`: searches of portals in three looks, and what each comes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import pytest

from claims.searches import control_word, query_of, searched
from tests.checks.service_pages import LOOKS, PORTAL, PROSE, TITLES, World, dead, silent

SEED = 1404
WORD = control_word("portal", SEED)
BOX = '<form action="/search"><input type="search" name="q" placeholder="جستجو"><button>جستجو</button></form>'
POST = BOX.replace("<form", '<form method="post"')
NONE = "<p>نتیجه‌ای یافت نشد.</p>"
SCRIPT = "<script src=/app.js></script>"
OTHER = "صدور گواهی سلامت دام"


def echo(query: str) -> str:
    return f"<p>نتایج جستجو برای «{query}»</p>"


def link(name: str, words: str | None = None) -> str:
    return f'<p><a href="/s/{name}">{words or TITLES[name]}</a></p>'


# what a search answers to (the id of the service, or "" for the word that names nothing)
Answers = Callable[[str], Any]


def put(
    answers: Answers, *, home: str = BOX, menu: str = "", action: str = "/search", **more: Any
) -> Callable[[World], None]:
    def build(world: World) -> None:
        for name in TITLES:
            world.service(name, f"/s/{name}")
        world.home = f"<p>{PROSE}</p>{home}"
        world.menu = menu
        for name, query in {**TITLES, "": WORD}.items():
            answer = answers(name)
            if answer is not None:
                where = f"{action}?q={quote_plus(query)}"
                world.pages[where] = ("جستجو", [answer], "search")
        world.unfetched = [(PORTAL + where[1:], "robots") for where in more.get("forbidden", ())]
        world.state = more.get("state", "complete")

    return build


def good(name: str) -> str:
    return echo(TITLES[name]) + link(name) if name else echo(WORD) + NONE


def _forbidden(world: World) -> None:
    put(lambda name: None)(world)
    world.unfetched = [
        (f"{PORTAL}search?q={quote_plus(query)}", "robots") for query in (WORD, *TITLES.values())
    ]


def _straight(world: World) -> None:
    put(lambda n: {"status": 302, "redirect": f"{PORTAL}s/{n}"} if n else NONE)(world)
    for name in TITLES:
        world.page(f"/s/{name}", TITLES[name], f"<p>{PROSE}</p>", purpose="claim")


def _nothing_claimed(world: World) -> None:
    world.home = BOX


Row = tuple[Callable[[World], None], str, str | None, int | None]
# name: what the search does, verdict, reason, titles found (None: not counted)
ROWS: dict[str, Row] = {
    "all three": (put(good), "verified", None, 3),
    "at the claimed address, by other words": (put(lambda n: echo(TITLES[n]) + link(n, "مشاهده") if n else NONE), "verified", None, 3),
    "elsewhere, with the title": (
        put(lambda n: echo(TITLES[n]) + f'<div><h3>{TITLES[n]}</h3><a href="/node/{n}">ادامه</a></div>' if n else NONE),
        "verified", None, 3,
    ),
    "two of three": (put(lambda n: good(n) if n != "wells" else echo(TITLES[n]) + link("bees")), "partial", None, 2),
    "one of three": (put(lambda n: good(n) if n == "bees" else NONE), "partial", None, 1),
    "nothing at all": (put(lambda n: echo(TITLES.get(n, WORD)) + NONE), "inconclusive", "not_found_anywhere", 0),
    "an echo alone": (
        put(lambda n: f'<h2>{TITLES.get(n, WORD)}</h2><a href="/search?q={quote_plus(TITLES.get(n, WORD))}&page=2">{TITLES.get(n, WORD)}</a>'),
        "inconclusive", "not_found_anywhere", 0,
    ),
    "an echo to share": (
        put(lambda n: f'<a href="https://share.test/?t={quote_plus(TITLES.get(n, WORD))}">{TITLES.get(n, WORD)}</a>' + NONE),
        "inconclusive", "not_found_anywhere", 0,
    ),
    "the same to anything": (put(lambda n: "".join(map(link, TITLES))), "inconclusive", "ambiguous", 0),
    "the menu names them": (
        put(lambda n: NONE, menu="".join(map(link, TITLES))), "inconclusive", "not_found_anywhere", 0,
    ),
    "the menu names them, and the search finds them": (put(good, menu="".join(map(link, TITLES))), "verified", None, 3),
    "only what is like it": (put(lambda n: f'<a href="/s/x">{OTHER}</a>' if n else NONE), "inconclusive", "not_found_anywhere", 0),
    "another service in its place": (
        put(lambda n: link({"bees": "wells", "wells": "exports", "exports": "bees"}[n]) if n else NONE), "inconclusive", "not_found_anywhere", 0,
    ),
    "results by a script": (put(lambda n: f"<div id=r></div>{SCRIPT}"), "inconclusive", "needs_browser", 0),
    "straight to the page": (_straight, "verified", None, 3),
    "by POST alone": (put(lambda n: None, home=POST), "inconclusive", "needs_post", None),
    "by a script alone": (put(lambda n: None, home='<input type=search placeholder="جستجو">'), "inconclusive", "needs_browser", None),
    "a search of another": (
        put(lambda n: None, home=BOX.replace("/search", "https://engine.test/find")), "inconclusive", "not_attempted", None,
    ),
    "no search": (put(lambda n: None, home=""), "inconclusive", "not_found_anywhere", None),
    "no search seen, home made by a script": (put(lambda n: None, home=SCRIPT), "inconclusive", "no_match", None),
    "robots": (_forbidden, "inconclusive", "robots", None),
    "the control failed": (put(lambda n: good(n) if n else silent()), "inconclusive", "unreachable", None),
    "one title failed": (put(lambda n: silent() if n == "wells" else good(n)), "partial", None, 2),
    "errors": (put(lambda n: dead()), "inconclusive", "ambiguous", None),
    "blocked": (put(lambda n: {"status": 403}), "inconclusive", "blocked", None),
    "not asked": (put(lambda n: None), "inconclusive", "not_attempted", None),
    "nothing claimed": (_nothing_claimed, "not_applicable", None, None),
}  # fmt: skip
COMPLETE = {"nothing at all", "an echo alone", "an echo to share", "the menu names them", "only what is like it",
            "another service in its place", "no search"}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ROWS)
def test_rows(seen: Any, name: str, look: str) -> None:
    build, verdict, reason, found = ROWS[name]
    world = World(seen, LOOKS[look])
    build(world)
    told = world.judged("search.titles")["portal"]
    assert (told.verdict, told.reason) == (verdict, reason), told.observed
    assert told.observed.get("found") == found
    assert (told.observed.get("complete_look") is True) == (name in COMPLETE)


@pytest.mark.parametrize("look", LOOKS)
def test_the_draw_is_told(seen: Any, look: str) -> None:
    world = World(seen, LOOKS[look])
    put(lambda n: good(n) if n != "wells" else NONE)(world)
    told = world.judged("search.titles")["portal"]
    assert (told.observed["seed"], told.observed["control"], told.observed["searched"]) == (SEED, WORD, 3)
    rows = {row["service"]: (row["outcome"], row["url"]) for row in told.observed["titles"]}
    assert rows == {
        "bees": ("found", f"{PORTAL}s/bees"), "exports": ("found", f"{PORTAL}s/exports"), "wells": ("not_found", None),
    }  # fmt: skip
    assert len(told.captures) == 5


# what is done to a search that finds everything
MUTATIONS: dict[str, Row] = {
    "results removed": (put(lambda n: NONE), "inconclusive", "not_found_anywhere", 0),
    "answers emptied": (put(lambda n: ""), "inconclusive", "not_found_anywhere", 0),
    "one answer for all": (put(lambda n: good("bees")), "inconclusive", None, 0),
    "titles of another body": (
        put(lambda n: f'<a href="/s/x">{OTHER}</a>'),
        "inconclusive",
        "not_found_anywhere",
        0,
    ),
    "dead": (put(lambda n: dead()), "inconclusive", "ambiguous", None),
    "the box removed": (put(good, home=""), "inconclusive", "not_found_anywhere", None),
    "the box by POST": (put(good, home=POST), "inconclusive", "needs_post", None),
}


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", MUTATIONS)
def test_mutations_are_noticed(seen: Any, name: str, look: str) -> None:
    build, verdict, reason, found = MUTATIONS[name]
    world = World(seen, LOOKS[look])
    build(world)
    told = world.judged("search.titles")["portal"]
    assert told.verdict == verdict, told.observed
    assert reason is None or told.reason == reason
    assert told.observed.get("found") == found


def test_what_is_asked_hangs_on_seed_and_agency_alone(seen: Any) -> None:
    world = World(seen, LOOKS["plain"])
    put(good)(world)
    drawn = searched("portal", world.services, SEED)
    assert drawn == searched("portal", reversed(world.services), SEED)
    assert len({control_word("portal", seed) for seed in range(50)}) == 50
    assert all(query_of(service) == service.title for service in drawn)
