"""Copies of other agencies' pages: two small portals of one shop, told apart by what is their own."""

from dataclasses import replace
from typing import Any

import pytest

from checks.engine import CHECKS, run_checks
from checks.finding import Finding
from checks.page.similarity import Print
from claims.model import Agency, Round, Service
from evidence.canonical import canonical
from evidence.store import EvidenceStore

HERE = Agency("here", "سازمان شیلات دریای جنوب", "main", "http://here.test/")
THERE = Agency("there", "اداره جنگل‌های هیرکانی", "main", "http://there.test/")
TITLE, OTHER_TITLE = "صدور مجوز صید ورزشی", "صدور مجوز برداشت چوب"
MORE = ("ثبت قایق تفریحی", "تمدید پروانه پرورش میگو", "استعلام سهمیه سوخت قایق")
TEXT = (
    "متقاضی باید مدارک هویتی خود را آماده کند و تقاضای خود را با ذکر نشانی دقیق بنویسد. کارشناسان پس از بررسی مدارک و بازدید از "
    "محل، گزارش خود را به کمیسیون می‌دهند. کمیسیون دو بار در ماه تشکیل می‌شود و تصمیم آن تا ده روز به آگاهی متقاضی می‌رسد. "
    "کسانی که به تصمیم کمیسیون اعتراض دارند می‌توانند تا بیست روز درخواست بررسی دوباره بدهند و مدارک تازه را پیوست کنند."
)
OWN = (
    "مجوز صید ورزشی برای رودخانه‌ها و دریاچه‌های همین استان است و یک سال اعتبار دارد. در فصل تخم‌ریزی صید آزاد نیست و هر صیاد در "
    "روز بیش از سه ماهی نمی‌گیرد. بهای مجوز هر سال در فروردین اعلام می‌شود و دانش‌آموزان از پرداخت آن معاف هستند."
)
NAMED = f"<p>{TEXT}</p><p>این خدمت را {THERE.name} عرضه می‌کند.</p>"
HELP = (
    "<p>برای استفاده از این درگاه نخست خدمت را از فهرست برگزینید و سپس راهنمای آن را بخوانید. اگر پرسشی دارید به بخش پرسش‌ها "
    "سر بزنید. نوشته‌های این درگاه با دگمه‌های بالای صفحه بزرگ و کوچک می‌شود و می‌توان هر صفحه را چاپ کرد یا برای دیگران فرستاد. "
    "با مرورگرهای تازه همه بخش‌ها بهتر دیده می‌شود و با تلفن همراه نیز می‌توان از همه صفحه‌ها بازدید کرد.</p>"
)
FORM = '<form method="post"><label>نام <input name="a"></label><label>کد ملی <input name="b"></label><button>ثبت درخواست</button></form>'


def page(title: str, body: str) -> str:
    menu = "".join(f'<a href="/{n}">{text}</a> ' for n, text in enumerate(("خانه", "خدمات", "اخبار", "تماس")))
    return (
        f"<!doctype html><html lang=fa><head><title>{title}</title></head><body><div class=top>{menu}</div>"
        f"<main><h1>{title}</h1>{body}</main><div class=bottom>همه حقوق محفوظ است</div></body></html>"
    )


class Portals:
    """Both portals as they were seen."""

    def __init__(self, seen: Any, *, here: Agency = HERE, there: Agency = THERE) -> None:
        self.seen, self.here, self.there = seen, here, there
        self.services: list[Service] = []
        for agency in (here, there):
            seen.http(
                agency.portal, page(agency.name, "<p>خوش آمدید</p>"), purpose="home", at=1, agency=agency.id
            )
            for name in ("about", "news", "contact"):
                seen.http(f"{agency.portal}{name}", page(name, f"<p>صفحه {name}</p>"), at=2, agency=agency.id)

    def claims(self, agency: Agency, title: str, body: str) -> str:
        """Id of the capture of the second visit."""
        number = len(self.services) + 1
        url = f"{agency.portal}s/{number}"
        self.services.append(Service(agency.id, f"s{number}", title, True, url=url, level="transaction"))
        visits = self.seen.twice(url, page(title, body), purpose="claim", agency=agency.id)
        found: str = visits[0].id
        return found

    def round(self) -> Round:
        seen: Round = self.seen.round()
        return replace(seen, agencies=(self.here, self.there), services=tuple(self.services), datasets=())

    def judge(self, only: frozenset[str] | None = None) -> dict[str, Finding]:
        self.seen.writer.close()
        store = EvidenceStore.open(self.seen.folder / "evidence")
        findings = run_checks(self.round(), store, as_of=self.seen.as_of, agencies=only)
        return {f.subject.id: f for f in findings if f.check == "services.entry"}


@pytest.fixture
def portals(seen: Any) -> Portals:
    return Portals(seen)


def outcome(finding: Finding) -> tuple[str, str | None]:
    return finding.verdict, finding.reason


