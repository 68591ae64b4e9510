"""What changed between two judgements, finding by finding, and why: the portal, a rule, a claim, or our own view.

Pure: compares two `Judgement`s and says nothing to anybody. A finding that is the same check's of the same subject has
the same id in every round. Not here: where judgements lie (`govah.judgements`), how the changes read (`reports.changes_table`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from checks.basis import rule_of
from checks.finding import Finding

Cause = Literal["portal", "rule", "claim", "settings", "clock", "program", "ours"]
CAUSES: tuple[Cause, ...] = ("portal", "rule", "claim", "settings", "clock", "program", "ours")
Kind = Literal["accused", "lost", "cleared", "gained", "moved", "reason", "new", "gone"]
# By weight for a reader: what an agency has to answer for comes first.
KINDS: tuple[Kind, ...] = ("accused", "lost", "cleared", "gained", "moved", "reason", "new", "gone")
_SUBJECTS = {
    kind: at for at, kind in enumerate(("service", "dataset", "element", "agency", "host", "page", "link"))
}

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

Claims = Mapping[tuple[str, str], Mapping[str, Any]]
Outcome = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One judgement of one round.

    claims: by (subject, id), as they were judged. rules, settings: as the seal over the findings has them; None when it
    has none, or there is no seal. evidence: SHA-256 of the manifest that the findings rest on; None without a seal.
    shown: what the portal showed where a finding cites it, as values to compare; () when it cites nothing.
    cut_short: agencies of which the crawl left pages unseen by a limit of ours, did not get to the end, or saw nothing.
    answered: whether an address was asked for and answered at all.
    """

    findings: Mapping[str, Finding]
    claims: Claims
    rules: Mapping[str, Mapping[str, Any]] | None
    settings: Mapping[str, Any] | None
    evidence: str | None
    shown: Callable[[Finding], tuple[Any, ...]]
    answered: Callable[[str], bool]
    cut_short: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """A finding whose verdict or reason is not what it was; before or after None: there was no such finding.

    causes: in the order of CAUSES. Several: any of them may have done it, and `separated` says which did.
    claim: columns of the claim that differ, with their old and new values.
    same_content: what the finding rests on was seen with the same content; None when one side rests on nothing.
    """

    before: Finding | None
    after: Finding | None
    kind: Kind
    causes: tuple[Cause, ...]
    claim: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    same_content: bool | None = None

    @property
    def finding(self) -> Finding:
        """The later one, where there are two."""
        one = self.after or self.before
        assert one is not None
        return one


@dataclass(frozen=True, slots=True)
class Comparison:
    """changes: heaviest first. same: findings with the same outcome; of these, `retold` say other details.

    same_evidence: both judge the very same records. rules: ids of the checks whose version or word lists differ.
    rules_known: both say by which rules they were made. settings: names of those that differ.
    claims: (subject, id) of claims that are new, gone or other than they were.
    """

    changes: tuple[Change, ...]
    same: int
    retold: int
    same_evidence: bool
    rules: tuple[str, ...]
    rules_known: bool
    settings: tuple[str, ...]
    claims: tuple[tuple[str, str], ...]


def compare(old: Judgement, new: Judgement, between: Mapping[str, Finding] | None = None) -> Comparison:
    """between: what the new rules find in the old evidence, by id. With it each change is laid to the rule, to what was
    seen, or to both, by what either alone does."""
    found: list[Change] = []
    same = retold = 0
    for id in old.findings.keys() | new.findings.keys():
        before, after = old.findings.get(id), new.findings.get(id)
        if _outcome(before) == _outcome(after):
            same += 1
            retold += before is not None and after is not None and _details(before) != _details(after)
            continue
        change = _change(old, new, before, after)
        found.append(change if between is None else _separated(change, old, new, between.get(id)))
    return Comparison(
        tuple(sorted(found, key=_weight)),
        same,
        retold,
        _same_evidence(old, new),
        tuple(sorted(_differing(old.rules or {}, new.rules or {}))),
        old.rules is not None and new.rules is not None,
        tuple(sorted(_differing(old.settings or {}, new.settings or {})))
        if old.settings and new.settings
        else (),
        tuple(sorted(_differing(old.claims, new.claims))),
    )


def _outcome(finding: Finding | None) -> Outcome | None:
    return None if finding is None else (finding.verdict, finding.reason)


def _details(finding: Finding) -> dict[str, Any]:
    return dict(finding.observed)


