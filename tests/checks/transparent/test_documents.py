"""Rules, fees and forms (T08): rows of what is linked and what comes of it, in three looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from checks.finding import Finding
from claims.model import Agency

PORTAL = "http://portal.test/"
Look = Callable[[str, str, Sequence[tuple[str, str]]], str]
NAMES = {"rules": "قوانین و مقررات", "fees": "تعرفه خدمات", "forms": "دریافت فرم‌ها"}
WORDS = {"rules": "آیین‌نامه اجرایی", "fees": "جدول تعرفه", "forms": "فرم درخواست"}
INTRO = {
    "rules": "قوانین و آیین‌نامه‌هایی که این سازمان بر پایهٔ آن‌ها کار می‌کند در این بخش در دسترس همگان است. " * 4,
    "fees": "تعرفه و هزینهٔ خدمات این سازمان در این بخش به آگاهی همگان می‌رسد و هر سال بازبینی می‌شود. " * 4,
    "forms": "فرم‌های مورد نیاز برای درخواست خدمات این سازمان در این بخش برای دریافت همگان گذاشته شده است. "
    * 4,
}
DATE = "انتشار: ۱۴۰۳/۰۲/۱۵"
PDF = (("Content-Type", "application/pdf"),)


def page(heading: str, body: str) -> str:
    return f"<html><head><title>{heading}</title></head><body><main><h1>{heading}</h1>{body}</main></body></html>"


def listed(heading: str, words: str, links: Sequence[tuple[str, str]]) -> str:
    return page(
        heading, f"<p>{words}</p><ul>{''.join(f'<li><a href={h}>{t}</a></li>' for h, t in links)}</ul>"
    )


def table(heading: str, words: str, links: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f"<tr><td>{n}</td><td>{t}</td><td><a href={h}>دانلود {t}</a></td></tr>"
        for n, (h, t) in enumerate(links)
    )
    return page(
        heading, f"<p>{words}</p><table><tr><th>ردیف</th><th>عنوان</th><th>پرونده</th></tr>{rows}</table>"
    )


def cards(heading: str, words: str, links: Sequence[tuple[str, str]]) -> str:
    made = "".join(
        f"<div class=card><h3>{t}</h3><a class=btn href={h}>دریافت {t}</a></div>" for h, t in links
    )
    return page(heading, f"<p>{words}</p><div class=row>{made}</div>")


LOOKS: dict[str, Look] = {"list": listed, "table": table, "cards": cards}

# name: (what comes of each of three documents, whether a date is told, verdict or reason)
# a document: ok, dead, dead once, page (a login in its place), empty, 403, none (not fetched)
ROWS: dict[str, tuple[list[str], bool, str]] = {
    "open and dated": (["ok", "ok", "ok"], True, "verified"),
    "one was fetched": (["ok", "none", "none"], True, "verified"),
    "one of them is dead": (["ok", "ok", "dead"], True, "verified"),
    "undated": (["ok", "ok", "ok"], False, "partial"),
    "most are dead": (["ok", "dead", "dead"], True, "partial"),
    "all are dead": (["dead", "dead", "dead"], True, "dead_link"),
    "all are empty": (["empty", "empty", "empty"], True, "dead_link"),
    "dead and empty": (["dead", "empty", "dead"], False, "dead_link"),
    "dead, seen once": (["dead once", "dead once", "dead once"], True, "not_attempted"),
    "dead, and one forbidden": (["dead", "403", "dead"], True, "blocked"),
    "not fetched": (["none", "none", "none"], True, "not_attempted"),
    "pages in their place": (["page", "page", "page"], True, "ambiguous"),
}


def answer(seen: Any, url: str, what: str) -> None:
    if what == "none":
        return
    for attempt in (1,) if what == "dead once" else (1, 2):
        facts: dict[str, Any] = {"attempt": attempt, "at": 100.0 + 60 * attempt}
        if what == "ok":
            seen.http(url, b"%PDF-1.4 text", headers=PDF, **facts)
        elif what == "empty":
            seen.http(url, b"", headers=PDF, **facts)
        elif what == "page":
            seen.http(url, page("ورود", "<p>برای دریافت وارد شوید و سپس دوباره تلاش کنید.</p>"), **facts)
        else:
            seen.http(url, "", status=404 if what.startswith("dead") else 403, **facts)


def judge(seen: Any, kind: str, *bodies: str | int, account: bool = True, link: str | None = None) -> Finding:
    seen.http(
        PORTAL,
        f'<html><body><h1>سازمان</h1><a href="/{kind}">{link or NAMES[kind]}</a></body></html>',
        purpose="home",
    )
    for attempt, body in enumerate(bodies, start=1):
        facts: dict[str, Any] = {"attempt": attempt, "at": 60.0 * attempt}
        if isinstance(body, int):
            seen.http(f"{PORTAL}{kind}", "", status=body, **facts)
        else:
            seen.http(f"{PORTAL}{kind}", body, **facts)
    if account:
        seen.account()
    found = seen.of("documents.published")
    assert set(found) == {"rules", "fees", "forms"}
    finding: Finding = found[kind]
    return finding


def outcome(finding: Finding) -> str:
    return finding.reason or finding.verdict


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ROWS)
def test_documents(seen: Any, kind: str, look: str, name: str) -> None:
    states, dated, expected = ROWS[name]
    links = [(f"/files/{n}.pdf", f"{WORDS[kind]} {'الفبپ'[n]}") for n in range(3)]
    for (href, _), state in zip(links, states, strict=True):
        answer(seen, f"{PORTAL}{href[1:]}", state)
    body = LOOKS[look](NAMES[kind], f"{INTRO[kind]} {DATE if dated else ''}", links)
    found = judge(seen, kind, body, body)
    assert outcome(found) == expected, found.observed
    assert (found.verdict == "contradicted") == (expected == "dead_link")
    assert found.observed["documents"] == 3
    assert found.observed["opened"] == states.count("ok")
    assert found.observed["dead"] == states.count("dead") + states.count("empty")
    assert found.captures


@pytest.mark.parametrize("kind", NAMES)
def test_a_document_called_by_its_year_is_dated(seen: Any, kind: str) -> None:
    answer(seen, f"{PORTAL}a.pdf", "ok")
    body = listed(NAMES[kind], INTRO[kind], [("/a.pdf", f"{WORDS[kind]} مصوب ۱۳۹۹")])
    assert judge(seen, kind, body, body).verdict == "verified"


def test_rules_that_are_pages(seen: Any) -> None:
    seen.http(
        f"{PORTAL}r/1",
        page("آیین‌نامه", "<p>" + "مادهٔ نخست این آیین‌نامه دربارهٔ کار سازمان است. " * 9 + "</p>"),
        at=200,
    )
    body = listed(NAMES["rules"], f"{INTRO['rules']} {DATE}", [("/r/1", "آیین‌نامه اجرایی")])
    assert judge(seen, "rules", body, body).verdict == "verified"


def test_rules_written_on_the_page(seen: Any) -> None:
    articles = (
        f"<p>مصوب ۱۴۰۰/۰۵/۰۱. ماده ۱ - سازمان کار می‌کند. ماده ۲ - سازمان پاسخ می‌دهد. {INTRO['rules']}</p>"
    )
    body = page(NAMES["rules"], articles)
    found = judge(seen, "rules", body, body)
    assert (found.verdict, found.observed["written"]) == ("verified", True)


def test_fees_in_a_table(seen: Any) -> None:
    fees = (
        f"<p>{INTRO['fees']} {DATE}</p><table><tr><th>خدمت</th><th>مبلغ (ریال)</th></tr><tr><td>صدور</td><td>۲۰۰٬۰۰۰</td></tr>"
        "<tr><td>تمدید</td><td>۱۵۰٬۰۰۰</td></tr></table>"
    )
    body = page(NAMES["fees"], fees)
    assert judge(seen, "fees", body, body).verdict == "verified"


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize(
    "links", [[], [("#", "دریافت"), ("javascript:void(0)", "فرم")]], ids=["none", "dead ends"]
)
def test_a_page_without_documents(seen: Any, kind: str, links: list[tuple[str, str]]) -> None:
    body = listed(NAMES[kind], f"{INTRO[kind]} {DATE}", links)
    found = judge(seen, kind, body, body)
    assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere")
    assert found.observed["complete_look"] is True


TEMPLATE = "[نام سازمان] قوانین، تعرفه و فرم [عنوان خدمت] را در [محل درج] می‌گذارد. " * 5


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize(
    ("words", "visits", "verdict", "reason"),
    [(TEMPLATE, 2, "contradicted", "hollow"), (TEMPLATE, 1, "inconclusive", "not_attempted"),
     ("این بخش در دست تکمیل است.", 2, "contradicted", "under_construction"), (404, 2, "contradicted", "dead_link"),
     (404, 1, "inconclusive", "not_attempted"), (403, 2, "inconclusive", "blocked"), (404, 0, "inconclusive", "not_attempted")],
    ids=["template", "template once", "not ready", "dead", "dead once", "forbidden", "not captured"],
)  # fmt: skip
def test_pages_that_hold_nothing(
    seen: Any, kind: str, words: str | int, visits: int, verdict: str, reason: str
) -> None:
    body = words if isinstance(words, int) else page(NAMES[kind], f"<p>{words}</p>")
    found = judge(seen, kind, *[body] * visits)
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("account", [True, False])
def test_no_page_anywhere(seen: Any, kind: str, account: bool) -> None:
    found = judge(seen, kind, account=account, link="اخبار")
    assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere" if account else "no_match")
    assert found.observed["complete_look"] is account


OTHER = Agency("other", "سازمان هواشناسی جنوب", "main", "http://other.test/")
# what is done to the good page: (heading's end, words before, links, what comes of them)
MUTATIONS: dict[str, tuple[str, str, bool, str]] = {
    "date removed": ("", "", True, "ok"),
    "documents removed": ("", DATE, False, "ok"),
    "targets dead": ("", DATE, True, "dead"),
    "targets empty": ("", DATE, True, "empty"),
    "a template": ("", f"{DATE} [نام سازمان] [عنوان خدمت] [محل درج]", True, "ok"),
    "foreign name": (" سازمان هواشناسی جنوب", DATE, True, "ok"),
}


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_mutation_is_detected(seen: Any, kind: str, look: str, mutation: str) -> None:
    ending, words, linked, state = MUTATIONS[mutation]
    links = [(f"/files/{n}.pdf", f"{WORDS[kind]} {'الفبپ'[n]}") for n in range(3)] if linked else []
    for href, _ in links:
        answer(seen, f"{PORTAL}{href[1:]}", state)
    body = LOOKS[look](NAMES[kind] + ending, f"{INTRO[kind]} {words}", links)
    made = seen.round
    seen.round = lambda: replace(made(), agencies=(*made().agencies, OTHER))
    seen.http(
        PORTAL,
        f'<html><body><h1>سازمان</h1><a href="/{kind}">{NAMES[kind]}</a></body></html>',
        purpose="home",
    )
    for attempt in (1, 2):
        seen.http(f"{PORTAL}{kind}", body, attempt=attempt, at=60.0 * attempt)
    seen.account()
    found = [f for f in seen.found("documents.published") if f.agency == "portal"]
    assert next(f for f in found if f.subject.id == kind).verdict != "verified"
