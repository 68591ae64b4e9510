"""Headings shorter than the claimed title, or without its act, forms in dialogs under them, and headings that only say «soon»."""

from typing import Any

import pytest

from checks.finding import Finding
from checks.services.matching.titles import MATCH, Titles
from claims.model import Agency, Service

PORTAL = "http://www.bagh.test/"
URL = f"{PORTAL}s/9"
TITLE = "ثبت سفارش نهال گردوی پیوندی"
HEADING = "ثبت سفارش نهال"
SAID = "باغداران تا پایان آبان نهال گردوی پیوندی را سفارش می‌دهند و در اسفند تحویل می‌گیرند."
PROSE = (
    "نهالستان دولتی هر سال برنامه خود را پیش از آغاز فصل کاشت می‌نویسد و شمار درختان هر دهستان را در آن می‌آورد. هزینه بسته‌بندی "
    "با سازمان است و باغ باید آب کافی داشته باشد."
)
FIELDS = '<label>نام <input name="a"></label><label>کد ملی <input name="b"></label>'
FORM = f'<form method="post" action="/send">{FIELDS}<button>ثبت درخواست</button></form>'
LOOSE = f'<form method="post" action="/send">{FIELDS}<button>روانه کن</button></form>'
ENTRY = ("verified", "transaction_entry")
OPEN = ("inconclusive", "ambiguous")
NONE = ("inconclusive", "no_match")


def page(heading: str, body: str, beside: str = "") -> str:
    return (
        f'<!doctype html><html lang="fa"><head><title>باغداری</title></head><body><header><a href="/">باغداری</a></header>'
        f"<main><h1>{heading}</h1>{body}</main>{beside}<footer>نشانی: کوچه باغ</footer></body></html>"
    )


def judged(seen: Any, html: str, title: str = TITLE, others: tuple[str, ...] = (), url: str = URL) -> Finding:
    seen.agency = Agency("portal", "سازمان باغداری نمونه", "main", PORTAL, hosts=("miz.bagh.test",))
    claimed = Service("portal", "s", title, True, url=url, level="transaction")
    rest = (Service("portal", f"o{number}", other, True) for number, other in enumerate(others))
    seen.services = (claimed, *rest, Service("portal", "far", "صدور پروانه پرورش قارچ", True))
    seen.http(PORTAL, page("باغداری", "<p>خوش آمدید</p>"), purpose="home", at=1)
    for attempt, at in ((1, 10), (2, 100)):
        seen.http(url, html, purpose="claim", attempt=attempt, at=at)
    seen.account()
    finding: Finding = seen.of("services.entry")["s"]
    return finding


# name: (heading, body, what stands beside it, other claimed services, truth)
SHORT: dict[str, tuple[str, str, str, tuple[str, ...], tuple[str, str]]] = {
    "the text says the rest": (HEADING, f"<p>{SAID}</p>{FORM}", "", (), ENTRY),
    "the text does not, at the declared address": (HEADING, f"<p>{PROSE}</p>{FORM}", "", (), ENTRY),
    "in two sentences": (HEADING, f"<p>نهال گردو می‌رسد. درخت پیوندی بهتر است.</p>{FORM}", "", (), ENTRY),
    "far below": (HEADING, f"<p>{PROSE}</p>" * 6 + f"<p>{SAID}</p>{FORM}", "", (), ENTRY),
    "only in a link": (HEADING, f'<p>{PROSE}</p><p><a href="/g">{SAID}</a></p>{FORM}', "", (), ENTRY),
    "left out": (HEADING, f"<p>همه نهال‌ها به جز گردوی پیوندی از این نهالستان است.</p>{FORM}", "", (), NONE),
    "denied": (HEADING, f"<p>نهال گردوی پیوندی در این نهالستان موجود نیست.</p>{FORM}", "", (), NONE),
    "something undone in it": (
        HEADING, f"<p>باغدارانی که قبض پرداخت‌نشده ندارند نهال گردوی پیوندی سفارش می‌دهند.</p>{FORM}", "", (), ENTRY),
    "a sibling is claimed": (HEADING, f"<p>{SAID}</p>{FORM}", "", ("ثبت سفارش نهال بادام دیرگل",), NONE),
    "the part itself is claimed": (HEADING, f"<p>{SAID}</p>{FORM}", "", (HEADING,), NONE),
    "a sibling is linked": (
        HEADING, f"<p>{SAID}</p>{FORM}", '<nav><a href="/s/10">ثبت سفارش نهال بادام دیرگل</a></nav>', (), NONE),
    "it is linked itself": (HEADING, f"<p>{SAID}</p>{FORM}", f'<nav><a href="/s/9">{TITLE}</a></nav>', (), ENTRY),
    "another act": ("لغو سفارش نهال", f"<p>{SAID}</p>{FORM}", "", (), NONE),
    "something of its own": ("ثبت سفارش نهال زیتون", f"<p>{SAID}</p>{FORM}", "", (), NONE),
    "a word and no more": ("نهال", f"<p>{SAID}</p>{FORM}", "", (), NONE),
    # where name and text say nearly all, it is held against the agency
    "nothing but prose": (HEADING, f"<p>{SAID}</p><p>{PROSE}</p>", "", (), ("contradicted", "information_only")),
    "in person": (
        HEADING, f"<p>{SAID} تنها با مراجعه حضوری به نهالستان انجام می‌شود.</p>", "", (), ("contradicted", "in_person_only")),
}  # fmt: skip


