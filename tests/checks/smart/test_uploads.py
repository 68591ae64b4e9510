"""`services.uploads`: fields for papers that the registers hold, in three looks, and what each comes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checks.smart.services_uploads.check import document_kinds
from tests.checks.service_pages import FORM, LOGIN, LOOKS, PROSE, TRACK, World, dead, silent

INFO = f"<p>{PROSE}</p>"


def form(*labels: str, kind: str = "file", off: str = "") -> str:
    """A form of a service with fields for files under these labels."""
    fields = "".join(
        f'<div><label>{label} <input type="{kind}" name="f{n}" {off}></label></div>'
        for n, label in enumerate(labels)
    )
    return FORM.replace("<button>", fields + "<button>")


def _with(*bodies: Any, **pages: tuple[Any, ...]) -> Callable[[World], None]:
    def build(world: World) -> None:
        world.own("bees", *bodies)
        for where, answers in pages.items():
            world.page(f"/{where}", "ثبت درخواست پروانه پرورش زنبور عسل", *answers)

    return build


def _not_electronic(world: World) -> None:
    world.service("bees", "/s/bees", electronic=False)
    world.own("bees", INFO + form("تصویر شناسنامه"))


def _unseen(world: World) -> None:
    world.service("bees", "/s/bees")
    world.unfetched = [("http://portal.test/s/bees", "robots")]


LEAD = '<p><a href="/apply">ثبت درخواست</a></p>'
Row = tuple[Callable[[World], None], str, str | None, list[str]]
# name: what stands there, verdict, reason, papers that are asked for
ROWS: dict[str, Row] = {
    "birth certificate": (_with(INFO + form("تصویر شناسنامه")), "partial", None, ["birth_certificate"]),
    "two papers": (
        _with(INFO + form("اسکن کارت ملی (پشت و رو)", "تصویر صفحه اول شناسنامه", "عکس پرسنلی")),
        "partial", None, ["birth_certificate", "national_card"],
    ),
    "run together": (_with(INFO + form("بارگذاری کارت‌ملی")), "partial", None, ["national_card"]),
    "deed": (_with(INFO + form("تصویر سند مالکیت زنبورستان")), "partial", None, ["property_deed"]),
    "in English": (_with(INFO + form("Copy of national ID card")), "partial", None, ["national_card"]),
    "one link on": (_with(INFO + LEAD, apply=(INFO + form("کپی کارت ملی"),)), "partial", None, ["national_card"]),
    "other papers": (_with(INFO + form("نقشه زنبورستان", "عکس محل")), "verified", None, []),
    "papers in general": (_with(INFO + form("بارگذاری مدارک")), "verified", None, []),
    "a number is no picture": (_with(INFO + form("شماره شناسنامه", kind="text")), "verified", None, []),
    "a card of a thing": (_with(INFO + form("شناسنامه فنی کندو", "شناسنامه محصول")), "verified", None, []),
    "a form without files": (_with(INFO + FORM), "verified", None, []),
    "text alone that names it": (_with(INFO + "<p>تصویر شناسنامه و کارت ملی را همراه بیاورید.</p>" + FORM), "verified", None, []),
    "the field is locked": (_with(INFO + form("تصویر شناسنامه", off="disabled")), "verified", None, []),
    "one visit of two": (_with(INFO + form("تصویر شناسنامه"), INFO + FORM), "verified", None, []),
    "information alone": (_with(INFO), "not_applicable", None, []),
    "a login alone": (_with(INFO + LOGIN), "inconclusive", None, []),
    "a form for tracking": (_with(INFO + TRACK), "inconclusive", None, []),
    "robots": (_unseen, "inconclusive", "robots", []),
    "silent": (_with(silent(), silent()), "inconclusive", "unreachable", []),
    "dead": (_with(dead(), dead()), "not_applicable", None, []),
    "not electronic": (_not_electronic, "not_applicable", None, []),
}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ROWS)
def test_rows(seen: Any, name: str, look: str) -> None:
    build, verdict, reason, papers = ROWS[name]
    world = World(seen, LOOKS[look])
    build(world)
    found = world.judged("services.uploads")["bees"]
    assert found.verdict == verdict, found
    if reason is not None:
        assert found.reason == reason
    assert found.observed["register_documents"] == papers
    assert found.verdict != "contradicted"
    assert bool(found.captures) or verdict in ("inconclusive", "not_applicable")


# what is done to a page with the signal, and what has to be left of it
MUTATIONS: dict[str, Row] = {
    "the field is removed": (_with(INFO + FORM), "verified", None, []),
    "the page is emptied": (_with(""), "inconclusive", None, []),
    "an unfilled template": (_with("<p>متن نمونه</p>" + form("تصویر شناسنامه")), "inconclusive", None, []),
    "the target is dead": (_with(INFO + LEAD, apply=(dead(), dead())), "inconclusive", None, []),
    "a field of text": (_with(INFO + form("تصویر شناسنامه", kind="text")), "verified", None, []),
}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", MUTATIONS)
def test_mutations_are_noticed(seen: Any, name: str, look: str) -> None:
    build, verdict, _, papers = MUTATIONS[name]
    world = World(seen, LOOKS[look])
    build(world)
    found = world.judged("services.uploads")["bees"]
    assert found.verdict in (verdict, "not_applicable"), found
    assert found.observed["register_documents"] == papers


LABELS = {
    "تصویر کارت پایان خدمت": ("military_service",),
    "گواهی عدم سوءپیشینه": ("criminal_record",),
    "مفاصاحساب مالیاتی": ("tax_clearance",),
    "آگهی تأسیس در روزنامه رسمی": ("company_record",),
    "آخرین مدرک تحصیلی": ("degree",),
    "گواهینامه رانندگی": ("driving_licence",),
    "شناسنامه خدمت": (),
    "شناسنامه ساختمان": (),
    "کارت ویزیت": (),
    "کارت بازرگانی": (),
    "نامه درخواست": (),
    "ملی کارت": (),
    "": (),
}


@pytest.mark.parametrize("label", LABELS)
def test_papers_by_the_words_of_a_field(label: str) -> None:
    assert document_kinds(label) == LABELS[label]
