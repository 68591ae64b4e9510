"""Batches of the worklist as batches.csv keeps them: who judges what, and how far it is."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from claims import records
from claims.audits import StandingRow
from claims.model import DrawnCase, Round
from reports.desk.append import append
from scoring.worklist import cases_of, open_cases, same_name

_DAYS = 7  # that the pace is taken from


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """cases: by agency and id. open: those that are still to be judged. rows: what was said of them.

    waiting: by subject, who of those whom a case was given to is still to judge it.
    """

    name: str
    cases: Sequence[DrawnCase]
    open: Sequence[DrawnCase]
    rows: Sequence[StandingRow]

    @classmethod
    def of(cls, round: Round, name: str) -> BatchProgress:
        rows: list[StandingRow] = [*round.verdicts, *round.untold]
        still = [case for case in open_cases(round) if case.batch == name]
        return cls(name, cases_of(round, name), still, [row for row in rows if row.batch == name])

    def case(self, subject: str) -> DrawnCase | None:
        return next((case for case in self.cases if case.subject == subject), None)

    @property
    def in_work(self) -> bool:
        return bool(self.open)

    @property
    def ended(self) -> int:
        return len(self.cases) - len(self.open)

    def waits_for(self, case: DrawnCase, auditor: str) -> bool:
        """Whether a case is for this auditor to judge now."""
        if not case.auditors:
            return case in self.open
        known = same_name(auditor)
        return known in map(same_name, case.auditors) and not self.said_by(case.subject, auditor)

    def said_by(self, subject: str, auditor: str) -> list[StandingRow]:
        known = same_name(auditor)
        return [row for row in self.rows if row.subject == subject and same_name(row.auditor) == known]

    def next_case(self, auditor: str, behind: str = "") -> DrawnCase | None:
        """What an auditor is to judge next: of their own cases first, those behind the last one before the rest."""
        at = next((n for n, case in enumerate(self.cases) if case.subject == behind), -1)
        turned = [*self.cases[at + 1 :], *self.cases[: at + 1]]
        mine = [case for case in turned if case.subject != behind and self.waits_for(case, auditor)]
        return min(mine, key=lambda case: not case.auditors, default=None)

    def pace(self, today: dt.date) -> tuple[int, float, int | None]:
        """(cases ended today, a day of the last week on which any ended, days left at that pace; None without one)."""
        open_ = {case.subject for case in self.open}
        ended: dict[str, dt.date] = {}
        for row in self.rows:
            if row.subject not in open_:
                ended[row.subject] = max(row.date, ended.get(row.subject, row.date))
        week = [date for date in ended.values() if 0 <= (today - date).days < _DAYS]
        a_day = len(week) / len(set(week)) if week else 0.0
        left = math.ceil(len(self.open) / a_day) if a_day else None
        return week.count(today), a_day, left

    def loads(self) -> list[tuple[str, int, int]]:
        """(auditor, cases given, of these judged), by name."""
        names = sorted({name for case in self.cases for name in case.auditors})
        found = []
        for name in names:
            given = [case for case in self.cases if name in case.auditors]
            found.append((name, len(given), sum(bool(self.said_by(case.subject, name)) for case in given)))
        return found


def assigned(cases: Sequence[DrawnCase], names: Sequence[str], twice: int) -> list[DrawnCase]:
    """By turns. twice: every so many cases have two auditors, 0 for none; with one name there is nobody else."""
    found = []
    for number, case in enumerate(cases if names else ()):
        second = bool(twice) and number % twice == twice - 1 and len(names) > 1
        given = [names[(number + more) % len(names)] for more in range(1 + second)]
        found.append(replace(case, auditors=tuple(given)))
    return found


def batch_rows(cases: Sequence[DrawnCase]) -> list[dict[str, str]]:
    return [
        {
            "batch": case.batch,
            "subject": case.subject,
            "design": case.design,
            "probability": "" if case.probability is None else repr(case.probability),
            "auditors": "; ".join(case.auditors),
        }
        for case in cases
    ]


def keep(folder: Path, cases: Sequence[DrawnCase]) -> None:
    """Adds a batch. Raises RowRefused and OSError."""
    append(folder, "batches", batch_rows(cases), records.drawn_case)
