"""How the changes between two judgements read on a terminal, and as JSON. Finds no change itself (`reports.changes`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from rich.table import Table

from checks.finding import Finding, title_of
from reports.causes import CAUSES, Cause, LoadedJudgement
from reports.changes import KINDS, FindingChange, JudgementComparison, Kind
from reports.terminal import STYLE

_MOST_SHOWN = 1_000  # changes of a kind on the terminal; of a country a hundred thousand may have changed

Text = Callable[..., str]
Visible = Callable[[object], str]


class ChangeNames:
    """What agencies and subjects are called in a language, by the claims of the later judgement, else the earlier."""

    def __init__(self, old: LoadedJudgement, new: LoadedJudgement, text: Text) -> None:
        self._claims = (new.claims, old.claims)
        self._text = text
        self._persian = text("cli.language") == "fa"

    def agency(self, id: str) -> str:
        row = self._claim("agency", id)
        name = row.get("name") if self._persian else row.get("name_en") or row.get("name")
        return str(name or id)

    def subject(self, finding: Finding) -> str:
        subject = finding.subject
        if subject.kind in ("service", "dataset"):
            claimed = str(self._claim(subject.kind, subject.id).get("title", ""))
            return title_of(finding, {subject.id: claimed}) or subject.id
        if subject.kind == "element":
            return self._named(f"element.{subject.id}", self._named(f"section.{subject.id}", subject.id))
        return self.check(finding) if subject.kind == "agency" else subject.id

    def check(self, finding: Finding) -> str:
        named = self._named(f"check.{finding.check}", "")
        return named or self._named(f"element.{finding.check.partition('.')[2]}", finding.check)

    def _claim(self, kind: str, id: str) -> Mapping[str, Any]:
        return next((claims[kind, id] for claims in self._claims if (kind, id) in claims), {})

    def _named(self, key: str, otherwise: str) -> str:
        try:
            return self._text(key)
        except KeyError:
            return otherwise


def tables(
    comparison: JudgementComparison, names: ChangeNames, text: Text, visible: Visible
) -> Iterator[Table]:
    """Numbers by cause first, then a table for each kind of change, heaviest first."""
    if not comparison.changes:
        return
    yield _numbers(comparison, text)
    begin = 0
    for kind in KINDS:
        of_kind = {causes: count for (one, causes), count in comparison.counts.items() if one == kind}
        end = begin + sum(of_kind.values())
        title = f"{text(f'change.{kind}')} ({end - begin})"
        told = sum(count for causes, count in of_kind.items() if not _only_counted(kind, causes))
        if told:
            heaviest = islice(_between(comparison.changes, begin, end, counted=False), _MOST_SHOWN)
            table = _listed(heaviest, title, names, text, visible)
            if told > _MOST_SHOWN:
                table.caption = text("cli.diff_more", count=told - _MOST_SHOWN)
                table.caption_justify = "left"
            yield table
        if told < end - begin:
            rest = _between(comparison.changes, begin, end, counted=True)
            yield _counted(rest, title, names, text, visible)
        begin = end


def _between(
    changes: Sequence[FindingChange], begin: int, end: int, counted: bool
) -> Iterator[FindingChange]:
    every = (changes[place] for place in range(begin, end))
    return (one for one in every if _only_counted(one.kind, one.causes) == counted)


def _only_counted(kind: Kind, causes: tuple[Cause, ...]) -> bool:
    """Told as numbers on a terminal: pages and links come and go, and an outage has as many reasons as findings."""
    return kind in ("new", "gone") or (kind == "reason" and causes == ("ours",))


def _numbers(comparison: JudgementComparison, text: Text) -> Table:
    table = Table(title=text("cli.changed", count=len(comparison.changes)), title_justify="left")
    table.add_column(text("cli.column_cause"), overflow="fold")
    counts = comparison.counts
    kinds = [kind for kind in KINDS if any(kind == one for one, _ in counts)]
    for kind in kinds:
        table.add_column(text(f"change.{kind}"), justify="right", overflow="fold")
    for causes in sorted({causes for _, causes in counts}, key=_order):
        numbers = (counts.get((kind, causes)) for kind in kinds)
        table.add_row(_why(causes, text), *(str(number or "") for number in numbers))
    return table


def _order(causes: tuple[Any, ...]) -> tuple[Any, ...]:
    return len(causes), [CAUSES.index(cause) for cause in causes]


def _listed(
    changes: Iterable[FindingChange], title: str, names: ChangeNames, text: Text, visible: Visible
) -> Table:
    table = Table(title=title, title_justify="left", show_lines=True)
    table.add_column(text("cli.column_subject"), overflow="fold", ratio=5)
    table.add_column(f"{text('cli.column_before')} / {text('cli.column_after')}", overflow="fold", ratio=4)
    table.add_column(text("cli.column_cause"), overflow="fold", ratio=3)
    for change in changes:
        finding = change.finding
        about = visible(names.agency(finding.agency))
        if finding.subject.kind != "agency":
            about += f" · {visible(names.check(finding))}"
        place = f"{visible(finding.agency)}/{visible(finding.subject.id)}"
        table.add_row(
            f"{visible(names.subject(finding))}\n[dim]{about}\n{place}[/]",
            f"{_outcome(change.before, text)}\n{text('cli.to')} {_outcome(change.after, text)}",
            _because(change, text, visible),
        )
    return table


def _counted(
    changes: Iterable[FindingChange], title: str, names: ChangeNames, text: Text, visible: Visible
) -> Table:
    table = Table(title=title, title_justify="left")
    for name in ("subject", "verdict", "cause"):
        table.add_column(text(f"cli.column_{name}"), overflow="fold")
    table.add_column(text("cli.column_count"), justify="right")
    counted = Counter(
        (names.check(change.finding), change.finding.verdict, change.causes) for change in changes
    )
    for (check, verdict, causes), count in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(visible(check), _verdict(verdict, text), _why(causes, text), str(count))
    return table


def _outcome(finding: Finding | None, text: Text) -> str:
    if finding is None:
        return "–"
    shown = _verdict(finding.verdict, text)
    return shown if finding.reason is None else f"{shown}: {text('reason.' + finding.reason)}"


def _verdict(verdict: str, text: Text) -> str:
    return f"[{STYLE[verdict]}]{text(f'verdict.{verdict}')}[/]"


def _why(causes: tuple[Any, ...], text: Text) -> str:
    return f" {text('cli.or')} ".join(text(f"cause.{cause}") for cause in causes)


def _because(change: FindingChange, text: Text, visible: Visible) -> str:
    lines = [_why(change.causes, text)]
    if "claim" in change.causes:
        lines += [
            f"[dim]{visible(column)}: {visible(_value(old))} {text('cli.to')} {visible(_value(new))}[/]"
            for column, (old, new) in change.claim.items()
        ]
    before, after = change.before, change.after
    if before is not None and after is not None and before.check_version != after.check_version:
        versions = f"{before.check_version} {text('cli.to')} {after.check_version}"
        lines.append(f"[dim]{text('report.rule_version')} {versions}[/]")
    return "\n".join(lines)


def _value(value: object) -> str:
    return "–" if value is None else str(value)


def as_data(comparison: JudgementComparison, old: LoadedJudgement, new: LoadedJudgement) -> dict[str, Any]:
    """Everything of the comparison as JSON values, but the changes."""
    by_causes, by_kind = Counter[str](), Counter[str]()
    for (kind, causes), count in comparison.counts.items():
        by_causes["+".join(causes)] += count
        by_kind[kind] += count
    return {
        "same_evidence": comparison.same_evidence,
        "rules_known": comparison.rules_known,
        "rules": {
            check: {"old": (old.rules or {}).get(check), "new": (new.rules or {}).get(check)}
            for check in comparison.rules
        },
        "settings": {
            name: {"old": (old.settings or {}).get(name), "new": (new.settings or {}).get(name)}
            for name in comparison.settings
        },
        "claims": [
            {"kind": kind, "id": id, "old": old.claims.get((kind, id)), "new": new.claims.get((kind, id))}
            for kind, id in comparison.claims
        ],
        "same": comparison.same,
        "retold": comparison.retold,
        "causes": dict(by_causes),
        "kinds": dict(by_kind),
    }


def change_data(change: FindingChange, names: ChangeNames) -> dict[str, Any]:
    """One of them, as a row of `changed`."""
    finding = change.finding
    return {
        "finding": finding.id,
        "agency": finding.agency,
        "agency_name": names.agency(finding.agency),
        "check": finding.check,
        "subject": {"kind": finding.subject.kind, "id": finding.subject.id, "url": finding.subject.url},
        "subject_name": names.subject(finding),
        "kind": change.kind,
        "causes": list(change.causes),
        "before": _side(change.before),
        "after": _side(change.after),
        "claim": {column: {"old": then, "new": now} for column, (then, now) in change.claim.items()},
        "same_content": change.same_content,
    }


def _side(finding: Finding | None) -> dict[str, Any] | None:
    if finding is None:
        return None
    return {
        "verdict": finding.verdict,
        "reason": finding.reason,
        "check_version": finding.check_version,
        "captures": list(finding.captures),
        "observed": dict(finding.observed),
    }
