"""What changed between two judgements, finding by finding, and why: the portal, a rule, a claim, or our own view.

Pure: compares two `LoadedJudgement`s and says nothing to anybody. A finding that is the same check's of the same subject has
the same id in every round. Not here: where judgements lie (`govah.judgements`), how the changes read (`reports.changes_table`).
"""

from __future__ import annotations

import os
import pickle
import tempfile
import weakref
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any, Literal, overload

from checks.finding import Finding
from reports.causes import CAUSES, Cause, LoadedJudgement, causes_of, differing, same_evidence

Kind = Literal["accused", "lost", "cleared", "gained", "moved", "reason", "new", "gone"]
# By weight for a reader: what an agency has to answer for comes first.
KINDS: tuple[Kind, ...] = ("accused", "lost", "cleared", "gained", "moved", "reason", "new", "gone")
_SUBJECTS = {
    kind: at for at, kind in enumerate(("service", "dataset", "element", "agency", "host", "page", "link"))
}

Outcome = tuple[str, str | None]
# Changes that stay objects: 13 MB of them. Half a year after, every tenth finding of a country may have changed, which is 2 GB.
_FEW = 2_000
_LENGTH = 28  # bits of the length of a change in its file: two findings of 16 MB take no more


@dataclass(frozen=True, slots=True)
class FindingChange:
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
class JudgementComparison:
    """changes: heaviest first, counted by kind and causes. same: findings with the same outcome; of these, `retold` say other details.

    same_evidence: both judge the very same records. rules: ids of the checks whose version or word lists differ.
    rules_known: both say by which rules they were made. settings: names of those that differ.
    claims: (subject, id) of claims that are new, gone or other than they were.
    """

    changes: Sequence[FindingChange]
    counts: Mapping[tuple[Kind, tuple[Cause, ...]], int]
    same: int
    retold: int
    same_evidence: bool
    rules: tuple[str, ...]
    rules_known: bool
    settings: tuple[str, ...]
    claims: tuple[tuple[str, str], ...]


def compare(
    old: LoadedJudgement, new: LoadedJudgement, between: Iterable[Finding] | None = None
) -> JudgementComparison:
    """between: what the new rules find in the old evidence, in order of ids. With it each change is laid to the rule, to what
    was seen, or to both, by what either alone does."""
    rejudged = None if between is None else _ById(between)
    counts = Counter[tuple[Kind, tuple[Cause, ...]]]()
    same = retold = 0

    def found() -> Iterator[FindingChange]:
        nonlocal same, retold
        for before, after in _pairs(old.findings, new.findings):
            if _outcome(before) == _outcome(after):
                same += 1
                retold += before is not None and after is not None and _details(before) != _details(after)
                continue
            change = _change(old, new, before, after)
            if rejudged is not None:
                change = _separated(change, old, new, rejudged.of(change.finding.id))
            counts[change.kind, change.causes] += 1
            yield change

    changes = by_weight(found())
    known = old.settings and new.settings
    settings = tuple(sorted(differing(old.settings or {}, new.settings or {}))) if known else ()
    return JudgementComparison(
        changes,
        counts,
        same,
        retold,
        same_evidence(old, new) and "also" not in settings,
        tuple(sorted(differing(old.rules or {}, new.rules or {}))),
        old.rules is not None and new.rules is not None,
        settings,
        tuple(sorted(old.claims.differing(new.claims))),
    )


def _pairs(old: Iterable[Finding], new: Iterable[Finding]) -> Iterator[tuple[Finding | None, Finding | None]]:
    """Findings with the same id, None where one side has none. Both are in order of ids, and read once."""
    olds, news = iter(old), iter(new)
    before, after = next(olds, None), next(news, None)
    while before is not None or after is not None:
        if after is None or (before is not None and before.id < after.id):
            yield before, None
            before = next(olds, None)
        elif before is None or after.id < before.id:
            yield None, after
            after = next(news, None)
        else:
            yield before, after
            before, after = next(olds, None), next(news, None)


class _ById:
    """Findings in order of ids, asked for in that order."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._rest = iter(findings)
        self._next = next(self._rest, None)

    def of(self, id: str) -> Finding | None:
        while self._next is not None and self._next.id < id:
            self._next = next(self._rest, None)
        return self._next if self._next is not None and self._next.id == id else None


def _outcome(finding: Finding | None) -> Outcome | None:
    return None if finding is None else (finding.verdict, finding.reason)


def _details(finding: Finding) -> dict[str, Any]:
    return dict(finding.observed)


def _change(
    old: LoadedJudgement, new: LoadedJudgement, before: Finding | None, after: Finding | None
) -> FindingChange:
    found = causes_of(old, new, before, after)
    return FindingChange(before, after, _kind(before, after), found.causes, found.claim, found.same_content)


def _separated(
    change: FindingChange, old: LoadedJudgement, new: LoadedJudgement, between: Finding | None
) -> FindingChange:
    """The rule's share is what it does to the old evidence; all the rest is between that and the new judgement."""
    by_rule = _outcome(change.before) != _outcome(between)
    by_rest = _outcome(between) != _outcome(change.after)
    ruled = replace(old, rules=new.rules)
    rest = _change(ruled, new, between, change.after).causes if by_rest else ()
    causes = {*rest, *(("rule",) if by_rule else ())}
    ordered = tuple(cause for cause in CAUSES if cause in causes)
    return FindingChange(change.before, change.after, change.kind, ordered, change.claim, change.same_content)


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


def _weight(change: FindingChange) -> bytes:
    """By kind, cause and subject, then by name."""
    subject = change.finding.subject
    heaviness = bytes(
        (
            KINDS.index(change.kind),
            CAUSES.index(change.causes[0]),
            _SUBJECTS.get(subject.kind, len(_SUBJECTS)),
        )
    )
    names = "\0".join((change.finding.agency, subject.id, change.finding.id))
    return heaviness + names.encode("utf-8", "surrogatepass")


def by_weight(changes: Iterable[FindingChange], few: int = _FEW) -> Sequence[FindingChange]:
    """Heaviest first: a tuple, or in a file where there are more than a few."""
    rest = iter(changes)
    first = list(islice(rest, few + 1))
    if len(first) <= few:
        return tuple(sorted(first, key=_weight))
    return StoredChanges(chain(first, rest))


class StoredChanges(Sequence[FindingChange]):
    """Changes in order of their weight. They lie in a file for temporary things that has no name, and are read when asked for."""

    def __init__(self, changes: Iterable[FindingChange]) -> None:
        file = tempfile.TemporaryFile()  # noqa: SIM115 (it ends with what reads it)
        weakref.finalize(self, file.close)
        self._file = file
        placed, offset = [], 0
        for change in changes:
            length = file.write(pickle.dumps(change))
            placed.append((_weight(change), offset << _LENGTH | length))
            offset += length
        file.flush()
        placed.sort()
        self._places = array("Q", (place for _, place in placed))

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> FindingChange: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[FindingChange]: ...
    def __getitem__(self, place: int | slice) -> FindingChange | Sequence[FindingChange]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        at = self._places[place]
        stored = os.pread(self._file.fileno(), at & (1 << _LENGTH) - 1, at >> _LENGTH)
        change: FindingChange = pickle.loads(stored)  # noqa: S301 - bytes of this program
        return change
