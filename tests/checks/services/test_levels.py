"""The level found against the level claimed, and what counts as integration."""

from typing import Any

import pytest

from checks.finding import Finding
from claims.model import LEVELS, Agency, Service

PORTAL = "http://www.zanburdaran.test/"
URL = f"{PORTAL}s/1"
TITLE = "صدور پروانه پرورش زنبور عسل"
PROSE = (
    "متقاضیان پرورش زنبور عسل برای آغاز کار به پروانه نیاز دارند. این پروانه سه سال اعتبار دارد و به نام شخص حقیقی یا "
    "شرکت صادر می‌شود. کارشناسان محل زنبورستان را از نظر فاصله با جاده و مزرعه می‌بینند و گزارش خود را به کمیسیون می‌دهند."
)
PERSON = '<label>نام <input name="a"></label><label>کد ملی <input name="b"></label>'
SSO = "https://sso.my.gov.ir/login?client_id=zanburdaran"
BANK = "https://pep.shaparak.ir/pay"


def page(body: str) -> str:
    return f"<!doctype html><html lang=fa><head><title>{TITLE}</title></head><body><main><h1>{TITLE}</h1>{body}</main></body></html>"


def form(*more: str, fields: str = PERSON) -> str:
    buttons = "".join(f'<button type="button">{text}</button>' for text in more)
    return page(f"<p>{PROSE}</p><form method=post>{fields}{buttons}<button>ثبت درخواست</button></form>")


def booking() -> str:
    return page(f"<p>{PROSE}</p><form><h3>رزرو نوبت</h3>{PERSON}<button>دریافت نوبت</button></form>")


def judge(seen: Any, html: str, level: str | None = "transaction", *, status: int = 200) -> Finding:
    seen.agency = Agency("portal", "اتحادیه زنبورداران", "main", PORTAL)
    seen.services = (Service("portal", "s1", TITLE, True, url=URL, level=level),)  # type: ignore[arg-type]
    seen.http(PORTAL, "<html><body><h1>سازمان</h1><p>خوش آمدید</p></body></html>", purpose="home", at=1)
    seen.twice(URL, html, purpose="claim", status=status)
    found: Finding = seen.of("services.entry")["s1"]
    return found


def names(finding: Finding) -> list[str]:
    return [sign["sign"] for sign in finding.observed["level_signs"]]


# level: (page, status, verdict of a claim of transaction)
SHOWN: dict[str, tuple[str, int, str]] = {
    "none": ("<html><body>نیست</body></html>", 404, "contradicted"),
    "information": (page(f"<p>{PROSE}</p>"), 200, "contradicted"),
    "interaction": (booking(), 200, "partial"),
    "transaction": (form(), 200, "verified"),
    "integration": (form("استعلام از ثبت احوال"), 200, "verified"),
}


@pytest.mark.parametrize("claimed", LEVELS)
@pytest.mark.parametrize("shown", LEVELS)
def test_every_pair(seen: Any, shown: str, claimed: str) -> None:
    html, status, verdict = SHOWN[shown]
    finding = judge(seen, html, claimed, status=status)
    observed = finding.observed
    assert (observed["level"], observed["claimed_level"]) == (shown, claimed)
    assert observed["level_signs"] and all(sign["captures"] for sign in observed["level_signs"])
    if shown == "information" and claimed in ("none", "information"):
        assert (finding.verdict, observed["conflict"]) == ("inconclusive", "claimed_information")
    else:
        assert finding.verdict == verdict
    here, there = LEVELS.index(shown), LEVELS.index(claimed)
    assert observed.get("over_claimed", False) is (here < there)
    assert observed.get("under_claimed", False) is (here > there)


def test_a_claim_without_a_level_is_neither(seen: Any) -> None:
    observed = judge(seen, form(), None).observed
    assert observed["level"] == "transaction"
    assert "over_claimed" not in observed and "under_claimed" not in observed


def test_what_was_not_seen_has_no_level(seen: Any) -> None:
    finding = judge(seen, "<html><body>بسته</body></html>", "integration", status=403)
    assert (finding.verdict, finding.observed["level"]) == ("inconclusive", None)
    assert "over_claimed" not in finding.observed


def test_a_claim_of_integration_stays_verified_where_a_transaction_was_seen(seen: Any) -> None:
    finding = judge(seen, form(), "integration")
    assert (finding.verdict, finding.reason) == ("verified", "transaction_entry")
    assert (finding.observed["level"], finding.observed["over_claimed"]) == ("transaction", True)


def test_a_service_that_is_not_claimed_electronic(seen: Any) -> None:
    seen.services = (Service("portal", "s1", TITLE, False, url=URL, level="none"),)
    seen.twice(URL.replace(PORTAL, "http://portal.test/"), form(), purpose="claim")
    seen.services = (
        Service("portal", "s1", TITLE, False, url="http://portal.test/s/1", level="information"),
    )
    finding = seen.of("services.entry")["s1"]
    assert (finding.verdict, finding.observed["under_claimed"]) == ("verified", True)


