"""What shows the level of a service beyond the page of its entry, and what stands there and shows nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest

from checks.finding import Finding
from claims.model import Agency, Service
from tests.checks.services.test_levels import BANK, PERSON, PORTAL, PROSE, TITLE, URL, names, page

BACK = quote(f"{URL}/callback", safe="")
GATE = "https://sso.my.gov.ir/"
NAMED = f"{GATE}oauth2/authorize?client_id=8812&redirect_uri={BACK}"
LOGIN = "<html><head><title>ورود</title></head><body><form><input name=user placeholder='نام کاربری'><input type=password></form></body></html>"
PAID = "<html><body>پرداخت</body></html>"
TRACK = (
    '<form method="post" action="/track"><h3>پیگیری درخواست</h3><label>کد رهگیری <input name="t"></label>'
    "<button>پیگیری</button></form>"
)
APPLY = f"<form method=post>{PERSON}<button>ثبت درخواست</button></form>"
CHOICE = "<label>نوع متقاضی <select name=k><option>حقیقی<option>حقوقی</select></label>"


def body(*parts: str) -> str:
    return page(f"<p>{PROSE}</p>{''.join(parts)}")


def link(url: str, words: str = "ورود به سامانه") -> str:
    return f'<p><a href="{url.replace("&", "&amp;")}">{words}</a></p>'


@dataclass(frozen=True, slots=True)
class Case:
    """html: the declared page. behind: what else the crawl met: a page, or the address that it leads on to."""

    html: str
    level: str | None
    verdict: str = "verified"
    signs: tuple[str, ...] = ()
    behind: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    least: str | None = None


def sign_on(url: str) -> Case:
    return Case(body(link(url)), "transaction", signs=("sign_on",), behind={url: LOGIN}, least="transaction")


def wall(url: str) -> Case:
    return Case(body(link(url)), "interaction", "partial", ("login",), {url: LOGIN}, least="interaction")


def wizard(steps: str, entry: str) -> Case:
    return Case(body(steps, entry), "transaction", signs=("wizard",))


def to_gateway(action: str, **hidden: str) -> str:
    fields = "".join(f'<input type=hidden name="{name}" value="{value}">' for name, value in hidden.items())
    return f'<form method=post action="{action}">{fields}<button>ورود با پنجره ملی</button></form>'


def sent_by_form(action: str, **hidden: str) -> str:
    return body(to_gateway(action, **hidden))


SIGN_ON = {
    "way back": sign_on(NAMED),
    "CAS": sign_on(f"{GATE}login?service={BACK}"),
    "returnUrl": sign_on(f"{GATE}login?returnUrl={BACK}"),
    "name of the client": sign_on(f"{GATE}oauth2/authorize?client_name=zanburdaran"),
    "client in words": sign_on(f"{GATE}oauth2/authorize?client_name={quote(TITLE)}"),
    "CAS with a name": sign_on(f"{GATE}login?service=zanburdaran-desk"),
    "without its scheme": sign_on(f"{GATE}login?service={quote('www.zanburdaran.test/apply', safe='')}"),
    "encoded twice": sign_on(f"{GATE}login?service={quote(BACK, safe='')}"),
    "through the gateway itself": sign_on(
        f"{GATE}login?returnUrl={quote(f'/connect/authorize/callback?client_id=7&redirect_uri={BACK}', safe='')}"
    ),
    "CAS through the gateway itself": sign_on(
        f"{GATE}login?service={quote(f'{GATE}oauth2/callbackAuthorize?redirect_uri={BACK}', safe='')}"
    ),
    "my.gov.ir": sign_on(f"https://my.gov.ir/auth?client_id=5&redirect_uri={BACK}"),
    "a form": Case(
        sent_by_form(f"{GATE}login", client_name="zanburdaran"), "transaction", signs=("sign_on",),
        least="transaction",
    ),
    "a form with the way back": Case(
        sent_by_form(f"{GATE}oauth2/authorize", client_id="5", redirect_uri=f"{URL}/back"), "transaction",
        signs=("sign_on",), least="transaction",
    ),
    "turned away at the gateway": Case(
        body(link(NAMED)), "transaction", signs=("sign_on",), behind={NAMED: "<html>forbidden</html>"}, status=403,
        least="transaction",
    ),
    "beside a tracking form": Case(
        body(TRACK, link(NAMED)), "transaction", signs=("tracking", "sign_on"), behind={NAMED: LOGIN},
        least="transaction",
    ),
    "not visited": Case(body(link(NAMED)), None, "inconclusive", ("sign_on",), least="transaction"),
    "not visited, beside a tracking form": Case(
        body(TRACK, link(NAMED)), "interaction", signs=("tracking", "sign_on"), least="transaction"
    ),
    # it shows no more than a log-in
    "an opaque client": wall(f"{GATE}login?client_id=8812"),
    "a way back on the gateway": wall(f"{GATE}login?returnUrl=%2Fapply%2F1"),
    "another body as client": wall(f"{GATE}login?client_name=abbanan&redirect_uri=https%3A%2F%2Fwww.abbanan.test%2F"),
    "another body, ours in its way back": wall(
        f"{GATE}login?service={quote(f'https://www.abbanan.test/?redirect_uri={BACK}', safe='')}"
    ),
    "a form that names nobody": Case(
        sent_by_form(f"{GATE}login", client_id="5"), "interaction", "partial", ("login",), least="interaction"
    ),
    "beside a tracking form, and names nobody": Case(
        body(TRACK, link(f"{GATE}login?client_id=8")), "interaction", signs=("tracking",),
        behind={f"{GATE}login?client_id=8": LOGIN},
    ),
    "in the frame": Case(
        body(TRACK).replace("<main>", f"<header>{link(NAMED)}</header><main>"), "interaction", signs=("tracking",),
        behind={NAMED: LOGIN},
    ),
    "a form in the frame": Case(
        body(TRACK).replace(
            "<main>",
            f'<header><form action="{GATE}login"><input type=hidden name=client_name value=zanburdaran>'
            "<button>ورود</button></form></header><main>",
        ), "interaction", signs=("tracking",),
    ),
    "help with it": Case(
        body(TRACK, link(NAMED, "راهنمای ورود")), "interaction", signs=("tracking",), behind={NAMED: LOGIN}
    ),
}  # fmt: skip

PAYMENT = {
    "a bill": Case(
        body("<form method=post><label>شناسه قبض <input name=a></label><label>شناسه پرداخت <input name=b></label><button>پرداخت</button></form>"),
        "transaction", signs=("payment",),
    ),
    "a form to the bank": Case(
        body(f'<form method=post action="{BANK}"><input type=hidden name=amount value=1><button>پرداخت</button></form>'),
        "transaction", signs=("payment",),
    ),
    "one hop on": Case(body(link(BANK, "پرداخت هزینه صدور")), "transaction", signs=("payment",), behind={BANK: PAID}),
    "through an address of its own": Case(
        body(link("/pay/1", "پرداخت کارمزد")), "transaction", signs=("payment",),
        behind={f"{PORTAL}pay/1": f"302 {BANK}", BANK: PAID},
    ),
    "beside a tracking form": Case(
        body(TRACK, link(BANK, "پرداخت هزینه صدور")), "transaction", signs=("tracking", "payment"), behind={BANK: PAID}
    ),
    # of something else
    "donations": Case(body(TRACK, link(BANK, "پرداخت کمک‌های مردمی")), "interaction", signs=("tracking",), behind={BANK: PAID}),
    "alms": Case(body(TRACK, link(BANK, "نذورات و صدقات")), "interaction", signs=("tracking",), behind={BANK: PAID}),
    "a form for donations": Case(
        body(f'<form method=post action="{BANK}"><h3>کمک به آسیب‌دیدگان سیل</h3><label>مبلغ <input name=m></label><button>پرداخت</button></form>'),
        None, "inconclusive",
    ),
}  # fmt: skip

WIZARD = {
    "one of four": wizard("<p>مرحله ۱ از ۴</p>", f"<form>{CHOICE}<button>مرحله بعد</button></form>"),
    "a stepper": wizard(
        '<ol class="stepper"><li>نوع درخواست</li><li>مشخصات</li><li>مدارک</li></ol>', f"<form>{CHOICE}<button>بعدی</button></form>"),
    "the step one is at": wizard(
        '<ul role=list><li aria-current="step">نوع متقاضی</li><li>مشخصات</li><li>پایان</li></ul>', f"<form>{CHOICE}<button>ادامه</button></form>"),
    "without a form": wizard(
        "<p>گام ۱ از ۳</p>", f'<div>{CHOICE}</div><a class="btn" href="javascript:next()">گام بعد</a>'),
    "terms first": wizard(
        '<ol class="steps"><li>شرایط</li><li>مشخصات</li></ol>',
        "<form><label><input type=checkbox name=ok> شرایط را می‌پذیرم</label><button>شروع</button></form>"),
    "in English": wizard("<p>Step 1 of 4</p>", f"<form>{CHOICE}<button>Next</button></form>"),
    "one set of fields at a time": Case(
        body("<form><fieldset><legend>نوع</legend><label><input type=radio name=a> تازه</label><label><input type=radio name=a> تمدید</label></fieldset>"
             '<fieldset style="display:none"><legend>محل</legend><label>نشانی <input name=c></label></fieldset>'
             "<fieldset hidden><legend>مدارک</legend><input type=file name=d></fieldset>"
             "<button type=button>قبلی</button><button type=button>بعدی</button></form>"),
        "transaction", signs=("service_form",),
    ),
    # of a guide
    "prose": Case(body("<p>مرحله ۱: متقاضی به دفتر می‌رود. مرحله ۲: مدارک بررسی می‌شود.</p>"), "information", "contradicted", ("information",)),
    "prose and the next chapter": Case(
        body("<p>مرحله ۱: متقاضی به دفتر می‌رود. مرحله ۲: مدارک بررسی می‌شود.</p>", link("/guide/2", "بعدی")),
        "information", "contradicted", ("information",), {f"{PORTAL}guide/2": page(f"<p>{PROSE}</p>")},
    ),
    "prose and a poll": Case(
        body("<p>مرحله ۱ از ۴: متقاضی به دفتر می‌رود.</p><form><h3>آیا این صفحه مفید بود؟</h3><label><input type=radio name=a> بله</label>"
             "<label><input type=radio name=a> خیر</label><button>ادامه</button></form>"),
        "information", "contradicted", ("information",),
    ),
    "the pages of a guide": Case(
        body('<ol class="steps"><li>آمدن به دفتر</li><li>تحویل مدارک</li></ol><p>مرحله اول و مرحله دوم</p>'
             "<form><select name=page><option>صفحه ۱<option>صفحه ۲</select><button>بعدی</button></form>"),
        None, "inconclusive",
    ),
}  # fmt: skip

TRACKING = {
    "alone": Case(body(TRACK), "interaction", signs=("tracking",)),
    "beside the form": Case(body(TRACK, "<h3>ثبت درخواست</h3>", APPLY), "transaction", signs=("service_form",)),
    "beside the way to the form": Case(
        body(TRACK, link("/apply/1", "ثبت درخواست")), "transaction", signs=("tracking", "service_form"),
        behind={f"{PORTAL}apply/1": body(APPLY)},
    ),
    "both one hop on": Case(
        body(link("/track/1", "پیگیری درخواست"), link("/apply/1", "ثبت درخواست")), "transaction",
        signs=("tracking", "service_form"),
        behind={f"{PORTAL}track/1": body(TRACK), f"{PORTAL}apply/1": body(APPLY)},
    ),
    # of something else
    "a box of the portal": Case(
        body("<aside><form><h3>پیگیری مکاتبات</h3><label>شماره نامه <input name=t></label><button>پیگیری</button></form></aside>"),
        None, "inconclusive",
    ),
    "beside a message to the agency": Case(
        body(TRACK, "<form><h3>تماس با ما</h3><label>ایمیل <input name=m></label><label>پیام <textarea name=x></textarea></label><button>ارسال</button></form>"),
        "interaction", signs=("tracking",),
    ),
    "beside a complaint": Case(
        body(TRACK, link("/complain", "ثبت شکایت از این خدمت")), "interaction", signs=("tracking",),
        behind={f"{PORTAL}complain": body(APPLY.replace("درخواست", "شکایت"))},
    ),
    "beside another service": Case(
        body(TRACK, link("/wells", "درخواست تمدید پروانه چاه")), "interaction", signs=("tracking",),
        behind={f"{PORTAL}wells": body(APPLY).replace(TITLE, "تمدید پروانه چاه آب")},
    ),
}  # fmt: skip

CASES = {
    f"{group}: {name}": case
    for group, cases in (
        ("sign-on", SIGN_ON), ("payment", PAYMENT), ("wizard", WIZARD), ("tracking", TRACKING),
    )
    for name, case in cases.items()
}  # fmt: skip


def judge(seen: Any, case: Case, *, electronic: bool = True, side: str = "") -> Finding:
    seen.agency = Agency("portal", "اتحادیه زنبورداران", "main", PORTAL)
    level = "interaction" if electronic else "information"
    seen.services = (Service("portal", "s1", TITLE, electronic, url=URL, level=level),)  # type: ignore[arg-type]
    seen.http(
        PORTAL, f"<html><body><h1>سازمان</h1><p>خوش آمدید</p>{side}</body></html>", purpose="home", at=1
    )
    seen.twice(URL, case.html, purpose="claim")
    for url, said in case.behind.items():
        _, _, onward = said.partition("302 ")
        if onward:
            seen.http(url, "", status=302, redirect=onward, at=30, purpose="link")
        else:
            seen.http(url, said, status=case.status, at=30, purpose="link")
    found: Finding = seen.of("services.entry")["s1"]
    return found


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_level(seen: Any, case: Case) -> None:
    finding = judge(seen, case)
    observed = finding.observed
    assert (finding.verdict, observed["level"]) == (case.verdict, case.level)
    if case.signs:
        assert tuple(names(finding)) == case.signs
    assert observed.get("level_at_least") == case.least
    assert observed.get("under_claimed", False) is (case.level == "transaction")
    cited = [capture for sign in observed.get("level_signs", ()) for capture in sign["captures"]]
    assert set(cited) <= set(finding.captures)


@pytest.mark.parametrize("name", ["sign-on: beside a tracking form", "tracking: beside the way to the form"])
def test_a_service_that_is_claimed_on_paper_is_told_what_was_seen(seen: Any, name: str) -> None:
    finding = judge(seen, CASES[name], electronic=False)
    assert (finding.verdict, finding.observed["level"]) == ("verified", "transaction")
    assert finding.observed["under_claimed"] is True


def test_what_was_offered_and_not_reached_is_told_so(seen: Any) -> None:
    (sign,) = judge(seen, SIGN_ON["not visited"]).observed["level_signs"]
    assert (sign["reached"], sign["url"]) == (False, NAMED)


def test_a_sign_on_that_does_not_answer_shows_nothing(seen: Any) -> None:
    seen.http(NAMED, failure="timeout", at=30, purpose="link")
    finding = judge(seen, Case(body(link(NAMED)), None))
    assert (finding.verdict, finding.reason, finding.observed["level"]) == (
        "inconclusive",
        "unreachable",
        None,
    )


def test_an_error_page_of_the_gateway_names_nobody(seen: Any) -> None:
    opaque = f"{GATE}login?client_id=8812"
    refused = Case(
        body(link(opaque)), None, behind={opaque: f"<html><h1>{TITLE}</h1>forbidden</html>"}, status=403
    )
    finding = judge(seen, refused)
    assert (finding.verdict, finding.reason) == ("inconclusive", "blocked")


@pytest.mark.parametrize(
    "box", [link(NAMED), to_gateway(f"{GATE}login", client_name="zanburdaran")], ids=["link", "form"]
)
def test_a_sign_on_beside_every_page_is_no_services_own(seen: Any, box: str) -> None:
    side = f"<div class=box><h3>ورود کاربران</h3>{box}</div>"
    for number, heading in enumerate(
        ("درباره اتحادیه", "اخبار زنبورداری", "قوانین و مقررات", "تماس با ما"), 2
    ):
        html = page(f"<p>{PROSE.replace('پرورش', heading)}</p>").replace(TITLE, heading)
        seen.http(f"{PORTAL}p/{number}", html.replace("</main>", f"</main>{side}"), at=number, purpose="page")
    finding = judge(
        seen,
        Case(body(TRACK).replace("</main>", f"</main>{side}"), "interaction", behind={NAMED: LOGIN}),
        side=side,
    )
    assert (finding.verdict, finding.reason, finding.observed["level"]) == (
        "verified",
        "tracking_entry",
        "interaction",
    )
