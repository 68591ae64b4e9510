"""Kinds of damage to a page that was verified. What is the agency's is found; what is ours refutes nothing."""

from typing import Any

import pytest

from claims.model import Service

PORTAL = "http://portal.test/"
URL = "http://portal.test/services/9"
TITLE = "صدور مجوز حفر چاه کشاورزی"
SIBLING = "تمدید مجوز حفر چاه کشاورزی"
PROSE = (
    "<p>کشاورزانی که آب زمین آنان از چاه تأمین می‌شود پیش از کندن چاه به مجوز نیاز دارند. کارشناس آب منطقه‌ای زمین را می‌بیند "
    "و میزان برداشت را تعیین می‌کند. رسیدگی چهل روز زمان می‌برد و هزینه کارشناسی هر سال در آغاز سال آبی اعلام می‌شود.</p>"
)
FORM = (
    '<form method="post"><label>نام مالک <input name="o"></label><label>کد ملی <input name="n"></label>'
    '<label>پلاک ثبتی <input name="p"></label><button>ثبت درخواست</button></form>'
)


def page(body: str, heading: str = TITLE, head: str = "") -> str:
    return f"<html><head><title>{heading}</title>{head}</head><body><h1>{heading}</h1>{body}</body></html>"


WHOLE = page(PROSE + FORM)
HOME = page("<p>خوش آمدید. از تازه‌ترین خبرها آگاه شوید.</p>", "شرکت آب منطقه‌ای")

# name: (what came instead, verdict, reason)
DAMAGES: dict[str, tuple[str | dict[str, Any], str, str]] = {
    "form removed": (page(PROSE), "contradicted", "information_only"),
    "form removed, a sentence in its place": (
        page(PROSE + "<p>متقاضی باید حضوری به اداره مراجعه کند.</p>"), "contradicted", "in_person_only"),
    "title swapped": (page(PROSE + FORM, "اجاره غرفه نمایشگاه"), "inconclusive", "no_match"),
    "sibling's page": (page(PROSE.replace("به مجوز نیاز", "به تجدید نیاز") + FORM, SIBLING), "contradicted", "wrong_service"),
    "home page instead": (HOME, "inconclusive", "no_match"),
    "body blanked": ("<html><head></head><body></body></html>", "inconclusive", "no_match"),
    "all but the title removed": (page(""), "contradicted", "hollow"),
    "template put in": (page("<p>[نام دستگاه] این خدمت را در [مدت زمان] روز انجام می‌دهد.</p>"), "contradicted", "hollow"),
    "not ready": (page("<p>در دست ساخت</p>"), "contradicted", "under_construction"),
    "captcha before it": (
        '<html><body><form><img src="/captcha.png"><input name="captcha"><button>تأیید</button></form></body></html>', "inconclusive", "blocked"),
    "fields locked away by a script of which nothing came": (
        '<html><body><div id="app"></div><script src="/gone.js"></script></body></html>', "inconclusive", "needs_browser"),
    "in person for a step, form still there": (
        page(PROSE + "<p>تحویل مجوز با مراجعه حضوری است.</p>" + FORM), "verified", "transaction_entry"),
    "fields disabled": (page(PROSE + FORM.replace("<input ", "<input disabled ")), "inconclusive", "ambiguous"),
    "fieldset disabled": (
        page(PROSE + FORM.replace("<label>نام", "<fieldset disabled><label>نام").replace("<button>", "</fieldset><button>")), "inconclusive", "ambiguous"),
    "the button alone disabled, as until all is filled in": (
        page(PROSE + FORM.replace("<button>", "<button disabled>")), "verified", "transaction_entry"),
    "words for not found": (page("<p>صفحهٔ مورد نظر یافت نشد.</p>", "خطا"), "contradicted", "soft_404"),
    "a log-in in its place": (
        page(PROSE + '<form method="post"><input name="u" placeholder="نام کاربری"><input name="p" type="password"><button>ورود</button></form>'),
        "partial", "login_wall"),
    "a file in its place": (page(PROSE + '<a href="/f/form.pdf">دریافت فرم درخواست</a>'), "contradicted", "form_download_only"),
    "our time-out": ({"status": None, "failure": "timeout"}, "inconclusive", "unreachable"),
    "our limit": ({"body": page(PROSE)[:200], "truncated": "length"}, "inconclusive", "limit"),
    "cut by the peer": ({"body": page(PROSE)[:200], "truncated": "disconnect"}, "inconclusive", "unreachable"),
    "our own error": ({"status": None, "failure": "own_error"}, "inconclusive", "own_error"),
    "a firewall": ({"status": 403, "body": "<h1>Access denied</h1>"}, "inconclusive", "blocked"),
}  # fmt: skip


