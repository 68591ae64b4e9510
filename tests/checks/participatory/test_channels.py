"""Two-way channels (P06): when was answered last. The round's clock: 2025-12-01, ۱۰ آذر ۱۴۰۴."""

from __future__ import annotations

from typing import Any

import pytest

PORTAL = "http://portal.test/"
NAMES = {"polls": "نظرسنجی‌ها", "ideas": "صندوق پیشنهاد", "forum": "تالار گفتگو"}
INTROS = {
    "polls": "<p>در این بخش هر ماه دربارهٔ یکی از کارهای سازمان از مردم نظرسنجی می‌شود و رأی هر کس یک بار شمرده می‌شود. "
    * 3
    + "</p>",
    "ideas": "<p>پیشنهاد خود را برای بهتر شدن خدمات بنویسید تا کارشناسان آن را بررسی کنند و به آن پاسخ دهند. "
    * 3
    + "</p>",
    "forum": "<p>پرسش‌ها و موضوع‌های گفتگو در این تالار گردآوری می‌شود و کارشناسان سازمان به هر یک پاسخ می‌دهند. "
    * 3
    + "</p>",
}


def plain(heading: str, body: str) -> str:
    return f"<html><head><title>{heading}</title></head><body><h1>{heading}</h1>{body}</body></html>"


# A question and its answer, in three looks: (asked, answered) as written
def flow(asked: str, answered: str) -> str:
    told = (
        f"<p>پاسخ کارشناس ({answered}): موضوع بررسی شد و از هفته بعد اجرا می‌شود.</p>"
        if answered
        else "<p>در انتظار پاسخ</p>"
    )
    return f"<h3>پیشنهاد افزایش ساعت کار باجه‌ها</h3><p>ارسال شده در {asked}</p>{told}"


def table(asked: str, answered: str) -> str:
    return (
        "<table><tr><th>موضوع</th><th>تاریخ پرسش</th><th>تاریخ پاسخ</th></tr>"
        f"<tr><td>پیشنهاد افزایش ساعت کار باجه‌ها</td><td>{asked}</td><td>{answered or 'بدون پاسخ'}</td></tr></table>"
    )


def cards(asked: str, answered: str) -> str:
    told = (
        f"<div class=reply><strong>پاسخ سازمان</strong><div>{answered}</div><p>از پیشنهاد شما سپاسگزاریم؛ اجرا شد.</p></div>"
        if answered
        else ""
    )
    return f"<div class=card><h3>پیشنهاد افزایش ساعت کار باجه‌ها</h3><div>تاریخ ثبت</div><div>{asked}</div>{told}</div>"


LOOKS = {"flow": flow, "table": table, "cards": cards}

# name: (asked, answered, verdict, reason, age)
ANSWERS: dict[str, tuple[str, str, str, str | None, int | None]] = {
    "this quarter": ("۱۴۰۴/۰۸/۱۰", "۱۴۰۴/۰۸/۱۵", "verified", None, 25),
    "this half": ("۱۴۰۴/۰۵/۰۱", "۱۴۰۴/۰۵/۱۰", "partial", None, 122),
    "years ago": ("۱۴۰۱/۰۲/۰۱", "۱۴۰۱/۰۳/۰۱", "partial", None, 1289),
    "asked now, never answered": ("۱۴۰۴/۰۹/۰۵", "", "inconclusive", "not_found_anywhere", None),
    "asked now, answered years ago": ("۱۴۰۴/۰۹/۰۵", "۱۴۰۱/۰۳/۰۱", "partial", None, 1289),
    "answered in words": ("۵ آبان ۱۴۰۴", "۱۵ آبان ۱۴۰۴", "verified", None, 25),
    "answered, undated": ("دیروز", "امروز", "inconclusive", "undated", None),
    "to be answered": ("۱۴۰۴/۰۹/۰۵", "۱۴۰۵/۰۱/۰۱", "inconclusive", "undated", None),
}  # fmt: skip


