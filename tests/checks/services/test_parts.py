"""Claimed panels of accordions and tabs, and applications whose data does not come."""

from typing import Any

import pytest

from checks.finding import Finding
from claims.model import Agency, Service

PORTAL = "http://www.bandar.test/"
DESK = f"{PORTAL}desk"
TITLES = {
    "a": "صدور جواز اسکله‌داری",
    "b": "تمدید پلاک قایق صیادی",
    "c": "تخصیص انبار به صیادان",
    "d": "معرفی ملوانان به آموزشگاه",
}
TEXT = (
    "اداره بندر این خدمت را برای ساکنان جزیره فراهم کرده است. پرونده‌ها به ترتیب رسیدن بررسی می‌شود و پاسخ با پیامک می‌رسد. "
    "مدارک لازم تصویر کارت ملی و سند شناور است و هر پرونده یک شماره دارد."
)
FORM = (
    '<form method="post"><label>نام <input name="n"></label><label>کد ملی <input name="m"></label>'
    "<button>ثبت درخواست</button></form>"
)
FILE = '<a href="/files/form-7.pdf">دریافت فرم</a>'
ENTRY = ("verified", "transaction_entry")
FORM_ONLY = ("contradicted", "form_download_only")
IN_PERSON = ("contradicted", "in_person_only")
NONE = ("inconclusive", "no_match")
BODIES = {
    "a": f'<p>{TEXT}</p><a class="btn" href="/apply/a">ثبت درخواست</a>',
    "b": f"<p>{TEXT}</p>{FILE}",
    "c": f"<p>{TEXT}</p><p>این کار تنها با مراجعه حضوری به اداره بندر انجام می‌شود.</p>",
    "d": f"<p>{TEXT}</p>{FORM}",
}


def page(body: str, title: str = "بندر") -> str:
    return (
        f'<!doctype html><html lang="fa"><head><title>{title}</title></head><body><header><a href="/">بندر</a></header>'
        f"<main>{body}</main><footer>اسکله شرقی</footer></body></html>"
    )


def nested(key: str) -> str:
    """The item holds its heading and its body; the fragment names the item."""
    return (
        f'<div class="accordion-item" id="{key}"><h2><button data-bs-toggle="collapse" data-bs-target="#x-{key}">{TITLES[key]}'
        f'</button></h2><div id="x-{key}" class="collapse">{BODIES[key]}</div></div>'
    )


def apart(key: str) -> str:
    """The heading is a link to the body; the fragment names the body."""
    return (
        f'<div class="panel"><h4 class="panel-title"><a data-toggle="collapse" href="#{key}">{TITLES[key]}</a></h4></div>'
        f'<div class="panel-collapse" id="{key}">{BODIES[key]}</div>'
    )


def on_the_heading(key: str) -> str:
    """The fragment names the heading."""
    return (
        f'<div class="card"><div class="card-header" id="{key}"><button aria-controls="x-{key}">{TITLES[key]}</button></div>'
        f'<div class="collapse" id="x-{key}">{BODIES[key]}</div></div>'
    )


def folded(key: str) -> str:
    return f'<details id="{key}"><summary>{TITLES[key]}</summary>{BODIES[key]}</details>'


def tabs() -> str:
    heads = "".join(f'<li><a role="tab" href="#{key}">{title}</a></li>' for key, title in TITLES.items())
    panes = "".join(f'<div class="tab-pane" id="{key}">{body}</div>' for key, body in BODIES.items())
    return f'<ul class="nav nav-tabs">{heads}</ul><div class="tab-content">{panes}</div>'


PAGES = {
    "nested": "".join(map(nested, TITLES)),
    "apart": "".join(map(apart, TITLES)),
    "on the heading": "".join(map(on_the_heading, TITLES)),
    "folded": "".join(map(folded, TITLES)),
    "tabs": tabs(),
}