@pytest.mark.parametrize(("came", "verdict", "reason"), DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damage(seen: Any, came: str | dict[str, Any], verdict: str, reason: str) -> None:
    seen.services = (
        Service("portal", "x", TITLE, True, url=URL, level="transaction"),
        Service("portal", "y", SIBLING, True),
    )
    seen.twice(PORTAL, HOME, purpose="home")
    facts = {"body": came} if isinstance(came, str) else dict(came)
    seen.twice(URL, facts.pop("body", ""), purpose="claim", **facts)
    finding = seen.of("services.entry")["x"]
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.observed


def test_the_page_without_damage(seen: Any) -> None:
    seen.services = (Service("portal", "x", TITLE, True, url=URL, level="transaction"),)
    seen.twice(URL, WHOLE, purpose="claim")
    finding = seen.of("services.entry")["x"]
    assert (finding.verdict, finding.reason) == ("verified", "transaction_entry")
    assert finding.observed["level"] == "transaction"
    assert finding.observed["selector"].endswith("form")


REMOVED = page(PROSE)


def without(seen: Any) -> tuple[str, str | None, list[str]]:
    seen.services = (Service("portal", "x", TITLE, True, url=URL, level="transaction"),)
    seen.twice(PORTAL, HOME, purpose="home")
    finding = seen.of("services.entry")["x"]
    return finding.verdict, finding.reason, finding.observed["notes"]


def test_a_dead_control_holds_nothing_against_the_page(seen: Any) -> None:
    for at in (11, 101):
        seen.control(at, None)
    seen.twice(URL, REMOVED, purpose="claim")
    assert without(seen) == ("inconclusive", "own_error", ["no_control"])


def test_one_visit_holds_nothing_against_the_page(seen: Any) -> None:
    seen.http(URL, REMOVED, purpose="claim", at=10)
    assert without(seen) == ("inconclusive", "not_attempted", ["no_second_visit"])


def test_two_visits_at_once_hold_nothing_against_the_page(seen: Any) -> None:
    seen.http(URL, REMOVED, purpose="claim", at=10, attempt=1)
    seen.http(URL, REMOVED, purpose="claim", at=20, attempt=2)
    assert without(seen) == ("inconclusive", "not_attempted", ["second_visit_too_soon"])


@pytest.mark.slow
def test_a_page_read_in_part_holds_nothing_against_itself(seen: Any) -> None:
    """Its form stands below more open elements than are read."""
    seen.twice(URL, page(PROSE + "<div>" * 25_000 + FORM), purpose="claim")
    assert without(seen) == ("inconclusive", "limit", ["read_in_part"])


def test_a_blocked_script_holds_nothing_against_the_page(seen: Any) -> None:
    """The browser came to rest without the script that makes the form."""
    scripted = page(PROSE + '<div id="form"></div>', head='<script src="/form.js"></script>')
    seen.twice(URL, scripted, purpose="claim")
    asked = (("GET", URL, "document", 200), ("GET", f"{PORTAL}form.js", "script", None))
    seen.rendered(URL, scripted, requests=asked)
    assert without(seen) == ("inconclusive", "needs_browser", ["script_lost"])


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ((404, 404), ("contradicted", "information_only", [])),
        ((410,), ("contradicted", "information_only", [])),
        ((), ("inconclusive", "needs_browser", ["script_lost"])),
        ((404, 200), ("inconclusive", "needs_browser", ["script_lost"])),
        ((403, 403), ("inconclusive", "needs_browser", ["script_lost"])),
    ],
)
def test_a_script_that_is_not_there_is_missing_to_every_visitor(
    seen: Any, answers: tuple[int, ...], outcome: tuple[str, str, list[str]]
) -> None:
    scripted = page(PROSE, head='<script src="/old.js"></script>')
    seen.twice(URL, scripted, purpose="claim")
    for attempt, status in enumerate(answers, start=1):
        seen.http(f"{PORTAL}old.js", "", status=status, attempt=attempt, at=40.0 * attempt)
    asked = (("GET", URL, "document", 200), ("GET", f"{PORTAL}old.js", "script", 404))
    seen.rendered(URL, scripted, requests=asked)
    assert without(seen) == outcome


def test_the_entry_seen_once_and_gone_again_is_told_as_such(seen: Any) -> None:
    seen.http(URL, WHOLE, purpose="claim", at=10, attempt=1)
    seen.http(URL, REMOVED, purpose="claim", at=100, attempt=2)
    assert without(seen) == ("inconclusive", "ambiguous", ["visits_differ"])


def test_a_membership_is_not_joined_by_logging_in(seen: Any) -> None:
    title = "عضویت در باشگاه کشاورزان"
    seen.services = (Service("portal", "x", title, True, url=URL, level="transaction"),)
    login = '<form method="post"><input name="u" placeholder="نام کاربری"><input name="p" type="password"><button>ورود</button></form>'
    seen.twice(URL, page(PROSE + login, title), purpose="claim")
    finding = seen.of("services.entry")["x"]
    assert (finding.verdict, finding.reason) == ("partial", "login_wall")
