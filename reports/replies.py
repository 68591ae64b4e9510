"""Replies and what became of them, as the ledger tells it. Pure: entries in, values out.

A reply moves no number. What does is what was seen when its claim was tested again, which the findings hold themselves, and
an auditor's word that a finding is withdrawn: then it counts as our own error. Not here: the ledger's signatures
(`evidence.reply_ledger`), the pages (`reports.html`).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from checks.finding import AT_CRAWL, Finding, as_crawled, marks_of
from checks.retested import OBSERVED
from claims.aliases import EVENT as ALIAS
from claims.model import Reply, ReplySettings
from scoring.error_rates import CRAWL_WITHDRAWN

State = Literal["received", "answered", "upheld", "amended", "unsettled", "settled_by_retest", "withdrawn"]
STATES: tuple[State, ...] = (
    "received",
    "answered",
    "upheld",
    "amended",
    "unsettled",
    "settled_by_retest",
    "withdrawn",
)
DECISIONS = ("answered", "upheld", "settled_by_retest", "withdrawn")  # what an auditor may say

Entry = Mapping[str, Any]
Outcome = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class ReplyStep:
    """What was done with a reply. time: ISO 8601. text: what the auditor wrote; "" for a re-test.

    retest: its number, None for a word of the auditor. rows: the findings it was about, see `OutcomeChange`. score: the agency's
    verified score before and after a re-test.
    """

    state: State
    time: str
    by: str
    text: str = ""
    retest: int | None = None
    rows: tuple[OutcomeChange, ...] = ()
    score: tuple[float | None, float | None] | None = None

    @property
    def shown(self) -> tuple[OutcomeChange, ...]:
        """What moved, and what is held against the agency still."""
        return tuple(row for row in self.rows if row.moved or row.held)


@dataclass(frozen=True, slots=True)
class OutcomeChange:
    """A finding before and after: outcome None where there was none. seen: days on which it was seen last, ISO 8601."""

    finding: str
    check: str
    before: Outcome | None
    after: Outcome | None
    seen_before: str | None
    seen_after: str | None

    @property
    def held(self) -> bool:
        """Whether it was held against the agency."""
        return self.before is not None and self.before[0] in ("contradicted", "partial")

    @property
    def moved(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class ReplyRecord:
    """A reply with what became of it. received: when, ISO 8601. found: the findings that it is about, as they were then.

    late: it is dated after the term.
    """

    reply: Mapping[str, str]
    received: str
    found: tuple[OutcomeChange, ...]
    steps: tuple[ReplyStep, ...] = ()
    late: bool = False

    @property
    def id(self) -> str:
        return self.reply["reply"]

    @property
    def state(self) -> State:
        return self.steps[-1].state if self.steps else "received"

    @property
    def settled(self) -> bool:
        """Whether a re-test settled what it is about."""
        return any(step.retest is not None and step.state != "unsettled" for step in self.steps)

    @property
    def shown(self) -> tuple[OutcomeChange, ...]:
        """What was held against the agency; where nothing was, all that was found."""
        return tuple(row for row in self.found if row.held) or self.found

    @property
    def findings(self) -> frozenset[str]:
        return frozenset(row.finding for row in self.found)


@dataclass(frozen=True, slots=True)
class UnrequestedRetest:
    """A re-test that no reply asked for. subject: id of the claim."""

    agency: str
    subject: str
    step: ReplyStep


@dataclass(frozen=True, slots=True)
class RepliesReport:
    """All of a round. until: the last day on which replies are taken, None without a term. head: of the ledger.

    withdrawn: by finding, the outcome that an auditor took back.
    """

    answers: tuple[ReplyRecord, ...] = ()
    unasked: tuple[UnrequestedRetest, ...] = ()
    until: dt.date | None = None
    head: str | None = None
    withdrawn: Mapping[str, Outcome] = field(default_factory=dict)

    _about: Mapping[str, tuple[ReplyRecord, ...]] = field(init=False, compare=False, repr=False)
    _of: Mapping[str, tuple[ReplyRecord, ...]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        about: dict[str, tuple[ReplyRecord, ...]] = {}
        of: dict[str, tuple[ReplyRecord, ...]] = {}
        for answer in self.answers:
            of[answer.reply["agency"]] = (*of.get(answer.reply["agency"], ()), answer)
            for finding in answer.findings:
                about[finding] = (*about.get(finding, ()), answer)
        object.__setattr__(self, "_about", about)
        object.__setattr__(self, "_of", of)

    def states(self) -> dict[State, int]:
        """Number of replies by state, in the order of STATES; only those that occur."""
        found = Counter(answer.state for answer in self.answers)
        return {state: found[state] for state in STATES if found[state]}

    def of(self, agency: str) -> tuple[ReplyRecord, ...]:
        return self._of.get(agency, ())

    def unasked_of(self, agency: str) -> tuple[UnrequestedRetest, ...]:
        return tuple(one for one in self.unasked if one.agency == agency)

    def about(self, finding: str) -> tuple[ReplyRecord, ...]:
        return self._about.get(finding, ())


def recorded(reply: Reply) -> dict[str, str]:
    """A reply as the ledger keeps it: all of it but where to reach who signed it."""
    return {
        "reply": reply.id,
        "agency": reply.agency,
        "subject": reply.subject,
        "date": reply.date.isoformat(),
        "by": reply.by,
        "stance": reply.stance,
        "text": reply.text,
    }


def until(settings: ReplySettings, sealed: dt.datetime | None) -> dt.date | None:
    """The last day of the term. sealed: when the evidence was sealed first."""
    since = settings.since or (sealed.date() if sealed is not None else None)
    return since + dt.timedelta(days=settings.days) if settings.days and since is not None else None


def replies_report(entries: Sequence[Entry], last_day: dt.date | None, head: str | None) -> RepliesReport:
    """entries: of the ledger, in order."""
    answers: dict[str, ReplyRecord] = {}
    withdrawn: dict[str, Outcome] = {}
    unasked: list[UnrequestedRetest] = []
    for entry in entries:
        event = entry["event"]
        if event == "received":
            late = last_day is not None and dt.date.fromisoformat(entry["reply"]["date"]) > last_day
            rows = tuple(map(_row, entry["findings"]))
            answers[entry["reply"]["reply"]] = ReplyRecord(entry["reply"], entry["time"], rows, late=late)
        elif event == "retested":
            rows = tuple(map(_row, entry["findings"]))
            for name in entry["replies"]:
                if (answer := answers.get(name)) is not None:
                    mine = tuple(row for row in rows if _concerns(answer, entry, row))
                    answers[name] = replace(answer, steps=(*answer.steps, _tested(entry, mine)))
            if not entry["replies"]:
                unasked.append(
                    UnrequestedRetest(entry["agency"], entry["subject"]["id"], _tested(entry, rows))
                )
        elif event != ALIAS and (answer := answers.get(entry["reply"])) is not None:
            rows = tuple(map(_row, entry["findings"]))
            step = ReplyStep(event, entry["time"], entry["by"], entry["text"], None, rows)
            answers[answer.id] = replace(answer, steps=(*answer.steps, step))
            for row in rows:
                if event == "withdrawn" and row.before is not None:
                    withdrawn[row.finding] = row.before
                elif event == "upheld":
                    withdrawn.pop(row.finding, None)
    return RepliesReport(tuple(answers.values()), tuple(unasked), last_day, head, withdrawn)


def _concerns(answer: ReplyRecord, entry: Entry, row: OutcomeChange) -> bool:
    """Of a reply to one finding, that one; of one to a claim, all that was found of it."""
    return answer.reply["subject"] == entry["subject"]["id"] or row.finding in answer.findings


def _tested(entry: Entry, rows: tuple[OutcomeChange, ...]) -> ReplyStep:
    settled = set(entry["settled"])
    if not any(row.finding in settled for row in rows):
        state: State = "unsettled"
    else:
        state = "amended" if any(row.moved for row in rows) else "upheld"
    score = entry["score"]["before"], entry["score"]["after"]
    return ReplyStep(state, entry["time"], entry["by"], "", entry["retest"], rows, score)


def _row(values: Mapping[str, Any]) -> OutcomeChange:
    return OutcomeChange(
        values["id"],
        values["check"],
        _outcome(values.get("before")),
        _outcome(values.get("after")),
        values.get("seen_before"),
        values.get("seen_after"),
    )


def _outcome(value: Sequence[Any] | None) -> Outcome | None:
    return None if value is None else (str(value[0]), value[1])


def outcome(finding: Finding | None) -> list[str | None] | None:
    """Of a finding, as entries keep it."""
    return None if finding is None else [finding.verdict, finding.reason]


def settled_by(findings: Iterable[Finding], retest: int) -> list[str]:
    """Ids of the findings that rest on this re-test."""
    return sorted(finding.id for finding in findings if finding.observed.get(OBSERVED) == retest)


def standing(findings: Iterable[Finding], withdrawn: Mapping[str, Outcome]) -> list[Finding]:
    """The findings as they count: one that was withdrawn, as it was then, is our own error and held against nobody.

    Where a re-test has found something else since, that stands; the error of the crawl is told with it.
    """
    return [_counting(finding, withdrawn.get(finding.id)) for finding in findings]


def _counting(finding: Finding, withdrawn: Outcome | None) -> Finding:
    if withdrawn is None:
        return finding
    if withdrawn == (finding.verdict, finding.reason):
        was = f"{finding.verdict} {finding.reason or ''}".strip()
        kept = {name: value for name, value in finding.observed.items() if name == AT_CRAWL}
        return replace(
            finding,
            verdict="inconclusive",
            reason="own_error",
            observed={**kept, **marks_of(finding), "withdrawn": was},
        )
    before = as_crawled(finding)
    if before is not None and withdrawn == (before[0].verdict, before[0].reason):
        return replace(finding, observed={**finding.observed, CRAWL_WITHDRAWN: True})
    return finding


def errors_by_check(replies: RepliesReport) -> dict[str, dict[str, int]]:
    """By check: findings that agencies replied to, that a re-test amended, and that were withdrawn. The last alone are the
    program's own errors: what a re-test finds is news of the portal.
    """
    counts: dict[str, Counter[str]] = {}
    for answer in replies.answers:
        for row in answer.found:
            counts.setdefault(row.check, Counter())["replied"] += 1
        for step in answer.steps:
            for row in step.rows:
                if step.state == "withdrawn":
                    counts.setdefault(row.check, Counter())["withdrawn"] += 1
                elif step.retest is not None and row.moved:
                    counts.setdefault(row.check, Counter())["amended"] += 1
    names = ("replied", "amended", "withdrawn")
    return {check: {name: counts[check][name] for name in names} for check in sorted(counts)}


def as_data(answer: ReplyRecord) -> dict[str, Any]:
    """For results.json and `--json`."""
    return {
        **answer.reply,
        "received": answer.received,
        "late": answer.late,
        "state": answer.state,
        "findings": [_row_data(row) for row in answer.found],
        "steps": [
            {
                "state": step.state,
                "time": step.time,
                "by": step.by,
                "text": step.text,
                "retest": step.retest,
                "score": step.score,
                "findings": [_row_data(row) for row in step.rows],
            }
            for step in answer.steps
        ],
    }


def _row_data(row: OutcomeChange) -> dict[str, Any]:
    return {
        "id": row.finding,
        "check": row.check,
        "before": row.before,
        "after": row.after,
        "seen_before": row.seen_before,
        "seen_after": row.seen_after,
    }


def of_round(replies: RepliesReport) -> dict[str, Any]:
    """What results.json says of all replies; nothing in a round without a term and without replies."""
    if replies.until is None and not replies.answers and not replies.unasked:
        return {}
    return {
        "replies": {
            "until": None if replies.until is None else replies.until.isoformat(),
            "ledger": replies.head,
            "checks": errors_by_check(replies),
        }
    }
