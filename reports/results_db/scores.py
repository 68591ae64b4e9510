"""Scores of agencies from results.db: a page of the list, one agency, its indicators. No agency is held in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.results_db import schema

Values = Mapping[str, Any]
"""Columns of `agencies` or `indicators`, as schema.toml declares them."""


@dataclass(frozen=True, slots=True)
class AgencyScores:
    """rows: asks the database."""

    rows: Callable[[str, tuple[str | int, ...]], list[tuple[Any, ...]]]

    def count(self) -> int:
        return int(self.rows("SELECT count(*) FROM agencies", ())[0][0])

    def listed(self, last: Collection[str], offset: int, limit: int) -> Sequence[Values]:
        """Main agencies first, then the best verified score. last: agencies that come last of their kind, by id."""
        return self._agencies(
            "ORDER BY kind <> 'main', hidden, iif(hidden, 0, -coalesce(score_verified, 0)), id LIMIT ? OFFSET ?",
            last,
            (limit, offset),
        )

    def one(self, agency: str) -> Values | None:
        return next(iter(self._agencies("WHERE id = ?", (), (agency,))), None)

    def _agencies(
        self, which: str, hidden: Collection[str], values: tuple[str | int, ...]
    ) -> Sequence[Values]:
        names = [column.name for column in schema.tables()["agencies"].columns]
        rows = self.rows(
            f"SELECT {', '.join(names)}, id IN (SELECT value FROM json_each(?)) AS hidden"  # noqa: S608 (names of ours)
            f" FROM agencies {which}",
            (json.dumps(sorted(hidden)), *values),
        )
        return [dict(zip(names, row[:-1], strict=True)) for row in rows]

    def indicators(self, agency: str) -> Sequence[Values]:
        """In the order of the model."""
        names = [column.name for column in schema.tables()["indicators"].columns]
        rows = self.rows(
            f"SELECT {', '.join(names)} FROM indicators WHERE agency = ? ORDER BY rowid",  # noqa: S608 (names of ours)
            (agency,),
        )
        return [dict(zip(names, row, strict=True)) for row in rows]
