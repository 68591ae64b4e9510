"""How much a test tries: usually what finds a fault in seconds, with GOVAH_TESTS=thorough what finds the rare one."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
from typing import Any

import pytest
from _pytest.mark import ParameterSet

DEPTH = os.environ.get("GOVAH_TESTS", "usual")  # quick, usual or thorough
THOROUGH = DEPTH == "thorough"
QUICK_ROWS = 8  # of a table, in `make quick`


def tries(usual: int, thorough: int) -> int:
    """So many draws, seeds, kills: the first number usually, the second for `make test-thorough`."""
    return thorough if THOROUGH else usual


def seed_of_the_day(usual: int) -> int:
    """Another seed each day where there is time for it; `GOVAH_SEED` draws a day's again."""
    today = dt.datetime.now(dt.UTC).toordinal() if THOROUGH else usual
    return int(os.environ.get("GOVAH_SEED") or today)


def some(rows: Iterable[Any], every: int) -> list[ParameterSet]:
    """The rows of a table for `parametrize`: one of so many usually, the others are thorough."""
    return [
        pytest.param(
            *(row if isinstance(row, tuple) else (row,)),
            marks=() if number % every == 0 else pytest.mark.thorough,
        )
        for number, row in enumerate(rows)
    ]
