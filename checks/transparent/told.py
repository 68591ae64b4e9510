"""What a check says of a section's page: what it tells, or that it tells nothing of the matter."""

from __future__ import annotations

from typing import Any

from checks.case import Case, Check
from checks.finding import Finding, Subject, Verdict
from checks.sections import Page, Section


def told(
    check: Check,
    case: Case,
    name: str,
    page: Page,
    verdict: Verdict,
    reason: str | None,
    observed: dict[str, Any],
    *,
    criterion: str,
    effect: str,
) -> Finding:
    """A finding about an element or section that rests on one of its pages. name: of the element or section."""
    return Finding(
        agency=case.agency.id,
        subject=Subject("element", name, page.url),
        check=check.id,
        check_version=check.version,
        verdict=verdict,
        reason=reason,
        observed={"url": page.url, **observed},
        captures=page.rests,
        attempts=page.attempts,
        criterion=criterion,
        effect=effect,
    )


def silent(check: Check, case: Case, found: Section, *, criterion: str, effect: str) -> Finding:
    """The pages are there and tell nothing of the matter; a page that was read in part may tell it further down."""
    in_part = next((page for page in found.pages if page.reading.document.cut), None)
    if in_part is not None:
        return told(
            check, case, found.name, in_part, "inconclusive", "limit", {}, criterion=criterion, effect=effect
        )
    return told(
        check,
        case,
        found.name,
        found.pages[0],
        "inconclusive",
        "no_match",
        {"complete_look": found.complete},
        criterion=criterion,
        effect=effect,
    )