@pytest.mark.parametrize(("heading", "body", "beside", "others", "truth"), SHORT.values(), ids=SHORT.keys())
def test_a_heading_that_is_a_part_of_the_title(
    seen: Any, heading: str, body: str, beside: str, others: tuple[str, ...], truth: tuple[str, str]
) -> None:
    finding = judged(seen, page(heading, body, beside), others=others)
    assert (finding.verdict, finding.reason) == truth, finding.observed


def test_the_opposite_in_the_sentence_leaves_it_open(seen: Any) -> None:
    body = f"<p>پروانه موقت و دائم کشت گلخانه‌ای هر دو پنج سال اعتبار دارد.</p>{FORM}"
    title = "صدور پروانه موقت کشت گلخانه‌ای"
    assert judged(seen, page("صدور پروانه", body), title).verdict == "inconclusive"


# --- headings without the act -----------------------------------------------------------------------

PAPER = "صدور شناسنامه باغ انگور دیم و تاک‌های خانگی دامنه"
NAMED = "شناسنامه باغ انگور"
BESIDES = "صدور شناسنامه باغ انگور آبی دشت و جلگه"
RENEWED = FORM.replace("ثبت درخواست", "ثبت تمدید")
# name: (heading, body, what stands beside it, other claimed services, truth)
ACTLESS: dict[str, tuple[str, str, str, tuple[str, ...], tuple[str, str]]] = {
    "word for word": (NAMED, f"<p>{PROSE}</p>{FORM}", "", (), ENTRY),
    "linked by the same words": (NAMED, FORM, f'<nav><a href="/s/9">{NAMED}</a></nav>', (), ENTRY),
    "a link to its renewal": (NAMED, FORM, '<nav><a href="/s/11">تمدید شناسنامه تاکستان</a></nav>', (), ENTRY),
    "beside comments": (
        NAMED, f'{FORM}<form><label>دیدگاه <textarea name="t"></textarea></label><label>نام <input name="n"></label><button>ارسال نظر درباره تغییر قیمت</button></form>', "", (), ENTRY),
    "the renewal is told of": (NAMED, f"<h2>تمدید شناسنامه</h2>{FORM}", "", (), NONE),
    "the form is for the renewal": (NAMED, RENEWED, "", (), NONE),
    "a sibling has the same words": (NAMED, FORM, "", (BESIDES,), NONE),
    "a sibling with the same words is linked": (NAMED, FORM, f'<nav><a href="/s/12">{NAMED} آبی جلگه</a></nav>', (), NONE),
    "left out": (NAMED, f"<p>شناسنامه به باغ‌های دیم داده نمی‌شود.</p>{FORM}", "", (), NONE),
    "left out of something else": (NAMED, f"<p>هزینه کشت دیم بیشتر نمی‌شود.</p>{FORM}", "", (), ENTRY),
    "a link has them, with words between": (NAMED, FORM, '<nav><a href="/s/12">شناسنامه آب باغ‌های انگور</a></nav>', (), ENTRY),
    "another claim says a thing of the name, and the page its rest": (
        NAMED, f"<p>آموزشگاه هرس باغ برگه می‌دهد.</p>{FORM}", "", ("تأسیس آموزشگاه هرس باغ انگور",), ENTRY),
    "a paper and no more": ("شناسنامه", FORM, "", (), NONE),
    "a word and no more": ("انگور", FORM, "", (), NONE),
    "other words than the title's": ("شناسنامه باغ زیتون", FORM, "", (), NONE),
    "some of its words, the text says the rest": ("شناسنامه انگور", f"<p>هر باغ سه هکتاری. کشت دیم و تاک خانگی در دامنه کوه هم.</p>{FORM}", "", (), ENTRY),
    "some of its words, and the text says little": ("شناسنامه انگور", f"<p>هر باغ سه هکتاری.</p>{FORM}", "", (), ENTRY),
    "the rest is what the house is about": (
        "شناسنامه انگور", f"<p>کشت دیم و تاک خانگی در دامنه.</p>{FORM}", "", ("فروش نهال باغ گردو", "بیمه باغ بادام"), ENTRY),
    # nothing is tied by it but an entry, and nobody is blamed
    "nothing but prose": (NAMED, f"<p>{PROSE}</p>", "", (), NONE),
    "in person": (NAMED, "<p>شناسنامه باغ تنها با مراجعه حضوری به نهالستان داده می‌شود.</p>", "", (), NONE),
}  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "body", "beside", "others", "truth"), ACTLESS.values(), ids=ACTLESS.keys()
)
def test_a_heading_without_the_act_at_the_declared_address(
    seen: Any, heading: str, body: str, beside: str, others: tuple[str, ...], truth: tuple[str, str]
) -> None:
    finding = judged(seen, page(heading, body, beside), PAPER, others)
    assert (finding.verdict, finding.reason) == truth, finding.observed