def test_a_page_that_names_the_body_it_was_copied_from(portals: Portals) -> None:
    mine = portals.claims(HERE, TITLE, NAMED)
    theirs = portals.claims(THERE, OTHER_TITLE, NAMED)
    found = portals.judge()
    assert outcome(found["s1"]) == ("contradicted", "hollow")
    twin = found["s1"].observed["near_duplicate"]
    assert twin == {
        "agency": "there",
        "service": "s2",
        "url": "http://there.test/s/2",
        "distance": 0,
        "shared": 1.0,
    }
    assert {mine, theirs} <= set(found["s1"].captures)
    assert THERE.name in found["s1"].observed["excerpt"]
    # the page at the body's own house is what it seems
    assert outcome(found["s2"]) == ("contradicted", "information_only")
    assert "near_duplicate" not in found["s2"].observed


def test_a_path_with_the_portals_name_makes_it_no_page_of_its_own(portals: Portals) -> None:
    portals.claims(HERE, TITLE, f"<div>{HERE.name} » خدمات » {TITLE}</div>{NAMED}")
    portals.claims(THERE, OTHER_TITLE, NAMED)
    assert outcome(portals.judge()["s1"]) == ("contradicted", "hollow")


def test_its_name_in_a_short_sentence_makes_it_its_own(portals: Portals) -> None:
    portals.claims(HERE, TITLE, f"{NAMED}<p>«{HERE.name}» پاسخگوی شماست.</p>")
    portals.claims(THERE, OTHER_TITLE, NAMED)
    assert outcome(portals.judge()["s1"]) == ("contradicted", "information_only")


def test_a_copy_with_a_sentence_of_its_own(portals: Portals) -> None:
    portals.claims(HERE, TITLE, NAMED + "<p>بازدید صفحه: ۱۲۳۴</p>")
    portals.claims(THERE, OTHER_TITLE, NAMED + "<p>آخرین بازدید در روز شنبه</p>")
    finding = portals.judge()["s1"]
    assert outcome(finding) == ("contradicted", "hollow")
    assert finding.observed["near_duplicate"]["shared"] > 0.75


def test_judged_alone_the_finding_is_the_same(portals: Portals) -> None:
    portals.claims(HERE, TITLE, NAMED)
    portals.claims(THERE, OTHER_TITLE, NAMED)
    whole = portals.judge()["s1"]
    alone = portals.judge(frozenset({"here"}))
    assert set(alone) == {"s1"}
    assert canonical(alone["s1"].to_json()) == canonical(whole.to_json())


def test_a_template_that_nobody_filled_in_at_either(portals: Portals) -> None:
    body = f"<p>{TEXT}</p><p>برای آگاهی بیشتر با [شماره تلفن واحد] تماس بگیرید.</p>"
    portals.claims(HERE, TITLE, body)
    portals.claims(THERE, OTHER_TITLE, body)
    found = portals.judge()
    for name, other in (("s1", "there"), ("s2", "here")):
        assert outcome(found[name]) == ("contradicted", "hollow")
        assert found[name].observed["near_duplicate"]["agency"] == other


# name: (body here, body there, what is said of the page here)
NO_COPIES: dict[str, tuple[str, str, tuple[str, str]]] = {
    "one mark of a template, and no twin": (
        f"<p>{OWN}</p><p>با [شماره تلفن واحد] تماس بگیرید.</p>", f"<p>{TEXT}</p>", ("contradicted", "information_only")),
    "the same text, and nobody is named": (f"<p>{TEXT}</p>", f"<p>{TEXT}</p>", ("contradicted", "information_only")),
    "the same text with its own name": (
        f"<p>{TEXT}</p><p>این خدمت را {HERE.name} عرضه می‌کند.</p>", NAMED, ("contradicted", "information_only")),
    "the other body is named in a text of its own": (
        f"<p>{OWN}</p><p>جنگل‌ها با {THERE.name} است.</p>", NAMED, ("contradicted", "information_only")),
    "a form each": (NAMED + FORM, NAMED + FORM, ("verified", "transaction_entry")),
    "a form here": (NAMED + FORM, NAMED, ("verified", "transaction_entry")),
    "little text": (
        f"<p>این خدمت را {THERE.name} عرضه می‌کند.</p>" + "<p>۱۴۰۴</p>" * 80, f"<p>این خدمت را {THERE.name} عرضه می‌کند.</p>",
        ("contradicted", "information_only")),
}  # fmt: skip


@pytest.mark.parametrize(("here", "there", "said"), NO_COPIES.values(), ids=NO_COPIES.keys())
def test_no_copies(portals: Portals, here: str, there: str, said: tuple[str, str]) -> None:
    portals.claims(HERE, TITLE, here)
    portals.claims(THERE, OTHER_TITLE, there)
    finding = portals.judge()["s1"]
    assert outcome(finding) == said
    assert "near_duplicate" not in finding.observed


