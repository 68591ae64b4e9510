"""What most pages of a portal show is read as no page's own: boxes with fields, tables, buttons, headings, second copies."""

from __future__ import annotations

from typing import Any

import pytest

from claims.model import Dataset, Service
from tests.checks.selection import checks_called
from tests.checks.service_pages import FORM, LOGIN, LOOKS, PORTAL, PROSE

DATA = f"{PORTAL}data/cities"
LOGIN_BOX = f'<div class="box"><h3>ورود کاربران</h3>{LOGIN}</div>'
MAIL_BOX = '<div class="mail"><h4>عضویت در خبرنامه</h4><p>هر ماه یک بار از تازه‌های سازمان باخبر شوید.</p><form><label>رایانامه <input name="mail" type="email"></label><button>عضویت</button></form></div>'
PRAYERS = "<table><tr><th>نوبت</th><th>ساعت</th></tr>" + "<tr><td>اذان</td><td>12</td></tr>" * 4 + "</table>"
APP_BUTTON = '<button type="button">دریافت فایل برنامک</button>'
COLUMN = "<h1>سامانه داده‌های باز</h1>"
OTHERS = ("news", "about", "rules", "contact/address")


def portal(
    seen: Any,
    box: str,
    *,
    look: str = "plain",
    home: bool = True,
    others: tuple[str, ...] = OTHERS,
    menu: str = "",
) -> None:
    """A portal whose pages, the home page too or not, show the box."""
    dress = LOOKS[look]
    seen.http(
        PORTAL, dress("سازمان", "به درگاه خوش آمدید" + (box if home else ""), menu), purpose="home", at=1
    )
    for at, where in enumerate(others):
        text = f"<p>نوشته {where} درباره کارهای سازمان در استان شماره {at}.</p>"
        seen.http(PORTAL + where, dress(f"صفحه {where}", text + box, menu), at=2 + at)


def data_page(
    seen: Any, body: str, heading: str = "جمعیت شهرها", look: str = "plain", **claim: Any
) -> tuple[str, str | None, Any]:
    seen.datasets = (Dataset("portal", "d1", "جمعیت شهرها", DATA, **claim),)
    seen.twice(DATA, LOOKS[look](heading, body), purpose="dataset")
    finding = seen.of("datasets.usability", checks=checks_called("datasets."))["d1"]
    return finding.verdict, finding.reason, finding.observed.get("detail")


def service(seen: Any, body: str, look: str = "plain", heading: str = "صدور پروانه چاه") -> str:
    seen.services = (Service("portal", "s1", "صدور پروانه چاه", True, f"{PORTAL}s/7", level="transaction"),)
    seen.twice(f"{PORTAL}s/7", LOOKS[look](heading, body), purpose="claim")
    seen.account()
    finding = seen.of("services.entry")["s1"]
    return f"{finding.verdict}/{finding.reason}"


@pytest.mark.processes
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("home", [True, False], ids=["at home too", "not at home"])
def test_a_login_box_of_the_portal_closes_no_page_of_data(seen: Any, look: str, home: bool) -> None:
    portal(seen, LOGIN_BOX, look=look, home=home)
    said = data_page(seen, "<p>جدول جمعیت شهرها به زودی.</p>" + LOGIN_BOX, look=look)
    assert said[1] != "blocked"


@pytest.mark.processes
@pytest.mark.parametrize("heading", ["ورود به سامانه", "داده‌ها"], ids=["says so", "does not"])
def test_a_page_that_is_the_login_closes_the_data(seen: Any, heading: str) -> None:
    """Where the portal shows the same box on every page, it says so in its title or heading; else the box is its own."""
    portal(seen, LOGIN_BOX if heading.startswith("ورود") else "")
    assert data_page(seen, LOGIN_BOX, heading=heading)[1:] == ("blocked", "login")


@pytest.mark.processes
def test_a_table_of_the_frame_is_no_table_of_the_page(seen: Any) -> None:
    portal(seen, PRAYERS, look="cards")
    assert data_page(seen, f"<p>{PROSE}</p>{PRAYERS}", look="cards")[2] == "no_data_links"


@pytest.mark.processes
def test_a_button_of_the_frame_promises_no_file_of_the_page(seen: Any) -> None:
    portal(seen, APP_BUTTON)
    assert data_page(seen, f"<p>{PROSE}</p>{APP_BUTTON}")[2] == "no_data_links"


@pytest.mark.processes
def test_a_button_of_the_page_beside_one_of_the_frame_does(seen: Any) -> None:
    portal(seen, APP_BUTTON)
    body = f"<p>{PROSE}</p><form><button>دریافت داده</button></form>{APP_BUTTON}"
    assert data_page(seen, body)[2] == "behind_script"


@pytest.mark.parametrize(("heading", "listed"), [("بخشنامه‌ها", 0), ("داده‌های باز", 1)])
def test_the_portals_name_in_a_heading_of_every_page_makes_none_a_page_of_data(
    seen: Any, heading: str, listed: int
) -> None:
    portal(seen, "", menu=COLUMN)
    files = '<ul><li><a href="/f/1.xlsx">فهرست کارکنان</a></li></ul>'
    seen.http(f"{PORTAL}letters", LOOKS["plain"](heading, files, COLUMN), at=9)
    seen.http(f"{PORTAL}f/1.xlsx", b"x", headers=(("Content-Type", "application/octet-stream"),), at=10)
    assert sum(finding.observed["listed"] for finding in seen.found("catalogue.datasets")) == listed


