"""Every code that the report of hosts can say has its text, in both languages, and every problem a thing to do."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from checks.hosts.certificates.trust import REASONS
from checks.hosts.problems import PROBLEMS
from checks.hosts.protocols import WEAKNESSES
from checks.page.http_policies import ContentPolicy
from reports.catalogue import LANGUAGES, Language, TextCatalogue
from reports.hosts import facts, web
from reports.hosts.addresses import addresses
from reports.hosts.advice import FACTS, TXT, WELL, better, to_do
from reports.hosts.browser_view import BESIDE, KINDS, OURS, REACHES, REFUSALS, SOMETIMES, WARNINGS
from reports.hosts.chain import FAULTS, PARTS
from reports.hosts.host_report import TOPICS
from reports.hosts.national import ROWS
from reports.hosts.report_lines import CodeText, ReportLine

POLICY_FACTS = [
    {
        "content_policy": policy and {**policy, "protects": not (policy["inline"] or policy["anywhere"])},
        "content_policy_tried": tried, "framing": framing, "sniffing_off": sniffing, "referrer_policy": referrer,
        "banners": [{"header": "server", "value": "x/1.0", "version": True}],
    }
    for policy in (
        None,
        *(dict(zip(ContentPolicy.__slots__, flags, strict=True)) for flags in product((True, False), repeat=4)),
    )
    for tried, sniffing in ((True, True), (False, False))
    for framing in web.FRAMINGS
    for referrer in (None, *web.REFERRERS)
]  # fmt: skip


@pytest.fixture(params=LANGUAGES)
def texts(request: pytest.FixtureRequest) -> TextCatalogue:
    language: Language = request.param
    return TextCatalogue(language)


def keys_of(line: ReportLine) -> set[str]:
    found = {line.key}
    for value in line.values.values():
        found |= {
            one.key for one in (value if isinstance(value, tuple) else (value,)) if isinstance(one, CodeText)
        }
    return found


def test_every_problem_has_a_text_and_a_thing_to_do(texts: TextCatalogue) -> None:
    assert set(texts.table("host_do")) == set(PROBLEMS)
    assert set(PROBLEMS) <= set(texts.table("reason"))
    assert set(texts.table("host_set")) < set(PROBLEMS)
    assert to_do(PROBLEMS[::-1], ()) == PROBLEMS  # in the order of weight


def test_every_policy_fact_has_a_text_and_a_thing_to_do(texts: TextCatalogue) -> None:
    codes = {code for said in POLICY_FACTS for code in web.policy_codes(said)}
    assert {f"content_policy_{opening}" for opening in web.OPENINGS} <= codes
    assert {f"referrer_{name}" for name in ("none", *web.REFERRERS)} <= codes
    assert codes <= set(texts.table("host_fact"))
    assert {code for code in codes if not texts.has(f"host_better.{code}")} == WELL
    for said in POLICY_FACTS:
        for line in (*web.policies({"policies": said}), *web.banners({"policies": said})):
            assert all(texts.has(key) for key in keys_of(line))
        assert all(texts.has(f"host_better.{code}") for code in better({"http": {"policies": said}}, ()))


def test_every_better_thing_belongs_to_a_fact(texts: TextCatalogue) -> None:
    codes = {code for said in POLICY_FACTS for code in web.policy_codes(said)} - WELL
    of_names = {f"dns_{code}" for code in texts.table("dns_fault")}
    assert set(texts.table("host_better")) == {*FACTS, *TXT, *codes, *of_names, "banner_version"}


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("host_sight", KINDS), ("host_glance", KINDS), ("host_beside", BESIDE), ("host_reach", REACHES),
        ("host_topic", TOPICS), ("host_revocation", (*facts.REVOCATION_SOURCES, *facts.REVOCATION_DETAILS)),
        ("host_txt", web.TXT_FAULTS), ("host_path", (*REASONS.values(), "other")), ("host_hello", ("default", "no_sni", *facts.FAMILIES)),
        ("host_count", ("title", "text", "row", "total", "lists", *ROWS)),
    ],
)  # fmt: skip
def test_tables_hold_the_codes_and_no_others(
    texts: TextCatalogue, table: str, codes: tuple[str, ...]
) -> None:
    assert set(texts.table(table)) == set(codes)


def test_codes_of_the_chain_and_of_what_was_accepted(texts: TextCatalogue) -> None:
    held = set(texts.table("host_chain"))
    assert {f"part_{part}" for part in PARTS} | {f"fault_{fault}" for fault in FAULTS} <= held
    said = texts.table("host_fact")
    assert {f"family_{family}" for family in facts.FAMILIES} <= set(said)
    assert {
        f"{name}_{'yes' if value else 'no'}" for name, values in facts.SAID.items() for value in values
    } <= set(said)
    assert {f"chain_{state}" for state in facts.COMPLETENESS} <= set(said)
    assert {f"use_{kind}" for kind in web.USES} <= set(said)
    assert {*WEAKNESSES, "ssl2"} <= {*facts.VERSIONS, *facts.FAMILIES}
    assert {*WARNINGS, *SOMETIMES, *REFUSALS} <= set(PROBLEMS)
    assert set(texts.table("reason")) >= OURS


@pytest.mark.parametrize("state", ["absent", "unknown", "valid", "expired", "invalid"])
def test_states_of_a_security_txt(texts: TextCatalogue, state: str) -> None:
    said: dict[str, Any] = {
        "state": state,
        "faults": list(web.TXT_FAULTS),
        "contact": ["mailto:a@b"],
        "expires": "2026-01-01",
        "from": "other.test",
    }
    lines = list(web.security_txt({"security_txt": said}))
    assert len(lines) == 4 + len(web.TXT_FAULTS)
    assert all(texts.has(key) for line in lines for key in keys_of(line))


@pytest.mark.parametrize("secure", [True, False])
@pytest.mark.parametrize("http_only", [True, False])
def test_cookies_lack_what_they_lack(texts: TextCatalogue, secure: bool, http_only: bool) -> None:
    (line,) = web.cookies({"cookies": [{"name": "sid", "secure": secure, "http_only": http_only}]})
    text = texts.template(line.key)
    lacks = {(True, True): "cookie_well", (True, False): "cookie_http_only", (False, True): "cookie_secure"}
    assert line.key == f"host_fact.{lacks.get((secure, http_only), 'cookie_both')}"
    assert ("Secure" in text) == (not secure or (secure and http_only))


def test_other_addresses(texts: TextCatalogue) -> None:
    others: list[dict[str, Any]] = [
        {"address": "2001:db8::1", "reach": None, "certificate": None, "problems": []},
        {"address": "192.0.2.2", "reach": "ok", "certificate": "same", "problems": []},
        {"address": "192.0.2.3", "reach": "ok", "certificate": "other", "problems": []},
        {"address": "192.0.2.4", "reach": "ok", "certificate": "other", "problems": ["expired", "of_the_future"]},
    ]  # fmt: skip
    said = {"address": "192.0.2.1", "addresses": ["192.0.2.1", *(other["address"] for other in others)]}
    lines = list(addresses({**said, "other_addresses": others}))
    assert [line.key.removeprefix("host_fact.address_") for line in lines] == [
        "probed", "silent", "same", "other", "bad",
    ]  # fmt: skip
    assert all(texts.has(line.key) for line in lines)
    assert not list(addresses({"address": "x", "addresses": ["x"], "other_addresses": []}))
    assert not list(addresses({"address": "x", "addresses": None, "other_addresses": None}))
    assert not list(addresses({"address": "x"}))


def test_a_cookie_that_goes_everywhere(texts: TextCatalogue) -> None:
    said = {"name": "sid", "secure": True, "http_only": False, "same_site": "none"}
    lines = list(web.cookies({"cookies": [said]}))
    assert [line.key for line in lines] == ["host_fact.cookie_http_only", "host_fact.cookie_anywhere"]
    assert all(texts.has(line.key) for line in lines)


def test_hsts_in_days(texts: TextCatalogue) -> None:
    for age, key in ((0, "hsts_zero"), (None, "hsts_unread"), (86_400, "hsts_days")):
        said = {"value": "x", "max_age": age, "subdomains": False, "preload": True}
        assert [line.key for line in web.hsts({"hsts": said})][1:] == [
            f"host_fact.{key}",
            "host_fact.hsts_preload",
        ]
        assert all(texts.has(line.key) for line in web.hsts({"hsts": said}))
    assert [line.key for line in web.hsts({"hsts": {"value": None}})] == ["host_fact.hsts_none"]
    assert list(web.hsts({"hsts": None})) == []
