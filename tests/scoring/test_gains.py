"""What is said to raise a score does, by just that much, when the whole round is scored again."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.finding import Finding
from checks.registry import all_checks
from claims.model import Agency, Dataset, Round, Service
from scoring.facts import RoundFacts
from scoring.gains import CAUSES, Gains, gains, mended
from scoring.model import Attested, Claimed, Model
from scoring.parts import looked_in_vain
from scoring.score import score

EXACT = settings(deadline=None)
Vary = Callable[[Callable[[dict[str, Any]], None]], Model]


def verified(world: Any, model: Model, agency: str, instead: Sequence[Finding] = ()) -> float:
    """The agency's verified score, 0 to 100, with these findings in place of those of the same id."""
    better = {finding.id: finding for finding in instead}
    findings = [better.get(finding.id, finding) for finding in world.findings]
    return 100.0 * (score(world.round, findings, model).of(agency).tree.verified or 0.0)


def put_right(model: Model, findings: Sequence[Finding]) -> list[Finding]:
    parts = [part for indicator in model.contents.indicator for part in indicator.part]
    checked = [part for part in parts if not isinstance(part, Attested | Claimed)]
    return [mended(f, [part for part in checked if part.check == f.check]) for f in findings]


def told(world: Any, model: Model, agency: str) -> Gains:
    return gains(model.contents, RoundFacts(world.round, world.findings).of(agency))


@EXACT
@given(data=st.data(), aggregation=st.sampled_from(("arithmetic", "geometric")))
def test_mending_the_first_raises_the_score_by_the_stated_points(
    data: st.DataObject, aggregation: str, wide_worlds: Any, vary: Vary
) -> None:
    def change(raw: dict[str, Any]) -> None:
        raw["model"]["aggregation"] = raw["axis"][1]["aggregation"] = aggregation

    world, model = data.draw(wide_worlds), vary(change)
    agency = world.round.agencies[0].id
    found = told(world, model, agency)
    before = verified(world, model, agency)
    for listed in (found.mend, found.mend_together):
        for gain in listed[:2]:
            after = verified(world, model, agency, put_right(model, gain.findings))
            assert after - before == pytest.approx(gain.points, abs=1e-9)
    for listed in (found.mend, found.mend_together, found.open, found.open_together, found.claim):
        assert all(gain.points > 0 and gain.indicators for gain in listed)
        assert all(a.points >= b.points - 1e-9 for a, b in itertools.pairwise(listed))


@EXACT
@given(data=st.data())
def test_nothing_that_is_open_is_told_as_a_fault(data: st.DataObject, wide_worlds: Any, model: Model) -> None:
    world = data.draw(wide_worlds)
    agency = world.round.agencies[0].id
    found = told(world, model, agency)
    for gain in found.mend:
        (finding,) = gain.findings
        assert finding.verdict in ("partial", "contradicted", "verified") or looked_in_vain(finding)
        assert gain.cause is None
    assert all(gain.cause is not None for gain in found.open + found.open_together)
    claims = {service.id for service in world.round.services if not service.electronic}
    assert not any(
        f.check == "services.entry" and f.subject.id in claims for g in found.mend for f in g.findings
    )


@EXACT
@given(data=st.data())
def test_what_is_open_raises_no_score_above_what_is_possible(
    data: st.DataObject, wide_worlds: Any, model: Model
) -> None:
    world = data.draw(wide_worlds)
    agency = world.round.agencies[0].id
    tree = score(world.round, world.findings, model).of(agency).tree
    found = told(world, model, agency)
    for gain in (*found.open, *found.open_together):
        assert 100 * (tree.verified or 0.0) + gain.points <= 100 * (tree.possible or 0.0) + 1e-9


@EXACT
@given(data=st.data())
def test_nothing_that_would_raise_the_score_is_left_out(
    data: st.DataObject, wide_worlds: Any, model: Model
) -> None:
    world = data.draw(wide_worlds)
    agency = world.round.agencies[0].id
    faults = [f for f in world.findings if f.agency == agency and f.verdict in ("partial", "contradicted")]
    if not faults:
        return
    one = data.draw(st.sampled_from(faults))
    raised = verified(world, model, agency, put_right(model, [one])) - verified(world, model, agency)
    found = told(world, model, agency)
    listed = {gain.findings[0].id: gain.points for gain in found.mend}
    if one.id in listed:
        assert raised == pytest.approx(listed[one.id], abs=1e-9) and raised <= found.mend[0].points + 1e-9
    elif raised > 1e-9:
        unclaimed = {service.id for service in world.round.services if not service.electronic}
        assert _no_settled_fault(world, model, one) or one.subject.id in unclaimed


