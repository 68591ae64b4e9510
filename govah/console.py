"""How the commands speak: in the user's language, in colour on a terminal, in JSON when asked.

Everything that comes from files or from the network passes `visible` before it reaches a terminal.
"""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NoReturn

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from claims.problems import Problem
from govah.exits import Exit
from reports.catalogue import Catalogue, Language

_FORMAT = ("Cc", "Cf", "Cs", "Zl", "Zp")


def language() -> Language:
    """GOVAH_LANG, else the locale's: Persian for fa*, English for all others."""
    names = ("GOVAH_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((value for name in names if (value := os.environ.get(name))), "")
    return "fa" if chosen.startswith("fa") else "en"


@lru_cache(maxsize=2)
def catalogue(lang: Language) -> Catalogue:
    return Catalogue(lang)


def text(key: str, **params: object) -> str:
    """A text of the catalogue in the user's language."""
    return catalogue(language()).text(key, **params)


def visible(value: object) -> str:
    """Safe for a terminal: control and bidi characters shown as ⟦U+202E⟧, markup escaped."""
    shown = "".join(
        f"⟦U+{ord(char):04X}⟧" if unicodedata.category(char) in _FORMAT and char != "\u200c" else char
        for char in str(value)
    )
    return escape(shown)


class Speaker:
    """Where a command prints: results on stdout, everything else on stderr."""

    def __init__(self, quiet: bool = False, as_json: bool = False) -> None:
        self.quiet = quiet
        self.as_json = as_json
        self.out = Console(highlight=False)
        self.err = Console(stderr=True, highlight=False)

    def say(self, key: str, **params: object) -> None:
        """A line for people; not under --quiet or --json."""
        if not (self.quiet or self.as_json):
            self.out.print(
                text(key, **{name: visible(value) for name, value in params.items()}), soft_wrap=True
            )

    def line(self, said: str) -> None:
        """A line for people whose text is made already; not under --quiet or --json."""
        if not (self.quiet or self.as_json):
            self.out.print(said, soft_wrap=True)

    def note(self, key: str, **params: object) -> None:
        """A line on stderr, also under --json; not under --quiet."""
        if not self.quiet:
            self.err.print(
                text(key, **{name: visible(value) for name, value in params.items()}), soft_wrap=True
            )

    def table(self, table: Table) -> None:
        if not (self.quiet or self.as_json):
            self.out.print(table)

    def json(self, value: Any) -> None:
        """The machine's answer, only under --json."""
        if self.as_json:
            sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
            sys.stdout.flush()

    def fail(self, status: Exit, key: str, **params: object) -> NoReturn:
        """An error that says what to do, and the exit status."""
        if self.as_json:
            plain = {name: str(value) for name, value in params.items()}
            self.json({"error": {"code": key, "params": plain, "text": text(key, **plain)}})
        shown = {name: visible(value) for name, value in params.items()}
        self.err.print(f"[bold red]{text('cli.error')}[/] {text(key, **shown)}", soft_wrap=True)
        raise SystemExit(int(status))

    def problems(self, problems: Iterable[Problem]) -> None:
        """Every problem of a round's files, as a table on stderr or as JSON on stdout."""
        problems = list(problems)
        if self.as_json:
            self.json({"problems": [problem_json(problem) for problem in problems]})
            return
        table = Table(title=text("cli.problems"), title_justify="left", header_style="bold")
        for name in ("severity", "file", "row", "column", "value", "expected"):
            table.add_column(text(f"cli.column_{name}"), overflow="fold")
        for problem in problems:
            style = "yellow" if problem.severity == "warning" else "red"
            table.add_row(
                text(f"cli.severity_{problem.severity}"),
                visible(problem.file),
                str(problem.row or ""),
                visible(problem.column or ""),
                visible(problem.value if problem.value is not None else ""),
                visible(expectation(problem)),
                style=style,
            )
        self.err.print(table)


def expectation(problem: Problem) -> str:
    return text(f"problem.{problem.code}", **problem.params)


def problem_json(problem: Problem) -> dict[str, Any]:
    """One problem for machines: file, row, column, value, code, severity, expected (text)."""
    return {
        "file": problem.file,
        "row": problem.row,
        "column": problem.column,
        "value": problem.value,
        "code": problem.code,
        "severity": problem.severity,
        "expected": expectation(problem),
    }
