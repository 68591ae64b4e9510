"""Why a finding is not what it was: the portal, a rule, a claim, our own view. Pure; the comparing is `reports.changes`.

Where more than one thing is other than it was, all of them are named: which of them did it, only judging can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from checks.finding import Finding, is_listed
from checks.registry import rule_of
from reports.claim_lines import ClaimLines

Cause = Literal["portal", "rule", "claim", "settings", "clock", "program", "ours"]
CAUSES: tuple[Cause, ...] = ("portal", "rule", "claim", "settings", "clock", "program", "ours")

# Inconclusive by what lies between the portal and us, by our limits or our errors: no news of the portal.
_OURS = frozenset(
    "own_error limit not_attempted needs_browser unreachable timeout refused reset "
    "inconclusive_not_attempted inconclusive_limit inconclusive_truncated inconclusive_unconfirmed".split()
)
# What these say depends on the date that they are judged at.
_BY_DATE = frozenset(
    ("hosts.security", "dns.dnssec", "datasets.freshness", "datasets.usability", "datasets.touched")
)
# Columns that say where to look: what another address shows is no news of the portal.
_WHERE = frozenset(("url", "agency.portal", "agency.hosts", "agency.catalogue"))
# Columns of an agency's row that no check reads.
_UNREAD = frozenset(("name_en", "cooperated", "parent"))


@dataclass(frozen=True, slots=True)
class LoadedJudgement:
    """One judgement of one round.

    findings: in order of ids. claims: as they were judged. rules, settings: as the seal over the findings has them; None when it
    has none, or there is no seal. evidence: SHA-256 of the manifest that the findings rest on; None without a seal.
    shown: what the portal showed where a finding cites it, as values to compare; () when it cites nothing.
    checks: ids of the rules that found anything at all.
    cut_short: agencies of which the crawl left pages unseen by a limit of ours, did not get to the end, or saw nothing.
    answered: whether an address was asked for and answered at all.
    """

    findings: Collection[Finding]
    claims: ClaimLines
    rules: Mapping[str, Mapping[str, Any]] | None
    settings: Mapping[str, Any] | None
    evidence: str | None
    shown: Callable[[Finding], tuple[Any, ...]]
    answered: Callable[[str], bool]
    checks: frozenset[str] = frozenset()
    cut_short: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ChangeCauses:
    """causes: in the order of CAUSES, one at least. claim, same_content: as in `reports.changes.FindingChange`."""

    causes: tuple[Cause, ...]
    claim: Mapping[str, tuple[Any, Any]]
    same_content: bool | None


def causes_of(
    old: LoadedJudgement, new: LoadedJudgement, before: Finding | None, after: Finding | None
) -> ChangeCauses:
    """Of a finding that differs; before or after None: there is none in that judgement."""
    claim = _claim(old, new, before or after)
    content = _same_content(old, new, before, after)
    missing = None
    if before is None or after is None:
        missing = _could_not_be_there(old if before is None else new, before or after)
    if missing is not None:
        causes: tuple[Cause, ...] = (missing,)
    elif same_evidence(old, new):
        causes = _of_the_judging(old, new, before, after, claim)
    else:
        causes = _of_the_seeing(old, new, before, after, claim, content)
    return ChangeCauses(causes, claim, content)


def same_evidence(old: LoadedJudgement, new: LoadedJudgement) -> bool:
    return old.evidence is not None and old.evidence == new.evidence


def _could_not_be_there(other: LoadedJudgement, one: Finding | None) -> Cause | None:
    """Why the other judgement cannot have this finding, whatever it saw: it has not the check, or not the claim."""
    assert one is not None
    rule = rule_of(one.check)
    if rule not in (other.checks if other.rules is None else other.rules):
        return "rule"
    subject = one.subject
    claimed = subject.kind in ("service", "dataset") and not is_listed(one)
    return "claim" if claimed and (subject.kind, subject.id) not in other.claims else None


def _of_what_was_asked(
    old: LoadedJudgement,
    new: LoadedJudgement,
    before: Finding | None,
    after: Finding | None,
    claim: Mapping[str, Any],
) -> list[Cause]:
    """Another rule, another claim: they count whether or not something else was seen."""
    causes: list[Cause] = ["rule"] if _rule_differs(old, new, before, after) else []
    if claim:
        causes.append("claim")
    return causes


def _of_the_judging(
    old: LoadedJudgement,
    new: LoadedJudgement,
    before: Finding | None,
    after: Finding | None,
    claim: Mapping[str, Any],
) -> tuple[Cause, ...]:
    """The same records: whatever differs was not seen but thought."""
    causes = _of_what_was_asked(old, new, before, after, claim)
    changed = set(differing(old.settings or {}, new.settings or {}))
    if changed - {"as_of"}:
        causes.append("settings")
    if "as_of" in changed:
        causes.append("clock")
    if not causes:
        causes.append("ours" if "own_error" in _reasons(before, after) else "program")
    return tuple(causes)


def _of_the_seeing(
    old: LoadedJudgement,
    new: LoadedJudgement,
    before: Finding | None,
    after: Finding | None,
    claim: Mapping[str, Any],
    same_content: bool | None,
) -> tuple[Cause, ...]:
    causes = _of_what_was_asked(old, new, before, after, claim)
    if _view_differs(old, new, before, after):
        return (*causes, "ours")
    if not same_content and not _WHERE & claim.keys():
        return ("portal", *causes)
    changed = set(differing(old.settings or {}, new.settings or {}))
    if changed - {"as_of", "previous_findings", "previous_key"}:
        causes.append("settings")
    if not causes and "as_of" in changed and before is not None and before.check in _BY_DATE:
        causes.append("clock")
    # the same where it is cited, so it is elsewhere that something else was shown
    return tuple(causes) or ("portal",)


def _rule_differs(
    old: LoadedJudgement, new: LoadedJudgement, before: Finding | None, after: Finding | None
) -> bool:
    if before is not None and after is not None and before.check_version != after.check_version:
        return True
    one = before or after
    if one is None or old.rules is None or new.rules is None:
        return False
    rule = rule_of(one.check)
    return old.rules.get(rule) != new.rules.get(rule)


def _view_differs(
    old: LoadedJudgement, new: LoadedJudgement, before: Finding | None, after: Finding | None
) -> bool:
    """One side could not be told for reasons that lie with us, or was not looked at at all."""
    untold = [one for one in (before, after) if one is not None and one.verdict == "inconclusive"]
    # Without a reason nothing was there to be told of.
    if any(one.reason is None or one.reason in _OURS for one in untold):
        return True
    if before is None and after is not None:
        return _could_not_be_seen(after, old)
    return after is None and before is not None and _could_not_be_seen(before, new)


def _could_not_be_seen(finding: Finding, other: LoadedJudgement) -> bool:
    """Whether it may be missing from the other judgement because of what that did not see."""
    places = finding.observed.get("found_on")
    pages = places if isinstance(places, list) else [places] if isinstance(places, str) else []
    return finding.agency in other.cut_short or bool(pages and not any(map(other.answered, pages)))


def _reasons(*findings: Finding | None) -> set[str | None]:
    return {one.reason for one in findings if one is not None}


def _claim(old: LoadedJudgement, new: LoadedJudgement, one: Finding | None) -> dict[str, tuple[Any, Any]]:
    """Columns that differ of the claim, and of the agency's row, as far as a check reads them."""
    assert one is not None
    rows = [("agency", one.agency)]
    if one.subject.kind in ("service", "dataset"):
        rows += [(one.subject.kind, one.subject.id), ("alias", one.subject.id)]
    found: dict[str, tuple[Any, Any]] = {}
    for row in rows:
        then, now = old.claims.get(row, {}), new.claims.get(row, {})
        for column in sorted(differing(then, now)):
            if row[0] != "agency" or column not in _UNREAD:
                found[f"{row[0]}.{column}" if row[0] in ("agency", "alias") else column] = (
                    then.get(column),
                    now.get(column),
                )
    return found


def _same_content(
    old: LoadedJudgement, new: LoadedJudgement, before: Finding | None, after: Finding | None
) -> bool | None:
    if before is None or after is None:
        return None
    then, now = old.shown(before), new.shown(after)
    return then == now if then and now else None


def differing(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> Iterator[Any]:
    return (name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
