"""What is wrong with a round's files: every problem at once, each with its place and what was expected.

Texts are not here: a problem carries a code, its text is in the catalogues (`problem.<code>`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

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
    severity: Literal["error", "warning"] = "error"


class RoundError(Exception):
    """The round cannot be used. `problems` holds all of them, warnings included."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__(f"{len(problems)} problems in the files of the round")


class Problems:
    """Collects problems while files are read; nothing stops at the first."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def add(
        self,
        file: str,
        code: str,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
        severity: Literal["error", "warning"] = "error",
        **params: str,
    ) -> None:
        shown = None if value is None else _CREDENTIALS.sub(r"\1\2…@", value[:_LONGEST])
        shown = shown if shown is None or len(shown) <= 120 else shown[:119] + "…"
        self._found.append(Problem(file, code, row, column, shown, params, severity))

    @property
    def all(self) -> tuple[Problem, ...]:
        """In order of file and row."""
        return tuple(sorted(self._found, key=lambda p: (p.file, p.row or 0, p.column or "", p.code)))

    @property
    def fatal(self) -> bool:
        return any(problem.severity == "error" for problem in self._found)