def shown(
    seen: Any, pages: dict[str, Any], *, account: bool = True, more: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The findings about the channels by id. pages: bodies or statuses by channel."""
    home = "".join(f'<a href="/{name}">{NAMES[name]}</a> ' for name in pages)
    seen.http(PORTAL, plain("سازمان", home + '<a href="/news">اخبار</a>'), purpose="home")
    told = {
        name: plain(NAMES[name], INTROS[name] + body) if isinstance(body, str) else body
        for name, body in pages.items()
    }
    for attempt in (1, 2):
        for number, (where, body) in enumerate({**told, **(more or {})}.items()):
            facts: dict[str, Any] = {"attempt": attempt, "at": 100.0 * attempt + number}
            if isinstance(body, int):
                seen.http(PORTAL + where, "", status=body, **facts)
            else:
                seen.http(PORTAL + where, body, **facts)
    if account:
        seen.account()
    return {f"{f.check}:{f.subject.id}": f for f in seen.found("channels.")}


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("channel", ["ideas", "forum"])
@pytest.mark.parametrize("name", ANSWERS)
def test_the_newest_answer_of_a_channel(seen: Any, name: str, channel: str, look: str) -> None:
    asked, answered, verdict, reason, age = ANSWERS[name]
    found = shown(seen, {channel: LOOKS[look](asked, answered)})
    one, all_ = found[f"channels.answers:{channel}"], found["channels.newest:channels"]
    for finding in (one, all_):
        assert (finding.verdict, finding.reason) == (verdict, reason), finding.observed
        assert finding.observed.get("age_days") == age
        assert finding.captures and finding.observed["channel"] == channel


# One entry that was answered, and a later one that nobody answered: the day of the later one is no answer's.
NEIGHBOURS = {
    "articles": "<article><h4>سایه‌بان ایستگاه</h4><p>دریافت: ۱۴۰۴/۰۴/۱۵</p><p>جواب واحد فنی (۱۴۰۴/۰۵/۱۰): نصب شد.</p></article>"
    "<article><h4>آب‌سردکن سالن</h4><p>دریافت: ۱۴۰۴/۰۹/۰۱</p></article>",
    "headings alone": "<h3>سایه‌بان ایستگاه</h3><p>جواب واحد فنی (۱۴۰۴/۰۵/۱۰): نصب شد.</p><h3>آب‌سردکن سالن</h3><p>تاریخ: ۱۴۰۴/۰۹/۰۱</p>",
    "bold titles": "<p><b>سایه‌بان ایستگاه</b></p><p>جواب واحد فنی (۱۴۰۴/۰۵/۱۰): نصب شد.</p><p><b>آب‌سردکن سالن</b></p><p>۱۴۰۴/۰۹/۰۱</p>",
    "items": "<ul><li><p>سایه‌بان ایستگاه لازم است.</p><p>پاسخ: نصب شد (۱۴۰۴/۰۵/۱۰).</p></li>"
    "<li><p>آب‌سردکن سالن خراب است.</p><p>۱۴۰۴/۰۹/۰۱</p></li></ul>",
    "rows": "<table><tr><td>سایه‌بان ایستگاه لازم است.</td><td>پاسخ: نصب شد (۱۴۰۴/۰۵/۱۰).</td></tr>"
    "<tr><td>آب‌سردکن سالن خراب است.</td><td>۱۴۰۴/۰۹/۰۱</td></tr></table>",
    "English": "<section><h3>Shade at the stop</h3><p>Replied on 1404/05/10: built.</p></section>"
    "<section><h3>Water in the hall</h3><p>1404/09/01</p></section>",
}


@pytest.mark.parametrize("channel", ["ideas", "forum"])
@pytest.mark.parametrize("name", NEIGHBOURS)
def test_an_answer_is_of_its_own_entry(seen: Any, name: str, channel: str) -> None:
    found = shown(seen, {channel: NEIGHBOURS[name]})["channels.newest:channels"]
    assert (found.verdict, found.observed["age_days"]) == ("partial", 122), found.observed


def test_the_heading_of_an_answer_is_above_its_date(seen: Any) -> None:
    body = (
        "<ul><li><h3>سایه‌بان ایستگاه</h3><p>۱۴۰۴/۰۷/۱۵</p><h5>پاسخ واحد فنی</h5><p>۱۴۰۴/۰۸/۱۵</p></li></ul>"
    )
    found = shown(seen, {"ideas": body})["channels.newest:channels"]
    assert (found.verdict, found.observed["age_days"]) == ("verified", 25)


@pytest.mark.parametrize(
    ("told", "verdict", "age"),
    [
        ("پاییز ۱۴۰۴", "verified", 0),
        ("پاييز ١٤٠٣", "partial", 346),
        ("۱۴۰۴/۰۸/۱۵", "verified", 25),
        ("۱۴۰۳/۰۹/۱۰", "partial", 366),
        ("۱۴۰۱/۰۳/۰۱", "partial", 1289),
    ],
)
def test_a_poll_is_as_new_as_its_dates(seen: Any, told: str, verdict: str, age: int) -> None:
    body = f"<h3>نظرسنجی از ساعت کار باجه‌ها</h3><p>نظرسنجی تا {told} باز بود و ۱۲۰ نفر رأی دادند.</p>"
    found = shown(seen, {"polls": body})["channels.newest:channels"]
    assert (found.verdict, found.observed["age_days"]) == (verdict, age)


def test_a_poll_that_every_page_shows_tells_no_day(seen: Any) -> None:
    poll = (
        "<form class=poll method=post><h4>نظرسنجی</h4><p>درگاه ما را چگونه ارزیابی می‌کنید؟</p>"
        "<label><input type=radio name=v value=1> خوب</label><label><input type=radio name=v value=2> بد</label><button>ثبت رأی</button></form>"
    )
    seen.http(PORTAL, plain("سازمان", poll), purpose="home")
    seen.account()
    found = seen.of("channels.newest")["channels"]
    assert (found.verdict, found.reason) == ("inconclusive", "undated")


def test_the_newest_of_any_channel_counts(seen: Any) -> None:
    found = shown(
        seen, {"polls": "<p>نظرسنجی سال ۱۴۰۱</p>", "ideas": flow("۱۴۰۳/۰۱/۰۱", "۱۴۰۳/۰۱/۰۹"), "forum": flow("۱۴۰۴/۰۸/۱۰", "۱۴۰۴/۰۸/۱۵")}
    )  # fmt: skip
    assert len(found) == 4
    best = found["channels.newest:channels"]
    assert (best.verdict, best.observed["age_days"], best.observed["channel"]) == ("verified", 25, "forum")
    assert best.observed["newer_days"] == 0
    assert found["channels.answers:ideas"].verdict == "partial"


def test_what_we_could_not_read_may_be_newer(seen: Any) -> None:
    found = shown(seen, {"ideas": flow("۱۴۰۳/۰۱/۰۱", "۱۴۰۳/۰۱/۰۹"), "forum": 403})
    best = found["channels.newest:channels"]
    assert (best.verdict, best.observed["age_days"], best.observed["newer_days"]) == ("partial", 613, -613)


def test_answers_on_the_pages_of_a_forum(seen: Any) -> None:
    listed = "<ul><li><a href='/forum/1'>پرسش درباره ساعت کار باجه‌ها</a></li></ul>"
    thread = plain("پرسش درباره ساعت کار باجه‌ها", flow("۱۴۰۴/۰۸/۱۰", "۱۴۰۴/۰۸/۱۵"))
    found = shown(seen, {"forum": listed}, more={"forum/1": thread})["channels.newest:channels"]
    assert (found.verdict, found.observed["url"]) == ("verified", f"{PORTAL}forum/1")


def test_the_day_of_the_visit_is_no_answer(seen: Any) -> None:
    home = plain("سازمان", '<a href="/forum">تالار گفتگو</a>')
    seen.http(PORTAL, home, purpose="home")
    for attempt, day in ((1, "۱۴۰۴/۰۹/۰۹"), (2, "۱۴۰۴/۰۹/۱۰")):
        body = plain("تالار گفتگو", f"{INTROS['forum']}<p>پاسخ‌ها تا امروز {day}</p>")
        seen.http(f"{PORTAL}forum", body, attempt=attempt, at=100.0 * attempt)
    seen.account()
    found = seen.of("channels.newest")["channels"]
    assert (found.verdict, found.reason) == ("inconclusive", "undated")


@pytest.mark.parametrize(
    ("pages", "verdict", "reason"),
    [
        ({"forum": 404}, "contradicted", "dead_link"),
        ({"forum": 403}, "inconclusive", "blocked"),
        ({"forum": 404, "ideas": 403}, "inconclusive", "blocked"),
        ({"ideas": 404, "forum": plain("تالار گفتگو", "<p>این بخش در دست تکمیل است.</p>")}, "contradicted", "dead_link"),
        ({}, "inconclusive", "not_found_anywhere"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("account", [True, False])
def test_channels_without_a_page(
    seen: Any, pages: dict[str, Any], verdict: str, reason: str, account: bool
) -> None:
    told = {name: body for name, body in pages.items() if isinstance(body, int)}
    more = {name: body for name, body in pages.items() if isinstance(body, str)}
    found = shown(seen, told, account=account, more=more)["channels.newest:channels"]
    if verdict == "contradicted" and not account:
        # another channel may stand where nobody looked
        verdict, reason = "inconclusive", "no_match"
    if reason == "not_found_anywhere" and not account:
        reason = "no_match"
    assert (found.verdict, found.reason) == (verdict, reason)
    if reason in ("no_match", "not_found_anywhere"):
        assert found.observed["complete_look"] is account


GOOD = flow("۱۴۰۴/۰۸/۱۰", "۱۴۰۴/۰۸/۱۵")
# what is done to a channel that is answered: what it must come to
MUTATIONS: dict[str, tuple[Any, str]] = {
    "removed": (404, "contradicted"),
    "empty": (plain("صندوق پیشنهاد", "<p>صندوق پیشنهاد</p>"), "contradicted"),
    "template": (GOOD + "<p>متن نمونه</p>", "contradicted"),
    "old date": (GOOD.replace("۱۴۰۴", "۱۳۹۹"), "partial"),
    "answer cut": (flow("۱۴۰۴/۰۸/۱۰", ""), "inconclusive"),
    "dead target": (plain("صفحه مورد نظر یافت نشد", "<p>خطا</p>"), "contradicted"),
}  # fmt: skip


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_what_is_done_to_a_channel_shows(seen: Any, mutation: str) -> None:
    body, verdict = MUTATIONS[mutation]
    whole = isinstance(body, str) and body.startswith("<html")
    home = plain("سازمان", '<a href="/ideas">صندوق پیشنهاد</a>')
    seen.http(PORTAL, home, purpose="home")
    for attempt in (1, 2):
        at = {"attempt": attempt, "at": 100.0 * attempt}
        if isinstance(body, int):
            seen.http(f"{PORTAL}ideas", "", status=body, **at)
        else:
            seen.http(
                f"{PORTAL}ideas", body if whole else plain("صندوق پیشنهاد", INTROS["ideas"] + body), **at
            )
    seen.account()
    assert seen.of("channels.newest")["channels"].verdict == verdict