# name: (page, what would join it to others; integration needs a register)
FORMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "asks the civil registry": (form("استعلام از ثبت احوال"), ("register",)),
    "asks the tax office": (form("دریافت اطلاعات از سازمان امور مالیاتی"), ("register",)),
    "asks nobody by name": (form("استعلام"), ()),
    "fetches, and nothing else": (form("دریافت اطلاعات هویتی"), ("fetch",)),
    "words alone": (
        page(f"<p>{PROSE}</p><p>بدون نیاز به ارائه مدرک؛ اطلاعات از ثبت احوال استعلام می‌شود.</p><form>{PERSON}<button>ثبت درخواست</button></form>"),
        ()),
    "no national id beside it": (
        form("استعلام از ثبت احوال", fields='<label>نام <input name="a"></label><label>نشانی <input name="c"></label>'), ()),
    "a link to the registry": (
        page(f'<p>{PROSE}</p><p><a href="https://www.sabteahval.ir/">سازمان ثبت احوال</a></p><form>{PERSON}<button>ثبت درخواست</button></form>'), ()),
    "in a page-wide form": (
        page(f"<form><div><p>{PROSE}</p></div><div>{PERSON}<input type=button value='استعلام از ثبت احوال'><input type=submit value='ثبت درخواست'></div></form>"),
        ("register",)),
}  # fmt: skip


@pytest.mark.parametrize(("html", "signs"), FORMS.values(), ids=FORMS.keys())
def test_forms(seen: Any, html: str, signs: tuple[str, ...]) -> None:
    finding = judge(seen, html, "integration")
    assert (finding.verdict, finding.reason) == ("verified", "transaction_entry")
    assert finding.observed["level"] == ("integration" if "register" in signs else "transaction")
    assert tuple(sign for sign in names(finding) if sign != "service_form") == signs


def test_a_register_of_the_agencys_own_joins_it_to_nobody(seen: Any) -> None:
    seen.agency = Agency("portal", "سازمان ثبت احوال کشور", "main", PORTAL)
    seen.services = (Service("portal", "s1", TITLE, True, url=URL, level="integration"),)
    seen.twice(URL, form("استعلام از ثبت احوال"), purpose="claim")
    assert seen.of("services.entry")["s1"].observed["level"] == "transaction"


def link(url: str, text: str) -> str:
    return f'<p><a href="{url}">{text}</a></p>'


def gateways(seen: Any, sso: str = SSO) -> tuple[str, str]:
    """The sign-on and the bank, as they answered."""
    login = "<html><body><form><input name=user placeholder='نام کاربری'><input type=password></form></body></html>"
    first = seen.http(sso, login, at=30, purpose="link")
    second = seen.http(BANK, "<html><body>پرداخت</body></html>", at=31, purpose="link")
    return first.id, second.id


def test_sign_on_and_payment(seen: Any) -> None:
    ids = gateways(seen)
    html = page(f"<p>{PROSE}</p>{link(SSO, 'ورود به سامانه')}{link(BANK, 'پرداخت آنلاین')}")
    finding = judge(seen, html, "integration")
    assert (finding.verdict, finding.observed["level"]) == ("verified", "integration")
    assert set(names(finding)) == {"sign_on", "payment"}
    assert set(ids) <= set(finding.captures)
    assert "over_claimed" not in finding.observed


def test_sign_on_and_a_control_that_fetches(seen: Any) -> None:
    gateways(seen)
    html = form("دریافت اطلاعات هویتی").replace("</main>", f"{link(SSO, 'ورود به سامانه')}</main>")
    finding = judge(seen, html, "transaction")
    assert (finding.observed["level"], finding.observed["under_claimed"]) == ("integration", True)


@pytest.mark.parametrize(
    "html",
    [
        page(f"<p>{PROSE}</p>{link(SSO, 'ورود به سامانه')}"),
        page(f"<p>{PROSE}</p>{link(BANK, 'پرداخت آنلاین')}"),
    ],
    ids=["sign-on alone", "payment alone"],
)
def test_one_gateway_is_a_transaction(seen: Any, html: str) -> None:
    gateways(seen)
    finding = judge(seen, html, "integration")
    assert (finding.verdict, finding.observed["level"]) == ("verified", "transaction")


def test_a_sign_on_that_names_nobody_joins_nothing(seen: Any) -> None:
    gateways(seen, "https://sso.my.gov.ir/login")
    html = page(
        f"<p>{PROSE}</p>{link('https://sso.my.gov.ir/login', 'ورود به سامانه')}{link(BANK, 'پرداخت آنلاین')}"
    )
    assert judge(seen, html, "integration").observed["level"] == "transaction"


def test_a_gateway_that_nobody_visited_is_no_sign(seen: Any) -> None:
    html = form().replace("</main>", f"{link(SSO, 'ورود به سامانه')}{link(BANK, 'پرداخت آنلاین')}</main>")
    assert judge(seen, html, "integration").observed["level"] == "transaction"