def _differing(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> Iterator[Any]:
    return (name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _same_evidence(old: Judgement, new: Judgement) -> bool:
    return old.evidence is not None and old.evidence == new.evidence


def _change(old: Judgement, new: Judgement, before: Finding | None, after: Finding | None) -> Change:
    claim = _claim(old, new, before or after)
    content = _same_content(old, new, before, after)
    if _same_evidence(old, new):
        causes = _of_the_judging(old, new, before, after, claim)
    else:
        causes = _of_the_seeing(old, new, before, after, claim, content)
    return Change(before, after, _kind(before, after), causes, claim, content)


def _of_the_judging(
    old: Judgement, new: Judgement, before: Finding | None, after: Finding | None, claim: Mapping[str, Any]
) -> tuple[Cause, ...]:
    """The same records: whatever differs was not seen but thought."""
    causes: list[Cause] = []
    if _rule_differs(old, new, before, after):
        causes.append("rule")
    if claim:
        causes.append("claim")
    changed = set(_differing(old.settings or {}, new.settings or {}))
    if changed - {"as_of"}:
        causes.append("settings")
    if "as_of" in changed:
        causes.append("clock")
    if not causes:
        causes.append("ours" if "own_error" in _reasons(before, after) else "program")
    return tuple(causes)


def _of_the_seeing(
    old: Judgement,
    new: Judgement,
    before: Finding | None,
    after: Finding | None,
    claim: Mapping[str, Any],
    same_content: bool | None,
) -> tuple[Cause, ...]:
    causes: list[Cause] = []
    if _rule_differs(old, new, before, after):
        causes.append("rule")
    if claim:
        causes.append("claim")
    if _view_differs(old, new, before, after):
        return (*causes, "ours")
    if not same_content and not _WHERE & claim.keys():
        return ("portal", *causes)
    changed = set(_differing(old.settings or {}, new.settings or {}))
    if changed - {"as_of", "previous_findings"}:
        causes.append("settings")
    if not causes and "as_of" in changed and before is not None and before.check in _BY_DATE:
        causes.append("clock")
    # the same where it is cited, so it is elsewhere that something else was shown
    return tuple(causes) or ("portal",)


def _rule_differs(old: Judgement, new: Judgement, before: Finding | None, after: Finding | None) -> bool:
    if before is not None and after is not None and before.check_version != after.check_version:
        return True
    one = before or after
    if one is None or old.rules is None or new.rules is None:
        return False
    rule = rule_of(one.check)
    return old.rules.get(rule) != new.rules.get(rule)


def _view_differs(old: Judgement, new: Judgement, before: Finding | None, after: Finding | None) -> bool:
    """One side could not be told for reasons that lie with us, or was not looked at at all."""
    if any(
        one is not None and one.verdict == "inconclusive" and one.reason in _OURS for one in (before, after)
    ):
        return True
    if before is None and after is not None:
        return _could_not_be_seen(after, old)
    return after is None and before is not None and _could_not_be_seen(before, new)


def _could_not_be_seen(finding: Finding, other: Judgement) -> bool:
    """Whether it may be missing from the other judgement because of what that did not see."""
    places = finding.observed.get("found_on")
    pages = places if isinstance(places, list) else [places] if isinstance(places, str) else []
    return finding.agency in other.cut_short or bool(pages and not any(map(other.answered, pages)))


def _reasons(*findings: Finding | None) -> set[str | None]:
    return {one.reason for one in findings if one is not None}


def _claim(old: Judgement, new: Judgement, one: Finding | None) -> dict[str, tuple[Any, Any]]:
    """Columns that differ of the claim, and of the agency's row, as far as a check reads them."""
    assert one is not None
    rows = [("agency", one.agency)]
    if one.subject.kind in ("service", "dataset"):
        rows.append((one.subject.kind, one.subject.id))
    found: dict[str, tuple[Any, Any]] = {}
    for row in rows:
        then, now = old.claims.get(row, {}), new.claims.get(row, {})
        for column in sorted(_differing(then, now)):
            if row[0] != "agency" or column not in _UNREAD:
                found[column if row[0] != "agency" else f"agency.{column}"] = (
                    then.get(column),
                    now.get(column),
                )
    return found


def _same_content(
    old: Judgement, new: Judgement, before: Finding | None, after: Finding | None
) -> bool | None:
    if before is None or after is None:
        return None
    then, now = old.shown(before), new.shown(after)
    return then == now if then and now else None


def _separated(change: Change, old: Judgement, new: Judgement, between: Finding | None) -> Change:
    """The rule's share is what it does to the old evidence; all the rest is between that and the new judgement."""
    by_rule = _outcome(change.before) != _outcome(between)
    by_rest = _outcome(between) != _outcome(change.after)
    ruled = replace(old, rules=new.rules)
    rest = _change(ruled, new, between, change.after).causes if by_rest else ()
    causes = {*rest, *(("rule",) if by_rule else ())}
    ordered = tuple(cause for cause in CAUSES if cause in causes)
    return Change(change.before, change.after, change.kind, ordered, change.claim, change.same_content)


def _kind(before: Finding | None, after: Finding | None) -> Kind:
    then = None if before is None else before.verdict
    now = None if after is None else after.verdict
    if now == "contradicted" != then:
        return "accused"
    if then == "contradicted" != now:
        return "cleared"
    if then is None:
        return "new"
    if now is None:
        return "gone"
    if now == then:
        return "reason"
    return "lost" if then == "verified" else "gained" if now == "verified" else "moved"


def _weight(change: Change) -> tuple[Any, ...]:
    subject = change.finding.subject
    return (
        KINDS.index(change.kind),
        CAUSES.index(change.causes[0]),
        _SUBJECTS.get(subject.kind, len(_SUBJECTS)),
        change.finding.agency,
        subject.id,
        change.finding.id,
    )
