"""What is wrong with a round's files: every problem at once, each with its place and what was expected.

Texts are not here: a problem carries a code, its text is in the catalogues (`problem.<code>`).
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]
MOST_KEPT = 100
_MOST_COMPARISONS = 100_000
_LONGEST_NAME = 200
_LONGEST = 20_000  # characters of a value that are read
# What stands before the host of an address, a user's name and password: up to the last @ before its path.
_CREDENTIALS = re.compile(
    r"""(?i)(https?:[/\\]*|[/\\]{2})[^/?#\\]*@|(?<![^\s,;"'/\\])()[^\s/?#\\@:]*:[^\s/?#\\]*@"""
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem.

    row: as a spreadsheet numbers it (the header is 1), the line for round.toml; None for the whole file.
    column: header of the column, or section.key of round.toml. value: the offending cell, shortened, and without the
    password that an address in it may have.
    """

    file: str
    code: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    severity: Severity = "error"


class RoundError(Exception):
    """The round cannot be used. `problems` holds all of them, warnings included."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__(f"{len(problems)} problems in the files of the round")


class Problems:
    """Collects problems while files are read; nothing stops at the first.

    Of one file the first hundred errors and the first hundred warnings are kept, and how many there are.
    """

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._count: Counter[tuple[str, Severity]] = Counter()
        self._comparisons = _MOST_COMPARISONS

    def near(self, value: str, known: Collection[str]) -> str:
        """The one of these that is most like a value, as a hint; "" for none, and once enough was compared."""
        if len(known) > self._comparisons or len(value) > _LONGEST_NAME:
            return ""
        self._comparisons -= len(known)
        return next(iter(difflib.get_close_matches(value, sorted(known), 1)), "")

    def add(
        self,
        file: str,
        code: str,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
        severity: Severity = "error",
        **params: str,
    ) -> None:
        self._count[file, severity] += 1
        if self._count[file, severity] > MOST_KEPT:
            return
        shown = None if value is None else _CREDENTIALS.sub(r"\1\2…@", value[:_LONGEST])
        shown = shown if shown is None or len(shown) <= 120 else shown[:119] + "…"
        self._found.append(Problem(file, code, row, column, shown, params, severity))

    @property
    def all(self) -> tuple[Problem, ...]:
        """In order of file and row; behind those of a file that has more of them, how many more."""
        more = [
            Problem(file, "more_problems", value=str(count - MOST_KEPT), severity=severity)
            for (file, severity), count in self._count.items()
            if count > MOST_KEPT
        ]
        found = sorted(self._found, key=lambda p: (p.file, p.row or 0, p.column or "", p.code))
        return tuple(sorted([*found, *more], key=lambda p: (p.file, p.code == "more_problems")))

    @property
    def fatal(self) -> bool:
        return any(problem.severity == "error" for problem in self._found)