def judged(seen: Any, body: str, urls: dict[str, str]) -> dict[str, Finding]:
    seen.agency = Agency("portal", "اداره بندر نمونه", "main", PORTAL)
    seen.services = tuple(
        Service("portal", key, TITLES[key], True, url=url, level="transaction") for key, url in urls.items()
    )
    seen.http(PORTAL, page("<h1>اداره بندر</h1><p>خوش آمدید</p>", "خانه"), purpose="home", at=1)
    for name in ("about", "sea", "river"):
        seen.http(f"{PORTAL}{name}", page(f"<h1>{name}</h1><p>درباره {name}</p>", name), at=2)
    seen.http(f"{PORTAL}apply/a", page(f"<h1>{TITLES['a']}</h1>{FORM}", TITLES["a"]), at=12)
    for attempt, at in ((1, 10), (2, 100)):
        seen.http(DESK, page(body, "میز خدمت"), purpose="claim", attempt=attempt, at=at)
    seen.account()
    found: dict[str, Finding] = seen.of("services.entry")
    return found


def verdicts(found: dict[str, Finding]) -> dict[str, tuple[str, str | None]]:
    return {key: (finding.verdict, finding.reason) for key, finding in found.items()}


@pytest.mark.parametrize("body", PAGES.values(), ids=PAGES.keys())
def test_each_claimed_panel_is_what_stands_in_it(seen: Any, body: str) -> None:
    found = judged(seen, f"<h1>میز خدمت</h1>{body}", {key: f"{DESK}#{key}" for key in TITLES})
    assert verdicts(found) == {"a": ENTRY, "b": FORM_ONLY, "c": IN_PERSON, "d": ENTRY}


def test_what_stands_outside_of_the_panels_may_be_the_entry(seen: Any) -> None:
    body = f"<h1>میز خدمت</h1><div>{PAGES['nested']}</div><h3>فرم یکپارچه</h3>{FORM}"
    found = judged(seen, body, {key: f"{DESK}#{key}" for key in TITLES})
    assert verdicts(found) == {"a": ENTRY, "b": NONE, "c": NONE, "d": ENTRY}


@pytest.mark.parametrize("body", PAGES.values(), ids=PAGES.keys())
def test_without_a_fragment_the_panel_with_the_very_title_is_read(seen: Any, body: str) -> None:
    found = judged(seen, f"<h1>میز خدمت</h1>{body}", dict.fromkeys(TITLES, DESK))
    assert verdicts(found) == {"a": ENTRY, "b": FORM_ONLY, "c": IN_PERSON, "d": ENTRY}


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("معرفی ملوانان به آموزشگاه", "معرفی ملوانان به آموزشگاه غواصی جنوب"),
        ("معرفی ملوانان به آموزشگاه", "لغو معرفی ملوانان به آموزشگاه"),
        ("تمدید پلاک قایق صیادی", "معرفی ملوانان به آموزشگاه"),
    ],
    ids=["more than the title", "another act", "two panels of one title"],
)
def test_without_a_fragment_nothing_less_than_the_very_title_counts(
    seen: Any, there: str, instead: str
) -> None:
    body = PAGES["nested"].replace(there, instead)
    assert verdicts(judged(seen, f"<h1>میز خدمت</h1>{body}", {"d": DESK})) == {"d": NONE}


def test_panels_of_questions_are_of_no_service(seen: Any) -> None:
    found = judged(seen, f"<h1>پرسش‌های متداول</h1>{PAGES['folded']}", dict.fromkeys(TITLES, DESK))
    assert set(verdicts(found).values()) == {NONE}


def test_of_a_declared_list_the_one_own_link_is_followed(seen: Any) -> None:
    """Only the page behind the first was visited; what nobody saw is denied by nobody."""
    rows = "".join(f'<h3><a href="/apply/{key}">{title}</a></h3>' for key, title in TITLES.items())
    found = judged(seen, f"<h1>میز خدمت</h1>{rows}", dict.fromkeys(TITLES, DESK))
    assert verdicts(found) == dict.fromkeys(TITLES, NONE) | {"a": ("verified", "transaction_entry")}
    assert (
        found["a"].observed["notes"] == ["one_link_on"] and found["a"].observed["url"] == f"{PORTAL}apply/a"
    )


