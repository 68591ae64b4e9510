"""What is done to a good portal, and whether the checks of what stands around its services notice.

One portal on which every check is satisfied; each mutation names the check that has to notice, and what it has to say.
Tracking and help have mutations of their own, in their files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from claims.model import Agency
from tests.checks.service_pages import FORM, LOGIN, LOOKS, PORTAL, PROSE, TITLES, World, dead, moved, silent

SSO = "https://sso.my.gov.ir/login?redirect_uri=http%3A%2F%2Fportal.test%2F"
PAY = '<p><a href="https://pec.shaparak.ir/NewPG/?token=1">پرداخت آنلاین هزینه</a></p>'
NATIONAL = f'<p><a href="{SSO}">ورود با پنجره ملی خدمات دولت هوشمند</a></p>'
OWN = f"<p>{PROSE}</p>{FORM}{PAY}{NATIONAL}"
DEEP = "https://my.gov.ir/services/bees"
WELCOME = "<p>" + "خدمات الکترونیکی سازمان در این صفحه آمده است و از هر جای کشور در دسترس است. " * 4 + "</p>"
LIST = (
    "<ul>" + "".join(f'<li><a href="/s/{name}">{title}</a></li>' for name, title in TITLES.items()) + "</ul>"
)
CHECKS = (
    "desk.entries", "services.availability", "services.payment", "services.login", "services.parallel", "services.window",
)  # fmt: skip


def good(world: World) -> None:
    world.menu = '<a href="/desk">میز خدمت</a>'
    for name in TITLES:
        world.service(name, f"/s/{name}", fee=True)
        world.own(name, OWN)
    world.services = [replace(world.services[0], window=(DEEP,)), *world.services[1:]]
    world.page("/desk", "میز خدمت الکترونیکی", WELCOME + LIST)
    world.page(DEEP, "", moved(f"{PORTAL}s/bees"), purpose="claim")
    plain = world.seen.round
    world.seen.round = lambda: replace(plain(), window_given=True)


def own(body: Any) -> Callable[[World], None]:
    return lambda world: world.own("bees", body)


def desk(*answers: Any, heading: str = "میز خدمت الکترونیکی") -> Callable[[World], None]:
    return lambda world: world.page("/desk", heading, *answers)


def deep(*answers: Any) -> Callable[[World], None]:
    return lambda world: world.page(DEEP, "", *answers, purpose="claim")


def _no_desk(world: World) -> None:
    world.menu = ""
    del world.pages["/desk"]


def _foreign_desk(world: World) -> None:
    other = Agency("other", "سازمان امور دریایی کشور", "main", "http://other.test/")
    world.seen.agency = replace(world.seen.agency, name="سازمان دام و زنبور کشور")
    before = world.seen.round
    world.seen.round = lambda: replace(before(), agencies=(*before().agencies, other))
    world.page("/desk", "میز خدمت سازمان امور دریایی کشور", WELCOME + LIST)


def _second_form(world: World) -> None:
    world.home += ' <a href="/old/bees">خدمات قدیم</a>'
    other = FORM.replace('name="a"', 'name="x"').replace('name="b"', 'name="y"').replace("/apply", "/apply2")
    world.page("/old/bees", TITLES["bees"], f"<p>{PROSE}</p>{other}")


def _password(world: World) -> None:
    world.own("bees", OWN.replace(NATIONAL, '<p><a href="/enter">ورود به سامانه</a></p>'))
    world.page("/enter", "ورود به سامانه", LOGIN)


def _not_listed(world: World) -> None:
    world.services = [replace(service, window=()) for service in world.services]


# name: what is done, the check, what it has to say
MUTATIONS: dict[str, tuple[Callable[[World], None], str, str, str | None]] = {
    "desk removed": (_no_desk, "desk.entries", "inconclusive", "not_found_anywhere"),
    "desk emptied": (desk(WELCOME), "desk.entries", "inconclusive", "not_found_anywhere"),
    "desk a template": (desk("<p>متن نمونه</p>" + WELCOME + LIST), "desk.entries", "contradicted", "hollow"),
    "desk of another body": (_foreign_desk, "desk.entries", "contradicted", "hollow"),
    "desk dead": (desk(dead()), "desk.entries", "contradicted", "dead_link"),
    "desk short of an entry": (desk(WELCOME + LIST.replace(TITLES["bees"], "اخبار").replace("/s/bees", "/news")), "desk.entries", "partial", None),
    "entry of the desk dead": (own(dead()), "desk.entries", "partial", None),
    "entry silent": (own(silent()), "services.availability", "partial", None),
    "entry broken": (own({"status": 500}), "services.availability", "partial", None),
    "step to pay removed": (own(OWN.replace(PAY, "")), "services.payment", "inconclusive", "not_attempted"),
    "step to pay without TLS": (own(OWN.replace("https://pec", "http://pec")), "services.payment", "partial", "plain_http"),
    "step to pay to an imitation": (own(OWN.replace("pec.shaparak.ir", "pec-shaparak.ir")), "services.payment", "contradicted", "foreign_gateway"),
    "step to pay to another domain": (own(OWN.replace("shaparak.ir", "shaparak.ir.pay.com")), "services.payment", "contradicted", "foreign_gateway"),
    "page with the step dead": (own(dead()), "services.payment", "contradicted", "dead_link"),
    "page with the step a template": (own("<p>متن نمونه</p>" + OWN), "services.payment", "inconclusive", "not_attempted"),
    "a password in place of the sign-on": (_password, "services.login", "contradicted", "local_login"),
    "a password beside the sign-on": (own(OWN + LOGIN), "services.login", "partial", None),
    "sign-on removed": (own(OWN.replace(NATIONAL, "")), "services.login", "not_applicable", None),
    "a second form": (_second_form, "services.parallel", "partial", None),
    "a password beside it all": (own(OWN.replace(FORM, "") + LOGIN), "services.parallel", "partial", None),
    "deep link dead": (deep(dead()), "services.window", "contradicted", "dead_link"),
    "deep link to the home page": (deep(moved(PORTAL)), "services.window", "partial", "redirects_home"),
    "deep link to another service": (deep(moved(f"{PORTAL}s/wells")), "services.window", "contradicted", "wrong_service"),
    "deep link stays on the window": (deep("<p>شرح خدمت</p>"), "services.window", "inconclusive", "no_match"),
    "deep link removed": (_not_listed, "services.window", "inconclusive", "not_found_anywhere"),
    "page of the deep link a template": (own("<p>متن نمونه</p>"), "services.window", "contradicted", "hollow"),
}  # fmt: skip


def verdict(seen: Any, look: str, check: str, change: Callable[[World], None] | None = None) -> Any:
    world = World(seen, LOOKS[look])
    good(world)
    if change is not None:
        change(world)
    found = world.judged(check)
    return next(found[key] for key in ("bees", "service_desk", "portal") if key in found)


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("check", CHECKS)
def test_the_portal_as_it_should_be(seen: Any, check: str, look: str) -> None:
    found = verdict(seen, look, check)
    assert found.verdict == "verified", (found.reason, found.observed)


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", MUTATIONS)
def test_mutations_are_noticed(seen: Any, name: str, look: str) -> None:
    change, check, told, reason = MUTATIONS[name]
    found = verdict(seen, look, check, change)
    assert (found.verdict, found.reason) == (told, reason), found.observed
