"""Each kind of rule, against values worked out by hand."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Callable
from typing import Any

import pytest

from checks.finding import Finding
from claims.model import Agency, Dataset, Declaration, Level, Round, Service
from scoring.facts import RoundFacts
from scoring.model import Count, Freshness, Goalposts, Model, Steps
from scoring.parts import PartValue, points, read
from scoring.score import score
from scoring.tree import ScoreNode

AGENCY = Agency("a", "A", "main", "https://a.test/")
Indicator = Callable[..., ScoreNode]


@pytest.fixture(scope="module")
def indicator(make_round: Callable[..., Round], model: Model) -> Indicator:
    """One indicator of an agency with these claims and findings."""

    def scored(id: str, *findings: Finding, **claims: Any) -> ScoreNode:
        scores = score(make_round([AGENCY], **claims), findings, model)
        return next(node for node in scores.agencies[0].indicators if node.id == id)

    return scored


def numbers(node: ScoreNode) -> tuple[Any, Any, Any, float]:
    """declared, verified, possible, coverage"""
    return node.declared, node.verified, node.possible, node.coverage


def services(*claims: tuple[bool, Level | None]) -> list[Service]:
    return [
        Service("a", f"s{n}", "t", electronic, level=level) for n, (electronic, level) in enumerate(claims)
    ]


def declared(
    indicator: str, value: float, *, document: str | None = None, date: dt.date | None = None
) -> Any:
    return [Declaration("a", indicator, value, document, date)]


def test_electronic_share(indicator: Indicator, find: Callable[..., Finding]) -> None:
    def entry(subject: str, verdict: str, reason: str | None) -> Finding:
        return find("a", "services.entry", "service", subject, verdict, reason)

    claims = services((True, None), (True, None), (True, None), (True, None), (True, None), (False, None))
    node = indicator(
        "U01",
        entry("s0", "verified", "transaction_entry"),
        entry("s1", "partial", "login_wall"),
        entry("s2", "partial", "interaction_only"),
        entry("s3", "contradicted", "dead_link"),
        entry("s4", "inconclusive", "blocked"),
        entry("s5", "not_applicable", None),
        services=claims,
    )
    assert numbers(node) == pytest.approx((5 / 6, 1.75 / 6, 2.75 / 6, 5 / 6))
    assert len(node.findings) == 6


def test_a_service_claimed_not_electronic_counts_when_an_entry_was_reached(
    indicator: Indicator, find: Callable[..., Finding]
) -> None:
    reached = find(
        "a", "services.entry", "service", "s0", "verified", "transaction_entry", under_claimed=True
    )
    assert numbers(indicator("U01", reached, services=services((False, None)))) == (0.0, 1.0, 1.0, 1.0)


def test_maturity_never_above_the_claim(indicator: Indicator, find: Callable[..., Finding]) -> None:
    def entry(subject: str, verdict: str, level: str | None) -> Finding:
        return find("a", "services.entry", "service", subject, verdict, None, level=level)

    claims = services((True, "interaction"), (True, "integration"), (True, None), (True, "transaction"))
    node = indicator(
        "U02",
        entry("s0", "verified", "transaction"),  # .5, not .75
        entry("s1", "contradicted", "information"),  # .25
        entry("s2", "inconclusive", None),  # open up to the assumed .75
        entry("s3", "contradicted", None),  # 0
        services=[*claims, Service("a", "s9", "t", False)],
    )
    assert numbers(node) == pytest.approx(((0.5 + 1 + 0.75 + 0.75) / 4, 0.75 / 4, 1.5 / 4, 0.75))


def test_no_claim_and_nothing_found_is_zero_and_settled(indicator: Indicator) -> None:
    assert numbers(indicator("U01")) == (None, 0.0, 0.0, 1.0)
    assert indicator("U01").state == "absent"
    assert numbers(indicator("T05", declarations=declared("T05", 0.9))) == (0.9, 0.0, 0.9, 0.0)


def test_a_look_that_is_missing_is_open(indicator: Indicator) -> None:
    assert numbers(indicator("S06")) == (None, 0.0, 1.0, 0.0)
    assert numbers(indicator("T02")) == (None, 0.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("verdict", "reason", "complete", "said", "expected"),
    [
        ("verified", None, False, None, (None, 1.0, 1.0, 1.0)),
        ("partial", None, False, None, (None, 0.5, 0.5, 1.0)),
        ("contradicted", "dead_link", False, 1.0, (1.0, 0.0, 0.0, 1.0)),
        ("inconclusive", "not_found_anywhere", True, 0.8, (0.8, 0.0, 0.8, 1.0)),
        ("inconclusive", "no_match", True, None, (None, 0.0, 0.0, 1.0)),
        ("inconclusive", "no_match", False, None, (None, 0.0, 1.0, 0.0)),
        ("inconclusive", "blocked", True, None, (None, 0.0, 1.0, 0.0)),
        ("not_applicable", None, False, 0.4, (None, None, None, 0.0)),
    ],
)
def test_elements(
    indicator: Indicator,
    find: Callable[..., Finding],
    verdict: str,
    reason: str | None,
    complete: bool,
    said: float | None,
    expected: tuple[Any, ...],
) -> None:
    seen = [
        find("a", check, "element", "foi", verdict, reason, complete_look=complete)
        for check in ("foi.system", "foi.officer", "foi.statistics")
    ]
    claims = {"declarations": declared("T07", said)} if said is not None else {}
    assert numbers(indicator("T07", *seen, **claims)) == pytest.approx(expected)


@pytest.mark.parametrize(("whole", "possible"), [(True, 0.0), (False, 0.8)])
def test_what_a_page_that_was_read_to_its_end_does_not_say(
    indicator: Indicator, find: Callable[..., Finding], whole: bool, possible: float
) -> None:
    """Not found anywhere leaves what was declared; not there on the very page leaves nothing."""
    told = {"complete_look": True, "read_whole": whole}
    unsaid = [
        find("a", "complaints.deadline", "element", "complaints", "inconclusive", "no_match", **told),
        find("a", "complaints.code", "element", "complaints", "inconclusive", "no_match", **told),
        find("a", "elements.complaints", "element", "complaints", "verified", None),
    ]
    node = indicator("P05", *unsaid, declarations=declared("P05", 0.8))
    assert numbers(node) == pytest.approx((0.8, 1 / 3, 1 / 3 + possible * 2 / 3, 1.0))


def test_names_headers_and_hygiene_of_hosts_are_a_third_each(
    indicator: Indicator, find: Callable[..., Finding]
) -> None:
    node = indicator(
        "S07",
        find("a", "hosts.security", "host", "h:443", "partial", "mixed_content", problems=["mixed_content"]),
        find("a", "hosts.domain", "host", "h", "verified", None),
        find("a", "hosts.headers", "host", "h:443", "partial", None, passed=2, checked=5, unsettled=0),
    )
    assert numbers(node)[1] == pytest.approx((0.6 + 1 + 0.4) / 3)


def test_datasets(indicator: Indicator, find: Callable[..., Finding]) -> None:
    claims = [Dataset("a", f"d{n}", "t", "https://a.test/x.csv") for n in range(6)]
    fresh = [
        find("a", "datasets.freshness", "dataset", f"d{n}", verdict, reason)
        for n, (verdict, reason) in enumerate(
            (
                ("verified", "fresh"),
                ("partial", "due"),
                ("partial", "overdue"),
                ("contradicted", "stale_proven"),
                ("inconclusive", "claimed_fresh"),
                ("not_applicable", "static"),
            )
        )
    ]
    assert numbers(indicator("T05", *fresh, datasets=claims)) == pytest.approx((1.0, 2 / 4, 3 / 5, 4 / 5))
    usable = [
        find("a", "datasets.usability", "dataset", f"d{n}", verdict, reason)
        for n, (verdict, reason) in enumerate(
            (
                ("verified", "usable"),
                ("partial", "spreadsheet_only"),
                ("contradicted", "document_only"),
                ("contradicted", "not_obtainable"),
                ("inconclusive", "blocked"),
            )
        )
    ]
    assert numbers(indicator("T04", *usable, datasets=claims)) == pytest.approx((1.0, 3 / 6, 5 / 6, 4 / 6))
    assert numbers(indicator("T06", *usable, datasets=claims)) == pytest.approx(
        (1.0, 1.5 / 4, 3.5 / 6, 4 / 6)
    )


def test_listed_datasets_count_by_model_beside_claimed_ones(
    indicator: Indicator, find: Callable[..., Finding]
) -> None:
    claim = Dataset("a", "d1", "t", "https://a.test/x.csv")
    found = [
        find("a", "datasets.usability", "dataset", "d1", "verified", "usable"),
        find("a", "datasets.usability", "dataset", "l1", "contradicted", "document_only", claimed=False),
        find("a", "datasets.usability", "dataset", "l2", "inconclusive", "blocked", claimed=False),
        find("a", "datasets.usability", "dataset", "gone", "contradicted", "document_only"),
    ]
    assert numbers(indicator("T06", *found, datasets=[claim])) == pytest.approx((1.0, 1 / 2, 2 / 3, 2 / 3))
    # T04 asks whether what is claimed can be had
    assert numbers(indicator("T04", *found, datasets=[claim])) == (1.0, 1.0, 1.0, 1.0)
    # nobody claimed anything: nothing is declared, and what citizens get still counts
    assert numbers(indicator("T06", *found[1:]))[1:3] == pytest.approx((0.0, 1 / 2))


def test_only_static_datasets_do_not_apply(indicator: Indicator, find: Callable[..., Finding]) -> None:
    static = find("a", "datasets.freshness", "dataset", "d0", "not_applicable", "static")
    node = indicator("T05", static, datasets=[Dataset("a", "d0", "t", "https://a.test/x.csv")])
    assert numbers(node) == (None, None, None, 0.0)
    assert (node.state, node.share, node.findings) == ("not_applicable", 0.0, (static.id,))


@pytest.mark.parametrize(
    ("downloadable", "unsettled", "expected"),
    [(20, 0, (1.0, 1.0)), (30, 0, (1.0, 1.0)), (5, 0, (0.25, 0.25)), (5, 5, (0.25, 0.5)), (0, 40, (0.0, 1.0)), (0, 0, (0.0, 0.0))],
)  # fmt: skip
def test_what_a_portal_lists_counts_where_nothing_is_claimed(
    indicator: Indicator,
    find: Callable[..., Finding],
    downloadable: int,
    unsettled: int,
    expected: tuple[float, float],
) -> None:
    seen = find(
        "a", "catalogue.downloads", "agency", "a", "partial", None, downloadable=downloadable, open=unsettled
    )
    node = indicator("T04", seen)
    assert [node.verified, node.possible] == list(expected)
    # claims stand for themselves
    claim = Dataset("a", "d1", "t", "https://a.test/x.csv")
    usable = find("a", "datasets.usability", "dataset", "d1", "verified", "usable")
    assert numbers(indicator("T04", seen, usable, datasets=[claim])) == (1.0, 1.0, 1.0, 1.0)
    assert numbers(indicator("T04")) == (None, 0.0, 1.0, 0.0)


def test_links(indicator: Indicator, find: Callable[..., Finding]) -> None:
    def summary(verdict: str, checked: int, broken: int) -> Finding:
        return find(
            "a",
            "links.summary",
            "agency",
            "a",
            verdict,
            None,
            pages=3,
            inside_checked=checked,
            inside_broken=broken,
        )

    def answers(answered: int, blocked: int = 0) -> Finding:
        return find(
            "a", "services.availability", "agency", "a", "partial", None, visits=10, answered=answered,
            blocked=blocked,
        )  # fmt: skip

    assert indicator("U06", summary("verified", 100, 0), answers(10)).verified == 1.0
    assert indicator("U06", summary("partial", 100, 1), answers(10)).verified == pytest.approx(0.8)
    assert indicator("U06", summary("partial", 10, 9), answers(10)).verified == 0.0
    assert numbers(indicator("U06", summary("inconclusive", 0, 0), answers(10))) == (None, 0.0, 1.0, 0.5)
    # what broken links leave is multiplied by the share of answers, of which those of a firewall are open
    halved = indicator("U06", summary("partial", 100, 1), answers(5, 5))
    assert (halved.verified, halved.possible) == pytest.approx((0.4, 0.8))


def test_a_look_that_needs_a_file_is_open_without_it(
    indicator: Indicator, find: Callable[..., Finding]
) -> None:
    claims = [Service("a", f"s{n}", "t", True) for n in range(4)]
    without = indicator("S01", services=claims)
    assert (*numbers(without), without.children[0].state) == (None, 0.0, 1.0, 0.0, "not_given")
    assert without.observable == 0.0
    found = [
        find("a", "services.window", "service", "s0", "verified"),
        find("a", "services.window", "service", "s1", "partial", "redirects_home"),
        find("a", "services.window", "service", "s2", "inconclusive", "no_match", complete_look=True),
        find("a", "services.window", "service", "s3", "inconclusive", "blocked"),
    ]
    assert numbers(indicator("S01", *found, services=claims)) == (None, 0.25, 0.5, 0.75)


def test_hosts(indicator: Indicator, find: Callable[..., Finding]) -> None:
    def host(name: str, verdict: str, *problems: str) -> Finding:
        return find("a", "hosts.security", "host", f"{name}.test:443", verdict, None, problems=list(problems))

    node = indicator(
        "S06",
        host("a", "verified"),
        host("b", "partial", "hsts_missing", "expires_soon"),
        host("c", "contradicted", "expired", "weak_key"),
        host("d", "inconclusive"),
    )
    assert numbers(node) == pytest.approx((None, 1.8 / 4, 2.8 / 4, 3 / 4))


def test_a_problem_that_is_not_proven_is_open(indicator: Indicator, find: Callable[..., Finding]) -> None:
    seen = find(
        "a", "hosts.security", "host", "a.test:443", "contradicted", "weak_key",
        problems=["weak_key"], unproven=["weak_signature"],
    )  # fmt: skip
    assert numbers(indicator("S06", seen)) == pytest.approx((None, 0.0, 0.25, 0.0))


@pytest.mark.parametrize(
    ("value", "document", "date", "expected"),
    [
        (0.8, "letter.pdf", dt.date(2025, 6, 1), (0.8, 0.0, 0.8)),
        (0.8, "letter.pdf", dt.date(2023, 12, 1), (0.8, 0.0, 0.4)),
        (0.8, "letter.pdf", dt.date(2021, 12, 1), (0.8, 0.0, 0.0)),
        (0.8, "letter.pdf", dt.date(2026, 12, 1), (0.8, 0.0, 0.0)),
        (0.8, "letter.pdf", None, (0.8, 0.0, 0.0)),
        (0.8, None, dt.date(2025, 6, 1), (0.8, 0.0, 0.0)),
    ],
)
def test_documents(
    indicator: Indicator,
    value: float,
    document: str | None,
    date: dt.date | None,
    expected: tuple[float, ...],
) -> None:
    node = indicator("S08", declarations=declared("S08", value, document=document, date=date))
    assert (node.declared, node.verified, node.possible) == pytest.approx(expected, abs=1e-3)
    assert node.coverage == 0.0


def test_a_claim_that_nothing_can_see(indicator: Indicator) -> None:
    assert numbers(indicator("S05", declarations=declared("S05", 0.7))) == (0.7, 0.0, 0.7, 0.0)
    assert numbers(indicator("S05")) == (None, 0.0, 0.0, 0.0)


def test_a_planned_check_counts_once_it_finds(indicator: Indicator, find: Callable[..., Finding]) -> None:
    assert numbers(indicator("U07", declarations=declared("U07", 1.0))) == (1.0, 0.0, 1.0, 0.0)
    seen = find("a", "pages.mobile", "agency", "a", "partial", None, passed=3, checked=4)
    assert numbers(indicator("U07", seen, declarations=declared("U07", 1.0))) == (1.0, 0.75, 0.75, 1.0)


def test_a_number_that_is_not_there_is_open(indicator: Indicator, find: Callable[..., Finding]) -> None:
    for observed in ({}, {"passed": 3, "checked": 0}, {"passed": "3", "checked": 4}):
        seen = find("a", "pages.mobile", "agency", "a", "partial", None, **observed)
        assert numbers(indicator("U07", seen)) == (None, 0.0, 1.0, 0.0)


def measured(make_round: Callable[..., Round], part: Any, *findings: Finding, **claims: Any) -> PartValue:
    """What one part of the indicator T10 reads."""
    (facts,) = RoundFacts(make_round([AGENCY], **claims), findings)
    return read(part, "T10", facts)


def test_what_nobody_could_settle_of_a_number_is_open(
    make_round: Callable[..., Round], find: Callable[..., Finding]
) -> None:
    part = Goalposts(kind="goalposts", check="c", field="good", per="of", open="unknown", worst=0, best=1)
    seen = find("a", "c", "agency", "a", "partial", None, good=5, of=10, unknown=2)
    reading = measured(make_round, part, seen)
    assert (reading.lower, reading.upper, reading.observed) == pytest.approx((0.5, 0.7, 0.8))
    bad = Goalposts(kind="goalposts", check="c", field="bad", per="of", open="unknown", worst=1, best=0)
    seen = find("a", "c", "agency", "a", "partial", None, bad=5, of=10, unknown=2)
    reading = measured(make_round, bad, seen)
    assert (reading.lower, reading.upper, reading.observed) == pytest.approx((0.3, 0.5, 0.8))


def test_a_number_that_was_refuted_or_looked_for_in_vain(
    make_round: Callable[..., Round], find: Callable[..., Finding]
) -> None:
    part = Count(kind="count", check="c", field="n", target=4)
    dead = find("a", "c", "agency", "a", "contradicted", "dead_link")
    assert measured(make_round, part, dead).upper == 0.0 and measured(make_round, part, dead).observed == 1.0
    gone = find("a", "c", "agency", "a", "inconclusive", "no_match", complete_look=True)
    said = measured(make_round, part, gone, declarations=declared("T10", 0.6))
    assert (said.lower, said.upper, said.observed) == (0.0, 0.6, 1.0)
    glance = find("a", "c", "agency", "a", "inconclusive", "no_match", complete_look=False)
    assert measured(make_round, part, glance).upper == 1.0


def test_numbers_of_services_are_a_mean_over_the_claims(
    make_round: Callable[..., Round], find: Callable[..., Finding]
) -> None:
    claims = services((True, None), (True, None), (True, None), (False, None))
    found = [
        find("a", "c", "service", "s0", "partial", None, share=0.5),
        find("a", "c", "service", "s2", "not_applicable", None),
        find("a", "c", "service", "s3", "verified", None, share=1.0),
    ]
    part = Goalposts(kind="goalposts", check="c", field="share", worst=0, best=1, subjects="services")
    reading = measured(make_round, part, *found, services=claims)
    assert (reading.lower, reading.upper, reading.observed) == pytest.approx((0.25, 0.75, 0.5))
    everyone = part.model_copy(update={"which": "all"})
    assert measured(make_round, everyone, *found, services=claims).lower == pytest.approx(1.5 / 3)
    assert measured(make_round, part).state == "absent" and measured(make_round, part).upper == 0.0
    only = measured(make_round, part, found[1], services=claims[2:3])
    assert only.state == "not_applicable"


def test_points_of_numbers() -> None:
    posts = Goalposts(kind="goalposts", check="c", field="f", worst=10, best=0)
    assert [points(posts, n) for n in (-1, 0, 5, 10, 11)] == [1.0, 1.0, 0.5, 0.0, 0.0]
    assert [points(Count(kind="count", check="c", field="f", target=4), n) for n in (0, 1, 4, 9)] == [
        0,
        0.25,
        1,
        1,
    ]
    steps = Steps.model_validate(
        {
            "kind": "steps",
            "check": "c",
            "field": "f",
            "steps": [{"upto": 0, "points": 1}, {"upto": 4, "points": 0.75}],
        }
    )
    assert [points(steps, n) for n in (0, 1, 4, 5)] == [1.0, 0.75, 0.75, 0.0]
    age = Freshness(kind="freshness", check="c", field="f", period=30)
    assert [points(age, n) for n in (0, 30, 60, 90)] == [1.0, 1.0, 0.5, 0.25]


def test_facts_do_not_mix_agencies(make_round: Callable[..., Round], find: Callable[..., Finding]) -> None:
    other = Agency("b", "B", "main", "https://b.test/")
    seen = find("a", "elements.sla", "element", "sla", "verified")
    first, second = RoundFacts(make_round([other, AGENCY]), [seen])
    assert first.of("elements.sla") == (seen,) and second.of("elements.sla") == ()


def test_an_attestation_needs_a_date_to_be_judged_against(
    model: Model, make_round: Callable[..., Round]
) -> None:
    claims = declared("S08", 1.0, document="letter.pdf", date=dt.date(2025, 6, 1))
    round = make_round([AGENCY], declarations=claims)
    timeless = dataclasses.replace(round, settings=dataclasses.replace(round.settings, as_of=None))
    with pytest.raises(ValueError, match="as_of"):
        score(timeless, (), model)
    later = score(timeless, (), model, as_of=dt.datetime(2025, 12, 1, tzinfo=dt.UTC))
    assert later.agencies[0].score.possible is not None


def test_a_share_of_what_was_decided(indicator: Indicator, find: Callable[..., Finding]) -> None:
    """Of five datasets two are open: in verified they count as the three do on average, in possible in full."""

    def fresh(subject: str, verdict: str, reason: str) -> Finding:
        return find("a", "datasets.freshness", "dataset", subject, verdict, reason)

    claims = [Dataset("a", f"d{n}", "t", f"https://a.test/{n}.csv") for n in range(6)]
    found = [
        fresh("d0", "verified", "fresh"),
        fresh("d1", "partial", "overdue"),
        fresh("d2", "contradicted", "stale_admitted"),
        fresh("d3", "inconclusive", "claimed_fresh"),
        fresh("d5", "not_applicable", "static"),
    ]
    node = indicator("T05", *found, datasets=claims)
    assert numbers(node) == pytest.approx((1.0, 1.25 / 3, 3.25 / 5, 3 / 5))
    assert math.fsum(one.lower for one in node.children[0].inputs) / 5 == pytest.approx(1.25 / 3)


def test_a_share_of_nothing_decided(indicator: Indicator, find: Callable[..., Finding]) -> None:
    claims = [Dataset("a", "d0", "t", "https://a.test/0.csv")]
    found = find("a", "datasets.freshness", "dataset", "d0", "inconclusive", "claimed_fresh")
    assert numbers(indicator("T05", found, datasets=claims)) == (1.0, 0.0, 1.0, 0.0)