@pytest.mark.parametrize("heading", ["میز خدمت", TITLES["b"]])
def test_the_tabs_of_one_service_are_read_together(seen: Any, heading: str) -> None:
    body = (
        f'<h1>{heading}</h1><ul><li><a role="tab" href="#f">فرم {TITLES["b"]}</a></li><li><a role="tab" href="#g">ثبت درخواست</a></li></ul>'
        f'<div class="tab-pane" id="f"><p>{TEXT}</p>{FILE}</div><div class="tab-pane" id="g">{FORM}</div>'
    )
    found = judged(seen, body, {"b": f"{DESK}#f"})
    assert found["b"].verdict != "contradicted", found["b"].observed


def test_the_form_of_another_panel_is_not_the_claimed_ones(seen: Any) -> None:
    found = judged(seen, f"<h1>میز خدمت</h1>{PAGES['apart']}", {"c": f"{DESK}#d", "d": f"{DESK}#b"})
    assert {finding.verdict for finding in found.values()} == {"inconclusive"}


# --- dialogs of panels ------------------------------------------------------------------------------

SECRET = "<label>کد رهگیری <input name='k'></label><button>نمایش</button>"


def opener(ident: str, said: str = "باز کردن فرم") -> str:
    return f'<button type="button" data-bs-toggle="modal" data-bs-target="#{ident}">{said}</button>'


def dialog(ident: str, heading: str, fields: str = FORM) -> str:
    inner = fields if "<form" in fields else f"<form method='post'>{fields}</form>"
    return (
        f'<div class="modal fade" id="{ident}"><div class="modal-dialog"><div class="modal-header"><h5>{heading}</h5>'
        f'<button type="button" aria-label="بستن"></button></div>{inner}</div></div>'
    )


def desk_of(bodies: dict[str, str], dialogs: str) -> str:
    """Panels with these bodies, and dialogs behind them."""
    items = "".join(nested(key).replace(BODIES[key], bodies.get(key, f"<p>{TEXT}</p>")) for key in TITLES)
    return f'<h1>میز خدمت</h1><div class="accordion">{items}</div>{dialogs}'


