"""The database of results for use elsewhere: with the visible text of pages, and without personal data."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from reports.export.draft import WrittenFile
from reports.export.export_format import ExportFormat, ExportSources
from reports.results_db import build, schema
from reports.results_db.copied_texts import CopiedTexts


def write(path: Path, sources: ExportSources) -> WrittenFile:
    context, made_of = sources.context, sources.database()
    told = frozenset(agency.id for agency in context.agencies)
    every = len(context.agencies) == len(context.round.agencies)
    meta = {name: value for name, value in made_of.meta.items() if name != "made_of"}
    if context.unsealed:
        meta["unsealed"] = context.unsealed
    build.write(
        path,
        replace(
            made_of,
            meta=meta,
            agencies=None if every else told,
            copied=CopiedTexts(made_of.store),
        ),
    )
    written = WrittenFile()
    with closing(sqlite3.connect(path)) as connection:
        for table in schema.tables():
            written.counts[table] = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
    return written


FORMAT = ExportFormat("round.sqlite", write, of_tables=True)