def test_one_shops_words_on_every_page_make_no_copies(portals: Portals) -> None:
    """«How to use this site» is longer than the matter itself, at both."""
    sentence = f"<p>درختان آن با {THERE.name} است.</p>"
    for number, title in enumerate((TITLE, *MORE), 1):
        portals.claims(
            HERE, title, f"<p>{OWN[: 60 * number]}</p>{sentence}{HELP}{HELP.replace('درگاه', 'پرتال')}"
        )
    for number, title in enumerate((OTHER_TITLE, "ثبت گزارش آتش", "تمدید پروانه نهالستان"), 1):
        portals.claims(
            THERE, title, f"<p>{TEXT[: 60 * number]}</p>{sentence}{HELP}{HELP.replace('درگاه', 'پرتال')}"
        )
    found = portals.judge()
    for number in range(1, 5):
        assert "near_duplicate" not in found[f"s{number}"].observed
        assert found[f"s{number}"].reason != "hollow"


def test_the_words_of_a_shop_are_known_from_the_larger_portal(portals: Portals) -> None:
    sentence = f"<p>درختان آن با {THERE.name} است.</p>"
    portals.claims(HERE, TITLE, f"<p>{OWN}</p>{sentence}{HELP}{HELP.replace('درگاه', 'پرتال')}")
    for number, title in enumerate((OTHER_TITLE, "ثبت گزارش آتش", "تمدید پروانه نهالستان"), 1):
        portals.claims(
            THERE, title, f"<p>{TEXT[: 90 * number]}</p>{sentence}{HELP}{HELP.replace('درگاه', 'پرتال')}"
        )
    assert outcome(portals.judge()["s1"]) == ("contradicted", "information_only")


def test_one_page_copied_for_every_service(portals: Portals) -> None:
    """What stands on every page here is no frame when it is the matter of one page there."""
    for title in (TITLE, *MORE):
        portals.claims(HERE, title, NAMED)
    portals.claims(THERE, OTHER_TITLE, NAMED)
    for number, title in enumerate(("ثبت گزارش آتش", "تمدید پروانه نهالستان", "استعلام نقشه جنگل"), 1):
        portals.claims(THERE, title, f"<p>{OWN[60 * number :]}</p><p>{title} برای همه است.</p>")
    found = portals.judge()
    assert [found[f"s{number}"].reason for number in range(1, 5)] == ["hollow"] * 4


@pytest.mark.parametrize("parent", ["here", "there"])
def test_a_parent_or_daughter_is_no_other_body(seen: Any, parent: str) -> None:
    here = replace(HERE, parent="there") if parent == "there" else HERE
    there = replace(THERE, parent="here") if parent == "here" else THERE
    portals = Portals(seen, here=here, there=there)
    portals.claims(here, TITLE, NAMED)
    portals.claims(there, OTHER_TITLE, NAMED)
    assert outcome(portals.judge()["s1"]) == ("contradicted", "information_only")


def test_an_entry_one_step_on_is_an_entry_of_its_own(portals: Portals) -> None:
    portals.claims(HERE, TITLE, NAMED + '<p><a href="/apply/7">ثبت درخواست آنلاین</a></p>')
    portals.claims(THERE, OTHER_TITLE, NAMED)
    portals.seen.http("http://here.test/apply/7", page(TITLE, FORM), at=40, agency="here")
    assert outcome(portals.judge()["s1"]) == ("verified", "transaction_entry")


def test_one_visit_refutes_nothing(portals: Portals) -> None:
    portals.claims(THERE, OTHER_TITLE, NAMED)
    portals.services.append(Service("here", "s9", TITLE, True, url="http://here.test/s/9"))
    portals.seen.http("http://here.test/s/9", page(TITLE, NAMED), purpose="claim", at=10, agency="here")
    assert outcome(portals.judge()["s9"]) == ("inconclusive", "not_attempted")


def test_prints() -> None:
    first = Print.of(TEXT)
    assert first.near(Print.of(TEXT.replace("کمیسیون دو بار در ماه", "کمیسیون سه بار در ماه")))
    assert not first.near(Print.of(OWN))
    assert not first.near(Print.of("کوتاه است"))
    assert (first.shared(first), Print.of("").shared(Print.of(""))) == (1.0, 0.0)


class Counting:
    """The evidence as it is, and whose bodies were asked for."""

    def __init__(self, store: EvidenceStore) -> None:
        self._store = store
        self.read: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def body(self, capture_id: str) -> bytes:
        self.read.append(self._store.get(capture_id).agency)
        return self._store.body(capture_id)


@pytest.mark.parametrize(("body", "read"), [(f"<p>{TEXT}</p>", False), (NAMED, True)])
def test_only_pages_of_those_who_are_named_are_read(portals: Portals, body: str, read: bool) -> None:
    portals.claims(HERE, TITLE, body)
    portals.claims(THERE, OTHER_TITLE, NAMED)
    portals.seen.writer.close()
    store = Counting(EvidenceStore.open(portals.seen.folder / "evidence"))
    checks = tuple(check for check in CHECKS if check.id == "services.entry")
    run_checks(
        portals.round(),
        store,
        as_of=portals.seen.as_of,
        agencies=frozenset({"here"}),
        checks=checks,
    )
    assert ("there" in store.read) is read