PLACES = {"named": lambda key: f"{DESK}#{key}", "not named": lambda key: DESK}
OPENERS = {
    "bootstrap": opener("m"),
    "bootstrap 4": '<button data-toggle="modal" data-target="#m">درخواست</button>',
    "link": '<a href="#m" class="btn">درخواست</a>',
    "aria": '<button aria-controls="m">درخواست</button>',
    "script": "<button onclick=\"document.getElementById('m').showModal()\">درخواست</button>",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize("button", OPENERS.values(), ids=OPENERS.keys())
def test_the_dialog_that_a_panel_opens_is_of_the_panel(seen: Any, button: str, place: Any) -> None:
    body = desk_of({"a": f"<p>{TEXT}</p>{button}"}, dialog("m", "درخواست جواز"))
    assert verdicts(judged(seen, body, {"a": place("a")})) == {"a": ENTRY}


def test_a_code_to_follow_in_the_panels_dialog(seen: Any) -> None:
    body = desk_of({"a": f"<p>{TEXT}</p>{opener('m')}"}, dialog("m", "وضعیت پرونده", SECRET))
    assert verdicts(judged(seen, body, {"a": f"{DESK}#a"})) == {"a": ("verified", "tracking_entry")}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_a_dialog_that_two_panels_open_is_nobodys(seen: Any, place: Any) -> None:
    shared = f"<p>{TEXT}</p>{opener('m')}"
    found = judged(seen, desk_of({"a": shared, "b": shared}, dialog("m", "درخواست")), {"a": place("a")})
    assert found["a"].verdict == "inconclusive", found["a"].observed


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_the_dialog_of_another_panel_is_not_this_ones(seen: Any, place: Any) -> None:
    bodies = {"a": f"<p>{TEXT}</p>{opener('m')}", "c": BODIES["c"]}
    found = judged(seen, desk_of(bodies, dialog("m", "درخواست")), {key: place(key) for key in "abc"})
    assert verdicts(found)["c"] == IN_PERSON
    assert verdicts(found)["b"] == (("contradicted", "information_only") if place("b") != DESK else NONE)
    assert verdicts(found)["a"] == ENTRY


@pytest.mark.parametrize("key", "bc")
def test_a_dialog_that_no_panel_opens_may_be_the_entry(seen: Any, key: str) -> None:
    bodies = {"a": BODIES["a"], "c": BODIES["c"]}
    found = judged(seen, desk_of(bodies, dialog("m", "درخواست")), {key: f"{DESK}#{key}"})
    assert verdicts(found) == {key: NONE}


def test_that_a_panel_offers_nothing_counts_only_beside_panels_that_do(seen: Any) -> None:
    found = judged(seen, desk_of({"c": BODIES["c"]}, ""), {"b": f"{DESK}#b"})
    assert verdicts(found) == {"b": NONE}


def test_a_panel_that_leads_on_is_not_all_there_is(seen: Any) -> None:
    bodies = {"a": BODIES["a"], "b": f'<p>{TEXT}</p><a href="/more/b">ادامه</a>'}
    found = judged(seen, desk_of(bodies, ""), {"b": f"{DESK}#b"})
    assert verdicts(found) == {"b": NONE}


def test_the_form_of_a_panel_is_of_no_panel_beside_it(seen: Any) -> None:
    bodies = {"a": f"<p>{TEXT}</p>{opener('m')}", "b": f"<p>{TEXT}</p>{opener('n')}"}
    dialogs = dialog("m", TITLES["b"]) + dialog("n", TITLES["a"])
    found = judged(seen, desk_of(bodies, dialogs), {key: f"{DESK}#{key}" for key in "ab"})
    assert {finding.verdict for finding in found.values()} == {"inconclusive"}


# --- applications -----------------------------------------------------------------------------------

SHELL = '<html><head><title>بندر</title></head><body><div id="root"></div><script src="/app.js"></script></body></html>'
ERROR = "<h1>خطا</h1><p>خطا در برقراری ارتباط با سرور. دوباره تلاش کنید.</p>"
MISSING = "<h1>صفحه مورد نظر یافت نشد</h1>"
# what the application shows, how its data was answered (None: not at all), what may be said
BROKEN: dict[str, tuple[str, int | None, tuple[str, str]]] = {
    "an error of the server": (ERROR, 500, ("inconclusive", "server_error")),
    "an error of the server, called missing": (MISSING, 502, ("inconclusive", "server_error")),
    "no answer": (ERROR, None, ("inconclusive", "needs_browser")),
    "no answer, called missing": (MISSING, None, ("inconclusive", "needs_browser")),
    "refused": (MISSING, 403, ("inconclusive", "needs_browser")),
    "there is none": (MISSING, 404, ("contradicted", "soft_404")),
    "answered": (MISSING, 200, ("contradicted", "soft_404")),
    "answered, and an error": (ERROR, 200, ("inconclusive", "ambiguous")),
    "an entry all the same": (f"<h1>{TITLES['a']}</h1>{FORM}", 500, ENTRY),
}


@pytest.mark.parametrize(("shown", "status", "truth"), BROKEN.values(), ids=BROKEN.keys())
def test_an_application_whose_data_fails(
    seen: Any, shown: str, status: int | None, truth: tuple[str, str]
) -> None:
    url = f"{PORTAL}app/1"
    seen.agency = Agency("portal", "اداره بندر نمونه", "main", PORTAL)
    seen.services = (Service("portal", "a", TITLES["a"], True, url=url, level="transaction"),)
    seen.http(PORTAL, page("<h1>اداره بندر</h1><p>خوش آمدید</p>", "خانه"), purpose="home", at=1)
    seen.twice(url, SHELL, purpose="claim")
    requests = (
        ("GET", url, "document", 200),
        ("GET", f"{PORTAL}app.js", "script", 200),
        ("GET", f"{PORTAL}data/1.json", "fetch", status),
    )
    seen.rendered(url, page(shown), requests=requests)
    seen.account()
    finding = seen.of("services.entry")["a"]
    assert (finding.verdict, finding.reason) == truth, finding.observed
