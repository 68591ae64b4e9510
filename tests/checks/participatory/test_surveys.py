"""Surveys of services and their results (P04), in three looks of portals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.checks.service_pages import FORM, LOOKS, PROSE, TITLES, World, dead, silent

INFO = f"<p>{PROSE}</p>{FORM}"


def poll(question: str, name: str = "rate") -> str:
    choices = "".join(
        f"<label><input type=radio name={name} value={n}> {w}</label>"
        for n, w in enumerate(("خوب", "متوسط", "بد"))
    )
    return f"<form method=post action=/rate><h3>{question}</h3>{choices}<button>ثبت رأی</button></form>"


SURVEY = poll("از این خدمت چقدر رضایت دارید؟ (نظرسنجی خدمت)")


def questions(button: str = "ارسال") -> str:
    """Questions with choices and one in words, none of which says that it is a survey."""
    asked = "".join(
        f"<fieldset><legend>{question}</legend>"
        + "".join(f"<label><input type=radio name=q{n} value={w}> {w}</label>" for w in ("خوب", "بد"))
        + "</fieldset>"
        for n, question in enumerate(("سرعت انجام کار چگونه بود؟", "برخورد کارمندان را چگونه دیدید؟"))
    )
    return f"<form method=post action=/q>{asked}<label>توضیح شما <textarea name=t></textarea></label><button>{button}</button></form>"


ASKED = f"<h2>سنجش رضایت از این خدمت</h2>{questions()}"
WIDE = poll("نظرسنجی: درگاه سازمان را چگونه می‌بینید؟", "wide")
LINK = '<p><a href="/survey?s=1">نظرسنجی از این خدمت</a></p>'
STARS = "<p>به این خدمت امتیاز دهید</p><div class=rating-stars><span>★</span><span>★</span></div>"


def _own(
    *answers: Any, home: str = "", pages: Mapping[str, tuple[str, Any]] | None = None
) -> Callable[[World], None]:
    def build(world: World) -> None:
        world.home += home
        world.own("bees", *answers)
        for where, (heading, answer) in (pages or {}).items():
            world.page(f"/{where}", heading, answer)

    return build


def _everywhere(world: World) -> None:
    """One poll on every page, in the middle of it."""
    world.home += WIDE
    world.own("bees", INFO + WIDE)
    for where, heading in (("/news", "اخبار"), ("/about", "درباره سازمان")):
        world.page(where, heading, f"<p>مطلبی درباره کارهای سازمان در استان‌ها.</p>{WIDE}")


def _on_pages(world: World) -> None:
    """A poll about services that all pages but the home page show."""
    asked = poll("نظرسنجی: از خدمات سازمان راضی هستید؟", "all")
    world.own("bees", INFO + asked)
    for where in ("/news", "/about", "/rules2"):
        world.page(where, f"صفحه {where[1:]}", f"<p>مطلبی درباره کارهای سازمان، {where}.</p>{asked}")


def _footer(world: World) -> None:
    look = world.look
    world.look = lambda heading, body, menu="": look(heading, body, menu).replace(
        "</body>", f"<footer>{SURVEY}</footer></body>"
    )
    world.own("bees", INFO)


def _shared(world: World) -> None:
    for name in ("bees", "wells"):
        world.own(name, INFO + '<p><a href="/survey">نظرسنجی</a></p>')
    world.page("/survey", "نظرسنجی", SURVEY)


def _shared_by_name(world: World) -> None:
    options = "".join(f"<option>{title}</option>" for title in TITLES.values())
    for name in ("bees", "wells"):
        world.own(name, INFO + '<p><a href="/survey">نظرسنجی</a></p>')
    form = SURVEY.replace("<h3>", f"<label>خدمت <select name=s>{options}</select></label><h3>")
    world.page("/survey", "نظرسنجی", form)


def _not_electronic(world: World) -> None:
    world.service("bees", "/s/bees", electronic=False)
    world.own("bees", INFO + SURVEY)


def _unfetched(world: World) -> None:
    world.own("bees", INFO + LINK)
    world.unfetched = [("http://portal.test/survey?s=1", "max_pages")]


Row = tuple[Callable[[World], None], str, str | None]
ROWS: dict[str, Row] = {
    "on the page": (_own(INFO + SURVEY), "verified", None),
    "on the page, in English": (_own(INFO + poll("Rate this service: survey")), "verified", None),
    "questions under a heading": (_own(INFO + ASKED), "verified", None),
    "questions under a heading, sent as a comment": (
        _own(INFO + f"<h2>نظرسنجی</h2>{questions('ثبت نظر')}"), "verified", None,
    ),
    "questions one link on": (
        _own(INFO + LINK, pages={"survey?s=1": ("رضایت‌سنجی خدمت", questions())}), "verified", None,
    ),
    "questions under another heading": (_own(INFO + f"<h2>نظرات کاربران</h2>{questions()}"), "inconclusive", "not_found_anywhere"),
    "questions about the portal": (_own(INFO + f"<h2>نظرسنجی درگاه</h2>{questions()}"), "inconclusive", "not_found_anywhere"),
    "comments under a heading": (
        _own(INFO + "<h2>نظرسنجی</h2><form><label>نظر شما <textarea name=t></textarea></label><button>ثبت نظر</button></form>"),
        "inconclusive", "not_found_anywhere",
    ),
    "one link on": (_own(INFO + LINK, pages={"survey?s=1": ("نظرسنجی", SURVEY)}), "verified", None),
    "one for all, by the service's name": (_shared_by_name, "verified", None),
    "none": (_own(INFO), "inconclusive", "not_found_anywhere"),
    "on every page of the portal": (_everywhere, "inconclusive", "not_found_anywhere"),
    "on every page but the home page": (_on_pages, "inconclusive", "not_found_anywhere"),
    "in the footer": (_footer, "inconclusive", "not_found_anywhere"),
    "one for all": (_shared, "inconclusive", "not_found_anywhere"),
    "of the page and no service": (_own(INFO + poll("آیا این صفحه مفید بود؟")), "inconclusive", "not_found_anywhere"),
    "a link from the home page too": (
        _own(INFO + '<p><a href="/survey">نظرسنجی</a></p>', home='<p><a href="/survey">نظرسنجی</a></p>', pages={"survey": ("نظرسنجی", SURVEY)}),
        "inconclusive", "not_found_anywhere",
    ),
    "dead": (_own(INFO + LINK, pages={"survey?s=1": ("", dead())}), "inconclusive", "not_found_anywhere"),
    "promised": (_own(INFO + "<p>نظرسنجی این خدمت به‌زودی راه‌اندازی می‌شود.</p>"), "inconclusive", "not_found_anywhere"),
    "behind a link that nobody followed": (_unfetched, "inconclusive", "limit"),
    "behind a link that blocks us": (_own(INFO + LINK, pages={"survey?s=1": ("", {"status": 403})}), "inconclusive", "blocked"),
    "stars": (_own(INFO + STARS), "inconclusive", "ambiguous"),
    "scripts not seen at work": (_own(INFO + "<script src=/a.js></script>"), "inconclusive", "needs_browser"),
    "the page is dead": (_own(dead()), "contradicted", "dead_link"),
    "the page is silent": (_own(silent()), "inconclusive", "unreachable"),
    "not claimed electronic": (_not_electronic, "not_applicable", None),
}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ROWS)
def test_a_survey_of_the_service(seen: Any, name: str, look: str) -> None:
    build, verdict, reason = ROWS[name]
    world = World(seen, LOOKS[look])
    build(world)
    found = world.judged("services.survey")["bees"]
    assert (found.verdict, found.reason) == (verdict, reason), found.observed
    assert found.observed.get("survey", 0) == (verdict == "verified")
    if reason in ("no_match", "not_found_anywhere"):
        assert found.observed["complete_look"] is True
        # a survey for all services may be about this one too
        shared = name in ("one for all", "a link from the home page too")
        assert found.observed.get("read_whole", False) is not shared


# what is done to a page with a survey: what it must come to
MUTATIONS: dict[str, Row] = {
    "removed": (_own(INFO), "inconclusive", "not_found_anywhere"),
    "empty": (_own(INFO + SURVEY.replace("<input type=radio", "<i")), "inconclusive", "not_found_anywhere"),
    "template": (_own("<p>متن نمونه</p>" + INFO + SURVEY), "inconclusive", "not_found_anywhere"),
    "another service's": (
        _own(INFO + SURVEY.replace("از این خدمت", f"از خدمت {TITLES['exports']}")), "inconclusive", "not_found_anywhere"),
    "dead target": (_own(INFO + LINK, pages={"survey?s=1": ("", dead())}), "inconclusive", "not_found_anywhere"),
    "everywhere": (_everywhere, "inconclusive", "not_found_anywhere"),
}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", MUTATIONS)
def test_what_is_done_to_a_survey_shows(seen: Any, name: str, look: str) -> None:
    build, verdict, reason = MUTATIONS[name]
    world = World(seen, LOOKS[look])
    build(world)
    world.service("exports", "/s/exports")
    found = world.judged("services.survey")["bees"]
    assert (found.verdict, found.reason) == (verdict, reason), found.observed