def _no_settled_fault(world: Any, model: Model, finding: Finding) -> bool:
    pending = [score(world.round, world.findings, model).of(finding.agency).tree]
    while pending:
        node = pending.pop()
        pending.extend(node.children)
        if any(i.finding == finding.id and i.settled > 0 and i.lower < 1 for i in node.inputs):
            return False
    return True


@EXACT
@given(data=st.data())
def test_the_order_of_findings_decides_nothing(data: st.DataObject, wide_worlds: Any, model: Model) -> None:
    world = data.draw(wide_worlds)
    mixed = data.draw(st.permutations(world.findings))
    agency = world.round.agencies[0].id
    assert told(world, model, agency) == told(world.with_findings(tuple(mixed)), model, agency)


def test_by_hand(make_round: Callable[..., Round], find: Callable[..., Finding], model: Model) -> None:
    services = [
        Service("a", "s1", "one", True, level="transaction"),
        Service("a", "s2", "two", True, level="transaction"),
        Service("a", "s3", "three", False),
        Service("a", "s4", "four", True, level="transaction"),
    ]
    findings = [
        find("a", "services.entry", "service", "s1", "verified", "transaction_entry", level="transaction"),
        find("a", "services.entry", "service", "s2", "contradicted", "dead_link"),
        find("a", "services.entry", "service", "s3", "contradicted", "information_only"),
        find("a", "services.entry", "service", "s4", "inconclusive", "blocked"),
        find("a", "privacy.behaviour", "element", "privacy", "inconclusive", "robots"),
        find("a", "elements.sla", "element", "sla", "inconclusive", "not_found_anywhere", complete_look=True),
        find(
            "a", "pages.mobile", "page", "https://a.test/", "partial", None, passed=5, checked=9, unsettled=2
        ),
    ]
    world = make_round([Agency("a", "A", "main", "https://a.test/")], services), findings
    found = gains(model.contents, RoundFacts(*world).of("a"))
    subjects = [gain.findings[0].subject.id for gain in found.mend]
    assert sorted(subjects) == ["https://a.test/", "s2", "sla"]
    assert {gain.findings[0].subject.id: gain.cause for gain in found.open} == {
        "s4": "access", "privacy": "access", "https://a.test/": "unsettled",
    }  # fmt: skip
    by_subject = {gain.findings[0].subject.id: gain for gain in found.mend}
    assert by_subject["s2"].indicators == ("U01", "U02")
    mobile, rest = by_subject["https://a.test/"], found.open[-1]
    # of nine, two are wrong and two are open: both halves are told, and neither as the other
    assert (mobile.indicators, rest.indicators) == (("U07",), ("U07",))
    assert mobile.points == pytest.approx(rest.points)
    # the service that is not claimed electronic, and the indicators of datasets
    assert {gain.indicators: gain.claims for gain in found.claim} == {("U01",): 1, ("T05",): 0, ("T06",): 0}


def test_a_number_that_another_is_divided_by(
    make_round: Callable[..., Round], find: Callable[..., Finding], model: Model
) -> None:
    """The desk lists too few entries, and one of them is dead: mended, it lists all, and all of them open."""
    desk = find(
        "a", "desk.entries", "element", "service_desk", "partial", None,
        entries=4, resolving=3, unsettled=0, unlisted=0, claims=10,
    )  # fmt: skip
    (better,) = put_right(model, [desk])
    assert (better.observed["entries"], better.observed["resolving"]) == (10, 10)


def test_what_rests_on_documents_or_figures_alone_raises_nothing(
    make_round: Callable[..., Round], model: Model
) -> None:
    round_ = make_round(
        [Agency("a", "A", "main", "https://a.test/")],
        [Service("a", "s1", "one", True)],
        [Dataset("a", "d1", "data", "https://a.test/d.csv")],
    )
    assert not gains(model.contents, RoundFacts(round_, ()).of("a"))


def test_every_open_reason_has_one_cause() -> None:
    lists = [check.reasons.get("inconclusive", ()) for check in all_checks()]
    known = {reason for codes in lists for reason in codes}
    assert set(CAUSES) <= known
    assert known - set(CAUSES) == {
        "no_match", "not_found_anywhere", "ambiguous", "undated", "claimed_fresh", "inconclusive_not_obtained",
            "inconclusive_generated",
        "inconclusive_clock", "inconclusive_calendar", "inconclusive_forecast", "inconclusive_unconfirmed",
        "inconclusive_no_date",
    }  # fmt: skip
    assert dataclasses.is_dataclass(Gains)
