"""Where in the round's files a claim stands, for whoever annotates these files."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from claims.cells import identifier
from claims.problems import Problems
from claims.tables import WORKBOOK, read_tables

SETTINGS = "round.toml"
_KEYS = {"agencies": "agency", "services": "service", "datasets": "dataset"}


@dataclass(frozen=True, slots=True)
class FilePlace:
    """file: its name in the round's folder. line: from 1; of a workbook, the row of the sheet."""

    file: str
    line: int


def file_places(folder: Path) -> Mapping[tuple[str, str], FilePlace]:
    """By kind (`agency`, `service`, `dataset`) and id. Empty for files that are not there any more."""
    tables = read_tables(folder, tuple(_KEYS), Problems())
    found = {}
    for name, table in tables.items():
        file = WORKBOOK if table.file.startswith(WORKBOOK) else table.file
        for row in table.rows:
            with suppress(ValueError):  # no id, no claim
                found[_KEYS[name], identifier(row.cells.get(_KEYS[name], ""))] = FilePlace(file, row.line)
    return found
