"""Checks of the registry, by how their ids begin, and what their findings may say."""

from __future__ import annotations

from checks.case import RegisteredCheck
from checks.finding import Verdict
from checks.reasons import DIFFER
from checks.registry import all_checks, check_of, rule_of


def checks_called(start: str) -> tuple[RegisteredCheck, ...]:
    return tuple(check for check in all_checks() if check.id.startswith(start))


def allowed(finding: str, verdict: Verdict, reason: str | None) -> bool:
    """Whether a finding of this id may say so. No reason is allowed where the check has none to give. Raises KeyError."""
    if reason is None:
        return verdict != "contradicted"
    if (verdict, reason) == ("inconclusive", DIFFER):
        return True
    return reason in check_of(rule_of(finding)).reasons.get(verdict, ())
