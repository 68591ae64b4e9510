"""What the rows of verdicts.csv come to: which verdicts stand, which cases ended without one, and how each was drawn.

A row takes nothing out of the sheet: one that takes another back stands behind it. How a case was drawn stands in
batches.csv, so that nobody who judges has it before their eyes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from claims.model import AuditorVerdict, DrawnCase, UndoneRow, UntoldCase

VerdictRow = AuditorVerdict | UntoldCase | UndoneRow
StandingRow = AuditorVerdict | UntoldCase


def standing_rows(rows: Iterable[VerdictRow], drawn: Iterable[DrawnCase]) -> list[StandingRow]:
    """In the order of the sheet."""
    draws = {(case.batch, case.subject): case for case in drawn}
    kept: list[StandingRow] = []
    for row in rows:
        if isinstance(row, UndoneRow):
            before = (n for n in reversed(range(len(kept))) if _same_question(kept[n], row))
            if (last := next(before, None)) is not None:
                del kept[last]
            continue
        draw = draws.get((row.batch or "", row.subject))
        if draw is not None and row.probability is None and row.check is None:
            row = replace(row, design=draw.design, probability=draw.probability)
        kept.append(row)
    return kept


def _same_question(row: StandingRow, undone: UndoneRow) -> bool:
    return (row.subject, row.auditor, row.check) == (undone.subject, undone.auditor, undone.check)


def newest_draws(rows: Iterable[DrawnCase]) -> tuple[DrawnCase, ...]:
    """One of each case: a later row says anew who is to judge it."""
    return tuple({(case.batch, case.subject): case for case in rows}.values())


def verdicts_of(rows: Iterable[StandingRow]) -> tuple[AuditorVerdict, ...]:
    return tuple(row for row in rows if isinstance(row, AuditorVerdict))


def untold_of(rows: Iterable[StandingRow]) -> tuple[UntoldCase, ...]:
    return tuple(row for row in rows if isinstance(row, UntoldCase))
