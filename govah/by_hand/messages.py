"""What `scrapy` by hand says, in the user's language. Scrapy shows it as it is: no markup, and no controls of the terminal."""

from __future__ import annotations

from claims.problems import Problem
from govah.terminal.console import expectation, text
from reports.visible import visible


def said(key: str, **params: object) -> str:
    """A text of the table `by_hand`."""
    return text(f"by_hand.{key}", **{name: shown(value) for name, value in params.items()})


def shown(value: object) -> str:
    """Safe on one line of a terminal."""
    return visible(value, keeps="")


def problem_line(problem: Problem) -> str:
    place = " ".join(str(part) for part in (problem.file, problem.row, problem.column, problem.value) if part)
    return said("problem", place=place, expected=expectation(problem))
