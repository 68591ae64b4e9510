"""Managers of an agency (T09): rows of what is told of each, in seven looks of the list, with what is true of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from checks.finding import Finding
from checks.transparent.people import bare_name, person, post, reachable
from evidence.canonical import canonical

PORTAL = "http://portal.test/"
Told = tuple[str, str, str]
Look = Callable[[Sequence[Told]], str]

PEOPLE: list[Told] = [
    ("دکتر علی رضایی", "مدیرکل", "تلفن: ۰۲۱-۸۸۷۷۶۶۵۵"),
    ("مریم احمدی", "معاون توسعه مدیریت و منابع", "تلفن: ۰۲۱-۸۸۷۷۶۶۵۶"),
    ("مهندس حسن موسوی", "معاون فنی", "داخلی ۲۱۴"),
    ("سید رضا کاظمی", "رئیس اداره حقوقی", "kazemi@portal.test"),
]


def table(people: Sequence[Told]) -> str:
    rows = "".join(f"<tr><td>{n}</td><td>{p}</td><td>{c}</td></tr>" for n, p, c in people)
    return f"<table><tr><th>نام و نام خانوادگی</th><th>سمت</th><th>تلفن</th></tr>{rows}</table>"


def bare_table(people: Sequence[Told]) -> str:
    return (
        "<table>"
        + "".join(f"<tr><td>{p}</td><td>{n}</td><td>{c}</td></tr>" for n, p, c in people)
        + "</table>"
    )


def cards(people: Sequence[Told]) -> str:
    made = (
        f"<div class=card><img src=/x.jpg alt=''><h3>{n}</h3><div class=role>{p}</div><div>{c}</div></div>"
        for n, p, c in people
    )
    return f"<div class=row>{''.join(made)}</div>"


def post_first(people: Sequence[Told]) -> str:
    made = (f"<div class=box><h4>{p}</h4><p>{n}</p><p>{c}</p></div>" for n, p, c in people)
    return "".join(made)


def terms(people: Sequence[Told]) -> str:
    made = (
        f"<dl><dt>نام</dt><dd>{n}</dd><dt>سمت</dt><dd>{p}</dd><dt>تماس</dt><dd>{c}</dd></dl>"
        for n, p, c in people
    )
    return "".join(made)


def items(people: Sequence[Told]) -> str:
    return "<ul>" + "".join(f"<li>{n}، {p}، {c}</li>" for n, p, c in people) + "</ul>"


def running(people: Sequence[Told]) -> str:
    return "".join(f"<h3>{n}</h3><p>{p}</p><p>{c}</p>" for n, p, c in people)


LOOKS: dict[str, Look] = {
    "table": table, "table without heads": bare_table, "cards": cards, "post first": post_first, "terms": terms, "list": items,
    "running": running,
}  # fmt: skip


def without(index: int, *people: int) -> list[Told]:
    """Those listed, with one thing of some of them taken away: 0 name, 1 post, 2 contact."""
    made = []
    for number, told in enumerate(PEOPLE):
        parts = list(told)
        if number in people:
            parts[index] = ""
        made.append((parts[0], parts[1], parts[2]))
    return made


# name: (people, listed, complete, wanted)
LISTS: dict[str, tuple[list[Told], int, int, int]] = {
    "all told": (PEOPLE, 4, 4, 4),
    "three": (PEOPLE[:3], 3, 3, 3),
    "two are few": (PEOPLE[:2], 2, 2, 4),
    "one without a telephone": (without(2, 1), 4, 3, 4),
    "none with a telephone": (without(2, 0, 1, 2, 3), 4, 0, 4),
    "blank telephones": ([(n, p, "تلفن: ------") for n, p, _ in PEOPLE], 4, 0, 4),
    "telephone of four digits": ([(n, p, "تلفن ۲۱۴۵") for n, p, _ in PEOPLE], 4, 4, 4),
    "Latin": ([("Dr. Ali Rezaei", "Director General", "Tel: 021-88776655"), ("Maryam Ahmadi", "Deputy", "ahmadi@portal.test"), ("Hasan Mousavi", "Head", "Ext. 214")], 3, 3, 3),
}  # fmt: skip


def page(body: str, heading: str = "معرفی مدیران") -> str:
    intro = (
        "<p>فهرست مدیران این سازمان و راه‌های ارتباط با آنان در این صفحه آمده است و هر ماه بازبینی می‌شود.</p>"
    )
    return f"<html><head><title>{heading}</title></head><body><main><h1>{heading}</h1>{intro}{body}{FILL}</main></body></html>"


FILL = "<p>" + "مراجعه‌کنندگان می‌توانند در ساعت‌های کار پیش از آمدن زمان بگیرند. " * 4 + "</p>"


def judge(seen: Any, *answers: str | int, account: bool = True, link: str = "معرفی مدیران") -> Finding:
    seen.http(PORTAL, f'<html><body><h1>سازمان</h1><a href="/who">{link}</a></body></html>', purpose="home")
    for attempt, answer in enumerate(answers, start=1):
        facts: dict[str, Any] = {"attempt": attempt, "at": 60.0 * attempt}
        if isinstance(answer, int):
            seen.http(f"{PORTAL}who", "", status=answer, **facts)
        else:
            seen.http(f"{PORTAL}who", answer, **facts)
    if account:
        seen.account()
    found = seen.of("managers.contacts")
    assert list(found) == ["managers"]
    finding: Finding = found["managers"]
    return finding


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", LISTS)
def test_a_list(seen: Any, look: str, name: str) -> None:
    people, listed, complete, wanted = LISTS[name]
    found = judge(seen, page(LOOKS[look](people)))
    told = {key: found.observed.get(key) for key in ("listed", "complete", "wanted", "open")}
    assert told == {"listed": listed, "complete": complete, "wanted": wanted, "open": 0}, found.observed
    assert found.verdict == ("verified" if complete == wanted else "partial")
    assert found.captures


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("taken", [0, 1, 2], ids=["name", "post", "contact"])
@pytest.mark.parametrize("whose", range(4))
def test_what_is_taken_away_is_missed(seen: Any, look: str, taken: int, whose: int) -> None:
    found = judge(seen, page(LOOKS[look](without(taken, whose))))
    assert found.verdict == "partial", found.observed
    assert found.observed["complete"] == 3


@pytest.mark.parametrize("look", LOOKS)
def test_no_name_and_no_number_is_kept(seen: Any, look: str) -> None:
    told = canonical(judge(seen, page(LOOKS[look](PEOPLE))).to_json())
    for private in ("رضایی", "احمدی", "موسوی", "کاظمی", "۸۸۷۷", "8877", "kazemi"):
        assert private not in told


@pytest.mark.parametrize(
    "words",
    [
        "مدیر فنی با علی رضایی، تلفن ۰۲۱-۸۸۷۷۶۶۵۵ و kazemi@portal.test",
        "معاون فنی علی رضایی ۸۸۷۷۶۶۵۵",
        "مدیرکل: آقای رضایی ۸۸۷۷۶۶۵۵",
    ],
)
def test_a_line_of_post_name_and_number_is_not_quoted(seen: Any, words: str) -> None:
    told = canonical(judge(seen, page(f"<ul><li>{words}</li></ul>")).to_json())
    for private in ("رضایی", "۸۸۷۷", "8877", "kazemi"):
        assert private not in told


def test_managers_on_the_page_of_contacts(seen: Any) -> None:
    """No page lists managers; that of contacts names two with post and telephone, which is half."""
    words = "مدیر روابط عمومی: آقای بهرام خیالی، شمارهٔ ۰۲۱-۵۵۵۰۱۲۹. معاون خدمات سازمان: خانم نگین پنداری، شمارهٔ ۰۲۱-۵۵۵۰۱۳۰."
    about = (
        "نشانی سازمان: شهر نمونه، خیابان بلور، کوچهٔ سوم، شمارهٔ ۱۲؛ دفتر مرکزی هر روز کاری پذیرای مردم است. "
        * 3
    )
    seen.http(PORTAL, '<html><body><h1>سازمان</h1><a href="/c">تماس با ما</a></body></html>', purpose="home")
    seen.http(f"{PORTAL}c", page(f"<p>{about}</p><p>{words}</p>", heading="تماس با ما"), at=60)
    seen.account()
    found = seen.of("managers.contacts")["managers"]
    assert found.verdict == "partial"
    assert 2 * found.observed["complete"] == found.observed["wanted"]


def test_news_of_managers_are_no_list(seen: Any) -> None:
    words = "<p>مدیرکل سازمان گفت بودجه افزایش می‌یابد.</p><p>معاون فنی در جلسه با مردم دیدار کرد. تلفن ۸۸۷۷۶۶۵۵</p>"
    assert judge(seen, page(words)).observed.get("complete", 0) == 0


@pytest.mark.parametrize("fetched", [True, False])
def test_a_page_of_each(seen: Any, fetched: bool) -> None:
    listed = (
        "<ul>" + "".join(f'<li><a href="/m/{n}">{p}</a></li>' for n, (_, p, _) in enumerate(PEOPLE)) + "</ul>"
    )
    if fetched:
        for number, (name, role, contact) in enumerate(PEOPLE):
            body = f"<h1>{name}</h1><p>سمت: {role}</p><p>{contact}</p>"
            seen.http(
                f"{PORTAL}m/{number}", f"<html><body><main>{body}</main></body></html>", at=200 + number
            )
    found = judge(seen, page(listed))
    assert (found.observed["listed"], found.observed["complete"]) == (4, 4 if fetched else 0)
    assert found.observed["open"] == (0 if fetched else 4)


def test_a_form_to_write_to_managers(seen: Any) -> None:
    form = (
        "<form method=post><fieldset><legend>ارتباط مستقیم با مدیران</legend><label>نام <input name=a></label>"
        "<label>تلفن <input name=b></label><label>پیام <textarea name=c></textarea></label><button>ارسال</button></fieldset></form>"
    )
    found = judge(seen, page(table(without(2, 0, 1, 2, 3)) + form))
    assert found.observed["complete"] == 4


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    "words", ["تلفن سازمان: ۰۲۱-۸۸۷۷۶۶۰۰", "مرکز تلفن ۰۲۱-۸۸۷۷۶۶۰۰", "تماس: ۰۲۱-۸۸۷۷۶۶۰۰"]
)
def test_a_switchboard_reaches_no_manager(seen: Any, look: str, words: str) -> None:
    found = judge(seen, page(LOOKS[look](without(2, 0, 1, 2, 3)) + f"<p>{words}</p>"))
    assert (found.observed["listed"], found.observed["complete"]) == (4, 0)


def test_a_link_to_write_to_each(seen: Any) -> None:
    people = [(n, p, f'<a href="/write?to={i}">ارسال پیام</a>') for i, (n, p, _) in enumerate(PEOPLE)]
    assert judge(seen, page(cards(people))).observed["complete"] == 4


HOLLOW = {
    "template": (
        "معرفی مدیران",
        "<p>" + "[نام مدیر] با سمت [عنوان پست] و تلفن [شماره تلفن]. " * 6 + "</p>",
        "hollow",
    ),
    "not ready": ("مدیران", "<p>این بخش در دست تکمیل است.</p>", "under_construction"),
    "a title alone": ("مدیران", "<p>مدیر</p>", "hollow"),
    "lorem": ("مدیران", "<p>لورم ایپسوم متن ساختگی مدیر. </p>" * 9, "hollow"),
}


@pytest.mark.parametrize("name", HOLLOW)
@pytest.mark.parametrize("visits", [1, 2])
def test_a_hollow_list(seen: Any, name: str, visits: int) -> None:
    heading, words, reason = HOLLOW[name]
    body = f"<html><head><title>{heading}</title></head><body><h1>{heading}</h1>{words}</body></html>"
    found = judge(seen, *[body] * visits)
    expected = ("contradicted", reason) if visits == 2 else ("inconclusive", "not_attempted")
    assert (found.verdict, found.reason) == expected


@pytest.mark.parametrize(
    ("answers", "verdict", "reason"),
    [([404, 404], "contradicted", "dead_link"), ([404], "inconclusive", "not_attempted"), ([403, 403], "inconclusive", "blocked"),
     ([], "inconclusive", "not_attempted")],
    ids=["dead", "dead once", "forbidden", "not captured"],
)  # fmt: skip
def test_a_list_that_was_not_seen(seen: Any, answers: list[int], verdict: str, reason: str) -> None:
    found = judge(seen, *answers)
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize("account", [True, False])
def test_no_list_anywhere(seen: Any, account: bool) -> None:
    found = judge(seen, account=account, link="اخبار")
    assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere" if account else "no_match")
    assert found.observed["complete_look"] is account


def test_a_page_about_managers_that_lists_none(seen: Any) -> None:
    words = "<p>" + "شورای مدیران هر هفته تشکیل می‌شود و دربارهٔ برنامه‌های سازمان تصمیم می‌گیرد. " * 5 + "</p>"
    found = judge(seen, page(words))
    assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere")


# text: (somebody is named, a post is told, there is a way to reach them)
TEXTS: dict[str, tuple[bool, bool, bool]] = {
    "دکتر علی رضایی": (True, False, False),
    "علی رضایی - معاون فنی": (True, True, False),
    "سرکار خانم احمدی": (True, False, False),
    "مهندس ناظر ساختمان": (False, False, False),
    "خدمات الکترونیکی": (False, False, False),
    "مدیرکل روابط عمومی": (False, True, False),
    "ساختمان مرکزی": (False, False, False),
    "تلفن: ۰۲۱-۸۸۷۷۶۶۵۵": (False, False, True),
    "داخلی ۲۱۴": (False, False, True),
    "سال ۱۴۰۴": (False, False, False),
    "کد پستی ۱۹۱۷۶۵۴۳۲۱": (False, False, False),
    "Ali Rezaei": (True, False, False),
}


@pytest.mark.parametrize("text", TEXTS)
def test_what_a_text_tells(text: str) -> None:
    named, has_post, has_contact = TEXTS[text]
    assert (person(text), post(text) is not None, reachable(text)) == (named, has_post, has_contact)
    assert not bare_name("۱۲ نفر")
