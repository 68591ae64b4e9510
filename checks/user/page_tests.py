"""What the measured pages of an agency come to, for the model: one finding a page, from measures that are there already.

Shared by the checks of this package that read whole pages. The rules of single faults are `checks.accessibility`;
here they are counted together, and nothing is measured again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from checks.accessibility.rule import MeasuredPage, Measures, PageRule, Part, looks, unmeasured
from checks.case import Case, Check
from checks.finding import Finding, Subject

Outcome = Literal["passed", "failed", "open", "not_applicable"]


@dataclass(frozen=True, slots=True)
class PageTests:
    """How many of the tests of a page it passed. outcomes: by name of the test, in order.

    kinds: codes of the faults, with texts in `page_fault`. places: where, a few. figures: further numbers.
    """

    outcomes: Mapping[str, Outcome]
    kinds: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)


def by_rule(rule: PageRule, measures: Measures) -> tuple[Outcome, tuple[str, ...], tuple[str, ...]]:
    """What a rule of `checks.accessibility` says of a page: outcome, kinds of faults, places."""
    if any(measures.get(part) is None for part in rule.needs):
        return "open", (), ()
    told = rule.tell(measures)
    verdict = told.settled()
    if verdict == "not_applicable":
        return "not_applicable", (), ()
    if verdict == "inconclusive":
        return "open", (), ()
    return ("failed" if verdict == "partial" else "passed"), told.kinds, told.places


def measured_pages(case: Case, *needs: Part) -> Iterator[tuple[MeasuredPage | None, str | None]]:
    """Each measured page, and why nothing can be said of it; one (None, reason) when no page was measured."""
    found = looks(case)
    if not found:
        yield None, unmeasured(case)
    for look in found:
        lacking = any(look.measures.get(part) is None for part in needs)
        yield look, look.reason or ("limit" if lacking else None)


def tests_finding(check: Check, case: Case, look: MeasuredPage, tests: PageTests, criterion: str) -> Finding:
    """`passed` of `checked`; `unsettled` of them nobody could tell. One visit proves no contradiction."""
    counts = {
        outcome: sum(1 for one in tests.outcomes.values() if one == outcome)
        for outcome in ("passed", "failed", "open")
    }
    observed: dict[str, Any] = {
        "passed": counts["passed"],
        "checked": counts["passed"] + counts["failed"] + counts["open"],
        "unsettled": counts["open"],
        **{
            f"page_test_{outcome}": named
            for outcome in ("failed", "open")
            if (named := [name for name, told in tests.outcomes.items() if told == outcome])
        },
        **({"page_fault": list(tests.kinds), "places": list(tests.places[:5])} if tests.kinds else {}),
        **tests.figures,
    }
    verdict, reason = "verified", None
    if counts["failed"]:
        verdict = "partial"
    elif not counts["passed"]:
        verdict, reason = "inconclusive", "limit"
    return page_finding(check, case, look, verdict, reason, observed, criterion)


def page_finding(
    check: Check,
    case: Case,
    look: MeasuredPage | None,
    verdict: Any,
    reason: str | None,
    observed: Mapping[str, Any],
    criterion: str,
) -> Finding:
    """About a measured page; about the home page when none was measured."""
    url = case.agency.portal if look is None else look.capture.url
    about, rests = Subject("page", url, url), () if look is None else (look.capture.id,)
    codes = {"criterion": criterion, "effect": criterion if verdict in ("verified", "partial") else ""}
    return case.finding(check, about, verdict, reason, dict(observed), rests, len(rests), **codes)