def test_a_portal_of_one_page_has_no_frame(seen: Any) -> None:
    """Nothing tells what is the portal's: all is the page's own."""
    seen.http(PORTAL, LOOKS["plain"]("سازمان", "به درگاه خوش آمدید"), purpose="home", at=1)
    assert service(seen, FORM) == "verified/transaction_entry"


def test_a_portal_of_two_pages_has_no_boxes_of_a_frame(seen: Any) -> None:
    """The home page may be the entry itself, and the claimed page the same at its own address."""
    seen.http(PORTAL, LOOKS["plain"]("صدور پروانه چاه", FORM), purpose="home", at=1)
    assert not service(seen, FORM).startswith("contradicted")


def test_a_page_that_is_all_frame_has_nothing_of_its_own(seen: Any) -> None:
    """Neither an entry nor a log-in: what everybody's box is good for is no page's merit and no page's fault."""
    portal(seen, LOGIN_BOX + FORM)
    said = service(seen, "به درگاه خوش آمدید" + LOGIN_BOX + FORM, heading="سازمان")
    assert said.partition("/")[0] == "inconclusive"


@pytest.mark.processes
def test_a_page_of_data_that_is_all_frame_is_not_closed(seen: Any) -> None:
    portal(seen, LOGIN_BOX)
    assert data_page(seen, "به درگاه خوش آمدید" + LOGIN_BOX, heading="سازمان")[1] == "not_attempted"


@pytest.mark.parametrize("look", LOOKS)
def test_a_log_in_beside_the_same_one_of_every_page_is_the_pages_own(seen: Any, look: str) -> None:
    portal(seen, LOGIN_BOX, look=look)
    text = "<p>فهرست درخواست‌های من پس از ورود نشان داده می‌شود.</p>"
    assert service(seen, text + LOGIN + LOGIN_BOX, look=look) == "partial/login_wall"


def test_the_heading_of_a_box_of_every_page_heads_no_form_of_the_page(seen: Any) -> None:
    portal(seen, LOGIN_BOX)
    seen.services = (Service("portal", "s1", "صدور پروانه چاه", True, f"{PORTAL}s/7", level="transaction"),)
    page = f"<html><head><title>صدور پروانه چاه</title></head><body>{LOGIN_BOX}<p>{PROSE}</p>{FORM}</body></html>"
    seen.twice(f"{PORTAL}s/7", page, purpose="claim")
    seen.account()
    assert seen.of("services.entry")["s1"].verdict == "verified"


def test_a_log_in_that_stands_twice_on_every_page_is_nowhere_the_pages_own(seen: Any) -> None:
    """For a telephone once more."""
    portal(seen, LOGIN_BOX + LOGIN_BOX)
    assert service(seen, f"<p>{PROSE}</p>{LOGIN_BOX}{LOGIN_BOX}") != "partial/login_wall"


@pytest.mark.parametrize("look", LOOKS)
def test_a_second_copy_of_what_every_page_shows_is_frame_too(seen: Any, look: str) -> None:
    """For telephones, say: most pages were seen without it."""
    foot = '<div class="down"><p>تماس با ما در ساعت‌های کاری</p><p>پست الکترونیک برای شکایت و پیشنهاد</p><p>کلیه حقوق محفوظ است و نقل مطلب آزاد است.</p></div>'
    portal(seen, foot + MAIL_BOX, look=look)
    page = seen.http(
        f"{PORTAL}text",
        LOOKS[look]("متن", f"<p>{PROSE}</p>{foot}{MAIL_BOX}<p>پایان</p>{foot}{MAIL_BOX}"),
        at=9,
    )
    own = seen.reading(page).text
    assert "محفوظ" not in own and "باخبر" not in own and "پایان" in own and PROSE[:20] in own


def test_an_address_told_on_the_page_of_contacts_is_its_own(seen: Any) -> None:
    lines = "<p>تهران، خیابان آزادی، پلاک ۱۰</p><p>تلفن ۰۲۱۸۸۹۹۱۱۲۲</p>"
    foot = f'<div class="down">{lines}<p>کلیه حقوق محفوظ است.</p></div>'
    portal(seen, foot)
    page = seen.http(f"{PORTAL}contact", LOOKS["plain"]("نشانی", lines + foot), at=9)
    own = seen.reading(page).text
    assert "خیابان آزادی" in own and "محفوظ" not in own


@pytest.mark.parametrize("where", [("s/1", "s/2", "s/3", "s/4"), ("p1", "p2", "p3", "p4")])
def test_the_form_of_all_services_is_no_frame(seen: Any, where: tuple[str, ...]) -> None:
    """Made by one builder, on pages that nobody claims, and the home page lacks it."""
    portal(seen, FORM, home=False, others=where)
    assert service(seen, FORM) == "verified/transaction_entry"


def test_a_tracking_box_on_pages_of_one_kind_is_no_frame(seen: Any) -> None:
    box = '<form><label>کد رهگیری <input name="code"></label><button>پیگیری</button></form>'
    portal(seen, box, home=False, others=("s/1", "s/2", "s/3", "s/4"))
    assert service(seen, PROSE + box) == "verified/tracking_entry"


def test_a_box_on_most_pages_of_many_parts_is_frame_though_the_first_page_lacks_it(seen: Any) -> None:
    """A splash page or a set of frames stands before the portal."""
    with_box = [f"part{number}/page" for number in range(6)]
    portal(seen, LOGIN_BOX, home=False, others=tuple(with_box))
    for at, where in enumerate(("frames/top", "frames/left", "en/index", "map")):
        seen.http(PORTAL + where, LOOKS["plain"](where, f"<p>قاب {where} از درگاه سازمان.</p>"), at=20 + at)
    assert service(seen, PROSE + LOGIN_BOX) == "contradicted/information_only"
