"""A format of findings is one module of `reports/export/formats/`, which names it `FORMAT`. Nothing else lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from checks.finding import Verdict
from reports.export.draft import WrittenFile
from reports.export.export_context import ExportContext
from reports.export.format_names import FOLDER, format_names
from reports.export.tables import ExportTable
from reports.results_db.build import DatabaseSources


@dataclass(frozen=True, slots=True)
class ExportSources:
    """What a format may ask for. tables: makes them, which takes a scoring of the round. database: what one is made from.

    root: from the repository's root to the round, with slashes. least: the mildest verdict that is wanted; None for all.
    """

    context: ExportContext
    tables: Callable[[], Sequence[ExportTable]]
    database: Callable[[], DatabaseSources]
    root: str = ""
    least: Verdict | None = None


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """file: what it is called for a whole round. write: to a path.

    of_tables: rows are counted, not findings. with_report: `govah report` writes it as well.
    """

    file: str
    write: Callable[[Path, ExportSources], WrittenFile]
    of_tables: bool = False
    with_report: bool = False


@cache
def export_formats() -> Mapping[str, ExportFormat]:
    """By name, sorted. Raises TypeError for a module that names none."""
    found = {}
    for name in format_names():
        one = getattr(import_module(f"reports.export.formats.{name}"), "FORMAT", None)
        if not isinstance(one, ExportFormat):
            raise TypeError(f"{FOLDER / name}.py: FORMAT is no ExportFormat")
        found[name] = one
    return found
