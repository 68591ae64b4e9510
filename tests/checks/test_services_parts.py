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


def test_without_a_fragment_a_page_of_panels_is_a_list(seen: Any) -> None:
    found = judged(seen, f"<h1>میز خدمت</h1>{PAGES['nested']}", dict.fromkeys(TITLES, DESK))
    assert set(verdicts(found).values()) == {NONE}


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