@pytest.mark.parametrize(
    ("other", "truth"),
    [
        ("ثبت گزارش آفت و خرابی باغچه", ENTRY),  # its words stand apart there
        ("ثبت باغچه خانگی", NONE),
    ],
)
def test_a_heading_that_stands_in_the_title_in_one_run(seen: Any, other: str, truth: tuple[str, str]) -> None:
    body = f"<p>شناسه برداشت هجده نویسه دارد و روی جعبه چسبانده می‌شود.</p>{FORM}"
    finding = judged(seen, page("ثبت باغچه", body), "ثبت باغچه و صدور شناسه برداشت", (other,))
    assert (finding.verdict, finding.reason) == truth, finding.observed


@pytest.mark.parametrize(
    ("title", "heading"),
    [
        (PAPER.replace("صدور", "تمدید"), NAMED),  # this act is never left unsaid
        (PAPER.replace("صدور", "لغو"), NAMED),
        (PAPER.replace("شناسنامه", "کارت"), NAMED),
    ],
)
def test_acts_that_are_said_or_not_meant(seen: Any, title: str, heading: str) -> None:
    finding = judged(seen, page(heading, FORM), title)
    assert (finding.verdict, finding.reason) == NONE, finding.observed


def test_two_claims_at_one_address(seen: Any) -> None:
    twin = Service("portal", "t", "تمدید شناسنامه باغ انگور", True, url=URL, level="transaction")
    assert judged(seen, page(NAMED, FORM), PAPER).verdict == "verified"
    seen.services = (*seen.services, twin)
    found = seen.of("services.entry")
    assert [found[key].verdict for key in ("s", "t")] == ["inconclusive", "inconclusive"]


@pytest.mark.parametrize(("path", "verdict"), {"": "inconclusive", "shenasnameh": "verified"}.items())
def test_the_front_page_of_a_host_is_of_no_service_by_a_part_of_its_title(
    seen: Any, path: str, verdict: str
) -> None:
    finding = judged(seen, page(NAMED, FORM), PAPER, url=f"http://miz.bagh.test/{path}")
    assert finding.verdict == verdict, finding.observed


# --- forms in dialogs -------------------------------------------------------------------------------

BUTTON = '<button type="button" onclick="document.querySelector(\'dialog\').showModal()">درخواست</button>'
LEAD = f"<p>{PROSE}</p>{BUTTON}"
# name: (body, other claimed services, truth)
DIALOGS: dict[str, tuple[str, tuple[str, ...], tuple[str, str]]] = {
    "a part of the title": (f"{LEAD}<dialog><h2>درخواست ثبت سفارش نهال</h2>{LOOSE}</dialog>", (), ENTRY),
    "a modal": (f'{LEAD}<div class="modal" id="m"><h5>ثبت سفارش نهال گردو</h5>{LOOSE}</div>', (), ENTRY),
    "no dialog": (f"{LEAD}<div><h2>ثبت سفارش نهال</h2>{LOOSE}</div>", (), OPEN),
    "another matter": (f"{LEAD}<dialog><h2>باشگاه باغداران</h2>{LOOSE}</dialog>", (), OPEN),
    "more than the title": (f"{LEAD}<dialog><h2>ثبت سفارش نهال و کود</h2>{LOOSE}</dialog>", (), OPEN),
    "under the very title": (f"{LEAD}<dialog>{LOOSE}</dialog>", (), ENTRY),
    "without its act": (f"{LEAD}<dialog><h2>نهال گردو</h2>{LOOSE}</dialog>", (), OPEN),
    "shared with a sibling": (
        f"{LEAD}<dialog><h2>ثبت سفارش نهال</h2>{LOOSE}</dialog>", ("ثبت سفارش نهال بادام دیرگل",), OPEN),
    "beside another form": (
        f'{LEAD}<dialog><h2>ثبت سفارش نهال</h2>{LOOSE}</dialog><h3>باشگاه باغداران</h3>{LOOSE}', (), OPEN),
    "one fact": (
        f'{LEAD}<dialog><h2>ثبت سفارش نهال</h2><form method="post"><label>نام <input name="n"></label>'
        "<label>رنگ <input name='y'></label><button>روانه کن</button></form></dialog>", (), OPEN),
    "nothing to send it": (
        f'{LEAD}<dialog><h2>ثبت سفارش نهال</h2><form method="post">{FIELDS}</form></dialog>', (), OPEN),
}  # fmt: skip


@pytest.mark.parametrize(("body", "others", "truth"), DIALOGS.values(), ids=DIALOGS.keys())
def test_a_form_in_a_dialog_of_the_services_page(
    seen: Any, body: str, others: tuple[str, ...], truth: tuple[str, str]
) -> None:
    finding = judged(seen, page(TITLE, body), others=others)
    assert (finding.verdict, finding.reason) == truth, finding.observed


# --- «soon» -----------------------------------------------------------------------------------------

SOON: dict[str, tuple[str, tuple[str, str]]] = {
    "under the title": (f'<div class="page-title">{TITLE}</div><h2>به‌زودی</h2><p>نسخه بعدی را ببینید.</p>', ("contradicted", "under_construction")),
    "and a form": (f'<div class="page-title">{TITLE}</div><h2>به‌زودی</h2>{FORM}', ENTRY),
    "under another matter": (f"<h2>بازارچه پاییزه</h2><h3>{TITLE}</h3><p>{PROSE}</p>", OPEN),
}  # fmt: skip


@pytest.mark.parametrize(("body", "truth"), SOON.values(), ids=SOON.keys())
def test_a_main_heading_that_only_says_soon(seen: Any, body: str, truth: tuple[str, str]) -> None:
    html = page("", body).replace("<h1></h1>", "")
    finding = judged(seen, html)
    assert (finding.verdict, finding.reason) == truth, finding.observed


# --- titles -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "text", "same"),
    [
        ("ثبت درخواست سم‌پاشی باغ", "درخواست سمپاشی باغ", True),  # «سم» alone stands for another word
        ("ثبت درخواست سمپاشی باغ", "درخواست سم پاشی باغ", True),
        ("ثبت درخواست سم‌پاشی باغ", "درخواست خرید سم", False),
        ("ثبت شکایت باغداران", "دریافت شکایت باغداران", True),  # one body receives what another registers
        ("ثبت شکایت باغداران", "دریافت نتیجه شکایت باغداران", False),
        ("ثبت گزارش بازدید باغ", "دریافت گزارش بازدید باغ", False),
        ("ثبت درخت کهن‌سال", "دریافت درخت کهن‌سال", False),
        ("اعطای نشان باغ زیتون (ویژه)", "اعطای ویژه", False),  # no short form, but which of them
        ("اعطای نشان باغ زیتون (نبز)", "تمدید نبز", False),
        ("اعطای نشان باغ زیتون (نبز)", "اعطای نشان باغ گردو", False),
        ("استعلام سلامت بذر با شماره رهگیری", "استعلام سلامت بذر", True),  # what is typed in, and no act
        ("استعلام سلامت بذر با شناسه پیگیری بسته", "استعلام سلامت بذر", True),
        ("رهگیری بسته بذر", "بسته بذر با شناسه رهگیری", False),
        ("استعلام سلامت بذر", "پیگیری سلامت بذر", False),
        ("مشاهده پرونده آبیاری", "دیدن پرونده آبیاری", True),
        ("دریافت عوارض نوسازی باغ", "پرداخت عوارض نوسازی باغ", True),  # the body receives what the citizen pays
        ("پرداخت عوارض نوسازی باغ", "دریافت عوارض نوسازی باغ", True),
        ("دریافت عوارض نوسازی باغ", "صدور عوارض نوسازی باغ", False),
        ("دریافت قبض عوارض باغ", "صدور قبض عوارض باغ", True),  # a bill is issued
        ("دریافت مفاصای عوارض باغ", "پرداخت عوارض باغ", False),
    ],
)  # fmt: skip
def test_a_title_and_a_wording(title: str, text: str, same: bool) -> None:
    titles = Titles(
        [
            Service("a", "s", title, True),
            *(Service("a", str(n), other, True) for n, other in enumerate(OTHERS)),
        ]
    )
    assert (titles.score(titles.services[0], text) >= MATCH) == same, titles.score(titles.services[0], text)


OTHERS = (
    "صدور پروانه پرورش قارچ",
    "تمدید جواز گلخانه",
    "خرید بذر گندم",
    "اعطای نشان باغ گردو",
    "بیمه درختان",
)
